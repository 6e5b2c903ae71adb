package media

import (
	"encoding/binary"
	"errors"
)

// ErrPictures is returned for bytes that are not what Pictures.Append makes.
var ErrPictures = errors.New("media: malformed pictures")

// Pictures are what a UnitSnapshot holds: one picture as JPEG files of two sizes, of which
// either may be missing.
type Pictures struct {
	Large []byte // as the camera gives it, or as large as the hub draws one
	Small []byte // for lists and previews
}

// Append appends the encoded pictures: the length of the small one in four bytes, big-endian,
// and both files.
func (p Pictures) Append(dst []byte) []byte {
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(p.Small)))
	return append(append(dst, p.Small...), p.Large...)
}

// ParsePictures reads what Append wrote; the files are parts of b. It does not look into them.
func ParsePictures(b []byte) (p Pictures, err error) {
	if len(b) < 4 || uint64(binary.BigEndian.Uint32(b)) > uint64(len(b)-4) {
		return p, ErrPictures
	}
	end := 4 + int(binary.BigEndian.Uint32(b))
	return Pictures{Small: b[4:end:end], Large: b[end:]}, nil
}
