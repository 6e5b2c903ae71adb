package fmp4

import "slices"

const (
	// sample flags (ISO/IEC 14496-12 §8.8.3.1)
	flagsSync  = 0x02000000 // depends on no other
	flagsDelta = 0x01010000 // depends on others, is no sync sample

	// tfhd and trun flags (§8.8.7, §8.8.8)
	baseIsMoof   = 0x020000
	defaultFlags = 0x000020
	trunVideo    = 0x000f01 // data offset; duration, size, flags, composition
	trunSound    = 0x000301 // data offset; duration, size

	// sizes of what traf writes, in bytes: an entry of a trun by its flags, and
	// at most all but those, of a fragment and of each of its tracks
	pictureEntry = 16
	soundEntry   = 8
	fragmentHead = 8 + 16 + 8
	trackHead    = 8 + 20 + 20 + 20
)

// appendFragment appends moof and mdat with every finished sample of the
// tracks. Tracks without one are left out.
func appendFragment(dst []byte, sequence uint32, tracks []*track) []byte {
	whole := fragmentHead
	for _, t := range tracks {
		n, size := t.done()
		whole += trackHead + n*pictureEntry + size
	}
	b := buffer(slices.Grow(dst, whole)) // once, not at each sample
	moof := b.head(sequence)
	var offsets [maxTracks]int // where each trun's data offset waits
	for i, t := range tracks {
		if n, _ := t.done(); n > 0 {
			offsets[i] = b.traf(t, n)
		}
	}
	b.close(moof)
	mdat := b.open("mdat")
	for i, t := range tracks {
		if n, size := t.done(); n > 0 {
			b.put32(offsets[i], uint32(len(b)-moof))
			b.bytes(t.data[:size])
		}
	}
	b.close(mdat)
	return b
}

// head begins a moof.
func (b *buffer) head(sequence uint32) (moof int) {
	moof = b.open("moof")
	mfhd := b.full("mfhd", 0, 0)
	b.u32(sequence)
	b.close(mfhd)
	return moof
}

// traf writes a track's part of the moof and returns where its data offset is.
func (b *buffer) traf(t *track, n int) (offset int) {
	traf := b.open("traf")
	tfhd := b.full("tfhd", 0, baseIsMoof|defaultFlags)
	b.u32(uint32(t.ID))
	b.u32(flagsSync)
	b.close(tfhd)
	tfdt := b.full("tfdt", 1, 0)
	b.u64(uint64(t.start))
	b.close(tfdt)
	var flags uint32 = trunSound
	if t.video {
		flags = trunVideo
	}
	trun := b.full("trun", 1, flags) // version 1: signed composition offsets
	b.u32(uint32(n))
	offset = len(*b)
	b.u32(0)
	for _, s := range t.samples[:n] {
		b.u32(s.duration)
		b.u32(s.size)
		if !t.video {
			continue
		}
		if s.sync {
			b.u32(flagsSync)
		} else {
			b.u32(flagsDelta)
		}
		b.u32(uint32(s.offset))
	}
	b.close(trun)
	b.close(traf)
	return offset
}
