package recorder

import (
	"context"
	"errors"
	"fmt"

	"lares/cameras/media/fmp4"
	"lares/recorder/internal/pool"
	"lares/recorder/sealed"
)

// end writes what is left and the end, and hands the row on. After an error the
// file was abandoned.
func (p *part) end() error {
	if f, ok := p.muxer.Close(); ok {
		if err := p.fragment(f); err != nil {
			p.fail()
			return err
		}
	}
	if !p.filled {
		p.discard()
		return nil
	}
	if p.law != nil {
		if err := p.record(sealed.Head{Type: sealed.TypeIndex, Time: p.writer.Until()}, sealed.AppendGrowth(nil, p.growth)); err != nil {
			p.fail()
			return err
		}
	}
	before := p.writer.Size()
	if err := p.writer.End(sealed.Complete); err != nil {
		p.fail()
		return err
	}
	p.r.bytes.add(p.row.place(), p.writer.Size()-before)
	p.finish(StateComplete)
	return nil
}

// fail ends the file after a failed write: cut behind the last whole record. If
// not even that works now, the recorder tries again until it does.
func (p *part) fail() {
	if !p.filled {
		p.discard()
		return
	}
	if !p.abandon() {
		p.d.addTorn(p)
	}
}

// abandon ends the file as cut. One of a pool that was gone meanwhile and is back is repaired
// as after a crash, and one that somebody took away is lost.
func (p *part) abandon() (done bool) {
	if p.file.Taken() {
		p.spoilt(0, pool.ErrTaken)
		return true
	}
	if p.file.Left() && p.d.pool.There() {
		p.file.Close()
		p.r.bytes.add(p.row.place(), -p.writer.Size())
		p.r.repair(p.row)
		return true
	}
	before := p.writer.Size()
	if err := p.writer.Abandon(); err != nil {
		return false
	}
	p.r.bytes.add(p.row.place(), p.writer.Size()-before)
	p.finish(StateCut)
	return true
}

// finish closes the file, which has its end now: unless somebody took it away, put another one in
// its place, or cut it while it was written.
func (p *part) finish(state ClipState) {
	written := p.writer.Size()
	var size int64
	err := p.w.do(p.d.load, func() (err error) {
		size, err = p.file.Named()
		return err
	})
	odd := errors.Is(err, pool.ErrCrossed) || err == nil && size != written
	switch {
	case errors.Is(err, pool.ErrTaken):
		p.spoilt(0, err)
	case odd && !p.stands(state, written):
		p.spoilt(size, fmt.Errorf("%w: in its place are %d bytes that are not the %d that were written", sealed.ErrFormat, size, written))
	default: // its end is on the disk, whatever that says now
		p.close(state, written)
	}
}

// stands says whether what its name finds is what was written, by its ends: a network's file system may
// number a file anew while it is open, or remember what its size was.
func (p *part) stands(state ClipState, written int64) (stands bool) {
	err := p.w.do(p.d.load, func() error {
		f, err := p.d.pool.Open(p.row.Camera, p.row.Clip)
		if err != nil {
			return err
		}
		defer f.Close()
		c, err := p.d.openClip(f, p.row.Camera, p.row.Clip, true)
		stands = err == nil && c.State() == state && c.size+sealed.EndSize == written
		return err
	})
	return err == nil && stands
}

// spoilt closes a file that is not as it was written, and tells of it. bytes is what is left in its place.
func (p *part) spoilt(bytes int64, err error) {
	p.r.bytes.add(p.row.place(), bytes-p.writer.Size())
	p.close(StateDamaged, bytes)
	p.r.damaged(p.row, err)
	p.r.tellLater(p.row)
}

// close releases the file and stores what became of it.
func (p *part) close(state ClipState, bytes int64) {
	if err := p.file.Close(); err != nil {
		p.r.config.Log.Error("closing a clip", "clip", p.row.Clip.String(), "error", err)
	}
	p.row.State, p.row.Bytes = state, bytes
	p.row.Duration = media90(int64(p.writer.Until()), fmp4.TimeScale)
	row := p.row
	p.r.clearOpen(row.Clip) // first: a pass that finds it closed and open does not look at it again for a while
	p.r.queue.putRow(row.Camera, "clip closed", func(ctx context.Context, rows RowIndex) error { return rows.ClipClosed(ctx, row) })
}

// discard gives up a file that holds no picture yet, or whose camera is erased: first its
// row goes, if it has one, then the file. So a file that is not there though its row says
// open was taken away by somebody.
func (p *part) discard() {
	p.file.Close()
	row, l := p.row, litter{p.row.place(), p.row.Clip, p.writer.Size()}
	if !p.listed {
		p.d.litters(l)
		return
	}
	p.r.queue.put(row.Camera, "clip removed", func(ctx context.Context) error {
		err := p.r.config.Index.ClipRemoved(ctx, row.Clip)
		if err == nil {
			p.d.litters(l)
		}
		return err
	})
}
