package journal

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"lares/hub/store"
)

// note is what the database says of how many rows wait.
func (r *rig) note() []byte {
	r.t.Helper()
	b, err := note(r.t.Context(), r.store)
	r.must(err)
	return b
}

// TestRemovedWhileItWaited: whichever rows somebody takes out of the database before
// the journal has them, with the hub running or killed, verify says that they are
// gone, and the hub counts it, once.
func TestRemovedWhileItWaited(t *testing.T) {
	t.Parallel()
	for what, c := range map[string]struct {
		statement string
		gone      int64
		left      []string
	}{
		"the first":        {"DELETE FROM journal_due WHERE seq = 1", 1, []string{"revoked", "link-made"}},
		"one between":      {"DELETE FROM journal_due WHERE seq = 2", 1, []string{"granted", "link-made"}},
		"the last":         {"DELETE FROM journal_due WHERE seq = 3", 1, []string{"granted", "revoked"}},
		"all":              {"DELETE FROM journal_due", 3, nil},
		"closed up":        {"DELETE FROM journal_due WHERE seq = 1; UPDATE journal_due SET seq = seq - 1", 3, nil},
		"with their count": {"DELETE FROM journal_due; UPDATE setting SET value = (SELECT value FROM kept) WHERE name = 'journal-waits'", 1, nil},
		"with a made-up":   {"DELETE FROM journal_due; UPDATE setting SET value = zeroblob(80) WHERE name = 'journal-waits'", 1, nil},
	} {
		for _, kill := range []bool{false, true} {
			r := newRig(t)
			r.hand("CREATE TABLE kept (value BLOB)")
			r.must(r.Put(t.Context(), Entry{Kind: SignIn}))
			r.hand("INSERT INTO kept SELECT value FROM setting WHERE name = 'journal-waits'")
			r.must(r.Put(t.Context(), Entry{Kind: SignOut}))
			r.due(nil, Entry{Kind: Granted}, Entry{Kind: Revoked})
			r.due(nil, Entry{Kind: LinkMade})
			r.hand(c.statement)
			if rep := r.verify(); rep.OK() || rep.Removed != c.gone || !strings.Contains(strings.Join(rep.Lines(), "\n"), "waited") {
				t.Errorf("%s: verify finds %+v", what, rep)
			}
			if kill {
				r.killed()
			}
			r.due(nil, Entry{Kind: Rotated}) // hides nothing
			r.must(r.Put(t.Context(), Entry{Kind: SignIn}))
			r.must(r.Put(t.Context(), Entry{Kind: SignOut}))
			want := slices.Concat([]string{"sign-in", "sign-out"}, c.left, []string{"rotated", "sign-in", "sign-out"})
			if list := r.kinds(); !slices.Equal(list, want) {
				t.Errorf("%s, killed %v: %v", what, kill, list)
			}
			crossings := uint64(1)
			if what == "closed up" { // the hub did not write them so
				crossings = 2
			}
			if n := r.vault.Refusals().Snapshot()["journal"]; n != crossings {
				t.Errorf("%s, killed %v: %d crossings", what, kill, n)
			}
			if rep := r.verify(); !rep.OK() {
				t.Errorf("%s, killed %v: then %+v", what, kill, rep)
			}
		}
	}
}

// TestCountOfWhatWaits: a crash leaves note and rows as one commit left them, and so
// does a transaction that fails; where there is no note, as of an older hub, nobody is
// accused, and a row of the journal says so, once.
func TestCountOfWhatWaits(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.due(nil, Entry{Kind: Granted}) // before the first row
	before := r.note()
	r.due(store.ErrNoRow, Entry{Kind: Revoked})
	if !bytes.Equal(r.note(), before) || !r.verify().OK() {
		t.Errorf("%x after a transaction that failed, %+v", r.note(), r.verify())
	}
	r.due(nil, Entry{Kind: LinkMade})
	r.killed()
	r.killed()
	r.hand("DELETE FROM setting WHERE name = 'journal-waits'")
	r.due(nil, Entry{Kind: Revoked})
	if rep := r.verify(); !rep.OK() || !rep.Untold || !strings.Contains(strings.Join(rep.Remarks(), "\n"), "nothing tells") {
		t.Errorf("without a note: %+v", rep)
	}
	r.killed()
	r.must(r.Flush(t.Context()))
	r.killed()
	if list := r.kinds(); !slices.Equal(list, []string{"granted", "link-made", "revoked", "lost"}) {
		t.Errorf("%v", list)
	}
	if rep := r.verify(); !rep.OK() || rep.Untold || len(r.vault.Refusals().Snapshot()) != 0 {
		t.Errorf("%+v, refused %v", rep, r.vault.Refusals().Snapshot())
	}
}
