package worker

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"lares/cameras/internal/wire"
)

// TestWordsForAnswers has a camera answer oddly and looks at what the owner is
// told.
func TestWordsForAnswers(t *testing.T) {
	t.Parallel()
	endless := strings.Repeat("X-Field: x\r\n", 300)
	for name, c := range map[string]struct{ to, answer, says string }{
		"a length below zero":      {"DESCRIBE", "RTSP/1.0 200 OK\r\nContent-Length: -1\r\n\r\n", "no sense"},
		"a length of 10^18":        {"OPTIONS", "RTSP/1.0 200 OK\r\nContent-Length: 1000000000000000000\r\n\r\n", "no sense"},
		"a header without end":     {"DESCRIBE", "RTSP/1.0 200 OK\r\n" + endless + "\r\n", "no sense"},
		"no header":                {"DESCRIBE", "RTSP/1.0 x\r\n\r\n", "no sense"},
		"sent on at SETUP":         {"SETUP", "RTSP/1.0 302 Found\r\nLocation: rtsp://other/x\r\n\r\n", "another address"},
		"sent on at PLAY":          {"PLAY", "RTSP/1.0 307 Temporary Redirect\r\nLocation: rtsp://other/x\r\n\r\n", "another address"},
		"sent on at DESCRIBE, 308": {"DESCRIBE", "RTSP/1.0 308 Permanent Redirect\r\nLocation: rtsp://other/x\r\n\r\n", "another address"},
		"asked for something":      {"DESCRIBE", "ANNOUNCE rtsp://x/ RTSP/1.0\r\n\r\n", "ANNOUNCE"},
		"an error":                 {"SETUP", "RTSP/1.0 500 Internal Server Error\r\n\r\n", "error 500"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cam := newScripted(t, func(method, _ string) string {
				switch method {
				case c.to:
					return c.answer
				case "DESCRIBE":
					return described(oneTrack)
				case "SETUP":
					return "RTSP/1.0 200 OK\r\nSession: 1\r\nTransport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n\r\n"
				}
				return rtspOK
			})
			e := employ(t, wire.Start{Main: wire.Target{URL: fmt.Sprintf("rtsp://%s/x", cam.addr), Dial: cam.addr}})
			if m := e.awaitState(8*time.Second, wire.Unreachable); !strings.Contains(m, c.says) || !strings.Contains(m, cam.addr) {
				t.Errorf("it says %q", m)
			}
		})
	}
}
