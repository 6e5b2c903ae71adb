package fakecam

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
)

// Mark tells one access unit of one camera from every other. It travels in an
// SEI message in front of the slices of H.264 and H.265, in a comment behind
// the scan of a JPEG picture, and in the comment of a snapshot.
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

// Bytes is the mark as it travels.
func (m Mark) Bytes() []byte {
	var raw [24]byte
	copy(raw[:], m.Name[:])
	binary.BigEndian.PutUint64(raw[16:], m.Frame)
	return hex.AppendEncode(bytes.Clone(markUUID[:]), raw[:])
}

// sei is the mark as a NAL unit: sei_rbsp with one user_data_unregistered
// message (ITU-T H.264 §7.3.2.3, §D.1.6); in H.265 a prefix SEI (§7.3.2.4,
// §D.2.7).
func (m Mark) sei(v videoCodec) []byte {
	head := []byte{nalSEI}
	if v == codecH265 {
		head = []byte{hevcPrefixSEI << 1, 1} // nuh_layer_id 0, nuh_temporal_id_plus1 1
	}
	// No two bytes of it are zero in a row, so it needs no emulation prevention.
	unit := append(head, seiMark...)
	return append(append(unit, m.Bytes()...), 0x80)
}

// seiMark begins the message: its type, 5, and its size, that of a mark.
var seiMark = []byte{5, byte(len(markUUID) + markText)}

// jpegMark begins the comment in a JPEG picture: COM marker and length
// (ITU-T T.81 §B.2.4.5).
var jpegMark = []byte{0xff, 0xfe, 0, byte(2 + len(markUUID) + markText)}

// comment is the mark as a marker segment of a JPEG picture.
func (m Mark) comment() []byte { return append(bytes.Clone(jpegMark), m.Bytes()...) }

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

// FindMark finds the mark of one picture, given as H.264 or H.265 NAL units
// with 4-byte length prefixes, or as a JPEG file. It keeps nothing of the
// picture, and any bytes may be asked about.
func FindMark(picture []byte) (Mark, bool) {
	if len(picture) >= 2 && picture[0] == 0xff && picture[1] == jpegSOI {
		return markBehind(picture, jpegMark)
	}
	for len(picture) >= 4 {
		n := uint64(binary.BigEndian.Uint32(picture))
		if n > uint64(len(picture)-4) {
			return Mark{}, false
		}
		unit := picture[4 : 4+n]
		picture = picture[4+n:]
		if len(unit) == 0 || codecH264.nalType(unit) != nalSEI && codecH265.nalType(unit) != hevcPrefixSEI {
			continue
		}
		if m, ok := markBehind(unit, seiMark); ok {
			return m, true
		}
	}
	return Mark{}, false
}

// markBehind finds the first mark that follows head.
func markBehind(b, head []byte) (Mark, bool) {
	head = append(bytes.Clone(head), markUUID[:]...)
	for {
		i := bytes.Index(b, head)
		if i < 0 {
			return Mark{}, false
		}
		b = b[i+len(head)-len(markUUID):]
		if m, ok := cutMark(b); ok {
			return m, true
		}
	}
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
