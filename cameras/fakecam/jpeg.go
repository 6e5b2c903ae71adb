package fakecam

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/draw"
	"image/jpeg"
	"maps"
	"slices"
	"sync"
)

// Second bytes of JPEG markers (ITU-T T.81 Table B.1).
const (
	jpegSOF0 = 0xc0
	jpegDHT  = 0xc4
	jpegSOI  = 0xd8
	jpegEOI  = 0xd9
	jpegSOS  = 0xda
	jpegDRI  = 0xdd
)

var errJPEG = errors.New("fakecam: not a JPEG picture")

// withMark puts a mark behind the scan of a JPEG picture. RTP carries the
// scan and nothing in front of it (RFC 2435 §3.1.5: the receiver makes its own
// headers), so only there it travels along; decoders skip it.
func withMark(picture []byte, m Mark) []byte {
	body := bytes.TrimSuffix(picture, []byte{0xff, jpegEOI})
	out := append(slices.Clip(bytes.Clone(body)), m.comment()...)
	return append(out, 0xff, jpegEOI)
}

// huffmanTables collects the Huffman tables of a JPEG picture by class and
// number, and reports whether the rest of its headers is of the kind that RTP
// carries (RFC 2435 §4.1): baseline, 8 bits, 4:2:0 or 4:2:2, whole blocks.
func huffmanTables(picture []byte) (tables map[byte]string, plain bool, err error) {
	tables = map[byte]string{}
	if len(picture) < 4 || picture[0] != 0xff || picture[1] != jpegSOI {
		return nil, false, errJPEG
	}
	for b := picture[2:]; len(b) >= 4 && b[0] == 0xff; {
		n := int(b[2])<<8 | int(b[3])
		if n < 2 || n > len(b)-2 {
			return nil, false, errJPEG
		}
		segment := b[4 : 2+n]
		switch marker := b[1]; marker {
		case jpegDHT:
			if !addTables(tables, segment) {
				return nil, false, errJPEG
			}
		case jpegSOF0:
			plain = plainFrame(segment)
		case jpegDRI:
			return tables, false, nil // restart intervals could be carried, but nobody needs them
		case jpegSOS:
			return tables, plain, nil
		}
		b = b[2+n:]
	}
	return nil, false, errJPEG
}

// addTables reads a DHT segment (ITU-T T.81 §B.2.4.2).
func addTables(tables map[byte]string, segment []byte) bool {
	for len(segment) > 0 {
		if len(segment) < 17 {
			return false
		}
		n := 17
		for _, codes := range segment[1:17] {
			n += int(codes)
		}
		if n > len(segment) {
			return false
		}
		tables[segment[0]] = string(segment[1:n])
		segment = segment[n:]
	}
	return true
}

// plainFrame reads a SOF0 segment (ITU-T T.81 §B.2.2).
func plainFrame(s []byte) bool {
	return len(s) == 15 && s[0] == 8 && s[2]%8 == 0 && s[4]%8 == 0 && s[5] == 3 &&
		(s[7] == 0x21 || s[7] == 0x22) && s[10] == 0x11 && s[13] == 0x11
}

// standardTables are the tables of ITU-T T.81 annex K.3, which every receiver
// of RTP assumes (RFC 2435 appendix B). Go's encoder knows no others.
var standardTables = sync.OnceValue(func() map[byte]string {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, image.NewYCbCr(image.Rect(0, 0, 16, 16), image.YCbCrSubsampleRatio420), nil); err != nil {
		return nil
	}
	tables, _, _ := huffmanTables(b.Bytes())
	return tables
})

// sendable is a JPEG picture as RTP can carry it: itself, or coded anew.
func sendable(picture []byte) ([]byte, error) {
	tables, plain, err := huffmanTables(picture)
	if err != nil {
		return nil, err
	}
	if plain && maps.Equal(tables, standardTables()) {
		return picture, nil
	}
	img, err := jpeg.Decode(bytes.NewReader(picture))
	if err != nil {
		return nil, fmt.Errorf("fakecam: a JPEG picture that RTP cannot carry: %w", err)
	}
	if size := img.Bounds().Size(); size.X%8+size.Y%8 != 0 {
		return nil, fmt.Errorf("fakecam: RTP carries no JPEG picture of %d×%d: the sides must be multiples of 8", size.X, size.Y)
	}
	if gray, ok := img.(*image.Gray); ok { // which Go would code without colours
		colours := image.NewRGBA(gray.Bounds())
		draw.Draw(colours, colours.Bounds(), gray, gray.Bounds().Min, draw.Src)
		img = colours
	}
	const quality = 90
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: quality}); err != nil {
		return nil, fmt.Errorf("fakecam: coding a JPEG picture anew: %w", err)
	}
	return b.Bytes(), nil
}
