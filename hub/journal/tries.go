package journal

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"lares/cameras/media"
	"lares/hub/store"
)

const (
	// seenWindow makes one row of the pictures of a page.
	seenWindow = 3 * time.Second
	// deniedWindow makes one row of what somebody tries again and again.
	deniedWindow = 10 * time.Second
	// eventsWindow makes one row of lists that a page asks for anew.
	eventsWindow = time.Minute
	// maxVain is how many rows of a kind that anybody can cause may follow each
	// other; then one more comes each vainEvery, and the rows that wait grow. So
	// nobody pushes out others' rows of a year (DefaultRows).
	maxVain   = 120
	vainEvery = 5 * time.Minute
	// maxTries bounds what is coalesced at once; what does not find a place is
	// counted in one row for all.
	maxTries = 2048
)

// tryKey is what is coalesced: the same thing of one session, camera and
// source. The zero session, camera and place take what finds no place.
type tryKey struct {
	kind    Kind
	session [16]byte
	camera  media.CameraID
	owner   store.AccountID
	place   string
	site    string
}

// try is a row that still grows.
type try struct {
	Entry
	began time.Time
}

// tries are the rows that still grow.
type tries struct {
	mu   sync.Mutex // guards open and what is in it
	open map[tryKey]*try
	vain map[Kind]*share
}

// share is how many rows of a kind may be written at a time.
type share struct {
	left int
	at   time.Time // when it last grew
}

// take takes a row's place; false if there is none now. The caller holds mu.
func (t *tries) take(k Kind, now time.Time) bool {
	if k != Denied && k != Refused && k != SignInRefused {
		return true
	}
	s := t.vain[k]
	if s == nil {
		s = &share{left: maxVain, at: now}
		t.vain[k] = s
	}
	if n := now.Sub(s.at) / vainEvery; n > 0 {
		s.left, s.at = min(s.left+int(min(n, maxVain)), maxVain), s.at.Add(n*vainEvery)
	}
	if s.left == 0 {
		return false
	}
	s.left--
	return true
}

func window(k Kind) time.Duration {
	switch k {
	case Thumbnails:
		return seenWindow
	case Events:
		return eventsWindow
	}
	return deniedWindow
}

// Seen notes that somebody received n bytes of something small: Thumbnails, or
// the texts of Events. What a page shows of a camera within some seconds is one
// row with a count.
func (j *Journal) Seen(v View, n int) {
	if j == nil {
		return
	}
	v.Owner, v.Object = j.ownerOf(v.Camera, v.Owner), [16]byte{}
	e := v.entry()
	e.Count, e.Bytes = 1, int64(n)
	j.tries.note(j.cfg.Clock.Now(), tryKey{kind: v.Kind, session: v.Session, camera: v.Camera, place: v.Place}, e)
}

// Denied notes that somebody asked for a camera that is not theirs, or not
// there: which of the two is not looked at before. Tries at what is nobody's
// are coalesced without a camera.
func (j *Journal) Denied(v View) {
	if j == nil {
		return
	}
	if v.Owner = j.ownerOf(v.Camera, v.Owner); v.Owner.IsZero() {
		v.Camera = media.CameraID{}
	}
	v.Kind, v.Object = Denied, [16]byte{}
	e := v.entry()
	e.Count = 1
	j.tries.note(j.cfg.Clock.Now(), tryKey{kind: Denied, session: v.Session, camera: v.Camera, place: v.Place}, e)
}

// SignInRefused notes a wrong password or code for an account. Those from one
// place are coalesced.
func (j *Journal) SignInRefused(tried store.AccountID, place string) {
	if j == nil {
		return
	}
	e := Entry{Kind: SignInRefused, Account: tried, Via: ViaHub, Place: place, Count: 1}
	j.tries.note(j.cfg.Clock.Now(), tryKey{kind: SignInRefused, session: tried, place: place}, e)
}

// note adds an entry to the row of its key.
func (t *tries) note(now time.Time, key tryKey, e Entry) {
	t.mu.Lock()
	defer t.mu.Unlock()
	open := t.open[key]
	if open == nil && len(t.open) >= maxTries {
		key = tryKey{kind: key.kind, site: key.site}
		e = Entry{Kind: e.Kind, Count: e.Count, Bytes: e.Bytes, Detail: map[string]any{"many": true}}
		open = t.open[key]
	}
	if open == nil {
		e.At = now
		t.open[key] = &try{Entry: e, began: now}
		return
	}
	open.Count += e.Count
	open.Bytes += e.Bytes
	open.At = now
}

// over takes out the rows that are complete, or all.
func (t *tries) over(now time.Time, all bool) (done []Entry) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for key, o := range t.open {
		if !all && (now.Sub(o.began) < window(key.kind) || !t.take(key.kind, now)) {
			continue
		}
		delete(t.open, key)
		o.Span = o.At.Sub(o.began)
		done = append(done, o.Entry)
	}
	slices.SortFunc(done, func(a, b Entry) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Kind, b.Kind)) })
	return done
}
