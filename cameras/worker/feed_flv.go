package worker

import (
	"github.com/bluenviron/gortsplib/v5/pkg/format"
	"github.com/bluenviron/mediacommon/v2/pkg/codecs/mpeg4audio"

	"lares/cameras/flv"
)

// tags is FLV, over HTTP or RTMP.
type tags struct {
	read  func() (flv.Tag, error)
	holds content

	videoCodec flv.Codec
	lengthSize int      // of the lengths that lead NAL units; 0 before the configuration
	sets       [][]byte // a configuration that goes before the next picture
	nals       [][]byte // reused
	sound      [1]frame
	aacTicks   int64
}

// content implements feed.
func (t *tags) content() content { return t.holds }

// next implements feed.
func (t *tags) next() (piece, error) {
	for {
		tag, err := t.read()
		if err != nil {
			return piece{}, err
		}
		p := piece{time: int64(tag.Time) * 90, timed: true}
		switch tag.Type {
		case flv.TypeVideo:
			if m, ok := flv.ParseVideo(tag.Data); ok {
				p.time += int64(m.Composition) * 90
				p.nals = t.picture(m)
			}
		case flv.TypeAudio:
			if m, ok := flv.ParseAudio(tag.Data); ok {
				p.sound = t.frames(m)
			}
		}
		if len(p.nals) > 0 || len(p.sound) > 0 {
			return p, nil
		}
	}
}

// picture gives the NAL units of a video tag, none if it brings no picture.
func (t *tags) picture(m flv.Media) [][]byte {
	switch {
	case m.Codec == flv.Other:
		t.holds.oddVideo = "another codec in FLV"
		return nil
	case m.Config:
		sets, size, ok := flv.ParameterSets(m.Codec, m.Data)
		if !ok || t.videoCodec != flv.Other && t.videoCodec != m.Codec {
			return nil
		}
		t.videoCodec, t.lengthSize, t.sets = m.Codec, size, nil
		for _, s := range sets { // the tag's memory is reused
			t.sets = append(t.sets, append([]byte(nil), s...))
		}
		if t.holds.video == nil {
			t.holds.video = &format.H264{PayloadTyp: 96, PacketizationMode: 1}
			if m.Codec == flv.HEVC {
				t.holds.video = &format.H265{PayloadTyp: 96}
			}
		}
		return nil
	case t.lengthSize == 0 || m.Codec != t.videoCodec:
		return nil
	}
	nals, ok := flv.Split(append(t.nals[:0], t.sets...), m.Data, t.lengthSize)
	t.nals = nals
	if !ok {
		return nil
	}
	t.sets = nil
	return nals
}

// frames gives the sound of an audio tag, and learns of which kind it is.
func (t *tags) frames(m flv.Media) []frame {
	switch {
	case m.Codec == flv.Other:
		t.holds.oddSound, t.holds.silent = "of another kind than AAC and G.711", true
		return nil
	case m.Codec == flv.AAC && m.Config:
		var c mpeg4audio.AudioSpecificConfig
		if t.holds.audio == nil && c.Unmarshal(m.Data) == nil {
			t.holds.audio, t.aacTicks = aacFormat(&c), frameTicks(&c)
		}
		return nil
	case m.Codec == flv.AAC:
		t.sound[0] = frame{m.Data, t.aacTicks}
	default:
		if t.holds.audio == nil {
			t.holds.audio = &format.G711{PayloadTyp: 8, MULaw: m.Codec == flv.PCMU, SampleRate: 8000, ChannelCount: m.Channels}
		}
		t.sound[0] = frame{m.Data, int64(len(m.Data) / m.Channels)}
	}
	if !t.sounds(m) || t.sound[0].ticks == 0 {
		return nil
	}
	return t.sound[:]
}

// sounds reports whether a tag is of the kind of sound that the stream began
// with.
func (t *tags) sounds(m flv.Media) bool {
	switch f := t.holds.audio.(type) {
	case *format.MPEG4Audio:
		return m.Codec == flv.AAC
	case *format.G711:
		return m.Codec != flv.AAC && f.MULaw == (m.Codec == flv.PCMU) && f.ChannelCount == m.Channels
	}
	return false
}

// aacFormat describes AAC as RTP would bring it.
func aacFormat(c *mpeg4audio.AudioSpecificConfig) format.Format {
	return &format.MPEG4Audio{PayloadTyp: 97, SizeLength: 13, IndexLength: 3, IndexDeltaLength: 3, Config: c}
}
