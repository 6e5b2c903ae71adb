package evidence

import (
	"bufio"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"io"
	"time"
)

// Size is how long the bundle of a manifest is, whose files have a name and a size alone, in
// bytes. It returns ErrTooLarge.
func Size(m Manifest) (int64, error) {
	m = m.blank()
	if err := m.validate(); err != nil {
		return 0, err
	}
	text, err := m.encode()
	if err != nil {
		return 0, err
	}
	size := place(entriesOf(m, int64(len(text))))
	if size > maxBundle {
		return 0, ErrTooLarge
	}
	return size, nil
}

// entriesOf are a bundle's entries, of a manifest of that size.
func entriesOf(m Manifest, manifest int64) []entry {
	entries := make([]entry, 0, len(m.Files)+2)
	for _, f := range m.Files {
		entries = append(entries, entry{name: f.Name, size: f.Size})
	}
	return append(entries, entry{name: manifestName, size: manifest}, entry{name: signatureName, size: ed25519.SignatureSize})
}

// Write writes the bundle of a manifest as Size sees it: content writes file i, whole, and
// sign signs as seal.Sign does. What was written before an error is no bundle.
func Write(to io.Writer, m Manifest, content func(i int, to io.Writer) error, sign func(context string, message []byte) []byte) error {
	if _, err := Size(m); err != nil {
		return err
	}
	m = m.blank()
	w := &writer{to: bufio.NewWriterSize(to, 2*blockSize), made: m.Made}
	for i := range m.Files {
		f := &m.Files[i]
		sums, err := w.file(f.Name, f.Size, func(to io.Writer) error { return content(i, to) })
		if err != nil {
			return fmt.Errorf("evidence: writing %s: %w", f.Name, err)
		}
		f.CRC, f.Sum, f.Blocks = sums.crc.Sum(nil), sums.whole.Sum(nil), sums.blocks
	}
	text, err := m.encode()
	if err != nil {
		return err
	}
	if err := w.bytes(manifestName, text); err != nil {
		return err
	}
	if err := w.bytes(signatureName, sign(format, text)); err != nil {
		return err
	}
	if _, err := w.to.Write(appendDirectory(nil, w.entries, w.made)); err != nil {
		return fmt.Errorf("evidence: writing the directory: %w", err)
	}
	if err := w.to.Flush(); err != nil {
		return fmt.Errorf("evidence: writing: %w", err)
	}
	return nil
}

// writer is a bundle while it is written.
type writer struct {
	to      *bufio.Writer
	made    time.Time
	entries []entry
	at      int64
}

// bytes writes a small file.
func (w *writer) bytes(name string, b []byte) error {
	_, err := w.file(name, int64(len(b)), func(to io.Writer) error {
		_, err := to.Write(b)
		return err
	})
	if err != nil {
		return fmt.Errorf("evidence: writing %s: %w", name, err)
	}
	return nil
}

// file writes one entry of a known size.
func (w *writer) file(name string, size int64, content func(io.Writer) error) (*sums, error) {
	e := entry{name: name, size: size, at: w.at}
	if _, err := w.to.Write(e.appendLocal(nil, w.made)); err != nil {
		return nil, err
	}
	s := newSums()
	b := &blocks{to: w.to, left: size, sums: s}
	if size == 0 {
		if err := b.begin(); err != nil {
			return nil, err
		}
	}
	if err := content(b); err != nil {
		return nil, err
	}
	if b.left > 0 {
		return nil, io.ErrUnexpectedEOF
	}
	s.endBlock()
	e.crc = s.crc.Sum32()
	if _, err := w.to.Write(e.appendDescriptor(nil)); err != nil {
		return nil, err
	}
	w.entries, w.at = append(w.entries, e), e.next()
	return s, nil
}

var errLong = errors.New("evidence: the file is longer than it was")

// blocks writes a file's bytes in stored blocks.
type blocks struct {
	to    io.Writer
	left  int64 // of the file
	block int64 // of the block
	sums  *sums
}

// Write takes the next bytes of the file.
func (b *blocks) Write(p []byte) (n int, err error) {
	if int64(len(p)) > b.left {
		return 0, errLong
	}
	for len(p) > 0 {
		if b.block == 0 {
			if err := b.begin(); err != nil {
				return n, err
			}
		}
		some := p[:min(int64(len(p)), b.block)]
		m, err := b.to.Write(some)
		if n += m; err != nil {
			return n, err
		}
		b.sums.add(some)
		p, b.left, b.block = p[m:], b.left-int64(m), b.block-int64(m)
	}
	return n, nil
}

// begin writes the head of the next block.
func (b *blocks) begin() error {
	b.sums.endBlock()
	b.block = min(b.left, blockSize)
	_, err := b.to.Write(appendStored(nil, b.block, b.block == b.left))
	b.sums.begun = true
	return err
}

// sums are those of one file.
type sums struct {
	crc    hash.Hash32
	whole  hash.Hash
	block  hash.Hash
	begun  bool
	blocks []byte
}

func newSums() *sums { return &sums{crc: crc32.NewIEEE(), whole: sha256.New(), block: sha256.New()} }

func (s *sums) add(b []byte) {
	for _, h := range []hash.Hash{s.crc, s.whole, s.block} {
		h.Write(b) // a hash takes everything
	}
}

func (s *sums) endBlock() {
	if s.begun {
		s.blocks = s.block.Sum(s.blocks)
		s.block.Reset()
		s.begun = false
	}
}

// blockSums are the sums of the blocks of what is in memory, crcOf its CRC.
func blockSums(b []byte) (all []byte) {
	for i := range blocksOf(int64(len(b))) {
		sum := sha256.Sum256(b[i*blockSize : min(int64(len(b)), (i+1)*blockSize)])
		all = append(all, sum[:]...)
	}
	return all
}

func crcOf(b []byte) uint32 { return crc32.ChecksumIEEE(b) }
