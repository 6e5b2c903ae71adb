package sealed

import "encoding/binary"

const (
	previewVersion = 1
	previewHead    = 1 + 1
	previewEntry   = 8 + 4
	// MaxFrames bounds the pictures of a preview.
	MaxFrames = 64
)

// Frame is one picture of a preview.
type Frame struct {
	Time uint64 // media time since the header's start, 90 kHz
	JPEG []byte
}

// AppendPreview appends the plaintext of a preview record: at most MaxFrames pictures, in
// the order of their times.
func AppendPreview(dst []byte, frames []Frame) []byte {
	dst = append(dst, previewVersion, byte(len(frames)))
	for _, f := range frames {
		dst = binary.BigEndian.AppendUint64(dst, f.Time)
		dst = binary.BigEndian.AppendUint32(dst, uint32(len(f.JPEG)))
	}
	for _, f := range frames {
		dst = append(dst, f.JPEG...)
	}
	return dst
}

// ParsePreview reads what AppendPreview wrote; the pictures are parts of b, and it does not
// look into them. It returns ErrVersion for a later version and ErrFormat for anything else.
func ParsePreview(b []byte) ([]Frame, error) {
	if len(b) < previewHead {
		return nil, ErrFormat
	}
	if b[0] != previewVersion {
		return nil, ErrVersion
	}
	n := int(b[1])
	if n == 0 || n > MaxFrames || len(b) < previewHead+n*previewEntry {
		return nil, ErrFormat
	}
	index, files := b[previewHead:previewHead+n*previewEntry], b[previewHead+n*previewEntry:]
	frames := make([]Frame, n)
	for i := range frames {
		f := &frames[i]
		f.Time = binary.BigEndian.Uint64(index[i*previewEntry:])
		size := uint64(binary.BigEndian.Uint32(index[i*previewEntry+8:]))
		if size == 0 || size > uint64(len(files)) || i > 0 && f.Time < frames[i-1].Time {
			return nil, ErrFormat
		}
		f.JPEG, files = files[:size:size], files[size:]
	}
	if len(files) > 0 {
		return nil, ErrFormat
	}
	return frames, nil
}
