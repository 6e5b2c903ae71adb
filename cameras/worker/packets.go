package worker

import (
	"github.com/pion/rtp"

	"lares/cameras/media"
)

// The functions of this file run on the client's reading goroutines. A blocked
// socket to the hub blocks them, and in the end the camera: nothing is queued
// here.

// onVideo takes the next packet of the video track; it may be kept.
func (g *ingest) onVideo(p *rtp.Packet) {
	g.mu.Lock()
	defer g.mu.Unlock()
	au, at, err := g.asm.push(p)
	if err != nil || au == nil {
		return
	}
	now := g.s.w.now()
	g.sets.add(au)
	picture, ok, idr := whole(au, &g.sets)
	if !picture {
		return
	}
	g.seen.Store(int64(now))
	if !ok {
		g.asm.waiting = true
	}
	if !ok || g.asm.waiting && !idr {
		return
	}
	if idr && !g.configure() {
		return
	}
	g.asm.waiting = false

	pts := g.line.at(at, now)
	if ntp, known := g.ntp(g.p.video, p); known && at == p.Timestamp {
		g.lips.picture(pts, g.line.rate, ntp)
	}
	pts, dts := g.decoding.next(au, g.sets.sps[0], pts, idr)
	g.data = pack(g.data[:0], au)
	if len(g.data) > media.MaxUnit {
		g.asm.waiting = true
		return
	}
	g.s.lastVideo = dts
	first := g.delivered.Swap(int64(now)) == 0
	if err := g.out().send(media.AccessUnit{Type: media.UnitVideo, Track: videoTrack, Sync: idr, PTS: pts, DTS: dts, Data: g.data}); err != nil {
		return // the hub is gone; whoever reads the socket ends the process
	}
	if first {
		g.s.everLive = true
		g.s.live(g.config)
	}
}

func (g *ingest) out() *channel { return g.s.w.out.channels[g.s.id] }

// configure brings the hub's configuration up to date; false if the parameter
// sets make no sense (yet).
func (g *ingest) configure() bool {
	t, ok := g.sets.track(videoTrack, g.p.format.ClockRate())
	if !ok {
		return false
	}
	c := media.Config{Tracks: []media.Track{t}}
	if g.heard != nil {
		c.Tracks = append(c.Tracks, g.p.sound)
	}
	old, had := g.config.Video()
	g.config = c
	if err := g.out().configure(c); err != nil {
		return false
	}
	if had && (old.Width != t.Width || old.Height != t.Height) {
		g.s.live(c)
	}
	return true
}

// onAudio takes the next packet of the audio track.
func (g *ingest) onAudio(p *rtp.Packet) {
	g.mu.Lock()
	defer g.mu.Unlock()
	frames := g.heard.frames(p)
	if len(frames) == 0 || len(g.config.Tracks) == 0 {
		return // nobody could place it before the first picture
	}
	t := g.heard.line.at(p.Timestamp, g.s.w.now())
	if ntp, known := g.ntp(g.p.audio, p); known {
		if d := g.lips.correction(t, g.heard.line.rate, ntp); d != 0 {
			g.heard.line.shift(d)
			t += d
		}
	}
	for i, f := range frames {
		at := t + int64(i)*g.heard.samples
		if len(f) == 0 || len(f) > maxAudioFrame || !g.heard.rises(at) {
			continue
		}
		g.s.lastAudio = at
		if err := g.out().send(media.AccessUnit{Type: media.UnitAudio, Track: audioTrack, PTS: at, DTS: at, Data: f}); err != nil {
			return
		}
	}
}
