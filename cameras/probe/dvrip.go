package probe

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"

	"lares/cameras/dvrip"
	"lares/cameras/internal/wire"
	"lares/cameras/onvif"
	"lares/cameras/worker"
)

const noONVIF = "The device speaks DVRIP, and not ONVIF, or not here: the hub gets no events and no snapshots from it, cannot set its clock, and recognises it less surely. Switch ONVIF on in the camera's settings if it has it."

// The reasons for which streams are taken.
const (
	calledMain = "What the device calls its main stream."
	calledSub  = "What the device calls its extra stream."
)

// lookDVRIP asks the device how many cameras it has, and looks at those that may be. gone
// says that the hub is, or wants nothing of this device. The password is tried once: whoever was let in is later.
func (p pictures) lookDVRIP(ctx context.Context) (found wire.Probed, gone bool) {
	enquiry := worker.NewEnquiry(p.ask.DVRIP.Dial, "", "", true)
	if gone, err := p.hub.meet(ctx, enquiry, p.ask.DVRIP, true); gone || err != nil {
		return nowhereDVRIP(err, p.ask), gone
	}
	names, err := worker.ChannelsDVRIP(ctx, p.ask.DVRIP.Dial, p.ask.Username, p.ask.Password)
	if err != nil {
		return nowhereDVRIP(err, p.ask), false
	}
	met := wire.Met{Channels: []wire.MetChannel{{URL: p.addressDVRIP(0, false)}}}
	if len(names) > 1 {
		met.Channels = nil
		for i := range names {
			met.Channels = append(met.Channels, wire.MetChannel{Source: strconv.Itoa(i), URL: p.addressDVRIP(i, false)})
		}
	}
	without, ok := p.hub.may(ctx, met)
	switch {
	case !ok:
		return found, true
	case len(names) > 1:
		return p.lookRecorder(ctx, names, without)
	}
	return p.lookOne(ctx)
}

// addressDVRIP is where the language has a stream of a channel, counted from 0.
func (p pictures) addressDVRIP(channel int, sub bool) string {
	u, err := url.Parse(p.ask.DVRIP.URL)
	if err != nil {
		return "" // the hub parsed it
	}
	kind := 0
	if sub {
		kind = 1
	}
	return (&url.URL{Scheme: u.Scheme, Host: u.Host, RawQuery: fmt.Sprintf("channel=%d&subtype=%d", channel, kind)}).String()
}

// describeDVRIP plays a stream of a channel for a moment.
func (p pictures) describeDVRIP(ctx context.Context, channel int, sub bool) (d described, shown []byte, unshown, err error) {
	d.address = p.addressDVRIP(channel, sub)
	d.Description, shown, unshown, err = worker.DescribeDVRIP(ctx, p.ask.DVRIP.Dial,
		dvrip.Stream{Channel: channel, Sub: sub, Username: p.ask.Username, Password: p.ask.Password})
	return d, shown, unshown, err
}

// lookOne plays both streams of a device that is one camera, and sends their pictures; it
// need not have the small one.
func (p pictures) lookOne(ctx context.Context) (found wire.Probed, gone bool) {
	var all []described
	var unseens []wire.ProbedWarning
	for _, sub := range []bool{false, true} {
		d, shown, unshown, err := p.describeDVRIP(ctx, 0, sub)
		switch {
		case err != nil && !sub:
			return nowhereDVRIP(err, p.ask), false
		case err != nil:
			continue
		}
		role := wire.RoleMain
		if sub {
			role = wire.RoleSub
		}
		if unshown != nil {
			unseens = append(unseens, wire.ProbedWarning{Kind: "no-picture", Text: unseen(role, unshown)})
		} else if !p.show(glimpse{channel: 1, ProbedStream: wire.ProbedStream{Role: role}}, wire.MaxGlimpse, shown) {
			return found, true
		}
		all = append(all, d)
	}
	return toldDVRIP(all, append(unseens, wire.ProbedWarning{Kind: "no-onvif", Text: noONVIF}), p.ask.Vendor), false
}

// toldDVRIP takes what was found as the language calls it.
func toldDVRIP(all []described, warnings []wire.ProbedWarning, vendor string) wire.Probed {
	found := wire.Probed{Code: wire.Live, Bare: true, Vendor: vendor, Channels: []wire.ProbedChannel{{}}, Warnings: warnings}
	var profiles []onvif.Profile
	for i, d := range all {
		s := wire.ProbedStream{Role: wire.RoleMain, URL: d.address, Codec: d.Codec, Width: d.Width, Height: d.Height, Reason: calledMain}
		if i > 0 {
			s.Role, s.Reason = wire.RoleSub, calledSub
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
		p.Message = "The device speaks DVRIP, but gives no stream that can be recorded."
	case errors.Is(err, worker.ErrNotDVRIP):
		p.Message = "What answers here does not speak DVRIP."
	default:
		p.Code, p.Message = wire.Unreachable, "The device did not answer in time, or broke off."
	}
	return p
}
