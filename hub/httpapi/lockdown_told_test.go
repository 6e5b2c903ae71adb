package httpapi

import (
	"testing"

	"lares/hub/journal"
	"lares/hub/store"
)

// TestLockdownIsTold: whom a lockdown of the hub shut out reads by whom, what it ended
// and for how long, in the journal and in a notice after it; about nobody else. Whoever
// made it reads that it was made, and nothing of others.
func TestLockdownIsTold(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	olga, bob, otto := r.person("olga"), r.person("bob"), r.person("otto")
	r.person("alice")
	must(t, r.store.Update(t.Context(), func(tx *store.Tx) error {
		return tx.SetOperator(t.Context(), r.caller(otto).Account, true)
	}))
	olga.recovery()
	code := otto.recovery()
	r.signIn("alice") // her second session
	if a := bob.do("POST", bob.path("/sign-out"), nil); a.StatusCode != 204 {
		t.Fatal(a.Status)
	}
	if a := olga.do("POST", olga.path("/lockdown"), map[string]string{"scope": "hub"}); a.StatusCode != 204 {
		t.Fatalf("%s %s", a.Status, bodyOf(t, a))
	}
	told := func(p *person) (list []noticeView) {
		t.Helper()
		var page struct{ Notices []noticeView }
		decode(t, p.do("GET", p.path("/notices"), nil), &page)
		for _, n := range page.Notices {
			if n.Kind == journal.NoticeLockedOut {
				list = append(list, n)
			}
		}
		return list
	}
	other := r.signIn("otto") // looks while it is on: what it ended, not how long it was
	if n := other.journal("").kinds(); n[journal.LockedOut] != 1 || n[journal.LetIn] != 0 || len(told(other)) != 0 {
		t.Errorf("meanwhile otto reads %v", n)
	}
	if a := other.do("DELETE", other.path("/lockdown?scope=hub"), map[string]string{"password": testPassword, "recovery": code}); a.StatusCode != 204 {
		t.Fatalf("%s %s", a.Status, bodyOf(t, a))
	}
	for name, sessions := range map[string]int64{"alice": 2, "bob": 0, "otto": 1} {
		p := r.signIn(name)
		var rows []entryView
		for _, e := range p.journal("").Entries {
			if e.Kind == journal.LockedOut || e.Kind == journal.LetIn {
				rows = append(rows, e)
			}
		}
		if len(rows) != 2 || rows[0].Kind != journal.LetIn || rows[1].Kind != journal.LockedOut {
			t.Errorf("%s reads %+v", name, rows)
			continue
		}
		for _, e := range rows {
			if e.Other == nil || e.Other.ID.String() != p.id || e.Place != "" && name != "otto" {
				t.Errorf("%s reads of %+v, at %q", name, e.Other, e.Place)
			}
		}
		if out := rows[1]; out.Actor.Name != "olga" || out.Count != sessions {
			t.Errorf("%s: shut out by %s, %d sessions ended", name, out.Actor.Name, out.Count)
		}
		if in := rows[0]; in.Actor.Name != "otto" || in.Count != 0 || in.Span <= 0 {
			t.Errorf("%s: let in by %s, after %d ms", name, in.Actor.Name, in.Span)
		}
		list := told(p)
		if len(list) != 1 || list[0].Detail["name"] != "olga" || list[0].Detail["span_ms"] != float64(rows[0].Span) {
			t.Errorf("%s is told %+v", name, list)
		}
	}
	n := olga.journal("").kinds()
	if n[journal.LockedOut] != 0 || n[journal.LetIn] != 0 || n[journal.Lockdown] != 1 || n[journal.Lifted] != 1 || len(told(olga)) != 0 {
		t.Errorf("olga, who made it, reads %v", n)
	}
}
