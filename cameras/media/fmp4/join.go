package fmp4

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"time"

	"lares/cameras/media"
)

const (
	// joinGrowth is by how many bytes a fragment becomes longer at most when it is joined: the
	// number of a sample entry in each traf, and the head of what fills up the rest.
	joinGrowth = 4*maxTracks + freeHead
	// maxJoined bounds the tracks of a joined file, and maxEntries the sample entries of each:
	// a camera goes to and fro between a few configurations, or it is none.
	maxJoined, maxEntries = 8, 64
	// withEntry is the tfhd flag of a sample entry's number (§8.8.7).
	withEntry = 0x000002
	// since1904 is how long before 1970 the times of boxes begin, in seconds (§8.2.2.3).
	since1904 = 2082844800
)

// Join makes one file out of several of this package. Tracks of the same codec and clock rate
// are one track there, in which each file keeps its own configuration as a sample entry;
// others are tracks of their own. Where pictures have several, their parameter sets stand
// before pictures too: not every player looks at the number of the entry (FFmpeg 5.1 does not).
// One goroutine uses it until all files are added.
type Join struct {
	tracks []described // as in the first file that has them; the ID is the number in the joined one
}

// Source is one file of a Join: what makes its fragments part of the joined file. It keeps no
// state: once all files are added, any number of goroutines may use it.
type Source struct {
	join   *Join
	tracks []media.Track
	places []place // of each track
}

// place is where a track of a file is in the joined one.
type place struct{ track, entry uint32 } // both from 1; track 0 is left out

// Add takes the next file by its init segment, silent without its sound. It returns ErrInit
// for other bytes, and ErrTrack if it has no pictures or nothing of it can be joined.
func (j *Join) Add(init []byte, silent bool) (*Source, error) {
	tracks, err := ReadInit(init)
	if err != nil {
		return nil, err
	}
	s := &Source{join: j, tracks: tracks, places: make([]place, len(tracks))}
	if !slices.ContainsFunc(tracks, func(t media.Track) bool { return t.Codec.Video() }) {
		return nil, fmt.Errorf("fmp4: joining a file without pictures: %w", ErrTrack)
	}
	for i, t := range tracks {
		if silent && !t.Codec.Video() {
			continue
		}
		if s.places[i], err = j.place(t, s.places[:i]); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// place finds the place of a track of a file, of which others have theirs already.
func (j *Join) place(t media.Track, taken []place) (place, error) {
	entry := entryOf(t)
	for n := range j.tracks {
		k := &j.tracks[n]
		p := place{track: uint32(n + 1)}
		if k.Codec != t.Codec || k.ClockRate != t.ClockRate || slices.ContainsFunc(taken, func(o place) bool { return o.track == p.track }) {
			continue
		}
		i := slices.IndexFunc(k.entries, func(e []byte) bool { return bytes.Equal(e, entry) })
		if i < 0 {
			i = len(k.entries)
			k.entries = append(k.entries, entry)
		}
		if i == maxEntries {
			return place{}, fmt.Errorf("fmp4: too many configurations to join: %w", ErrTrack)
		}
		p.entry = uint32(i + 1)
		return p, nil
	}
	if len(j.tracks) == maxJoined {
		return place{}, fmt.Errorf("fmp4: too many tracks to join: %w", ErrTrack)
	}
	t.ID = uint8(len(j.tracks) + 1)
	j.tracks = append(j.tracks, described{t, [][]byte{entry}})
	return place{uint32(t.ID), 1}, nil
}

// Init appends the init segment of the joined file: how long it is, 90 kHz, and when what it
// shows began. Call it when all files are added.
func (j *Join) Init(dst []byte, duration uint64, began time.Time) []byte {
	start := len(dst)
	b := buffer(dst)
	b.movie(j.tracks)
	mvhd, _ := child(b[start:], 32, "moov", "mvhd")
	created := uint64(max(0, began.Unix()+since1904))
	binary.BigEndian.PutUint64(mvhd[4:], created)
	binary.BigEndian.PutUint64(mvhd[12:], created)
	if err := PatchDuration(b[start:], duration); err != nil {
		panic("fmp4: " + err.Error()) // it was written above
	}
	return b
}

// Place is where a fragment goes in a joined file.
type Place struct {
	Sequence uint32 // of the fragment: above that of the one before
	Shift    int64  // by how much its file's timeline begins later than the joined one's, 90 kHz
	// From and To are where its file has its part of the joined timeline, 90 kHz: sound that
	// begins outside is left out, for there the file before or behind is heard.
	From, To uint64
}

// Mixed reports whether the pictures of the file are configured in another way than some others:
// then Growth is more. Ask when all files are added.
func (s *Source) Mixed() bool { return s.Growth() > joinGrowth }

// Growth is by how many bytes a fragment becomes longer at most: what is less is filled up with
// eight bytes (AppendFree) or more. Ask when all files are added.
func (s *Source) Growth() int {
	most := 0
	for _, t := range s.tracks {
		most = max(most, len(s.lead(t)))
	}
	return joinGrowth + most
}

// lead is what stands before a picture of the track that stands alone.
func (s *Source) lead(t media.Track) []byte {
	if at := s.place(t.ID); at.track > 0 && len(s.join.tracks[at.track-1].entries) > 1 {
		return parameterSets(t)
	}
	return nil
}

// Fragment appends a fragment of the file as one of the joined file, longer by Growth at most.
// It returns ErrFragment for bytes that are no fragment of this package.
func (s *Source) Fragment(dst, fragment []byte, p Place) ([]byte, error) {
	r := Recoder{tracks: s.tracks, silent: true} // whose sound is not looked into
	runs, n, _, err := r.runs(fragment)
	if err != nil {
		return dst, err
	}
	b := buffer(slices.Grow(dst, len(fragment)+s.Growth()))
	moof := b.head(p.Sequence)
	var kept [maxTracks]trackRun
	var leads [maxTracks][]byte
	var offsets [maxTracks]int // where each trun's data offset waits
	trafs := 0
	for i := range runs[:n] {
		u := &runs[i]
		at := s.place(u.track.ID)
		if at.track == 0 {
			continue
		}
		time := int64(u.time) + shifted(p.Shift, u.track.ClockRate)
		if !u.track.Codec.Video() {
			time = u.within(fragment, time, p)
		}
		if u.samples == 0 {
			continue
		}
		size, flags := soundEntry, uint32(trunSound)
		if u.track.Codec.Video() {
			size, flags = pictureEntry, trunVideo
			leads[trafs] = s.leadOf(fragment, u)
		}
		offset := b.run(at, uint64(max(0, time)), flags, u.samples, fragment[u.entries:u.entries+u.samples*size])
		b.put32(offset+8, binary.BigEndian.Uint32(b[offset+8:])+uint32(len(leads[trafs]))) // of the first sample
		offsets[trafs] = offset
		kept[trafs] = *u
		trafs++
	}
	if trafs == 0 { // players refuse a moof that has none
		shown, time := r.emptyAt(runs[0])
		shown.ID = uint8(s.place(shown.ID).track)
		b.emptyRun(shown, uint64(max(0, int64(time)+shifted(p.Shift, shown.ClockRate))))
	}
	b.close(moof)
	mdat := b.open("mdat")
	for i, u := range kept[:trafs] {
		b.put32(offsets[i], uint32(len(b)-moof))
		b.bytes(leads[i])
		b.bytes(fragment[u.from:u.to])
	}
	b.close(mdat)
	return b, nil
}

// leadOf is what stands before the first picture of a run.
func (s *Source) leadOf(fragment []byte, u *trackRun) []byte {
	if binary.BigEndian.Uint32(fragment[u.entries+8:]) != flagsSync {
		return nil
	}
	return s.lead(*u.track)
}

// place is that of the track that its file calls id.
func (s *Source) place(id uint8) place {
	return s.places[slices.IndexFunc(s.tracks, func(t media.Track) bool { return t.ID == id })]
}

// shifted is a distance of 90 kHz in ticks of another rate.
func shifted(ticks int64, rate uint32) int64 {
	return ticks/TimeScale*int64(rate) + ticks%TimeScale*int64(rate)/TimeScale
}

// within leaves out the sounds of a run that begin outside of the place; time is when its
// first one begins there, and what it returns when the first one that is left does.
func (u *trackRun) within(fragment []byte, time int64, p Place) int64 {
	rate := u.track.ClockRate
	from, to := shifted(int64(p.From), rate), shifted(int64(p.To), rate)
	first, last, begin, end := 0, 0, u.from, u.from
	at, start := time, time
	for i := range u.samples {
		entry := u.entries + i*soundEntry
		size := int(binary.BigEndian.Uint32(fragment[entry+4:]))
		switch {
		case at >= to:
		case at < from:
			first, last, begin, end = i+1, i+1, end+size, end+size
			start = at + int64(binary.BigEndian.Uint32(fragment[entry:]))
		default:
			last, end = i+1, end+size
		}
		at += int64(binary.BigEndian.Uint32(fragment[entry:]))
	}
	u.entries += first * soundEntry
	u.samples, u.from, u.to = last-first, begin, end
	return start
}

// run writes a traf whose entries are given, and returns where its data offset is.
func (b *buffer) run(at place, time uint64, flags uint32, samples int, entries []byte) (offset int) {
	traf := b.open("traf")
	tfhd := b.full("tfhd", 0, baseIsMoof|defaultFlags|withEntry)
	b.u32(at.track)
	b.u32(at.entry)
	b.u32(flagsSync)
	b.close(tfhd)
	tfdt := b.full("tfdt", 1, 0)
	b.u64(time)
	b.close(tfdt)
	trun := b.full("trun", 1, flags)
	b.u32(uint32(samples))
	offset = len(*b)
	b.u32(0)
	b.bytes(entries)
	b.close(trun)
	b.close(traf)
	return offset
}

// freeHead is the size of a free box's head.
const freeHead = 8

// AppendFree appends n bytes, at least eight, that mean nothing (§8.1.2).
func AppendFree(dst []byte, n int) []byte {
	b := buffer(dst)
	at := b.open("free")
	b.zeros(n - freeHead)
	b.close(at)
	return b
}
