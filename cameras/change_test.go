package cameras

import (
	"math"
	"net"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"lares/cameras/fakecam"
	"lares/cameras/media"
)

// TestAnotherCodecAfterReconnect has a camera come back with H.265 and without
// sound: the tracks are told anew, and nothing of the old ones is left.
func TestAnotherCodecAfterReconnect(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		t.Skip("ffmpeg is missing: there is no H.265 to send")
	}
	film := filepath.Join(t.TempDir(), "film.h265")
	out, err := exec.Command("ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=size=320x180:rate=15:duration=4", "-pix_fmt", "yuv420p",
		"-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=none:keyint=15:bframes=0", film).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	old := fake(t, fakecam.Options{Name: "old", Audio: true})
	renewed := fake(t, fakecam.Options{Name: "renewed", Source: fakecam.File{Path: film, FPS: 15}})
	h := newHouse(t)
	id := h.add(Access{Main: old.MainURL()})
	w := h.watch(id, media.StreamMain, 0)
	w.oneWorker = true
	for w.pts[2] == 0 {
		w.next(10 * time.Second)
	}
	if err := fakecam.Swap(old, renewed); err != nil {
		t.Fatal(err)
	}
	changed := time.Now()
	for v, _ := w.config.Video(); v.Codec != media.H265; v, _ = w.config.Video() {
		w.next(10 * time.Second)
	}
	for i := range 30 {
		au := w.next(5 * time.Second)
		if au.Type != media.UnitVideo || i == 0 && !au.Sync {
			t.Fatalf("unit %d: %v, sync %v", i, au.Type, au.Sync)
		}
	}
	if len(w.config.Tracks) != 1 {
		t.Errorf("configured as %+v", w.config)
	}
	s := h.await(id, 3*time.Second, Live, Degraded)
	if m := s.Streams[0]; m.Codec != "H.265" || m.Width != 320 || m.Reconnects != 1 || s.Restarts != 0 {
		t.Errorf("%+v", s)
	}
	t.Logf("30 pictures of the new codec after %v", time.Since(changed).Round(time.Millisecond))
}

// TestLyingCamera has a camera that promises more pictures than it sends: the
// times of its pictures keep step with the hub's clock, and with its sound.
func TestLyingCamera(t *testing.T) {
	t.Parallel()
	cam := fake(t, fakecam.Options{Audio: true})
	cam.SetFault(fakecam.Drift)
	h := newHouse(t)
	id := h.add(Access{Main: cam.MainURL()})
	w := h.watch(id, media.StreamMain, 0)
	// early is, of each window, the least by which a picture came after its time: a
	// busy machine makes others later still, and the hub needs longer to see what
	// the camera does. Of ten seconds that hides 1.6.
	const window, whole = 10, 300
	var early []float64
	var apart []float64 // sound and picture, in the window at hand
	var media0, wall0 float64
	for took := 0.0; took < whole; {
		au := w.next(time.Minute)
		if au.Type != media.UnitVideo {
			continue
		}
		m, wall := float64(au.PTS)/90_000, float64(w.last.Received.UnixNano())/1e9
		if wall0 == 0 {
			media0, wall0 = m, wall
		}
		took = wall - wall0
		for n := len(early); n <= int(took/window); n++ {
			if n > 2 && keepsStep(early[n-2:], apart) {
				return
			}
			early, apart = append(early, math.Inf(1)), nil
		}
		n := len(early) - 1
		early[n] = min(early[n], took-(m-media0))
		if a, ok := w.config.Track(2); ok {
			apart = append(apart, math.Abs(float64(w.pts[2])/float64(a.ClockRate)-m))
		}
	}
	t.Errorf("never in step: %.2f s late", early)
}

// keepsStep reports whether pictures keep step from one window to the next, and the
// sound with them in that one.
func keepsStep(early []float64, apart []float64) bool {
	slices.Sort(apart)
	return math.Abs(early[1]-early[0]) < 0.2 && len(apart) > 0 && apart[len(apart)/2] < 0.3
}

// TestPathsWithQueries: streams whose addresses have a query, as of some makers,
// are played.
func TestPathsWithQueries(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	cam := fake(t, fakecam.Options{Name: t.Name(), Username: "user", Password: "correct horse", MainPath: "/cam/realmonitor?channel=1&subtype=0", SubPath: "/cam/realmonitor?channel=1&subtype=1"})
	id := h.add(Access{Main: cam.MainURL(), Sub: cam.SubURL(), Username: "user", Password: "correct horse"})
	eventually(t, 20*time.Second, "both streams", func() bool {
		s, _ := h.fleet.Status(id)
		return s.State == Live
	})
}

// TestSendOnly: a picture that the camera calls "sendonly", as if somebody sent it
// to the camera, is one all the same.
func TestSendOnly(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	const sdp = "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=x\r\nt=0 0\r\nm=video 0 RTP/AVP 96\r\na=sendonly\r\na=rtpmap:96 H264/90000\r\na=control:trackID=0\r\n"
	cam := fake(t, fakecam.Options{Name: t.Name(), SDP: sdp, ParameterSets: fakecam.InBandOnly})
	id := h.add(Access{Main: cam.MainURL()})
	eventually(t, 20*time.Second, "pictures", func() bool {
		s, _ := h.fleet.Status(id)
		return s.State == Live
	})
}

// TestWarningsEnd: what a worker warned of ends with it: its follower, to whom the
// camera answers over ONVIF, has nothing to warn of.
func TestWarningsEnd(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	cam := fake(t, fakecam.Options{Name: t.Name(), Username: "user", Password: "correct horse"})
	a := access(cam)
	a.ONVIF = "http://127.0.0.1:1/onvif/device_service"
	id := h.add(a)
	eventually(t, patience, "a warning", func() bool {
		s, _ := h.fleet.Status(id)
		return strings.Contains(s.Warning, "over ONVIF")
	})
	h.fleet.Set(Camera{ID: id, Access: access(cam)})
	eventually(t, patience, "its end", func() bool {
		s, _ := h.fleet.Status(id)
		return s.State == Live && s.Warning == ""
	})
}

// TestNoStartYet: of a camera whose next picture to start with is far off it is said that
// pictures come, and which do not, and not what was wrong before; then it is live.
func TestNoStartYet(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	cam := fake(t, fakecam.Options{Name: t.Name(), Username: "user", Password: "correct horse", Source: fakecam.TestCard{GOP: 15 * time.Second}})
	_, a := between(t, cam, func() meddling {
		begun := false // the first picture, the one to start with, is lost
		return meddling{frame: func(c net.Conn, channel byte, packet []byte) error {
			if channel == videoChannel && !begun {
				begun = packet[1]&0x80 != 0
				return nil
			}
			_, err := c.Write(interleaved(channel, packet))
			return err
		}}
	})
	id := h.add(a)
	s := h.await(id, 30*time.Second, NoVideo, Live)
	if s.State != NoVideo || !strings.Contains(s.Message, "none so far") || s.NextTry.IsZero() {
		t.Errorf("it is %+v", s)
	}
	if s = h.await(id, time.Minute, Live); s.Streams[0].Reconnects != 0 {
		t.Errorf("it was connected anew: %+v", s)
	}
}
