package recorder

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"lares/cameras/media"
	"lares/recorder/retention"
)

const (
	// retainPage is how many clips of a camera one question lists while clips go, and
	// countPage while they are only counted.
	retainPage = 16
	countPage  = 1000
	// agesEvery is how often is looked for what is too old and what a kind takes too much, and
	// how often the policy is asked for and lanes are looked through from the beginning.
	agesEvery = time.Minute
	// passMost is how many clips one pass removes, so that nobody waits long who removes
	// others; the next pass follows at once.
	passMost = 64
	// freedWithin is how long a file system may take until what was removed is free.
	freedWithin = 10 * time.Second
)

// What stays free of the disk: a part of it, but no more than anybody needs and no less
// than twice what a new file asks for.
const (
	floorPart = 20 // the twentieth
	floorMost = 2 << 30
	floorLess = 2 * startSpace
)

// closedStates are those of clips that may be removed. StateRemoving is one: a
// removal that failed half way goes on before a younger clip goes.
var closedStates = [...]ClipState{StateComplete, StateCut, StateRecovered, StateDamaged, StateRemoving}

// floor is how much of a disk stays free.
func floor(total int64) int64 { return max(floorLess, min(floorMost, total/floorPart)) }

// keeper is what the look at what is to stay remembers.
type keeper struct {
	policy retention.Policy
	left   map[retention.LaneKey]retention.Clip // nil: all is asked for anew
	since  map[retention.LaneKey]time.Time
	anew   time.Time // when all is asked for again
	behind bool      // the last pass did not get to all
	failed tale      // clips that could not be removed
}

// aging tells whether anything goes because it is old, a clip or a gap: the clock was not set lately. Safe
// for concurrent use.
type aging struct {
	mu     sync.Mutex // guards following
	began  time.Time  // of the first look
	steady retention.Steady
}

// counts looks at the clock.
func (a *aging) counts(now time.Time) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.began.IsZero() {
		a.began = now
	}
	return a.steady.Look(now.Round(0), now.Sub(a.began))
}

// Reconsider says that Config.Retention has something else to tell.
func (r *Recorder) Reconsider() {
	r.news.Store(true)
	r.enforce()
}

// retain removes what is too old and what there is no room for; r.tidy is held. DESIGN.md,
// "What stays", says in which order.
func (r *Recorder) retain(ctx context.Context) {
	select {
	case <-r.counted:
	default: // nobody knows yet how much there is
		return
	}
	k, now := &r.keeper, r.config.Clock.Now()
	ages := r.ages.counts(now)
	news := r.news.Swap(false)
	anew := news || k.left == nil || !now.Before(k.anew)
	if anew && !r.readPolicy(ctx, now) {
		r.news.Store(news)
		return
	}
	whole := anew || k.behind
	pass := retention.Pass{
		Policy: k.policy, Now: now, Ages: ages && whole, Kinds: whole, Page: retainPage, Left: k.left, Since: k.since, Writing: 2 * r.config.MaxClip,
	}
	if !r.bounds(&pass, now) {
		return
	}
	over, err := pass.Run(ctx, &removing{shelf: shelf{r}, now: now})
	if k.behind = errors.Is(err, errEnough); pass.Missed != nil && ctx.Err() == nil {
		r.config.Log.Error("what clips take could not be added up: none goes for that", "error", pass.Missed)
	}
	if err == nil && k.failed.over() {
		r.config.Log.Info("old clips are removed again")
	}
	switch {
	case ctx.Err() != nil:
	case k.behind:
		r.enforce()
	case err != nil:
		k.left = nil
		if times, told := k.failed.tell(now); told {
			r.config.Log.Error("removing old clips", "times", times, "error", err)
		}
		if errors.Is(err, errRests) { // the other pools do not wait for it
			r.enforce()
		}
	case over > 0 && anew:
		r.config.Log.Warn("recordings take more than they may: what is left is starred or being written", "bytes_over", over)
	}
}

// readPolicy asks for the policy and begins anew.
func (r *Recorder) readPolicy(ctx context.Context, now time.Time) bool {
	ctx, cancel := context.WithTimeout(ctx, callLimit)
	defer cancel()
	policy, err := r.config.Retention(ctx)
	if err != nil {
		if ctx.Err() == nil {
			r.config.Log.Error("what is to be kept cannot be read: nothing is removed until it can be", "error", err)
		}
		return false
	}
	k := &r.keeper
	k.policy, k.anew = policy, now.Add(agesEvery)
	k.left, k.since = map[retention.LaneKey]retention.Clip{}, map[retention.LaneKey]time.Time{}
	return true
}

// bounds says of a pass from which pools clips may go now, what is in these, and how much room
// there is; false for none. What lies elsewhere is left as it is and does not count.
func (r *Recorder) bounds(p *retention.Pass, now time.Time) bool {
	var pools []int
	var give []*disk
	for _, d := range r.disks {
		if d.gives(now) {
			pools, give = append(pools, d.Number), append(give, d)
		}
	}
	for _, d := range give {
		if on := d.sharing(give); on[0] == d {
			p.Rooms = append(p.Rooms, mayTake(on, now))
		}
	}
	if r.config.LimitBytes > 0 {
		p.Rooms = append(p.Rooms, retention.Room{Bytes: r.config.LimitBytes})
	}
	p.Used = r.bytes.all()
	maps.DeleteFunc(p.Used, func(at retention.Place, _ int64) bool { return !slices.Contains(pools, at.Pool) })
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(pools) < len(r.disks) || r.strange {
		p.Pools = pools
	}
	return len(pools) > 0
}

// mayTake is how much the clips in the pools on a disk may take now. After something went because
// the disk was full, that has a while to show it: else more would go than has to.
func mayTake(on []*disk, now time.Time) retention.Room {
	var states []PoolState
	var sum, gone int64
	for _, d := range on {
		states = append(states, d.state(now))
		d.mu.Lock()
		sum += d.used
		d.mu.Unlock()
		gone += d.gone
	}
	first, s := on[0], &states[0]
	sum += s.Free
	short, waits := s.Free < s.Floor, now.Before(first.freeBy) && first.whole-sum > gone/2
	if short && waits {
		s.Free = s.Floor
	} else if short {
		first.whole, first.freeBy = sum, now.Add(freedWithin)
		for _, d := range on {
			d.gone = 0
		}
	}
	return roomOf(states)
}

// shelf is where the clips of a recorder lie.
type shelf struct{ r *Recorder }

// Clips is retention.Shelf's.
func (s shelf) Clips(ctx context.Context, l retention.Lane, after retention.Clip, most int) ([]retention.Clip, error) {
	ctx, cancel := context.WithTimeout(ctx, callLimit)
	defer cancel()
	rows, err := s.r.config.Index.Clips(ctx, ClipQuery{
		States: closedStates[:], Camera: l.Camera, Pools: l.Pools, Kinds: l.Kinds, Until: l.Until, Loose: true, After: after.Start, AfterClip: after.Clip, Limit: most,
	})
	if err != nil {
		s.r.indexProblem(err)
		return nil, fmt.Errorf("recorder: looking for old clips: %w", err)
	}
	list := make([]retention.Clip, 0, len(rows))
	for _, row := range rows {
		list = append(list, retention.Clip{Clip: row.Clip, Camera: row.Camera, Pool: row.Pool, Beside: row.Beside, Start: row.Start, Bytes: row.Bytes})
	}
	return list, nil
}

// Newest is retention.Shelf's.
func (s shelf) Newest(ctx context.Context, l retention.Lane, most int64) (since time.Time, bytes int64, err error) {
	ctx, cancel := context.WithTimeout(ctx, callLimit)
	defer cancel()
	q := NewestQuery{Camera: l.Camera, Pools: l.Pools, Most: most}
	if len(l.Kinds) > 0 {
		q.Kind = l.Kinds[0]
	}
	if since, bytes, err = s.r.config.Index.NewestClips(ctx, q); err != nil {
		return time.Time{}, 0, fmt.Errorf("recorder: adding up clips of camera %v: %w", l.Camera, err)
	}
	return since, bytes, nil
}

// removing is a shelf from which clips go, up to passMost.
type removing struct {
	shelf
	now  time.Time
	gone int
}

var (
	errEnough = errors.New("recorder: enough for one pass")
	// errRests says that nothing is removed from a pool for a while.
	errRests = errors.New("recorder: a clip cannot be removed from its pool now")
)

// Remove is retention.Shelf's. Somebody may have starred the clip meanwhile.
func (s *removing) Remove(ctx context.Context, c retention.Clip) (gone bool, err error) {
	if s.r.isOpen(c.Clip) {
		return false, nil
	}
	if s.gone == passMost {
		return false, errEnough
	}
	ctx, cancel := context.WithTimeout(ctx, callLimit)
	defer cancel()
	d, at := s.r.numbered(c.Pool), retention.Place{Camera: c.Camera, Pool: c.Pool, Beside: c.Beside}
	var marked atomic.Bool
	err = d.within(ctx, func(ctx context.Context) error {
		defer d.measure()
		ok, err := s.r.config.Index.ClipRemoving(ctx, c.Clip)
		if err != nil || !ok {
			return err
		}
		marked.Store(true)
		return s.r.removeFile(ctx, at, c.Clip, c.Bytes)
	})
	if errors.Is(err, errSlow) || isDisk(err) {
		d.rests = s.now.Add(restsFor)
		err = fmt.Errorf("%w: pool %s: %w", errRests, d.Name, err)
	}
	if err != nil {
		return false, fmt.Errorf("clip %v: %w", c.Clip, err)
	}
	if marked.Load() {
		s.gone++
		d.gone += c.Bytes
	}
	return marked.Load(), nil
}

// counting is a shelf from which nothing goes: it counts what would.
type counting struct {
	shelf
	gone  map[media.ClipID]struct{}
	bytes int64
}

// Remove is retention.Shelf's.
func (c *counting) Remove(_ context.Context, clip retention.Clip) (gone bool, err error) {
	if _, known := c.gone[clip.Clip]; known || c.r.isOpen(clip.Clip) {
		return false, nil
	}
	c.gone[clip.Clip] = struct{}{}
	c.bytes += clip.Bytes
	return true, nil
}

// Preview says how many clips and bytes of a camera would go if this were kept of it. What
// goes for others' sake, or for want of room, is not in it.
func (r *Recorder) Preview(ctx context.Context, id media.CameraID, c retention.Camera) (clips int, bytes int64, err error) {
	select {
	case <-r.counted:
	case <-ctx.Done():
		return 0, 0, fmt.Errorf("recorder: counting clips of camera %v: %w", id, ctx.Err())
	}
	count := &counting{shelf: shelf{r}, gone: map[media.ClipID]struct{}{}}
	used := r.bytes.all()
	maps.DeleteFunc(used, func(at retention.Place, _ int64) bool { return at.Camera != id })
	pass := retention.Pass{
		Policy: retention.Policy{Cameras: map[media.CameraID]retention.Camera{id: c}}, Now: r.config.Clock.Now(), Ages: true, Kinds: true,
		Used: used, Page: countPage,
	}
	_, err = pass.Run(ctx, count)
	return len(count.gone), count.bytes, errors.Join(err, pass.Missed)
}
