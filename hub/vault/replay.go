package vault

import (
	"context"
	"errors"
	"math"
	"slices"
	"time"

	"lares/cameras/media"
	"lares/cameras/seal"
	"lares/hub/store"
)

// Replayed says what a replay of a keyring brought.
type Replayed struct {
	Accounts, Epochs int
	// Made are cameras that no row named: their addresses are lost, and with
	// them their names. They are made as retired.
	Made []media.CameraID
	kids []media.KeyID // store keys of the epochs
}

// replay takes over what keyring entries say, in their order. With lost, cameras
// and accounts that have no row get one: the database is being made anew.
// Whatever no hub of this one's signed is passed over.
func (v *Vault) replay(ctx context.Context, tx *store.Tx, entries []entry, lost bool) (Replayed, error) {
	p := replayer{
		vault: v, tx: tx, lost: lost, touched: map[media.CameraID]bool{}, left: map[media.CameraID]store.Camera{},
		renewed: map[media.CameraID]bool{}, shared: map[media.CameraID]map[store.AccountID]bool{},
	}
	before, err1 := readRights(ctx, tx.View)
	wraps, err2 := tx.LastingWraps(ctx)
	if err := errors.Join(err1, err2); err != nil {
		return p.Replayed, err
	}
	for _, e := range entries {
		if err := p.take(ctx, e); err != nil {
			return p.Replayed, err
		}
	}
	for camera := range p.touched {
		if err := p.settle(ctx, camera); err != nil {
			return p.Replayed, err
		}
	}
	return p.Replayed, p.told(ctx, before, wraps)
}

// told keeps what this replay gave and took until the journal has it, and asks the
// owners to confirm what waits for them since.
func (p *replayer) told(ctx context.Context, before rights, wraps []store.Wrap) error {
	after, err := readRights(ctx, p.tx.View)
	if err != nil {
		return err
	}
	links, err := endLinks(ctx, p.tx, before, after, p.vault.cfg.Clock.Now())
	if err != nil {
		return err
	}
	rewrapped, err := p.rewrapped(ctx, wraps)
	if err != nil {
		return err
	}
	// An account that this replay made, with all the keys that it ever had, got no others.
	known := keyed(before.accounts, accountKey)
	p.rekeyed = slices.DeleteFunc(p.rekeyed, func(a Altered) bool { _, was := known[a.Account]; return !was })
	if err := p.askOwners(ctx, before, after); err != nil {
		return err
	}
	return noteAltered(ctx, p.tx, slices.Concat(p.rekeyed, rewrapped, before.until(after, p.rekeyed), links))
}

type replayer struct {
	Replayed
	vault   *Vault
	tx      *store.Tx
	lost    bool
	touched map[media.CameraID]bool
	renewed map[media.CameraID]bool                     // that got another epoch
	shared  map[media.CameraID]map[store.AccountID]bool // whom the newest epoch of the keyring came with a grant for
	left    map[media.CameraID]store.Camera             // that were taken away, as they were
	rekeyed []Altered                                   // accounts that got other keys
}

func (p *replayer) take(ctx context.Context, e entry) error {
	switch e.kind {
	case entryAccount:
		return p.account(ctx, e)
	case entryPasswordWrap, entryRecoveryWrap:
		w, ok := parseWrap(e)
		if !ok {
			return nil
		}
		if _, err := p.tx.Account(ctx, w.Account); err != nil {
			return onlyOther(err)
		}
		w.Created = p.vault.cfg.Clock.Now()
		return p.tx.PutLastingWrap(ctx, w)
	case entryEpoch:
		return p.epoch(ctx, e)
	case entryEpochWrap:
		w, ok := parseEpochWrap(e.payload)
		if !ok {
			return nil
		}
		if known, err := p.tx.EpochByKID(ctx, w.KID); err != nil || known.Camera != w.Camera {
			return onlyOther(err)
		}
		p.touched[w.Camera] = true
		return p.tx.PutEpochWrap(ctx, w)
	case entryGrant:
		return p.grant(ctx, e)
	case entryRemoved:
		return p.removed(ctx, e)
	case entryRetired:
		return p.retired(ctx, e)
	}
	return nil
}

func (p *replayer) account(ctx context.Context, e entry) error {
	a, key, ok := p.vault.parseAccount(e.payload)
	if !ok {
		return nil
	}
	before, err := p.tx.Account(ctx, a.ID)
	if onlyOther(err) != nil {
		return err
	}
	if err != nil {
		p.Accounts++
	}
	if err := p.tx.PutAccount(ctx, a); err != nil {
		return err
	}
	if err := p.tx.PutPrincipal(ctx, key); err != nil || before.Version == 0 || before.Version >= a.Version {
		return err
	}
	kind := AlteredRotated
	if key.Handover == nil {
		kind = AlteredRecovered
	}
	p.rekeyed = append(p.rekeyed, Altered{Kind: kind, Account: a.ID})
	return p.outdate(ctx, a)
}

// outdate ends what an account's older keys opened and what was made with them, as
// the transaction did that brought the newer ones: somebody else may know those. Its
// second factor is in the database only, sealed under what is gone; nobody may have
// seen its recovery code; and whoever shares with it has to confirm the newer keys.
func (p *replayer) outdate(ctx context.Context, a store.Account) error {
	now := p.vault.cfg.Clock.Now()
	_, errTokens := p.tx.RemoveTokens(ctx, a.ID)
	_, _, errLinks := p.tx.RevokeLinks(ctx, a.ID, now)
	_, errSessions := p.tx.EndOtherSessions(ctx, a.ID, store.SessionID{})
	_, errExits := p.tx.EndExitsOf(ctx, a.ID)
	return errors.Join(errTokens, errLinks, errSessions, errExits,
		p.tx.EndTransfersOf(ctx, a.ID),
		p.tx.OutdateSecret(ctx, a.ID, a.Version),
		p.tx.SetRecovery(ctx, a.ID, time.Time{}),
		p.unconfirm(ctx, a.ID))
}

// epoch takes a record that stands on the newest that is there. Of two that a
// crash left in one place, the later one holds, unless something stands on the
// other already.
func (p *replayer) epoch(ctx context.Context, e entry) error {
	r, err := parseRecord(e.payload)
	if err != nil || !p.vault.signedByHub(r) {
		return nil
	}
	p.shared[r.camera] = map[store.AccountID]bool{}
	if err := p.camera(ctx, r); err != nil {
		return onlyOther(err)
	}
	newest, err := p.tx.NewestEpoch(ctx, r.camera)
	if onlyOther(err) != nil {
		return err
	}
	if r.ordinal < newest.Ordinal || r.ordinal > newest.Ordinal+1 || string(newest.Record) == string(e.payload) {
		return nil
	}
	var previous [32]byte
	if r.ordinal > 1 {
		before, err := p.tx.Epoch(ctx, r.camera, r.ordinal-1)
		if err != nil {
			return onlyOther(err)
		}
		previous = recordHash(before.Record)
	}
	if previous != r.previous {
		return nil
	}
	if err := p.tx.RemoveEpochsFrom(ctx, r.camera, r.ordinal); err != nil {
		return err
	}
	p.Epochs++
	p.kids = append(p.kids, r.storeKID)
	p.touched[r.camera], p.renewed[r.camera] = true, true
	return p.tx.AddEpoch(ctx, store.Epoch{
		Camera: r.camera, Ordinal: r.ordinal, LiveKID: r.liveKID, StoreKID: r.storeKID, Record: e.payload, Since: r.since,
	}, nil)
}

// camera finds the row of a record's camera, or makes it if the database was
// lost. It returns store.ErrNoRow for one that is to stay away.
func (p *replayer) camera(ctx context.Context, r *record) error {
	c, err := p.tx.Camera(ctx, r.camera)
	if err == nil && c.Owner != r.owner {
		return store.ErrNoRow
	}
	if !errors.Is(err, store.ErrNoRow) || !p.lost {
		return err
	}
	if _, err := p.tx.Account(ctx, r.owner); err != nil {
		return err
	}
	p.Made = append(p.Made, r.camera)
	made := store.Camera{ID: r.camera, Owner: r.owner, Name: "Camera of " + r.since.Format(time.DateOnly), Added: r.since}
	made.Access = p.vault.SealAccess(made.ID, made.Owner, []byte("{}"))
	if err := p.tx.AddCamera(ctx, made); err != nil {
		return err
	}
	return p.tx.Retire(ctx, made.ID, p.vault.cfg.Clock.Now())
}

func (p *replayer) removed(ctx context.Context, e entry) error {
	id, ok := parseRemoved(e)
	if !ok {
		return nil
	}
	c, err := p.tx.Camera(ctx, media.CameraID(id))
	if err == nil {
		p.gone(c)
		return p.tx.RemoveCamera(ctx, c.ID, c.Owner, p.vault.cfg.Clock.Now())
	}
	if onlyOther(err) != nil {
		return err
	}
	return onlyOther(p.tx.RemoveAccount(ctx, store.AccountID(id), p.vault.cfg.Clock.Now()))
}

// grant takes over what an account may do with a camera: the newest word counts,
// so that what was narrowed stays narrow. Cameras that were made of the keyring
// are retired and shared with nobody.
func (p *replayer) grant(ctx context.Context, e entry) error {
	g, ok := parseGrant(e.payload)
	if !ok {
		return nil
	}
	c, err := p.tx.Camera(ctx, g.Camera)
	if err != nil || !c.Retired.IsZero() || slices.Contains(p.Made, g.Camera) || c.Owner == g.Account {
		return onlyOther(err)
	}
	a, err := p.tx.Account(ctx, g.Account)
	if err != nil {
		return onlyOther(err)
	}
	if g.Unconfirmed, err = p.waits(ctx, g.Camera, a); err != nil {
		return err
	}
	if p.shared[g.Camera] != nil {
		p.shared[g.Camera][a.ID] = true
	}
	p.touched[g.Camera] = true
	return p.tx.PutGrant(ctx, g)
}

// settle takes grants and keys from whoever the newest record does not name, but
// the owner, whom the hub alone leaves out while its own keys are new; and store
// keys from whom it names without, or shares later epochs only. A grant that waits
// for its owner, to confirm the account's keys, stays and goes on to wait.
func (p *replayer) settle(ctx context.Context, camera media.CameraID) error {
	_, r, err := p.vault.newest(ctx, p.tx.View, camera)
	if errors.Is(err, seal.ErrCrossed) {
		return nil // counted; nothing is sealed or opened with such an epoch
	}
	if err != nil {
		return onlyOther(err)
	}
	who := []store.PrincipalID{r.owner}
	for _, m := range r.principals {
		who = append(who, m.id)
	}
	waiting, err := p.waiting(ctx, r)
	if err != nil {
		return err
	}
	if err := p.tx.KeepOnly(ctx, camera, who, waiting); err != nil {
		return err
	}
	for _, m := range r.principals {
		if m.id == r.owner {
			continue
		}
		if !m.parts.has(seal.Store) {
			if err := p.tx.RemoveStoreWraps(ctx, camera, m.id, time.UnixMilli(math.MaxInt64)); err != nil {
				return err
			}
			continue
		}
		g, err := p.tx.Grant(ctx, camera, m.id)
		if errors.Is(err, store.ErrNoRow) { // a token
			continue
		}
		if err != nil {
			return err
		}
		if err := p.tx.RemoveStoreWraps(ctx, camera, m.id, g.HistoryFrom); err != nil {
			return err
		}
	}
	return nil
}

// signedByHub checks the hub's signature of a record; verify checks the rest.
func (v *Vault) signedByHub(r *record) bool {
	return v.verified(r.hub, recordHubLabel, append(append([]byte(nil), r.body...), r.ownerSig...), r.hubSig)
}
