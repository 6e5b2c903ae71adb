package recorder

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"time"

	"lares/cameras/media"
	"lares/recorder/internal/pool"
)

const (
	// spotEvery is how often a clip is read whole, to see early that a disk forgets what it
	// was given. spotBack is how far back it is chosen from.
	spotEvery = time.Hour
	spotBack  = 7 * 24 * time.Hour
)

// endedStates are those of clips whose end was on the disk.
var endedStates = []ClipState{StateComplete, StateCut, StateRecovered}

// spotCheck reads a clip each hour.
func (r *Recorder) spotCheck(ctx context.Context) {
	ticker := time.NewTicker(spotEvery)
	defer ticker.Stop()
	told := map[media.ClipID]struct{}{}
	for {
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
		if slices.ContainsFunc(r.disks, func(d *disk) bool { return d.load.high() }) { // the next one will do
			continue
		}
		back := time.Duration(rand.Int64N(int64(spotBack)))
		v, ok := r.checkSpot(ctx, r.config.Clock.Now().Add(-back))
		if _, again := told[v.Clip]; !ok || v.Fault == "" || again {
			continue
		}
		told[v.Clip] = struct{}{}
		r.tellDamaged(v)
	}
}

// checkSpot reads the first clip that began after a time, or else the first one of lately, as
// Verify does: without any key. ok is false if there is none to read now. Nothing removes clips
// of that pool meanwhile.
func (r *Recorder) checkSpot(ctx context.Context, at time.Time) (v Verified, ok bool) {
	row, ok := r.spot(ctx, at)
	d := r.numbered(row.Pool)
	if !ok || d == nil || !d.pool.There() || d.tidy.hold(ctx) != nil {
		return v, false
	}
	defer d.tidy.release()
	if again, _ := r.spot(ctx, at); again.Clip != row.Clip { // it was removed just now
		return v, false
	}
	look := verifier{Files: Files{Hubs: r.config.Keys.Signers()}, pool: d.pool, newest: map[media.CameraID]time.Time{}}
	v = look.read(pool.Found{Camera: row.Camera, Clip: row.Clip})
	v.Listed = true
	return v, !errors.Is(v.Err, ErrAway)
}

// spot is the clip that checkSpot reads.
func (r *Recorder) spot(ctx context.Context, at time.Time) (row ClipRow, ok bool) {
	for _, after := range []time.Time{at, r.config.Clock.Now().Add(-spotBack)} {
		rows, err := r.config.Index.Clips(ctx, ClipQuery{States: endedStates, After: after, Limit: 1})
		if err != nil {
			return row, false // the index has troubles enough, and says so
		}
		if len(rows) > 0 {
			return rows[0], true
		}
	}
	return row, false
}

// tellDamaged says of a clip that it is not as it was written any more.
func (r *Recorder) tellDamaged(v Verified) {
	r.config.Log.Error("a recording is not as it was written; read all with lares verify clips, and look at the disk",
		"camera", v.Camera.String(), "clip", v.Clip.String(), "fault", string(v.Fault), "error", v.Err)
	r.mu.Lock()
	r.found.Damaged++
	r.mu.Unlock()
	if r.config.Damaged != nil {
		r.config.Damaged(v.Camera, v.Clip)
	}
}
