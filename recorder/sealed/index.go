package sealed

import "encoding/binary"

const (
	growthVersion = 1
	growthHead    = 1 + 4
)

// AppendGrowth appends the plaintext of an index record: by how many bytes each
// fragment, in file order, grows when its G.711 becomes FLAC.
func AppendGrowth(dst []byte, growth []uint32) []byte {
	dst = append(dst, growthVersion)
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(growth)))
	for _, n := range growth {
		dst = binary.BigEndian.AppendUint32(dst, n)
	}
	return dst
}

// ParseGrowth reads what AppendGrowth wrote; it copies from b. It returns
// ErrVersion for a later version and ErrFormat for anything else.
func ParseGrowth(b []byte) ([]uint32, error) {
	if len(b) < growthHead {
		return nil, ErrFormat
	}
	if b[0] != growthVersion {
		return nil, ErrVersion
	}
	n := uint64(binary.BigEndian.Uint32(b[1:]))
	b = b[growthHead:]
	if uint64(len(b)) != 4*n {
		return nil, ErrFormat
	}
	growth := make([]uint32, n)
	for i := range growth {
		growth[i] = binary.BigEndian.Uint32(b[4*i:])
	}
	return growth, nil
}
