package vault

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"lares/cameras/media"
)

// TestClaimCut: a power cut between keyring and commit of the first account. A record that
// is whole is taken over, so who claimed signs in; one that is not is as if there had been no
// claim. Anything more than that is a database that was lost.
func TestClaimCut(t *testing.T) {
	whole := func(b []byte) []byte { return b }
	for name, c := range map[string]struct {
		before        func(r *rig, ann person) // what the hub does before it is cut off
		ring          func(b []byte) []byte
		lost, claimed bool
	}{
		"behind the record":      {nil, whole, false, true},
		"within the record":      {nil, func(b []byte) []byte { return b[:len(b)-7] }, false, false},
		"at its first byte":      {nil, func(b []byte) []byte { return b[:ringHeader+1] }, false, false},
		"before the record":      {nil, func(b []byte) []byte { return b[:ringHeader] }, false, false},
		"an older database":      {func(r *rig, ann person) { r.camera(ann) }, whole, true, false},
		"one, its end torn":      {func(r *rig, ann person) { r.camera(ann) }, func(b []byte) []byte { return b[:len(b)-7] }, true, false},
		"what nobody wrote":      {nil, func(b []byte) []byte { return append(b[:ringHeader:ringHeader], otherRing(t)[ringHeader:]...) }, true, false},
		"a recording":            {func(r *rig, _ person) { r.recording() }, whole, true, false},
		"a recording, no record": {func(r *rig, _ person) { r.recording() }, func(b []byte) []byte { return b[:ringHeader+1] }, true, false},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			empty := r.copyDB()
			ann := r.account("ann")
			if c.before != nil {
				c.before(r, ann)
			}
			path := filepath.Join(r.pool, KeyringName)
			b, err := os.ReadFile(path)
			r.must(err)
			r.close()
			was := c.ring(b)
			r.must(os.WriteFile(path, was, 0o600))
			err = r.tryBack(empty)
			if c.lost {
				if now, _ := os.ReadFile(path); !errors.Is(err, ErrLost) || string(now) != string(was) {
					t.Errorf("%v; the keyring has %d bytes, %d before", err, len(now), len(was))
				}
				return
			}
			r.must(err)
			for range 2 { // the next start finds nothing else
				claimed, err := r.store.AnyAccount(t.Context())
				if r.must(err); claimed != c.claimed || r.rolledBack() {
					t.Errorf("claimed %v, rolled back %v", claimed, r.rolledBack())
				}
				if _, err := r.signIn(ann, password("ann")); (err == nil) != c.claimed {
					t.Errorf("signing in: %v", err)
				}
				r.restart()
			}
			if !c.claimed {
				r.account("ann") // may claim again
				r.restart()
			}
		})
	}
}

// recording leaves a clip.
func (r *rig) recording() {
	dir := filepath.Join(r.pool, "clips", media.NewCameraID().String(), "2026-11")
	r.must(os.MkdirAll(dir, 0o700))
	r.must(os.WriteFile(filepath.Join(dir, media.NewClipID().String()+".lar"), []byte("LARCLIP1"), 0o600))
}

// otherRing is a keyring of another hub.
func otherRing(t *testing.T) []byte {
	r := newRig(t)
	r.account("bob")
	return r.ring()
}
