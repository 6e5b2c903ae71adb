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
	"syscall"

	"lares/hub/journal"
	"lares/hub/store"
	"lares/hub/vault"
)

const backupSays = `A backup holds the hub's keys, its accounts, its cameras with their addresses and passwords, what is shared with whom, the index of the
recordings and the hub's certificate authority. It does NOT hold the recordings: keep the folder %s as well.

Whoever has the file and the passphrase can run a hub in the place of this one and knows the passwords of the cameras. Recordings open only with the
password or recovery code of an account besides. An account that you remove, or a password that you change later, stays in this file as it is now.
`

// backup writes everything but the recordings into one sealed file. The hub may
// run.
func backup(ctx context.Context, build Build, args []string, stdout, stderr io.Writer) (err error) {
	var secret *string
	c, err := openConsole("backup", args, stdout, stderr, func(f *flag.FlagSet) {
		secret = f.String("passphrase-file", "", "file whose first line is the passphrase")
	})
	if err != nil {
		return err
	}
	if len(c.args) != 1 {
		return errors.New("say where to: lares backup FILE")
	}
	if err := c.keyringThere(); err != nil {
		return err
	}
	fmt.Fprintf(c.ask, backupSays, c.cfg.Media)
	passphrase, err := c.passphrase(*secret, true)
	if err != nil {
		return err
	}
	alone, err := c.backUpAlone()
	if err != nil {
		return err
	}
	defer alone.Close()
	copied, err := c.copyDatabase(ctx, build)
	if err != nil {
		return err
	}
	defer os.Remove(copied)
	f, err := os.OpenFile(c.args[0], os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("the backup: %w", err)
	}
	err = c.pack(ctx, f, copied, passphrase)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return errors.Join(fmt.Errorf("the backup: %w", err), os.Remove(c.args[0]))
	}
	if err := syncFolder(filepath.Dir(c.args[0])); err != nil {
		return fmt.Errorf("the backup: %w", err)
	}
	fmt.Fprintf(c.out, "The backup is %s. Keep the passphrase apart from it: without it the file is worth nothing.\n", c.args[0])
	return nil
}

// keyringThere says why no backup is made of a hub whose keyring is away: it is a part of it.
func (c *console) keyringThere() error {
	path := filepath.Join(c.cfg.Media, vault.KeyringName)
	f, err := os.Open(path)
	if err == nil {
		return f.Close()
	}
	if _, err := os.Stat(c.cfg.Database()); err != nil {
		return nil // there is no hub, which is said where its folder is opened
	}
	return fmt.Errorf("the keyring %s is not there, and nobody opens a recording with a backup that lacks it: mount its disk, or choose the folder that holds it with --media; "+
		"if it is lost for good, make its folder anew and run `lares repair` before the backup (%w)", path, err)
}

// backUpAlone keeps other backups of the hub out until it is closed: the copy of the
// database has one name, so that none is left behind.
func (c *console) backUpAlone() (*folder, error) {
	f, err := os.Open(c.cfg.Data)
	if err != nil {
		return nil, fmt.Errorf("there is no hub in %s: choose its folder with --data", c.cfg.Data)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, errors.New("another backup of this hub is being made: try again when it is done")
		}
		return nil, fmt.Errorf("app: locking %s: %w", c.cfg.Data, err)
	}
	return &folder{f}, nil
}

// copyDatabase has the running hub copy its database, or does it itself where
// none runs. The copy lies in the data folder.
func (c *console) copyDatabase(ctx context.Context, build Build) (path string, err error) {
	path, err = askControl(ctx, c.cfg.Control(), "copy")
	if !errors.Is(err, errNoHub) {
		return path, err
	}
	if _, err := os.Stat(c.cfg.Database()); err != nil {
		return "", fmt.Errorf("there is no hub in %s: choose its folder with --data", c.cfg.Data)
	}
	h, err := c.openStopped(ctx, build)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, h.close()) }()
	return h.copyForBackup(ctx)
}

// openStopped opens the folder and keys of a hub that does not run.
func (c *console) openStopped(ctx context.Context, build Build) (*house, error) {
	h := &house{cfg: c.cfg, build: build, repairing: c.repairing, confirms: c.confirms, log: slog.New(slog.NewTextHandler(c.ask, nil))}
	for _, step := range []func(context.Context) error{h.openFolder, h.openKeys} {
		if err := step(ctx); err != nil {
			return nil, errors.Join(err, h.close())
		}
	}
	return h, nil
}

// copyForBackup answers `lares backup`: it copies the database into the data
// folder.
func (h *house) copyForBackup(ctx context.Context) (string, error) {
	if err := h.journal.Put(ctx, journal.Entry{Kind: journal.Backup, Via: journal.ViaConsole}); err != nil {
		return "", err
	}
	path := filepath.Join(h.cfg.Data, "backup.tmp.db")
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return "", fmt.Errorf("app: an old copy of the database: %w", err)
	}
	return path, h.store.Copy(ctx, path)
}

// pack writes the archive: a tar file, sealed.
func (c *console) pack(ctx context.Context, to io.Writer, copied, passphrase string) error {
	known, err := ringKnown(ctx, copied)
	if err != nil {
		return err
	}
	sealed, err := vault.NewBackup(to, passphrase)
	if err != nil {
		return err
	}
	t := tar.NewWriter(sealed)
	// What the keyring has beyond the copy belongs to a later database.
	for _, f := range []packed{
		{vault.HubKeyName, filepath.Join(c.cfg.Data, vault.HubKeyName), -1},
		{"lares.db", copied, -1},
		{vault.KeyringName, filepath.Join(c.cfg.Media, vault.KeyringName), known},
		{"ca/ca.pem", filepath.Join(c.cfg.Data, "ca", "ca.pem"), -1},
		{"ca/ca.key", filepath.Join(c.cfg.Data, "ca", "ca.key"), -1},
		{journal.FileName, filepath.Join(c.cfg.Data, journal.FileName), -1},
	} {
		if err := f.into(t); err != nil {
			return err
		}
	}
	return errors.Join(t.Close(), sealed.Close())
}

// packed is a file of the archive; size is how much of it, -1 for all.
type packed struct {
	name, path string
	size       int64
}

func (p packed) into(t *tar.Writer) error {
	f, err := os.Open(p.path)
	if errors.Is(err, os.ErrNotExist) && (strings.HasPrefix(p.name, "ca/") || p.name == journal.FileName) {
		return nil // a hub that never ran has none
	}
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if p.size < 0 {
		p.size = info.Size()
	}
	if err := t.WriteHeader(&tar.Header{Name: p.name, Mode: 0o600, Size: p.size, ModTime: info.ModTime()}); err != nil {
		return err
	}
	_, err = io.CopyN(t, f, p.size)
	return err
}

// ringKnown is how far the keyring is known to a copy of the database.
func ringKnown(ctx context.Context, copied string) (int64, error) {
	s, err := store.Open(ctx, store.Options{Path: copied})
	if err != nil {
		return 0, err
	}
	known, err := vault.RingKnown(ctx, s)
	return known, errors.Join(err, s.Close())
}
