package fmp4_test

import (
	"bytes"
	"errors"
	"reflect"
	"testing"

	"lares/cameras/media"
	"lares/cameras/media/fmp4"
	"lares/cameras/media/fmp4/fmp4test"
)

// TestSilencer: each fragment alone is its pictures, to the sample, and not a
// byte of its sound; of the size that was said.
func TestSilencer(t *testing.T) {
	for _, codec := range []media.Codec{media.PCMA, media.PCMU} {
		init, fragments := lawFile(t, codec)
		r, needed, err := fmp4.NewSilencer(init)
		if err != nil || !needed {
			t.Fatal(needed, err)
		}
		tracks, err := fmp4.ReadInit(r.Init())
		if want := fmp4test.LawConfig(codec).Tracks[:1]; err != nil || !reflect.DeepEqual(tracks, want) {
			t.Errorf("tracks %+v (%v), want %+v", tracks, err, want)
		}
		for i, fragment := range fragments {
			before := bytes.Clone(fragment)
			growth, err := r.Growth(fragment)
			if err != nil {
				t.Fatal(err)
			}
			b, err := r.Fragment([]byte("before"), fragment)
			if err != nil || string(b[:6]) != "before" || len(b) != 6+len(before)+growth || !bytes.Equal(fragment, before) {
				t.Fatalf("fragment %d: %d bytes became %d, said to grow by %d (%v)", i, len(before), len(b), growth, err)
			}
			was, is := samplesByTrack(t, init, before), samplesByTrack(t, r.Init(), b[6:])
			if len(is) != 1 || !reflect.DeepEqual(is[1], was[1]) {
				t.Errorf("fragment %d: the pictures changed", i)
			}
			for _, s := range was[2] {
				if bytes.Contains(b, s.Data) {
					t.Fatalf("fragment %d holds sound", i)
				}
			}
		}
	}
}

// TestSilencerSoundAlone: pictures that stop leave fragments of sound; without it
// they are empty, and end where they were said to.
func TestSilencerSoundAlone(t *testing.T) {
	m, err := fmp4.NewMuxer(fmp4test.LawConfig(media.PCMA))
	if err != nil {
		t.Fatal(err)
	}
	r, _, err := fmp4.NewSilencer(m.Init(nil))
	if err != nil {
		t.Fatal(err)
	}
	empty := 0
	look := func(f fmp4.Fragment, ok bool) {
		if !ok {
			return
		}
		growth, err := r.Growth(f.Data)
		b, again := r.Fragment(nil, f.Data)
		if err != nil || again != nil || len(b) != len(f.Data)+growth {
			t.Fatalf("%d bytes of %d, said to grow by %d (%v, %v)", len(b), len(f.Data), growth, err, again)
		}
		if samples := samplesByTrack(t, r.Init(), b); len(samples) != 1 {
			t.Fatalf("tracks %v", samples)
		} else if len(samples[1]) == 0 {
			empty++
		}
	}
	add := func(au media.AccessUnit) {
		f, ok, err := m.Add(au)
		if err != nil {
			t.Fatal(err)
		}
		look(f, ok)
	}
	for n := range 2 {
		at := int64(n) * fmp4test.VideoRate / 10
		add(media.AccessUnit{Track: fmp4test.VideoTrack, Sync: n == 0, PTS: at, DTS: at, Data: fmp4test.Picture(uint64(n), n, 0)})
	}
	for n := range int64(8 * 50) {
		add(media.AccessUnit{Track: fmp4test.SoundTrack, PTS: n * fmp4test.LawTicks, DTS: n * fmp4test.LawTicks, Data: fmp4test.LawSound(uint64(n))})
	}
	look(m.Close())
	if empty == 0 {
		t.Error("no fragment of sound alone: nothing was tested")
	}
}

func TestSilencerNotNeeded(t *testing.T) {
	for _, k := range everyCodec() {
		init, err := fmp4.AppendInit(nil, []media.Track{k})
		if err != nil {
			t.Fatal(err)
		}
		r, needed, err := fmp4.NewSilencer(init)
		if k.Codec.Video() && (err != nil || needed || r != nil) || !k.Codec.Video() && (!errors.Is(err, fmp4.ErrTrack) || r != nil) {
			t.Errorf("%v: %v (%v)", k.Codec, needed, err)
		}
	}
}
