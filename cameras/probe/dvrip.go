package probe

import (
	"context"
	"errors"
	"net/url"

	"lares/cameras/dvrip"
	"lares/cameras/internal/wire"
	"lares/cameras/onvif"
	"lares/cameras/worker"
)

// dvripStreams are where the language has the streams of the first channel.
var dvripStreams = []struct {
	query string
	sub   bool
}{{"channel=0&subtype=0", false}, {"channel=0&subtype=1", true}}

// lookDVRIP plays both streams of the device's first channel for a moment and sends
// their pictures; a device need not have the small one. gone says that the hub is. The
// password is tried once: whoever was let in for the large stream is for the small one.
func (p pictures) lookDVRIP(ctx context.Context) (found wire.Probed, gone bool) {
	u, err := url.Parse(p.ask.DVRIP.URL)
	if err != nil {
		return wire.Probed{Code: wire.Incompatible}, false
	}
	var all []described
	var unseens []wire.ProbedWarning
	for _, s := range dvripStreams {
		d, shown, unshown, err := worker.DescribeDVRIP(ctx, p.ask.DVRIP.Dial, dvrip.Stream{Sub: s.sub, Username: p.ask.Username, Password: p.ask.Password})
		switch {
		case err != nil && !s.sub:
			return nowhereDVRIP(err, p.ask), false
		case err != nil:
			continue
		}
		role := wire.RoleMain
		if s.sub {
			role = wire.RoleSub
		}
		if unshown != nil {
			unseens = append(unseens, wire.ProbedWarning{Kind: "no-picture", Text: unseen(role, unshown)})
		} else if !p.show(glimpse{channel: 1, ProbedStream: wire.ProbedStream{Role: role}}, wire.MaxGlimpse, shown) {
			return found, true
		}
		all = append(all, described{d, (&url.URL{Scheme: u.Scheme, Host: u.Host, RawQuery: s.query}).String()})
	}
	return toldDVRIP(all, append(unseens, wire.ProbedWarning{
		Kind: "no-onvif", Text: "The device speaks DVRIP, and not ONVIF, or not here: the hub gets no events and no snapshots from it, cannot set its clock, and recognises it less surely. Switch ONVIF on in the camera's settings if it has it. Of a recorder this is the first channel.",
	}), p.ask.Vendor), false
}

// toldDVRIP takes what was found as the language calls it.
func toldDVRIP(all []described, warnings []wire.ProbedWarning, vendor string) wire.Probed {
	found := wire.Probed{Code: wire.Live, Bare: true, Vendor: vendor, Channels: []wire.ProbedChannel{{}}, Warnings: warnings}
	var profiles []onvif.Profile
	for i, d := range all {
		s := wire.ProbedStream{Role: wire.RoleMain, URL: d.address, Codec: d.Codec, Width: d.Width, Height: d.Height, Reason: "What the device calls its main stream."}
		if i > 0 {
			s.Role, s.Reason = wire.RoleSub, "What the device calls its extra stream."
		}
		found.Streams = append(found.Streams, s)
		profiles = append(profiles, onvif.Profile{Token: d.address, Encoder: &onvif.Encoder{Token: d.address, Codec: d.Codec, Width: d.Width, Height: d.Height}})
	}
	for _, w := range onvif.Warnings(profiles, onvif.Choice{Main: 0, Sub: len(all)*2 - 3}) { // 1 of two, -1 of one
		found.Warnings = append(found.Warnings, wire.ProbedWarning{Kind: string(w.Problem), Text: w.Text})
	}
	return found
}

// nowhereDVRIP says why there is nothing to take.
func nowhereDVRIP(err error, ask wire.Probe) wire.Probed {
	p := wire.Probed{Code: wire.Incompatible}
	switch {
	case errors.Is(err, worker.ErrRefused) && ask.Username == "" && ask.Password == "":
		p.Code, p.Message = wire.WrongPassword, "The device asks for a user name and a password."
	case errors.Is(err, worker.ErrRefused):
		p.Code, p.Message = wire.WrongPassword, "The device refuses this user name or password. It was tried once."
	case errors.Is(err, worker.ErrNobody):
		p.Code, p.Message = wire.Unreachable, "Nothing answers at this address and port."
	case errors.Is(err, worker.ErrNoStream):
		p.Message = "The device speaks DVRIP, but gives no stream of its first channel that can be recorded."
	case errors.Is(err, worker.ErrNotDVRIP):
		p.Message = "What answers here does not speak DVRIP."
	default:
		p.Code, p.Message = wire.Unreachable, "The device did not answer in time, or broke off."
	}
	return p
}
