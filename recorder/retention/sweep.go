package retention

import (
	"bytes"
	"context"
	"time"

	"lares/cameras/media"
)

// sweep is what may go of some cameras: the oldest first, and first of all what does not
// have to stay.
type sweep struct {
	loose, kept []*stream
}

func (p *Pass) sweep(ctx context.Context, shelf Shelf, ids []media.CameraID, from []int) *sweep {
	s := &sweep{}
	for _, id := range ids {
		loose, shares, bound := p.loose(ctx, shelf, id)
		for _, lane := range loose {
			lane.Pools = from
			s.loose = append(s.loose, &stream{lane: lane, after: p.Left[lane.key()]})
		}
		for _, lane := range shares {
			lane.Pools = from
			t := &stream{lane: lane, after: p.Left[lane.key()], stays: func() bool { return p.hasItsPart(id) }}
			if old := ago(p.Now, p.Policy.Cameras[id].Beside).before; t.after.Start.Before(old) { // which is loose anyway
				t.after = Clip{Start: old}
			}
			s.loose = append(s.loose, t)
		}
		if bound {
			lane := Lane{Camera: id, Pools: from}
			s.kept = append(s.kept, &stream{lane: lane, after: p.Left[lane.key()]})
		}
	}
	return s
}

// loose are the lanes of what does not have to stay of a camera, and shares of what does not while its sub stream
// takes more than its part; bound says that anything has to.
func (p *Pass) loose(ctx context.Context, shelf Shelf, id media.CameraID) (list, shares []Lane, bound bool) {
	c := p.Policy.Cameras[id]
	all := p.beyond(ctx, shelf, Lane{Camera: id, Pools: p.Pools}, c.AtLeastBytes)
	edges := map[media.Kind]edge{}
	for _, k := range kinds {
		lane := Lane{Camera: id, Pools: p.Pools, Kinds: []media.Kind{k}}
		own := p.beyond(ctx, shelf, lane, c.Kinds[k].AtLeastBytes)
		edges[k] = all.and(own).and(ago(p.Now, c.Of(k).AtLeast))
		if k == KindBeside && c.Beside > 0 {
			if lane.Until = edges[k].before; !edges[k].none {
				shares = append(shares, lane)
			}
			edges[k] = edges[k].and(ago(p.Now, c.Beside))
		}
		bound = bound || edges[k] != edge{}
	}
	return lanes(id, func(k media.Kind) edge { return edges[k] }), shares, bound
}

// hasItsPart says whether what is recorded beside the main stream of a camera takes no more than a besidePart of
// all that is.
func (p *Pass) hasItsPart(id media.CameraID) bool {
	var beside int64
	for at, bytes := range p.Used {
		if at.Camera == id && at.Beside {
			beside += bytes
		}
	}
	return beside <= p.sum([]media.CameraID{id}, nil)/besidePart
}

// beyond is the edge of the newest clips of a lane that take so many bytes together.
func (p *Pass) beyond(ctx context.Context, shelf Shelf, lane Lane, bytes int64) edge {
	if bytes == 0 {
		return edge{}
	}
	since, known := p.Since[lane.key()]
	if !known {
		var err error
		if since, _, err = shelf.Newest(ctx, lane, bytes); err != nil {
			since, p.Missed = time.Time{}, err
		}
		if p.Since == nil {
			p.Since = map[LaneKey]time.Time{}
		}
		p.Since[lane.key()] = since
	}
	return edge{before: since, none: since.IsZero()}
}

// removeOne removes the next clip; false: none may go.
func (s *sweep) removeOne(ctx context.Context, p *Pass, shelf Shelf) (gone bool, err error) {
	for _, streams := range [...][]*stream{s.loose, s.kept} {
		for {
			var oldest *stream
			var first Clip
			for _, t := range streams {
				if t.stays != nil && t.stays() {
					continue
				}
				c, ok, err := t.head(ctx, p, shelf)
				if err != nil {
					return false, err
				}
				if !ok {
					p.leave(t.lane, t.end(p.Now))
				} else if oldest == nil || older(c, first) {
					oldest, first = t, c
				}
			}
			if oldest == nil {
				break
			}
			oldest.take()
			gone, err := p.remove(ctx, shelf, first)
			if err != nil {
				return false, err
			}
			p.leave(oldest.lane, first)
			if gone {
				return true, nil
			}
		}
	}
	return false, nil
}

func older(a, b Clip) bool {
	if !a.Start.Equal(b.Start) {
		return a.Start.Before(b.Start)
	}
	return bytes.Compare(a.Clip[:], b.Clip[:]) < 0
}

// stream is a lane while it is read.
type stream struct {
	lane  Lane
	stays func() bool // says that nothing of it goes now; nil is none that says so
	after Clip
	page  []Clip
	ended bool
}

// head is the next clip of the lane; false at its end.
func (s *stream) head(ctx context.Context, p *Pass, shelf Shelf) (Clip, bool, error) {
	if len(s.page) == 0 && !s.ended {
		page, err := shelf.Clips(ctx, s.lane, s.after, p.Page)
		if err != nil {
			return Clip{}, false, err
		}
		s.page, s.ended = page, len(page) < p.Page
	}
	if len(s.page) == 0 {
		return Clip{}, false, nil
	}
	return s.page[0], true, nil
}

// take steps behind the head.
func (s *stream) take() { s.after, s.page = s.page[0], s.page[1:] }

// end is where a lane was looked through to when nothing more was in it.
func (s *stream) end(now time.Time) Clip {
	at := s.lane.Until
	if at.IsZero() {
		at = now
	}
	if at.Before(s.after.Start) {
		return s.after
	}
	return Clip{Start: at}
}
