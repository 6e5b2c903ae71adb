package journal

import (
	"errors"
	"os"
	"testing"
	"time"

	"lares/hub/store"
)

// TestRemembered: an account is told whether the head that it remembers is still there,
// and nothing of how many rows there are: not if the newest rows were taken away with
// their heads, nor when the journal has grown past it since.
func TestRemembered(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ann, bob := store.AccountID{1}, store.AccountID{2}
	ask := func(who store.AccountID, kept *Head, want Remembered) Head {
		t.Helper()
		h, of, err := r.Head(t.Context(), who, kept)
		if err != nil || of != want {
			t.Errorf("%s, want %s; %v", of, want, err)
		}
		if again, err := ParseHead(h.String()); err != nil || again != h {
			t.Errorf("%s is read as %+v, %v", h, again, err)
		}
		return h
	}
	if _, _, err := r.Head(t.Context(), ann, nil); !errors.Is(err, ErrNoHead) {
		t.Errorf("of an empty journal: %v", err)
	}
	r.fill(10, 5)
	whole, err := os.ReadFile(r.path())
	r.must(err)
	r.hand("CREATE TABLE kept AS SELECT value FROM setting WHERE name = 'journal-waits'")
	r.clock.Advance(time.Hour)
	first := ask(ann, nil, RememberedNone)
	ask(ann, &first, RememberedSame)
	if his := ask(bob, nil, RememberedNone); his.Number == first.Number || his.Hash != first.Hash || first.Number < 1<<20 {
		t.Errorf("%v, %v", his, first)
	}
	ask(bob, &first, RememberedGone) // it is another's
	r.fill(4, 2)
	r.clock.Advance(time.Hour)
	second := ask(ann, &first, RememberedAhead)
	ask(ann, &second, RememberedSame)
	ask(ann, &Head{second.Number, first.Hash}, RememberedGone)

	r.must(r.Close())
	r.must(os.WriteFile(r.path(), whole, 0o600))
	r.hand("DELETE FROM journal WHERE seq > 10", "UPDATE setting SET value = (SELECT value FROM kept) WHERE name = 'journal-waits'")
	r.open()
	ask(ann, &second, RememberedGone)
	ask(ann, &first, RememberedSame)
	r.fill(40, 2)
	r.clock.Advance(time.Hour)
	ask(ann, &second, RememberedGone)
	ask(ann, &first, RememberedAhead)
	for _, s := range []string{"", "7", "7:", "x:" + first.String()[2:], "-1:" + first.String()[2:], first.String() + "00", first.String()[:20], "281474976710656:" + first.String()[len(first.String())-64:]} {
		if h, err := ParseHead(s); !errors.Is(err, ErrHead) {
			t.Errorf("%q is %+v, %v", s, h, err)
		}
	}
}
