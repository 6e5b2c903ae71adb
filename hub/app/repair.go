package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"lares/cameras/clock"
	"lares/cameras/media"
	"lares/hub/journal"
	"lares/hub/store"
	"lares/hub/vault"
)

const repairSays = `The hub's database is made anew from the keys beside the recordings in %s, from the recordings themselves and from the newest daily copy of
the database that is whole. Recordings are not touched, and what is left of the database is put aside. Everybody has to sign in again.
`

// What a repair says of the keyring; each takes its path, and waitsSays follows.
const (
	repairDamagedSays = `The keys beside the recordings, %s, are damaged, or end in what nobody can read. The file is kept as it is under another name beside it, and another is made
of what is whole before that and of what the database has. The part that is lost may have been newer than the database`
	repairMissingSays = `The keys beside the recordings are missing: there is nothing in %s. If the recordings are in another folder, stop here and name that one with --media:
what is made here is in its way. Else another file is made of what the database has. The one that is missing may have been newer than the database`
	repairRestSays = `The keys beside the recordings, %s, were being made anew. What was lost of them may have been newer than the database`
	waitsSays      = `. Recordings are not touched. But everybody has to sign in again, API tokens and guest links
end, nothing recorded opens until an operator has signed in and confirmed, and nothing that is shared opens before its owner has confirmed each share.
`
)

func ringSays(ring vault.RingState) string {
	switch ring {
	case vault.RingDamaged:
		return repairDamagedSays
	case vault.RingMissing:
		return repairMissingSays
	}
	return repairRestSays // a repair that was cut off made it anew
}

// repair rebuilds a lost database and mends a keyring that is damaged or missing. A hub
// whose database and keyring are whole gets those recordings listed that it does not know.
func repair(ctx context.Context, build Build, args []string, stdout, stderr io.Writer) error {
	c, err := openConsole("repair", args, stdout, stderr, nil)
	if err != nil {
		return err
	}
	c.repairing = true
	if _, err := os.Stat(filepath.Join(c.cfg.Data, vault.HubKeyName)); err != nil {
		return fmt.Errorf("there is no hub.key in %s, and without it no password opens: restore a backup with `lares restore`", c.cfg.Data)
	}
	folder, err := openFolder(c.cfg.Data)
	if err != nil {
		return err
	}
	made, err := c.rebuild(ctx)
	if err := errors.Join(err, folder.Close()); err != nil {
		return err
	}
	if err := c.afterRepair(ctx, build, made); err != nil {
		return err
	}
	return endRepair(c.cfg.Data)
}

// rebuilt is what a repair made anew.
type rebuilt struct {
	vault.Replayed
	from string // out of what; "" nothing was
	ring bool   // the keyring was damaged or missing
	kept bool   // the database is as it was
}

// rebuild makes anew what is not whole, and what a repair that was cut off left.
func (c *console) rebuild(ctx context.Context) (made rebuilt, err error) {
	before, err1 := unfinished(c.cfg.Data)
	whole, err2 := c.wholeDatabase(ctx, c.cfg.Database())
	if err := errors.Join(err1, err2); err != nil {
		return made, err
	}
	ring, err := c.rings(ctx, whole)
	if err != nil {
		return made, err
	}
	if whole && ring == vault.RingWhole && before == "" {
		return made, nil
	}
	if err := c.mayWrite(ring); err != nil {
		return made, err
	}
	made.ring = ring != vault.RingWhole || before == repairsRing
	if !whole {
		fmt.Fprintf(c.ask, repairSays, c.cfg.Media)
	}
	if made.ring {
		fmt.Fprintf(c.ask, ringSays(ring)+waitsSays, filepath.Join(c.cfg.Media, vault.KeyringName))
	}
	if before != "" {
		fmt.Fprintln(c.ask, "A repair before was cut off; this one does what it did not.")
	}
	if err := c.confirm("Repair?"); err != nil {
		return made, err
	}
	if err := beginRepair(c.cfg.Data, made.ring); err != nil {
		return made, err
	}
	switch {
	case !whole:
		if err := c.putAside(); err != nil {
			return made, err
		}
		if made.from, err = c.newestCopy(ctx); err != nil {
			return made, err
		}
		if made.from == "" {
			made.from = "the keys alone"
		}
	case ring != vault.RingWhole:
		made.from, made.kept = "the database, which is whole", before == ""
	default:
		made.from = "what the repair that was cut off had made"
	}
	made.Replayed, err = c.rekey(ctx, made.ring)
	if errors.Is(err, vault.ErrNothingLeft) { // and nothing was made: whoever begins anew is not held up
		err = errors.Join(err, endRepair(c.cfg.Data))
	}
	return made, err
}

// rings is how the keyring is, beside the database if that is whole.
func (c *console) rings(ctx context.Context, whole bool) (vault.RingState, error) {
	pools := []string{c.cfg.Media}
	if !whole {
		return vault.Rings(ctx, c.cfg.Data, pools, nil)
	}
	s, err := store.Open(ctx, store.Options{Path: c.cfg.Database()})
	if err != nil {
		return "", err
	}
	state, err := vault.Rings(ctx, c.cfg.Data, pools, s)
	return state, errors.Join(err, s.Close())
}

// mayWrite refuses a folder that is not there for one that lost its keyring: its name
// is more likely wrong than all of it lost.
func (c *console) mayWrite(ring vault.RingState) error {
	if ring != vault.RingMissing {
		return nil
	}
	if _, err := os.Stat(c.cfg.Media); err != nil {
		return fmt.Errorf("there is no folder for recordings in %s: name the one that holds them with --media; if it is lost, make an empty one there", c.cfg.Media)
	}
	return nil
}

// rekey brings the database and the keyrings to what each of them knows.
func (c *console) rekey(ctx context.Context, ring bool) (vault.Replayed, error) {
	s, err := store.Open(ctx, store.Options{Path: c.cfg.Database()})
	if err != nil {
		return vault.Replayed{}, err
	}
	do := vault.Repair
	if ring {
		do = vault.RepairRing
	}
	made, err := do(ctx, vault.Config{
		Dir: c.cfg.Data, Pools: []string{c.cfg.Media}, RingCopies: ringCopies(c.cfg), Confirms: !ring, Store: s, Clock: clock.System{}, Log: slog.New(slog.NewTextHandler(c.ask, nil)),
	})
	return made, errors.Join(err, s.Close())
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
	for _, end := range []string{"", "-wal", "-shm", "-journal"} {
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
	copies, err := allCopies(c.cfg)
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

// unsealedName is of a copy that is being unsealed: half of one must not pass for a
// database. The next start removes it.
const unsealedName = "repair.tmp.db"

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
	path := filepath.Join(c.cfg.Data, unsealedName)
	f, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, plain)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(path))
	}
	return os.Rename(path, c.cfg.Database())
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
func (c *console) afterRepair(ctx context.Context, build Build, made rebuilt) (err error) {
	// The journal finds its rows gone, and who stands here has confirmed that. What a
	// keyring knew that is not whole any more, nobody here does.
	c.confirms = made.from != "" && !made.ring
	h, err := c.openStopped(ctx, build)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.close()) }()
	if c.confirms {
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
	if made.from == "" { // no token ended
		e.Detail = map[string]any{"listed": true}
	}
	err = errors.Join(err1, err2, h.journal.Put(ctx, e))
	if err == nil && made.from != "" {
		err = h.tellRepaired(ctx, accounts)
	}
	if err != nil {
		return err
	}
	left, err := h.unnamedPools(ctx)
	if err != nil {
		return err
	}
	_, err = io.WriteString(c.out, c.report(made, found, len(accounts), cameras))
	for _, name := range left {
		fmt.Fprintf(c.out, "Not looked at: the media pool %s, which the hub knows and no --pool names. If its disk is there, run this again with --pool %s=FOLDER too: what was recorded there is listed then.\n", name, name)
	}
	if back, errBack := h.vault.RolledBack(ctx); errBack != nil {
		err = errors.Join(err, errBack)
	} else if back && !made.ring { // which report says of that
		fmt.Fprintln(c.out, "The database may be older than the keys or recordings beside it: nothing recorded opens until an operator has signed in and confirmed.")
	}
	return err
}

// camerasBack says how many cameras there are after a repair. Those that were removed are not,
// though the keyring has their keys; of those that are out of use, what they recorded is.
func camerasBack(cameras []store.Camera) string {
	used, out := 0, 0
	for _, c := range cameras {
		switch {
		case !c.Removed.IsZero():
		case !c.Retired.IsZero():
			out++
		default:
			used++
		}
	}
	if out == 0 {
		return fmt.Sprintf("%d cameras", used)
	}
	return fmt.Sprintf("%d cameras, and the recordings of %d that are out of use", used, out)
}

// report says what a repair did.
func (c *console) report(made rebuilt, found adopted, accounts int, cameras []store.Camera) string {
	var b strings.Builder
	removed := func(id media.CameraID) bool {
		return slices.ContainsFunc(cameras, func(c store.Camera) bool { return c.ID == id && !c.Removed.IsZero() })
	}
	switch {
	case made.from == "":
		fmt.Fprintln(&b, "The database is whole; it was not rebuilt.")
	case made.ring:
		fmt.Fprintf(&b, "The keys beside the recordings were rebuilt from %s.", made.from)
		if aside, err := filesIn(c.cfg.Media, vault.KeyringName+vault.DamagedSuffix+"*"); err == nil && len(aside) > 0 {
			fmt.Fprintf(&b, " The damaged file stays beside them: keep %s.", strings.Join(aside, ", "))
		}
		fmt.Fprintln(&b)
		fmt.Fprintf(&b, "Back: %d accounts with the passwords of then, %s.\n", accounts, camerasBack(cameras))
		fmt.Fprintln(&b, "What stays readable: to each owner, what was recorded under keys that the database or the whole part of the old file has, once an operator has signed in and confirmed."+
			"\nWhat does not: what is shared, until its owner has confirmed each share; and what was recorded under keys that only the lost part had, unless you put back a whole copy of that file.")
	default:
		fmt.Fprintf(&b, "The database was rebuilt from %s.\nBack: %d accounts with their passwords, %s.\n", made.from, accounts, camerasBack(cameras))
	}
	fmt.Fprintf(&b, "Recordings listed again: %d, in %d events", found.clips, found.events)
	if found.damaged > 0 {
		fmt.Fprintf(&b, "; %d of them end in the middle", found.damaged)
	}
	fmt.Fprintln(&b, ".")
	if n := len(slices.DeleteFunc(slices.Clone(made.Made), removed)); n > 0 {
		fmt.Fprintf(&b, "Not back: name, address and shares of %d cameras. Their owners can watch what was recorded; add the cameras again to record more.\n", n)
	}
	switch {
	case made.from == "":
	case made.kept:
		fmt.Fprintln(&b, "Not back: API tokens, guest links and sign-ins.")
	default:
		fmt.Fprintln(&b, "Not back: what was seen in the events listed again, and names and stars that are newer than the copy; API tokens, guest links and sign-ins."+
			"\nSwitched off for accounts that the copy does not have with it: the second factor, which is not among the keys beside the recordings. Whoever had one sets it up again.")
	}
	if found.homeless+found.foreign > 0 {
		fmt.Fprintf(&b, "Left alone: %d files of cameras that nobody has a key for, %d that are not this hub's.\n", found.homeless, found.foreign)
	}
	return b.String()
}
