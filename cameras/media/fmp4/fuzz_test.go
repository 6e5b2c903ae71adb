package fmp4_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"reflect"
	"testing"

	"github.com/Eyevinn/mp4ff/mp4"

	"lares/cameras/media"
	"lares/cameras/media/costtest"
	"lares/cameras/media/fmp4"
	"lares/cameras/media/fmp4/fmp4test"
)

// FuzzMuxer gives units with any times in any codecs; six bytes make one.
// Whatever a camera says, fragments read back, their times never fall, decode
// times neither overlap nor go back, and G.711 becomes FLAC.
func FuzzMuxer(f *testing.F) {
	picture := []byte{1, 1, 0, 0, 0, 0, 1, 0, 0x17, 0x70, 0, 0, 2, 0, 0, 0, 0, 0}
	back := []byte{1, 1, 0xff, 0xff, 0xff, 0xff, 1, 0, 0, 0, 0, 0, 1, 1, 0x80, 0, 0, 1}
	both := []byte{1, 1, 0, 0, 0, 0, 2, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 9, 2, 0, 0, 0, 0, 9, 2, 0, 0, 0, 0, 18}
	for i := range uint8(len(everyCodec())) {
		f.Add(uint8(0), i, picture)
		f.Add(uint8(4), i, both)
		f.Add(i, uint8(4), back)
	}
	f.Fuzz(func(t *testing.T, first, second uint8, script []byte) {
		script = script[:min(len(script), 6*mostUnits)]
		var init []byte
		var fragments []fmp4.Fragment
		costtest.Within(t, func() { init, fragments = muxed(t, twoTracks(first, second), script) })
		taker := newTaker(t, init)
		for _, fragment := range fragments {
			taker.take(fragment)
		}
	})
}

// mostUnits are what a muxer is given of one script: more than a camera sends in half a minute.
const mostUnits = 2048

// muxed is the file that a script makes of a stream.
func muxed(t *testing.T, c media.Config, script []byte) (init []byte, fragments []fmp4.Fragment) {
	m, err := fmp4.NewMuxer(c)
	if err != nil {
		t.Fatal(err)
	}
	init = m.Init(nil)
	take := func(fragment fmp4.Fragment, ok bool) {
		if ok {
			fragment.Data = bytes.Clone(fragment.Data) // the muxer's buffer
			fragments = append(fragments, fragment)
		}
	}
	for ; len(script) >= 6; script = script[6:] {
		au := media.AccessUnit{
			Track: script[0] & 3, Sync: script[1]&1 != 0, Data: script[:2+script[0]>>6],
			DTS: int64(int32(binary.BigEndian.Uint32(script[2:]))) << (script[1] >> 5),
		}
		au.PTS = au.DTS + int64(int8(script[0]))*1000
		if fragment, ok, err := m.Add(au); err == nil {
			take(fragment, ok)
		}
		if script[1]&2 != 0 {
			take(m.Flush())
		}
	}
	take(m.Close())
	return init, fragments
}

// twoTracks is a stream of any two codecs, one twice too.
func twoTracks(first, second uint8) (c media.Config) {
	all := everyCodec()
	for i, which := range []uint8{first, second} {
		k := all[int(which)%len(all)]
		k.ID = uint8(i + 1)
		c.Tracks = append(c.Tracks, k)
	}
	return c
}

// taker checks one fragment after the other.
type taker struct {
	t       *testing.T
	init    []byte
	recoder *fmp4.Recoder // nil for a file without G.711
	time    uint64
	ends    map[uint32]uint64
}

func newTaker(t *testing.T, init []byte) *taker {
	r, _, err := fmp4.NewRecoder(init)
	if err != nil {
		t.Fatal(err)
	}
	return &taker{t: t, init: init, recoder: r, ends: map[uint32]uint64{}}
}

func (k *taker) take(fragment fmp4.Fragment) {
	if fragment.Time < k.time {
		k.t.Fatalf("time falls from %d to %d", k.time, fragment.Time)
	}
	k.time = fragment.Time
	trafs := k.read(k.init, fragment.Data)
	for _, traf := range trafs {
		at := traf.Tfdt.BaseMediaDecodeTime()
		if id := traf.Tfhd.TrackID; at < k.ends[id] {
			k.t.Fatalf("track %d goes back from %d to %d", id, k.ends[id], at)
		}
		for _, s := range traf.Trun.Samples {
			at += uint64(s.Dur)
		}
		k.ends[traf.Tfhd.TrackID] = at
	}
	if k.recoder == nil {
		return
	}
	growth, err := k.recoder.Growth(fragment.Data)
	if err != nil {
		k.t.Fatal(err)
	}
	recoded, err := k.recoder.Fragment(nil, fragment.Data)
	if err != nil || len(recoded) != len(fragment.Data)+growth {
		k.t.Fatalf("%d bytes grew to %d, not by %d (%v)", len(fragment.Data), len(recoded), growth, err)
	}
	if n := len(k.read(k.recoder.Init(), recoded)); n != len(trafs) {
		k.t.Fatalf("%d tracks became %d", len(trafs), n)
	}
}

// read takes a fragment apart by another library; all data is the samples'.
func (k *taker) read(init, fragment []byte) []*mp4.TrafBox {
	file, err := mp4.DecodeFile(bytes.NewReader(append(bytes.Clone(init), fragment...)))
	if err != nil {
		k.t.Fatal(err)
	}
	f := file.Segments[0].Fragments[0]
	var size uint64
	for _, traf := range f.Moof.Trafs {
		if uint64(traf.Trun.DataOffset) != f.Moof.Size()+8+size {
			k.t.Fatalf("data of track %d at %d", traf.Tfhd.TrackID, traf.Trun.DataOffset)
		}
		size += traf.Trun.SizeOfData()
	}
	if size != uint64(len(f.Mdat.Data)) {
		k.t.Fatalf("samples of %d bytes in %d", size, len(f.Mdat.Data))
	}
	return f.Moof.Trafs
}

// FuzzReadInit reads anything as nothing, or as tracks that write and read as
// the same again.
func FuzzReadInit(f *testing.F) {
	for _, k := range everyCodec() {
		init, err := fmp4.AppendInit(nil, []media.Track{k})
		if err != nil {
			f.Fatal(err)
		}
		f.Add(init)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var tracks []media.Track
		var err error
		costtest.Within(t, func() { tracks, err = fmp4.ReadInit(b) })
		if err != nil {
			if !errors.Is(err, fmp4.ErrInit) {
				t.Error(err)
			}
			return
		}
		init, err := fmp4.AppendInit(nil, tracks)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := fmp4.ReadInit(init); err != nil || !reflect.DeepEqual(again, tracks) {
			t.Errorf("%+v reads again as %+v (%v)", tracks, again, err)
		}
	})
}

// FuzzRecoder recodes anything into nothing, or into as many bytes as it said,
// that hold no G.711 any more, or no sound.
func FuzzRecoder(f *testing.F) {
	for _, codec := range []media.Codec{media.PCMA, media.PCMU} {
		init, fragments := lawFile(f, codec)
		for _, fragment := range fragments {
			f.Add(init, fragment)
		}
	}
	f.Fuzz(func(t *testing.T, init, fragment []byte) {
		for _, make := range []func([]byte) (*fmp4.Recoder, bool, error){fmp4.NewRecoder, fmp4.NewSilencer} {
			var r *fmp4.Recoder
			var needed bool
			var err error
			costtest.Within(t, func() { r, needed, err = make(init) })
			if err != nil || !needed {
				continue
			}
			if _, needed, err := make(r.Init()); err != nil || needed {
				t.Fatalf("recoded, and to be recoded: %v (%v)", needed, err)
			}
			costtest.Within(t, func() { recodes(t, r, fragment) })
		}
	})
}

// recodes takes one fragment, whatever it is.
func recodes(t *testing.T, r *fmp4.Recoder, fragment []byte) {
	growth, err := r.Growth(fragment)
	recoded, again := r.Fragment([]byte("before"), fragment)
	switch {
	case (err == nil) != (again == nil):
		t.Fatalf("%v, and %v", err, again)
	case err != nil:
		if !errors.Is(err, fmp4.ErrFragment) || string(recoded) != "before" {
			t.Fatalf("%v, and %d bytes", err, len(recoded))
		}
	case len(recoded) != len("before")+len(fragment)+growth:
		t.Fatalf("%d bytes grew to %d, not by %d", len(fragment), len(recoded)-6, growth)
	}
}

// FuzzPatchDuration never leaves the init segment's bounds.
func FuzzPatchDuration(f *testing.F) {
	init, err := fmp4.AppendInit(nil, fmp4test.Config(true).Tracks)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(init)
	f.Fuzz(func(t *testing.T, b []byte) {
		size := len(b)
		if costtest.Within(t, func() { fmp4.PatchDuration(b, 1<<40) }); len(b) != size {
			t.Error("the size changed")
		}
	})
}
