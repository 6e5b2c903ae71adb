package sealed

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"lares/cameras/media"
	"lares/cameras/seal"
)

// Version is the header version this package writes, and the only one it reads.
const Version = 0

// HeaderSize is the size of every header, in bytes.
const HeaderSize = headerSigned + ed25519.SignatureSize

const (
	magic        = "LARCLIP1"
	headerSigned = 8 + 2 + 4*16 + 8 + seal.SealedKeySize
	headerLabel  = "lares clip header v1"
)

var (
	// ErrFormat says that bytes are not what the format asks for here.
	ErrFormat = errors.New("sealed: malformed clip file")
	// ErrForeign says that a header or an end is not signed by this hub.
	ErrForeign = errors.New("sealed: not signed by this hub")
	// ErrVersion says that the file was written by another version of Lares.
	ErrVersion = errors.New("sealed: unknown clip file version")
)

// SignFunc signs a message with the hub identity under a context (seal.Sign).
type SignFunc func(context string, message []byte) []byte

// Header is the head of a clip file: all that may be known without a key.
type Header struct {
	Hub       media.HubID
	Camera    media.CameraID
	KID       media.KeyID // the store key that SealedKey opens with
	Clip      media.ClipID
	Start     time.Time // wall clock of media time 0, to the nanosecond
	SealedKey []byte    // seal.SealedKeySize bytes; see seal.ClipBinding
	Signature []byte    // as it was read; Append makes a new one
}

// Append adds the signed header to dst. It panics on a SealedKey of another
// size, which no caller can make by accident of input.
func (h Header) Append(dst []byte, sign SignFunc) []byte {
	if len(h.SealedKey) != seal.SealedKeySize {
		panic(fmt.Sprintf("sealed: a sealed clip key of %d bytes", len(h.SealedKey)))
	}
	start := len(dst)
	dst = append(dst, magic...)
	dst = binary.BigEndian.AppendUint16(dst, Version)
	dst = append(dst, h.Hub[:]...)
	dst = append(dst, h.Camera[:]...)
	dst = append(dst, h.KID[:]...)
	dst = append(dst, h.Clip[:]...)
	dst = binary.BigEndian.AppendUint64(dst, uint64(h.Start.UnixNano()))
	dst = append(dst, h.SealedKey...)
	return append(dst, sign(headerLabel, seal.Bind(headerLabel, dst[start:]))...)
}

// ParseHeader reads a header and checks the signature of the hub it names,
// which must be one of hubs. It returns
// ErrFormat, ErrVersion or ErrForeign; of a foreign header the fields are
// returned all the same, for listing, never for playing. It copies from b.
func ParseHeader(b []byte, hubs Signers) (Header, error) {
	if len(b) < HeaderSize || string(b[:8]) != magic {
		return Header{}, ErrFormat
	}
	if v := binary.BigEndian.Uint16(b[8:]); v != Version {
		return Header{}, fmt.Errorf("sealed: header version %d: %w", v, ErrVersion)
	}
	h := Header{
		Hub: media.HubID(b[10:26]), Camera: media.CameraID(b[26:42]),
		KID: media.KeyID(b[42:58]), Clip: media.ClipID(b[58:74]),
		Start:     time.Unix(0, int64(binary.BigEndian.Uint64(b[74:]))).UTC(),
		SealedKey: append([]byte(nil), b[82:headerSigned]...),
		Signature: append([]byte(nil), b[headerSigned:HeaderSize]...),
	}
	if !seal.Verify(hubs.Key(h.Hub), headerLabel, seal.Bind(headerLabel, b[:headerSigned]), b[headerSigned:HeaderSize]) {
		return h, ErrForeign
	}
	return h, nil
}

// HeaderHash is SHA-256 of a whole header: what seal.NewRecords binds to.
func HeaderHash(header []byte) [32]byte { return sha256.Sum256(header[:HeaderSize]) }
