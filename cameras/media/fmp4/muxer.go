package fmp4

import (
	"fmt"
	"slices"

	"lares/cameras/media"
)

const (
	// maxTracks is as many as a media.Config may name.
	maxTracks = 4
	// maxBytes and maxSamples end a fragment whose camera's clock stands still.
	maxBytes   = 8 << 20
	maxSamples = 4096
	// maxTicks bounds a unit's times, so that no product of times overflows:
	// six years at 90 kHz.
	maxTicks = 1 << 44
	// maxReorder bounds a composition offset, in seconds; beyond it the picture
	// is shown when decoded.
	maxReorder = 10
	// alone is how long sound may go on, in seconds, until a fragment without
	// pictures is written.
	alone = 2
)

// Fragment is one finished moof and mdat.
type Fragment struct {
	// Data belongs to the muxer and is valid until its next call.
	Data []byte
	// Time is when the sync picture it starts with is shown; of a fragment that
	// starts with another picture, when that would be shown if it were one; of
	// sound alone, when it is heard. It never falls.
	Time     uint64
	Duration uint32 // of its pictures, or of its sound if it has none
	Sync     bool   // it starts with a sync picture
}

// Muxer turns the access units of one stream into fragments of about one
// second: a fragment ends before each sync picture, before a gap, and before the
// picture that would take it more than half a picture beyond the second. Sync
// pictures one after the other, as in Motion JPEG, share a fragment. One
// goroutine uses it.
type Muxer struct {
	tracks   []*track
	picture  *track // the video, nil in a muxer of sound alone
	leader   *Muxer // whose timeline counts, nil for its own
	sequence uint32
	time     uint64 // of the last fragment
	out      []byte
}

// NewMuxer makes a muxer for the named tracks of c, all of them if none is
// named. In the file they are numbered from 1, the first video before all
// others. It returns ErrTrack for a track it cannot write.
func NewMuxer(c media.Config, tracks ...uint8) (*Muxer, error) {
	m := &Muxer{}
	for _, t := range c.Tracks {
		if len(tracks) > 0 && !slices.Contains(tracks, t.ID) {
			continue
		}
		if err := check(t); err != nil {
			return nil, err
		}
		k := newTrack(t)
		m.tracks = append(m.tracks, k)
		if k.video && m.picture == nil {
			m.picture = k
			copy(m.tracks[1:], m.tracks) // pictures first
			m.tracks[0] = k
		}
	}
	for i, t := range m.tracks {
		t.ID = uint8(i + 1)
	}
	if len(m.tracks) == 0 || len(m.tracks) > maxTracks {
		return nil, fmt.Errorf("fmp4: %d tracks: %w", len(m.tracks), ErrTrack)
	}
	return m, nil
}

// Follow puts m on the timeline of another muxer of the same stream, so that
// sound muxed alone stays with the pictures. Until the leader has its first
// picture m drops what it is given.
func (m *Muxer) Follow(leader *Muxer) { m.leader = leader }

// Init appends the init segment to dst.
func (m *Muxer) Init(dst []byte) []byte {
	tracks := make([]media.Track, len(m.tracks))
	for i, t := range m.tracks {
		tracks[i] = t.Track
	}
	dst, err := AppendInit(dst, tracks)
	if err != nil {
		panic("fmp4: " + err.Error()) // NewMuxer checked the tracks
	}
	return dst
}

// Add takes one access unit, whose data it copies, and returns the fragment
// that the unit completes, if it does. Units before the first sync picture are dropped,
// and so are those of tracks the muxer was not made for. It returns ErrUnit
// for a unit out of bounds, which it drops; the muxer may go on.
func (m *Muxer) Add(au media.AccessUnit) (f Fragment, ok bool, err error) {
	t := m.track(au.Track)
	if t == nil {
		return Fragment{}, false, nil
	}
	if len(au.Data) > media.MaxUnit || outOfBounds(au.PTS) || outOfBounds(au.DTS) || silent(t.Track, au.Data) {
		return Fragment{}, false, fmt.Errorf("fmp4: %d bytes at %d: %w", len(au.Data), au.PTS, ErrUnit)
	}
	if !t.begun && !m.begin(t, au) {
		return Fragment{}, false, nil
	}
	at := au.DTS - t.zero
	if at < 0 && !t.begun {
		return Fragment{}, false, nil // sound from before the first picture
	}
	if t.begun && t.held {
		at = max(at, t.last+1)
	} else if t.begun {
		at = max(at, t.last)
	}
	var offset int32
	if t.video {
		d := au.PTS - t.zero - at
		if limit := maxReorder * t.rate(); d > -limit && d < limit {
			offset = int32(d)
		}
	}
	gap := t.settle(at, au.Sync)
	if gap || m.full(t, at, au) {
		f, ok = m.Flush()
	}
	t.push(at, au, offset)
	return f, ok, nil
}

func outOfBounds(ticks int64) bool { return ticks < -maxTicks || ticks > maxTicks }

func (m *Muxer) track(id uint8) *track {
	for _, t := range m.tracks {
		if t.unit == id {
			return t
		}
	}
	return nil
}

// begin puts a track on the timeline; it reports whether the unit may start it.
func (m *Muxer) begin(t *track, au media.AccessUnit) bool {
	lead := m.picture
	if m.leader != nil {
		lead = m.leader.picture
	}
	switch {
	case t == lead:
		if !au.Sync {
			return false
		}
		t.zero = au.DTS
	case lead == nil: // sound alone
		t.zero = au.DTS
	case !lead.begun:
		return false
	default:
		t.zero = lead.zero * t.rate() / lead.rate()
	}
	return true
}

// full says whether the fragment ends before the unit that starts at at.
func (m *Muxer) full(t *track, at int64, au media.AccessUnit) bool {
	n, size := t.done()
	if n >= maxSamples || size+len(au.Data) > maxBytes {
		return true
	}
	lasting := at - t.start
	switch {
	case n == 0:
		return false
	case t == m.picture:
		return au.Sync && t.delta || lasting+int64(t.length)/2 >= t.rate()
	case m.picture == nil:
		return lasting >= t.rate()
	case lasting >= alone*t.rate():
		m.picture.end() // nothing more to be seen for now
		return true
	}
	return false
}

// Flush returns what is complete so far. The newest sample of each track stays
// behind: its duration is known only when the next one comes.
func (m *Muxer) Flush() (f Fragment, ok bool) {
	lead := m.picture
	if lead == nil || !lead.ready() {
		lead = nil
		for _, t := range m.tracks {
			if t.ready() && (lead == nil || t.video) {
				lead = t
			}
		}
	}
	if lead == nil {
		return Fragment{}, false
	}
	m.sequence++
	m.out = appendFragment(m.out[:0], m.sequence, m.tracks)
	if s := lead.samples[0]; lead.video && s.sync {
		lead.shift = int64(max(0, s.offset))
	}
	start, end := lead.ticks(lead.start+lead.shift), lead.ticks(lead.until()+lead.shift)
	m.time = max(m.time, start)
	f = Fragment{Data: m.out, Time: m.time, Sync: lead.video && lead.samples[0].sync}
	if end > m.time {
		f.Duration = uint32(end - m.time)
	}
	for _, t := range m.tracks {
		t.drop()
	}
	return f, true
}

// Close returns the rest, the newest samples with the duration of the ones
// before them. The muxer is not used afterwards.
func (m *Muxer) Close() (f Fragment, ok bool) {
	for _, t := range m.tracks {
		t.end()
	}
	return m.Flush()
}
