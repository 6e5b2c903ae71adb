package store

import (
	"context"
	"database/sql"
	"time"

	"lares/cameras/media"
)

// GuestLink is one clip, shown to whoever has the link. Its secret is known to
// who made it, and to those it was given to.
type GuestLink struct {
	ID         GuestLinkID
	Account    AccountID // its maker
	Camera     media.CameraID
	Clip       media.ClipID
	Label      string
	SecretHash []byte // 32 bytes
	Salt       []byte // 16 bytes
	Sealed     []byte // 48 bytes
	Views      int
	ViewsLeft  int
	Created    time.Time
	Expires    time.Time
	Revoked    time.Time // zero while it stands
}

// ListedLink is a link as its maker and the camera's owner see it.
type ListedLink struct {
	GuestLink
	Owner     AccountID // of the camera
	MakerName string
}

// Guest is one browser that came by a link, with what it came for.
type Guest struct {
	ID        GuestID
	Link      GuestLinkID
	TokenHash []byte // 32 bytes
	ScopeHash []byte // 32 bytes
	Salt      []byte // 16 bytes
	Sealed    []byte // 48 bytes
	Created   time.Time
	Expires   time.Time

	// Of the link, when it was read together with it.
	Maker  AccountID
	Camera media.CameraID
	Clip   media.ClipID
	Label  string
	// Heard says that the link's maker owns the camera or is allowed the sound
	// too, where GuestByToken read it.
	Heard bool
}

// GuestAsking is when a guest asks, and what its link's maker must be allowed.
type GuestAsking struct {
	Now    time.Time
	Rights uint32 // action bits: all of them
	Sound  uint32 // action bit that lets the maker hear
}

const (
	// linkStands is lock 1 for guests: the link is neither revoked nor over, its
	// clip is there, and its maker owns the camera or holds a grant that reaches
	// the clip, now, and of what was only heard lets it hear; nobody concerned is
	// locked down. ?2 now, ?3 action bits, ?4 the one that lets hear.
	linkStands = `l.revoked_ms IS NULL AND l.expires_ms > ?2 AND EXISTS (
  SELECT 1 FROM clip k
  JOIN camera c ON c.id = k.camera AND c.removed_ms IS NULL AND c.retired_ms IS NULL
  LEFT JOIN grants g ON g.camera = c.id AND g.account = l.account AND (g.expires_ms IS NULL OR g.expires_ms > ?2)
  LEFT JOIN event e ON e.id = k.event
  WHERE k.id = l.clip AND k.camera = l.camera AND k.state <> 'removing'
  AND (c.owner = l.account OR g.unconfirmed = 0 AND (g.actions & ?3) = ?3 AND k.start_ns >= g.history_from_ms * 1000000
    AND ((g.actions & ?4) = ?4 OR coalesce(e.kind, '') <> 'sound'))
  AND NOT EXISTS (SELECT 1 FROM lockdown d WHERE d.account IN (l.account, c.owner, zeroblob(16))))`

	// linkHeard says whether the link's maker may hear, now. ?2 now, ?4 action bit.
	linkHeard = `EXISTS (SELECT 1 FROM camera c
  LEFT JOIN grants g ON g.camera = c.id AND g.account = l.account AND (g.expires_ms IS NULL OR g.expires_ms > ?2)
  WHERE c.id = l.camera AND (c.owner = l.account OR g.unconfirmed = 0 AND (g.actions & ?4) = ?4))`

	// ?1 hash
	updateLinkViewed query = `UPDATE guest_link AS l SET views_left = views_left - 1
WHERE l.secret_hash = ?1 AND l.views_left > 0 AND ` + linkStands + `
RETURNING id, account, camera, clip, label, secret_hash, salt, sealed, views, views_left, created_ms, expires_ms, revoked_ms`
	// ?1 hash
	selectGuest query = `SELECT u.id, u.link, u.token_hash, u.scope_hash, u.salt, u.sealed, u.created_ms, u.expires_ms, l.account, l.camera, l.clip, l.label, ` + linkHeard + `
FROM guest u JOIN guest_link l ON l.id = u.link
WHERE u.token_hash = ?1 AND u.expires_ms > ?2 AND ` + linkStands
	selectGuestKey query = `SELECT u.id, u.link, u.token_hash, u.scope_hash, u.salt, u.sealed, u.created_ms, u.expires_ms, l.account, l.camera, l.clip, l.label, 0
FROM guest u JOIN guest_link l ON l.id = u.link WHERE u.id = ?`
	// ?1 account
	selectLinks query = `SELECT l.id, l.account, l.camera, l.clip, l.label, l.secret_hash, l.salt, l.sealed, l.views, l.views_left, l.created_ms, l.expires_ms, l.revoked_ms, c.owner, a.name
FROM guest_link l JOIN account a ON a.id = l.account JOIN camera c ON c.id = l.camera AND c.removed_ms IS NULL
WHERE l.account = ?1 OR c.owner = ?1 ORDER BY l.created_ms DESC, l.id`
	countLinks       query = `SELECT count(*) FROM guest_link WHERE account = ? AND revoked_ms IS NULL AND expires_ms > ?`
	selectLinkGuests query = `SELECT id FROM guest WHERE link = ?`
	insertLink       query = `INSERT INTO guest_link (id, account, camera, clip, label, secret_hash, salt, sealed, views, views_left, created_ms, expires_ms)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
	insertGuest query = `INSERT INTO guest (id, link, token_hash, scope_hash, salt, sealed, created_ms, expires_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`
	// ?1 link, ?2 account, ?3 now. The wrapped key goes at once, the rest is
	// there for the list.
	updateLinkRevoked query = `UPDATE guest_link SET revoked_ms = ?3, salt = zeroblob(16), sealed = zeroblob(48)
WHERE id = ?1 AND revoked_ms IS NULL AND (account = ?2 OR camera IN (SELECT id FROM camera WHERE owner = ?2))
RETURNING camera, clip`
	selectStanding   query = `SELECT id FROM guest_link WHERE account = ? AND revoked_ms IS NULL`
	deleteLinkGuests query = `DELETE FROM guest WHERE link = ?`

	// ?1 camera, ?2 account, ?3 all of them, ?4 where the history begins, ?5 whether it hears
	selectLinksBeyond query = `SELECT l.id FROM guest_link l WHERE l.camera = ?1 AND l.account = ?2 AND l.revoked_ms IS NULL
AND (?3 OR NOT EXISTS (SELECT 1 FROM clip k LEFT JOIN event e ON e.id = k.event
  WHERE k.id = l.clip AND k.start_ns >= ?4 * 1000000 AND (?5 OR coalesce(e.kind, '') <> 'sound')))`
	// ?1 camera, ?2 account, ?3 now
	updateLinksTo query = `UPDATE guest_link SET revoked_ms = coalesce(revoked_ms, ?3), salt = zeroblob(16), sealed = zeroblob(48)
WHERE camera = ?1 AND account = ?2`
	deleteGuestsTo query = `DELETE FROM guest WHERE link IN (SELECT id FROM guest_link WHERE camera = ? AND account = ?)`
	// ?1 now, ?2 until when links that are over are listed
	selectGuestsOver query = `SELECT EXISTS (SELECT 1 FROM guest WHERE expires_ms <= ?1)
OR EXISTS (SELECT 1 FROM guest_link WHERE expires_ms <= ?1 AND sealed <> zeroblob(48)) OR EXISTS (SELECT 1 FROM guest_link WHERE expires_ms <= ?2)`
	deleteGuestsOver query = `DELETE FROM guest WHERE expires_ms <= ?`
	updateLinksOver  query = `UPDATE guest_link SET salt = zeroblob(16), sealed = zeroblob(48) WHERE expires_ms <= ? AND sealed <> zeroblob(48)`
	deleteLinksOver  query = `DELETE FROM guest_link WHERE expires_ms <= ?`
)

func guestStatements() []query {
	return []query{updateLinkViewed, selectGuest, selectGuestKey, selectLinks, countLinks, selectLinkGuests, insertLink, insertGuest,
		updateLinkRevoked, updateLinksTo, deleteGuestsTo, selectStanding, selectLinksBeyond, deleteLinkGuests, selectGuestsOver, deleteGuestsOver, updateLinksOver, deleteLinksOver}
}

func (l *GuestLink) dest(created, expires *int64, revoked *sql.NullInt64) []any {
	return []any{&l.ID, &l.Account, &l.Camera, &l.Clip, &l.Label, &l.SecretHash, &l.Salt, &l.Sealed, &l.Views, &l.ViewsLeft, created, expires, revoked}
}

func (l *GuestLink) times(created, expires int64, revoked sql.NullInt64) {
	l.Created, l.Expires, l.Revoked = fromMS(created), fromMS(expires), fromNullMS(revoked)
}

// AddLink enters a guest link.
func (t *Tx) AddLink(ctx context.Context, l GuestLink) error {
	_, err := t.exec(ctx, insertLink, l.ID[:], l.Account[:], l.Camera[:], l.Clip[:], l.Label, l.SecretHash, l.Salt, l.Sealed,
		l.Views, l.ViewsLeft, l.Created.UnixMilli(), l.Expires.UnixMilli())
	return err
}

// LinksStanding counts the links of an account that are neither revoked nor
// over.
func (v View) LinksStanding(ctx context.Context, account AccountID, now time.Time) (n int, err error) {
	return n, v.one(ctx, countLinks, []any{account[:], now.UnixMilli()}, &n)
}

// ViewLink takes one view of the link that a secret's hash finds; ErrNoRow if
// there is none that stands with a view left.
func (t *Tx) ViewLink(ctx context.Context, hash []byte, a GuestAsking) (l GuestLink, err error) {
	var created, expires int64
	var revoked sql.NullInt64
	err = t.one(ctx, updateLinkViewed, []any{hash, a.Now.UnixMilli(), a.Rights, a.Sound}, l.dest(&created, &expires, &revoked)...)
	l.times(created, expires, revoked)
	return l, err
}

// AddGuest enters a guest of a link.
func (t *Tx) AddGuest(ctx context.Context, g Guest) error {
	_, err := t.exec(ctx, insertGuest, g.ID[:], g.Link[:], g.TokenHash, g.ScopeHash, g.Salt, g.Sealed, g.Created.UnixMilli(), g.Expires.UnixMilli())
	return err
}

// GuestByToken finds the guest of a cookie whose link stands now, or ErrNoRow.
func (v View) GuestByToken(ctx context.Context, hash []byte, a GuestAsking) (Guest, error) {
	return v.guest(ctx, selectGuest, hash, a.Now.UnixMilli(), a.Rights, a.Sound)
}

// Guest finds a guest's wrapped key, whatever became of its link, or ErrNoRow.
func (v View) Guest(ctx context.Context, id GuestID) (Guest, error) {
	return v.guest(ctx, selectGuestKey, id[:])
}

func (v View) guest(ctx context.Context, q query, args ...any) (g Guest, err error) {
	var created, expires int64
	err = v.one(ctx, q, args, &g.ID, &g.Link, &g.TokenHash, &g.ScopeHash, &g.Salt, &g.Sealed, &created, &expires, &g.Maker, &g.Camera, &g.Clip, &g.Label, &g.Heard)
	g.Created, g.Expires = fromMS(created), fromMS(expires)
	return g, err
}

// Links lists the links an account made, and those to clips of its own
// cameras, newest first.
func (v View) Links(ctx context.Context, account AccountID) ([]ListedLink, error) {
	return all(ctx, v, selectLinks, []any{account[:]}, func(r *sql.Rows, l *ListedLink) error {
		var created, expires int64
		var revoked sql.NullInt64
		err := r.Scan(append(l.dest(&created, &expires, &revoked), &l.Owner, &l.MakerName)...)
		l.times(created, expires, revoked)
		return err
	})
}

// RevokedLink is what was ended with a link.
type RevokedLink struct {
	ID     GuestLinkID
	Camera media.CameraID
	Clip   media.ClipID
	Guests []GuestID
}

// RevokeLink ends a link for its maker or the camera's owner, with its guests;
// ErrNoRow if there is none that stands.
func (t *Tx) RevokeLink(ctx context.Context, id GuestLinkID, account AccountID, at time.Time) (l RevokedLink, err error) {
	l.ID = id
	if err := t.one(ctx, updateLinkRevoked, []any{id[:], account[:], at.UnixMilli()}, &l.Camera, &l.Clip); err != nil {
		return l, err
	}
	l.Guests, err = all(ctx, t.View, selectLinkGuests, []any{id[:]}, func(r *sql.Rows, g *GuestID) error { return r.Scan(g) })
	if err != nil {
		return l, err
	}
	_, err = t.exec(ctx, deleteLinkGuests, id[:])
	return l, err
}

// RevokeLinks ends all links that an account made, with their guests, and says
// how many.
func (t *Tx) RevokeLinks(ctx context.Context, account AccountID, at time.Time) (n int, guests []GuestID, err error) {
	links, err := all(ctx, t.View, selectStanding, []any{account[:]}, func(r *sql.Rows, id *GuestLinkID) error { return r.Scan(id) })
	if err != nil {
		return 0, nil, err
	}
	for _, id := range links {
		l, err := t.RevokeLink(ctx, id, account, at)
		if err != nil {
			return 0, nil, err
		}
		guests = append(guests, l.Guests...)
	}
	return len(links), guests, nil
}

// RevokeLinksTo ends the links that an account made to a camera's clips, with
// their guests: no later grant brings them back.
func (t *Tx) RevokeLinksTo(ctx context.Context, camera media.CameraID, account AccountID, at time.Time) error {
	if _, err := t.exec(ctx, updateLinksTo, camera[:], account[:], at.UnixMilli()); err != nil {
		return err
	}
	_, err := t.exec(ctx, deleteGuestsTo, camera[:], account[:])
	return err
}

// RevokeLinksBeyond ends those links that the account of a grant made and that
// the grant does not reach any more: to clips of before its history, unless it hears
// to those of a sound, or all. No later grant brings them back.
func (t *Tx) RevokeLinksBeyond(ctx context.Context, g Grant, every, hears bool, at time.Time) (ended []RevokedLink, err error) {
	links, err := all(ctx, t.View, selectLinksBeyond, []any{g.Camera[:], g.Account[:], every, g.HistoryFrom.UnixMilli(), hears}, func(r *sql.Rows, id *GuestLinkID) error { return r.Scan(id) })
	if err != nil {
		return nil, err
	}
	for _, id := range links {
		l, err := t.RevokeLink(ctx, id, g.Account, at)
		if err != nil {
			return nil, err
		}
		ended = append(ended, l)
	}
	return ended, nil
}

// GuestsOver reports whether EndGuests has anything to do.
func (v View) GuestsOver(ctx context.Context, now, listed time.Time) (over bool, err error) {
	return over, v.one(ctx, selectGuestsOver, []any{now.UnixMilli(), listed.UnixMilli()}, &over)
}

// EndGuests removes the guests whose time is over and the keys of such links;
// links that ended before listed are forgotten.
func (t *Tx) EndGuests(ctx context.Context, now, listed time.Time) error {
	if _, err := t.exec(ctx, deleteGuestsOver, now.UnixMilli()); err != nil {
		return err
	}
	if _, err := t.exec(ctx, updateLinksOver, now.UnixMilli()); err != nil {
		return err
	}
	_, err := t.exec(ctx, deleteLinksOver, listed.UnixMilli())
	return err
}
