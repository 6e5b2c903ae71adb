package recorder

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"slices"
	"time"

	"lares/cameras/media"
	"lares/cameras/media/fmp4"
	"lares/recorder/internal/pool"
	"lares/recorder/sealed"
)

// FileFault says what is wrong with a clip file.
type FileFault string

// The faults of files.
const (
	// FaultTorn is a file without a valid end that is not being written.
	FaultTorn FileFault = "torn"
	// FaultChanged is one with its end, of which bytes before that are others
	// than were written.
	FaultChanged FileFault = "changed"
	// FaultForeign is one whose header no hub of this one's signed, or what is no file.
	FaultForeign FileFault = "foreign"
	// FaultMisplaced is one that lies under another camera's or clip's name.
	FaultMisplaced FileFault = "misplaced"
	// FaultUnreadable is one that the disk does not give back.
	FaultUnreadable FileFault = "unreadable"
	// FaultMissing is a listed clip without a file.
	FaultMissing FileFault = "missing"
)

// Verified is what Verify found of one file, or of a row without one.
type Verified struct {
	Pool   string // the name of its media pool
	Path   string // below that
	Clip   media.ClipID
	Camera media.CameraID
	Start  time.Time // of its row or its header; zero if neither can be trusted
	Listed bool      // the index has a row of it
	// Eventless says that the index has it as no event's: a stretch, or the sub stream.
	Eventless bool
	// State is how the file ended; StateOpen for one that is being written, or
	// that the next start ends, StateRemoving for one as it was written that is
	// about to go, and StateDamaged for one without a valid end.
	State ClipState
	Fault FileFault // "" for a file that is as it was written
	Err   error     // of FaultUnreadable
	// Whole is up to where it is as it was written, in bytes, and Media how much
	// plays up to there; nothing holds behind it.
	Whole int64
	Media time.Duration
}

// Rows is where Verify asks what is listed.
type Rows interface {
	// Row finds a clip's row; ok is false if there is none.
	Row(ctx context.Context, id media.ClipID) (row ClipRow, ok bool, err error)
	// Clips lists rows; see Index.
	Clips(ctx context.Context, q ClipQuery) ([]ClipRow, error)
}

// Files is what Verify reads.
type Files struct {
	Pools []Pool
	Hubs  sealed.Signers // whose clips are ours
	Rows  Rows
	Now   time.Time
}

// Verify reads every clip file of the media pools whole: the header and the end,
// signed by one of the hubs, the CRC of each record and the sum over all of them. It
// needs no key of a clip and changes nothing, so it works beside a running hub;
// what only a key shows, that each tag holds, follows from the signed sum. A file
// without an end is taken for one that is being written only if its row says so
// and it can be: see tooOld. Then it looks for the files of all rows. Rows of pools that are not
// among them are passed over, and counted by the numbers of those.
func Verify(ctx context.Context, files Files, each func(Verified) error) (elsewhere map[int]int, err error) {
	v := verifier{Files: files, each: each, elsewhere: map[int]int{}, seen: map[media.ClipID]struct{}{}, newest: map[media.CameraID]time.Time{}}
	for _, of := range files.Pools {
		p, err := readPool(of)
		if err != nil {
			return nil, err
		}
		defer p.Close()
		v.all = append(v.all, p)
	}
	for i := range v.all {
		if err := v.walk(ctx, i); err != nil {
			return nil, err
		}
	}
	for _, o := range v.open {
		v.at(o.pool)
		if err := v.look(ctx, o.Found, true); err != nil {
			return nil, err
		}
	}
	err = v.missing(ctx)
	return v.elsewhere, err
}

type verifier struct {
	Files
	all    []*pool.Pool // of Files.Pools
	name   string       // of the pool that is read
	pool   *pool.Pool
	reads  func(pool.File) io.ReaderAt // how a file is read; nil is as it is
	each   func(Verified) error
	seen   map[media.ClipID]struct{}
	newest map[media.CameraID]time.Time // start of each camera's newest clip, as signed
	open   []foundIn                    // without an end, and their rows say that they are being written
	failed error
	// elsewhere is how many rows are of other pools, by their numbers.
	elsewhere map[int]int
}

// foundIn is a file in a pool, by its place in Files.Pools.
type foundIn struct {
	pool.Found
	pool int
}

// at goes over to a pool.
func (v *verifier) at(i int) { v.pool, v.name = v.all[i], v.Pools[i].Name }

// walk verifies all files of a pool.
func (v *verifier) walk(ctx context.Context, i int) error {
	v.at(i)
	err := v.pool.Walk(ctx, func(found pool.Found) {
		if v.failed == nil {
			v.failed = v.look(ctx, found, false)
		}
	})
	return errors.Join(err, v.failed)
}

// look verifies one file and tells of it; of what is being written only at the
// last look, when all others are known.
func (v *verifier) look(ctx context.Context, found pool.Found, last bool) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	v.seen[found.Clip] = struct{}{}
	got := v.read(found)
	row, ok, err := v.Rows.Row(ctx, found.Clip)
	if err != nil {
		return err
	}
	if got.Fault == FaultTorn && ok && row.State != StateOpen && row.State != StateDamaged {
		got = v.read(found) // it ended between the two looks
	}
	writing := ok && row.State == StateOpen && (got.Fault == FaultTorn || errors.Is(got.Err, io.ErrUnexpectedEOF)) // it grows, or is just being ended
	switch {
	case errors.Is(got.Err, fs.ErrPermission):
		return got.Err // it is not the disk: who asks may not read
	case errors.Is(got.Err, pool.ErrNoFile) && (!ok || row.State != StateRemoving):
		if got.Err = nil; !ok {
			got.Fault = FaultForeign
		}
	case errors.Is(got.Err, fs.ErrNotExist):
		return nil // removed meanwhile
	case writing && !last:
		v.open = append(v.open, foundIn{found, slices.Index(v.all, v.pool)})
		return nil
	case writing && !v.tooOld(got):
		got.Fault, got.State, got.Err = "", StateOpen, nil
	case got.Fault == "" && ok && row.Camera != found.Camera:
		got.Fault = FaultMisplaced
	case got.Fault == "" && ok && row.State == StateRemoving:
		got.State = StateRemoving
	}
	if got.Listed = ok; ok {
		got.Start, got.Eventless = row.Start, row.Stretch
	}
	return v.each(got)
}

// openLongest is how long after its start a clip may still be written, at most:
// the longest there are, and as much again for what a start has to repair first.
const openLongest = 2 * defaultMaxClip

// tooOld reports whether a file without an end cannot be one that is being
// written, whatever its row says: who edits the database cuts a file and has the
// row say "open". A camera writes one clip at a time, and none while another that
// began long after it, by a signed header, is there. Which is newest is not judged
// by clips of a clock that was ahead.
func (v *verifier) tooOld(got Verified) bool {
	return !got.Start.IsZero() && v.newest[got.Camera].Sub(got.Start) > openLongest
}

// read reads one file whole.
func (v *verifier) read(found pool.Found) (got Verified) {
	got = Verified{Pool: v.name, Path: found.Path, Clip: found.Clip, Camera: found.Camera, State: StateDamaged}
	if found.Clip.IsZero() {
		got.Fault = FaultForeign
		return got
	}
	f, err := v.pool.Open(found.Camera, found.Clip)
	switch {
	case errors.Is(err, pool.ErrCrossed):
		got.Fault = FaultMisplaced
		return got
	case errors.Is(err, fs.ErrNotExist):
		got.Fault, got.Err = FaultMissing, err
		return got
	case err != nil:
		got.Fault, got.Err = FaultUnreadable, err
		return got
	}
	defer f.Close()
	size, err := f.Size()
	if err != nil {
		got.Fault, got.Err = FaultUnreadable, err
		return got
	}
	in := io.ReaderAt(f)
	if v.reads != nil {
		in = v.reads(f)
	}
	report, err := sealed.Check(in, size, v.Hubs)
	switch {
	case isFormat(err):
		got.Fault = FaultForeign
		return got
	case err != nil:
		got.Fault, got.Err = FaultUnreadable, err
	case report.Header.Camera != found.Camera || report.Header.Clip != found.Clip:
		got.Fault = FaultMisplaced
		return got
	case report.State != 0:
		got.State = endState(report.State)
	default:
		got.Fault = FaultTorn
		if _, _, err := sealed.ReadEnd(in, size, v.Hubs); err == nil {
			got.Fault = FaultChanged
		}
	}
	got.Start, got.Whole, got.Media = report.Header.Start, report.Whole, media90(int64(report.Until), fmp4.TimeScale)
	if got.Start.After(v.newest[found.Camera]) && !got.Start.After(v.Now) {
		v.newest[found.Camera] = got.Start
	}
	return got
}

// missing tells of the rows whose file was not found.
func (v *verifier) missing(ctx context.Context) error {
	q := ClipQuery{States: []ClipState{StateOpen, StateComplete, StateCut, StateRecovered, StateDamaged}, Limit: rowsAtOnce}
	for {
		list, err := v.Rows.Clips(ctx, q)
		if err != nil {
			return err
		}
		for _, row := range list {
			if err := v.miss(ctx, row); err != nil {
				return err
			}
			q.After, q.AfterClip = row.Start, row.Clip
		}
		if len(list) < q.Limit {
			return nil
		}
	}
}

// rowsAtOnce is how many rows are held while their files are looked for.
const rowsAtOnce = 1000

func (v *verifier) miss(ctx context.Context, row ClipRow) error {
	if _, ok := v.seen[row.Clip]; ok {
		return nil
	}
	i := slices.IndexFunc(v.Pools, func(p Pool) bool { return p.Number == row.Pool })
	if i < 0 {
		v.elsewhere[row.Pool]++
		return nil
	}
	v.at(i)
	f, err := v.pool.Open(row.Camera, row.Clip) // it may be newer than the walk
	if err == nil {
		return f.Close()
	}
	got := Verified{Pool: v.name, Clip: row.Clip, Camera: row.Camera, Start: row.Start, Listed: true, Eventless: row.Stretch, Fault: FaultMissing}
	if !errors.Is(err, fs.ErrNotExist) {
		got.Fault, got.Err = FaultUnreadable, err
	}
	now, ok, err := v.Rows.Row(ctx, row.Clip)
	if err != nil || !ok || now.State == StateRemoving {
		return err
	}
	got.State = now.State
	return v.each(got)
}
