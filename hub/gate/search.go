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
	all := strings.Join([]string{class, zone, strings.ToLower(t.Topic), strings.ToLower(t.Text), strings.ToLower(strings.Join(t.Labels, "\n"))}, "\n")
	for _, w := range s.words {
		if !strings.Contains(all, w) {
			return false
		}
	}
	return true
}

// hit is an event that a search found, and its opened text.
type hit struct {
	row  store.VisibleEvent
	text recorder.EventText
}

// search looks through the events that q selects, newest first, until the page
// is full or enough was looked at; then the page's Next goes on behind the last
// event looked at.
func (g *Gate) search(ctx context.Context, c account.Caller, s search, q store.EventQuery) (page EventPage, err error) {
	list, next, err := g.scan(ctx, c, s, q)
	if err != nil {
		return EventPage{}, err
	}
	// It took seconds: rights and the session may have ended meanwhile (VAULT §5).
	if list, err = g.stillSeen(ctx, c, q, list); err != nil {
		return EventPage{}, err
	}
	page.Next = next
	for _, f := range list {
		page.Events = append(page.Events, eventOf(f.row, f.text))
	}
	return page, nil
}

// scan is what was found, and where the next page goes on, "" after the last one.
func (g *Gate) scan(ctx context.Context, c account.Caller, s search, q store.EventQuery) (list []hit, next string, err error) {
	limit, parts := q.Limit, 0
	reader := textReader{gate: g, caller: c}
	for scanned := 0; ; {
		q.Limit = scanChunk + 1 // one more says whether there is more
		rows, err := g.visibleEvents(ctx, c, q, fault.Search)
		if err != nil {
			return nil, "", err
		}
		for i, r := range rows {
			full := len(list) == limit || len(list) > 0 && parts+len(r.Parts) > maxParts
			if full || scanned == maxScan || reader.opened() >= maxOpened {
				return list, formatCursor(q.Before, q.BeforeEvent), reader.end(ctx)
			}
			if i == scanChunk {
				break
			}
			text, err := reader.text(ctx, r)
			if err != nil {
				return nil, "", err
			}
			if s.finds(text) {
				list, parts = append(list, hit{r, text}), parts+len(r.Parts)
			}
			q.Before, q.BeforeEvent, scanned = r.Start, r.Event, scanned+1
		}
		if len(rows) <= scanChunk {
			return list, "", reader.end(ctx)
		}
	}
}

// stillSeen leaves out what the caller may not see any more, by whatever right: what a
// grant of all that was recorded showed is not shown by one from now on that came after
// it. It fails where the session has ended.
func (g *Gate) stillSeen(ctx context.Context, c account.Caller, q store.EventQuery, list []hit) ([]hit, error) {
	if len(list) == 0 {
		return nil, nil
	}
	now, err := g.ready()
	if err != nil {
		return nil, err
	}
	if c.Token.IsZero() { // that a token lives is asked with what it shows
		if err := g.cfg.Vault.Stands(ctx, g.cfg.Store.View, c.Proof(), nil); err != nil {
			return nil, err
		}
	}
	q.Now = now
	rows, err := g.cfg.Store.Histories(ctx, q)
	if err != nil {
		return nil, err
	}
	rows, err = compared(fault.Search, c.Principal().String(), rows,
		func(h store.History) bool { return h.For != q.Account },
		func(h store.History) error { return g.crossing(fault.Search, h.Camera, c.Account) })
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(list, func(f hit) bool {
		return !slices.ContainsFunc(rows, func(h store.History) bool {
			return h.Camera == f.row.Camera && !f.row.Start.Before(h.From) && (h.Heard || !f.row.Heard)
		})
	}), nil
}
