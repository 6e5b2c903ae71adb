package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"lares/cameras/media"
	"lares/recorder"
)

// TestActivityIsKept: after whatever the recorder and people do with events and clips, in any
// order, the sums are those of the rows, as the upgrade of an old database makes them.
func TestActivityIsKept(t *testing.T) {
	s, ctx := openTest(t), t.Context()
	ann := addAccount(t, s, "ann")
	cams := []media.CameraID{addCamera(t, s, ann, "a"), addCamera(t, s, ann, "b")}
	db := rawDB(t, s.path)
	kinds := []media.Kind{media.KindMotion, media.KindSound, media.KindCamera, media.KindDoorbell, media.KindTamper, media.KindTrigger}
	states := []recorder.ClipState{recorder.StateComplete, recorder.StateCut, recorder.StateRecovered, recorder.StateDamaged}
	dice := rand.New(rand.NewPCG(7, 7))
	var events []recorder.EventRow
	var clips []recorder.ClipRow
	begun := func() time.Time { return t0.Add(time.Duration(dice.IntN(40)) * 100 * time.Second) }
	steps := []func() error{
		func() error { // an event begins, before or after its clip
			e := recorder.EventRow{Event: media.NewEventID(), Camera: cams[dice.IntN(2)], Kind: kinds[dice.IntN(6)], Start: begun()}
			events = append(events, e)
			if dice.IntN(2) == 0 {
				return nil
			}
			return s.EventPut(ctx, e)
		},
		func() error { // it goes on as something else, or ends, or ends otherwise
			e := &events[dice.IntN(len(events))]
			e.Kind, e.End = kinds[dice.IntN(6)], e.Start.Add(time.Duration(dice.IntN(100)-5)*time.Second)
			return s.EventPut(ctx, *e)
		},
		func() error {
			c := clipRow(cams[dice.IntN(2)], begun())
			if e := events[dice.IntN(len(events))]; dice.IntN(3) > 0 {
				c.Event, c.Camera, c.Start = e.Event, e.Camera, e.Start.Add(time.Duration(dice.IntN(700))*time.Second)
			} else {
				c.Stretch, c.Beside = true, dice.IntN(2) == 0
			}
			clips = append(clips, c)
			return s.ClipOpened(ctx, c)
		},
		func() error {
			c := &clips[dice.IntN(len(clips))]
			c.State, c.Duration = states[dice.IntN(4)], time.Duration(dice.IntN(300_000))*time.Millisecond
			return s.ClipClosed(ctx, *c)
		},
		func() error { _, err := s.ClipRemoving(ctx, clips[dice.IntN(len(clips))].Clip); return err },
		func() error { return s.ClipRemoved(ctx, clips[dice.IntN(len(clips))].Clip) },
		func() error {
			e := events[dice.IntN(len(events))]
			return s.Update(ctx, func(tx *Tx) error { return tx.DiscardEvent(ctx, e.Camera, e.Event, e.Start) })
		},
		func() error { return s.EventsOver(ctx, nil) },
		func() error { // files are found, of which some are known
			e, c := events[dice.IntN(len(events))], clips[dice.IntN(len(clips))]
			e.End, c.State = e.Start.Add(time.Second), recorder.StateComplete
			return s.Update(ctx, func(tx *Tx) error {
				return errors.Join(tx.AddFoundEvents(ctx, []recorder.EventRow{e}), tx.AddFoundClips(ctx, []recorder.ClipRow{c}))
			})
		},
	}
	if err := errors.Join(steps[0](), steps[2]()); err != nil {
		t.Fatal(err)
	}
	fill := activityFill(t)
	compare := func(n int) {
		t.Helper()
		want, got := texts(t, db, texted(fill)), texts(t, db, texted("SELECT * FROM activity WHERE motion_events + sound_events + camera_events + doorbell_events + tamper_events + trigger_events + clips_ns + sound_clips_ns + stretches_ns + beside_ns + damaged_ns + sound_damaged_ns > 0"))
		want = slices.DeleteFunc(want, func(row string) bool { return strings.HasSuffix(row, "|0|0|0|0|0|0|0|0|0|0|0|0|0|0") })
		if !slices.Equal(got, want) {
			t.Fatalf("after %d steps the sums are\n%s\nand of the rows\n%s", n, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
	for n := range 1500 {
		if err := steps[dice.IntN(len(steps))](); err != nil {
			t.Fatal(n, err)
		}
		if n%50 == 0 {
			compare(n)
		}
	}
	compare(1500)
	if n := len(texts(t, db, "SELECT cell FROM activity")); n < 5 {
		t.Errorf("%d cells were compared", n)
	}
	if err := errors.Join(s.EraseRows(ctx, cams[0]), s.EraseRows(ctx, cams[1])); err != nil {
		t.Fatal(err)
	}
	if rest := texts(t, db, texted("SELECT * FROM activity")); len(rest) != 0 {
		t.Errorf("of nothing there is left\n%s", strings.Join(rest, "\n"))
	}
}

// TestActivityOfOldIsMadeAnew: an upgrade takes clips that were damaged before it out of the sums of what is recorded.
func TestActivityOfOldIsMadeAnew(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lares.db")
	db := madeBy(t, path, 18)
	insert := func(query string, args ...any) {
		t.Helper()
		if _, err := db.Exec(query, args...); err != nil {
			t.Fatal(err)
		}
	}
	id, camera := byte(0), bytes.Repeat([]byte{7}, 16)
	for _, state := range []string{"complete", "damaged"} {
		for n, what := range []string{"motion", "sound", "stretch", "beside"} {
			id++
			event := bytes.Repeat([]byte{id}, 16)
			start := t0.Add(time.Duration(n) * Cell).UnixNano()
			if n < 2 {
				insert("INSERT INTO event (id, camera, kind, start_ns, end_ns) VALUES (?, ?, ?, ?, ?)", event, camera, what, start, start+1)
			}
			insert("INSERT INTO clip (id, camera, event, part, kid, start_ns, duration_ns, bytes, state, thumbnail, stretch, beside) VALUES (?, ?, ?, 0, ?, ?, ?, 1, ?, 0, ?, ?)",
				event, camera, event, event, start, int64(id)*1000, state, n >= 2, n == 3)
		}
	}
	db.Close()
	s, err := Open(t.Context(), Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	s.Close()
	db = rawDB(t, path)
	want, got := texts(t, db, texted(activityFill(t))), texts(t, db, texted("SELECT * FROM activity"))
	if len(want) != 4 || !slices.Equal(got, want) {
		t.Errorf("the sums are\n%s\nand of the rows\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// texted makes a text of each row of sums.
func texted(query string) string {
	return `WITH a (camera, cell, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, c12, c13, c14) AS (` + query + `)
SELECT hex(camera) || '|' || cell || '|' || c1 || '|' || c2 || '|' || c3 || '|' || c4 || '|' || c5 || '|' || c6 || '|' || c7 || '|' || c8 || '|' || c9 || '|' || c10 || '|' || c11 || '|' || c12 || '|' || c13 || '|' || c14 FROM a ORDER BY 1`
}

// activityFill is the query by which an upgrade makes the sums, with those that there are since.
func activityFill(t *testing.T) string {
	t.Helper()
	for v := 1; v < version; v++ {
		step, err := scripts.ReadFile(fmt.Sprintf("migrate%d.sql", v))
		if err != nil {
			t.Fatal(err)
		}
		if _, after, found := strings.Cut(string(step), "INSERT INTO activity SELECT"); found {
			fill, _, _ := strings.Cut(after, ";")
			return "SELECT" + strings.NewReplacer(
				"sum(iif(what = 'stretch', ns, 0))", "sum(iif(what = 'stretch', ns, 0)), sum(iif(what = 'beside', ns, 0)), sum(iif(what = 'damaged', ns, 0)), sum(iif(what = 'sound damaged', ns, 0))",
				"iif(k.stretch, 'stretch', iif(e.kind = 'sound', 'sound clip', 'clip'))", "iif(k.state = 'damaged', iif(NOT k.stretch AND e.kind = 'sound', 'sound damaged', 'damaged'), iif(k.beside, 'beside', iif(k.stretch, 'stretch', iif(e.kind = 'sound', 'sound clip', 'clip'))))",
			).Replace(fill)
		}
	}
	t.Fatal("no upgrade makes the sums")
	return ""
}

// TestTimelineIsSeenByRight: events, clips and sums of a camera are found by who may look back,
// from when on it may, with what was heard by who may hear; each row says by whose right.
func TestTimelineIsSeenByRight(t *testing.T) {
	s, ctx := openTest(t), t.Context()
	ann, bob, eve, dan := addAccount(t, s, "ann"), addAccount(t, s, "bob"), addAccount(t, s, "eve"), addAccount(t, s, "dan")
	cam, program := addCamera(t, s, ann, "a"), media.NewID[token]()
	day := t0.Truncate(24 * time.Hour)
	from := day.Add(65 * time.Minute) // within a cell
	update(t, s, func(ctx context.Context, tx *Tx) error {
		p := Principal{ID: PrincipalID(program), Version: 1, Kind: "token", KEMPublic: make([]byte, 1216), Signature: make([]byte, 64)}
		n := Token{ID: program, Account: ann, Name: "n", TokenHash: make([]byte, 32), ScopeHash: make([]byte, 32), Created: t0}
		return errors.Join(
			tx.PutGrant(ctx, Grant{Camera: cam, Account: bob, Actions: history, HistoryFrom: from, Granted: t0}),
			tx.PutGrant(ctx, Grant{Camera: cam, Account: eve, Actions: history | audio, HistoryFrom: fromMS(0), Granted: t0}),
			tx.PutGrant(ctx, Grant{Camera: cam, Account: dan, Actions: 1, HistoryFrom: fromMS(0), Granted: t0}),
			tx.AddToken(ctx, n, p, []TokenCamera{{Camera: cam, Actions: history, HistoryFrom: from}}))
	})
	for n := range 12 { // each quarter of an hour from midnight on: motion and sound in turn
		e := recorder.EventRow{Event: media.NewEventID(), Camera: cam, Kind: []media.Kind{media.KindMotion, media.KindSound}[n%2], Start: day.Add(time.Duration(n) * Cell)}
		e.End = e.Start.Add(10 * time.Second)
		c, stretch := clipRow(cam, e.Start), clipRow(cam, e.Start.Add(15*time.Second))
		c.Event, c.Duration, c.State = e.Event, 15*time.Second, recorder.StateComplete
		stretch.Stretch, stretch.Duration, stretch.State = true, time.Minute, recorder.StateComplete
		beside := stretch
		beside.Clip, beside.Event, beside.Beside, beside.Duration = media.NewClipID(), media.NewEventID(), true, 2*time.Minute
		if err := errors.Join(s.EventPut(ctx, e), s.ClipClosed(ctx, c), s.ClipClosed(ctx, stretch), s.ClipClosed(ctx, beside)); err != nil {
			t.Fatal(err)
		}
	}
	for who, want := range map[PrincipalID]struct{ events, sounds, clips, stretches, beside, cells int }{
		ann: {12, 6, 12, 12, 12, 12}, eve: {12, 6, 12, 12, 12, 12}, // what began before the history does not begin in it
		bob: {3, 0, 3, 7, 7, 7}, PrincipalID(program): {3, 0, 3, 7, 7, 7}, dan: {},
	} {
		q := TimelineQuery{Account: who, Now: t0, History: history, Audio: audio, Camera: cam, From: day, To: day.Add(3 * time.Hour), Limit: 100}
		events, err := s.TimelineEvents(ctx, q)
		clips, err2 := s.TimelineClips(ctx, q)
		cells, err3 := s.Activity(ctx, q)
		if err := errors.Join(err, err2, err3); err != nil {
			t.Fatal(err)
		}
		var got struct{ events, sounds, clips, stretches, beside, cells int }
		for _, e := range events {
			got.events++
			if e.Kind == media.KindSound {
				got.sounds++
			}
			if e.For != who || e.Camera != cam {
				t.Errorf("an event of %v for %v", e.Camera, e.For)
			}
		}
		for _, c := range clips {
			switch {
			case c.Beside:
				got.beside++
			case c.Stretch:
				got.stretches++
			default:
				got.clips++
			}
			if c.For != who || c.Camera != cam {
				t.Errorf("a clip of %v for %v", c.Camera, c.For)
			}
		}
		var sums Activity
		for _, a := range cells {
			got.cells++
			sums.Clips += a.Clips
			sums.Stretches += a.Stretches
			sums.Beside += a.Beside
			sums.Busy += a.Busy
			if hears := want.sounds > 0; !hears && a.Events[slices.Index(ActivityKinds[:], media.KindSound)] > 0 || a.For != who || a.Camera != cam {
				t.Errorf("%v: %+v", who, a)
			}
		}
		if got != want {
			t.Errorf("%v: %+v, want %+v", who, got, want)
		}
		seconds := time.Duration(want.clips) * time.Second
		if sums.Clips != 15*seconds || sums.Busy != 10*seconds || sums.Stretches != time.Duration(want.stretches)*time.Minute || sums.Beside != time.Duration(2*want.beside)*time.Minute {
			t.Errorf("%v: sums %+v", who, sums)
		}
	}
	// one that began before the span, and reaches into it
	q := TimelineQuery{Account: ann, Now: t0, History: history, Audio: audio, Camera: cam, From: day.Add(Cell + 5*time.Second), To: day.Add(2 * Cell), Limit: 100}
	if events, err := s.TimelineEvents(ctx, q); err != nil || len(events) != 1 || !events[0].Start.Equal(day.Add(Cell)) {
		t.Errorf("%+v, %v", events, err)
	}
	q.From = q.From.Add(time.Minute)
	if events, err := s.TimelineEvents(ctx, q); err != nil || len(events) != 0 {
		t.Errorf("%+v, %v", events, err)
	}
	if clips, err := s.TimelineClips(ctx, q); err != nil || len(clips) != 2 || !clips[0].Stretch {
		t.Errorf("%+v, %v", clips, err)
	}
}
