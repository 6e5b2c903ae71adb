package fakecam

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	mathrand "math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/bluenviron/gortsplib/v5"
	"github.com/bluenviron/gortsplib/v5/pkg/description"
	rtpformat "github.com/bluenviron/gortsplib/v5/pkg/format"
	"github.com/bluenviron/gortsplib/v5/pkg/format/rtph264"
	"github.com/bluenviron/gortsplib/v5/pkg/format/rtpmpeg4audio"
	"github.com/bluenviron/gortsplib/v5/pkg/ntp"
	"github.com/pion/rtcp"
	"github.com/pion/rtp"

	"lares/cameras/clock"
)

// stream sends one feed to all who watch it.
type stream struct {
	cam      *Camera
	path     string
	feed     feed
	out      *gortsplib.ServerStream
	wantSync atomic.Bool // somebody began to watch

	// Owned by run.
	video, audio *outTrack
	h264         *rtph264.Encoder
	aac          *rtpmpeg4audio.Encoder
	frame        uint64
	broken       bool // pictures were left out: nothing before the next IDR
	noise        *mathrand.ChaCha8
}

// outTrack is the RTP state of one track (RFC 3550 §5.1, §6.4.1).
type outTrack struct {
	media   *description.Media
	rate    int64
	first   uint32 // RTP time of the start
	ssrc    uint32
	packets uint32
	octets  uint32
}

const (
	videoPayload = 96
	audioPayload = 97
)

func newStream(c *Camera, path string, f feed, server *gortsplib.Server) (*stream, error) {
	var seed [32]byte
	rand.Read(seed[:])
	s := &stream{cam: c, path: path, feed: f, noise: mathrand.NewChaCha8(seed)}
	in := f.format()
	v := &rtpformat.H264{PayloadTyp: videoPayload, PacketizationMode: 1, SPS: in.sps, PPS: in.pps}
	desc := &description.Session{Title: c.o.Name}
	s.video = addTrack(desc, description.MediaTypeVideo, v)
	var err error
	if s.h264, err = v.CreateEncoder(); err != nil {
		return nil, err
	}
	if in.audio != nil {
		a := &rtpformat.MPEG4Audio{PayloadTyp: audioPayload, Config: in.audio, SizeLength: 13, IndexLength: 3, IndexDeltaLength: 3}
		s.audio = addTrack(desc, description.MediaTypeAudio, a)
		if s.aac, err = a.CreateEncoder(); err != nil {
			return nil, err
		}
	}
	s.out = &gortsplib.ServerStream{Server: server, Desc: desc}
	if err := s.out.Initialize(); err != nil {
		return nil, err
	}
	stats := s.out.Stats()
	for _, t := range []*outTrack{s.video, s.audio} {
		if t != nil {
			t.ssrc = stats.Medias[t.media].Formats[t.media.Formats[0]].LocalSSRC
		}
	}
	return s, nil
}

func addTrack(desc *description.Session, kind description.MediaType, f rtpformat.Format) *outTrack {
	m := &description.Media{Type: kind, Formats: []rtpformat.Format{f}}
	desc.Medias = append(desc.Medias, m)
	var first [4]byte
	rand.Read(first[:])
	return &outTrack{media: m, rate: int64(f.ClockRate()), first: binary.BigEndian.Uint32(first[:])}
}

// run plays the feed in real time until ctx ends.
func (s *stream) run(ctx context.Context) {
	mono := clock.System{}
	start := mono.Now()
	report := time.Duration(-1)
	for pause(ctx, s.feed.due()-mono.Now().Sub(start)) {
		at := s.feed.due()
		if at >= report {
			s.report(at)
			report = at + reportEvery
		}
		got, err := s.feed.next(ask{
			now: s.cam.o.Clock.Now(), frame: s.frame, sync: s.broken || s.wantSync.Swap(false),
		})
		if err != nil {
			s.cam.o.Log.Error("the source ended", "stream", s.path, "error", err)
			return
		}
		if got.audio {
			s.sendAudio(got)
		} else {
			s.sendVideo(got)
		}
	}
}

func (s *stream) sendVideo(got sample) {
	switch Fault(s.cam.fault.Load()) {
	case Freeze:
		s.broken = true
		return
	case Garbage:
		s.broken = true
		s.sendGarbage(got.pts)
		return
	}
	if s.broken && !got.sync {
		return
	}
	s.broken = false
	mark := Mark{Name: MarkName(s.cam.o.Name), Frame: s.frame}
	s.frame++
	// The mark goes behind the parameter sets, as SEI does (ITU-T H.264
	// §7.4.1.2.3): first once they are taken out.
	head := 0
	for head < len(got.units)-1 {
		if t := got.units[head][0] & nalTypeMask; t != typeSPS && t != typePPS && t != typeAUD {
			break
		}
		head++
	}
	units := append([][]byte{}, got.units[:head]...)
	units = append(append(units, mark.sei()), got.units[head:]...)
	packets, err := s.h264.Encode(units)
	if err != nil {
		s.cam.o.Log.Error("packing a picture", "stream", s.path, "error", err)
		return
	}
	s.send(s.video, packets, got.pts)
	if s.path == mainPath {
		s.cam.last.Store(&mark)
	}
}

func (s *stream) sendAudio(got sample) {
	if s.audio == nil {
		return
	}
	packets, err := s.aac.Encode(got.units)
	if err != nil {
		s.cam.o.Log.Error("packing sound", "stream", s.path, "error", err)
		return
	}
	s.send(s.audio, packets, got.pts)
}

func (s *stream) send(t *outTrack, packets []*rtp.Packet, pts int64) {
	for _, p := range packets {
		p.Timestamp = t.first + uint32(pts)
		t.packets++
		t.octets += uint32(len(p.Payload))
		// It only fails once the stream is closed, and run ends by ctx.
		_ = s.out.WritePacketRTP(t.media, p)
	}
}

// report sends one sender report per track: what the camera's clock says at
// this moment of the stream.
func (s *stream) report(at time.Duration) {
	now := s.cam.o.Clock.Now()
	for _, t := range []*outTrack{s.video, s.audio} {
		if t == nil {
			continue
		}
		_ = s.out.WritePacketRTCP(t.media, &rtcp.SenderReport{
			SSRC: t.ssrc, NTPTime: ntp.Encode(now), RTPTime: t.first + uint32(ticks(at, t.rate)),
			PacketCount: t.packets, OctetCount: t.octets,
		})
	}
}

// sendGarbage sends random NAL units of random types, and one packet whose
// whole payload is random.
func (s *stream) sendGarbage(pts int64) {
	units := make([][]byte, 1+s.noise.Uint64()%3)
	for i := range units {
		units[i] = make([]byte, 1+s.noise.Uint64()%3000)
		s.noise.Read(units[i])
	}
	packets, err := s.h264.Encode(units)
	if err != nil {
		return
	}
	packets[s.noise.Uint64()%uint64(len(packets))].Payload = units[0][:min(len(units[0]), 1400)]
	s.send(s.video, packets, pts)
}
