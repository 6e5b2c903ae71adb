package store

import (
	"context"
	"time"

	"lares/cameras/media"
	"lares/recorder"
)

// Together has the rows that put puts written in one commit; see recorder.Index.
func (s *Store) Together(ctx context.Context, put func(recorder.RowIndex) error) error {
	return s.Update(ctx, func(t *Tx) error { return put(t) })
}

// ClipOpened enters a clip that is being written; see recorder.RowIndex.
func (s *Store) ClipOpened(ctx context.Context, c recorder.ClipRow) error {
	return s.Update(ctx, func(t *Tx) error { return t.ClipOpened(ctx, c) })
}

// ClipClosed stores what became of a clip; see recorder.RowIndex.
func (s *Store) ClipClosed(ctx context.Context, c recorder.ClipRow) error {
	return s.Update(ctx, func(t *Tx) error { return t.ClipClosed(ctx, c) })
}

// EventPut enters an event or updates its end, text and picture; see recorder.RowIndex.
func (s *Store) EventPut(ctx context.Context, e recorder.EventRow) error {
	return s.Update(ctx, func(t *Tx) error { return t.EventPut(ctx, e) })
}

// GapPut enters a gap; see recorder.RowIndex.
func (s *Store) GapPut(ctx context.Context, g recorder.GapRow) error {
	return s.Update(ctx, func(t *Tx) error { return t.GapPut(ctx, g) })
}

// GapsCut is a part of Together.
func (t *Tx) GapsCut(ctx context.Context, camera media.CameraID, from, to time.Time) error {
	if _, err := t.exec(ctx, splitGap, camera[:], from.UnixNano(), to.UnixNano()); err != nil {
		return err
	}
	if _, err := t.exec(ctx, cutGap, camera[:], from.UnixNano()); err != nil {
		return err
	}
	_, err := t.exec(ctx, deleteGapsWithin, camera[:], from.UnixNano(), to.UnixNano(), int64(recorder.HoleMost))
	return err
}

// ClipOpened is a part of Together.
func (t *Tx) ClipOpened(ctx context.Context, c recorder.ClipRow) error {
	return t.putClip(ctx, upsertOpenClip, c)
}

// ClipClosed is a part of Together.
func (t *Tx) ClipClosed(ctx context.Context, c recorder.ClipRow) error {
	return t.putClip(ctx, upsertClip, c)
}

func (t *Tx) putClip(ctx context.Context, q query, c recorder.ClipRow) error {
	_, err := t.exec(ctx, q, c.Clip[:], c.Camera[:], c.Event[:], c.Part, c.KID[:],
		c.Start.UnixNano(), int64(c.Duration), c.Bytes, string(c.State), c.Thumbnail, c.Preview, c.Stretch, c.Pool, c.Beside)
	return err
}

// EventPut is a part of Together.
func (t *Tx) EventPut(ctx context.Context, e recorder.EventRow) error {
	var kid, index, text, end, picture any
	if e.Text.Sealed != nil {
		kid, index, text = e.Text.KID[:], e.Text.Index[:], e.Text.Sealed
	}
	if !e.End.IsZero() {
		end = e.End.UnixNano()
	}
	if !e.Picture.IsZero() {
		picture = e.Picture[:]
	}
	_, err := t.exec(ctx, upsertEvent, e.Event[:], e.Camera[:], string(e.Kind), e.Start.UnixNano(), end, kid, index, text, picture)
	return err
}

// GapPut is a part of Together.
func (t *Tx) GapPut(ctx context.Context, g recorder.GapRow) error {
	var to any
	if !g.To.IsZero() {
		to = max(g.To.UnixNano(), g.From.UnixNano()) // clocks are set back
	}
	_, err := t.exec(ctx, upsertGap, g.Camera[:], g.From.UnixNano(), to, string(g.Cause), nullID(g.Event), g.Count)
	return err
}
