package worker

import (
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"lares/cameras/internal/wire"
	"lares/cameras/media"
	loudness "lares/cameras/sound"
)

// ofHearing is whose the warning is that nobody listens.
const ofHearing = media.StreamCamera + 2

// hearing finds what is loud in the sound of one stream: of the main stream if that brings some
// that can be heard, else of the sub stream. A frame costs it little, less than to be sealed
// but for Opus, so it listens where the frame comes in. The zero hearing does not listen.
type hearing struct {
	w *worker

	mu       sync.Mutex // guards following
	wanted   wire.Sound
	tracks   [media.StreamSub + 1]media.Track    // the sound of each connection; zero without
	gauges   [media.StreamSub + 1]loudness.Gauge // of it; nil where it cannot be heard
	of       media.StreamID                      // whose sound is listened to; 0 nobody's
	listener *loudness.Listener
	said     string // the warning
}

// want says what to listen for from now on.
func (h *hearing) want(s wire.Sound) error {
	if err := s.Settings.Validate(); err != nil {
		return fmt.Errorf("worker: what the hub wants to be listened for: %w", err)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.finish()
	h.wanted = s
	h.complain()
	return nil
}

// opens is told what sound a connection brings; the zero Track is none.
func (h *hearing) opens(of media.StreamID, t media.Track) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.tracks[of], h.gauges[of] = t, nil
	if t.Codec != 0 {
		if g, err := loudness.NewGauge(t.Codec, int(t.SampleRate), int(t.Channels)); err == nil {
			h.gauges[of] = g
		}
	}
	h.finish()
	h.complain()
}

// over is told that a connection of a stream ended.
func (h *hearing) over(of media.StreamID) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.tracks[of], h.gauges[of] = media.Track{}, nil
	if h.of == of {
		h.finish()
	}
}

// hear takes a frame of a stream that began at a time. It does not keep data.
func (h *hearing) hear(of media.StreamID, at, lasts time.Duration, data []byte) {
	h.mu.Lock()
	defer h.mu.Unlock()
	best := media.StreamMain
	if h.gauges[best] == nil {
		best = media.StreamSub
	}
	if !h.wanted.On || of != best || h.gauges[of] == nil {
		return
	}
	if h.of != of {
		h.finish()
		h.begin(of)
	}
	err := contained(func() error {
		if power, ok := h.gauges[of](data); ok {
			h.listener.Take(power, at, lasts)
		}
		return nil
	})
	if err != nil {
		h.gauges[of], h.listener = nil, nil // what it was doing is not known
		h.tell(wire.Notice{Kind: media.KindSound}, h.w.now(), 0)
		h.of = 0
		h.complain()
	}
}

// begin listens to a stream; h.mu is held.
func (h *hearing) begin(of media.StreamID) {
	l, err := loudness.NewListener(h.wanted.Settings)
	if err != nil {
		return // they were checked
	}
	l.Began = func(s loudness.Loud) { h.tell(wire.Notice{Kind: media.KindSound, Active: true}, s.From, 0) }
	l.Ended = func(s loudness.Loud) { h.tell(wire.Notice{Kind: media.KindSound}, s.To, s.Over) }
	h.of, h.listener = of, l
}

// finish ends what goes on, if somebody listens; h.mu is held.
func (h *hearing) finish() {
	if h.listener != nil {
		h.listener.Finish()
	}
	h.of, h.listener = 0, nil
}

// complain tells the hub if it is to be listened and nothing can be; h.mu is held.
func (h *hearing) complain() {
	why := ""
	if h.wanted.On && h.gauges[media.StreamMain] == nil && h.gauges[media.StreamSub] == nil {
		for _, t := range h.tracks {
			if t.Codec != 0 {
				why = "Nobody listens for sounds: Lares hears G.711, Opus, and AAC of up to 48 kHz, and the camera sends " + t.Codec.String() + fmt.Sprintf(" of %d kHz.", t.SampleRate/1000)
			}
		}
	}
	if why != h.said {
		h.said = why
		h.w.warn(ofHearing, why)
	}
}

// tell sends a notice of a sound at a time. A lost hub is noticed by who reads from it.
func (h *hearing) tell(n wire.Notice, at time.Duration, over int) {
	n.Of, n.Ago = h.of, h.w.now()-at
	event := media.Event{Kind: n.Kind, Active: n.Active}
	if over > 0 {
		event.Score = float64(over) / float64(over+loudness.UsualOver) // a half is the least that usually counts
	}
	if data, err := json.Marshal(event); err == nil {
		_ = h.w.out.channels[media.StreamCamera].noticed(n, data)
	}
}
