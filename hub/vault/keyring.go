package vault

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"lares/cameras/media"
	"lares/cameras/seal"
	"lares/hub/store"
)

// A keyring is a file "keyring" at the root of a media pool, append-only: with
// the clips and the passwords it is enough to open everything, should the
// database be lost. Nothing in it opens without a password and hub.key.
//
// Header: magic "LARKEYS2", hub id 16. Record: type u8, length u32 of the
// payload, payload, CRC-32C u32 of all of the record before. Payloads are
// seal.Bind encodings; see the entry functions. All integers big-endian. Records
// come in groups that are authenticated; see ringchain.go.
const (
	ringName   = "keyring"
	tornSuffix = ".torn"
	ringMagic  = "LARKEYS2"
	ringMagic1 = "LARKEYS1" // of before its groups were authenticated
	ringHeader = len(ringMagic) + 16
	entryHead  = 1 + 4
	// maxEntry bounds a payload: an epoch record with 1,000 principals.
	maxEntry = 64 << 10
)

type entryType uint8

const (
	entryAccount      entryType = 1
	entryPasswordWrap entryType = 2
	entryEpoch        entryType = 3
	entryEpochWrap    entryType = 4
	entryRecoveryWrap entryType = 5
	entryGroup        entryType = 6 // begins what one transaction wrote
	entryRemoved      entryType = 7 // an account or a camera that is no more
	entryGrant        entryType = 8 // what an account that an epoch names may do with the camera
	entryLast                   = entryGrant
)

// entry is one record of a keyring.
type entry struct {
	kind    entryType
	payload []byte
}

// placed is a record of a keyring that was read, where it ends, and the number
// of its group.
type placed struct {
	entry
	end   int64
	group uint64
}

func accountEntry(a store.Account, p store.Principal) entry {
	return entry{entryAccount, seal.Bind("lares keyring account v2", a.ID[:], []byte(a.Name), []byte(a.NameKey), boolean(a.Operator),
		seal.U64(uint64(a.Created.UnixMilli())), seal.U32(p.Version), p.Hub[:], p.KEMPublic, p.SignPublic, p.Handover, p.Signature)}
}

func passwordEntry(w store.Wrap) entry {
	return entry{entryPasswordWrap, seal.Bind("lares keyring password v1", w.ID[:], w.Account[:], seal.U32(w.Version), w.Salt,
		seal.U32(w.MemoryKiB), seal.U32(w.Passes), seal.U32(w.Lanes), w.Sealed)}
}

func recoveryEntry(w store.Wrap) entry {
	return entry{entryRecoveryWrap, seal.Bind("lares keyring recovery v1", w.ID[:], w.Account[:], seal.U32(w.Version), w.Salt, w.Sealed)}
}

// removedEntry says that an account or a camera was taken away; which of them
// an id names is told by the entries before.
func removedEntry(id [16]byte) entry {
	return entry{entryRemoved, seal.Bind("lares keyring removed v1", id[:])}
}

func epochEntry(e store.Epoch) entry { return entry{entryEpoch, e.Record} }

func epochWrapEntry(w store.EpochWrap) entry {
	return entry{entryEpochWrap, seal.Bind("lares keyring epoch key v1", w.KID[:], w.Principal[:], seal.U32(w.Version),
		w.Camera[:], []byte(w.Part), w.Sealed)}
}

// grantEntry is a grant as it stood when an epoch named its account.
func grantEntry(g store.Grant) entry {
	var expires uint64
	if !g.Expires.IsZero() {
		expires = uint64(g.Expires.UnixMilli())
	}
	return entry{entryGrant, seal.Bind("lares keyring grant v1", g.Camera[:], g.Account[:], seal.U32(g.Actions),
		seal.U64(uint64(g.HistoryFrom.UnixMilli())), seal.U64(expires), seal.U64(uint64(g.Granted.UnixMilli())))}
}

func boolean(b bool) []byte {
	if b {
		return seal.U8(1)
	}
	return seal.U8(0)
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func (e entry) append(b []byte) []byte {
	start := len(b)
	b = append(b, uint8(e.kind))
	b = binary.BigEndian.AppendUint32(b, uint32(len(e.payload)))
	b = append(b, e.payload...)
	return binary.BigEndian.AppendUint32(b, crc32.Checksum(b[start:], castagnoli))
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
	return fmt.Errorf("vault: %s is %w: put back the newest copy of it, or %s", path, errRing, beginAnew)
}

func missingRing(path string) error {
	return fmt.Errorf("vault: the keyring %s is %w, but the database has accounts: put back keyring from a copy of this folder, or choose the folder that holds it with --media; the recordings are untouched", path, errRingGone)
}

// readEntry reads the record that b begins with, and its size; 0 is none.
func readEntry(b []byte) (entry, int) {
	if len(b) < entryHead {
		return entry{}, 0
	}
	n := int64(binary.BigEndian.Uint32(b[1:]))
	size := entryHead + n + crc32.Size
	if n > maxEntry || size > int64(len(b)) {
		return entry{}, 0
	}
	body, sum := b[:size-crc32.Size], b[size-crc32.Size:size]
	if crc32.Checksum(body, castagnoli) != binary.BigEndian.Uint32(sum) {
		return entry{}, 0
	}
	return entry{entryType(body[0]), append([]byte(nil), body[entryHead:]...)}, int(size)
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
	file *os.File
	last link // how far it reaches
}

// openRing opens the keyring of a pool, or makes it on a hub that nobody
// claimed. A half-written tail, left by a power cut, is moved into keyring.torn
// beside it and reported; so is all from the first group on that the hub did not
// write in that place, which is counted. Any other damage is refused, and nothing
// is written.
func openRing(pool string, key hubKey, claimed bool, refused *Refusals, log *slog.Logger) (*ring, error) {
	path := filepath.Join(pool, ringName)
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
			return nil, damagedRing(path)
		}
		if err := makeRing(pool, path, header); err != nil {
			return nil, fmt.Errorf("vault: the keyring: %w", err)
		}
		b = header
	}
	if bytes.HasPrefix(b, []byte(ringMagic1)) {
		return nil, fmt.Errorf("vault: %s is of a version of before the first release, which nothing protects from changes: %s", path, beginAnew)
	}
	owner, entries, whole, err := parseRing(b)
	if err != nil {
		return nil, damagedRing(path)
	}
	if key.age(owner) < 0 {
		return nil, fmt.Errorf("vault: %s belongs to another hub: choose another folder for recordings with --media", path)
	}
	if !torn(b[whole:], len(entries)) {
		return nil, damagedRing(path)
	}
	links, entries, forged := key.chain(b, entries)
	last := links[len(links)-1]
	tail := b[last.end:]
	// An account is on the keyring before it is in the database.
	if claimed && !slices.ContainsFunc(entries, func(e placed) bool { return e.kind == entryAccount }) {
		if len(tail) > 0 {
			return nil, damagedRing(path)
		}
		return nil, missingRing(path)
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil, fmt.Errorf("vault: the keyring: %w", err)
	}
	r := &ring{path: path, key: key, entries: entries, links: links, file: f, last: last}
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
	b, next := r.key.next(r.last, entries)
	_, err := r.file.WriteAt(b, r.last.end)
	if err == nil {
		err = r.file.Sync()
	}
	if err != nil {
		return link{}, errors.Join(fmt.Errorf("vault: writing the keyring: %w", err), r.file.Truncate(r.last.end))
	}
	r.last = next
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
	return r.file.Close()
}

// Fresh tells a hub that was never claimed from one whose database was lost: it
// returns ErrLost if a pool holds a keyring with anything behind its header, or
// one that is none, the torn end of one, or a clip. It is what
// store.Options.Create asks.
func Fresh(pools []string) error {
	for _, pool := range pools {
		what, err := holds(pool)
		if err != nil {
			return err
		}
		if what != "" {
			return fmt.Errorf("%w: %s holds %s of this hub, but the database has no account: %s", ErrLost, pool, what, putBackDB)
		}
	}
	return nil
}

// holds names what only a claimed hub leaves in a pool, or "".
func holds(pool string) (string, error) {
	b, err := os.ReadFile(filepath.Join(pool, ringName))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("vault: looking for keys: %w", err)
	}
	if n := min(len(b), len(ringMagic)); string(b[:n]) != ringMagic[:n] {
		return "a damaged keyring", nil
	}
	if len(b) > ringHeader {
		return "keys", nil
	}
	_, err = os.Lstat(filepath.Join(pool, ringName+tornSuffix))
	if err == nil {
		return "the torn end of a keyring", nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("vault: looking for keys: %w", err)
	}
	clips, err := fs.Glob(os.DirFS(pool), "clips/*/*/*.lar")
	if err != nil {
		return "", fmt.Errorf("vault: looking for recordings: %w", err)
	}
	if len(clips) > 0 {
		return "recordings", nil
	}
	return "", nil
}
