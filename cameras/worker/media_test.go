package worker

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/bluenviron/gortsplib/v5/pkg/format"
	"github.com/bluenviron/mediacommon/v2/pkg/codecs/mpeg4audio"
	"github.com/pion/rtp"

	"lares/cameras/internal/wire"
	"lares/cameras/media"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Parameter sets of x264: 1920×1080 High, cropped from 1088.
const (
	spsHD = "67 64 00 28 ac d9 40 78 02 27 e5 c0 44 00 00 03 00 04 00 00 03 00 f0 3c 60 c6 58"
	ppsHD = "68 eb e3 cb 22 c0"
)

// packets makes the RTP packets of access units: one per NAL unit, big ones
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

// slice makes a slice NAL unit with first_mb_in_slice 0 or 1, slice_type 7 and
// pic_parameter_set_id 0.
func slice(typ byte, first bool, body string) []byte {
	head := []byte{0x60 | typ, 0x88, 0x80} // 1 0001000 1…
	if !first {
		head = []byte{0x60 | typ, 0x42, 0x20} // 010 0001000 1…
	}
	return append(head, body...)
}

type got struct {
	time uint32
	au   [][]byte
}

func feed(t *testing.T, a *assembler, ps []*rtp.Packet) (out []got) {
	t.Helper()
	for _, p := range ps {
		au, at, err := a.push(p)
		if err != nil {
			t.Fatal(err)
		}
		if au != nil {
			out = append(out, got{at, au})
		}
	}
	return out
}

func newTestAssembler(t testing.TB) *assembler {
	t.Helper()
	a, err := newAssembler(&format.H264{PayloadTyp: 96, PacketizationMode: 1})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestAssembler(t *testing.T) {
	big := slice(nalIDR, true, strings.Repeat("x", 100))
	p := slice(nalSlice, true, "small")
	sps, pps := []byte{0x67, 1, 2, 3}, []byte{0x68, 0x80, 0}
	first, second := packets(10, 1000, sps, pps, big, slice(nalIDR, false, "y")), packets(24, 2000, p)
	all := append(append([]*rtp.Packet{}, first...), second...)
	if len(first) != 14 {
		t.Fatalf("%d packets", len(first))
	}

	whole := feed(t, newTestAssembler(t), all)
	if len(whole) != 2 || whole[0].time != 1000 || whole[1].time != 2000 || !bytes.Equal(whole[0].au[2], big) || len(whole[0].au) != 4 {
		t.Fatalf("whole: %v", whole)
	}

	// Each packet in turn is lost: the access unit it belonged to never comes,
	// and nothing counts as decodable until an IDR. Of the very first packet
	// nobody can know.
	for lost := 1; lost < len(first); lost++ {
		a := newTestAssembler(t)
		a.waiting = false
		rest := append(append([]*rtp.Packet{}, all[:lost]...), all[lost+1:]...)
		for _, g := range feed(t, a, rest) {
			if g.time != 1000 {
				continue
			}
			if _, ok, _ := whole3(g.au); ok {
				t.Errorf("without packet %d: %v came", lost, g.au)
			}
		}
		if !a.waiting {
			t.Errorf("without packet %d no IDR is waited for", lost)
		}
	}

	// Without marker bits the next time ends an access unit.
	a := newTestAssembler(t)
	var unmarked []*rtp.Packet
	for i := range 3 {
		for _, p := range packets(uint16(i*20), uint32(i*1000), big[:40], slice(nalIDR, false, "z")) {
			p.Marker = false
			p.SequenceNumber = uint16(len(unmarked))
			unmarked = append(unmarked, p)
		}
	}
	units := feed(t, a, unmarked)
	if len(units) != 2 || units[0].time != 0 || units[1].time != 1000 || len(units[1].au) != 2 {
		t.Fatalf("without markers: %v", units)
	}
}

func whole3(au [][]byte) (picture, ok, idr bool) {
	return whole(au, &paramSets{pps: [][]byte{{0x68, 0x80, 0, 0}}})
}

func TestWhole(t *testing.T) {
	sei := []byte{6, 5, 1}
	for name, c := range map[string]struct {
		au               [][]byte
		picture, ok, idr bool
	}{
		"IDR":                   {[][]byte{sei, slice(nalIDR, true, "")}, true, true, true},
		"P":                     {[][]byte{slice(nalSlice, true, ""), slice(nalSlice, false, "")}, true, true, false},
		"no picture":            {[][]byte{sei}, false, false, false},
		"start missing":         {[][]byte{slice(nalIDR, false, "")}, true, false, true},
		"forbidden bit":         {[][]byte{{0xe5, 0x88, 0x80}}, false, false, false},
		"empty":                 {[][]byte{{}, slice(nalIDR, true, "")}, true, false, true},
		"one byte":              {[][]byte{{nalIDR | 0x60}}, true, false, true},
		"slice type 30":         {[][]byte{{0x65, 0x80 | 0x05, 0xf0, 0xff}}, true, false, true},
		"unknown parameter set": {[][]byte{{0x65, 0x88, 0x40, 0x00}}, true, false, true},
		"IDR nobody refers to":  {[][]byte{{0x05, 0x88, 0x80}}, true, false, true},
	} {
		if picture, ok, idr := whole3(c.au); picture != c.picture || ok != c.ok || idr != c.idr {
			t.Errorf("%s: picture %v, ok %v, IDR %v", name, picture, ok, idr)
		}
	}
}

func TestPack(t *testing.T) {
	got := pack(nil, [][]byte{{9, 0xf0}, {0x67, 1, 2}, {0x68, 1}, {6, 5}, {}, {12, 0xff}, {0x65, 0x88, 1}})
	if want := []byte{0, 0, 0, 2, 6, 5, 0, 0, 0, 3, 0x65, 0x88, 1}; !bytes.Equal(got, want) {
		t.Fatalf("% x", got)
	}
}

func TestParameterSets(t *testing.T) {
	sps, pps := unhex(t, spsHD), unhex(t, ppsHD)
	var s paramSets
	if _, ok := s.track(1, 90_000); ok {
		t.Fatal("a track of nothing")
	}
	s.add([][]byte{sps, pps, {0x65, 0x88}})
	track, ok := s.track(1, 90_000)
	if !ok || track.Width != 1920 || track.Height != 1080 || track.MIME != "avc1.640028" || track.ClockRate != 90_000 {
		t.Fatalf("%+v", track)
	}
	want := []byte{1, 0x64, 0, 0x28, 0xff, 0xe1, 0, byte(len(sps))}
	want = append(append(want, sps...), 1, 0, byte(len(pps)))
	want = append(append(want, pps...), 0xfd, 0xf8, 0xf8, 0)
	if !bytes.Equal(track.Config, want) {
		t.Fatalf("avcC % x", track.Config)
	}
	if _, err := media.ParseConfig(media.Config{Tracks: []media.Track{track}}.Append(nil)); err != nil {
		t.Fatal(err)
	}

	// Strange usability information costs nothing: the tail is cut off.
	s = paramSets{}
	s.add([][]byte{sps[:14], pps})
	if track, ok := s.track(1, 90_000); !ok || track.Width != 1920 {
		t.Errorf("cut in the VUI: %+v", track)
	}

	// What a camera sends as garbage changes nothing.
	s = paramSets{}
	s.add([][]byte{sps, pps})
	for _, bad := range [][]byte{nil, {0x67}, {0x67, 0x64, 0, 0x28}, append([]byte{0xe7}, sps[1:]...), {0x67, 0x99, 0, 0x28, 0xac}, {0x67, 0x64, 0, 0x07, 0xac}, bytes.Repeat([]byte{0x67}, 500)} {
		s.add([][]byte{bad})
		if track, ok := s.track(1, 90_000); !ok || track.Width != 1920 {
			t.Fatalf("% x: %+v", bad, track)
		}
	}

	// Many sets stay within the bounds of a track.
	for i := range 100 {
		s.add([][]byte{append([]byte{0x68, 0, byte(i), 0x80}, make([]byte, 350)...)})
	}
	if track, _ := s.track(1, 90_000); len(track.Config) > 4<<10 {
		t.Errorf("a configuration of %d bytes", len(track.Config))
	}
}

func TestTimeline(t *testing.T) {
	const s = time.Second
	for name, c := range map[string]struct {
		rtp  []uint32
		now  []time.Duration
		want []int64
	}{
		"begins at arrival":     {[]uint32{5, 9005}, []time.Duration{2 * s, 2*s + 130*time.Millisecond}, []int64{180_000, 189_000}},
		"wraps":                 {[]uint32{0xfffffff0, 8984}, []time.Duration{s, 2 * s}, []int64{90_000, 99_000}},
		"B pictures":            {[]uint32{9000, 27000, 18000}, []time.Duration{s, s, s}, []int64{90_000, 108_000, 99_000}},
		"an hour ahead":         {[]uint32{0, 3600 * 90_000}, []time.Duration{s, 2 * s}, []int64{90_000, 180_000}},
		"an hour back":          {[]uint32{3600 * 90_000, 0}, []time.Duration{s, 2 * s}, []int64{90_000, 180_000}},
		"back, no time between": {[]uint32{900_000, 0}, []time.Duration{s, s}, []int64{90_000, 90_001}},
		"clock twice as fast": {[]uint32{0, 180_000, 360_000, 540_000, 720_000, 900_000, 1_080_000, 1_260_000, 1_440_000, 1_620_000, 1_800_000, 1_980_000},
			[]time.Duration{1 * s, 2 * s, 3 * s, 4 * s, 5 * s, 6 * s, 7 * s, 8 * s, 9 * s, 10 * s, 11 * s, 12 * s},
			[]int64{90_000, 270_000, 450_000, 630_000, 810_000, 990_000, 1_170_000, 1_350_000, 1_530_000, 1_710_000, 1_890_000, 1_890_001}},
		"stalled, then on": {[]uint32{0, 900}, []time.Duration{s, 13 * s}, []int64{90_000, 1_170_000}},
	} {
		line := newTimeline(90_000, 0)
		for i, r := range c.rtp {
			if got := line.at(r, c.now[i]); got != c.want[i] {
				t.Errorf("%s: unit %d at %d, want %d", name, i, got, c.want[i])
			}
		}
	}
	if got := newTimeline(90_000, 500_000).at(0, s); got != 500_001 {
		t.Errorf("the second connection begins at %d, within the first", got)
	}
	if got := ticks(365*24*time.Hour, 90_000); got != 365*24*3600*90_000 {
		t.Errorf("after a year: %d", got)
	}
}

func TestLipSync(t *testing.T) {
	wall := time.Unix(1e9, 0)
	var l lipSync
	if l.correction(48_000, 48_000, wall) != 0 {
		t.Error("corrected without a picture")
	}
	l.picture(900_000, 90_000, wall) // at 10 s
	for name, c := range map[string]struct {
		at   int64
		ntp  time.Time
		want int64
	}{
		"agrees":           {480_000, wall, 0},
		"nearly":           {480_000, wall.Add(20 * time.Millisecond), 0},
		"sound too late":   {480_000 + 9_600, wall, -9_600},
		"sound too early":  {480_000, wall.Add(500 * time.Millisecond), 24_000},
		"not one clock":    {480_000, wall.Add(time.Hour), 0},
		"beyond all sense": {480_000, wall.Add(30 * time.Second), 0},
	} {
		if got := l.correction(c.at, 48_000, c.ntp); got != c.want {
			t.Errorf("%s: moved by %d, want %d", name, got, c.want)
		}
	}
	s := sound{}
	for i, at := range []int64{5, 5, 4, 6} {
		if s.rises(at) != (i == 0 || i == 3) {
			t.Errorf("frame %d at %d", i, at)
		}
	}
}

func TestSoundTrack(t *testing.T) {
	f := &format.MPEG4Audio{PayloadTyp: 97, SizeLength: 13, IndexLength: 3, IndexDeltaLength: 3,
		Config: &mpeg4audio.AudioSpecificConfig{Type: mpeg4audio.ObjectTypeAACLC, SampleRate: 16000, ChannelCount: 1}}
	track, ok := soundTrack(2, f)
	if !ok || track.MIME != "mp4a.40.2" || !bytes.Equal(track.Config, []byte{0x14, 0x08}) || track.ClockRate != 16000 || track.Channels != 1 {
		t.Fatalf("%+v", track)
	}
	if _, ok := soundTrack(2, &format.MPEG4Audio{}); ok {
		t.Fatal("a track without a configuration")
	}
}

func TestDecodingTimeRises(t *testing.T) {
	sps := unhex(t, spsHD)
	d := newDecodingTime(1000)
	last := int64(1000)
	for i, pts := range []int64{500, 90_000, 80_000, 80_000, 200_000} {
		p, dts := d.next([][]byte{slice(nalIDR, true, "abcdefgh"), {}}, sps, pts, i == 0)
		if dts <= last || p < dts {
			t.Fatalf("picture %d: %d/%d after %d", i, p, dts, last)
		}
		last = dts
	}
}

func TestRetryRules(t *testing.T) {
	soon, rare := failed(wire.Unreachable, "x"), failed(wire.WrongPassword, "x")
	for range 50 {
		if d := retryIn(soon, time.Minute); d != time.Second {
			t.Fatal(d)
		}
		if d := retryIn(soon, 3*time.Minute); d < 1600*time.Millisecond || d > 2400*time.Millisecond {
			t.Fatal(d)
		}
		if d := retryIn(rare, 0); d != time.Minute {
			t.Fatal(d)
		}
	}
	if f := explain(errors.New("dial rtsp://user:hunter2@x"), "10.0.0.5:554", true); strings.Contains(f.Error(), "hunter2") {
		t.Error(f)
	}
}

func TestWithoutSound(t *testing.T) {
	in := "v=0\r\nm=video 0 RTP/AVP 96\r\na=control:1\r\nm=audio 0 RTP/AVP 97\r\na=fmtp:97 config=zz\r\nm=application 0 RTP/AVP 107\r\na=control:3\r\n"
	want := "v=0\r\nm=video 0 RTP/AVP 96\r\na=control:1\r\nm=application 0 RTP/AVP 107\r\na=control:3\r\n"
	if got := string(withoutSound([]byte(in))); got != want {
		t.Errorf("%q", got)
	}
}

// FuzzVideo feeds arbitrary RTP payloads through everything that reads a
// camera's video.
func FuzzVideo(f *testing.F) {
	var seed []byte
	for _, p := range packets(0, 0, unhex(f, spsHD), unhex(f, ppsHD), slice(nalIDR, true, strings.Repeat("x", 50))) {
		seed = append(seed, 0, byte(len(p.Payload)))
		seed = append(seed, p.Payload...)
	}
	f.Add(seed)
	f.Add([]byte{0x80, 3, 24, 0, 0})
	f.Add([]byte{0, 2, 28, 0x80, 0, 2, 28, 0x40})
	f.Fuzz(func(t *testing.T, in []byte) {
		a, sets, d := newTestAssembler(t), paramSets{}, newDecodingTime(0)
		line := newTimeline(90_000, 0)
		var seq uint16
		var at uint32
		for len(in) >= 2 {
			flags, n := in[0], int(in[1])
			in = in[2:]
			n = min(n, len(in))
			seq += uint16(flags & 1)
			at += uint32(flags) << 10
			au, when, err := a.push(&rtp.Packet{Header: rtp.Header{SequenceNumber: seq, Timestamp: at, Marker: flags&0x80 != 0}, Payload: bytes.Clone(in[:n])})
			in = in[n:]
			seq++
			if err != nil || au == nil {
				continue
			}
			sets.add(au)
			if _, ok, idr := whole(au, &sets); !ok {
				continue
			} else if track, ok := sets.track(1, 90_000); ok {
				if len(track.Config) > 4<<10 || track.Width == 0 {
					t.Fatalf("%+v", track)
				}
				pts, dts := d.next(au, sets.sps[0], line.at(when, time.Second), idr)
				if pts < dts {
					t.Fatal(pts, dts)
				}
			}
			for b := pack(nil, au); len(b) > 0; {
				n := int(binary.BigEndian.Uint32(b))
				if n == 0 || n > len(b)-4 {
					t.Fatal("a length out of the data")
				}
				if b[4]&0x1f == nalSPS {
					t.Fatal("a parameter set in the data")
				}
				b = b[4+n:]
			}
		}
	})
}
