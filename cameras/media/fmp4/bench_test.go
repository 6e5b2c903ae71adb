package fmp4_test

import (
	"bytes"
	"testing"

	"lares/cameras/media"
	"lares/cameras/media/fmp4"
	"lares/cameras/media/fmp4/fmp4test"
)

// feed gives a muxer one second at a time of a 4 Mbit/s camera: 25 pictures and
// 50 packets of G.711.
type feed struct {
	m              *fmp4.Muxer
	intra, picture []byte
	sound          []byte
	second         int64
}

func newFeed(b *testing.B) *feed {
	m, err := fmp4.NewMuxer(fmp4test.LawConfig(media.PCMA))
	if err != nil {
		b.Fatal(err)
	}
	return &feed{m: m, intra: make([]byte, 140_000), picture: make([]byte, 15_000), sound: fmp4test.LawSound(1)}
}

func (f *feed) add(b *testing.B, take func(fmp4.Fragment)) {
	for i := range int64(50) {
		at := (f.second*50 + i) * fmp4test.LawTicks
		f.unit(b, take, media.AccessUnit{Track: fmp4test.SoundTrack, DTS: at, PTS: at, Data: f.sound})
		if i%2 != 0 {
			continue
		}
		at = (f.second*50 + i) * fmp4test.VideoRate / 50
		data := f.picture
		if i == 0 {
			data = f.intra
		}
		f.unit(b, take, media.AccessUnit{Track: fmp4test.VideoTrack, Sync: i == 0, DTS: at, PTS: at, Data: data})
	}
	f.second++
}

func (f *feed) unit(b *testing.B, take func(fmp4.Fragment), au media.AccessUnit) {
	fragment, ok, err := f.m.Add(au)
	if err != nil {
		b.Fatal(err)
	}
	if ok {
		take(fragment)
	}
}

// BenchmarkMuxerSecond is what one second of one camera costs.
func BenchmarkMuxerSecond(b *testing.B) {
	f := newFeed(b)
	b.SetBytes(500_000)
	b.ReportAllocs()
	for b.Loop() {
		f.add(b, func(fmp4.Fragment) {})
	}
}

// BenchmarkNewMuxer is the first ten seconds of a clip: its buffers grow.
func BenchmarkNewMuxer(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		f := newFeed(b)
		for range 10 {
			f.add(b, func(fmp4.Fragment) {})
		}
	}
}

// BenchmarkRecoder makes one such second playable.
func BenchmarkRecoder(b *testing.B) {
	f := newFeed(b)
	var fragment, out []byte
	for range 3 {
		f.add(b, func(g fmp4.Fragment) { fragment = bytes.Clone(g.Data) })
	}
	r, _, err := fmp4.NewRecoder(f.m.Init(nil))
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(fragment)))
	b.ReportAllocs()
	for b.Loop() {
		if out, err = r.Fragment(out[:0], fragment); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkGrowth is what the recorder asks of each fragment.
func BenchmarkGrowth(b *testing.B) {
	f := newFeed(b)
	var fragment []byte
	for range 3 {
		f.add(b, func(g fmp4.Fragment) { fragment = bytes.Clone(g.Data) })
	}
	r, _, err := fmp4.NewRecoder(f.m.Init(nil))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := r.Growth(fragment); err != nil {
			b.Fatal(err)
		}
	}
}
