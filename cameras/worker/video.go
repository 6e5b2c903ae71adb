package worker

import (
	"hash/maphash"

	"github.com/pion/rtp"

	"lares/cameras/media"
)

// video turns the packets of one track into pictures for ingest.
type video interface {
	// push takes the next packet.
	push(p *rtp.Packet)
}

// pictures is the video of a codec made of NAL units.
type pictures struct {
	g      *ingest
	coding coding
	asm    *assembler
	// changed: other parameter sets are in force than the hub knows. They hold
	// from the next picture on that decoding can start with.
	changed bool
	order   *decodingTime
}

func newPictures(g *ingest, c coding) *pictures {
	v := &pictures{g: g, coding: c, changed: true}
	v.asm = newAssembler(c, v.unit, g.lost, g.damaged)
	return v
}

func (v *pictures) push(p *rtp.Packet) { v.asm.push(p) }

// unit takes a whole access unit and hands its picture on, if it can be decoded.
func (v *pictures) unit(u *unit) {
	if v.coding.learn(u.sets) {
		v.changed = true
	}
	l := v.coding.look(u, v.asm.waiting)
	if !l.picture {
		return
	}
	v.g.saw(l.refresh && !l.sync)
	if l.sync && u.cut && !v.coding.complete(u.sets) {
		// Packets are missing right before it: a parameter set, perhaps.
		l.whole = false
	}
	if !l.whole || v.changed && !l.sync {
		v.asm.waiting = true
	}
	another := v.changed
	switch {
	case !l.whole, v.asm.waiting && !l.sync:
		v.g.damaged()
		return
	case l.skip, l.sync && !v.start():
		return
	}
	v.asm.waiting = false
	at := v.g.line.at(u.time, v.g.at)
	pts, dts := v.order.next(at, u.data, l.sync)
	v.g.deliver(u.time, media.AccessUnit{Type: media.UnitVideo, Track: videoTrack, Sync: l.sync, PTS: pts, DTS: dts, Data: u.data})
	if c, ok := v.coding.(*avc); ok {
		v.g.s.w.eye.see(v.g.s.id, sight{sets: &c.sets, data: u.data, sync: l.sync, another: another, at: duration(dts, v.g.line.rate)})
	}
	v.g.s.w.eye.weigh(v.g.s.id, len(u.data), l.sync, another, duration(dts, v.g.line.rate))
	if l.sync {
		v.g.compare(func(to *maphash.Hash) bool { return v.coding.content(u, to) })
	}
}

// start prepares for a picture that decoding can start with; false if the
// parameter sets make no sense (yet).
func (v *pictures) start() bool {
	if v.changed {
		t, ok := v.coding.track(videoTrack)
		if !ok || !v.g.configure(t) {
			v.asm.waiting = true
			return false
		}
	}
	if v.changed || v.asm.waiting {
		v.order = v.coding.order(v.g.s.lastVideo)
	}
	v.changed = false
	return true
}
