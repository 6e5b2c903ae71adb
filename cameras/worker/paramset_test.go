package worker

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"testing"

	"github.com/bluenviron/gortsplib/v5/pkg/format"

	"lares/cameras/media"
)

// lengths puts NAL units behind 4-byte lengths.
func lengths(units ...[]byte) (out []byte) {
	for _, n := range units {
		if len(n) > 0 {
			out = append(binary.BigEndian.AppendUint32(out, uint32(len(n))), n...)
		}
	}
	return out
}

func TestParameterSets(t *testing.T) {
	sps, pps := unhex(t, spsHD), unhex(t, ppsHD)
	var s paramSets
	if _, ok := s.track(1, 90_000); ok {
		t.Fatal("a track of nothing")
	}
	if !s.add(lengths(sps, pps)) || s.add(lengths(sps, pps)) || s.add(lengths(pps)) || s.add(lengths(sps)) {
		t.Error("changes are not told from repetitions")
	}
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
	s.add(lengths(sps[:14], pps))
	if track, ok := s.track(1, 90_000); !ok || track.Width != 1920 {
		t.Errorf("cut in the VUI: %+v", track)
	}

	// What a camera sends as garbage changes nothing.
	s = paramSets{}
	s.add(lengths(sps, pps))
	for _, bad := range [][]byte{{0x67}, {0x67, 0x64, 0, 0x28}, append([]byte{0xe7}, sps[1:]...), {0x67, 0x99, 0, 0x28, 0xac}, {0x67, 0x64, 0, 0x07, 0xac}, bytes.Repeat([]byte{0x67}, 500)} {
		if s.add(lengths(bad)) {
			t.Fatalf("% x changes the sets", bad)
		}
	}

	// Many sets stay within the bounds of a track.
	for i := range 100 {
		s.add(lengths(append([]byte{0x68, 0, byte(i), 0x80}, make([]byte, 350)...)))
	}
	if track, _ := s.track(1, 90_000); len(track.Config) > 4<<10 {
		t.Errorf("a configuration of %d bytes", len(track.Config))
	}
}

func TestHEVCParameterSets(t *testing.T) {
	vps, sps, pps := unhex(t, vpsSmall), unhex(t, spsSmall), unhex(t, ppsSmall)
	var s hevcSets
	for _, some := range [][][]byte{{}, {vps}, {sps, pps}} {
		s = hevcSets{}
		s.add(lengths(some...))
		if _, ok := s.track(1); ok {
			t.Fatalf("a track of %d sets", len(some))
		}
	}
	s = hevcSets{}
	if !s.add(lengths(vps, sps, pps)) || s.add(lengths(vps, sps, pps)) || s.add(lengths(pps)) || s.add(lengths(sps)) {
		t.Error("changes are not told from repetitions")
	}
	track, ok := s.track(1)
	if !ok || track.Width != 426 || track.Height != 240 || track.MIME != "hvc1.1.6.L60.90" || track.Codec != media.H265 {
		t.Fatalf("%+v", track)
	}
	want := unhex(t, "01 01 60000000 900000000000 3c f000 fc fd f8 f8 0000 0f 03 a0 0001")
	want = append(append(want, 0, byte(len(vps))), vps...)
	want = append(append(want, 0xa1, 0, 1, 0, byte(len(sps))), sps...)
	want = append(append(want, 0xa2, 0, 1, 0, byte(len(pps))), pps...)
	if !bytes.Equal(track.Config, want) {
		t.Fatalf("hvcC\n% x\n% x", track.Config, want)
	}
	for _, bad := range [][]byte{{0x42}, {0x42, 1}, sps[:20], append([]byte{0xc2}, sps[1:]...), append([]byte{0x42, 1, 0x0f}, sps[3:]...), bytes.Repeat([]byte{0x42, 1}, 800), bytes.Repeat([]byte{0x44}, 800)} {
		if s.add(lengths(bad)) {
			t.Fatalf("% x changes the sets", bad)
		}
	}
	for i := range 100 {
		s.add(lengths(append([]byte{0x44, 1, 0, byte(i), 0x80}, make([]byte, 1000)...)))
	}
	if track, ok := s.track(1); ok && len(track.Config) > 4<<10 {
		t.Errorf("a configuration of %d bytes", len(track.Config))
	}
}

// A long-term reference picture, sub-layers, and the codecs string of another
// profile, tier and level.
func TestHEVCSequence(t *testing.T) {
	if s, ok := readHEVCSPS(longTermSPS()); !ok || s.width != 432 || s.height != 240 || s.reorder != 2 || s.layers != 1 {
		t.Errorf("%+v %v", s, ok)
	}
	var w bitWriter // three sub-layers, of which one has a profile and both a level
	w.u(16, hevcSPS<<9|1)
	w.u(4+3+1, 2<<1|1)
	for _, b := range []uint32{0x22, 0x20, 1, 1, 1, 0xb1, 1, 1, 1, 0, 0, 153} {
		w.u(8, b)
	}
	w.u(16, 0xd000)
	for range 11 + 2 {
		w.u(8, 0x55)
	}
	w.ue(3, 1, 3848, 2168)
	w.u(1, 1)
	w.ue(0, 4, 0, 4)
	w.ue(2, 2, 4)
	w.u(1, 1)
	w.ue(4, 0, 0, 5, 1, 0, 6, 3, 0)
	s, ok := readHEVCSPS(w.out)
	if !ok || s.width != 3840 || s.height != 2160 || s.id != 3 || s.layers != 3 || s.reorder != 3 || s.luma != 2 {
		t.Fatalf("%+v %v", s, ok)
	}
	if got := media.H265.MIME(new(hevcSets).hvcC(&s)); got != "hvc1.2.80808004.H153.B1.1.1.1" {
		t.Error(got)
	}
	for cut := 4; cut < len(w.out)-1; cut++ {
		if _, ok := readHEVCSPS(w.out[:cut]); ok {
			t.Errorf("%d bytes are enough", cut)
		}
	}
}

func TestUnescape(t *testing.T) {
	got := unescape(make([]byte, 0, 7), []byte{0, 0, 3, 0, 0, 3, 3, 0, 0, 0, 3, 9})
	if want := []byte{0, 0, 0, 0, 3, 0, 0}; !bytes.Equal(got, want) {
		t.Errorf("% x", got)
	}
}

// The times of decoding: late by as many pictures as are reordered, and rising
// whatever comes.
func TestDecodingTimes(t *testing.T) {
	const T = pictureTime
	for name, c := range map[string]struct {
		depth int
		pts   []int64
		want  []int64
	}{
		"no B pictures":       {0, []int64{0, 10 * T, 12 * T}, []int64{0, 10 * T, 12 * T}},
		"one":                 {1, []int64{0, 2 * T, 1 * T, 4 * T, 3 * T}, []int64{-T, 0, T, 2 * T, 3 * T}},
		"pyramid":             {2, []int64{0, 4 * T, 2 * T, T, 3 * T, 8 * T, 6 * T, 5 * T, 7 * T}, []int64{-2 * T, -T, 0, T, 2 * T, 3 * T, 4 * T, 5 * T, 6 * T}},
		"repeated times":      {0, []int64{0, 5, 5, 5}, []int64{0, 5, 6, 7}},
		"more than was said":  {0, []int64{0, 3 * T, T, 2 * T, 6 * T, 4 * T, 5 * T}, []int64{0, 3 * T, 3*T + 1, 3*T + 2, 3*T + 3, 4 * T, 5 * T}},
		"a gap":               {1, []int64{0, T, 1000 * T, 1001 * T}, []int64{-T, 0, T, 1000 * T}},
		"back to long before": {0, []int64{1000 * T, 0, T}, []int64{1000 * T, 1000*T + 1, 1000*T + 2}},
	} {
		o := newOrder(c.depth, -1000*T)
		var got []int64
		for _, pts := range c.pts {
			p, dts := o.next(pts, nil, false)
			if p < dts {
				t.Errorf("%s: shown at %d, decoded at %d", name, p, dts)
			}
			got = append(got, dts)
		}
		if fmt.Sprint(got) != fmt.Sprint(c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
	// The same with the library counting.
	o := newCountingOrder(unhex(t, spsHD), 1000)
	last := int64(1000)
	for i, pts := range []int64{500, 90_000, 80_000, 80_000, 200_000} {
		p, dts := o.next(pts, lengths(slice(nalIDR, true, "abcdefgh")), i == 0)
		if dts <= last || p < dts {
			t.Fatalf("picture %d: %d/%d after %d", i, p, dts, last)
		}
		last = dts
	}
}

// Parameter sets of a description hold until the camera sends its own.
func TestSetsOfDescription(t *testing.T) {
	c := newAVC(&format.H264{SPS: unhex(t, spsHD), PPS: unhex(t, ppsHD)})
	if _, ok := c.track(1); !ok || !c.complete(nil) {
		t.Error("those of the description are not in force")
	}
	other := append(unhex(t, ppsHD), 0x80)
	if !c.learn(lengths(other)) || len(c.sets.pps) != 1 || c.complete(nil) {
		t.Error("the camera's own did not take their place")
	}
	if c = newAVC(&format.H264{SPS: []byte{0x67}, PPS: []byte{0x68}}); len(c.sets.sps) != 0 {
		t.Error("nonsense is in force")
	}
	if h := newHEVC(&format.H265{SPS: []byte{0x42, 1}}); len(h.sets.sps) != 0 {
		t.Error("nonsense is in force")
	}
}
