// Package seal is the product's only caller of HPKE and AEADs. It knows how to
// bind, seal and open; whose keys they are, and where they are kept, is the
// business of hub/vault, the camera worker and recorder/sealed.
//
// Key encapsulation is HPKE (RFC 9180) in base mode with MLKEM768-X25519,
// HKDF-SHA256 and ChaCha20-Poly1305, one shot, for 32-byte keys only. Base mode
// does not authenticate the sender, so forged wraps open: callers compare what
// they opened with what they expected (KID) or verify a signature.
//
// Every seal, wrap and signature goes through Bind, so that nothing made for
// one purpose, camera or person opens as another. testdata/vectors.json holds
// vectors that another implementation must reproduce.
package seal
