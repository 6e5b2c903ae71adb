package worker

import (
	"errors"
	"image"
	"slices"
	"time"

	"lares/cameras/episode"
	"lares/cameras/h264"
	"lares/cameras/internal/wire"
	"lares/cameras/media"
	"lares/cameras/picture"
)

const (
	// pastFor is how far back pictures that stand alone are kept, for who wants small ones
	// of before an event began: the hub's pre-roll and how late motion is told to it are
	// eight seconds, and it asks one after the other.
	pastFor = 12 * time.Second
	// pastBytes and pastMost bound them, and pastApart is how far apart they are: some
	// cameras send nothing else.
	pastBytes = 1 << 20
	pastMost  = 8
	pastApart = 900 * time.Millisecond
)

const (
	// filmPace bounds what is drawn for small pictures in the long run, in macroblocks a
	// second: of a sub stream of 640x360 one each 1.9 s, as many as are asked for, and of a
	// main stream of 1920x1080, each of which costs as much as copying ten seconds of it, one
	// each 16 s.
	filmPace = 500
	// filmSaved is what is saved up for while few are asked for: 16 of 1920x1080, a whole
	// preview.
	filmSaved = 16 * 8160
	// filmFirst is what a worker starts with: 16 of 640x360.
	filmFirst = 16 * 920
)

// allowance is what may be drawn, in macroblocks: less than nothing after what had to be.
type allowance struct {
	left int
	at   time.Duration
}

// may says whether something may be drawn at a time.
func (a *allowance) may(at time.Duration) bool {
	const most = 24 * time.Hour // whose pictures an int of 32 bits counts, and more than what was owed
	if grown := a.left + int(filmPace*min(at-a.at, most)/time.Second); grown != a.left {
		a.left, a.at = min(grown, filmSaved), at
	}
	return a.left > 0
}

// past are the pictures that stand alone of the last seconds, the newest last, and which
// small one the hub waits for.
type past struct {
	kept   []glance
	bytes  int
	number uint32 // of what is waited for; 0 nothing
	large  bool   // a large one as well
	since  time.Duration
}

// frame asks for a small picture, in place of the one that is waited for.
func (e *eye) frame(q wire.Wanted) {
	e.mu.Lock()
	defer e.mu.Unlock()
	p := &e.past
	if p.number != 0 {
		e.none(p.number, "Another picture was asked for.")
		p.number = 0
	}
	if why := e.unseen(); why != "" {
		e.none(q.Number, "No picture of the camera is drawn.")
		return
	}
	since := e.w.now() - q.Ago()
	for _, g := range p.kept {
		if g.at >= since {
			g.frame, g.large, g.past = q.Number, q.Large, true
			e.put(g)
			return
		}
	}
	p.number, p.large, p.since = q.Number, q.Large, since
}

// keep keeps a picture that stands alone, and says with it that it was waited for; e.mu is
// held.
func (e *eye) keep(g *glance, another bool) {
	p := &e.past
	if p.number != 0 && g.at >= p.since {
		g.frame, g.large, p.number = p.number, p.large, 0
	}
	n := len(p.kept)
	if another || n > 0 && p.kept[n-1].of != g.of {
		p.forget()
	} else if n > 0 && g.at-p.kept[n-1].at < pastApart {
		return
	}
	p.kept = append(p.kept, *g)
	p.bytes += len(g.units)
	for len(p.kept) > 0 && (len(p.kept) > pastMost || p.bytes > pastBytes || g.at-p.kept[0].at > pastFor) {
		p.bytes -= len(p.kept[0].units)
		p.kept = p.kept[1:]
	}
}

func (p *past) forget() { p.kept, p.bytes = nil, 0 }

// none says that a small picture does not come. A lost hub is noticed by who reads from it.
func (e *eye) none(number uint32, why string) {
	e.w.tell(wire.TypeNone, wire.NoPicture{Number: number, Reason: why})
}

// smallFile is a small picture that was made, and of which one.
type smallFile struct {
	of   media.StreamID
	at   time.Duration
	jpeg []byte
}

// made is the small picture of one that stands alone if it was made lately: the files of what is
// recorded all the time and of an event in it ask for the same ones.
func (g *gaze) made(of media.StreamID, at time.Duration) []byte {
	for _, f := range g.smalls {
		if f.of == of && f.at == at {
			return f.jpeg
		}
	}
	return nil
}

// frame answers with a small picture. A large one is always drawn: it is all that there
// will be of an event.
func (g *gaze) frame(next glance) {
	if small := g.made(next.of, next.at); small != nil && !next.large {
		g.answer(next, media.Pictures{Small: small}, wire.MaxFrame)
		return
	}
	drawn := g.watcher != nil && g.watcher.Drawn(next.at)
	if !g.film.may(g.e.w.now()) && !next.large && !drawn {
		g.e.none(next.frame, "Enough pictures were drawn for now.")
		return
	}
	var files media.Pictures
	most := wire.MaxFrame
	err := contained(func() (err error) {
		p, sps, err := g.draw(next)
		if err != nil {
			return err
		}
		if !drawn {
			g.film.left -= sps.Columns * sps.Rows
		}
		if next.large {
			most = wire.MaxBest
			files.Large, files.Small, err = p.Pair(picture.Small, picture.Of(sps))
		} else {
			files.Small, err = p.JPEG(picture.Of(sps))
		}
		return err
	})
	if err != nil {
		g.e.none(next.frame, "The picture cannot be drawn.")
		return
	}
	if g.smalls = append(g.smalls, smallFile{next.of, next.at, files.Small}); len(g.smalls) > pastMost {
		g.smalls = slices.Delete(g.smalls, 0, 1)
	}
	g.answer(next, files, most)
}

// answer sends pictures of most bytes at most. A lost hub is noticed by who reads from it.
func (g *gaze) answer(next glance, files media.Pictures, most int) {
	data := files.Append(nil)
	if len(data) > most {
		g.e.none(next.frame, "The picture is too large.")
		return
	}
	_ = g.e.w.out.channels[media.StreamCamera].framed(wire.Frame{Number: next.frame, Of: next.of, Ago: g.ago(next.at)}, data)
}

// draw draws a picture that stands alone, and makes it as small as it is to be: with what looks
// for motion, which has the memory for it, where that is done, and else in strips, which need
// little. Edges that were not smoothed do not show in a picture that is made half as wide or
// less.
func (g *gaze) draw(next glance) (*picture.Reduced, *h264.SPS, error) {
	g.split(next.units)
	to := picture.Small
	if next.large {
		to = episode.Width
	}
	rough := !next.large || width(g.units) >= 2*episode.Width
	var d h264.Decoder
	if g.watcher == nil && rough {
		return strips(&d, g.units, to)
	}
	draw := d.Decode
	if g.watcher != nil {
		draw = func(units [][]byte) (*image.YCbCr, *h264.SPS, error) { return g.watcher.Draw(units, next.at, rough) }
	}
	p, sps, err := draw(g.units)
	if err != nil {
		return nil, nil, err
	}
	if p == nil {
		return nil, nil, errNoPicture
	}
	r, err := picture.Reduce(p, to)
	return r, sps, err
}

// strips draws a picture that is made smaller while it is drawn.
func strips(d *h264.Decoder, units [][]byte, to int) (r *picture.Reduced, sps *h264.SPS, err error) {
	sps, err = d.Strips(units, func(strip *image.YCbCr, of *h264.SPS) {
		if r == nil {
			r = picture.NewReduced(of.Width, of.Height, to)
		}
		r.Take(strip)
	})
	if err == nil && r == nil {
		err = errNoPicture
	}
	return r, sps, err
}

// width is how wide pictures are, 0 if these do not say.
func width(units [][]byte) int {
	for _, n := range units {
		if sps, err := h264.ParseSPS(n); err == nil {
			return sps.Width
		}
	}
	return 0
}

var errNoPicture = errors.New("worker: no picture to be drawn")
