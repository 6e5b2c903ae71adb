package gate

import (
	"context"
	"errors"

	"lares/cameras/fault"
	"lares/cameras/media/fmp4"
	"lares/hub/journal"
	"lares/recorder"
)

// errShort says that a clip gives other bytes than it was to give. The connection is closed.
var errShort = errors.New("gate: a clip is not as it was when the export began")

// reel writes those bytes of a film that are wanted.
type reel struct {
	w        *Wire
	delivery *journal.Delivery
	at       int64 // in the film
	from, to int64
	gone     error // why the wire takes nothing more
}

// write takes the next bytes of the film.
func (r *reel) write(b []byte) error {
	first, last := min(max(r.from-r.at, 0), int64(len(b))), min(max(r.to-r.at, 0), int64(len(b)))
	r.at += int64(len(b))
	if first >= last {
		return nil
	}
	n, err := r.w.Write(b[first:last])
	r.delivery.Bytes(n)
	r.gone = err
	return err
}

// Write writes the bytes [from, to) of the film to the wire of the caller's session; of a
// time-lapse that was not measured it writes all. Only bytes whose tag was verified are written. Whatever goes wrong
// after the first byte, the connection must be closed.
func (e *Film) Write(ctx context.Context, w *Wire, from, to int64) error {
	if w == nil || e.pass.session.IsZero() || w.Session() != e.pass.session {
		return e.gate.crossing(fault.WireSession, e.pass.camera, e.pass.account)
	}
	if err := e.Announce(ctx); err != nil {
		return err
	}
	defer e.Close()
	w.of(e.pass.camera, e.pass.account)
	r := &reel{w: w, delivery: e.delivery, from: from, to: to}
	if e.Speed > 0 {
		return e.told(r, e.sendLapse(ctx, r))
	}
	if err := r.write(e.head); err != nil {
		return err
	}
	for i := range e.parts {
		part := &e.parts[i]
		if part.offset+part.room <= from || part.offset >= to {
			continue
		}
		r.at = part.offset
		err := e.with(ctx, part.Clip, func(_ *recorder.Clip, o *ClipOpener) error { return e.writePart(ctx, r, i, o) })
		if err != nil {
			return e.told(r, err)
		}
	}
	return nil
}

// told is why a film ends early: a wire that takes nothing more is nobody's doubt.
func (e *Film) told(r *reel, err error) error {
	if r.gone != nil || errors.Is(err, context.Canceled) {
		return err
	}
	return e.gate.answer(err)
}

// writePart writes what is wanted of a part.
func (e *Film) writePart(ctx context.Context, r *reel, i int, o *ClipOpener) error {
	part := &e.parts[i]
	l, recoder, err := e.layout(ctx, o)
	if err != nil {
		return err
	}
	first, last := part.fragments(l)
	if last > len(l.Fragments()) {
		return errShort
	}
	end, until := part.offset+part.room, e.lasts
	if i+1 < len(e.parts) {
		until = e.parts[i+1].at
	}
	p := fmp4.Place{Shift: int64(part.at) - int64(part.zero), From: part.at, To: until}
	for n := first; n < last && r.at < r.to; n++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		piece := l.Fragments()[n]
		size := piece.Size + int64(part.source.Growth())
		if o.heard && r.at+size <= r.from {
			r.at += size
			continue
		}
		plain, err := o.piece(plan{layout: l, recoder: recoder}, piece)
		if err != nil {
			return err
		}
		p.Sequence = uint32(i<<16+n) + 1
		if e.buffer, err = part.source.Fragment(e.buffer[:0], plain, p); err != nil {
			return err
		}
		if o.heard {
			e.buffer = fmp4.AppendFree(e.buffer, int(size)-len(e.buffer))
		}
		if r.at+int64(len(e.buffer)) > end {
			return errShort
		}
		if err := r.write(e.buffer); err != nil {
			return err
		}
	}
	return r.fill(ctx, end)
}

// fragments are those of a part.
func (p *exportPart) fragments(l *recorder.Layout) (first, last int) {
	if p.exact {
		return p.first, p.last
	}
	return 0, len(l.Fragments())
}

// fill writes what means nothing, up to where the part ends.
func (r *reel) fill(ctx context.Context, end int64) error {
	const most = 64 << 10
	for r.at < end && r.at < r.to {
		if err := ctx.Err(); err != nil {
			return err
		}
		n := end - r.at
		if n < 8 {
			return errShort
		}
		if n > most { // so that no rest is too short for a box
			n = most
		}
		if rest := end - r.at - n; rest > 0 && rest < 8 {
			n -= 8
		}
		if err := r.write(fmp4.AppendFree(nil, int(n))); err != nil {
			return err
		}
	}
	return nil
}
