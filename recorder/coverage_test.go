package recorder

import (
	"cmp"
	"maps"
	"slices"
	"testing"
	"time"

	"lares/cameras/media"
)

// book is what a coverage put down, with seconds for times.
type book struct {
	*coverage
	rows map[int64]GapRow
	run  media.RunID
	puts int
}

var gapsBegin = time.Date(2026, 3, 4, 5, 6, 0, 0, time.UTC)

func second(n float64) time.Time {
	return gapsBegin.Add(time.Duration(n * float64(time.Second)))
}

func newBook() *book {
	b := &book{rows: map[int64]GapRow{}, run: media.NewRunID()}
	b.coverage = &coverage{
		files:   &tape{room: gapLeast},
		cut:     func(_, _ time.Time) {},
		machine: func() (ran, slept time.Duration) { return 0, 0 },
		dates:   plainly{},
		put:     func(g GapRow) { b.rows[g.From.UnixNano()], b.puts = g, b.puts+1 },
		remove:  func(g GapRow) { delete(b.rows, g.From.UnixNano()); b.puts++ },
	}
	return b
}

// all is to be recorded from a second on; now it is said so.
func (b *book) all(at float64) { b.point(aim{due: true}, second(at)) }

// records a picture each tenth of a second, up to a second.
func (b *book) records(from, to float64) {
	for at := from; at < to; at += 0.1 {
		b.wrote(pictured{b.run, second(at).Sub(gapsBegin)}, second(at))
	}
}

// events alone are to be recorded from a second on; now it is said so, or that one is over.
func (b *book) events(at float64) { b.point(aim{due: true, idle: true}, second(at)) }

// could have recorded an event, from one second up to another; it is looked once a second.
func (b *book) ready(from, to float64) {
	for at := from; at < to; at++ {
		b.could(second(at - 0.05))
		b.look(GapCamera, second(at))
	}
}

// looks once a second, with what seems to be the cause.
func (b *book) looks(seems GapCause, from, to float64) {
	for at := from; at < to; at++ {
		b.look(seems, second(at))
	}
}

// lack is a gap by its seconds; one that goes on ends at -1.
type lack struct {
	from, to float64
	cause    GapCause
	count    int
}

func (b *book) is(t *testing.T, want ...lack) {
	t.Helper()
	var got []lack
	for _, g := range slices.SortedFunc(maps.Values(b.rows), func(a, b GapRow) int { return cmp.Compare(a.From.UnixNano(), b.From.UnixNano()) }) {
		s := lack{g.From.Sub(gapsBegin).Seconds(), -1, g.Cause, g.Count}
		if !g.To.IsZero() {
			s.to = g.To.Sub(gapsBegin).Seconds()
		}
		got = append(got, s)
	}
	near := func(a, b lack) bool {
		return a.cause == b.cause && a.count == b.count && max(a.from-b.from, b.from-a.from) < 0.25 && max(a.to-b.to, b.to-a.to) < 0.25
	}
	if !slices.EqualFunc(got, want, near) {
		t.Errorf("gaps %+v\nwant %+v", got, want)
	}
}

// TestCoverage: which rows what is recorded, and when, makes.
func TestCoverage(t *testing.T) {
	event := media.NewEventID()
	for name, c := range map[string]struct {
		play func(*book)
		want []lack
	}{
		"all of it":                           {func(b *book) { b.all(0); b.records(1, 60); b.looks(GapCamera, 1, 60) }, nil},
		"a first picture that takes its time": {func(b *book) { b.all(0); b.looks(GapCamera, 1, 14); b.records(14, 20) }, nil},
		"none at all":                         {func(b *book) { b.all(0); b.looks(GapCamera, 1, 18) }, []lack{{0, -1, GapCamera, 1}}},
		"one that comes very late":            {func(b *book) { b.all(0); b.looks(GapCamera, 1, 30); b.records(30, 35) }, []lack{{0, 30, GapCamera, 1}}},
		"a short gap is one":                  {func(b *book) { b.all(0); b.records(0, 10); b.records(13, 20) }, []lack{{10, 13, GapCamera, 1}}},
		"jitter is none":                      {func(b *book) { b.all(0); b.records(0, 10); b.records(11.8, 20) }, nil},
		"why it was": {func(b *book) {
			b.all(0)
			b.records(0, 10)
			b.because(GapOverload)
			b.records(14, 20)
			b.records(23, 30)
		},
			[]lack{{10, 14, GapOverload, 1}, {20, 23, GapCamera, 1}}},
		"a gap that goes on": {func(b *book) { b.all(0); b.records(0, 10); b.looks(GapCamera, 10, 60) }, []lack{{10, -1, GapCamera, 1}}},
		"a gap that is over": {func(b *book) { b.all(0); b.records(0, 10); b.looks(GapCamera, 10, 60); b.records(60, 61) }, []lack{{10, 60, GapCamera, 1}}},
		"a disk that takes its time and all of it": {func(b *book) {
			b.all(0)
			b.records(0, 10)
			b.looks(GapDisk, 10, 60)
			if b.is(t, lack{10, -1, GapDisk, 1}); len(b.rows) != 1 {
				t.Error("meanwhile nothing is told")
			}
			b.records(10, 61) // that was waiting
		}, nil},
		"a late heap of pictures": {func(b *book) {
			b.all(0)
			b.records(0, 10)
			for at := 10.0; at < 20; at += 0.1 { // the connection stalled: they come at once, and none is missing
				b.wrote(pictured{b.run, second(at).Sub(gapsBegin)}, second(20))
			}
		}, nil},
		"another cause": {func(b *book) {
			b.all(0)
			b.records(0, 10)
			b.looks(GapCamera, 10, 40)
			b.because(GapDisk)
			b.looks(GapCamera, 40, 70)
			b.records(70, 71)
		},
			[]lack{{10, 40, GapCamera, 1}, {40, 70, GapDisk, 1}}},
		"another cause for a moment": {func(b *book) {
			b.all(0)
			b.records(0, 10)
			b.looks(GapCamera, 10, 40)
			b.looks(GapDisk, 40, 45)
			b.looks(GapCamera, 45, 60)
		},
			[]lack{{10, -1, GapCamera, 1}}},
		"nothing is to be any more": {func(b *book) {
			b.all(0)
			b.records(0, 10)
			b.looks(GapCamera, 10, 40)
			b.point(aim{}, second(40))
			b.looks(GapCamera, 40, 90)
		},
			[]lack{{10, 40, GapCamera, 1}}},
		"the last pictures are on their way": {func(b *book) { b.all(0); b.records(0, 10); b.point(aim{}, second(13)) }, nil},
		"what did not reach the disk":        {func(b *book) { b.all(0); b.records(0, 10); b.because(GapDisk); b.lost(second(8.5)); b.records(11, 20) }, []lack{{8.5, 11, GapDisk, 1}}},
		"a camera of few pictures": {func(b *book) {
			b.all(0)
			for at := 1.0; at < 100; at += 3 {
				b.records(at, at+0.05)
			}
			b.records(111, 111.05)
		}, []lack{{1, 4, GapCamera, 1}, {97, 111, GapCamera, 1}}},
		"in an event": {func(b *book) {
			b.point(aim{due: true, event: event}, second(5))
			b.looks(GapCamera, 5, 20)
			b.point(aim{}, second(20))
		},
			[]lack{{5, 20, GapCamera, 1}}},
		"before an event nothing is missing": {func(b *book) { b.point(aim{due: true, event: event}, second(5)); b.records(2, 10) }, nil},
		"off the air": {func(b *book) {
			b.all(0)
			b.records(0, 10)
			b.point(aim{rest: true, due: true}, second(10))
			b.looks(GapCamera, 10, 60)
			b.because(GapDisk)
			b.all(60)
			b.records(64, 70)
		}, []lack{{10, 60, GapPrivacy, 1}}},
		"off the air, where nothing would be recorded": {func(b *book) { b.point(aim{rest: true}, second(10)); b.all(60); b.records(64, 70) }, nil},
		"a stop": {func(b *book) { b.all(0); b.records(0, 10); b.stop(second(12)) }, []lack{{10, -1, GapHub, 1}}},
		"a stop without camera": {func(b *book) { b.all(0); b.records(0, 10); b.looks(GapCamera, 10, 30); b.stop(second(30)) },
			[]lack{{10, 30, GapCamera, 1}, {30, -1, GapHub, 1}}},
		"a stop of a camera off the air": {func(b *book) { b.point(aim{rest: true, due: true}, second(10)); b.stop(second(30)) }, []lack{{10, -1, GapPrivacy, 1}}},
		"a stop in an event": {func(b *book) { b.point(aim{due: true, event: event}, second(5)); b.records(5, 9); b.stop(second(10)) },
			[]lack{{10, -1, GapHub, 1}}},
		"nothing happens":               {func(b *book) { b.events(0); b.ready(1, 100) }, nil},
		"no event could be recorded":    {func(b *book) { b.events(0); b.ready(1, 10); b.looks(GapCamera, 10, 60) }, []lack{{9, -1, GapCamera, 1}}},
		"and one could again":           {func(b *book) { b.events(0); b.ready(1, 10); b.looks(GapCamera, 10, 60); b.ready(60, 70) }, []lack{{9, 60, GapCamera, 1}}},
		"no event could for a moment":   {func(b *book) { b.events(0); b.ready(1, 10); b.looks(GapCamera, 10, 11); b.ready(11, 20) }, nil},
		"a camera that takes its time":  {func(b *book) { b.events(0); b.looks(GapCamera, 1, 14); b.ready(14, 20) }, nil},
		"a disk that takes none":        {func(b *book) { b.events(0); b.ready(1, 10); b.looks(GapDisk, 10, 60); b.ready(60, 70) }, []lack{{9, 60, GapDisk, 1}}},
		"first the camera, then a disk": {func(b *book) { b.events(0); b.ready(1, 10); b.looks(GapCamera, 10, 40); b.looks(GapDisk, 40, 70) }, []lack{{9, 40, GapCamera, 1}, {40, -1, GapDisk, 1}}},
		"a picture now and then": {func(b *book) {
			b.events(0)
			for at := 1.0; at < 100; at += 6 {
				b.could(second(at))
				b.looks(GapCamera, at, at+6)
			}
		}, []lack{{1, 7, GapCamera, 1}}},
		"an event in a gap": {func(b *book) { // it tells nobody that there was one
			b.events(0)
			b.ready(1, 10)
			b.looks(GapCamera, 10, 40)
			b.point(aim{due: true, event: event}, second(40))
			b.looks(GapCamera, 40, 50)
			b.events(50)
			b.looks(GapCamera, 50, 60)
			b.ready(60, 70)
		}, []lack{{9, 60, GapCamera, 1}}},
		"an event as it is over": {func(b *book) {
			b.events(0)
			b.ready(1, 10)
			b.looks(GapCamera, 10, 40)
			b.point(aim{due: true, event: event}, second(42))
			b.records(41, 50)
		}, []lack{{9, 41, GapCamera, 1}}},
		"from events to all, and back": {func(b *book) {
			b.events(0)
			b.ready(1, 10)
			b.looks(GapCamera, 10, 40)
			b.all(40)
			b.looks(GapCamera, 40, 50)
			b.events(50)
			b.looks(GapCamera, 50, 60)
			b.ready(60, 70)
		}, []lack{{9, 60, GapCamera, 1}}},
		"no event any more": {func(b *book) {
			b.events(0)
			b.ready(1, 10)
			b.looks(GapCamera, 10, 40)
			b.point(aim{}, second(40))
			b.looks(GapCamera, 40, 90)
		}, []lack{{9, 40, GapCamera, 1}}},
		"a stop where events are recorded": {func(b *book) { b.events(0); b.ready(1, 10); b.stop(second(11)) }, []lack{{9, -1, GapHub, 1}}},
		"a stop without camera, of events": {func(b *book) { b.events(0); b.ready(1, 10); b.looks(GapCamera, 10, 30); b.stop(second(30)) }, []lack{{9, 30, GapCamera, 1}, {30, -1, GapHub, 1}}},
		"a stop where nothing is to be":    {func(b *book) { b.point(aim{}, second(0)); b.stop(second(30)) }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBook()
			c.play(b)
			b.is(t, c.want...)
			for _, g := range b.rows {
				if (name == "in an event") != (g.Event == event) {
					t.Errorf("%+v", g)
				}
			}
		})
	}
}

// TestResume: a gap of before a start goes on until something is recorded, for as long as
// nothing is, and is over where it is not missed any more.
func TestResume(t *testing.T) {
	event := media.NewEventID()
	stopped := broken{row: GapRow{From: second(-100), Cause: GapHub, Count: 1}, stored: true}
	of := func(c GapCause) broken {
		b := stopped
		b.row.Cause = c
		return b
	}
	for name, c := range map[string]struct {
		left broken
		play func(*book, func(patience bool) bool)
		want []lack
	}{
		"until the first picture": {stopped, func(b *book, resume func(bool) bool) {
			b.looks(GapCamera, 0, 1)
			if resume(true) {
				t.Error("settled before anything was said")
			}
			b.all(1)
			resume(true)
			b.looks(GapCamera, 1, 4)
			b.records(4, 10)
		}, []lack{{-100, 4, GapHub, 1}}},
		"recorded already": {stopped, func(b *book, resume func(bool) bool) { b.all(1); b.records(4, 10); resume(true); b.records(10, 11) }, []lack{{-100, 4, GapHub, 1}}},
		"no picture comes": {stopped, func(b *book, resume func(bool) bool) {
			b.all(1)
			resume(true)
			b.looks(GapCamera, 1, 30)
			b.records(30, 31)
		},
			[]lack{{-100, 1, GapHub, 1}, {1, 30, GapCamera, 1}}},
		"late, and another is to blame": {stopped, func(b *book, resume func(bool) bool) {
			b.all(1)
			b.looks(GapCamera, 1, 30)
			resume(true)
			b.records(30, 31)
		},
			[]lack{{-100, 1, GapHub, 1}, {1, 30, GapCamera, 1}}},
		"not missed any more": {stopped, func(b *book, resume func(bool) bool) {
			resume(true)
			resume(false)
		}, []lack{{-100, 0, GapHub, 1}}},
		"the camera was away, and is": {of(GapCamera), func(b *book, resume func(bool) bool) {
			b.all(1)
			resume(true)
			b.looks(GapCamera, 1, 40)
			b.records(40, 41)
		},
			[]lack{{-100, 40, GapCamera, 1}}},
		"off the air, and is": {of(GapPrivacy), func(b *book, resume func(bool) bool) {
			b.point(aim{rest: true, due: true}, second(1))
			resume(true)
			b.all(50)
			b.records(52, 60)
		}, []lack{{-100, 50, GapPrivacy, 1}}},
		"off the air no more":           {of(GapPrivacy), func(b *book, resume func(bool) bool) { b.all(1); b.records(3, 10); resume(false) }, []lack{{-100, 0, GapPrivacy, 1}}},
		"a crash, and nothing is to be": {broken{row: stopped.row}, func(b *book, resume func(bool) bool) { resume(false) }, []lack{{-100, 0, GapHub, 1}}},
		"a crash, of all": {broken{row: stopped.row}, func(b *book, resume func(bool) bool) { b.all(1); resume(true); b.records(4, 5) },
			[]lack{{-100, 4, GapHub, 1}}},
		"a crash, of events": {broken{row: stopped.row}, func(b *book, resume func(bool) bool) { b.events(1); resume(true); b.ready(4, 50) },
			[]lack{{-100, 4, GapHub, 1}}},
		"a crash, of events, and no camera": {broken{row: stopped.row}, func(b *book, resume func(bool) bool) {
			b.events(1)
			resume(true)
			b.looks(GapCamera, 1, 30)
		}, []lack{{-100, 1, GapHub, 1}, {1, -1, GapCamera, 1}}},
		"a crash, and an event goes on": {broken{row: stopped.row}, func(b *book, resume func(bool) bool) {
			b.point(aim{due: true, event: event}, second(3))
			if resume(true) {
				t.Error("settled in an event")
			}
			b.events(5)
			b.could(second(6))
			resume(true)
		}, []lack{{-100, 6, GapHub, 1}}},
		"in an event that the crash ended": {broken{row: GapRow{From: second(-100), Cause: GapCamera, Event: event, Count: 1}, stored: true},
			func(b *book, resume func(bool) bool) { resume(false) }, []lack{{-100, -95, GapCamera, 1}}},
		"a stop before the first picture": {stopped, func(b *book, resume func(bool) bool) { b.all(1); resume(true); b.stop(second(3)) }, []lack{{-100, -1, GapHub, 1}}},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBook()
			if c.left.stored {
				b.rows[c.left.row.From.UnixNano()] = c.left.row
			}
			c.play(b, func(patience bool) bool { return b.resume(c.left, second(0), patience) })
			b.is(t, c.want...)
		})
	}
}

// TestGapsAreBounded: a camera that comes and goes for a day makes few rows, which say how
// many gaps they stand for and reach from the first to the last; a gap that was none leaves
// such a row as it was.
func TestGapsAreBounded(t *testing.T) {
	b := newBook()
	b.all(0)
	at := 0.0
	for range 24 * 60 * 3 {
		b.records(at, at+5)
		b.looks(GapCamera, at+5, at+20)
		at += 20
	}
	b.records(at, at+1)
	gaps, until := 0, time.Time{}
	for _, g := range slices.SortedFunc(maps.Values(b.rows), func(a, b GapRow) int { return a.From.Compare(b.From) }) {
		if g.Count < 1 || g.From.Before(until) || g.To.IsZero() {
			t.Fatalf("%+v, behind %v", g, until)
		}
		gaps, until = gaps+g.Count, g.To
	}
	if most := gapBurst + int(24*time.Hour/gapRefill); gaps != 24*60*3 || len(b.rows) > most+1 || len(b.rows) < most-1 || until != second(at) {
		t.Errorf("%d gaps in %d rows, until %v", gaps, len(b.rows), until)
	}
	rows := maps.Clone(b.rows)
	b.looks(GapDisk, at+1, at+20)
	if len(b.rows) != len(rows) {
		t.Errorf("%d rows, were %d", len(b.rows), len(rows))
	}
	b.records(at+1, at+21)
	if !maps.Equal(b.rows, rows) {
		t.Error("a gap that was none changed a row")
	}
}

// TestGapsOften: several short gaps that the disk or the hub made are a trouble until none came
// for a while; those of the camera are none, few and short as they are.
func TestGapsOften(t *testing.T) {
	b := newBook()
	b.all(0)
	at := 0.0
	gap := func(c GapCause) GapCause {
		b.records(at, at+60)
		b.because(c)
		at += 63
		b.wrote(pictured{b.run, second(at).Sub(gapsBegin)}, second(at))
		_, _, _, often := b.state(second(at))
		return often
	}
	for i, c := range []struct{ made, often GapCause }{
		{GapCamera, ""}, {GapOverload, ""}, {GapDisk, ""}, {GapCamera, ""}, {GapOverload, GapOverload}, {GapDisk, GapDisk}, {GapCamera, GapDisk},
	} {
		if got := gap(c.made); got != c.often {
			t.Errorf("gap %d: %q, want %q", i, got, c.often)
		}
	}
	if _, _, _, often := b.state(second(at + 600)); often != "" {
		t.Errorf("long after: %q", often)
	}
}

// TestGapsOfTheCameraOften: a camera that comes and goes is a trouble once its gaps are half a
// minute together, until they are not for a while; one that only stutters is none.
func TestGapsOfTheCameraOften(t *testing.T) {
	b := newBook()
	b.all(0)
	at := 0.0
	is := func(alive, gone float64, want GapCause) {
		t.Helper()
		b.records(at, at+alive)
		at += alive + gone
		b.wrote(pictured{b.run, second(at).Sub(gapsBegin)}, second(at))
		if _, _, _, often := b.state(second(at)); often != want {
			t.Errorf("at %v s: %q, want %q", at, often, want)
		}
	}
	is(8, 48, "")
	is(8, 48, "")
	is(8, 48, GapCamera)
	is(400, 3, GapCamera)
	is(300, 3, "") // those of 48 s are over for long
	is(8, 3, "")
	is(8, 3, "")
	is(8, 12, "")
	is(8, 12, GapCamera)
	is(700, 3, "")
	if n := len(b.flaps); n != 1 {
		t.Errorf("%d are remembered", n)
	}
}
