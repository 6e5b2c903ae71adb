package app

import (
	"fmt"
	"os"
	"path/filepath"

	"lares/hub/config"
	"lares/hub/store"
	"lares/recorder"
)

// apart refuses a new pool whose folder is another's, or lies in that or around it, by whatever
// links they are named: what is in one would be in both. Their names were compared before
// (config.Parse). Those that are not there now are not looked at: a start waits for no disk.
func (h *house) apart(p config.Pool, known []store.Pool) error {
	for _, other := range append([]config.Pool{{Name: config.FirstPool, Dir: h.cfg.Media}}, h.cfg.Pools...) {
		if other.Name == p.Name || h.gone(other, known) {
			continue
		}
		in, around := lies(p.Dir, other.Dir), lies(other.Dir, p.Dir)
		switch {
		case in && around:
			return fmt.Errorf("the pools %s (%s) and %s (%s) are one folder: leave one out", other.Name, other.Dir, p.Name, p.Dir)
		case in || around:
			return fmt.Errorf("the folders of the pools %s (%s) and %s (%s) lie in each other: leave one out, or choose another folder for it", other.Name, other.Dir, p.Name, p.Dir)
		}
	}
	return nil
}

// gone reports whether a pool that was there once is not there now.
func (h *house) gone(p config.Pool, known []store.Pool) bool {
	if p.Name == config.FirstPool {
		return h.away != nil
	}
	found, ok := knownPool(p, known)
	return ok && recorder.Away(found) != nil
}

// lies reports whether a folder is another one, or lies in it. One that is not there does not.
func lies(dir, outer string) bool {
	is, err := os.Stat(outer)
	if err != nil {
		return false
	}
	at, err := filepath.EvalSymlinks(dir)
	for err == nil {
		here, missing := os.Stat(at)
		if missing == nil && os.SameFile(here, is) {
			return true
		}
		if at == filepath.Dir(at) {
			break
		}
		at = filepath.Dir(at)
	}
	return false
}
