package gate

import (
	"context"
	"errors"
	"net/netip"
	"net/url"
	"strings"

	"lares/cameras"
	"lares/cameras/discover"
	"lares/hub/account"
	"lares/hub/store"
)

// ErrScanning says that a scan runs, or has just been run.
var ErrScanning = errors.New("gate: a scan is running")

// Finder is what the gate asks of discovery; discover.Finder is one.
type Finder interface {
	Candidates() []discover.Candidate
	Searching() bool
	Unscanned() []discover.Unscanned
	Look()
	Scan(ctx context.Context) error
}

// Candidate is a device on the network, as a caller may know it.
type Candidate struct {
	discover.Candidate

	Added    bool // it is a camera of the caller's own
	Channels Channels
}

// Candidates are the devices that were found on the hub's networks, for a
// person, but for cameras of other accounts, of which nothing is told (VAULT.md §5);
// searching says that more may come. Asking makes the hub search more
// often for a while. It returns ErrNotFound for tokens, and ErrUnavailable.
func (g *Gate) Candidates(ctx context.Context, c account.Caller) (list []Candidate, searching bool, err error) {
	if err := g.person(c); err != nil {
		return nil, false, err
	}
	if g.cfg.Finder == nil {
		return nil, false, nil
	}
	ctx, cancel := context.WithTimeout(ctx, answerIn)
	defer cancel()
	rows, err := g.cfg.Store.Cameras(ctx)
	if err != nil {
		return nil, false, g.answer(err)
	}
	g.cfg.Finder.Look()
	for _, found := range g.cfg.Finder.Candidates() {
		list = append(list, Candidate{Candidate: found})
	}
	whose, channels := make([]claim, len(list)), make([]map[string]bool, len(list))
	for i := range channels {
		channels[i] = map[string]bool{}
	}
	searching = g.cfg.Finder.Searching()
	for _, r := range rows {
		access, err := g.openAccess(r)
		if err != nil {
			continue // no worker speaks with it either: WorkerCameras tells of it
		}
		for i := range list {
			if !isDevice(access, list[i].Candidate) {
				continue
			}
			whose[i].add(r.Owner, !access.Pin.IsZero())
			if r.Owner == c.Principal() {
				list[i].Added = true
				list[i].Channels.count(channels[i], access)
			}
		}
	}
	var shown []Candidate
	for i, f := range list {
		if owner := whose[i].owner; owner == c.Principal() || owner.IsZero() {
			shown = append(shown, f)
		}
	}
	return shown, searching, nil
}

// claim says whose a device is: of whoever's camera was recognised in it, else of who
// entered its address first, which anybody may do. Nobody's is the zero claim.
type claim struct {
	owner      store.AccountID
	recognised bool
}

// add takes an owner's camera of the device; they come in the order they were added in.
func (c *claim) add(owner store.AccountID, recognised bool) {
	if c.owner.IsZero() || recognised && !c.recognised {
		*c = claim{owner, recognised}
	}
}

// Scan makes the hub knock at the ports of all addresses of its networks, but for
// what Unscanned tells. It does not wait for the end. It returns ErrScanning, ErrNotFound for tokens,
// and ErrUnavailable.
func (g *Gate) Scan(ctx context.Context, c account.Caller) error {
	if err := g.person(c); err != nil {
		return err
	}
	if g.cfg.Finder == nil {
		return nil
	}
	err := g.cfg.Finder.Scan(ctx)
	if errors.Is(err, discover.ErrScanning) {
		return ErrScanning
	}
	return g.answer(err)
}

// person refuses tokens, and everybody while the clock is wrong.
func (g *Gate) person(c account.Caller) error {
	if _, err := g.now(); err != nil {
		return err
	}
	if !c.Token.IsZero() {
		return ErrNotFound
	}
	return nil
}

// isDevice reports whether a camera's access leads to the device that was
// found: the device is pinned as it names itself, or answers at the camera's
// address. This marks an entry of a list, and decides nothing: who may see the
// camera is asked elsewhere, and which device answers is checked at each
// connect.
func isDevice(a cameras.Access, found discover.Candidate) bool {
	if a.Pin.Names(found.Serial) || a.Pin.Kind == cameras.PinMAC && found.MAC != "" && a.Pin.Value == found.MAC {
		return true
	}
	for _, x := range []struct{ address, speaks string }{{a.Main, spoken(a.Main)}, {a.Sub, spoken(a.Sub)}, {a.ONVIF, "onvif"}} {
		if x.address != "" && at(x.address, x.speaks, found) {
			return true
		}
	}
	return false
}

// spoken is what a device speaks at a stream's address, as candidates call it;
// "" for what they are not asked about.
func spoken(address string) string {
	switch scheme, _, _ := strings.Cut(address, ":"); scheme {
	case "rtsp", "rtsps":
		return "rtsp"
	case "dvrip", "kasa", "tapo":
		return scheme
	}
	return ""
}

// at reports whether an address is one of the device's: of the port on which it
// speaks the language, or of any where it is not known to speak it.
func at(address, speaks string, found discover.Candidate) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	host, err := netip.ParseAddr(u.Hostname())
	if err != nil {
		return false // a name; the pin has to do
	}
	for _, a := range found.Addresses {
		if a.WithZone("") != host.Unmap().WithZone("") {
			continue
		}
		known := false
		for _, p := range found.Speaks {
			if p.Name == speaks {
				known = true
				if samePort(u, p.URL) {
					return true
				}
			}
		}
		return !known
	}
	return false
}

// samePort compares the ports of two addresses of one scheme.
func samePort(u *url.URL, other string) bool {
	o, err := url.Parse(other)
	if err != nil {
		return false
	}
	return cameras.PortOf(u) == cameras.PortOf(o)
}
