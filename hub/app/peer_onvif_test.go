//go:build peer

package app_test

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// TestPeerONVIF adds a camera of an ONVIF server that is not ours, by its address
// alone, and records it: H.265 with sound, as ffmpeg publishes it.
func TestPeerONVIF(t *testing.T) {
	needFFmpeg(t)
	vtest := peerFootage[1]
	if _, err := os.Stat(vtest.file); err != nil {
		t.Skipf("%s is not here: no ONVIF server of others is tested", vtest.file)
	}
	dir := t.TempDir()
	video := filepath.Join(dir, "hevc.mp4")
	out, err := exec.Command("ffmpeg", "-v", "error", "-y", "-i", vtest.file, "-f", "lavfi", "-i", "sine=frequency=440:sample_rate=16000", "-t", "30",
		"-vf", "scale=1280:720,format=yuv420p", "-r", fmt.Sprint(peerFPS), "-c:v", "libx265", "-preset", "ultrafast",
		"-x265-params", fmt.Sprintf("log-level=error:bframes=0:scenecut=0:keyint=%d:min-keyint=%d", 2*peerFPS, 2*peerFPS), "-c:a", "aac", "-ac", "1", video).CombinedOutput()
	if err != nil {
		t.Fatalf("encoding: %v\n%s", err, out)
	}
	service := serveONVIF(t, buildPeer(t, dir), "yard", video)

	h := startHub(t, t.TempDir(), "--discover", "here")
	keeper := h.claim("keeper")
	var found struct {
		ID, State, Message string
		Streams            []struct{ Role, Codec string }
	}
	keeper.call(http.MethodPost, "probes", map[string]string{"address": service}, http.StatusOK, &found)
	if found.State != "ready" || len(found.Streams) == 0 || found.Streams[0].Role != "main" {
		t.Fatalf("found: %+v", found)
	}
	id := keeper.addCamera(map[string]string{"name": "yard", "probe": found.ID})
	keeper.plan(id, map[string]any{"mode": "events", "sound": true})
	waitLive(t, keeper, []string{id})
	pause(t, 6*time.Second) // the pre-roll fills in real time
	keeper.trigger(id)
	until(t, time.Minute, "a clip is complete", func() bool {
		events := keeper.events()
		return len(events) == 1 && events[0].Clip != "" && !events[0].Recording
	})
	file := writeFile(t, "yard.mp4", keeper.get("clips/"+keeper.events()[0].Clip+"/clip.mp4"))
	decodes(t, file)
	if n := len(packets(t, file, "v")); n < int(minLength/time.Second)*peerFPS {
		t.Errorf("%d pictures", n)
	}
	if len(packets(t, file, "a")) == 0 {
		t.Error("no sound")
	}
}

// serveONVIF runs the server with its ONVIF service, and feeds it in real time for
// ever. It returns the address of the service.
func serveONVIF(t *testing.T, server, name, video string) string {
	t.Helper()
	rtsp, api := freePort(t), freePort(t)
	config := fmt.Sprintf(`{"api":{"listen":"127.0.0.1:%s"},"webrtc":{"listen":""},"srtp":{"listen":""},"rtsp":{"listen":"127.0.0.1:%s"},"streams":{"%s":null}}`, api, rtsp, name)
	process(t, exec.Command(server, "-config", config))
	listens(t, api)
	listens(t, rtsp)
	publish(t, video, fmt.Sprintf("rtsp://127.0.0.1:%s/%s", rtsp, name))
	return "http://127.0.0.1:" + api + "/onvif/device_service"
}
