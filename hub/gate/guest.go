package gate

import (
	"context"
	"crypto/subtle"
	"encoding/hex"
	"time"

	"lares/cameras/fault"
	"lares/cameras/media"
	"lares/cameras/seal"
	"lares/hub/account"
	"lares/hub/journal"
	"lares/hub/store"
	"lares/hub/vault"
	"lares/recorder"
)

// LinkID names one guest link, GuestID one browser that came by one; neither is
// a secret.
type (
	LinkID  = store.GuestLinkID
	GuestID = store.GuestID
)

const (
	// MaxLinkViews and MaxLinkLife bound a guest link.
	MaxLinkViews = 1000
	MaxLinkLife  = 30 * 24 * time.Hour
	// guestLife is how long one visit lasts.
	guestLife = time.Hour
	// linksListed is how long a link that is over stays in the list.
	linksListed = 30 * 24 * time.Hour
	// maxLinks bounds the links of an account that stand at a time.
	maxLinks = 200
)

// linkRights are what a link's maker must be allowed, when it makes the link and
// at every request of a guest.
func linkRights() uint32 { return bit(History) | bit(GuestLinks) }

// guestAsking is what is asked of a link's maker, now.
func guestAsking(now time.Time) store.GuestAsking {
	return store.GuestAsking{Now: now, Rights: linkRights(), Sound: bit(Audio)}
}

// LinkRequest asks for a guest link.
type LinkRequest struct {
	Views int           // 1 to MaxLinkViews
	Life  time.Duration // up to MaxLinkLife
	Label string        // shown to guests; up to 64 printable characters
}

// Link is a guest link as its maker sees it, and the owner of the camera. The
// secret is shown once.
type Link struct {
	ID        LinkID
	Camera    media.CameraID
	Clip      media.ClipID
	Label     string
	Maker     account.ID
	MakerName string
	Views     int
	ViewsLeft int
	Created   time.Time
	Expires   time.Time
	Revoked   bool
}

// MakeLink makes a guest link for the clip of a GuestLinks pass: it wraps the
// clip key, opened with the caller's own keys, with a new secret, which it
// returns in hexadecimal. Errors are ErrNotFound, also without the right to see
// the clip, ErrInput, ErrTooMany, ErrCrossed and ErrUnavailable.
func (g *Gate) MakeLink(ctx context.Context, c account.Caller, p Pass, clip *recorder.Clip, r LinkRequest) (l Link, secret string, err error) {
	if p.clip.IsZero() || !p.isFor(GuestLinks) || p.session != c.Session || p.account != c.Account || !c.Token.IsZero() {
		return l, "", g.crossing("pass", p.camera, p.account)
	}
	row := store.GuestLink{Account: c.Account, Camera: p.camera, Clip: p.clip, Label: r.Label, Views: r.Views, ViewsLeft: r.Views}
	if row.Expires, err = g.linkExpiry(r); err != nil {
		return l, "", err
	}
	given := p
	if p, err = g.AdmitClip(ctx, c, p.clip, History); err != nil {
		return l, "", err
	}
	if err := g.isOf(p, clip, fault.FileOpen); err != nil {
		return l, "", err
	}
	h := clip.Header()
	key, err := g.cfg.Vault.ClipKey(ctx, p.proof, h.Camera, h.Clip, h.KID, h.SealedKey)
	if err != nil {
		return l, "", g.answer(err)
	}
	row, drawn := g.cfg.Vault.NewGuestLink(row, key)
	err = g.write(ctx, c, func(tx *store.Tx) error {
		for _, p := range []Pass{given, p} { // what this waited for may have taken the right
			if err := stands(ctx, tx.View, p, row.Created); err != nil {
				return err
			}
		}
		n, err := tx.LinksStanding(ctx, c.Account, row.Created)
		if err != nil {
			return err
		}
		if n >= maxLinks {
			return ErrTooMany
		}
		if err := tx.AddLink(ctx, row); err != nil {
			return err
		}
		detail := map[string]any{"clip": row.Clip.String(), "views": row.Views, "expires": row.Expires.UTC().Format(time.RFC3339)}
		return g.enter(ctx, tx, c, journal.Entry{Kind: journal.LinkMade, Camera: row.Camera, Object: row.ID, Detail: detail})
	})
	if err != nil {
		return l, "", g.answer(err)
	}
	return linkOf(store.ListedLink{GuestLink: row, MakerName: c.Name}), hex.EncodeToString(drawn[:]), nil
}

func (g *Gate) linkExpiry(r LinkRequest) (time.Time, error) {
	now, err := g.now()
	if err != nil {
		return now, err
	}
	if r.Views < 1 || r.Views > MaxLinkViews || r.Life <= 0 || r.Life > MaxLinkLife || !isLabel(r.Label) {
		return now, ErrInput
	}
	return now.Add(r.Life), nil
}

func linkOf(l store.ListedLink) Link {
	return Link{
		ID: l.ID, Camera: l.Camera, Clip: l.Clip, Label: l.Label, Maker: l.Account, MakerName: l.MakerName,
		Views: l.Views, ViewsLeft: l.ViewsLeft, Created: l.Created, Expires: l.Expires, Revoked: !l.Revoked.IsZero(),
	}
}

// Links are those a person made, and those to clips of its own cameras, newest
// first.
func (g *Gate) Links(ctx context.Context, c account.Caller) ([]Link, error) {
	ctx, cancel := context.WithTimeout(ctx, answerIn)
	defer cancel()
	rows, err := g.links(ctx, c)
	if err != nil {
		return nil, g.answer(err)
	}
	list := make([]Link, len(rows))
	for i, r := range rows {
		list[i] = linkOf(r)
	}
	return list, nil
}

// EndLink revokes a link that the caller made, or to a clip of its own camera,
// and says whose streams and connections have to end. It returns ErrNotFound or
// ErrUnavailable.
func (g *Gate) EndLink(ctx context.Context, c account.Caller, id LinkID) (guests []account.SessionID, err error) {
	now, err := g.now()
	if err != nil {
		return nil, err
	}
	var ended store.RevokedLink
	err = g.write(ctx, c, func(tx *store.Tx) error {
		if ended, err = tx.RevokeLink(ctx, id, c.Principal(), now); err != nil {
			return err
		}
		return g.enter(ctx, tx, c, journal.Entry{Kind: journal.LinkEnded, Camera: ended.Camera, Object: id, Detail: map[string]any{"clip": ended.Clip.String()}})
	})
	if err != nil {
		return nil, g.answer(err)
	}
	g.cfg.Store.Scrub()
	for _, u := range ended.Guests {
		guests = append(guests, guestSession(u))
	}
	return guests, nil
}

// guestSession is what connections and streams of a guest are held by. It is no
// login session: where one is asked for there is none of this name.
func guestSession(id GuestID) account.SessionID { return account.SessionID(id) }

// Guest is who comes by a link: nobody, for one clip.
type Guest struct {
	ID      GuestID
	Session account.SessionID // its own
	Maker   account.ID        // of the link; not for the guest's eyes
	Label   string
	Expires time.Time
}

// Visit is a guest as its browser gets it.
type Visit struct {
	Guest Guest
	Token string // 64 hexadecimal digits, for the cookie; a secret
	Scope string // 32 hexadecimal digits, for the URLs; kept like a secret
	Pass  Pass   // for the link's clip, as AdmitGuest gives it
}

// Visit takes one view of a link for its secret and makes a guest of it. A
// secret that is wrong, revoked, over or used up, and one whose maker may not
// show the clip any more, are all ErrNotFound. Place is the address it comes
// from, for the journal.
func (g *Gate) Visit(ctx context.Context, secret, place string) (Visit, error) {
	now, err := g.now()
	if err != nil {
		return Visit{}, err
	}
	given, ok := account.ParseSecret(secret)
	if !ok {
		return Visit{}, ErrNotFound
	}
	ctx, cancel := context.WithTimeout(ctx, answerIn)
	defer cancel()
	var n vault.NewGuest
	err = g.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		link, err := tx.ViewLink(ctx, vault.GuestSecretHash(given), guestAsking(now))
		if err != nil {
			return err
		}
		expires := now.Add(guestLife)
		if link.Expires.Before(expires) {
			expires = link.Expires
		}
		if n, err = g.cfg.Vault.NewGuest(link, given, expires); err != nil {
			return err
		}
		if err := tx.AddGuest(ctx, n.Guest); err != nil {
			return err
		}
		n.Guest, err = tx.GuestByToken(ctx, n.Guest.TokenHash, guestAsking(now))
		return err
	})
	if err != nil {
		return Visit{}, g.answer(err)
	}
	guest, pass := admitted(n.Guest, n.Token, place)
	scope := vault.GuestScope(n.Token)
	return Visit{Guest: guest, Token: hex.EncodeToString(n.Token[:]), Scope: hex.EncodeToString(scope[:]), Pass: pass}, nil
}

// admitted is the guest of a row with the pass for its clip.
func admitted(row store.Guest, token [seal.KeySize]byte, place string) (Guest, Pass) {
	guest := Guest{ID: row.ID, Session: guestSession(row.ID), Maker: row.Maker, Label: row.Label, Expires: row.Expires}
	return guest, Pass{
		action: History, camera: row.Camera, clip: row.Clip, heard: row.Heard, session: guest.Session,
		proof: vault.NewGuestProof(row.ID, token), by: journal.View{Via: journal.ViaGuest, Session: row.ID, Place: place},
	}
}

// AdmitGuest says which guest holds a cookie, if the scope is its own, and may,
// now, see its clip: the database is asked for all of it, the rights of the
// link's maker included. Place is the address it asks from, for the journal. It
// returns ErrNotFound or ErrUnavailable.
func (g *Gate) AdmitGuest(ctx context.Context, token, scope, place string) (Guest, Pass, error) {
	now, err := g.ready()
	if err != nil {
		return Guest{}, Pass{}, err
	}
	given, ok := account.ParseSecret(token)
	named, err := media.ParseID[struct{}](scope)
	if !ok || err != nil {
		return Guest{}, Pass{}, ErrNotFound
	}
	ctx, cancel := context.WithTimeout(ctx, answerIn)
	defer cancel()
	hash := vault.GuestTokenHash(given)
	row, err := g.cfg.Store.GuestByToken(ctx, hash, guestAsking(now))
	if err != nil {
		return Guest{}, Pass{}, g.answer(err)
	}
	if fault.On {
		row = fault.Swap(fault.Guest, row.Maker.String(), row)
	}
	// A row that is not the cookie's own is a crossed lookup, whatever found it.
	if subtle.ConstantTimeCompare(row.TokenHash, hash) != 1 ||
		subtle.ConstantTimeCompare(row.ScopeHash, vault.ScopeHash(vault.GuestScope(given))) != 1 {
		return Guest{}, Pass{}, g.crossing(fault.Guest, row.Camera, account.ID{})
	}
	if subtle.ConstantTimeCompare(row.ScopeHash, vault.ScopeHash(named)) != 1 {
		return Guest{}, Pass{}, ErrNotFound
	}
	guest, pass := admitted(row, given, place)
	return guest, pass, nil
}

// endGuests forgets the guests and the link keys whose time is over.
func (g *Gate) endGuests(ctx context.Context, now time.Time) error {
	listed := now.Add(-linksListed)
	over, err := g.cfg.Store.GuestsOver(ctx, now, listed)
	if err != nil || !over {
		return err
	}
	defer g.cfg.Store.Scrub()
	return g.cfg.Store.Update(ctx, func(tx *store.Tx) error { return tx.EndGuests(ctx, now, listed) })
}
