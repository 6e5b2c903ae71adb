package journal

import (
	"context"
	"fmt"
	"slices"
	"time"

	"lares/cameras/media"
	"lares/hub/store"
)

// right is what somebody may have: a camera of another's.
type right struct {
	camera media.CameraID
	holder [16]byte // an account, the clip of a guest link, or a token
}

// spell is a time for which somebody has a right; a zero until or expires is for good.
type spell struct {
	from, until time.Time       // on the timeline
	expires     time.Time       // by the clock
	actions     []any           // words; nil is all
	history     time.Time       // of what is from before it, nothing
	link        [16]byte        // of a guest link
	maker       store.AccountID // of the link or the token
	waits       bool            // for its owner, who confirms the keys that the holder has since until
	views       int             // that it allows; 0 is any number
}

// rightsNow enters the grants, links and tokens that exist and were made before the
// oldest row: they have no row of their own. A younger one without a row is no
// right, whoever wrote it into the database.
func (r *replay) rightsNow(ctx context.Context, rows *store.Store) error {
	first, err := rows.Journal(ctx, 0, 1)
	if err != nil {
		return fmt.Errorf("journal: checking: %w", err)
	}
	list, err := rows.AllRights(ctx)
	if err != nil {
		return fmt.Errorf("journal: reading what is shared now: %w", err)
	}
	owners, err := rows.AllOwners(ctx)
	if err != nil {
		return fmt.Errorf("journal: reading whose the cameras are: %w", err)
	}
	for _, o := range owners {
		if len(first) == 0 || o.Since.Before(first[0].At.Add(tolerance)) {
			r.owners[o.Camera] = o.Holder
		}
	}
	for _, g := range list {
		if len(first) == 0 || g.Since.Before(first[0].At.Add(tolerance)) {
			r.give(right{g.Camera, g.Holder}, spell{from: g.Since, expires: g.Until})
		}
	}
	return nil
}

func (r *replay) give(k right, s spell) { r.rights[k] = append(r.rights[k], s) }

// take ends what a holder has of a camera; if nothing shows that it had
// something, it had it since before the oldest row.
func (r *replay) take(k right, at time.Time) {
	ended := false
	for i, s := range r.rights[k] {
		r.rights[k][i].waits = false // nothing is left to confirm
		if !s.from.After(at) && (s.until.IsZero() || s.until.After(at)) {
			r.rights[k][i].until, ended = at, true
		}
	}
	if !ended && !r.complete && len(r.rights[k]) == 0 {
		r.give(k, spell{until: at})
	}
}

// ofRights reports whether rows of a kind give or take rights.
func ofRights(k Kind) bool {
	switch k {
	case Granted, Revoked, Expired, Confirmed, TokenMade, TokenEnded, LinkMade, LinkEnded, Rotated, Recovered, CameraAdded, CameraRemoved,
		Transferred, AccountRemoved, Restored, Repaired:
		return true
	}
	return false
}

// change follows a row that gives or takes a right.
func (r *replay) change(e timed) {
	switch e.Kind {
	case Granted:
		k, s := right{e.Camera, e.Other}, spell{from: e.when, expires: moment(e.Entry, "expires")}
		s.actions, _ = e.Detail["actions"].([]any)
		if e.Detail["history"] == "now" {
			begins := moment(e.Entry, "history_from") // an edit keeps it
			if begins.IsZero() {
				begins = e.At
			}
			s.history = begins.Add(-tolerance)
		}
		if e.Detail["waits"] == true { // given, and to be confirmed before it allows anything
			s.until, s.waits = e.when, true
		}
		r.regrant(k, e.when)
		r.give(k, s)
	case TokenMade:
		s := spell{from: e.when, expires: moment(e.Entry, "expires"), maker: e.Account}
		s.actions, _ = e.Detail["actions"].([]any)
		if e.Detail["history"] != "all" {
			s.history = e.At.Add(-tolerance)
		}
		r.give(right{e.Camera, e.Object}, s)
	case TokenEnded:
		r.take(right{e.Camera, e.Object}, e.when)
	case Revoked, Expired:
		r.take(right{e.Camera, e.Other}, e.when)
		r.endMadeBy(e.Other, e.when, func(k right) bool { return k.camera == e.Camera })
	case Rotated:
		r.newKeys(e.Account, e.when)
	case Recovered:
		if e.Via == ViaConsole { // with the code, keys and links stay
			r.newKeys(e.Other, e.when)
		}
	case Confirmed:
		r.confirm(right{e.Camera, e.Other}, e.when)
	case Restored, Repaired:
		if e.Detail["listed"] != true {
			r.endTokens(e.when)
		}
	case CameraAdded:
		r.owners[e.Camera] = e.Owner
	case CameraRemoved, Transferred:
		for k := range r.rights {
			if k.camera == e.Camera {
				r.take(k, e.when)
			}
		}
	case AccountRemoved:
		for k := range r.rights {
			if k.holder == [16]byte(e.Other) || r.owners[k.camera] == e.Other {
				r.take(k, e.when)
			}
		}
		r.endMadeBy(e.Other, e.when, nil)
	case LinkMade, LinkEnded:
		clip, _ := e.Detail["clip"].(string)
		if id, err := media.ParseClipID(clip); err == nil {
			r.link(right{e.Camera, id}, e)
		}
	}
}

// endMadeBy ends the links and tokens that somebody made, to some cameras or, with nil,
// all: they end with what they stand on, and have no row of that.
func (r *replay) endMadeBy(maker store.AccountID, at time.Time, of func(right) bool) {
	for k, spells := range r.rights {
		if of != nil && !of(k) {
			continue
		}
		for i, s := range spells {
			if s.maker == maker && !maker.IsZero() && (s.until.IsZero() || s.until.After(at)) {
				spells[i].until = at
			}
		}
	}
}

// endTokens ends every token: a hub that was restored or repaired has none.
func (r *replay) endTokens(at time.Time) {
	for _, spells := range r.rights {
		for i, s := range spells {
			if s.link == [16]byte{} && !s.maker.IsZero() && (s.until.IsZero() || s.until.After(at)) {
				spells[i].until = at
			}
		}
	}
}

// link follows a row of a guest link: it has an end from the start.
func (r *replay) link(k right, e timed) {
	if e.Kind == LinkMade {
		views, _ := e.Detail["views"].(float64)
		r.give(k, spell{from: e.when, expires: moment(e.Entry, "expires"), link: e.Object, maker: e.Account, views: int(views)})
		return
	}
	for i, s := range r.rights[k] {
		if s.link == e.Object && (s.until.IsZero() || s.until.After(e.when)) {
			r.rights[k][i].until = e.when
		}
	}
}

// moment is a time in a row's detail; zero if there is none.
func moment(e Entry, name string) time.Time {
	text, _ := e.Detail[name].(string)
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return time.Time{}
	}
	return at
}

// regrant ends a grant that another one replaces, and what of it waits: only the
// newer one is confirmed.
func (r *replay) regrant(k right, at time.Time) {
	for i, s := range r.rights[k] {
		r.rights[k][i].waits = false
		if s.from.Before(at) && (s.until.IsZero() || s.until.After(at)) {
			r.rights[k][i].until = at
		}
	}
}

// allowed reports whether somebody had a right all the time from one moment to the
// time of a row, give or take what the hub may need. Which of its spells count is for
// fits to say.
func (r *replay) allowed(k right, from time.Time, e timed, fits func(spell) bool) bool {
	at := from
	for range len(r.rights[k]) + 1 {
		next := at
		for _, s := range r.rights[k] {
			if s.from.After(at.Add(tolerance)) || !fits(s) {
				continue
			}
			end := s.end(e.offset())
			if end.IsZero() {
				return true
			}
			next = later(next, end.Add(tolerance))
		}
		if !next.Before(e.when) && next.After(at) {
			return true
		}
		if !next.After(at) {
			return false
		}
		at = next
	}
	return false
}

// reached reports whether something that began then was within the history of a
// right that somebody had at some time between a moment and a row.
func (r *replay) reached(k right, start, from time.Time, e timed, kind Kind) bool {
	return start.IsZero() || slices.ContainsFunc(r.rights[k], func(s spell) bool {
		end := s.end(e.offset())
		return s.allows(kind) && !start.Before(s.history) &&
			!s.from.After(e.when.Add(tolerance)) && (end.IsZero() || !end.Add(tolerance).Before(from))
	})
}

// allows reports whether a grant's actions cover a kind of delivery.
func (s spell) allows(kind Kind) bool {
	word := map[Kind]string{Live: "live", Export: "export", Clip: "history", Thumbnails: "history", Events: "history"}[kind]
	return s.actions == nil || slices.Contains(s.actions, any(word))
}
