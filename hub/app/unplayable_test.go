package app_test

import (
	"strings"
	"testing"
	"time"

	"lares/cameras/fakecam"
)

// TestUnplayable: what cannot be recorded is refused by its name; a sound that
// cannot be recorded is left out by its name.
func TestUnplayable(t *testing.T) {
	needFFmpeg(t)
	t.Parallel()
	const start = "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=x\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
	const video = "m=video 0 RTP/AVP 96\r\na=control:trackID=0\r\na=rtpmap:96 "
	h264 := start + video + "H264/90000\r\na=fmtp:96 packetization-mode=1\r\n"
	const audio = "m=audio 0 RTP/AVP 97\r\na=control:trackID=1\r\na=rtpmap:97 "
	tests := []struct {
		name, sdp      string
		state, message string // of the camera; "" for any
		warning        string
	}{
		{"VP8", start + video + "VP8/90000\r\n", "incompatible", "VP8", ""},
		{"MPEG-4", start + video + "MP4V-ES/90000\r\na=fmtp:96 profile-level-id=1\r\n", "incompatible", "MPEG-4", ""},
		{"AV1", start + video + "AV1/90000\r\n", "incompatible", "AV1", ""},
		{"sound alone", start + audio + "MPEG4-GENERIC/16000/1\r\na=fmtp:97 streamtype=5;mode=AAC-hbr;config=1408;sizeLength=13;indexLength=3;indexDeltaLength=3\r\n", "incompatible", "no video", ""},
		{"G.726", h264 + audio + "G726-32/8000\r\n", "live", "", "G.726"},
		{"Speex", h264 + audio + "speex/16000\r\n", "live", "", "peex"},
	}
	h := startHub(t, t.TempDir())
	keeper := h.claim("keeper")
	ids := make([]string, len(tests))
	for i, tt := range tests {
		c := startCamera(t, fakecam.Options{Name: tt.name, SDP: tt.sdp})
		ids[i] = keeper.addCamera(map[string]string{"name": tt.name, "main": c.MainURL()})
		keeper.plan(ids[i], map[string]any{"mode": "events", "sound": true})
	}
	for i, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			keeper := keeper.in(t)
			var c cameraJSON
			until(t, 15*time.Second, "the camera is "+tt.state, func() bool {
				c = keeper.camera(ids[i])
				return c.Status.State == tt.state
			})
			if !strings.Contains(c.Status.Message, tt.message) || !strings.Contains(c.Status.Warning, tt.warning) {
				t.Errorf("says %q and warns %q: %q and %q are not named", c.Status.Message, c.Status.Warning, tt.message, tt.warning)
			}
			if tt.state != "live" {
				return
			}
			keeper.trigger(ids[i])
			until(t, 30*time.Second, "a clip of it ends", func() bool {
				for _, e := range keeper.events() {
					if e.Camera == ids[i] {
						return len(e.Clips) > 0 && !e.Recording
					}
				}
				return false
			})
			films := keeper.films(ids[i])
			contiguous(t, tt.name, marksOf(t, tt.name, films))
			for _, f := range films {
				if n := len(packets(t, writeFile(t, "clip.mp4", f.mp4), "a")); n > 0 {
					t.Errorf("%d packets of sound in a clip without", n)
				}
			}
		})
	}
}
