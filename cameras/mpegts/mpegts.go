// Package mpegts takes an MPEG transport stream apart (ITU-T H.222.0): the first
// picture and the first sound of its first program. It runs inside the camera
// worker: what it reads is hostile.
package mpegts

import (
	"errors"
	"io"
)

// Kind is what an elementary stream holds.
type Kind uint8

// The kinds that are known; OtherSound is sound of any other.
const (
	None Kind = iota
	H264
	H265
	AAC // in ADTS
	PCMA
	OtherSound
)

func (k Kind) video() bool { return k == H264 || k == H265 }

// MaxUnit bounds what one packet of an elementary stream holds: a picture of
// 4 MiB, its start codes and its header.
const MaxUnit = 4<<20 + 64<<10

const (
	packetSize = 188
	syncByte   = 0x47
	// maxJunk is how much is passed over to find the beginning of a packet.
	maxJunk = 64 << 10
)

// ErrFormat says that the peer sends no transport stream.
var ErrFormat = errors.New("mpegts: not a transport stream, or broken")

// Unit is what one PES packet brought: a picture, or some frames of sound.
type Unit struct {
	Kind Kind
	// PTS is the time of presentation at 90 kHz, of 33 bits; ok if Timed.
	PTS   int64
	Timed bool
	// Lost says that something is missing right before it.
	Lost bool
	// Data is valid until the next unit is read.
	Data []byte
}

// Reader reads the units of a stream. One goroutine uses it.
type Reader struct {
	r   io.Reader
	buf [packetSize]byte

	pat, pmt section
	pmtPID   int // -1: not known yet
	known    bool
	video    elementary
	audio    elementary
}

// NewReader reads r; it should be buffered.
func NewReader(r io.Reader) *Reader { return &Reader{r: r, pmtPID: -1} }

// Streams tells of which kinds picture and sound are; known is false before the
// stream has told.
func (r *Reader) Streams() (video, audio Kind, known bool) {
	return r.video.kind, r.audio.kind, r.known
}

// Next reads the next unit. Besides ErrFormat it returns the errors of the
// stream.
func (r *Reader) Next() (Unit, error) {
	for {
		if err := r.fill(); err != nil {
			return Unit{}, err
		}
		if u, ok := r.packet(r.buf[:]); ok {
			return u, nil
		}
	}
}

// fill reads the next packet, passing over what stands before it.
func (r *Reader) fill() error {
	if _, err := io.ReadFull(r.r, r.buf[:]); err != nil {
		return err
	}
	for junk := 0; r.buf[0] != syncByte; {
		at := 1
		for at < packetSize && r.buf[at] != syncByte {
			at++
		}
		if junk += at; junk > maxJunk {
			return ErrFormat
		}
		n := copy(r.buf[:], r.buf[at:])
		if _, err := io.ReadFull(r.r, r.buf[n:]); err != nil {
			return err
		}
	}
	return nil
}

// packet takes a packet (§2.4.3.2) to where it belongs.
func (r *Reader) packet(b []byte) (u Unit, ok bool) {
	pid := int(b[1]&0x1f)<<8 | int(b[2])
	broken, start := b[1]&0x80 != 0, b[1]&0x40 != 0
	hasField, hasPayload, counter := b[3]&0x20 != 0, b[3]&0x10 != 0, b[3]&0xf
	payload := b[4:]
	if hasField {
		n := 1 + int(payload[0])
		if n > len(payload) {
			return u, false
		}
		payload = payload[n:]
	}
	if !hasPayload {
		return u, false
	}
	switch {
	case broken:
	case pid == 0:
		if s := r.pat.add(payload, start); s != nil && r.pmtPID < 0 {
			r.readPAT(s)
		}
		return u, false
	case pid == r.pmtPID:
		if s := r.pmt.add(payload, start); s != nil && !r.known {
			r.readPMT(s)
		}
		return u, false
	}
	for _, e := range []*elementary{&r.video, &r.audio} {
		if e.kind != None && e.pid == pid {
			return e.add(payload, start, broken, counter)
		}
	}
	return u, false
}
