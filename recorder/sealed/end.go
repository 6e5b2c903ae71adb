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

// appendEnd appends the whole end record; until is where the media ends. Its
// payload is signed together with its head.
func appendEnd(dst []byte, e End, until uint64, sign SignFunc) []byte {
	at := len(dst)
	dst = Head{Type: TypeEnd, Seq: e.Count, Time: until, Length: endSize}.append(dst)
	dst = append(dst, 0, 0, 0, 0)
	dst = append(dst, uint8(e.State))
	dst = binary.BigEndian.AppendUint32(dst, e.Count)
	dst = binary.BigEndian.AppendUint64(dst, e.Bytes)
	dst = append(dst, e.Sum[:]...)
	head, body := dst[at:at+HeadSize], dst[at+HeadSize+crcSize:]
	dst = append(dst, sign(endLabel, seal.Bind(endLabel, head, body))...)
	putCRC(dst[at:])
	return dst
}

// parseEnd reads a whole end record and checks its CRC and that one of hubs
// signed it: a clip of a former hub may have been ended by this one.
func parseEnd(b []byte, hubs Signers) (Head, End, error) {
	if len(b) != EndSize {
		return Head{}, End{}, ErrFormat
	}
	head, err := parseHead(b)
	if err != nil || head.Type != TypeEnd || crc(b[:HeadSize], b[HeadSize+crcSize:]) != binary.BigEndian.Uint32(b[HeadSize:]) {
		return Head{}, End{}, ErrFormat
	}
	body := b[HeadSize+crcSize:]
	e := End{
		State: State(body[0]), Count: binary.BigEndian.Uint32(body[1:]),
		Bytes: binary.BigEndian.Uint64(body[5:]), Sum: [sha256.Size]byte(body[13:endBody]),
	}
	if e.State < Complete || e.State > Cut || head.Seq != e.Count {
		return Head{}, End{}, ErrFormat
	}
	message := seal.Bind(endLabel, b[:HeadSize], body[:endBody])
	for _, hub := range hubs {
		if seal.Verify(hub.Key, endLabel, message, body[endBody:]) {
			return head, e, nil
		}
	}
	return Head{}, End{}, ErrForeign
}
