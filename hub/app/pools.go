package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"lares/hub/config"
	"lares/hub/store"
	"lares/recorder"
)

// openPools finds out which media pools there are: the first one, and those of the settings
// that the database knows by their names. One that it does not know is taken as it is, if it
// is there, and known from then on: so a disk that is missing later is told from a new one.
func (h *house) openPools(ctx context.Context) error {
	first, err := recorder.MarkPool(h.cfg.Media)
	if err != nil {
		return cannotWrite(h.cfg.Media, "--media", err)
	}
	h.pools = []recorder.Pool{{Name: config.FirstPool, Dir: h.cfg.Media, ID: first}}
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
	return recorder.Pool{Number: known[i].Number, Name: p.Name, Dir: p.Dir, ID: known[i].Marker}, true
}

// newPool enters a pool that the settings name for the first time. One that had another name
// before is the same.
func (h *house) newPool(ctx context.Context, p config.Pool, known []store.Pool) (entered recorder.Pool, err error) {
	marker, err := recorder.MarkPool(p.Dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return entered, fmt.Errorf("there is no folder %s for the pool %s of --pool: make it, on the disk that the recordings are to go to", p.Dir, p.Name)
	case err != nil:
		return entered, cannotWrite(p.Dir, "--pool", err)
	case marker == h.pools[0].ID:
		return entered, fmt.Errorf("the folder %s of the pool %s is a copy of %s: remove the file clips/pool.id in it", p.Dir, p.Name, h.cfg.Media)
	}
	entered = recorder.Pool{Name: p.Name, Dir: p.Dir, ID: marker}
	if i := slices.IndexFunc(known, func(k store.Pool) bool { return k.Marker == marker }); i >= 0 {
		if slices.ContainsFunc(h.cfg.Pools, func(other config.Pool) bool { return other.Name == known[i].Name }) {
			return entered, fmt.Errorf("the pools %s and %s of --pool are one, or copies of each other: leave one out, or remove the file clips/pool.id in %s", known[i].Name, p.Name, p.Dir)
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

// listedPools are the media pools of the settings, for a command that only reads.
func listedPools(ctx context.Context, rows store.View, cfg config.Config) ([]recorder.Pool, error) {
	pools := []recorder.Pool{{Name: config.FirstPool, Dir: cfg.Media}}
	known, err := rows.Pools(ctx)
	if err != nil {
		return nil, err
	}
	for _, p := range cfg.Pools {
		found, ok := knownPool(p, known)
		if !ok {
			return nil, fmt.Errorf("the hub knows no pool %s: start it with that once, or leave it out", p.Name)
		}
		pools = append(pools, found)
	}
	return pools, nil
}
