package gate

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"lares/cameras/media"
	"lares/hub/account"
	"lares/hub/journal"
	"lares/hub/store"
	"lares/hub/vault"
	"lares/recorder"
)

// textReader opens the event texts of one page, for one request: it holds what
// it opened and dies with the page.
type textReader struct {
	gate   *Gate
	caller account.Caller
	keys   *vault.OpenedPage // nil before the first text
	seen   []seenTexts
}

// seenTexts is how many bytes of text of one camera were opened, and when the first
// of their events began.
type seenTexts struct {
	camera media.CameraID
	start  time.Time
	bytes  int
}

// end notes in the journal of which cameras texts were opened, one row each, and
// returns when that is durable, or the time for the answer is over: with an error, none
// of them may go out.
func (t *textReader) end(ctx context.Context) error {
	marks := make([]noted, len(t.seen))
	for i, s := range t.seen {
		v := t.caller.View(journal.Events)
		v.Camera, v.Start = s.camera, s.start
		marks[i] = t.gate.cfg.Journal.Seen(v, s.bytes)
	}
	return t.gate.durable(ctx, marks...)
}

func (t *textReader) count(r recorder.EventRow, n int) {
	i := slices.IndexFunc(t.seen, func(s seenTexts) bool { return s.camera == r.Camera })
	if i < 0 {
		i, t.seen = len(t.seen), append(t.seen, seenTexts{camera: r.Camera, start: r.Start})
	}
	if r.Start.Before(t.seen[i].start) {
		t.seen[i].start = r.Start
	}
	t.seen[i].bytes += n
}

// text opens an event's text, if it has one and the caller a key; none otherwise.
func (t *textReader) text(ctx context.Context, r store.VisibleEvent) (recorder.EventText, error) {
	if r.Text.Sealed == nil {
		return recorder.EventText{}, nil
	}
	text, err := t.open(ctx, r.EventRow)
	switch t.gate.answer(err) {
	case nil, ErrNotFound, ErrCrossed, ErrRolledBack:
		return text.For(r.Heard), nil
	}
	return recorder.EventText{}, err
}

// opened is how many index keys were opened.
func (t *textReader) opened() int {
	if t.keys == nil {
		return 0
	}
	return t.keys.Indexes()
}

// open opens one text. A page's store and index keys are opened once each.
func (t *textReader) open(ctx context.Context, r recorder.EventRow) (text recorder.EventText, err error) {
	if t.keys == nil {
		a, err := t.gate.cfg.Vault.Unlock(ctx, t.caller.Proof())
		if err != nil {
			return text, err
		}
		t.keys = a.Page()
	}
	index, err := t.keys.Index(ctx, r.Camera, r.Text.KID, store.IndexID(r.Text.Index))
	if err != nil {
		return text, err
	}
	plain, err := index.Open(r.Camera, r.Event, r.Text.Sealed)
	if err != nil {
		return text, err
	}
	t.count(r, len(plain))
	if json.Unmarshal(plain, &text) != nil {
		return recorder.EventText{}, nil // sealed by a later version
	}
	return text, nil
}
