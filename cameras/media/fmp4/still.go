package fmp4

import (
	"encoding/binary"
	"slices"

	"lares/cameras/media"
)

// Still is the first picture of a fragment, if that is one that stands alone. It belongs to
// the fragment. It returns ErrFragment for bytes that are no fragment of this package.
func (s *Source) Still(fragment []byte) (picture []byte, track uint8, err error) {
	r := Recoder{tracks: s.tracks, silent: true}
	runs, n, _, err := r.runs(fragment)
	if err != nil {
		return nil, 0, err
	}
	for _, u := range runs[:n] {
		if !u.track.Codec.Video() {
			continue
		}
		size := int(binary.BigEndian.Uint32(fragment[u.entries+4:]))
		if binary.BigEndian.Uint32(fragment[u.entries+8:]) == flagsSync {
			return fragment[u.from : u.from+size], u.track.ID, nil
		}
		break
	}
	return nil, 0, nil
}

// StillFragment appends a fragment of one picture that stands alone, of the track that its
// file calls so: when it is shown in the joined file and for how long, 90 kHz.
func (s *Source) StillFragment(dst, picture []byte, track uint8, sequence uint32, at uint64, duration uint32) []byte {
	of := s.tracks[slices.IndexFunc(s.tracks, func(t media.Track) bool { return t.ID == track })]
	rate, lead := of.ClockRate, s.lead(of)
	b := buffer(dst)
	moof := b.head(sequence)
	time, until := shifted(int64(at), rate), shifted(int64(at)+int64(duration), rate)
	var entry buffer
	entry.u32(uint32(until - time))
	entry.u32(uint32(len(lead) + len(picture)))
	entry.u32(flagsSync)
	entry.u32(0)
	offset := b.run(s.place(track), uint64(time), trunVideo, 1, entry)
	b.close(moof)
	mdat := b.open("mdat")
	b.put32(offset, uint32(len(b)-moof))
	b.bytes(lead)
	b.bytes(picture)
	b.close(mdat)
	return b
}
