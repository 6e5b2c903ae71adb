package recorder

import (
	"bytes"
	"cmp"
	"context"
	"crypto/ed25519"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"lares/cameras/media"
	"lares/cameras/seal"
	"lares/recorder/retention"
	"lares/recorder/sealed"
)

// index is an Index in memory, with a switch to make it fail.
type index struct {
	mu     sync.Mutex
	clips  map[media.ClipID]ClipRow
	events map[media.EventID]EventRow
	gaps   map[gapName]GapRow
	due    Due
	// expired are the times that GapsExpire was told, bare those that EventsExpire was.
	expired, bare []time.Time
	broken        bool
	// lists, if it is there, is closed when a start is told all clips; what else is asked for is told at once.
	lists chan struct{}
	// silent has nothing be told until then.
	silent bool
	// fails, if it is there, makes the calls: each is one that f makes.
	fails func(f func()) error
}

// gapName names a gap.
type gapName struct {
	camera media.CameraID
	from   int64
}

var errBroken = errors.New("database is locked")

func newIndex() *index {
	return &index{clips: map[media.ClipID]ClipRow{}, events: map[media.EventID]EventRow{}, gaps: map[gapName]GapRow{}}
}

// Together puts one after the other: each may be put again.
func (x *index) Together(_ context.Context, put func(RowIndex) error) error { return put(x) }

func (x *index) GapPut(_ context.Context, g GapRow) error {
	return x.do(func() {
		for _, next := range x.gaps {
			if next.Camera == g.Camera && next.From.After(g.From) && g.To.After(next.From) {
				g.To = next.From
			}
		}
		x.gaps[gapName{g.Camera, g.From.UnixNano()}] = g
	})
}

func (x *index) GapRemoved(_ context.Context, camera media.CameraID, from time.Time) error {
	return x.do(func() { delete(x.gaps, gapName{camera, from.UnixNano()}) })
}

func (x *index) GapsCut(_ context.Context, camera media.CameraID, from, to time.Time) error {
	return x.do(func() {
		for name, g := range x.gaps {
			if g.Camera != camera || !g.From.Before(to) || !g.To.IsZero() && !g.To.After(from) || g.Count > 1 {
				continue
			}
			if !g.From.Before(from) && !g.To.IsZero() && !g.To.After(to) && g.To.Sub(g.From) <= HoleMost {
				continue
			}
			delete(x.gaps, name)
			if g.To.After(to) {
				rest := g
				rest.From = to
				x.gaps[gapName{camera, to.UnixNano()}] = rest
			}
			if g.From.Before(from) {
				g.To = from
				x.gaps[name] = g
			}
		}
	})
}

func (x *index) GapsOpen(context.Context) (rows []GapRow, err error) {
	err = x.do(func() {
		for _, g := range x.gaps {
			if g.To.IsZero() {
				rows = append(rows, g)
			}
		}
	})
	return rows, err
}

func (x *index) GapsEnd(context.Context) (ends map[media.CameraID]time.Time, err error) {
	ends = map[media.CameraID]time.Time{}
	err = x.do(func() {
		for _, g := range x.gaps {
			ends[g.Camera] = later(ends[g.Camera], g.To)
		}
	})
	return ends, err
}

func (x *index) DuePut(_ context.Context, d Due) error { return x.do(func() { x.due = d }) }

func (x *index) DueLast(context.Context) (d Due, err error) {
	err = x.do(func() { d = x.due })
	return d, err
}

func (x *index) GapsExpire(_ context.Context, before time.Time, _ int) error {
	return x.do(func() { x.expired = append(x.expired, before) })
}

func (x *index) EventsExpire(_ context.Context, before time.Time) error {
	return x.do(func() { x.bare = append(x.bare, before) })
}

func (x *index) do(f func()) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.broken {
		return errBroken
	}
	if x.fails != nil {
		return x.fails(f)
	}
	f()
	return nil
}

func (x *index) ClipOpened(_ context.Context, c ClipRow) error {
	return x.do(func() {
		if old, ok := x.clips[c.Clip]; !ok || old.State == StateOpen {
			x.clips[c.Clip] = c
		}
	})
}

func (x *index) ClipClosed(_ context.Context, c ClipRow) error {
	return x.do(func() { x.clips[c.Clip] = c })
}

func (x *index) EventPut(_ context.Context, e EventRow) error {
	return x.do(func() {
		if e.Text.Sealed == nil {
			e.Text = x.events[e.Event].Text
		}
		if e.Picture.IsZero() {
			e.Picture = x.events[e.Event].Picture
		}
		x.events[e.Event] = e
	})
}

func (x *index) EventsOver(_ context.Context, going []media.EventID) error {
	return x.do(func() {
		for id, e := range x.events {
			if !e.End.IsZero() || slices.Contains(going, id) {
				continue
			}
			e.End = e.Start
			open := false
			for _, c := range x.clips {
				if end := c.Start.Add(c.Duration); c.Event == id && end.After(e.End) {
					e.End = end
				}
				open = open || c.Event == id && c.State == StateOpen
			}
			if !open {
				x.events[id] = e
			}
		}
	})
}

func (x *index) ClipRemoving(_ context.Context, clip media.ClipID) (marked bool, err error) {
	err = x.do(func() {
		row, ok := x.clips[clip]
		if marked = ok && row.State != StateOpen && (row.State == StateRemoving || !row.Star); marked {
			row.State = StateRemoving
			x.clips[clip] = row
		}
	})
	return marked && err == nil, err
}

func (x *index) ClipRemoved(_ context.Context, clip media.ClipID) error {
	return x.do(func() { delete(x.clips, clip) })
}

func (x *index) Clips(ctx context.Context, q ClipQuery) (rows []ClipRow, err error) {
	if x.lists != nil && (x.silent || q.Camera.IsZero() && !q.Newest) {
		select {
		case <-x.lists:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	err = x.do(func() { rows = x.list(q) })
	return rows, err
}

func (x *index) NewestClips(_ context.Context, q NewestQuery) (since time.Time, bytes int64, err error) {
	err = x.do(func() {
		rows := x.list(ClipQuery{Camera: q.Camera})
		slices.Reverse(rows)
		for _, c := range rows {
			if c.State == StateRemoving || q.Kind != "" && x.kind(c) != q.Kind || q.Pools != nil && !slices.Contains(q.Pools, c.Pool) {
				continue
			}
			if bytes += c.Bytes; bytes >= q.Most {
				since = c.Start
				return
			}
		}
	})
	return since, bytes, err
}

// kind is that of a clip; x.mu is held.
func (x *index) kind(c ClipRow) media.Kind {
	if c.Beside {
		return retention.KindBeside
	}
	return x.events[c.Event].Kind
}

func (x *index) list(q ClipQuery) (rows []ClipRow) {
	order := func(a, b ClipRow) int {
		return cmp.Or(a.Start.Compare(b.Start), bytes.Compare(a.Clip[:], b.Clip[:]))
	}
	last := ClipRow{Start: q.After, Clip: q.AfterClip}
	for _, c := range x.clips {
		switch {
		case len(q.States) > 0 && !slices.Contains(q.States, c.State), !q.Clip.IsZero() && q.Clip != c.Clip, !q.Camera.IsZero() && q.Camera != c.Camera,
			q.Kinds != nil && !slices.Contains(q.Kinds, x.kind(c)), !q.Until.IsZero() && !c.Start.Before(q.Until),
			q.Loose && c.Star && c.State != StateRemoving, q.Pools != nil && !slices.Contains(q.Pools, c.Pool),
			!q.After.IsZero() && order(c, last) <= 0:
		default:
			rows = append(rows, c)
		}
	}
	slices.SortFunc(rows, order)
	if q.Newest {
		slices.Reverse(rows)
	}
	if q.Limit > 0 && len(rows) > q.Limit {
		rows = rows[:q.Limit]
	}
	return rows
}

// all lists the clips, oldest first.
func (x *index) all() []ClipRow {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.list(ClipQuery{})
}

// row is that of a clip.
func (x *index) row(clip media.ClipID) ClipRow {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.clips[clip]
}

func (x *index) setBroken(b bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.broken = b
}

func (x *index) event(id media.EventID) EventRow {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.events[id]
}

// ended says whether all events of a camera have an end.
func (x *index) ended(id media.CameraID) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, e := range x.events {
		if e.Camera == id && e.End.IsZero() {
			return false
		}
	}
	return true
}

// vault holds the keys of a hub with one camera.
type vault struct {
	hub      media.HubID
	identity ed25519.PrivateKey
	mu       sync.Mutex
	store    seal.PrivateKey
}

func (v *vault) StoreKey(_ context.Context, id media.CameraID) (seal.PublicKey, media.KeyID, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.store.Public(), seal.KID(id, seal.Store, v.store.Public()), nil
}

func (v *vault) SealEvent(_ context.Context, _ media.CameraID, _ media.EventID, _ time.Time, k StoreKey, text []byte) (SealedText, error) {
	return SealedText{KID: k.KID, Sealed: append([]byte("sealed "), text...)}, nil
}

func (v *vault) Sign(context string, message []byte) []byte {
	return seal.Sign(v.identity, context, message)
}

func (v *vault) Signers() sealed.Signers {
	return sealed.Signers{{Hub: v.hub, Key: v.identity.Public().(ed25519.PublicKey)}}
}

func (v *vault) bump(t *testing.T) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.store = newKey(t)
}

func newKey(t *testing.T) seal.PrivateKey {
	t.Helper()
	k, err := seal.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	return k
}
