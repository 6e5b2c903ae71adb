package recorder

import "context"

// listed is an Index that tells which events, stretches and gaps changed in it. What a removal
// took with it is not told: nothing is left to show.
type listed struct {
	Index
	tell *Config
}

func (l listed) EventPut(ctx context.Context, e EventRow) error {
	err := l.Index.EventPut(ctx, e)
	if err == nil {
		l.tell.Listed(e.Camera, e.Event)
	}
	return err
}

func (l listed) ClipOpened(ctx context.Context, c ClipRow) error {
	return l.clip(l.Index.ClipOpened(ctx, c), c)
}

func (l listed) ClipClosed(ctx context.Context, c ClipRow) error {
	return l.clip(l.Index.ClipClosed(ctx, c), c)
}

// clip tells of a clip's event; a stretch has none.
func (l listed) clip(err error, c ClipRow) error {
	switch {
	case err != nil:
	case c.Stretch:
		l.tell.Stretched(c.Camera, c.Clip)
	default:
		l.tell.Listed(c.Camera, c.Event)
	}
	return err
}

func (l listed) GapPut(ctx context.Context, g GapRow) error {
	err := l.Index.GapPut(ctx, g)
	if err == nil {
		l.tell.Missing(g.Camera, g.From)
	}
	return err
}
