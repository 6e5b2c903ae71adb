package account

import (
	"context"
	"errors"
	"time"

	"lares/cameras/media"
	"lares/hub/journal"
	"lares/hub/store"
	"lares/hub/vault"
)

const (
	// IdleLife ends a login session that was not used for so long.
	IdleLife = 30 * 24 * time.Hour
	// WholeLife ends every login session.
	WholeLife = 90 * 24 * time.Hour
	// seenEvery spares the disk: one note of use per hour and session.
	seenEvery = time.Hour
	// ProofLife is how long a password that was given counts for what needs it
	// again (OWASP ASVS 7.5.1).
	ProofLife = 5 * time.Minute
	// answerIn bounds a look into the database: later is doubt.
	answerIn = time.Second
)

// Service signs people in. All methods are safe for concurrent use.
type Service struct {
	cfg        Config
	throttle   *throttle
	factors    *throttle // of second factors: see factorBound
	recoveries *throttle // of recovery codes: see recoveryBound
	lanes      *lanes
	claim      claim
	codes      codes
}

// New makes the service.
func New(c Config) *Service {
	if c.Ended == nil {
		c.Ended = func(SessionID) {}
	}
	if c.Bump == nil {
		c.Bump = func(context.Context, *store.Tx, *vault.OpenedAccount, bool) ([]media.CameraID, error) {
			return nil, nil
		}
	}
	if c.Rekeyed == nil {
		c.Rekeyed = func(media.CameraID) {}
	}
	return &Service{cfg: c, throttle: newThrottle(c.Clock, bound{maxTries, window, penalty}), factors: newThrottle(c.Clock, factorBound()), recoveries: newThrottle(c.Clock, recoveryBound()),
		lanes: newLanes(), codes: codes{shown: map[ID]shownCode{}}}
}

// now is the time, unless the clock is known to be wrong.
func (s *Service) now() (time.Time, error) {
	now := s.cfg.Clock.Now()
	if now.Before(s.cfg.Built) {
		s.cfg.Log.Error("the clock stands before the day this program was built: nobody can sign in until it is set", "clock", now)
		return now, ErrUnavailable
	}
	return now, nil
}

// Alive bounds login sessions that are alive at a time.
func Alive(now time.Time) store.Lifetime {
	return store.Lifetime{Created: now.Add(-WholeLife), Seen: now.Add(-IdleLife)}
}

// doubt turns what nobody foresaw into ErrUnavailable, and logs it.
func (s *Service) doubt(err error) error {
	if err == nil || errors.Is(err, ErrLockdown) || errors.Is(err, ErrNameTaken) {
		return err
	}
	if vault.RingGone(err) {
		return ErrKeysAway
	}
	s.cfg.Log.Error("account: in doubt", "error", err)
	return ErrUnavailable
}

// prepare checks a new account's name and password and draws its keys.
func (s *Service) prepare(ctx context.Context, name, password string, operator bool) (vault.NewAccount, error) {
	name, err := newName(name)
	if err != nil {
		return vault.NewAccount{}, err
	}
	if err := checkPassword(name, password); err != nil {
		return vault.NewAccount{}, err
	}
	made, err := s.cfg.Vault.NewAccount(ctx, store.Account{Name: name, NameKey: nameKey(name), Operator: operator}, password)
	return made, s.doubt(err)
}

// addSession enters a login session, and in the journal how its person came in.
func (s *Service) addSession(ctx context.Context, tx *store.Tx, n vault.NewSession, a store.Account, how journal.Kind) error {
	if err := tx.EndOldSessions(ctx, Alive(n.Session.Created)); err != nil {
		return err
	}
	if out, err := tx.LockedOut(ctx, n.Session.Account); err != nil {
		return err
	} else if out {
		return ErrLockdown
	}
	if err := tx.AddSession(ctx, n.Session); err != nil {
		return err
	}
	if err := tx.AddWrap(ctx, n.Wrap); err != nil {
		return err
	}
	e := signedIn(n, a).Caller.Entry(how)
	e.Object = n.Session.ID
	return s.cfg.Journal.Due(ctx, tx, e)
}

func signedIn(n vault.NewSession, a store.Account) SignedIn {
	return SignedIn{
		Token: formatToken(n.Token), Scope: formatScope(vault.Scope(n.Token)),
		Caller: Caller{
			Account: a.ID, Name: a.Name, Operator: a.Operator, Session: n.Session.ID, Proved: n.Session.Proved, Place: n.Session.Place, Seen: n.Session.Seen,
			proof: vault.NewProof(a.ID, n.Session.ID, n.Token),
		},
	}
}

// SignIn opens the account with its password and starts a login session with
// a new token and scope. It returns ErrCredentials, ErrSecondFactor,
// ErrSecondFactorWrong, ErrThrottled, ErrLockdown or ErrUnavailable; an unknown
// name costs the same time as a wrong password.
func (s *Service) SignIn(ctx context.Context, v Visit, name, password string) (SignedIn, error) {
	now, err := s.now()
	if err != nil {
		return SignedIn{}, err
	}
	opened, wrap, err := s.open(ctx, asker{source: v.Source}, name, password, &v.Code)
	if err != nil {
		return SignedIn{}, err
	}
	a, err := s.cfg.Store.Account(ctx, opened.ID())
	if err != nil {
		return SignedIn{}, s.doubt(err)
	}
	session := v.session(opened, now)
	var bumped []media.CameraID
	err = s.cfg.Store.Update(ctx, func(tx *store.Tx) (err error) {
		if err := opens(ctx, tx, wrap); err != nil {
			return err
		}
		if err := tx.ForgetTries(ctx, a.ID); err != nil {
			return err
		}
		if bumped, err = s.catchUp(ctx, tx, a, opened); err != nil {
			return err
		}
		return s.addSession(ctx, tx, session, a, journal.SignIn)
	})
	if err != nil {
		return SignedIn{}, s.inTime(err)
	}
	s.recoveries.forgive(tried(a.Name))
	for _, id := range bumped {
		s.cfg.Rekeyed(id)
	}
	return signedIn(session, a), nil
}

// write runs f in a transaction for somebody whose login session still lives in
// it: what waited for its turn while the session ended writes nothing.
func (s *Service) write(ctx context.Context, c Caller, f func(*store.Tx) error) error {
	return s.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		if err := s.cfg.Vault.Stands(ctx, tx.View, c.Proof(), nil); err != nil {
			return err
		}
		return f(tx)
	})
}

// rule is write for somebody who still runs the hub.
func (s *Service) rule(ctx context.Context, c Caller, f func(*store.Tx) error) error {
	return s.write(ctx, c, func(tx *store.Tx) error {
		a, err := tx.Account(ctx, c.Account)
		if err != nil || !a.Operator {
			return errors.Join(err, ErrNotFound)
		}
		return f(tx)
	})
}

// Create makes an account that is not the operator. It returns ErrName,
// ErrNameTaken, ErrPassword or ErrUnavailable.
func (s *Service) Create(ctx context.Context, name, password string) (ID, error) {
	if _, err := s.now(); err != nil {
		return ID{}, err
	}
	made, err := s.prepare(ctx, name, password, false)
	if err != nil {
		return ID{}, err
	}
	err = s.cfg.Store.Update(ctx, func(tx *store.Tx) error { return s.addAccount(ctx, tx, made) })
	return made.Account().ID, s.doubt(err)
}

// addAccount enters an account that is not the first, unless ErrNameTaken.
func (s *Service) addAccount(ctx context.Context, tx *store.Tx, made vault.NewAccount) error {
	if err := free(ctx, tx, made.Account().Name); err != nil {
		return err
	}
	err := s.cfg.Vault.AddAccount(ctx, tx, made, false)
	if errors.Is(err, store.ErrTaken) { // as an older hub kept it
		return ErrNameTaken
	}
	return err
}
