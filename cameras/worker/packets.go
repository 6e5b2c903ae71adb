package worker

import (
	"github.com/pion/rtp"

	"lares/cameras/internal/wire"
	"lares/cameras/media"
)

// The functions of this file run on the client's reading goroutine, one after
// the other. A blocked socket to the hub blocks them, and in the end the camera:
// nothing is queued here.

func (s *session) onVideo(p *rtp.Packet) {
	au, at, err := s.asm.push(p)
	if err != nil || au == nil {
		return
	}
	now := s.w.now()
	s.sets.add(au)
	picture, ok, idr := whole(au, &s.sets)
	if !picture {
		return
	}
	s.seen.Store(int64(now))
	if !ok {
		s.asm.waiting = true
	}
	if !ok || s.asm.waiting && !idr {
		return
	}
	if idr && !s.configure() {
		return
	}
	s.asm.waiting = false

	pts := s.line.at(at, now)
	if ntp, known := s.client.PacketNTP(s.video, p); known && at == p.Timestamp {
		s.lips.picture(pts, s.line.rate, ntp)
	}
	pts, dts := s.decoding.next(au, s.sets.sps[0], pts, idr)
	s.data = pack(s.data[:0], au)
	if len(s.data) > media.MaxUnit {
		s.asm.waiting = true
		return
	}
	s.lastVideo = dts
	first := s.delivered.Swap(int64(now)) == 0
	if err := s.w.out.channels[s.id].send(media.AccessUnit{Type: media.UnitVideo, Track: videoTrack, Sync: idr, PTS: pts, DTS: dts, Data: s.data}); err != nil {
		return // the hub is gone; whoever reads the socket ends the process
	}
	if first {
		s.everLive = true
		s.live()
	}
}

// configure brings the hub's configuration up to date; false if the parameter
// sets make no sense (yet).
func (s *session) configure() bool {
	t, ok := s.sets.track(videoTrack, s.format.ClockRate())
	if !ok {
		return false
	}
	c := media.Config{Tracks: []media.Track{t}}
	if s.aac != nil {
		c.Tracks = append(c.Tracks, s.sound)
	}
	old, had := s.config.Video()
	s.config = c
	if err := s.w.out.channels[s.id].configure(c); err != nil {
		return false
	}
	if had && (old.Width != t.Width || old.Height != t.Height) {
		s.live()
	}
	return true
}

func (s *session) live() {
	st := wire.State{Code: wire.Live}
	for i, t := range s.config.Tracks {
		if i > 0 {
			st.Codec += " + "
		}
		st.Codec += t.Codec.String()
		if t.Codec.Video() {
			st.Width, st.Height = int(t.Width), int(t.Height)
		}
	}
	s.tell(st)
}

func (s *session) onAudio(p *rtp.Packet) {
	frames := s.heard.frames(p)
	if len(frames) == 0 || len(s.config.Tracks) == 0 {
		return // nobody could place it before the first picture
	}
	now := s.w.now()
	t := s.heard.line.at(p.Timestamp, now)
	if ntp, known := s.client.PacketNTP(s.audio, p); known {
		if d := s.lips.correction(t, s.heard.line.rate, ntp); d != 0 {
			s.heard.line.shift(d)
			t += d
		}
	}
	for i, f := range frames {
		at := t + int64(i)*s.heard.samples
		if len(f) == 0 || len(f) > maxAudioFrame || !s.heard.rises(at) {
			continue
		}
		s.lastAudio = at
		if err := s.w.out.channels[s.id].send(media.AccessUnit{Type: media.UnitAudio, Track: audioTrack, PTS: at, DTS: at, Data: f}); err != nil {
			return
		}
	}
}
