package retention

import (
	"bytes"
	"context"
	"maps"
	"math"
	"slices"
	"strconv"
	"time"

	"lares/cameras/media"
)

// Clip is what the policy may know of a clip.
type Clip struct {
	Clip   media.ClipID
	Camera media.CameraID
	Pool   int
	Start  time.Time
	Bytes  int64
}

// Shelf is where clips lie.
type Shelf interface {
	// Clips lists what may go of a lane, oldest first by (Start, Clip), behind a clip; behind
	// the zero Clip is all. What is starred or being written may not go.
	Clips(ctx context.Context, l Lane, after Clip, most int) ([]Clip, error)
	// Remove deletes a clip; false is one that may not go any more.
	Remove(ctx context.Context, c Clip) (gone bool, err error)
}

// Pass is one look at everything.
type Pass struct {
	Policy Policy
	Now    time.Time
	// Ages says whether what is too old goes; else only what there is no room for.
	Ages  bool
	Pools []int           // clips go from these alone; nil is all
	Used  map[Place]int64 // bytes of all clips there; it counts down what goes
	Rooms []Room
	Page  int // how many clips to ask for at once
	// Left, if set, remembers between passes how far lanes were looked through, so that
	// nobody looks again through what may not go. Begin anew now and then: stars go, and
	// clips may come that are older.
	Left map[LaneKey]Clip
	// Writing is how long ago a clip may have begun that is still being written: nobody has
	// looked through what is younger.
	Writing time.Duration
}

// leave remembers how far a lane was looked through: never into what is still being written, of
// which some began before what has ended already.
func (p *Pass) leave(l Lane, c Clip) {
	if p.Left == nil {
		return
	}
	if written := p.Now.Add(-p.Writing); c.Start.After(written) {
		c = Clip{Start: written}
	}
	p.Left[l.key()] = c
}

// LaneKey names a lane whatever the time is.
type LaneKey struct {
	camera       media.CameraID
	pools, kinds string
	bound        bool
}

func (l Lane) key() LaneKey {
	k := LaneKey{camera: l.Camera, bound: !l.Until.IsZero()}
	for _, pool := range l.Pools {
		k.pools += strconv.Itoa(pool) + ","
	}
	for _, kind := range l.Kinds {
		k.kinds += string(kind) + ","
	}
	return k
}

// Run removes what is to go: by age, for the room of each camera, then of each group, then
// of the pools. It says by how much all take too much where no more may go.
func (p *Pass) Run(ctx context.Context, shelf Shelf) (over int64, err error) {
	if p.Ages {
		if err := p.ages(ctx, shelf); err != nil {
			return 0, err
		}
	}
	of := map[Group][]media.CameraID{}
	for _, id := range p.cameras() {
		g := p.Policy.group(id)
		of[g] = append(of[g], id)
		if most := p.Policy.Cameras[id].Bytes; most > 0 {
			if err := p.fit(ctx, shelf, []media.CameraID{id}, most); err != nil {
				return 0, err
			}
		}
	}
	groups := slices.SortedFunc(maps.Keys(of), compareGroups)
	for _, g := range groups {
		if err := p.fit(ctx, shelf, of[g], p.Policy.quota(g)); err != nil {
			return 0, err
		}
	}
	for _, room := range p.Rooms {
		n, err := p.share(ctx, shelf, of, room)
		if err != nil {
			return 0, err
		}
		over += n
	}
	return over, nil
}

// cameras are those that have clips, in order.
func (p *Pass) cameras() (ids []media.CameraID) {
	for at := range p.Used {
		ids = append(ids, at.Camera)
	}
	slices.SortFunc(ids, compareCameras)
	return slices.Compact(ids)
}

func compareCameras(a, b media.CameraID) int { return bytes.Compare(a[:], b[:]) }

// ages removes what is too old.
func (p *Pass) ages(ctx context.Context, shelf Shelf) error {
	for id, c := range p.Policy.Cameras {
		for _, lane := range c.aged(id, p.Now) {
			lane.Pools = p.Pools
			s := &stream{lane: lane}
			for {
				clip, ok, err := s.head(ctx, p, shelf)
				if err != nil {
					return err
				}
				if !ok {
					break
				}
				s.take()
				if _, err := p.remove(ctx, shelf, clip); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// fit removes clips of some cameras until they take no more than most, or none may go.
func (p *Pass) fit(ctx context.Context, shelf Shelf, ids []media.CameraID, most int64) error {
	if p.sum(ids, nil) <= most {
		return nil
	}
	s := p.sweep(ids, p.Pools)
	for p.sum(ids, nil) > most {
		if gone, err := s.removeOne(ctx, p, shelf); err != nil || !gone {
			return err
		}
	}
	return nil
}

// share removes clips until all in some pools take no more than the room there, each time of
// the group that takes most of it: so nothing goes of one that has less than its part, however
// much others record. A group of which none may go any more is left as it is.
func (p *Pass) share(ctx context.Context, shelf Shelf, of map[Group][]media.CameraID, room Room) (over int64, err error) {
	all := p.cameras()
	if p.sum(all, room.Pools) <= room.Bytes {
		return 0, nil
	}
	from := room.Pools
	if from == nil {
		from = p.Pools
	}
	sweeps := map[Group]*sweep{}
	for g, ids := range of {
		sweeps[g] = p.sweep(ids, from)
	}
	for len(sweeps) > 0 && p.sum(all, room.Pools) > room.Bytes {
		g := p.most(of, sweeps, room.Pools)
		gone, err := sweeps[g].removeOne(ctx, p, shelf)
		if err != nil {
			return 0, err
		}
		if !gone {
			delete(sweeps, g)
		}
	}
	return max(0, p.sum(all, room.Pools)-room.Bytes), nil
}

// most is the group that takes most, of those that have anything left to look through.
func (p *Pass) most(of map[Group][]media.CameraID, among map[Group]*sweep, pools []int) (most Group) {
	bytes := int64(math.MinInt64)
	for g := range among {
		if n := p.sum(of[g], pools); n > bytes || n == bytes && compareGroups(g, most) < 0 {
			most, bytes = g, n
		}
	}
	return most
}

// sum is what cameras take in some pools; nil is in all.
func (p *Pass) sum(ids []media.CameraID, pools []int) (n int64) {
	for at, bytes := range p.Used {
		if _, of := slices.BinarySearchFunc(ids, at.Camera, compareCameras); of && in(pools, at.Pool) {
			n += bytes
		}
	}
	return n
}

func (p *Pass) remove(ctx context.Context, shelf Shelf, c Clip) (gone bool, err error) {
	if gone, err = shelf.Remove(ctx, c); gone {
		p.Used[Place{c.Camera, c.Pool}] -= c.Bytes
	}
	return gone, err
}

// sweep is what may go of some cameras: the oldest first, and first of all what does not
// have to stay for its days.
type sweep struct {
	loose, kept []*stream
}

func (p *Pass) sweep(ids []media.CameraID, from []int) *sweep {
	s := &sweep{}
	for _, id := range ids {
		bound := false
		for _, lane := range p.Policy.Cameras[id].loose(id, p.Now) {
			lane.Pools = from
			s.loose = append(s.loose, &stream{lane: lane, after: p.Left[lane.key()]})
			bound = bound || !lane.Until.IsZero()
		}
		if bound {
			lane := Lane{Camera: id, Pools: from}
			s.kept = append(s.kept, &stream{lane: lane, after: p.Left[lane.key()]})
		}
	}
	return s
}

// removeOne removes the next clip; false: none may go.
func (s *sweep) removeOne(ctx context.Context, p *Pass, shelf Shelf) (gone bool, err error) {
	for _, streams := range [...][]*stream{s.loose, s.kept} {
		for {
			var oldest *stream
			var first Clip
			for _, t := range streams {
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
