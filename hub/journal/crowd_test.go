package journal

import (
	"testing"
	"time"

	"lares/hub/store"
)

// TestCrowd: an account that causes very many rows is refused more of them, is told so,
// and so are those who run the hub, once; it goes on as slowly as leaves room for a year.
// Nobody else is refused anything, nor whoever is only tried at.
func TestCrowd(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ann, bob := store.NewAccountID(), store.NewAccountID()
	r.household(ann)
	r.household(bob)
	at := r.clock.Now()
	for range maxRowsOf - 1 {
		r.crowd.add(store.JournalRow{Kind: string(CameraRenamed), Account: bob, At: at})
		r.crowd.add(store.JournalRow{Kind: string(SignInRefused), Account: ann, At: at})
	}
	if r.Crowded(bob) || r.Crowded(ann) || r.Crowded(store.AccountID{}) {
		t.Fatal("refused before there are too many")
	}
	r.must(r.Put(t.Context(), Entry{Kind: CameraRenamed, Account: bob}))
	for range 3 {
		if !r.Crowded(bob) || r.Crowded(ann) {
			t.Fatal("not who caused too many is refused")
		}
		r.must(r.tellCrowded(t.Context()))
	}
	told := func(who store.AccountID) (n int) {
		list, err := r.Notices(t.Context(), who)
		r.must(err)
		for _, notice := range list {
			if notice.Kind == NoticeCrowded {
				n++
			}
		}
		return n
	}
	if n := told(bob); n != 1 {
		t.Errorf("told %d times", n)
	}
	r.clock.Advance(rowEvery)
	if r.Crowded(bob) {
		t.Error("refused for ever")
	}
	r.must(r.Put(t.Context(), Entry{Kind: CameraRenamed, Account: bob}))
	r.must(r.tellCrowded(t.Context()))
	if !r.Crowded(bob) {
		t.Error("one row came back, and two are let through")
	}
	if slowest := DefaultRows / int(24*time.Hour/rowEvery); slowest < 20 {
		t.Errorf("one account pushes out all rows in %d days", slowest)
	}
}
