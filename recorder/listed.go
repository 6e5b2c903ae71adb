package recorder

import (
	"context"
	"time"

	"lares/cameras/media"
)

// listed is an Index that tells which events, stretches and gaps changed in it. What a removal
// took with it is not told: nothing is left to show.
type listed struct {
	Index
	tell *Config
}

// Together tells of rows once all of them are in the index.
func (l listed) Together(ctx context.Context, put func(RowIndex) error) error {
	var news []func()
	err := l.Index.Together(ctx, func(rows RowIndex) error {
		news = nil
		return put(changes{rows, func(n func()) { news = append(news, n) }, l.tell})
	})
	if err != nil {
		return err
	}
	for _, tell := range news {
		tell()
	}
	return nil
}

// changes notes what rows change, for who is to be told.
type changes struct {
	rows RowIndex
	note func(func())
	tell *Config
}

func (l changes) EventPut(ctx context.Context, e EventRow) error {
	l.note(func() { l.tell.Listed(e.Camera, e.Event) })
	return l.rows.EventPut(ctx, e)
}

func (l changes) ClipOpened(ctx context.Context, c ClipRow) error {
	l.clip(c)
	return l.rows.ClipOpened(ctx, c)
}

func (l changes) ClipClosed(ctx context.Context, c ClipRow) error {
	l.clip(c)
	return l.rows.ClipClosed(ctx, c)
}

// clip notes a clip's event; a stretch has none.
func (l changes) clip(c ClipRow) {
	if c.Stretch {
		l.note(func() { l.tell.Stretched(c.Camera, c.Clip) })
	} else {
		l.note(func() { l.tell.Listed(c.Camera, c.Event) })
	}
}

func (l changes) GapsCut(ctx context.Context, camera media.CameraID, from, to time.Time) error {
	return l.rows.GapsCut(ctx, camera, from, to)
}

func (l changes) GapPut(ctx context.Context, g GapRow) error {
	l.note(func() { l.tell.Missing(g.Camera, g.From) })
	return l.rows.GapPut(ctx, g)
}
