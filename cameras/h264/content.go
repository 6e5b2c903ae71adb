package h264

import (
	"bytes"
	"encoding/binary"
)

// Contents reads what slices of IDR pictures hold behind their headers: it is the same
// for the same picture coded again in the same way, though the header counts on
// (idr_pic_id, clause 7.4.3). It is for one stream, and for one goroutine.
type Contents struct {
	sets parameterSets
	rbsp []byte
}

// Keep takes a parameter set's NAL unit. It returns ErrDamaged or ErrUnsupported for one
// that is not read here.
func (c *Contents) Keep(unit []byte) error { return c.sets.keep(unit) }

// Of is what a slice's NAL unit holds: slice_data() from its first bit on (clause 7.3.4),
// without what CABAC is aligned with, and without the zeros behind the last bit. It is
// the reader's own and holds until the next call. It returns ErrParameterSet, ErrDamaged
// or ErrUnsupported for a slice whose header is not read.
func (c *Contents) Of(unit []byte) ([]byte, error) {
	if Type(unit) != nalIDR {
		return nil, unsupported("the content of a picture that does not stand alone")
	}
	c.rbsp = unescape(c.rbsp, unit[1:])
	r := newBitReader(c.rbsp)
	h, err := parseHeader(&r, unit[0], &c.sets)
	if err != nil {
		return nil, err
	}
	if h.pps.cabac {
		r.pos = (r.pos + 7) &^ 7
	}
	at, shift := r.pos/8, r.pos%8
	n := len(c.rbsp) - at
	return bytes.TrimRight(advance(r.data[at:], shift)[:n], "\x00"), nil
}

// advance drops the first bits of data, up to seven, eight bytes at once as long as there is one
// behind them. The bytes of the padding at its end stay.
func advance(data []byte, bits int) []byte {
	const word = 8
	i := 0
	for ; i+word < len(data); i += word {
		v := binary.BigEndian.Uint64(data[i:])<<(bits&7) | uint64(data[i+word])>>(8-bits&7)
		binary.BigEndian.PutUint64(data[i:], v)
	}
	for ; i+1 < len(data); i++ {
		data[i] = data[i]<<bits | data[i+1]>>(8-bits)
	}
	return data
}
