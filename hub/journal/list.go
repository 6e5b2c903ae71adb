package journal

import (
	"context"
	"fmt"
	"math"

	"lares/cameras/media"
	"lares/hub/store"
)

const (
	// maxLook bounds how many rows one page looks at for a rare kind or camera.
	maxLook = 2000
	// MaxPage is the most entries of one page.
	MaxPage = 200
)

// Query selects what of the journal an account may see: its own deeds, what was
// done to it, and what happened with its own cameras. Those who run the hub see
// what concerns the hub, and no more of cameras.
type Query struct {
	Account  store.AccountID
	Operator bool
	Camera   media.CameraID // zero is all
	Kind     Kind           // "" is all
	Before   int64          // seq; 0 starts with the newest
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
// still a Next: a search looks at so many rows at once.
func (j *Journal) List(ctx context.Context, q Query) (Page, error) {
	if q.Before <= 0 {
		q.Before = math.MaxInt64
	}
	look := q.Limit + 1
	if !q.Camera.IsZero() || q.Kind != "" {
		look = maxLook
	}
	rows, err := j.cfg.Store.JournalOf(ctx, store.JournalQuery{Account: q.Account, Before: q.Before, Limit: look, Hub: q.Operator})
	if err != nil {
		return Page{}, fmt.Errorf("journal: listing: %w", err)
	}
	var p Page
	for i, r := range rows {
		if len(p.Entries) == q.Limit {
			p.Next = rows[i-1].Seq
			break
		}
		e := seenBy(entry(r), q.Account)
		if (q.Camera.IsZero() || e.Camera == q.Camera) && (q.Kind == "" || e.Kind == q.Kind) && shows(e, q.Account) {
			p.Entries = append(p.Entries, e)
		}
	}
	if p.Next == 0 && len(rows) == look {
		p.Next = rows[len(rows)-1].Seq
	}
	p.Names, err = j.Names(ctx)
	return p, err
}

// shows keeps from somebody who tried that it was noted: whether what was tried
// is there at all would show in it. The owner of the camera sees it.
func shows(e Entry, who store.AccountID) bool { return e.Kind != Denied || e.Owner == who }

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

// Head is the newest signed state of the journal: whoever keeps it can tell
// later whether rows up to it are still the same.
type Head struct {
	Seq       int64
	Hash      [32]byte
	Signature []byte // the hub's
}

// Head is the newest head; ok is false before the first.
func (j *Journal) Head() (h Head, ok bool) {
	j.commit.Lock()
	defer j.commit.Unlock()
	n := j.heads.newest
	if n.seq == 0 {
		return h, false
	}
	return Head{Seq: n.seq, Hash: n.hash(), Signature: n.sig}, true
}
