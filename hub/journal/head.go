package journal

import (
	"bytes"
	"crypto/ed25519"
	"encoding/binary"
	"time"

	"lares/cameras/media"
)

const (
	headMagic   = "LARHEAD1"
	headContext = "lares journal head v1"
	headFixed   = len(headMagic) + 1 + 16 + 8 + 8 + 2 // up to the hashes
)

// headKind is what a record says.
type headKind uint8

const (
	batchHead  headKind = 1
	checkpoint headKind = 2
	lateHead   headKind = 3 // a batch that was signed at a start, not when it was written
)

// head is one signed record of journal.heads.
type head struct {
	kind   headKind
	hub    media.HubID
	at     time.Time
	seq    int64
	hashes [][32]byte // at least one; the last is that of seq
	sig    []byte
}

func (h head) hash() [32]byte { return h.hashes[len(h.hashes)-1] }

// body is what is signed.
func (h head) body() []byte {
	b := append(make([]byte, 0, headFixed+32*len(h.hashes)+ed25519.SignatureSize), headMagic...)
	b = append(append(b, uint8(h.kind)), h.hub[:]...)
	b = binary.BigEndian.AppendUint64(b, uint64(h.at.UnixMilli()))
	b = binary.BigEndian.AppendUint64(b, uint64(h.seq))
	b = binary.BigEndian.AppendUint16(b, uint16(len(h.hashes)))
	for _, sum := range h.hashes {
		b = append(b, sum[:]...)
	}
	return b
}

func (h head) bytes() []byte { return append(h.body(), h.sig...) }

// parseHead reads the record at the start of b; size is 0 if there is no whole
// one.
func parseHead(b []byte) (h head, size int) {
	if len(b) < headFixed || string(b[:len(headMagic)]) != headMagic {
		return h, 0
	}
	p := b[len(headMagic):]
	h.kind, h.hub = headKind(p[0]), media.HubID(p[1:17])
	h.at = time.UnixMilli(int64(binary.BigEndian.Uint64(p[17:]))).UTC()
	h.seq = int64(binary.BigEndian.Uint64(p[25:]))
	n := int(binary.BigEndian.Uint16(p[33:]))
	size = headFixed + 32*n + ed25519.SignatureSize
	if n == 0 || len(b) < size {
		return h, 0
	}
	for i := range n {
		h.hashes = append(h.hashes, [32]byte(b[headFixed+32*i:]))
	}
	h.sig = bytes.Clone(b[size-ed25519.SignatureSize : size])
	return h, size
}
