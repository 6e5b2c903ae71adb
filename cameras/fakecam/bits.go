package fakecam

import "math/bits"

// bitWriter writes an RBSP (ITU-T H.264 §7.3): most significant bit first.
type bitWriter struct {
	b    []byte
	free uint // unused low bits of the last byte
}

// u writes the low n bits of v: u(n), n ≤ 32.
func (w *bitWriter) u(n uint, v uint32) {
	for n > 0 {
		if w.free == 0 {
			w.b, w.free = append(w.b, 0), 8
		}
		take := min(n, w.free)
		part := v >> (n - take) & (1<<take - 1)
		w.b[len(w.b)-1] |= byte(part << (w.free - take))
		n, w.free = n-take, w.free-take
	}
}

// flag writes u(1).
func (w *bitWriter) flag(v bool) {
	if v {
		w.u(1, 1)
		return
	}
	w.u(1, 0)
}

// ue writes an unsigned Exp-Golomb code (§9.1).
func (w *bitWriter) ue(v uint32) {
	n := uint(bits.Len32(v + 1))
	w.u(n-1, 0)
	w.u(n, v+1)
}

// se writes a signed Exp-Golomb code (§9.1.1).
func (w *bitWriter) se(v int32) {
	if v > 0 {
		w.ue(uint32(2*v - 1))
		return
	}
	w.ue(uint32(-2 * v))
}

// align writes zero bits up to the next byte (pcm_alignment_zero_bit, §7.3.5).
func (w *bitWriter) align() { w.free = 0 }

// bytes appends whole bytes; the writer must be aligned.
func (w *bitWriter) bytes(p []byte) { w.b = append(w.b, p...) }

// trail writes rbsp_trailing_bits (§7.3.2.11).
func (w *bitWriter) trail() {
	w.u(1, 1)
	w.align()
}

// nal makes a NAL unit of a header byte and an RBSP, with emulation
// prevention (§7.4.1): 00 00 0x becomes 00 00 03 0x for x ≤ 3.
func nal(header byte, rbsp []byte) []byte {
	out := make([]byte, 1, len(rbsp)+len(rbsp)/64+4)
	out[0] = header
	zeros := 0
	for _, c := range rbsp {
		if zeros >= 2 && c <= 3 {
			out, zeros = append(out, 3), 0
		}
		out = append(out, c)
		if c == 0 {
			zeros++
		} else {
			zeros = 0
		}
	}
	return out
}
