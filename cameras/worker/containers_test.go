package worker

import (
	"encoding/binary"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"lares/cameras/internal/wire"
	"lares/cameras/media"
)

// reel is 25 pictures a second of H.265, as x265 made them, with G.711 beside them, to be
// put into what a camera sends.
type reel struct {
	*footage
	mu bool // µ-law, else A-law
}

const (
	reelStep    = 40 * time.Millisecond
	reelSamples = 320 // in that time
)

func (r *reel) sound() []byte { return []byte(strings.Repeat("s", reelSamples)) }

// picture is the n-th: its NAL units, parameter sets apart, and whether it is an IDR.
func (r *reel) picture(n int) (sets, rest [][]byte, idr bool) {
	for _, u := range r.units[n%len(r.units)] {
		if r.isSet(u) {
			sets = append(sets, u)
			continue
		}
		rest = append(rest, u)
		idr = idr || hevcType(u) == 19 || hevcType(u) == 20
	}
	return sets, rest, idr
}

// record is the decoder configuration of the parameter sets (ISO/IEC 14496-15 §8.3.3.1).
func (r *reel) record() []byte {
	sets, _, _ := r.picture(0)
	b := append([]byte{1}, make([]byte, 20)...)
	b = append(b, 0xff, byte(len(sets))) // lengths of four bytes
	for _, s := range sets {
		b = append(b, byte(hevcType(s)), 0, 1)
		b = append(binary.BigEndian.AppendUint16(b, uint16(len(s))), s...)
	}
	return b
}

// tag is the body of the i-th FLV tag: the configuration, then a picture and sound in turn.
// enhanced names the codec by four letters (Enhanced RTMP v1); else it is number 12.
func (r *reel) tag(i int, enhanced bool) (kind byte, ms int, body []byte) {
	head := func(key bool, what byte) []byte {
		frame := byte(0x20)
		if key {
			frame = 0x10
		}
		if enhanced {
			return append([]byte{0x80 | frame | what}, "hvc1"...)
		}
		return []byte{frame | 12, what}
	}
	if i == 0 {
		body = head(true, 0)
		if !enhanced {
			body = append(body, 0, 0, 0)
		}
		return 9, 0, append(body, r.record()...)
	}
	n := (i - 1) / 2
	ms = n * int(reelStep/time.Millisecond)
	if i%2 == 0 {
		law := byte(0x72)
		if r.mu {
			law = 0x82
		}
		return 8, ms, append([]byte{law}, r.sound()...)
	}
	_, nals, idr := r.picture(n)
	const late = 80 // ms: no picture is shown before it is decoded
	shown := int(r.pts[n%len(r.pts)]/90) + n/len(r.pts)*len(r.pts)*int(reelStep/time.Millisecond) + late - ms
	body = append(head(idr, 1), byte(shown>>16), byte(shown>>8), byte(shown))
	for _, u := range nals {
		body = append(binary.BigEndian.AppendUint32(body, uint32(len(u))), u...)
	}
	return 9, ms, body
}

// dvrip is the n-th picture, with the sound of its time, as DVRIP has them.
func (r *reel) dvrip(n int) string {
	sets, nals, idr := r.picture(n)
	head := []byte{0, 0, 1, 0xfd, 0, 0, 0, 0}
	if idr {
		head = []byte{0, 0, 1, 0xfc, 0x13, 25, 320 / 8, 180 / 8, 0, 0, 0, 0, 0, 0, 0, 0}
		nals = append(sets, nals...)
	}
	var b strings.Builder
	for _, u := range nals {
		b.WriteString("\x00\x00\x00\x01" + string(u))
	}
	binary.LittleEndian.PutUint32(head[len(head)-4:], uint32(b.Len()))
	law := "\x0e"
	if r.mu {
		law = "\x0a"
	}
	return string(head) + b.String() + "\x00\x00\x01\xfa" + law + "\x02\x40\x01" + string(r.sound())
}

// esee is the n-th picture, with the sound of its time, as ESeeCloud has them; the first
// comes with the description. RTP's times begin anew soon after the first.
func (r *reel) esee(n int) []byte {
	b := []byte{}
	if n == 0 {
		b = []byte("v=0\r\nm=video 98 H265/90000/320/180\r\nm=audio 8 G711/8000/1\r\n\r\n")
	}
	frame := func(kind byte, ms int, payload []byte) {
		b = append(b, '$', 0, 0, 0)
		b = binary.BigEndian.AppendUint32(b, uint32(12+len(payload)))
		b = binary.BigEndian.AppendUint16(append(b, 0x80, kind), uint16(n))
		b = binary.BigEndian.AppendUint32(b, uint32(ms)*1000-500_000)
		b = append(append(b, 0, 0, 0, kind), payload...)
	}
	step := int(reelStep / time.Millisecond)
	sets, nals, idr := r.picture(n)
	if idr {
		nals = append(sets, nals...)
	}
	var film []byte
	for _, u := range nals {
		film = append(append(film, 0, 0, 0, 1), u...)
	}
	frame(98, int(r.pts[n%len(r.pts)]/90)+n/len(r.pts)*len(r.pts)*step, film)
	frame(8, n*step, r.sound())
	return b
}

// TestContainers: H.265 and G.711 come out of whatever brings them. What ffmpeg cannot
// write is put together here, of its pictures.
func TestContainers(t *testing.T) {
	t.Parallel()
	pictures := film(t, media.H265, "320x180", 75, "-r", "25", "-x265-params", "log-level=none:bframes=2:keyint=25:min-keyint=25")
	for _, c := range []struct {
		name     string
		mu       bool
		enhanced bool
		way      string
	}{
		{"FLV", true, true, "http"},
		{"FLV, codec 12", false, false, "http"},
		{"RTMP", false, true, "rtmp"},
		{"RTMP, codec 12", true, false, "rtmp"},
		{"DVRIP", true, false, "dvrip"},
		{"ESeeCloud", false, false, "eseecloud"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := &reel{pictures, c.mu}
			var e *employer
			switch c.way {
			case "http":
				s := serving(t, func(w http.ResponseWriter, q *http.Request) {
					io.WriteString(w, "FLV\x01\x05\x00\x00\x00\x09\x00\x00\x00\x00")
					endless(w, q, reelStep/2, func(i int) []byte { return flvTag(r.tag(i, c.enhanced)) })
				})
				e = watched(t, s.URL+"/x.flv", wire.Start{})
			case "eseecloud":
				s := serving(t, func(w http.ResponseWriter, q *http.Request) { endless(w, q, reelStep, r.esee) })
				e = watched(t, strings.Replace(s.URL, "http", "eseecloud", 1)+"/livestream/11", wire.Start{})
			case "rtmp":
				p := &publisher{t: t, heard: make(chan string, 1), between: reelStep / 2, next: func(i int) (byte, int, []byte) { return r.tag(i, c.enhanced) }}
				e = watched(t, "rtmp://"+accepting(t, p.serve)+"/live/x", wire.Start{})
			case "dvrip":
				e = watched(t, "dvrip://"+serveDVRIPOf(t, "secret", nil, r.dvrip)+"?channel=2&subtype=1", wire.Start{Password: "secret"})
			}
			live, units := e.played(50, 20)
			law := media.PCMA
			if c.mu {
				law = media.PCMU
			}
			if live.Codec != fmt.Sprintf("H.265 + %s", law) || live.Width != 320 || live.Height != 180 {
				t.Errorf("%+v", live)
			}
			if c.way != "dvrip" { // which tells no times
				checkSteady(t, units, reelSamples)
			}
		})
	}
}
