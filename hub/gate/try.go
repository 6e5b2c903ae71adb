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
// before SetAccess. An access that no look can try is good. It returns
// ErrPasswordRefused, ErrNoAnswer, ErrProbing and ErrLockedOut, and what SetAccess does.
func (g *Gate) TryAccess(ctx context.Context, c account.Caller, id media.CameraID, n NewAccess) error {
	now, err := g.now()
	if err != nil {
		return err
	}
	is, err := g.newAccess(ctx, c, id, n)
	if err != nil {
		return g.answer(err)
	}
	d, ok := triedAt(is)
	if !ok {
		return nil
	}
	look := media.NewProbeID()
	key, err := c.Proof().GlimpseKey(look) // of pictures that nobody asks for
	if err != nil {
		return g.answer(err)
	}
	l, err := g.lookAt(ctx, d, nil, look, key, now)
	switch {
	case err != nil:
		return err
	case l.Code == probe.WrongPassword:
		return ErrPasswordRefused
	case l.Code == probe.Unreachable:
		return ErrNoAnswer
	}
	return nil // whatever else it has to say, the camera's status does
}

// newAccess is what an access of the caller's own camera would become.
func (g *Gate) newAccess(ctx context.Context, c account.Caller, id media.CameraID, n NewAccess) (is cameras.Access, err error) {
	now, err := g.now()
	if err != nil {
		return is, err
	}
	ctx, cancel := context.WithTimeout(ctx, answerIn)
	defer cancel()
	if _, err := g.admitOwner(ctx, c, id); err != nil {
		return is, err
	}
	row, was, err := g.accessOf(ctx, id)
	if err != nil {
		return is, err
	}
	if row.ID != id || row.Owner != c.Account || !row.Retired.IsZero() {
		return is, ErrNotFound
	}
	if is, err = changed(was, n, now); err != nil {
		return is, err
	}
	_, _, err = g.channel(c, was, is)
	return is, err
}

// triedAt is where a look tries an access; false for what speaks neither ONVIF nor RTSP.
func triedAt(a cameras.Access) (d probe.Device, ok bool) {
	d = probe.Device{ONVIF: a.ONVIF, Username: a.Username, Password: a.Password}
	u, err := url.Parse(a.Main)
	if err == nil && (u.Scheme == "rtsp" || u.Scheme == "rtsps") && (a.ONVIF == "" || u.Hostname() == d.Host()) {
		d.RTSP = a.Main
	}
	return d, d.ONVIF != "" || d.RTSP != ""
}
