package sealed

import (
	"bytes"
	"errors"
	"io"
	"testing"
)

// TestRepairLeavesAnEnd: a file that ended, however, stays as it is.
func TestRepairLeavesAnEnd(t *testing.T) {
	h := newHub(t)
	whole, _ := h.write(t)
	before := bytes.Clone(whole.b)
	r, err := Repair(whole, int64(len(whole.b)), h.public(), h.sign)
	if err != nil || r.State != Complete || !bytes.Equal(whole.b, before) {
		t.Errorf("a complete file was repaired: state %d (%v)", r.State, err)
	}
}

// TestRepairCutsAtAHole: records behind a missing, repeated or exchanged one do
// not count.
func TestRepairCutsAtAHole(t *testing.T) {
	h := newHub(t)
	whole, borders := h.write(t)
	record := func(i int) []byte { return whole.b[borders[i]:borders[i+1]] }
	head := whole.b[:borders[3]]
	for name, tail := range map[string][]byte{
		"missing":   record(4),
		"repeated":  append(bytes.Clone(record(2)), record(3)...),
		"exchanged": append(bytes.Clone(record(4)), record(3)...),
	} {
		d := &disk{b: append(bytes.Clone(head), tail...)}
		r, err := Repair(d, int64(len(d.b)), h.public(), h.sign)
		if err != nil || r.Count != 3 || int64(len(d.b)) != borders[3]+EndSize {
			t.Errorf("%s: %d records, %d bytes (%v)", name, r.Count, len(d.b), err)
		}
	}
}

// TestRepairLeavesWhatIsEmpty: a file without a whole fragment stays as it is, and is told
// from one in which more does not hold than a crash tears.
func TestRepairLeavesWhatIsEmpty(t *testing.T) {
	h := newHub(t)
	whole, borders := h.write(t)
	for name, test := range map[string]struct {
		ends         int64
		size         int64
		want, filled error
	}{
		"header":   {HeaderSize, HeaderSize, ErrEmpty, ErrEmpty},
		"init":     {borders[1], borders[1], ErrEmpty, ErrEmpty},
		"torn":     {borders[3] - 1, borders[3] - 1, ErrEmpty, nil},
		"holes":    {borders[1] + 1, borders[1] + 1 + mostTorn, ErrFormat, io.EOF},
		"fragment": {borders[3], borders[3], nil, nil},
	} {
		d := &disk{b: bytes.Clone(whole.b[:test.ends])}
		filled := Filled(d, test.size)
		_, err := Repair(d, test.size, h.public(), h.sign)
		if !errors.Is(err, test.want) || !errors.Is(filled, test.filled) {
			t.Errorf("%s: %v and %v, want %v and %v", name, err, filled, test.want, test.filled)
		}
		if err != nil && int64(len(d.b)) != test.ends {
			t.Errorf("%s: it was changed", name)
		}
	}
}
