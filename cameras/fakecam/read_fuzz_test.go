package fakecam

import (
	"bytes"
	"encoding/binary"
	"testing"

	"lares/cameras/media"
	"lares/cameras/media/costtest"
	"lares/cameras/media/fmp4"
)

// smallMP4 is a progressive file of ten pictures of a hundred bytes.
func smallMP4() []byte {
	b := bytes.Clone(peopleSub)
	put := func(box string, at int, values ...uint32) {
		i := bytes.Index(b, []byte(box))
		for k, v := range values {
			binary.BigEndian.PutUint32(b[i+at+4*k:], v)
		}
	}
	whole := binary.BigEndian.Uint32(b[bytes.Index(b, []byte("stsz"))-4:])
	put("stsz", 8, 100, 10, whole-20)
	copy(b[bytes.Index(b, []byte("stsz"))+20:], "free")
	put("stsz", -4, 20)
	put("mdat", -4, 8+1000)
	for k := range 10 {
		copy(b[bytes.Index(b, []byte("mdat"))+4+100*k:], "\x00\x00\x00\x60\x41")
	}
	return b[:bytes.Index(b, []byte("mdat"))+4+1000]
}

// FuzzMP4: no file makes who looks for motion or listens panic, or take long or much. The seed in
// testdata has tables of G.711, octet by octet.
func FuzzMP4(f *testing.F) {
	f.Add(smallMP4())
	c, err := parseClip(bytes.NewReader(smallMP4()))
	if err != nil || len(c.video.samples) != 10 {
		f.Fatal("the seed is no clip", err)
	}
	for _, codec := range []media.Codec{media.PCMA, media.PCMU} {
		m, err := fmp4.NewMuxer(media.Config{Tracks: []media.Track{{ID: 1, Codec: codec, ClockRate: 8000, Channels: 1, SampleRate: 8000}}})
		if err != nil {
			f.Fatal(err)
		}
		file := m.Init(nil)
		for at := range int64(10) {
			if fragment, ok, err := m.Add(media.AccessUnit{Track: 1, Sync: true, DTS: 160 * at, PTS: 160 * at, Data: make([]byte, 160)}); err != nil {
				f.Fatal(err)
			} else if ok {
				file = append(file, fragment.Data...)
			}
		}
		if fragment, ok := m.Close(); ok {
			file = append(file, fragment.Data...)
		}
		f.Add(file)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		costtest.Within(t, func() {
			c, err := parseClip(bytes.NewReader(b))
			if err != nil {
				return
			}
			for _, s := range c.video.samples {
				if data, err := c.video.read(s); err == nil && c.format.video == codecH264 {
					_, _, _ = codecH264.split(data)
				}
			}
			for _, s := range c.audio.samples {
				_, _ = c.audio.read(s)
			}
		})
	})
}

// FuzzWAV: no file makes who listens panic, or take long or much.
func FuzzWAV(f *testing.F) {
	for _, tag := range []uint16{wavPCM, wavFloat, wavALaw, wavOther} {
		f.Add(wav(tag, 1, 16, 8000, make([]byte, 400)))
	}
	f.Add(wav(wavULaw, 2, 8, 48000, make([]byte, 4000)))
	f.Fuzz(func(t *testing.T, b []byte) {
		costtest.Within(t, func() { _ = readWAV(bytes.NewReader(b), func(Sound) error { return nil }) })
	})
}
