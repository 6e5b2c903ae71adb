package worker

import (
	"time"

	"github.com/bluenviron/gortsplib/v5/pkg/description"
	"github.com/bluenviron/gortsplib/v5/pkg/format"
	"github.com/pion/rtp"

	"lares/cameras/media"
)

// The functions of this file run on the client's reading goroutines. A blocked
// socket to the hub blocks them, and in the end the camera: nothing is queued
// here.

// onVideo takes the next packet of the video track and keeps nothing of it.
func (g *ingest) onVideo(p *rtp.Packet) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.s.stats.packet()
	g.at = g.came(g.pictureCame, p)
	g.video.push(p)
}

// saw notes that a picture came, whether or not it can be used; refreshed, that
// it only says where pictures become right bit by bit.
func (g *ingest) saw(refreshed bool) {
	g.seen.Store(int64(g.s.w.now()))
	if refreshed {
		g.refreshed.Store(true)
	}
}

// lost counts missing packets of the video track.
func (g *ingest) lost(packets int) { g.s.stats.lost(packets) }

// damaged counts a picture thrown away. Those before the first that a recording
// can start with were never wanted.
func (g *ingest) damaged() {
	if g.delivered.Load() != 0 {
		g.s.stats.damaged()
	}
}

// deliver sends a picture of the given RTP time to the hub. The data is copied.
func (g *ingest) deliver(time uint32, au media.AccessUnit) {
	if ntp, known := g.taken(g.p.video, g.p.format, time); known {
		g.lips.picture(au.PTS, g.line.rate, ntp)
		g.s.stats.late(g.s.w.clockThere.late(ntp, g.at))
	}
	g.s.lastVideo = au.DTS
	first := g.delivered.Swap(int64(g.s.w.now())) == 0
	if err := g.out().send(au); err != nil {
		return // the hub is gone; whoever reads the socket ends the process
	}
	if first {
		g.s.everLive = true
		g.s.live(g.config)
		if g.s.id == media.StreamMain {
			g.s.w.device.wake()
		}
	}
}

// beforeFirst does something unless a picture was delivered, and before one is; false
// where a packet is taken right now: of one that never ends nobody waits for the end.
func (g *ingest) beforeFirst(do func()) bool {
	if !g.mu.TryLock() {
		return false
	}
	defer g.mu.Unlock()
	if g.delivered.Load() == 0 {
		do()
	}
	return true
}

// taken is the camera's own time of what has the given RTP time.
func (g *ingest) taken(m *description.Media, f format.Format, at uint32) (time.Time, bool) {
	if g.ntp == nil {
		return time.Time{}, false
	}
	g.stamp.Timestamp, g.stamp.PayloadType = at, f.PayloadType()
	return g.ntp(m, &g.stamp)
}

func (g *ingest) out() *channel { return g.s.w.out.channels[g.s.id] }

// configure tells the hub about the tracks, the video being t from here on.
func (g *ingest) configure(t media.Track) bool {
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
	g.sound(p.Timestamp, g.came(g.soundCame, p), g.heard.frames(p))
}

// sound sends frames that follow each other from the given time of the sound's
// clock on, and came at now. Sound before the first picture has no place yet.
func (g *ingest) sound(time uint32, now time.Duration, frames []frame) {
	if len(frames) == 0 || len(g.config.Tracks) == 0 {
		return
	}
	line := g.heard.line
	ntp, _ := g.taken(g.p.audio, g.p.heard, time)
	t := g.lips.place(line, g.line, line.at(time, now), now, ntp)
	for _, f := range frames {
		at := t
		t += f.ticks
		if len(f.data) == 0 || len(f.data) > maxAudioFrame || !g.heard.rises(at) {
			continue
		}
		g.s.lastAudio = at
		g.s.w.hearing.hear(g.s.id, duration(at, line.rate), duration(f.ticks, line.rate), f.data)
		if err := g.out().send(media.AccessUnit{Type: media.UnitAudio, Track: audioTrack, PTS: at, DTS: at, Data: f.data}); err != nil {
			return
		}
	}
}
