package vault

import (
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"syscall"

	"lares/cameras/media"
)

// KeyringName is what the keyring is called at the root of a media pool.
const KeyringName = "keyring"

// A keyring is a file at the root of a media pool, append-only: with the clips and
// the passwords it is enough to open everything, should the database be lost.
// Nothing in it opens without a password and hub.key.
//
// Header: magic "LARKEYS2", hub id 16. Record: type u8, length u32 of the
// payload, payload, CRC-32C u32 of all of the record before. Payloads are
// seal.Bind encodings; see entry.go. All integers big-endian. Records
// come in groups that are authenticated; see ringchain.go.
const (
	tornSuffix = ".torn"
	ringMagic  = "LARKEYS2"
	ringMagic1 = "LARKEYS1" // of before its groups were authenticated
	ringHeader = len(ringMagic) + 16
	entryHead  = 1 + 4
	// maxEntry bounds a payload: an epoch record with 1,000 principals.
	maxEntry = 64 << 10
)

// placed is a record of a keyring that was read, where it ends, and the number
// of its group.
type placed struct {
	entry
	end   int64
	group uint64
}

var (
	errRing     = errors.New("not a keyring, or damaged")
	errRingGone = errors.New("missing or empty")
)

// What a person can do; each ends a line.
const (
	beginAnew = "move hub.key, lares.db and the media folder away to begin anew; the recordings are untouched"
	putBackDB = "run `lares repair` to make the database anew, put back the newest copy of lares.db, or " + beginAnew
)

func damagedRing(path string) error {
	return fmt.Errorf("vault: %s is %w: put back the newest copy of it, or run `lares repair`, which keeps it aside and writes another from the database; the recordings are untouched", path, errRing)
}

func missingRing(path string) error {
	return fmt.Errorf("vault: the keyring %s is %w, but the database has accounts: if its disk is not mounted, mount it; else put back keyring from a copy of this folder, choose the folder that holds it with --media, or, if it is nowhere, run `lares repair`, which writes another from the database; the recordings are untouched", path, errRingGone)
}

// parseRing reads a keyring: its hub, its whole records, and how many bytes
// they reach. What follows them is a record that was not written to its end.
func parseRing(b []byte) (hub media.HubID, entries []placed, whole int, err error) {
	if len(b) < ringHeader || string(b[:len(ringMagic)]) != ringMagic {
		return hub, nil, 0, errRing
	}
	copy(hub[:], b[len(ringMagic):])
	whole = ringHeader
	for {
		e, size := readEntry(b[whole:])
		if size == 0 {
			return hub, entries, whole, nil
		}
		whole += size
		entries = append(entries, placed{entry: e, end: int64(whole)})
	}
}

// torn tells the end of an append that a power cut stopped from damage: behind
// the end no record follows, and an end without any record before it is not
// longer than a record. Tail is what parseRing did not read.
func torn(tail []byte, entries int) bool {
	if entries == 0 && len(tail) > entryHead+maxEntry+crc32.Size {
		return false
	}
	for i := range tail {
		if kind := entryType(tail[i]); kind < entryAccount || kind > entryLast {
			continue
		}
		if _, size := readEntry(tail[i:]); size > 0 {
			return false
		}
	}
	return true
}

// ring is an open keyring.
type ring struct {
	path    string
	key     hubKey
	entries []placed // found at the start; let go of when they were compared with the database
	links   []link   // of their groups, likewise

	mu   sync.Mutex // guards following
	file *os.File   // nil while it is away, or can only be read; see follow
	last link       // how far it reaches
	// before is how far it reached before the last group; nothing if that was
	// written before the start.
	before link
}

// openRing opens the keyring of a pool, or makes it on a hub that nobody
// claimed. A half-written tail, left by a power cut, is moved into keyring.torn
// beside it and reported; so is all from the first group on that the hub did not
// write in that place, which is counted. Any other damage is refused, and nothing
// is written.
func openRing(pool string, key hubKey, claimed bool, refused *Refusals, log *slog.Logger) (*ring, error) {
	path := filepath.Join(pool, KeyringName)
	if err := os.MkdirAll(pool, 0o700); err != nil {
		return nil, fmt.Errorf("vault: the folder for recordings: %w", err)
	}
	b, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("vault: the keyring: %w", err)
	}
	if header := append([]byte(ringMagic), key.hub[:]...); len(b) < ringHeader {
		if claimed {
			return nil, missingRing(path)
		}
		if !bytes.HasPrefix(header, b) {
			return nil, fmt.Errorf("vault: %s is %w: put back the newest copy of it, or %s", path, errRing, beginAnew)
		}
		if err := makeRing(pool, path, header); err != nil {
			return nil, fmt.Errorf("vault: the keyring: %w", err)
		}
		b = header
	}
	if bytes.HasPrefix(b, []byte(ringMagic1)) {
		return nil, fmt.Errorf("vault: %s is of a version of before the first release, which nothing protects from changes: %s", path, beginAnew)
	}
	in, err := key.read(path, b, claimed)
	if err != nil {
		return nil, err
	}
	last := in.links[len(in.links)-1]
	tail, forged := b[last.end:], in.forged
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if errors.Is(err, syscall.EROFS) && len(tail) == 0 {
		log.Error("the keyring can only be read: until it can be written no key and no password changes, nothing is shared and no camera added", "keyring", path)
		f, err = nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("vault: the keyring: %w", err)
	}
	r := &ring{path: path, key: key, entries: in.entries, links: in.links, file: f, last: last}
	if forged {
		refused.Count("keyring")
		log.Error("the keyring goes on with what this hub did not write there: somebody changed it; nothing of that is taken over, and it was put aside", "keyring", path, "bytes", len(tail))
	}
	if len(tail) > 0 {
		if !forged {
			log.Warn("the keyring ended in the middle of a record, as after a power cut; the rest was put aside", "keyring", path, "bytes", len(tail))
		}
		if err := r.putAside(tail); err != nil {
			return nil, errors.Join(fmt.Errorf("vault: the keyring's torn end: %w", err), f.Close())
		}
	}
	return r, nil
}

// written is what a keyring has that counts.
type written struct {
	entries []placed
	links   []link // of their groups, the header's first
	forged  bool   // what follows is no group that a hub of this one's wrote there
}

// read reads the bytes of a keyring and refuses a damaged one.
func (k hubKey) read(path string, b []byte, claimed bool) (in written, err error) {
	owner, entries, whole, err := parseRing(b)
	if err != nil {
		return in, damagedRing(path)
	}
	if k.age(owner) < 0 {
		if k.begins(entries) {
			return in, damagedRing(path) // in its header
		}
		return in, fmt.Errorf("vault: %s belongs to another hub: choose another folder for recordings with --media", path)
	}
	if !torn(b[whole:], len(entries)) {
		return in, damagedRing(path)
	}
	in.links, in.entries, in.forged = k.chain(b, entries)
	// An account is on the keyring before it is in the database.
	if claimed && !slices.ContainsFunc(in.entries, func(e placed) bool { return e.kind == entryAccount }) {
		if int64(len(b)) > in.links[len(in.links)-1].end {
			return in, damagedRing(path)
		}
		return in, missingRing(path)
	}
	return in, nil
}

// begins reports whether the first group says that a hub of this one's wrote it.
func (k hubKey) begins(entries []placed) bool {
	if len(entries) == 0 {
		return false
	}
	g, ok := parseGroup(entries[0].entry)
	return ok && k.age(g.hub) >= 0
}

// makeRing makes a keyring with a header only, over the beginning of one that a
// power cut left.
func makeRing(pool, path string, header []byte) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(header)
	return errors.Join(err, f.Sync(), f.Close(), syncDir(pool))
}

// putAside moves what no record could be read from out of the way of the next
// one, without destroying it.
func (r *ring) putAside(tail []byte) error {
	f, err := os.OpenFile(r.path+tornSuffix, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(tail)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return errors.Join(r.file.Truncate(r.last.end), r.file.Sync())
}

// append writes entries as one group and returns, when they are on the disk,
// how far the file reaches now. After an error it ends where it ended before.
func (r *ring) append(entries []entry) (link, error) {
	for _, e := range entries {
		if len(e.payload) > maxEntry {
			return link{}, fmt.Errorf("vault: a keyring record of %d bytes", len(e.payload))
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.follow(); err != nil {
		return link{}, err
	}
	b, next := r.key.next(r.last, entries)
	_, err := r.file.WriteAt(b, r.last.end)
	if err == nil {
		err = r.file.Sync()
	}
	if err != nil {
		return link{}, errors.Join(fmt.Errorf("vault: writing the keyring: %w", err), r.file.Truncate(r.last.end))
	}
	r.before, r.last = r.last, next
	return next, nil
}

// after are the records behind a place, and how many transactions wrote them.
func (r *ring) after(at int64) (entries []entry, groups int) {
	var last uint64
	for _, e := range r.entries {
		if e.end <= at {
			continue
		}
		if e.group != last {
			last = e.group
			groups++
		}
		entries = append(entries, e.entry)
	}
	return entries, groups
}

func (r *ring) close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.file == nil {
		return nil
	}
	return r.file.Close()
}
