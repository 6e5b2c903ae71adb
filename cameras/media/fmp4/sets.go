package fmp4

import (
	"encoding/binary"

	"lares/cameras/media"
)

// parameterSets are those of a track's configuration as they stand in a picture, each behind
// its length: nil of a codec without, and of a configuration that is none.
func parameterSets(t media.Track) []byte {
	switch t.Codec {
	case media.H264:
		return setsOfAVC(t.Config)
	case media.H265:
		return setsOfHEVC(t.Config)
	}
	return nil
}

// setsOfAVC reads an avcC (ISO/IEC 14496-15 §5.3.3.1). Behind the sets one of the profiles Main
// and Baseline ends.
func setsOfAVC(b []byte) (sets []byte) {
	if len(b) < 6 || b[4]&3 != 3 { // our lengths have four bytes
		return nil
	}
	b = b[5:]
	for _, counted := range [...]uint8{0x1f, 0xff} { // sequence, then picture parameter sets
		if len(b) == 0 {
			return nil
		}
		n := b[0] & counted
		b = b[1:]
		for range n {
			if b, sets = takeSet(b, sets); b == nil {
				return nil
			}
		}
	}
	return sets
}

// setsOfHEVC reads an hvcC (ISO/IEC 14496-15 §8.3.3.1).
func setsOfHEVC(b []byte) (sets []byte) {
	const head = 23
	if len(b) < head || b[21]&3 != 3 {
		return nil
	}
	arrays, b := b[22], b[head:]
	for range arrays {
		if len(b) < 3 {
			return nil
		}
		n := binary.BigEndian.Uint16(b[1:])
		b = b[3:]
		for range n {
			if b, sets = takeSet(b, sets); b == nil {
				return nil
			}
		}
	}
	return sets
}

// takeSet appends the set that b begins with; rest is nil if there is none.
func takeSet(b, sets []byte) (rest, out []byte) {
	if len(b) < 2 {
		return nil, nil
	}
	n := int(binary.BigEndian.Uint16(b))
	if b = b[2:]; n > len(b) {
		return nil, nil
	}
	sets = binary.BigEndian.AppendUint32(sets, uint32(n))
	return b[n:], append(sets, b[:n]...)
}
