package gate

import (
	"context"
	"errors"
	"net/netip"
	"net/url"
	"slices"
	"strings"

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
// moves nothing; then the owner is asked. At the new address the pin is compared
// as ever, and the password goes out as a digest or not at all.

// Follow looks where cameras are that do not answer where they were, and follows
// those that can be recognised without their password; moved are these.
func (g *Gate) Follow(ctx context.Context, away []media.CameraID) (moved []media.CameraID, err error) {
	if g.cfg.Finder == nil || len(away) == 0 {
		return nil, nil
	}
	rows, err := g.cfg.Store.Cameras(ctx)
	if err != nil {
		return nil, g.answer(err)
	}
	known := map[media.CameraID]cameras.Access{}
	lived := map[netip.Addr]bool{} // by any camera
	for _, r := range rows {
		if a, err := g.openAccess(r); err == nil {
			known[r.ID] = a
			lived[hostAddr(a.Main)] = true
		}
	}
	found := g.cfg.Finder.Candidates()
	var errs []error
	for _, r := range rows {
		a, ok := known[r.ID]
		from := hostAddr(a.Main)
		if !ok || a.Pin.IsZero() || !from.IsValid() || !slices.Contains(away, r.ID) {
			continue // a name is resolved anew by itself
		}
		to, sure := g.whereIs(a, from, found)
		switch {
		case !to.IsValid() || lived[to]:
		case sure:
			moved = append(moved, r.ID)
			errs = append(errs, g.move(ctx, r, a, from, to))
		default:
			errs = append(errs, g.askMoved(ctx, r, to))
		}
	}
	return moved, errors.Join(errs...)
}

// whereIs finds the one address at which a camera seems to be now; sure says that
// the kernel sees it there. The zero address is none, or more than one.
func (g *Gate) whereIs(a cameras.Access, from netip.Addr, found []discover.Candidate) (to netip.Addr, sure bool) {
	mac := a.MAC
	if a.Pin.Kind == cameras.PinMAC {
		mac = a.Pin.Value
	}
	var certain, claimed []netip.Addr
	for _, c := range found {
		there := slices.Contains(c.Addresses, from) // lately, at least
		for _, at := range c.Addresses {
			if at == from || at.Zone() != "" || at.Is4() != from.Is4() {
				continue
			}
			switch {
			case mac != "" && g.cfg.LinkAddress(at) == mac:
				certain = append(certain, at)
			case there: // its other addresses are not asked about
			case mac != "" && c.MAC == mac, a.Pin.Kind == cameras.PinSerial && strings.EqualFold(a.Pin.Value, c.Serial):
				claimed = append(claimed, at)
			}
		}
	}
	switch {
	case len(certain) == 1:
		return certain[0], true
	case len(certain) == 0 && len(claimed) == 1:
		return claimed[0], false
	}
	return netip.Addr{}, false
}

// move changes the hosts of a camera's addresses, unless it was changed
// meanwhile.
func (g *Gate) move(ctx context.Context, row store.Camera, a cameras.Access, from, to netip.Addr) error {
	for _, address := range []*string{&a.Main, &a.Sub, &a.ONVIF} {
		if hostAddr(*address) == from {
			*address = rehost(*address, to)
		}
	}
	a.Digest = cameras.Digest{Main: true, Sub: true}
	err := g.setAccess(ctx, row, a)
	if errors.Is(err, store.ErrNoRow) {
		return nil
	}
	if err != nil {
		return g.answer(err)
	}
	g.journal(journal.Entry{Kind: journal.CameraMoved, Camera: row.ID, Owner: row.Owner, Detail: map[string]any{"address": to.String()}})
	g.cfg.Changed(row.ID)
	return g.tellMoved(ctx, row, journal.NoticeMoved, to)
}

// askMoved tells the owner, once per address, where the camera seems to be.
func (g *Gate) askMoved(ctx context.Context, row store.Camera, to netip.Addr) error {
	g.asking.Lock()
	defer g.asking.Unlock()
	if g.asked[row.ID] == to {
		return nil
	}
	if err := g.tellMoved(ctx, row, journal.NoticeElsewhere, to); err != nil {
		return err
	}
	g.asked[row.ID] = to
	return nil
}

func (g *Gate) tellMoved(ctx context.Context, row store.Camera, kind journal.NoticeKind, to netip.Addr) error {
	return g.cfg.Journal.Tell(ctx, journal.Notice{
		Account: row.Owner, Kind: kind, Camera: row.ID, Detail: map[string]any{"address": to.String(), "count": int64(1)},
	})
}

// Seen keeps the link layer address of a camera beside its pin;
// cameras.Config.Seen.
func (g *Gate) Seen(ctx context.Context, id media.CameraID, mac string) error {
	row, err := g.cfg.Store.Camera(ctx, id)
	if err != nil {
		return g.answer(err)
	}
	access, err := g.openAccess(row)
	if err != nil || access.MAC == mac {
		return g.answer(err)
	}
	access.MAC = mac
	return g.answer(g.setAccess(ctx, row, access))
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
