package prove

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"
)

// mutation is a build with a lock or a part of one taken out: the proof must
// still hold with one of them, and must fail without both.
type mutation struct {
	name, tags string
	rules      rules
	lasts      time.Duration // at most
	mutant     mutant        // the zero value is no other source
}

// mutate runs the clients against a build without locks. They ask for what is
// not theirs as often as for what is.
func (r *rig) mutate(t *testing.T, m mutation) {
	t.Helper()
	r.phase(t, m.name, m.rules, func(ctx context.Context) string {
		r.curious.Store(true)
		r.restarting.Store(true)
		before := r.hub.program
		program := r.builds.mutant(t, m.tags, &m.mutant)
		r.hub.kill()
		r.hub = start(t, program, r.data, r.port, unlimited{}, "LARES_FAULT=rate=0,sites="+m.mutant.faults)
		r.hub.ready(t)
		leave := r.through(t, m.mutant.cached)
		began := time.Now()
		for time.Since(began) < m.lasts && !r.foundOut(&m) {
			if !rest(ctx, 100*time.Millisecond) {
				break
			}
		}
		took := time.Since(began)
		leave()
		r.why = m.mutant.harmless
		if m.rules&mustFind != 0 {
			r.why = r.caught(&m.mutant, true)
		}
		r.after = func() {
			r.curious.Store(false)
			r.hub.kill()
			r.hub = start(t, before, r.data, r.port, unlimited{})
			r.hub.ready(t)
			r.restarting.Store(false)
		}
		switch {
		case m.rules&mustFail != 0:
			return fmt.Sprintf("%.1f s until something crossed", took.Seconds())
		case m.rules&mustFind != 0:
			return fmt.Sprintf("%.1f s until it was found: %s", took.Seconds(), r.why)
		}
		return fmt.Sprintf("asked for what is not theirs for %.0f s", took.Seconds())
	})
}

// through sends the clients through a broken cache, or not, and undoes it.
func (r *rig) through(t *testing.T, cached bool) (leave func()) {
	t.Helper()
	if !cached {
		return func() {}
	}
	p := r.front(t, "GET HEAD")
	r.straying.Store(true)
	r.door.Store(p.door)
	return func() {
		r.door.Store(r.direct)
		r.straying.Store(false)
		p.stop()
	}
}

// foundOut reports whether the rig has seen what it is to see of a mutation.
func (r *rig) foundOut(m *mutation) bool {
	switch {
	case m.rules&mustFail != 0:
		return r.foreign() > 0
	case m.rules&mustFind != 0:
		// What crosses a cache shows in another one's answer, later.
		return r.caught(&m.mutant, !m.mutant.cached) != ""
	}
	return false
}

// foreign is how many marks without a grant there are by now.
func (r *rig) foreign() int { return r.sumUp((*counts).foreign) }

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
