package store

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"lares/cameras/media"
	"lares/recorder"
)

// minute is a time on a scale of the test.
func minute(n int) time.Time { return t0.Add(time.Duration(n) * time.Minute) }

// gapRow is a gap between two minutes; one that ends in minute 0 goes on.
func gapRow(cam media.CameraID, from, to int) recorder.GapRow {
	g := recorder.GapRow{Camera: cam, From: minute(from).Add(7), Cause: recorder.GapCamera, Count: 1}
	if to > 0 {
		g.To = minute(to).Add(9)
	}
	return g
}

// TestGaps: a span lists the gaps of its camera that reach into it, oldest first, page by
// page, and none of before the caller's history, nor of an event that the caller may not know
// of. A gap that is put again is the same one, and one that was none is gone.
func TestGaps(t *testing.T) {
	s, ctx := openTest(t), t.Context()
	cam, other := media.NewCameraID(), media.NewCameraID()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	sound, motion := media.NewEventID(), media.NewEventID()
	must(errors.Join(s.EventPut(ctx, recorder.EventRow{Event: sound, Camera: cam, Kind: media.KindSound, Start: minute(40)}),
		s.EventPut(ctx, recorder.EventRow{Event: motion, Camera: cam, Kind: media.KindMotion, Start: minute(50)})))
	rows := []recorder.GapRow{gapRow(cam, 10, 20), gapRow(cam, 30, 35), gapRow(cam, 40, 45), gapRow(cam, 50, 55), gapRow(cam, 60, 0)}
	rows[1].Cause, rows[1].Count = recorder.GapDisk, 3
	rows[2].Event, rows[3].Event = sound, motion
	for _, g := range rows {
		open := g
		open.To, open.Cause = time.Time{}, recorder.GapOther
		must(errors.Join(s.GapPut(ctx, open), s.GapPut(ctx, g)))
	}
	none := gapRow(cam, 58, 59)
	must(errors.Join(s.GapPut(ctx, gapRow(other, 30, 35)), s.GapPut(ctx, none), s.GapRemoved(ctx, cam, none.From), s.GapRemoved(ctx, cam, none.From)))
	list := func(q GapQuery) []recorder.GapRow {
		t.Helper()
		q.Camera = cam
		if q.Limit == 0 {
			q.Limit = 100
		}
		got, err := s.Gaps(ctx, q)
		must(err)
		return got
	}
	all := GapQuery{History: fromMS(0), Heard: true, From: minute(-60), To: minute(600)}
	for name, c := range map[string]struct {
		change func(*GapQuery)
		want   []recorder.GapRow
	}{
		"all":                    {func(*GapQuery) {}, rows},
		"up to where one begins": {func(q *GapQuery) { q.To = rows[1].From }, rows[:1]},
		"inside one":             {func(q *GapQuery) { q.From, q.To = minute(12), minute(13) }, rows[:1]},
		"from where one ends":    {func(q *GapQuery) { q.From, q.To = rows[1].To, minute(41) }, rows[2:3]},
		"long after the open":    {func(q *GapQuery) { q.From, q.To = minute(500), minute(501) }, rows[4:]},
		"history within one":     {func(q *GapQuery) { q.History = minute(32) }, rows[1:]},
		"who may not hear":       {func(q *GapQuery) { q.Heard = false }, slices.Delete(slices.Clone(rows), 2, 3)},
		"a page":                 {func(q *GapQuery) { q.Limit = 2 }, rows[:2]},
		"the next":               {func(q *GapQuery) { q.Limit, q.After = 2, rows[1].From }, rows[2:4]},
	} {
		q := all
		c.change(&q)
		if got := list(q); !slices.Equal(got, c.want) {
			t.Errorf("%s: %+v\nwant %+v", name, got, c.want)
		}
	}
	if open, err := s.GapsOpen(ctx); err != nil || !slices.Equal(open, rows[4:]) {
		t.Errorf("open are %+v, %v", open, err)
	}
	back := rows[4] // the clock was set back while it went on
	back.To = back.From.Add(-time.Hour)
	must(s.GapPut(ctx, back))
	if got := list(GapQuery{History: fromMS(0), Heard: true, From: minute(60).Add(-1), To: minute(600)}); len(got) != 1 || !got[0].To.Equal(back.From) {
		t.Errorf("it ends before it began: %+v", got)
	}
}

// TestGapEndsAtTheNext: a gap that is over ends where the next one of its camera begins, however late it is told
// that it is.
func TestGapEndsAtTheNext(t *testing.T) {
	s, ctx := openTest(t), t.Context()
	cam, other := media.NewCameraID(), media.NewCameraID()
	for _, g := range []recorder.GapRow{gapRow(cam, 10, 0), gapRow(other, 11, 12), gapRow(cam, 20, 30), gapRow(cam, 40, 0), gapRow(cam, 10, 35), gapRow(cam, 40, 45)} {
		if err := s.GapPut(ctx, g); err != nil {
			t.Fatal(err)
		}
	}
	got, err := s.Gaps(ctx, GapQuery{Camera: cam, History: fromMS(0), Heard: true, From: fromMS(0), To: minute(60), Limit: 9})
	want := []recorder.GapRow{gapRow(cam, 10, 20), gapRow(cam, 20, 30), gapRow(cam, 40, 45)}
	want[0].To = want[1].From
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%+v, %v\nwant %+v", got, err, want)
	}
}

// TestDue: what was noted last as due is found again, whatever it was.
func TestDue(t *testing.T) {
	s, ctx := openTest(t), t.Context()
	is := func(want recorder.Due) {
		t.Helper()
		if got, err := s.DueLast(ctx); err != nil || !got.At.Equal(want.At) || !slices.Equal(got.Cameras, want.Cameras) {
			t.Errorf("due is %+v, %v, not %+v", got, err, want)
		}
	}
	is(recorder.Due{})
	at := fromMS(0).Add(12345 * time.Hour)
	for _, d := range []recorder.Due{{At: at, Cameras: []media.CameraID{media.NewCameraID()}}, {At: at.Add(1), Cameras: []media.CameraID{media.NewCameraID(), media.NewCameraID()}}, {}} {
		if err := s.DuePut(ctx, d); err != nil {
			t.Fatal(err)
		}
		is(d)
	}
}

// TestGapsGo: gaps go once they are old and nothing is left of their camera that they could
// stand beside, the oldest where there are too many, and all with their camera.
func TestGapsGo(t *testing.T) {
	s, ctx := openTest(t), t.Context()
	ann := addAccount(t, s, "ann")
	door, yard := addCamera(t, s, ann, "door"), addCamera(t, s, ann, "yard")
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	const many = eraseRows + 9
	left := func(cam media.CameraID, want ...int) {
		t.Helper()
		rows, err := s.Gaps(ctx, GapQuery{Camera: cam, History: fromMS(0), Heard: true, From: fromMS(0), To: minute(1e6), Limit: 2 * many})
		must(err)
		var from []int
		for _, g := range rows {
			from = append(from, int(g.From.Sub(t0)/time.Minute))
		}
		if !slices.Equal(from, want) {
			t.Errorf("gaps of %v, want %v", from, want)
		}
	}
	for _, cam := range []media.CameraID{door, yard} {
		for n := range 6 {
			must(s.GapPut(ctx, gapRow(cam, 10*n, 10*n+5)))
		}
		must(s.GapPut(ctx, gapRow(cam, 100, 0)))
	}
	if ends, err := s.GapsEnd(ctx); err != nil || len(ends) != 2 || !ends[door].Equal(gapRow(door, 50, 55).To) || !ends[yard].Equal(ends[door]) {
		t.Errorf("the newest end at %v, %v", ends, err)
	}
	clip := clipRow(door, minute(22))
	clip.State = recorder.StateComplete
	must(s.ClipClosed(ctx, clip))
	must(s.GapsExpire(ctx, minute(37), 100))
	left(door, 20, 30, 40, 50, 100)
	left(yard, 40, 50, 100)
	must(s.GapsExpire(ctx, minute(37), 2))
	left(door, 50, 100)
	left(yard, 50, 100)
	update(t, s, func(ctx context.Context, tx *Tx) error {
		for n := range many {
			g := gapRow(yard, 1000+n, 1001+n)
			if _, err := tx.exec(ctx, upsertGap, g.Camera[:], g.From.UnixNano(), g.To.UnixNano(), string(g.Cause), nil, 1); err != nil {
				return err
			}
		}
		return nil
	})
	must(s.GapsExpire(ctx, minute(1e5), 100)) // all but what goes on
	left(yard, 100)
	must(s.GapPut(ctx, gapRow(yard, 101, 102)))
	update(t, s, func(ctx context.Context, tx *Tx) error { return tx.RemoveCamera(ctx, yard, ann, t0) })
	must(s.EraseRows(ctx, yard))
	left(yard)
	must(s.GapPut(ctx, gapRow(yard, 103, 104))) // late
	update(t, s, func(ctx context.Context, tx *Tx) error { return tx.ForgetCamera(ctx, yard) })
	left(yard)
	left(door, 50, 100)
}

// TestGapsCut: where a camera is recorded again in a time its gaps have that left out, but for what a file goes
// on over and rows that stand for several.
func TestGapsCut(t *testing.T) {
	s, ctx := openTest(t), t.Context()
	cam, other := media.NewCameraID(), media.NewCameraID()
	rows := []recorder.GapRow{
		gapRow(cam, 10, 20), gapRow(cam, 30, 0), gapRow(cam, 32, 80), gapRow(cam, 36, 37), gapRow(cam, 50, 55), gapRow(cam, 60, 0), gapRow(other, 30, 40),
	}
	several := []recorder.GapRow{gapRow(cam, 25, 70), gapRow(cam, 38, 39), gapRow(cam, 40, 90), gapRow(cam, 41, 0)}
	for i := range several {
		several[i].Count = 2
	}
	hole, late, edge := gapRow(cam, 45, 0), gapRow(cam, 46, 0), gapRow(cam, 57, 0)
	hole.To, late.To = hole.From.Add(recorder.HoleMost), late.From.Add(recorder.HoleMost+1)
	edge.From = minute(58).Add(-time.Second)
	edge.To = edge.From.Add(2 * time.Second) // is longer than the file
	rows = slices.Concat(rows, several, []recorder.GapRow{hole, late, edge})
	slices.SortFunc(rows, func(a, b recorder.GapRow) int { return a.From.Compare(b.From) }) // else one would end at the next
	for _, g := range rows {
		if err := s.GapPut(ctx, g); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		if err := s.Together(ctx, func(rows recorder.RowIndex) error { return rows.GapsCut(ctx, cam, minute(35), minute(58)) }); err != nil {
			t.Fatal(err)
		}
	}
	var left [][2]int
	for _, of := range []media.CameraID{cam, other} {
		rows, err := s.Gaps(ctx, GapQuery{Camera: of, History: fromMS(0), Heard: true, From: fromMS(0), To: minute(1e6), Limit: 100})
		if err != nil {
			t.Fatal(err)
		}
		for _, g := range rows {
			to := 0
			if !g.To.IsZero() {
				to = int(g.To.Sub(t0) / time.Minute)
			}
			left = append(left, [2]int{int(g.From.Sub(t0) / time.Minute), to})
		}
	}
	if want := [][2]int{{10, 20}, {25, 70}, {30, 35}, {32, 35}, {38, 39}, {40, 90}, {41, 0}, {45, 45}, {58, 80}, {60, 0}, {30, 40}}; !slices.Equal(left, want) {
		t.Errorf("gaps %v, want %v", left, want)
	}
}
