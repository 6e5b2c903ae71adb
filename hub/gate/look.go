package gate

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"lares/cameras"
	"lares/cameras/media"
	"lares/cameras/probe"
	"lares/hub/account"
	"lares/hub/journal"
)

// look runs the prober and keeps what it finds.
func (g *Gate) look(ctx context.Context, c account.Caller, id media.ProbeID, p probed, fixes []string) (Probe, error) {
	now, err := g.now()
	if err != nil {
		return Probe{}, err
	}
	key, err := c.Proof().GlimpseKey(id)
	if err != nil {
		return Probe{}, g.answer(err)
	}
	found, err := g.lookAt(ctx, c.Account, p.device, probe.Ask{Fixes: fixes, ID: id, Key: key}, now)
	if notShown(err) {
		g.probes.drop(id)
	}
	if err != nil {
		return Probe{}, err
	}
	p.look, p.where, p.leads, p.channels = found.look, found.where, found.leads, found.channels
	// It took long: the session may have ended, or a lockdown begun.
	if err := g.cfg.Vault.Stands(ctx, g.cfg.Store.View, c.Proof(), nil); err != nil {
		return Probe{}, g.answer(err)
	}
	if p.look.ONVIF != "" { // it is known now at which port it is
		p.device.ONVIF, p.device.Anywhere = p.look.ONVIF, false
	}
	p.at = now
	added, err := g.addedOf(ctx, c, p.look)
	if err != nil {
		return Probe{}, g.answer(err)
	}
	g.probes.keep(id, p)
	return Probe{id, p.look, added}, nil
}

// lookAt runs the prober for an account, at the address that counts for maxRefusals: a name may lead
// elsewhere a moment later. Of the probe that it returns it knows what was found, and where. Pages of
// the hub itself, and of what else runs beside it, are nobody's to try (HAZARDS I4). It returns
// ErrHere, ErrKnownDevice, OffAir, ErrProbing, ErrLockedOut or ErrUnavailable.
func (g *Gate) lookAt(ctx context.Context, by account.ID, d probe.Device, what probe.Ask, now time.Time) (p probed, err error) {
	at, named := d.Address(ctx)
	if !at.IsValid() {
		return probed{look: d.Nowhere()}, nil
	}
	if own, err := cameras.OwnAddress(at); !g.cfg.Here && (own || err != nil) {
		return p, cmp.Or(g.answer(err), ErrHere)
	}
	if named {
		d.At = at
	}
	if err := g.unasked(ctx, by, d, at); err != nil {
		return p, err
	}
	device := g.known(at)
	if err := g.probes.begin(device, by, now); err != nil {
		return p, err
	}
	p = probed{device: d, where: at, leads: leads{}}
	what.Met = func(ctx context.Context, met probe.Met) ([]string, error) {
		p.channels = met.Channels
		without, err := g.mayShow(ctx, by, answered{met, d, at, p.leads})
		return slices.Collect(maps.Keys(without)), err
	}
	p.look, err = g.cfg.Prober(ctx, d, what)
	if p.look.Code == probe.WrongPassword {
		g.probes.refuse(g.known(at), by, now)
	}
	g.probes.end(device)
	switch {
	case notShown(err):
		return probed{}, err
	case err != nil:
		g.cfg.Log.Warn("a look at a device failed", "error", err)
		return probed{}, ErrUnavailable
	}
	// The child is the device's: what it says at last is compared once more.
	without, err := g.mayShow(ctx, by, p.answered())
	if err != nil {
		return probed{}, err
	}
	p.look = leaveOut(p.look, without)
	return p, nil
}

// Glimpse writes a picture of a probe, opened with the key of the
// caller's own session, to the wire, once the journal holds who sees it. It returns
// ErrNotFound if there is none, ErrKnownDevice or OffAir for a device that may not be
// shown any more, ErrUnnoted or ErrUnavailable.
func (g *Gate) Glimpse(ctx context.Context, c account.Caller, id media.ProbeID, of probe.Shown, to *Wire) error {
	if _, err := g.ready(); err != nil {
		return err
	}
	p, err := g.probeOf(c, id)
	if err != nil {
		return err
	}
	if p.look.Pictures[of] == nil {
		return ErrNotFound
	}
	without, err := g.stillShown(ctx, c, id, p)
	if err != nil {
		return err
	}
	sealed, ok := leaveOut(p.look, without).Pictures[of]
	if !ok {
		return ErrNotFound
	}
	picture, err := g.cfg.Vault.OpenGlimpse(c.Proof(), id, of.Channel, of.Role, sealed)
	if err != nil {
		return g.answer(err)
	}
	seen := c.View(journal.Glimpse)
	seen.Device = p.where.String()
	if err := g.durable(ctx, g.cfg.Journal.Seen(seen, len(picture))); err != nil {
		return err
	}
	_, err = to.Write(picture)
	return g.answer(err)
}

// stillShown is mayShow for a probe that is kept, and forgets one of a device that is not
// to be shown any more.
func (g *Gate) stillShown(ctx context.Context, c account.Caller, id media.ProbeID, p probed) (without map[string]string, err error) {
	if err = g.unasked(ctx, c.Account, p.device, p.where); err == nil {
		without, err = g.mayShow(ctx, c.Account, p.answered())
	}
	if notShown(err) {
		g.probes.drop(id)
	}
	return without, err
}
