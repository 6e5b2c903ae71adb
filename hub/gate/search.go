package gate

import (
	"context"
	"slices"
	"strings"
	"time"

	"lares/cameras/fault"
	"lares/hub/account"
	"lares/hub/store"
	"lares/recorder"
)

const (
	// maxScan bounds the events that one request looks through for a text, and
	// maxOpened the index keys that it opens for them, which is most of the
	// price: a millisecond each on a small board. All of them are the caller's
	// own to see, so where a page ends says nothing of anybody else's.
	maxScan   = 1000
	maxOpened = 100
	// scanChunk is how many of them are read at a time.
	scanChunk = 200

	// searchIn bounds a search: so many keys take a small board longer than one
	// look into the database.
	searchIn = 4 * time.Second
)

// sealed reports whether the filter asks for what only a key shows.
func (f EventFilter) sealed() bool {
	return f.Class != "" || f.Zone != "" || strings.TrimSpace(f.Text) != ""
}

// search is what is looked for in texts, in lower case.
type search struct {
	class, zone string
	words       []string
}

func newSearch(f EventFilter) search {
	return search{class: strings.ToLower(f.Class), zone: strings.ToLower(f.Zone), words: strings.Fields(strings.ToLower(f.Text))}
}

// finds reports whether a text is what is looked for.
func (s search) finds(t recorder.EventText) bool {
	class, zone := strings.ToLower(t.Class), strings.ToLower(t.Zone)
	// What came to the event later, and the zones that it went on in, are labels.
	has := func(wanted, first string) bool {
		return wanted == "" || wanted == first || slices.ContainsFunc(t.Labels, func(l string) bool { return strings.ToLower(l) == wanted })
	}
	if !has(s.class, class) || !has(s.zone, zone) {
		return false
	}
	if len(s.words) == 0 {
		return true
	}
	all := strings.Join([]string{class, zone, strings.ToLower(t.Topic), strings.ToLower(strings.Join(t.Labels, "\n"))}, "\n")
	for _, w := range s.words {
		if !strings.Contains(all, w) {
			return false
		}
	}
	return true
}

// search looks through the events that q selects, newest first, until the page
// is full or enough was looked at; then the page's Next goes on behind the last
// event looked at.
func (g *Gate) search(ctx context.Context, c account.Caller, s search, q store.EventQuery) (page EventPage, err error) {
	limit, parts := q.Limit, 0
	reader := textReader{gate: g, caller: c}
	for scanned := 0; ; {
		q.Limit = scanChunk + 1 // one more says whether there is more
		rows, err := g.visibleEvents(ctx, c, q, fault.Search)
		if err != nil {
			return EventPage{}, err
		}
		for i, r := range rows {
			full := len(page.Events) == limit || len(page.Events) > 0 && parts+len(r.Parts) > maxParts
			if full || scanned == maxScan || reader.opened() >= maxOpened {
				page.Next = formatCursor(q.Before, q.BeforeEvent)
				return page, reader.end(ctx)
			}
			if i == scanChunk {
				break
			}
			text, err := reader.text(ctx, r)
			if err != nil {
				return EventPage{}, err
			}
			if s.finds(text) {
				page.Events, parts = append(page.Events, eventOf(r, text)), parts+len(r.Parts)
			}
			q.Before, q.BeforeEvent, scanned = r.Start, r.Event, scanned+1
		}
		if len(rows) <= scanChunk {
			return page, reader.end(ctx)
		}
	}
}
