package journal

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"time"

	"lares/cameras/seal"
	"lares/hub/vault"
)

// FileName is what the file of the heads is called in the data folder.
const FileName = "journal.heads"

// FormerSuffix is added to the name of the heads of the hub that a restored one
// was before.
const FormerSuffix = ".former"

// signatures are the records of a file, as read and checked.
type signatures struct {
	heads   []head
	end     int64 // where the last whole record ends
	torn    int64 // bytes after it
	damaged int   // records that are not, or not any more, what this hub signed
}

// readHeads reads journal.heads; none is an empty one.
func readHeads(path string, chain vault.Chain) (signatures, error) {
	return newHeadFile(path, chain, 0).read()
}

// headFile reads journal.heads again and again: each record is checked once.
type headFile struct {
	path  string
	chain vault.Chain
	from  int64 // batches of rows before it are passed over, unchecked
	good  map[[sha256.Size]byte]bool
}

func newHeadFile(path string, chain vault.Chain, from int64) *headFile {
	return &headFile{path: path, chain: chain, from: from, good: map[[sha256.Size]byte]bool{}}
}

// signed reports whether a hub signed a record.
func (f *headFile) signed(record []byte, h head) bool {
	sum := sha256.Sum256(record)
	if !f.good[sum] {
		f.good[sum] = seal.Verify(f.chain.Signer(h.hub), headContext, h.body(), h.sig)
	}
	return f.good[sum]
}

func (f *headFile) read() (s signatures, err error) {
	b, err := os.ReadFile(f.path)
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return s, fmt.Errorf("journal: reading the heads: %w", err)
	}
	for at := 0; at < len(b); {
		h, size := parseHead(b[at:])
		if size == 0 {
			next := bytes.Index(b[at+1:], []byte(headMagic))
			if next < 0 {
				s.torn = int64(len(b) - at)
				break
			}
			s.damaged++
			at += 1 + next
			continue
		}
		record := b[at : at+size]
		at += size
		s.end = int64(at)
		switch {
		case h.kind != checkpoint && h.seq < f.from:
		case !f.signed(record, h):
			s.damaged++
		default:
			s.heads = append(s.heads, h)
		}
	}
	return s, nil
}

// newest is the newest batch or checkpoint; ok is false if there is none.
func (s signatures) newest() (h head, ok bool) {
	for _, k := range s.heads {
		if !ok || k.seq >= h.seq {
			h, ok = k, true
		}
	}
	return h, ok
}

// start is the newest checkpoint, or the zero one before the first row.
func (s signatures) start() (seq int64, sum [32]byte) {
	for _, k := range s.heads {
		if k.kind == checkpoint && k.seq >= seq {
			seq, sum = k.seq, k.hash()
		}
	}
	return seq, sum
}

// heads is the open file.
type heads struct {
	path   string
	vault  *vault.Vault
	log    *slog.Logger
	file   *os.File
	hashes int    // in the file
	unsaid []head // records that could not be written yet
	found  signatures
	newest head // zero before the first
	told   head // the newest that an account was shown
}

func openHeads(path string, v *vault.Vault, log *slog.Logger) (*heads, error) {
	found, err := readHeads(path, v.Chain())
	if err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("journal: opening the heads: %w", err)
	}
	h := &heads{path: path, vault: v, log: log, file: f, found: found}
	h.newest, _ = found.newest()
	for _, k := range found.heads {
		h.hashes += len(k.hashes)
	}
	if found.torn > 0 {
		log.Warn("journal: the last head is torn, as a power cut does; it is dropped", "bytes", found.torn)
		err = f.Truncate(found.end)
	}
	if found.damaged > 0 {
		log.Error("journal: signed heads were damaged or changed", "records", found.damaged)
	}
	_, seek := f.Seek(found.end, 0)
	if err := errors.Join(err, seek, syncDir(filepath.Dir(path))); err != nil {
		return nil, errors.Join(fmt.Errorf("journal: opening the heads: %w", err), f.Close())
	}
	return h, nil
}

// shown is the newest head of before the current hour: it changes once an hour, so that
// it does not tell whoever asks when others look. Of a journal that began within the
// hour it is the first. However the clock is set, it is never an older one than before.
func (h *heads) shown(now time.Time) head {
	if found := h.ofHour(now.Truncate(time.Hour)); found.seq > h.told.seq {
		h.told = found
	}
	return h.told
}

// ofHour is the newest head of before an hour, or before the hour of the newest head if
// that is not earlier.
func (h *heads) ofHour(hour time.Time) (found head) {
	last := h.newest.at.Truncate(time.Hour)
	if last.Before(hour) {
		return h.newest
	}
	for _, k := range slices.Backward(h.found.heads) {
		if k.kind == checkpoint {
			continue
		}
		if found = k; !k.at.Truncate(time.Hour).Equal(last) {
			break
		}
	}
	return found
}

func (h *heads) close() error {
	if err := h.file.Close(); err != nil && !errors.Is(err, os.ErrClosed) {
		return fmt.Errorf("journal: closing the heads: %w", err)
	}
	return nil
}

func (h *heads) signed(kind headKind, at time.Time, seq int64, hashes [][32]byte) head {
	k := head{kind: kind, hub: h.vault.Hub(), at: at, seq: seq, hashes: hashes}
	k.sig = h.vault.Sign(headContext, k.body())
	return k
}

// append signs a batch, and what could not be signed before it, and returns
// when the records are on the disk.
func (h *heads) append(kind headKind, at time.Time, seq int64, hashes [][32]byte) error {
	h.unsaid = append(h.unsaid, h.signed(kind, at, seq, hashes))
	for len(h.unsaid) > 0 {
		if err := h.put(h.unsaid[0]); err != nil {
			return err
		}
		h.unsaid = h.unsaid[1:]
	}
	if h.hashes > 2*keepHashes {
		return h.compact()
	}
	return nil
}

func (h *heads) put(k head) error {
	at, err := h.file.Seek(0, 1)
	if err != nil {
		return fmt.Errorf("journal: writing a head: %w", err)
	}
	_, err = h.file.Write(k.bytes())
	if err = errors.Join(err, h.file.Sync()); err != nil {
		// Half a record must not stand in front of the next one.
		_, seek := h.file.Seek(at, 0)
		return errors.Join(fmt.Errorf("journal: writing a head: %w", err), h.file.Truncate(at), seek)
	}
	h.hashes += len(k.hashes)
	h.found.heads = append(h.found.heads, k)
	if k.seq >= h.newest.seq {
		h.newest = k
	}
	return nil
}

// keepHashes is how many hashes compaction leaves: for their rows Verify names
// exactly what was done, however well it was hidden.
const keepHashes = 65536

// compact drops the oldest batches: the newest checkpoint and the newest
// hashes stay.
func (h *heads) compact() error {
	kept, hashes := []head(nil), 0
	var point head
	for i := len(h.found.heads) - 1; i >= 0; i-- {
		k := h.found.heads[i]
		switch {
		case k.kind == checkpoint:
			if point.seq < k.seq {
				point = k
			}
		case hashes < keepHashes:
			kept, hashes = append(kept, k), hashes+len(k.hashes)
		}
	}
	if point.seq > 0 {
		kept, hashes = append(kept, point), hashes+1
	}
	var b bytes.Buffer
	for i := len(kept) - 1; i >= 0; i-- {
		b.Write(kept[i].bytes())
	}
	if err := h.replace(b.Bytes()); err != nil {
		return fmt.Errorf("journal: shortening the heads: %w", err)
	}
	h.found.heads = h.found.heads[:0:0]
	for i := len(kept) - 1; i >= 0; i-- {
		h.found.heads = append(h.found.heads, kept[i])
	}
	h.hashes = hashes
	return nil
}

// replace makes a whole new file of the same name.
func (h *heads) replace(b []byte) error {
	f, err := os.CreateTemp(filepath.Dir(h.path), ".journal.heads-*") // mode 0600
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err = errors.Join(err, f.Sync()); err == nil {
		err = os.Rename(f.Name(), h.path)
	}
	if err != nil {
		return errors.Join(err, f.Close(), os.Remove(f.Name()))
	}
	old := h.file
	h.file = f
	return errors.Join(syncDir(filepath.Dir(h.path)), old.Close())
}

// syncDir makes the names in a folder durable.
func syncDir(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
