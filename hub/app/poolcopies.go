package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"lares/hub/config"
	"lares/hub/vault"
	"lares/recorder"
)

// poolCopyLook is how often it is looked whether the copies in the other pools are behind:
// what was granted or begun since is in none of them if all else is lost at once.
const poolCopyLook = 10 * time.Second

// otherPools are the folders of the media pools beside the first.
func otherPools(cfg config.Config) (dirs []string) {
	for _, p := range cfg.Pools {
		dirs = append(dirs, p.Dir)
	}
	return dirs
}

// ringCopies are where copies of the keyring may lie: in the first pool, too, if it was another
// one before.
func ringCopies(cfg config.Config) (paths []string) {
	for _, dir := range append([]string{cfg.Media}, otherPools(cfg)...) {
		paths = append(paths, filepath.Join(dir, vault.RingCopyName))
	}
	return paths
}

// copyToPools keeps what a repair needs in each other media pool too, until the context ends:
// a copy of the keyring and the daily copies of the database. A pool that is not well gets
// them when it is again, and none waits for another.
func (h *house) copyToPools(ctx context.Context) error {
	var pools sync.WaitGroup
	for _, p := range h.pools[1:] {
		pools.Go(func() { h.copyToPool(ctx, p) })
	}
	<-ctx.Done()
	pools.Wait()
	return nil
}

func (h *house) copyToPool(ctx context.Context, p recorder.Pool) {
	tick := time.NewTicker(poolCopyLook)
	defer tick.Stop()
	to, said := &poolCopies{h: h, pool: p}, ""
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if !h.poolWell(p.Number) {
			to.have, to.made = "", nil // what comes back may be another disk, or an older image of this one
			continue
		}
		err := to.bring(ctx)
		if err == nil || ctx.Err() != nil {
			said = ""
		} else if said != err.Error() { // once, and not every ten seconds
			said = err.Error()
			h.log.Error("keys and copies of the database could not be copied to a media pool", "pool", p.Name, "error", err)
		}
	}
}

// poolWell says whether a pool takes what is written to it.
func (h *house) poolWell(number int) bool {
	return slices.ContainsFunc(h.recorder.Pools(), func(s recorder.PoolState) bool { return s.Number == number && s.Trouble == "" })
}

// poolCopies are the copies in one pool beside the first.
type poolCopies struct {
	h    *house
	pool recorder.Pool
	have string   // what the database noted of the keyring that is there
	made []string // the daily copies that are
}

// errOthersKeys says that a pool has a copy of the keys of another hub: nothing is put over it.
var errOthersKeys = errors.New("the pool holds keys of another hub: if that is no more, remove " + vault.RingCopyName + " there")

// bring brings a pool what it has not yet. The keys come first: a copy of the database is
// worth nothing without them.
func (p *poolCopies) bring(ctx context.Context) error {
	ring, noted, err := p.h.vault.RingCopy(ctx, p.have)
	if err != nil {
		return err
	}
	made, err := dailyCopies(p.h.cfg.Media)
	if err != nil {
		return err
	}
	if ring == nil && slices.Equal(made, p.made) {
		return nil
	}
	root, err := recorder.OpenPool(p.pool)
	if err != nil {
		return err
	}
	defer root.Close()
	there, err := root.ReadFile(vault.RingCopyName)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if len(there) > 0 && !p.h.vault.OwnRing(there) {
		return errOthersKeys
	}
	if ring != nil && !slices.Equal(there, ring) {
		if err := putIn(root, vault.RingCopyName, func(w io.Writer) error { _, err := w.Write(ring); return err }); err != nil {
			return fmt.Errorf("the copy of the keyring: %w", err)
		}
	}
	p.have = noted
	if err := bringCopies(root, made); err != nil {
		return err
	}
	p.made = made
	return nil
}

// bringCopies copies the daily copies of the first pool to another, which keeps the newest of
// both: the first may have none, for its disk is new, or older ones, for it was away.
func bringCopies(root *os.Root, made []string) error {
	there, err := fs.Glob(root.FS(), copyPrefix+"*"+copySuffix)
	if err != nil {
		return err
	}
	all := slices.Clone(there)
	for _, path := range made {
		all = append(all, filepath.Base(path))
	}
	slices.Sort(all)
	all = slices.Compact(all)
	keep := all[max(0, len(all)-copyKeep):]
	for _, path := range made {
		name := filepath.Base(path)
		if slices.Contains(there, name) || !slices.Contains(keep, name) {
			continue
		}
		from, err := os.Open(path)
		if err != nil {
			return err
		}
		err = putIn(root, name, func(w io.Writer) error { _, err := io.Copy(w, from); return err })
		if err := errors.Join(err, from.Close()); err != nil {
			return fmt.Errorf("the copy of the database: %w", err)
		}
	}
	for _, old := range there {
		if !slices.Contains(keep, old) {
			err = errors.Join(err, root.Remove(old))
		}
	}
	return err
}

// putIn makes a file below a root: under its last name it is whole.
func putIn(root *os.Root, name string, write func(io.Writer) error) error {
	part := name + ".part"
	f, err := root.OpenFile(part, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	err = write(f)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return errors.Join(err, root.Remove(part))
	}
	if err := root.Rename(part, name); err != nil {
		return err
	}
	folder, err := root.Open(".")
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}
