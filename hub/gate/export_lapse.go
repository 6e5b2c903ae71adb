package gate

import (
	"context"
	"errors"
	"math"
	"slices"

	"lares/cameras/media/fmp4"
	"lares/recorder"
	"lares/recorder/sealed"
)

// lapseRate is how many pictures a second of a time-lapse has at most.
const lapseRate = 30

// lapse is a time-lapse while it is written: a picture waits for the next one, which says how
// long it is shown.
type lapse struct {
	r        *reel
	e        *Film
	waits    bool
	part     *exportPart
	track    uint8
	picture  []byte
	at       uint64 // in the time that is told, 90 kHz
	sequence uint32
	buffer   []byte
}

// cue is where a time-lapse shows the first picture of a part: writing can begin there.
type cue struct {
	known    bool // it shows one
	fragment int  // the picture's
	offset   int64
	sequence uint32 // of the picture before
}

// Measure finds out how long a time-lapse is, in bytes, and where each clip begins in it: all
// pictures that are shown are opened for that, and none is kept. A clip that turns out to be
// damaged is left out. Where ctx ends before, Size stays unknown, and all else as it was. It
// returns the errors of Export.
func (e *Film) Measure(ctx context.Context) error {
	for e.Speed > 0 && e.size < 0 {
		nothing := &reel{from: math.MaxInt64, to: math.MaxInt64}
		i, err := e.writeLapse(ctx, nothing)
		switch {
		case err == nil:
			e.size = nothing.at
		case ctx.Err() != nil:
			return ctx.Err()
		case !errors.Is(err, sealed.ErrFormat):
			return e.told(nothing, err)
		default:
			e.parts, e.left = slices.Delete(e.parts, i, i+1), e.left+1
			if len(e.parts) == 0 {
				return noneLeft(e.left)
			}
			if err := e.lay(); err != nil {
				return err
			}
		}
	}
	return nil
}

// sendLapse writes what is wanted of a time-lapse: all of one that was not measured.
func (e *Film) sendLapse(ctx context.Context, r *reel) error {
	if e.size < 0 {
		r.from, r.to = 0, math.MaxInt64
	}
	_, err := e.writeLapse(ctx, r)
	if err == nil && e.size >= 0 && r.at < r.to {
		return errShort
	}
	return err
}

// writeLapse writes a film of the pictures that stand alone, as many as are shown, from the
// last cue before what is wanted on. An error is of part i.
func (e *Film) writeLapse(ctx context.Context, r *reel) (i int, err error) {
	film := &lapse{r: r, e: e}
	for n, part := range e.parts {
		if part.cue.known && part.cue.offset <= r.from {
			i, r.at, film.sequence = n, part.cue.offset, part.cue.sequence
		}
	}
	if r.at == 0 {
		if err := r.write(e.head); err != nil {
			return 0, err
		}
	}
	for ; i < len(e.parts) && r.at < r.to; i++ {
		part := &e.parts[i]
		err := e.with(ctx, part.Clip, func(_ *recorder.Clip, o *ClipOpener) error { return film.add(ctx, part, o) })
		if err != nil {
			return i, err
		}
	}
	return i, film.show(e.lasts * uint64(e.Speed))
}

// add shows a part.
func (f *lapse) add(ctx context.Context, part *exportPart, o *ClipOpener) error {
	l, err := o.recorded()
	if err != nil {
		return err
	}
	first, last := part.fragments(l)
	moments := l.Moments()
	if last > len(moments) {
		return errShort
	}
	if part.cue.known {
		first = part.cue.fragment
	}
	step := uint64(f.e.Speed) * fmp4.TimeScale / lapseRate
	for n := first; n < last && f.r.at < f.r.to; n++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		m := moments[n]
		at := part.at + m.At - part.lead - part.zero
		if !m.Sync || f.waits && at+step/4 < f.at+step {
			continue
		}
		plain, err := o.piece(plan{layout: l}, l.Fragments()[n])
		if err != nil {
			return err
		}
		picture, track, err := part.source.Still(plain)
		if err != nil {
			return err
		}
		if picture == nil {
			continue
		}
		if err := f.show(at); err != nil {
			return err
		}
		if !part.cue.known {
			part.cue = cue{true, n, f.r.at, f.sequence}
		}
		f.waits, f.part, f.track, f.at = true, part, track, at
		f.picture = append(f.picture[:0], picture...)
	}
	return nil
}

// show writes the picture that waits, which is shown until then.
func (f *lapse) show(until uint64) error {
	if !f.waits {
		return nil
	}
	speed := uint64(f.e.Speed)
	at := f.at / speed
	f.sequence++
	f.buffer = f.part.source.StillFragment(f.buffer[:0], f.picture, f.track, f.sequence, at, uint32(max(until/speed, at+1)-at))
	return f.r.write(f.buffer)
}
