package fmp4

import "lares/cameras/media"

// Fragment is one finished moof and mdat.
type Fragment struct {
	// Data belongs to the muxer and is valid until its next call.
	Data []byte
	// Time is the decode time of its first picture (of its first sound if it
	// has no picture), and the presentation time of an IDR. Never falling.
	Time     uint64
	Duration uint32
	Sync     bool // it starts with an IDR
}

// Muxer turns the access units of one stream into fragments.
type Muxer struct{}

// NewMuxer makes a muxer for the named tracks of c, all of them if none is
// named. It returns ErrTrack for a track it cannot write.
func NewMuxer(c media.Config, tracks ...uint8) (*Muxer, error) { return &Muxer{}, nil }

// Init appends the init segment to dst.
func (m *Muxer) Init(dst []byte) []byte { return dst }

// Add takes one access unit, whose data it copies, and returns the fragment
// that the unit completes, if it does. Units before the first IDR are dropped,
// and so are those of tracks the muxer was not made for.
func (m *Muxer) Add(au media.AccessUnit) (f Fragment, ok bool, err error) { return }

// Flush returns what is complete so far. The newest sample of each track stays
// behind: its duration is known only when the next one comes.
func (m *Muxer) Flush() (f Fragment, ok bool) { return }

// Close returns the rest, the newest samples with the duration of the ones
// before them. The muxer is not used afterwards.
func (m *Muxer) Close() (f Fragment, ok bool) { return }
