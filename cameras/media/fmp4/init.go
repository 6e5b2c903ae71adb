package fmp4

import (
	"encoding/binary"
	"errors"
	"fmt"

	"lares/cameras/media"
)

// undetermined is the language code "und", packed (§8.4.2.3).
const undetermined = 0x55c4

// maxRate bounds a track's clock rate, so that no product of times overflows.
const maxRate = 1 << 18

// check says whether a track can be written.
func check(t media.Track) error {
	switch {
	case t.ID == 0 || t.ClockRate == 0 || t.ClockRate > maxRate || len(t.Config) == 0:
		return fmt.Errorf("fmp4: track %d: %w", t.ID, ErrTrack)
	case t.Codec != media.H264 && t.Codec != media.AAC:
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
	b := buffer(dst)
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
	return b, nil
}

func (b *buffer) mvhd(tracks []media.Track) {
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

func (b *buffer) trak(t media.Track) {
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

func (b *buffer) minf(t media.Track) {
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
	b.u32(1)
	if t.Codec.Video() {
		b.avc1(t)
	} else {
		b.mp4a(t)
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

// avc1 is the sample entry of ISO/IEC 14496-15 §5.4.2.1.
func (b *buffer) avc1(t media.Track) {
	at := b.open("avc1")
	b.zeros(6)
	b.u16(1) // data reference
	b.zeros(16)
	b.u16(t.Width)
	b.u16(t.Height)
	b.u32(72 << 16)
	b.u32(72 << 16)
	b.u32(0)
	b.u16(1) // frames per sample
	b.zeros(32)
	b.u16(24)     // depth
	b.u16(0xffff) // no colour table
	avcC := b.open("avcC")
	b.bytes(t.Config)
	b.close(avcC)
	b.close(at)
}

// mp4a is the sample entry of ISO/IEC 14496-14 §5.6.1.
func (b *buffer) mp4a(t media.Track) {
	at := b.open("mp4a")
	b.zeros(6)
	b.u16(1) // data reference
	b.zeros(8)
	b.u16(uint16(t.Channels))
	b.u16(16)
	b.zeros(4)
	if t.SampleRate < 1<<16 {
		b.u32(t.SampleRate << 16)
	} else {
		b.u32(0) // does not fit; the AudioSpecificConfig says it
	}
	b.esds(t.Config)
	b.close(at)
}

// esds wraps an AudioSpecificConfig (ISO/IEC 14496-1 §7.2.6.5 and §7.2.6.6):
// copied as it is, so mono stays mono.
func (b *buffer) esds(config []byte) {
	at := b.full("esds", 0, 0)
	decoder := 13 + 5 + len(config)
	b.descriptor(0x03, 3+5+decoder+5+1) // ES_Descriptor
	b.u16(0)
	b.u8(0)
	b.descriptor(0x04, decoder) // DecoderConfigDescriptor
	b.u8(0x40, 0x15)            // MPEG-4 audio; an audio stream
	b.zeros(3 + 4 + 4)          // buffer size and rates: unknown
	b.descriptor(0x05, len(config))
	b.bytes(config)
	b.descriptor(0x06, 1) // SLConfigDescriptor
	b.u8(0x02)
	b.close(at)
}

// descriptor writes a tag and its size in the four-byte form (§8.3.3).
func (b *buffer) descriptor(tag uint8, size int) {
	b.u8(tag, uint8(size>>21)|0x80, uint8(size>>14)|0x80, uint8(size>>7)|0x80, uint8(size)&0x7f)
}

// ErrInit is returned for bytes that are not an init segment of this package.
var ErrInit = errors.New("fmp4: not an init segment")

// PatchDuration writes the duration, in 90 kHz ticks, into mvhd and mehd of an
// init segment made by AppendInit. It changes init in place and never its size.
func PatchDuration(init []byte, duration uint64) error {
	moov, err := child(init, "moov")
	if err != nil {
		return err
	}
	mvhd, err := child(moov, "mvhd")
	if err != nil {
		return err
	}
	mvex, err := child(moov, "mvex")
	if err != nil {
		return err
	}
	mehd, err := child(mvex, "mehd")
	if err != nil {
		return err
	}
	// both are of version 1: 64-bit times
	if len(mvhd) < 32 || len(mehd) != 12 || mvhd[0] != 1 || mehd[0] != 1 {
		return ErrInit
	}
	binary.BigEndian.PutUint64(mvhd[24:], duration)
	binary.BigEndian.PutUint64(mehd[4:], duration)
	return nil
}

// child finds the body of the first box of that name.
func child(b []byte, name string) ([]byte, error) {
	for len(b) >= 8 {
		size := binary.BigEndian.Uint32(b)
		if size < 8 || uint64(size) > uint64(len(b)) {
			return nil, ErrInit
		}
		if string(b[4:8]) == name {
			return b[8:size], nil
		}
		b = b[size:]
	}
	return nil, ErrInit
}
