package fakecam

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"lares/cameras/media"
)

// wav is a file with these samples, one chunk before them that nobody knows.
func wav(tag, channels, bits uint16, rate uint32, samples []byte) []byte {
	b := append([]byte("RIFF\x00\x00\x00\x00WAVELIST"), 3, 0, 0, 0, 'o', 'd', 'd', 0)
	b = append(b, "fmt \x10\x00\x00\x00"...)
	b = binary.LittleEndian.AppendUint16(b, tag)
	b = binary.LittleEndian.AppendUint16(b, channels)
	b = binary.LittleEndian.AppendUint32(b, rate)
	width := channels * bits / 8
	b = binary.LittleEndian.AppendUint32(b, rate*uint32(width))
	b = binary.LittleEndian.AppendUint16(b, width)
	b = binary.LittleEndian.AppendUint16(b, bits)
	b = binary.LittleEndian.AppendUint32(append(b, "data"...), uint32(len(samples)))
	return append(b, samples...)
}

func write(t *testing.T, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestReadSound: the sound of a file comes whole, in pieces of 20 ms, with what it is.
func TestReadSound(t *testing.T) {
	octets := make([]byte, 8000+7)
	for i := range octets {
		octets[i] = byte(i)
	}
	for name, c := range map[string]struct {
		path  string
		codec media.Codec
		rate  int
		lasts time.Duration
		whole int // octets that make samples of all channels
	}{
		"samples": {write(t, "a.wav", wav(1, 2, 16, 44100, octets)), 0, 44100, seconds(2001, 44100), 8004},
		"A-law":   {write(t, "a.wav", wav(6, 1, 8, 8000, octets)), media.PCMA, 8000, seconds(8007, 8000), 8007},
		"µ-law":   {write(t, "a.WAV", wav(7, 1, 8, 16000, octets)), media.PCMU, 16000, seconds(8007, 16000), 8007},
		"bare":    {write(t, "a.alaw", octets), media.PCMA, 8000, seconds(8007, 8000), 8007},
		"cut off": {write(t, "a.wav", wav(7, 1, 8, 8000, octets)[:1000]), media.PCMU, 8000, seconds(1000-56, 8000), 1000 - 56},
	} {
		var got []byte
		var end time.Duration
		if err := ReadSound(c.path, func(s Sound) error {
			if s.At != end || s.Codec != c.codec || s.Rate != c.rate || s.Lasts > 20*time.Millisecond {
				t.Errorf("%s: %v at %v, behind %v", name, s, s.At, end)
			}
			end = s.At + s.Lasts
			got = append(got, s.Data...)
			return nil
		}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if !bytes.Equal(got, octets[:c.whole]) || end != c.lasts {
			t.Errorf("%s: %d octets up to %v, want %d up to %v", name, len(got), end, c.whole, c.lasts)
		}
	}
}

// TestNoSound: what has no sound that can be read is refused, and who takes it may end it.
func TestNoSound(t *testing.T) {
	good := wav(1, 1, 16, 8000, make([]byte, 3200))
	never := func(Sound) error { t.Error("a sound"); return nil }
	for name, c := range map[string]struct {
		path string
		want error
	}{
		"no pictures' file": {write(t, "a.mp4", peopleSub), errNoSound},
		"empty":             {write(t, "a.wav", nil), errWAV},
		"no data":           {write(t, "a.wav", good[:50]), errWAV},
		"unknown chunk":     {write(t, "a.wav", slices.Concat(good[:12], []byte("what\xff\xff\xff\xff"), good[12:])), errWAV},
		"of floats":         {write(t, "a.wav", wav(3, 1, 32, 8000, make([]byte, 64))), errWAV},
		"of 24 bits":        {write(t, "a.wav", wav(1, 1, 24, 8000, make([]byte, 64))), errWAV},
		"no channels":       {write(t, "a.wav", wav(1, 0, 16, 8000, make([]byte, 64))), errWAV},
		"no rate":           {write(t, "a.wav", wav(1, 1, 16, 0, make([]byte, 64))), errWAV},
		"none":              {filepath.Join(t.TempDir(), "none.wav"), os.ErrNotExist},
	} {
		if err := ReadSound(c.path, never); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	enough, n := errors.New("enough"), 0
	if err := ReadSound(write(t, "a.wav", good), func(Sound) error { n++; return enough }); err != enough || n != 1 {
		t.Errorf("%v after %d pieces", err, n)
	}
}
