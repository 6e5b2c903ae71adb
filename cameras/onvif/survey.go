package onvif

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// addressesWithin bounds the questions for the addresses of a recorder's streams:
	// 64 channels with two streams each, at 140 ms each, two at a time. It is less than
	// one call may take: one that hangs leaves no time for the next.
	addressesWithin = 9 * time.Second
	// asking is how many of those go on at a time: as many as the client keeps
	// connections for. Recorders are slow at more.
	asking = 2
)

// Survey is all that has to be known of a device before it is added.
type Survey struct {
	Device   Device
	Clock    Clock
	Services Services
	Profiles []Profile
	// Streams are the RTSP addresses of the profiles that are taken, "" for others.
	Streams []string
	// Channels are never empty; of a device without profiles there is one of nothing.
	Channels []Channel
	// Warnings are those of the device as a whole.
	Warnings []Warning
}

// Survey asks a device what it is and has, and chooses the streams of each of its
// video sources. A device that does not tell its time or who it is has streams all the
// same.
func (c *Client) Survey(ctx context.Context) (Survey, error) {
	var s Survey
	var err error
	// After a refusal another try with this password would be one too many.
	if s.Clock, err = c.Clock(ctx); errors.Is(err, ErrNotAuthorized) || err != nil && absent(ctx, err) {
		return s, err
	}
	if s.Device, err = c.Device(ctx); errors.Is(err, ErrNotAuthorized) || err != nil && ctx.Err() != nil {
		return s, err
	}
	if s.Services, err = c.Services(ctx); err != nil {
		return s, err
	}
	if s.Profiles, err = c.Profiles(ctx); err != nil {
		return s, err
	}
	if s.Channels = Channels(s.Profiles); len(s.Channels) == 0 {
		s.Channels = []Channel{{Choice: Choose(nil)}}
	}
	s.Streams = make([]string, len(s.Profiles))
	if err := c.addresses(ctx, &s); err != nil {
		return s, err
	}
	for i := range s.Channels {
		s.Channels[i].Warnings = Warnings(s.Profiles, s.Channels[i].Choice)
	}
	s.Warnings = clockWarnings(s.Clock)
	return s, nil
}

// addresses asks where the streams are that are taken. The first channel is waited
// for; of a recorder the others, two at a time, for as long as addressesWithin. After a
// refusal of the password nothing more is asked.
func (c *Client) addresses(ctx context.Context, s *Survey) error {
	if err := c.addressesOf(ctx, s, &s.Channels[0]); err != nil {
		return err
	}
	soon, cancel := context.WithTimeout(ctx, addressesWithin)
	defer cancel()
	var group sync.WaitGroup
	var next atomic.Int32 // the channel asked for last
	errs := make([]error, asking)
	for n := range errs {
		group.Go(func() {
			for i := int(next.Add(1)); i < len(s.Channels) && errs[n] == nil; i = int(next.Add(1)) {
				err := c.addressesOf(soon, s, &s.Channels[i])
				if errors.Is(err, ErrNotAuthorized) {
					errs[n] = err
				}
				s.Channels[i].Late = err != nil
			}
		})
	}
	group.Wait()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return errors.Join(errs...)
}

// addressesOf asks for the addresses of one channel's streams. What has none is no
// stream, and another one is chosen in its place. It writes what belongs to the
// channel's own source alone.
func (c *Client) addressesOf(ctx context.Context, s *Survey, ch *Channel) error {
	for i := ch.missing(s.Streams); i >= 0; i = ch.missing(s.Streams) {
		var err error
		s.Streams[i], err = c.StreamURI(ctx, s.Profiles[i])
		if errors.Is(err, ErrNotAuthorized) || err != nil && Lost(err) && !errors.Is(err, ErrMalformed) {
			return err
		}
		if s.Streams[i] == "" {
			s.Profiles[i].Encoder = nil
			ch.choose(s.Profiles)
		}
	}
	return nil
}

// missing is a profile that is taken and whose address is not known, -1 for none.
func (ch *Channel) missing(streams []string) int {
	for _, i := range []int{ch.Main, ch.Sub} {
		if i >= 0 && streams[i] == "" {
			return i
		}
	}
	return -1
}

// Fix changes at the device what a warning of a survey names as its fix, of each
// channel that has it. Of several that fail it returns the first one's error.
func (c *Client) Fix(ctx context.Context, s Survey, fix string) error {
	var first error
	found := false
	for _, w := range s.all() {
		if w.Fix != fix || fix == "" {
			continue
		}
		found = true
		err := c.mend(ctx, s, w)
		if first = cmp.Or(first, err); err != nil && Lost(err) {
			break
		}
	}
	if !found {
		return fmt.Errorf("onvif: %q mends nothing that was warned of", bounded(fix, 32))
	}
	return first
}

// all are the warnings of all channels and of the device.
func (s Survey) all() (out []Warning) {
	for _, ch := range s.Channels {
		out = append(out, ch.Warnings...)
	}
	return append(out, s.Warnings...)
}

// mend makes the fix of one warning.
func (c *Client) mend(ctx context.Context, s Survey, w Warning) error {
	if w.Fix == FixClock {
		return c.MendClock(ctx)
	}
	p := s.Profiles[w.Profile]
	options, err := c.EncoderOptions(ctx, p)
	if err != nil && Lost(err) {
		return err
	}
	change := EncoderChange{GOP: BestGOP(p.Encoder, p.Encoder.Codec, options)}
	ok := true
	switch w.Fix {
	case FixSubSize:
		change = EncoderChange{}
		if change.Size, ok = BestSubSize(p.Encoder.Codec, options); !ok {
			return fmt.Errorf("%w: its encoder has no size small enough", ErrUnsupported)
		}
	case FixSubCodec:
		if change, ok = SubInH264(p.Encoder, options); !ok {
			return fmt.Errorf("%w: its encoder cannot do H.264", ErrUnsupported)
		}
	}
	return c.SetEncoder(ctx, p, change)
}
