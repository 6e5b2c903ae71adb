package journal

import (
	"context"
	"errors"
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

// The reasons why there is no answer now.
var (
	ErrChecking = errors.New("journal: another check is under way")
	ErrTooLong  = errors.New("journal: the check takes too long")
)

// Check replays the journal and names every delivery to somebody who did not own
// the camera and had no grant for it then. Rights from before the oldest row are
// taken from the grants that exist now; rows that the hub did not write give
// none. One check runs at a time: it returns ErrChecking, or ErrTooLong where the
// context ends before it.
func (j *Journal) Check(ctx context.Context, q CheckQuery) (Check, error) {
	select {
	case j.checking <- struct{}{}:
		defer func() { <-j.checking }()
	default:
		return Check{}, ErrChecking
	}
	c, err := j.check(ctx, q)
	if err != nil && ctx.Err() != nil {
		err = fmt.Errorf("%w: %w", ErrTooLong, err)
	}
	return c, err
}

func (j *Journal) check(ctx context.Context, q CheckQuery) (Check, error) {
	if err := j.Flush(ctx); err != nil {
		return Check{}, err
	}
	c := Check{Since: q.Since, Until: q.Until, Refused: map[string]int64{}}
	r := replay{
		check: &c, owner: q.Owner, open: map[viewKey]int{}, rights: map[right][]spell{},
		owners: map[media.CameraID]store.AccountID{}, guests: map[right]map[[16]byte]bool{},
	}
	rows := &heard{Rows: j.cfg.Store, until: q.Until}
	if err := r.rightsNow(ctx, j.cfg.Store); err != nil {
		return c, err
	}
	var err error
	if c.Report, err = Verify(ctx, rows, j.cfg.Heads, j.chain); err != nil {
		return c, err
	}
	strangers := map[int64]bool{}
	for _, f := range c.Report.First {
		strangers[f.Seq] = true
	}
	// Rights first, deliveries after them: a row of a grant may follow the
	// first bytes that it allowed.
	for _, e := range rows.rights {
		if !strangers[e.Seq] {
			r.change(e)
		}
	}
	for _, e := range rows.views {
		r.look(e)
	}
	return c, nil
}

// heard keeps what a check needs of the rows that are read, each once.
type heard struct {
	Rows
	until         time.Time
	last          int64
	rights, views []Entry
}

// Journal reads on.
func (h *heard) Journal(ctx context.Context, after int64, limit int) ([]store.JournalRow, error) {
	page, err := h.Rows.Journal(ctx, after, limit)
	for _, row := range page {
		if row.Seq <= h.last {
			continue
		}
		h.last = row.Seq
		switch kind := Kind(strings.TrimSuffix(row.Kind, "-end")); kind {
		case Live, Clip, Thumbnails, Export, Guest, Events, Refused, Denied:
			if row.At.Before(h.until) {
				h.views = append(h.views, entry(row))
			}
		case Granted, Revoked, Expired, CameraAdded, CameraRemoved, Transferred, AccountRemoved, LinkMade, LinkEnded:
			h.rights = append(h.rights, entry(row))
		}
	}
	return page, err
}

// replay is a walk along the journal.
type replay struct {
	check  *Check
	owner  store.AccountID // whose cameras; zero is all
	rights map[right][]spell
	owners map[media.CameraID]store.AccountID
	guests map[right]map[[16]byte]bool // who came by a link
	open   map[viewKey]int             // findings whose end has not come, by place in WithoutGrant
}

// look judges a row that says what somebody received.
func (r *replay) look(e Entry) {
	kind := Kind(strings.TrimSuffix(string(e.Kind), "-end"))
	if owner, known := r.owners[e.Camera]; known {
		e.Owner = owner // whatever the row says
	}
	visit := kind != Guest || r.visit(e)
	if e.At.Before(r.check.Since) || !r.owner.IsZero() && e.Owner != r.owner {
		return
	}
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
	if visit && r.may(kind, e) {
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

// visit notes who came by a link, and reports whether the links to the clip
// allow so many.
func (r *replay) visit(e Entry) bool {
	k, most := right{e.Camera, e.Object}, 0
	if r.guests[k] == nil {
		r.guests[k] = map[[16]byte]bool{}
	}
	if r.guests[k][e.Session] {
		return true
	}
	for _, s := range r.rights[k] {
		if s.views == 0 { // from before the oldest row
			return true
		}
		most += s.views
	}
	if len(r.guests[k]) >= most {
		return false
	}
	r.guests[k][e.Session] = true
	return true
}

// may reports whether a delivery was somebody's to have.
func (r *replay) may(kind Kind, e Entry) bool {
	guest := kind == Guest || e.Via == ViaGuest
	if owner, known := r.owners[e.Camera]; known && !guest && owner == e.Account {
		return true
	}
	holder := [16]byte(e.Account)
	if guest {
		holder = e.Object
	}
	start := moment(e, "start")
	return r.allowed(right{e.Camera, holder}, e.At.Add(-e.Span), e.At, func(s spell) bool {
		return guest || s.allows(kind) && (start.IsZero() || !start.Before(s.history))
	})
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
