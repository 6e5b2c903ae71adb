// Package fmp4 writes ISO base media files in fragments (ISO/IEC 14496-12):
// the init segment, fragments of any number of tracks, and the segment index.
// It knows nothing of files, keys or cameras: opened access units in, bytes
// out.
//
// All times it hands out count 90 kHz ticks from the presentation of the first
// picture.
package fmp4

import "errors"

// TimeScale is the movie's ticks per second, and those of Fragment and Ref.
const TimeScale = 90000

// ErrTrack is returned for a track that cannot be written.
var ErrTrack = errors.New("fmp4: unsupported track")

// ErrUnit is returned for an access unit that does not belong to the muxer's
// tracks or is larger than media.MaxUnit.
var ErrUnit = errors.New("fmp4: unexpected access unit")

// SidxRef describes one fragment to the segment index.
type SidxRef struct {
	Size     uint32 // in bytes
	Duration uint32 // up to the next fragment, 90 kHz
	Sync     bool   // starts with an IDR
}

// MaxRefs is how many fragments one segment index can name.
const MaxRefs = 1<<16 - 1

// SidxSize is the size of a segment index over n fragments, in bytes.
func SidxSize(n int) int { return 8 + 4 + 4 + 4 + 8 + 8 + 4 + 12*n }
