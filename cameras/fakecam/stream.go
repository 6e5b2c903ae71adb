package fakecam

import (
	"context"
	"math/rand/v2"
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
	viewers  viewers

	// Owned by run.
	video, audio *outTrack // audio nil: no sound
	tracks       []*outTrack
	frame        uint64
	broken       bool          // pictures were left out: nothing before the next IDR
	noise        *rand.ChaCha8 // the same each time: what comes of garbage can be seen again
	wire         wire
}

func newStream(c *Camera, path string, f feed, server *gortsplib.Server) (*stream, error) {
	s := &stream{cam: c, path: path, feed: f, noise: rand.NewChaCha8([32]byte{1}), wire: newWire(path)}
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
	c.listens(desc)
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
		due, sound := s.feed.due(false)+s.wire.slip, false
		if at := s.feed.due(true); at < due {
			due, sound = at, true
		}
		wake := min(due, s.wire.wakes())
		if !clock.Pause(ctx, wake-mono.Now().Sub(start)) {
			return
		}
		s.release(wake)
		if wake < due {
			continue
		}
		s.enter(Fault(s.cam.fault.Load()), due)
		if due >= report {
			s.report(mono.Now().Sub(start))
			report = due + reportEvery
		}
		if err := s.play(sound, due); err != nil {
			s.cam.o.Log.Error("the source ended", "stream", s.path, "error", err)
			return
		}
	}
}

// play makes and sends the next sample.
func (s *stream) play(sound bool, now time.Duration) error {
	at := s.feed.due(sound)
	got, err := s.feed.next(sound, ask{
		now: s.cam.o.Clock.Now(), frame: s.frame, resize: s.wire.fault == Resolution, view: s.cam.onvif.looks(), visited: s.cam.visited.Load(),
		sync: !sound && (s.broken || s.wantSync.Swap(false)),
	})
	if err != nil {
		return err
	}
	if sound {
		s.sendAudio(got, now)
		return nil
	}
	gap := s.feed.due(false) - at
	s.sendVideo(got, gap, now)
	s.wire.drift(now, gap)
	return nil
}

// sendVideo sends a picture that another follows after gap, or what a fault
// sends in its place.
func (s *stream) sendVideo(got sample, gap, now time.Duration) {
	in := s.feed.format()
	switch s.wire.fault {
	case Freeze:
		s.broken = true
		return
	case Garbage:
		s.broken = true
		s.sendGarbage(got.pts, now)
		return
	case EndlessFragment:
		s.broken = true
		s.sendEndless(in.video, gap, now, got.pts)
		return
	}
	if s.wire.fault == Repeat {
		got = s.wire.group.instead(got)
	}
	if s.broken && !got.sync {
		return
	}
	s.broken = false
	mark := Mark{Name: MarkName(s.cam.o.Name), Frame: s.frame}
	s.frame++
	var units [][]byte
	if in.video == codecJPEG {
		units = [][]byte{withMark(got.units[0], mark)}
	} else {
		units = in.arrange(got, s.cam.o.ParameterSets, mark)
		s.video.describe(in)
		s.share(in, got, mark)
	}
	packets, err := s.video.pack(units)
	if err != nil {
		s.cam.o.Log.Error("packing a picture", "stream", s.path, "error", err)
		return
	}
	s.send(s.video, packets, got.pts, now)
	if s.path == s.cam.o.MainPath {
		s.cam.last.Store(&mark)
	}
}

func (s *stream) sendAudio(got sample, now time.Duration) {
	packets, err := s.audio.pack(got.units)
	if err != nil {
		s.cam.o.Log.Error("packing sound", "stream", s.path, "error", err)
		return
	}
	s.send(s.audio, packets, got.pts, now)
}

func (s *stream) send(t *outTrack, packets []*rtp.Packet, pts int64, now time.Duration) {
	for _, p := range packets {
		p.Timestamp += t.first + t.shift + uint32(pts)
		s.carry(t, p, now)
	}
}

// report sends one sender report per track: what the camera's clock said when what is sent
// at this moment was taken.
func (s *stream) report(now time.Duration) {
	wall := s.cam.o.Clock.Now().Add(-s.cam.o.Late)
	for _, t := range s.tracks {
		_ = s.out.WritePacketRTCP(t.media, &rtcp.SenderReport{
			SSRC: t.ssrc, NTPTime: ntp.Encode(wall), RTPTime: s.stamp(t, now),
			PacketCount: t.packets, OctetCount: t.octets,
		})
	}
}

// sendGarbage sends packets of random bytes: most look like a NAL unit of any
// kind, some like fragments that never began.
func (s *stream) sendGarbage(pts int64, now time.Duration) {
	packets := make([]*rtp.Packet, 1+s.noise.Uint64()%6)
	for i := range packets {
		const most = 1400
		payload := make([]byte, 1+s.noise.Uint64()%most)
		s.noise.Read(payload)
		packets[i] = s.video.packet(payload)
	}
	packets[len(packets)-1].Marker = true
	s.send(s.video, packets, pts, now)
}

// packet wraps a payload that no encoder made.
func (t *outTrack) packet(payload []byte) *rtp.Packet {
	const version = 2
	return &rtp.Packet{
		Header:  rtp.Header{Version: version, PayloadType: t.media.Formats[0].PayloadType(), SSRC: t.ssrc},
		Payload: payload,
	}
}
