// Package flac writes FLAC (RFC 9639) from G.711: a wrapping, not a
// compression. Browsers play no G.711 in MP4 and all of them play FLAC; expanded
// to 16 bits the samples are exactly what a G.711 decoder makes of them. Every
// subframe is verbatim (§9.2.3), so a frame costs two bytes per sample and next
// to no time. It has no dependencies and reads nothing but its own frames.
package flac

import (
	"encoding/binary"
	"math/bits"

	"lares/cameras/media"
	"lares/cameras/media/g711"
)

const (
	// MinSamples and MaxSamples bound a frame's samples per channel, as
	// STREAMINFO says them (§8.2). Only the last frame of a stream may be below
	// MinSamples; AppendFrame writes such a frame all the same, for a camera may
	// send a short packet at any time and decoders play it.
	MinSamples = 16
	MaxSamples = 65535
	// MaxChannels is as many as a frame header can name (§9.1.3).
	MaxChannels = 8

	sampleBits = 16
	// infoSize is the size of STREAMINFO without its block header.
	infoSize = 34
	// numberBits is what the coded number of a frame holds (§9.1.5); a stream's
	// sample numbers go on from zero after these.
	numberBits = 36
)

// Track is the FLAC track that a G.711 track becomes: codec, MIME and
// configuration are FLAC's, everything else stays. Other tracks stay as they
// are. The configuration is new memory.
func Track(t media.Track) media.Track {
	if !t.Codec.G711() {
		return t
	}
	t.Codec, t.MIME, t.Config = media.FLAC, "flac", streamInfo(t.SampleRate, t.Channels)
	return t
}

// streamInfo is the STREAMINFO metadata block with its header (§8.1, §8.2), the
// only and last one. Frame sizes, length and checksum are not known beforehand:
// zero.
func streamInfo(rate uint32, channels uint8) []byte {
	b := []byte{0x80, 0, 0, infoSize}
	b = binary.BigEndian.AppendUint16(b, MinSamples)
	b = binary.BigEndian.AppendUint16(b, MaxSamples)
	b = append(b, make([]byte, 3+3)...)
	b = binary.BigEndian.AppendUint64(b, uint64(rate)<<44|uint64(channels-1)<<41|(sampleBits-1)<<36)
	return append(b, make([]byte, 16)...)
}

// FrameSize is how many bytes AppendFrame appends for that many samples of each
// channel, the first of them numbered first; 0 where it appends nothing.
func FrameSize(first uint64, samples int, channels uint8) int {
	if samples < 1 || samples > MaxSamples || channels < 1 || channels > MaxChannels {
		return 0
	}
	return 4 + numberSize(first) + 2 + 1 + int(channels)*(1+2*samples) + 2
}

// AppendFrame appends one FLAC frame (§9) with the samples of one unit of the
// G.711 track t, a byte each, channels interleaved. first numbers the unit's
// first sample, counted per channel since the stream's start; only its low 36
// bits are written. It appends nothing if octets is not 1 to MaxSamples samples
// of each channel, or t not a valid G.711 track.
func AppendFrame(dst []byte, t media.Track, first uint64, octets []byte) []byte {
	channels := int(t.Channels)
	if !t.Codec.G711() || channels < 1 || channels > MaxChannels || len(octets)%channels != 0 {
		return dst
	}
	samples := len(octets) / channels
	if samples < 1 || samples > MaxSamples {
		return dst
	}
	law := g711.Mu
	if t.Codec == media.PCMA {
		law = g711.A
	}
	start := len(dst)
	dst = append(dst,
		0xff, 0xf9, // sync code; blocks of any size, so the coded number is a sample's
		0x70,                        // block size: 16 bits at the end of the header; rate: STREAMINFO's
		uint8(channels-1)<<4|0b1000, // channels on their own; 16 bits a sample
	)
	dst = appendNumber(dst, first)
	dst = binary.BigEndian.AppendUint16(dst, uint16(samples-1))
	dst = append(dst, crc8(dst[start:]))
	for c := range channels {
		dst = append(dst, 0x02) // verbatim, no wasted bits (§9.2.1)
		for i := c; i < len(octets); i += channels {
			dst = binary.BigEndian.AppendUint16(dst, uint16(law.Expand(octets[i])))
		}
	}
	return binary.BigEndian.AppendUint16(dst, crc16(dst[start:]))
}

// Samples is how many samples per channel a frame of AppendFrame holds; 0 for
// anything else.
func Samples(frame []byte) int {
	if len(frame) < 5 || frame[0] != 0xff || frame[1] != 0xf9 || frame[2] != 0x70 {
		return 0
	}
	at := 4 + max(1, bits.LeadingZeros8(^frame[4]))
	if len(frame) < at+2 {
		return 0
	}
	samples := 1 + int(binary.BigEndian.Uint16(frame[at:]))
	if samples > MaxSamples {
		return 0
	}
	return samples
}

// numberSize is the size of a coded number: seven bits in one byte, five more
// for the second, five more for each one after it.
func numberSize(n uint64) int {
	width := bits.Len64(n & (1<<numberBits - 1))
	if width <= 7 {
		return 1
	}
	return (width + 3) / 5
}

// appendNumber codes a number the way UTF-8 does, in up to seven bytes (§9.1.5).
func appendNumber(dst []byte, n uint64) []byte {
	n &= 1<<numberBits - 1
	size := numberSize(n)
	if size == 1 {
		return append(dst, uint8(n))
	}
	shift := 6 * (size - 1)
	dst = append(dst, uint8(0xff<<(8-size))|uint8(n>>shift))
	for shift > 0 {
		shift -= 6
		dst = append(dst, 0x80|uint8(n>>shift)&0x3f)
	}
	return dst
}
