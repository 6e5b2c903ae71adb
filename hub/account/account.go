// Package account says who asks: claim, sign-in, login sessions and the
// throttle that guards them. It answers with a Caller; what a caller may do is
// the business of hub/gate.
//
// Nothing here is cached: Authenticate asks the database every time. The
// database holds hashes of session tokens only, and the wraps that these tokens
// open; a copy of it signs nobody in.
package account

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"lares/cameras/clock"
	"lares/cameras/media"
	"lares/hub/journal"
	"lares/hub/store"
	"lares/hub/vault"
)

// ID names one account.
type ID = store.AccountID

// SessionID names one login session; it is no secret.
type SessionID = store.SessionID

// Source is the remote address of a request, without its port: what wrong
// tries are counted by.
type Source string

// Visit is where somebody signs in from.
type Visit struct {
	Source Source
	Device string // what the browser calls itself, shortened; for the list of sessions
	Code   string // of the second factor, where there is one
}

// session starts a login session of an opened account.
func (v Visit) session(a *vault.OpenedAccount, now time.Time) vault.NewSession {
	n := a.NewSession(now)
	n.Session.Device, n.Session.Place = v.Device, string(v.Source)
	return n
}

// Caller is somebody who is signed in: an account through one login session.
// It lives as long as the request or the socket it came with, never longer.
type Caller struct {
	Account  ID
	Name     string
	Operator bool // runs the hub; sees nothing more of others' cameras
	Session  SessionID
	// Token is the API token that asks for the account; zero for a person.
	Token store.TokenID
	// Locked says that a lockdown of the account or the hub is in force which
	// another session made: this one may look, sign out and lift it, no more.
	Locked bool
	// Proved is when the person gave the password last.
	Proved time.Time
	// Place is the address the session was used from last.
	Place string
	// Seen is when that was, roughly.
	Seen time.Time

	proof vault.Proof
}

// Proof is what opens the caller's own keys, and nobody else's.
func (c Caller) Proof() vault.Proof { return c.proof }

// SignedIn is a login session as its browser gets it.
type SignedIn struct {
	Token  string // 64 hexadecimal digits, for the cookie; a secret
	Scope  string // 32 hexadecimal digits, for the URLs; kept like a secret
	Caller Caller
}

// Config is what a Service needs; the hooks may be nil.
type Config struct {
	Store *store.Store
	Vault *vault.Vault
	Clock clock.Clock
	// Built is when this program was built. A clock that stands before it is
	// wrong, and with a wrong clock nothing that expires can be trusted.
	Built time.Time
	Log   *slog.Logger
	// Journal hears who comes and goes; nil hears nothing.
	Journal *journal.Journal

	// Ended hears that a login session ended, or an API token by its id: its
	// connections, sockets and streams end too.
	Ended func(SessionID)
	// Bump begins new epochs for the cameras of an account, within the
	// transaction: all, or those signed with other keys of it
	// (gate.Gate.BumpOwn).
	Bump func(ctx context.Context, tx *store.Tx, owner *vault.OpenedAccount, all bool) ([]media.CameraID, error)
	// Rekeyed hears of each of them after the commit, as in gate.Config.
	Rekeyed func(media.CameraID)
}

var (
	// ErrCredentials is a wrong name or password, token or scope; which of
	// them is not said.
	ErrCredentials = errors.New("account: wrong name or password")
	// ErrClaimed says that the hub has an owner already.
	ErrClaimed = errors.New("account: this hub is claimed")
	// ErrClaimCode is a wrong, used or expired one-time code.
	ErrClaimCode = errors.New("account: wrong or expired code")
	// ErrInvitation is an invitation that is wrong or withdrawn.
	ErrInvitation = errors.New("account: no such invitation")
	// ErrInvitationUsed is an invitation with which an account was made.
	ErrInvitationUsed = errors.New("account: invitation used")
	// ErrInvitationExpired is an invitation that ran out.
	ErrInvitationExpired = errors.New("account: invitation expired")
	// ErrLastOperator refuses what would leave the hub without one.
	ErrLastOperator = errors.New("account: the last operator")
	// ErrNotFound says that there is no such session, invitation or account.
	ErrNotFound = errors.New("account: not found")
	// ErrSecondFactor asks for the code of the second factor.
	ErrSecondFactor = errors.New("account: the second factor is missing")
	// ErrSecondFactorWrong is a code that is wrong, or was used.
	ErrSecondFactorWrong = errors.New("account: wrong second factor")
	// ErrSecondFactorOn refuses a second one.
	ErrSecondFactorOn = errors.New("account: there is a second factor")
	// ErrRecoveryCode is a wrong name or recovery code, or one too many; which
	// of them is not said.
	ErrRecoveryCode = errors.New("account: wrong recovery code")
	// ErrRecoveryPart is a last group that is not that of the new code.
	ErrRecoveryPart = errors.New("account: not the end of the recovery code")
	// ErrNoRecovery says that no new code waits to be confirmed.
	ErrNoRecovery = errors.New("account: no recovery code to confirm")
	// ErrPassword is a new password that is too short, too long or too common.
	ErrPassword = errors.New("account: password too weak")
	// ErrName is a new name that is empty, too long, unprintable or of several scripts.
	ErrName = errors.New("account: name not usable")
	// ErrNameTaken is a new name that somebody has, or that cannot be told from it.
	ErrNameTaken = errors.New("account: name taken, or too like another")
	// ErrLockdown says that the hub is locked down, and that only those who run
	// it may sign in to lift it.
	ErrLockdown = errors.New("account: the hub is locked down")
	// ErrUnavailable says that the hub is in doubt: its clock is wrong or its
	// database does not answer. Doubt fails closed.
	ErrUnavailable = errors.New("account: cannot tell now")
	// ErrKeysAway says that keys would change, and the disk of the keyring is away.
	ErrKeysAway = errors.New("account: the disk with the keys is away")
)

// ErrThrottled refuses a try after too many wrong ones.
type ErrThrottled struct {
	RetryAfter time.Duration // how long to wait
}

// Error says how long to wait.
func (e ErrThrottled) Error() string {
	return fmt.Sprintf("account: too many wrong tries, wait %v", e.RetryAfter.Round(time.Second))
}
