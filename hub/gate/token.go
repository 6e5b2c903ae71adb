package gate

import (
	"context"
	"errors"
	"slices"
	"time"

	"lares/cameras/fault"
	"lares/cameras/media"
	"lares/hub/account"
	"lares/hub/journal"
	"lares/hub/store"
	"lares/hub/vault"
)

// TokenID names one API token; it is no secret.
type TokenID = store.TokenID

const (
	// maxTokens bounds the API tokens of an account: each takes a place in the
	// epoch records of its cameras.
	maxTokens = 50
	// maxTokenCameras bounds the cameras of a token.
	maxTokenCameras = 64
)

// TokenRequest asks for an API token.
type TokenRequest struct {
	Name    string // 1 to 64 characters, printable
	Cameras []TokenGrant
	Expires time.Time // zero is never
	Away    bool      // it may say whether its maker is away; then it needs no camera
}

// TokenGrant is what a token may do with one of its maker's cameras.
type TokenGrant struct {
	Camera  media.CameraID
	Actions []Action    // not GuestLinks: links are a person's to make
	History HistoryFrom // "" is FromNow
}

// Token is an API token as its maker sees it. The token itself is shown once.
type Token struct {
	ID      TokenID
	Name    string
	Cameras []TokenCamera
	Created time.Time
	Expires time.Time // zero is never
	Used    time.Time // roughly; zero before the first use
	Away    bool      // it may say whether its maker is away
}

// TokenCamera is what a token may do with a camera.
type TokenCamera struct {
	Camera      media.CameraID
	Actions     []Action
	HistoryFrom time.Time // Unix 0 is all
}

// admitToken is admit for an API token: a row of its own says what it may do,
// and it owns nothing, whoever made it.
func (g *Gate) admitToken(ctx context.Context, c account.Caller, camera media.CameraID, a Action, now time.Time) (Pass, store.Admission, error) {
	m, err := g.cfg.Store.AdmitToken(ctx, c.Token, c.Account, now, camera)
	if err != nil {
		return g.anybody(c, camera, a, err)
	}
	if fault.On {
		m = fault.Swap(fault.Grant, m.Owner.String(), m)
	}
	if m.Token != c.Token || m.Camera != camera || m.Owner != c.Account {
		return Pass{}, store.Admission{}, g.crossing(fault.Grant, camera, c.Account)
	}
	if m.Actions&bit(a) == 0 { // also for what is no action
		return g.anybody(c, camera, a, ErrNotFound)
	}
	return Pass{
		action: a, camera: camera, heard: m.Actions&bit(Audio) != 0, managed: m.Actions&bit(Manage) != 0,
		account: c.Account, session: c.Session, proof: c.Proof(),
	}, m.Admission, nil
}

// rows checks a request and makes its rows, one per camera.
func (r TokenRequest) rows(now time.Time) ([]store.TokenCamera, error) {
	if !isName(r.Name) {
		return nil, ErrInput
	}
	if len(r.Cameras) == 0 && !r.Away || len(r.Cameras) > maxTokenCameras || over(r.Expires, now) {
		return nil, ErrInput
	}
	var rows []store.TokenCamera
	for _, k := range r.Cameras {
		row := store.TokenCamera{Camera: k.Camera, HistoryFrom: now}
		for _, a := range k.Actions {
			row.Actions |= bit(a)
			if bit(a) == 0 || a == GuestLinks {
				return nil, ErrInput
			}
		}
		switch k.History {
		case FromStart:
			row.HistoryFrom = allHistory()
		case FromNow, "":
		default:
			return nil, ErrInput
		}
		twice := slices.ContainsFunc(rows, func(o store.TokenCamera) bool { return o.Camera == row.Camera })
		if row.Actions == 0 || twice {
			return nil, ErrInput
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// MakeToken makes an API token for some of the caller's own cameras: rows, keys
// and the epochs that name it, or none of it. It returns the token, which is
// shown once. Errors are ErrNotFound for a camera that is not the caller's own,
// ErrInput, ErrTooMany and ErrUnavailable.
func (g *Gate) MakeToken(ctx context.Context, c account.Caller, r TokenRequest) (id TokenID, token string, err error) {
	n, err := g.makeToken(ctx, c, r)
	if err != nil {
		return TokenID{}, "", g.answer(err)
	}
	for _, k := range r.Cameras {
		g.cfg.Rekeyed(k.Camera)
	}
	return n.Token.ID, account.FormatAPIToken(n.Secret), nil
}

func (g *Gate) makeToken(ctx context.Context, c account.Caller, r TokenRequest) (n vault.NewToken, err error) {
	now, err := g.now()
	if err != nil {
		return n, err
	}
	rows, err := r.rows(now)
	if err != nil {
		return n, err
	}
	for _, k := range r.Cameras {
		if _, err := g.admitOwner(ctx, c, k.Camera); err != nil {
			return n, err
		}
	}
	owner, err := g.cfg.Vault.Unlock(ctx, c.Proof())
	if err != nil {
		return n, err
	}
	if n, err = g.cfg.Vault.NewToken(c.Account); err != nil {
		return n, err
	}
	n.Token.Name, n.Token.Expires, n.Token.Away = r.Name, r.Expires, r.Away
	err = g.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		if err := g.cfg.Vault.Stands(ctx, tx.View, c.Proof(), owner); err != nil {
			return err
		}
		had, err := tx.Tokens(ctx, c.Account)
		if err != nil {
			return err
		}
		if len(had) >= maxTokens {
			return ErrTooMany
		}
		if err := tx.AddToken(ctx, n.Token, n.Principal, rows); err != nil {
			return err
		}
		for i, k := range rows {
			if err := g.shareWithToken(ctx, tx, owner, n.Principal.ID, k, r.Cameras[i].History); err != nil {
				return err
			}
			if err := g.noteToken(ctx, tx, c, r, i, n.Token.ID); err != nil {
				return err
			}
		}
		return g.noteAwayToken(ctx, tx, c, r, n.Token.ID)
	})
	return n, err
}

// noteToken notes what a token may do with one of its cameras.
func (g *Gate) noteToken(ctx context.Context, tx *store.Tx, c account.Caller, r TokenRequest, i int, id TokenID) error {
	k := r.Cameras[i]
	if k.History == "" {
		k.History = FromNow
	}
	e := journal.Entry{Kind: journal.TokenMade, Camera: k.Camera, Object: id, Detail: map[string]any{"actions": k.Actions, "history": k.History}}
	if !r.Expires.IsZero() {
		e.Detail["expires"] = r.Expires.UTC().Format(time.RFC3339)
	}
	return g.enter(ctx, tx, c, e)
}

// noteAwayToken notes that a token may say whether its maker is away, which is of no
// camera.
func (g *Gate) noteAwayToken(ctx context.Context, tx *store.Tx, c account.Caller, r TokenRequest, id TokenID) error {
	if !r.Away {
		return nil
	}
	e := journal.Entry{Kind: journal.TokenMade, Object: id, Detail: map[string]any{"away": true}}
	if !r.Expires.IsZero() {
		e.Detail["expires"] = r.Expires.UTC().Format(time.RFC3339)
	}
	return g.enter(ctx, tx, c, e)
}

// shareWithToken begins the epoch of one camera that names the token.
func (g *Gate) shareWithToken(ctx context.Context, tx *store.Tx, owner *vault.OpenedAccount, token store.PrincipalID, k store.TokenCamera, from HistoryFrom) error {
	camera, err := g.ownCamera(ctx, tx, k.Camera, owner.ID())
	if err != nil {
		return err
	}
	stored := k.Actions&opensStored() != 0
	if stored && from == FromStart {
		if err := g.cfg.Vault.ShareHistory(ctx, tx, owner, camera, token, k.HistoryFrom, nil); err != nil {
			return err
		}
	}
	return g.newEpoch(ctx, tx, camera, vault.Change{Owner: owner, Add: &vault.Member{Principal: token, Store: stored}})
}

// Tokens are the API tokens of a person, oldest first.
func (g *Gate) Tokens(ctx context.Context, c account.Caller) ([]Token, error) {
	ctx, cancel := context.WithTimeout(ctx, answerIn)
	defer cancel()
	rows, err := g.tokens(ctx, c)
	if err != nil {
		return nil, g.answer(err)
	}
	held, err := g.tokenCameras(ctx, c)
	if err != nil {
		return nil, g.answer(err)
	}
	list := make([]Token, len(rows))
	for i, r := range rows {
		list[i] = Token{ID: r.ID, Name: r.Name, Created: r.Created, Expires: r.Expires, Used: r.Used, Away: r.Away}
		for _, k := range held {
			if k.Token == r.ID {
				list[i].Cameras = append(list[i].Cameras, TokenCamera{k.Camera, named(k.Actions), k.HistoryFrom})
			}
		}
	}
	return list, nil
}

// EndToken ends one of the caller's API tokens: rows and wraps are gone when it
// returns, and new epochs have begun or follow by themselves. It returns
// ErrNotFound or ErrUnavailable.
func (g *Gate) EndToken(ctx context.Context, c account.Caller, id TokenID) error {
	mine := func(ctx context.Context, f func(*store.Tx) error) error { return g.write(ctx, c, f) }
	cameras, err := g.endToken(ctx, id, c.Account, c.Entry(journal.TokenEnded), mine)
	if err != nil {
		return g.answer(err)
	}
	// The token is gone whatever happens now; the owner signs if it can.
	owner, err := g.cfg.Vault.Unlock(ctx, c.Proof())
	if err != nil {
		return g.answer(err)
	}
	var errs []error
	for _, camera := range cameras {
		bumped, err := g.bump(ctx, camera, owner)
		if bumped {
			g.cfg.Rekeyed(camera)
		}
		if !errors.Is(err, store.ErrNoRow) { // removed meanwhile
			errs = append(errs, err)
		}
	}
	return g.answer(errors.Join(errs...))
}

// endToken removes a token with its keys, cuts its streams and notes that its
// cameras need new epochs. The journal gets e for each of them, or once where there is
// none; write runs the transaction.
func (g *Gate) endToken(
	ctx context.Context, id TokenID, maker account.ID, e journal.Entry, write func(context.Context, func(*store.Tx) error) error,
) (cameras []media.CameraID, err error) {
	e.Object = id
	err = write(ctx, func(tx *store.Tx) error {
		if cameras, err = tx.RemoveToken(ctx, id, maker); err != nil {
			return err
		}
		if len(cameras) == 0 {
			return g.cfg.Journal.Due(ctx, tx, e)
		}
		for _, e.Camera = range cameras {
			if err := g.cfg.Journal.Due(ctx, tx, e); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	g.cfg.Store.Scrub()
	for _, camera := range cameras {
		g.overdue(camera)
		g.cfg.Revoked(maker, camera)
	}
	return cameras, nil
}

// expireTokens ends the tokens that ran out.
func (g *Gate) expireTokens(ctx context.Context, now time.Time) error {
	expired, err := g.cfg.Store.ExpiredTokens(ctx, now)
	if err != nil {
		return err
	}
	var errs []error
	for _, t := range expired {
		e := journal.Entry{Kind: journal.TokenEnded, Other: t.Account, Detail: map[string]any{"why": "expired"}}
		if _, err := g.endToken(ctx, t.ID, t.Account, e, g.cfg.Store.Update); !errors.Is(err, store.ErrNoRow) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}
