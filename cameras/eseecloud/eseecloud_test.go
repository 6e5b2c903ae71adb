package eseecloud

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"testing"
)

const head = "v=0\r\ns=live\r\nm=video 96 H264/90000/1280/720\r\nm=audio 97 G711/16000/1\r\n\r\n"

// frame is an RTP packet in its frame; first is the first byte of the packet, for what
// stands between head and payload.
func frame(first, kind byte, stamp uint32, rest string) string {
	b := []byte{first, kind, 0, 1}
	b = binary.BigEndian.AppendUint32(b, stamp)
	b = append(append(b, 0, 0, 0, 7), rest...)
	return "$\x01\x00\x00" + string(binary.BigEndian.AppendUint32(nil, uint32(len(b)))) + string(b)
}

func read(in string) (*Reader, error) { return NewReader(bufio.NewReader(strings.NewReader(in))) }

// TestReader: pictures and sound come out with times that go on where RTP's begin anew;
// what else an RTP packet may hold is left out, and so is what nobody described.
func TestReader(t *testing.T) {
	r, err := read(head +
		frame(0x80, 96|0x80, 0xffff_ff00, "picture") +
		frame(0x80, 97, 0xffff_fff0, "sound") +
		frame(0x80, 50, 1, "nobody's") +
		frame(0x80, 97, 1, "") +
		frame(0xb1, 96, 0x100, "\x00\x00\x00\x01"+"\xbe\xde\x00\x01ext."+"next"+"\x00\x02") +
		frame(0x80, 97, 0x80, "late"))
	if err != nil {
		t.Fatal(err)
	}
	if s := r.Stream(); s != (Stream{Video: H264, Audio: PCMA, Rate: 16000}) {
		t.Errorf("%+v", s)
	}
	for _, want := range []Unit{
		{H264, 0xffff_ff00, []byte("picture")}, {PCMA, 0xffff_fff0, []byte("sound")}, {H264, 1<<32 + 0x100, []byte("next")}, {PCMA, 1<<32 + 0x80, []byte("late")},
	} {
		u, err := r.Next()
		if err != nil || u.Kind != want.Kind || u.Time != want.Time || !bytes.Equal(u.Data, want.Data) {
			t.Errorf("%+v, %v; not %+v", u, err, want)
		}
	}
	if _, err := r.Next(); !errors.Is(err, io.EOF) {
		t.Error(err)
	}
}

// TestDescriptions: codecs that are not known are named so, and what is no description is
// refused within a few lines.
func TestDescriptions(t *testing.T) {
	for in, want := range map[string]Stream{
		"m=video 96 H265/90000\n\n":                             {H265, None, 0},
		"m=video 96 VP9/90000\r\nm=audio 0 AAC/x\r\n\r\n":       {Other, Other, 8000},
		"m=video 96 H264/1\r\nm=video 97 H265/1\r\n\r\n":        {H264, None, 0},
		"m=audio 8 G711/99999999\r\nm=video 1 H264/90000\n\r\n": {H264, PCMA, 8000},
	} {
		r, err := read(in)
		if err != nil || r.Stream() != want {
			t.Errorf("%q: %v", in, err)
		}
	}
	for name, in := range map[string]string{
		"a page": "<html>\r\n\r\n", "no video": "m=audio 8 G711/8000\r\n\r\n", "a wrong number": "m=video 300 H264/90000\r\n\r\n",
		"an endless line": strings.Repeat("x", 2*maxHead), "endless lines": strings.Repeat("a=x\r\n", maxHead),
	} {
		if _, err := read(in); !errors.Is(err, ErrFormat) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := read("m=video 96 H264/90000\r\n"); !errors.Is(err, io.EOF) {
		t.Error(err)
	}
}

// TestBroken: frames that cannot be are refused, and room is made for what comes alone.
func TestBroken(t *testing.T) {
	for name, in := range map[string]string{
		"no frame":            "#\x00\x00\x00\x00\x00\x00\x10",
		"too short":           "$\x00\x00\x00\x00\x00\x00\x0b" + strings.Repeat("\x80", 11),
		"too long":            "$\x00\x00\x00\xff\xff\xff\xff",
		"another version":     frame(0x40, 96, 0, "x"),
		"sources beyond":      frame(0x8f, 96, 0, "x"),
		"an extension beyond": frame(0x90, 96, 0, "\x00\x00\xff\xff"),
		"half an extension":   frame(0x90, 96, 0, "\x00\x00"),
		"padding beyond":      frame(0xa0, 96, 0, "x\xff"),
	} {
		r, err := read(head + in)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.Next(); !errors.Is(err, ErrFormat) {
			t.Errorf("%s: %v", name, err)
		}
	}
	r, err := read(head + "$\x00\x00\x00\x00\x40\x00\x00" + "a little")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Next(); !errors.Is(err, io.ErrUnexpectedEOF) || cap(r.data) > 256<<10 {
		t.Errorf("%v, %d bytes", err, cap(r.data))
	}
}

// FuzzReader reads arbitrary streams.
func FuzzReader(f *testing.F) {
	f.Add([]byte(head + frame(0x80, 96, 0xffff_ff00, "\x00\x00\x00\x01picture") + frame(0x80, 97, 5, "sound")))
	f.Add([]byte("m=video 96 H265/90000\n\n" + frame(0xb1, 96, 0x100, "\x00\x00\x00\x01\xbe\xde\x00\x01ext.next\x00\x02")))
	f.Fuzz(func(t *testing.T, in []byte) {
		r, err := NewReader(bufio.NewReader(bytes.NewReader(in)))
		if err != nil {
			return
		}
		if s := r.Stream(); s.Video == None || s.Rate < 0 || s.Rate > mostRate {
			t.Fatalf("%+v", s)
		}
		for {
			u, err := r.Next()
			if err != nil {
				return
			}
			if u.Kind == None || u.Kind == Other || len(u.Data) == 0 || len(u.Data) > MaxUnit {
				t.Fatalf("%+v", u)
			}
		}
	})
}
