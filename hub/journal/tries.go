package journal

import (
	"cmp"
	"net/netip"
	"slices"
	"sync"
	"time"

	"lares/cameras/media"
	"lares/hub/store"
)

const (
	// seenWindow makes one row of the pictures of a page beyond the first.
	seenWindow = 3 * time.Second
	// deniedWindow makes one row of what somebody tries again and again, beyond the
	// first.
	deniedWindow = 10 * time.Second
	// detectedWindow makes one row of the pictures that go to a detector, beyond the
	// first: nobody watches there.
	detectedWindow = time.Hour
	// eventsWindow makes one row of lists that a page asks for anew, beyond the first, or
	// of tries of detectors.
	eventsWindow = time.Minute
	// maxTries bounds what is coalesced at once in a room. What finds no place
	// there is counted by what it is about, in as many rows again; what finds none
	// there either, in one row for all.
	maxTries = 2048
)

// room holds rows that grow. Each has its own, so that what anybody can cause takes
// no place of what somebody received, nor of a crossing.
type room int

const (
	roomSeen    room = iota // Thumbnails, Glimpse, Events, Detected and DetectorTried
	roomRefused             // crossings
	roomVain                // what anybody can cause
	rooms
)

func roomOf(k Kind) room {
	switch k {
	case Thumbnails, Glimpse, Events, Detected, DetectorTried:
		return roomSeen
	case Refused:
		return roomRefused
	}
	return roomVain
}

// tryKey is what is coalesced: the same thing of one session or account, camera and
// source.
type tryKey struct {
	kind    Kind
	session [16]byte
	camera  media.CameraID
	owner   store.AccountID
	place   string // as tries are counted: see source
	site    string // of a crossing; of a Glimpse the device
}

// source is what tries from an address are counted by: of IPv6 the network of 64
// bits, of which any household has all addresses.
func source(place string) string {
	a, err := netip.ParseAddr(place)
	if err != nil || a.Unmap().Is4() {
		return place
	}
	network, _ := a.WithZone("").Prefix(64) // no error: IPv6 has more bits
	return network.String()
}

// try is a row that still grows. Its first is a row of its own mostly: then it is of
// the repeats, and empty until there are any.
type try struct {
	Entry
	began time.Time
	first *Mark // nil if there is none
}

// tries are the rows that still grow.
type tries struct {
	mu     sync.Mutex // guards what follows, and what is in it
	open   [rooms]map[tryKey]*try
	shares shares
}

func newTries() (t *tries) {
	t = &tries{shares: newShares()}
	for i := range t.open {
		t.open[i] = map[tryKey]*try{}
	}
	return t
}

// take takes the place of a row; false if there is none now. The caller holds mu.
func (t *tries) take(key tryKey, e Entry, now time.Time) bool {
	return roomOf(key.kind) == roomSeen || t.shares.take(partiesOf(e, key.site), now)
}

func window(k Kind) time.Duration {
	switch k {
	case Thumbnails, Glimpse:
		return seenWindow
	case Events, DetectorTried:
		return eventsWindow
	case Detected:
		return detectedWindow
	}
	return deniedWindow
}

// Seen notes that somebody is about to receive n bytes of something small:
// Thumbnails, the pictures of a look (Glimpse), the texts of Events, or what a detector is
// shown, or that somebody tries one. The first is a row; what a page shows of a camera beyond it within some seconds
// is one more row with a count. Nothing may be delivered before the mark says that the
// first is durable: a hub that is killed does not take with it who it was.
func (j *Journal) Seen(v View, n int) *Mark {
	if j == nil {
		return nil
	}
	v.Owner, v.Object = j.ownerOf(v.Camera, v.Owner), [16]byte{}
	e := v.entry()
	e.Count, e.Bytes = 1, int64(n)
	return j.try(tryKey{kind: v.Kind, session: v.Session, camera: v.Camera, place: source(v.Place), site: v.Device}, e)
}

// try notes an entry that may come again and again, and returns the mark of the first
// of them; nil if that is no row.
func (j *Journal) try(key tryKey, e Entry) *Mark {
	e.At = j.cfg.Clock.Now()
	first := j.tries.note(key, e, j.mark)
	j.relieve()
	return first
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
	who := v.Account // whoever signs in again and again is one
	if who.IsZero() {
		who = v.Session
	}
	j.try(tryKey{kind: Denied, session: who, camera: v.Camera, place: source(v.Place)}, e)
}

// SignInRefused notes a wrong password or code for an account. Those from one
// place are coalesced.
func (j *Journal) SignInRefused(tried store.AccountID, place string) {
	if j == nil {
		return
	}
	e := Entry{Kind: SignInRefused, Account: tried, Via: ViaHub, Place: place, Count: 1}
	j.try(tryKey{kind: SignInRefused, session: tried, place: source(place)}, e)
}

// note adds an entry to the row of its key. Two are rows by themselves: the first of
// a key, unless there are too many (see shares), and what somebody received and finds
// no place, for a row too many is better than one that does not say who it was.
func (t *tries) note(key tryKey, e Entry, add func(Entry) *Mark) (first *Mark) {
	t.mu.Lock()
	defer t.mu.Unlock()
	in := t.open[roomOf(key.kind)]
	open := in[key]
	if open == nil && len(in) >= maxTries {
		if roomOf(key.kind) == roomSeen {
			return add(e)
		}
		key, e = less(in, key, e)
		open = in[key]
	}
	switch {
	case open == nil:
		open = &try{Entry: e, began: e.At}
		in[key] = open
		if t.take(key, e, e.At) {
			open.Count, open.Bytes, open.first = 0, 0, add(e)
		}
	case open.first.lost():
		open.first = add(e)
	default:
		open.join(e)
	}
	return open.first
}

// less is what a key and its entry become in a full room: without source and session,
// or, if that has no place either, without anything.
func less(in map[tryKey]*try, key tryKey, e Entry) (tryKey, Entry) {
	key.place = ""
	many := Entry{At: e.At, Kind: e.Kind, Account: e.Account, Camera: e.Camera, Owner: e.Owner, Count: e.Count, Detail: map[string]any{"many": true}}
	switch {
	case key.kind == Refused: // whose it would have been matters more than who got nothing
		key.session, many.Account = [16]byte{}, store.AccountID{}
	case key.kind == Denied && e.Account.IsZero(): // guests are many
		key.session = [16]byte{}
	}
	if in[key] == nil && len(in) >= 2*maxTries {
		key = tryKey{kind: key.kind, site: key.site}
		many.Account, many.Camera, many.Owner = store.AccountID{}, media.CameraID{}, store.AccountID{}
	}
	if key.site != "" {
		many.Detail["site"] = key.site
	}
	return key, many
}

// join adds what came later. What the two do not share, the row does not say.
func (o *try) join(e Entry) {
	if o.Count == 0 { // the first repeat
		o.Entry, o.began = e, e.At
		return
	}
	o.Count += e.Count
	o.Bytes += e.Bytes
	o.At = e.At
	if o.Session != e.Session {
		o.Session = [16]byte{}
	}
	if o.Place != e.Place && o.Place != "" {
		o.Place = source(o.Place)
	}
	was, _ := o.Detail["start"].(string)
	if began, ok := e.Detail["start"].(string); ok && (was == "" || began < was) {
		o.Detail = e.Detail // of what began first
	}
}

// over takes out the rows that are complete, or all.
func (t *tries) over(now time.Time, all bool) (done []Entry) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, in := range t.open {
		for key, o := range in {
			if !all && now.Sub(o.began) < window(key.kind) {
				continue
			}
			if o.Count == 0 { // it did not come again
				delete(in, key)
				continue
			}
			if !all && !t.take(key, o.Entry, now) {
				continue
			}
			delete(in, key)
			o.Span = o.At.Sub(o.began)
			done = append(done, o.Entry)
		}
	}
	slices.SortFunc(done, func(a, b Entry) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Kind, b.Kind)) })
	return done
}
