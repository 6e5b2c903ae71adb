package gate

import (
	"context"
	"slices"

	"lares/cameras"
	"lares/cameras/probe"
	"lares/hub/account"
)

// Channels says how many of a device's cameras are the caller's, and how many it had
// to offer when it was looked at; Of is 0 where that is not known.
type Channels struct{ Added, Of int }

// count adds a camera of the device to those of the caller.
func (ch *Channels) count(seen map[string]bool, a cameras.Access) {
	channel := a.Source
	if channel == "" {
		channel = a.Main
	}
	if !seen[channel] {
		seen[channel] = true
		ch.Added++
	}
	ch.Of = max(ch.Of, a.Channels)
}

// ownAccesses are how the cameras of the caller are reached.
func (g *Gate) ownAccesses(ctx context.Context, c account.Caller) (own []cameras.Access, err error) {
	rows, err := g.cfg.Store.Cameras(ctx)
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		if r.Owner != c.Principal() {
			continue
		}
		if a, err := g.openAccess(r); err == nil { // else it has no worker either: WorkerCameras tells of it
			own = append(own, a)
		}
	}
	return own, nil
}

// isAdded reports whether one of the cameras shows a channel of a device that was
// looked at. It marks an entry of a list and spares a second camera of the same
// pictures; which device answers is checked at each connect.
func isAdded(own []cameras.Access, l probe.Look, source string) bool {
	main, _, _ := l.Taken(source)
	for _, a := range own {
		if main.URL != "" && sameAddress(a.Main, main.URL) {
			return true
		}
		device := a.Pin.Names(l.Serial) || a.ONVIF != "" && l.ONVIF != "" && sameAddress(a.ONVIF, l.ONVIF)
		if device && source != "" && a.Source == source {
			return true
		}
	}
	return false
}

// addedOf are the sources of a look that are cameras of the caller's own.
func (g *Gate) addedOf(ctx context.Context, c account.Caller, l probe.Look) (map[string]bool, error) {
	own, err := g.ownAccesses(ctx, c)
	if err != nil {
		return nil, err
	}
	added := map[string]bool{}
	for _, ch := range l.Channels {
		added[ch.Source] = isAdded(own, l, ch.Source)
	}
	return added, nil
}

// Probed is how to reach the camera that a probe found at one of its channels, by the
// token of its source; "" for a device that offers only one. It returns ErrInput where
// there is nothing to take, ErrWhichChannel, ErrKnownDevice and OffAir.
func (g *Gate) Probed(ctx context.Context, c account.Caller, id ProbeChannel) (cameras.Access, error) {
	p, err := g.probeOf(c, id.Probe)
	if err != nil {
		return cameras.Access{}, err
	}
	offered := p.look.Offered()
	source := id.Source
	switch {
	case len(offered) == 0:
		return cameras.Access{}, ErrInput
	case source == "" && len(offered) > 1:
		return cameras.Access{}, ErrWhichChannel
	case source == "":
		source = offered[0].Source
	}
	main, sub, ok := p.look.Taken(source)
	if !ok {
		return cameras.Access{}, ErrWhichChannel
	}
	it := p.answered()
	it.Channels = slices.DeleteFunc(it.Channels, func(c probe.MetChannel) bool { return c.Source != source })
	if _, err := g.mayShow(ctx, c.Account, it); err != nil {
		return cameras.Access{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, answerIn)
	defer cancel()
	own, err := g.ownAccesses(ctx, c)
	if err != nil {
		return cameras.Access{}, g.answer(err)
	}
	if isAdded(own, p.look, source) {
		return cameras.Access{}, ErrKnownDevice
	}
	a := cameras.Access{
		Main: main.URL, Sub: sub.URL, Source: source, Channels: offers(p.look),
		Username: p.device.Username, Password: p.device.Password,
	}
	if !p.look.Bare {
		a.ONVIF = p.device.ONVIF
	}
	return a, nil
}
