package seal

import (
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/hpke"
	"crypto/sha256"
	"errors"
	"fmt"
)

const (
	// KeySize is the size of every symmetric key and HPKE seed, in bytes.
	KeySize = 32
	// PublicKeySize is the size of an MLKEM768-X25519 public key, in bytes.
	PublicKeySize = 1216
	// SealedKeySize is an encapsulated key (1120) and a sealed 32-byte key (48).
	SealedKeySize = 1168
)

// ErrOpen says that something did not open: wrong key, wrong binding or
// changed bytes. Which of them is unknowable by design.
var ErrOpen = errors.New("seal: does not open with this key")

// ErrCrossed says that something belongs to another hub, camera, run or clip
// than the one it was presented as. Callers count it: it is a crossed wire.
var ErrCrossed = errors.New("seal: belongs to another camera, run or clip")

// PublicKey seals keys to the holder of one PrivateKey.
type PublicKey struct{ key hpke.PublicKey }

// PrivateKey opens keys sealed to its public half.
type PrivateKey struct{ key hpke.PrivateKey }

// GenerateKey draws a new pair.
func GenerateKey() (PrivateKey, error) {
	k, err := hpke.MLKEM768X25519().GenerateKey()
	if err != nil {
		return PrivateKey{}, fmt.Errorf("seal: generating a key pair: %w", err)
	}
	return PrivateKey{k}, nil
}

// DeriveKey makes the pair that belongs to secret key material (HPKE
// DeriveKeyPair, RFC 9180 §7.1.3).
func DeriveKey(material []byte) (PrivateKey, error) {
	k, err := hpke.MLKEM768X25519().DeriveKeyPair(material)
	if err != nil {
		return PrivateKey{}, fmt.Errorf("seal: deriving a key pair: %w", err)
	}
	return PrivateKey{k}, nil
}

// ParsePrivateKey reads the 32-byte seed that Bytes returned.
func ParsePrivateKey(b []byte) (PrivateKey, error) {
	k, err := hpke.MLKEM768X25519().NewPrivateKey(b)
	if err != nil {
		return PrivateKey{}, fmt.Errorf("seal: reading a private key: %w", err)
	}
	return PrivateKey{k}, nil
}

// ParsePublicKey reads the 1216 bytes that Bytes returned.
func ParsePublicKey(b []byte) (PublicKey, error) {
	k, err := hpke.MLKEM768X25519().NewPublicKey(b)
	if err != nil {
		return PublicKey{}, fmt.Errorf("seal: reading a public key: %w", err)
	}
	return PublicKey{k}, nil
}

// Bytes is the 32-byte seed.
func (k PrivateKey) Bytes() ([]byte, error) { return k.key.Bytes() }

// Public is the other half.
func (k PrivateKey) Public() PublicKey { return PublicKey{k.key.PublicKey()} }

// IsZero reports whether k holds no key.
func (k PrivateKey) IsZero() bool { return k.key == nil }

// IsZero reports whether k holds no key.
func (k PublicKey) IsZero() bool { return k.key == nil }

// Bytes is the 1216-byte encoding.
func (k PublicKey) Bytes() []byte { return k.key.Bytes() }

// Fingerprint is SHA-256 over the encoding.
func (k PublicKey) Fingerprint() [32]byte { return sha256.Sum256(k.key.Bytes()) }

// SealKey seals a 32-byte key; info is the whole binding. The result has
// SealedKeySize bytes.
func (k PublicKey) SealKey(info, key []byte) ([]byte, error) {
	if len(key) != KeySize {
		return nil, fmt.Errorf("seal: sealing a key of %d bytes, not %d", len(key), KeySize)
	}
	sealed, err := hpke.Seal(k.key, hpke.HKDFSHA256(), hpke.ChaCha20Poly1305(), info, key)
	if err != nil {
		return nil, fmt.Errorf("seal: sealing a key: %w", err)
	}
	return sealed, nil
}

// OpenKey opens what SealKey sealed with the same info, or returns ErrOpen.
func (k PrivateKey) OpenKey(info, sealed []byte) ([]byte, error) {
	if len(sealed) != SealedKeySize || k.key == nil {
		return nil, ErrOpen
	}
	key, err := hpke.Open(k.key, hpke.HKDFSHA256(), hpke.ChaCha20Poly1305(), info, sealed)
	if err != nil || len(key) != KeySize {
		return nil, ErrOpen
	}
	return key, nil
}

// Derive is HKDF-SHA256 (RFC 5869) of a secret to a 32-byte key for one
// binding, without salt.
func Derive(secret, binding []byte) []byte { return derive(secret, nil, binding) }

func derive(secret, salt, binding []byte) []byte {
	key, err := hkdf.Key(sha256.New, secret, salt, string(binding), KeySize)
	if err != nil {
		panic("seal: " + err.Error()) // only for a size above 255 hashes
	}
	return key
}

// Sign signs a message made by Bind under a context of its own (Ed25519ctx,
// RFC 8032 §5.1). Nothing signs bytes that a peer chose.
func Sign(key ed25519.PrivateKey, context string, message []byte) []byte {
	sig, err := key.Sign(nil, message, &ed25519.Options{Context: context})
	if err != nil {
		panic("seal: " + err.Error()) // only for a context above 255 bytes
	}
	return sig
}

// Verify checks a signature made by Sign.
func Verify(key ed25519.PublicKey, context string, message, sig []byte) bool {
	if len(key) != ed25519.PublicKeySize {
		return false
	}
	return ed25519.VerifyWithOptions(key, message, sig, &ed25519.Options{Context: context}) == nil
}
