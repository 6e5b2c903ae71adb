package app

import (
	"context"
	"errors"
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

const repairSays = `The hub's database is made anew from the keys beside the recordings in %s, from the recordings themselves and from the newest daily copy of
the database that is whole. Recordings are not touched, and what is left of the database is put aside. Everybody has to sign in again.
`

// repair rebuilds a lost database. A hub whose database is whole gets those
// recordings listed that it does not know.
func repair(ctx context.Context, build Build, args []string, stdout, stderr io.Writer) error {
	c, err := openConsole("repair", args, stdout, stderr, nil)
	if err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(c.cfg.Data, vault.HubKeyName)); err != nil {
		return fmt.Errorf("there is no hub.key in %s, and without it no password opens: restore a backup with `lares restore`", c.cfg.Data)
	}
	folder, err := openFolder(c.cfg.Data)
	if err != nil {
		return err
	}
	from, made, err := c.rebuild(ctx)
	if err := errors.Join(err, folder.Close()); err != nil {
		return err
	}
	return c.afterRepair(ctx, build, from, made)
}

// rebuild makes the database, unless it is whole; from says out of what.
func (c *console) rebuild(ctx context.Context) (from string, made vault.Replayed, err error) {
	whole, err := c.wholeDatabase(ctx, c.cfg.Database())
	if whole || err != nil {
		return "", made, err
	}
	fmt.Fprintf(c.ask, repairSays, c.cfg.Media)
	if err := c.confirm("Repair?"); err != nil {
		return "", made, err
	}
	if err := c.putAside(); err != nil {
		return "", made, err
	}
	if from, err = c.newestCopy(ctx); err != nil {
		return "", made, err
	}
	s, err := store.Open(ctx, store.Options{Path: c.cfg.Database()})
	if err != nil {
		return "", made, err
	}
	made, err = vault.Repair(ctx, vault.Config{
		Dir: c.cfg.Data, Pools: []string{c.cfg.Media}, Store: s, Clock: clock.System{}, Log: slog.New(slog.NewTextHandler(c.ask, nil)),
	})
	if from == "" {
		from = "the keys alone"
	}
	return from, made, errors.Join(err, s.Close())
}

// wholeDatabase reports whether a database is there, undamaged and claimed. One
// that cannot be used for another reason is not to be rebuilt.
func (c *console) wholeDatabase(ctx context.Context, path string) (bool, error) {
	none := errors.New("no database")
	s, err := store.Open(ctx, store.Options{Path: path, Create: func() error { return none }})
	if errors.Is(err, none) || errors.Is(err, store.ErrDamaged) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	any, err := s.AnyAccount(ctx)
	return any, errors.Join(err, s.Close())
}

// putAside moves what is left of the database out of the way.
func (c *console) putAside() error {
	stamp := clock.System{}.Now().UTC().Format(copyForm)
	for _, end := range []string{"", "-wal", "-shm"} {
		path := c.cfg.Database() + end
		err := os.Rename(path, path+".lost-"+stamp)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("repair: %w", err)
		}
	}
	return nil
}

// newestCopy unseals the newest daily copy that is whole into the database's
// place; "" if there is none.
func (c *console) newestCopy(ctx context.Context) (string, error) {
	copies, err := dailyCopies(c.cfg.Media)
	if err != nil {
		return "", err
	}
	for _, name := range copies {
		err := c.unseal(name)
		if err != nil && !errors.Is(err, vault.ErrArchive) && !errors.Is(err, vault.ErrPassphrase) {
			// A full or failing disk: an older copy would lose what this one holds.
			return "", fmt.Errorf("repair: the copy %s cannot be unsealed, and nothing was repaired: mend that, or move it away, and try again: %w", name, err)
		}
		whole := false
		if err == nil {
			whole, err = c.wholeDatabase(ctx, c.cfg.Database())
		}
		if whole && err == nil {
			return "the copy " + filepath.Base(name), nil
		}
		fmt.Fprintf(c.ask, "The copy %s is not whole: %v\n", name, err)
		for _, end := range []string{"", "-wal", "-shm"} {
			if err := os.Remove(c.cfg.Database() + end); err != nil && !errors.Is(err, os.ErrNotExist) {
				return "", fmt.Errorf("repair: %w", err)
			}
		}
	}
	return "", nil
}

func (c *console) unseal(name string) error {
	from, err := os.Open(name)
	if err != nil {
		return err
	}
	defer from.Close()
	plain, err := vault.OpenCopy(c.cfg.Data, from)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(c.cfg.Database(), os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, plain)
	return errors.Join(err, f.Sync(), f.Close())
}

// tellRepaired tells everybody that the database was made anew: who finds something
// missing knows why, and who finds nothing missing looks.
func (h *house) tellRepaired(ctx context.Context, accounts []store.Account) error {
	return h.store.Update(ctx, func(tx *store.Tx) error {
		for _, a := range accounts {
			n := store.Notice{ID: store.NewNoticeID(), Account: a.ID, At: h.clock.Now(), Kind: string(journal.NoticeRepaired)}
			if err := tx.AddNotice(ctx, n); err != nil {
				return err
			}
		}
		return nil
	})
}

// afterRepair lists the recordings and says what came back and what did not.
func (c *console) afterRepair(ctx context.Context, build Build, from string, made vault.Replayed) (err error) {
	h, err := c.openStopped(ctx, build)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.close()) }()
	if from != "" { // the journal found its rows gone, and who stands here has confirmed that
		if err := h.vault.Confirmed(ctx); err != nil {
			return err
		}
	}
	found, err := h.adopt(ctx)
	if err != nil {
		return err
	}
	accounts, err1 := h.store.Accounts(ctx)
	cameras, err2 := h.store.AllCameras(ctx)
	e := journal.Entry{Kind: journal.Repaired, Via: journal.ViaConsole, Count: int64(found.clips)}
	if from == "" { // no token ended
		e.Detail = map[string]any{"listed": true}
	}
	err = errors.Join(err1, err2, h.journal.Put(ctx, e))
	if err == nil && from != "" {
		err = h.tellRepaired(ctx, accounts)
	}
	if err != nil {
		return err
	}
	var b strings.Builder
	if from == "" {
		fmt.Fprintln(&b, "The database is whole; it was not rebuilt.")
	} else {
		fmt.Fprintf(&b, "The database was rebuilt from %s.\nBack: %d accounts with their passwords, %d cameras.\n", from, len(accounts), len(cameras))
	}
	fmt.Fprintf(&b, "Recordings listed again: %d, in %d events", found.clips, found.events)
	if found.damaged > 0 {
		fmt.Fprintf(&b, "; %d of them end in the middle", found.damaged)
	}
	fmt.Fprintln(&b, ".")
	if n := len(made.Made); n > 0 {
		fmt.Fprintf(&b, "Not back: name, address and shares of %d cameras. Their owners can watch what was recorded; add the cameras again to record more.\n", n)
	}
	if from != "" {
		fmt.Fprintln(&b, "Not back: what was seen in the events listed again, and names and stars that are newer than the copy; guest links and sign-ins."+
			"\nSwitched off for accounts that the copy does not have with it: the second factor, which is not among the keys beside the recordings. Whoever had one sets it up again.")
	}
	if found.homeless+found.foreign > 0 {
		fmt.Fprintf(&b, "Left alone: %d files of cameras that nobody has a key for, %d that are not this hub's.\n", found.homeless, found.foreign)
	}
	_, err = io.WriteString(c.out, b.String())
	return err
}
