package sound

import (
	"fmt"

	"github.com/pion/opus"
)

const (
	// opusRate is what Opus is decoded to, in Hz: what is loud at a camera lies below half
	// of it.
	opusRate = 16_000
	// opusLongest is the most that a packet may hold, 120 ms (RFC 6716 §3.4).
	opusLongest = opusRate * 120 / 1000
)

// newOpus is the gauge of packets of Opus (RFC 6716), whatever rate and channels they were
// made of: how loud they are stands nowhere but in what they decode to.
func newOpus() (Gauge, error) {
	d, err := opus.NewDecoderWithOutput(opusRate, 1)
	if err != nil {
		return nil, fmt.Errorf("sound: making a decoder of Opus: %w", err)
	}
	level, samples := NewSamples(opusRate, 1), make([]int16, opusLongest)
	return func(packet []byte) (float64, bool) {
		n, err := d.DecodeToInt16(packet, samples)
		return level.Power(samples[:n]), err == nil && n > 0
	}, nil
}
