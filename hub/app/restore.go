package app

import (
	"archive/tar"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"lares/cameras/clock"
	"lares/hub/journal"
	"lares/hub/store"
	"lares/hub/vault"
)

const restoreSays = `This makes a hub of the backup in %s. It gets a name of its own: two hubs from one backup never mix up their keys.
Everybody has to sign in again, with the password of when the backup was made; guest links, invitations and API tokens are gone. What was recorded
before opens for the same people. Put its folder to %s first, if there is one, and restore then: it holds the keys of what was recorded after the backup, and says whom
a camera was taken from since. Once the restored hub is in use, a folder that comes afterwards is refused. Who had a key before can still open what they have a copy of.
`

// restore makes a hub of a backup, in an empty data folder.
func restore(ctx context.Context, build Build, args []string, stdout, stderr io.Writer) (err error) {
	var secret *string
	c, err := openConsole("restore", args, stdout, stderr, func(f *flag.FlagSet) {
		secret = f.String("passphrase-file", "", "file whose first line is the passphrase")
	})
	if err != nil {
		return err
	}
	if len(c.args) != 1 {
		return errors.New("say from where: lares restore FILE")
	}
	if err := c.emptyData(); err != nil {
		return err
	}
	fmt.Fprintf(c.ask, restoreSays, c.cfg.Data, c.cfg.Media)
	if err := c.confirm("Restore?"); err != nil {
		return err
	}
	passphrase, err := c.passphrase(*secret, false)
	if err != nil {
		return err
	}
	folder, err := openFolder(c.cfg.Data)
	if err != nil {
		return err
	}
	if err = dropStaged(c.cfg.Data); err == nil {
		err = c.unpackAndRestore(ctx, passphrase)
	}
	if err := errors.Join(err, folder.Close()); err != nil {
		return err
	}
	return c.afterRestore(ctx, build)
}

// emptyData refuses a folder in which there is anything: a hub is not restored
// over another.
func (c *console) emptyData() error {
	entries, err := os.ReadDir(c.cfg.Data)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("the data folder: %w", err)
	}
	for _, e := range entries {
		inside := filepath.Join(c.cfg.Data, e.Name())
		if e.Name() != "lock" && inside != c.cfg.Media && !strings.HasPrefix(e.Name(), stagedPrefix) {
			return fmt.Errorf("%s is not empty (it holds %s): restore into an empty folder, chosen with --data, or move what is in there away", c.cfg.Data, e.Name())
		}
	}
	return nil
}

// stagedPrefix begins the name of the folder in which a restore unpacks the hub.
const stagedPrefix = "restoring-"

// dropStaged erases what a restore unpacked and did not move, its keys first: they
// are nowhere else in the clear.
func dropStaged(data string) error {
	left, err := filesIn(data, stagedPrefix+"*")
	if err != nil {
		return err
	}
	for _, dir := range left {
		for _, key := range []string{vault.HubKeyName, filepath.Join("keys", vault.HubKeyName)} {
			if err := overwrite(filepath.Join(dir, key)); err != nil {
				return fmt.Errorf("app: the key of a restore that was broken off: %w", err)
			}
		}
		if err := os.RemoveAll(dir); err != nil {
			return fmt.Errorf("app: a restore that was broken off: %w", err)
		}
	}
	return nil
}

// unpackAndRestore unpacks the whole archive first: nothing is made of one that
// is damaged.
func (c *console) unpackAndRestore(ctx context.Context, passphrase string) (err error) {
	staged, err := os.MkdirTemp(c.cfg.Data, stagedPrefix)
	if err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	defer func() { err = errors.Join(err, dropStaged(c.cfg.Data)) }()
	if err := unpack(c.args[0], staged, passphrase); err != nil {
		return err
	}
	db := filepath.Join(staged, "lares.db")
	s, err := store.Open(ctx, store.Options{Path: db, Create: func() error { return errors.New("the backup holds no database") }})
	if err != nil {
		return err
	}
	keys := filepath.Join(staged, "keys")
	err = os.Mkdir(keys, 0o700)
	if err == nil {
		err = vault.Restore(ctx, vault.Config{
			Dir: keys, Pools: []string{c.cfg.Media}, Store: s, Clock: clock.System{}, Log: slog.New(slog.NewTextHandler(c.ask, nil)),
		}, staged, filepath.Join(staged, vault.KeyringName))
	}
	if err := errors.Join(err, s.Close()); err != nil {
		return err
	}
	// hub.key comes last: a restore that was broken off leaves a folder in which
	// no hub starts.
	for _, move := range [][2]string{
		{"lares.db", "lares.db"}, {"ca", "ca"}, {journal.FileName, journal.FileName + journal.FormerSuffix},
		{filepath.Join("keys", vault.HubKeyName), vault.HubKeyName},
	} {
		err := os.Rename(filepath.Join(staged, move[0]), filepath.Join(c.cfg.Data, move[1]))
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("restore: %w", err)
		}
	}
	return nil
}

// afterRestore opens the new hub once: what cannot be opened was not restored.
func (c *console) afterRestore(ctx context.Context, build Build) (err error) {
	h, err := c.openStopped(ctx, build)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.close()) }()
	found, err := h.adopt(ctx)
	if err != nil {
		return err
	}
	if err := h.journal.Put(ctx, journal.Entry{Kind: journal.Restored, Via: journal.ViaConsole, Count: int64(found.clips)}); err != nil {
		return err
	}
	fmt.Fprintf(c.out, "Restored as hub %s. Start it with `lares serve`.\n", h.vault.Hub())
	if found.clips > 0 {
		fmt.Fprintf(c.out, "%d recordings that are newer than the backup were listed again.\n", found.clips)
	}
	back, err := h.vault.RolledBack(ctx)
	if back {
		fmt.Fprintln(c.out, "The recordings are newer than the backup. Nothing recorded opens until an operator signs in and confirms that.")
	}
	return err
}

// unpack writes the archive's files into a folder.
func unpack(file, into, passphrase string) error {
	f, err := os.Open(file)
	if err != nil {
		return fmt.Errorf("the backup: %w", err)
	}
	defer f.Close()
	plain, err := vault.OpenBackup(f, passphrase)
	if err != nil {
		return err
	}
	t := tar.NewReader(plain)
	for {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			_, err = io.Copy(io.Discard, plain) // to its end: it may be cut there
			return err
		}
		if err != nil {
			return fmt.Errorf("the backup: %w", err)
		}
		if err := unpackOne(t, h, into); err != nil {
			return fmt.Errorf("the backup: %s: %w", h.Name, err)
		}
	}
}

func unpackOne(r io.Reader, h *tar.Header, into string) error {
	if !filepath.IsLocal(h.Name) || h.Typeflag != tar.TypeReg {
		return errors.New("not a file of a backup")
	}
	path := filepath.Join(into, h.Name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, r)
	return errors.Join(err, f.Sync(), f.Close())
}
