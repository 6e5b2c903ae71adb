package gate

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"lares/cameras/media"
	"lares/hub/account"
	"lares/hub/journal"
	"lares/hub/store"
	"lares/recorder"
)

// pages reads a list to its end and says how long each page was.
func (r *rig) pages(c account.Caller, f EventFilter) (ids []media.EventID, sizes []int) {
	r.t.Helper()
	for {
		page, err := r.Events(r.t.Context(), c, f)
		r.must(err)
		for _, e := range page.Events {
			ids = append(ids, e.ID)
		}
		sizes = append(sizes, len(page.Events))
		if f.Before = page.Next; page.Next == "" {
			return ids, sizes
		}
	}
}

// TestFilters: each filter selects what it says, alone and together, and pages
// through it without loss.
func TestFilters(t *testing.T) {
	r := newRig(t)
	ann := r.person("ann")
	door, yard := r.camera(ann, "door"), r.camera(ann, "yard")
	texts := []recorder.EventText{
		{Class: "Person", Zone: "path", Labels: []string{"red coat", "dog"}, Topic: "RuleEngine"},
		{Class: "vehicle", Zone: "Path"}, {Class: "person"}, {}, {Zone: "path", Labels: []string{"coat, blue", "Gate"}},
	}
	var ids []media.EventID
	for i, text := range texts {
		ids = append(ids, r.notice([]media.CameraID{door, yard}[i%2], text))
		r.clock.Advance(time.Minute)
	}
	p, err := r.AdmitEvent(t.Context(), ann, ids[1], Star)
	r.must(err)
	r.must(r.Star(t.Context(), p, true))
	at := func(i int) time.Time { return t0.Add(time.Duration(i) * time.Minute) }
	for name, c := range map[string]struct {
		f    EventFilter
		want []int
	}{
		"all":              {EventFilter{}, []int{4, 3, 2, 1, 0}},
		"kind":             {EventFilter{Kind: media.KindMotion}, []int{4, 3, 2, 1, 0}},
		"another kind":     {EventFilter{Kind: media.KindDoorbell}, nil},
		"star":             {EventFilter{Star: true}, []int{1}},
		"star and kind":    {EventFilter{Star: true, Kind: media.KindMotion}, []int{1}},
		"star, other kind": {EventFilter{Star: true, Kind: media.KindSound}, nil},
		"class":            {EventFilter{Class: "person"}, []int{2, 0}},
		"half a class":     {EventFilter{Class: "pers"}, nil},
		"a class besides":  {EventFilter{Class: "Dog"}, []int{0}},
		"zone":             {EventFilter{Zone: "PATH"}, []int{4, 1, 0}},
		"a zone besides":   {EventFilter{Zone: "gate"}, []int{4}},
		"half a zone":      {EventFilter{Zone: "gat"}, nil},
		"zone and class":   {EventFilter{Zone: "path", Class: "vehicle"}, []int{1}},
		"text":             {EventFilter{Text: " COAT "}, []int{4, 0}},
		"two words":        {EventFilter{Text: "coat dog"}, []int{0}},
		"topic":            {EventFilter{Text: "ruleengine"}, []int{0}},
		"star and class":   {EventFilter{Star: true, Class: "person"}, nil},
		"camera and zone":  {EventFilter{Camera: &door, Zone: "path"}, []int{4, 0}},
		"since":            {EventFilter{Since: at(3)}, []int{4, 3}},
		"until":            {EventFilter{Until: at(3)}, []int{2, 1, 0}},
		"between":          {EventFilter{Since: at(1), Until: at(3), Class: "person"}, []int{2}},
	} {
		for _, limit := range []int{0, 1, 2} {
			c.f.Limit = limit
			var want []media.EventID
			for _, i := range c.want {
				want = append(want, ids[i])
			}
			if got, sizes := r.pages(ann, c.f); !slices.Equal(got, want) {
				t.Errorf("%s, %d at a time: %v in pages of %v, want %v", name, limit, got, sizes, want)
			}
		}
	}
	if _, err := r.Events(t.Context(), ann, EventFilter{Kind: "ghost"}); err != ErrInput {
		t.Errorf("no such kind: %v", err)
	}
}

// TestSearchIsBounded: a request looks at so many texts and no more, and goes on
// where it stopped.
func TestSearchIsBounded(t *testing.T) {
	r := newRig(t)
	ann := r.person("ann")
	door := r.camera(ann, "door")
	r.record(door) // what is older than this goes with the days
	oldest := r.notice(door, recorder.EventText{Class: "fox"})
	r.crowd(door, 2*maxScan)
	ids, sizes := r.pages(ann, EventFilter{Class: "fox"})
	if len(ids) != 1 || ids[0] != oldest || !slices.Equal(sizes, []int{0, 0, 1}) {
		t.Errorf("%v in pages of %v", ids, sizes)
	}
	// Keys cost more than texts: one per day here.
	for range maxOpened + 5 {
		r.clock.Advance(24 * time.Hour)
		r.notice(door, recorder.EventText{Class: "cat"})
	}
	ids, sizes = r.pages(ann, EventFilter{Class: "fox"})
	if len(ids) != 1 || len(sizes) != 4 || sizes[0] != 0 {
		t.Errorf("over many days: %v in pages of %v", ids, sizes)
	}
}

// crowd enters n events of one class, all a millisecond apart.
func (r *rig) crowd(camera media.CameraID, n int) {
	r.t.Helper()
	for range n {
		r.clock.Advance(time.Millisecond)
		r.notice(camera, recorder.EventText{Class: "cat"})
	}
}

// TestSearchTellsNothingOfOthers: what one account finds, how long its pages are
// and where they end is the same however much others record; and what the hub
// logs meanwhile names no camera (HAZARDS Z8).
func TestSearchTellsNothingOfOthers(t *testing.T) {
	r := newRig(t)
	var log bytes.Buffer
	r.Gate.cfg.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	ann, bob := r.person("ann"), r.person("bob")
	door, secret := r.camera(ann, "door of ann"), r.camera(bob, "secret room of bob")
	for i := range 30 {
		r.notice(door, recorder.EventText{Class: []string{"cat", "person", "fox"}[i%3], Zone: "zone of ann"})
		r.clock.Advance(time.Second)
	}
	look := func() string {
		var b strings.Builder
		for _, f := range []EventFilter{{Limit: 7}, {Class: "fox", Limit: 3}, {Text: "ann", Limit: 4}, {Kind: media.KindMotion, Limit: 9}, {Class: "ghost"}, {Star: true}} {
			for {
				page, err := r.Events(t.Context(), ann, f)
				r.must(err)
				fmt.Fprintln(&b, page)
				if f.Before = page.Next; page.Next == "" {
					break
				}
			}
		}
		cameras, err := r.Cameras(t.Context(), ann)
		r.must(err)
		r.must(json.NewEncoder(&b).Encode(cameras))
		return b.String()
	}
	before := look()
	now := r.clock.Now()
	r.crowd(secret, maxScan+10)
	r.clock.Advance(-r.clock.Now().Sub(now))
	if after := look(); after != before {
		t.Errorf("before:\n%s\nafter:\n%s", before, after)
	}
	// What is refused on the way is logged without names too.
	if _, err := r.Events(t.Context(), ann, EventFilter{Camera: &secret}); err != ErrNotFound {
		t.Errorf("a foreign camera: %v", err)
	}
	for _, name := range []string{"door of ann", "secret room", "zone of ann", "fox"} {
		if strings.Contains(log.String(), name) || strings.Contains(fmt.Sprint(r.Refused()), name) {
			t.Errorf("%q is in the log or the counters:\n%s", name, log.String())
		}
	}
}

// TestTextsAreInTheJournal: whose events somebody read is noted, the first page of a
// camera by itself; a page that opened no text is not.
func TestTextsAreInTheJournal(t *testing.T) {
	r := newRig(t)
	list := r.told()
	ann, bob := r.person("ann"), r.person("bob")
	door := r.camera(ann, "door")
	r.must(r.Grant(t.Context(), ann, GrantRequest{Camera: door, Account: bob.Account, Actions: []Action{History}}))
	if page, err := r.Events(t.Context(), bob, EventFilter{}); err != nil || len(page.Events) != 0 {
		t.Fatalf("%v %v", page, err)
	}
	r.crowd(door, 3)
	for _, f := range []EventFilter{{}, {Class: "fox"}} {
		if _, err := r.Events(t.Context(), bob, f); err != nil {
			t.Fatal(err)
		}
	}
	var rows []journal.Entry
	for _, e := range list(ann) {
		if e.Kind == journal.Events {
			rows = append(rows, e)
		}
	}
	if len(rows) != 2 {
		t.Fatalf("%+v", rows)
	}
	for _, row := range rows {
		if row.Account != bob.Account || row.Camera != door || row.Count != 1 || row.Bytes == 0 {
			t.Errorf("%+v", row)
		}
	}
	page, err := r.Events(t.Context(), bob, EventFilter{})
	r.must(err)
	if first := page.Events[len(page.Events)-1].Start.UTC().Format(journal.TimeFormat); rows[0].Detail["start"] != first {
		t.Errorf("the row says %v, the first began %s", rows[0].Detail, first)
	}
}

// TestSearchEndsWithTheRight: of what a search found nobody is shown what they may not see
// any more when it ends, which takes seconds; and by a later right no more than that shows.
func TestSearchEndsWithTheRight(t *testing.T) {
	for name, c := range map[string]struct {
		meanwhile func(r *rig, ann, bob account.Caller, door media.CameraID)
		left      int
		err       error
	}{
		"nothing": {func(*rig, account.Caller, account.Caller, media.CameraID) {}, 2, nil},
		"taken back": {func(r *rig, ann, bob account.Caller, door media.CameraID) {
			r.must(r.Revoke(t.Context(), ann, door, bob.Account))
		}, 1, nil},
		"from now on":   {(*rig).shareAnew, 1, nil},
		"no more sound": {(*rig).shareWithoutSound, 1, nil},
		"session ended": {func(r *rig, _, bob account.Caller, _ media.CameraID) { r.must(r.accounts.SignOut(t.Context(), bob)) }, 0, ErrNotFound},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			ann, bob := r.person("ann"), r.person("bob")
			door := r.camera(ann, "door")
			r.notice(r.camera(bob, "yard"), recorder.EventText{Class: "fox"})
			r.notice(door, recorder.EventText{Class: "fox"})
			r.clock.Advance(time.Minute)
			r.must(r.Grant(t.Context(), ann, GrantRequest{Camera: door, Account: bob.Account, Actions: []Action{History, Audio}, History: FromStart}))
			q := store.EventQuery{Account: bob.Principal(), Now: r.clock.Now(), History: bit(History), Audio: bit(Audio), Limit: 10, Parts: 1}
			list, _, err := r.scan(t.Context(), bob, newSearch(EventFilter{Class: "fox"}), q)
			if err != nil || len(list) != 2 {
				t.Fatalf("%d events, %v", len(list), err)
			}
			c.meanwhile(r, ann, bob, door)
			list, err = r.stillSeen(t.Context(), bob, q, list)
			if len(list) != c.left || !errors.Is(r.answer(err), c.err) {
				t.Errorf("%d events are left, %v", len(list), err)
			}
		})
	}
	r := newRig(t)
	ann := r.person("ann")
	door := r.camera(ann, "door")
	program, _ := r.token(ann, TokenGrant{door, []Action{History}, FromStart})
	r.notice(door, recorder.EventText{Class: "fox"})
	if page, err := r.Events(t.Context(), program, EventFilter{Class: "fox"}); err != nil || len(page.Events) != 1 {
		t.Errorf("a token's search: %+v, %v", page, err)
	}
}

func (r *rig) shareAnew(ann, bob account.Caller, door media.CameraID) {
	r.must(r.Revoke(r.t.Context(), ann, door, bob.Account))
	r.must(r.Grant(r.t.Context(), ann, GrantRequest{Camera: door, Account: bob.Account, Actions: []Action{History, Audio}}))
}

func (r *rig) shareWithoutSound(ann, bob account.Caller, door media.CameraID) {
	r.must(r.Grant(r.t.Context(), ann, GrantRequest{Camera: door, Account: bob.Account, Actions: []Action{History}, History: FromStart}))
}
