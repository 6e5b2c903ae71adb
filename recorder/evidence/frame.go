package evidence

import (
	"encoding/binary"
	"time"
)

// The lengths of a ZIP's parts, in bytes, without names (APPNOTE.TXT 4.3).
const (
	localSize      = 30
	descriptorSize = 16
	centralSize    = 46
	endSize        = 22
	storedSize     = 5 // before the bytes of a stored block (RFC 1951 §3.2.4)

	// blockSize is the longest stored block.
	blockSize = 1<<16 - 1

	versionNeeded = 20     // deflate
	madeBy        = 3 << 8 // Unix: the mode is in the upper half of the attributes
	streamed      = 1 << 3 // sizes and CRC follow in a descriptor
	deflated      = 8
	readable      = 0o100644 << 16
)

var le = binary.LittleEndian

// entry is what the frame of one file follows from.
type entry struct {
	name string
	size int64
	crc  uint32
	at   int64 // of its local header, in the archive
}

// blocksOf is how many blocks a file of that size has: at least one.
func blocksOf(size int64) int64 { return max(1, (size+blockSize-1)/blockSize) }

// packed is the size of a file in its blocks.
func (e entry) packed() int64 { return e.size + storedSize*blocksOf(e.size) }

// block is where a block's head lies, and how many bytes follow that.
func (e entry) block(i int64) (at, length int64) {
	return e.at + localSize + int64(len(e.name)) + i*(storedSize+blockSize), min(blockSize, e.size-i*blockSize)
}

// descriptor is where the entry's descriptor lies, next where the entry after it does.
func (e entry) descriptor() int64 { return e.at + localSize + int64(len(e.name)) + e.packed() }
func (e entry) next() int64       { return e.descriptor() + descriptorSize }

// dosTime is a time in MS-DOS form, as time and date.
func dosTime(t time.Time) (uint16, uint16) {
	t = t.UTC()
	return uint16(t.Hour()<<11 | t.Minute()<<5 | t.Second()/2), uint16(max(0, t.Year()-1980)<<9 | int(t.Month())<<5 | t.Day())
}

func (e entry) appendLocal(b []byte, made time.Time) []byte {
	clock, date := dosTime(made)
	b = le.AppendUint32(b, 0x04034b50)
	for _, v := range []uint16{versionNeeded, streamed, deflated, clock, date} {
		b = le.AppendUint16(b, v)
	}
	b = append(b, make([]byte, 12)...) // CRC and sizes: in the descriptor
	b = le.AppendUint16(b, uint16(len(e.name)))
	b = le.AppendUint16(b, 0)
	return append(b, e.name...)
}

func appendStored(b []byte, length int64, last bool) []byte {
	final := byte(0)
	if last {
		final = 1
	}
	b = append(b, final)
	b = le.AppendUint16(b, uint16(length))
	return le.AppendUint16(b, ^uint16(length))
}

func (e entry) appendDescriptor(b []byte) []byte {
	for _, v := range []uint32{0x08074b50, e.crc, uint32(e.packed()), uint32(e.size)} {
		b = le.AppendUint32(b, v)
	}
	return b
}

func (e entry) appendCentral(b []byte, made time.Time) []byte {
	clock, date := dosTime(made)
	b = le.AppendUint32(b, 0x02014b50)
	for _, v := range []uint16{madeBy | versionNeeded, versionNeeded, streamed, deflated, clock, date} {
		b = le.AppendUint16(b, v)
	}
	for _, v := range []uint32{e.crc, uint32(e.packed()), uint32(e.size)} {
		b = le.AppendUint32(b, v)
	}
	for _, v := range []uint16{uint16(len(e.name)), 0, 0, 0, 0} {
		b = le.AppendUint16(b, v)
	}
	b = le.AppendUint32(b, readable)
	b = le.AppendUint32(b, uint32(e.at))
	return append(b, e.name...)
}

// appendDirectory is all that follows the entries.
func appendDirectory(b []byte, entries []entry, made time.Time) []byte {
	start, at := len(b), int64(0)
	for _, e := range entries {
		b = e.appendCentral(b, made)
		at = e.next()
	}
	size := len(b) - start
	b = le.AppendUint32(b, 0x06054b50)
	for _, v := range []uint16{0, 0, uint16(len(entries)), uint16(len(entries))} {
		b = le.AppendUint16(b, v)
	}
	b = le.AppendUint32(b, uint32(size))
	b = le.AppendUint32(b, uint32(at))
	return le.AppendUint16(b, 0)
}

// place sets where each entry lies and returns how long the archive is.
func place(entries []entry) int64 {
	at, directory := int64(0), int64(endSize)
	for i := range entries {
		entries[i].at = at
		at = entries[i].next()
		directory += centralSize + int64(len(entries[i].name))
	}
	return at + directory
}

// crcIn reads a CRC of the manifest, whose order is that of hash.Hash.
func crcIn(b []byte) uint32 { return binary.BigEndian.Uint32(b) }
