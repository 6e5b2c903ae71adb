package journal

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"time"

	"lares/cameras/media"
	"lares/hub/store"
)

const (
	// standingItems is how many of what stood one row holds: it stays below
	// maxDetail.
	standingItems = 10
	// maxStanding is how many rows of what stood are looked at to find a whole
	// set: ten thousand grants have so many.
	maxStanding = 1024
	// standingVersion is of what the rows say. Those without one have no tokens, and a
	// check that went on from them would accuse every program.
	standingVersion = 2
)

// standing is what stood after a row of the journal, as the rows up to it say:
// whose the cameras are, who may see them, who came by the links, and which views
// were open. A check, and a start after a crash, go on from it.
type standing struct {
	place
	at     time.Time     // when it was so, by the clock
	shift  time.Duration // of the timeline then
	high   time.Time     // of the timeline
	top    time.Time     // the latest that the clock was in the rows since what stood before
	last   int64         // seq of its newest row
	broken int64         // a row up to place that was found to be wrong; 0 is none
	owners map[media.CameraID]store.AccountID
	rights map[right][]spell
	guests map[right]map[[16]byte]bool
	open   map[viewKey]int64 // seq of the row of their start
}

func newStanding() standing {
	return standing{
		owners: map[media.CameraID]store.AccountID{}, rights: map[right][]spell{},
		guests: map[right]map[[16]byte]bool{}, open: map[viewKey]int64{},
	}
}

// known reports whether there is one: the zero one knows nothing.
func (s *standing) known() bool { return s.seq > 0 }

// standingRow is the detail of a row of kind Standing. Several make a set.
type standingRow struct {
	Version int            `json:"version"`
	After   int64          `json:"after"`           // seq of the row after which it was so
	Hash    string         `json:"hash"`            // of that row
	At      int64          `json:"at"`              // unix ms
	Shift   int64          `json:"shift,omitempty"` // ms
	High    int64          `json:"high,omitempty"`
	Top     int64          `json:"top,omitempty"`
	Part    int            `json:"part"` // from 1
	Parts   int            `json:"parts"`
	Broken  int64          `json:"broken,omitempty"`
	Items   []standingItem `json:"items"`
}

// standingItem is one thing that stood. Which fields are there says what.
type standingItem struct {
	Camera  media.CameraID `json:"c"`
	Owner   anyID          `json:"o,omitzero"` // the camera is its
	Holder  anyID          `json:"h,omitzero"` // an account, or the clip of a link, has a right
	From    int64          `json:"f,omitempty"`
	Until   int64          `json:"u,omitempty"`
	Expires int64          `json:"e,omitempty"`
	Actions []any          `json:"a"` // null is all
	History int64          `json:"s,omitempty"`
	Link    anyID          `json:"l,omitzero"`
	Maker   anyID          `json:"m,omitzero"` // of the link
	Views   int            `json:"v,omitempty"`
	Waits   bool           `json:"w,omitempty"` // for a confirmation, since Until
	Guests  []anyID        `json:"g,omitempty"` // came by the links to Holder
	Open    int64          `json:"n,omitempty"` // seq of the start of a view
	Kind    Kind           `json:"k,omitempty"`
	Session anyID          `json:"i,omitzero"`
	Object  anyID          `json:"j,omitzero"`
}

// anyID is an id whose kind follows from where it stands.
type anyID = media.ID[struct{}]

func unixMS(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func fromUnixMS(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// entries are the rows that say what stands. A right that was over by then says
// nothing about later deliveries and is left out.
func (s *standing) entries() (list []Entry) {
	var items []standingItem
	for camera, owner := range s.owners {
		if !owner.IsZero() {
			items = append(items, standingItem{Camera: camera, Owner: anyID(owner)})
		}
	}
	over := func(p spell) bool {
		end := p.until
		if p.link != [16]byte{} { // a grant that ran out has a row of that, and until then a clock that is set back brings it back
			end = p.end(s.shift)
		}
		return !p.waits && !end.IsZero() && !end.After(s.at.Add(s.shift-2*tolerance))
	}
	for k, spells := range s.rights {
		if !slices.ContainsFunc(spells, func(p spell) bool { return !over(p) }) {
			continue
		}
		for _, p := range spells {
			if over(p) && p.link == [16]byte{} { // links to a clip allow their views together
				continue
			}
			items = append(items, standingItem{
				Camera: k.camera, Holder: k.holder, From: unixMS(p.from), Until: unixMS(p.until), Expires: unixMS(p.expires), Actions: p.actions,
				History: unixMS(p.history), Link: p.link, Maker: anyID(p.maker), Views: p.views, Waits: p.waits,
			})
		}
		came := make([]anyID, 0, len(s.guests[k]))
		for id := range s.guests[k] {
			came = append(came, id)
		}
		for some := range slices.Chunk(came, standingItems/2) {
			items = append(items, standingItem{Camera: k.camera, Holder: k.holder, Guests: some})
		}
	}
	for k, seq := range s.open {
		items = append(items, standingItem{Camera: k.camera, Open: seq, Kind: k.kind, Session: k.session, Object: k.object})
	}
	parts := max((len(items)+standingItems-1)/standingItems, 1)
	for i := range parts {
		row := standingRow{
			Version: standingVersion, After: s.seq, Hash: hex.EncodeToString(s.hash[:]), At: unixMS(s.at), Shift: s.shift.Milliseconds(), High: unixMS(s.high), Top: unixMS(s.top), Part: i + 1, Parts: parts, Broken: s.broken,
			Items: items[i*standingItems : min((i+1)*standingItems, len(items))],
		}
		list = append(list, Entry{Kind: Standing, Detail: map[string]any{"standing": row}})
	}
	return list
}

// enter enters the items of a row.
func (s *standing) enter(row standingRow) {
	for _, i := range row.Items {
		k := right{i.Camera, i.Holder}
		switch {
		case i.Open > 0:
			s.open[viewKey{i.Kind, i.Session, i.Camera, i.Object}] = i.Open
		case !i.Owner.IsZero():
			s.owners[i.Camera] = store.AccountID(i.Owner)
		case len(i.Guests) > 0:
			if s.guests[k] == nil {
				s.guests[k] = map[[16]byte]bool{}
			}
			for _, id := range i.Guests {
				s.guests[k][id] = true
			}
		default:
			s.rights[k] = append(s.rights[k], spell{
				from: fromUnixMS(i.From), until: fromUnixMS(i.Until), expires: fromUnixMS(i.Expires), actions: i.Actions, history: fromUnixMS(i.History), link: i.Link, maker: store.AccountID(i.Maker), views: i.Views, waits: i.Waits,
			})
		}
	}
}

// parseStanding reads a row of kind Standing; ok is false for any other, and for
// one that the hub did not write there, or another version did: before is the hash of
// the row before it.
func (j *Journal) parseStanding(ctx context.Context, r store.JournalRow) (row standingRow, sum [32]byte, ok bool) {
	var detail struct {
		Standing standingRow `json:"standing"`
	}
	if r.Kind != string(Standing) || json.Unmarshal([]byte(r.Detail), &detail) != nil {
		return row, sum, false
	}
	row = detail.Standing
	hash, err := hex.DecodeString(row.Hash)
	if err != nil || row.Version != standingVersion || len(hash) != len(sum) || row.After >= r.Seq || row.After < 1 {
		return row, sum, false
	}
	sum = [32]byte(hash)
	before := sum
	if r.Seq != row.After+1 { // else retention may have removed the row before
		b, err := j.cfg.Store.JournalRow(ctx, r.Seq-1)
		if err != nil {
			return row, sum, false
		}
		before = b.Hash
	}
	c := newChecker(j.chain)
	return row, sum, c.fits(before, r)
}

// sets finds the whole sets among rows of kind Standing, in their order, until
// one is enough. Each row must be the hub's.
func (j *Journal) sets(ctx context.Context, rows []store.JournalRow, enough func(standing) bool) {
	var s standing
	var parts map[int]bool
	for _, r := range rows {
		row, sum, ok := j.parseStanding(ctx, r)
		if !ok {
			continue
		}
		if at := fromUnixMS(row.At); parts == nil || s.seq != row.After || !s.at.Equal(at) {
			s, parts = newStanding(), map[int]bool{}
			s.place, s.at, s.broken = place{row.After, sum}, at, row.Broken
			s.shift, s.high, s.top = time.Duration(row.Shift)*time.Millisecond, fromUnixMS(row.High), fromUnixMS(row.Top)
		}
		if parts[row.Part] {
			continue
		}
		parts[row.Part] = true
		s.last = max(s.last, r.Seq)
		s.enter(row)
		if len(parts) == row.Parts && enough(s) {
			return
		}
	}
}

// stood finds what stood last before a time, or at the beginning of the journal: no
// row before it has a time from then until another one. It is the zero one if no rows
// of the hub say so.
func (j *Journal) stood(ctx context.Context, before, until time.Time) (found standing, err error) {
	start := j.start()
	rows, err := j.cfg.Store.StandingJournal(ctx, before, until, maxStanding)
	if err != nil {
		return found, fmt.Errorf("journal: reading what stood: %w", err)
	}
	j.sets(ctx, rows, func(s standing) bool {
		switch {
		case s.top.After(before) && s.top.Before(until): // the clock was set back after it
			found = standing{}
		case s.seq >= start && !found.known():
			found = s
		}
		return false
	})
	if found.known() {
		return found, nil
	}
	return j.stoodFirst(ctx, func(s standing) bool { return s.seq == start })
}

// stoodFirst finds the newest of the oldest sets that is right.
func (j *Journal) stoodFirst(ctx context.Context, is func(standing) bool) (found standing, err error) {
	rows, err := j.cfg.Store.FirstStandingJournal(ctx, maxStanding)
	if err != nil {
		return found, fmt.Errorf("journal: reading what stood: %w", err)
	}
	j.sets(ctx, rows, func(s standing) bool {
		if is(s) {
			found = s
		}
		return false
	})
	return found, nil
}

// start is the seq of the newest checkpoint.
func (j *Journal) start() int64 {
	j.commit.Lock()
	defer j.commit.Unlock()
	seq, _ := j.heads.found.start()
	return seq
}

// ever is later than any row.
func ever() time.Time { return time.UnixMilli(math.MaxInt64 / 2) }
