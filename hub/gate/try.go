package gate

import (
	"context"
	"errors"
	"net/url"

	"lares/cameras"
	"lares/cameras/media"
	"lares/cameras/probe"
	"lares/hub/account"
)

var (
	// ErrPasswordRefused and ErrNoAnswer say what a try of a new access found.
	ErrPasswordRefused = errors.New("gate: the device refuses the password")
	ErrNoAnswer        = errors.New("gate: no device answers at the address")
)

// TryAccess asks the device once, as a look does, whether it answers at the addresses of
// a new access and takes its password, for the owner of the camera in person; call it
// before SetAccess. A password that was typed now is tried, and none that is kept: whoever
// answers there by now would be asked with it. An access that no look tries is good. It
// returns ErrPasswordRefused, ErrNoAnswer, ErrKnownDevice, ErrProbing and ErrLockedOut, and
// what SetAccess does.
func (g *Gate) TryAccess(ctx context.Context, c account.Caller, id media.CameraID, n NewAccess) error {
	if n.Password == nil {
		return nil
	}
	now, err := g.now()
	if err != nil {
		return err
	}
	d, ok, err := g.tries(ctx, c, id, n)
	if err != nil || !ok {
		return g.answer(err)
	}
	look := media.NewProbeID()
	key, err := c.Proof().GlimpseKey(look) // of pictures that nobody asks for
	if err != nil {
		return g.answer(err)
	}
	p, err := g.lookAt(ctx, c.Account, d, probe.Ask{ID: look, Key: key}, now)
	switch {
	case errors.Is(err, ErrHere), errors.Is(err, ErrPrivate): // the hub's own machine, or another camera of the owner's, off the air: no look tries it
		return nil
	case err != nil:
		return err
	case p.look.Code == probe.WrongPassword:
		return ErrPasswordRefused
	case p.look.Code == probe.Unreachable:
		return ErrNoAnswer
	}
	return nil // whatever else it has to say, the camera's status does
}

// tries is where a look tries a new access of the caller's own camera; false for nowhere,
// such as while the camera is off the air.
func (g *Gate) tries(ctx context.Context, c account.Caller, id media.CameraID, n NewAccess) (d probe.Device, ok bool, err error) {
	now, err := g.now()
	if err != nil {
		return d, false, err
	}
	ctx, cancel := context.WithTimeout(ctx, answerIn)
	defer cancel()
	was, err := g.ownAccess(ctx, c, id)
	if err != nil {
		return d, false, err
	}
	is, err := changed(was, n, now)
	if err != nil {
		return d, false, err
	}
	if err := g.oneHost(ctx, c, is); err != nil {
		return d, false, err
	}
	if _, _, err = g.channel(c, was, is); err != nil {
		return d, false, err
	}
	setting, err := g.privacyOf(ctx, g.cfg.Store.View, id)
	if err != nil {
		return d, false, err
	}
	if off, _ := g.offAir(setting); off {
		return d, false, nil
	}
	d, ok = triedAt(is)
	return d, ok, nil
}

// triedAt is where a look tries an access; false for nowhere. It gives the password to
// nobody whom the camera's worker would not give it to: as a digest or not at all, where
// the camera has a serial number over ONVIF alone, which tells that, and not at all where
// it is recognised by its key or its link layer address, which a look does not compare.
func triedAt(a cameras.Access) (d probe.Device, ok bool) {
	d = probe.Device{ONVIF: a.ONVIF, Username: a.Username, Password: a.Password, Digest: true}
	switch a.Pin.Kind {
	case "":
	case cameras.PinSerial:
		return d, true
	default:
		return d, false
	}
	u, err := url.Parse(a.Main)
	if err == nil && (u.Scheme == "rtsp" || u.Scheme == "rtsps") && (a.ONVIF == "" || u.Hostname() == d.Host()) {
		d.RTSP = a.Main
	}
	return d, d.ONVIF != "" || d.RTSP != ""
}
