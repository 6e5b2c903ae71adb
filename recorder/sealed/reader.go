package sealed

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"io"
)

// ReadHeader reads the header of a file; see ParseHeader for the errors. sum
// is what seal.NewRecords binds to.
func ReadHeader(r io.ReaderAt, hubs Signers) (h Header, sum [32]byte, err error) {
	b := make([]byte, HeaderSize)
	if n, err := r.ReadAt(b, 0); n < len(b) {
		if errors.Is(err, io.EOF) {
			err = ErrFormat
		}
		return Header{}, sum, fmt.Errorf("sealed: reading a header: %w", err)
	}
	h, err = ParseHeader(b, hubs)
	return h, HeaderHash(b), err
}

// ReadHead reads the head at an offset of a file of the given size, without its
// payload: Payload says where that lies. It returns ErrFormat unless a whole
// record with that sequence number can lie there, and io.EOF at the very end.
func ReadHead(r io.ReaderAt, size, at int64, seq uint32) (h Head, next int64, err error) {
	var b [HeadSize]byte
	if at == size {
		return Head{}, at, io.EOF
	}
	if size-at < HeadSize+crcSize {
		return Head{}, at, ErrFormat
	}
	if n, err := r.ReadAt(b[:], at); n < len(b) {
		return Head{}, at, fmt.Errorf("sealed: reading a record head: %w", err)
	}
	h, err = parseHead(b[:])
	if err != nil {
		return Head{}, at, err
	}
	next = at + HeadSize + crcSize + int64(h.Length)
	if h.Seq != seq || next > size {
		return Head{}, at, ErrFormat
	}
	return h, next, nil
}

// Payload is where the ciphertext of the record at an offset lies.
func Payload(at int64) int64 { return at + HeadSize + crcSize }

// RecordSize is what a record with this head takes in the file, in bytes.
func RecordSize(h Head) int { return HeadSize + crcSize + int(h.Length) }

// Matches reports whether the bytes of a record begin with this head, and
// returns its ciphertext, a part of them. Head and bytes come from two looks at
// the file.
func Matches(h Head, record []byte) (ciphertext []byte, ok bool) {
	if len(record) != RecordSize(h) || !bytes.Equal(record[:HeadSize], h.Bytes()) {
		return nil, false
	}
	return record[HeadSize+crcSize:], true
}

// Unchanged reports whether a record that Matches its head has the CRC that it was written with.
// Where it has not, the disk changed it: no key would open it.
func Unchanged(record []byte) bool {
	return crc(record[:HeadSize], record[HeadSize+crcSize:]) == binary.BigEndian.Uint32(record[HeadSize:])
}

// ReadEnd reads the end record of a file of the given size and checks its
// signature and that it ends this many bytes. Whether those are the bytes it
// was made for only Check can say.
func ReadEnd(r io.ReaderAt, size int64, hubs Signers) (Head, End, error) {
	b := make([]byte, EndSize)
	if size < HeaderSize+EndSize {
		return Head{}, End{}, ErrFormat
	}
	if n, err := r.ReadAt(b, size-EndSize); n < len(b) {
		return Head{}, End{}, fmt.Errorf("sealed: reading an end: %w", err)
	}
	h, e, err := parseEnd(b, hubs)
	if err == nil && e.Bytes != uint64(size-EndSize) {
		err = ErrFormat
	}
	if err != nil {
		return Head{}, End{}, err
	}
	return h, e, nil
}

// Report is what reading a whole file found.
type Report struct {
	Header Header
	// Whole is where the last whole record before an end ends, in bytes; Count
	// is how many there are, Until where their media ends in 90 kHz ticks.
	Whole int64
	Count uint32
	Until uint64
	// Thumbnail says that there is a picture record, of whichever size, and Preview that
	// there is a preview.
	Thumbnail, Preview bool
	// State is how the file ended, 0 if it has no valid end.
	State State
	sum   [sha256.Size]byte
}

// Check reads a whole file: header, the CRC of every record, the sum of all
// bytes and the end. It returns the header's errors and those of reading; a
// file without a valid end is no error but a report with State 0.
func Check(r io.ReaderAt, size int64, hubs Signers) (Report, error) {
	h, _, err := ReadHeader(r, hubs)
	if err != nil {
		return Report{Header: h}, err
	}
	c := checker{
		in:  bufio.NewReaderSize(io.NewSectionReader(r, 0, size), 64<<10),
		sum: sha256.New(), left: size, report: Report{Header: h, Whole: HeaderSize},
	}
	if err := c.take(HeaderSize); err != nil {
		return c.report, err
	}
	c.sum.Write(c.record)
	for {
		ended, err := c.next(hubs)
		if err != nil || ended {
			c.sum.Sum(c.report.sum[:0])
			return c.report, err
		}
	}
}

type checker struct {
	in     *bufio.Reader
	sum    hash.Hash
	left   int64
	record []byte
	report Report
}

// take reads the next n bytes into c.record.
func (c *checker) take(n int) error {
	if cap(c.record) < n {
		c.record = make([]byte, n, 2*n)
	}
	c.record = c.record[:n]
	if _, err := io.ReadFull(c.in, c.record); err != nil {
		return fmt.Errorf("sealed: reading a clip: %w", err)
	}
	c.left -= int64(n)
	return nil
}

// next reads one record; ended says that none follows the whole ones.
func (c *checker) next(hubs Signers) (ended bool, err error) {
	peek, err := c.in.Peek(HeadSize)
	if err != nil {
		if errors.Is(err, io.EOF) {
			err = nil
		}
		return true, err
	}
	h, err := parseHead(peek)
	size := HeadSize + crcSize + int64(h.Length)
	if err != nil || h.Seq != c.report.Count || size > c.left {
		return true, nil
	}
	if err := c.take(int(size)); err != nil {
		return true, err
	}
	b := c.record
	if !Unchanged(b) {
		return true, nil
	}
	if h.Type == TypeEnd {
		_, e, err := parseEnd(b, hubs)
		if err == nil && c.left == 0 && e.Bytes == uint64(c.report.Whole) && e.Sum == [32]byte(c.sum.Sum(nil)) {
			c.report.State = e.State
		}
		return true, nil
	}
	c.sum.Write(b)
	c.report.Whole += size
	c.report.Count++
	switch h.Type {
	case TypeFragment:
		c.report.Until = max(c.report.Until, h.Time+uint64(h.Duration))
	case TypeThumbnail, TypeSmall:
		c.report.Thumbnail = true
	case TypePreview:
		c.report.Preview = true
	}
	return false, nil
}
