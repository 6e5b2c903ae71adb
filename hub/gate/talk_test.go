package gate

import (
	"errors"
	"testing"
	"time"

	"lares/hub/journal"
)

// TestTalkPass: a voice needs its action, a camera on the air and the Talk pass;
// the journal tells the owner who spoke, and for how long.
func TestTalkPass(t *testing.T) {
	r := newRig(t)
	list := r.told()
	ctx := t.Context()
	ann, bob, eve := r.person("ann"), r.person("bob"), r.person("eve")
	door := r.camera(ann, "door")
	r.must(r.Grant(ctx, ann, GrantRequest{Camera: door, Account: bob.Account, Actions: []Action{Talk}}))
	r.must(r.Grant(ctx, ann, GrantRequest{Camera: door, Account: eve.Account, Actions: []Action{Live, Audio, Manage}}))
	if _, err := r.AdmitTalk(ctx, eve, door); !errors.Is(err, ErrNotFound) {
		t.Errorf("without the action: %v", err)
	}
	p, err := r.AdmitTalk(ctx, bob, door)
	r.must(err)
	look, err := r.Admit(ctx, eve, door, Live)
	r.must(err)
	if _, err := r.Talking(look); !errors.Is(err, ErrCrossed) {
		t.Errorf("with a pass to look: %v", err)
	}
	spoken, err := r.Talking(p)
	r.must(err)
	r.clock.Advance(7 * time.Second)
	spoken.End()
	manage, err := r.Admit(ctx, eve, door, Manage)
	r.must(err)
	r.must(r.SetPrivacy(ctx, manage, true))
	for _, who := range []string{"ann", "bob"} {
		c := ann
		if who == "bob" {
			c = bob
		}
		if _, err := r.AdmitTalk(ctx, c, door); !errors.Is(err, ErrPrivate) {
			t.Errorf("off the air, %s: %v", who, err)
		}
	}
	r.must(r.SetPrivacy(ctx, manage, false))
	if _, err := r.AdmitTalk(ctx, ann, door); err != nil {
		t.Errorf("on the air again: %v", err)
	}
	r.must(r.Revoke(ctx, ann, door, bob.Account))
	if _, err := r.AdmitTalk(ctx, bob, door); !errors.Is(err, ErrNotFound) {
		t.Errorf("revoked: %v", err)
	}
	var told []time.Duration
	for _, e := range list(ann) {
		if (e.Kind == journal.Talk || e.Kind == journal.TalkEnd) && e.Camera == door && e.Account == bob.Account && e.Owner == ann.Account {
			told = append(told, e.Span)
		}
	}
	if len(told) != 2 || told[0]+told[1] != 7*time.Second {
		t.Errorf("the owner is told of %v", told)
	}
}
