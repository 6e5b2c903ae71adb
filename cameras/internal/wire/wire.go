// Package wire is the language between the hub and its caged children, camera
// workers and discovery workers: frames of a length (u32), a type (u8) and a
// body over a stream socket, big-endian. Units travel in a binary form;
// everything rare is JSON of bounded size.
//
// The hub reads with Reader, the parse functions and Guard and believes
// nothing: a worker is as hostile as its camera.
package wire

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"lares/cameras/media"
	"lares/cameras/motion"
	"lares/cameras/seal"
)

// Version is exchanged in Hello; hub and worker are the same binary, so any
// difference is a mistake.
const Version = 1

// Type says what a frame's body is.
type Type uint8

// Hub to worker.
const (
	TypeStart    Type = 1 // Start
	TypeRekey    Type = 2 // Run
	TypeSnapshot Type = 3 // Request
	TypeStop     Type = 4 // empty
	TypeVerdict  Type = 5 // Verdict
)

// Worker to hub.
const (
	TypeHello    Type = 16 // Hello
	TypeState    Type = 17 // State
	TypeIdentity Type = 18 // Identity
	TypeUnit     Type = 19 // a unit, binary
	TypeNoticed  Type = 20 // Notice and a unit, binary
	TypePicture  Type = 21 // request number and a unit, binary
	TypeNone     Type = 22 // NoPicture
	TypeRekeyed  Type = 23 // Rekeyed
	TypeAlive    Type = 24 // empty, every AlivePeriod
	TypeWarning  Type = 25 // Warning
	TypeCounts   Type = 26 // Counts
	TypeDigest   Type = 27 // Digest
)

const (
	frameHead = 4 + 1
	unitHead  = 16 + 1 + 1 + 1 + 1 + 8 + 8 + 8

	// maxControl bounds JSON bodies: two URLs, names and a run key are below 4 KiB.
	maxControl = 16 << 10
	// maxUnitBody bounds a body that carries a unit, with what leads it.
	maxUnitBody = media.MaxUnit + seal.UnitOverhead + unitHead + 64

	// readBuffer holds a usual P picture at once, so that a unit costs about one read.
	readBuffer = 32 << 10
)

// ErrProtocol is wrapped by every complaint about the other side.
var ErrProtocol = errors.New("wire: protocol violated")

func violated(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrProtocol, fmt.Sprintf(format, args...))
}

// limit is the largest body of a type; -1 for types that do not exist.
func (t Type) limit() int {
	switch t {
	case TypeStop, TypeAlive, TypeHeat:
		return 0
	case TypeUnit, TypePicture:
		return maxUnitBody
	case TypeNoticed:
		return maxNotice
	case TypeBest:
		return bestHead + unitHead + seal.UnitOverhead + MaxBest
	case TypeHeated:
		return heatHead + unitHead + seal.UnitOverhead + motion.MaxHeat
	case TypeFramed:
		return frameLead + unitHead + seal.UnitOverhead + MaxBest
	case TypeMotion:
		return maxMotion
	case TypeStart:
		return maxControl + maxMotion
	case TypeSound, TypeRekey, TypeSnapshot, TypeFrame, TypeVerdict, TypeHello, TypeState,
		TypeIdentity, TypeDigest, TypeNone, TypeRekeyed, TypeWarning, TypeCounts, TypeSearch, TypeSighting, TypeSearched, TypeProbe:
		return maxControl
	case TypeProbed, TypeMet, TypeMay:
		return maxProbed
	case TypeGlimpse:
		return glimpseHead + MaxGlimpse
	case TypeTalk, TypeTalkOver, TypeTalked:
		return maxControl
	case TypeTalkSound:
		return talkHead + MaxTalkSound
	case TypeOrder:
		return maxControl
	case TypeDone:
		return maxDone
	}
	return -1
}

// Reader reads frames of the other side.
type Reader struct {
	br   *bufio.Reader
	head [frameHead]byte
}

// NewReader wraps the receiving half of the socket.
func NewReader(r io.Reader) *Reader { return &Reader{br: bufio.NewReaderSize(r, readBuffer)} }

// Next reads one frame. The body is freshly allocated and the caller's. A
// clean end before a frame is io.EOF.
func (r *Reader) Next() (Type, []byte, error) {
	if _, err := io.ReadFull(r.br, r.head[:]); err != nil {
		return 0, nil, err
	}
	t, n := Type(r.head[4]), binary.BigEndian.Uint32(r.head[:])
	if most := t.limit(); most < 0 || n > uint32(most) {
		return 0, nil, violated("a frame of type %d and %d bytes", t, n)
	}
	if n == 0 {
		return t, nil, nil
	}
	if n <= readBuffer { // a copy, which is not cleared first
		b, err := r.br.Peek(int(n))
		if err != nil {
			return 0, nil, io.ErrUnexpectedEOF
		}
		body := bytes.Clone(b)
		_, _ = r.br.Discard(len(b)) // they are there
		return t, body, nil
	}
	body := make([]byte, n)
	if _, err := io.ReadFull(r.br, body); err != nil {
		return 0, nil, io.ErrUnexpectedEOF
	}
	return t, body, nil
}

func putHead(frame []byte, t Type) {
	binary.BigEndian.PutUint32(frame, uint32(len(frame)-frameHead))
	frame[4] = byte(t)
}

// Send writes a frame with a JSON body, or none for nil, in one Write.
func Send(w io.Writer, t Type, v any) error {
	frame := make([]byte, frameHead, 256)
	if v != nil {
		b, err := json.Marshal(v)
		if err != nil {
			return fmt.Errorf("wire: encoding a message: %w", err)
		}
		frame = append(frame, b...)
	}
	putHead(frame, t)
	if _, err := w.Write(frame); err != nil {
		return fmt.Errorf("wire: sending: %w", err)
	}
	return nil
}

// SendBytes writes a frame with a body of bytes.
func SendBytes(w io.Writer, t Type, body []byte) error {
	frame := make([]byte, frameHead, frameHead+len(body))
	frame = append(frame, body...)
	putHead(frame, t)
	if _, err := w.Write(frame); err != nil {
		return fmt.Errorf("wire: sending: %w", err)
	}
	return nil
}

// Parse reads a JSON body. Unknown fields are refused: both sides are one
// program.
func Parse[M any](body []byte) (m M, err error) {
	d := json.NewDecoder(strings.NewReader(string(body)))
	d.DisallowUnknownFields()
	if err := d.Decode(&m); err != nil {
		return m, violated("a malformed message")
	}
	if d.More() {
		return m, violated("bytes after a message")
	}
	return m, nil
}

// Clean makes a text of the worker fit to be shown and logged: at most most
// bytes of printable characters.
func Clean(s string, most int) string {
	if len(s) > most {
		s = s[:most]
	}
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == '\ufffd' || r >= 0x80 && r < 0xa0 || r >= 0x2028 && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
}
