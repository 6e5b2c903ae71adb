package worker

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestQuestionsOfTheCamera has a camera that plays ask for something. It is
// answered, and its pictures go on coming over the same connection.
func TestQuestionsOfTheCamera(t *testing.T) {
	t.Parallel()
	const named = "Content-Length: 10\r\n\r\nposition\r\n"
	for name, c := range map[string]struct{ question, answer string }{
		"is anybody there":    {"GET_PARAMETER * RTSP/1.0\r\nCSeq: 77\r\nSession: 1\r\n\r\n", "200 OK"},
		"nothing to be set":   {"SET_PARAMETER rtsp://x/ RTSP/1.0\r\nCSeq: 77\r\n\r\n", "200 OK"},
		"a parameter":         {"GET_PARAMETER rtsp://x/ RTSP/1.0\r\nCSeq: 77\r\n" + named, "451 Parameter Not Understood"},
		"one that is set":     {"SET_PARAMETER rtsp://x/ RTSP/1.0\r\nCSeq: 77\r\n" + named, "451 Parameter Not Understood"},
		"what Lares can do":   {"OPTIONS rtsp://x/ RTSP/1.0\r\nCSeq: 77\r\n\r\n", "200 OK"},
		"one after the other": {"SET_PARAMETER * RTSP/1.0\r\nCSeq: 76\r\n" + named + "GET_PARAMETER * RTSP/1.0\r\nCSeq: 77\r\n\r\n", "200 OK"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cam := newSprayer(t, overUDP)
			inner := cam.reply
			cam.reply = func(method, request string) string {
				if method == "PLAY" {
					return inner(method, request) + c.question
				}
				return inner(method, request)
			}
			e := employ(t, cam.start())
			e.await(8*time.Second, "an answer", func() bool {
				return strings.Contains(cam.all(), fmt.Sprintf("RTSP/1.0 %s\r\nCSeq: 77\r\n", c.answer))
			})
			idr, _ := handMade(t)
			cam.send(t, cam.socket, of(7, packets(0, 0, idr...))...)
			cam.send(t, cam.socket, of(7, packets(uint16(len(idr)), 4500, idr...))...)
			e.await(5*time.Second, "a picture", func() bool { return pictureCount(e.units) > 0 })
			if n := strings.Count(cam.all(), "DESCRIBE "); n != 1 {
				t.Errorf("asked for its description %d times", n)
			}
		})
	}
}
