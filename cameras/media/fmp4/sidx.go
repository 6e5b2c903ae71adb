package fmp4

import (
	"fmt"
	"math"
	"slices"
)

// SidxRef describes one fragment to the segment index.
type SidxRef struct {
	Size     uint32 // in bytes
	Duration uint32 // up to the next fragment, 90 kHz
	Sync     bool   // starts with a sync picture
}

// MaxRefs is how many fragments one segment index can name.
const MaxRefs = math.MaxUint16

// PictureTrack is the number of the first video track in a muxer's files.
const PictureTrack = 1

// maxRefSize is what the index's 31 bits hold.
const maxRefSize = math.MaxInt32

// SidxSize is the size of a segment index over n fragments, in bytes.
func SidxSize(n int) int { return 8 + 4 + 4 + 4 + 8 + 8 + 2 + 2 + 12*n }

// AppendSidx appends a segment index (ISO/IEC 14496-12 §8.16.3) for fragments
// that follow it directly; first is the time of the first one, 90 kHz. track
// is the number of the one it counts, PictureTrack in a muxer's file. With it a browser seeks by one request.
func AppendSidx(dst []byte, track uint8, first uint64, refs []SidxRef) ([]byte, error) {
	if len(refs) > MaxRefs {
		return dst, fmt.Errorf("fmp4: %d fragments in one index", len(refs))
	}
	b := buffer(slices.Grow(dst, SidxSize(len(refs))))
	at := b.full("sidx", 1, 0)
	b.u32(uint32(track))
	b.u32(TimeScale)
	b.u64(first)
	b.u64(0)
	b.u16(0)
	b.u16(uint16(len(refs)))
	for _, r := range refs {
		if r.Size > maxRefSize {
			return dst, fmt.Errorf("fmp4: a fragment of %d bytes in an index", r.Size)
		}
		b.u32(r.Size)
		b.u32(r.Duration)
		if r.Sync {
			b.u32(1<<31 | 1<<28) // starts with a stream access point of type 1
		} else {
			b.u32(0)
		}
	}
	b.close(at)
	return b, nil
}
