package sealed

import (
	"encoding/binary"
	"hash/crc32"

	"lares/cameras/seal"
)

// Type says what a record holds once opened.
type Type uint8

const (
	// TypeInit holds the init segment of the clip (ftyp and moov).
	TypeInit Type = 1
	// TypeFragment holds one fragment (moof and mdat) of all tracks.
	TypeFragment Type = 2
	// TypeThumbnail holds a JPEG picture.
	TypeThumbnail Type = 3
	// TypePreview holds small pictures of the whole clip; see AppendPreview.
	TypePreview Type = 4
	// TypeEvent holds what triggered the clip, as JSON.
	TypeEvent Type = 5
	// TypeIndex holds a table over the fragments; see AppendGrowth.
	TypeIndex Type = 6
	// TypeSmall holds a small JPEG picture, of 160 pixels: the thumbnail, or another picture
	// of the clip where that is the camera's own or there is none.
	TypeSmall Type = 7
	// TypeEnd ends the file; its payload is clear and signed.
	TypeEnd Type = 255
)

// Valid reports whether t is one of the types above.
func (t Type) Valid() bool { return t >= TypeInit && t <= TypeSmall || t == TypeEnd }

const (
	// HeadSize is the size of a record head, in bytes.
	HeadSize = 1 + 1 + 4 + 8 + 4 + 4
	// RecordOverhead is what a record adds to its plaintext, in bytes.
	RecordOverhead = HeadSize + crcSize + seal.Overhead
	// MaxRecord bounds the ciphertext of one record: a second of 4K intra
	// pictures stays below it. In bytes.
	MaxRecord = 32 << 20

	crcSize     = 4
	flagSync    = 1
	flagG711    = 2
	flagStretch = 4
	flagBeside  = 8
)

// castagnoli is CRC-32C (RFC 3720 §12.1).
var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Head is the clear and authenticated head of a record.
type Head struct {
	Type     Type
	Sync     bool   // the fragment starts with an IDR
	G711     bool   // the init segment has a track in G.711
	Stretch  bool   // of the init segment: the file was recorded while no event went on
	Beside   bool   // of the init segment: it is the sub stream, recorded beside the main one
	Seq      uint32 // counts all records of the file from 0; also the nonce
	Time     uint64 // media time since the header's start, 90 kHz
	Duration uint32 // 90 kHz
	Length   uint32 // of the ciphertext with its tag, in bytes
}

// Plain is the size of the record's plaintext, in bytes.
func (h Head) Plain() int64 {
	if h.Type == TypeEnd || h.Length < seal.Overhead {
		return 0
	}
	return int64(h.Length) - seal.Overhead
}

// Bytes is the encoded head: what seal.Records binds.
func (h Head) Bytes() []byte { return h.append(make([]byte, 0, HeadSize)) }

func (h Head) append(dst []byte) []byte {
	var flags uint8
	if h.Sync {
		flags = flagSync
	}
	if h.G711 {
		flags |= flagG711
	}
	if h.Stretch {
		flags |= flagStretch
	}
	if h.Beside {
		flags |= flagBeside
	}
	dst = append(dst, uint8(h.Type), flags)
	dst = binary.BigEndian.AppendUint32(dst, h.Seq)
	dst = binary.BigEndian.AppendUint64(dst, h.Time)
	dst = binary.BigEndian.AppendUint32(dst, h.Duration)
	return binary.BigEndian.AppendUint32(dst, h.Length)
}

// parseHead reads a head and refuses what no writer of this version makes.
func parseHead(b []byte) (Head, error) {
	if len(b) < HeadSize {
		return Head{}, ErrFormat
	}
	h := Head{
		Type: Type(b[0]), Sync: b[1]&flagSync != 0, G711: b[1]&flagG711 != 0, Stretch: b[1]&flagStretch != 0, Beside: b[1]&flagBeside != 0,
		Seq:  binary.BigEndian.Uint32(b[2:]),
		Time: binary.BigEndian.Uint64(b[6:]), Duration: binary.BigEndian.Uint32(b[14:]),
		Length: binary.BigEndian.Uint32(b[18:]),
	}
	if !h.Type.Valid() || b[1]&^(flagSync|flagG711|flagStretch|flagBeside) != 0 || (h.G711 || h.Stretch || h.Beside) && h.Type != TypeInit || h.Length > MaxRecord {
		return Head{}, ErrFormat
	}
	if h.Type == TypeEnd && h.Length != endSize || h.Type != TypeEnd && h.Length < seal.Overhead {
		return Head{}, ErrFormat
	}
	return h, nil
}

// crc is the CRC-32C over head and payload: it finds torn tails without a key.
func crc(head, payload []byte) uint32 {
	return crc32.Update(crc32.Update(0, castagnoli, head), castagnoli, payload)
}

// putCRC fills in the CRC of a record that starts at b[0] and ends with b.
func putCRC(b []byte) {
	binary.BigEndian.PutUint32(b[HeadSize:], crc(b[:HeadSize], b[HeadSize+crcSize:]))
}
