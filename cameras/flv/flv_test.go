package flv

import (
	"bytes"
	"encoding/hex"
	"errors"
	"io"
	"strings"
	"testing"
)

func tag(kind byte, ms uint32, body string) string {
	n := len(body)
	return string([]byte{kind, byte(n >> 16), byte(n >> 8), byte(n), byte(ms >> 16), byte(ms >> 8), byte(ms), byte(ms >> 24), 0, 0, 0}) + body + "\x00\x00\x00\x00"
}

const fileHeader = "FLV\x01\x05\x00\x00\x00\x09\x00\x00\x00\x00"

func TestReader(t *testing.T) {
	r := NewReader(strings.NewReader(fileHeader + tag(TypeVideo, 0x01000002, strings.Repeat("v", 100_000)) + tag(18, 3, "") + tag(TypeAudio, 4, "a")))
	for i, want := range []Tag{{TypeVideo, 0x01000002, bytes.Repeat([]byte("v"), 100_000)}, {18, 3, nil}, {TypeAudio, 4, []byte("a")}} {
		got, err := r.Next()
		if err != nil || got.Type != want.Type || got.Time != want.Time || !bytes.Equal(got.Data, want.Data) {
			t.Fatalf("%d: %v %+v", i, err, got)
		}
	}
	if _, err := r.Next(); !errors.Is(err, io.EOF) {
		t.Error(err)
	}
	for _, bad := range []string{"GIF89a...", "FLV\x01\x05\x00\x00\x00\x08", "FLV\x01\x05\xff\x00\x00\x00", fileHeader + "\x09\xff\xff\xff\x00\x00\x00\x00\x00\x00\x00", fileHeader + tag(0x29, 0, "encrypted")} {
		if _, err := NewReader(strings.NewReader(bad)).Next(); !errors.Is(err, ErrFormat) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

// What is announced and does not come costs no memory.
func TestAnnounced(t *testing.T) {
	b, err := ReadInto(nil, strings.NewReader("short"), MaxTag)
	if !errors.Is(err, io.ErrUnexpectedEOF) || cap(b) > 256<<10 {
		t.Errorf("%v, room for %d", err, cap(b))
	}
}

func TestParse(t *testing.T) {
	for in, want := range map[string]Media{
		"17 00 000000 01":       {Codec: AVC, Config: true, Data: []byte{1}},
		"27 01 ffffd8 02":       {Codec: AVC, Composition: -40, Data: []byte{2}},
		"1c 01 000028 03":       {Codec: HEVC, Composition: 40, Data: []byte{3}},
		"90 68766331 04":        {Codec: HEVC, Config: true, Data: []byte{4}},
		"a1 68766331 000028 05": {Codec: HEVC, Composition: 40, Data: []byte{5}},
		"a3 61766331 06":        {Codec: AVC, Data: []byte{6}},
		"a3 61763031 06":        {Codec: Other},
		"22 00 00 00 00":        {Codec: Other},
	} {
		b, _ := hex.DecodeString(strings.ReplaceAll(in, " ", ""))
		m, ok := ParseVideo(b)
		if !ok || m.Codec != want.Codec || m.Config != want.Config || m.Composition != want.Composition || !bytes.Equal(m.Data, want.Data) {
			t.Errorf("%s: %v %+v", in, ok, m)
		}
	}
	for _, bad := range []string{"", "17", "17020000 00", "a168766331 0000", "a268766331 00"} {
		b, _ := hex.DecodeString(strings.ReplaceAll(bad, " ", ""))
		if m, ok := ParseVideo(b); ok {
			t.Errorf("%s: %+v", bad, m)
		}
	}
	for in, want := range map[string]Media{
		"af00 1408": {Codec: AAC, Config: true, Channels: 2, Data: []byte{0x14, 8}},
		"ae01 07":   {Codec: AAC, Channels: 1, Data: []byte{7}},
		"72 0102":   {Codec: PCMA, Channels: 1, Data: []byte{1, 2}},
		"83 03":     {Codec: PCMU, Channels: 2, Data: []byte{3}},
		"2f ffff":   {Codec: Other, Channels: 2},
	} {
		b, _ := hex.DecodeString(strings.ReplaceAll(in, " ", ""))
		m, ok := ParseAudio(b)
		if !ok || m.Codec != want.Codec || m.Config != want.Config || m.Channels != want.Channels || !bytes.Equal(m.Data, want.Data) {
			t.Errorf("%s: %v %+v", in, ok, m)
		}
	}
}

func TestParameterSets(t *testing.T) {
	avc := "\x01\x64\x00\x28\xff\xe1\x00\x02ab\x01\x00\x01c"
	sets, size, ok := ParameterSets(AVC, []byte(avc))
	if !ok || size != 4 || len(sets) != 2 || string(sets[0]) != "ab" || string(sets[1]) != "c" {
		t.Errorf("%v %d %q", ok, size, sets)
	}
	hevc := strings.Repeat("\x00", 21) + "\xf1\x02\xa0\x00\x01\x00\x01v\x21\x00\x02\x00\x01s\x00\x01t"
	sets, size, ok = ParameterSets(HEVC, []byte(hevc))
	if !ok || size != 2 || len(sets) != 3 || string(sets[2]) != "t" {
		t.Errorf("%v %d %q", ok, size, sets)
	}
	for i := range avc {
		if _, _, ok := ParameterSets(AVC, []byte(avc[:i])); ok {
			t.Errorf("%d bytes will do", i)
		}
	}
	if nals, ok := Split(nil, []byte("\x00\x01a\x00\x00\x00\x02bc"), 2); !ok || len(nals) != 3 || string(nals[2]) != "bc" {
		t.Errorf("%v %q", ok, nals)
	}
	for _, bad := range []string{"\x00", "\x00\x03ab", strings.Repeat("\x00\x00", 10_000)} {
		if nals, ok := Split(nil, []byte(bad), 2); ok || len(nals) > 2*maxNALs {
			t.Errorf("%.10q: %d", bad, len(nals))
		}
	}
}

// FuzzReader reads arbitrary files and everything in them.
func FuzzReader(f *testing.F) {
	f.Add([]byte(fileHeader + tag(TypeVideo, 0, "\x17\x00\x00\x00\x00\x01\x64\x00\x28\xff\xe1\x00\x02ab\x01\x00\x01c") + tag(TypeVideo, 1, "\x17\x01\x00\x00\x00\x00\x00\x00\x01x")))
	f.Add([]byte(fileHeader + tag(TypeVideo, 0, "\x90hvc1"+strings.Repeat("\x00", 21)+"\xf1\x01\xa0\x00\x01\x00\x01v") + tag(TypeAudio, 0, "\xaf\x00\x14\x08")))
	f.Fuzz(func(t *testing.T, in []byte) {
		r := NewReader(bytes.NewReader(in))
		for {
			tag, err := r.Next()
			if err != nil {
				return
			}
			parse := ParseVideo
			if tag.Type == TypeAudio {
				parse = ParseAudio
			}
			m, ok := parse(tag.Data)
			if !ok || len(m.Data) > len(tag.Data) {
				continue
			}
			if _, size, ok := ParameterSets(m.Codec, m.Data); ok && (size < 1 || size > 4) {
				t.Fatal(size)
			}
			for size := 1; size <= 4; size++ {
				if nals, _ := Split(nil, m.Data, size); len(nals) > maxNALs+1 {
					t.Fatal(len(nals))
				}
			}
		}
	})
}
