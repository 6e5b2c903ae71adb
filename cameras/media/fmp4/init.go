package fmp4

import (
	"fmt"

	"lares/cameras/media"
)

// undetermined is the language code "und", packed (§8.4.2.3).
const undetermined = 0x55c4

// maxRate bounds a track's clock rate, so that no product of times overflows.
const maxRate = 1 << 18

// check says whether a track can be written.
func check(t media.Track) error {
	if !t.Valid() || t.ClockRate > maxRate {
		return fmt.Errorf("fmp4: track %d of %v: %w", t.ID, t.Codec, ErrTrack)
	}
	return nil
}

// AppendInit appends an init segment (ftyp and moov) for the tracks to dst.
// The duration is zero, in boxes of fixed size: see PatchDuration. It returns
// ErrTrack for a track that cannot be written.
func AppendInit(dst []byte, tracks []media.Track) ([]byte, error) {
	if len(tracks) == 0 {
		return dst, fmt.Errorf("fmp4: no track: %w", ErrTrack)
	}
	for _, t := range tracks {
		if err := check(t); err != nil {
			return dst, err
		}
	}
	all := make([]described, len(tracks))
	for i, t := range tracks {
		all[i] = described{t, [][]byte{entryOf(t)}}
	}
	b := buffer(dst)
	b.movie(all)
	return b, nil
}

// described is a track with its sample entries (§8.5.2), each a box.
type described struct {
	media.Track
	entries [][]byte
}

// entryOf is the sample entry of a track's own configuration.
func entryOf(t media.Track) []byte {
	var b buffer
	b.entry(t)
	return b
}

// movie writes ftyp and moov.
func (b *buffer) movie(tracks []described) {
	ftyp := b.open("ftyp")
	b.text("iso6")
	b.u32(0x200)
	b.text("iso6iso5mp41avc1")
	b.close(ftyp)
	moov := b.open("moov")
	b.mvhd(tracks)
	for _, t := range tracks {
		b.trak(t)
	}
	mvex := b.open("mvex")
	mehd := b.full("mehd", 1, 0)
	b.u64(0)
	b.close(mehd)
	for _, t := range tracks {
		trex := b.full("trex", 0, 0)
		b.u32(uint32(t.ID))
		b.u32(1) // default sample description
		b.zeros(12)
		b.close(trex)
	}
	b.close(mvex)
	b.close(moov)
}

func (b *buffer) mvhd(tracks []described) {
	var last uint8
	for _, t := range tracks {
		last = max(last, t.ID)
	}
	at := b.full("mvhd", 1, 0)
	b.zeros(16) // creation and modification: a clip's time is in its header
	b.u32(TimeScale)
	b.u64(0) // duration: see PatchDuration
	b.u32(0x10000)
	b.u16(0x100)
	b.zeros(10)
	b.matrix()
	b.zeros(24)
	b.u32(uint32(last) + 1)
	b.close(at)
}

func (b *buffer) trak(t described) {
	video := t.Codec.Video()
	trak := b.open("trak")
	tkhd := b.full("tkhd", 0, 3) // enabled, in movie
	b.zeros(8)
	b.u32(uint32(t.ID))
	b.zeros(4 + 4 + 8) // reserved, duration, reserved
	b.zeros(4)         // layer, alternate group
	if video {
		b.u16(0)
	} else {
		b.u16(0x100)
	}
	b.u16(0)
	b.matrix()
	b.u32(uint32(t.Width) << 16)
	b.u32(uint32(t.Height) << 16)
	b.close(tkhd)
	mdia := b.open("mdia")
	mdhd := b.full("mdhd", 0, 0)
	b.zeros(8)
	b.u32(t.ClockRate)
	b.u32(0)
	b.u16(undetermined)
	b.u16(0)
	b.close(mdhd)
	b.hdlr(video)
	b.minf(t)
	b.close(mdia)
	b.close(trak)
}

func (b *buffer) hdlr(video bool) {
	at := b.full("hdlr", 0, 0)
	b.u32(0)
	if video {
		b.text("vide")
		b.zeros(12)
		b.text("video\x00")
	} else {
		b.text("soun")
		b.zeros(12)
		b.text("sound\x00")
	}
	b.close(at)
}

func (b *buffer) minf(t described) {
	minf := b.open("minf")
	if t.Codec.Video() {
		vmhd := b.full("vmhd", 0, 1)
		b.zeros(8)
		b.close(vmhd)
	} else {
		smhd := b.full("smhd", 0, 0)
		b.zeros(4)
		b.close(smhd)
	}
	dinf := b.open("dinf")
	dref := b.full("dref", 0, 0)
	b.u32(1)
	b.close(b.full("url ", 0, 1)) // in this file
	b.close(dref)
	b.close(dinf)
	stbl := b.open("stbl")
	stsd := b.full("stsd", 0, 0)
	b.u32(uint32(len(t.entries)))
	for _, e := range t.entries {
		b.bytes(e)
	}
	b.close(stsd)
	for _, name := range [...]string{"stts", "stsc"} {
		at := b.full(name, 0, 0)
		b.u32(0)
		b.close(at)
	}
	stsz := b.full("stsz", 0, 0)
	b.zeros(8)
	b.close(stsz)
	stco := b.full("stco", 0, 0)
	b.u32(0)
	b.close(stco)
	b.close(stbl)
	b.close(minf)
}
