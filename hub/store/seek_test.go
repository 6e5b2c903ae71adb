package store

import (
	"errors"
	"slices"
	"testing"
	"time"

	"lares/cameras/media"
	"lares/recorder"
)

// TestSeekRows: the clip of a time is found, of several the one that began last, else the next
// on the wanted side; none of before the history, none that is being removed or was only heard.
func TestSeekRows(t *testing.T) {
	s, ctx := openTest(t), t.Context()
	cam, other := media.NewCameraID(), media.NewCameraID()
	put := func(camera media.CameraID, at, length time.Duration, state recorder.ClipState, kind media.Kind) media.ClipID {
		t.Helper()
		c := clipRow(camera, t0.Add(at))
		c.Duration, c.State, c.Stretch = length, state, kind == ""
		if kind != "" {
			if err := s.EventPut(ctx, recorder.EventRow{Event: c.Event, Camera: camera, Kind: kind, Start: c.Start}); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.ClipClosed(ctx, c); err != nil {
			t.Fatal(err)
		}
		return c.Clip
	}
	const m = time.Minute
	early := put(cam, -20*m, m, recorder.StateComplete, "")
	stretch := put(cam, 0, 5*m, recorder.StateComplete, "")
	event := put(cam, 5*m-5*time.Second, m, recorder.StateComplete, media.KindMotion)
	put(cam, 10*m, m, recorder.StateRemoving, media.KindMotion)
	sound := put(cam, 20*m, m, recorder.StateComplete, media.KindSound)
	open := put(cam, 30*m, 0, recorder.StateOpen, "")
	put(other, 0, time.Hour, recorder.StateComplete, "")
	for _, x := range []struct {
		name       string
		at         time.Duration
		back, deaf bool
		not, want  media.ClipID
	}{
		{name: "within", at: m, want: stretch},
		{name: "its begin", at: 0, want: stretch},
		{name: "where two are, the later one", at: 5*m - time.Second, want: event},
		{name: "its end is not in it", at: 5 * m, want: event},
		{name: "the same but not that", at: 5*m - time.Second, not: event, want: stretch},
		{name: "in a gap", at: 8 * m, want: sound},
		{name: "in a gap, back", at: 8 * m, back: true, want: event},
		{name: "what was only heard", at: 20*m + time.Second, deaf: true, want: open},
		{name: "what was only heard, back", at: 20*m + time.Second, deaf: true, back: true, want: event},
		{name: "what is being written", at: 32 * m, want: open},
		{name: "of before the history", at: -20*m + time.Second, want: stretch},
		{name: "of before the history, back", at: -m, back: true},
		{name: "after all", at: time.Hour, not: open},
	} {
		q := SeekQuery{Camera: cam, History: t0.Add(-10 * m), Heard: !x.deaf, At: t0.Add(x.at), Back: x.back, Not: []media.ClipID{x.not}}
		got, err := s.Seek(ctx, q)
		if err != nil || len(got) > 1 || (len(got) == 1) != !x.want.IsZero() || len(got) == 1 && (got[0].Clip != x.want || got[0].Camera != cam) {
			t.Errorf("%s: %+v, %v", x.name, got, err)
		}
	}
	q := SeekQuery{Camera: cam, History: fromMS(0), Heard: true, At: t0.Add(-m), Back: true}
	if got, err := s.Seek(ctx, q); err != nil || len(got) != 1 || got[0].Clip != early {
		t.Errorf("who may see all: %+v, %v", got, err)
	}
}

// TestSpansAreHalfOpen: what ends, as it is told in whole milliseconds, when a span begins, or
// begins when it ends, is not in it: of clips, in a seek, a list and the timeline, and of gaps.
func TestSpansAreHalfOpen(t *testing.T) {
	s, ctx := openTest(t), t.Context()
	ann := addAccount(t, s, "Ann")
	cam := addCamera(t, s, ann, "door")
	const odd = 700 * time.Microsecond
	var clips []media.ClipID
	for n := range 3 { // each minute begins and ends within a millisecond that is told as the one before
		c := clipRow(cam, t0.Add(time.Duration(n)*time.Minute+odd))
		c.Duration, c.State, c.Stretch = time.Minute, recorder.StateComplete, true
		if n == 0 {
			c.Duration += odd / 2
		}
		g := recorder.GapRow{Camera: cam, From: c.Start, To: c.Start.Add(time.Minute), Cause: recorder.GapCamera, Count: 1}
		if err := errors.Join(s.ClipClosed(ctx, c), s.GapPut(ctx, g)); err != nil {
			t.Fatal(err)
		}
		clips = append(clips, c.Clip)
	}
	from, to := t0.Add(time.Minute), t0.Add(2*time.Minute)
	found, err := s.Seek(ctx, SeekQuery{Camera: cam, History: fromMS(0), Heard: true, At: from})
	if err != nil || len(found) != 1 || found[0].Clip != clips[1] {
		t.Errorf("a seek finds %+v, %v", found, err)
	}
	rows, err := s.Recordings(ctx, RecordingQuery{Camera: cam, History: fromMS(0), Heard: true, From: from, To: to, Limit: 10})
	if err != nil || len(rows) != 1 || rows[0].Clip != clips[1] {
		t.Errorf("a list has %+v, %v", rows, err)
	}
	gaps, err := s.Gaps(ctx, GapQuery{Camera: cam, History: fromMS(0), Heard: true, From: from, To: to, Limit: 10})
	if err != nil || len(gaps) != 1 || !gaps[0].From.Equal(from.Add(odd)) {
		t.Errorf("gaps are %+v, %v", gaps, err)
	}
	q := TimelineQuery{Account: ann, Now: t0, History: 1, Audio: 1, Camera: cam, From: from, To: to, Limit: 10}
	drawn, err1 := s.TimelineClips(ctx, q)
	missing, err2 := s.TimelineGaps(ctx, q)
	if err := errors.Join(err1, err2); err != nil || len(drawn) != 1 || len(missing) != 1 {
		t.Errorf("a timeline has %+v and %+v, %v", drawn, missing, err)
	}
}

// TestSeekBeside: what is recorded beside the main stream stands in where nothing of that is,
// and not from one of its files to the next.
func TestSeekBeside(t *testing.T) {
	s, ctx := openTest(t), t.Context()
	cam := media.NewCameraID()
	names := map[media.ClipID]string{}
	put := func(name string, from, to time.Duration, beside bool) {
		t.Helper()
		c := clipRow(cam, t0.Add(from))
		c.Duration, c.State, c.Stretch, c.Beside = to-from, recorder.StateComplete, true, beside
		if err := s.ClipClosed(ctx, c); err != nil {
			t.Fatal(err)
		}
		names[c.Clip] = name
	}
	const m, sec = time.Minute, time.Second
	put("low 1", 0, 5*m, true)
	put("low 2", 5*m, 10*m, true)
	put("main 1", 10*m, 14*m, false)
	put("low 3", 10*m-sec, 15*m, true)
	put("main 2", 14*m+sec, 16*m, false)
	put("low 4", 15*m, 20*m, true)
	put("main 3", 30*m+2*sec, 31*m, false)
	put("low 5", 30*m, 31*m, true)
	for _, x := range []struct {
		at   time.Duration
		back bool
		want string
	}{
		{at: 2 * m, want: "low 1"}, {at: 9*m + 50*sec, want: "low 2"}, {at: 10*m - sec, want: "main 1"},
		{at: 12 * m, want: "main 1"}, {at: 14 * m, want: "main 2"}, {at: 15 * m, want: "main 2"}, {at: 17 * m, want: "low 4"},
		{at: 25 * m, want: "main 3"}, {at: -m, want: "low 1"}, {at: 40 * m, want: ""},
		{at: 14*m + sec, back: true, want: "main 1"}, {at: 18 * m, back: true, want: "low 4"}, {at: 16*m + 3*sec, back: true, want: "main 2"},
		{at: 28 * m, back: true, want: "low 4"}, {at: 40 * m, back: true, want: "main 3"}, {at: 0, back: true, want: ""},
	} {
		q := SeekQuery{Camera: cam, History: t0.Add(-time.Hour), Heard: true, At: t0.Add(x.at), Back: x.back}
		if x.back { // what was before it
			q.At = q.At.Add(-1)
		}
		got, err := s.Seek(ctx, q)
		name := ""
		if len(got) > 0 {
			name = names[got[0].Clip]
		}
		if err != nil || len(got) > 1 || name != x.want {
			t.Errorf("at %v, back %t: %q, %v, want %q", x.at, x.back, name, err, x.want)
		}
	}
}

// TestSeekOfSeveral: of several clips that show a moment a seek finds the one that began last, and of
// those always the same one, in whichever order they were entered, as after a repair.
func TestSeekOfSeveral(t *testing.T) {
	cam := media.NewCameraID()
	var clips []recorder.ClipRow
	for _, by := range []time.Duration{0, 20 * time.Second, 0} { // a minute each, and one that begins as the first do
		for n := range 5 {
			for _, beside := range []bool{false, true} {
				c := clipRow(cam, t0.Add(time.Duration(n)*time.Minute+by))
				c.Duration, c.State, c.Stretch, c.Beside = time.Minute, recorder.StateComplete, true, beside
				if !beside {
					c.Start = c.Start.Add(time.Hour) // so that what is beside is sought alone
				}
				clips = append(clips, c)
			}
		}
	}
	var found [2][]media.ClipID
	for i := range found {
		s := openTest(t)
		for _, c := range clips {
			if err := s.ClipClosed(t.Context(), c); err != nil {
				t.Fatal(err)
			}
		}
		for _, from := range []time.Time{t0, t0.Add(time.Hour)} {
			for at := range 5 * 6 {
				when := from.Add(time.Duration(at) * 10 * time.Second)
				got, err := s.Seek(t.Context(), SeekQuery{Camera: cam, History: fromMS(0), Heard: true, At: when})
				if err != nil || len(got) != 1 {
					t.Fatalf("%v: %+v, %v", when, got, err)
				}
				for _, c := range clips {
					if !c.Start.After(when) && c.Start.After(got[0].Start) && c.Start.Add(c.Duration).After(when) {
						t.Errorf("at %v a clip of %v is found, and one of %v shows it", when, got[0].Start, c.Start)
					}
				}
				found[i] = append(found[i], got[0].Clip)
			}
		}
		slices.Reverse(clips)
	}
	if !slices.Equal(found[0], found[1]) {
		t.Error("what is found hangs on the order in which clips were entered")
	}
}
