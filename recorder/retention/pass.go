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
	Beside bool // of KindBeside
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
	// Newest adds up the clips of a lane, the newest first, until they take so many bytes: since
	// is when those begin that were added, zero if all of them take less. Until counts for
	// nothing, and there is one kind or none. What is being removed is not there any more.
	Newest(ctx context.Context, l Lane, most int64) (since time.Time, bytes int64, err error)
}

// Pass is one look at everything.
type Pass struct {
	Policy Policy
	Now    time.Time
	// Ages says whether what is too old goes; else only what there is no room for.
	Ages  bool
	Kinds bool            // whether what kinds take too much goes
	Pools []int           // clips go from these alone; nil is all
	Used  map[Place]int64 // bytes of all clips there; it counts down what goes
	Rooms []Room
	Page  int // how many clips to ask for at once
	// Left, if set, remembers between passes how far lanes were looked through, so that
	// nobody looks again through what may not go. Begin anew now and then: stars go, and
	// clips may come that are older.
	Left map[LaneKey]Clip
	// Since, if set, remembers between passes how far the newest clips of lanes reach that are to
	// stay by their bytes. Begin anew with Left.
	Since map[LaneKey]time.Time
	// Missed is, after Run, why something could not be added up, if it could not: what takes too
	// long to be added up does not keep the rest from going. Then nothing went for the bytes of
	// that kind, and all that might have to stay by its bytes went last.
	Missed error
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

// Run removes what is to go: for the room of each kind, by age, for the room of each camera, then
// of each group, then of the pools. It says by how much all take too much where no more may go.
func (p *Pass) Run(ctx context.Context, shelf Shelf) (over int64, err error) {
	if p.Kinds {
		if err := p.kinds(ctx, shelf); err != nil {
			return 0, err
		}
	}
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

// kinds removes what clips of a kind take too much. It comes before ages, so that who counts
// only what would go finds all that there is.
func (p *Pass) kinds(ctx context.Context, shelf Shelf) error {
	for id, c := range p.Policy.Cameras {
		for k, r := range c.Kinds {
			if r.Bytes == 0 {
				continue
			}
			lane := Lane{Camera: id, Pools: p.Pools, Kinds: []media.Kind{k}}
			_, bytes, err := shelf.Newest(ctx, lane, math.MaxInt64)
			if err != nil {
				p.Missed = err
				continue
			}
			if err := p.drop(ctx, shelf, lane, bytes-r.Bytes); err != nil {
				return err
			}
		}
	}
	return nil
}

// ages removes what is too old.
func (p *Pass) ages(ctx context.Context, shelf Shelf) error {
	for id, c := range p.Policy.Cameras {
		for _, lane := range c.aged(id, p.Now) {
			lane.Pools = p.Pools
			if err := p.drop(ctx, shelf, lane, math.MaxInt64); err != nil {
				return err
			}
		}
	}
	return nil
}

// drop removes the oldest clips of a lane until so many bytes are gone, or none may go.
func (p *Pass) drop(ctx context.Context, shelf Shelf, lane Lane, over int64) error {
	for s := (&stream{lane: lane}); over > 0; {
		clip, ok, err := s.head(ctx, p, shelf)
		if err != nil || !ok {
			return err
		}
		s.take()
		gone, err := p.remove(ctx, shelf, clip)
		if err != nil {
			return err
		}
		if gone {
			over -= clip.Bytes
		}
	}
	return nil
}

// fit removes clips of some cameras until they take no more than most, or none may go.
func (p *Pass) fit(ctx context.Context, shelf Shelf, ids []media.CameraID, most int64) error {
	if p.sum(ids, nil) <= most {
		return nil
	}
	s := p.sweep(ctx, shelf, ids, p.Pools)
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
		sweeps[g] = p.sweep(ctx, shelf, ids, from)
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
		p.Used[Place{c.Camera, c.Pool, c.Beside}] -= c.Bytes
	}
	return gone, err
}
