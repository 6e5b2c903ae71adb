package fmp4

import (
	"encoding/binary"
	"slices"

	"lares/cameras/media"
)

// NewSilencer makes a recoder that leaves all sound out: no track of it in the
// init segment, no sample of it in a fragment. needed is false, and the recoder
// nil, if there is none. It returns ErrInit for other bytes, and ErrTrack for a
// file of sound alone.
func NewSilencer(init []byte) (r *Recoder, needed bool, err error) {
	tracks, err := ReadInit(init)
	if err != nil {
		return nil, false, err
	}
	seen := slices.DeleteFunc(slices.Clone(tracks), func(t media.Track) bool { return !t.Codec.Video() })
	return newRecoder(init, Recoder{tracks: tracks, silent: true}, seen, len(seen) < len(tracks))
}

// emptyRun is the size of a traf without a sample, in bytes.
const emptyRun = 8 + 20 + 20

// silencedSize is the size of a fragment without its sound, in bytes. One of sound
// alone keeps a traf, for players refuse a moof that has none.
func silencedSize(fragment []byte, runs []trackRun) int {
	pictures := 0
	for _, u := range runs {
		if u.track.Codec.Video() {
			pictures += u.box(fragment) + u.to - u.from
		}
	}
	if pictures == 0 {
		pictures = emptyRun
	}
	return runs[0].head + pictures + 8
}

// box is the size of the run's traf, in bytes.
func (u *trackRun) box(fragment []byte) int { return int(binary.BigEndian.Uint32(fragment[u.head:])) }

// silence appends the fragment without its sound.
func (r *Recoder) silence(dst, fragment []byte, runs []trackRun) []byte {
	b := buffer(slices.Grow(dst, silencedSize(fragment, runs)))
	moof := b.open("moof")
	b.bytes(fragment[8:runs[0].head]) // up to the first traf
	var offsets [maxTracks]int        // where each trun's data offset waits
	seen := false
	for i, u := range runs {
		if u.track.Codec.Video() {
			seen = true
			offsets[i] = len(b) + u.entries - 4 - u.head
			b.bytes(fragment[u.head : u.head+u.box(fragment)])
		}
	}
	if !seen {
		b.emptyRun(r.emptyAt(runs[0]))
	}
	b.close(moof)
	mdat := b.open("mdat")
	for i, u := range runs {
		if u.track.Codec.Video() {
			b.put32(offsets[i], uint32(len(b)-moof))
			b.bytes(fragment[u.from:u.to])
		}
	}
	b.close(mdat)
	return b
}

// emptyAt is the first track of pictures, and when a run starts in its time.
func (r *Recoder) emptyAt(u trackRun) (media.Track, uint64) {
	i := slices.IndexFunc(r.tracks, func(t media.Track) bool { return t.Codec.Video() }) // NewSilencer found one
	shown := r.tracks[i]
	rate, own := uint64(shown.ClockRate), uint64(u.track.ClockRate)
	return shown, u.time/own*rate + u.time%own*rate/own
}

// emptyRun writes a traf of no sample.
func (b *buffer) emptyRun(t media.Track, start uint64) {
	traf := b.open("traf")
	tfhd := b.full("tfhd", 0, baseIsMoof|defaultFlags)
	b.u32(uint32(t.ID))
	b.u32(flagsSync)
	b.close(tfhd)
	tfdt := b.full("tfdt", 1, 0)
	b.u64(start)
	b.close(tfdt)
	b.close(traf)
}
