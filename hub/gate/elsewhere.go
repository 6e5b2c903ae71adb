package gate

import (
	"context"
	"net/netip"
	"slices"
	"strings"

	"lares/cameras"
	"lares/cameras/discover"
	"lares/cameras/fault"
	"lares/cameras/media"
	"lares/hub/account"
	"lares/hub/journal"
	"lares/hub/store"
)

const (
	// maxPlaces bounds the addresses that are asked about for one camera.
	maxPlaces = 4
	// maxNotAt bounds those that are remembered as not the camera's: the newest.
	maxNotAt = 16
)

// Place is where a device claims to be a camera that does not answer. All but the
// address is the device's own word.
type Place struct {
	Address netip.Addr
	Name    string
	Vendor  string
	Model   string

	camera media.CameraID
	found  discover.Candidate
}

// ask keeps where a camera seems to be, for its owner to say, and tells of places
// that are new, the second time they are seen: the kernel, which was asked just now
// who is there, had no time to answer the first time.
func (g *Gate) ask(ctx context.Context, row store.Camera, places []Place) error {
	places = places[:min(len(places), maxPlaces)]
	g.asking.Lock()
	defer g.asking.Unlock()
	if len(places) == 0 {
		delete(g.places, row.ID)
		return nil
	}
	for i := range places {
		places[i].camera = row.ID
	}
	before := g.places[row.ID]
	g.places[row.ID] = places
	var all []string
	news := false
	for _, p := range places {
		if !slices.ContainsFunc(before, func(b Place) bool { return b.Address == p.Address }) {
			return nil
		}
		all = append(all, p.Address.String())
		news = news || !slices.Contains(g.asked[row.ID], p.Address)
	}
	if !news {
		return nil
	}
	if err := g.tellMoved(ctx, row, journal.NoticeElsewhere, strings.Join(all, ", ")); err != nil {
		return err
	}
	g.asked[row.ID] = nil
	for _, p := range places {
		g.asked[row.ID] = append(g.asked[row.ID], p.Address)
	}
	return nil
}

// forgetPlaces forgets where cameras seem to be that answer where they are.
func (g *Gate) forgetPlaces(away []media.CameraID) {
	g.asking.Lock()
	defer g.asking.Unlock()
	for id := range g.places {
		if !slices.Contains(away, id) {
			delete(g.places, id)
		}
	}
}

// elsewhere is where a camera seems to be, for its owner: addresses in the house and
// what devices say of themselves. Places of another camera are refused.
func (g *Gate) elsewhere(id media.CameraID, owner account.ID) []Place {
	g.asking.Lock()
	list := slices.Clone(g.places[id])
	g.asking.Unlock()
	if fault.On && len(list) > 0 {
		list = fault.Swap(fault.CameraPlace, id.String(), list)
	}
	if i := slices.IndexFunc(list, func(p Place) bool { return p.camera != id }); i >= 0 {
		_ = g.crossing(fault.CameraPlace, list[i].camera, owner) // none is shown
		return nil
	}
	return list
}

// AnswerPlace is what the owner, in person, says of a place that was asked about:
// the camera goes on there, or the place is not asked about again. Whoever is there
// is compared with the pin all the same before anything of it is shown. It returns
// ErrNotFound for a place that is not asked about, and ErrUnavailable.
func (g *Gate) AnswerPlace(ctx context.Context, c account.Caller, camera media.CameraID, at netip.Addr, mine bool) error {
	ctx, cancel := context.WithTimeout(ctx, answerIn)
	defer cancel()
	if _, err := g.admitOwner(ctx, c, camera); err != nil {
		return g.answer(err)
	}
	p, _, err := g.admit(ctx, c, camera, Manage)
	if err != nil {
		return g.answer(err)
	}
	if !p.mine || !slices.ContainsFunc(g.elsewhere(camera, c.Account), func(p Place) bool { return p.Address == at }) {
		return ErrNotFound
	}
	row, err := g.cfg.Store.Camera(ctx, camera)
	if err != nil {
		return g.answer(err)
	}
	access, err := g.openAccess(row)
	if err != nil {
		return g.answer(err)
	}
	e := p.entry(journal.CameraNotThere)
	if mine {
		e.Kind = journal.CameraMoved
		access = rehomed(access, hostAddr(access.Main), at)
	} else {
		not := append(strings.FieldsFunc(access.NotAt, isComma), at.String())
		access.NotAt = strings.Join(not[max(0, len(not)-maxNotAt):], ",")
	}
	now, err := g.now()
	if err == nil {
		err = g.setAccessIf(ctx, row, access, func(tx *store.Tx) error { return stands(ctx, tx.View, p, now) })
	}
	if err != nil {
		return g.answer(err)
	}
	e.Detail = map[string]any{"address": at.String()}
	g.journal(e)
	g.asking.Lock()
	g.places[camera] = slices.DeleteFunc(slices.Clone(g.places[camera]), func(p Place) bool { return mine || p.Address == at })
	g.asking.Unlock()
	if mine {
		g.cfg.Changed(camera)
	}
	return nil
}

func isComma(r rune) bool { return r == ',' }

func isNotAt(a cameras.Access, at netip.Addr) bool {
	return slices.Contains(strings.FieldsFunc(a.NotAt, isComma), at.String())
}

// Recognised keeps what the devices of cameras that are recognised now call
// themselves on the network, so that they are known where the kernel does not see
// them: beside the pin, and for nothing but asking their owners.
func (g *Gate) Recognised(ctx context.Context, live []media.CameraID) error {
	if g.cfg.Finder == nil || len(live) == 0 {
		return nil
	}
	rows, err := g.cfg.Store.Cameras(ctx)
	if err != nil {
		return g.answer(err)
	}
	found := g.cfg.Finder.Candidates()
	for _, r := range rows {
		a, err := g.openAccess(r)
		if err != nil || a.Pin.IsZero() || !slices.Contains(live, r.ID) {
			continue
		}
		var here []discover.Candidate
		for _, c := range found {
			if slices.Contains(c.Addresses, hostAddr(a.Main)) && isDevice(a, c) {
				here = append(here, c)
			}
		}
		if len(here) != 1 || here[0].UUID == "" || here[0].UUID == a.UUID {
			continue
		}
		a.UUID = here[0].UUID
		if err := g.setAccess(ctx, r, a); err != nil {
			return g.answer(err)
		}
	}
	return nil
}
