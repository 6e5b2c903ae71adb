package store

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"lares/cameras/media"
	"lares/cameras/seal"
	"lares/recorder"
)

var _ recorder.Index = (*Store)(nil)

func discard() *slog.Logger { return slog.New(slog.NewTextHandler(io.Discard, nil)) }

var t0 = time.Date(2026, 3, 1, 18, 3, 12, 345_000_000, time.UTC)

const history, audio = 1 << 2, 1 << 1

func random(n int) []byte {
	b := make([]byte, n)
	rand.Read(b)
	return b
}

func update(t *testing.T, s *Store, f func(ctx context.Context, tx *Tx) error) {
	t.Helper()
	if err := s.Update(t.Context(), func(tx *Tx) error { return f(t.Context(), tx) }); err != nil {
		t.Fatal(err)
	}
}

func addAccount(t *testing.T, s *Store, name string) AccountID {
	t.Helper()
	a := Account{ID: NewAccountID(), Name: name, NameKey: strings.ToLower(name), Version: 1, Created: t0}
	p := Principal{ID: a.ID, Version: 1, Kind: KindAccount, Hub: media.HubID{1}, KEMPublic: random(1216), SignPublic: random(32), Signature: random(64)}
	update(t, s, func(ctx context.Context, tx *Tx) error { return tx.AddAccount(ctx, a, p) })
	return a.ID
}

func addCamera(t *testing.T, s *Store, owner AccountID, name string) media.CameraID {
	t.Helper()
	c := Camera{ID: media.NewCameraID(), Owner: owner, Name: name, Access: random(80), Added: t0}
	update(t, s, func(ctx context.Context, tx *Tx) error { return tx.AddCamera(ctx, c) })
	return c.ID
}

func TestAccountRows(t *testing.T) {
	s := openTest(t)
	a := Account{ID: NewAccountID(), Name: "Ann", NameKey: "ann", Operator: true, Version: 1, Created: t0}
	p := Principal{ID: a.ID, Version: 1, Kind: KindAccount, Hub: media.HubID{1}, KEMPublic: random(1216), SignPublic: random(32), Signature: random(64)}
	if any, err := s.AnyAccount(t.Context()); err != nil || any {
		t.Errorf("an empty hub has an account: %v %v", any, err)
	}
	update(t, s, func(ctx context.Context, tx *Tx) error { return tx.AddFirstAccount(ctx, a, p) })
	got, err := s.AccountByName(t.Context(), "ann")
	if err != nil || got != a {
		t.Errorf("got %+v, %v", got, err)
	}
	keys, err := s.NewestPrincipal(t.Context(), a.ID)
	if err != nil || !bytes.Equal(keys.KEMPublic, p.KEMPublic) || !bytes.Equal(keys.Signature, p.Signature) {
		t.Errorf("keys %v", err)
	}
	b := a
	b.ID, p.ID = NewAccountID(), NewAccountID()
	for name, add := range map[string]func(*Tx) error{
		"first": func(tx *Tx) error {
			return tx.AddFirstAccount(t.Context(), Account{ID: b.ID, NameKey: "bob", Version: 1}, p)
		},
		"same": func(tx *Tx) error { return tx.AddAccount(t.Context(), b, p) },
	} {
		if err := s.Update(t.Context(), add); !errors.Is(err, ErrTaken) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSessionEndsTakeTheirWraps(t *testing.T) {
	s := openTest(t)
	ann, bob := addAccount(t, s, "ann"), addAccount(t, s, "bob")
	alive := Lifetime{Created: t0.Add(-time.Hour), Seen: t0.Add(-time.Minute)}
	add := func(account AccountID, created time.Time) Session {
		x := Session{ID: NewSessionID(), Account: account, TokenHash: random(32), ScopeHash: random(32), Created: created, Seen: t0}
		w := Wrap{ID: NewWrapID(), Account: account, Version: 1, Kind: WrapSession, Session: x.ID, Salt: random(16), Sealed: random(48), Created: t0}
		update(t, s, func(ctx context.Context, tx *Tx) error {
			return errors.Join(tx.AddSession(ctx, x), tx.AddWrap(ctx, w))
		})
		return x
	}
	there := func(x Session) bool {
		_, err := s.SessionByToken(t.Context(), x.TokenHash, alive)
		_, wrapErr := s.SessionWrap(t.Context(), x.ID, x.Account)
		if (err == nil) != (wrapErr == nil) {
			t.Errorf("session %v, wrap %v", err, wrapErr)
		}
		return err == nil
	}
	one, two, other := add(ann, t0), add(ann, t0), add(bob, t0)
	if !there(one) || !there(two) || !there(other) {
		t.Fatal("a session is missing")
	}
	if _, err := s.SessionWrap(t.Context(), one.ID, bob); !errors.Is(err, ErrNoRow) {
		t.Errorf("another account's wrap by session: %v", err)
	}
	end := func(f func(tx *Tx) (bool, error)) (had bool) {
		update(t, s, func(_ context.Context, tx *Tx) (err error) { had, err = f(tx); return err })
		return had
	}
	if end(func(tx *Tx) (bool, error) { return tx.EndSession(t.Context(), one.ID, bob) }) || !there(one) {
		t.Error("another account ended a session")
	}
	if had := end(func(tx *Tx) (bool, error) {
		ids, err := tx.EndOtherSessions(t.Context(), ann, two.ID)
		return slices.Equal(ids, []SessionID{one.ID}), err
	}); !had || there(one) || !there(two) || !there(other) {
		t.Error("wrong sessions ended, or others reported")
	}
	old := add(bob, t0.Add(-2*time.Hour))
	if _, err := s.SessionByToken(t.Context(), old.TokenHash, alive); !errors.Is(err, ErrNoRow) {
		t.Errorf("an old session lives: %v", err)
	}
	update(t, s, func(ctx context.Context, tx *Tx) error { return tx.EndOldSessions(ctx, alive) })
	if there(old) || !there(other) {
		t.Error("wrong sessions aged out")
	}
}

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

func TestEpochRows(t *testing.T) {
	s := openTest(t)
	ann := addAccount(t, s, "ann")
	cam := addCamera(t, s, ann, "a")
	var kids []media.KeyID
	for i := range uint32(3) {
		e := Epoch{Camera: cam, Ordinal: i + 1, LiveKID: media.KeyID(random(16)), StoreKID: media.KeyID(random(16)), Record: random(100), Since: t0}
		kids = append(kids, e.StoreKID)
		update(t, s, func(ctx context.Context, tx *Tx) error {
			return tx.AddEpoch(ctx, e, []EpochWrap{{KID: e.StoreKID, Principal: ann, Version: 1, Camera: cam, Part: seal.Store, Sealed: random(1168)}})
		})
		for _, kid := range []media.KeyID{e.LiveKID, e.StoreKID} {
			if got, err := s.EpochByKID(t.Context(), kid); err != nil || got.Ordinal != e.Ordinal || !bytes.Equal(got.Record, e.Record) {
				t.Errorf("by kid: %+v, %v", got.Ordinal, err)
			}
		}
	}
	if got, err := s.NewestEpoch(t.Context(), cam); err != nil || got.Ordinal != 3 {
		t.Errorf("newest: %d, %v", got.Ordinal, err)
	}
	if got, err := s.NewestOrdinals(t.Context()); err != nil || len(got) != 1 || got[cam] != 3 {
		t.Errorf("newest of all cameras: %v, %v", got, err)
	}
	if w, err := s.EpochWrap(t.Context(), kids[1], ann); err != nil || w.Part != seal.Store || w.Camera != cam {
		t.Errorf("wrap: %+v, %v", w, err)
	}
	update(t, s, func(ctx context.Context, tx *Tx) error { return tx.RemoveEpochWraps(ctx, cam, ann) })
	if ws, err := s.EpochWraps(t.Context(), cam, ann); err != nil || len(ws) != 0 {
		t.Errorf("%d wraps left, %v", len(ws), err)
	}
}

func clipRow(cam media.CameraID, start time.Time) recorder.ClipRow {
	return recorder.ClipRow{Clip: media.NewClipID(), Camera: cam, Event: media.NewEventID(), KID: media.KeyID(random(16)), Start: start, State: recorder.StateOpen}
}

// TestIndex is the contract of recorder.Index on a real file.
func TestIndex(t *testing.T) {
	s, ctx := openTest(t), t.Context()
	cam, other := media.NewCameraID(), media.NewCameraID()
	var rows []recorder.ClipRow
	for i := range 6 {
		c := clipRow(cam, t0.Add(time.Duration(i/2)*time.Second).Add(123*time.Nanosecond)) // pairs of one start
		if i == 5 {
			c.Camera = other
		}
		if err := errors.Join(s.ClipOpened(ctx, c), s.ClipOpened(ctx, c)); err != nil {
			t.Fatal(err)
		}
		if i < 4 {
			c.State, c.Duration, c.Bytes, c.Thumbnail, c.Preview = recorder.StateComplete, time.Second+1, 1000, true, i%2 == 0
			late := c
			late.State, late.Duration = recorder.StateOpen, 0
			if err := errors.Join(s.ClipClosed(ctx, c), s.ClipOpened(ctx, late)); err != nil {
				t.Fatal(err)
			}
		}
		rows = append(rows, c)
	}
	gone := media.NewClipID()
	if got, err := s.ListedClips(ctx, []media.ClipID{gone, rows[1].Clip, rows[5].Clip}); err != nil || len(got) != 2 || !got[rows[1].Clip] || !got[rows[5].Clip] {
		t.Errorf("listed: %v, %v", got, err)
	}
	never := clipRow(cam, t0.Add(time.Hour))
	never.State = recorder.StateCut
	if err := s.ClipClosed(ctx, never); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Clip(ctx, rows[0].Clip); err != nil || got != rows[0] {
		t.Errorf("got %+v, %v, want %+v", got, err, rows[0])
	}
	var paged []media.ClipID
	for q := (recorder.ClipQuery{Limit: 2}); ; {
		page, err := s.Clips(ctx, q)
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			break
		}
		for _, c := range page {
			paged = append(paged, c.Clip)
			if !q.After.IsZero() && c.Start.Before(q.After) {
				t.Error("not oldest first")
			}
		}
		last := page[len(page)-1]
		q.After, q.AfterClip = last.Start, last.Clip
	}
	if len(paged) != 7 || paged[6] != never.Clip {
		t.Errorf("%d clips in pages, last %v", len(paged), paged[len(paged)-1])
	}
	if got, err := s.Clips(ctx, recorder.ClipQuery{Newest: true, Limit: 2}); err != nil || len(got) != 2 || got[0].Clip != paged[6] || got[1].Clip != paged[5] {
		t.Errorf("the newest: %+v, %v", got, err)
	}
	for _, c := range []struct {
		q    recorder.ClipQuery
		want int
	}{
		{recorder.ClipQuery{}, 7},
		{recorder.ClipQuery{States: []recorder.ClipState{recorder.StateOpen}}, 2},
		{recorder.ClipQuery{States: []recorder.ClipState{recorder.StateComplete, recorder.StateCut}}, 5},
		{recorder.ClipQuery{Camera: other}, 1},
		{recorder.ClipQuery{Camera: cam, States: []recorder.ClipState{recorder.StateOpen}}, 1},
	} {
		if got, err := s.Clips(ctx, c.q); err != nil || len(got) != c.want {
			t.Errorf("%+v: %d rows, %v", c.q, len(got), err)
		}
	}
}

// TestEventGoesWithItsLastClip: and not before it is over.
func TestEventGoesWithItsLastClip(t *testing.T) {
	s, ctx := openTest(t), t.Context()
	ann := addAccount(t, s, "ann")
	cam := addCamera(t, s, ann, "a")
	e := recorder.EventRow{Event: media.NewEventID(), Camera: cam, Kind: media.KindMotion, Start: t0}
	one, two := clipRow(cam, t0), clipRow(cam, t0.Add(time.Minute))
	one.Event, two.Event, two.Part = e.Event, e.Event, 1
	if err := errors.Join(s.EventPut(ctx, e), s.ClipOpened(ctx, one), s.ClipOpened(ctx, two)); err != nil {
		t.Fatal(err)
	}
	e.Text = recorder.SealedText{KID: one.KID, Index: [16]byte(random(16)), Sealed: random(50)}
	if err := s.EventPut(ctx, e); err != nil {
		t.Fatal(err)
	}
	text, picture := e.Text, two.Clip
	e.Text, e.Picture = recorder.SealedText{}, picture
	if err := s.EventPut(ctx, e); err != nil {
		t.Fatal(err)
	}
	e.Picture, e.End = media.ClipID{}, t0.Add(time.Minute)
	list := func() []VisibleEvent {
		got, err := s.VisibleEvents(ctx, EventQuery{Account: ann, Now: t0, History: history, Limit: 10, Parts: 10})
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	if err := s.ClipRemoved(ctx, one.Clip); err != nil || len(list()) != 1 {
		t.Errorf("after one of two clips: %d events, %v", len(list()), err)
	}
	if err := s.EventPut(ctx, e); err != nil {
		t.Fatal(err)
	}
	got := list()
	if len(got) != 1 || len(got[0].Parts) != 1 || got[0].Parts[0].Clip != two.Clip || !got[0].Recording || !got[0].End.Equal(e.End) || got[0].Picture != picture || got[0].Text.Index != text.Index || !bytes.Equal(got[0].Text.Sealed, text.Sealed) {
		t.Errorf("event %+v", got)
	}
	if err := errors.Join(s.ClipRemoved(ctx, two.Clip), s.ClipRemoved(ctx, two.Clip)); err != nil || len(list()) != 0 {
		t.Errorf("after the last clip: %d events, %v", len(list()), err)
	}
}

// TestEventsOver: what a crash left without an end ends with its last clip; an
// event that has an end, goes on, or has an open clip is left alone.
func TestEventsOver(t *testing.T) {
	s, ctx := openTest(t), t.Context()
	ann := addAccount(t, s, "ann")
	cam := addCamera(t, s, ann, "a")
	want := map[media.EventID]time.Time{}
	event := func(end time.Time, clips ...recorder.ClipRow) media.EventID {
		e := recorder.EventRow{Event: media.NewEventID(), Camera: cam, Kind: media.KindMotion, Start: t0, End: end}
		err := s.EventPut(ctx, e)
		for i, c := range clips {
			c.Event, c.Part = e.Event, i
			err = errors.Join(err, s.ClipClosed(ctx, c))
		}
		if err != nil {
			t.Fatal(err)
		}
		return e.Event
	}
	clip := func(state recorder.ClipState, start, long time.Duration) recorder.ClipRow {
		c := clipRow(cam, t0.Add(start))
		c.State, c.Duration = state, long
		return c
	}
	first, second := clip(recorder.StateComplete, 0, time.Minute), clip(recorder.StateRecovered, 2*time.Minute, time.Minute)
	open, going := clip(recorder.StateOpen, time.Minute, 0), event(time.Time{}, clip(recorder.StateComplete, 0, time.Minute))
	want[event(time.Time{}, first, second)] = t0.Add(3 * time.Minute)
	want[event(time.Time{}, clip(recorder.StateComplete, -time.Hour, time.Minute))] = t0 // only the pre-roll
	want[event(time.Time{})] = t0
	want[event(t0.Add(time.Hour), clip(recorder.StateRecovered, 0, time.Minute))] = t0.Add(time.Hour)
	want[event(time.Time{}, clip(recorder.StateComplete, 0, time.Minute), open)] = time.Time{}
	want[going] = time.Time{}
	if err := errors.Join(s.EventsOver(ctx, []media.EventID{media.NewEventID(), going}), s.EventsOver(ctx, []media.EventID{going})); err != nil {
		t.Fatal(err)
	}
	got, err := s.VisibleEvents(ctx, EventQuery{Account: ann, Now: t0, History: history, Limit: 10, Parts: 10})
	if err != nil || len(got) != len(want) {
		t.Fatalf("%d events, want %d (%v)", len(got), len(want), err)
	}
	for _, g := range got {
		if !g.End.Equal(want[g.Event]) {
			t.Errorf("an event ends %v, not %v", g.End, want[g.Event])
		}
	}
	if err := s.EventsOver(ctx, nil); err != nil {
		t.Fatal(err)
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

func TestRemovedCamera(t *testing.T) {
	s, ctx := openTest(t), t.Context()
	ann, bob := addAccount(t, s, "ann"), addAccount(t, s, "bob")
	cam := addCamera(t, s, ann, "a")
	if err := s.Update(ctx, func(tx *Tx) error { return tx.RemoveCamera(ctx, cam, bob, t0) }); !errors.Is(err, ErrNoRow) {
		t.Errorf("another account removed a camera: %v", err)
	}
	c := clipRow(cam, t0)
	if err := s.ClipOpened(ctx, c); err != nil {
		t.Fatal(err)
	}
	update(t, s, func(ctx context.Context, tx *Tx) error { return tx.RemoveCamera(ctx, cam, ann, t0) })
	if _, err := s.Camera(ctx, cam); !errors.Is(err, ErrNoRow) {
		t.Errorf("a removed camera is in use: %v", err)
	}
	if got, err := s.RemovedCameras(ctx); err != nil || len(got) != 1 || got[0].ID != cam {
		t.Errorf("to be erased: %v, %v", got, err)
	}
	if got, err := s.Clips(ctx, recorder.ClipQuery{Camera: cam}); err != nil || len(got) != 1 {
		t.Errorf("the clips to erase: %d, %v", len(got), err)
	}
	update(t, s, func(ctx context.Context, tx *Tx) error { return tx.ForgetCamera(ctx, cam) })
	if got, err := s.RemovedCameras(ctx); err != nil || len(got) != 0 {
		t.Errorf("still to be erased: %v, %v", got, err)
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
