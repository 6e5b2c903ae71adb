package worker

import (
	"hash/maphash"
	"time"
)

const (
	// stillFor is how long a stream may show one picture, bit by bit the same,
	// until it counts as frozen. What a sensor sees is never twice the same, at
	// night neither: its noise differs, and so does what is coded.
	stillFor = 30 * time.Second
	// stillTimes is how often that picture must have come at least: cameras with
	// adaptive group lengths send one to start with each ten seconds or more.
	stillTimes = 3
	// stillLooks is the least time from look to look: each picture of M-JPEG is one
	// to start with.
	stillLooks = time.Second
)

// stillness knows whether a stream shows one picture again and again. It compares
// those that decoding can start with, by what they hold behind the headers that
// count on. One goroutine uses it.
type stillness struct {
	hash   maphash.Hash // its seed is the stream's own: no camera can aim at it
	sum    uint64       // of the picture that was looked at last
	since  time.Duration
	times  int // how often it came since then
	looked time.Duration
	frozen bool
}

// due reports whether it is time to look at a picture that came at now.
func (s *stillness) due(now time.Duration) bool {
	return s.times == 0 || now-s.looked >= stillLooks
}

// show takes the sum of a picture that came at now, and reports whether the stream
// froze with it, or thawed.
func (s *stillness) show(sum uint64, now time.Duration) (changed bool) {
	s.looked = now
	if s.times == 0 || sum != s.sum {
		changed = s.frozen
		s.sum, s.since, s.times, s.frozen = sum, now, 1, false
		return changed
	}
	s.times++
	if s.frozen || s.times < stillTimes || now-s.since < stillFor {
		return false
	}
	s.frozen = true
	return true
}

// unreadable notes that a picture came that cannot be compared: nothing is known of
// the stream any more. It reports whether the stream thawed with that.
func (s *stillness) unreadable(now time.Duration) (changed bool) {
	changed = s.frozen
	s.looked, s.times, s.frozen = now, 0, false
	return changed
}

// interrupted begins the time anew: pictures did not keep coming. What was frozen
// stays so until another picture comes.
func (s *stillness) interrupted() {
	if !s.frozen {
		s.times = 0
	}
}

// compare looks at a picture that was delivered and that decoding can start with.
// content writes what it holds to the hash; false if that cannot be read.
func (g *ingest) compare(content func(to *maphash.Hash) bool) {
	s, now := &g.s.still, g.s.w.now()
	if !s.due(now) {
		return
	}
	s.hash.Reset()
	changed := false
	if content(&s.hash) {
		changed = s.show(s.hash.Sum64(), now)
	} else {
		changed = s.unreadable(now)
	}
	if changed {
		g.s.live(g.config)
	}
}
