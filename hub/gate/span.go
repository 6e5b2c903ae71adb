package gate

import (
	"context"
	"errors"
	"slices"
	"time"

	"lares/cameras/media"
	"lares/hub/account"
	"lares/hub/store"
	"lares/recorder"
)

const (
	// longestExport and maxExport bound what one export holds: a day, in as many clips as a
	// camera makes that changes its format each minute, and has an event in every other.
	longestExport = 24 * time.Hour
	maxExport     = 2000
	// exportLag is how far behind the present an export ends: what is on the disk until then
	// stays as it is, so that a download that broke off goes on with the same file.
	exportLag = 5 * time.Second
	// longestPause is how long a time is in the film at most in which nothing was recorded.
	longestPause = 2 * time.Second
	// longestTwice is how much two clips have of the same pictures at most, as an event has
	// of the stretch before it. What overlaps for longer is nothing that a recorder makes, and
	// stays whole.
	longestTwice = time.Minute
)

// MaxSpeed bounds how many times faster than it was a time-lapse is.
const MaxSpeed = 3600

var (
	// ErrNothing says that nothing is recorded of what is to be exported.
	ErrNothing = errors.New("gate: nothing was recorded then")
	// ErrNoKey says that some of it does not open with the caller's keys.
	ErrNoKey = errors.New("gate: no key for some of it")
	// ErrMixed says that its pictures are of too many kinds for one film.
	ErrMixed = errors.New("gate: too many kinds of pictures for one film")
)

// Damaged says that clips of what is to be exported are damaged, or gone, and that it is not to be
// had without them. It is recorder.ErrNoEnd.
type Damaged struct {
	Clips int
	All   bool // there is no other one
}

// Error tells no number.
func (Damaged) Error() string { return "gate: damaged clips" }

// Is makes it recorder.ErrNoEnd.
func (Damaged) Is(err error) bool { return err == recorder.ErrNoEnd }

// OpenClip opens the file of a clip (recorder.Recorder.Clip).
type OpenClip func(context.Context, media.CameraID, media.ClipID) (*recorder.Clip, error)

// Span is what of a camera is exported, and how.
type Span struct {
	Camera   media.CameraID
	From, To time.Time // To is not included; a day at most
	Speed    int       // of a time-lapse; 0 is a video
	Evidence bool      // an evidence bundle of all clips that reach into it, whole
}

func (s Span) valid() bool {
	return inRange(s.From) && inRange(s.To) && s.From.Before(s.To) && (s.Speed == 0 || s.Speed > 1 && s.Speed <= MaxSpeed)
}

// slice is one clip of a span, and what of it is wanted.
type slice struct {
	recorder.ClipRow
	from, to time.Time // where it is cut; zero where it is not
}

// end is where the slice ends by what the index knows; of a clip that is written when that was
// to be known last.
func (s slice) end() time.Time {
	if !s.to.IsZero() {
		return s.to
	}
	return s.Start.Add(s.Duration)
}

// begin is where it begins.
func (s slice) begin() time.Time {
	if !s.from.IsZero() {
		return s.from
	}
	return s.Start
}

// sliced is a span of which the caller may have what is recorded.
type sliced struct {
	Span // that ends before the present
	pass Pass
	now  time.Time
	all  []slice
	left int // how many clips are not to be had: they are damaged, or gone
}

// slices asks for a caller's right to export a span, and lists the clips of it by the rule of
// AdmitClip, each cut to the span, and none showing what another does.
func (g *Gate) slices(ctx context.Context, c account.Caller, s Span) (out sliced, err error) {
	ctx, cancel := context.WithTimeout(ctx, answerIn)
	defer cancel()
	p, m, err := g.admit(ctx, c, s.Camera, Export)
	if err != nil {
		return out, err
	}
	now, err := g.now()
	if err != nil {
		return out, err
	}
	if !s.valid() {
		return out, ErrInput
	}
	if s.To.Sub(s.From) > longestExport {
		return out, ErrTooMany
	}
	if latest := now.Add(-exportLag); s.To.After(latest) {
		s.To = latest
	}
	out = sliced{Span: s, pass: p, now: now}
	q := store.RecordingQuery{Camera: p.camera, History: m.HistoryFrom, Heard: p.heard, From: s.From, To: s.To, Limit: maxExport + 1}
	if p.mine {
		q.History = allHistory()
	}
	rows, err := g.clipList(ctx, c, q)
	if err != nil {
		return out, err
	}
	if len(rows) > maxExport {
		return out, ErrTooMany
	}
	var beside []recorder.ClipRow
	for _, row := range rows {
		switch {
		case row.State == recorder.StateDamaged, g.cfg.Lost(row.Camera, row.Clip):
			out.left++
		case row.Beside && !s.Evidence:
			beside = append(beside, row)
		default:
			out.all = append(out.all, cutTo(row, s))
		}
	}
	out.all = standIn(out.all, beside, s)
	if len(out.all) == 0 {
		return out, noneLeft(out.left)
	}
	if !s.Evidence {
		out.all = once(out.all)
	}
	return out, nil
}

// once cuts each clip to where the next one shows the same, and leaves out a clip all of which
// another shows: a stretch that began and ended in the pre-roll of an event.
func once(all []slice) []slice {
	kept := all[:1]
	for _, next := range all[1:] {
		one := &kept[len(kept)-1]
		same := one.end().Sub(next.begin())
		if next.end().Before(one.end()) {
			same = next.end().Sub(next.begin())
		}
		switch {
		case same <= 0, same > longestTwice, one.Beside, next.Beside: // what stands in is nowhere else
			kept = append(kept, next)
		case next.end().Before(one.end()): // all of it
		case !one.begin().Before(next.begin()): // all of the other one
			*one = next
		default:
			one.to = next.begin()
			kept = append(kept, next)
		}
	}
	return kept
}

// noneLeft says why there is nothing to export, where so many clips were left out.
func noneLeft(left int) error {
	if left > 0 {
		return Damaged{Clips: left, All: true}
	}
	return ErrNothing
}

// whole says why the clips of a span are no evidence: one of them is damaged, or being written.
func (s sliced) whole() error {
	if s.left > 0 {
		return Damaged{Clips: s.left}
	}
	if slices.ContainsFunc(s.all, func(one slice) bool { return one.State == recorder.StateOpen }) {
		return ErrRecording
	}
	return nil
}

// cutTo is a clip as far as it is in the span.
func cutTo(row recorder.ClipRow, s Span) slice {
	one := slice{ClipRow: row}
	if s.Evidence {
		return one
	}
	if row.Start.Before(s.From) {
		one.from = s.From
	}
	if row.State == recorder.StateOpen || one.end().After(s.To) {
		one.to = s.To
	}
	return one
}

// Estimate is how much an export will be, by what the index knows.
type Estimate struct {
	From, To time.Time // what is recorded of the span
	Length   time.Duration
	Bytes    int64 // about
	Clips    int
	Left     int // clips that are damaged, or gone, and left out
}

// Estimate asks for the caller's right to export the span, and estimates what that will be. It
// opens the files that are being written, for their size, and no key. It returns ErrNotFound, ErrInput, ErrTooMany, ErrNothing, Damaged, ErrCrossed or
// ErrUnavailable, and of evidence ErrRecording.
func (g *Gate) Estimate(ctx context.Context, c account.Caller, s Span, open OpenClip) (Estimate, error) {
	span, err := g.slices(ctx, c, s)
	if err != nil {
		return Estimate{}, g.answer(err)
	}
	all := span.all
	if s.Evidence && len(all) > maxEvidence {
		return Estimate{}, ErrTooMany
	}
	if s.Evidence {
		if err := span.whole(); err != nil {
			return Estimate{}, err
		}
	}
	e := Estimate{From: all[0].begin(), To: all[len(all)-1].end(), Clips: len(all), Left: span.left}
	for i, one := range all {
		lasts := max(0, one.end().Sub(one.begin()))
		bytes, whole := one.Bytes, max(one.Duration, lasts)
		if one.State == recorder.StateOpen {
			if bytes, err = written(ctx, one.ClipRow, open); err != nil {
				return Estimate{}, err
			}
			whole = max(whole, span.now.Sub(one.Start))
		}
		if whole > 0 {
			e.Bytes += int64(float64(bytes) * (float64(lasts) / float64(whole)))
		}
		if i+1 < len(all) {
			lasts = min(max(lasts, all[i+1].begin().Sub(one.begin())), lasts+longestPause)
		}
		e.Length += lasts
	}
	if s.Evidence {
		e.Bytes *= 2 // as videos, and as sealed files
	}
	if s.Speed > 0 { // a picture that stands alone takes about what a second of all does
		pictures := min(e.Length.Seconds(), e.Length.Seconds()/float64(s.Speed)*lapseRate+1)
		if seconds := e.Length.Seconds(); seconds > 0 {
			e.Bytes = int64(float64(e.Bytes) * (pictures / seconds))
		}
		e.Length /= time.Duration(s.Speed)
	}
	return e, nil
}

// written is how many bytes a clip that is being written has by now: its row says those that it
// began with.
func written(ctx context.Context, row recorder.ClipRow, open OpenClip) (int64, error) {
	clip, err := open(ctx, row.Camera, row.Clip)
	if errors.Is(err, recorder.ErrNoClip) { // it went this moment, and is left out of the film
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	defer clip.Close()
	return clip.Size(), nil
}
