package fmp4

import (
	"lares/cameras/media"
	"lares/cameras/media/flac"
)

// natural is how long a unit lasts by what it holds, in ticks of its track; 0
// where it does not say so: pictures, and AAC whose frames are all alike.
func natural(t media.Track, unit []byte) uint32 {
	switch t.Codec {
	case media.PCMA, media.PCMU:
		return uint32(len(unit) / int(t.Channels))
	case media.Opus:
		return opusTicks(unit)
	case media.FLAC:
		return uint32(flac.Samples(unit))
	}
	return 0
}

// silent says that a unit whose length is its content has none, or is no unit of
// its codec: no player would take it.
func silent(t media.Track, unit []byte) bool {
	switch t.Codec {
	case media.PCMA, media.PCMU:
		return flac.FrameSize(0, len(unit)/int(t.Channels), t.Channels) == 0 || len(unit)%int(t.Channels) != 0
	case media.Opus, media.FLAC:
		return natural(t, unit) == 0
	}
	return false
}

// maxOpus is the longest packet, 120 ms (RFC 6716 §3.2.5).
const maxOpus = 5760

// opusTicks is the duration of an Opus packet by its first bytes (RFC 6716
// §3.1), in samples of 48 kHz; 0 if it is none.
func opusTicks(packet []byte) uint32 {
	if len(packet) == 0 {
		return 0
	}
	frames := uint32(2)
	switch packet[0] & 3 {
	case 0:
		frames = 1
	case 3: // a count follows
		if len(packet) < 2 {
			return 0
		}
		frames = uint32(packet[1] & 0x3f)
	}
	var frame uint32
	switch config := packet[0] >> 3; {
	case config < 12: // SILK: 10, 20, 40, 60 ms
		frame = [...]uint32{480, 960, 1920, 2880}[config&3]
	case config < 16: // hybrid: 10, 20 ms
		frame = [...]uint32{480, 960}[config&1]
	default: // CELT: 2.5, 5, 10, 20 ms
		frame = 120 << (config & 3)
	}
	if ticks := frame * frames; ticks <= maxOpus {
		return ticks
	}
	return 0
}
