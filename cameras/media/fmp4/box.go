package fmp4

import "encoding/binary"

// buffer appends boxes; a box is opened, filled and closed, and its size is
// written at the close.
type buffer []byte

func (b *buffer) u8(v ...uint8)          { *b = append(*b, v...) }
func (b *buffer) u16(v uint16)           { *b = binary.BigEndian.AppendUint16(*b, v) }
func (b *buffer) u32(v uint32)           { *b = binary.BigEndian.AppendUint32(*b, v) }
func (b *buffer) u64(v uint64)           { *b = binary.BigEndian.AppendUint64(*b, v) }
func (b *buffer) text(s string)          { *b = append(*b, s...) }
func (b *buffer) bytes(v []byte)         { *b = append(*b, v...) }
func (b *buffer) zeros(n int)            { *b = append(*b, make([]byte, n)...) }
func (b *buffer) put32(at int, v uint32) { binary.BigEndian.PutUint32((*b)[at:], v) }

// open starts a box (ISO/IEC 14496-12 §4.2) and returns where it starts.
func (b *buffer) open(name string) int {
	at := len(*b)
	b.u32(0)
	b.text(name)
	return at
}

// full starts a box with version and flags.
func (b *buffer) full(name string, version uint8, flags uint32) int {
	at := b.open(name)
	b.u32(uint32(version)<<24 | flags)
	return at
}

// close ends the box that starts at at.
func (b *buffer) close(at int) { b.put32(at, uint32(len(*b)-at)) }

// box writes a whole box.
func (b *buffer) box(name string, body []byte) {
	at := b.open(name)
	b.bytes(body)
	b.close(at)
}

// matrix is the unity matrix of mvhd and tkhd (§8.2.2.2).
func (b *buffer) matrix() {
	for _, v := range [...]uint32{0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000} {
		b.u32(v)
	}
}
