package journal

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"lares/cameras/media"
	"lares/hub/store"
)

// TestSeenBy: who was concerned sees what was done; from where is for the eyes
// of who did it and of who owns the camera, and the camera of an offer is not
// named to who gets it.
func TestSeenBy(t *testing.T) {
	ann, bob, eve := store.NewAccountID(), store.NewAccountID(), store.NewAccountID()
	camera := media.NewCameraID()
	entry := func(k Kind, by, other store.AccountID) Entry {
		return Entry{Kind: k, Account: by, Owner: ann, Other: other, Camera: camera, Object: [16]byte{1}, Session: [16]byte{2}, Place: "192.0.2.7"}
	}
	for _, c := range []struct {
		what           string
		e              Entry
		who            store.AccountID
		camera, object bool
		place          bool
	}{
		{"her own offer", entry(Offered, ann, bob), ann, true, true, true},
		{"an offer to him", entry(Offered, ann, bob), bob, false, true, false},
		{"what he declined", entry(Declined, bob, ann), bob, false, true, true},
		{"an offer of hers that was declined", entry(Declined, bob, ann), ann, true, true, true},
		{"a share with him", entry(Granted, ann, bob), bob, true, true, false},
		{"what he watched", entry(Live, bob, store.AccountID{}), bob, true, true, true},
		{"what somebody else got", entry(Granted, ann, bob), eve, false, false, false},
	} {
		got := seenBy(c.e, c.who)
		if !got.Camera.IsZero() != c.camera || (got.Object != [16]byte{}) != c.object || (got.Place != "") != c.place || (got.Session != [16]byte{}) != c.place {
			t.Errorf("%s: %+v", c.what, got)
		}
	}
}

// TestNothingShowsWhenOthersLook: what an account gets of the journal within an hour is
// the same whether or not another one does something.
func TestNothingShowsWhenOthersLook(t *testing.T) {
	t.Parallel()
	ann, bob := store.NewAccountID(), store.NewAccountID()
	r := newRig(t)
	r.household(ann)
	r.household(bob)
	seen := func() (Head, Page) {
		t.Helper()
		r.must(r.Flush(t.Context()))
		h, _, err := r.Head(t.Context(), bob, nil)
		r.must(err)
		p, err := r.List(t.Context(), Query{Account: bob, Limit: MaxPage})
		r.must(err)
		return h, p
	}
	r.must(r.Put(t.Context(), Entry{Kind: SignIn, Account: bob}))
	r.must(r.Put(t.Context(), Entry{Kind: SignIn, Account: ann}))
	r.must(r.Put(t.Context(), Entry{Kind: Password, Account: bob}))
	for _, within := range []time.Duration{0, 2 * time.Hour} {
		r.clock.Advance(within)
		head, page := seen()
		for range 5 {
			r.must(r.Put(t.Context(), Entry{Kind: SignIn, Account: ann}))
		}
		r.clock.Advance(time.Minute)
		laterHead, laterPage := seen()
		if !reflect.DeepEqual(head, laterHead) || !reflect.DeepEqual(page, laterPage) {
			t.Errorf("after %v the other's deeds show: %+v, then %+v", within, head, laterHead)
		}
	}
	was, _ := seen()
	r.clock.Advance(time.Hour)
	now, _ := seen()
	row := func(h Head) int64 { return r.row(bob, h.Number) }
	if row(now) <= row(was) {
		t.Errorf("an hour later the head is %d, before %d", row(now), row(was))
	}
	for _, set := range []time.Duration{-3 * time.Hour, 0, 5 * time.Hour, -4 * time.Hour} { // the clock is set: no browser may think that rows are gone
		r.clock.Advance(set)
		later, _ := seen()
		r.must(r.Put(t.Context(), Entry{Kind: SignIn, Account: ann}))
		if again, _ := seen(); row(later) < row(now) || row(again) < row(later) {
			t.Errorf("the clock set by %v: the head is %d, then %d, before %d", set, row(later), row(again), row(now))
		}
		now = later
	}
}

// TestNumbers: each row has a number of its own towards each account, by which pages
// follow each other, and which says nothing of the others between.
func TestNumbers(t *testing.T) {
	t.Parallel()
	ann, bob := store.NewAccountID(), store.NewAccountID()
	r := newRig(t)
	r.household(ann)
	seen := map[int64]bool{}
	for seq := range int64(2000) {
		n := r.Number(ann, seq)
		if seen[n] || n < 0 || n >= 1<<48 || r.row(ann, n) != seq {
			t.Fatalf("row %d is called %d, which is row %d", seq, n, r.row(ann, n))
		}
		seen[n] = true
	}
	near := 0
	for seq := range int64(2000) {
		if d := r.Number(ann, seq+1) - r.Number(ann, seq); d > -1<<20 && d < 1<<20 || r.Number(bob, seq) == r.Number(ann, seq) {
			near++
		}
	}
	if near > 100 {
		t.Errorf("%d of 2000 numbers are near the one before, or another account's", near)
	}
	const rows = 23
	for range rows {
		r.must(r.Put(t.Context(), Entry{Kind: SignIn, Account: ann}))
	}
	got, before, pages := 0, int64(0), 0
	for ; pages == 0 || before != 0; pages++ {
		p, err := r.List(t.Context(), Query{Account: ann, Limit: 5, Before: before})
		r.must(err)
		got, before = got+len(p.Entries), p.Next
	}
	if got != rows || pages != 5 {
		t.Errorf("%d rows on %d pages", got, pages)
	}
	last, err := r.store.LastJournal(t.Context())
	r.must(err)
	for what, number := range map[string]int64{
		"the row after the newest": r.Number(ann, last.Seq+1),
		"the row before all":       r.Number(ann, 0),
		"another account's":        r.Number(bob, last.Seq),
		"a number with more bits":  r.Number(ann, last.Seq) | 1<<48,
		"less than nothing":        -1,
	} {
		if p, err := r.List(t.Context(), Query{Account: ann, Limit: 5, Before: number}); !errors.Is(err, ErrBefore) {
			t.Errorf("%s: %d rows, %v", what, len(p.Entries), err)
		}
	}
}
