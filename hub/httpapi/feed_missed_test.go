package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"testing"
	"time"

	"lares/cameras/media"
	"lares/hub/account"
	"lares/hub/gate"
	"lares/hub/live"
	"lares/recorder"
)

// slowGate answers questions about events only when it is let, and knows nothing
// while it is in doubt. A busy machine makes it slower, and not doubt.
type slowGate struct {
	live.Gate
	mu    sync.Mutex          // held: nothing is answered
	doubt bool                // guarded by mu
	left  map[account.ID]bool // in doubt; guarded by mu
}

// answer asks until the gate knows, unless there is to be doubt.
func (g *slowGate) answer(who account.ID, ask func() error) error {
	g.mu.Lock()
	doubt := g.doubt
	if doubt {
		if g.left == nil {
			g.left = map[account.ID]bool{}
		}
		g.left[who] = true
	}
	g.mu.Unlock()
	if doubt {
		return gate.ErrUnavailable
	}
	err := ask()
	for errors.Is(err, gate.ErrUnavailable) {
		err = ask()
	}
	return err
}

func (g *slowGate) Event(ctx context.Context, c account.Caller, id media.EventID) (e gate.Event, err error) {
	err = g.answer(c.Account, func() error {
		e, err = g.Gate.Event(context.WithoutCancel(ctx), c, id)
		return err
	})
	return e, err
}

func (g *slowGate) AdmitEvent(ctx context.Context, c account.Caller, id media.EventID, a gate.Action) (p gate.Pass, err error) {
	err = g.answer(c.Account, func() error {
		p, err = g.Gate.AdmitEvent(context.WithoutCancel(ctx), c, id, a)
		return err
	})
	return p, err
}

// missedUntil reads what is told up to an event, and counts how often it says that some
// were missed.
func (v *viewer) missedUntil(id media.EventID) (missed int) {
	v.t.Helper()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); {
		switch m := v.next(); {
		case m.text != nil && m.text.Type == "events-missed":
			missed++
		case m.text != nil && m.text.Type == "event" && told(v.t, m.raw).ID == id:
			return missed
		}
	}
	v.t.Fatal("an event was not told")
	return missed
}

// told is the event of a message.
func told(t testing.TB, raw string) eventView {
	t.Helper()
	var m struct{ Event eventView }
	must(t, json.Unmarshal([]byte(raw), &m))
	return m.Event
}

// TestMissedEventsAreOnesOwn: that there were more events than a page could be told of
// is said to who may see one of them. To others it would say that something happened.
func TestMissedEventsAreOnesOwn(t *testing.T) {
	t.Parallel()
	slow := &slowGate{}
	r := newRig(t, func(c *live.Config) { slow.Gate, c.Gate = c.Gate, slow })
	alice, bob, carol := r.person("alice"), r.person("bob"), r.person("carol")
	door, yard, shed := r.quietCamera(alice, "door"), r.quietCamera(bob, "yard"), r.quietCamera(carol, "shed")
	before := r.notice(door, recorder.EventText{})
	must(t, r.gate.Grant(t.Context(), r.caller(alice), gate.GrantRequest{
		Camera: door, Account: r.caller(carol).Account, Actions: []gate.Action{gate.Live, gate.History}, History: gate.FromNow,
	}))
	a, b, c := alice.feed(), bob.feed(), carol.feed()

	// Of one event, changed a while before it was shared, and of many.
	slow.mu.Lock()
	r.live.Listed(door, before.Event)
	for range 100 {
		r.live.Listed(shed, media.NewEventID()) // nobody's: not even there
	}
	slow.mu.Unlock()
	hers, his, its := r.notice(door, recorder.EventText{}), r.notice(yard, recorder.EventText{}), r.notice(shed, recorder.EventText{})
	if n := b.missedUntil(his.Event); n != 0 {
		t.Errorf("bob hears %d times that he missed something of others", n)
	}
	if n := c.missedUntil(its.Event); n != 0 {
		t.Errorf("carol hears %d times that she missed what was before her time", n)
	}
	a.missedUntil(hers.Event)

	slow.mu.Lock()
	for range 200 {
		r.notice(door, recorder.EventText{})
	}
	slow.mu.Unlock()
	hers, his, its = r.notice(door, recorder.EventText{}), r.notice(yard, recorder.EventText{}), r.notice(shed, recorder.EventText{})
	if n := b.missedUntil(his.Event); n != 0 {
		t.Errorf("bob hears %d times that he missed something of alice's", n)
	}
	if n := a.missedUntil(hers.Event); n == 0 {
		t.Error("alice does not hear that she missed something")
	}
	if n := c.missedUntil(its.Event); n == 0 {
		t.Error("carol does not hear that she missed something of a camera shared with her")
	}
}

// TestMissedInDoubt: while the gate does not know, nobody hears anything, and who may
// hears afterwards that something was missed.
func TestMissedInDoubt(t *testing.T) {
	t.Parallel()
	slow := &slowGate{}
	r := newRig(t, func(c *live.Config) { slow.Gate, c.Gate = c.Gate, slow })
	alice, bob := r.person("alice"), r.person("bob")
	door, yard := r.quietCamera(alice, "door"), r.quietCamera(bob, "yard")
	a, b := alice.feed(), bob.feed()
	say := func(doubt bool) {
		slow.mu.Lock()
		defer slow.mu.Unlock()
		slow.doubt = doubt
	}
	say(true)
	r.notice(door, recorder.EventText{})
	for _, v := range []*viewer{a, b} {
		v.say(`{"op":"ping"}`)
		if m := v.next(); m.text == nil || m.text.Type != "pong" {
			t.Errorf("in doubt comes %s", m.raw)
		}
	}
	wait(t, "both pages to ask", func() bool {
		slow.mu.Lock()
		defer slow.mu.Unlock()
		return len(slow.left) == 2
	})
	say(false)
	a.until("events-missed")
	if n := b.missedUntil(r.notice(yard, recorder.EventText{}).Event); n != 0 {
		t.Errorf("bob hears %d times that he missed something", n)
	}
}
