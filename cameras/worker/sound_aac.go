package worker

import (
	"errors"
	"fmt"

	"github.com/bluenviron/gortsplib/v5/pkg/format"
	"github.com/bluenviron/gortsplib/v5/pkg/format/rtpmpeg4audio"
	"github.com/bluenviron/mediacommon/v2/pkg/codecs/mpeg4audio"
	"github.com/pion/rtp"
)

const (
	// samplesPerFrame of AAC-LC; a few encoders use 960 (ISO/IEC 14496-3 §4.4.1).
	samplesPerFrame      = 1024
	samplesPerShortFrame = 960

	// maxHeaderField bounds the fields of an AU header in bits. RFC 3640 §3.3.6
	// uses 13 and 3. The library lets the description ask for 100, and of sizes
	// of 64 bits and more it makes a slice out of its bounds.
	maxHeaderField = 16
	// maxFragments bounds the packets of one frame: the library keeps each, and
	// empty ones without limit.
	maxFragments = 64
)

// aacFrames is AAC in RTP, RFC 3640.
type aacFrames struct {
	format  *format.MPEG4Audio
	dec     *rtpmpeg4audio.Decoder
	pending int // packets of an unfinished frame
	ticks   int64
	out     []frame // reused
}

func newAAC(f *format.MPEG4Audio) (*aacFrames, error) {
	dec, err := f.CreateDecoder()
	if err != nil {
		return nil, fmt.Errorf("worker: making an AAC decoder: %w", err)
	}
	return &aacFrames{format: f, dec: dec, ticks: frameTicks(f.Config)}, nil
}

func frameTicks(c *mpeg4audio.AudioSpecificConfig) int64 {
	if c.FrameLengthFlag {
		return samplesPerShortFrame
	}
	return samplesPerFrame
}

func (a *aacFrames) frames(p *rtp.Packet) []frame {
	frames, err := a.dec.Decode(p)
	a.out = a.out[:0]
	if errors.Is(err, rtpmpeg4audio.ErrMorePacketsNeeded) {
		if a.pending++; a.pending > maxFragments {
			a.dec, err = a.format.CreateDecoder()
		}
	}
	if err != nil {
		return nil
	}
	a.pending = 0
	for _, f := range frames {
		a.out = append(a.out, frame{f, a.ticks})
	}
	return a.out
}

// latm is AAC in RTP as LATM, RFC 6416, of one program and layer whose
// configuration is in the description.
type latm struct {
	ticks     int64
	subFrames int
	seq       uint16
	open      bool   // data holds the start of an element
	data      []byte // reused
	out       []frame
}

// latmConfig is the configuration of a LATM stream, nil if it is of a kind that
// is not read: with more than one layer, or told among the frames.
func latmConfig(f *format.MPEG4AudioLATM) *mpeg4audio.AudioSpecificConfig {
	c := f.StreamMuxConfig
	if f.CPresent || c == nil || len(c.Programs) != 1 || len(c.Programs[0].Layers) != 1 || c.OtherDataPresent || c.CRCCheckPresent {
		return nil
	}
	if l := c.Programs[0].Layers[0]; l.FrameLengthType == 0 {
		return l.AudioSpecificConfig
	}
	return nil
}

func newLATM(f *format.MPEG4AudioLATM) *latm {
	return &latm{ticks: frameTicks(latmConfig(f)), subFrames: int(f.StreamMuxConfig.NumSubFrames) + 1}
}

// frames puts an audioMuxElement together, which the marker ends, and takes its
// frames out (ISO/IEC 14496-3 §1.7.3): before each, its length as the sum of
// bytes up to one that is not 255.
func (l *latm) frames(p *rtp.Packet) []frame {
	if l.open && p.SequenceNumber != l.seq+1 || len(l.data)+len(p.Payload) > maxAudioFrame {
		l.data, l.open = l.data[:0], false
		if !p.Marker {
			return nil
		}
	}
	if !l.open {
		l.data = l.data[:0]
	}
	l.open, l.seq = !p.Marker, p.SequenceNumber
	l.data = append(l.data, p.Payload...)
	if l.open {
		return nil
	}
	l.out = l.out[:0]
	rest := l.data
	for range l.subFrames {
		n, more := 0, true
		for more {
			if len(rest) == 0 {
				return nil
			}
			n, more, rest = n+int(rest[0]), rest[0] == 255, rest[1:]
		}
		if n > len(rest) {
			return nil
		}
		l.out = append(l.out, frame{rest[:n], l.ticks})
		rest = rest[n:]
	}
	return l.out
}
