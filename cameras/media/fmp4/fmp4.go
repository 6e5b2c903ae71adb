// Package fmp4 writes ISO base media files in fragments (ISO/IEC 14496-12):
// the init segment, fragments of any number of tracks, and the segment index;
// and it reads back what it wrote, to turn G.711 into FLAC for a player. It
// knows nothing of files, keys or cameras: opened access units in, bytes out.
//
// # Time
//
// The timeline starts at the decode time of the first sync picture, where the
// muxer begins; without B pictures that is when it is shown. Each track counts
// in its own clock rate; Fragment and SidxRef count 90 kHz ticks. Composition
// offsets are signed (trun version 1, §8.8.8), yet negative only where a
// camera's times go back: demuxers disagree about negative ones. Sound keeps its
// true distance from the picture; sound from before the timeline is dropped.
//
// A sample lasts until the next one of its track. A distance above one second
// before a sync picture (or between two sounds) is a gap, unless the pictures
// before it were as slow: the sample before a gap lasts as long as its content
// says (G.711, Opus, FLAC) or as long as the one before that, and so does the
// last one of all; the next fragment starts later (tfdt, §8.8.12). A long
// distance before another picture is the camera's own pace, for after a loss
// nothing comes until the next sync picture; above ten seconds it is a gap all
// the same.
package fmp4

import "errors"

// TimeScale is the movie's ticks per second, and those of Fragment and SidxRef.
const TimeScale = 90000

// ErrTrack is returned for a track that cannot be written.
var ErrTrack = errors.New("fmp4: unsupported track")

// ErrUnit is returned for an access unit that is out of bounds.
var ErrUnit = errors.New("fmp4: access unit out of bounds")
