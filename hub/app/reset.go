package app

import (
	"context"
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"lares/cameras/clock"
	"lares/hub/journal"
	"lares/hub/vault"
	"lares/recorder"
)

const resetSays = `This ends the hub in %s. Its key is overwritten and erased first, then database, keys, certificates and the daily copies%s. Nobody can sign in
afterwards, and no recording of it ever opens again on this machine, for without hub.key no password does.
What stays readable: backups of this hub, for who has their passphrase and a password of then; what people downloaded; and flash memory may keep deleted bytes for a while.
`

// reset erases a hub, its keys first. The hub must be stopped: a running one
// still has them in its memory.
func reset(_ context.Context, _ Build, args []string, stdout, stderr io.Writer) error {
	var recordings *bool
	c, err := openConsole("reset", args, stdout, stderr, func(f *flag.FlagSet) {
		recordings = f.Bool("recordings", false, "erase the recordings too")
	})
	if err != nil {
		return err
	}
	if len(c.args) > 0 {
		return fmt.Errorf("reset takes no %q", c.args[0])
	}
	if info, err := os.Stat(c.cfg.Data); err != nil || !info.IsDir() {
		return fmt.Errorf("there is no hub in %s: choose its folder with --data", c.cfg.Data)
	}
	folder, err := openFolder(c.cfg.Data)
	if err != nil {
		return err
	}
	aside := erasedPrefix + clock.System{}.Now().UTC().Format("20060102-150405")
	folders, asides := []string{c.cfg.Media}, []string{filepath.Join(c.cfg.Media, aside)}
	for _, p := range c.cfg.Pools {
		folders, asides = append(folders, p.Dir), append(asides, filepath.Join(p.Dir, aside))
	}
	more := "; the recordings go to " + strings.Join(asides, ", ") + ", sealed for ever"
	if *recordings {
		more = ", and all recordings in " + strings.Join(folders, ", ")
	}
	fmt.Fprintf(c.ask, resetSays, c.cfg.Data, more)
	word, err := vault.ShortID(c.cfg.Data)
	if err == nil {
		if err = c.typed(word); err == nil {
			err = c.eraseAll(folders, *recordings, aside)
		}
	}
	if err := errors.Join(err, folder.Close()); err != nil {
		return err
	}
	fmt.Fprintln(c.out, "The hub is erased. `lares serve` makes a new one.")
	return nil
}

// typed asks for the short id of the hub, so that nobody does this by habit.
func (c *console) typed(word string) error {
	if c.yes {
		return nil
	}
	fmt.Fprintf(c.ask, "Type %s, the short id of this hub, to erase it: ", word)
	if c.line() != word {
		return errDeclined
	}
	return nil
}

// eraseAll goes on where it was broken off: a key that is gone is no error. The
// recordings that stay go aside: a hub does not begin among those of another.
func (c *console) eraseAll(folders []string, recordings bool, aside string) error {
	if err := overwrite(filepath.Join(c.cfg.Data, vault.HubKeyName)); err != nil {
		return fmt.Errorf("reset: the hub's key: %w", err)
	}
	if err := dropStaged(c.cfg.Data); err != nil {
		return fmt.Errorf("reset: %w", err)
	}
	gone, err := filesIn(c.cfg.Data, "lares.db*", tmpDatabases, "ca", journal.FileName+"*", unfinishedName+"*")
	if err != nil {
		return fmt.Errorf("reset: %w", err)
	}
	for _, folder := range folders {
		more, err := leaveMedia(folder, recordings, aside)
		if err != nil {
			return fmt.Errorf("reset: %w", err)
		}
		gone = append(gone, more...)
	}
	for _, path := range gone {
		if err := os.RemoveAll(path); err != nil {
			return fmt.Errorf("reset: %w", err)
		}
	}
	err = syncFolder(c.cfg.Data)
	for _, folder := range folders {
		if _, missing := os.Stat(folder); missing == nil {
			err = errors.Join(err, syncFolder(folder))
		}
	}
	return err
}

// erasedPrefix begins the name of the folder with the recordings of a hub that was
// erased.
const erasedPrefix = "clips.erased-"

// leaveMedia takes the marker off a media pool, moves its recordings aside unless they are to
// go, and returns what is to be removed in its folder.
func leaveMedia(folder string, recordings bool, aside string) (gone []string, err error) {
	if err := os.RemoveAll(filepath.Join(folder, recorder.PoolMarker)); err != nil {
		return nil, err
	}
	media := []string{vault.KeyringName + "*", copyPrefix + "*" + copySuffix + "*"}
	if recordings {
		media = append(media, "clips", erasedPrefix+"*")
	} else if err := moveAside(folder, aside); err != nil {
		return nil, err
	}
	return filesIn(folder, media...)
}

func moveAside(media, aside string) error {
	err := os.Rename(filepath.Join(media, "clips"), filepath.Join(media, aside))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}

// overwrite makes a small file's bytes random before it is removed.
func overwrite(path string) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err == nil {
		b := make([]byte, info.Size())
		rand.Read(b)
		_, err = f.WriteAt(b, 0)
	}
	if err := errors.Join(err, f.Sync(), f.Close(), os.Remove(path)); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(path))
}
