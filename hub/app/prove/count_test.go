package prove

import (
	"fmt"
	"slices"
	"sync"
)

// verb is a way to get at something.
type verb uint8

const (
	vCameras verb = iota
	vCamera
	vEvents
	vSearch
	vClip
	vThumbnail
	vSmall
	vPreview
	vPage
	vInit
	vFragment
	vRange
	vDownload
	vEvidence
	vJournal
	vEvent
	vHeat
	vLive
	vPush
	vToken
	vGuest
	verbs // how many there are
)

var verbNames = [verbs]string{
	"cameras", "camera", "events", "search", "clip", "thumbnail", "small picture", "preview", "thumbnail page", "init", "fragment", "MP4 range",
	"download", "evidence", "journal", "event", "heat", "live socket", "event socket", "token", "guest link",
}

// count is what came of one verb.
type count struct {
	answers int // of the hub, or a proxy in front of it
	own     int // answers with at least one mark of a camera the client may see, and of no other
	follow  int // pictures of a live tile behind its first one, which is its answer
	bytes   int64
	hits    int // answers that the proxy had
	asked   int // answers that said whether the proxy had them

	legal       int // requests that had to succeed
	wrong       int // of them: other than right
	unavailable int // of them: 503, or the connection broke
	barred      int // requests that had to be refused
	passed      int // of them: not refused, or refused in other words than what is not there

	foreign  int // marks of cameras without a grant, in media and sealed text
	apart    int // the same in names, times, kinds and ids
	accounts int // JSON answers that name another account as the caller
	scopes   int // addresses of other sessions
}

func (c *count) add(d count) {
	c.answers += d.answers
	c.own += d.own
	c.follow += d.follow
	c.bytes += d.bytes
	c.hits += d.hits
	c.asked += d.asked
	c.legal += d.legal
	c.wrong += d.wrong
	c.unavailable += d.unavailable
	c.barred += d.barred
	c.passed += d.passed
	c.foreign += d.foreign
	c.apart += d.apart
	c.accounts += d.accounts
	c.scopes += d.scopes
}

// counts are those of all verbs.
type counts [verbs]count

func (c *counts) total() (sum count) {
	for _, v := range c {
		sum.add(v)
	}
	return sum
}

func (c *counts) add(d *counts) {
	for v := range c {
		c[v].add(d[v])
	}
}

// tally is where one client counts.
type tally struct {
	mu  sync.Mutex // guards sum
	sum counts
}

func (t *tally) add(v verb, d count) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.sum[v].add(d)
}

// take empties the tally.
func (t *tally) take(into *counts) {
	t.mu.Lock()
	defer t.mu.Unlock()
	into.add(&t.sum)
	t.sum = counts{}
}

// findings are what went wrong, in words; the first ones of each kind are kept.
type findings struct {
	mu   sync.Mutex // guards following
	kept map[string][]string
	seen map[string]int
}

const keptFindings = 5

func (f *findings) add(kind, format string, args ...any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.kept == nil {
		f.kept, f.seen = map[string][]string{}, map[string]int{}
	}
	f.seen[kind]++
	if len(f.kept[kind]) < keptFindings {
		f.kept[kind] = append(f.kept[kind], fmt.Sprintf(format, args...))
	}
}

// take empties the findings.
func (f *findings) take() (lines []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for kind, list := range f.kept {
		for _, l := range list {
			lines = append(lines, fmt.Sprintf("%s (%d): %s", kind, f.seen[kind], l))
		}
	}
	f.kept, f.seen = nil, nil
	slices.Sort(lines)
	return lines
}
