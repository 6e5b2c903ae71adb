package sealed

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"

	"lares/cameras/seal"
)

// State says how a file ended.
type State uint8

const (
	// Complete is the end its writer meant.
	Complete State = 1
	// Recovered is an end appended at the start after a crash.
	Recovered State = 2
	// Cut is an end after a failed write.
	Cut State = 3
)

const (
	endBody  = 1 + 4 + 8 + sha256.Size
	endSize  = endBody + ed25519.SignatureSize
	endLabel = "lares clip end v1"
	// EndSize is the size of a whole end record, in bytes.
	EndSize = HeadSize + crcSize + endSize
)

// End is the payload of the end record.
type End struct {
	State State
	Count uint32            // records before it
	Bytes uint64            // bytes before it
	Sum   [sha256.Size]byte // SHA-256 of all bytes before it
}

// append adds the payload, signed together with its head.
func (e End) append(dst []byte, head Head, sign SignFunc) []byte {
	start := len(dst)
	dst = append(dst, uint8(e.State))
	dst = binary.BigEndian.AppendUint32(dst, e.Count)
	dst = binary.BigEndian.AppendUint64(dst, e.Bytes)
	dst = append(dst, e.Sum[:]...)
	return append(dst, sign(endLabel, seal.Bind(endLabel, head.Bytes(), dst[start:]))...)
}

// parseEnd reads the payload and checks the hub's signature.
func parseEnd(head Head, b []byte, hub ed25519.PublicKey) (End, error) {
	if len(b) != endSize {
		return End{}, ErrFormat
	}
	e := End{
		State: State(b[0]), Count: binary.BigEndian.Uint32(b[1:]),
		Bytes: binary.BigEndian.Uint64(b[5:]), Sum: [sha256.Size]byte(b[13:endBody]),
	}
	if e.State < Complete || e.State > Cut {
		return End{}, ErrFormat
	}
	if !seal.Verify(hub, endLabel, seal.Bind(endLabel, head.Bytes(), b[:endBody]), b[endBody:]) {
		return End{}, ErrForeign
	}
	return e, nil
}
