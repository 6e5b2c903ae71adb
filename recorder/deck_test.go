package recorder

import (
	"cmp"
	"context"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"lares/cameras/clock"
	"lares/cameras/media"
	"lares/recorder/retention"
)

// deck is a house of which both streams are recorded while its clock is set.
type deck struct {
	*twin
	lost  func(n uint64) bool // whether a picture need not be recorded
	slept atomic.Int64        // for how long the machine did
	began time.Time           // when the machine was started
}

func newDeck(t *testing.T, from time.Time) *deck {
	t.Helper()
	d := &deck{twin: newTwin(t), lost: func(uint64) bool { return false }}
	d.sub.clock = clock.NewManual(from)
	d.shows(from)
	d.began = d.clock.Now()
	return d
}

// begins records files of ten seconds at most, of both streams, which stay for a day.
func (d *deck) begins(m media.Mode) {
	d.t.Helper()
	day := retention.Policy{Cameras: map[media.CameraID]retention.Camera{d.cam.id: {Rule: retention.Rule{Days: 1}}}}
	d.start(func(c *Config, _ *Recorder) {
		c.MaxClip, c.PreRoll, c.PostRoll = 10*time.Second, 3*time.Second, 2*time.Second
		c.Machine = func() (ran, slept time.Duration) {
			return d.clock.Now().Sub(d.began), time.Duration(d.slept.Load())
		}
		c.Retention = func(context.Context) (retention.Policy, error) { return day, nil }
	})
	d.r.Plan(d.cam.id, Plan{Mode: m, Streams: media.StreamsBoth})
}

// goes on for so many pictures of both streams, with an event each so many; none is 0.
func (d *deck) goes(pictures, apart int) {
	for n := range pictures {
		d.sub.clock.Set(d.clock.Now())
		d.sub.picture()
		d.steady(1)
		if apart > 0 && n%apart == apart/2 {
			d.trigger(Trigger{Kind: media.KindMotion, Hold: true})
		}
	}
}

// ends has the hub stop, or killed.
func (d *deck) ends(killed bool) {
	if !killed {
		d.halt()
		return
	}
	d.listed()
	rows := d.index.all()
	image := d.image()
	d.halt()
	d.dir = image.dir
	d.index.mu.Lock()
	defer d.index.mu.Unlock()
	for _, row := range rows {
		d.index.clips[row.Clip] = row
	}
}

// rests has nothing recorded any more, and all that was listed.
func (d *deck) rests() {
	d.r.Plan(d.cam.id, Plan{Mode: media.ModeOff, Streams: media.StreamsBoth})
	d.steady(2)
	d.listed()
}

// taped are the files of the main stream, or of the one beside it, in the order of their pictures, and
// those.
func (d *deck) taped(beside bool) (rows []ClipRow, shown map[media.ClipID][]uint64) {
	shown = map[media.ClipID][]uint64{}
	for _, row := range d.index.all() {
		if row.Beside == beside {
			rows = append(rows, row)
			shown[row.Clip] = d.open(row, d.vault.store).numbers
		}
	}
	slices.SortFunc(rows, func(a, b ClipRow) int { return cmp.Compare(shown[a.Clip][0], shown[b.Clip][0]) })
	return rows, shown
}

// holds fails where files of a tape overlap by more than the pictures that are in both, one is longer or
// shorter than it may be, one that is to be recorded is not, a gap lies over a file, or what a survey
// finds is not the same.
func (d *deck) holds(m media.Mode) {
	d.t.Helper()
	for _, beside := range []bool{false, true} {
		rows, shown := d.taped(beside)
		have := map[uint64]int{}
		for i, one := range rows {
			d.lasts(one, len(shown[one.Clip]))
			for _, n := range shown[one.Clip] {
				have[n]++
			}
			for _, next := range rows[i+1:] {
				both := 0
				for _, n := range shown[next.Clip] {
					if slices.Contains(shown[one.Clip], n) {
						both++
					}
				}
				begin, end := one.Start, one.Start.Add(one.Duration)
				if next.Start.After(begin) {
					begin = next.Start
				}
				if until := next.Start.Add(next.Duration); until.Before(end) {
					end = until
				}
				if over := end.Sub(begin); over > time.Duration(both)*interval+time.Millisecond {
					d.t.Errorf("beside %v: files of %v and %v, %v and %v long, overlap by %v, and have %d pictures in common", beside, one.Start, next.Start, one.Duration, next.Duration, over, both)
				}
			}
			for _, gap := range d.index.allGaps() {
				to := gap.To
				if to.IsZero() {
					to = gap.From.Add(time.Minute)
				}
				if from, until := one.Start.Add(interval), one.Start.Add(one.Duration-interval); !beside && gap.From.Before(until) && from.Before(to) {
					d.t.Errorf("a gap from %v to %v is over a file of %v, %v long", gap.From, gap.To, one.Start, one.Duration)
				}
			}
		}
		if !beside && !m.Continuous() {
			continue
		}
		of := d.cam
		if beside {
			of = d.sub
		}
		for n := range of.n - 3 {
			if have[n] < 1 && !d.lost(n) || have[n] > 1 && (beside || !m.Events()) {
				d.t.Fatalf("beside %v: picture %d of %d is recorded %d times", beside, n, of.n, have[n])
			}
		}
	}
	found := 0
	if _, err := Survey(d.t.Context(), d.pools(), d.vault.Signers(), func(r ClipRow) error {
		if row := d.index.row(r.Clip); !row.Start.Equal(r.Start) || row.Duration != r.Duration {
			d.t.Errorf("a file of %v, %v long, is one of %v, %v long, to a survey", row.Start, row.Duration, r.Start, r.Duration)
		}
		found++
		return nil
	}); err != nil || found != len(d.index.all()) {
		d.t.Errorf("a survey finds %d files, %v", found, err)
	}
}

// off is by how much the newest file of a tape ends ahead of the clock.
func (d *deck) off(beside bool) time.Duration {
	rows, _ := d.taped(beside)
	last := rows[len(rows)-1]
	return last.Start.Add(last.Duration).Sub(d.clock.Now().Round(0))
}

// deckOf is a deck that has recorded 700 pictures in a mode, and after how many an event begins.
func deckOf(t *testing.T, mode media.Mode) (d *deck, events int) {
	d = newDeck(t, time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC))
	d.begins(mode)
	if mode.Events() {
		events = 77
	}
	d.goes(700, events)
	return d, events
}

// settles ends what was done at random, and holds it against what has to be so.
func (d *deck) settles(mode media.Mode, seed uint64) {
	d.goes(60, 0)
	d.rests()
	d.holds(mode)
	if d.t.Failed() {
		d.t.Logf("%s, seed %d", mode, seed)
	}
}
