package worker

import (
	"bytes"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/bluenviron/gortsplib/v5/pkg/format"
	"github.com/pion/rtp"

	"lares/cameras/h264"
	"lares/cameras/internal/wire"
)

// TestStillness: a picture that comes again and again for half a minute is a frozen
// one, and the first other one ends it; nothing else counts.
func TestStillness(t *testing.T) {
	const s = time.Second
	type seen struct {
		at      time.Duration
		sum     uint64
		changed bool
	}
	for name, all := range map[string][]seen{
		"frozen, and thawed": {{0, 1, false}, {10 * s, 1, false}, {29 * s, 1, false}, {30 * s, 1, true}, {40 * s, 1, false}, {41 * s, 2, true}, {42 * s, 2, false}},
		"rarely one":         {{0, 1, false}, {40 * s, 1, false}, {80 * s, 1, true}},
		"at the beginning 0": {{0, 0, false}, {20 * s, 0, false}, {31 * s, 0, true}},
		"one other":          {{0, 1, false}, {15 * s, 1, false}, {29 * s, 2, false}, {31 * s, 1, false}, {60 * s, 1, false}, {61 * s, 1, true}},
		"two in turn":        {{0, 1, false}, {20 * s, 2, false}, {40 * s, 1, false}, {60 * s, 2, false}, {80 * s, 1, false}},
	} {
		var k stillness
		for i, p := range all {
			if got := k.show(p.sum, p.at); got != p.changed {
				t.Errorf("%s: picture %d: %v", name, i, got)
			}
		}
	}
	var k stillness
	if k.show(1, 0); k.due(s/2) || !k.due(s) {
		t.Error("it is looked at too often, or too rarely")
	}
	k.interrupted() // the time begins anew
	for _, at := range []time.Duration{20 * s, 40 * s, 49 * s} {
		if k.show(1, at) {
			t.Errorf("frozen at %v", at)
		}
	}
	if !k.show(1, 50*s) || !k.frozen {
		t.Error("not frozen")
	}
	if k.interrupted(); !k.frozen || k.show(1, 60*s) || !k.show(2, 70*s) {
		t.Error("what was frozen is not so over two connections, or for ever")
	}
}

// states reads what was told of the stream since the last call.
func (r *rig) states() (out []wire.State) {
	r.t.Helper()
	in := wire.NewReader(r.conn)
	for {
		typ, body, err := in.Next()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			r.t.Fatal(err)
		}
		if typ == wire.TypeState {
			s, err := wire.Parse[wire.State](body)
			if err != nil {
				r.t.Fatal(err)
			}
			out = append(out, s)
		}
	}
}

// standing sends one picture each second, and reports what was told when.
func (r *rig) standing(picture func(i int) []*rtp.Packet, seconds int) (frozen, thawed int) {
	r.t.Helper()
	frozen, thawed = -1, -1
	var seq uint16
	for i := range seconds {
		for _, p := range picture(i) {
			q := *p
			q.SequenceNumber, q.Timestamp = seq, uint32(i*90_000)
			seq++
			r.onVideo(&q)
		}
		for _, s := range r.states() {
			switch {
			case s.Code == wire.Frozen && s.Message != "" && s.RetryMS == 0:
				frozen = i
			case s.Code == wire.Live && i > 0:
				thawed = i
			case s.Code != wire.Live:
				r.t.Errorf("%+v", s)
			}
		}
		r.now += time.Second
	}
	return frozen, thawed
}

// x264 is the first picture of a stream, as x264 made it.
func x264(t *testing.T, name string) (au [][]byte) {
	t.Helper()
	b, err := os.ReadFile("../h264/testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	h264.Split(b, func(n []byte) bool {
		au = append(au, n)
		return h264.Type(n) != nalIDR
	})
	return au
}

// TestSamePictureIsFrozen: whatever the codec, a stream that goes on with one picture
// is frozen after half a minute, until another comes; where each differs, if only in
// a bit, it is live.
func TestSamePictureIsFrozen(t *testing.T) {
	changed := func(n []byte) []byte {
		n = bytes.Clone(n)
		n[len(n)-5] ^= 0x10
		return n
	}
	intra := func(au [][]byte) func(bool) []*rtp.Packet {
		return func(other bool) []*rtp.Packet {
			out := bytes.Clone(au[len(au)-1])
			if other {
				out = changed(out)
			}
			ps := hevcPackets(append(au[:len(au)-1:len(au)-1], out)...)
			return ps
		}
	}
	hevc := handMadeHEVC(t)
	hevc[len(hevc)-1] = hevcSlice(19, true, "an intra picture, longer than what counts on in its head")
	jpeg := func(other bool) []*rtp.Packet {
		if other {
			ps := jpegPackets(t, 160, 120)
			ps[1].Payload = changed(ps[1].Payload)
			return ps
		}
		return jpegPackets(t, 160, 120)
	}
	for name, c := range map[string]struct {
		format  format.Format
		picture func(other bool) []*rtp.Packet
	}{
		"CABAC":  {&format.H264{PayloadTyp: 96, PacketizationMode: 1}, intra(x264(t, "cabac.264"))},
		"CAVLC":  {&format.H264{PayloadTyp: 96, PacketizationMode: 1}, intra(x264(t, "cavlc.264"))},
		"H.265":  {&format.H265{PayloadTyp: 96}, intra(hevc)},
		"M-JPEG": {&format.MJPEG{}, jpeg},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, offer(t, c.format))
			const other = 35
			if frozen, thawed := r.standing(func(i int) []*rtp.Packet { return c.picture(i == other) }, other+1); frozen != 30 || thawed != other {
				t.Errorf("frozen after %d s, live after %d", frozen, thawed)
			}
			r = newRig(t, offer(t, c.format))
			if frozen, _ := r.standing(func(i int) []*rtp.Packet { return c.picture(i%2 == 0) }, 40); frozen >= 0 {
				t.Errorf("frozen after %d s, though each picture is another", frozen)
			}
		})
	}
}

// TestFrozenStaysSo: the same picture on a new connection is frozen from its
// beginning.
func TestFrozenStaysSo(t *testing.T) {
	ps := hevcPackets(x264(t, "cavlc.264")...)
	p, _, _ := pick(offer(t, &format.H264{PayloadTyp: 96, PacketizationMode: 1}), false)
	r, err := rigFor(t, p)
	if err != nil {
		t.Fatal(err)
	}
	same := func(int) []*rtp.Packet { return ps }
	if frozen, _ := r.standing(same, 32); frozen != 30 {
		t.Fatalf("frozen after %d s", frozen)
	}
	if err := r.connect(p); err != nil {
		t.Fatal(err)
	}
	if frozen, thawed := r.standing(same, 2); frozen != 0 || thawed >= 0 {
		t.Errorf("frozen after %d s, live after %d", frozen, thawed)
	}
}

// TestUnreadableIsNotFrozen: of a stream that was frozen and goes on with pictures that
// cannot be compared nothing is known, so it is not called frozen; the time begins anew.
func TestUnreadableIsNotFrozen(t *testing.T) {
	r := newRig(t, offer(t, &format.MJPEG{}))
	content, codes := true, []string(nil)
	for i := range 70 {
		r.compare(func(*maphash.Hash) bool { return content })
		for _, s := range r.states() {
			codes = append(codes, fmt.Sprint(i, s.Code))
		}
		content = i != 34 // the picture of second 35 is no content
		r.now += time.Second
	}
	if want := []string{"30" + wire.Frozen, "35" + wire.Live, "66" + wire.Frozen}; !slices.Equal(codes, want) {
		t.Errorf("told %q, not %q", codes, want)
	}
}

// TestBehind: where what counts on ends does not depend on emulation prevention.
func TestBehind(t *testing.T) {
	head := []byte{42, 1, 0, 0, 3, 1, 0, 0, 3, 0, 9, 9, 9, 9, 9, 9, 0, 0}
	for _, c := range []struct{ in, want string }{
		{string(head) + "rest", "rest"},
		{string(head) + "\x03\x01rest", "\x01rest"},
		{string(head), ""},
		{"short", ""},
	} {
		if got := behind([]byte(c.in), hevcCounts); string(got) != c.want {
			t.Errorf("%q: %q", c.in, got)
		}
	}
}

// TestJPEGContent: what a camera writes beside the scans makes no other picture.
func TestJPEGContent(t *testing.T) {
	var h maphash.Hash
	sum := func(b string) uint64 {
		h.Reset()
		if !jpegContent([]byte(b), &h) {
			t.Errorf("%q has no scan", b)
		}
		return h.Sum64()
	}
	const scan = "\xff\xda\x00\x04ab" + "0123\xff\x00\xff\xd0456"
	one := sum("\xff\xd8\xff\xfe\x00\x0712:01" + scan + "\xff\xd9")
	if one != sum("\xff\xd8\xff\xfe\x00\x0712:02"+scan+"\xff\xfe\x00\x04xx\xff\xd9") {
		t.Error("a comment makes another picture")
	}
	if one == sum("\xff\xd8"+scan+"7\xff\xd9") {
		t.Error("another scan does not")
	}
	for _, b := range []string{"", "\xff", "\xff\xd8", "\xff\xd8\xff\xda\x00", "\xff\xd8\xff\xda\x00\x00", "\xff\xd8\xff\xda\xff\xffx", "\xff\xd8\xff\xd9"} {
		if jpegContent([]byte(b), &h) {
			t.Errorf("%q has a scan", b)
		}
	}
}
