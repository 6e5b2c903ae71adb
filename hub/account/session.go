package account

import (
	"bytes"
	"context"
	"crypto/subtle"
	"encoding/hex"
	"errors"

	"lares/cameras/fault"
	"lares/cameras/media"
	"lares/cameras/seal"
	"lares/hub/store"
	"lares/hub/vault"
)

func formatToken(t [seal.KeySize]byte) string { return hex.EncodeToString(t[:]) }

func formatScope(s [16]byte) string { return hex.EncodeToString(s[:]) }

// ParseSecret reads a token, of a session, a program or a guest: the canonical
// spelling only, so that one session has one cookie.
func ParseSecret(s string) (t [seal.KeySize]byte, ok bool) {
	if len(s) != hex.EncodedLen(len(t)) {
		return t, false
	}
	_, err := hex.Decode(t[:], []byte(s))
	return t, err == nil && formatToken(t) == s
}

// belongs reports whether a row is, in each of its parts, that of the token: one
// that is not is a crossed lookup, whatever found it.
func belongs(row store.SignedIn, token [seal.KeySize]byte) (fault.Site, bool) {
	switch {
	case subtle.ConstantTimeCompare(row.TokenHash, vault.TokenHash(token)) != 1:
		return fault.Session, false
	case subtle.ConstantTimeCompare(row.ScopeHash, vault.ScopeHash(vault.Scope(token))) != 1:
		return fault.Scope, false
	case row.ID != vault.SessionName(token, row.Account):
		return fault.Account, false
	}
	return "", true
}

// swapped is the row as a build with faults finds it: with one of its parts at
// most somebody else's, so that each swap is counted.
func swapped(row store.SignedIn) store.SignedIn {
	tenant, id, scope := row.Account.String(), row.ID, row.ScopeHash
	if row = fault.Swap(fault.Session, tenant, row); row.ID != id {
		return row
	}
	if row.ScopeHash = fault.Swap(fault.Scope, tenant, row.ScopeHash); !bytes.Equal(row.ScopeHash, scope) {
		return row
	}
	row.Account = fault.Swap(fault.Account, tenant, row.Account)
	return row
}

// Authenticate says who holds a token, if the scope belongs to the same login
// session. It returns ErrCredentials or ErrUnavailable.
func (s *Service) Authenticate(ctx context.Context, token, scope string) (Caller, error) {
	given, err := media.ParseID[struct{}](scope)
	if err != nil {
		return Caller{}, ErrCredentials
	}
	signed, err := s.resume(ctx, token, vault.ScopeHash(given))
	return signed.Caller, err
}

// Resume is Authenticate for a reloaded page that does not know its scope yet.
// Token of the answer is the one given.
func (s *Service) Resume(ctx context.Context, token string) (SignedIn, error) {
	return s.resume(ctx, token, nil)
}

// resume finds the session of a token, and asks that it be the one of a scope
// too, unless scopeHash is nil.
func (s *Service) resume(ctx context.Context, token string, scopeHash []byte) (SignedIn, error) {
	now, err := s.now()
	if err != nil {
		return SignedIn{}, err
	}
	t, ok := ParseSecret(token)
	if !ok {
		return SignedIn{}, ErrCredentials
	}
	ctx, cancel := context.WithTimeout(ctx, answerIn)
	defer cancel()
	hash := vault.TokenHash(t)
	row, err := s.cfg.Store.SessionByToken(ctx, hash, Alive(now))
	if errors.Is(err, store.ErrNoRow) {
		return SignedIn{}, ErrCredentials
	}
	if err != nil {
		return SignedIn{}, s.doubt(err)
	}
	own := vault.Scope(t)
	if fault.On {
		row = swapped(row)
	}
	if site, ok := belongs(row, t); !ok {
		s.cfg.Vault.Refusals().Note(vault.Crossing{Site: site, Owner: row.Account})
		return SignedIn{}, ErrCredentials
	}
	if scopeHash != nil && subtle.ConstantTimeCompare(row.ScopeHash, scopeHash) != 1 {
		return SignedIn{}, ErrCredentials
	}
	if now.Sub(row.Seen) >= seenEvery {
		err := s.cfg.Store.Update(ctx, func(tx *store.Tx) error { return tx.SeeSession(ctx, row.ID, now) })
		if err != nil {
			s.cfg.Log.Warn("use of a session not noted", "error", err) // it ends sooner, no more
		}
	}
	return SignedIn{
		Token: token, Scope: formatScope(own),
		Caller: Caller{
			Account: row.Account, Name: row.Name, Operator: row.Operator, Session: row.ID, Locked: row.Locked, Proved: row.Proved, Place: row.Place, Seen: row.Seen,
			proof: vault.NewProof(row.Account, row.ID, t),
		},
	}, nil
}
