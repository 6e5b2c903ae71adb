package journal

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"lares/cameras/fault"
	"lares/cameras/media"
	"lares/cameras/seal"
	"lares/hub/store"
	"lares/hub/vault"
)

const (
	// maxLook bounds how many rows one page looks at for a rare kind.
	maxLook = 2000
	// MaxPage is the most entries of one page.
	MaxPage = 200
)

// ErrBefore is of a Query.Before that no row has towards the account.
var ErrBefore = errors.New("journal: no row is called so")

// Query selects what of the journal an account may see: its own deeds, what was
// done to it, and what happened with its own cameras. Those who run the hub see
// what concerns the hub, and no more of cameras.
type Query struct {
	Account  store.AccountID
	Operator bool
	Camera   media.CameraID // zero is all
	Kind     Kind           // "" is all
	Before   int64          // as Number calls a row; 0 starts with the newest
	Limit    int            // 1 to MaxPage
}

// Page is a part of the journal, newest first.
type Page struct {
	Entries []Entry
	Next    int64 // Before of the next page; 0 if this is the last
	// Names are the accounts that Entries speak of, as they are called now;
	// one that was removed is missing.
	Names map[store.AccountID]string
}

// List lists what the asker may see. It may return fewer entries than Limit and
// still a Next: a search looks at so many rows at once. It returns ErrBefore for a
// Before that is no row's.
func (j *Journal) List(ctx context.Context, q Query) (Page, error) {
	before, err := j.below(ctx, q)
	if err != nil {
		return Page{}, fmt.Errorf("journal: listing: %w", err)
	}
	look := q.Limit + 1
	if q.Kind != "" {
		look = maxLook
	}
	rows, err := j.rowsOf(ctx, store.JournalQuery{Account: q.Account, Before: before, Limit: look, Hub: q.Operator, Camera: q.Camera})
	if err != nil {
		return Page{}, fmt.Errorf("journal: listing: %w", err)
	}
	var p Page
	for i, r := range rows {
		if len(p.Entries) == q.Limit {
			p.Next = j.Number(q.Account, rows[i-1].Seq)
			break
		}
		e := seenBy(entry(r), q.Account)
		if (q.Camera.IsZero() || e.Camera == q.Camera) && (q.Kind == "" || e.Kind == q.Kind) && shows(e, q.Account) {
			p.Entries = append(p.Entries, e)
		}
	}
	if p.Next == 0 && len(rows) == look {
		p.Next = j.Number(q.Account, rows[len(rows)-1].Seq)
	}
	p.Names, err = j.Names(ctx)
	return p, err
}

// below is the row that a page ends before. What is no row's number would be taken
// for one far above all rows, and begin with the newest again.
func (j *Journal) below(ctx context.Context, q Query) (int64, error) {
	if q.Before == 0 {
		return math.MaxInt64, nil
	}
	newest, err := j.cfg.Store.LastJournal(ctx) // as the rows are read: what is called so was committed
	if err != nil && !errors.Is(err, store.ErrNoRow) {
		return 0, err
	}
	if seq := j.row(q.Account, q.Before); seq >= 1 && seq <= newest.Seq && j.Number(q.Account, seq) == q.Before {
		return seq, nil
	}
	return 0, ErrBefore
}

// rowsOf looks up what concerns an account. A page with a row that does not is
// somebody else's, and refused whole.
func (j *Journal) rowsOf(ctx context.Context, q store.JournalQuery) ([]store.JournalRow, error) {
	rows, err := j.cfg.Store.JournalOf(ctx, q)
	if err != nil {
		return nil, err
	}
	foreign := func(r store.JournalRow) bool { return !r.Concerns(q) }
	if fault.On && len(rows) > 0 {
		rows = fault.SwapIf(fault.JournalList, media.ID[struct{}](q.Account).String(), rows, func(other []store.JournalRow) bool { return slices.ContainsFunc(other, foreign) })
	}
	if i := slices.IndexFunc(rows, foreign); i >= 0 {
		j.cfg.Vault.Refusals().Note(vault.Crossing{Site: fault.JournalList, Camera: rows[i].Camera, Account: q.Account, Owner: rows[i].Owner})
		return nil, seal.ErrCrossed
	}
	return rows, nil
}

// shows keeps from somebody who tried that it was noted: whether what was tried
// is there at all would show in it. The owner of the camera sees it. And who locked
// the hub down, or lifted that, does not read what it ended for others.
func shows(e Entry, who store.AccountID) bool {
	switch e.Kind {
	case Denied:
		return e.Owner == who
	case LockedOut, LetIn:
		return e.Other == who
	}
	return true
}

// seenBy takes out what an account may not know: a camera that is neither its
// own nor was shared with it, and who else was concerned.
func seenBy(e Entry, who store.AccountID) Entry {
	mine := e.Owner == who
	crossing := e.Kind == Denied || e.Kind == Refused
	if !mine && (crossing || e.Account != who && e.Other != who) {
		e.Camera, e.Object = media.CameraID{}, [16]byte{}
	}
	if !mine && e.Account != who { // where somebody was is for the own eyes, and for who owns the camera
		e.Session, e.Place = [16]byte{}, ""
	}
	if !mine && (e.Kind == Offered || e.Kind == Declined) {
		e.Camera = media.CameraID{} // it would become another one in the taker's hands
	}
	return e
}

// Names are what all accounts are called now.
func (j *Journal) Names(ctx context.Context) (map[store.AccountID]string, error) {
	list, err := j.cfg.Store.AccountNames(ctx)
	if err != nil {
		return nil, fmt.Errorf("journal: naming accounts: %w", err)
	}
	names := make(map[store.AccountID]string, len(list))
	for _, a := range list {
		names[a.ID] = a.Name
	}
	return names, nil
}
