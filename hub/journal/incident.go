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
	Report       Report // whether the rows after Report.From are as they were written
	Deliveries   int64  // that were looked at
	Bytes        int64  // of them
	WithoutGrant []Finding
	Refused      map[string]int64 // refused crossed wires, by site
	Denied       int64
	Back         []ClockBack // rows before which the clock was set back: their order counts
	Unnamed      int64       // small things whose row does not say who received them
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
	// Whole reads the journal from its first row, however long that takes.
	Whole bool
	// By is the account that asks; zero is the console, which waits for no account.
	By store.AccountID
	// Progress, if set, is told after which row the check is, of how many. It is
	// called from within Check.
	Progress func(seq, of int64)
}

// Check replays the journal and names every delivery to somebody who did not own
// the camera and had no grant for it then. It begins where rows of the hub say what
// stood before Since, and compares each row from there on; the package comment says
// what that shows. Where there are none, or with Whole, it begins with the first
// row, and rights from before it are taken from the grants that exist now. Rows that
// the hub did not write give no right. It returns ErrChecking where there is no turn
// for it, or ErrTooLong where the time for it ends before it does.
func (j *Journal) Check(ctx context.Context, q CheckQuery) (Check, error) {
	ctx, done, err := j.turns.take(ctx, q.By)
	if err != nil {
		return Check{}, err
	}
	defer done()
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
	for {
		c, err := j.checkOnce(ctx, q)
		if !errors.Is(err, errMoved) {
			return c, err
		}
	}
}

func (j *Journal) checkOnce(ctx context.Context, q CheckQuery) (Check, error) {
	c := Check{Since: q.Since, Until: q.Until, Refused: map[string]int64{}}
	// What is from Since on follows rows that were there a moment before.
	from, err := j.stood(ctx, q.Since.Add(-time.Second), q.Until)
	if q.Whole && err == nil {
		start := j.start()
		from, err = j.stoodFirst(ctx, func(s standing) bool { return s.seq == start })
	}
	if err != nil {
		return c, err
	}
	rows := &heard{Rows: j.cfg.Store, since: q.Since, until: q.Until, of: j.newest(), progress: q.Progress}
	if q.Until.After(j.cfg.Clock.Now().Add(-time.Minute)) {
		rows.until = ever() // up to now: also what a clock that went ahead dated later
	}
	r, report, err := j.replay(ctx, from, rows)
	c.Report, c.Back = report, rows.line.back
	if err != nil {
		return c, err
	}
	r.check, r.owner = &c, q.Owner
	for _, e := range rows.views {
		r.look(e)
	}
	return c, nil
}

// replay is a walk along the journal.
type replay struct {
	standing
	began    time.Time // on the timeline: when that was
	complete bool      // what stood at first is known: there was nothing else
	check    *Check
	owner    store.AccountID // whose cameras; zero is all
	shown    map[viewKey]int // findings whose end has not come, by place in WithoutGrant
}

// errMoved says that retention removed the rows that a replay began with.
var errMoved = errors.New("journal: the first rows went meanwhile")

// replay reads the rows after what stood, or all with the zero one, compares them
// and follows the rights. Rights come first, deliveries after them: a row of a grant
// may follow the first bytes that it allowed.
func (j *Journal) replay(ctx context.Context, from standing, rows *heard) (*replay, Report, error) {
	r := &replay{standing: from, complete: from.known(), shown: map[viewKey]int{}}
	if !r.complete {
		r.standing = newStanding()
		if err := r.rightsNow(ctx, j.cfg.Store); err != nil {
			return r, Report{}, err
		}
	}
	rows.open, rows.line = r.open, timeline{shift: r.shift, high: r.high}
	r.began = later(r.at.Add(r.shift), r.high)
	report, err := verifyFrom(ctx, rows, j.cfg.Heads, j.chain, from.place)
	if err != nil {
		return r, report, err
	}
	if r.complete && report.From > from.seq {
		return r, report, errMoved
	}
	if from.broken > j.start() {
		report.Broken = from.broken
	}
	report.unproven.sort()
	for _, e := range rows.rights {
		if !report.unproven.has(e.Seq) {
			r.change(e)
		}
	}
	return r, report, nil
}

// look judges a row that says what somebody received.
func (r *replay) look(e timed) {
	kind := Kind(strings.TrimSuffix(string(e.Kind), "-end"))
	if owner, known := r.owners[e.Camera]; known {
		e.Owner = owner // whatever the row says
	}
	visit := kind != Guest || r.visit(e.Entry)
	if !e.asked || !r.owner.IsZero() && e.Owner != r.owner {
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
	case Glimpse: // of what was no camera, and so nobody's: of one that is, the hub gives none
		r.check.Deliveries++
		r.check.Bytes += e.Bytes
		return
	case Live, Clip, Thumbnails, Export, Guest, Events:
	default:
		return
	}
	if e.Detail["many"] == true { // an older hub's: of many, whose names found no place
		r.check.Unnamed += e.Count
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
	i, found := r.shown[key]
	if ends && cutShort(e.Entry) { // when it really ended nobody knows; its start was judged
		if found && r.check.WithoutGrant[i].Seq == startOf(e.Entry) {
			delete(r.shown, key)
		}
		return
	}
	if found && ends { // the end of what its start showed already
		f := &r.check.WithoutGrant[i]
		f.Until, f.Bytes = e.At, f.Bytes+e.Bytes
		delete(r.shown, key)
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
		r.shown[key] = len(r.check.WithoutGrant) - 1
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
func (r *replay) may(kind Kind, e timed) bool {
	guest, token := kind == Guest || e.Via == ViaGuest, e.Via == ViaToken
	if owner, known := r.owners[e.Camera]; known && !guest && !token && owner == e.Account {
		return true
	}
	holder := [16]byte(e.Account)
	switch {
	case guest:
		holder = e.Object
	case token: // has what it was made for, whatever its maker owns
		holder = e.Session
	}
	start, from := moment(e.Entry, "start"), e.when.Add(-max(e.Span, 0))
	if r.complete && from.Before(r.began) { // what was before is for a check of that time
		from = r.began
	}
	k := right{e.Camera, holder}
	if kind == Thumbnails || kind == Events { // of many things: what was seen first may have begun last
		return r.allowed(k, from, e, func(s spell) bool { return guest || s.allows(kind) }) &&
			(guest || r.reached(k, start, from, e, kind))
	}
	return r.allowed(k, from, e, func(s spell) bool {
		return guest || s.allows(kind) && (start.IsZero() || !start.Before(s.history))
	})
}
