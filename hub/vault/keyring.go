package vault

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"

	"lares/cameras/media"
	"lares/cameras/seal"
	"lares/hub/store"
)

// A keyring is a file "keyring" at the root of a media pool, append-only: with
// the clips and the passwords it is enough to open everything, should the
// database be lost. Nothing in it opens without a password and hub.key.
//
// Header: magic "LARKEYS1", hub id 16. Record: type u8, length u32 of the
// payload, payload, CRC-32C u32 of all of the record before. Payloads are
// seal.Bind encodings; see the entry functions. All integers big-endian.
const (
	ringName   = "keyring"
	ringMagic  = "LARKEYS1"
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
)

// entry is one record of a keyring.
type entry struct {
	kind    entryType
	payload []byte
}

func accountEntry(a store.Account, p store.Principal) entry {
	return entry{entryAccount, seal.Bind("lares keyring account v1", a.ID[:], []byte(a.Name), boolean(a.Operator),
		seal.U32(p.Version), p.KEMPublic, p.SignPublic, p.Signature)}
}

func passwordEntry(w store.Wrap) entry {
	return entry{entryPasswordWrap, seal.Bind("lares keyring password v1", w.ID[:], w.Account[:], seal.U32(w.Version), w.Salt,
		seal.U32(w.MemoryKiB), seal.U32(w.Passes), seal.U32(w.Lanes), w.Sealed)}
}

func epochEntry(e store.Epoch) entry { return entry{entryEpoch, e.Record} }

func epochWrapEntry(w store.EpochWrap) entry {
	return entry{entryEpochWrap, seal.Bind("lares keyring epoch key v1", w.KID[:], w.Account[:], seal.U32(w.Version),
		w.Camera[:], []byte(w.Part), w.Sealed)}
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

var errRing = errors.New("not a keyring")

// parseRing reads a keyring: its hub, its whole records, and how many bytes
// they reach. What follows them is a record that was not written to its end.
func parseRing(b []byte) (hub media.HubID, entries []entry, whole int, err error) {
	if len(b) < ringHeader || string(b[:len(ringMagic)]) != ringMagic {
		return hub, nil, 0, errRing
	}
	copy(hub[:], b[len(ringMagic):])
	whole = ringHeader
	for {
		rest := b[whole:]
		if len(rest) < entryHead {
			return hub, entries, whole, nil
		}
		n := int64(binary.BigEndian.Uint32(rest[1:]))
		size := entryHead + n + crc32.Size
		if n > maxEntry || size > int64(len(rest)) {
			return hub, entries, whole, nil
		}
		body, sum := rest[:size-crc32.Size], rest[size-crc32.Size:size]
		if crc32.Checksum(body, castagnoli) != binary.BigEndian.Uint32(sum) {
			return hub, entries, whole, nil
		}
		entries = append(entries, entry{entryType(body[0]), append([]byte(nil), body[entryHead:]...)})
		whole += int(size)
	}
}

// ring is an open keyring.
type ring struct {
	path   string
	epochs map[media.CameraID]uint32 // newest ordinal found at the start

	mu   sync.Mutex // guards following
	file *os.File
	size int64
}

// openRing opens or makes the keyring of a pool. A half-written tail, left by a
// power cut, is moved into keyring.torn beside it and reported.
func openRing(pool string, hub media.HubID, log *slog.Logger) (*ring, error) {
	path := filepath.Join(pool, ringName)
	if err := os.MkdirAll(pool, 0o700); err != nil {
		return nil, fmt.Errorf("vault: the folder for recordings: %w", err)
	}
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(b) < ringHeader {
		b = append([]byte(ringMagic), hub[:]...)
		err = makeRing(pool, path, b)
	}
	if err != nil {
		return nil, fmt.Errorf("vault: the keyring: %w", err)
	}
	owner, entries, whole, err := parseRing(b)
	if err != nil {
		return nil, fmt.Errorf("vault: %s is %w: move it away and run `lares repair`; the recordings are untouched", path, err)
	}
	if owner != hub {
		return nil, fmt.Errorf("vault: %s belongs to another hub: choose another folder for recordings with --media", path)
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil, fmt.Errorf("vault: the keyring: %w", err)
	}
	r := &ring{path: path, epochs: map[media.CameraID]uint32{}, file: f, size: int64(whole)}
	for _, e := range entries {
		if rec, err := parseRecord(e.payload); e.kind == entryEpoch && err == nil {
			r.epochs[rec.camera] = max(r.epochs[rec.camera], rec.ordinal)
		}
	}
	if tail := b[whole:]; len(tail) > 0 {
		log.Warn("the keyring ended in the middle of a record, as after a power cut; the rest was put aside", "keyring", path, "bytes", len(tail))
		if err := r.putAside(tail); err != nil {
			return nil, errors.Join(fmt.Errorf("vault: the keyring's torn end: %w", err), f.Close())
		}
	}
	return r, nil
}

// makeRing makes a keyring with a header only. A shorter file, from a power cut
// right after its making, held nothing and is written over.
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
	f, err := os.OpenFile(r.path+".torn", os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(tail)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return errors.Join(r.file.Truncate(r.size), r.file.Sync())
}

// append writes entries and returns when they are on the disk. After an error
// the file ends where it ended before.
func (r *ring) append(entries []entry) error {
	var b []byte
	for _, e := range entries {
		if len(e.payload) > maxEntry {
			return fmt.Errorf("vault: a keyring record of %d bytes", len(e.payload))
		}
		b = e.append(b)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	_, err := r.file.WriteAt(b, r.size)
	if err == nil {
		err = r.file.Sync()
	}
	if err != nil {
		return errors.Join(fmt.Errorf("vault: writing the keyring: %w", err), r.file.Truncate(r.size))
	}
	r.size += int64(len(b))
	return nil
}

func (r *ring) close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.file.Close()
}

// Fresh tells a hub that was never claimed from one whose database was lost: it
// returns ErrLost if a pool holds a keyring with keys, or a clip. It is what
// store.Options.Create asks.
func Fresh(pools []string) error {
	for _, pool := range pools {
		what := ""
		b, err := os.ReadFile(filepath.Join(pool, ringName))
		switch {
		case err == nil && len(b) > ringHeader:
			what = "keys"
		case err != nil && !errors.Is(err, fs.ErrNotExist):
			return fmt.Errorf("vault: looking for keys: %w", err)
		default:
			clips, err := fs.Glob(os.DirFS(pool), "clips/*/*/*.lar")
			if err != nil {
				return fmt.Errorf("vault: looking for recordings: %w", err)
			}
			if len(clips) > 0 {
				what = "recordings"
			}
		}
		if what != "" {
			return fmt.Errorf("%w: %s holds %s of this hub, but the database has no account: put the database back, or run `lares repair`; the recordings are untouched", ErrLost, pool, what)
		}
	}
	return nil
}
