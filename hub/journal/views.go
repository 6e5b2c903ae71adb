package journal

import (
	"context"
	"slices"
	"sync"
	"time"

	"lares/cameras/fault"
	"lares/cameras/media"
	"lares/hub/store"
	"lares/hub/vault"
)

// viewIdle is how long a view that delivers nothing waits for more of the same:
// a player asks for a clip in many requests, and that is one view.
const viewIdle = 10 * time.Second

// askedAgain is how long who asks for the same anew each second counts as watching after
// an answer.
const askedAgain = 3 * time.Second

// ownerIn bounds the look for an owner.
const ownerIn = time.Second

// View is who is about to receive what: Live, Clip, Export or Guest.
type View struct {
	Kind    Kind
	Account store.AccountID // zero for a guest
	Via     Via
	Session [16]byte // login session, token or guest
	// Camera and Object (the clip, if any) are those of the sealed thing that
	// was opened, never of the address that was asked for.
	Camera media.CameraID
	Owner  store.AccountID // zero: the journal looks it up
	Object [16]byte
	Start  time.Time // of the clip; zero if there is none
	Until  time.Time // of the export of a span: its end
	Place  string
	Device string // a Glimpse's: the address of a device that is no camera
}

type viewKey struct {
	kind    Kind
	session [16]byte
	camera  media.CameraID
	object  [16]byte
}

// view is one line of the journal while it lasts: all requests of a session
// for the same thing.
type view struct {
	View
	start *Mark
	began time.Time
	last  time.Time // when a byte was delivered, or it ended
	using int       // requests under way
	again time.Time // until then it is asked for anew
	bytes int64
}

func (v View) key() viewKey { return viewKey{v.Kind, v.Session, v.Camera, v.Object} }

// views are those that are open.
type views struct {
	mu   sync.Mutex // guards open and what is in it
	open map[viewKey]*view
}

// Delivery is one delivery under way. Its methods do nothing on nil.
type Delivery struct {
	journal *Journal
	key     viewKey
	view    *view
	start   *Mark // of the view
	ended   bool
}

// Begin notes that a delivery begins: its start is a row, unless it goes on with a
// view of the same kind, session, camera and object. Nothing may be delivered before
// Durable says that the row is there. End it.
func (j *Journal) Begin(v View) *Delivery {
	if j == nil {
		return nil
	}
	v.Owner = j.ownerOf(v.Camera, v.Owner)
	now := j.cfg.Clock.Now()
	o := &Delivery{journal: j, key: v.key()}
	j.views.mu.Lock()
	var crossed bool
	o.view = j.views.open[o.key]
	if fault.On && o.view != nil {
		o.view = fault.Swap(fault.JournalTarget, v.Owner.String(), o.view)
	}
	if crossed = o.view != nil && o.view.key() != o.key; crossed {
		o.view = nil // a row too many is better than one about somebody else
	}
	if o.view == nil {
		o.view = &view{View: v, began: now, last: now}
		j.views.open[o.key] = o.view
	}
	if o.view.start == nil || o.view.start.lost() {
		e := v.entry()
		e.At = now
		o.view.start = j.mark(e)
	}
	o.start = o.view.start
	o.view.using++
	j.views.mu.Unlock()
	if crossed {
		j.cfg.Vault.Refusals().Note(vault.Crossing{Site: fault.JournalTarget, Camera: v.Camera, Account: v.Account, Owner: v.Owner})
	}
	j.relieve()
	return o
}

// Durable returns when the start of the view is in the journal for good: at once, if
// it goes on. Its errors are Mark.Durable's; with one of them deliver nothing.
func (o *Delivery) Durable(ctx context.Context) error {
	if o == nil {
		return nil
	}
	return o.start.Durable(ctx)
}

// ownerOf completes the owner of a camera, if it is not known; a database that
// does not answer leaves it open until the row is written.
func (j *Journal) ownerOf(camera media.CameraID, owner store.AccountID) store.AccountID {
	if camera.IsZero() || !owner.IsZero() {
		return owner
	}
	ctx, cancel := context.WithTimeout(context.Background(), ownerIn)
	defer cancel()
	owners, err := j.cfg.Store.CameraOwners(ctx, camera)
	if err != nil {
		j.cfg.Log.Warn("journal: the owner of a camera is not known yet", "error", err)
	}
	return owners[camera]
}

func (v View) entry() Entry {
	e := Entry{
		Kind: v.Kind, Account: v.Account, Via: v.Via, Session: v.Session, Camera: v.Camera, Owner: v.Owner,
		Object: v.Object, Place: v.Place,
	}
	if !v.Start.IsZero() {
		e.Detail = map[string]any{"start": stamp(v.Start)}
	}
	if !v.Until.IsZero() {
		e.Detail["until"] = stamp(v.Until)
	}
	if v.Device != "" {
		e.Detail = map[string]any{"address": v.Device}
	}
	return e
}

// Bytes notes that n bytes were delivered.
func (o *Delivery) Bytes(n int) {
	if o == nil || n <= 0 {
		return
	}
	now := o.journal.cfg.Clock.Now()
	o.journal.views.mu.Lock()
	defer o.journal.views.mu.Unlock()
	o.view.bytes += int64(n)
	o.view.last = now
}

// Again notes that what is delivered is only for a moment, and asked for anew: until then
// the view goes on.
func (o *Delivery) Again() {
	if o == nil {
		return
	}
	o.journal.views.mu.Lock()
	defer o.journal.views.mu.Unlock()
	o.view.again = o.journal.cfg.Clock.Now().Add(askedAgain)
}

// End notes that the delivery is over; twice is fine. The view itself ends when
// nothing more of it was asked for during some seconds.
func (o *Delivery) End() {
	if o == nil {
		return
	}
	o.journal.views.mu.Lock()
	defer o.journal.views.mu.Unlock()
	if o.ended {
		return
	}
	o.ended = true
	o.view.using--
	if o.key.kind == Live {
		o.view.last = o.journal.cfg.Clock.Now()
	}
}

// endOf is the kind of the row that ends a view.
func endOf(k Kind) Kind { return k + "-end" }

// over takes out the views that ended, or all, as entries.
func (v *views) over(now time.Time, all bool) (ends []Entry) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for key, w := range v.open {
		if !all && (w.using > 0 || now.Sub(w.last) < viewIdle) {
			continue
		}
		delete(v.open, key)
		e := w.View.entry()
		e.Kind, e.At, e.Bytes, e.Span = endOf(w.Kind), w.last, w.bytes, w.last.Sub(w.began)
		ends = append(ends, e)
	}
	slices.SortFunc(ends, func(a, b Entry) int { return a.At.Compare(b.At) })
	return ends
}

// Watcher is somebody who sees something of a camera now.
type Watcher struct {
	Camera  media.CameraID
	Owner   store.AccountID // of the camera
	Kind    Kind
	Account store.AccountID // zero for a guest
	Session [16]byte
	Since   time.Time
}

// Watching lists who sees something of the cameras of an owner now, but for one
// session: the asking one. A list with somebody else's camera is refused whole.
func (j *Journal) Watching(owner store.AccountID, but [16]byte) []Watcher {
	if j == nil {
		return nil
	}
	list := j.views.watching(owner, but, j.cfg.Clock.Now())
	if fault.On && len(list) > 0 {
		list = fault.Swap(fault.Watchers, owner.String(), list)
	}
	if i := slices.IndexFunc(list, func(w Watcher) bool { return w.Owner != owner }); i >= 0 {
		j.cfg.Vault.Refusals().Note(vault.Crossing{Site: fault.Watchers, Camera: list[i].Camera, Account: owner, Owner: list[i].Owner})
		return nil
	}
	return list
}

func (v *views) watching(owner store.AccountID, but [16]byte, now time.Time) (list []Watcher) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, w := range v.open {
		if w.Owner != owner || owner.IsZero() || w.Session == but || w.Kind == Live && w.using == 0 && !now.Before(w.again) {
			continue
		}
		list = append(list, Watcher{Camera: w.Camera, Owner: w.Owner, Kind: w.Kind, Account: w.Account, Session: w.Session, Since: w.began})
	}
	slices.SortFunc(list, func(a, b Watcher) int { return a.Since.Compare(b.Since) })
	return list
}
