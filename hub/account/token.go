package account

import (
	"context"
	"crypto/subtle"
	"errors"
	"strings"
	"time"

	"lares/cameras/fault"
	"lares/cameras/media"
	"lares/cameras/seal"
	"lares/hub/store"
	"lares/hub/vault"
)

// APITokenPrefix begins every API token, so that one in a file that should not
// hold it is found.
const APITokenPrefix = "lares_"

// FormatAPIToken is a token as its maker gets it.
func FormatAPIToken(t [seal.KeySize]byte) string { return APITokenPrefix + formatToken(t) }

// AuthenticateToken says for whom an API token asks, if the scope is its own.
// It returns ErrCredentials or ErrUnavailable.
func (s *Service) AuthenticateToken(ctx context.Context, token, scope string) (Caller, error) {
	given, err := media.ParseID[struct{}](scope)
	if err != nil {
		return Caller{}, ErrCredentials
	}
	in, err := s.resumeToken(ctx, token, vault.ScopeHash(given))
	return in.Caller, err
}

// ResumeToken is AuthenticateToken for a program that does not know its scope
// yet. Token of the answer is the one given.
func (s *Service) ResumeToken(ctx context.Context, token string) (SignedIn, error) {
	return s.resumeToken(ctx, token, nil)
}

// resumeToken finds a living token, and asks that it be the one of a scope too,
// unless scopeHash is nil.
func (s *Service) resumeToken(ctx context.Context, token string, scopeHash []byte) (SignedIn, error) {
	now, err := s.now()
	if err != nil {
		return SignedIn{}, err
	}
	spelled, ok := strings.CutPrefix(token, APITokenPrefix)
	if !ok {
		return SignedIn{}, ErrCredentials
	}
	t, ok := ParseSecret(spelled)
	if !ok {
		return SignedIn{}, ErrCredentials
	}
	ctx, cancel := context.WithTimeout(ctx, answerIn)
	defer cancel()
	hash := vault.APITokenHash(t)
	row, err := s.cfg.Store.TokenByHash(ctx, hash, now)
	if errors.Is(err, store.ErrNoRow) {
		return SignedIn{}, ErrCredentials
	}
	if err != nil {
		return SignedIn{}, s.doubt(err)
	}
	if fault.On {
		row = fault.Swap(fault.Token, row.Account.String(), row)
	}
	own := vault.APITokenScope(t)
	// A row that is not the token's own in each of its parts is a crossed lookup,
	// whatever found it.
	if subtle.ConstantTimeCompare(row.TokenHash, hash) != 1 || subtle.ConstantTimeCompare(row.ScopeHash, vault.ScopeHash(own)) != 1 ||
		row.ID != vault.APITokenName(t, row.Account) {
		s.cfg.Vault.Refusals().Note(vault.Crossing{Site: fault.Token, Owner: row.Account})
		return SignedIn{}, ErrCredentials
	}
	if scopeHash != nil && subtle.ConstantTimeCompare(row.ScopeHash, scopeHash) != 1 {
		return SignedIn{}, ErrCredentials
	}
	s.used(ctx, row.Token, now)
	return SignedIn{
		Token: token, Scope: formatScope(own),
		Caller: Caller{
			// A token runs no hub and has given no password, whoever made it.
			Account: row.Account, Name: row.MakerName, Token: row.ID, Session: tokenSession(row.ID),
			proof: vault.NewTokenProof(row.Account, row.ID, t),
		},
	}, nil
}

// tokenSession is what connections, streams and sockets of a token are held
// by. It is no login session: where one is asked for there is none of this name.
func tokenSession(id store.TokenID) SessionID { return SessionID(id) }

func (s *Service) used(ctx context.Context, t store.Token, now time.Time) {
	if now.Sub(t.Used) < seenEvery {
		return
	}
	err := s.cfg.Store.Update(ctx, func(tx *store.Tx) error { return tx.UseToken(ctx, t.ID, now) })
	if err != nil {
		s.cfg.Log.Warn("use of a token not noted", "error", err)
	}
}

// Principal is who holds the keys that the caller opens with, and in whose name
// rows say what it may see: the token's own, where one asks.
func (c Caller) Principal() store.PrincipalID {
	if !c.Token.IsZero() {
		return store.PrincipalID(c.Token)
	}
	return c.Account
}
