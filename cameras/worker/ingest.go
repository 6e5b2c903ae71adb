package worker

import (
	"fmt"
	"strings"
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
	format format.Format
	audio  *description.Media // nil: no sound
	heard  format.Format
	sound  media.Track
}

// pick finds the tracks worth having. A warning says why there is no sound, a
// failure why there is nothing to connect to. Of the media picked it takes the
// other formats away: then the client throws their packets away unread.
func pick(desc *description.Session, noSound bool) (p picked, warning string, f *failure) {
	for _, m := range desc.Medias {
		// Some cameras call what they send "sendonly", which here is the word for
		// what they take (ONVIF Streaming §5.3.1); pictures no camera takes.
		m.IsBackChannel = m.IsBackChannel && m.Type != description.MediaTypeVideo
		if m.IsBackChannel {
			continue
		}
		for _, f := range m.Formats {
			if p.video == nil && isVideo(f) {
				p.video, p.format = m, f
			}
			if t, ok := soundTrack(audioTrack, f); ok && p.audio == nil {
				p.audio, p.heard, p.sound = m, f, t
			}
		}
	}
	switch other := firstOf(desc, description.MediaTypeVideo); {
	case p.video != nil && p.video == p.audio:
		return p, "", failed(wire.Incompatible, "The camera mixes picture and sound in one track, which Lares does not read.")
	case p.video != nil:
	case other != nil:
		return p, "", failed(wire.Incompatible, "The camera sends %s. Lares records H.264, H.265 and M-JPEG: change the codec in the camera's settings.", codecName(other))
	default:
		return p, "", failed(wire.Incompatible, "The camera offers no video at this address.")
	}
	p.video.Formats = []format.Format{p.format}
	if p.audio != nil {
		p.audio.Formats = []format.Format{p.heard}
		return p, "", nil
	}
	if other := firstOf(desc, description.MediaTypeAudio); noSound {
		warning = "Recorded without sound: the camera describes it in a way that makes no sense."
	} else if other != nil {
		warning = "Recorded without sound: the camera's sound is " + soundName(other) + ". Lares records AAC, G.711 and Opus."
	}
	return p, warning, nil
}

func isVideo(f format.Format) bool {
	switch f := f.(type) {
	case *format.H264, *format.H265, *format.MJPEG:
		return true
	case *format.Generic: // M-JPEG of another number than its own, 26
		return strings.EqualFold(f.RTPMa, "JPEG/90000")
	}
	return false
}

// firstOf is the first format of a kind, nil if there is none.
func firstOf(desc *description.Session, t description.MediaType) format.Format {
	for _, m := range desc.Medias {
		if m.Type == t && !m.IsBackChannel && len(m.Formats) > 0 {
			return m.Formats[0]
		}
	}
	return nil
}

// codecName is a codec's name as the camera or the library spells it.
func codecName(f format.Format) string {
	switch f.(type) {
	case *format.H264:
		return media.H264.String()
	case *format.H265:
		return media.H265.String()
	case *format.MJPEG:
		return media.MJPEG.String()
	}
	name := f.Codec()
	if g, ok := f.(*format.Generic); ok && g.RTPMa != "" {
		name, _, _ = strings.Cut(g.RTPMa, "/")
	} else if ok {
		name = fmt.Sprintf("RTP payload type %d", g.PayloadTyp)
	}
	return wire.Clean(name, 32)
}

// ingest turns the packets of one connection into sealed units.
type ingest struct {
	s *stream
	p picked
	// ntp is the camera's own time of a packet, once it has told it; nil where
	// the language has none.
	ntp func(*description.Media, *rtp.Packet) (time.Time, bool)

	mu     sync.Mutex // guards following: over UDP each track has its own goroutine
	video  video
	line   *timeline
	heard  *sound // nil: none
	lips   lipSync
	config media.Config
	stamp  rtp.Packet // reused
	// at is when the packet of the video at hand came.
	at time.Duration
	// pictureCame and soundCame tell when packets came; nil over TCP.
	pictureCame, soundCame *arrivals

	// Worker's time, in nanoseconds, of the last picture delivered and of the
	// last seen at all; 0 before the first.
	delivered, seen atomic.Int64
	// refreshed: the camera marks where pictures become right bit by bit.
	refreshed atomic.Bool
}

// newIngest makes what is needed before the first packet. The times it gives
// out follow those of the stream's connections before. Its errors are failures.
func newIngest(s *stream, p picked) (*ingest, error) {
	g := &ingest{s: s, p: p}
	s.still.interrupted()
	rate := p.format.ClockRate()
	s.lastVideo = rescale(s.lastVideo, s.lastRate, rate)
	s.lastRate = rate
	g.line = newTimeline(rate, s.lastVideo)
	s.w.eye.opens(s.id, p.format)
	s.w.hearing.opens(s.id, p.sound)
	switch f := p.format.(type) {
	case *format.H264:
		if f.PacketizationMode > 1 {
			return nil, failed(wire.Incompatible, "The camera packs H.264 in a way that Lares does not know (packetization mode %d).", f.PacketizationMode)
		}
		g.video = newPictures(g, newAVC(f))
	case *format.H265:
		if f.MaxDONDiff != 0 {
			return nil, failed(wire.Incompatible, "The camera packs H.265 in a way that Lares does not know (interleaved).")
		}
		g.video = newPictures(g, newHEVC(f))
	default:
		g.video = newJPEGs(g)
	}
	if p.audio == nil {
		return g, nil
	}
	rate = p.heard.ClockRate()
	s.lastAudio = rescale(s.lastAudio, s.lastSound, rate)
	s.lastSound = rate
	heard, err := newSound(p.heard, s.lastAudio)
	if err != nil {
		return nil, failed(wire.Incompatible, "The camera packs its sound in a way that Lares does not know.")
	}
	g.heard = heard
	return g, nil
}

// unusable says why none of the pictures that came could be used.
func (g *ingest) unusable() string {
	if g.refreshed.Load() {
		return "The camera refreshes its pictures bit by bit and never sends a whole one, with which a recording can start. Turn intra refresh off, or key frames on, in its settings."
	}
	return "The camera sends pictures, but none so far that a recording can start with."
}

func rescale(v int64, from, to int) int64 {
	if from == 0 || from == to {
		return v
	}
	return v/int64(from)*int64(to) + int64(to)
}
