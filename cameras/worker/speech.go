package worker

import (
	"slices"
	"sync"
	"time"

	"lares/cameras/media/g711"
)

const (
	// slotTime is what one packet carries, the usual of G.711 (RFC 3551 §4.2).
	slotTime   = 20 * time.Millisecond
	slotOctets = g711.Rate / 50
	// leadOctets wait before a spurt begins, so that a browser's pieces of up to
	// 60 ms make no holes.
	leadOctets = 4 * slotOctets
	// mostWaiting bounds how late a voice is: 140 ms, with what waits in the hub and
	// in the connection 300. What is older is left out.
	mostWaiting = 7 * slotOctets
	// mostSlots are made up for at once after this process had no processor.
	mostSlots = mostWaiting / slotOctets
)

// speech puts a voice, which comes in pieces of any size and time, into packets
// of one pace. Its methods may be called from any goroutine.
type speech struct {
	silence byte

	mu      sync.Mutex // guards following
	waiting []byte
	heard   time.Duration // when a piece came last
	began   time.Duration
	slot    int64 // the next one, of slotTime each since began
	flows   bool  // the slot before was filled
	gap     bool  // RTP time has gone on without packets
	over    bool  // no more comes
}

// utterance is one packet's part.
type utterance struct {
	octets []byte
	at     uint32 // RTP time since the beginning
	first  bool   // of a spurt: the marker (RFC 3551 §4.1)
}

func newSpeech(law g711.Law, now time.Duration) *speech {
	return &speech{silence: law.Silence(), began: now, heard: now, gap: true}
}

// add takes a piece of voice.
func (s *speech) add(now time.Duration, octets []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.heard = now
	s.waiting = append(s.waiting, octets...)
	if late := len(s.waiting) - mostWaiting; late > 0 {
		s.waiting = slices.Delete(s.waiting, 0, late)
	}
}

// end says that no more comes: what waits is still said.
func (s *speech) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.over = true
}

// next gives the next packet whose time has come; ok is false if there is none
// yet.
func (s *speech) next(now time.Duration) (p utterance, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	due := int64((now - s.began) / slotTime)
	if due-s.slot > mostSlots {
		s.slot, s.gap = due-mostSlots, true
	}
	for ; s.slot <= due; s.slot++ {
		if !s.fills() {
			s.flows, s.gap = false, true
			continue
		}
		n := min(slotOctets, len(s.waiting))
		p = utterance{octets: slices.Clone(s.waiting[:n]), at: uint32(s.slot * slotOctets), first: s.gap}
		for len(p.octets) < slotOctets {
			p.octets = append(p.octets, s.silence)
		}
		s.waiting = slices.Delete(s.waiting, 0, n)
		s.slot, s.flows, s.gap = s.slot+1, true, false
		return p, true
	}
	return utterance{}, false
}

// fills reports whether what waits fills a slot; s.mu is held.
func (s *speech) fills() bool {
	switch {
	case s.over:
		return len(s.waiting) > 0
	case s.flows:
		return len(s.waiting) >= slotOctets
	}
	return len(s.waiting) >= leadOctets
}

// said reports whether it is over and nothing waits.
func (s *speech) said() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.over && len(s.waiting) == 0
}

// quiet is for how long nothing came.
func (s *speech) quiet(now time.Duration) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return now - s.heard
}
