package journal

import (
	"context"
	"strings"
	"time"

	"lares/hub/store"
)

// heard keeps what a replay needs of the rows that are read, each once.
type heard struct {
	Rows
	since, until time.Time           // deliveries from then; who came by a link always
	upTo         int64               // rows after it are not heard; 0 is all
	of           int64               // the newest row, for progress
	progress     func(seq, of int64) // may be nil
	open         map[viewKey]int64   // views that are open, by the row of their start
	last         int64
	line         timeline
	begins       time.Time // on the timeline: the first row of those asked for
	rights       []timed
	views        []timed
}

// Journal reads on.
func (h *heard) Journal(ctx context.Context, after int64, limit int) ([]store.JournalRow, error) {
	page, err := h.Rows.Journal(ctx, after, limit)
	for _, row := range page {
		if row.Seq > h.last && (h.upTo == 0 || row.Seq <= h.upTo) {
			h.last = row.Seq
			h.hear(row)
		}
	}
	if h.progress != nil && len(page) > 0 {
		h.progress(h.last, max(h.of, h.last))
	}
	return page, err
}

func (h *heard) hear(row store.JournalRow) {
	h.follow(row)
	when := h.line.follow(row)
	inside := !row.At.Before(h.since) && row.At.Before(h.until)
	if inside && h.begins.IsZero() {
		h.begins = when
	}
	// What comes after the first row is asked for too where the clock was set back.
	asked := inside || !h.begins.IsZero() && row.At.Before(h.since) && !when.Before(h.begins)
	switch kind := begun(Kind(row.Kind)); {
	case ofRights(kind):
		h.rights = append(h.rights, timed{Entry: entry(row), when: when})
	case ofViews(kind):
		if asked || kind == Guest && row.At.Before(h.until) {
			h.views = append(h.views, timed{entry(row), when, asked})
		}
	}
}

// ofViews reports whether rows of a kind say what somebody received, or was refused.
func ofViews(k Kind) bool {
	switch k {
	case Live, Clip, Thumbnails, Glimpse, Export, Guest, Events, Refused, Denied:
		return true
	}
	return false
}

// follow notes which views are open. The end of one that a crash cut short names
// the row of its start: the same may have begun anew meanwhile.
func (h *heard) follow(row store.JournalRow) {
	if h.open == nil {
		return
	}
	kind := begun(Kind(row.Kind))
	key := viewKey{kind, row.Session, row.Camera, row.Object}
	switch {
	case kind != Live && kind != Clip && kind != Export && kind != Guest:
	case string(kind) == row.Kind:
		h.open[key] = row.Seq
	case row.Detail != "" && cutShort(entry(row)) && h.open[key] != startOf(entry(row)):
	default:
		delete(h.open, key)
	}
}

// begun is the kind of the row that began what one of a kind ends, or the kind
// itself.
func begun(k Kind) Kind { return Kind(strings.TrimSuffix(string(k), "-end")) }
