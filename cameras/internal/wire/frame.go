package wire

import (
	"encoding/binary"
	"time"

	"lares/cameras/media"
	"lares/cameras/seal"
)

const (
	// TypeFrame is hub to worker: Wanted.
	TypeFrame Type = 9
	// TypeFramed is worker to hub: Frame and a unit, binary. Where there is no such picture
	// a NoPicture comes instead.
	TypeFramed Type = 30
	// MaxFrame is the size of a picture of 160 pixels at most, with what leads it, in bytes; and
	// of a large one beside it MaxBest.
	MaxFrame = 32 << 10

	frameLead = 4 + 1 + 4
)

// Wanted asks for a small picture: of the first one that stands alone of those that came no
// longer ago than this, which may still have to come. The answer carries its number. Only the
// last that was asked for is waited for. Large asks for a large one beside it.
type Wanted struct {
	Number uint32 `json:"number"`
	AgoMS  int64  `json:"ago_ms"`
	Large  bool   `json:"large,omitempty"`
}

// Ago is how long ago the picture may have come at most.
func (w Wanted) Ago() time.Duration {
	return time.Duration(max(0, min(w.AgoMS, MaxAgo.Milliseconds()))) * time.Millisecond
}

// Frame is what stays clear of a small picture.
type Frame struct {
	Number uint32
	Of     media.StreamID // in which stream it came
	Ago    time.Duration  // how long before the message, in whole milliseconds
}

// SealFrame is SealUnit for the UnitSnapshot that answers a Wanted. What is out of bounds is
// cut to them.
func SealFrame(dst []byte, s *seal.Sealer, f Frame, au media.AccessUnit) []byte {
	lead := append(binary.BigEndian.AppendUint32(nil, f.Number), byte(f.Of))
	return sealFrame(dst[:0], TypeFramed, appendAgo(lead, f.Ago), s, au)
}

// ParseFrame reads a small picture.
func ParseFrame(body []byte) (f Frame, u media.Unit, err error) {
	if len(body) < frameLead || len(body) > TypeFramed.limit() {
		return f, u, violated("a small picture of %d bytes", len(body))
	}
	f.Number, f.Of = binary.BigEndian.Uint32(body), media.StreamID(body[4])
	if f.Ago, err = parseAgo(body[5:]); err != nil {
		return f, u, err
	}
	if f.Of != media.StreamMain && f.Of != media.StreamSub {
		return f, u, violated("a small picture of stream %d", f.Of)
	}
	u, err = ParseUnit(body[frameLead:])
	if err == nil && u.Type != media.UnitSnapshot {
		err = violated("a small picture with a unit of type %d", u.Type)
	}
	return f, u, err
}
