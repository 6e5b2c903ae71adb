package fmp4

import "lares/cameras/media"

const (
	gapSeconds  = 1  // before a sync picture or a sound
	paceSeconds = 10 // before any picture: above the watchdog of any source
	// slower is how many times the distance before it a sync picture's must be
	// to be a gap: of a slow camera that sends nothing else, none is.
	slower = 4
)

type sample struct {
	duration, size uint32
	offset         int32 // composition
	sync           bool
}

// track collects one track's samples of the fragment being made.
type track struct {
	media.Track       // its ID is the number in the file
	unit        uint8 // the ID that its units carry
	video       bool
	zero        int64 // of the units' ticks on the timeline
	shift       int64 // the first picture's PTS - DTS
	// begun says that last and held mean something. held is whether the newest
	// sample still waits for its duration; it lies last in samples and data.
	begun, held bool
	last        int64 // decode time of the newest sample
	length      uint32
	pace        int64 // the newest distance, a gap or not
	start       int64 // decode time of samples[0]
	// delta says that a sample is there that does not decode alone.
	delta   bool
	samples []sample
	data    []byte
}

func newTrack(t media.Track) *track {
	k := &track{Track: t, unit: t.ID, video: t.Codec.Video(), length: 1024}
	if k.video {
		k.length = max(1, t.ClockRate/15)
	}
	k.pace = int64(k.length)
	return k
}

func (t *track) rate() int64 { return int64(t.ClockRate) }

// settle gives the held sample its duration, now that the next one is to start
// at at; gap says that the two do not touch.
func (t *track) settle(at int64, sync bool) (gap bool) {
	if !t.held {
		return t.begun && at != t.last
	}
	distance := at - t.last
	apart := !t.video || sync && distance > slower*t.pace
	gap = distance > paceSeconds*t.rate() || distance > gapSeconds*t.rate() && apart
	t.pace = distance
	if !gap {
		t.length = uint32(distance)
	}
	t.end()
	return gap
}

// end gives the held sample its natural duration, or if it has none that of the
// one before it; afterwards last is where the track ends.
func (t *track) end() {
	if !t.held {
		return
	}
	t.samples[len(t.samples)-1].duration = t.length
	t.last += int64(t.length)
	t.held = false
}

// push takes the next sample; the one before it has its duration.
func (t *track) push(at int64, au media.AccessUnit, offset int32) {
	if len(t.samples) == 0 {
		t.start = at
	}
	if n := natural(t.Track, au.Data); n > 0 {
		t.length = n
	}
	t.delta = t.delta || t.video && !au.Sync
	t.samples = append(t.samples, sample{size: uint32(len(au.Data)), offset: offset, sync: au.Sync || !t.video})
	t.data = append(t.data, au.Data...)
	t.last, t.begun, t.held = at, true, true
}

// done is how many samples have their duration, and their bytes.
func (t *track) done() (n, size int) {
	n, size = len(t.samples), len(t.data)
	if t.held {
		n--
		size -= int(t.samples[n].size)
	}
	return n, size
}

// drop forgets the samples that have their duration, after they were written.
func (t *track) drop() {
	n, size := t.done()
	t.samples = t.samples[:copy(t.samples, t.samples[n:])]
	t.data = t.data[:copy(t.data, t.data[size:])]
	t.start, t.delta = t.last, false
	for _, s := range t.samples { // the one held back, if any
		t.delta = !s.sync
	}
}

func (t *track) ready() bool { n, _ := t.done(); return n > 0 }

// until is where the last finished sample ends.
func (t *track) until() int64 {
	n, _ := t.done()
	end := t.start
	for _, s := range t.samples[:n] {
		end += int64(s.duration)
	}
	return end
}

// ticks turns a decode time into 90 kHz.
func (t *track) ticks(at int64) uint64 { return uint64(at) * TimeScale / uint64(t.ClockRate) }
