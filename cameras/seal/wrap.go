package seal

import (
	"crypto/cipher"
	"crypto/rand"
	"slices"

	"golang.org/x/crypto/chacha20poly1305"
)

// SaltSize is the size of a wrap's salt, in bytes.
const SaltSize = 16

// Overhead is what one authentication tag adds, in bytes.
const Overhead = chacha20poly1305.Overhead

// NewSalt draws a salt for one wrap.
func NewSalt() []byte {
	salt := make([]byte, SaltSize)
	rand.Read(salt)
	return salt
}

// Wrap seals a small secret under another one, for one binding. The key is
// HKDF(secret, salt, binding) and serves once, hence the zero nonce; salt must
// be fresh. The result has len(plain)+Overhead bytes; keep the salt beside it.
func Wrap(secret, salt, binding, plain []byte) []byte {
	return newAEAD(derive(secret, salt, binding)).Seal(nil, make([]byte, chacha20poly1305.NonceSize), plain, binding)
}

// Unwrap opens what Wrap made, or returns ErrOpen.
func Unwrap(secret, salt, binding, wrapped []byte) ([]byte, error) {
	if len(salt) != SaltSize {
		return nil, ErrOpen
	}
	plain, err := newAEAD(derive(secret, salt, binding)).Open(nil, make([]byte, chacha20poly1305.NonceSize), wrapped, binding)
	if err != nil {
		return nil, ErrOpen
	}
	return plain, nil
}

// SealText seals text of any length under a key that is used many times
// (XChaCha20-Poly1305, random nonce). The nonce leads the result.
func SealText(key, binding, plain []byte) []byte {
	nonce := make([]byte, chacha20poly1305.NonceSizeX, chacha20poly1305.NonceSizeX+len(plain)+Overhead)
	rand.Read(nonce)
	return newAEADX(key).Seal(nonce, nonce, plain, binding)
}

// OpenText opens what SealText made, or returns ErrOpen.
func OpenText(key, binding, sealed []byte) ([]byte, error) {
	if len(key) != KeySize || len(sealed) < chacha20poly1305.NonceSizeX {
		return nil, ErrOpen
	}
	nonce, text := sealed[:chacha20poly1305.NonceSizeX], sealed[chacha20poly1305.NonceSizeX:]
	plain, err := newAEADX(key).Open(nil, nonce, text, binding)
	if err != nil {
		return nil, ErrOpen
	}
	return plain, nil
}

func newAEAD(key []byte) cipher.AEAD {
	a, err := chacha20poly1305.New(key)
	if err != nil {
		panic("seal: " + err.Error()) // only for a key that is not 32 bytes
	}
	return a
}

func newAEADX(key []byte) cipher.AEAD {
	a, err := chacha20poly1305.NewX(key)
	if err != nil {
		panic("seal: " + err.Error()) // only for a key that is not 32 bytes
	}
	return a
}

// grow makes room for n more bytes, so that sealing in place never moves.
func grow(b []byte, n int) []byte { return slices.Grow(b, n) }
