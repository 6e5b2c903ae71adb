package recorder

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"lares/cameras/media"
)

// What may change in the middle of a take: the camera's configuration, its run,
// and the key that a file is sealed to.

// configure takes a configuration; a new one ends the file, and so does a new run
// if its store key is another one or it does not follow. A run that does not open
// is passed over.
func (t *take) configure(ctx context.Context, u media.Unit) error {
	au, err := t.open(u)
	if errors.Is(err, errNoKey) {
		t.endPart()
		t.run = media.RunID{}
		t.c.trouble(err)
		return nil
	}
	if err != nil {
		return fmt.Errorf("recorder: opening a configuration: %w", err)
	}
	config, err := media.ParseConfig(au.Data)
	if err != nil {
		return fmt.Errorf("recorder: %w", err)
	}
	if !slices.EqualFunc(config.Tracks, t.config.Tracks, sameTrack) {
		t.endPart()
		t.turned = t.turned || u.Run == t.run
	}
	if u.Run != t.run {
		t.enter(ctx, u.Run)
	}
	t.config = config
	return nil
}

func sameTrack(a, b media.Track) bool {
	return string(media.Config{Tracks: []media.Track{a}}.Append(nil)) == string(media.Config{Tracks: []media.Track{b}}.Append(nil))
}

// renew asks for the store key again and ends the open file if it is sealed to
// another one, or if none can be had.
func (t *take) renew(ctx context.Context) {
	t.c.store = nil
	if t.part == nil {
		return // who starts the next one asks
	}
	if err := t.c.loadKey(ctx); err != nil {
		t.endPart()
		t.c.trouble(err)
	} else if t.c.store.kid != t.part.row.KID {
		t.endPart()
	}
}

// jump is how far the clocks of media and hub may part between two runs of one
// worker: what a stalled connection delays.
const jump = 2 * time.Second

// enter goes over to another run. Mostly it is the same worker's under another
// key, and the file goes on if its store key is still the newest; the first unit
// shows whether it is.
func (t *take) enter(ctx context.Context, run media.RunID) {
	if run != t.c.asked {
		t.c.asked = run
		t.renew(ctx)
	}
	t.run, t.joint = run, t.part != nil
}

// follows says whether the first unit of a run goes on where the last unit of the
// run before ended: the times of a worker run on across its runs, those of
// another worker begin anew.
func (t *take) follows(u media.Unit) bool {
	was, ok := t.at(t.last)
	is, known := t.at(u)
	if !ok || !known || u.Track == t.last.Track && u.DTS <= t.last.DTS {
		return false
	}
	return ((is - was) - u.Received.Sub(t.last.Received)).Abs() < jump
}

// at is the time of a unit since its worker started.
func (t *take) at(u media.Unit) (time.Duration, bool) {
	track, ok := t.config.Track(u.Track)
	if !ok || track.ClockRate == 0 {
		return 0, false
	}
	return media90(u.DTS, track.ClockRate), true
}
