package sealed

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"math"
	"time"

	"lares/cameras/clock"
	"lares/cameras/seal"
)

// syncPeriod is how often written records are forced to the disk, where SyncEvery says nothing
// else: with the fragment in flight it is what a power cut may cost.
const syncPeriod = time.Second

// syncSlack lets a write that comes a little before the period sync already, so
// that one write a second means one sync a second and not one in two.
const syncSlack = 100 * time.Millisecond

// File is what a Writer writes to. Sync makes the data written so far survive
// a power cut.
type File interface {
	io.Writer
	Sync() error
	Truncate(size int64) error
}

// Sealer seals records; *seal.Records is one.
type Sealer interface {
	Seal(dst []byte, seq uint32, head, plain []byte) []byte
}

// ErrEnded is returned by a Writer after its end or after a failed write.
var ErrEnded = errors.New("sealed: clip file has ended")

// Writer writes one clip file: header, records, end. A sequence number is
// spent before its record is written, and the first failed write ends the
// file, so no nonce serves twice. One goroutine uses it.
type Writer struct {
	file   File
	sealer Sealer
	sign   SignFunc
	clock  clock.Clock

	buf    []byte
	sum    hash.Hash
	seq    uint32 // the next nonce
	count  uint32 // whole records on file
	size   int64  // of them and the header
	until  uint64 // media time, 90 kHz
	failed bool
	ended  bool
	every  time.Duration // between two syncs
	synced time.Time     // when everything up to here was on the disk
	dirty  bool
}

// NewWriter starts a file that has no byte yet: it keeps the header back, to
// write it together with the first record.
func NewWriter(f File, h Header, key [seal.KeySize]byte, sign SignFunc, c clock.Clock) *Writer {
	header := h.Append(nil, sign)
	return newWriter(f, header, seal.NewRecords(key, HeaderHash(header)), sign, c)
}

func newWriter(f File, header []byte, s Sealer, sign SignFunc, c clock.Clock) *Writer {
	return &Writer{file: f, sealer: s, sign: sign, clock: c, buf: header, sum: sha256.New(), every: syncPeriod, synced: c.Now()}
}

// SyncEvery has written records forced to the disk so often from now on, for which a second is
// the measure.
func (w *Writer) SyncEvery(d time.Duration) { w.every = d }

// Size is the size of the whole records on file, in bytes.
func (w *Writer) Size() int64 { return w.size }

// Until is the end of the media written, in 90 kHz ticks.
func (w *Writer) Until() uint64 { return w.until }

// Durable is when the records written by then were last known to survive a
// power cut.
func (w *Writer) Durable() time.Time { return w.synced }

// Record seals one record and writes it with one call; about once a second, or as SyncEvery
// says, it also syncs. head's Seq and Length are filled in. After an error the file
// takes no more records: see Abandon.
func (w *Writer) Record(head Head, plain []byte) error {
	switch {
	case w.ended || w.failed:
		return ErrEnded
	case len(plain)+seal.Overhead > MaxRecord || w.seq == math.MaxUint32 || head.Type == TypeEnd || !head.Type.Valid():
		return fmt.Errorf("sealed: record %d of type %d with %d bytes: %w", w.seq, head.Type, len(plain), ErrFormat)
	}
	head.Seq, head.Length = w.seq, uint32(len(plain)+seal.Overhead)
	w.seq++
	at := len(w.buf) // behind the header, if this is the first record
	w.buf = head.append(w.buf)
	w.buf = append(w.buf, 0, 0, 0, 0)
	w.buf = w.sealer.Seal(w.buf, head.Seq, w.buf[at:at+HeadSize], plain)
	putCRC(w.buf[at:])
	if err := w.write(); err != nil {
		return err
	}
	w.count++
	if head.Type == TypeFragment {
		w.until = max(w.until, head.Time+uint64(head.Duration))
	}
	if now := w.clock.Now(); now.Sub(w.synced) >= w.every-syncSlack {
		return w.Sync()
	}
	return nil
}

// Sync forces what was written to the disk.
func (w *Writer) Sync() error {
	if !w.dirty {
		return nil
	}
	now := w.clock.Now()
	if err := w.file.Sync(); err != nil {
		w.failed = true
		return fmt.Errorf("sealed: syncing a clip: %w", err)
	}
	w.synced, w.dirty = now, false
	return nil
}

// End writes and syncs the end record.
func (w *Writer) End(state State) error {
	if w.ended || w.failed {
		return ErrEnded
	}
	return w.end(state)
}

// Abandon ends a file after a failed write: it cuts the torn record off and
// tries to append an end that says Cut. If that fails too, the file stays
// without one and may be abandoned again later, when there is space. A file
// that never got its header stays empty (Size is 0) and is its caller's to
// remove.
func (w *Writer) Abandon() error {
	if w.ended {
		return nil
	}
	w.failed = true
	w.buf = w.buf[:0]
	if err := w.file.Truncate(w.size); err != nil {
		return fmt.Errorf("sealed: cutting a torn record: %w", err)
	}
	if w.size == 0 {
		return ErrEnded
	}
	return w.end(Cut)
}

func (w *Writer) end(state State) error {
	if len(w.buf) > 0 { // the header of a file without a record
		if err := w.write(); err != nil {
			return err
		}
	}
	end := End{State: state, Count: w.count, Bytes: uint64(w.size)}
	w.sum.Sum(end.Sum[:0])
	w.buf = appendEnd(w.buf[:0], end, w.until, w.sign)
	if _, err := w.file.Write(w.buf); err != nil {
		w.failed = true
		return fmt.Errorf("sealed: ending a clip: %w", err)
	}
	w.dirty = true
	if err := w.Sync(); err != nil {
		return err
	}
	// counted only now: Abandon must cut an end off that did not get this far
	w.size += int64(len(w.buf))
	w.ended = true
	return nil
}

// write writes the buffer with one call and counts it.
func (w *Writer) write() error {
	if _, err := w.file.Write(w.buf); err != nil {
		w.failed = true
		return fmt.Errorf("sealed: writing a clip: %w", err)
	}
	w.sum.Write(w.buf)
	w.size += int64(len(w.buf))
	w.buf = w.buf[:0]
	w.dirty = true
	return nil
}
