package worker

import (
	"bytes"
	"os/exec"
	"testing"
	"time"

	"github.com/bluenviron/gortsplib/v5/pkg/format"
	"github.com/pion/rtp"

	"lares/cameras/h264"
)

// benchmarkPackets is a second of 1080p with 15 pictures and 3 Mbit/s: an intra
// picture of 100 KB and 14 of 20 KB, in packets of 1,450 bytes.
func benchmarkPackets(b *testing.B) (units [][]*rtp.Packet) {
	e, err := (&format.H264{PayloadTyp: 96, PacketizationMode: 1}).CreateEncoder()
	if err != nil {
		b.Fatal(err)
	}
	for i := range 15 {
		body := make([]byte, 20_000)
		for j := range body {
			body[j] = byte(j*7+i) | 1
		}
		u := [][]byte{slice(nalSlice, true, string(body))}
		if i == 0 {
			u = [][]byte{unhex(b, spsHD), unhex(b, ppsHD), slice(nalIDR, true, string(bytes.Repeat(body, 5)))}
		}
		ps, err := e.Encode(u)
		if err != nil {
			b.Fatal(err)
		}
		units = append(units, ps)
	}
	return units
}

// BenchmarkIngest is the way of one access unit from its packets to the sealed
// frame; the socket is left out.
func BenchmarkIngest(b *testing.B) {
	units := benchmarkPackets(b)
	r := newRig(b, offer(b, &format.H264{PayloadTyp: 96, PacketizationMode: 1}))
	r.conn.discard = true
	var seq uint16
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		r.now += time.Second / 15
		for _, p := range units[i%len(units)] {
			p.SequenceNumber, p.Timestamp = seq, uint32(i*6000)
			seq++
			r.onVideo(p)
		}
	}
	b.StopTimer()
	if r.conn.n < b.N {
		b.Fatalf("%d frames of %d pictures", r.conn.n, b.N)
	}
}

// BenchmarkPicture makes the small and the large picture of an event of a camera of 1080p with
// 3 Mbit/s, in both entropy codings.
func BenchmarkPicture(b *testing.B) {
	for name, cabac := range map[string]string{"CAVLC": "cabac=0", "CABAC": "cabac=1"} {
		stream, err := exec.Command("ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=size=1920x1080:rate=15,noise=alls=12:allf=t", "-frames:v", "1",
			"-pix_fmt", "yuv420p", "-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-b:v", "3M", "-maxrate", "3M", "-bufsize", "3M",
			"-x264-params", cabac, "-f", "h264", "-").Output()
		if err != nil {
			b.Skipf("ffmpeg encodes nothing: %v", err)
		}
		next := glance{frame: 1}
		h264.Split(stream, func(n []byte) bool {
			next.units = append(next.units, behindLength(n)...)
			return true
		})
		for size, large := range map[string]bool{"small": false, "large": true} {
			b.Run(name+"/"+size, func(b *testing.B) {
				next.large = large
				e, conn := newEye(false)
				conn.discard = true
				g := gaze{e: e}
				b.ReportAllocs()
				for range b.N {
					g.film.left = filmSaved
					next.at++
					g.frame(next)
				}
				if g.film.left == filmSaved {
					b.Fatal("nothing was drawn")
				}
			})
		}
	}
}
