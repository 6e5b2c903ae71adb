package fakecam

import (
	"bufio"
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"

	"lares/cameras/media/g711"
)

// kasaPath is where Kasa's cameras have their stream.
const kasaPath = "/https/stream/mixed"

// kasa serves the main stream as Kasa's cameras do: parts of pictures, and of silence in
// µ-law, in an answer of HTTP/1.0 that is cut into chunks all the same. Their password
// goes out in base64, but for that of doorbells.
func (s *onvifServer) kasa(w http.ResponseWriter, r *http.Request) {
	password := base64.StdEncoding.EncodeToString([]byte(s.cam.o.Password))
	if s.cam.o.Doorbell {
		password = s.cam.o.Password
	}
	if !s.admits(w, r, password) {
		return
	}
	_, out, done, err := s.hijack(w)
	if err != nil {
		return
	}
	defer done()
	fmt.Fprint(out, "HTTP/1.0 200 OK\r\nContent-Type: multipart/x-mixed-replace;boundary=data-boundary--\r\nTransfer-Encoding: chunked\r\n\r\n")
	s.watch(r, s.cam.rtsp.streams[s.cam.o.MainPath], g711.Mu, func(p shown, _ int, sound []byte) error {
		at := float64(p.pts) / videoClock
		kasaPart(out.Writer, "video/x-h264", at, p.nals)
		if len(sound) > 0 {
			kasaPart(out.Writer, "audio/g711u", at, sound)
		}
		return out.Flush()
	})
}

// kasaPart writes a part, in two chunks: they know nothing of parts.
func kasaPart(w *bufio.Writer, kind string, at float64, body []byte) {
	var b strings.Builder
	fmt.Fprintf(&b, "--data-boundary--\r\nContent-Type: %s\r\nContent-Length: %d\r\nX-Timestamp: %.3f\r\n\r\n%s\r\n", kind, len(body), 1+at, body)
	half := b.Len() / 2
	for _, chunk := range []string{b.String()[:half], b.String()[half:]} {
		fmt.Fprintf(w, "%x\r\n%s\r\n", len(chunk), chunk) // Flush tells errors
	}
}
