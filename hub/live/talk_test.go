package live

import (
	"encoding/binary"
	"testing"
)

func TestParseVoice(t *testing.T) {
	for n, ok := range map[int]bool{0: false, 1: false, 318: false, 319: false, 320: true, 321: false, 640: true, 960: true, 961: false, 962: false} {
		got, err := parseVoice(make([]byte, n))
		if (err == nil) != ok || ok && len(got) != n/2 {
			t.Errorf("%d bytes: %d samples, %v", n, len(got), err)
		}
	}
	b := make([]byte, 320)
	binary.LittleEndian.PutUint16(b[2:], 0x8001)
	if got, err := parseVoice(b); err != nil || got[0] != 0 || got[1] != -32767 {
		t.Errorf("%v, %v", got[:2], err)
	}
}

func FuzzParseVoice(f *testing.F) {
	f.Add(make([]byte, 320))
	f.Add(make([]byte, 961))
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := parseVoice(b)
		if err == nil && (len(got) < 160 || len(got) > 480) {
			t.Errorf("%d bytes gave %d samples", len(b), len(got))
		}
	})
}
