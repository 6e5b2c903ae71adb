package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"lares/hub/config"
	"lares/recorder"
)

const (
	// copyEvery is how much of names, stars, grants and camera addresses a lost
	// database can cost at most.
	copyEvery = 24 * time.Hour
	// copyLook is how often it is looked whether a copy is due; the first time
	// is after the start, which has better things to do.
	copyLook = 10 * time.Minute
	// copyKeep copies are kept: the newest may be the one that a disk spoilt.
	copyKeep = 2

	copyPrefix, copySuffix = "database-", ".sealed"
	copyForm               = "20060102T150405Z"
)

// copyDaily keeps a sealed copy of the database beside the recordings, until
// the context ends: in the first media pool that is well.
func (h *house) copyDaily(ctx context.Context) error {
	tick := time.NewTicker(copyLook)
	defer tick.Stop()
	for said := ""; ; {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		err := errNoPool
		if at := slices.IndexFunc(h.pools, func(p recorder.Pool) bool { return h.poolWell(p.Number) }); at >= 0 {
			err = h.copyIfDue(ctx, h.pools[at])
		}
		if err == nil || ctx.Err() != nil {
			said = ""
		} else if said != err.Error() { // once, and not every ten minutes
			said = err.Error()
			h.log.Error("the daily copy of the database could not be made", "error", err)
		}
	}
}

// errNoPool says that there is nowhere to put a copy.
var errNoPool = errors.New("no disk for recordings takes anything")

func (h *house) copyIfDue(ctx context.Context, p recorder.Pool) error {
	copies, err := dailyCopies(p.Dir)
	if err != nil {
		return err
	}
	now := h.clock.Now()
	if len(copies) > 0 {
		made := copyMade(copies[0])
		if now.Sub(made) < copyEvery && !made.After(now) { // one of a time to come says that a clock was wrong
			return nil
		}
	}
	if any, err := h.store.AnyAccount(ctx); err != nil || !any {
		return err
	}
	if err := h.copyNow(ctx, p, now); err != nil {
		return err
	}
	for _, old := range copies[min(len(copies), copyKeep-1):] {
		err = errors.Join(err, os.Remove(old))
	}
	return err
}

// copyNow makes a copy in a pool: under its last name it is whole.
func (h *house) copyNow(ctx context.Context, p recorder.Pool, now time.Time) error {
	plain := filepath.Join(h.cfg.Data, "copy.tmp.db")
	if err := os.Remove(plain); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if err := h.store.Copy(ctx, plain); err != nil {
		return err
	}
	defer os.Remove(plain)
	from, err := os.Open(plain)
	if err != nil {
		return err
	}
	defer from.Close()
	root, err := recorder.OpenPool(p)
	if err != nil {
		return err
	}
	defer root.Close()
	return putIn(root, copyPrefix+now.UTC().Format(copyForm)+copySuffix, func(w io.Writer) error { return h.sealInto(w, from) })
}

func (h *house) sealInto(to io.Writer, from io.Reader) error {
	w, err := h.vault.SealCopy(to)
	if err != nil {
		return err
	}
	if _, err := io.Copy(w, from); err != nil {
		return err
	}
	return w.Close()
}

// dailyCopies are the copies beside the recordings, newest first.
func dailyCopies(media string) ([]string, error) {
	names, err := filesIn(media, copyPrefix+"*"+copySuffix)
	if err != nil {
		return nil, fmt.Errorf("app: looking for copies of the database: %w", err)
	}
	slices.Sort(names)
	slices.Reverse(names)
	return names, nil
}

// allCopies are the copies in all pools, newest first.
func allCopies(cfg config.Config) (copies []string, err error) {
	for _, dir := range append([]string{cfg.Media}, otherPools(cfg)...) {
		more, err := dailyCopies(dir)
		if err != nil {
			return nil, err
		}
		copies = append(copies, more...)
	}
	slices.SortStableFunc(copies, func(a, b string) int { return strings.Compare(filepath.Base(b), filepath.Base(a)) })
	return copies, nil
}

// copyMade is when a copy was made, by its name; zero if that says nothing.
func copyMade(path string) time.Time {
	made, err := time.Parse(copyForm, strings.TrimSuffix(strings.TrimPrefix(filepath.Base(path), copyPrefix), copySuffix))
	if err != nil {
		return time.Time{}
	}
	return made
}

// syncFolder makes the names in a folder durable.
func syncFolder(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
