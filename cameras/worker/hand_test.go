package worker

import (
	"testing"

	"github.com/pion/rtp"
)

// Parameter sets of x264: 1920×1080 High, cropped from 1088.
const (
	spsHD = "67 64 00 28 ac d9 40 78 02 27 e5 c0 44 00 00 03 00 04 00 00 03 00 f0 3c 60 c6 58"
	ppsHD = "68 eb e3 cb 22 c0"
)

// slice makes a slice NAL unit with first_mb_in_slice 0 or 1, slice_type 7 and
// pic_parameter_set_id 0.
func slice(typ byte, first bool, body string) []byte {
	head := []byte{0x60 | typ, 0x88, 0x80} // 1 0001000 1…
	if !first {
		head = []byte{0x60 | typ, 0x42, 0x20} // 010 0001000 1…
	}
	return append(head, body...)
}

// handMade are an access unit to start with and a picture to follow.
func handMade(t testing.TB) (idr [][]byte, p []byte) {
	return [][]byte{unhex(t, spsHD), unhex(t, ppsHD), slice(nalIDR, true, "an intra picture, longer than a packet")}, slice(nalSlice, true, "small")
}

// packets makes the RTP packets of an access unit: one per NAL unit, big ones
// fragmented (RFC 6184 §5.8).
func packets(seq uint16, time uint32, au ...[]byte) []*rtp.Packet {
	var out []*rtp.Packet
	add := func(payload []byte) {
		out = append(out, &rtp.Packet{Header: rtp.Header{Version: 2, PayloadType: 96, SequenceNumber: seq, Timestamp: time}, Payload: payload})
		seq++
	}
	for _, n := range au {
		if len(n) <= 20 {
			add(n)
			continue
		}
		for i := 1; i < len(n); i += 10 {
			head := n[0] & 0x1f
			if i == 1 {
				head |= 0x80
			}
			if i+10 >= len(n) {
				head |= 0x40
			}
			add(append([]byte{n[0]&0xe0 | 28, head}, n[i:min(i+10, len(n))]...))
		}
	}
	out[len(out)-1].Marker = true
	return out
}

// Parameter sets of x265: 426×240, cropped from 432, Main, two pictures reordered.
const (
	vpsSmall = "40 01 0c 01 ff ff 01 60 00 00 03 00 90 00 00 03 00 00 03 00 3c 95 94 09"
	spsSmall = "42 01 01 01 60 00 00 03 00 90 00 00 03 00 00 03 00 3c a0 0d 88 0f 1c 9e 59 59 64 93 2b c0 5a 02 00 00 03 00 02 00 00 03 00 1e 10"
	ppsSmall = "44 01 c1 72 b4 62 40"
)

func handMadeHEVC(t testing.TB) [][]byte {
	return [][]byte{unhex(t, vpsSmall), unhex(t, spsSmall), unhex(t, ppsSmall), hevcSlice(19, true, "an intra picture")}
}

// hevcSlice makes a slice segment of a NAL unit type with
// slice_pic_parameter_set_id 0.
func hevcSlice(typ byte, first bool, body string) []byte {
	head := []byte{typ << 1, 1, 0x40} // 0 1…
	if typ >= hevcBLA && typ <= hevcIRAPEnd {
		head[2] = 0x20 // 0 0 1…
	}
	if first {
		head[2] |= 0x80
	}
	return append(head, body...)
}

// hevcPackets makes a packet of each NAL unit, and the marker at the last.
func hevcPackets(au ...[]byte) (out []*rtp.Packet) {
	for i, n := range au {
		out = append(out, &rtp.Packet{Header: rtp.Header{Version: 2, PayloadType: 96, Marker: i == len(au)-1}, Payload: n})
	}
	return number(0, out)
}
