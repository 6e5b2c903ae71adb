package journal

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"lares/cameras/media"
	"lares/hub/store"
)

// due enters entries in a transaction that ends with an error.
func (r *rig) due(end error, entries ...Entry) {
	r.t.Helper()
	err := r.store.Update(r.t.Context(), func(tx *store.Tx) error {
		for _, e := range entries {
			r.must(r.Due(r.t.Context(), tx, e))
		}
		return end
	})
	if !errors.Is(err, end) {
		r.t.Fatal(err)
	}
}

// kinds are those of all rows, in order.
func (r *rig) kinds() (list []string) {
	for _, row := range r.rows() {
		list = append(list, row.Kind)
	}
	return list
}

// TestDueOutlivesTheHub: what gives or takes a right is in the journal after the
// next start, once, however the hub ended after the commit; and what was due before
// the cut between two commits of the journal is in its place.
func TestDueOutlivesTheHub(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ann, door := store.NewAccountID(), media.NewCameraID()
	r.household(ann, door)
	want := []string{"sign-in"}
	r.must(r.Put(t.Context(), Entry{Kind: SignIn, Account: ann}))
	for _, kind := range []Kind{
		Granted, Revoked, Expired, TokenMade, TokenEnded, LinkMade, LinkEnded, Rotated, Recovered, CameraAdded, CameraRemoved,
		Transferred, AccountRemoved, Restored, Repaired,
	} {
		if !ofRights(kind) {
			t.Fatalf("%s gives no right", kind)
		}
		e := Entry{Kind: kind, Account: ann, Session: [16]byte{1}, Camera: door, Object: [16]byte{3}, Place: "192.0.2.1", Detail: map[string]any{"history": "all"}}
		r.due(nil, e, Entry{Kind: TOTP, Account: ann})
		if list := r.kinds(); !slices.Equal(list, want) {
			t.Fatalf("%s: before the end there are %v", kind, list)
		}
		if rep := r.verify(); !rep.OK() || rep.Waiting != 2 || !strings.Contains(strings.Join(rep.Remarks(), "\n"), "2 rows wait") {
			t.Errorf("%s: verify beside it says %+v", kind, rep)
		}
		want = append(want, string(kind), "totp")
		at := r.clock.Now()
		r.clock.Advance(time.Hour)
		for range 2 {
			r.killed()
			if list := r.kinds(); !slices.Equal(list, want) {
				t.Fatalf("%s: after the start there are %v", kind, list)
			}
		}
		row := r.rows()[len(want)-2]
		if got := entry(row); got.Owner != ann || got.Camera != door || got.Object != e.Object || !got.At.Equal(at) || got.Place != e.Place || got.Detail["history"] != "all" {
			t.Errorf("%s: %+v", kind, got)
		}
	}
	if rep := r.verify(); !rep.OK() || rep.Waiting != 0 || len(rep.Late) != 0 || rep.Signed != int64(len(want)) {
		t.Errorf("%+v", rep)
	}
}

// TestDueInOrder: a row that was due stands among those that were added where it came,
// also where its transaction ended after the batch was taken, and one whose
// transaction failed nowhere.
func TestDueInOrder(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.Add(Entry{Kind: Live})
	r.due(nil, Entry{Kind: Granted}, Entry{Kind: LinkMade})
	r.due(context.Canceled, Entry{Kind: Rotated})
	r.Add(Entry{Kind: LiveEnd})
	r.due(nil, Entry{Kind: Revoked})
	r.Add(Entry{Kind: Clip})
	r.must(r.Flush(t.Context()))
	want := []string{"live", "granted", "link-made", "live-end", "revoked", "clip"}
	if list := r.kinds(); !slices.Equal(list, want) {
		t.Fatalf("%v", list)
	}
	r.Add(Entry{Kind: ClipEnd})
	batch := r.take()
	r.due(nil, Entry{Kind: Expired})
	r.must(r.write(t.Context(), batch))
	r.must(r.Flush(t.Context()))
	if list := r.kinds(); !slices.Equal(list[6:], []string{"clip-end", "expired"}) {
		t.Errorf("%v", list)
	}
	if rep := r.verify(); !rep.OK() || rep.Rows != 8 {
		t.Errorf("%+v", rep)
	}
}

// TestDueInVain: what fails leaves no place in the queue, whether it is queued or taken
// at that time, so that no number of failures keeps others out; where the database may
// have committed, one place stays for all of them.
func TestDueInVain(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	waiting := func(what string, want ...Kind) {
		t.Helper()
		var got []Kind
		for _, n := range r.queue {
			got = append(got, Kind(n.row.Kind))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q waits, want %q", what, got, want)
		}
	}
	r.Add(Entry{Kind: Live})
	for range 3 {
		r.due(context.Canceled, Entry{Kind: Granted}, Entry{Kind: Revoked})
	}
	waiting("after refused transactions", Live)
	var batch []*noted
	err := r.store.Update(t.Context(), func(tx *store.Tx) error {
		r.must(r.Due(t.Context(), tx, Entry{Kind: Granted}))
		batch = r.take()
		return context.Canceled
	})
	if len(batch) != 2 || err != context.Canceled {
		t.Fatalf("%d taken, %v", len(batch), err)
	}
	r.putBack(batch)
	waiting("taken meanwhile, and put back", Live)
	for range 3 {
		ctx, cancel := context.WithCancel(t.Context())
		err := r.store.Update(ctx, func(tx *store.Tx) error {
			defer cancel() // before the commit
			return r.Due(ctx, tx, Entry{Kind: Granted})
		})
		if !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
	}
	waiting("after commits that failed", Live, "")
	r.due(nil, Entry{Kind: LinkMade})
	r.must(r.Flush(t.Context()))
	waiting("afterwards")
	if list := r.kinds(); !slices.Equal(list, []string{"live", "link-made"}) || !r.verify().OK() {
		t.Errorf("%v, %+v", list, r.verify())
	}
}

// TestDueByHand: nobody with the database alone gets a row into the journal through
// those that wait: not one that was made up, nor one that was changed, nor one that
// waited once and is put back.
func TestDueByHand(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.must(r.Put(t.Context(), Entry{Kind: SignIn}))
	r.due(nil, Entry{Kind: Granted, Detail: map[string]any{"history": "now"}})
	r.hand("CREATE TABLE kept AS SELECT * FROM journal_due")
	r.must(r.Flush(t.Context()))
	for i, do := range []string{
		"INSERT INTO journal_due SELECT * FROM kept",
		"INSERT INTO journal_due SELECT * FROM kept; UPDATE journal_due SET seq = 7",
		"INSERT INTO journal_due (seq, at_ms, kind, via, hash) SELECT 1, at_ms, 'granted', via, hash FROM journal ORDER BY seq DESC LIMIT 1",
	} {
		before := r.kinds()
		r.hand(do)
		if rep := r.verify(); rep.OK() || rep.Foreign != 1 || len(rep.Lines()) != 1 {
			t.Errorf("%s: verify finds %+v", do, rep)
		}
		if i%2 == 0 {
			r.killed()
		}
		r.must(r.Put(t.Context(), Entry{Kind: SignOut}))
		if list := r.kinds(); !slices.Equal(list, append(before, "sign-out")) {
			t.Errorf("%s: %v", do, list)
		}
		if rep := r.verify(); !rep.OK() || rep.Waiting != 0 {
			t.Errorf("%s: then %+v", do, rep)
		}
	}
	if n := r.vault.Refusals().Snapshot()["journal"]; n != 3 {
		t.Errorf("%d crossings", n)
	}
	r.due(nil, Entry{Kind: Granted, Detail: map[string]any{"history": "now"}})
	r.hand(`UPDATE journal_due SET detail = '{"history":"all"}'`)
	r.must(r.Flush(t.Context()))
	if last := r.kinds(); last[len(last)-1] != "sign-out" {
		t.Errorf("changed, it is %v", last)
	}
}

// TestDueBesideStrangers: a row that somebody puts behind the newest keeps none out
// that waits.
func TestDueBesideStrangers(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.fill(3, 3)
	r.due(nil, Entry{Kind: Granted})
	put := r.forge(2)
	r.due(nil, Entry{Kind: Revoked})
	r.must(r.Flush(t.Context()))
	if list := r.kinds(); !slices.Equal(list[5:], []string{"granted", "revoked"}) {
		t.Errorf("%v", list)
	}
	if rep := r.verify(); !slices.Equal(rep.First, put) || rep.Foreign != 0 {
		t.Errorf("%+v", rep)
	}
}

// TestDueAccusesNobody: a grant whose row waited while the hub was killed makes what
// it allows lawful, and the revoke after it ends that.
func TestDueAccusesNobody(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ann, bob, door := store.NewAccountID(), store.NewAccountID(), media.NewCameraID()
	r.household(ann, door)
	r.household(bob)
	r.must(r.Put(t.Context(), Entry{Kind: CameraAdded, Account: ann, Camera: door, Owner: ann}))
	r.due(nil, Entry{Kind: Granted, Account: ann, Camera: door, Other: bob})
	r.killed()
	see := func(session byte) {
		r.clock.Advance(time.Minute)
		r.sees(View{Kind: Live, Account: bob, Session: [16]byte{session}, Camera: door})
	}
	see(1)
	r.due(nil, Entry{Kind: Revoked, Account: ann, Camera: door, Other: bob})
	r.killed()
	see(2)
	r.due(nil, Entry{Kind: Granted, Account: ann, Camera: door, Other: bob})
	c := r.check(CheckQuery{Since: t0, Until: r.clock.Now().Add(time.Second)}) // which writes what waits first
	if len(c.WithoutGrant) != 1 || c.WithoutGrant[0].Session != [16]byte{2} || c.Deliveries != 2 || !c.Report.OK() || len(c.Back) != 0 {
		t.Errorf("%+v", c)
	}
	if list := r.kinds(); list[len(list)-1] != "granted" {
		t.Errorf("%v", list)
	}
}
