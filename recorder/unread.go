package recorder

import (
	"context"
	"time"

	"lares/cameras/media"
)

// behindLeast is how long ago a unit came at least for its reader to be handed on, where what
// is recorded is over with that unit: a disk that did not answer let so much wait.
const behindLeast = 2 * time.Second

// unread is a reader with what waits in it, handed on from what was recorded to what is to be
// next. A new reader reaches back only as far as what is kept of before, and what waits for the
// disk may be older.
type unread struct {
	media.Reader
	asks   media.StreamID // that was to be read
	stream media.StreamID // that is: the main one where the camera had none to ask for
	first  []media.Unit   // that were taken from it: a configuration, and the picture to go on with
}

// Next implements media.Reader.
func (u *unread) Next(ctx context.Context) (media.Unit, error) {
	if len(u.first) == 0 {
		return u.Reader.Next(ctx)
	}
	next := u.first[0]
	u.first = u.first[1:]
	return next, nil
}

// behind says whether a unit came so long ago that others wait behind it.
func (t *take) behind(u media.Unit) bool {
	return t.c.r.config.Clock.Now().Sub(u.Received) >= behindLeast
}

// leave hands on a reader of which u is the next to be recorded; false where nothing waits.
func (t *take) leave(reader media.Reader, u media.Unit) bool {
	if !t.behind(u) || t.sent.Run != u.Run {
		return false
	}
	if r, ok := reader.(*unread); ok {
		reader = r.Reader
	}
	t.c.unread = &unread{Reader: reader, asks: t.asks, stream: t.stream, first: []media.Unit{t.sent, u}}
	return true
}

// goOn is the reader that was handed on, if it is what is asked for now; else nil.
func (t *take) goOn() *unread {
	u := t.c.unread
	if u == nil || u.asks != t.asks {
		t.c.forgets()
		return nil
	}
	t.c.unread = nil
	return u
}

// forgets gives up what waits: nothing of it is to be recorded.
func (c *camera) forgets() {
	if c.unread == nil {
		return
	}
	c.mu.Lock()
	c.dropped += c.unread.Queue().Dropped
	c.mu.Unlock()
	c.unread.Close()
	c.unread = nil
}
