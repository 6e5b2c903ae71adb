package detect

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"lares/cameras/fakecam"
	"lares/cameras/media"
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
	gauge    sound.Gauge // of its pieces; nil before the first
	events   []heard
	last     time.Duration
	cost     heardCost
}

// heardCost is what listening took.
type heardCost struct {
	spent
	Pieces     int `json:"pieces"`
	Unreadable int `json:"unreadable"`
}

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
	var own error // of listening, not of reading
	err = fakecam.ReadSound(path, func(s fakecam.Sound) error {
		own = h.take(s)
		return own
	})
	if own != nil {
		return fmt.Errorf("detect: listening to %s: %w", path, own)
	}
	if err != nil {
		return explain(path, err, readsSound)
	}
	l.Finish()
	h.cost.spent = spentNow()
	return h.print(out, asJSON)
}

// take takes a piece of sound. One that cannot be read is counted.
func (h *hearing) take(s fakecam.Sound) (err error) {
	if h.gauge == nil {
		if s.Codec == 0 {
			h.gauge = samples(sound.NewSamples(s.Rate, s.Channels))
		} else if h.gauge, err = sound.NewGauge(s.Codec, s.Rate, s.Channels); err != nil {
			return err
		}
	}
	h.last = s.At + s.Lasts
	h.cost.Pieces++
	power, ok := h.gauge(s.Data)
	if !ok {
		h.cost.Unreadable++
		return nil
	}
	h.listener.Take(power, s.At, s.Lasts)
	return nil
}

// samples is the gauge of samples of 16 bits, little endian.
func samples(g *sound.Samples) sound.Gauge {
	var values []int16 // reused
	return func(data []byte) (float64, bool) {
		values = values[:0]
		for ; len(data) >= 2; data = data[2:] {
			values = append(values, int16(binary.LittleEndian.Uint16(data)))
		}
		return g.Power(values), len(values) > 0
	}
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
		return enc.Encode(h.cost)
	}
	for _, e := range h.events {
		fmt.Fprintf(out, "a sound from %.2f s to %.2f s, %d dB over what is usual\n", e.Start, e.End, e.Over)
	}
	_, err := fmt.Fprintf(out, "%d sounds in %.1f s (%d of %d pieces unreadable), %.2f s of processor time, %.0f MiB\n",
		len(h.events), h.last.Seconds(), h.cost.Unreadable, h.cost.Pieces, h.cost.CPU, h.cost.Peak)
	return err
}
