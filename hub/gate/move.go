package gate

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"slices"

	"lares/cameras"
	"lares/cameras/discover"
	"lares/cameras/media"
	"lares/hub/journal"
	"lares/hub/store"
)

// A device that gets another address from its router is followed there: of its
// access the hosts change, and nothing else. Whoever answers at the new address
// gets nothing from the hub before it is recognised, so what makes the hub go
// there is what only the kernel sees: the link layer address behind it, which is
// that of the camera when it was last recognised. What devices say of themselves
// moves nothing; then the owner is asked (elsewhere.go). At the new address the pin
// is compared as ever, and the password goes out as a digest or not at all.

// Follow looks where cameras are that do not answer where they were, and follows
// those that can be recognised without their password; moved are these.
func (g *Gate) Follow(ctx context.Context, away []media.CameraID) (moved []media.CameraID, err error) {
	g.forgetPlaces(away)
	if g.cfg.Finder == nil || len(away) == 0 {
		return nil, nil
	}
	rows, err := g.cfg.Store.Cameras(ctx)
	if err != nil {
		return nil, g.answer(err)
	}
	known := map[media.CameraID]cameras.Access{}
	for _, r := range rows {
		if a, err := g.openAccess(r); err == nil {
			known[r.ID] = a
		}
	}
	found, kernel := g.cfg.Finder.Candidates(), g.neighbours()
	var errs []error
	for _, r := range rows {
		a, ok := known[r.ID]
		from := hostAddr(a.Main)
		if !ok || a.Pin.IsZero() || !from.IsValid() || !slices.Contains(away, r.ID) {
			continue // a name is resolved anew by itself
		}
		lived := inhabited(known, a)
		to, claimed := whereIs(a, ownMAC(known, a, from), from, found, kernel)
		switch {
		case to.IsValid() && !lived[to]:
			moved = append(moved, r.ID)
			errs = append(errs, g.move(ctx, r, a, from, to))
		case !to.IsValid():
			claimed = slices.DeleteFunc(claimed, func(p Place) bool {
				return lived[p.Address] || isNotAt(a, p.Address) || slices.ContainsFunc(rows, func(o store.Camera) bool {
					return !sameDevice(a, known[o.ID]) && o.ID != r.ID && isDevice(known[o.ID], p.found)
				})
			})
			errs = append(errs, g.ask(ctx, r, claimed))
		}
	}
	g.seek(kernel)
	return moved, errors.Join(errs...)
}

// inhabited are the addresses at which any other device lives that is a camera.
func inhabited(known map[media.CameraID]cameras.Access, a cameras.Access) map[netip.Addr]bool {
	lived := map[netip.Addr]bool{}
	for _, o := range known {
		if !sameDevice(a, o) {
			lived[hostAddr(o.Main)] = true
		}
	}
	return lived
}

// sameDevice reports whether two cameras are certainly of one device: channels of a
// recorder, which move together. A link layer address may be a repeater's.
func sameDevice(a, o cameras.Access) bool { return a.Pin.Kind != cameras.PinMAC && a.Pin.Same(o.Pin) }

// macOf is the link layer address of a camera when it was last recognised.
func macOf(a cameras.Access) string {
	if a.Pin.Kind == cameras.PinMAC {
		return a.Pin.Value
	}
	return a.MAC
}

// ownMAC is macOf unless another device has it at another address: then it is
// that of a repeater, and says of none where it is.
func ownMAC(known map[media.CameraID]cameras.Access, a cameras.Access, from netip.Addr) string {
	mac := macOf(a)
	for _, o := range known {
		if mac == macOf(o) && hostAddr(o.Main) != from && !sameDevice(a, o) {
			return ""
		}
	}
	return mac
}

// whereIs finds the one address at which the kernel sees a camera now by its link
// layer address; the zero one is none. Without any, claimed are those at which a
// device says that it is the camera.
func whereIs(a cameras.Access, mac string, from netip.Addr, found []discover.Candidate, kernel *neighbours) (to netip.Addr, claimed []Place) {
	var certain []netip.Addr
	for _, c := range found {
		there := slices.Contains(c.Addresses, from) // lately, at least
		for _, at := range c.Addresses {
			if at == from || at.Zone() != "" || at.Is4() != from.Is4() {
				continue
			}
			claims := mac != "" && c.MAC == mac || a.Pin.Names(c.Serial) || a.UUID != "" && c.UUID == a.UUID
			switch {
			case mac != "" && kernel.at(at, claims) == mac:
				certain = append(certain, at)
			case there: // its other addresses are not asked about
			case claims:
				claimed = append(claimed, Place{Address: at, Name: c.Name, Vendor: c.Vendor, Model: c.Model, found: c})
			}
		}
	}
	switch len(certain) {
	case 0:
		return netip.Addr{}, claimed
	case 1:
		return certain[0], nil
	}
	return netip.Addr{}, nil
}

// move follows a camera, unless it was changed meanwhile.
func (g *Gate) move(ctx context.Context, row store.Camera, a cameras.Access, from, to netip.Addr) error {
	err := g.rehome(ctx, row, a, from, to)
	if errors.Is(err, store.ErrNoRow) {
		return nil
	}
	if err != nil {
		return g.answer(err)
	}
	g.journal(journal.Entry{Kind: journal.CameraMoved, Camera: row.ID, Owner: row.Owner, Detail: map[string]any{"address": to.String()}})
	g.cfg.Changed(row.ID)
	return g.tellMoved(ctx, row, journal.NoticeMoved, to.String())
}

// rehome changes the hosts of a camera's addresses.
func (g *Gate) rehome(ctx context.Context, row store.Camera, a cameras.Access, from, to netip.Addr) error {
	return g.setAccess(ctx, row, rehomed(a, from, to))
}

func rehomed(a cameras.Access, from, to netip.Addr) cameras.Access {
	for _, x := range []struct {
		address *string
		moved   *bool
	}{{&a.Main, &a.Moved.Main}, {&a.Sub, &a.Moved.Sub}, {&a.ONVIF, new(bool)}} { // which never signs in but by a digest
		if hostAddr(*x.address) == from {
			*x.address, *x.moved = rehost(*x.address, to), true
		}
	}
	a.NotAt = ""
	return a
}

func (g *Gate) tellMoved(ctx context.Context, row store.Camera, kind journal.NoticeKind, address string) error {
	return g.cfg.Journal.Tell(ctx, journal.Notice{
		Account: row.Owner, Kind: kind, Camera: row.ID, Detail: map[string]any{"address": address, "count": int64(1)},
	})
}

// Seen keeps the link layer address of a camera beside its pin; cameras.Config.Seen.
// Where that shows that it is another owner's camera it returns cameras.ErrOtherCamera.
func (g *Gate) Seen(ctx context.Context, id media.CameraID, mac string) error {
	row, access, err := g.accessOf(ctx, id)
	if err != nil || access.MAC == mac {
		return g.answer(err)
	}
	access.MAC = mac
	err = g.setAccessIf(ctx, row, access, func(tx *store.Tx) error { return g.ownDevice(ctx, tx.View, row, access) })
	if err = g.taken(row, err); errors.Is(err, ErrKnownDevice) {
		return fmt.Errorf("%w: %w", err, cameras.ErrOtherCamera)
	}
	return g.answer(err)
}

// hostAddr is the literal address in a URL; the zero one for a name.
func hostAddr(address string) netip.Addr {
	u, err := url.Parse(address)
	if err != nil {
		return netip.Addr{}
	}
	ip, err := netip.ParseAddr(u.Hostname())
	if err != nil {
		return netip.Addr{}
	}
	return ip.Unmap()
}

// rehost gives a URL another host; port and path stay.
func rehost(address string, to netip.Addr) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	host := to.String()
	if to.Is6() {
		host = "[" + host + "]"
	}
	if port := u.Port(); port != "" {
		host += ":" + port
	}
	u.Host = host
	return u.String()
}
