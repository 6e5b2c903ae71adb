package media

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// Codec is the coding of one track.
type Codec uint8

const (
	// H264 is ITU-T H.264 video.
	H264 Codec = 1
	// AAC is MPEG-4 AAC audio (ISO/IEC 14496-3).
	AAC Codec = 2
)

// String is the codec's usual name.
func (c Codec) String() string {
	switch c {
	case H264:
		return "H.264"
	case AAC:
		return "AAC"
	}
	return fmt.Sprintf("codec %d", uint8(c))
}

// Video reports whether the codec carries pictures.
func (c Codec) Video() bool { return c == H264 }

// Track describes one video or audio of a stream. The worker makes it ready
// for use: nobody after it parses a parameter set.
type Track struct {
	ID        uint8 // 1 and up, unique in its stream
	Codec     Codec
	ClockRate uint32 // ticks per second of the units' PTS and DTS
	// MIME is the RFC 6381 codecs string, such as "avc1.64001f" or "mp4a.40.2".
	MIME string
	// Config is the body of the sample entry's configuration: for H264 the
	// AVCDecoderConfigurationRecord (ISO/IEC 14496-15 §5.3.3.1), for AAC the
	// AudioSpecificConfig (ISO/IEC 14496-3 §1.6.2.1).
	Config []byte
	// Width and Height are the cropped picture in pixels; zero for audio.
	Width, Height uint16
	// SampleRate in Hz and Channels of audio; zero for video.
	SampleRate uint32
	Channels   uint8
}

// Config is what a UnitConfig carries: all tracks of a stream from here on.
type Config struct {
	Tracks []Track
}

const (
	maxTracks      = 4
	maxTrackMIME   = 64
	maxTrackConfig = 4 << 10
)

// ErrConfig is returned for a configuration that is malformed or out of bounds.
var ErrConfig = errors.New("media: malformed stream configuration")

// Video is the first video track; ok is false if there is none.
func (c Config) Video() (t Track, ok bool) {
	for _, t := range c.Tracks {
		if t.Codec.Video() {
			return t, true
		}
	}
	return Track{}, false
}

// Track finds a track by its id.
func (c Config) Track(id uint8) (Track, bool) {
	for _, t := range c.Tracks {
		if t.ID == id {
			return t, true
		}
	}
	return Track{}, false
}

// Append adds the binary form to b: a count, then per track id, codec, clock
// rate, width, height, sample rate, channels and two length-prefixed strings,
// all big-endian.
func (c Config) Append(b []byte) []byte {
	b = append(b, uint8(len(c.Tracks)))
	for _, t := range c.Tracks {
		b = append(b, t.ID, uint8(t.Codec))
		b = binary.BigEndian.AppendUint32(b, t.ClockRate)
		b = binary.BigEndian.AppendUint16(b, t.Width)
		b = binary.BigEndian.AppendUint16(b, t.Height)
		b = binary.BigEndian.AppendUint32(b, t.SampleRate)
		b = append(b, t.Channels)
		b = binary.BigEndian.AppendUint16(b, uint16(len(t.MIME)))
		b = append(b, t.MIME...)
		b = binary.BigEndian.AppendUint16(b, uint16(len(t.Config)))
		b = append(b, t.Config...)
	}
	return b
}

const trackHead = 2 + 4 + 2 + 2 + 4 + 1

// ParseConfig reads the binary form and checks every bound; it copies from b.
func ParseConfig(b []byte) (Config, error) {
	if len(b) == 0 || b[0] > maxTracks {
		return Config{}, ErrConfig
	}
	c := Config{Tracks: make([]Track, 0, b[0])}
	n := int(b[0])
	b = b[1:]
	for range n {
		if len(b) < trackHead {
			return Config{}, ErrConfig
		}
		t := Track{
			ID: b[0], Codec: Codec(b[1]),
			ClockRate: binary.BigEndian.Uint32(b[2:]),
			Width:     binary.BigEndian.Uint16(b[6:]), Height: binary.BigEndian.Uint16(b[8:]),
			SampleRate: binary.BigEndian.Uint32(b[10:]), Channels: b[14],
		}
		b = b[trackHead:]
		mime, rest, ok := cutString(b, maxTrackMIME)
		if !ok {
			return Config{}, ErrConfig
		}
		config, rest, ok := cutString(rest, maxTrackConfig)
		if !ok {
			return Config{}, ErrConfig
		}
		b = rest
		t.MIME, t.Config = string(mime), append([]byte(nil), config...)
		if _, twice := c.Track(t.ID); twice || t.ID == 0 || t.ClockRate == 0 {
			return Config{}, ErrConfig
		}
		c.Tracks = append(c.Tracks, t)
	}
	if len(b) != 0 {
		return Config{}, ErrConfig
	}
	return c, nil
}

func cutString(b []byte, most int) (s, rest []byte, ok bool) {
	if len(b) < 2 {
		return nil, nil, false
	}
	n := int(binary.BigEndian.Uint16(b))
	if n > most || len(b) < 2+n {
		return nil, nil, false
	}
	return b[2 : 2+n], b[2+n:], true
}
