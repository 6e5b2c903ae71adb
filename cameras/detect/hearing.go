package detect

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"lares/cameras/fakecam"
	"lares/cameras/media"
	"lares/cameras/media/g711"
	"lares/cameras/sound"
)

// heard is a sound that stands out: by how much, in dB.
type heard struct {
	Kind  string  `json:"kind"`
	Start float64 `json:"start_s"`
	End   float64 `json:"end_s"`
	Over  int     `json:"over_db"`
}

// hearing collects what stands out in the sound of a recording.
type hearing struct {
	listener *sound.Listener
	power    func(data []byte) float64 // of a piece of it; nil before the first
	events   []heard
	last     time.Duration
	samples  []int16 // reused
}

var errUnheard = errors.New("detect: only G.711 and samples of 16 bits are listened to")

// listen hears a recording and prints what stands out in it.
func listen(path string, s sound.Settings, out io.Writer, asJSON bool) error {
	l, err := sound.NewListener(s)
	if err != nil {
		return fmt.Errorf("detect: taking settings: %w", err)
	}
	h := &hearing{listener: l}
	l.Ended = func(e sound.Loud) {
		h.events = append(h.events, heard{string(media.KindSound), e.From.Seconds(), e.To.Seconds(), e.Over})
	}
	if err := fakecam.ReadSound(path, h.take); err != nil {
		return fmt.Errorf("detect: listening: %w", err)
	}
	l.Finish()
	return h.print(out, asJSON)
}

// take takes a piece of sound.
func (h *hearing) take(s fakecam.Sound) error {
	if h.power == nil {
		if err := h.gauge(s); err != nil {
			return err
		}
	}
	h.last = s.At + s.Lasts
	h.listener.Take(h.power(s.Data), s.At, s.Lasts)
	return nil
}

// gauge chooses how the power of the pieces is told.
func (h *hearing) gauge(s fakecam.Sound) error {
	switch s.Codec {
	case 0:
		g := sound.NewSamples(s.Rate, s.Channels)
		h.power = func(data []byte) float64 {
			h.samples = h.samples[:0]
			for ; len(data) >= 2; data = data[2:] {
				h.samples = append(h.samples, int16(binary.LittleEndian.Uint16(data)))
			}
			return g.Power(h.samples)
		}
	case media.PCMA:
		h.power = sound.NewOctets(g711.A, s.Rate, s.Channels).Power
	case media.PCMU:
		h.power = sound.NewOctets(g711.Mu, s.Rate, s.Channels).Power
	default:
		return fmt.Errorf("%w, and this is %v", errUnheard, s.Codec)
	}
	return nil
}

// print says what stands out.
func (h *hearing) print(out io.Writer, asJSON bool) error {
	if asJSON {
		enc := json.NewEncoder(out)
		for _, e := range h.events {
			if err := enc.Encode(e); err != nil {
				return err
			}
		}
		return nil
	}
	for _, e := range h.events {
		fmt.Fprintf(out, "a sound from %.2f s to %.2f s, %d dB over what is usual\n", e.Start, e.End, e.Over)
	}
	_, err := fmt.Fprintf(out, "%d sounds in %.1f s\n", len(h.events), h.last.Seconds())
	return err
}
