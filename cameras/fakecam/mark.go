package fakecam

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
)

// Mark tells one access unit of one camera from every other. It travels in an
// SEI message in front of the slices, and in the comment of a snapshot.
type Mark struct {
	// Name is MarkName of the camera's name.
	Name [16]byte
	// Frame counts the access units sent on one stream, from 0.
	Frame uint64
}

// MarkName is what a mark calls a camera: the first 16 bytes of SHA-256.
func MarkName(name string) [16]byte {
	sum := sha256.Sum256([]byte(name))
	return [16]byte(sum[:16])
}

// markUUID leads a mark (uuid_iso_iec_11578, ITU-T H.264 §D.1.6). None of its
// bytes is zero, so that it looks the same with and without emulation
// prevention.
var markUUID = [16]byte{0x9d, 0x4c, 0xa1, 0x7e, 0x5b, 0x2f, 0x4e, 0x83, 0xb6, 0x71, 0xc8, 0x39, 0xe5, 0x1a, 0xf7, 0x62}

// markText is the rest of a mark: name and big-endian frame in hexadecimal.
// Digits need no emulation prevention, so a mark is found by a plain search
// whatever it is wrapped in.
const markText = 2 * (16 + 8)

// bytes is the mark as it travels.
func (m Mark) bytes() []byte {
	var raw [24]byte
	copy(raw[:], m.Name[:])
	binary.BigEndian.PutUint64(raw[16:], m.Frame)
	return hex.AppendEncode(bytes.Clone(markUUID[:]), raw[:])
}

// sei is the mark as a NAL unit: sei_rbsp with one user_data_unregistered
// message (ITU-T H.264 §7.3.2.3, §D.1.6).
func (m Mark) sei() []byte {
	body := m.bytes()
	rbsp := append([]byte{seiUserDataUnregistered, byte(len(body))}, body...)
	return nal(nalSEI, append(rbsp, 0x80))
}

const seiUserDataUnregistered = 5

func cutMark(b []byte) (Mark, bool) {
	if len(b) < len(markUUID)+markText {
		return Mark{}, false
	}
	var raw [24]byte
	if _, err := hex.Decode(raw[:], b[len(markUUID):len(markUUID)+markText]); err != nil {
		return Mark{}, false
	}
	return Mark{Name: [16]byte(raw[:16]), Frame: binary.BigEndian.Uint64(raw[16:])}, true
}

// FindMark finds the mark of one access unit, given as NAL units with 4-byte
// length prefixes. It keeps nothing of avcc.
func FindMark(avcc []byte) (Mark, bool) {
	for len(avcc) >= 4 {
		n := uint64(binary.BigEndian.Uint32(avcc))
		if n > uint64(len(avcc)-4) {
			return Mark{}, false
		}
		unit := avcc[4 : 4+n]
		avcc = avcc[4+n:]
		if len(unit) == 0 || unit[0]&nalTypeMask != nalSEI {
			continue
		}
		if found := FindMarks(unit); len(found) > 0 {
			return found[0], true
		}
	}
	return Mark{}, false
}

// FindMarks finds all marks in any bytes, such as an MP4 file, an RTP stream
// or a JPEG picture, in order. A mark cut in two is not found.
func FindMarks(b []byte) []Mark {
	var found []Mark
	for {
		i := bytes.Index(b, markUUID[:])
		if i < 0 {
			return found
		}
		b = b[i:]
		if m, ok := cutMark(b); ok {
			found = append(found, m)
		}
		b = b[len(markUUID):]
	}
}
