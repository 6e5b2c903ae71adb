package worker

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"lares/cameras/internal/wire"
	"lares/cameras/media"
	"lares/cameras/motion"
)

// TestEyeSeesBlack: a camera whose pictures go black is told to the hub as tampered with, once,
// sealed with what they show and with when that began.
func TestEyeSeesBlack(t *testing.T) {
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		t.Skip("ffmpeg is not installed: there are no black pictures to look at")
	}
	const dark, bright = 24 * time.Second, 34 * time.Second
	film := filepath.Join(t.TempDir(), "black.264")
	if said, err := exec.Command("ffmpeg", "-v", "error", "-stream_loop", "2", "-i", "../fakecam/clip/people-sub.mp4", "-an",
		"-vf", "lutyuv=y=16:u=128:v=128:enable='between(t,24,33.99)'", "-c:v", "libx264", "-threads", "1", "-preset", "ultrafast", "-g", "20", film).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	f := newFraming(t, false)
	var began, known time.Duration
	told, opener := 0, f.key.Opener()
	f.playFile(film, media.StreamMain, time.Minute, func(at time.Duration) {
		for r := wire.NewReader(f.conn); ; {
			typ, body, err := r.Next()
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if typ != wire.TypeNoticed {
				continue
			}
			n, u, err := wire.ParseNoticed(body)
			if err != nil {
				t.Fatal(err)
			}
			if n.Kind != media.KindTamper {
				continue
			}
			u.Camera = f.key.Camera()
			au, _, err := opener.Open(nil, u)
			if err != nil {
				t.Fatal(err)
			}
			var e media.Event
			if err := json.Unmarshal(au.Data, &e); err != nil || e.Kind != media.KindTamper || e.Class != motion.Black || !n.Active {
				t.Errorf("told %s of %+v, %v", au.Data, n, err)
			}
			told++
			began, known = f.now-n.Ago, at
		}
	})
	if told != 1 || began < dark || began > dark+2*time.Second || known < began+4*time.Second || known >= bright {
		t.Errorf("told %d times, of %v at %v: it was dark from %v to %v", told, began, known, dark, bright)
	}
}
