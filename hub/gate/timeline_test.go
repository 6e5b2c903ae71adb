package gate

import (
	"errors"
	"slices"
	"testing"
	"time"
	_ "time/tzdata" // the machine may have no time zones

	"lares/cameras/media"
	"lares/hub/account"
	"lares/hub/journal"
	"lares/hub/store"
	"lares/recorder"
)

// happened enters an event that began so long after t0, its clip, and a stretch behind it up
// to the next minute.
func (r *rig) happened(camera media.CameraID, kind media.Kind, after, length time.Duration) media.EventID {
	r.t.Helper()
	e := recorder.EventRow{Event: media.NewEventID(), Camera: camera, Kind: kind, Start: t0.Add(after), End: t0.Add(after + length)}
	row := recorder.ClipRow{Clip: media.NewClipID(), Camera: camera, Event: e.Event, KID: media.KeyID(make([]byte, 16)), Start: e.Start, State: recorder.StateComplete, Duration: length}
	stretch := row
	stretch.Clip, stretch.Event, stretch.Stretch = media.NewClipID(), media.NewEventID(), true
	stretch.Start, stretch.Duration = e.End, time.Minute-length
	r.must(errors.Join(r.store.EventPut(r.t.Context(), e), r.store.ClipClosed(r.t.Context(), row), r.store.ClipClosed(r.t.Context(), stretch)))
	return e.Event
}

// TestTimeline: what happened and was recorded is shown by buckets, row by row where these are
// short and by sums where they are long, to who may look back and from then on, and what was
// heard to who may hear. No number tells of more than that.
func TestTimeline(t *testing.T) {
	r := newRig(t)
	list := r.told()
	ctx := t.Context()
	ann, bob, deaf, late, eve := r.person("ann"), r.person("bob"), r.person("deaf"), r.person("late"), r.person("eve")
	door, yard := r.camera(ann, "door"), r.camera(ann, "yard")
	program, _ := r.token(ann, TokenGrant{door, []Action{History}, FromStart})
	r.must(r.Grant(ctx, ann, GrantRequest{Camera: door, Account: bob.Account, Actions: []Action{History, Audio}, History: FromStart}))
	r.must(r.Grant(ctx, ann, GrantRequest{Camera: door, Account: deaf.Account, Actions: []Action{History}, History: FromStart}))
	r.must(r.Grant(ctx, ann, GrantRequest{Camera: door, Account: eve.Account, Actions: []Action{Live}}))
	var named []media.EventID
	for n := range 30 { // of two hours, each four minutes: a motion, a doorbell and a sound in turn
		kind := []media.Kind{media.KindMotion, media.KindDoorbell, media.KindSound}[n%3]
		named = append(named, r.happened(door, kind, time.Duration(4*n)*time.Minute, 20*time.Second))
	}
	r.happened(yard, media.KindTamper, time.Hour, time.Minute)
	r.clock.Advance(65 * time.Minute) // within a cell: 16 events were before
	r.must(r.Grant(ctx, ann, GrantRequest{Camera: door, Account: late.Account, Actions: []Action{History, Audio}}))
	r.clock.Advance(10 * time.Hour)

	span := 2 * time.Hour
	asks := func(c account.Caller, long time.Duration, buckets int, which ...media.CameraID) Timeline {
		t.Helper()
		got, err := r.Timeline(ctx, c, TimelineFilter{Cameras: which, From: t0, To: t0.Add(long), Buckets: buckets})
		r.must(err)
		if len(got.Cameras) != len(which) || got.From.After(t0) || got.To.Before(t0.Add(long)) || got.To.Sub(got.From)%got.Step != 0 {
			t.Fatalf("%v to %v by %v, %d cameras", got.From, got.To, got.Step, len(got.Cameras))
		}
		return got
	}
	sum := func(c CameraTimeline) (n int) {
		for _, of := range c.Events {
			for _, k := range of {
				n += k
			}
		}
		return n
	}
	length := func(spans []TimeSpan) (d time.Duration) {
		for _, s := range spans {
			d += s.To.Sub(s.From)
		}
		return d
	}
	for _, x := range []struct {
		name                  string
		who                   account.Caller
		events, sounds, first int
	}{
		{"the owner", ann, 30, 10, 0}, {"who hears", bob, 30, 10, 0}, {"who does not", deaf, 20, 0, 0},
		{"a token that does not", program, 20, 0, 0}, {"who may look back from later on", late, 13, 4, 17},
	} {
		fine := asks(x.who, span, 720, door)
		rows := fine.Cameras[0]
		if fine.Step != 10*time.Second || sum(rows) != x.events || len(rows.Named) != x.events || rows.Many || len(rows.Busy) != int(fine.To.Sub(fine.From)/fine.Step) {
			t.Errorf("%s, by %v: %d events, %d named, %d buckets", x.name, fine.Step, sum(rows), len(rows.Named), len(rows.Busy))
		}
		if got, want := length(rows.Recorded), time.Duration(x.events)*20*time.Second; got != want {
			t.Errorf("%s: %v of events recorded, want %v", x.name, got, want)
		}
		if got, want := length(rows.Continuous), time.Duration(30-x.first)*40*time.Second; got != want {
			t.Errorf("%s: %v of stretches, want %v", x.name, got, want)
		}
		coarse := asks(x.who, 48*time.Hour, 300, door)
		sums := coarse.Cameras[0]
		if coarse.Step != store.Cell || sum(sums) != x.events || !sums.Many || len(sums.Named) != 0 {
			t.Errorf("%s, by %v: %d events of %d", x.name, coarse.Step, sum(sums), x.events)
		}
		wide := asks(x.who, 48*time.Hour, 30, door)
		if n := sum(wide.Cameras[0]); wide.Step <= store.Cell || n != x.events {
			t.Errorf("%s, by %v: %d events of %d", x.name, wide.Step, n, x.events)
		}
		for kind, of := range wide.Cameras[0].Events {
			for i, n := range of {
				for j, k := range sums.Events[kind] {
					if coarse.From.Add(time.Duration(j)*coarse.Step).Sub(wide.From)/wide.Step == time.Duration(i) {
						n -= k
					}
				}
				if n != 0 {
					t.Errorf("%s, by %v: %d too many of %v in %d", x.name, wide.Step, n, kind, i)
				}
			}
		}
		for _, c := range []CameraTimeline{rows, sums} {
			if (c.Events[media.KindSound] != nil) != (x.sounds > 0) || c.Events[media.KindTamper] != nil || c.Camera != door {
				t.Errorf("%s: kinds %v", x.name, c.Events)
			}
		}
		if want := t0.Add(time.Duration(4*x.first) * time.Minute); !rows.Recorded[0].From.Equal(want) || sums.Recorded[0].From.After(want) || sums.Continuous[0].From.Before(want.Add(-store.Cell)) {
			t.Errorf("%s: recorded from %v, of the sums from %v on", x.name, rows.Recorded[0].From, sums.Recorded[0].From)
		}
		for _, e := range rows.Named {
			if !slices.Contains(named, e.ID) {
				t.Errorf("%s: an event of another camera", x.name)
			}
		}
	}
	both := asks(ann, span, 200, door, yard)
	if sum(both.Cameras[0]) != 30 || sum(both.Cameras[1]) != 1 || both.Cameras[1].Camera != yard {
		t.Errorf("of two: %+v", both.Cameras)
	}
	for what, err := range map[string]error{
		"live alone":             timelineError(r, eve, door),
		"one of two":             timelineError(r, bob, door, yard),
		"a camera that is none":  timelineError(r, bob, door, media.NewCameraID()),
		"another's, by a token":  timelineError(r, program, yard),
		"nobody's, by its owner": timelineError(r, ann, media.NewCameraID()),
	} {
		if err != ErrNotFound {
			t.Errorf("%s: %v", what, err)
		}
	}
	tried := map[account.ID]int{}
	for _, e := range list(ann) {
		if e.Kind == journal.Denied {
			tried[e.Account]++
		}
	}
	if tried[eve.Account] != 1 || tried[bob.Account] != 1 {
		t.Errorf("noted: %v", tried)
	}
	for what, f := range map[string]TimelineFilter{
		"none":      {From: t0, To: t0.Add(span), Buckets: 10},
		"one twice": {Cameras: []media.CameraID{door, door}, From: t0, To: t0.Add(span), Buckets: 10},
		"backwards": {Cameras: []media.CameraID{door}, From: t0.Add(span), To: t0, Buckets: 10},
		"too long":  {Cameras: []media.CameraID{door, yard}, From: t0.Add(-200 * 24 * time.Hour), To: t0, Buckets: 10},
		"too many":  {Cameras: []media.CameraID{door, yard}, From: t0, To: t0.Add(span), Buckets: 1000},
		"no bucket": {Cameras: []media.CameraID{door}, From: t0, To: t0.Add(span)},
		"of before": {Cameras: []media.CameraID{door}, From: t0.AddDate(-100, 0, 0), To: t0.AddDate(-100, 0, 1), Buckets: 10},
	} {
		if _, err := r.Timeline(ctx, ann, f); err != ErrInput {
			t.Errorf("%s: %v", what, err)
		}
	}
	r.must(r.Revoke(ctx, ann, door, bob.Account))
	if err := timelineError(r, bob, door); err != ErrNotFound {
		t.Errorf("revoked: %v", err)
	}
}

func timelineError(r *rig, c account.Caller, which ...media.CameraID) error {
	r.t.Helper()
	_, err := r.Timeline(r.t.Context(), c, TimelineFilter{Cameras: which, From: t0, To: t0.Add(time.Hour), Buckets: 60})
	return err
}

// TestTimelineGoesOn: what has no end yet is drawn up to now, however long the time is that is
// looked at.
func TestTimelineGoesOn(t *testing.T) {
	r := newRig(t)
	ann := r.person("ann")
	door := r.camera(ann, "door")
	e := recorder.EventRow{Event: media.NewEventID(), Camera: door, Kind: media.KindMotion, Start: t0}
	clip := recorder.ClipRow{Clip: media.NewClipID(), Camera: door, Event: e.Event, KID: media.KeyID(make([]byte, 16)), Start: t0.Add(28 * time.Minute), State: recorder.StateOpen}
	r.must(errors.Join(r.store.EventPut(t.Context(), e), r.store.ClipOpened(t.Context(), clip)))
	r.clock.Advance(30 * time.Minute)
	for _, long := range []time.Duration{time.Hour, 48 * time.Hour} {
		got, err := r.Timeline(t.Context(), ann, TimelineFilter{Cameras: []media.CameraID{door}, From: t0.Truncate(time.Hour), To: t0.Add(long), Buckets: 300})
		r.must(err)
		c := got.Cameras[0]
		var busy time.Duration
		for _, percent := range c.Busy {
			busy += time.Duration(percent) * got.Step / 100
		}
		if off := busy - 30*time.Minute; off < 0 || off > 2*got.Step {
			t.Errorf("by %v: it went on for %v", got.Step, busy)
		}
		if len(c.Recorded) != 1 || c.Recorded[0].From.After(clip.Start) || c.Recorded[0].To.Before(r.clock.Now()) || c.Recorded[0].To.After(r.clock.Now().Add(got.Step)) {
			t.Errorf("by %v: recorded %v", got.Step, c.Recorded)
		}
	}
}

// TestTimelineGaps: what is not recorded is shown with its cause, from when on the caller may
// look back, and in an event that was only heard to who hears; in one bucket there is one.
func TestTimelineGaps(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	ann, deaf, late := r.person("ann"), r.person("deaf"), r.person("late")
	door := r.camera(ann, "door")
	r.must(r.Grant(ctx, ann, GrantRequest{Camera: door, Account: deaf.Account, Actions: []Action{History}, History: FromStart}))
	sound := r.happened(door, media.KindSound, 50*time.Minute, 20*time.Second)
	lost := func(from, to time.Duration, cause recorder.GapCause, event media.EventID) {
		g := recorder.GapRow{Camera: door, From: t0.Add(from), Cause: cause, Event: event, Count: 1}
		if to > 0 {
			g.To = t0.Add(to)
		}
		r.must(r.store.GapPut(ctx, g))
	}
	lost(0, time.Minute, recorder.GapHub, media.EventID{})
	lost(65*time.Second, 66*time.Second, recorder.GapCamera, media.EventID{})
	lost(20*time.Minute, 45*time.Minute, recorder.GapDisk, media.EventID{})
	lost(50*time.Minute+time.Second, 50*time.Minute+2*time.Second, recorder.GapOverload, sound)
	lost(3*time.Hour, 0, recorder.GapCamera, media.EventID{})
	r.clock.Advance(30 * time.Minute)
	r.must(r.Grant(ctx, ann, GrantRequest{Camera: door, Account: late.Account, Actions: []Action{History, Audio}}))
	r.clock.Advance(3 * time.Hour)
	for _, x := range []struct {
		name   string
		who    account.Caller
		long   time.Duration
		causes []recorder.GapCause
		first  time.Duration
	}{
		{"the owner", ann, 4 * time.Hour, []recorder.GapCause{recorder.GapHub, recorder.GapCamera, recorder.GapDisk, recorder.GapOverload, recorder.GapCamera}, 0},
		{"the owner, from afar", ann, 48 * time.Hour, []recorder.GapCause{recorder.GapHub, recorder.GapDisk, recorder.GapOverload, recorder.GapCamera}, 0},
		{"who does not hear", deaf, 4 * time.Hour, []recorder.GapCause{recorder.GapHub, recorder.GapCamera, recorder.GapDisk, recorder.GapCamera}, 0},
		{"who may look back from later on", late, 4 * time.Hour, []recorder.GapCause{recorder.GapDisk, recorder.GapOverload, recorder.GapCamera}, 30 * time.Minute},
	} {
		got, err := r.Timeline(ctx, x.who, TimelineFilter{Cameras: []media.CameraID{door}, From: t0, To: t0.Add(x.long), Buckets: 1000})
		r.must(err)
		gaps := got.Cameras[0].Gaps
		var causes []recorder.GapCause
		count := 0
		for _, g := range gaps {
			causes, count = append(causes, g.Cause), count+g.Count
		}
		if !slices.Equal(causes, x.causes) {
			t.Fatalf("%s: %v", x.name, causes)
		}
		// what a right begins with is known to the millisecond
		if early := t0.Add(x.first).Sub(gaps[0].From); early < 0 || early >= time.Millisecond && x.who.Account == late.Account {
			t.Errorf("%s: the first from %v on", x.name, gaps[0].From)
		}
		if last := gaps[len(gaps)-1]; !last.Open || !last.To.Equal(r.clock.Now()) {
			t.Errorf("%s: the last is %+v", x.name, last)
		}
		if x.long > wholeRows && count != 5 {
			t.Errorf("%s: %d", x.name, count)
		}
	}
}

// TestTimelineDamaged: a clip that is damaged or gone is not drawn as recorded, but as that, row by row and
// in sums; one of what was only heard to who hears.
func TestTimelineDamaged(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	ann, deaf := r.person("ann"), r.person("deaf")
	door := r.camera(ann, "door")
	r.must(r.Grant(ctx, ann, GrantRequest{Camera: door, Account: deaf.Account, Actions: []Action{History}, History: FromStart}))
	base := t0.Truncate(time.Hour)
	lay := func(cell int, state recorder.ClipState, kind media.Kind, stretch, beside bool) {
		row := recorder.ClipRow{Clip: media.NewClipID(), Camera: door, Event: media.NewEventID(), KID: media.KeyID(make([]byte, 16)), Start: base.Add(time.Duration(cell) * store.Cell), Duration: time.Minute, State: state, Stretch: stretch, Beside: beside}
		if !stretch {
			r.must(r.store.EventPut(ctx, recorder.EventRow{Event: row.Event, Camera: door, Kind: kind, Start: row.Start, End: row.Start.Add(time.Minute)}))
		}
		r.must(r.store.ClipClosed(ctx, row))
	}
	for n, state := range []recorder.ClipState{recorder.StateComplete, recorder.StateDamaged} {
		lay(2*n, state, media.KindMotion, false, false)
		lay(4+2*n, state, "", true, false)
		lay(8+2*n, state, "", true, true)
		lay(12+2*n, state, media.KindSound, false, false)
	}
	lay(10, recorder.StateDamaged, "", true, false) // of both streams
	r.clock.Advance(10 * time.Hour)
	at := func(step time.Duration, cells ...int) (spans []TimeSpan) {
		for _, cell := range cells {
			from := base.Add(time.Duration(cell) * store.Cell)
			spans = append(spans, TimeSpan{from, from.Add(step)})
		}
		return spans
	}
	for _, x := range []struct {
		name              string
		who               account.Caller
		recorded, damaged []int
	}{
		{"the owner", ann, []int{0, 12}, []int{2, 6, 10, 14}},
		{"who does not hear", deaf, []int{0}, []int{2, 6, 10}},
	} {
		for _, long := range []time.Duration{5 * time.Hour, 48 * time.Hour} {
			got, err := r.Timeline(ctx, x.who, TimelineFilter{Cameras: []media.CameraID{door}, From: base, To: base.Add(long), Buckets: 1000})
			r.must(err)
			c, step := got.Cameras[0], max(time.Minute, got.Step)
			for what, pair := range map[string][2][]TimeSpan{
				"recorded": {c.Recorded, at(step, x.recorded...)}, "continuous": {c.Continuous, at(step, 4)}, "beside": {c.Beside, at(step, 8)}, "damaged": {c.Damaged, at(step, x.damaged...)},
			} {
				if !slices.Equal(pair[0], pair[1]) {
					t.Errorf("%s, by %v: %s %v, want %v", x.name, got.Step, what, pair[0], pair[1])
				}
			}
		}
	}
}

// TestSums: what is longer than its cell goes on in those behind, and no bucket is fuller than
// full.
func TestSums(t *testing.T) {
	view := &Timeline{From: t0.Truncate(time.Hour), Step: store.Cell}
	view.To = view.From.Add(12 * store.Cell)
	at := func(cell int) time.Time { return view.From.Add(time.Duration(cell) * store.Cell) }
	d := newDrawing(view, media.NewCameraID())
	d.many = true
	d.sums([]store.Activity{
		{Start: at(8), Events: [6]int{4: 1}, Busy: time.Second, Stretches: store.Cell},
		{Start: at(0), Events: [6]int{0: 2}, Busy: 5 * store.Cell / 2, Clips: 3 * time.Minute},
		{Start: at(2), Events: [6]int{0: 1}, Busy: store.Cell},
		{Start: at(7), Stretches: 17 * time.Minute},
	})
	got := d.timeline(10)
	if want := []uint8{100, 100, 100, 50, 0, 0, 0, 0, 1, 0, 0, 0}; !slices.Equal(got.Busy, want) {
		t.Errorf("busy %v, want %v", got.Busy, want)
	}
	if want := []int{2, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0}; !slices.Equal(got.Events[media.KindMotion], want) || got.Events[media.KindTamper][8] != 1 {
		t.Errorf("events %v", got.Events)
	}
	if want := []TimeSpan{{at(0), at(1)}}; !slices.Equal(got.Recorded, want) {
		t.Errorf("recorded %v", got.Recorded)
	}
	if want := []TimeSpan{{at(7), at(10)}}; !slices.Equal(got.Continuous, want) {
		t.Errorf("stretches %v", got.Continuous)
	}
	for span, want := range map[time.Duration]time.Duration{time.Second: time.Second, time.Hour: 5 * time.Second, 24 * time.Hour: 2 * time.Minute, 37 * time.Hour: store.Cell, 30 * 24 * time.Hour: time.Hour, 366 * 24 * time.Hour: 24 * time.Hour} {
		if got := stepOf(span, 1000); span < 300*24*time.Hour && got != want {
			t.Errorf("%v in 1000 buckets are of %v, want %v", span, got, want)
		}
		if got := stepOf(span, 1); got < min(span, 24*time.Hour) {
			t.Errorf("%v in one bucket are of %v", span, got)
		}
	}
}

// TestTimelineWhereClocksChange: of an hour that comes twice each is drawn in its own buckets, and what is recorded over
// the change of the clocks is one span: a timeline knows no time of day. So does what asks for a day of the wall, of 23 hours or 25.
func TestTimelineWhereClocksChange(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	for day, hours := range map[string]int{"2026-03-29": 23, "2026-10-25": 25} {
		from, err := time.ParseInLocation(time.DateOnly, day, berlin)
		if err != nil {
			t.Fatal(err)
		}
		to := from.AddDate(0, 0, 1)
		view := &Timeline{From: floor(from, time.Hour), To: floor(to.Add(time.Hour-1), time.Hour), Step: time.Hour, Now: to}
		d := newDrawing(view, media.NewCameraID())
		for at := from.Add(30 * time.Minute); at.Before(to); at = at.Add(time.Hour) {
			d.event(store.TimelineEvent{Kind: media.KindMotion, Start: at, End: at.Add(time.Minute)})
			d.clip(store.TimelineClip{Start: at.Add(-30 * time.Minute), Duration: time.Hour, Stretch: true})
		}
		got := d.timeline(100)
		if n := got.Events[media.KindMotion]; len(n) != hours || slices.Min(n) != 1 || slices.Max(n) != 1 {
			t.Errorf("%s: events %v, want one in each of %d buckets", day, n, hours)
		}
		if len(got.Continuous) != 1 || !got.Continuous[0].From.Equal(from) || !got.Continuous[0].To.Equal(to) {
			t.Errorf("%s: recorded %v, want from %v to %v", day, got.Continuous, from, to)
		}
	}
}
