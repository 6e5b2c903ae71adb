package gate

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"net/netip"
	"net/url"
	"slices"

	"lares/cameras"
	"lares/cameras/probe"
	"lares/hub/account"
	"lares/hub/store"
)

// A look shows a device before it is a camera, and to nobody one that is somebody else's
// camera. As soon as it is known who answers, the device is compared with all cameras as
// one that is added is (identity.go), and again whenever something of the look is asked
// for: it may have become one. A camera of the caller's own that is off the air is not
// even connected to.

// What a look says of a channel instead of what it found.
const (
	channelTaken = "This channel is a camera of this hub already."
	channelOff   = "This channel is a camera of yours that is off the air."
)

// OffAir says that a device is a camera of the caller's own that is off the air, so that
// the hub does not look at it. It is ErrPrivate.
type OffAir struct{ Name string } // the camera's

// Error names no camera: it is not for logs.
func (OffAir) Error() string { return "gate: a device that is off the air" }

// Is makes it ErrPrivate.
func (OffAir) Is(err error) bool { return err == ErrPrivate }

// answered is a device that answered a look.
type answered struct {
	probe.Met
	device probe.Device
	at     netip.Addr // where it was asked
	leads  leads      // where names led then; what is asked for is added
}

// asCameras are its channels as they would be cameras.
func (g *Gate) asCameras(d answered) (all []cameras.Access) {
	link := g.cfg.LinkAddress(d.at)
	pin := cameras.PinOf(d.Vendor, d.Model, d.Serial, d.TLS, link)
	for _, c := range d.Channels {
		main := cmp.Or(c.URL, d.device.RTSP, d.device.DVRIP, d.device.ONVIF)
		all = append(all, cameras.Access{Main: main, ONVIF: d.ONVIF, Source: c.Source, Pin: pin, MAC: link})
	}
	return all
}

// reached is a camera with how it is reached.
type reached struct {
	store.Camera
	cameras.Access
	off bool // the air
}

// allReached are all cameras in use.
func (g *Gate) allReached(ctx context.Context) (all []reached, err error) {
	rows, err := g.cfg.Store.Cameras(ctx)
	if err != nil {
		return nil, err
	}
	settings, err := g.cfg.Store.Privacies(ctx)
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		a, err := g.openAccess(r)
		if err != nil {
			continue // it was counted, and has no worker
		}
		setting, err := g.privacyIn(settings[r.ID], r.ID)
		if err != nil {
			return nil, err
		}
		off, _ := g.offAir(setting)
		all = append(all, reached{r, a, off})
	}
	return all, nil
}

// mayShow says whether a device that answered may be shown to an account: without which of
// its channels, and why. It returns ErrKnownDevice for a camera of somebody else's, which
// is counted and told as where a camera is added, OffAir for one of the account's own, or
// ErrUnavailable. Of a recorder that is so for the whole if nothing else is left.
func (g *Gate) mayShow(ctx context.Context, by account.ID, d answered) (without map[string]string, err error) {
	ctx, cancel := context.WithTimeout(ctx, answerIn+leadsWithin)
	defer cancel()
	all, err := g.allReached(ctx)
	if err != nil {
		return nil, g.answer(err)
	}
	names, cancel := context.WithTimeout(ctx, leadsWithin)
	defer cancel()
	var theirs, own []reached // by channel; zero for none
	for _, a := range g.asCameras(d) {
		d.leads[hostOf(a.Main)] = placeOf(d.at)
		x, mine := reached{}, reached{}
		for _, r := range all {
			foreign := r.Owner != by
			if !foreign && !r.off {
				continue
			}
			if !oneKind(a, r.Access) {
				d.leads.ask(names, r.Main)
			}
			switch {
			case d.More && r.channelOfSeveral(): // which channels the device has is told next
			case !g.oneDevice(a, r.Access, d.leads):
			case foreign:
				x = r
			case !r.channelOfSeveral():
				return nil, OffAir{r.Name}
			default:
				mine = r
			}
		}
		theirs, own = append(theirs, x), append(own, mine)
	}
	return g.without(by, d, theirs, own)
}

// channelOfSeveral reports whether a camera is known to be one of several of a recorder.
func (r reached) channelOfSeveral() bool { return r.Source != "" && r.Channels > 1 }

// without is what mayShow returns, where it is known of each channel whose it is.
func (g *Gate) without(by account.ID, d answered, theirs, own []reached) (map[string]string, error) {
	nothing := !slices.ContainsFunc(d.Channels, func(c probe.MetChannel) bool { return c.URL != "" })
	without, left := map[string]string{}, false
	for i, c := range d.Channels {
		switch {
		case !theirs[i].ID.IsZero():
			without[c.Source] = channelTaken
		case !own[i].ID.IsZero():
			without[c.Source] = channelOff
		default:
			left = left || nothing || c.URL != ""
		}
	}
	if left || len(without) == 0 {
		return without, nil
	}
	told := map[string]bool{}
	for _, r := range theirs {
		if !r.ID.IsZero() && !told[r.ID.String()] {
			told[r.ID.String()] = true
			_ = g.knownDevice(r.Camera, by) // the same for each of them
		}
	}
	if len(told) > 0 {
		return nil, ErrKnownDevice
	}
	i := slices.IndexFunc(own, func(r reached) bool { return !r.ID.IsZero() })
	return nil, OffAir{own[i].Name}
}

// unasked says why a device is not even connected to, by where it is alone: OffAir where a
// camera of the account's own lives that is off the air, and ErrKnownDevice where the
// kernel sees the link layer address of somebody else's at that camera's own address and
// port, so that whoever adds it would be told the same.
func (g *Gate) unasked(ctx context.Context, by account.ID, d probe.Device, at netip.Addr) error {
	ctx, cancel := context.WithTimeout(ctx, answerIn+leadsWithin)
	defer cancel()
	all, err := g.allReached(ctx)
	if err != nil {
		return g.answer(err)
	}
	names, cancel := context.WithTimeout(ctx, leadsWithin)
	defer cancel()
	lead, place := leads{}, placeOf(at)
	lives := func(r reached) bool {
		lead.ask(names, r.Main)
		to := lead.of(r.Main)
		return to.IsValid() && to.WithZone("") == place.WithZone("")
	}
	all = slices.DeleteFunc(all, func(r reached) bool { return r.Owner == by && (!r.off || r.channelOfSeveral()) })
	for _, r := range all {
		if r.Owner == by && lives(r) && (place != loopback || samePorts(d, r.Access)) {
			return OffAir{r.Name}
		}
	}
	link := g.cfg.LinkAddress(at)
	for _, r := range all {
		switch {
		case link == "" || macOf(r.Access) != link:
		case r.Owner == by:
			return OffAir{r.Name}
		case (r.Source == "" || r.Channels == 1) && lives(r) && samePorts(d, r.Access):
			return g.knownDevice(r.Camera, by)
		}
	}
	return nil
}

// samePorts reports whether a look asks at a port of a camera, or at whichever it finds.
func samePorts(d probe.Device, a cameras.Access) bool {
	its := portsOf(a.Main, a.Sub, a.ONVIF)
	return d.Anywhere || slices.ContainsFunc(portsOf(d.ONVIF, d.RTSP, d.DVRIP), func(p string) bool { return slices.Contains(its, p) })
}

func portsOf(addresses ...string) (ports []string) {
	for _, address := range addresses {
		if u, err := url.Parse(address); err == nil && address != "" {
			ports = append(ports, cameras.PortOf(u))
		}
	}
	return ports
}

// leaveOut is a look without what is known of channels that may not be shown.
func leaveOut(l probe.Look, without map[string]string) probe.Look {
	l.Channels, l.Streams, l.Pictures = slices.Clone(l.Channels), slices.Clone(l.Streams), maps.Clone(l.Pictures)
	for i := range l.Channels {
		c := &l.Channels[i]
		why, out := without[c.Source]
		if !out {
			continue
		}
		c.Name, c.Reason = "", why
		l.Streams = slices.DeleteFunc(l.Streams, func(s probe.Stream) bool { return s.Source == c.Source })
		maps.DeleteFunc(l.Pictures, func(of probe.Shown, _ []byte) bool { return int(of.Channel) == i+1 })
	}
	return l
}

// offers is how many channels a device has to offer, those that were left out among them.
func offers(l probe.Look) (n int) {
	for _, c := range l.Channels {
		if c.Reason == "" || c.Reason == channelTaken || c.Reason == channelOff {
			n++
		}
	}
	return n
}

// notShown reports whether an error says that a device is not to be shown.
func notShown(err error) bool { return errors.Is(err, ErrKnownDevice) || errors.Is(err, ErrPrivate) }
