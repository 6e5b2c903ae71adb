package recorder

import (
	"fmt"
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
	index  []byte
}

// Piece is a run of the MP4's bytes that come from one place.
type Piece struct {
	Offset, Size int64 // in the MP4
	Record       int   // the record whose plaintext it is; -1 for the index
}

// MP4 lays the clip out as one MP4 file: init segment, segment index, and the
// fragments of the file. A clip without an init segment or without a fragment
// is sealed.ErrFormat: there is nothing to play.
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
	l := &Layout{}
	refs := make([]fmp4.SidxRef, len(fragments))
	for n, i := range fragments {
		h := heads[i]
		refs[n] = fmp4.SidxRef{Size: uint32(h.Plain()), Duration: h.Duration, Sync: h.Sync}
		if n+1 < len(fragments) {
			refs[n].Duration = span(h.Time, heads[fragments[n+1]].Time)
		}
		l.Duration = max(l.Duration, h.Time+uint64(h.Duration))
	}
	if l.index, err = fmp4.AppendSidx(nil, fmp4.PictureTrack, heads[fragments[0]].Time, refs); err != nil {
		return nil, fmt.Errorf("recorder: laying out clip %v: %w", c.header.Clip, err)
	}
	l.add(heads[init].Plain(), init)
	l.add(int64(len(l.index)), -1)
	for _, i := range fragments {
		l.add(heads[i].Plain(), i)
	}
	return l, nil
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
// record, and nil for the index. It changes opened in place, for the init
// segment gets the clip's duration. sealed.ErrFormat if opened is not as long
// as the piece, or the init segment is none.
func (l *Layout) Bytes(p Piece, opened []byte) ([]byte, error) {
	if p.Record < 0 {
		return l.index, nil
	}
	if int64(len(opened)) != p.Size {
		return nil, fmt.Errorf("recorder: record %d opened to %d bytes, not %d: %w", p.Record, len(opened), p.Size, sealed.ErrFormat)
	}
	if p == l.Pieces[0] {
		if err := fmp4.PatchDuration(opened, l.Duration); err != nil {
			return nil, fmt.Errorf("recorder: init segment: %w: %w", sealed.ErrFormat, err)
		}
	}
	return opened, nil
}
