package probe

import (
	"context"
	"errors"
	"io"
	"net"
	"slices"
	"time"

	"lares/cameras/clock"
	"lares/cameras/internal/wire"
	"lares/cameras/onvif"
	"lares/cameras/seal"
)

const (
	// dialWithin bounds one connection.
	dialWithin = 4 * time.Second
	// settleWithin is how long a device may start again for after a change, asked every
	// settleEvery: some encoders, and some whole cameras, do.
	settleWithin = 10 * time.Second
	settleEvery  = time.Second
	// sealOverhead is nonce and tag of SealText.
	sealOverhead = 24 + seal.Overhead
)

// survey looks at the device, and once the hub knows whose it is makes the fixes and looks
// again, if anything was changed; with the profiles that the streams are of. gone says that
// the hub is, or wants nothing of this device.
func (h *hub) survey(ctx context.Context, c *onvif.Client, ask wire.Probe) (p wire.Probed, profiles []onvif.Profile, gone bool) {
	s, err := c.Survey(ctx)
	if err != nil {
		return failed(err, ask), nil, false
	}
	without, ok := h.may(ctx, metOver(ctx, ask, s))
	if !ok {
		return p, nil, true
	}
	leave(&s, without)
	var fixed, lost []string
	var unfixed []wire.Unfixed
	for _, fix := range ask.Fixes {
		switch err := c.Fix(ctx, s, fix); {
		case err == nil:
			fixed = append(fixed, fix)
		case away(err):
			lost = append(lost, fix) // it may start again because of it
		default:
			unfixed = append(unfixed, wire.Unfixed{Fix: fix, Why: refusal(err)})
		}
	}
	if len(fixed)+len(lost) > 0 {
		if s, err = settled(ctx, c); err != nil {
			return failed(err, ask), nil, false
		}
		leave(&s, without)
	}
	p = told(s)
	for _, fix := range lost {
		if slices.ContainsFunc(p.Warnings, func(w wire.ProbedWarning) bool { return w.Fix == fix }) {
			unfixed = append(unfixed, wire.Unfixed{Fix: fix, Why: refusal(errLost)})
			continue
		}
		fixed = append(fixed, fix)
	}
	p.ONVIF = ask.ONVIF.URL
	p.Fixed, p.Unfixed = fixed, unfixed
	return p, s.Profiles, false
}

// settled looks again after a change, until the device answers as before. A refusal of the
// password counts at once: cameras lock out who tries too often.
func settled(ctx context.Context, c *onvif.Client) (s onvif.Survey, err error) {
	over := time.NewTimer(settleWithin)
	defer over.Stop()
	for {
		if s, err = c.Survey(ctx); err == nil || errors.Is(err, onvif.ErrNotAuthorized) {
			return s, err
		}
		select {
		case <-over.C:
			return s, err
		default:
		}
		if !clock.Pause(ctx, settleEvery) {
			return s, err
		}
	}
}

// told is a survey for the hub.
func told(s onvif.Survey) wire.Probed {
	p := wire.Probed{
		Code: wire.Live, Vendor: s.Device.Manufacturer, Model: s.Device.Model, Firmware: s.Device.Firmware, Serial: s.Device.Serial,
		OffsetMS: s.Clock.Offset.Milliseconds(), Clock: !s.Clock.UTC.IsZero(),
	}
	p.Channels, p.Streams, p.Warnings = toldChannels(s), toldStreams(s), toldWarnings(s)
	if !slices.ContainsFunc(p.Channels, func(c wire.ProbedChannel) bool { return c.Reason == "" }) {
		p.Code, p.Message = wire.NoVideo, "The device offers no stream that can be recorded: set one to H.264."
	}
	return p
}

// failed says why there is nothing to take.
func failed(err error, ask wire.Probe) wire.Probed {
	p := wire.Probed{Code: wire.Incompatible}
	var opErr *net.OpError
	switch {
	case errors.Is(err, onvif.ErrNotAuthorized) && ask.Username == "":
		p.Code, p.Message = wire.WrongPassword, "The device asks for a user name and a password."
	case errors.Is(err, onvif.ErrNotAuthorized):
		p.Code, p.Message = wire.WrongPassword, "The device refuses this user name or password. It was tried once. Many cameras have an ONVIF user of their own, which is made in the camera's settings."
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		p.Code, p.Message = wire.Unreachable, "The device did not answer in time."
	case errors.As(err, &opErr):
		p.Code, p.Message = wire.Unreachable, "Nothing answers at this address and port."
	case errors.Is(err, onvif.ErrUnsupported), errors.Is(err, onvif.ErrMalformed):
		p.Message = "What answers here does not speak ONVIF, or tells no streams over it. Switch ONVIF on in the camera's settings, or add the camera by the address of its stream."
	default:
		p.Message = "The device answers, but not as an ONVIF camera does. Add the camera by the address of its stream."
	}
	return p
}

// away reports whether a device broke off, or was not there.
func away(err error) bool {
	var n net.Error
	return errors.As(err, &n) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}

var errLost = errors.New("probe: the device was gone")

// refusal says why a fix was not made.
func refusal(err error) string {
	switch {
	case errors.Is(err, onvif.ErrNotAuthorized):
		return "This user may not change the camera's settings."
	case errors.Is(err, onvif.ErrUnsupported):
		return "The camera cannot be changed so from here; change it in its own settings."
	}
	return "The camera did not take the change."
}
