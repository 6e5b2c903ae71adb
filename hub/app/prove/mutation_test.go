package prove

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"
)

// mutation is a build with a lock taken out: the proof must still hold with one
// of them, and must fail without both.
type mutation struct {
	name, tags string
	rules      rules
	lasts      time.Duration // at most
}

// mutate runs the clients against a build without locks. They ask for what is
// not theirs as often as for what is.
func (r *rig) mutate(t *testing.T, m mutation) {
	t.Helper()
	r.phase(t, m.name, m.rules, func(ctx context.Context) string {
		r.curious.Store(true)
		r.restarting.Store(true)
		before := r.hub.program
		r.hub.kill()
		r.hub = start(t, r.builds.program(t, m.tags), r.data, r.port, unlimited{})
		r.hub.ready(t)
		began := time.Now()
		for time.Since(began) < m.lasts && (m.rules&mustFail == 0 || r.foreign() == 0) {
			if !rest(ctx, 100*time.Millisecond) {
				break
			}
		}
		took := time.Since(began)
		r.after = func() {
			r.curious.Store(false)
			r.hub.kill()
			r.hub = start(t, before, r.data, r.port, unlimited{})
			r.hub.ready(t)
			r.restarting.Store(false)
		}
		if m.rules&mustFail != 0 {
			return fmt.Sprintf("%.1f s until something crossed", took.Seconds())
		}
		return fmt.Sprintf("asked for what is not theirs for %.0f s", took.Seconds())
	})
}

// foreign is how many marks without a grant there are by now.
func (r *rig) foreign() (n int) {
	for _, c := range r.clients {
		c.mu.Lock()
		n += c.sum.foreign()
		c.mu.Unlock()
	}
	for _, k := range r.sockets {
		k.mu.Lock()
		n += k.sum.foreign()
		k.mu.Unlock()
	}
	return n
}

func (c *counts) foreign() (n int) {
	for _, v := range c {
		n += v.foreign
	}
	return n
}

// where names the verbs by which something crossed.
func (c *counts) where() string {
	var list []string
	for v, k := range c {
		if k.foreign > 0 {
			list = append(list, fmt.Sprintf("%s (%d)", verbNames[v], k.foreign))
		}
	}
	return strings.Join(list, ", ")
}
