package fmp4_test

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/Eyevinn/mp4ff/mp4"

	"lares/cameras/media"
	"lares/cameras/media/fmp4"
	"lares/cameras/media/fmp4/fmp4test"
)

// FuzzMuxer gives units with any times; six bytes make one. Whatever a camera
// says, fragments read back, their times never fall, and decode times neither
// overlap nor go back.
func FuzzMuxer(f *testing.F) {
	f.Add([]byte{1, 1, 0, 0, 0, 0, 1, 0, 0x17, 0x70, 0, 0, 2, 0, 0, 0, 0, 0})
	f.Add([]byte{1, 1, 0xff, 0xff, 0xff, 0xff, 1, 0, 0, 0, 0, 0, 1, 1, 0x80, 0, 0, 1})
	f.Fuzz(func(t *testing.T, script []byte) {
		m, err := fmp4.NewMuxer(fmp4test.Config(true))
		if err != nil {
			t.Fatal(err)
		}
		init := m.Init(nil)
		var time uint64
		ends := map[uint32]uint64{}
		take := func(fragment fmp4.Fragment, ok bool) {
			if !ok {
				return
			}
			if fragment.Time < time {
				t.Fatalf("time falls from %d to %d", time, fragment.Time)
			}
			time = fragment.Time
			file, err := mp4.DecodeFile(bytes.NewReader(append(bytes.Clone(init), fragment.Data...)))
			if err != nil {
				t.Fatal(err)
			}
			for _, traf := range file.Segments[0].Fragments[0].Moof.Trafs {
				at := traf.Tfdt.BaseMediaDecodeTime()
				if id := traf.Tfhd.TrackID; at < ends[id] {
					t.Fatalf("track %d goes back from %d to %d", id, ends[id], at)
				}
				for _, s := range traf.Trun.Samples {
					at += uint64(s.Dur)
				}
				ends[traf.Tfhd.TrackID] = at
			}
		}
		for ; len(script) >= 6; script = script[6:] {
			au := media.AccessUnit{
				Track: script[0] & 3, Sync: script[1]&1 != 0, Data: script[:2],
				DTS: int64(int32(binary.BigEndian.Uint32(script[2:]))) << (script[1] >> 5),
			}
			au.PTS = au.DTS + int64(int8(script[0]))*1000
			fragment, ok, err := m.Add(au)
			if err == nil {
				take(fragment, ok)
			}
			if script[1]&2 != 0 {
				take(m.Flush())
			}
		}
		take(m.Close())
	})
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
		if fmp4.PatchDuration(b, 1<<40); len(b) != size {
			t.Error("the size changed")
		}
	})
}
