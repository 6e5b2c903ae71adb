package h264

import (
	"bytes"
	"errors"
	"os"
	"testing"

	"lares/cameras/media/costtest"
)

// bitString is a row of bits, one in each byte.
type bitString []byte

func bitsOf(b []byte, from, to int) (out bitString) {
	for i := from; i < to; i++ {
		out = append(out, b[i/8]>>(7-i%8)&1)
	}
	return out
}

// ue is an Exp-Golomb number (clause 9.1).
func ue(v uint32) (out bitString) {
	n := 0
	for v+1 >= 2<<n {
		n++
	}
	out = make(bitString, n)
	for i := n; i >= 0; i-- {
		out = append(out, byte((v+1)>>i&1))
	}
	return out
}

// escaped makes a NAL unit of an RBSP (clause 7.4.1).
func (s bitString) escaped(head byte) []byte {
	for len(s)%8 != 0 {
		s = append(s, 0)
	}
	out, zeros := []byte{head}, 0
	for i := 0; i < len(s); i += 8 {
		var c byte
		for _, bit := range s[i : i+8] {
			c = c<<1 | bit
		}
		if zeros >= 2 && c <= 3 {
			out, zeros = append(out, 3), 0
		}
		if zeros++; c != 0 {
			zeros = 0
		}
		out = append(out, c)
	}
	return out
}

// renumbered is an IDR slice with another idr_pic_id.
func renumbered(t *testing.T, unit []byte, sets *parameterSets, id uint32) []byte {
	t.Helper()
	rbsp := unescape(nil, unit[1:])
	r := newBitReader(rbsp)
	h, err := parseHeader(&r, unit[0], sets)
	if err != nil {
		t.Fatal(err)
	}
	end := r.pos
	r = newBitReader(rbsp)
	r.ue()
	r.ue()
	r.ue()
	r.u(h.sps.frameNumBits)
	from := r.pos
	r.ue()
	out := append(bitsOf(rbsp, 0, from), ue(id)...)
	out = append(out, bitsOf(rbsp, r.pos, end)...)
	if h.pps.cabac {
		for end = (end + 7) &^ 7; len(out)%8 != 0; {
			out = append(out, 1) // cabac_alignment_one_bit
		}
	}
	return append(out, bitsOf(rbsp, end, 8*len(rbsp))...).escaped(unit[0])
}

// TestContents: the same picture under another idr_pic_id has the same content, bit by
// bit, however long the header is; another picture has not.
func TestContents(t *testing.T) {
	for _, name := range []string{"cabac", "cavlc"} {
		t.Run(name, func(t *testing.T) {
			b, err := os.ReadFile("testdata/" + name + ".264")
			if err != nil {
				t.Fatal(err)
			}
			var c Contents
			var before []byte
			seen := 0
			for _, unit := range accessUnits(b)[0] {
				switch Type(unit) {
				case nalSPS, nalPPS:
					if err := c.Keep(unit); err != nil {
						t.Fatal(err)
					}
				case nalIDR:
					got, err := c.Of(unit)
					if err != nil || len(got) < 20 {
						t.Fatalf("%d bytes, %v", len(got), err)
					}
					want := bytes.Clone(got)
					for _, id := range []uint32{0, 1, 2, 6, 7, 1000, 65535} {
						if got, err := c.Of(renumbered(t, unit, &c.sets, id)); err != nil || !bytes.Equal(got, want) {
							t.Errorf("with idr_pic_id %d the content is another: %v", id, err)
						}
					}
					other := bytes.Clone(unit)
					other[len(other)/2] ^= 0x40
					if got, _ := c.Of(other); bytes.Equal(got, want) || bytes.Equal(before, want) {
						t.Error("what is another picture is not told from it")
					}
					before = want
					seen++
				}
			}
			if seen == 0 {
				t.Fatal("no picture that stands alone")
			}
			if _, err := c.Of([]byte{0x61, 0x9a, 0x12}); !errors.Is(err, ErrUnsupported) {
				t.Errorf("a P slice: %v", err)
			}
			if _, err := new(Contents).Of([]byte{0x65, 0x88, 0x84}); !errors.Is(err, ErrParameterSet) {
				t.Errorf("without parameter sets: %v", err)
			}
		})
	}
}

// FuzzContents: no bytes make it panic, and what it gives is a part of what it got.
func FuzzContents(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		var c Contents
		Split(b, func(unit []byte) bool {
			costtest.Within(t, func() {
				if Type(unit) != nalIDR {
					_ = c.Keep(unit)
				} else if got, err := c.Of(unit); err == nil && len(got) > len(unit) {
					t.Errorf("%d bytes of %d", len(got), len(unit))
				}
			})
			return true
		})
	})
}

// TestAdvance: so many bits are gone, whatever the length is.
func TestAdvance(t *testing.T) {
	for size := range 40 {
		for n := range 8 {
			data := make([]byte, size+1) // and one of padding
			for i := range size {
				data[i] = byte(37*i + 11*n + 1)
			}
			want := bitsOf(data, n, 8*size+n)
			if got := bitsOf(advance(data, n), 0, 8*size); !bytes.Equal(got, want) {
				t.Fatalf("%d bits of %d bytes:\n%v, want\n%v", n, size, got, want)
			}
		}
	}
}
