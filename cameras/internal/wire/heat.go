package wire

import (
	"lares/cameras/media"
	"lares/cameras/seal"
)

const (
	// TypeHeat is hub to worker, empty: somebody looks at where it moves.
	TypeHeat Type = 8
	// TypeHeated is worker to hub: in which stream it was found, and a unit, binary. It
	// comes while somebody looks, without number, for only the newest counts.
	TypeHeated Type = 29
)

// heatHead is what leads the unit of a TypeHeated.
const heatHead = 1

// SealHeated is SealUnit for a UnitHeat of a stream.
func SealHeated(dst []byte, s *seal.Sealer, of media.StreamID, au media.AccessUnit) []byte {
	return sealFrame(dst[:0], TypeHeated, []byte{byte(of)}, s, au)
}

// ParseHeated reads a heat's stream and its unit.
func ParseHeated(body []byte) (of media.StreamID, u media.Unit, err error) {
	if len(body) < heatHead || len(body) > TypeHeated.limit() {
		return 0, u, violated("a heat of %d bytes", len(body))
	}
	of = media.StreamID(body[0])
	if of != media.StreamMain && of != media.StreamSub {
		return of, u, violated("a heat of stream %d", of)
	}
	u, err = ParseUnit(body[heatHead:])
	if err == nil && u.Type != media.UnitHeat {
		err = violated("a heat with a unit of type %d", u.Type)
	}
	return of, u, err
}
