package cameras

import (
	"bytes"
	"encoding/json"
	"image"
	"image/jpeg"
	"slices"
	"sync"
	"testing"
	"time"

	"lares/cameras/fakecam"
	"lares/cameras/media"
	"lares/cameras/motion"
)

// known is how many pictures of a card are watched until what it shows is known.
const known = 80

// pass waits until a camera has sent so many pictures more.
func pass(t *testing.T, cam *fakecam.Camera, pictures uint64) {
	t.Helper()
	from := cam.LastMark().Frame
	eventually(t, time.Duration(pictures)*time.Second, "pictures to go by", func() bool { return cam.LastMark().Frame >= from+pictures })
}

// sightseer keeps what was found in the pictures of a house's cameras.
type sightseer struct {
	h  *house
	mu sync.Mutex // guards following
	// found by camera, in the order told.
	found map[media.CameraID][]Noticed
	shown map[media.CameraID][]Shown
}

func seeing(h *house) *sightseer {
	s := &sightseer{h: h, found: map[media.CameraID][]Noticed{}, shown: map[media.CameraID][]Shown{}}
	h.fleet.cfg.Noticed = func(n Noticed) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.found[n.Camera] = append(s.found[n.Camera], n)
	}
	h.fleet.cfg.Shown = func(p Shown) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.shown[p.Camera] = append(s.shown[p.Camera], p)
	}
	return s
}

// of is what was found and shown at a camera so far.
func (s *sightseer) of(id media.CameraID) ([]Noticed, []Shown) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.found[id]), slices.Clone(s.shown[id])
}

// until waits for so many notices.
func (s *sightseer) until(t *testing.T, id media.CameraID, n int, what string) {
	t.Helper()
	eventually(t, patience, what, func() bool { found, _ := s.of(id); return len(found) >= n })
}

// event opens a notice.
func (s *sightseer) event(t *testing.T, n Noticed) (e media.Event) {
	t.Helper()
	if err := json.Unmarshal(s.h.open(*n.Unit).Data, &e); err != nil {
		t.Fatal(err)
	}
	return e
}

// TestEye: who walks through the picture of a camera without ONVIF is one time of motion,
// with its zone and pictures of it; who walks where a mask is, or where nobody looks, is
// none, nor is a still card. What is looked for changes without a new connection.
func TestEye(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	s := seeing(h)
	cam := fake(t, fakecam.Options{})
	everywhere := motion.Polygon{{0, 0}, {1, 0}, {1, 1}, {0, 1}}
	nearly := motion.Polygon{{0, 0}, {0.99, 0}, {0.99, 1}, {0, 1}} // the middles of all cells
	add := func(sub string, m Motion) media.CameraID {
		id := media.NewCameraID()
		h.fleet.Set(Camera{ID: id, Access: Access{Main: cam.MainURL(), Sub: sub}, Motion: m})
		h.await(id, patience, Live)
		return id
	}
	seen := add(cam.SubURL(), Motion{Settings: motion.Settings{Zones: []motion.Zone{{Name: "yard", Polygon: everywhere}}}})
	alone := add("", Motion{}) // the main stream has to do
	masked := add(cam.SubURL(), Motion{Settings: motion.Settings{Masks: []motion.Polygon{nearly}}})
	off := add(cam.SubURL(), Motion{Off: true})
	pass(t, cam, known)
	for _, id := range []media.CameraID{seen, alone, masked, off} {
		if found, _ := s.of(id); len(found) > 0 {
			t.Fatalf("on a still card: %+v", found)
		}
	}

	came := time.Now()
	cam.Visit(true)
	s.until(t, seen, 1, "that somebody came")
	s.until(t, alone, 1, "that somebody came before the main stream")
	pass(t, cam, 30)
	cam.Visit(false)
	left := time.Now()
	s.until(t, seen, 2, "that nobody is there any more")
	s.until(t, alone, 2, "the same in the main stream")

	found, shown := s.of(seen)
	begin, end := found[0], found[1]
	if begin.Kind != media.KindMotion || begin.Source != media.SourceMotion || !begin.Active || end.Active || end.Kind != media.KindMotion {
		t.Errorf("%+v, %+v", begin, end)
	}
	if begin.At.Before(came.Add(-time.Second)) || begin.At.After(left) || end.At.Before(begin.At) || end.At.After(left.Add(patience)) {
		t.Errorf("from %v to %v, and the visit was from %v to %v", begin.At, end.At, came, left)
	}
	if e := s.event(t, begin); e.Kind != media.KindMotion || !slices.Equal(e.Zones, []string{"yard"}) {
		t.Errorf("%+v", e)
	}
	if e := s.event(t, end); e.Active || e.Score < 0.5 || e.Score >= 1 || e.Why == nil || e.Why.Zone != "yard" || e.Why.Size < 100 || len(e.Why.Curve) == 0 || slices.Max(e.Why.Map) < 100 {
		t.Errorf("%+v, why %+v", e, e.Why)
	}
	if len(shown) == 0 {
		t.Fatal("no picture")
	}
	for i, p := range shown {
		if p.At.Before(begin.At.Add(-time.Second)) || p.At.After(end.At.Add(time.Second)) || i > 0 && p.Size <= shown[i-1].Size {
			t.Errorf("picture %d at %v of %d", i, p.At, p.Size)
		}
		files, err := media.ParsePictures(h.open(p.Unit).Data)
		if err != nil {
			t.Fatal(err)
		}
		for file, width := range map[*[]byte]int{&files.Large: 320, &files.Small: smallPixels} {
			img, err := jpeg.Decode(bytes.NewReader(*file))
			if err != nil || img.Bounds().Dx() != width || width == 320 && img.Bounds().Size() != image.Pt(p.Width, p.Height) {
				t.Errorf("picture %d: %v", i, err)
			}
		}
	}
	for what, id := range map[string]media.CameraID{"under a mask": masked, "switched off": off} {
		if found, shown := s.of(id); len(found)+len(shown) > 0 {
			t.Errorf("%s: %+v, %d pictures", what, found, len(shown))
		}
	}

	before, _ := h.fleet.Status(off)
	if err := h.fleet.SetMotion(t.Context(), off, Motion{}); err != nil {
		t.Fatal(err)
	}
	pass(t, cam, known)
	cam.Visit(true)
	s.until(t, off, 1, "that somebody came, after it was switched on")
	if err := h.fleet.SetMotion(t.Context(), off, Motion{Off: true}); err != nil {
		t.Fatal(err)
	}
	s.until(t, off, 2, "an end when it is switched off")
	if now, _ := h.fleet.Status(off); now.Worker != before.Worker || now.Streams[0].Reconnects != 0 || now.Streams[1].Reconnects != 0 {
		t.Errorf("it was connected anew: %+v", now)
	}

	s.until(t, seen, 3, "that somebody came again")
	h.fleet.Set(Camera{ID: seen, Access: Access{Main: cam.MainURL(), Sub: cam.SubURL()}, Private: true})
	s.until(t, seen, 4, "an end when the camera is off the air")
	if found, _ := s.of(seen); found[3].Active {
		t.Errorf("%+v", found[3])
	}
}
