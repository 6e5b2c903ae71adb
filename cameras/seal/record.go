package seal

import (
	"crypto/cipher"
	"crypto/rand"
	"encoding/binary"
	"fmt"

	"golang.org/x/crypto/chacha20poly1305"

	"lares/cameras/media"
)

// ClipBinding is the HPKE info of a clip key: hub, camera, store key and clip.
func ClipBinding(hub media.HubID, camera media.CameraID, kid media.KeyID, clip media.ClipID) []byte {
	return Bind("lares clip v1", hub[:], camera[:], kid[:], clip[:])
}

// GlimpseBinding is what the picture of one stream of a probe is bound to; the device's
// first channel is 1.
func GlimpseBinding(probe media.ProbeID, channel uint8, role string) []byte {
	return Bind("lares glimpse v2", probe[:], U8(channel), []byte(role))
}

// NewClipKey draws a clip key and seals it to the camera's store key.
func NewClipKey(store PublicKey, binding []byte) (key [KeySize]byte, sealed []byte, err error) {
	rand.Read(key[:])
	sealed, err = store.SealKey(binding, key[:])
	if err != nil {
		return key, nil, fmt.Errorf("seal: new clip key: %w", err)
	}
	return key, sealed, nil
}

// Records seals and opens the records of one clip file (VAULT §3): nonce
// 0⁸‖seq, AAD SHA-256(header)‖head. Any record opens alone. Safe for
// concurrent opening.
type Records struct {
	aead   cipher.AEAD
	header [32]byte
}

// NewRecords makes the cipher for the clip whose header hashes to header.
func NewRecords(key [KeySize]byte, header [32]byte) *Records {
	return &Records{aead: newAEAD(key[:]), header: header}
}

func recordNonce(seq uint32) []byte {
	return binary.BigEndian.AppendUint32(make([]byte, 8, chacha20poly1305.NonceSize), seq)
}

func (r *Records) binding(head []byte) []byte {
	return append(append(make([]byte, 0, len(r.header)+len(head)), r.header[:]...), head...)
}

// Seal appends the ciphertext and tag of plain to dst. A sequence number must
// never be sealed twice in a clip, whether or not the write succeeded.
func (r *Records) Seal(dst []byte, seq uint32, head, plain []byte) []byte {
	return r.aead.Seal(grow(dst, len(plain)+Overhead), recordNonce(seq), plain, r.binding(head))
}

// Open appends the plaintext of sealed to dst, or returns ErrOpen.
func (r *Records) Open(dst []byte, seq uint32, head, sealed []byte) ([]byte, error) {
	out, err := r.aead.Open(dst, recordNonce(seq), sealed, r.binding(head))
	if err != nil {
		return dst, ErrOpen
	}
	return out, nil
}
