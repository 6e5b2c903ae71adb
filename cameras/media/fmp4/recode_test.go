package fmp4_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"reflect"
	"testing"

	"github.com/Eyevinn/mp4ff/mp4"

	"lares/cameras/media"
	"lares/cameras/media/flac"
	"lares/cameras/media/fmp4"
	"lares/cameras/media/fmp4/fmp4test"
)

// lawFile is 3 s of pictures, and of G.711 that starts 50 ms after them and is
// away for the whole second second.
func lawFile(t testing.TB, codec media.Codec) (init []byte, fragments [][]byte) {
	t.Helper()
	m, err := fmp4.NewMuxer(fmp4test.LawConfig(codec))
	if err != nil {
		t.Fatal(err)
	}
	add := func(au media.AccessUnit) {
		f, ok, err := m.Add(au)
		if err != nil {
			t.Fatal(err)
		}
		if ok {
			fragments = append(fragments, bytes.Clone(f.Data))
		}
	}
	for i := range int64(3 * 50) {
		if at := i * fmp4test.VideoRate / 50; i%5 == 0 { // ten pictures a second
			add(media.AccessUnit{Track: fmp4test.VideoTrack, Sync: i%50 == 0, DTS: at, PTS: at, Data: fmp4test.Picture(uint64(i/5), int(i%50/5), 0)})
		}
		if at := i*fmp4test.LawTicks + 400; i < 50 || i >= 101 {
			add(media.AccessUnit{Track: fmp4test.SoundTrack, DTS: at, PTS: at, Data: fmp4test.LawSound(uint64(i))})
		}
	}
	if f, ok := m.Close(); ok {
		fragments = append(fragments, bytes.Clone(f.Data))
	}
	return m.Init(nil), fragments
}

// samplesByTrack reads a fragment by another library.
func samplesByTrack(t *testing.T, init, fragment []byte) map[uint32][]mp4.FullSample {
	t.Helper()
	f, err := mp4.DecodeFile(bytes.NewReader(append(bytes.Clone(init), fragment...)))
	if err != nil {
		t.Fatal(err)
	}
	all := map[uint32][]mp4.FullSample{}
	frag := f.Segments[0].Fragments[0]
	for _, traf := range frag.Moof.Trafs {
		if traf.Trun == nil {
			all[traf.Tfhd.TrackID] = nil
			continue
		}
		if all[traf.Tfhd.TrackID], err = samplesOf(frag, traf); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// Each fragment, recoded alone and in any order: pictures and times are what
// they were, and each sound is the FLAC frame of its octets.
func TestRecoder(t *testing.T) {
	for _, codec := range []media.Codec{media.PCMA, media.PCMU} {
		init, fragments := lawFile(t, codec)
		if err := fmp4.PatchDuration(init, 12345678901); err != nil {
			t.Fatal(err)
		}
		r, needed, err := fmp4.NewRecoder(init)
		if err != nil || !needed {
			t.Fatal(needed, err)
		}
		tracks := fmp4test.LawConfig(codec).Tracks
		playable, err := fmp4.ReadInit(r.Init())
		if want := []media.Track{tracks[0], flac.Track(tracks[1])}; err != nil || !reflect.DeepEqual(playable, want) {
			t.Errorf("tracks %+v (%v), want %+v", playable, err, want)
		}
		f, err := mp4.DecodeFile(bytes.NewReader(r.Init()))
		if err != nil || f.Init.Moov.Mvhd.Duration != 12345678901 || f.Init.Moov.Mvex.Mehd.FragmentDuration != 12345678901 {
			t.Errorf("the duration is lost (%v)", err)
		}
		sounds := 0
		for i := len(fragments) - 1; i >= 0; i-- {
			before := bytes.Clone(fragments[i])
			growth, err := r.Growth(fragments[i])
			if err != nil {
				t.Fatal(err)
			}
			b, err := r.Fragment([]byte("before"), fragments[i])
			if err != nil || string(b[:6]) != "before" || len(b) != 6+len(before)+growth || !bytes.Equal(fragments[i], before) {
				t.Fatalf("fragment %d: %d bytes became %d, said to grow by %d (%v)", i, len(before), len(b), growth, err)
			}
			was, is := samplesByTrack(t, init, before), samplesByTrack(t, r.Init(), b[6:])
			if !reflect.DeepEqual(is[1], was[1]) {
				t.Errorf("fragment %d: the pictures changed", i)
			}
			want := was[2]
			for j, s := range want {
				want[j].Data = flac.AppendFrame(nil, tracks[1], s.DecodeTime, s.Data)
				want[j].Size = uint32(len(want[j].Data))
			}
			if !reflect.DeepEqual(is[2], want) {
				t.Errorf("fragment %d: sounds are\n%v, want\n%v", i, is[2], want)
			}
			sounds += len(is[2])
		}
		if sounds != 99 {
			t.Errorf("%d sounds, want 99", sounds)
		}
	}
}

func TestRecoderNotNeeded(t *testing.T) {
	for _, k := range everyCodec() {
		init, err := fmp4.AppendInit(nil, []media.Track{k})
		if err != nil {
			t.Fatal(err)
		}
		r, needed, err := fmp4.NewRecoder(init)
		if err != nil || needed != k.Codec.G711() || (r != nil) != needed {
			t.Errorf("%v: %v (%v)", k.Codec, needed, err)
		}
		for cut := range len(init) {
			if _, _, err := fmp4.NewRecoder(init[:cut]); !errors.Is(err, fmp4.ErrInit) {
				t.Fatalf("%v cut at %d: %v", k.Codec, cut, err)
			}
		}
	}
}

// What is no fragment of this package is refused whole.
func TestRecoderRefuses(t *testing.T) {
	init, fragments := lawFile(t, media.PCMA)
	r, _, err := fmp4.NewRecoder(init)
	if err != nil {
		t.Fatal(err)
	}
	good := fragments[0]
	refused := func(what string, b []byte) {
		t.Helper()
		_, err := r.Growth(b)
		dst, again := r.Fragment(nil, b)
		if !errors.Is(err, fmp4.ErrFragment) || !errors.Is(again, fmp4.ErrFragment) || len(dst) > 0 {
			t.Errorf("%s: %v, %v, %d bytes", what, err, again, len(dst))
		}
	}
	for cut := range len(good) {
		refused("cut", good[:cut])
	}
	refused("two", append(bytes.Clone(good), good...))
	refused("an init segment", init)
	at := bytes.LastIndex(good, []byte("trun"))
	for what, change := range map[string]struct{ at, by int }{
		"other flags": {at + 6, 1}, "another count": {at + 11, 1}, "another offset": {at + 15, 1}, "a longer sample": {at + 23, 1},
		"an empty sample": {at + 23, -fmp4test.LawTicks}, "another track": {bytes.LastIndex(good, []byte("tfhd")) + 11, 1},
		"a track twice": {bytes.LastIndex(good, []byte("tfhd")) + 11, -1}, "version": {bytes.LastIndex(good, []byte("tfdt")) + 4, -1},
	} {
		b := bytes.Clone(good)
		b[change.at] += uint8(change.by)
		refused(what, b)
	}
	long := bytes.Clone(good)
	binary.BigEndian.PutUint32(long[at+20:], 1<<31)
	refused("a sample of 2 GiB", long)
}
