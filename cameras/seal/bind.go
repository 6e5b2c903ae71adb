package seal

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"

	"lares/cameras/media"
)

// Bind encodes a label and fields without ambiguity: the label, a zero byte,
// then per field its length as u16 and its bytes. Identifiers are 16 bytes and
// integers fixed-size big-endian; U64, U32 and U8 make them.
//
// It panics on a field above 65,535 bytes or a label with a zero byte: both are
// mistakes of the program, never of input.
func Bind(label string, fields ...[]byte) []byte {
	n := len(label) + 1
	for _, f := range fields {
		n += 2 + len(f)
	}
	b := append(make([]byte, 0, n), label...)
	for i := range len(label) {
		if label[i] == 0 {
			panic("seal: a binding label holds a zero byte")
		}
	}
	b = append(b, 0)
	for _, f := range fields {
		if len(f) > math.MaxUint16 {
			panic(fmt.Sprintf("seal: a field of %d bytes in binding %q", len(f), label))
		}
		b = binary.BigEndian.AppendUint16(b, uint16(len(f)))
		b = append(b, f...)
	}
	return b
}

// U64 is v as eight big-endian bytes, for Bind.
func U64(v uint64) []byte { return binary.BigEndian.AppendUint64(nil, v) }

// U32 is v as four big-endian bytes, for Bind.
func U32(v uint32) []byte { return binary.BigEndian.AppendUint32(nil, v) }

// U8 is v as one byte, for Bind.
func U8(v uint8) []byte { return []byte{v} }

// Part says which of an epoch's two key pairs is meant.
type Part string

const (
	// Live opens run keys: what is happening now.
	Live Part = "live"
	// Store opens clip and index keys: what was recorded.
	Store Part = "store"
)

// KID names an epoch's public key: a hash of camera, part and key, so that no
// counter can be confused or rolled back.
func KID(camera media.CameraID, part Part, public PublicKey) media.KeyID {
	sum := sha256.Sum256(Bind("lares kid v1", camera[:], []byte(part), public.Bytes()))
	return media.KeyID(sum[:16])
}
