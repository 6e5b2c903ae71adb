package worker

import (
	"fmt"
	"math"

	"github.com/bluenviron/gortsplib/v5/pkg/format"
	"github.com/bluenviron/mediacommon/v2/pkg/codecs/mpeg4audio"
	"github.com/pion/rtp"

	"lares/cameras/media"
)

// maxAudioFrame bounds one unit of sound: 8 s of G.711, far above any AAC frame.
const maxAudioFrame = 64 << 10

// frame is one unit of sound and how long it lasts, in ticks of its clock.
type frame struct {
	data  []byte
	ticks int64
}

// sounds takes frames out of the packets of one codec. What is broken is left
// out; the frames alias the packet or the taker, until the next call.
type sounds interface {
	frames(p *rtp.Packet) []frame
}

// sound is the sound of one connection: its frames and their times.
type sound struct {
	sounds
	line *timeline
	last int64
	next uint32 // where the frames so far end, for even
}

func newSound(f format.Format, last int64) (*sound, error) {
	s := &sound{line: newTimeline(f.ClockRate(), last), last: last}
	switch f := f.(type) {
	case *format.MPEG4Audio:
		aac, err := newAAC(f)
		if err != nil {
			return nil, err
		}
		s.sounds = aac
	case *format.MPEG4AudioLATM:
		s.sounds = newLATM(f)
	case *format.G711:
		s.sounds = &octets{channels: f.ChannelCount}
	case *format.Opus:
		s.sounds = &opus{}
	default:
		return nil, fmt.Errorf("worker: no decoder for %s", f.Codec())
	}
	return s, nil
}

// uneven is how far, in parts of a second, the time of a container may be from
// where the frames before it end, and still be taken for the same: FLV counts in
// milliseconds.
const uneven = 50

// even gives the time of frames so that they follow those before without the
// rounding of the container.
func (s *sound) even(time uint32, frames []frame) uint32 {
	if off, most := int32(time-s.next), int32(s.line.rate/uneven); off > -most && off < most {
		time = s.next
	}
	s.next = time
	for _, f := range frames {
		s.next += uint32(f.ticks)
	}
	return time
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

// soundTrack describes the sound of a format; ok is false where it cannot be
// stored.
func soundTrack(id uint8, f format.Format) (t media.Track, ok bool) {
	switch f := f.(type) {
	case *format.MPEG4Audio:
		if f.SizeLength > maxHeaderField || f.IndexLength > maxHeaderField || f.IndexDeltaLength > maxHeaderField {
			return t, false
		}
		return aacTrack(id, f.Config)
	case *format.MPEG4AudioLATM:
		return aacTrack(id, latmConfig(f))
	case *format.G711:
		return g711Track(id, f)
	case *format.Opus:
		return opusTrack(id, f)
	}
	return t, false
}

func aacTrack(id uint8, c *mpeg4audio.AudioSpecificConfig) (t media.Track, ok bool) {
	if c == nil || c.SampleRate <= 0 || c.SampleRate > 96_000 || c.ChannelCount < 1 || c.ChannelCount > math.MaxUint8 {
		return t, false
	}
	asc, err := c.Marshal()
	if err != nil {
		return t, false
	}
	return media.Track{
		ID: id, Codec: media.AAC, ClockRate: uint32(c.SampleRate),
		MIME: fmt.Sprintf("mp4a.40.%d", c.Type), Config: asc,
		SampleRate: uint32(c.SampleRate), Channels: uint8(c.ChannelCount),
	}, true
}

// soundName is the name of a kind of sound for its owner.
func soundName(f format.Format) string {
	switch f := f.(type) {
	case *format.MPEG4Audio, *format.MPEG4AudioLATM:
		return "AAC of an unusual kind"
	case *format.G711:
		return fmt.Sprintf("G.711 with %d channels at %d Hz", f.ChannelCount, f.SampleRate)
	case *format.Opus:
		return fmt.Sprintf("Opus with %d channels", f.ChannelCount)
	case *format.G726:
		return "G.726"
	case *format.G722:
		return "G.722"
	case *format.LPCM:
		return fmt.Sprintf("L%d (uncompressed)", f.BitDepth)
	case *format.MPEG1Audio:
		return "MPEG-1 audio"
	}
	return codecName(f)
}
