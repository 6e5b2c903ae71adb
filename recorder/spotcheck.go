package recorder

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"math/rand/v2"
	"slices"
	"time"

	"lares/cameras/media"
	"lares/recorder/internal/pool"
	"lares/recorder/sealed"
)

const (
	// spotEvery is how often a clip is read whole, to see early that a disk forgets what it
	// was given; spotAgain how soon that is tried again where a disk has too much to do, or
	// none could be read. spotBack is how far back it is chosen from.
	spotEvery = time.Hour
	spotAgain = time.Minute
	spotBack  = 7 * 24 * time.Hour
	// spotAmong is of how many clips one is chosen: those of two streams begin together, and
	// which is first tells nothing.
	spotAmong = 2
)

// Spot is when a clip was read whole, to see whether it is as it was written, and what was wrong
// with it, "" for nothing.
type Spot struct {
	At    time.Time // zero for never
	Fault FileFault
}

// endedStates are those of clips whose end was on the disk.
var endedStates = []ClipState{StateComplete, StateCut, StateRecovered}

// spotCheck reads a clip each hour.
func (r *Recorder) spotCheck(ctx context.Context) {
	timer := time.NewTimer(spotEvery)
	defer timer.Stop()
	for told := map[media.ClipID]struct{}{}; ; {
		select {
		case <-timer.C:
		case <-ctx.Done():
			return
		}
		timer.Reset(r.spotOnce(ctx, told))
	}
}

// spotOnce reads a clip, and marks one that is not as it was written, or tells of it unless that is
// told. It returns when another one is to be read.
func (r *Recorder) spotOnce(ctx context.Context, told map[media.ClipID]struct{}) time.Duration {
	if slices.ContainsFunc(r.disks, func(d *disk) bool { return d.load.high() }) {
		return spotAgain
	}
	row, ok := r.spot(ctx)
	if !ok {
		return spotAgain
	}
	v, ok := r.checkSpot(ctx, row)
	if !ok {
		return spotAgain
	}
	r.mu.Lock()
	r.found.Spot = Spot{r.config.Clock.Now(), v.Fault}
	r.mu.Unlock()
	switch v.Fault {
	case "":
	case FaultMissing:
		r.faulty(v.Camera, v.Clip, fs.ErrNotExist)
	case FaultTorn, FaultChanged, FaultForeign:
		r.faulty(v.Camera, v.Clip, fmt.Errorf("%w: %s", sealed.ErrFormat, v.Fault))
	default: // it may be read again, or lie where it belongs
		if _, again := told[v.Clip]; !again {
			told[v.Clip] = struct{}{}
			r.tellFault(v)
		}
	}
	return spotEvery
}

// checkSpot reads a clip as Verify does: without any key, and behind what is being written. ok is
// false if it cannot be read now, or was removed meanwhile.
func (r *Recorder) checkSpot(ctx context.Context, row ClipRow) (v Verified, ok bool) {
	d := r.numbered(row.Pool)
	if d == nil || !d.pool.There() {
		return v, false
	}
	look := verifier{
		Files: Files{Hubs: r.config.Keys.Signers()}, pool: d.pool, newest: map[media.CameraID]time.Time{},
		reads: func(f pool.File) io.ReaderAt { return spotFile{politeFile{f, d.load}, ctx} },
	}
	v = look.read(pool.Found{Camera: row.Camera, Clip: row.Clip})
	v.Listed = true
	if ctx.Err() != nil || errors.Is(v.Err, ErrAway) {
		return v, false
	}
	if v.Fault == "" {
		return v, true
	}
	// its row says so before its file is touched
	_, ok = r.clips(ctx, ClipQuery{Clip: row.Clip})
	return v, ok
}

// spotFile is a file that is read politely, and not any more once ctx ends.
type spotFile struct {
	politeFile
	ctx context.Context
}

// ReadAt implements io.ReaderAt.
func (f spotFile) ReadAt(p []byte, at int64) (int, error) {
	if err := f.ctx.Err(); err != nil {
		return 0, err
	}
	return f.politeFile.ReadAt(p, at)
}

// spot is the clip to be read: of any camera that has some, one of what it recorded lately. Each
// moment of that is as likely.
func (r *Recorder) spot(ctx context.Context) (row ClipRow, ok bool) {
	cameras := slices.Collect(maps.Keys(Recorded{Used: r.bytes.all()}.ByCamera()))
	rand.Shuffle(len(cameras), func(i, j int) { cameras[i], cameras[j] = cameras[j], cameras[i] })
	for _, id := range cameras {
		if row, ok = r.spotOf(ctx, id); ok {
			return row, true
		}
	}
	return row, false
}

// spotOf is one of a camera's clips: the first behind a random moment between a week ago, or the
// first of lately, and now.
func (r *Recorder) spotOf(ctx context.Context, id media.CameraID) (row ClipRow, ok bool) {
	from, to := r.config.Clock.Now().Add(-spotBack), r.config.Clock.Now()
	first, ok := r.clips(ctx, ClipQuery{Camera: id, After: from, Limit: 1})
	if !ok {
		return row, false
	}
	if begins := first[0].Start.Add(-first[0].Duration); begins.After(from) {
		from = begins
	}
	for to.After(from) {
		at := from.Add(time.Duration(rand.Int64N(int64(to.Sub(from)))))
		if rows, ok := r.clips(ctx, ClipQuery{Camera: id, After: at, Limit: spotAmong}); ok {
			return rows[rand.IntN(len(rows))], true
		}
		to = at // nothing began behind that
	}
	return first[0], true
}

// clips are those of a query whose end was on the disk; ok is false for none.
func (r *Recorder) clips(ctx context.Context, q ClipQuery) (rows []ClipRow, ok bool) {
	q.States = endedStates
	rows, err := r.config.Index.Clips(ctx, q)
	return rows, err == nil && len(rows) > 0 // the index has troubles enough, and says so
}

// tellFault says of a clip that its file cannot be read, or is in another's place.
func (r *Recorder) tellFault(v Verified) {
	r.config.Log.Error("a recording is not as it was written; read all with lares verify clips, and look at the disk",
		"camera", v.Camera.String(), "clip", v.Clip.String(), "fault", string(v.Fault), "error", v.Err)
	r.mu.Lock()
	r.found.Damaged++
	r.mu.Unlock()
	r.tellDamaged(v.Camera, v.Clip)
}
