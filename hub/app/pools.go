package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"syscall"

	"lares/hub/config"
	"lares/hub/store"
	"lares/recorder"
)

// What the log says of a pool whose disk is lost for good.
const (
	firstLost = "make its folder anew, on a new disk, and run `lares repair`"
	otherLost = "make the folder clips there on a new disk, and in it the file pool.id with the marker"
)

// firstPool is the first media pool as the database knows it; its id is zero where that does
// not, for the hub never started, was restored, or is of before that was noted.
func firstPool(ctx context.Context, rows store.View, cfg config.Config) (p recorder.Pool, err error) {
	p = recorder.Pool{Name: config.FirstPool, Dir: cfg.Media, IfLost: firstLost}
	b, err := rows.Setting(ctx, store.SettingPool)
	if err == nil && len(b) == len(p.ID) {
		p.ID = recorder.PoolID(b)
	}
	if errors.Is(err, store.ErrNoRow) {
		err = nil
	}
	return p, err
}

// openFirst finds out whether the first media pool is there. Where the database does not know
// it, or is being repaired, it has to be: it is what lies in its place.
func (h *house) openFirst(ctx context.Context) error {
	first, err := firstPool(ctx, h.store.View, h.cfg)
	if err != nil {
		return err
	}
	if h.repairing {
		first.ID = recorder.PoolID{}
	}
	h.pools = []recorder.Pool{first}
	if first.ID.IsZero() {
		return h.tryFirst(ctx)
	}
	if h.away = recorder.Away(first); errors.Is(h.away, syscall.ENOTDIR) {
		return cannotWrite(first.Dir, "--media", syscall.ENOTDIR)
	}
	return nil
}

// tryFirst tries a first pool that the database does not know. One of a claimed hub is not made
// anew where it is gone, as where its disk is not mounted: it would be on another disk, and in
// the way once that is back.
func (h *house) tryFirst(ctx context.Context) error {
	claimed, err := h.store.AnyAccount(ctx)
	if err != nil {
		return err
	}
	if _, err := os.Stat(h.cfg.Media); claimed && errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("the folder for recordings %s is not there: mount its disk and start again, or choose the folder with --media. If it is lost for good, make it anew and run `lares repair`", h.cfg.Media)
	}
	return tryMedia(h.cfg.Media, h.log)
}

// noteFirst has the database know the first pool from now on; its keyring was found to be this
// hub's.
func (h *house) noteFirst(ctx context.Context) (err error) {
	first := &h.pools[0]
	if !first.ID.IsZero() {
		return nil
	}
	if first.ID, err = recorder.MarkPool(first.Dir); err != nil {
		return cannotWrite(first.Dir, "--media", err)
	}
	return h.store.Update(ctx, func(tx *store.Tx) error { return tx.PutSetting(ctx, store.SettingPool, first.ID[:]) })
}

// openPools finds out which media pools there are: the first one, and those of the settings
// that the database knows by their names. One that it does not know is taken as it is, if it
// is there, and known from then on: so a disk that is missing later is told from a new one.
func (h *house) openPools(ctx context.Context) error {
	if err := h.noteFirst(ctx); err != nil {
		return err
	}
	for _, p := range h.cfg.Pools {
		known, err := h.store.Pools(ctx)
		if err != nil {
			return err
		}
		found, ok := knownPool(p, known)
		if !ok {
			if found, err = h.newPool(ctx, p, known); err != nil {
				return err
			}
		}
		h.pools = append(h.pools, found)
	}
	return nil
}

// knownPool is a pool of the settings as the database knows it, by its name.
func knownPool(p config.Pool, known []store.Pool) (found recorder.Pool, ok bool) {
	i := slices.IndexFunc(known, func(k store.Pool) bool { return k.Name == p.Name })
	if i < 0 {
		return found, false
	}
	return recorder.Pool{Number: known[i].Number, Name: p.Name, Dir: p.Dir, ID: known[i].Marker, IfLost: otherLost}, true
}

// newPool enters a pool that the settings name for the first time. One that had another name
// before is the same.
func (h *house) newPool(ctx context.Context, p config.Pool, known []store.Pool) (entered recorder.Pool, err error) {
	if err := h.apart(p, known); err != nil {
		return entered, err
	}
	_, gone := os.Stat(p.Dir)
	marker, err := recorder.MarkPool(p.Dir)
	switch {
	case errors.Is(gone, fs.ErrNotExist):
		return entered, fmt.Errorf("there is no folder %s for the pool %s of --pool: make it, on the disk that the recordings are to go to", p.Dir, p.Name)
	case errors.Is(err, fs.ErrNotExist): // of a file system that takes no files
		return entered, fmt.Errorf("the folder %s of the pool %s takes no files: choose another with --pool", p.Dir, p.Name)
	case err != nil:
		return entered, cannotWrite(p.Dir, "--pool", err)
	case marker == h.pools[0].ID:
		return entered, fmt.Errorf("the folder %s of the pool %s is a copy of %s: remove the file clips/pool.id in it", p.Dir, p.Name, h.cfg.Media)
	}
	entered = recorder.Pool{Name: p.Name, Dir: p.Dir, ID: marker, IfLost: otherLost}
	if i := slices.IndexFunc(known, func(k store.Pool) bool { return k.Marker == marker }); i >= 0 {
		if slices.ContainsFunc(h.cfg.Pools, func(other config.Pool) bool { return other.Name == known[i].Name }) {
			return entered, fmt.Errorf("the folder %s of the pool %s is the pool %s, or a copy of it: leave one out; if it is a copy, you may remove the file clips/pool.id in it instead", p.Dir, p.Name, known[i].Name)
		}
		entered.Number = known[i].Number
	}
	err = h.store.Update(ctx, func(tx *store.Tx) (err error) {
		if entered.Number > 0 {
			return tx.RenamePool(ctx, entered.Number, entered.Name)
		}
		entered.Number, err = tx.AddPool(ctx, entered.Name, entered.ID)
		return err
	})
	return entered, err
}

// unnamedPools are the names of the media pools that the database knows and the settings do not
// name.
func (h *house) unnamedPools(ctx context.Context) (names []string, err error) {
	known, err := h.store.Pools(ctx)
	for _, k := range known {
		if !slices.ContainsFunc(h.pools, func(p recorder.Pool) bool { return p.Name == k.Name || p.ID == k.Marker }) {
			names = append(names, k.Name)
		}
	}
	return names, err
}

// listedPools are the media pools of the settings, for a command that only reads.
func listedPools(ctx context.Context, rows store.View, cfg config.Config) ([]recorder.Pool, error) {
	first, err1 := firstPool(ctx, rows, cfg)
	known, err2 := rows.Pools(ctx)
	if err := errors.Join(err1, err2); err != nil {
		return nil, err
	}
	pools := []recorder.Pool{first}
	for _, p := range cfg.Pools {
		found, ok := knownPool(p, known)
		if !ok {
			return nil, fmt.Errorf("the hub knows no pool %s: start it with that once, or leave it out", p.Name)
		}
		pools = append(pools, found)
	}
	return pools, nil
}
