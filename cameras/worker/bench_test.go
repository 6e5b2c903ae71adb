package worker

import (
	"bytes"
	"testing"
	"time"

	"github.com/bluenviron/gortsplib/v5/pkg/format"
	"github.com/pion/rtp"
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
