package recorder

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"lares/cameras/media"
	"lares/cameras/seal"
)

// TestNothingIsRecordedTwice: a source that ends and is back with the same
// units in its ring repeats none of them in the next part.
func TestNothingIsRecordedTwice(t *testing.T) {
	h := newHouse(t)
	h.start()
	h.motion(60)
	h.cam.pictures(25)
	h.drained()
	h.cam.drop()
	h.paused()
	h.cam.pictures(7) // into the ring alone
	h.watched()
	h.cam.pictures(30)
	h.recording()
	h.still()
	rows := h.clips(2)
	_, last := h.open(rows[0], h.vault.store).contiguous(t)
	first, _ := h.open(rows[1], h.vault.store).contiguous(t)
	if last != 84 || first != 100 { // the next IDR behind picture 84
		t.Errorf("the first ends with %d, the second starts with %d", last, first)
	}
}

// TestClipInAnotherCamerasFolder: a file moved between cameras is no clip of
// the other one.
func TestClipInAnotherCamerasFolder(t *testing.T) {
	h := newHouse(t)
	row := h.one()
	other := media.NewCameraID()
	dir := filepath.Join(h.dir, "clips", other.String(), "2026-03")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Link(h.file(row.Clip), filepath.Join(dir, row.Clip.String()+".lar")); err != nil {
		t.Fatal(err)
	}
	h.start()
	if _, err := h.r.Clip(t.Context(), other, row.Clip); !errors.Is(err, seal.ErrCrossed) {
		t.Errorf("another camera's clip: %v", err)
	}
}
