package fakecam

import (
	"bytes"
	"image"
	"image/jpeg"
	"maps"
	"strings"
	"testing"

	"github.com/Eyevinn/mp4ff/mp4"
)

func FuzzAnnexB(f *testing.F) {
	e := newCoder(newCard("x", minWidth, minHeight, CardColor("x")))
	cells := e.card.draw(ask{})
	var stream []byte
	for _, u := range [][]byte{{9, 0x10}, e.sps(10), e.pps(), e.picture(cells, true), e.picture(cells, false)} {
		stream = append(append(stream, 0, 0, 0, 1), u...)
	}
	f.Add(stream)
	f.Add([]byte("\x00\x00\x01\x40\x01\x0c\x00\x00\x01\x42\x01\x01\x00\x00\x01\x44\x01\xc1\x00\x00\x01\x26\x01\xaf"))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, v := range []videoCodec{codecH264, codecH265} {
			c, err := parseAnnexB(bytes.NewReader(b), v, 10, len(b)%2 == 0)
			if err != nil {
				continue
			}
			feed := newClipFeed(c)
			for i := range 2*len(c.video.samples) + 1 {
				s, err := feed.next(false, ask{})
				if err != nil {
					t.Fatal(err)
				}
				if s.pts != int64(i)*videoClock/10 || i == 0 && !s.sync {
					t.Fatalf("picture %d at %d, sync %t", i, s.pts, s.sync)
				}
			}
		}
	})
}

func FuzzSendable(f *testing.F) {
	for _, ratio := range []image.YCbCrSubsampleRatio{image.YCbCrSubsampleRatio420, image.YCbCrSubsampleRatio444} {
		var b bytes.Buffer
		if err := jpeg.Encode(&b, image.NewYCbCr(image.Rect(0, 0, 16, 8), ratio), nil); err != nil {
			f.Fatal(err)
		}
		f.Add(b.Bytes())
	}
	f.Add([]byte{0xff, 0xd8, 0xff, jpegDHT, 0, 4, 1, 2})
	f.Add([]byte{0xff, 0xd8, 0xff, jpegSOF0, 0, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > 1<<12 {
			return // a large picture takes long and shows nothing new
		}
		if config, err := jpeg.DecodeConfig(bytes.NewReader(b)); err == nil && config.Width*config.Height > 1<<16 {
			return
		}
		out, err := sendable(b)
		if err != nil {
			return
		}
		if m, ok := FindMark(withMark(out, Mark{Frame: 9})); !ok || m.Frame == 0 {
			t.Fatal("a mark is lost")
		}
		if again, err := sendable(out); err != nil || !bytes.Equal(again, out) {
			t.Fatalf("not sendable after all: %v", err)
		}
	})
}

func FuzzSampleEntry(f *testing.F) {
	esds := "\x00\x00\x00\x1eesds\x00\x00\x00\x00\x03\x80\x80\x80\x10\x00\x01\x00\x04\x80\x80\x80\x05\x6c\x11\x00\x00\x00"
	f.Add("mp4v", []byte(strings.Repeat("\x00", 78)+esds))
	f.Add("jpeg", bytes.Repeat([]byte{1}, 78))
	f.Add("alaw", []byte(strings.Repeat("\x00", 17)+"\x01"+strings.Repeat("\x00", 6)+"\x1f\x40\x00\x00"))
	f.Fuzz(func(t *testing.T, name string, b []byte) {
		entry := mp4.CreateUnknownBox(name, uint64(len(b)+8), b)
		stsd := mp4.NewStsdBox()
		stsd.Children = []mp4.Box{entry}
		if video, ok, err := videoEntry(stsd); err != nil || ok && video.video != codecJPEG {
			t.Fatalf("%+v, %v", video, err)
		}
		if s := soundEntry(stsd); s.codec != silent && (s.rate < 1 || s.channels < 1 || s.channels > 2) {
			t.Fatalf("%+v", s)
		}
	})
}

// TestSampleEntries: the seeds mean what they should.
func TestSampleEntries(t *testing.T) {
	esds := "\x00\x00\x00\x1eesds\x00\x00\x00\x00\x03\x80\x80\x80\x10\x00\x01\x00\x04\x80\x80\x80\x05\x6c\x11\x00\x00\x00"
	for object, want := range map[string]bool{"\x6c": true, "\x20": false} {
		b := []byte(strings.Repeat("\x00", 78) + strings.Replace(esds, "\x6c", object, 1))
		if _, ok := jpegEntry(mp4.CreateUnknownBox("mp4v", uint64(len(b)+8), b)); ok != want {
			t.Errorf("object type % x: %t", object, ok)
		}
	}
}

// TestSendable: what RTP can carry stays as it is, other pictures are coded
// anew, and what no RTP picture can be is refused.
func TestSendable(t *testing.T) {
	encode := func(m image.Image) []byte {
		var b bytes.Buffer
		if err := jpeg.Encode(&b, m, nil); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	plain := encode(image.NewYCbCr(image.Rect(0, 0, 32, 16), image.YCbCrSubsampleRatio420))
	if out, err := sendable(plain); err != nil || &out[0] != &plain[0] {
		t.Errorf("a plain picture was changed: %v", err)
	}
	gray := encode(image.NewGray(image.Rect(0, 0, 32, 16)))
	out, err := sendable(gray)
	if err != nil {
		t.Fatalf("a gray picture: %v", err)
	}
	if tables, fits, err := huffmanTables(out); err != nil || !fits || !maps.Equal(tables, standardTables()) {
		t.Errorf("a gray picture was coded as RTP cannot carry it: %v", err)
	}
	if _, err := sendable(encode(image.NewGray(image.Rect(0, 0, 33, 16)))); err == nil {
		t.Error("a width of 33 was accepted")
	}
	if _, err := sendable([]byte("nonsense")); err == nil {
		t.Error("nonsense was accepted")
	}
}
