package store

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"lares/cameras/media"
	"lares/recorder"
)

// TestAdmission writes out who may: rows of account, session and grant.
func TestAdmission(t *testing.T) {
	s := openTest(t)
	ann, bob := addAccount(t, s, "ann"), addAccount(t, s, "bob")
	cam, shared, gone := addCamera(t, s, ann, "a"), addCamera(t, s, ann, "b"), addCamera(t, s, ann, "c")
	sessions := map[AccountID]SessionID{}
	for _, a := range []AccountID{ann, bob} {
		x := Session{ID: NewSessionID(), Account: a, TokenHash: random(32), ScopeHash: random(32), Created: t0, Seen: t0}
		update(t, s, func(ctx context.Context, tx *Tx) error { return tx.AddSession(ctx, x) })
		sessions[a] = x.ID
	}
	grant := Grant{Camera: shared, Account: bob, Actions: 5, HistoryFrom: t0, Expires: t0.Add(time.Hour), Granted: t0}
	update(t, s, func(ctx context.Context, tx *Tx) error {
		return errors.Join(tx.PutGrant(ctx, grant), tx.RemoveCamera(ctx, gone, ann, t0))
	})
	ask := func(session SessionID, account AccountID) Asking {
		return Asking{Session: session, Account: account, Now: t0, Alive: Lifetime{Created: t0.Add(-1), Seen: t0.Add(-time.Second)}}
	}
	late, idle := ask(sessions[bob], bob), ask(sessions[ann], ann)
	late.Now = t0.Add(time.Hour)
	idle.Alive.Seen = t0
	for _, c := range []struct {
		name   string
		asking Asking
		camera media.CameraID
		want   uint32
		ok     bool
	}{
		{"owner", ask(sessions[ann], ann), cam, 0, true},
		{"owner of a shared one", ask(sessions[ann], ann), shared, 0, true},
		{"grantee", ask(sessions[bob], bob), shared, 5, true},
		{"stranger", ask(sessions[bob], bob), cam, 0, false},
		{"grant ran out", late, shared, 0, false},
		{"no such camera", ask(sessions[ann], ann), media.NewCameraID(), 0, false},
		{"removed camera", ask(sessions[ann], ann), gone, 0, false},
		{"another account's session", ask(sessions[bob], ann), cam, 0, false},
		{"session gone", ask(NewSessionID(), ann), cam, 0, false},
		{"session idle", idle, cam, 0, false},
	} {
		got, err := s.Admission(t.Context(), c.asking, c.camera)
		if c.ok && (err != nil || got.Actions != c.want || got.Owner != ann) || !c.ok && !errors.Is(err, ErrNoRow) {
			t.Errorf("%s: %+v, %v", c.name, got, err)
		}
	}
	expired, err := s.ExpiredGrants(t.Context(), t0.Add(time.Hour))
	if err != nil || len(expired) != 1 || expired[0] != grant {
		t.Errorf("expired %+v, %v", expired, err)
	}
}

// TestVisible: lists hold what is one's own or shared, and nothing else.
func TestVisible(t *testing.T) {
	s, ctx := openTest(t), t.Context()
	ann, bob := addAccount(t, s, "ann"), addAccount(t, s, "bob")
	mine, shared, live, foreign := addCamera(t, s, bob, "mine"), addCamera(t, s, ann, "shared"), addCamera(t, s, ann, "live"), addCamera(t, s, ann, "foreign")
	update(t, s, func(ctx context.Context, tx *Tx) error {
		return errors.Join(
			tx.PutGrant(ctx, Grant{Camera: shared, Account: bob, Actions: history, HistoryFrom: t0.Add(5 * time.Second), Granted: t0}),
			tx.PutGrant(ctx, Grant{Camera: live, Account: bob, Actions: 1, Granted: t0}))
	})
	for _, cam := range []media.CameraID{mine, shared, live, foreign} {
		for i := range 10 {
			c := clipRow(cam, t0.Add(time.Duration(i)*time.Second))
			c.State, c.Bytes = recorder.StateComplete, 10
			e := recorder.EventRow{Event: c.Event, Camera: cam, Kind: media.KindMotion, Start: c.Start, End: c.Start.Add(time.Second)}
			if err := errors.Join(s.EventPut(ctx, e), s.ClipClosed(ctx, c)); err != nil {
				t.Fatal(err)
			}
		}
	}
	cameras, err := s.VisibleCameras(ctx, bob, t0, history, audio, media.CameraID{})
	if err != nil || len(cameras) != 3 {
		t.Fatalf("%d cameras, %v", len(cameras), err)
	}
	want := []struct {
		id           media.CameraID
		clips, bytes int64
		owner        string
	}{{live, 0, 0, "ann"}, {mine, 10, 100, "bob"}, {shared, 5, 50, "ann"}}
	for i, w := range want {
		if c := cameras[i]; c.ID != w.id || c.Clips != w.clips || c.Bytes != w.bytes || c.OwnerName != w.owner {
			t.Errorf("camera %d: %+v, want %+v", i, c, w)
		}
	}
	if one, err := s.VisibleCameras(ctx, bob, t0, history, audio, foreign); err != nil || len(one) != 0 {
		t.Errorf("a foreign camera: %d, %v", len(one), err)
	}
	seen := map[media.CameraID]int{}
	q := EventQuery{Account: bob, Now: t0, History: history, Limit: 4, Parts: 2}
	for {
		page, err := s.VisibleEvents(ctx, q)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range page {
			seen[e.Camera]++
			if !q.Before.IsZero() && e.Start.After(q.Before) {
				t.Error("not newest first")
			}
			q.Before, q.BeforeEvent = e.Start, e.Event
		}
		if len(page) < q.Limit {
			break
		}
	}
	if len(seen) != 2 || seen[mine] != 10 || seen[shared] != 5 {
		t.Errorf("events by camera: %v", seen)
	}
	q = EventQuery{Account: bob, Now: t0, History: history, Limit: 4, Parts: 2, Camera: foreign}
	if page, err := s.VisibleEvents(ctx, q); err != nil || len(page) != 0 {
		t.Errorf("a foreign camera's events: %d, %v", len(page), err)
	}
}

// TestPlans: the queries of every request run on indexes.
func TestPlans(t *testing.T) {
	s := openTest(t)
	for _, c := range []struct {
		q    query
		not  string
		want string
	}{
		{selectEvents, "SCAN event", "event_camera"},
		{selectEvents, "SCAN k", "clip_event"},
		{selectEvents, "SCAN event", "(camera=? AND start_ns>? AND (start_ns,id)<(?,?))"},
		{selectEvents, "SCAN event", "event_kind (camera=? AND kind=? AND start_ns>? AND (start_ns,id)<(?,?))"},
		{selectKind, "SCAN event", "event_kind (camera=? AND kind=? AND start_ns>? AND (start_ns,id)<(?,?))"},
		{selectStarred, "SCAN event", "event_star (camera=? AND start_ns>? AND (start_ns,id)<(?,?))"},
		{selectKindStarred, "SCAN event", "event_star (camera=? AND start_ns>? AND (start_ns,id)<(?,?))"},
		{selectKindsBytes, "SCAN k", "event_kind (camera=? AND kind=? AND start_ns>?)"},
		{selectRestBegan, "SCAN clip", "clip_camera (camera=?)"},
		{selectStarredBytes, "SCAN e", "event_star (camera=?)"},
		{selectStarredBytes, "SCAN k", "clip_event (event=?)"},
		{selectEvent, "SCAN e\n", "clip_event"},
		{deleteOldBareEvents, "SCAN clip", "event_camera (camera=? AND start_ns<?)"},
		{selectVisible, "SCAN k", "clip_camera"},
		{selectVisible, "SCAN e", "event_kind (camera=? AND kind=?)"},
		{selectAdmission, "SCAN", "sqlite_autoindex_camera"},
		{selectClips, "", "clip_start"},
		{selectEventHead, "USING INDEX event_", "e USING INTEGER PRIMARY KEY (rowid=?)"},
		{selectClipHead, "USING INDEX clip_", "k USING INTEGER PRIMARY KEY (rowid=?)"},
		{selectListed, "SCAN clip", "sqlite_autoindex_clip"},
		{selectCameraClips, "SCAN clip", "clip_camera"},
		{selectRecordings, "SCAN", "clip_camera (camera=? AND (start_ns,id)>(?,?) AND start_ns<?)"},
		{selectLatestClips, "TEMP B-TREE", "clip_start"},
		{selectLooseClips, "SCAN clip", "clip_camera (camera=? AND (start_ns,id)>(?,?) AND start_ns<?)"},
		{selectUnfinishedClips, "", "clip_unfinished"},
		{selectNewestOfKind, "TEMP B-TREE FOR ORDER", "event_kind (camera=? AND kind=?)"},
		{selectNewestBeside, "TEMP B-TREE", "clip_beside (camera=?)"},
		{selectNewestClips, "TEMP B-TREE", "clip_camera (camera=?)"},
	} {
		rows, err := s.read.QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+string(c.q), 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		var plan strings.Builder
		for rows.Next() {
			var id, parent, unused int
			var detail string
			if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
				t.Fatal(err)
			}
			plan.WriteString(detail + "\n")
		}
		if c.not != "" && strings.Contains(plan.String(), c.not) || !strings.Contains(plan.String(), c.want) {
			t.Errorf("plan of\n%s\n%s", c.q, plan.String())
		}
	}
}

// TestDecoys: whatever is asked for that is not there, another row is read in its
// place, also when retention has left little between large gaps.
func TestDecoys(t *testing.T) {
	s := openTest(t)
	cam := addCamera(t, s, addAccount(t, s, "ann"), "front")
	decoys := func() (events, clips int) {
		t.Helper()
		for n := range 200 {
			for q, count := range map[query]*int{selectEventHead: &events, selectClipHead: &clips} {
				var found bool
				var id, camera media.CameraID
				var start int64
				var last, kind any
				absent := random(16)
				if err := s.one(t.Context(), q, []any{absent, decoy(absent)}, &found, &id, &camera, &start, &last, &kind); err != nil || found {
					t.Fatalf("%d: found %v, %v", n, found, err)
				}
				if camera == cam {
					*count++
				}
			}
		}
		return events, clips
	}
	if e, c := decoys(); e != 0 || c != 0 {
		t.Errorf("in an empty database: %d, %d", e, c)
	}
	var events []media.EventID
	var clips []recorder.ClipRow
	for n := range 100 {
		c := clipRow(cam, t0.Add(time.Duration(n)*time.Minute))
		e := recorder.EventRow{Event: media.NewEventID(), Camera: cam, Kind: media.KindMotion, Start: c.Start, End: c.Start.Add(time.Second)}
		if err := errors.Join(s.EventPut(t.Context(), e), s.ClipOpened(t.Context(), c)); err != nil {
			t.Fatal(err)
		}
		events, clips = append(events, e.Event), append(clips, c)
	}
	for n := range 100 {
		if n%50 != 49 { // 50 and 100 stay
			update(t, s, func(ctx context.Context, tx *Tx) error { return tx.DiscardEvent(ctx, cam, events[n], t0) })
			if err := s.ClipRemoved(t.Context(), clips[n].Clip); err != nil {
				t.Fatal(err)
			}
		}
	}
	if e, c := decoys(); e != 200 || c != 200 {
		t.Errorf("of 200 ids that are not there %d events and %d clips read another row", e, c)
	}
	for _, n := range []int{49, 99} {
		if h, err := s.EventHead(t.Context(), events[n]); err != nil || h.Event != events[n] {
			t.Errorf("event %d: %+v, %v", n, h, err)
		}
		if h, err := s.ClipHead(t.Context(), clips[n].Clip); err != nil || h.Clip != clips[n].Clip {
			t.Errorf("clip %d: %+v, %v", n, h, err)
		}
	}
}
