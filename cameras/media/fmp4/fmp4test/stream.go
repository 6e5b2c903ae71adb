// Package fmp4test makes small valid streams for tests, without an encoder: one
// macroblock of H.264 (ITU-T H.264), silence in AAC, noise in G.711. Every
// picture carries its number.
package fmp4test

import (
	"bytes"
	"encoding/binary"

	"lares/cameras/media"
)

const (
	// VideoTrack and SoundTrack are the tracks' ids.
	VideoTrack, SoundTrack = 1, 2
	// VideoRate and SoundRate are their ticks per second.
	VideoRate, SoundRate = 90000, 16000
	// SoundTicks is the length of a sound, in ticks of SoundRate.
	SoundTicks = 1024
	// Side is the pictures' width and height in pixels.
	Side = 16
)

// mark leads the number of a picture in its SEI.
var mark = [16]byte{'l', 'a', 'r', 'e', 's', ' ', 't', 'e', 's', 't', ' ', 'm', 'a', 'r', 'k', '!'}

// Config is the configuration of the stream, with sound or without.
func Config(sound bool) media.Config {
	s, p := sps(), pps()
	avcC := []byte{1, s[1], s[2], s[3], 0xff, 0xe1}
	avcC = binary.BigEndian.AppendUint16(avcC, uint16(len(s)))
	avcC = append(avcC, s...)
	avcC = append(avcC, 1)
	avcC = binary.BigEndian.AppendUint16(avcC, uint16(len(p)))
	avcC = append(avcC, p...)
	c := media.Config{Tracks: []media.Track{{
		ID: VideoTrack, Codec: media.H264, ClockRate: VideoRate, MIME: "avc1.42c00a",
		Config: avcC, Width: Side, Height: Side,
	}}}
	if sound {
		c.Tracks = append(c.Tracks, media.Track{
			ID: SoundTrack, Codec: media.AAC, ClockRate: SoundRate, MIME: "mp4a.40.2",
			Config: []byte{0x14, 0x08}, SampleRate: SoundRate, Channels: 1, // AAC-LC, 16 kHz, mono
		})
	}
	return c
}

// LawRate is the ticks per second of G.711 sound, LawTicks how many of them and
// so how many octets LawSound has.
const LawRate, LawTicks = 8000, 160

// LawConfig is the configuration of the stream with sound in G.711, mono.
func LawConfig(codec media.Codec) media.Config {
	c := Config(false)
	c.Tracks = append(c.Tracks, media.Track{
		ID: SoundTrack, Codec: codec, ClockRate: LawRate, MIME: codec.MIME(nil),
		SampleRate: LawRate, Channels: 1,
	})
	return c
}

// LawSound is packet n of G.711 sound, no two of the first 256 alike.
func LawSound(n uint64) []byte {
	b := make([]byte, LawTicks)
	for i := range b {
		b[i] = uint8(n) + uint8(3*i)
	}
	return b
}

// Picture is the access unit of picture n; since counts the pictures since the
// last IDR and is 0 for one. pad adds so many bytes of filler.
func Picture(n uint64, since, pad int) []byte {
	sei := append([]byte{6, 5, 24}, mark[:]...)
	sei = binary.BigEndian.AppendUint64(sei, n)
	au := prefixed(nil, escape(append(sei, 0x80)))
	au = prefixed(au, escape(slice(n, since)))
	if pad > 0 { // filler data (§7.3.2.7)
		au = prefixed(au, append(append([]byte{12}, bytes.Repeat([]byte{0xff}, pad)...), 0x80))
	}
	return au
}

// Numbers finds the numbers of all pictures in b, in order.
func Numbers(b []byte) []uint64 {
	var out []uint64
	for {
		i := bytes.Index(b, mark[:])
		if i < 0 {
			return out
		}
		b = b[i+len(mark):]
		if plain := unescape(b[:min(len(b), 16)]); len(plain) >= 8 {
			out = append(out, binary.BigEndian.Uint64(plain))
		}
	}
}

// Sound is one AAC frame of silence.
func Sound() []byte { return []byte{0x00, 0xc8, 0x00, 0x80, 0x23, 0x80} }

func prefixed(dst, nal []byte) []byte {
	return append(binary.BigEndian.AppendUint32(dst, uint32(len(nal))), nal...)
}

// escape inserts emulation prevention (§7.4.1).
func escape(nal []byte) []byte {
	var out []byte
	zeros := 0
	for _, b := range nal {
		if zeros == 2 && b <= 3 {
			out, zeros = append(out, 3), 0
		}
		out = append(out, b)
		if zeros++; b != 0 {
			zeros = 0
		}
	}
	return out
}

func unescape(nal []byte) []byte {
	var out []byte
	zeros := 0
	for _, b := range nal {
		if zeros == 2 && b == 3 {
			zeros = 0
			continue
		}
		out = append(out, b)
		if zeros++; b != 0 {
			zeros = 0
		}
	}
	return out
}

type writer struct {
	b    []byte
	free int // bits left in the last byte
}

func (w *writer) u(n int, v uint32) {
	for i := n - 1; i >= 0; i-- {
		if w.free == 0 {
			w.b, w.free = append(w.b, 0), 8
		}
		w.free--
		w.b[len(w.b)-1] |= uint8(v>>i&1) << w.free
	}
}

// ue is an Exp-Golomb code (§9.1); se of 0 is ue of 0.
func (w *writer) ue(v uint32) {
	n := 0
	for x := v + 1; x > 1; x >>= 1 {
		n++
	}
	w.u(n, 0)
	w.u(n+1, v+1)
}

func (w *writer) trail() []byte {
	w.u(1, 1)
	return w.b
}

func sps() []byte {
	w := &writer{b: []byte{0x67, 66, 0xc0, 10}}
	for _, v := range [...]uint32{0, 4, 2, 1} { // id, 8-bit frame_num, POC type 2, one reference
		w.ue(v)
	}
	w.u(1, 0)
	w.ue(0)
	w.ue(0)
	w.u(4, 0b1100) // frames only, direct 8x8, no cropping, no VUI
	return w.trail()
}

func pps() []byte {
	w := &writer{b: []byte{0x68}}
	w.ue(0)
	w.ue(0)
	w.u(2, 0)
	w.ue(0)
	w.ue(0)
	w.ue(0)
	w.u(3, 0)
	w.ue(0)
	w.ue(0)
	w.ue(0)
	w.u(3, 0b100) // deblocking control present
	return w.trail()
}

func slice(n uint64, since int) []byte {
	w := &writer{}
	if since > 0 { // P, all skipped
		w.b = []byte{0x41}
		w.ue(0)
		w.ue(5)
		w.ue(0)
		w.u(8, uint32(since&0xff))
		w.u(3, 0)
		w.ue(0)
		w.ue(1)
		w.ue(1) // mb_skip_run
		return w.trail()
	}
	w.b = []byte{0x65}
	w.ue(0)
	w.ue(7)
	w.ue(0)
	w.u(8, 0)
	w.ue(uint32(n & 1)) // idr_pic_id
	w.u(2, 0)
	w.ue(0)
	w.ue(1)
	w.ue(25) // I_PCM
	w.free = 0
	w.b = append(w.b, bytes.Repeat([]byte{uint8(16 + n%200)}, 384)...)
	return w.trail()
}
