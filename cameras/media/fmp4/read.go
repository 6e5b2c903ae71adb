package fmp4

import (
	"encoding/binary"
	"errors"
	"fmt"

	"lares/cameras/media"
)

// ErrInit is returned for bytes that are not an init segment of this package.
var ErrInit = errors.New("fmp4: not an init segment")

// ErrFragment is returned for bytes that are not a fragment of this package.
var ErrFragment = errors.New("fmp4: not a fragment")

// maxInit bounds an init segment to read, in bytes: above four tracks with the
// longest configuration that a track may have.
const maxInit = 64 << 10

// next cuts the first box off b; body and rest lie in b.
func next(b []byte) (name string, body, rest []byte, ok bool) {
	if len(b) < 8 {
		return "", nil, nil, false
	}
	size := binary.BigEndian.Uint32(b)
	if size < 8 || uint64(size) > uint64(len(b)) {
		return "", nil, nil, false
	}
	return string(b[4:8]), b[8:size], b[size:], true
}

// child finds the body of the first box of each name inside the one before it,
// if that body has at least so many bytes.
func child(b []byte, least int, names ...string) (body []byte, ok bool) {
	for _, want := range names {
		for {
			name, body, rest, ok := next(b)
			if !ok {
				return nil, false
			}
			if name == want {
				b = body
				break
			}
			b = rest
		}
	}
	return b, len(b) >= least
}

// PatchDuration writes the duration, in 90 kHz ticks, into mvhd and mehd of an
// init segment made by AppendInit. It changes init in place and never its size.
func PatchDuration(init []byte, duration uint64) error {
	mvhd, mehd, err := durations(init)
	if err != nil {
		return err
	}
	binary.BigEndian.PutUint64(mvhd, duration)
	binary.BigEndian.PutUint64(mehd, duration)
	return nil
}

// durations are the two places that hold the duration.
func durations(init []byte) (mvhd, mehd []byte, err error) {
	mvhd, ok := child(init, 32, "moov", "mvhd")
	mehd, also := child(init, 12, "moov", "mvex", "mehd")
	// both are of version 1: 64-bit times
	if !ok || !also || len(mehd) != 12 || mvhd[0] != 1 || mehd[0] != 1 {
		return nil, nil, ErrInit
	}
	return mvhd[24:32], mehd[4:12], nil
}

// ReadInit reads the tracks back from an init segment made by AppendInit; MIME
// is made from the configuration. It copies from init and returns ErrInit for
// anything else.
func ReadInit(init []byte) ([]media.Track, error) {
	moov, ok := child(init, 0, "moov")
	if !ok || len(init) > maxInit {
		return nil, ErrInit
	}
	var tracks []media.Track
	for len(moov) > 0 {
		name, body, rest, ok := next(moov)
		if !ok || len(tracks) > maxTracks {
			return nil, ErrInit
		}
		moov = rest
		if name != "trak" {
			continue
		}
		t, ok := readTrak(body)
		if !ok {
			return nil, ErrInit
		}
		for _, other := range tracks {
			if other.ID == t.ID {
				return nil, ErrInit
			}
		}
		if err := check(t); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrInit, err)
		}
		tracks = append(tracks, t)
	}
	if len(tracks) == 0 || len(tracks) > maxTracks {
		return nil, ErrInit
	}
	return tracks, nil
}

func readTrak(trak []byte) (t media.Track, ok bool) {
	tkhd, ok1 := child(trak, 16, "tkhd")
	mdhd, ok2 := child(trak, 16, "mdia", "mdhd")
	stsd, ok3 := child(trak, 8, "mdia", "minf", "stbl", "stsd")
	if !ok1 || !ok2 || !ok3 || tkhd[0] != 0 || mdhd[0] != 0 { // 32-bit times
		return t, false
	}
	id := binary.BigEndian.Uint32(tkhd[12:])
	if id > 255 {
		return t, false
	}
	t.ID, t.ClockRate = uint8(id), binary.BigEndian.Uint32(mdhd[12:])
	name, body, _, ok := next(stsd[8:])
	if !ok || !readEntry(&t, name, body) {
		return t, false
	}
	t.MIME = t.Codec.MIME(t.Config)
	return t, true
}

// entries are the sample entries that entry writes: the codec, and where inside
// its box the configuration is.
var entries = map[string]struct {
	codec media.Codec
	box   string // "" for none
	skip  int    // of the box's body, before the configuration
}{
	entryH264: {media.H264, "avcC", 0},
	entryH265: {media.H265, "hvcC", 0},
	entryJPEG: {media.MJPEG, "", 0},
	entryAAC:  {media.AAC, "esds", 0},
	entryPCMA: {media.PCMA, "", 0},
	entryPCMU: {media.PCMU, "", 0},
	entryOpus: {media.Opus, "dOps", 0},
	entryFLAC: {media.FLAC, "dfLa", 4},
}

func readEntry(t *media.Track, name string, b []byte) bool {
	e, ok := entries[name]
	t.Codec = e.codec
	switch {
	case !ok:
		return false
	case e.codec.Video():
		if len(b) < pictureHead {
			return false
		}
		t.Width, t.Height = binary.BigEndian.Uint16(b[24:]), binary.BigEndian.Uint16(b[26:])
		b = b[pictureHead:]
	default:
		if len(b) < soundHead || b[16] != 0 {
			return false
		}
		t.Channels, t.SampleRate = b[17], binary.BigEndian.Uint32(b[24:])>>16
		if t.SampleRate == 0 { // did not fit
			t.SampleRate = t.ClockRate
		}
		b = b[soundHead:]
	}
	if e.box == "" {
		return true
	}
	config, ok := child(b, e.skip, e.box)
	if ok && e.codec == media.AAC {
		config, ok = readESDS(config)
	}
	if !ok {
		return false
	}
	t.Config = append([]byte(nil), config[e.skip:]...)
	return true
}

// readESDS finds the AudioSpecificConfig where esds put it: after the heads of
// the ES_Descriptor and the DecoderConfigDescriptor, whose sizes are fixed.
func readESDS(b []byte) (config []byte, ok bool) {
	const before = 4 + 5 + 3 + 5 + 13
	if len(b) < before+5 || b[4] != 0x03 || b[12] != 0x04 || b[17] != objectAAC || b[before] != 0x05 {
		return nil, false
	}
	var size int
	for _, v := range b[before+1 : before+5] {
		size = size<<7 | int(v&0x7f)
	}
	b = b[before+5:]
	if size == 0 || size > len(b) {
		return nil, false
	}
	return b[:size], true
}
