package fmp4

import "lares/cameras/media"

// Names of sample entries; Config goes into the box inside them.
const (
	entryH264 = "avc1"
	entryH265 = "hvc1" // parameter sets in the entry alone
	entryJPEG = "mp4v"
	entryAAC  = "mp4a"
	entryPCMA = "alaw"
	entryPCMU = "ulaw"
	entryOpus = "Opus"
	entryFLAC = "fLaC"
)

const (
	// what comes before the boxes inside a sample entry (ISO/IEC 14496-12
	// §12.1.3 and §12.2.3)
	pictureHead = 78
	soundHead   = 28

	// objectTypeIndication and streamType (ISO/IEC 14496-1 §7.2.6.6.2)
	objectAAC         = 0x40
	objectJPEG        = 0x6c
	streamTypePicture = 0x04
	streamTypeSound   = 0x05
)

// entry writes the sample entry of a track that check let pass.
func (b *buffer) entry(t media.Track) {
	var at int
	switch t.Codec {
	case media.H264: // ISO/IEC 14496-15 §5.4.2.1
		at = b.picture(entryH264, t)
		b.box("avcC", t.Config)
	case media.H265: // ISO/IEC 14496-15 §8.4.1
		at = b.picture(entryH265, t)
		b.box("hvcC", t.Config)
	case media.MJPEG: // ISO/IEC 14496-14 §5.6.1
		at = b.picture(entryJPEG, t)
		b.esds(objectJPEG, streamTypePicture, nil)
	case media.AAC: // ISO/IEC 14496-14 §5.6.1
		at = b.sound(entryAAC, t)
		b.esds(objectAAC, streamTypeSound, t.Config)
	case media.PCMA: // the name QuickTime gave it, and nothing more to say
		at = b.sound(entryPCMA, t)
	case media.PCMU:
		at = b.sound(entryPCMU, t)
	case media.Opus: // Opus in ISOBMFF §4.3.1
		at = b.sound(entryOpus, t)
		b.box("dOps", t.Config)
	case media.FLAC: // FLAC in ISOBMFF §3.3.1
		at = b.sound(entryFLAC, t)
		dfLa := b.full("dfLa", 0, 0)
		b.bytes(t.Config)
		b.close(dfLa)
	}
	b.close(at)
}

// picture starts a VisualSampleEntry (ISO/IEC 14496-12 §12.1.3).
func (b *buffer) picture(name string, t media.Track) (at int) {
	at = b.open(name)
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
	return at
}

// sound starts an AudioSampleEntry (ISO/IEC 14496-12 §12.2.3).
func (b *buffer) sound(name string, t media.Track) (at int) {
	at = b.open(name)
	b.zeros(6)
	b.u16(1) // data reference
	b.zeros(8)
	b.u16(uint16(t.Channels))
	b.u16(16) // bits of a sample once decoded
	b.zeros(4)
	if t.SampleRate < 1<<16 {
		b.u32(t.SampleRate << 16)
	} else {
		b.u32(0) // does not fit; the configuration says it
	}
	return at
}

// esds describes a stream of MPEG-4 systems (ISO/IEC 14496-1 §7.2.6.5 and
// §7.2.6.6). config is copied as it is, so mono stays mono; empty, it is left
// out.
func (b *buffer) esds(object, stream uint8, config []byte) {
	at := b.full("esds", 0, 0)
	decoder := 13
	if len(config) > 0 {
		decoder += 5 + len(config)
	}
	b.descriptor(0x03, 3+5+decoder+5+1) // ES_Descriptor
	b.u16(0)
	b.u8(0)
	b.descriptor(0x04, decoder) // DecoderConfigDescriptor
	b.u8(object, stream<<2|1)
	b.zeros(3 + 4 + 4) // buffer size and rates: unknown
	if len(config) > 0 {
		b.descriptor(0x05, len(config))
		b.bytes(config)
	}
	b.descriptor(0x06, 1) // SLConfigDescriptor
	b.u8(0x02)
	b.close(at)
}

// descriptor writes a tag and its size in the four-byte form (§8.3.3).
func (b *buffer) descriptor(tag uint8, size int) {
	b.u8(tag, uint8(size>>21)|0x80, uint8(size>>14)|0x80, uint8(size>>7)|0x80, uint8(size)&0x7f)
}
