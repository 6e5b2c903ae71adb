package media

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// Codec is the coding of one track.
type Codec uint8

// The codecs. Numbers are in sealed files: they are never given anew.
const (
	H264  Codec = 1 // ITU-T H.264 video
	AAC   Codec = 2 // MPEG-4 AAC audio (ISO/IEC 14496-3)
	H265  Codec = 3 // ITU-T H.265 video
	MJPEG Codec = 4 // Motion JPEG: every picture a JPEG (ITU-T T.81) of its own
	PCMA  Codec = 5 // G.711 A-law audio (ITU-T G.711)
	PCMU  Codec = 6 // G.711 µ-law audio (ITU-T G.711)
	Opus  Codec = 7 // Opus audio (RFC 6716)
	// FLAC (RFC 9639) comes from no camera: it is what G.711 becomes on its way
	// to a player, for no browser plays G.711 in MP4.
	FLAC Codec = 8
)

// String is the codec's usual name.
func (c Codec) String() string {
	switch c {
	case H264:
		return "H.264"
	case AAC:
		return "AAC"
	case H265:
		return "H.265"
	case MJPEG:
		return "MJPEG"
	case PCMA:
		return "G.711 A-law"
	case PCMU:
		return "G.711 µ-law"
	case Opus:
		return "Opus"
	case FLAC:
		return "FLAC"
	}
	return fmt.Sprintf("codec %d", uint8(c))
}

// Video reports whether the codec carries pictures.
func (c Codec) Video() bool { return c == H264 || c == H265 || c == MJPEG }

// G711 reports whether the codec is one of the two laws of ITU-T G.711.
func (c Codec) G711() bool { return c == PCMA || c == PCMU }

// Track describes one video or audio of a stream. The worker makes it ready
// for use: nobody after it parses a parameter set.
type Track struct {
	ID        uint8 // 1 and up, unique in its stream
	Codec     Codec
	ClockRate uint32 // ticks per second of the units' PTS and DTS
	// MIME is the RFC 6381 codecs string, such as "avc1.64001f", "hvc1.1.6.L93.90",
	// "mp4v.6C", "mp4a.40.2", "alaw", "ulaw", "opus" or "flac".
	MIME string
	// Config is the body of the sample entry's configuration:
	//   - H264: AVCDecoderConfigurationRecord (ISO/IEC 14496-15 §5.3.3.1)
	//   - H265: HEVCDecoderConfigurationRecord (ISO/IEC 14496-15 §8.3.3.1)
	//   - AAC: AudioSpecificConfig (ISO/IEC 14496-3 §1.6.2.1)
	//   - Opus: the dOps box's body (Opus in ISOBMFF §4.3.2)
	//   - FLAC: the dfLa box's metadata blocks, STREAMINFO first (FLAC in ISOBMFF §3.3.2)
	//   - MJPEG, PCMA, PCMU: empty
	Config []byte
	// Width and Height are the cropped picture in pixels; zero for audio.
	Width, Height uint16
	// SampleRate in Hz and Channels of audio; zero for video.
	SampleRate uint32
	Channels   uint8
}

const (
	opusClock   = 48000  // RFC 7587 §4.1
	maxChannels = 8      // of sounds described by nothing but their number
	opusConfig  = 11     // a dOps body without a mapping table
	flacConfig  = 4 + 34 // STREAMINFO (RFC 9639 §8.2) and its block header
)

// Valid reports whether t says what its codec needs and nothing that
// contradicts it. It does not look into Config.
func (t Track) Valid() bool {
	if t.ID == 0 || t.ClockRate == 0 || len(t.MIME) > maxTrackMIME || len(t.Config) > maxTrackConfig {
		return false
	}
	if t.Codec.Video() {
		if t.Width == 0 || t.Height == 0 || t.SampleRate != 0 || t.Channels != 0 {
			return false
		}
	} else if t.Width != 0 || t.Height != 0 || t.SampleRate == 0 || t.Channels == 0 {
		return false
	}
	switch t.Codec {
	case H264, H265, AAC:
		return len(t.Config) > 0
	case MJPEG:
		return len(t.Config) == 0
	case PCMA, PCMU:
		return len(t.Config) == 0 && t.ClockRate == t.SampleRate && t.Channels <= maxChannels
	case Opus:
		return len(t.Config) >= opusConfig && t.ClockRate == opusClock
	case FLAC:
		return len(t.Config) >= flacConfig && t.ClockRate == t.SampleRate && t.Channels <= maxChannels
	}
	return false
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
// It returns ErrConfig for a track that is not Valid, such as one of a codec it
// does not know.
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
		if _, twice := c.Track(t.ID); twice || !t.Valid() {
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
