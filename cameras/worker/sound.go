package worker

import (
	"errors"
	"fmt"
	"math"

	"github.com/bluenviron/gortsplib/v5/pkg/format"
	"github.com/bluenviron/gortsplib/v5/pkg/format/rtpmpeg4audio"
	"github.com/pion/rtp"

	"lares/cameras/media"
)

// samplesPerFrame of AAC-LC; a few encoders use 960 (ISO/IEC 14496-3 §4.4.1).
const (
	samplesPerFrame      = 1024
	samplesPerShortFrame = 960
	maxAudioFrame        = 64 << 10
)

// sound turns RTP packets into AAC frames with times.
type sound struct {
	dec     *rtpmpeg4audio.Decoder
	line    *timeline
	samples int64
	last    int64
}

func newSound(f *format.MPEG4Audio, last int64) (*sound, error) {
	dec, err := f.CreateDecoder()
	if err != nil {
		return nil, fmt.Errorf("worker: making an AAC decoder: %w", err)
	}
	s := &sound{dec: dec, line: newTimeline(f.ClockRate(), last), samples: samplesPerFrame, last: last}
	if f.Config.FrameLengthFlag {
		s.samples = samplesPerShortFrame
	}
	return s, nil
}

// frames decodes a packet; what is broken is left out.
func (s *sound) frames(p *rtp.Packet) [][]byte {
	frames, err := s.dec.Decode(p)
	if err != nil && !errors.Is(err, rtpmpeg4audio.ErrMorePacketsNeeded) {
		return nil
	}
	return frames
}

// rises reports whether t comes after the last frame given out, and if so makes
// it the last: after a correction of the relation to the picture, sound that
// was already heard is left out.
func (s *sound) rises(t int64) bool {
	if t <= s.last {
		return false
	}
	s.last = t
	return true
}

// soundTrack describes an AAC track; ok is false where it cannot be stored.
func soundTrack(id uint8, f *format.MPEG4Audio) (t media.Track, ok bool) {
	c := f.Config
	if c == nil || c.SampleRate <= 0 || c.SampleRate > 96_000 || c.ChannelCount < 1 || c.ChannelCount > math.MaxUint8 {
		return t, false
	}
	asc, err := c.Marshal()
	if err != nil {
		return t, false
	}
	return media.Track{
		ID: id, Codec: media.AAC, ClockRate: uint32(f.ClockRate()),
		MIME: fmt.Sprintf("mp4a.40.%d", c.Type), Config: asc,
		SampleRate: uint32(c.SampleRate), Channels: uint8(c.ChannelCount),
	}, true
}
