package probe

import (
	"context"
	"errors"
	"net"
	"time"

	"lares/cameras/internal/wire"
	"lares/cameras/onvif"
	"lares/cameras/seal"
)

const (
	// dialWithin bounds one connection.
	dialWithin = 4 * time.Second
	// sealOverhead is nonce and tag of SealText.
	sealOverhead = 24 + seal.Overhead
)

// surveyed is what the device told, as the client has it.
type surveyed struct{ onvif.Survey }

type takenStream struct {
	role    string
	profile onvif.Profile
}

// taken are the streams with a role, main first.
func (s surveyed) taken() (out []takenStream) {
	for _, x := range []struct {
		role string
		at   int
	}{{wire.RoleMain, s.Choice.Main}, {wire.RoleSub, s.Choice.Sub}} {
		if len(s.Profiles) > 0 && x.at >= 0 {
			out = append(out, takenStream{x.role, s.Profiles[x.at]})
		}
	}
	return out
}

// survey makes the fixes and looks at the device, again if anything was changed.
func survey(ctx context.Context, c *onvif.Client, ask wire.Probe) (wire.Probed, surveyed) {
	s, err := c.Survey(ctx)
	if err != nil {
		return failed(err, ask), surveyed{}
	}
	var fixed []string
	var unfixed []wire.Unfixed
	for _, fix := range ask.Fixes {
		if err := c.Fix(ctx, s, fix); err != nil {
			unfixed = append(unfixed, wire.Unfixed{Fix: fix, Why: refusal(err)})
			continue
		}
		fixed = append(fixed, fix)
	}
	if len(fixed) > 0 {
		if s, err = c.Survey(ctx); err != nil {
			return failed(err, ask), surveyed{}
		}
	}
	p := told(s)
	p.Fixed, p.Unfixed = fixed, unfixed
	return p, surveyed{s}
}

// told is a survey for the hub.
func told(s onvif.Survey) wire.Probed {
	p := wire.Probed{
		Code: wire.Live, Vendor: s.Device.Manufacturer, Model: s.Device.Model, Firmware: s.Device.Firmware, Serial: s.Device.Serial,
		OffsetMS: s.Clock.Offset.Milliseconds(), Clock: !s.Clock.UTC.IsZero(),
	}
	for i, profile := range s.Profiles {
		out := wire.ProbedStream{Token: profile.Token, Role: string(s.Choice.Role(i)), URL: s.Streams[i], Reason: s.Choice.Reasons[i]}
		if e := profile.Encoder; e != nil {
			out.Codec, out.Width, out.Height, out.FPS, out.Kbps, out.GOP = e.Codec, e.Width, e.Height, e.FPS, e.Kbps, e.GOP
		}
		p.Streams = append(p.Streams, out)
	}
	for _, w := range s.Warnings {
		p.Warnings = append(p.Warnings, wire.ProbedWarning{Kind: string(w.Problem), Text: w.Text, Fix: w.Fix})
	}
	if s.Choice.Main < 0 {
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
		p.Message = "What answers here does not speak ONVIF. Switch ONVIF on in the camera's settings, or add the camera by the address of its stream."
	default:
		p.Message = "The device answers, but not as an ONVIF camera does. Add the camera by the address of its stream."
	}
	return p
}

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
