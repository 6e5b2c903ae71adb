package worker

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/bluenviron/gortsplib/v5/pkg/format"
	"github.com/pion/rtp"

	"lares/cameras/media"
)

// scene is a short stream made by hand: its access units' packets, at 0, 9000 …,
// and which of them decoding can start with.
func scene(t testing.TB, codec media.Codec) (units [][]*rtp.Packet, starts []bool) {
	t.Helper()
	idr, p := handMade(t)
	p2 := slice(nalSlice, true, "one more picture, of two packets")
	second := [][]byte{slice(nalIDR, false, "second slice")}
	all := [][][]byte{append(idr, second...), {p}, {p2}, idr, {p}}
	if codec == media.H265 {
		idr = handMadeHEVC(t)
		p, p2 = hevcSlice(1, true, "small"), hevcSlice(1, true, "another")
		all = [][][]byte{append(idr, hevcSlice(19, false, "second slice")), {p, hevcSlice(1, false, "second")}, {p2}, idr, {p}}
	}
	var seq uint16
	for i, u := range all {
		ps := packets(0, 0, u...)
		if codec == media.H265 {
			ps = hevcPackets(u...)
		}
		for _, p := range number(seq, ps) {
			p.Timestamp = uint32(i * 9000)
			seq++
		}
		units, starts = append(units, ps), append(starts, i == 0 || i == 3)
	}
	return units, starts
}

func formatOf(codec media.Codec) format.Format {
	if codec == media.H265 {
		return &format.H265{PayloadTyp: 96}
	}
	return &format.H264{PayloadTyp: 96, PacketizationMode: 1}
}

// shown are the numbers of a scene's pictures that came out, by their times.
func shown(t testing.TB, r *rig) (out []int) {
	t.Helper()
	units := r.units()
	checkSent(t, units)
	video, _, _ := parted(t, units)
	for _, u := range video {
		out = append(out, int(u.PTS-900_000)/9000)
	}
	return out
}

func both(t *testing.T, test func(t *testing.T, codec media.Codec)) {
	for _, codec := range []media.Codec{media.H264, media.H265} {
		t.Run(codec.String(), func(t *testing.T) { test(t, codec) })
	}
}

// Each packet in turn is lost: the access unit it belonged to does not come, and
// nothing comes after it up to the next that decoding can start with.
func TestLoss(t *testing.T) {
	both(t, func(t *testing.T, codec media.Codec) {
		units, starts := scene(t, codec)
		all := slices.Concat(units...)
		for lost := 1; lost < len(all); lost++ {
			r := newRig(t, offer(t, formatOf(codec)))
			r.send(all[0]) // so that the first unit is the one at 10 s
			r.send(all[1:lost]...)
			r.send(all[lost+1:]...)
			at := int(all[lost].Timestamp / 9000)
			var want []int
			whole := true
			for i := range units {
				whole = i != at && (whole || starts[i])
				if whole {
					want = append(want, i)
				}
			}
			if at == 0 { // times count from the first that came
				for i := range want {
					want[i] -= 3
				}
			}
			if got := shown(t, r); fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("without packet %d of picture %d: %v came, want %v", lost, at, got, want)
			}
			if c, _ := r.s.stats.take(); lost < len(all)-1 && c.Lost != 1 {
				t.Errorf("%d packets counted as lost", c.Lost)
			}
		}
	})
}

func TestOrderOfPackets(t *testing.T) {
	both(t, func(t *testing.T, codec media.Codec) {
		units, _ := scene(t, codec)
		all := slices.Concat(units...)
		deliver := func(ps []*rtp.Packet) []int {
			r := newRig(t, offer(t, formatOf(codec)))
			r.send(ps...)
			return shown(t, r)
		}
		const whole = "[0 1 2 3 4]"
		if got := fmt.Sprint(deliver(all)); got != whole {
			t.Fatalf("%s", got)
		}
		// Each packet twice.
		var twice []*rtp.Packet
		for _, p := range all {
			twice = append(twice, p, p)
		}
		if got := fmt.Sprint(deliver(twice)); got != whole {
			t.Errorf("repeated: %s", got)
		}
		// The single packet of picture 2 after those of 3: too late.
		if got := fmt.Sprint(deliver(slices.Concat(units[0], units[1], units[3], units[2], units[4]))); got != "[0 1 3 4]" {
			t.Errorf("late: %s", got)
		}
		// Sequence numbers that wrap.
		var wrapped []*rtp.Packet
		for _, p := range all {
			c := p.Clone()
			c.SequenceNumber += 65_530
			wrapped = append(wrapped, c)
		}
		if got := fmt.Sprint(deliver(wrapped)); got != whole {
			t.Errorf("wrapped: %s", got)
		}
		// Without marker bits the next time ends an access unit; the last stays.
		var unmarked []*rtp.Packet
		for _, p := range all {
			c := p.Clone()
			c.Marker = false
			unmarked = append(unmarked, c)
		}
		if got := fmt.Sprint(deliver(unmarked)); got != "[0 1 2 3]" {
			t.Errorf("without markers: %s", got)
		}
		// Empty packets of any time between all others.
		var padded []*rtp.Packet
		for _, p := range all {
			padded = append(padded, p.Clone(), &rtp.Packet{Header: rtp.Header{Timestamp: p.Timestamp + 77}})
		}
		if got := fmt.Sprint(deliver(number(0, padded))); got != whole {
			t.Errorf("padded: %s", got)
		}
	})
}

// How else NAL units come: aggregated, as a byte stream in one packet, and
// fragmented into one packet.
func TestPackings(t *testing.T) {
	join := func(head []byte, units ...[]byte) []byte {
		for _, n := range units {
			head = append(append(head, byte(len(n)>>8), byte(len(n))), n...)
		}
		return head
	}
	idr, _ := handMade(t)
	h265 := handMadeHEVC(t)
	for name, c := range map[string]struct {
		codec   media.Codec
		payload []byte
		good    bool
	}{
		"STAP-A":                        {media.H264, join([]byte{24}, idr...), true},
		"STAP-A, padded":                {media.H264, append(join([]byte{24}, idr...), 0, 0, 0, 0), true},
		"STAP-A, cut":                   {media.H264, join([]byte{24}, idr...)[:60], false},
		"byte stream":                   {media.H264, bytes.Join(idr, startCode), true},
		"byte stream from the start on": {media.H264, append(bytes.Clone(startCode), bytes.Join(idr, startCode)...), true},
		"STAP-B":                        {media.H264, join([]byte{25, 0, 0}, idr...), false},
		"aggregation packet":            {media.H265, join([]byte{48 << 1, 1}, h265...), true},
		"aggregation packet, cut":       {media.H265, join([]byte{48 << 1, 1}, h265...)[:100], false},
		"H.265 byte stream":             {media.H265, bytes.Join(h265, startCode), true},
		"PACI":                          {media.H265, join([]byte{50 << 1, 1}, h265...), false},
		"one byte":                      {media.H265, []byte{0x26}, false},
	} {
		r := newRig(t, offer(t, formatOf(c.codec)))
		r.send(&rtp.Packet{Header: rtp.Header{Marker: true}, Payload: c.payload})
		if got := shown(t, r); len(got) == 1 != c.good {
			t.Errorf("%s: %d pictures", name, len(got))
		}
	}
	// Start and end in one fragment.
	n := slice(nalIDR, true, "x")
	r := newRig(t, offer(t, formatOf(media.H264)))
	sets := packets(0, 0, idr[0], idr[1])
	sets[len(sets)-1].Marker = false
	r.send(sets...)
	r.send(&rtp.Packet{Header: rtp.Header{SequenceNumber: uint16(len(sets)), Marker: true}, Payload: append([]byte{n[0]&0xe0 | 28, 0xc0 | nalIDR}, n[1:]...)})
	if got := shown(t, r); len(got) != 1 {
		t.Errorf("a fragment alone: %d pictures", len(got))
	}
}

// What an access unit is found to hold.
func TestLook(t *testing.T) {
	sei, recovery := []byte{6, 5, 1}, []byte{6, 6, 1}
	h264 := newAVC(&format.H264{SPS: unhex(t, spsHD), PPS: unhex(t, ppsHD)})
	sets := handMadeHEVC(t)[:3]
	h265 := newHEVC(&format.H265{VPS: sets[0], SPS: sets[1], PPS: sets[2]})
	layer := hevcSlice(19, true, "")
	layer[1] = 0
	good := look{picture: true, whole: true}
	start := look{picture: true, whole: true, sync: true}
	for name, c := range map[string]struct {
		coding coding
		au     [][]byte
		want   look
	}{
		"IDR":                        {h264, [][]byte{sei, slice(nalIDR, true, "")}, start},
		"P":                          {h264, [][]byte{slice(nalSlice, true, ""), slice(nalSlice, false, "")}, good},
		"no picture":                 {h264, [][]byte{sei}, look{}},
		"recovery point":             {h264, [][]byte{recovery, slice(nalSlice, true, "")}, look{picture: true, whole: true, refresh: true}},
		"start missing":              {h264, [][]byte{slice(nalIDR, false, "")}, look{picture: true, sync: true}},
		"forbidden bit":              {h264, [][]byte{{0xe5, 0x88, 0x80}}, look{}},
		"one byte":                   {h264, [][]byte{{nalIDR | 0x60}}, look{picture: true, sync: true}},
		"slice type 30":              {h264, [][]byte{{0x65, 0x80 | 0x05, 0xf0, 0xff}}, look{picture: true, sync: true}},
		"unknown parameter set":      {h264, [][]byte{{0x65, 0x88, 0x40, 0x00}}, look{picture: true, sync: true}},
		"IDR of predicted slices":    {h264, [][]byte{{0x65, 0xe0, 0x80}}, look{picture: true, sync: true}},
		"IDR nobody refers to":       {h264, [][]byte{{0x05, 0x88, 0x80}}, look{picture: true, sync: true}},
		"H.265 IDR":                  {h265, [][]byte{hevcSlice(19, true, ""), hevcSlice(19, false, "")}, start},
		"H.265 CRA":                  {h265, [][]byte{hevcSlice(21, true, "")}, start},
		"H.265 reserved":             {h265, [][]byte{hevcSlice(22, true, "")}, good},
		"H.265 P":                    {h265, [][]byte{hevcSlice(1, true, ""), hevcSlice(1, false, "")}, good},
		"H.265 start missing":        {h265, [][]byte{hevcSlice(1, false, "")}, look{picture: true}},
		"H.265 forbidden bit":        {h265, [][]byte{{0x82, 1, 0xc0}}, look{}},
		"H.265 no temporal layer":    {h265, [][]byte{layer}, look{}},
		"H.265 unknown set":          {h265, [][]byte{{2, 1, 0xa0}}, look{picture: true}},
		"H.265 cut off":              {h265, [][]byte{{2, 1}}, look{picture: true}},
		"H.265 recovery point":       {h265, [][]byte{{39 << 1, 1, 6, 1}, hevcSlice(1, true, "")}, look{picture: true, whole: true, refresh: true}},
		"H.265, orphan without loss": {h265, [][]byte{hevcSlice(9, true, "")}, good},
	} {
		u := &unit{data: lengths(c.au...)}
		if got := c.coding.look(u, false); got != c.want {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestUnfitPackings(t *testing.T) {
	for name, f := range map[string]format.Format{
		"H.264": &format.H264{PayloadTyp: 96, PacketizationMode: 2},
		"H.265": &format.H265{PayloadTyp: 96, MaxDONDiff: 1},
	} {
		p, _, _ := pick(offer(t, f), false)
		if _, err := rigFor(t, p); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s interleaved: %v", name, err)
		}
	}
}

// Whatever never ends costs no more memory than one access unit may have, and
// the next whole picture comes.
func TestEndless(t *testing.T) {
	idr, _ := handMade(t)
	h265 := handMadeHEVC(t)
	jpeg := []byte{0, 0, 0, 0, 1, 50, 16, 16, 1}
	jpegAt := func(offset int) []byte {
		return []byte{0, byte(offset >> 16), byte(offset >> 8), byte(offset), 1, 50, 16, 16}
	}
	for name, c := range map[string]struct {
		format format.Format
		first  []byte
		next   func(i int) []byte
		good   []*rtp.Packet
	}{
		"fragment":        {formatOf(media.H264), []byte{0x7c, 0x85}, func(int) []byte { return append([]byte{0x7c, 5}, make([]byte, 1400)...) }, packets(0, 0, idr...)},
		"empty fragments": {formatOf(media.H264), []byte{0x7c, 0x85}, func(int) []byte { return []byte{0x7c, 5} }, packets(0, 0, idr...)},
		"no marker":       {formatOf(media.H264), []byte{0x61, 0x88}, func(int) []byte { return append([]byte{0x61, 0x88}, make([]byte, 1400)...) }, packets(0, 0, idr...)},
		"small units":     {formatOf(media.H264), []byte{0x61, 0x88}, func(int) []byte { return []byte{0x06, 1, 2} }, packets(0, 0, idr...)},
		"tiny units":      {formatOf(media.H264), []byte{0x61, 0x88}, func(int) []byte { return append([]byte{24}, bytes.Repeat([]byte{0, 1, 6}, 400)...) }, packets(0, 0, idr...)},
		"parameter sets":  {formatOf(media.H264), []byte{0x67, 0x42}, func(i int) []byte { return []byte{0x68, byte(i), byte(i >> 8), 1} }, packets(0, 0, idr...)},
		"H.265 fragment":  {formatOf(media.H265), []byte{0x62, 1, 0x93, 0}, func(int) []byte { return append([]byte{0x62, 1, 0x13}, make([]byte, 1400)...) }, hevcPackets(h265...)},
		"H.265, 3 bytes":  {formatOf(media.H265), []byte{0x62, 1, 0x93}, func(int) []byte { return []byte{0x62, 1, 0x13} }, hevcPackets(h265...)},
		"JPEG":            {&format.MJPEG{}, jpeg, func(i int) []byte { return append(jpegAt(1+i*1400), make([]byte, 1400)...) }, jpegPackets(t, 64, 48)},
		"JPEG, small":     {&format.MJPEG{}, jpeg, func(i int) []byte { return append(jpegAt(1+i), 7) }, jpegPackets(t, 64, 48)},
		"JPEG, one place": {&format.MJPEG{}, jpeg, func(int) []byte { return append([]byte{0, 0, 0, 1}, jpeg[4:]...) }, jpegPackets(t, 64, 48)},
		"JPEG, empty":     {&format.MJPEG{}, jpeg, func(int) []byte { return append([]byte{0, 0, 0, 1}, jpeg[4:8]...) }, jpegPackets(t, 64, 48)},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, offer(t, c.format))
			var seq uint16
			send := func(payload []byte) {
				r.send(&rtp.Packet{Header: rtp.Header{SequenceNumber: seq}, Payload: payload})
				seq++
			}
			send(c.first)
			const many = 20_000
			for i := range many {
				send(c.next(i))
				if v, ok := r.ingest.video.(*pictures); ok && (v.asm.u.nals > maxNALs || len(v.asm.u.data) > media.MaxUnit) {
					t.Fatalf("%d bytes in %d NAL units held", len(v.asm.u.data), v.asm.u.nals)
				}
				if v, ok := r.ingest.video.(*jpegs); ok && (v.size > media.MaxUnit || v.pieces > maxPieces) {
					t.Fatalf("%d bytes in %d packets held", v.size, v.pieces)
				}
			}
			if v, ok := r.ingest.video.(*pictures); ok && (cap(v.asm.u.data) > 3*media.MaxUnit/2 || cap(v.asm.u.sets) > 2*maxSets) {
				t.Errorf("%d and %d bytes held", cap(v.asm.u.data), cap(v.asm.u.sets))
			}
			if got := shown(t, r); len(got) != 0 {
				t.Fatalf("%d pictures", len(got))
			}
			for _, p := range number(seq, c.good) {
				p.Timestamp = 9000
			}
			r.send(c.good...)
			if got := shown(t, r); len(got) != 1 {
				t.Errorf("afterwards %d pictures", len(got))
			}
		})
	}
}
