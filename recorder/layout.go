package recorder

import (
	"fmt"
	"math"
	"sort"

	"lares/cameras/media/fmp4"
	"lares/recorder/sealed"
)

// Layout is a clip as one MP4 file, from record heads alone.
type Layout struct {
	Size     int64  // of the MP4, in bytes
	Duration uint64 // 90 kHz
	// Pieces are all parts in order: init, index, fragments. They are not to be
	// changed.
	Pieces []Piece
	first  uint64         // time of the first fragment, 90 kHz
	refs   []fmp4.SidxRef // of the fragments
	index  []byte
}

// Piece is a run of the MP4's bytes that come from one place.
type Piece struct {
	Offset, Size int64 // in the MP4
	Record       int   // the record whose plaintext it is; -1 for the index
}

// MP4 lays the clip out as one MP4 file: init segment, segment index, and the
// fragments of the file, as they were recorded. A clip without an init segment
// or without a fragment is sealed.ErrFormat: there is nothing to play.
func (c *Clip) MP4() (*Layout, error) {
	heads, err := c.Records()
	if err != nil {
		return nil, err
	}
	init := -1
	var fragments []int
	for i, h := range heads {
		switch {
		case h.Type == sealed.TypeInit && init < 0:
			init = i
		case h.Type == sealed.TypeFragment && len(fragments) < fmp4.MaxRefs:
			fragments = append(fragments, i)
		}
	}
	if init < 0 || len(fragments) == 0 {
		return nil, fmt.Errorf("recorder: clip %v holds no picture: %w", c.header.Clip, sealed.ErrFormat)
	}
	l := &Layout{first: heads[fragments[0]].Time, refs: make([]fmp4.SidxRef, len(fragments))}
	records := append(make([]int, 0, 1+len(fragments)), init)
	for n, i := range fragments {
		h := heads[i]
		l.refs[n] = fmp4.SidxRef{Size: uint32(h.Plain()), Duration: h.Duration, Sync: h.Sync}
		if n+1 < len(fragments) {
			l.refs[n].Duration = span(h.Time, heads[fragments[n+1]].Time)
		}
		l.Duration = max(l.Duration, h.Time+uint64(h.Duration))
		records = append(records, i)
	}
	if err := l.place(heads[init].Plain(), records); err != nil {
		return nil, fmt.Errorf("recorder: laying out clip %v: %w", c.header.Clip, err)
	}
	return l, nil
}

// Recoded is the layout of the same clip with an init segment and fragments of
// other sizes: init is the new size, growth by how much each fragment is longer,
// below zero if it is shorter. It returns sealed.ErrFormat if they are not those
// of this clip.
func (l *Layout) Recoded(init int64, growth []int64) (*Layout, error) {
	if len(growth) != len(l.refs) {
		return nil, fmt.Errorf("recorder: sizes of %d fragments for %d: %w", len(growth), len(l.refs), sealed.ErrFormat)
	}
	out := &Layout{Duration: l.Duration, first: l.first, refs: make([]fmp4.SidxRef, len(l.refs))}
	records := append(make([]int, 0, len(l.Pieces)), l.Init().Record)
	for i, ref := range l.refs {
		size := int64(ref.Size) + growth[i]
		if size <= 0 || size > math.MaxInt32 { // a record is far smaller
			return nil, fmt.Errorf("recorder: a fragment grows by %d bytes: %w", growth[i], sealed.ErrFormat)
		}
		ref.Size = uint32(size)
		out.refs[i] = ref
		records = append(records, l.Fragments()[i].Record)
	}
	return out, out.place(init, records)
}

// place fills in the pieces: the init segment of that size out of the first
// record, then the index, then the fragments out of the other records.
func (l *Layout) place(init int64, records []int) (err error) {
	if l.index, err = fmp4.AppendSidx(nil, fmp4.PictureTrack, l.first, l.refs); err != nil {
		return err
	}
	l.add(init, records[0])
	l.add(int64(len(l.index)), -1)
	for i, ref := range l.refs {
		l.add(int64(ref.Size), records[1+i])
	}
	return nil
}

// span is the distance of two times, as far as an index entry can hold it.
func span(from, to uint64) uint32 {
	if to <= from {
		return 0
	}
	return uint32(min(to-from, 1<<32-1))
}

func (l *Layout) add(size int64, record int) {
	l.Pieces = append(l.Pieces, Piece{Offset: l.Size, Size: size, Record: record})
	l.Size += size
}

// Range are the pieces that the bytes [from, to) touch, in order.
func (l *Layout) Range(from, to int64) []Piece {
	first := sort.Search(len(l.Pieces), func(i int) bool { return l.Pieces[i].Offset+l.Pieces[i].Size > from })
	last := sort.Search(len(l.Pieces), func(i int) bool { return l.Pieces[i].Offset >= to })
	if from >= to || first >= last {
		return nil
	}
	return l.Pieces[first:last]
}

// Init is the piece of the init segment.
func (l *Layout) Init() Piece { return l.Pieces[0] }

// Fragments are the pieces of the fragments: fragment n is Fragments()[n].
func (l *Layout) Fragments() []Piece { return l.Pieces[2:] }

// Bytes makes a piece ready to be delivered: opened is the plaintext of its
// record, recoded if the layout is, and nil for the index. It changes opened in
// place, for the init segment gets the clip's duration. sealed.ErrFormat if
// opened is not as long as the piece, or the init segment is none.
func (l *Layout) Bytes(p Piece, opened []byte) ([]byte, error) {
	if p.Record < 0 {
		return l.index, nil
	}
	if int64(len(opened)) != p.Size {
		return nil, fmt.Errorf("recorder: record %d opened to %d bytes, not %d: %w", p.Record, len(opened), p.Size, sealed.ErrFormat)
	}
	if p.Record == l.Init().Record {
		if err := fmp4.PatchDuration(opened, l.Duration); err != nil {
			return nil, fmt.Errorf("recorder: init segment: %w: %w", sealed.ErrFormat, err)
		}
	}
	return opened, nil
}

// Moment is what the head of a fragment says of its time.
type Moment struct {
	At       uint64 // in the file, 90 kHz; the first picture is at 0, or a little behind
	Duration uint32 // up to the next fragment, 90 kHz
	Sync     bool   // it starts with an IDR
}

// Moments are the times of the fragments: fragment n is Moments()[n].
func (l *Layout) Moments() []Moment {
	out := make([]Moment, len(l.refs))
	at := l.first
	for n, ref := range l.refs {
		out[n] = Moment{at, ref.Duration, ref.Sync}
		at += uint64(ref.Duration)
	}
	return out
}

// At is the last fragment that starts with an IDR at or before a time in the file, 90 kHz:
// decoding begins there. The first one if there is none.
func (l *Layout) At(t uint64) int {
	found := 0
	for n, m := range l.Moments() {
		if m.Sync && m.At <= t {
			found = n
		}
	}
	return found
}
