package worker

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bluenviron/gortsplib/v5/pkg/format"

	"lares/cameras/internal/wire"
	"lares/cameras/media"
	"lares/cameras/motion"
)

// states are those of motion that the hub was told since the last call.
func states(t *testing.T, conn *written) (told []bool) {
	t.Helper()
	for r := wire.NewReader(conn); ; {
		typ, body, err := r.Next()
		if err != nil {
			return told
		}
		if typ == wire.TypeNoticed {
			n, _, err := wire.ParseNoticed(body)
			if err != nil || n.Kind != media.KindMotion {
				t.Fatalf("%+v, %v", n, err)
			}
			told = append(told, n.Active)
		}
	}
}

// TestEyeWeighs: of a camera whose pictures are not looked at their sizes say when something
// moves, those of the sub stream if there is one, up to its end, and not where zones say
// what counts; of one whose pictures are, or all stand alone, they say nothing.
func TestEyeWeighs(t *testing.T) {
	both := [2]format.Format{&format.H265{}, &format.H265{}}
	for name, c := range map[string]struct {
		of       [2]format.Format // main and sub
		settings motion.Settings
		off      bool
		larger   media.StreamID // whose pictures are, for four seconds
		breaks   bool           // its connection then
		want     []bool
	}{
		"the sub stream":      {of: both, larger: media.StreamSub, want: []bool{true, false}},
		"the main stream":     {of: both, larger: media.StreamMain},
		"no sub stream":       {of: [2]format.Format{&format.H265{}}, larger: media.StreamMain, want: []bool{true, false}},
		"a sub of JPEG":       {of: [2]format.Format{&format.H265{}, &format.MJPEG{}}, larger: media.StreamMain, want: []bool{true, false}},
		"its end":             {of: both, larger: media.StreamSub, breaks: true, want: []bool{true, false}},
		"with a zone":         {of: both, larger: media.StreamSub, settings: motion.Settings{Zones: []motion.Zone{{Name: "gate", Polygon: motion.Polygon{{0, 0}, {1, 0}, {1, 1}}}}}},
		"switched off":        {of: both, larger: media.StreamSub, off: true},
		"a sub of H.264":      {of: [2]format.Format{&format.H265{}, &format.H264{}}, larger: media.StreamMain},
		"nothing but JPEG":    {of: [2]format.Format{&format.MJPEG{}}, larger: media.StreamMain},
		"nothing but H.264":   {of: [2]format.Format{&format.H264{}}, larger: media.StreamMain},
		"JPEG, a sub in HEVC": {of: [2]format.Format{&format.MJPEG{}, &format.H265{}}, larger: media.StreamSub, want: []bool{true, false}},
	} {
		e, conn := newEye(c.of[1] != nil)
		if err := e.want(wire.Motion{Off: c.off, Settings: c.settings}); err != nil {
			t.Fatal(err)
		}
		g := gaze{e: e, wanted: wire.Motion{Off: c.off, Settings: c.settings}}
		streams := []media.StreamID{media.StreamMain, media.StreamSub}[:1]
		if c.of[1] != nil {
			streams = append(streams, media.StreamSub)
		}
		for _, s := range streams {
			e.opens(s, c.of[s-media.StreamMain])
		}
		n := 0
		pass := func(seconds int, larger bool) {
			for range 10 * seconds {
				for _, s := range streams {
					size := 500
					if larger && s == c.larger {
						size = 1500
					}
					e.weigh(s, size, n%20 == 0, n == 0, time.Duration(n)*100*time.Millisecond)
				}
				for _, next := range drained(e) {
					g.do(next)
				}
				n++
			}
		}
		pass(30, false)
		pass(4, true)
		if c.breaks {
			e.over(c.larger)
			for _, next := range drained(e) {
				g.do(next)
			}
		} else {
			pass(10, false)
		}
		if got := states(t, conn); !slices.Equal(got, c.want) {
			t.Errorf("%s: told %v, want %v", name, got, c.want)
		}
	}
	e, conn := newEye(false)
	e.opens(media.StreamMain, &format.H265{})
	if said := warnings(t, conn); len(said) != 1 || !strings.Contains(said[0], "sends H.265:") || !strings.Contains(said[0], "much more room") {
		t.Errorf("said %q", said)
	}
	if err := e.want(wire.Motion{Settings: motion.Settings{Masks: []motion.Polygon{{{0, 0}, {1, 0}, {1, 1}}}}}); err != nil {
		t.Fatal(err)
	}
	if said := warnings(t, conn); len(said) != 1 || !strings.Contains(said[0], "counts alone") {
		t.Errorf("with a mask, said %q", said)
	}
}
