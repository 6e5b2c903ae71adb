package store

import (
	"context"
	"database/sql"
	"time"

	"lares/cameras/media"
)

// Token is an API token: a program that acts for an account, with keys of its
// own. The token itself is known to who made it only.
type Token struct {
	ID        TokenID
	Account   AccountID // its maker
	Name      string
	TokenHash []byte // 32 bytes
	ScopeHash []byte // 32 bytes
	Created   time.Time
	Expires   time.Time // zero is never
	Used      time.Time // last use, roughly; zero before the first
	Away      bool      // it may say whether its maker is away
}

// BearerToken is a living token with the name of its maker.
type BearerToken struct {
	Token
	MakerName string
}

// TokenCamera is what a token may do with one camera of its maker.
type TokenCamera struct {
	Token       TokenID
	Maker       AccountID // of the token, where TokenCameras read it
	Camera      media.CameraID
	Actions     uint32    // as in Grant
	HistoryFrom time.Time // as in Grant
}

const (
	// A token is alive until it expires, and while neither its maker nor the hub
	// is locked down. Every statement below that answers "may it" says so.
	tokenAlive = `(t.expires_ms IS NULL OR t.expires_ms > ?2) AND NOT EXISTS (SELECT 1 FROM lockdown l WHERE l.account IN (t.account, zeroblob(16)))`

	// ?1 hash, ?2 now
	selectBearer query = `SELECT t.id, t.account, t.name, t.token_hash, t.scope_hash, t.created_ms, t.expires_ms, t.used_ms, t.away, a.name
FROM token t JOIN account a ON a.id = t.account WHERE t.token_hash = ?1 AND ` + tokenAlive
	// ?1 token, ?2 now, ?3 maker, ?4 camera. The row says whom and what it is
	// about. A camera that changed its owner is not the maker's any more.
	selectTokenAdmission query = `SELECT t.id, c.id, c.owner, k.actions, k.history_from_ms
FROM token t
JOIN token_camera k ON k.token = t.id AND k.camera = ?4
JOIN camera c ON c.id = k.camera AND c.owner = t.account AND c.removed_ms IS NULL AND c.retired_ms IS NULL
WHERE t.id = ?1 AND t.account = ?3 AND ` + tokenAlive
	selectTokens query = `SELECT id, account, name, token_hash, scope_hash, created_ms, expires_ms, used_ms, away FROM token WHERE account = ? ORDER BY created_ms, id`
	// ?1 account
	selectTokenCameras query = `SELECT k.token, t.account, k.camera, k.actions, k.history_from_ms
FROM token t JOIN token_camera k ON k.token = t.id JOIN camera c ON c.id = k.camera AND c.owner = t.account AND c.removed_ms IS NULL AND c.retired_ms IS NULL
WHERE t.account = ?1 ORDER BY k.token, k.camera`
	selectExpiredTokens query = `SELECT id, account, name, token_hash, scope_hash, created_ms, expires_ms, used_ms, away FROM token WHERE expires_ms <= ? ORDER BY expires_ms`
	// ?1 camera, ?2 now. Lockdown closes doors, and takes no keys.
	selectTokensOfCamera query = `SELECT t.id FROM token_camera k JOIN token t ON t.id = k.token
WHERE k.camera = ?1 AND (t.expires_ms IS NULL OR t.expires_ms > ?2) ORDER BY t.id`
	selectCamerasOfToken query = `SELECT camera FROM token_camera WHERE token = ?`
	insertToken          query = `INSERT INTO token (id, account, name, token_hash, scope_hash, created_ms, expires_ms, away) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`
	insertTokenCamera    query = `INSERT INTO token_camera (token, camera, actions, history_from_ms) VALUES (?, ?, ?, ?)`
	updateTokenUsed      query = `UPDATE token SET used_ms = ? WHERE id = ?`
	deleteToken          query = `DELETE FROM token WHERE id = ? AND account = ?`
	deleteTokenWraps     query = `DELETE FROM epoch_wrap WHERE principal = ?`
	deleteTokenKeys      query = `DELETE FROM principal WHERE id = ? AND kind = 'token'`
)

func tokenStatements() []query {
	return []query{selectBearer, selectTokenAdmission, selectTokens, selectTokenCameras, selectExpiredTokens, selectTokensOfCamera,
		selectCamerasOfToken, insertToken, insertTokenCamera, updateTokenUsed, deleteToken, deleteTokenWraps, deleteTokenKeys}
}

func (t *Token) scan(r interface{ Scan(...any) error }, more ...any) error {
	var created int64
	var expires, used sql.NullInt64
	dest := []any{&t.ID, &t.Account, &t.Name, &t.TokenHash, &t.ScopeHash, &created, &expires, &used, &t.Away}
	if err := r.Scan(append(dest, more...)...); err != nil {
		return err
	}
	t.Created, t.Expires, t.Used = fromMS(created), fromNullMS(expires), fromNullMS(used)
	return nil
}

func fromNullMS(ms sql.NullInt64) time.Time {
	if !ms.Valid {
		return time.Time{}
	}
	return fromMS(ms.Int64)
}

// TokenByHash finds a living API token, or ErrNoRow.
func (v View) TokenByHash(ctx context.Context, hash []byte, now time.Time) (t BearerToken, err error) {
	found, err := all(ctx, v, selectBearer, []any{hash, now.UnixMilli()}, func(r *sql.Rows, t *BearerToken) error { return t.scan(r, &t.MakerName) })
	if err != nil {
		return t, err
	}
	if len(found) != 1 {
		return t, ErrNoRow
	}
	return found[0], nil
}

// TokenAdmission is the answer to "may this token do anything with this camera".
type TokenAdmission struct {
	Admission
	Token  TokenID        // the row's own
	Camera media.CameraID // the row's own
}

// AdmitToken reads what a living token of an account may do with a camera now;
// ErrNoRow if nothing.
func (v View) AdmitToken(ctx context.Context, token TokenID, maker AccountID, now time.Time, camera media.CameraID) (m TokenAdmission, err error) {
	var from int64
	err = v.one(ctx, selectTokenAdmission, []any{token[:], now.UnixMilli(), maker[:], camera[:]}, &m.Token, &m.Camera, &m.Owner, &m.Actions, &from)
	m.HistoryFrom = fromMS(from)
	return m, err
}

// Tokens lists the tokens of an account, oldest first; expired ones may still
// be among them for a moment.
func (v View) Tokens(ctx context.Context, account AccountID) ([]Token, error) {
	return all(ctx, v, selectTokens, []any{account[:]}, func(r *sql.Rows, t *Token) error { return t.scan(r) })
}

// TokenCameras lists the cameras of all tokens of an account.
func (v View) TokenCameras(ctx context.Context, account AccountID) ([]TokenCamera, error) {
	return all(ctx, v, selectTokenCameras, []any{account[:]}, func(r *sql.Rows, k *TokenCamera) error {
		var from int64
		err := r.Scan(&k.Token, &k.Maker, &k.Camera, &k.Actions, &from)
		k.HistoryFrom = fromMS(from)
		return err
	})
}

// ExpiredTokens lists the tokens that ran out.
func (v View) ExpiredTokens(ctx context.Context, now time.Time) ([]Token, error) {
	return all(ctx, v, selectExpiredTokens, []any{now.UnixMilli()}, func(r *sql.Rows, t *Token) error { return t.scan(r) })
}

// TokensOfCamera lists the tokens that hold keys of a camera.
func (v View) TokensOfCamera(ctx context.Context, camera media.CameraID, now time.Time) ([]TokenID, error) {
	return all(ctx, v, selectTokensOfCamera, []any{camera[:], now.UnixMilli()}, func(r *sql.Rows, id *TokenID) error { return r.Scan(id) })
}

// AddToken enters a token with its keys and its cameras.
func (t *Tx) AddToken(ctx context.Context, n Token, p Principal, cameras []TokenCamera) error {
	if err := t.AddPrincipal(ctx, p); err != nil {
		return err
	}
	_, err := t.exec(ctx, insertToken, n.ID[:], n.Account[:], n.Name, n.TokenHash, n.ScopeHash, n.Created.UnixMilli(), nullMS(n.Expires), n.Away)
	if err != nil {
		return err
	}
	for _, k := range cameras {
		if _, err := t.exec(ctx, insertTokenCamera, n.ID[:], k.Camera[:], k.Actions, k.HistoryFrom.UnixMilli()); err != nil {
			return err
		}
	}
	return nil
}

// UseToken notes the last use of a token.
func (t *Tx) UseToken(ctx context.Context, id TokenID, at time.Time) error {
	_, err := t.exec(ctx, updateTokenUsed, at.UnixMilli(), id[:])
	return err
}

// RemoveToken removes a token of an account with its keys and wraps, and lists
// the cameras whose keys it held; ErrNoRow if there is none. Each of these
// cameras needs a new epoch.
func (t *Tx) RemoveToken(ctx context.Context, id TokenID, account AccountID) ([]media.CameraID, error) {
	cameras, err := all(ctx, t.View, selectCamerasOfToken, []any{id[:]}, func(r *sql.Rows, c *media.CameraID) error { return r.Scan(c) })
	if err != nil {
		return nil, err
	}
	if err := must1(t.exec(ctx, deleteToken, id[:], account[:])); err != nil {
		return nil, err
	}
	for _, q := range []query{deleteTokenWraps, deleteTokenKeys} {
		if _, err := t.exec(ctx, q, id[:]); err != nil {
			return nil, err
		}
	}
	return cameras, nil
}

// RemoveTokens removes all tokens of an account as RemoveToken does, and says
// how many: before the account goes, and when its keys change. The epochs of
// its cameras are the caller's to begin anew.
func (t *Tx) RemoveTokens(ctx context.Context, account AccountID) (int, error) {
	tokens, err := t.Tokens(ctx, account)
	if err != nil {
		return 0, err
	}
	for _, k := range tokens {
		if _, err := t.RemoveToken(ctx, k.ID, account); err != nil {
			return 0, err
		}
	}
	return len(tokens), nil
}
