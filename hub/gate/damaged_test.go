package gate

import (
	"errors"
	"slices"
	"testing"

	"lares/cameras/media"
	"lares/hub/store"
)

var errUndo = errors.New("undone")

// TestDamagedEpoch: a damaged row of one camera's epochs keeps new keys from that
// camera only; it is counted.
func TestDamagedEpoch(t *testing.T) {
	r := newRig(t)
	ann := r.person("ann")
	good, bad := r.camera(ann, "door"), r.camera(ann, "yard")
	owner, err := r.vault.Unlock(t.Context(), ann.Proof())
	r.must(err)
	r.sql("UPDATE epoch SET record = ? WHERE camera = ?", []byte("junk"), bad[:])
	for _, all := range []bool{true, false} {
		before := r.vault.Refusals().Snapshot()["epoch record"]
		var got []media.CameraID
		err := r.store.Update(t.Context(), func(tx *store.Tx) (err error) {
			if got, err = r.BumpOwn(t.Context(), tx, owner, all); err != nil {
				return err
			}
			return errUndo
		})
		if !errors.Is(err, errUndo) || slices.Contains(got, bad) || slices.Contains(got, good) != all {
			t.Errorf("all: %v: %v, %d cameras", all, err, len(got))
		}
		if r.vault.Refusals().Snapshot()["epoch record"] == before {
			t.Error("not counted")
		}
	}
}
