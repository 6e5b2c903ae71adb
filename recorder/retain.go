package recorder

import (
	"context"
	"errors"
	"fmt"
	"time"

	"lares/cameras/media"
	"lares/recorder/retention"
)

const (
	// retainPage is how many clips of a camera one question lists while clips go, and
	// countPage while they are only counted.
	retainPage = 16
	countPage  = 1000
	// agesEvery is how often is looked for what is too old, and how often the policy is asked
	// for and lanes are looked through from the beginning.
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

// Room is what all clips may take, in bytes.
type Room struct {
	Used  int64 // by all listed clips
	Limit int64 // Config.LimitBytes; 0 is none
	Free  int64 // on the disk
	Floor int64 // that stay free
}

// May is how much all clips may take together: the limit, or what the disk has for them.
func (r Room) May() int64 {
	may := max(0, r.Used+r.Free-r.Floor)
	if r.Limit > 0 {
		may = min(may, r.Limit)
	}
	return may
}

// Room says how much room there is.
func (r *Recorder) Room() (Room, error) {
	free, total, err := r.space()
	if err != nil {
		return Room{}, err
	}
	floor := max(floorLess, min(floorMost, total/floorPart))
	return Room{Used: r.bytes.sum(), Limit: r.config.LimitBytes, Free: free, Floor: floor}, nil
}

// ErrCounting says that the clips of before a start are not counted yet.
var ErrCounting = errors.New("recorder: clips are being counted")

// Recorded is Room, and what the clips of each camera take, in bytes. It returns ErrCounting
// for a moment after a start.
func (r *Recorder) Recorded() (Room, map[media.CameraID]int64, error) {
	select {
	case <-r.counted:
	default:
		return Room{}, nil, ErrCounting
	}
	room, err := r.Room()
	return room, r.bytes.all(), err
}

// keeper is what the look at what is to stay remembers.
type keeper struct {
	policy retention.Policy
	left   map[retention.LaneKey]retention.Clip // nil: all is asked for anew
	began  time.Time                            // of the first look
	anew   time.Time                            // when all is asked for again
	steady retention.Steady
	behind bool  // the last pass did not get to all
	freed  int64 // what was free before the last removal for the disk's sake
	freeBy time.Time
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
	if k.began.IsZero() {
		k.began = now
	}
	steady := k.steady.Look(now.Round(0), now.Sub(k.began))
	news := r.news.Swap(false)
	anew := news || k.left == nil || !now.Before(k.anew)
	if anew && !r.readPolicy(ctx, now) {
		r.news.Store(news)
		return
	}
	room, ok := r.mayTake(now)
	if !ok {
		return
	}
	pass := retention.Pass{Policy: k.policy, Now: now, Ages: steady && (anew || k.behind), Used: r.bytes.all(), Room: room, Page: retainPage, Left: k.left}
	over, err := pass.Run(ctx, &removing{shelf: shelf{r}})
	k.behind = errors.Is(err, errEnough)
	switch {
	case ctx.Err() != nil:
	case k.behind:
		r.enforce()
	case err != nil:
		k.left = nil
		r.config.Log.Error("removing old clips", "error", err)
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
	k.policy, k.left, k.anew = policy, map[retention.LaneKey]retention.Clip{}, now.Add(agesEvery)
	return true
}

// mayTake is how much all clips may take now. After something went because the disk was
// full, the disk has a while to show it: else more would go than has to.
func (r *Recorder) mayTake(now time.Time) (int64, bool) {
	room, err := r.Room()
	if err != nil {
		r.config.Log.Error("asking for free space", "error", err)
		r.diskProblem(err)
		return 0, false
	}
	k, short := &r.keeper, room.Free < room.Floor
	waits := now.Before(k.freeBy) && room.Free <= k.freed
	if short && waits {
		room.Free = room.Floor
	} else if short {
		k.freed, k.freeBy = room.Free, now.Add(freedWithin)
	}
	return room.May(), true
}

// shelf is where the clips of a recorder lie.
type shelf struct{ r *Recorder }

// Clips is retention.Shelf's.
func (s shelf) Clips(ctx context.Context, l retention.Lane, after retention.Clip, most int) ([]retention.Clip, error) {
	ctx, cancel := context.WithTimeout(ctx, callLimit)
	defer cancel()
	rows, err := s.r.config.Index.Clips(ctx, ClipQuery{
		States: closedStates[:], Camera: l.Camera, Kinds: l.Kinds, Until: l.Until, Loose: true, After: after.Start, AfterClip: after.Clip, Limit: most,
	})
	if err != nil {
		s.r.indexProblem(err)
		return nil, fmt.Errorf("recorder: looking for old clips: %w", err)
	}
	list := make([]retention.Clip, 0, len(rows))
	for _, row := range rows {
		list = append(list, retention.Clip{Clip: row.Clip, Camera: row.Camera, Start: row.Start, Bytes: row.Bytes})
	}
	return list, nil
}

// removing is a shelf from which clips go, up to passMost.
type removing struct {
	shelf
	gone int
}

var errEnough = errors.New("recorder: enough for one pass")

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
	ok, err := s.r.config.Index.ClipRemoving(ctx, c.Clip)
	if err != nil || !ok {
		return false, err
	}
	s.gone++
	if err := s.r.removeFile(ctx, c.Camera, c.Clip, c.Bytes); err != nil {
		return false, fmt.Errorf("clip %v: %w", c.Clip, err)
	}
	return true, nil
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
	pass := retention.Pass{
		Policy: retention.Policy{Cameras: map[media.CameraID]retention.Camera{id: c}}, Now: r.config.Clock.Now(), Ages: true,
		Used: map[media.CameraID]int64{id: r.bytes.all()[id]}, Room: retention.NoBound, Page: countPage,
	}
	_, err = pass.Run(ctx, count)
	return len(count.gone), count.bytes, err
}
