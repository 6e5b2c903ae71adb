package vault

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"lares/cameras/media"
	"lares/hub/store"
)

// The disk of a keyring may be away, at a start or later. Until it is back nothing is done
// that has to be written there: no key and no password changes, nothing is shared and no
// camera added. All else goes on with the keys that there are.
//
// At a start the keyring tells whether the database is an older copy, and what was taken from
// whom since. Without it a hub starts only where nothing else says that the database is older:
// copies of the keyring (here), the heads of the journal, clips (hub/app).

var (
	// ErrRingAway says that a keyring is not there, or can only be read: what has to be
	// written there is not done.
	ErrRingAway = errors.New("vault: the keyring is not there, or cannot be written")
	// ErrRingOther says that a keyring is there again and not as the database knows it: what
	// it says is looked at by a start alone.
	ErrRingOther = errors.New("vault: the keyring that is there now is not as the database knows it")
)

// RingGone says whether an error is that a keyring takes nothing now.
func RingGone(err error) bool { return errors.Is(err, ErrRingAway) || errors.Is(err, ErrRingOther) }

// mountIt ends the line that tells a person why a hub does not start without its keyring.
const mountIt = "mount its disk, or choose the folder that holds it with --media; if it is lost for good, make its folder anew and run `lares repair`; the recordings are untouched"

// openAway takes over from the database how far the keyrings reach, whose disks are away.
func (v *Vault) openAway(ctx context.Context, claimed bool) error {
	path := filepath.Join(v.cfg.Pools[0], KeyringName)
	if !claimed {
		return fmt.Errorf("vault: the folder for recordings %s is not there, and a hub that nobody has claimed begins its keys in it: mount its disk, or choose another with --media (%w)", v.cfg.Pools[0], v.cfg.Away)
	}
	note, errNote := v.cfg.Store.Setting(ctx, store.SettingKeyring)
	_, errHeld := v.cfg.Store.Setting(ctx, store.SettingHeld)
	if err := errors.Join(onlyOther(errNote), onlyOther(errHeld)); err != nil {
		return err
	}
	if errHeld == nil || len(note) != noteSize*len(v.cfg.Pools) {
		return fmt.Errorf("vault: the keyring %s is not there, and the start before was cut off while it took over what that says: %s", path, mountIt)
	}
	for i, pool := range v.cfg.Pools {
		known := parseNote(note[noteSize*i:])
		if copied := v.newerCopy(known); copied != "" {
			return fmt.Errorf("vault: the keyring %s is not there, and its copy %s is newer than the database, so that nobody knows what was taken from whom since: %s", path, copied, mountIt)
		}
		v.rings = append(v.rings, &ring{path: filepath.Join(pool, KeyringName), key: v.key, last: known})
	}
	v.cfg.Log.Error("the keyring is not there: until it is back no key and no password changes, nothing is shared and no camera added", "keyring", path, "error", v.cfg.Away)
	v.readRemoved()
	v.missing.keys, v.missing.homeless = map[media.CameraID][]entry{}, map[media.CameraID]bool{}
	word, err := v.cfg.Store.NewestWord(ctx)
	v.missing.word = word
	return err
}

// newerCopy names a copy of the keyring that knows more than the database, or something else.
// One that is damaged or of another hub says nothing.
func (v *Vault) newerCopy(known link) string {
	for _, path := range v.cfg.RingCopies {
		b, err := os.ReadFile(path)
		if err != nil {
			continue
		}
		in, err := v.key.read(path, b, true)
		if err != nil {
			continue
		}
		if last := in.links[len(in.links)-1]; last.end > known.end || last.end == known.end && last.code != known.code {
			return path
		}
	}
	return ""
}

// Follow goes over to keyrings that are there again, or in another mount. It is ErrRingAway
// where one is not, and ErrRingOther where one is not as the database knows it: then the hub
// has to start anew. It may wait for as long as the disk lets it.
func (v *Vault) Follow() error {
	for _, r := range v.rings {
		found, err := r.found()
		if err != nil {
			return err
		}
		if found {
			v.cfg.Log.Info("the keyring is there again: keys and passwords can be changed, things shared and cameras added", "keyring", r.path)
		}
	}
	return nil
}

// found says whether the file was gone over to.
func (r *ring) found() (bool, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	was := r.file
	err := r.follow()
	return err == nil && r.file != was, err
}

// follow goes over to the file that lies in the keyring's place, unless it is the one that is
// open. That has to end where the last one did that was written, or that the database knows.
// r.mu is held.
func (r *ring) follow() error {
	there, err := os.Stat(r.path)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrRingAway, err)
	}
	if r.file != nil {
		if open, err := r.file.Stat(); err == nil && os.SameFile(open, there) {
			return nil
		}
	}
	b, err := os.ReadFile(r.path)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrRingAway, err)
	}
	in, err := r.key.read(r.path, b, true)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrRingOther, err)
	}
	last := in.links[len(in.links)-1]
	if last.end != int64(len(b)) || last.end != r.last.end || last.code != r.last.code {
		return ErrRingOther
	}
	f, err := os.OpenFile(r.path, os.O_RDWR, 0)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrRingAway, err)
	}
	if r.file != nil {
		r.file.Close() // of a disk that is gone; all that counts was synced
	}
	r.file, r.last = f, last
	return nil
}
