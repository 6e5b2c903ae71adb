package fakecam

import (
	"encoding/binary"
	"fmt"
	"net/http"

	"lares/cameras/media/g711"
)

// The paths of ESeeCloud: the first camera's large and small stream.
const (
	eseeMain = "/livestream/11"
	eseeSub  = "/livestream/12"
)

const (
	eseeVideo = 96 // payload types
	eseeAudio = 97
)

// eseecloud serves a stream as ESeeCloud's cameras do: their description, then frames of
// RTP packets with whole pictures, and silence in A-law beside them.
func (s *onvifServer) eseecloud(w http.ResponseWriter, r *http.Request) {
	of := s.cam.rtsp.streams[s.cam.o.MainPath]
	if r.URL.Path == eseeSub {
		of = s.cam.rtsp.streams[s.cam.o.SubPath]
	}
	if !s.admits(w, r, s.cam.o.Password) {
		return
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	s.watch(r, of, g711.A, func(p shown, n int, sound []byte) error {
		var b []byte
		if n == 0 {
			b = fmt.Appendf(nil, "v=0\r\ns=live\r\nm=video %d H264/90000/%d/%d\r\nm=audio %d G711/%d/1\r\n\r\n", eseeVideo, p.width, p.height, eseeAudio, g711.Rate)
		}
		b = append(b, eseeFrame(eseeVideo, n, p.pts, p.nals)...)
		if len(sound) > 0 {
			b = append(b, eseeFrame(eseeAudio, n, p.pts, sound)...)
		}
		if _, err := w.Write(b); err != nil {
			return err
		}
		return http.NewResponseController(w).Flush()
	})
}

// eseeFrame is an RTP packet in a frame; its time is in microseconds.
func eseeFrame(kind byte, n int, pts int64, payload []byte) []byte {
	const version, rtpHead = 2 << 6, 12
	b := append([]byte{'$', 0, 0, 0}, binary.BigEndian.AppendUint32(nil, uint32(rtpHead+len(payload)))...)
	b = append(b, version, kind)
	b = binary.BigEndian.AppendUint16(b, uint16(n))
	b = binary.BigEndian.AppendUint32(b, uint32(pts*100/9))
	b = binary.BigEndian.AppendUint32(b, uint32(kind))
	return append(b, payload...)
}
