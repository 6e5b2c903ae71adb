package fakecam

import (
	"context"
	"crypto/rand"
	mathrand "math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/bluenviron/gortsplib/v5"
	"github.com/bluenviron/gortsplib/v5/pkg/description"
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
	video, audio *outTrack // audio nil: no sound
	tracks       []*outTrack
	frame        uint64
	broken       bool // pictures were left out: nothing before the next IDR
	noise        *mathrand.ChaCha8
}

func newStream(c *Camera, path string, f feed, server *gortsplib.Server) (*stream, error) {
	var seed [32]byte
	rand.Read(seed[:])
	s := &stream{cam: c, path: path, feed: f, noise: mathrand.NewChaCha8(seed)}
	in := f.format()
	desc := &description.Session{Title: c.o.Name}
	var err error
	if s.video, err = newVideo(desc, in, c.o.ParameterSets); err != nil {
		return nil, err
	}
	if s.audio, err = newSound(desc, in.sound); err != nil {
		return nil, err
	}
	s.tracks = []*outTrack{s.video}
	if s.audio != nil {
		s.tracks = append(s.tracks, s.audio)
	}
	s.out = &gortsplib.ServerStream{Server: server, Desc: desc}
	if err := s.out.Initialize(); err != nil {
		return nil, err
	}
	stats := s.out.Stats()
	for _, t := range s.tracks {
		t.ssrc = stats.Medias[t.media].Formats[t.media.Formats[0]].LocalSSRC
	}
	return s, nil
}

// run plays the feed in real time until ctx ends.
func (s *stream) run(ctx context.Context) {
	mono := clock.System{}
	start := mono.Now()
	report := time.Duration(-1)
	for {
		sound := s.feed.due(true) < s.feed.due(false)
		at := s.feed.due(sound)
		if !pause(ctx, at-mono.Now().Sub(start)) {
			return
		}
		if at >= report {
			s.report(at)
			report = at + reportEvery
		}
		got, err := s.feed.next(sound, ask{
			now: s.cam.o.Clock.Now(), frame: s.frame, sync: s.broken || !sound && s.wantSync.Swap(false),
		})
		if err != nil {
			s.cam.o.Log.Error("the source ended", "stream", s.path, "error", err)
			return
		}
		if sound {
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
	var units [][]byte
	if in := s.feed.format(); in.video == codecJPEG {
		units = [][]byte{withMark(got.units[0], mark)}
	} else {
		units = in.arrange(got, s.cam.o.ParameterSets, mark)
		s.video.describe(in)
	}
	packets, err := s.video.pack(units)
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
	packets, err := s.audio.pack(got.units)
	if err != nil {
		s.cam.o.Log.Error("packing sound", "stream", s.path, "error", err)
		return
	}
	s.send(s.audio, packets, got.pts)
}

func (s *stream) send(t *outTrack, packets []*rtp.Packet, pts int64) {
	for _, p := range packets {
		p.Timestamp += t.first + t.shift + uint32(pts)
		p.SequenceNumber = t.seq
		t.seq++
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
	for _, t := range s.tracks {
		_ = s.out.WritePacketRTCP(t.media, &rtcp.SenderReport{
			SSRC: t.ssrc, NTPTime: ntp.Encode(now), RTPTime: t.first + t.shift + uint32(ticks(at, t.rate)),
			PacketCount: t.packets, OctetCount: t.octets,
		})
	}
}

// sendGarbage sends packets of random bytes: most look like the beginning of a
// NAL unit of any kind, some belong to fragments that never began.
func (s *stream) sendGarbage(pts int64) {
	var packets []*rtp.Packet
	for range 1 + s.noise.Uint64()%6 {
		const most = 1400
		payload := make([]byte, 1+s.noise.Uint64()%most)
		s.noise.Read(payload)
		packets = append(packets, s.video.packet(payload))
	}
	packets[len(packets)-1].Marker = true
	s.send(s.video, packets, pts)
}

// packet wraps a payload that no encoder made.
func (t *outTrack) packet(payload []byte) *rtp.Packet {
	const version = 2
	return &rtp.Packet{
		Header:  rtp.Header{Version: version, PayloadType: t.media.Formats[0].PayloadType(), SSRC: t.ssrc},
		Payload: payload,
	}
}
