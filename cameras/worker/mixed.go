package worker

import (
	"bytes"
	"context"
	"slices"

	"github.com/bluenviron/gortsplib/v5/pkg/description"
	"github.com/bluenviron/gortsplib/v5/pkg/format"

	"lares/cameras/internal/wire"
	"lares/cameras/media"
)

const (
	// soundAfter is how much of a stream may pass, in ticks of 90 kHz, before one
	// without sound so far counts as silent.
	soundAfter = 90_000
	// heldPieces and heldBytes bound what is kept until it is known what the
	// stream holds.
	heldPieces = 256
	heldBytes  = media.MaxUnit
)

// piece is a picture or some sound, as a container brought it.
type piece struct {
	time  int64 // of presentation, at 90 kHz
	timed bool
	lost  bool     // something is missing right before it
	nals  [][]byte // of a picture, its parameter sets first
	sound []frame
}

func (p piece) size() (n int) {
	for _, b := range p.nals {
		n += len(b)
	}
	for _, f := range p.sound {
		n += len(f.data)
	}
	return n
}

// kept is a copy of what is valid for a moment only.
func (p piece) kept() piece {
	p.nals, p.sound = slices.Clone(p.nals), slices.Clone(p.sound)
	for i, b := range p.nals {
		p.nals[i] = bytes.Clone(b)
	}
	for i, f := range p.sound {
		p.sound[i].data = bytes.Clone(f.data)
	}
	return p
}

// content is what a container is known to hold.
type content struct {
	video format.Format // nil: none so far
	audio format.Format // nil: none so far
	// silent says that no sound will come that is not there already; odd names
	// a codec of picture or sound that Lares does not record.
	silent             bool
	oddVideo, oddSound string
}

// feed takes a container apart.
type feed interface {
	// next returns the next piece, valid until the one after it.
	next() (piece, error)
	// content tells what the pieces so far have shown.
	content() content
}

// mixed is a stream that mixes pictures and sound in a container.
type mixed struct {
	feed feed
	held []piece // what came before the stream was known
}

// begin reads until it is known what the stream holds.
func (m *mixed) begin(s *stream) (p picked, err error) {
	first, size := int64(-1), 0
	for {
		c := m.feed.content()
		if c.video != nil && (c.audio != nil || c.silent) || size > heldBytes || len(m.held) >= heldPieces {
			break
		}
		next, err := m.feed.next()
		if err != nil {
			return p, err
		}
		if next.timed && first < 0 {
			first = next.time
		}
		if c.video != nil && next.timed && next.time-first >= soundAfter {
			m.held = append(m.held, next.kept())
			break
		}
		size += next.size()
		m.held = append(m.held, next.kept())
	}
	c := m.feed.content()
	if c.video == nil {
		return p, pictureless(c)
	}
	p, warning := pickOf(c)
	s.w.warn(s.id, warning)
	return p, nil
}

// pictureless says why there is nothing to record.
func pictureless(c content) *failure {
	if c.oddVideo != "" {
		return failed(wire.Incompatible, "The camera sends %s. Lares records H.264, H.265 and M-JPEG: change the codec in the camera's settings.", c.oddVideo)
	}
	return failed(wire.Incompatible, "The camera offers no video at this address.")
}

// pickOf is what is worth having of a container.
func pickOf(c content) (p picked, warning string) {
	p.video = &description.Media{Type: description.MediaTypeVideo, Formats: []format.Format{c.video}}
	p.format = c.video
	odd := c.oddSound
	if c.audio != nil {
		if t, ok := soundTrack(audioTrack, c.audio); ok {
			p.audio = &description.Media{Type: description.MediaTypeAudio, Formats: []format.Format{c.audio}}
			p.heard, p.sound, odd = c.audio, t, ""
		} else {
			odd = soundName(c.audio)
		}
	}
	if odd != "" {
		warning = "Recorded without sound: the camera's sound is " + odd + ". Lares records AAC, G.711 and Opus."
	}
	return p, warning
}

// play hands on what was held and what comes.
func (m *mixed) play(_ context.Context, to *ingest) error {
	held := m.held
	m.held = nil
	for _, p := range held {
		to.piece(p)
	}
	for {
		p, err := m.feed.next()
		if err != nil {
			return err
		}
		to.piece(p)
	}
}

// runOn is where sound without times of its own belongs.
type runOn struct{ ends int64 } // of the sound so far, at 90 kHz; 0: none

// place is behind the sound before, unless what came at a time, of 90 kHz, came much
// earlier or later than that would be.
func (o *runOn) place(came, samples, rate int64) int64 {
	const apart = 90_000
	if off := came - o.ends; off > apart || off < -apart {
		o.ends = came
	}
	at := o.ends
	o.ends += samples * 90_000 / rate
	return at
}

// piece takes a piece of a container.
func (g *ingest) piece(p piece) {
	g.mu.Lock()
	defer g.mu.Unlock()
	v, ok := g.video.(*pictures)
	if !ok || !p.timed {
		return
	}
	now := g.s.w.now()
	if len(p.nals) > 0 {
		g.s.stats.packet()
		g.at = now
		v.asm.take(uint32(p.time), p.lost, p.nals)
	}
	if g.heard != nil && len(p.sound) > 0 {
		rate := g.heard.line.rate
		g.sound(g.heard.even(uint32(p.time/90_000*rate+p.time%90_000*rate/90_000), p.sound), now, p.sound)
	}
}

// jpeg takes a picture that has no time of its own. One that was cut off has no
// end (EOI, ITU-T T.81 §B.1.1.3); what stands behind the end is left out.
func (g *ingest) jpeg(picture []byte) {
	g.mu.Lock()
	defer g.mu.Unlock()
	v, ok := g.video.(*jpegs)
	if !ok {
		return
	}
	g.s.stats.packet()
	g.at = g.s.w.now()
	v.time = uint32(ticks(g.at, 90_000))
	end := bytes.LastIndex(picture, []byte{0xff, 0xd9})
	if end < 0 {
		g.saw(false)
		g.damaged()
		return
	}
	v.picture(picture[:end+2])
}
