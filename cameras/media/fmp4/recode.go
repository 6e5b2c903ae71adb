package fmp4

import (
	"encoding/binary"
	"fmt"
	"slices"

	"lares/cameras/media"
	"lares/cameras/media/flac"
)

// Recoder turns the G.711 sound of files made by this package into FLAC, which
// browsers play; everything else stays as it is. One sample becomes one FLAC
// frame, numbered by its decode time, so each fragment is recoded alone and in
// any order. It keeps no state: any number of goroutines may use it.
//
// One made by NewSilencer leaves all sound out instead.
type Recoder struct {
	init   []byte
	tracks []media.Track // as recorded
	silent bool          // all sound is left out
}

// NewRecoder makes a recoder for the fragments that belong to an init segment
// made by AppendInit, whose duration it keeps. needed is false, and the
// recoder nil, if there is nothing to recode. It returns ErrInit for other bytes.
func NewRecoder(init []byte) (r *Recoder, needed bool, err error) {
	tracks, err := ReadInit(init)
	if err != nil {
		return nil, false, err
	}
	playable := make([]media.Track, len(tracks))
	for i, t := range tracks {
		playable[i] = flac.Track(t)
	}
	needed = slices.ContainsFunc(tracks, func(t media.Track) bool { return t.Codec.G711() })
	return newRecoder(init, Recoder{tracks: tracks}, playable, needed)
}

// newRecoder fills in the init segment of r, of the tracks that it makes.
func newRecoder(init []byte, r Recoder, made []media.Track, needed bool) (*Recoder, bool, error) {
	mvhd, _, err := durations(init)
	if err != nil || !needed {
		return nil, false, err
	}
	if r.init, err = AppendInit(nil, made); err != nil {
		return nil, false, err
	}
	return &r, true, PatchDuration(r.init, binary.BigEndian.Uint64(mvhd))
}

// Init is the init segment of the recoded file; it belongs to the recoder.
func (r *Recoder) Init() []byte { return r.init }

// Growth is by how many bytes Fragment makes a fragment longer, below zero for
// one that becomes shorter. It returns
// ErrFragment for bytes that are no fragment of this package's muxer.
func (r *Recoder) Growth(fragment []byte) (int, error) {
	_, _, growth, err := r.runs(fragment)
	return growth, err
}

// Fragment appends the recoded fragment to dst, which must not overlap it. It
// returns ErrFragment for bytes that are no fragment of this package's muxer.
func (r *Recoder) Fragment(dst, fragment []byte) ([]byte, error) {
	all, n, growth, err := r.runs(fragment)
	if err != nil {
		return dst, err
	}
	if r.silent {
		return r.silence(dst, fragment, all[:n]), nil
	}
	dst = slices.Grow(dst, len(fragment)+growth)
	start := len(dst)
	head := all[0].from // of the moof and of the mdat's head
	b := buffer(append(dst, fragment[:head]...))
	b.put32(start+head-8, uint32(8+len(fragment)-head+growth))
	for _, u := range all[:n] {
		b.put32(start+u.entries-4, uint32(len(b)-start))
		data, at := fragment[u.from:u.to], u.time
		if !u.track.Codec.G711() {
			b.bytes(data)
			continue
		}
		for i := range u.samples {
			entry := u.entries + i*soundEntry
			duration, size := binary.BigEndian.Uint32(fragment[entry:]), binary.BigEndian.Uint32(fragment[entry+4:])
			was := len(b)
			b = flac.AppendFrame(b, *u.track, at, data[:size])
			b.put32(start+entry+4, uint32(len(b)-was))
			data, at = data[size:], at+uint64(duration)
		}
	}
	return b, nil
}

// maxFragment bounds a fragment to recode, in bytes: above what a muxer's bounds
// leave for one, and small enough to double.
const maxFragment = 64 << 20

// trackRun is one track's part of a fragment; its numbers count bytes from the
// fragment's start.
type trackRun struct {
	track    *media.Track
	time     uint64 // decode time of the first sample
	samples  int
	head     int // where the traf starts
	entries  int // where the trun's entries start, right after the data offset
	from, to int // its data
}

// runs takes a fragment apart and checks all that Fragment relies on: each
// track of the file at most once, its data one after the other and filling the
// mdat, each G.711 sample one that FLAC can hold.
func (r *Recoder) runs(fragment []byte) (all [maxTracks]trackRun, n, growth int, err error) {
	bad := func(what string) ([maxTracks]trackRun, int, int, error) {
		return all, 0, 0, fmt.Errorf("fmp4: %s: %w", what, ErrFragment)
	}
	name, moof, rest, ok := next(fragment)
	if !ok || name != "moof" || len(fragment) > maxFragment {
		return bad("no moof")
	}
	name, mdat, rest, ok := next(rest)
	if !ok || name != "mdat" || len(rest) > 0 {
		return bad("no mdat, or more than that")
	}
	from := len(fragment) - len(mdat)
	for len(moof) > 0 {
		name, traf, rest, ok := next(moof)
		if !ok {
			return bad("broken moof")
		}
		moof = rest
		if name != "traf" {
			continue
		}
		if n == maxTracks {
			return bad("too many tracks")
		}
		u, ok := r.run(fragment, traf, from)
		if !ok || slices.ContainsFunc(all[:n], func(o trackRun) bool { return o.track == u.track }) {
			return bad("broken traf")
		}
		grown, ok := u.measure(fragment, r.silent)
		if !ok {
			return bad("samples do not fit")
		}
		growth += grown
		u.head = len(fragment) - len(mdat) - 8 - len(rest) - 8 - len(traf)
		all[n], from = u, u.to
		n++
	}
	if n == 0 || from != len(fragment) {
		return bad("data of no sample")
	}
	if r.silent {
		growth = silencedSize(fragment, all[:n]) - len(fragment)
	}
	return all, n, growth, nil
}

// run reads a traf of the fragment, whose data is to start at from.
func (r *Recoder) run(fragment, traf []byte, from int) (u trackRun, ok bool) {
	tfhd, ok1 := child(traf, 8, "tfhd")
	tfdt, ok2 := child(traf, 12, "tfdt")
	trun, ok3 := child(traf, 12, "trun")
	if !ok1 || !ok2 || !ok3 || tfdt[0] != 1 {
		return u, false
	}
	id := binary.BigEndian.Uint32(tfhd[4:])
	i := slices.IndexFunc(r.tracks, func(t media.Track) bool { return uint32(t.ID) == id })
	if i < 0 {
		return u, false
	}
	u = trackRun{track: &r.tracks[i], time: binary.BigEndian.Uint64(tfdt[4:]), from: from}
	flags, entry := uint32(trunSound), soundEntry
	if u.track.Codec.Video() {
		flags, entry = trunVideo, pictureEntry
	}
	entries := trun[12:]
	u.samples = len(entries) / entry
	u.entries = cap(fragment) - cap(entries) // a part of it: both reach to the same end
	ok = binary.BigEndian.Uint32(trun) == 1<<24|flags && u.samples > 0 && len(entries)%entry == 0 &&
		uint64(binary.BigEndian.Uint32(trun[4:])) == uint64(u.samples) &&
		uint64(binary.BigEndian.Uint32(trun[8:])) == uint64(from)
	return u, ok
}

// measure finds where the data of the run ends and by how much it grows as FLAC,
// unless its sound is left out.
func (u *trackRun) measure(fragment []byte, silent bool) (growth int, ok bool) {
	entry := soundEntry
	if u.track.Codec.Video() {
		entry = pictureEntry
	}
	u.to = u.from
	channels, time := int(u.track.Channels), u.time
	for i := range u.samples {
		at := u.entries + i*entry
		duration, long := binary.BigEndian.Uint32(fragment[at:]), binary.BigEndian.Uint32(fragment[at+4:])
		if uint64(long) > uint64(len(fragment)-u.to) {
			return 0, false
		}
		size := int(long)
		u.to += size
		if u.track.Codec.G711() && !silent {
			frame := flac.FrameSize(time, size/channels, u.track.Channels)
			if size%channels != 0 || frame == 0 {
				return 0, false
			}
			growth += frame - size
		}
		time += uint64(duration)
	}
	return growth, true
}
