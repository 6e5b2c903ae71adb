package gate

import (
	"errors"
	"slices"
	"testing"

	"lares/cameras"
	"lares/cameras/media"
	"lares/cameras/motion"
	"lares/cameras/seal"
	"lares/hub/account"
	"lares/hub/journal"
)

// hot is what a worker tells of a camera.
func hot(key seal.RunKey, cells ...byte) media.Unit {
	h := motion.Heat{Columns: len(cells), Rows: 1, Wide: 1, High: 1, Cells: cells}
	u, _ := key.Sealer(media.StreamCamera).Seal(nil, media.AccessUnit{Type: media.UnitHeat, Data: h.Append(nil)})
	return u
}

// TestHeat: who may both watch a camera and manage it sees where it moves, and the owner
// reads of it as of watching. Who may only one of the two does not, nor who may not any
// more; another camera's is refused, whatever it calls itself.
func TestHeat(t *testing.T) {
	r := newRig(t)
	list := r.told()
	ctx := t.Context()
	ann, bob, eve, joe := r.person("ann"), r.person("bob"), r.person("eve"), r.person("joe")
	door, hall := r.camera(ann, "door"), r.camera(bob, "hall")
	r.must(r.Grant(ctx, ann, GrantRequest{Camera: door, Account: bob.Account, Actions: []Action{Live, Manage}}))
	r.must(r.Grant(ctx, ann, GrantRequest{Camera: door, Account: eve.Account, Actions: []Action{Manage}}))
	r.must(r.Grant(ctx, ann, GrantRequest{Camera: door, Account: joe.Account, Actions: []Action{Live}}))
	run, key := r.newRun(door)
	foreign, foreignKey := r.newRun(hall)
	var told media.Unit
	var under seal.Run
	var fails error
	r.Gate.cfg.Heat = func(id media.CameraID) (media.Unit, seal.Run, error) {
		if id != door {
			t.Errorf("asked of %v", id)
		}
		return told, under, fails
	}
	told, under = hot(key, 1, 200), run
	ask := func(c account.Caller, p Pass) ([]byte, error) {
		h, err := r.Heat(ctx, c, p)
		return h.Cells, err
	}
	for _, c := range []account.Caller{ann, bob} {
		if cells, err := ask(c, r.pass(c, door, Manage)); err != nil || !slices.Equal(cells, []byte{1, 200}) {
			t.Errorf("%s: %v, %v", c.Name, cells, err)
		}
	}
	if w := r.cfg.Journal.Watching(ann.Account, ann.Session); len(w) != 1 || w[0].Account != bob.Account || w[0].Camera != door {
		t.Errorf("watched now by %+v", w)
	}
	if cells, err := ask(eve, r.pass(eve, door, Manage)); !errors.Is(err, ErrNotFound) || cells != nil {
		t.Errorf("who may not watch: %v, %v", cells, err)
	}
	r.crossed("who may not manage", func() error { _, err := ask(joe, r.pass(joe, door, Live)); return err })
	r.crossed("with another's pass", func() error { _, err := ask(joe, r.pass(ann, door, Manage)); return err })
	mixed := ann
	mixed.Account = bob.Account
	r.crossed("in another's name", func() error { _, err := ask(mixed, r.pass(ann, door, Manage)); return err })

	early, earlyKey := run, key
	pat := r.person("pat")
	r.must(r.Grant(ctx, ann, GrantRequest{Camera: door, Account: pat.Account, Actions: []Action{Live, Manage}}))
	told, under = hot(earlyKey, 1, 200), early
	if cells, err := ask(pat, r.pass(pat, door, Manage)); err != nil || cells != nil {
		t.Errorf("of a run before the grant: %v, %v", cells, err)
	}

	told = hot(foreignKey, 7)
	r.crossed("another camera's heat", func() error { _, err := ask(ann, r.pass(ann, door, Manage)); return err })
	told.Camera, told.Run = door, run.ID
	if cells, err := ask(ann, r.pass(ann, door, Manage)); err == nil || cells != nil {
		t.Errorf("another camera's under this one's name: %v, %v", cells, err)
	}
	told, under = hot(foreignKey, 7), foreign
	r.crossed("another camera's heat and run", func() error { _, err := ask(bob, r.pass(bob, door, Manage)); return err })
	told, under = hot(key, 3), run
	told.Sealed = nil
	if cells, err := ask(ann, r.pass(ann, door, Manage)); err == nil || cells != nil {
		t.Errorf("a heat without seal: %v, %v", cells, err)
	}
	told, fails = hot(key, 3), cameras.ErrNoHeat
	if cells, err := ask(ann, r.pass(ann, door, Manage)); err != nil || cells != nil {
		t.Errorf("not known: %v, %v", cells, err)
	}
	fails = nil

	old := r.pass(bob, door, Manage)
	r.must(r.Revoke(ctx, ann, door, bob.Account))
	if cells, err := ask(bob, old); !errors.Is(err, ErrNotFound) || cells != nil {
		t.Errorf("whose right is over: %v, %v", cells, err)
	}
	r.must(r.SetPrivacy(ctx, r.pass(ann, door, Manage), true))
	if cells, err := ask(ann, r.pass(ann, door, Manage)); !errors.Is(err, ErrPrivate) || cells != nil {
		t.Errorf("off the air: %v, %v", cells, err)
	}
	var watched []account.ID
	for _, e := range list(ann) {
		if e.Kind == journal.Live && e.Camera == door {
			watched = append(watched, account.ID(e.Account))
		}
	}
	if !slices.Contains(watched, bob.Account) || slices.Contains(watched, eve.Account) {
		t.Errorf("the journal has %d watching", len(watched))
	}
}
