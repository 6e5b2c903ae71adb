package gate

import (
	"context"
	"errors"
	"maps"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"lares/cameras"
	"lares/cameras/discover"
	"lares/cameras/fault"
	"lares/cameras/media"
	"lares/cameras/probe"
	"lares/hub/account"
)

const (
	// maxProbes bounds the probes that are kept, and maxProbing those that look
	// at a time: each is a process of its own.
	maxProbes  = 64
	maxProbing = 4
	// probeKept is how long a person has to decide.
	probeKept = 15 * time.Minute
	// After maxRefusals wrong passwords at one device the hub tries none there for the
	// account for refusedFor, after maxRefusalsOfAll for nobody: devices lock out who
	// tries too often, but one account alone does not keep another from its device.
	maxRefusals      = 3
	maxRefusalsOfAll = 2 * maxRefusals
	refusedFor       = 10 * time.Minute
)

var (
	// ErrProbing says that as many probes look as may at a time, or one at this device.
	ErrProbing = errors.New("gate: too many probes at a time")
	// ErrHere says that an address is the hub's own.
	ErrHere = errors.New("gate: the address of the hub itself")
	// ErrLockedOut says that a device refused too many passwords lately.
	ErrLockedOut = errors.New("gate: the device refused too many passwords")
	// ErrWhichChannel says that a device has several channels and none of them is named,
	// or another one.
	ErrWhichChannel = errors.New("gate: which channel of the device")
)

// Prober looks at one device; probe.Run in a child process is one.
type Prober func(ctx context.Context, d probe.Device, what probe.Ask) (probe.Look, error)

// ProbeRequest asks for a look at one device: a candidate or an address.
type ProbeRequest struct {
	Candidate string
	// Address is a host, a host and port, the URL of an ONVIF device service, or
	// rtsp://host for a device without one; no credentials.
	Address            string
	Username, Password string
}

// Probe is what a look at a device found, for the login session that asked.
type Probe struct {
	ID media.ProbeID
	probe.Look
	// Added are the sources of channels that are cameras of the caller's own.
	Added map[string]bool
}

// ProbeChannel names one channel of a probe by the token of its source.
type ProbeChannel struct {
	Probe  media.ProbeID
	Source string
}

// probed is a probe that is kept: its credentials wait for the camera that is
// made of it, its pictures are sealed.
type probed struct {
	id      media.ProbeID
	account account.ID
	session account.SessionID
	device  probe.Device
	look    probe.Look
	at      time.Time
	// where it was asked, where names led then, and the channels that it told of: of those
	// that are left out the look itself knows no address.
	where    netip.Addr
	leads    leads
	channels []probe.MetChannel
}

// answered is who answered it.
func (p probed) answered() answered {
	return answered{p.look.Met(), p.device, p.where, maps.Clone(p.leads)}
}

// Probe looks at a device for a person, within probe.Within. What it finds is
// kept for the same login session for a while. It returns ErrInput, ErrNotFound
// for tokens and for a candidate that is gone, ErrKnownDevice for a camera of somebody
// else's, OffAir for one of the caller's own, ErrHere, ErrProbing, ErrLockedOut and
// ErrUnavailable.
func (g *Gate) Probe(ctx context.Context, c account.Caller, r ProbeRequest) (Probe, error) {
	if err := g.person(c); err != nil {
		return Probe{}, err
	}
	d, err := g.deviceOf(r)
	if err != nil {
		return Probe{}, err
	}
	d.Username, d.Password = r.Username, r.Password
	id := media.NewProbeID()
	p := probed{id: id, account: c.Account, session: c.Session, device: d}
	return g.look(ctx, c, id, p, nil)
}

// FixProbe makes changes that a probe's warnings name, and looks again. It
// returns what Probe does, and ErrNotFound for a probe that is gone or another
// session's.
func (g *Gate) FixProbe(ctx context.Context, c account.Caller, id media.ProbeID, fixes []string) (Probe, error) {
	p, err := g.probeOf(c, id)
	if err != nil {
		return Probe{}, err
	}
	for _, fix := range fixes {
		if !slices.ContainsFunc(p.look.Warnings, func(w probe.Warning) bool { return fix != "" && w.Fix == fix }) {
			return Probe{}, ErrInput
		}
	}
	return g.look(ctx, c, id, p, fixes)
}

// probeOf finds a probe of the caller's own session.
func (g *Gate) probeOf(c account.Caller, id media.ProbeID) (probed, error) {
	now, err := g.now()
	if err != nil {
		return probed{}, err
	}
	p, ok := g.probes.find(id, now)
	if ok && p.id != id { // somebody else's credentials are in it
		return probed{}, g.crossedOwner(fault.Probe, p.account)
	}
	if !ok || p.session != c.Session || p.account != c.Account || !c.Token.IsZero() {
		return probed{}, ErrNotFound
	}
	return p, nil
}

// deviceOf is where to look at what was asked for.
func (g *Gate) deviceOf(r ProbeRequest) (probe.Device, error) {
	if r.Candidate == "" {
		return deviceAt(r.Address)
	}
	if g.cfg.Finder == nil || r.Address != "" {
		return probe.Device{}, ErrInput
	}
	for _, found := range g.cfg.Finder.Candidates() {
		if found.ID != r.Candidate || len(found.Addresses) == 0 {
			continue
		}
		if d := dvripAlone(found); d.DVRIP != "" {
			return d, nil
		}
		d, err := deviceAt(found.Addresses[0].String())
		if err != nil {
			return d, err
		}
		d.Vendor = found.Vendor
		for _, name := range []string{"onvif", "rtsp"} {
			at := slices.IndexFunc(found.Speaks, func(p discover.Protocol) bool { return p.Name == name })
			switch {
			case at >= 0 && name == "onvif":
				d.Anywhere = false
				d.ONVIF = found.Speaks[at].URL
			case at >= 0:
				d.RTSP = found.Speaks[at].URL
			}
		}
		if d.Host() != (probe.Device{RTSP: d.RTSP}).Host() { // heard at another of its addresses
			d.RTSP = ""
		}
		return d, nil
	}
	return probe.Device{}, ErrNotFound
}

// dvripAlone is a candidate that speaks DVRIP, and nothing that tells of streams better;
// zero for others.
func dvripAlone(found discover.Candidate) (d probe.Device) {
	for _, p := range found.Speaks {
		switch p.Name {
		case "onvif", "rtsp":
			return probe.Device{}
		case "dvrip":
			d = probe.Device{DVRIP: p.URL, Vendor: found.Vendor}
		}
	}
	return d
}

// deviceAt completes an address as people type it. A host, with or without a
// port, is looked at over ONVIF (ONVIF Core §5.1), at the usual ports where there is
// none, and then over RTSP; a URL over what it names alone.
func deviceAt(address string) (d probe.Device, err error) {
	const path = "/onvif/device_service"
	if ip, err := netip.ParseAddr(strings.Trim(address, "[]")); err == nil {
		address = ip.String()
		if ip.Is6() { // in URLs the zone of a link-local one is escaped (RFC 6874 §2)
			address = "[" + strings.Replace(address, "%", "%25", 1) + "]"
		}
	}
	either := !strings.Contains(address, "://")
	if either {
		address = "http://" + address
	}
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || u.User != nil || u.Fragment != "" {
		return d, ErrInput
	}
	if cameras.OneSpelling(u) != "" {
		return d, ErrInput
	}
	bare := u.Path == "" || u.Path == "/"
	switch u.Scheme {
	case "http", "https":
		if either && bare {
			d.RTSP = bareURL("rtsp", u.Host)
			d.Anywhere = u.Port() == ""
		}
		if bare {
			u.Path = path
		}
		d.ONVIF = u.String()
	case "rtsp", "rtsps":
		if !bare || u.RawQuery != "" {
			return d, ErrInput // a camera is added by the addresses of its streams as it is
		}
		d.RTSP = bareURL(u.Scheme, u.Host)
	default:
		return d, ErrInput
	}
	return d, nil
}

func bareURL(scheme, host string) string { return (&url.URL{Scheme: scheme, Host: host}).String() }
