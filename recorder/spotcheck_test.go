package recorder

import (
	"os"
	"testing"
	"time"

	"lares/cameras/media"
)

// TestSpotCheck: of the clips there are one is read whole, and one that is not as it was written,
// or not there, is told, whatever its row says.
func TestSpotCheck(t *testing.T) {
	h := newHouse(t)
	var told []media.ClipID
	h.start(func(c *Config, _ *Recorder) {
		c.Damaged = func(camera media.CameraID, clip media.ClipID) {
			if camera != h.cam.id {
				t.Errorf("told of camera %v", camera)
			}
			told = append(told, clip)
		}
	})
	if _, ok := h.r.checkSpot(t.Context(), time.Time{}); ok {
		t.Error("a clip where there is none")
	}
	h.moment(40)
	h.moment(40)
	rows := h.clips(2)
	for i, at := range []time.Time{{}, rows[0].Start.Add(1), rows[1].Start.Add(1)} { // behind the last the first one is taken
		want := rows[[]int{0, 1, 0}[i]].Clip
		if v, ok := h.r.checkSpot(t.Context(), at); !ok || v.Clip != want || v.Fault != "" {
			t.Errorf("from %v: %+v", at, v)
		}
	}
	edit(t, h.file(rows[1].Clip), func(b []byte) []byte { b[firstRecord] ^= 1; return b })
	v, ok := h.r.checkSpot(t.Context(), rows[0].Start.Add(1))
	if !ok || v.Fault != FaultChanged {
		t.Fatalf("a changed byte: %+v", v)
	}
	h.r.tellDamaged(v)
	if len(told) != 1 || told[0] != rows[1].Clip || h.r.Health().Damaged != 1 {
		t.Errorf("told %v, %+v", told, h.r.Health())
	}
	if err := os.Remove(h.file(rows[0].Clip)); err != nil {
		t.Fatal(err)
	}
	if v, ok := h.r.checkSpot(t.Context(), time.Time{}); !ok || v.Fault != FaultMissing {
		t.Errorf("a file that is gone: %+v", v)
	}
}
