// Package media names what flows through Lares: cameras, streams, tracks,
// access units and their sealed form. It holds no behaviour of cameras, files
// or networks and imports no library, so every room can share its words.
package media

import (
	"context"
	"errors"
	"time"
)

// StreamID says what one profile of a camera delivers.
type StreamID uint8

const (
	// StreamMain is recorded and shown full screen.
	StreamMain StreamID = 1
	// StreamSub serves motion and the grid.
	StreamSub StreamID = 2
	// StreamCamera carries what belongs to the camera as a whole: its
	// snapshots and events. It has no tracks.
	StreamCamera StreamID = 3
)

// String is the glossary's word for the stream.
func (s StreamID) String() string {
	switch s {
	case StreamMain:
		return "main"
	case StreamSub:
		return "sub"
	case StreamCamera:
		return "camera"
	}
	return "unknown"
}

// UnitType says what a unit holds once opened.
type UnitType uint8

const (
	// UnitConfig holds a Config: the tracks of the stream from here on. It
	// comes before the first media of a run and after each change.
	UnitConfig UnitType = 1
	// UnitVideo holds one access unit. H.264 and H.265: NAL units with 4-byte
	// length prefixes (ISO/IEC 14496-15 §5.3.3), parameter sets, access unit
	// delimiters and filler left out. MJPEG: one whole JPEG.
	UnitVideo UnitType = 2
	// UnitAudio holds one audio frame (AAC: one raw_data_block; Opus: one
	// packet; FLAC: one frame; G.711: the samples of one packet, a byte each,
	// channels interleaved).
	UnitAudio UnitType = 3
	// UnitSnapshot holds Pictures, encoded (StreamCamera only).
	UnitSnapshot UnitType = 4
	// UnitEvent holds an encoded Event (StreamCamera only).
	UnitEvent UnitType = 5
	// UnitHeat holds a motion.Heat, encoded (StreamCamera only).
	UnitHeat UnitType = 6
)

// MaxUnit bounds one unit, opened: the largest intra picture of a 4K camera at
// a silly bitrate stays below it. In bytes.
const MaxUnit = 4 << 20

// Unit is one sealed message of a camera worker. Everything but Sealed is
// clear and authenticated when the unit is opened; Received is the hub's own.
//
// Sealed is immutable and shared between readers.
type Unit struct {
	Camera CameraID
	Run    RunID
	Stream StreamID
	Type   UnitType
	Track  uint8 // Track.ID; 0 for units of StreamCamera and UnitConfig
	Sync   bool  // the access unit decodes alone: H.264 IDR, H.265 IRAP, any JPEG
	Seq    uint64
	// PTS and DTS count ticks of the track's clock rate (StreamCamera and
	// UnitConfig: 90 kHz) since the worker started. They run on across
	// reconnects and rekeys of one worker, so a gap in the camera's delivery
	// is a gap here.
	PTS, DTS int64
	// Received is the hub's clock, wall and monotonic, when the unit came in.
	Received time.Time
	Sealed   []byte
}

// AccessUnit is an opened unit. Data belongs to whoever opened it.
type AccessUnit struct {
	Stream   StreamID
	Type     UnitType
	Track    uint8
	Sync     bool
	PTS, DTS int64
	Data     []byte
}

// ErrLagging is returned by a Reader that could not keep up; the reader has
// skipped to the next sync unit and may go on reading.
var ErrLagging = errors.New("media: reader too slow, units dropped up to the next sync unit")

// ErrNoStream is returned for a stream that the camera does not deliver.
var ErrNoStream = errors.New("media: no such stream")

// ErrClosed is returned by a Reader after its Close or when its source ended.
var ErrClosed = errors.New("media: reader closed")

// Queue is what waits for a Reader.
type Queue struct {
	Units   int
	Bytes   int64
	Dropped int64 // pictures that it lost because it did not read them in time
	Half    bool  // it is half of what may wait, for this reader or for all of them together
}

// Reader is a bounded consumer of one stream of sealed units.
type Reader interface {
	// Camera is whose units it reads.
	Camera() CameraID
	// Next blocks for the next unit. It returns ErrLagging once after a drop,
	// ErrClosed after Close, or the context's error.
	Next(ctx context.Context) (Unit, error)
	// Queue says what waits to be read, and what was lost.
	Queue() Queue
	// Close ends the reader and releases what it holds; twice is fine.
	Close()
}
