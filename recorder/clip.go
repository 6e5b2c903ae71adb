package recorder

import (
	"errors"

	"lares/cameras/media/fmp4"
	"lares/recorder/sealed"
)

// ErrNoClip says that there is no such clip file.
var ErrNoClip = errors.New("recorder: no such clip")

// Clip is an open clip file: ciphertext and what its heads say. Safe for
// concurrent reading.
type Clip struct{}

// Header is the file's header; its signature, hub, camera and clip are checked.
func (c *Clip) Header() sealed.Header { return sealed.Header{} }

// HeaderHash is what seal.NewRecords needs beside the clip key.
func (c *Clip) HeaderHash() [32]byte { return [32]byte{} }

// State says how the file ended: open while being written.
func (c *Clip) State() ClipState { return "" }

// Records are the heads of the records before the end, in file order. It reads
// them on first use.
func (c *Clip) Records() ([]sealed.Head, error) { return nil, nil }

// Find is the index of the first record of a type, and -1 if there is none; it
// reads no further than that.
func (c *Clip) Find(t sealed.Type) (int, error) { return -1, nil }

// ReadRecord appends the ciphertext of record i to dst.
func (c *Clip) ReadRecord(i int, dst []byte) (sealed.Head, []byte, error) {
	return sealed.Head{}, dst, nil
}

// MP4 lays the clip out as one MP4 file: init segment, segment index, fragments.
func (c *Clip) MP4() (*Layout, error) { return nil, nil }

// Close releases the file; twice is fine.
func (c *Clip) Close() error { return nil }

// Layout is a clip as one MP4 file, from record heads alone.
type Layout struct {
	Size     int64  // of the MP4, in bytes
	Duration uint64 // 90 kHz
	// Pieces are all parts in order: init, index, fragments.
	Pieces []Piece
	refs   []fmp4.SidxRef
}

// Piece is a run of the MP4's bytes that come from one place.
type Piece struct {
	Offset, Size int64 // in the MP4
	Record       int   // the record whose plaintext it is; -1 for the index
}

// Range are the pieces that the bytes [from, to) touch.
func (l *Layout) Range(from, to int64) []Piece { return nil }

// Fragments are the pieces of the fragments: fragment n is Fragments()[n].
func (l *Layout) Fragments() []Piece { return nil }

// Bytes makes the bytes of a piece ready for the file: opened is the record's
// plaintext, nil for the index. It changes opened in place: the init segment
// gets the clip's duration. sealed.ErrFormat if opened is not of the piece.
func (l *Layout) Bytes(p Piece, opened []byte) ([]byte, error) { return nil, nil }
