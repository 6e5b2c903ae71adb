package journal

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"lares/cameras/media"
	"lares/hub/store"
)

// tolerance is how long after a revoke or expiry a delivery may still end: what
// the hub promises to need at most.
const tolerance = 2 * time.Second

// Finding is a delivery to somebody who had no grant for the camera then.
type Finding struct {
	Seq     int64 // of the first row that shows it
	From    time.Time
	Until   time.Time
	Kind    Kind // Live, Clip, Thumbnails, Export or Guest
	Account store.AccountID
	Via     Via
	Session [16]byte
	Camera  media.CameraID
	Owner   store.AccountID
	Object  [16]byte
	Bytes   int64
	Count   int64
	Place   string
}

// Check is the answer to "did anybody receive bytes of a camera without a grant
// for it, when, which".
type Check struct {
	Since, Until time.Time
	Report       Report // whether the journal itself is as it was written
	Deliveries   int64  // that were looked at
	Bytes        int64  // of them
	WithoutGrant []Finding
	Refused      map[string]int64 // refused crossed wires, by site
	Denied       int64
}

// Crossed is the sum of the refused crossed wires.
func (c Check) Crossed() (n int64) {
	for _, v := range c.Refused {
		n += v
	}
	return n
}

// Of is what of the check concerns the cameras of one owner.
func (c Check) Of(owner store.AccountID) Check {
	c.WithoutGrant = slices.DeleteFunc(slices.Clone(c.WithoutGrant), func(f Finding) bool { return f.Owner != owner })
	return c
}

// Affected reports whether an account's cameras were seen without a grant, or
// whether it saw others'.
func (c Check) Affected(id store.AccountID) bool {
	return slices.ContainsFunc(c.WithoutGrant, func(f Finding) bool { return f.Owner == id || f.Account == id })
}

// CheckQuery says what to look at: [Since, Until), and one owner's cameras or,
// with the zero Owner, all.
type CheckQuery struct {
	Since, Until time.Time
	Owner        store.AccountID
}

// Check replays the journal and names every delivery to somebody who did not own
// the camera and had no grant for it then. Rights from before the oldest row are
// taken from the grants that exist now. One check runs at a time.
func (j *Journal) Check(ctx context.Context, q CheckQuery) (Check, error) {
	select {
	case j.checking <- struct{}{}:
		defer func() { <-j.checking }()
	case <-ctx.Done():
		return Check{}, fmt.Errorf("journal: checking: %w", ctx.Err())
	}
	if err := j.Flush(ctx); err != nil {
		return Check{}, err
	}
	c := Check{Since: q.Since, Until: q.Until, Refused: map[string]int64{}}
	r := replay{check: &c, owner: q.Owner, open: map[viewKey]int{}, rights: map[right][]spell{}}
	rows := j.cfg.Store
	if err := r.rightsNow(ctx, rows); err != nil {
		return c, err
	}
	// Rights first, deliveries after them: a row of a grant may follow the
	// first bytes that it allowed.
	for _, step := range []func(Entry){r.change, r.look} {
		if err := each(ctx, rows, step); err != nil {
			return c, err
		}
	}
	var err error
	c.Report, err = Verify(ctx, rows, j.cfg.Heads, j.chain)
	return c, err
}

// each goes along all entries.
func each(ctx context.Context, rows *store.Store, step func(Entry)) error {
	for after := int64(0); ; {
		page, err := rows.Journal(ctx, after, maxBatch)
		if err != nil {
			return fmt.Errorf("journal: checking: %w", err)
		}
		if len(page) == 0 {
			return nil
		}
		after = page[len(page)-1].Seq
		for _, row := range page {
			step(entry(row))
		}
	}
}

// right is what somebody may have: a camera of another's.
type right struct {
	camera media.CameraID
	holder [16]byte // an account, or the clip of a guest link
}

// spell is a time for which somebody has a right; a zero until is for good.
type spell struct{ from, until time.Time }

// replay is a walk along the journal.
type replay struct {
	check  *Check
	owner  store.AccountID // whose cameras; zero is all
	rights map[right][]spell
	open   map[viewKey]int // findings whose end has not come, by place in WithoutGrant
}

// rightsNow enters the grants and links that exist and were made before the
// oldest row: they have no row of their own. A younger one without a row is no
// right, whoever wrote it into the database.
func (r *replay) rightsNow(ctx context.Context, rows *store.Store) error {
	first, err := rows.Journal(ctx, 0, 1)
	if err != nil {
		return fmt.Errorf("journal: checking: %w", err)
	}
	list, err := rows.AllRights(ctx)
	if err != nil {
		return fmt.Errorf("journal: reading what is shared now: %w", err)
	}
	for _, g := range list {
		if len(first) == 0 || g.Since.Before(first[0].At.Add(tolerance)) {
			r.give(right{g.Camera, g.Holder}, g.Since, g.Until)
		}
	}
	return nil
}

func (r *replay) give(k right, from, until time.Time) {
	r.rights[k] = append(r.rights[k], spell{from, until})
}

// take ends what a holder has of a camera; if nothing shows that it had
// something, it had it since before the oldest row.
func (r *replay) take(k right, at time.Time) {
	ended := false
	for i, s := range r.rights[k] {
		if !s.from.After(at) && (s.until.IsZero() || s.until.After(at)) {
			r.rights[k][i].until, ended = at, true
		}
	}
	if !ended {
		r.give(k, time.Time{}, at)
	}
}

// change follows a row that gives or takes a right.
func (r *replay) change(e Entry) {
	switch e.Kind {
	case Granted:
		var until time.Time
		if text, ok := e.Detail["expires"].(string); ok {
			until, _ = time.Parse(time.RFC3339, text)
		}
		r.regrant(right{e.Camera, e.Other}, e.At)
		r.give(right{e.Camera, e.Other}, e.At, until)
	case Revoked, Expired:
		r.take(right{e.Camera, e.Other}, e.At)
	case CameraRemoved, CameraRetired, Transferred:
		for k := range r.rights {
			if k.camera == e.Camera {
				r.take(k, e.At)
			}
		}
	case AccountRemoved:
		for k := range r.rights {
			if k.holder == [16]byte(e.Other) {
				r.take(k, e.At)
			}
		}
	case LinkMade:
		clip, _ := e.Detail["clip"].(string)
		if id, err := media.ParseClipID(clip); err == nil {
			r.give(right{e.Camera, id}, e.At, time.Time{})
		}
	}
}

// regrant ends a grant that another one replaces.
func (r *replay) regrant(k right, at time.Time) {
	for i, s := range r.rights[k] {
		if s.from.Before(at) && (s.until.IsZero() || s.until.After(at)) {
			r.rights[k][i].until = at
		}
	}
}

// allowed reports whether somebody had a right all the time from one moment to
// another, give or take what the hub may need.
func (r *replay) allowed(k right, from, until time.Time) bool {
	at := from
	for range len(r.rights[k]) + 1 {
		next := at
		for _, s := range r.rights[k] {
			if s.from.After(at.Add(tolerance)) {
				continue
			}
			if s.until.IsZero() {
				return true
			}
			if end := s.until.Add(tolerance); end.After(next) {
				next = end
			}
		}
		if !next.Before(until) && next.After(at) {
			return true
		}
		if !next.After(at) {
			return false
		}
		at = next
	}
	return false
}

// look judges a row that says what somebody received.
func (r *replay) look(e Entry) {
	if e.At.Before(r.check.Since) || !e.At.Before(r.check.Until) || !r.owner.IsZero() && e.Owner != r.owner {
		return
	}
	kind := Kind(strings.TrimSuffix(string(e.Kind), "-end"))
	switch kind {
	case Refused:
		site, _ := e.Detail["site"].(string)
		r.check.Refused[site] += e.Count
		return
	case Denied:
		r.check.Denied += e.Count
		return
	case Live, Clip, Thumbnails, Export, Guest, Events:
	default:
		return
	}
	key := viewKey{kind, e.Session, e.Camera, e.Object}
	ends := e.Kind != kind
	if ends || kind == Thumbnails || kind == Events {
		r.check.Bytes += e.Bytes
	}
	if !ends {
		r.check.Deliveries++
	}
	if i, found := r.open[key]; found && ends { // the end of what its start showed already
		f := &r.check.WithoutGrant[i]
		f.Until, f.Bytes = e.At, f.Bytes+e.Bytes
		delete(r.open, key)
		return
	}
	if r.may(kind, e) {
		return
	}
	r.check.WithoutGrant = append(r.check.WithoutGrant, Finding{
		Seq: e.Seq, From: e.At.Add(-e.Span), Until: e.At, Kind: kind, Account: e.Account, Via: e.Via, Session: e.Session,
		Camera: e.Camera, Owner: e.Owner, Object: e.Object, Bytes: e.Bytes, Count: e.Count, Place: e.Place,
	})
	if !ends && kind != Thumbnails && kind != Events {
		r.open[key] = len(r.check.WithoutGrant) - 1
	}
}

// may reports whether a delivery was somebody's to have.
func (r *replay) may(kind Kind, e Entry) bool {
	if !e.Account.IsZero() && e.Account == e.Owner {
		return true
	}
	holder := [16]byte(e.Account)
	if kind == Guest || e.Via == ViaGuest {
		holder = e.Object
	}
	return r.allowed(right{e.Camera, holder}, e.At.Add(-e.Span), e.At)
}

// Publish tells every account on its page what a check found: whether it is
// concerned or not. by is who ran it; zero is the console.
func (j *Journal) Publish(ctx context.Context, c Check, by Entry) error {
	by.Kind, by.Count = Incident, int64(len(c.WithoutGrant))
	by.Detail = map[string]any{"since": stamp(c.Since), "until": stamp(c.Until), "verified": c.Report.OK(), "refused": c.Crossed()}
	err := j.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		people, err := tx.People(ctx)
		if err != nil {
			return err
		}
		for _, id := range people {
			n := Notice{Account: id, At: j.cfg.Clock.Now(), Kind: NoticeNotAffected, Detail: map[string]any{
				"since": stamp(c.Since), "until": stamp(c.Until), "refused": c.Crossed(), "verified": c.Report.OK(),
			}}
			if c.Affected(id) {
				n.Kind = NoticeAffected
				n.Detail["deliveries"] = len(c.Of(id).WithoutGrant)
			}
			if err := tell(ctx, tx, n); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("journal: telling the accounts: %w", err)
	}
	return j.Put(ctx, by)
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }
