package vault

import (
	"crypto/rand"
	"crypto/sha256"
	"time"

	"lares/cameras/seal"
	"lares/hub/store"
)

// The token is used under three labels, so that none of what it becomes says
// anything about the others: the stored hash opens no wrap, the scope finds no
// session.

func sessionSecret(token [seal.KeySize]byte) []byte {
	return seal.Derive(token[:], seal.Bind("lares session wrap v1"))
}

// TokenHash is what the database keeps of a session's token.
func TokenHash(token [seal.KeySize]byte) []byte {
	sum := sha256.Sum256(seal.Bind("lares session token v1", token[:]))
	return sum[:]
}

// SessionName is the id of the login session of a token and an account: a row
// that names another account beside that token has the wrong id.
func SessionName(token [seal.KeySize]byte, account store.AccountID) store.SessionID {
	sum := sha256.Sum256(seal.Bind("lares session id v1", token[:], account[:]))
	return store.SessionID(sum[:16])
}

// Scope is the random part of the session's URLs.
func Scope(token [seal.KeySize]byte) [16]byte {
	return [16]byte(seal.Derive(token[:], seal.Bind("lares session scope v1")))
}

// ScopeHash is what the database keeps of a scope.
func ScopeHash(scope [16]byte) []byte {
	sum := sha256.Sum256(seal.Bind("lares session scope hash v1", scope[:]))
	return sum[:]
}

// NewSession is a login session with the wrap of the account's secret. Token is
// for the browser alone.
type NewSession struct {
	Token   [seal.KeySize]byte
	Session store.Session
	Wrap    store.Wrap
}

// NewSession draws a token and wraps the account's secret with it. The caller
// stores session and wrap in one transaction.
func (a *OpenedAccount) NewSession(now time.Time) NewSession {
	var n NewSession
	rand.Read(n.Token[:])
	n.Session = store.Session{
		ID: SessionName(n.Token, a.id), Account: a.id, TokenHash: TokenHash(n.Token),
		ScopeHash: ScopeHash(Scope(n.Token)), Created: now, Seen: now, Proved: now,
	}
	n.Wrap = store.Wrap{
		ID: store.NewWrapID(), Account: a.id, Version: a.version, Kind: store.WrapSession,
		Session: n.Session.ID, Salt: seal.NewSalt(), Created: now,
	}
	n.Wrap.Sealed = seal.Wrap(sessionSecret(n.Token), n.Wrap.Salt, wrapBinding(a.hub, n.Wrap), a.secret)
	return n
}
