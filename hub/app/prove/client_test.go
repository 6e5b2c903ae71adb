package prove

import (
	"context"
	"encoding/hex"
	"errors"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"
)

// session is one login session, token or guest: what a request is made with.
type session struct {
	account int // whose it is; of a token, its maker's
	cookie  string
	bearer  string
	guest   string
	scope   string

	cameras map[*camera]right // of a token or guest: all it may see
	link    *shown            // of a guest
	arrived time.Time         // of a guest
	ended   atomic.Bool       // signed out, or about to be
}

func (s *session) person() bool { return s.cameras == nil }

func (s *session) way() string {
	switch {
	case s.guest != "":
		return "guest"
	case s.bearer != "":
		return "token"
	}
	return "session"
}

// covers reports whether the session had a right in the last two seconds.
func (s *session) covers(r *rig, c *camera, need right, at time.Time) bool {
	if s.person() {
		return r.truth.covers(s.account, c, need, at)
	}
	return s.cameras[c]&need == need
}

// may reports whether a request begun now must succeed, and whether it must be
// refused; in between, while a grant changes, it may do either.
func (s *session) may(r *rig, c *camera, need right, at time.Time) (yes, no bool) {
	if s.person() {
		return r.truth.steady(s.account, c, need, at), r.truth.never(s.account, c, need, at)
	}
	yes = s.cameras[c]&need == need
	return yes, !yes
}

// still reports whether what had to succeed still has to.
func (s *session) still(r *rig, e expect, at time.Time) bool {
	if s.ended.Load() {
		return false
	}
	if e.camera == nil {
		return true
	}
	yes, _ := s.may(r, e.camera, e.need, at)
	return yes
}

// seat is one device of an account: it may sign in anew at any time.
type seat struct{ session atomic.Pointer[session] }

// client asks and asks.
type client struct {
	r    *rig
	n    int
	seat *seat
	conn conn
	rand *rand.Rand
	tally

	cursor  string // of the page of events before
	scratch []byte
}

func (r *rig) newClient(n int, s *seat) *client {
	return &client{r: r, n: n, seat: s, rand: rand.New(rand.NewPCG(r.seed, uint64(n)))}
}

// backoff is how long a client waits after a connection broke: all are back
// within a second of a restart.
const backoff = 300 * time.Millisecond

// run asks until the context ends.
func (c *client) run(ctx context.Context) {
	defer c.conn.shut()
	for ctx.Err() == nil {
		s := c.seat.session.Load()
		if s == nil || s.ended.Load() {
			if !rest(ctx, backoff) {
				return
			}
			continue
		}
		select {
		case c.r.flight <- struct{}{}:
		case <-ctx.Done():
			return
		}
		err := c.turn(s)
		<-c.r.flight
		if err != nil && !rest(ctx, time.Duration(c.rand.Int64N(int64(backoff)))) {
			return
		}
	}
}

// leave keeps clients from having as many requests under way as they otherwise
// have, until it is undone.
func (r *rig) leave(room int) (undo func()) {
	// All at once: one after the other would wait behind every client each time.
	var taken sync.WaitGroup
	for range room {
		taken.Go(func() { r.flight <- struct{}{} })
	}
	taken.Wait()
	return func() {
		for range room {
			<-r.flight
		}
	}
}

// rest waits; false means that the context ended.
func rest(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// ask sends a request under the session and checks the answer.
func (c *client) ask(s *session, e expect, q request) (answer, error) {
	q.cookie, q.bearer, q.guest = s.cookie, s.bearer, s.guest
	a, err := c.conn.ask(c.r.door.Load(), s, q)
	if err == nil {
		c.r.inspect(&c.tally, s, e, a)
		return a, nil
	}
	if errors.Is(err, errAnswer) { // that is not what a hub says that is being killed
		c.tally.add(e.verb, count{legal: 1, wrong: 1})
		c.r.findings.add("wrong answer", "%s: %v", verbNames[e.verb], err)
	} else if e.legal && s.still(c.r, e, time.Now()) && !c.r.restarting.Load() {
		c.tally.add(e.verb, count{legal: 1, unavailable: 1})
		c.r.findings.add("no answer", "%s: %v", verbNames[e.verb], err)
	}
	return a, err
}

// path spells an address below the session's scope.
func (c *client) path(s *session, parts ...string) string {
	b := append(c.scratch[:0], "/s/"...)
	b = append(append(b, s.scope...), "/api/"...)
	for _, p := range parts {
		b = append(b, p...)
	}
	c.scratch = b
	return string(b)
}

// never is an id that nobody was ever given.
func (c *client) never() id {
	var i id
	for n := 0; n < len(i); n += 8 {
		v := c.rand.Uint64()
		for k := range 8 {
			i[n+k] = byte(v >> (8 * k))
		}
	}
	return i
}

// target chooses a camera: mostly one of the session's own, else one of
// others, an old one or none that ever was. nil is the last two.
func (c *client) target(s *session, need right) (cam *camera, spelled string) {
	own := 80
	if c.r.curious.Load() {
		own = 30
	}
	switch n := c.rand.IntN(100); {
	case n < own:
		if cam = c.own(s, need); cam != nil {
			return cam, cam.at().String()
		}
		fallthrough
	case n < 94:
		cam = c.r.cameras[c.rand.IntN(len(c.r.cameras))]
		c.r.asks(s.account, cam.at())
		return cam, cam.at().String()
	case n < 97 && len(c.r.old) > 0:
		return nil, c.r.old[c.rand.IntN(len(c.r.old))].String()
	}
	i := c.never()
	return nil, hex.EncodeToString(i[:])
}

// own is a camera that the session may use so; nil if there is none.
func (c *client) own(s *session, need right) *camera {
	now := time.Now()
	start := c.rand.IntN(allCameras)
	// Own ones of an account lie side by side; half of the time others, shared
	// with it, come first.
	if c.rand.IntN(2) == 0 && s.account < owners {
		start = s.account*perOwner + c.rand.IntN(perOwner)
	}
	for i := range allCameras {
		cam := c.r.cameras[(start+i)%allCameras]
		if yes, _ := s.may(c.r, cam, need, now); yes {
			return cam
		}
	}
	return nil
}
