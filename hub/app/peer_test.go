//go:build peer

package app_test

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// peerFootage is real video: the first from beside the checkout where it exists,
// the second from Debian's opencv-doc.
var peerFootage = []struct{ name, file string }{
	{"bicycle", "../../../shared/data/video/intel_person-bicycle-car-detection.mp4"},
	{"vtest", "/usr/share/doc/opencv-doc/examples/data/vtest.avi"},
}

const (
	peerFPS      = 15
	peerClips    = 3
	wallAccuracy = 200 * time.Millisecond
	minLength    = 14 * time.Second // pre-roll and post-roll, less one GOP
)

// TestPeerRealInput records real footage from an RTSP server that is not ours,
// exports it, and lets an independent decoder judge.
func TestPeerRealInput(t *testing.T) {
	needFFmpeg(t)
	dir := t.TempDir()
	server := buildPeer(t, dir)
	for _, f := range peerFootage {
		t.Run(f.name, func(t *testing.T) {
			if _, err := os.Stat(f.file); err != nil {
				t.Skipf("%s is not here: this footage is not tested", f.file)
			}
			video := filepath.Join(dir, f.name+".mp4")
			encode(t, f.file, video)
			url := servePeer(t, server, f.name, video)

			h := startHub(t, t.TempDir())
			keeper := h.claim("keeper")
			id := keeper.addCamera(map[string]string{"name": f.name, "main": url})
			keeper.overlooks(id)
			waitLive(t, keeper, []string{id})
			pause(t, 6*time.Second) // the pre-roll fills in real time
			for n := range peerClips {
				recordAndCheck(t, keeper, id, n)
			}
		})
	}
}

func recordAndCheck(t *testing.T, keeper *person, camera string, n int) {
	t.Helper()
	keeper.trigger(camera)
	var e eventJSON
	until(t, 10*time.Second, "the clip is being recorded", func() bool {
		events := keeper.events()
		if len(events) == n+1 && events[0].Recording {
			e = events[0]
		}
		return e.Clip != ""
	})
	var ended time.Time
	until(t, 30*time.Second, "the clip ends", func() bool {
		ended = time.Now()
		return !keeper.events()[0].Recording
	})
	e = keeper.events()[0]
	file := writeFile(t, fmt.Sprintf("clip%d.mp4", n), keeper.get("clips/"+e.Clip+"/clip.mp4"))
	decodes(t, file)

	length := duration(t, file)
	wall := ended.Sub(keeper.clip(e.Clip).Start)
	t.Logf("clip %d: %v of media, %v of wall time from its first picture to its end", n, length, wall)
	if diff := (length - wall).Abs(); diff > wallAccuracy {
		t.Errorf("clip %d: %v long, %v off the wall time %v", n, length, diff, wall)
	}
	if length < minLength {
		t.Errorf("clip %d: %v long: the pre-roll is missing", n, length)
	}
	list := packets(t, file, "v")
	if len(list) == 0 || !list[0].key {
		t.Fatalf("clip %d does not begin with an IDR", n)
	}
	const frame = time.Second / peerFPS
	for i := 1; i < len(list); i++ {
		if step := list[i].pts - list[i-1].pts; step < frame/2 || step > frame*3/2 {
			t.Errorf("clip %d: picture %d comes %v after the one before, want %v", n, i, step, frame)
		}
	}
}

// buildPeer builds the independent server from its own module.
func buildPeer(t *testing.T, dir string) string {
	t.Helper()
	out := filepath.Join(dir, "go2rtc")
	build := exec.Command("go", "build", "-o", out, "github.com/AlexxIT/go2rtc")
	build.Dir = "../../cameras/testdata/peers"
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if b, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building the RTSP server: %v\n%s", err, b)
	}
	return out
}

// encode makes a camera's kind of stream: 1080p15, about 3 Mbit/s, an IDR every
// two seconds, no B pictures.
func encode(t *testing.T, from, to string) {
	t.Helper()
	b, err := exec.Command("ffmpeg", "-v", "error", "-y", "-i", from, "-an", "-t", "40", "-vf", "scale=1920:1080,format=yuv420p",
		"-r", fmt.Sprint(peerFPS), "-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-b:v", "3M", "-maxrate", "3M", "-bufsize", "3M",
		"-g", fmt.Sprint(2*peerFPS), "-keyint_min", fmt.Sprint(2*peerFPS), to).CombinedOutput()
	if err != nil {
		t.Fatalf("encoding: %v\n%s", err, b)
	}
}

// servePeer runs the server and feeds it in real time for ever.
func servePeer(t *testing.T, server, name, video string) string {
	t.Helper()
	port := freePort(t)
	config := fmt.Sprintf(`{"api":{"listen":""},"webrtc":{"listen":""},"srtp":{"listen":""},"rtsp":{"listen":"127.0.0.1:%s"},"streams":{"%s":null}}`, port, name)
	process(t, exec.Command(server, "-config", config))
	listens(t, port)
	url := fmt.Sprintf("rtsp://127.0.0.1:%s/%s", port, name)
	publish(t, video, url)
	return url
}

// listens waits until somebody listens on a port.
func listens(t *testing.T, port string) {
	t.Helper()
	until(t, 10*time.Second, "the server listens", func() bool {
		c, err := net.DialTimeout("tcp", "127.0.0.1:"+port, time.Second)
		if err == nil {
			c.Close()
		}
		return err == nil
	})
}

// publish sends a video to an RTSP server in real time, for ever.
func publish(t *testing.T, video, url string) {
	t.Helper()
	process(t, exec.Command("ffmpeg", "-v", "error", "-re", "-stream_loop", "-1", "-i", video, "-c", "copy", "-rtsp_transport", "tcp", "-f", "rtsp", url))
}
