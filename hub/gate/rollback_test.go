package gate

import (
	"context"
	"errors"
	"slices"
	"testing"

	"lares/hub/account"
	"lares/hub/store"
)

// TestRolledBack: while an older database waits to be confirmed, stored media
// of everybody stays closed and events have no text; live goes on. Only the
// operator confirms.
func TestRolledBack(t *testing.T) {
	r := newRig(t)
	ann := r.person("ann")
	cam := r.camera(ann, "door")
	clip, _ := r.record(cam)
	open := func() error {
		p, err := r.AdmitClip(t.Context(), ann, clip, History)
		r.must(err)
		f, err := r.recorder.Clip(t.Context(), cam, clip)
		r.must(err)
		defer f.Close()
		_, err = r.Opener(t.Context(), p, f)
		return err
	}
	r.must(open())
	if err := r.ConfirmRollback(t.Context(), operator(ann)); err != ErrNotFound {
		t.Errorf("nothing to confirm: %v", err)
	}
	r.must(r.store.Update(t.Context(), func(tx *store.Tx) error { return tx.PutSetting(t.Context(), store.SettingRolledBack, []byte{1}) }))
	if err := open(); err != ErrRolledBack {
		t.Errorf("a stored clip: %v", err)
	}
	page, err := r.Events(t.Context(), ann, EventFilter{})
	if err != nil || len(page.Events) == 0 || slices.ContainsFunc(page.Events, func(e Event) bool { return e.Class != "" }) {
		t.Errorf("events %+v, %v", page.Events, err)
	}
	if back, err := r.RolledBack(t.Context()); err != nil || !back {
		t.Errorf("%v %v", back, err)
	}
	if err := r.ConfirmRollback(t.Context(), ann); err != ErrNotFound {
		t.Errorf("somebody else confirms: %v", err)
	}
	before, err := r.store.NewestEpoch(t.Context(), cam)
	r.must(err)
	r.must(r.ConfirmRollback(t.Context(), operator(ann)))
	after, err := r.store.NewestEpoch(t.Context(), cam)
	r.must(err)
	if after.Ordinal != before.Ordinal+1 || !slices.Contains(r.rekeyed, cam) {
		t.Error("the epoch was not bumped")
	}
	r.must(open())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := r.RolledBack(ctx); !errors.Is(err, ErrUnavailable) {
		t.Errorf("no answer: %v", err)
	}
}

func operator(c account.Caller) account.Caller {
	c.Operator = true
	return c
}
