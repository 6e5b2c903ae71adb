package media

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
)

// ID is a 128-bit identifier drawn at random; K only keeps the kinds apart, so
// that a clip's id cannot be passed where a camera's is wanted. Its text form
// is 32 lower-case hexadecimal digits. The zero ID names nothing.
type ID[K any] [16]byte

// HubID names one hub, for ever; a restored backup is a new hub.
type HubID = ID[hub]

// CameraID names one camera of one owner; a transferred camera gets a new one.
type CameraID = ID[camera]

// KeyID is the kid of an epoch key pair: a hash, never a counter (see seal.KID).
type KeyID = ID[key]

// RunID names one run key of a camera worker.
type RunID = ID[run]

// ClipID names one sealed clip file.
type ClipID = ID[clip]

// EventID names one event.
type EventID = ID[event]

// ProbeID names one look at a device that is no camera yet.
type ProbeID = ID[probe]

type (
	hub    struct{}
	camera struct{}
	key    struct{}
	run    struct{}
	clip   struct{}
	event  struct{}
	probe  struct{}
)

// ErrID is returned for a text or a byte slice that is not an identifier.
var ErrID = errors.New("media: not an identifier of 32 lower-case hexadecimal digits")

// NewID draws an identifier from the system's random source.
func NewID[K any]() ID[K] {
	var id ID[K]
	rand.Read(id[:]) // never fails: crypto/rand ends the process instead
	return id
}

// ParseID reads the text form. Only the canonical spelling is an identifier,
// so that one object has one URL.
func ParseID[K any](s string) (ID[K], error) {
	var id ID[K]
	if len(s) != 2*len(id) {
		return id, ErrID
	}
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return id, ErrID
		}
	}
	_, err := hex.Decode(id[:], []byte(s))
	return id, err
}

// String is the text form.
func (id ID[K]) String() string { return hex.EncodeToString(id[:]) }

// IsZero reports whether id names nothing.
func (id ID[K]) IsZero() bool { return id == ID[K]{} }

// MarshalText is the text form, for JSON.
func (id ID[K]) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// UnmarshalText is ParseID, for JSON.
func (id *ID[K]) UnmarshalText(b []byte) (err error) {
	*id, err = ParseID[K](string(b))
	return err
}

// Scan reads a 16-byte database column; it copies the bytes.
func (id *ID[K]) Scan(src any) error {
	b, ok := src.([]byte)
	if !ok || len(b) != len(id) {
		return fmt.Errorf("media: scanning an id from %T: %w", src, ErrID)
	}
	copy(id[:], b)
	return nil
}

// NewHubID, NewCameraID, NewRunID, NewClipID and NewEventID draw fresh names.
func NewHubID() HubID { return NewID[hub]() }

// NewCameraID draws a camera's name.
func NewCameraID() CameraID { return NewID[camera]() }

// NewRunID draws a run's name.
func NewRunID() RunID { return NewID[run]() }

// NewClipID draws a clip's name.
func NewClipID() ClipID { return NewID[clip]() }

// NewEventID draws an event's name.
func NewEventID() EventID { return NewID[event]() }

// NewProbeID draws a probe's name.
func NewProbeID() ProbeID { return NewID[probe]() }

// ParseCameraID reads a camera's name; see ParseID.
func ParseCameraID(s string) (CameraID, error) { return ParseID[camera](s) }

// ParseClipID reads a clip's name; see ParseID.
func ParseClipID(s string) (ClipID, error) { return ParseID[clip](s) }

// ParseEventID reads an event's name; see ParseID.
func ParseEventID(s string) (EventID, error) { return ParseID[event](s) }
