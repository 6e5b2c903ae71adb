package recorder

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"lares/cameras/clock"
	"lares/cameras/media"
)

// TestSetWhileDownOfMany is TestSetWhileDown where the rows of before are so many that they are not read
// for long: what is recorded meanwhile is behind them all the same, and nothing waits for them.
func TestSetWhileDownOfMany(t *testing.T) {
	for name, test := range map[string]struct {
		killed bool
		by     time.Duration
	}{
		"stopped":         {false, -time.Minute},
		"killed":          {true, -time.Minute},
		"never set again": {true, time.Unix(30, 0).Sub(time.Date(2026, 6, 1, 12, 1, 10, 0, time.UTC))},
	} {
		for _, mode := range []media.Mode{media.ModeEvents, media.ModeContinuous, media.ModeBoth} {
			t.Run(name+" "+string(mode), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					d, events := deckOf(t, mode)
					d.ends(test.killed)
					d.steps(test.by)
					down := d.cam.n
					d.lost = func(n uint64) bool { return n+30 > down && n < down+gop }
					d.index.lists = make(chan struct{})
					d.begins(mode)
					d.goes(250, events)
					early := 0
					for _, row := range d.index.all() {
						if d.r.isBorn(row.Clip) {
							early++
						}
					}
					if early < 2 {
						t.Errorf("%d files before the rows are read", early)
					}
					close(d.index.lists)
					d.goes(150, events)
					d.rests()
					d.holds(mode)
				})
			})
		}
	}
}

// pastOf is a take of a stretch at a start at which no row is read yet.
func pastOf(t *testing.T, index Index) *take {
	t.Helper()
	r := &Recorder{
		config: Config{Index: index, Clock: clock.NewManual(time.Now()), MaxClip: 5 * time.Minute, Log: slog.New(slog.DiscardHandler)},
		ready:  make(chan struct{}), tapes: map[tapeName]*tape{},
	}
	id := media.NewCameraID()
	c := r.newCamera(id, nil, r.tape(id, false))
	c.beside = r.newCamera(id, nil, r.tape(id, true))
	return &take{c: c, stretch: true}
}

// TestPast: a file is behind what was recorded at its date, where the next time is free, whatever was recorded
// long behind that; but of more than is looked through behind all there is.
func TestPast(t *testing.T) {
	noon := time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
	at := func(minutes float64) time.Time { return noon.Add(time.Duration(minutes * float64(time.Minute))) }
	for name, test := range map[string]struct {
		rows [][2]float64 // minutes from noon on
		want time.Time
	}{
		"nothing":              {nil, noon},
		"all is of before":     {[][2]float64{{-20, -15}, {-15, -10}, {-5, 0}}, noon},
		"2038":                 {[][2]float64{{-5, 0}, {6e6, 6e6 + 1}}, noon},
		"an hour back":         {[][2]float64{{-5, 0}, {0, 5}, {5, 10}, {12, 17}, {40, 45}}, at(17).Add(restarted)},
		"an hour back, rising": {[][2]float64{{-5, 5}, {15.02, 16}, {26.02, 27}, {40, 45}}, at(27).Add(restarted)},
	} {
		t.Run(name, func(t *testing.T) {
			x := newIndex()
			take := pastOf(t, x)
			for _, row := range test.rows {
				c := ClipRow{Clip: media.NewClipID(), Camera: take.c.id, Start: at(row[0]), Duration: at(row[1]).Sub(at(row[0])), State: StateComplete}
				x.clips[c.Clip] = c
				c.Clip, c.Camera = media.NewClipID(), media.NewCameraID()
				x.clips[c.Clip] = c
				c.Clip, c.Camera, c.Beside, c.Start = media.NewClipID(), take.c.id, true, c.Start.Add(5*time.Minute)
				x.clips[c.Clip] = c
			}
			if is, ahead := take.dated(t.Context(), noon); !is.Equal(test.want) || ahead != test.want.Sub(noon) {
				t.Errorf("it is called %v, %v ahead, and not %v", is, ahead, test.want)
			}
		})
	}
}

// TestPastOfMany: of a recording that goes on for longer than is looked through, the end is asked for alone.
func TestPastOfMany(t *testing.T) {
	noon := time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
	many := &endless{index: newIndex(), noon: noon}
	take := pastOf(t, many)
	end := noon.Add(1e6 * 5 * time.Minute)
	take.c.r.lookBack(t.Context())
	if is, _ := take.dated(t.Context(), noon); !is.Equal(end.Add(restarted)) {
		t.Errorf("it is called %v, and not just behind %v", is, end)
	}
	if many.pages != pastPages {
		t.Errorf("%d pages were read", many.pages)
	}
}

// endless is an index of a million files.
type endless struct {
	*index
	noon  time.Time
	pages int
}

func (e *endless) Clips(_ context.Context, q ClipQuery) (rows []ClipRow, err error) {
	const each = 5 * time.Minute
	row := func(n int) ClipRow {
		return ClipRow{Camera: q.Camera, Start: e.noon.Add(time.Duration(n) * each), Duration: each, State: StateComplete}
	}
	if q.Newest {
		return []ClipRow{row(1e6 - 1)}, nil
	}
	e.pages++
	for n := int(q.After.Sub(e.noon)/each) + 1; len(rows) < q.Limit; n++ {
		rows = append(rows, row(n))
	}
	return rows, nil
}

// TestFirstFileWaits: the first file of a start waits until what was recorded before is known, as long as what
// comes meanwhile has room, but not for ever, and the next one not again at once. What is not known then is
// passed over, if it was told at the start up to when there is anything.
func TestFirstFileWaits(t *testing.T) {
	noon := time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
	end := noon.Add(4 * time.Minute)
	for name, test := range map[string]struct {
		takes, half time.Duration // until the index answers, and until half is taken of what may wait
		newest      bool          // it tells at once what is newest
		least, most time.Duration // it waits
		from        time.Time     // its date, at least
		ahead       bool
	}{
		"a moment":             {takes: 300 * time.Millisecond, half: time.Hour, least: 300 * time.Millisecond, most: 300 * time.Millisecond, from: end, ahead: true},
		"a while":              {takes: 20 * time.Second, half: time.Hour, least: 20 * time.Second, most: 20*time.Second + datesWithin, from: end, ahead: true},
		"no room":              {takes: time.Hour, half: 10 * time.Second, least: 10 * time.Second, most: 10*time.Second + datesWithin + datesAgain, from: noon},
		"for ever":             {takes: time.Hour, half: time.Hour, least: datesPatience, most: datesPatience + datesWithin, from: noon},
		"the newest was known": {takes: time.Hour, half: time.Hour, newest: true, least: datesPatience, most: datesPatience + datesWithin, from: end, ahead: true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				slow := &slow{index: newIndex(), from: began.Add(test.takes), newest: test.newest}
				take := pastOf(t, slow)
				take.c.reader = &waiting{full: began.Add(test.half)}
				slow.row = ClipRow{Clip: media.NewClipID(), Camera: take.c.id, Start: end.Add(-5 * time.Minute), Duration: 5 * time.Minute, State: StateComplete}
				if test.newest {
					take.c.r.lookBack(t.Context())
				}
				for range 2 {
					date, ahead := take.dated(t.Context(), noon)
					if waited := time.Since(began); waited < test.least || waited > test.most {
						t.Errorf("it waited for %v", waited)
					}
					if date.Before(test.from) || test.ahead != (ahead > 0) {
						t.Errorf("%v is called %v, %v ahead", noon, date, ahead)
					}
				}
			})
		})
	}
}

// waiting is a reader for whom half of what may wait does from a time on.
type waiting struct {
	media.Reader
	full time.Time
}

func (w *waiting) Queue() media.Queue { return media.Queue{Half: !time.Now().Before(w.full)} }

// slow is an index of one file that answers from a time on, but what is newest perhaps at once.
type slow struct {
	*index
	from   time.Time
	newest bool
	row    ClipRow
}

func (s *slow) Clips(ctx context.Context, q ClipQuery) ([]ClipRow, error) {
	if s.newest && q.Newest {
		return []ClipRow{s.row}, nil
	}
	select {
	case <-time.After(time.Until(s.from)):
		return []ClipRow{s.row}, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// TestDatedWhileItIsRead: what was recorded at a date may be read by another goroutine just when a file asks
// for it, that of the camera's start or the scan of all: the file is behind it all the same.
func TestDatedWhileItIsRead(t *testing.T) {
	noon := time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
	for name, reads := range map[string]func(*take, ClipRow){
		"at its start": func(take *take, _ ClipRow) { take.c.learn(t.Context(), noon) },
		"by the scan": func(take *take, row ClipRow) {
			take.c.r.recorded(row)
			close(take.c.r.ready)
		},
	} {
		t.Run(name, func(t *testing.T) {
			for range 2000 {
				x := newIndex()
				take := pastOf(t, x)
				row := ClipRow{Clip: media.NewClipID(), Camera: take.c.id, Start: noon.Add(-time.Minute), Duration: 5 * time.Minute, State: StateComplete}
				x.clips[row.Clip] = row
				var reader sync.WaitGroup
				reader.Go(func() { reads(take, row) })
				date, _ := take.dated(t.Context(), noon)
				reader.Wait()
				if want := noon.Add(4*time.Minute + restarted); !date.Equal(want) {
					t.Fatalf("it is called %v, and not %v", date, want)
				}
			}
		})
	}
}

// TestIndexSilentAtStart: an index that tells nothing for the first twenty seconds of a start at which the clock
// was put back has no file overlap another, and no picture is lost for it.
func TestIndexSilentAtStart(t *testing.T) {
	for _, mode := range []media.Mode{media.ModeEvents, media.ModeContinuous} {
		t.Run(string(mode), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d, events := deckOf(t, mode)
				d.ends(true)
				d.steps(-time.Minute)
				down := d.cam.n
				d.lost = func(n uint64) bool { return n+30 > down && n < down+gop }
				d.index.lists, d.index.silent = make(chan struct{}), true
				d.begins(mode)
				for n := range 200 {
					d.sub.clock.Set(d.clock.Now())
					d.sub.picture()
					d.cam.picture()
					if n == 60 && mode.Events() {
						d.trigger(Trigger{Kind: media.KindMotion, Hold: true})
					}
					time.Sleep(interval)
				}
				close(d.index.lists)
				d.goes(150, events)
				d.rests()
				d.holds(mode)
			})
		})
	}
}
