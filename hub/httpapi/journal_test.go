package httpapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"lares/cameras/fakecam"
	"lares/cameras/media"
	"lares/hub/gate"
	"lares/hub/journal"
	"lares/hub/vault"
)

// writtenJournal is what each role gets of the journal's routes; the owner of
// the table runs the hub.
var writtenJournal = map[string]cells{
	"GET /s/:scope/api/journal":       {200, 200, 200, 200, 404, 404},
	"GET /s/:scope/api/journal/head":  {200, 200, 200, 200, 404, 404},
	"GET /s/:scope/api/watching":      {200, 200, 200, 200, 404, 404},
	"GET /s/:scope/api/notices":       {200, 200, 200, 200, 404, 404},
	"POST /s/:scope/api/notices/read": {204, 204, 204, 204, 404, 404},
	"GET /s/:scope/api/incident":      {200, 200, 200, 200, 404, 404}, // what is in it: TestIncident
	"POST /s/:scope/api/incident":     {204, 404, 404, 404, 404, 404},
	"POST /s/:scope/api/lockdown":     {400, 400, 400, 400, 404, 404}, // without a scope
	"DELETE /s/:scope/api/lockdown":   {204, 204, 204, 204, 404, 404}, // nothing to lift
}

type journalPage struct {
	Account string
	Entries []entryView
	Next    int64
}

// journal reads a page of somebody's journal.
func (p *person) journal(query string) journalPage {
	t := p.r.t
	t.Helper()
	must(t, p.r.journal.Flush(t.Context()))
	var page journalPage
	answer := p.do("GET", p.path("/journal?limit=200%s", query), nil)
	if answer.StatusCode != 200 {
		t.Fatalf("journal: %s %s", answer.Status, bodyOf(t, answer))
	}
	decode(t, answer, &page)
	if page.Account != p.id {
		t.Errorf("%s reads the journal of %s", p.name, page.Account)
	}
	return page
}

// kinds counts the entries of a page by kind.
func (j journalPage) kinds() map[journal.Kind]int {
	n := map[journal.Kind]int{}
	for _, e := range j.Entries {
		n[e.Kind]++
	}
	return n
}

// TestJournalOfInvitations: who invited, and who withdrew it, is there for all
// who run the hub.
func TestJournalOfInvitations(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ann, bob := r.person("ann"), r.person("bob")
	var made struct{ ID string }
	decode(t, ann.do("POST", ann.once("/invitations/new"), map[string]string{"name": "Carol"}), &made)
	must(t, r.accounts.SetOperator(t.Context(), r.caller(ann), r.caller(bob).Account, true))
	for range 2 { // twice is one row
		bob.do("DELETE", bob.path("/invitations/%s", made.ID), nil)
	}
	var rows []entryView
	for _, e := range ann.journal("").Entries {
		if e.Kind == "invited" {
			rows = append(rows, e)
		}
	}
	if len(rows) != 2 || rows[0].Detail["withdrawn"] != true || rows[0].Actor.Name != "bob" || rows[1].Detail["withdrawn"] != nil || rows[1].Actor.Name != "ann" {
		t.Errorf("%+v", rows)
	}
	if own := bob.journal("&kind=invited").Entries; len(own) == 0 || own[0].Object.String() != made.ID {
		t.Errorf("%+v", own)
	}
}

// TestJournal: what people do, see, share and try is there, for those whom it
// concerns and for nobody else.
func TestJournal(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	alice, bob, eve := r.person("alice"), r.person("bob"), r.person("eve")
	cam, _ := alice.camera(fakecam.Options{Name: "alice front"})
	clip := alice.clip(cam)
	r.grant(alice, cam, bob, gate.Live, gate.History)
	whole := bodyOf(t, bob.do("GET", bob.path("/clips/%s/clip.mp4", clip), nil))
	for i := range 3 { // the same clip, in more requests: one view
		bob.do("GET", bob.path("/clips/%s/clip.mp4", clip), nil, fmt.Sprintf("Range: bytes=%d-%d", 10*i, 10*i+9))
	}
	bob.do("GET", bob.path("/clips/%s/thumbnail", clip), nil)
	for range 5 {
		if a := eve.do("GET", eve.path("/clips/%s/clip.mp4", clip), nil); a.StatusCode != 404 {
			t.Fatal(a.Status)
		}
		eve.do("GET", eve.path("/clips/%s/clip.mp4", media.NewClipID()), nil)
	}
	must(t, r.gate.Revoke(t.Context(), r.caller(alice), cam, r.caller(bob).Account))

	var mine journalPage
	wait(t, "the ends of what is coalesced", func() bool {
		mine = alice.journal("&camera=" + cam.String())
		n, denied := mine.kinds(), int64(0)
		for _, e := range mine.Entries {
			if e.Kind == "denied" {
				denied += e.Count
			}
		}
		return n["clip-end"] == 1 && n["thumbnails"] == 1 && denied == 5
	})
	if n := mine.kinds(); n["camera-added"] != 1 || n["granted"] != 1 || n["clip"] != 1 || n["revoked"] != 1 {
		t.Errorf("%v", n)
	}
	for _, e := range mine.Entries {
		switch e.Kind {
		case "clip-end":
			if e.Actor.Name != "bob" || e.Bytes != int64(len(whole))+30 || e.Object.String() != clip.String() || e.Place != "127.0.0.1" {
				t.Errorf("%+v", e)
			}
		case "denied":
			if e.Actor.Name != "eve" {
				t.Errorf("%+v", e)
			}
		case "granted":
			if e.Other == nil || e.Other.Name != "bob" || e.Detail["history"] != "all" {
				t.Errorf("%+v", e)
			}
		}
	}
	// The viewer sees own deeds and what was given and taken.
	if n := bob.journal("").kinds(); n["clip"] != 1 || n["granted"] != 1 || n["revoked"] != 1 || n["sign-in"] != 1 || n["denied"] != 0 || n["camera-added"] != 0 {
		t.Errorf("bob: %v", n)
	}
	// Who tried learns nothing, not even that it was noted.
	for _, e := range eve.journal("").Entries {
		if e.Kind != "sign-in" || !e.Camera.IsZero() {
			t.Errorf("eve: %+v", e)
		}
	}
	// Filters and pages.
	for _, e := range alice.journal("&kind=granted").Entries {
		if e.Kind != "granted" {
			t.Errorf("%+v", e)
		}
	}
	var paged []entryView
	for before := ""; ; {
		var page journalPage
		decode(t, alice.do("GET", alice.path("/journal?limit=2%s", before), nil), &page)
		paged = append(paged, page.Entries...)
		if page.Next == 0 {
			break
		}
		before = fmt.Sprintf("&before=%d", page.Next)
	}
	if whole := alice.journal("").Entries; !reflect.DeepEqual(paged, whole) {
		t.Errorf("in pages: %+v, and at once: %+v", paged, whole)
	}
	for _, q := range []string{"?x=1", "?limit=0", "?limit=201", "?before=x", "?before=0", "?before=1", "?before=9007199254740991", "?before=9223372036854775807"} {
		if a := alice.do("GET", alice.path("/journal%s", q), nil); a.StatusCode != 400 {
			t.Errorf("%s: %s", q, a.Status)
		}
	}
	rep, err := journal.Verify(t.Context(), r.store, r.heads, r.vault.Chain())
	if err != nil || !rep.OK() {
		t.Errorf("%+v %v", rep, err)
	}
}

// TestJournalHead: an account is told a head without how many rows there are, and whether
// one that it remembers is still there; what is none is refused by its field.
func TestJournalHead(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	alice, bob := r.person("alice"), r.person("bob")
	must(t, r.journal.Flush(t.Context()))
	ask := func(p *person, query string) (head, remembered string) {
		t.Helper()
		var v map[string]string
		decode(t, p.do("GET", p.path("/journal/head%s", query), nil), &v)
		if v["account"] != p.id || len(v) != 3 {
			t.Errorf("%v", v)
		}
		return v["head"], v["remembered"]
	}
	hers, of := ask(alice, "")
	if his, _ := ask(bob, ""); of != "first" || his == hers || strings.HasPrefix(hers, "1:") {
		t.Errorf("%s, %s", of, hers)
	}
	if _, of := ask(alice, "?remembered="+hers); of != "same" {
		t.Errorf("remembered: %s", of)
	}
	if _, of := ask(bob, "?remembered="+hers); of != "gone" {
		t.Errorf("another's: %s", of)
	}
	for query, field := range map[string]string{"?remembered=1": "remembered", "?remembered=": "remembered", "?seen=" + hers: "seen"} {
		if got := wantProblem(t, alice.do("GET", alice.path("/journal/head%s", query), nil), 400); got != field {
			t.Errorf("%s: %q", query, got)
		}
	}
}

// TestWatching: who watches live is shown to the owner while it lasts.
func TestWatching(t *testing.T) {
	t.Parallel()
	r, alice, cam := newFront(t)
	bob := r.person("bob")
	r.grant(alice, cam, bob, gate.Live)
	v := bob.watchLive()
	v.watch(1, cam, "main")
	v.more(1, 2)
	watching := func(p *person) []watcherView {
		var one struct{ Camera cameraView }
		decode(t, p.do("GET", p.path("/cameras/%s", cam), nil), &one)
		var all struct{ Watching []watcherView }
		decode(t, p.do("GET", p.path("/watching"), nil), &all)
		if len(all.Watching) != len(one.Camera.Watching) {
			return nil // between the two
		}
		return all.Watching
	}
	wait(t, "the mark", func() bool { return len(watching(alice)) == 1 })
	if w := watching(alice)[0]; w.Name != "bob" || w.Kind != journal.Live || w.Camera != cam || time.Time(w.Since).IsZero() {
		t.Errorf("%+v", w)
	}
	if w := watching(bob); len(w) != 0 {
		t.Errorf("bob is told: %+v", w)
	}
	must(t, v.conn.Close())
	wait(t, "the mark to go", func() bool { return len(watching(alice)) == 0 })
	if n := alice.journal("&kind=live").kinds(); n["live"] != 1 {
		t.Errorf("%v", n)
	}
}

// TestNotices: a refused crossed wire is told to its owner and to who runs the
// hub, who is not told of the camera.
func TestNotices(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	operator, alice, bob := r.person("olga"), r.person("alice"), r.person("bob")
	cam, _ := alice.camera(fakecam.Options{Name: "alice front"})
	for range 100 {
		r.vault.Refusals().Note(vault.Crossing{Site: "clip row", Camera: cam, Account: r.caller(bob).Account})
	}
	told := func(p *person) []noticeView {
		var list struct{ Notices []noticeView }
		decode(t, p.do("GET", p.path("/notices"), nil), &list)
		return list.Notices
	}
	wait(t, "the notice, and what is coalesced", func() bool { n := told(alice); return len(n) == 1 && n[0].Detail["count"] == 100.0 })
	if n := told(alice)[0]; n.Kind != journal.NoticeCrossing || n.Camera != cam || n.Read {
		t.Errorf("%+v", n)
	}
	if n := told(operator); len(n) != 1 || !n[0].Camera.IsZero() || n[0].Detail["site"] != "clip row" {
		t.Errorf("the operator: %+v", n)
	}
	if n := told(bob); len(n) != 0 {
		t.Errorf("bob: %+v", n)
	}
	for _, p := range []*person{operator, bob} {
		for _, e := range p.journal("&kind=refused").Entries {
			if !e.Camera.IsZero() {
				t.Errorf("%s sees whose wire it was: %+v", p.name, e)
			}
		}
	}
	var me meView
	decode(t, alice.do("GET", alice.path("/me"), nil), &me)
	if me.Notices != 1 {
		t.Errorf("%d notices on alice's page", me.Notices)
	}
	if a := alice.do("POST", alice.path("/notices/read"), nil); a.StatusCode != 204 || !told(alice)[0].Read {
		t.Errorf("%s %+v", a.Status, told(alice))
	}
}

// TestIncident: three deliveries that nobody granted are found, by the operator
// in ids and by the owner for the own cameras; then everybody is told.
func TestIncident(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	operator, alice, bob, carol := r.person("olga"), r.person("alice"), r.person("bob"), r.person("carol")
	cam, _ := alice.camera(fakecam.Options{Name: "alice front"})
	owner, who := r.caller(alice).Account, r.caller(bob)
	for i := range 3 {
		v := who.View(journal.Clip)
		v.Camera, v.Owner, v.Object = cam, owner, [16]byte{byte(i)}
		d := r.journal.Begin(v)
		d.Bytes(100)
		d.End()
	}
	r.grant(alice, cam, carol, gate.Live)
	lawful := r.caller(carol).View(journal.Live)
	lawful.Camera, lawful.Owner = cam, owner
	r.journal.Begin(lawful).End()
	vain := journal.Entry{Kind: journal.Denied, Account: who.Account, Camera: cam, Owner: owner, Count: 2}
	if err := r.journal.Put(t.Context(), vain); err != nil {
		t.Fatal(err)
	}
	ask := func(p *person) (v incidentView) {
		answer := p.do("GET", p.path("/incident"), nil)
		if answer.StatusCode != 200 {
			t.Fatalf("%s %s", answer.Status, bodyOf(t, answer))
		}
		body := bodyOf(t, answer)
		var told map[string]any
		if err := errors.Join(json.Unmarshal(body, &v), json.Unmarshal(body, &told)); err != nil {
			t.Fatal(err)
		}
		// Nothing else is told, and no number of a row that counts the whole hub's.
		keys := []string{"account", "refused", "since", "until", "verified", "without_grant"}
		if p != operator {
			keys = []string{"account", "bytes", "deliveries", "denied", "refused", "since", "until", "verified", "without_grant"}
		}
		if got := slices.Sorted(maps.Keys(told)); !slices.Equal(got, keys) {
			t.Errorf("%s is told %q", p.name, got)
		}
		return v
	}
	for p, want := range map[*person]int{operator: 3, alice: 3, bob: 0, carol: 0} {
		v := ask(p)
		if len(v.Without) != want || !v.Verified {
			t.Errorf("%s: %+v", p.name, v)
		}
		if p == operator {
			if v.Deliveries != nil || v.Bytes != nil || v.Denied != nil {
				t.Errorf("the operator sees how much others look: %+v", v)
			}
		} else if v.Denied == nil || (*v.Deliveries == 4) != (want > 0) || (*v.Denied == 2) != (want > 0) || v.Bytes == nil {
			t.Errorf("%s: %d deliveries, vain tries %v", p.name, *v.Deliveries, v.Denied)
		}
		for _, f := range v.Without {
			if f.Camera != cam || f.Actor.ID != who.Account || (f.Actor.Name == "bob") != (p == alice) {
				t.Errorf("%s: %+v", p.name, f)
			}
		}
	}
	if a := operator.do("GET", operator.path("/incident?since=yesterday"), nil); a.StatusCode != 400 {
		t.Error(a.Status)
	}
	if a := operator.do("POST", operator.path("/incident"), nil); a.StatusCode != 204 {
		t.Fatalf("%s %s", a.Status, bodyOf(t, a))
	}
	for p, want := range map[*person]journal.NoticeKind{
		operator: journal.NoticeNotAffected, alice: journal.NoticeAffected, bob: journal.NoticeAffected, carol: journal.NoticeNotAffected,
	} {
		var list struct{ Notices []noticeView }
		decode(t, p.do("GET", p.path("/notices"), nil), &list)
		if len(list.Notices) != 1 || list.Notices[0].Kind != want {
			t.Errorf("%s is told %+v", p.name, list.Notices)
		}
	}
}

// TestVainTriesBehindTheRoute: who manages a camera and is not its owner, and who
// comes with the ticket of a download that was taken back, tried in vain, too.
func TestVainTriesBehindTheRoute(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	alice, bob, eve := r.person("alice"), r.person("bob"), r.person("eve")
	cam, _ := alice.camera(fakecam.Options{Name: "alice front"})
	clip := alice.clip(cam)
	r.grant(alice, cam, bob, gate.Manage, gate.History, gate.Export)
	var ticket struct{ URL string }
	decode(t, bob.do("POST", bob.path("/clips/%s/download", clip), map[string]string{}), &ticket)
	give := map[string]any{"actions": []string{"live"}, "history": "now"}
	if a := bob.do("PUT", bob.path("/cameras/%s/grants/%s", cam, r.caller(eve).Account), give); a.StatusCode != 404 {
		t.Errorf("sharing what is not his: %s", a.Status)
	}
	must(t, r.gate.Revoke(t.Context(), r.caller(alice), cam, r.caller(bob).Account))
	if a := bob.do("GET", ticket.URL, nil); a.StatusCode != 404 {
		t.Errorf("a ticket of before: %s", a.Status)
	}
	wait(t, "both tries", func() bool {
		n := int64(0)
		for _, e := range alice.journal("&kind=denied&camera=" + cam.String()).Entries {
			if e.Actor.Name == "bob" {
				n += max(e.Count, 1)
			}
		}
		return n == 2
	})
}
