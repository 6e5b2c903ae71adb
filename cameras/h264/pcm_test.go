package h264

import (
	"bytes"
	"fmt"
	"slices"
	"testing"
)

// TestSamplesAsTheyAre: I_PCM is drawn as it came, wherever in a byte it begins, and what is
// behind it is read on.
func TestSamplesAsTheyAre(t *testing.T) {
	t.Parallel()
	samples := make([]byte, 256+2*64)
	for i := range samples {
		samples[i] = byte(1 + i*7%250)
	}
	for _, id := range []uint32{0, 1, 3, 7, 15, 31, 63, 127} { // two bits longer each time
		s := slices.Concat(ue(0), ue(7), ue(0), four(0), ue(id), four(0), digits("001"), ue(typePCM))
		for len(s)%8 != 0 {
			s = append(s, 0) // pcm_alignment_zero_bit
		}
		s = append(s, bitsOf(samples, 0, 8*len(samples))...)
		// I_16x16 without levels: of the samples to the left, and twice of those above. A block
		// of I_PCM counts as one of 16 levels (clause 9.2.1), which chooses the code for none.
		const none, noneBesideSamples = "1", "000011"
		s = slices.Concat(s, ue(2), ue(1), digits("1"+noneBesideSamples))
		s = slices.Concat(s, ue(1), ue(2), digits("1"+noneBesideSamples))
		s = slices.Concat(s, ue(1), ue(2), digits("1"+none))
		units := append(smallSets(), append(s, 1).escaped(0x65))
		d := Decoder{unfiltered: true}
		img, _, err := d.Decode(units)
		if err != nil {
			t.Fatalf("idr_pic_id %d: %v", id, err)
		}
		for y := range 16 {
			beside := bytes.Repeat(samples[16*y+15:16*y+16], 16)
			if got := img.Y[y*img.YStride:][:32]; !bytes.Equal(got[:16], samples[16*y:16*y+16]) || !bytes.Equal(got[16:], beside) {
				t.Fatalf("idr_pic_id %d: row %d is %v", id, y, got)
			}
		}
		for y := range 8 {
			got, want := img.Cr[y*img.CStride:][:8], samples[256+64+8*y:][:8]
			if !bytes.Equal(got, want) || !bytes.Equal(img.Cb[y*img.CStride:][:8], samples[256+8*y:][:8]) {
				t.Fatalf("idr_pic_id %d: row %d of colours is %v, want %v", id, y, got, want)
			}
		}
		if below := img.Y[31*img.YStride:][:16]; !bytes.Equal(below, samples[240:256]) {
			t.Fatalf("idr_pic_id %d: below it is %v", id, below)
		}
	}
}

// TestSamplesAmongOthers: pictures of noise and of nothing, in which x264 sends some
// macroblocks as I_PCM and others not, are parsed to the last bit and drawn as ffmpeg draws
// them.
func TestSamplesAmongOthers(t *testing.T) {
	t.Parallel()
	needFFmpeg(t)
	const frames, gop = 12, 4
	for cabac := range 2 {
		t.Run(fmt.Sprint("cabac ", cabac), func(t *testing.T) {
			stream := run(t, nil, "-v", "error", "-f", "lavfi", "-i",
				"nullsrc=size=128x96:rate=5,geq=if(mod(floor(X/16)+floor(Y/16)+N\\,3)\\,random(1)*255\\,X+Y):128+X/4:128+random(1)*if(gt(X\\,32)\\,100\\,0)",
				"-frames:v", fmt.Sprint(frames), "-pix_fmt", "yuv420p", "-c:v", "libx264", "-threads", "1", "-g", fmt.Sprint(gop),
				"-keyint_min", fmt.Sprint(gop), "-sc_threshold", "0", "-x264-params", fmt.Sprintf("qpmin=1:qp=4:psy=0:subme=7:8x8dct=1:bframes=1:cabac=%d", cabac), "-f", "h264", "-")
			want := run(t, stream, "-v", "error", "-threads", "1", "-flags", "unaligned", "-skip_frame", "nokey",
				"-f", "h264", "-i", "-", "-vsync", "0", "-pix_fmt", "yuv420p", "-f", "rawvideo", "-")
			p := Parser{Vectors: true} // so that all its macroblocks are kept
			var d Decoder
			kinds := map[Kind]int{}
			for i, au := range accessUnits(stream) {
				pic, err := p.Parse(au)
				if err != nil {
					t.Fatalf("picture %d: %v", i, err)
				}
				for m := range pic.Energy {
					kinds[pic.Kind(m)]++
				}
				if !pic.IDR {
					continue
				}
				img, _, err := d.Decode(au)
				if err != nil {
					t.Fatalf("picture %d: %v", i, err)
				}
				got := planar(img)
				inStrips(t, au)
				if !bytes.HasPrefix(want, got) {
					t.Fatalf("the IDR at %d differs in byte %d", i, differs(got, want))
				}
				want = want[len(got):]
			}
			others := frames*8*6 - kinds[PCM]
			if kinds[PCM] < 20 || others < 20 || len(want) > 0 {
				t.Errorf("%d macroblocks are I_PCM and %d others, %d bytes are left", kinds[PCM], others, len(want))
			}
		})
	}
}
