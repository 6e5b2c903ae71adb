package gate

import (
	"slices"
	"testing"

	"lares/cameras/media"
	"lares/hub/account"
	"lares/hub/journal"
)

// TestLostIsTold: whoever loses a shared camera because it was handed over or removed, or
// because its owner left, reads of it, in the same transaction. Who took it, or removed the
// owner, does not read with whom it was shared. Who offered it is told that it was taken.
func TestLostIsTold(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	for _, c := range []struct {
		what string
		do   func(r *rig, owner, other account.Caller, cam media.CameraID) error
		kind journal.Kind
		by   bool // the owner
	}{
		{"handed over", handsOver(false), journal.Expired, false},
		{"handed over and erased", handsOver(true), journal.Expired, false},
		{"removed", func(r *rig, owner, _ account.Caller, cam media.CameraID) error {
			return r.RemoveCamera(ctx, r.pass(owner, cam, Manage))
		}, journal.Revoked, true},
		{"its owner left", func(r *rig, owner, other account.Caller, _ media.CameraID) error {
			return second(r.Leave(ctx, owner, Leaving{Give: other.Account}))
		}, journal.Expired, false},
		{"its owner was removed", func(r *rig, owner, other account.Caller, _ media.CameraID) error {
			return second(r.RemoveAccount(ctx, other, owner.Account, true))
		}, journal.Expired, false},
	} {
		r := newRig(t)
		list := r.told()
		ann, bob, eve := r.person("ann"), r.person("bob"), r.operator("eve")
		cam, yard := r.camera(ann, "door"), r.camera(bob, "yard")
		r.must(r.Grant(ctx, ann, GrantRequest{Camera: cam, Account: bob.Account, Actions: []Action{Live}}))
		r.must(r.Grant(ctx, bob, GrantRequest{Camera: yard, Account: ann.Account, Actions: []Action{Live}})) // stays
		list(ann)
		r.must(c.do(r, ann, eve, cam))
		if got := r.waits(); !slices.Contains(got, string(c.kind)) {
			t.Errorf("%s: %v wait", c.what, got)
		}
		lost := func(e journal.Entry) bool { return e.Kind == journal.Revoked || e.Kind == journal.Expired }
		var got []journal.Entry
		for _, e := range list(bob) {
			if lost(e) {
				got = append(got, e)
			}
		}
		if len(got) != 1 || got[0].Kind != c.kind || got[0].Camera != cam || got[0].Other != bob.Account || (got[0].Account == ann.Account) != c.by {
			t.Errorf("%s: bob reads %+v", c.what, got)
		}
		if slices.ContainsFunc(list(eve), lost) {
			t.Errorf("%s: eve reads with whom it was shared", c.what)
		}
		told, err := r.store.Notices(ctx, ann.Account, 10)
		r.must(err)
		taken := len(told) == 1 && told[0].Kind == string(journal.NoticeAccepted) && told[0].Camera == cam
		if want := slices.Contains([]string{"handed over", "handed over and erased"}, c.what); taken != want || !want && len(told) != 0 {
			t.Errorf("%s: ann is told %+v", c.what, told)
		}
	}
}

func handsOver(erase bool) func(r *rig, owner, other account.Caller, cam media.CameraID) error {
	return func(r *rig, owner, other account.Caller, cam media.CameraID) error {
		o, err := r.Offer(r.t.Context(), owner, cam, other.Account, erase)
		r.must(err)
		return second(r.Accept(r.t.Context(), other, o.ID))
	}
}
