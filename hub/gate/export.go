package gate

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"math"
	"time"

	"lares/cameras/media"
	"lares/cameras/media/fmp4"
	"lares/hub/account"
	"lares/hub/journal"
	"lares/recorder"
	"lares/recorder/sealed"
)

// Film is a span of a camera as one MP4, for one request: all that its size and its bytes
// follow from, and no key. Each clip is asked for, opened and let go of again when it is its
// turn. Close it. One goroutine at a time uses it.
type Film struct {
	gate   *Gate
	caller account.Caller
	open   OpenClip
	sliced
	parts []exportPart
	join  fmp4.Join
	lasts uint64 // of the film, 90 kHz
	head  []byte // all before the first part
	size  int64

	delivery *journal.Delivery
	buffer   []byte
}

// exportPart is what one clip gives to the film. Times are 90 kHz.
type exportPart struct {
	slice
	source *fmp4.Source
	law    bool   // its sound becomes FLAC
	lead   uint64 // see recorder.Clip.Lead
	exact  bool   // it has the size of its fragments, and not that of its file
	first  int    // with exact: the fragments [first, last) of it
	last   int
	zero   uint64 // its time at which the part begins
	lasts  uint64
	at     uint64 // where it begins in the film
	offset int64
	room   int64
	cue    cue // of a time-lapse
}

// Export begins an export of a span. It opens each clip once with the caller's own keys, so
// that nothing is promised of what does not open. It returns the errors of Estimate, ErrNoKey
// and ErrMixed.
func (g *Gate) Export(ctx context.Context, c account.Caller, s Span, open OpenClip) (*Film, error) {
	span, err := g.slices(ctx, c, s)
	if err != nil {
		return nil, g.answer(err)
	}
	e := &Film{gate: g, caller: c, open: open, sliced: span}
	if err := e.survey(ctx); err != nil {
		return nil, err
	}
	if err := e.measure(ctx); err != nil {
		return nil, err
	}
	if len(e.parts) == 0 {
		return nil, noneLeft(e.left)
	}
	return e, e.lay()
}

// heard reports whether it has sound. A time-lapse has none.
func (e *Film) heard() bool { return e.pass.heard && e.Speed == 0 }

// with opens a clip of the export for as long as f lasts. The gate is asked for it as for any
// other.
func (e *Film) with(ctx context.Context, id media.ClipID, f func(*recorder.Clip, *ClipOpener) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	pass, err := e.gate.AdmitClip(ctx, e.caller, id, Export)
	if err != nil {
		return err
	}
	if pass.Camera() != e.pass.camera || e.heard() && !pass.heard {
		return ErrNotFound
	}
	clip, err := e.open(ctx, pass.Camera(), pass.Clip())
	if err != nil {
		return err
	}
	defer clip.Close()
	o, err := e.gate.Opener(ctx, pass, clip)
	if errors.Is(err, ErrNotFound) {
		return ErrNoKey
	}
	if err != nil {
		return err
	}
	o.heard = e.heard()
	return f(clip, o)
}

// survey looks into each clip for what its tracks are. One that holds no picture, or whose
// file is damaged or gone, is left out.
func (e *Film) survey(ctx context.Context) error {
	for _, one := range e.all {
		part := exportPart{slice: one, exact: !one.from.IsZero() || !one.to.IsZero()}
		err := e.with(ctx, one.Clip, func(clip *recorder.Clip, o *ClipOpener) error { return e.look(&part, clip, o) })
		switch {
		case errors.Is(err, recorder.ErrNoClip), errors.Is(err, sealed.ErrFormat):
			e.left++
		case errors.Is(err, fmp4.ErrTrack):
			return ErrMixed
		case err != nil:
			return err
		default:
			e.parts = append(e.parts, part)
		}
	}
	return nil
}

// look fills in what is known of a whole clip without a look at all its heads.
func (e *Film) look(part *exportPart, clip *recorder.Clip, o *ClipOpener) (err error) {
	i, err := clip.Find(sealed.TypeInit)
	if err != nil {
		return err
	}
	if part.lead, err = clip.Lead(); err != nil || i < 0 {
		return errors.Join(err, sealed.ErrFormat)
	}
	init, err := o.open(i)
	if errors.Is(err, sealed.ErrFormat) {
		return err
	}
	if err != nil {
		return e.gate.answer(err)
	}
	if o.heard {
		r, needed, err := fmp4.NewRecoder(init)
		if err != nil {
			return err
		}
		if part.law = needed; needed {
			init = r.Init()
		}
	}
	if part.source, err = e.join.Add(init, !o.heard); err != nil {
		return err
	}
	part.exact = part.exact || part.law
	part.room = clip.Size()
	part.lasts = ticksOf(part.Duration) - min(part.lead, ticksOf(part.Duration))
	return nil
}

func ticksOf(d time.Duration) uint64 { return uint64(max(0, d.Microseconds()) * 9 / 100) }

// measure looks at the fragments of those parts that are not whole files. The others have the
// room of their file: a record costs more than what a fragment grows by, and what is left is
// filled up.
func (e *Film) measure(ctx context.Context) error {
	kept := e.parts[:0]
	for _, part := range e.parts {
		if part.exact = part.exact || e.Speed == 0 && part.source.Mixed(); part.exact {
			err := e.with(ctx, part.Clip, func(_ *recorder.Clip, o *ClipOpener) error { return e.fit(ctx, &part, o) })
			if errors.Is(err, sealed.ErrFormat) { // damaged, as it turns out now
				e.left++
				continue
			}
			if err != nil {
				return e.gate.answer(err)
			}
			if part.first == part.last {
				continue
			}
		}
		kept = append(kept, part)
	}
	e.parts = kept
	return nil
}

// fit finds the fragments of a part, and their size.
func (e *Film) fit(ctx context.Context, part *exportPart, o *ClipOpener) error {
	l, _, err := e.layout(ctx, o)
	if err != nil {
		return err
	}
	from, to := uint64(0), uint64(math.MaxUint64)
	if !part.from.IsZero() {
		from = ticksOf(part.from.Sub(part.Start))
	}
	if !part.to.IsZero() {
		to = ticksOf(part.to.Sub(part.Start))
	}
	part.first, part.last = l.Cut(from, to)
	if part.room = 0; part.first == part.last {
		return nil
	}
	moments := l.Moments()
	begin, end := moments[part.first], moments[part.last-1]
	part.zero, part.lasts = begin.At-part.lead, end.At+uint64(min(end.Duration, fmp4.TimeScale))-begin.At
	if part.last == len(moments) {
		part.lasts = end.At + uint64(end.Duration) - begin.At
	}
	if e.Speed > 0 {
		return nil
	}
	for n := part.first; n < part.last; n++ {
		size := l.Fragments()[n].Size + int64(part.source.Growth())
		if !o.heard { // what its sound takes is nobody's to know who does not hear it
			plain, err := o.piece(plan{layout: l}, l.Fragments()[n])
			if err != nil {
				return err
			}
			if e.buffer, err = part.source.Fragment(e.buffer[:0], plain, fmp4.Place{}); err != nil {
				return err
			}
			size = int64(len(e.buffer))
		}
		part.room += size
	}
	return ctx.Err()
}

// layout is the clip as its fragments are joined: with FLAC for G.711, and with its sound also
// for who may not hear it, for that is left out only then.
func (e *Film) layout(ctx context.Context, o *ClipOpener) (*recorder.Layout, *fmp4.Recoder, error) {
	if o.heard {
		return o.layout(ctx, Playable)
	}
	l, err := o.recorded()
	return l, nil, err
}

// lay puts the parts one behind the other, in time and in bytes.
func (e *Film) lay() error {
	for i := range e.parts {
		part := &e.parts[i]
		if part.at, part.cue = 0, (cue{}); i > 0 {
			before := &e.parts[i-1]
			apart := ticksOf(part.began().Sub(before.began()))
			part.at = before.at + min(max(apart, before.lasts), before.lasts+ticksOf(longestPause))
		}
		e.lasts = part.at + part.lasts
	}
	if e.Speed > 0 {
		e.lasts = max(1, e.lasts/uint64(e.Speed))
		e.head, e.size = e.join.Init(nil, e.lasts, e.parts[0].began()), -1
		return nil
	}
	e.head = e.join.Init(nil, e.lasts, e.parts[0].began())
	if err := e.index(); err != nil {
		return err
	}
	e.size = int64(len(e.head))
	for i := range e.parts {
		e.parts[i].offset = e.size
		e.size += e.parts[i].room
	}
	return nil
}

// began is when the part's first picture came.
func (p *exportPart) began() time.Time {
	return p.Start.Add(time.Duration(p.zero) * time.Second / fmp4.TimeScale)
}

// index adds a segment index of one entry for each part. Where one is too long for that there
// is none.
func (e *Film) index() error {
	refs := make([]fmp4.SidxRef, len(e.parts))
	for i, part := range e.parts {
		if part.room > math.MaxInt32 {
			return nil
		}
		until := e.lasts
		if i+1 < len(e.parts) {
			until = e.parts[i+1].at
		}
		refs[i] = fmp4.SidxRef{Size: uint32(part.room), Duration: uint32(min(until-part.at, math.MaxUint32)), Sync: true}
	}
	var err error
	e.head, err = fmp4.AppendSidx(e.head, fmp4.PictureTrack, e.parts[0].lead, refs)
	return err
}

// Size is how long the film is, in bytes; -1 of a time-lapse that was not measured.
func (e *Film) Size() int64 { return e.size }

// Length is how long it plays.
func (e *Film) Length() time.Duration {
	return time.Duration(e.lasts) * time.Second / fmp4.TimeScale
}

// Begin and End are what is recorded of the span.
func (e *Film) Begin() time.Time { return e.parts[0].began() }

// End is the other end.
func (e *Film) End() time.Time {
	last := e.parts[len(e.parts)-1]
	return last.began().Add(time.Duration(last.lasts) * time.Second / fmp4.TimeScale)
}

// Clips is of how many clips it is made, and left how many were left out: damaged, or gone.
func (e *Film) Clips() (clips, left int) { return len(e.parts), e.left }

// Tag tells whether another film of the same span has the same bytes; salt makes it mean
// nothing elsewhere.
func (e *Film) Tag(salt []byte) string {
	h := sha256.New()
	h.Write(salt)
	h.Write(e.head)
	for _, part := range e.parts {
		h.Write(part.Clip[:])
		var b [32]byte
		binary.BigEndian.PutUint64(b[:], uint64(part.first))
		binary.BigEndian.PutUint64(b[8:], uint64(part.last))
		binary.BigEndian.PutUint64(b[16:], part.at)
		binary.BigEndian.PutUint64(b[24:], uint64(part.room))
		h.Write(b[:])
	}
	h.Write(binary.BigEndian.AppendUint64(nil, uint64(e.size)))
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// May asks whether the caller may go on to receive it. It may be asked beside Write.
func (e *Film) May(ctx context.Context) error {
	p, err := e.gate.StillExports(ctx, e.caller, e.Camera, e.parts[0].Start)
	if err == nil && e.heard() && !p.heard {
		return ErrNotFound
	}
	return err
}

// StillExports asks whether a caller may still export what was recorded of a camera since a
// time. It returns ErrNotFound or ErrUnavailable.
func (g *Gate) StillExports(ctx context.Context, c account.Caller, id media.CameraID, since time.Time) (Pass, error) {
	ctx, cancel := context.WithTimeout(ctx, answerIn)
	defer cancel()
	p, m, err := g.admit(ctx, c, id, Export)
	if err != nil {
		return p, g.answer(err)
	}
	if !p.mine && since.Before(m.HistoryFrom) {
		return Pass{}, ErrNotFound
	}
	return p, nil
}

// Announce notes that it is about to be delivered, and returns when the journal holds that for
// good: with it, a 200 may be promised. Requests for parts of the same span are one export
// there. It returns ErrUnnoted, or that ctx ended.
func (e *Film) Announce(ctx context.Context) error {
	if e.delivery != nil {
		return nil
	}
	v := e.pass.view(journal.Export, e.pass.camera, media.ClipID{})
	v.Object, v.Start, v.Until = e.object(), e.Begin(), e.End()
	e.delivery = e.gate.cfg.Journal.Begin(v)
	err := e.gate.durable(ctx, e.delivery)
	if err != nil {
		e.Close()
	}
	return err
}

// object names the span in the journal: it is no clip.
func (s Span) object() (id [16]byte) {
	b := append([]byte("lares export\x00"), s.Camera[:]...)
	for _, n := range []int64{s.From.UnixNano(), s.To.UnixNano(), int64(s.Speed)} {
		b = binary.BigEndian.AppendUint64(b, uint64(n))
	}
	sum := sha256.Sum256(b)
	copy(id[:], sum[:])
	return id
}

// Close notes that nothing more is delivered; twice is fine.
func (e *Film) Close() {
	e.delivery.End()
	e.delivery = nil
}
