package cameras

import (
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"lares/cameras/fakecam"
	"lares/cameras/media"
	"lares/cameras/media/g711"
)

// TestHearing: a tone at a quiet camera is a sound, told when it begins and when it is over;
// the same camera is silent where nobody listens; what goes on when the camera goes off the
// air ends.
func TestHearing(t *testing.T) {
	t.Parallel()
	const rate = 8000
	random := rand.New(rand.NewPCG(1, 2))
	var room []byte
	for i := range 12 * rate { // the camera plays it again and again
		v := 40 * random.NormFloat64()
		if i/rate == 10 {
			v += 3000 * math.Sin(2*math.Pi*float64(i)/10)
		}
		room = g711.A.Append(room, int16(v))
	}
	file := filepath.Join(t.TempDir(), "room.alaw")
	if err := os.WriteFile(file, room, 0o600); err != nil {
		t.Fatal(err)
	}
	h := newHouse(t)
	s := seeing(h)
	cam := fake(t, fakecam.Options{Source: fakecam.File{Path: "fakecam/clip/people.mp4", Audio: file}})
	add := func(on bool) media.CameraID {
		id := media.NewCameraID()
		h.fleet.Set(Camera{ID: id, Access: Access{Main: cam.MainURL()}, Motion: Motion{Off: true}, Sound: Sound{On: on}})
		h.await(id, patience, Live)
		return id
	}
	listened, ignored := add(true), add(false)
	s.until(t, listened, 1, "a sound, once the place is known")
	s.until(t, listened, 2, "its end")
	s.until(t, listened, 3, "the sound again")
	h.fleet.Set(Camera{ID: listened, Access: Access{Main: cam.MainURL()}, Sound: Sound{On: true}, Private: true})
	s.until(t, listened, 4, "an end when the camera is off the air")
	found, _ := s.of(listened)
	for i, n := range found[:4] {
		if n.Kind != media.KindSound || n.Source != media.SourceSound || n.Active != (i%2 == 0) {
			t.Errorf("notice %d: %+v", i, n)
		}
	}
	if e := s.event(t, found[1]); e.Kind != media.KindSound || e.Active || e.Score < 0.5 || e.Score >= 1 {
		t.Errorf("%+v", e)
	}
	if found, _ := s.of(ignored); len(found) > 0 {
		t.Errorf("nobody listens: %+v", found)
	}
}
