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
// if it belongs to another epoch or does not follow. A run that does not open
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
	told := config
	if t.part == nil {
		t.silent = t.c.silent()
	}
	if t.silent {
		config = picturesOnly(config)
	}
	if !slices.EqualFunc(config.Tracks, t.config.Tracks, sameTrack) {
		t.endPart()
		t.turned = t.turned || u.Run == t.run
	}
	if u.Run != t.run {
		t.enter(ctx, u)
	}
	t.told, t.config = told, config
	return nil
}

// unwanted says whether a unit is not to be recorded: sound of which that was said, and what
// came while nothing was.
func (t *take) unwanted(u media.Unit) bool {
	t.c.mu.Lock()
	defer t.c.mu.Unlock()
	return u.Type == media.UnitAudio && (t.silent || t.c.plan.Silent) || u.Received.Before(t.c.from)
}

// hush has the file end where it was said that sound is recorded from now on, or is not.
func (t *take) hush() {
	silent := t.c.silent()
	if silent == t.silent {
		return
	}
	t.endPart()
	if t.silent, t.config = silent, t.told; silent {
		t.config = picturesOnly(t.told)
	}
}

func sameTrack(a, b media.Track) bool {
	return string(media.Config{Tracks: []media.Track{a}}.Append(nil)) == string(media.Config{Tracks: []media.Track{b}}.Append(nil))
}

// jump is how far the clocks of media and hub may part between two runs of one
// worker: what a stalled connection delays.
const jump = 2 * time.Second

// enter goes over to another run, whose configuration u is. Mostly it is the same
// worker's under another key, and the file goes on if it is of the same epoch; the
// first unit shows whether it follows.
func (t *take) enter(ctx context.Context, u media.Unit) {
	if t.part != nil && !t.c.fits(u, t.part.row.KID) {
		t.endPart()
	}
	t.run, t.joint = u.Run, t.part != nil
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
