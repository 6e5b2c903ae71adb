package onvif

import (
	"context"
	"errors"
	"fmt"
)

// maxSurveyed bounds the profiles that a survey asks addresses of: an NVR with
// more is added channel by channel.
const maxSurveyed = 16

// Survey is all that has to be known of a device before it is added.
type Survey struct {
	Device   Device
	Clock    Clock
	Services Services
	Profiles []Profile
	// Streams are the profiles' RTSP addresses, "" where there is none.
	Streams  []string
	Choice   Choice
	Warnings []Warning
}

// Survey asks a device what it is and has, and chooses its streams. A device
// that does not tell its time or who it is has streams all the same.
func (c *Client) Survey(ctx context.Context) (Survey, error) {
	var s Survey
	var err error
	if s.Clock, err = c.Clock(ctx); err != nil && ctx.Err() != nil {
		return s, err
	}
	if s.Device, err = c.Device(ctx); errors.Is(err, ErrNotAuthorized) || err != nil && ctx.Err() != nil {
		return s, err // another try with this password would be one too many
	}
	if s.Services, err = c.Services(ctx); err != nil {
		return s, err
	}
	if s.Profiles, err = c.Profiles(ctx); err != nil {
		return s, err
	}
	s.Profiles = s.Profiles[:min(len(s.Profiles), maxSurveyed)]
	s.Streams = make([]string, len(s.Profiles))
	for i, p := range s.Profiles {
		if p.Encoder == nil {
			continue
		}
		s.Streams[i], err = c.StreamURI(ctx, p)
		if errors.Is(err, ErrNotAuthorized) || err != nil && lost(err) && !errors.Is(err, ErrMalformed) {
			return s, err
		}
		if s.Streams[i] == "" {
			s.Profiles[i].Encoder = nil // what has no address is no stream
		}
	}
	s.Choice = Choose(s.Profiles)
	s.Warnings = Warnings(s.Profiles, s.Choice, s.Clock.Offset)
	return s, nil
}

// Fix changes at the device what a warning of a survey names as its fix.
func (c *Client) Fix(ctx context.Context, s Survey, fix string) error {
	for _, w := range s.Warnings {
		if w.Fix != fix || fix == "" {
			continue
		}
		if fix == FixClock {
			return c.SetClock(ctx)
		}
		p := s.Profiles[w.Profile]
		options, err := c.EncoderOptions(ctx, p)
		if err != nil && lost(err) {
			return err
		}
		change := EncoderChange{GOP: BestGOP(p.Encoder, options)}
		if fix == FixSubSize {
			size, ok := BestSubSize(p.Encoder, options)
			if !ok {
				return fmt.Errorf("%w: its encoder has no size small enough", ErrUnsupported)
			}
			change = EncoderChange{Size: size}
		}
		return c.SetEncoder(ctx, p, change)
	}
	return fmt.Errorf("onvif: %q mends nothing that was warned of", bounded(fix, 32))
}
