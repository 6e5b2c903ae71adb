// Package flv takes FLV apart, as it comes over HTTP and, tag by tag, over RTMP
// (Adobe Flash Video File Format Specification 10.1, annex E; for H.265 also
// Enhanced RTMP v1). It runs inside the camera worker: what it reads is hostile.
package flv

import (
	"encoding/binary"
	"errors"
	"io"
)

// The types of tags (annex E.4.1), and of RTMP messages, that matter.
const (
	TypeAudio = 8
	TypeVideo = 9
)

// MaxTag bounds a tag: a picture of 4 MiB and what leads it.
const MaxTag = 4<<20 + 64

// ErrFormat says that the peer sends no FLV.
var ErrFormat = errors.New("flv: not FLV, or broken")

// Tag is one tag or RTMP message.
type Tag struct {
	Type byte
	// Time is the decoding time in milliseconds; it wraps.
	Time uint32
	// Data is valid until the next tag is read.
	Data []byte
}

// Reader reads the tags of a stream. One goroutine uses it.
type Reader struct {
	r     io.Reader
	begun bool
	head  [11]byte
	data  []byte // reused
}

// NewReader reads r from the file header on; r should be buffered.
func NewReader(r io.Reader) *Reader { return &Reader{r: r} }

// Next reads the next tag. Besides ErrFormat it returns the errors of the
// stream.
func (r *Reader) Next() (t Tag, err error) {
	if !r.begun {
		if err := r.start(); err != nil {
			return t, err
		}
		r.begun = true
	}
	if _, err := io.ReadFull(r.r, r.head[:]); err != nil {
		return t, err
	}
	const encrypted = 0x20
	n := int(uint24(r.head[1:]))
	if n > MaxTag || r.head[0]&encrypted != 0 {
		return t, ErrFormat
	}
	t = Tag{Type: r.head[0] & 0x1f, Time: uint24(r.head[4:]) | uint32(r.head[7])<<24}
	if r.data, err = ReadInto(r.data[:0], r.r, n); err != nil {
		return t, err
	}
	t.Data = r.data
	return t, r.skip(4) // PreviousTagSize
}

// start reads the file header and the first PreviousTagSize.
func (r *Reader) start() error {
	b := r.head[:9]
	if _, err := io.ReadFull(r.r, b); err != nil {
		return err
	}
	size := binary.BigEndian.Uint32(b[5:])
	if string(b[:3]) != "FLV" || size < 9 || size > 1<<10 {
		return ErrFormat
	}
	return r.skip(int64(size) - 9 + 4)
}

func (r *Reader) skip(n int64) error {
	_, err := io.CopyN(io.Discard, r.r, n)
	return err
}

// ReadInto appends n bytes of r to b. It makes room for what came, not for what
// is announced.
func ReadInto(b []byte, r io.Reader, n int) ([]byte, error) {
	const step = 64 << 10
	for n > 0 {
		m := min(n, step)
		at := len(b)
		if cap(b)-at < m {
			b = append(b, make([]byte, m)...)
		} else {
			b = b[:at+m]
		}
		if _, err := io.ReadFull(r, b[at:]); err != nil {
			return b[:at], err
		}
		n -= m
	}
	return b, nil
}

func uint24(b []byte) uint32 { return uint32(b[0])<<16 | uint32(b[1])<<8 | uint32(b[2]) }
