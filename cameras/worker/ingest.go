package worker

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/bluenviron/gortsplib/v5/pkg/description"
	"github.com/bluenviron/gortsplib/v5/pkg/format"
	"github.com/pion/rtp"

	"lares/cameras/internal/wire"
	"lares/cameras/media"
)

const (
	videoTrack = 1
	audioTrack = 2
)

// picked are the tracks of a description that are worth having.
type picked struct {
	video  *description.Media
	format *format.H264
	audio  *description.Media // nil: no sound
	aac    *format.MPEG4Audio
	sound  media.Track
}

// pick finds the tracks worth having. A warning says why there is no sound, a
// failure why there is nothing to connect to.
func pick(desc *description.Session, noSound bool) (p picked, warning string, f *failure) {
	for _, m := range desc.Medias {
		if m.IsBackChannel {
			continue
		}
		for _, f := range m.Formats {
			switch f := f.(type) {
			case *format.H264:
				if p.format == nil {
					p.video, p.format = m, f
				}
			case *format.MPEG4Audio:
				if t, ok := soundTrack(audioTrack, f); ok && p.aac == nil {
					p.audio, p.aac, p.sound = m, f, t
				}
			}
		}
	}
	switch codec, has := codecOf(desc, description.MediaTypeVideo); {
	case p.format != nil:
	case has:
		return p, "", failed(wire.UnsupportedCodec, "The camera sends %s. Lares records H.264: change the codec in the camera's settings.", codec)
	default:
		return p, "", failed(wire.NoVideoTrack, "The camera offers no video at this address.")
	}
	if codec, has := codecOf(desc, description.MediaTypeAudio); p.aac == nil && (has || noSound) {
		warning = "Recorded without sound: the camera's sound is " + codec + ", not AAC."
		if noSound {
			warning = "Recorded without sound: the camera describes it in a way that makes no sense."
		}
	}
	return p, warning, nil
}

func codecOf(desc *description.Session, t description.MediaType) (name string, has bool) {
	for _, m := range desc.Medias {
		if m.Type == t && !m.IsBackChannel && len(m.Formats) > 0 {
			return wire.Clean(m.Formats[0].Codec(), 32), true
		}
	}
	return "", false
}

// ingest turns the packets of one connection into sealed units.
type ingest struct {
	s *session
	p picked
	// ntp is the camera's own time of a packet, once it has told it.
	ntp func(*description.Media, *rtp.Packet) (time.Time, bool)

	mu       sync.Mutex // guards following: over UDP each track has its own goroutine
	asm      *assembler
	sets     paramSets
	line     *timeline
	decoding *decodingTime
	heard    *sound
	lips     lipSync
	config   media.Config
	data     []byte // reused

	// Worker's time, in nanoseconds, of the last picture delivered and of the
	// last seen at all; 0 before the first.
	delivered, seen atomic.Int64
}

// newIngest makes what is needed before the first packet. The times it gives
// out follow those of the stream's connections before.
func newIngest(s *session, p picked) (g *ingest, err error) {
	g = &ingest{s: s, p: p, ntp: s.packetNTP}
	if g.asm, err = newAssembler(p.format); err != nil {
		return nil, failed(wire.UnsupportedCodec, "The camera packs H.264 in a way that Lares does not know.")
	}
	if isSPS(p.format.SPS) && isPPS(p.format.PPS) {
		g.sets.sps, g.sets.pps = [][]byte{p.format.SPS}, [][]byte{p.format.PPS}
	}
	rate := p.format.ClockRate()
	s.lastVideo = rescale(s.lastVideo, s.lastRate, rate)
	s.lastRate = rate
	g.line, g.decoding = newTimeline(rate, s.lastVideo), newDecodingTime(s.lastVideo)
	if p.audio == nil {
		return g, nil
	}
	rate = p.aac.ClockRate()
	s.lastAudio = rescale(s.lastAudio, s.lastSound, rate)
	s.lastSound = rate
	if g.heard, err = newSound(p.aac, s.lastAudio); err != nil {
		return nil, failed(wire.UnsupportedCodec, "The camera packs AAC in a way that Lares does not know.")
	}
	return g, nil
}

func rescale(v int64, from, to int) int64 {
	if from == 0 || from == to {
		return v
	}
	return v/int64(from)*int64(to) + int64(to)
}
