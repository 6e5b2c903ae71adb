package wire

import (
	"encoding/binary"
	"time"

	"lares/cameras/media"
	"lares/cameras/seal"
)

// TypeBest is a picture of what moves, worker to hub.
const TypeBest Type = 28 // Best and a unit, binary

const (
	// MaxAgo is how late something is told at most: a zone may wait for a minute, and
	// pictures that stand alone may be ten seconds and more apart.
	MaxAgo = 2 * time.Minute
	// MaxBest is the size of a picture of 640 pixels at most, in bytes.
	MaxBest = 512 << 10
	// MaxSize bounds Best.Size: pictures have fewer parts.
	MaxSize = 1 << 24
	// MaxBestSide bounds its width and height, in pixels.
	MaxBestSide = 4096

	noticeHead = 1 + 1 + 4 + 1
	bestHead   = 1 + 4 + 4 + 2 + 2
	// maxNotice bounds what a camera says of one event, in bytes.
	maxNotice = noticeHead + 255 + unitHead + seal.UnitOverhead + maxControl
)

// Notice is what stays clear of an event.
type Notice struct {
	Kind   media.Kind
	Active bool
	// Of is the stream in whose pictures or sound it was found, or StreamCamera where the camera
	// itself told it.
	Of media.StreamID
	// Ago is how long before the notice it happened, in whole milliseconds; 0 of what the
	// camera told.
	Ago time.Duration
}

// Best is what stays clear of a picture of the episode that goes on: it shows more than
// those before.
type Best struct {
	Of   media.StreamID // in which stream it was found
	Ago  time.Duration  // how long before the message it was taken, in whole milliseconds
	Size int            // how much moves in it, as in episode.Picture; 1 where nothing does
	// Width and Height are the picture's, in pixels: the hub does not look into it.
	Width, Height int
}

// SealNoticed is SealUnit for a UnitEvent. What is out of bounds is cut to them.
func SealNoticed(dst []byte, s *seal.Sealer, n Notice, au media.AccessUnit) []byte {
	lead := []byte{0, byte(n.Of)}
	if n.Active {
		lead[0] = 1
	}
	lead = append(appendAgo(lead, n.Ago), byte(len(n.Kind)))
	return sealFrame(dst[:0], TypeNoticed, append(lead, n.Kind...), s, au)
}

// SealBest is SealUnit for the UnitSnapshot of an episode. What is out of bounds is cut
// to them.
func SealBest(dst []byte, s *seal.Sealer, b Best, au media.AccessUnit) []byte {
	lead := appendAgo([]byte{byte(b.Of)}, b.Ago)
	lead = binary.BigEndian.AppendUint32(lead, uint32(max(0, min(b.Size, MaxSize))))
	for _, side := range []int{b.Width, b.Height} {
		lead = binary.BigEndian.AppendUint16(lead, uint16(max(1, min(side, MaxBestSide))))
	}
	return sealFrame(dst[:0], TypeBest, lead, s, au)
}

func appendAgo(b []byte, ago time.Duration) []byte {
	return binary.BigEndian.AppendUint32(b, uint32(max(0, min(ago, MaxAgo)).Milliseconds()))
}

func parseAgo(b []byte) (time.Duration, error) {
	ago := time.Duration(binary.BigEndian.Uint32(b)) * time.Millisecond
	if ago > MaxAgo {
		return 0, violated("something of %v ago", ago)
	}
	return ago, nil
}

// ParseNoticed reads an event's clear part and its unit.
func ParseNoticed(body []byte) (n Notice, u media.Unit, err error) {
	if len(body) < noticeHead || body[0] > 1 || len(body) < noticeHead+int(body[6]) {
		return n, u, violated("a malformed event")
	}
	at := noticeHead + int(body[6])
	n = Notice{Kind: media.Kind(body[noticeHead:at]), Active: body[0] == 1, Of: media.StreamID(body[1])}
	if n.Ago, err = parseAgo(body[2:]); err != nil {
		return n, u, err
	}
	if err = n.check(); err != nil {
		return n, u, err
	}
	u, err = ParseUnit(body[at:])
	if err == nil && u.Type != media.UnitEvent {
		err = violated("an event with a unit of type %d", u.Type)
	}
	return n, u, err
}

func (n Notice) check() error {
	switch {
	case !n.Kind.Valid():
		return violated("an unknown kind of event")
	case n.Of == media.StreamCamera && n.Ago == 0:
		return nil
	case n.Of != media.StreamMain && n.Of != media.StreamSub:
		return violated("an event of stream %d, %v ago", n.Of, n.Ago)
	case n.Kind != media.KindMotion && n.Kind != media.KindTamper && n.Kind != media.KindSound:
		return violated("an event in a stream that is found in none")
	}
	return nil
}

// ParseBest reads a picture of an episode.
func ParseBest(body []byte) (b Best, u media.Unit, err error) {
	if len(body) < bestHead || len(body) > bestHead+unitHead+seal.UnitOverhead+MaxBest {
		return b, u, violated("a picture of what moves of %d bytes", len(body))
	}
	b.Of = media.StreamID(body[0])
	if b.Ago, err = parseAgo(body[1:]); err != nil {
		return b, u, err
	}
	size := binary.BigEndian.Uint32(body[5:])
	if b.Of != media.StreamMain && b.Of != media.StreamSub || size > MaxSize {
		return b, u, violated("a picture of stream %d that shows %d", b.Of, size)
	}
	b.Size = int(size)
	b.Width, b.Height = int(binary.BigEndian.Uint16(body[9:])), int(binary.BigEndian.Uint16(body[11:]))
	if min(b.Width, b.Height) < 1 || max(b.Width, b.Height) > MaxBestSide {
		return b, u, violated("a picture of %d x %d pixels", b.Width, b.Height)
	}
	u, err = ParseUnit(body[bestHead:])
	if err == nil && u.Type != media.UnitSnapshot {
		err = violated("a picture with a unit of type %d", u.Type)
	}
	return b, u, err
}
