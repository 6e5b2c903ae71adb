package gate

import (
	"context"
	"net/netip"
	"net/url"
	"slices"
	"time"

	"lares/cameras"
	"lares/hub/journal"
	"lares/hub/store"
)

// Pins of two kinds say nothing of each other: who leaves ONVIF out would have another
// owner's camera, known by its serial number, under its link layer address or none. Then
// what the kernel sees decides, and where it sees nothing, the network address.

// untold reports whether nothing tells two cameras, which do not have the same pin, from
// one device: not their pins, and they have one link layer address, or, where that of one
// is not known, one network address and not two keys.
func (g *Gate) untold(a, o cameras.Access, at leads) bool {
	if oneKind(a, o) {
		return false
	}
	if mine, theirs := g.linkOf(a), g.linkOf(o); mine != "" && theirs != "" {
		return mine == theirs
	}
	return !twoKeys(a, o) && at.onePlace(a, o)
}

// twoKeys reports whether two cameras show keys of their own in one language, at two ports
// of an address behind which the kernel sees nothing: a router passes each on to another
// device, for one device has one key for what it says in one language.
func twoKeys(a, o cameras.Access) bool {
	u, err := url.Parse(a.Main)
	v, err2 := url.Parse(o.Main)
	return err == nil && err2 == nil && u.Scheme == v.Scheme && cameras.PortOf(u) != cameras.PortOf(v) &&
		a.Pin.Kind == cameras.PinTLS && o.Pin.Kind == cameras.PinTLS && a.Pin.Value != o.Pin.Value
}

// oneKind reports whether the pins of two cameras are of one kind, so that one device
// would show one. Two ways into a device may have keys of their own.
func oneKind(a, o cameras.Access) bool {
	if a.Pin.IsZero() || a.Pin.Kind != o.Pin.Kind || a.Pin.Weak() || o.Pin.Weak() {
		return false
	}
	u, err := url.Parse(a.Main)
	v, err2 := url.Parse(o.Main)
	return a.Pin.Kind != cameras.PinTLS || err == nil && err2 == nil && u.Scheme == v.Scheme && cameras.PortOf(u) == cameras.PortOf(v)
}

// linkOf is the link layer address of a camera: when it was last recognised, else what
// the kernel sees at its address.
func (g *Gate) linkOf(a cameras.Access) string {
	if mac := macOf(a); mac != "" {
		return mac
	}
	if at := hostAddr(a.Main); at.IsValid() {
		return g.cfg.LinkAddress(at)
	}
	return ""
}

// leads are network addresses by the host, as hostOf spells it, that leads there; of this
// machine it is loopback, whichever it was.
type leads map[string]netip.Addr

var loopback = netip.AddrFrom4([4]byte{127, 0, 0, 1})

// leadsWithin bounds what names are asked for.
const leadsWithin = 3 * time.Second

// leadsOf are the addresses of a camera and of those of other owners that its pin does
// not tell from it. Names are asked for: not within a transaction.
func (g *Gate) leadsOf(ctx context.Context, c store.Camera, a cameras.Access) (leads, error) {
	rows, err := g.cfg.Store.Cameras(ctx)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, leadsWithin)
	defer cancel()
	at := leads{}
	for _, r := range rows {
		o, err := g.openAccess(r)
		if err != nil || r.Owner == c.Owner || oneKind(a, o) {
			continue
		}
		at.ask(ctx, a.Main, o.Main)
	}
	return at, nil
}

// placeOf is an address as leads have it. All that is this machine's is one place: what
// listens at one of its addresses mostly does at all.
func placeOf(at netip.Addr) netip.Addr {
	at = at.Unmap()
	if own, err := cameras.OwnAddress(at); own || err != nil {
		return loopback
	}
	return at
}

// ask finds where the hosts of addresses lead, of which it was not found yet.
func (l leads) ask(ctx context.Context, addresses ...string) {
	for _, address := range addresses {
		host := hostOf(address)
		if _, known := l[host]; known {
			continue
		}
		l[host] = placeOf(cameras.Lookup(ctx, host))
	}
}

// tellUntold compares the cameras that are recognised already, as the hub starts: they
// were met before pins of two kinds were compared, or nothing but the kernel could tell,
// and are compared again only where another link layer address is seen. It takes none off
// the air, for both have gone on for long and one may be old and forgotten: their owners
// are told, who know whose it is, and the password of the device ends it. That they
// changed it nobody sees here, so they are told once, and not at each start.
func (g *Gate) tellUntold(ctx context.Context) error {
	rows, err := g.cfg.Store.Cameras(ctx)
	if err != nil {
		return err
	}
	type met struct {
		row    store.Camera
		access cameras.Access
		told   bool
	}
	var list []met
	for _, r := range rows {
		if a, err := g.openAccess(r); err == nil && !a.Pin.IsZero() { // one without is compared whenever it is met
			list = append(list, met{row: r, access: a})
		}
	}
	names, cancel := context.WithTimeout(ctx, leadsWithin)
	defer cancel()
	at := leads{}
	for i := range list {
		for j := range list[:i] {
			a, b := &list[i], &list[j]
			channels := a.access.Source != "" && b.access.Source != "" && a.access.Source != b.access.Source
			if a.row.Owner == b.row.Owner || channels || oneKind(a.access, b.access) {
				continue
			}
			at.ask(names, a.access.Main, b.access.Main)
			if g.untold(a.access, b.access, at) {
				a.told, b.told = true, true
			}
		}
	}
	for _, m := range list {
		if !m.told {
			continue
		}
		n := journal.Notice{Account: m.row.Owner, Kind: journal.NoticeTwice, Camera: m.row.ID}
		if err := g.cfg.Journal.TellOnce(ctx, n); err != nil {
			return err
		}
	}
	return nil
}

// of is where a URL leads, loopback for this machine; the zero address where that is not
// known.
func (l leads) of(address string) netip.Addr {
	if at, known := l[hostOf(address)]; known {
		return at
	}
	at := hostAddr(address)
	if at.IsLoopback() || at.IsUnspecified() {
		return loopback
	}
	return at
}

// onePlace reports whether two cameras may be one device by where they are. The hub itself
// may pass on several, each at ports of its own.
func (l leads) onePlace(a, o cameras.Access) bool {
	at, to := l.of(a.Main), l.of(o.Main)
	if hostOf(a.Main) != hostOf(o.Main) && (!at.IsValid() || at != to) {
		return false
	}
	if at != loopback {
		return true
	}
	its := portsOf(o.Main, o.Sub, o.ONVIF)
	return slices.ContainsFunc(portsOf(a.Main, a.Sub, a.ONVIF), func(p string) bool { return slices.Contains(its, p) })
}
