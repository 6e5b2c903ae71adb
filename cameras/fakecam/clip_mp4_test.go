package fakecam

import (
	"bytes"
	"encoding/binary"
	"errors"
	"testing"
	"time"

	"lares/cameras/media/costtest"
)

// TestHugeTables: a small file whose tables tell of thousands of millions of samples is
// refused before they are counted out.
func TestHugeTables(t *testing.T) {
	put := func(b []byte, box string, at int, values ...uint32) {
		t.Helper()
		i := bytes.Index(b, []byte(box))
		for k, v := range values {
			binary.BigEndian.PutUint32(b[i+at+4*k:], v)
		}
	}
	uniform := func(size, count uint32) []byte {
		b := bytes.Clone(peopleSub)
		i := bytes.Index(b, []byte("stsz"))
		whole := binary.BigEndian.Uint32(b[i-4:])
		put(b, "stsz", 8, size, count, whole-20) // what was the table is a box that is skipped
		copy(b[i+20:], "free")
		binary.BigEndian.PutUint32(b[i-4:], 20)
		put(b, "stsc", 16, 0xffffffff)
		return b
	}
	for name, b := range map[string][]byte{
		"a size for all":  uniform(1, 0xffffffff),
		"no size for all": uniform(0, 0xffffffff),
		"a large size":    uniform(0xffffffff, 0xffffffff),
	} {
		costtest.Within(t, func() {
			if _, err := parseClip(bytes.NewReader(b)); !errors.Is(err, errTables) && name != "no size for all" || err == nil {
				t.Errorf("%s: %v", name, err)
			}
		})
	}
	file := write(t, "huge.mp4", uniform(1, 0xffffffff))
	if err := ReadH264(file, 10, func(time.Duration, [][]byte) error { return nil }); !errors.Is(err, errTables) {
		t.Errorf("%v", err)
	}
	two := clipTrack{size: 10, left: 10}
	for i, want := range []error{nil, errTables} { // the same bytes over and over
		if err := two.add(clipSample{size: 6}, 1, 0); !errors.Is(err, want) {
			t.Errorf("sample %d: %v, want %v", i, err, want)
		}
	}
}
