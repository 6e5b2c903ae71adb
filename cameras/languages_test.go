package cameras

import (
	"bytes"
	"fmt"
	"image"
	"image/jpeg"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"lares/cameras/media"
)

// noisy is a JPEG picture that hardly gets smaller.
func noisy(t *testing.T, width, height int) []byte {
	t.Helper()
	m := image.NewGray(image.Rect(0, 0, width, height))
	r := rand.New(rand.NewPCG(1, 2))
	for i := range m.Pix {
		m.Pix[i] = byte(r.Uint32())
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// pictures reads n pictures of the camera and gives the most that its worker
// weighed meanwhile.
func (h *house) pictures(id media.CameraID, n int) (weight int) {
	h.t.Helper()
	w := h.watch(id, media.StreamMain, 0)
	for seen := 0; seen < n; {
		if au := w.next(20 * time.Second); au.Type == media.UnitVideo {
			seen++
		}
		s, _ := h.fleet.Status(id)
		weight = max(weight, weigh(s.Worker))
	}
	return weight
}

// A camera that sends M-JPEG over HTTP, caged as any other, in little memory.
func TestMotionJPEG(t *testing.T) {
	h := newHouse(t)
	picture := noisy(t, 1280, 720)
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "multipart/x-mixed-replace; boundary=x")
		tick := time.NewTicker(50 * time.Millisecond)
		defer tick.Stop()
		for {
			if _, err := fmt.Fprintf(w, "--x\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n%s\r\n", len(picture), picture); err != nil {
				return
			}
			select {
			case <-tick.C:
			case <-r.Context().Done():
				return
			}
		}
	}))
	t.Cleanup(func() { web.CloseClientConnections(); web.Close() })
	id := h.add(Access{Main: web.URL + "/video"})
	weight := h.pictures(id, 100)
	t.Logf("pictures of %d KiB; the worker holds %.1f MiB", len(picture)>>10, float64(weight)/(1<<20))
	if s := h.await(id, time.Second, Live); weight == 0 || weight > mostWeight/2 {
		t.Errorf("%d bytes, %+v", weight, s)
	}
}

// ffmpeg as a camera that is an RTMP server.
func TestRTMP(t *testing.T) {
	ffmpeg, err := exec.LookPath("ffmpeg")
	if err != nil {
		t.Skip("ffmpeg is missing: there is no RTMP server")
	}
	film := filepath.Join(t.TempDir(), "film.flv")
	if out, err := exec.Command(ffmpeg, "-v", "error", "-f", "lavfi", "-i", "testsrc2=size=1920x1080:rate=25:duration=12", "-pix_fmt", "yuv420p", "-c:v", "libx264", "-preset", "ultrafast", "-g", "50", "-b:v", "4M", film).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := fmt.Sprintf("rtmp://%s/live/film", l.Addr())
	l.Close()
	server := exec.Command(ffmpeg, "-v", "error", "-re", "-i", film, "-c", "copy", "-f", "flv", "-listen", "1", address)
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = server.Process.Kill() // it may have ended
		_ = server.Wait()
	})
	h := newHouse(t)
	id := h.add(Access{Main: address})
	weight := h.pictures(id, 100)
	t.Logf("the worker holds %.1f MiB", float64(weight)/(1<<20))
	if weight == 0 || weight > mostWeight/2 {
		t.Errorf("%d bytes", weight)
	}
}
