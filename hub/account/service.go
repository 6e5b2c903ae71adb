package account

import (
	"context"
	"errors"
	"time"

	"lares/cameras/media"
	"lares/cameras/seal"
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
	cfg      Config
	throttle *throttle
	lanes    *lanes
	claim    claim
	codes    codes
	reopened reopenings
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
	return &Service{cfg: c, throttle: newThrottle(c.Clock), lanes: newLanes(), codes: codes{shown: map[ID]shownCode{}}, reopened: reopenings{until: map[ID]time.Time{}}}
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
	if err == nil || errors.Is(err, ErrLockdown) {
		return err
	}
	s.cfg.Log.Error("account: in doubt", "error", err)
	return ErrUnavailable
}

// prepare checks a new account's name and password and draws its keys.
func (s *Service) prepare(ctx context.Context, name, password string, operator bool) (vault.NewAccount, error) {
	if err := checkName(name); err != nil {
		return vault.NewAccount{}, err
	}
	if err := checkPassword(name, password); err != nil {
		return vault.NewAccount{}, err
	}
	made, err := s.cfg.Vault.NewAccount(ctx, store.Account{Name: name, NameKey: nameKey(name), Operator: operator}, password)
	return made, s.doubt(err)
}

func addSession(ctx context.Context, tx *store.Tx, n vault.NewSession) error {
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
	return tx.AddWrap(ctx, n.Wrap)
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
	name = bounded(nameKey(name))
	opened, wrap, err := s.open(ctx, v.Source, v.Source.counted(), name, password, &v.Code)
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
		return addSession(ctx, tx, session)
	})
	if err != nil {
		return SignedIn{}, s.inTime(err)
	}
	for _, id := range bumped {
		s.cfg.Rekeyed(id)
	}
	return s.welcome(session, a, journal.SignIn), nil
}

// welcome notes how somebody came in.
func (s *Service) welcome(n vault.NewSession, a store.Account, how journal.Kind) SignedIn {
	in := signedIn(n, a)
	e := in.Caller.Entry(how)
	e.Object = n.Session.ID
	s.cfg.Journal.Add(e)
	return in
}

// bounded keeps a name that cannot exist from taking memory in the throttle.
func bounded(name string) string { return name[:min(len(name), 4*maxName)] }

// open is the password check, in its turn of a lane and throttled by source and
// account; then that of the second factor, unless code is nil.
func (s *Service) open(ctx context.Context, src Source, lane, name, password string, code *string) (*vault.OpenedAccount, store.Wrap, error) {
	leave, err := s.enter(ctx, lane)
	if err != nil {
		return nil, store.Wrap{}, err
	}
	defer leave()
	key := key(src, name)
	if err := s.throttle.begin(key); err != nil {
		return nil, store.Wrap{}, err
	}
	if len(password) > maxPassword {
		password = "" // no password is so long; it costs the same time
	}
	a, err := s.cfg.Store.AccountByName(ctx, name)
	if errors.Is(err, store.ErrNoRow) {
		if err := s.cfg.Vault.WastePassword(ctx, password); err != nil {
			return nil, store.Wrap{}, s.doubt(err)
		}
		return nil, store.Wrap{}, ErrCredentials
	}
	if err != nil {
		return nil, store.Wrap{}, s.doubt(err)
	}
	opened, wrap, err := s.cfg.Vault.OpenPassword(ctx, a.ID, password)
	switch {
	case errors.Is(err, seal.ErrOpen):
		s.refused(src, a.ID)
		return nil, wrap, ErrCredentials
	case err != nil:
		return nil, wrap, s.doubt(err)
	}
	if code != nil {
		if err := s.factor(ctx, opened, *code); err != nil {
			if errors.Is(err, ErrSecondFactorWrong) {
				s.refused(src, a.ID)
			}
			return nil, wrap, err
		}
	}
	s.throttle.right(key)
	return opened, wrap, nil
}

// enter waits for a turn of a lane: see lanes. It returns ErrThrottled or
// ErrUnavailable.
func (s *Service) enter(ctx context.Context, lane string) (leave func(), err error) {
	leave, err = s.lanes.enter(ctx, lane)
	if full, ok := errors.AsType[ErrThrottled](err); ok {
		return nil, full
	}
	return leave, s.doubt(err)
}

// refused notes a wrong password or code for the account it was tried on.
func (s *Service) refused(src Source, tried ID) {
	s.cfg.Journal.SignInRefused(tried, string(src))
}

// again opens the account of somebody who is signed in, with the password given
// again, and the second factor unless code is nil.
func (s *Service) again(ctx context.Context, src Source, c Caller, password string, code *string) (*vault.OpenedAccount, store.Wrap, error) {
	a, err := s.cfg.Store.Account(ctx, c.Account)
	if err != nil {
		return nil, store.Wrap{}, s.doubt(err)
	}
	opened, wrap, err := s.open(ctx, src, c.Session.String(), a.NameKey, password, code)
	if err != nil {
		return nil, wrap, err
	}
	if opened.ID() != c.Account {
		s.cfg.Vault.Refusals().Note(vault.Crossing{Site: "password", Owner: c.Account})
		return nil, wrap, ErrUnavailable
	}
	return opened, wrap, nil
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

// ChangePassword wraps the account's secret under a new password and ends all
// other login sessions. It returns ErrCredentials, ErrSecondFactor,
// ErrSecondFactorWrong, ErrThrottled, ErrPassword, ErrNotFound or ErrUnavailable.
func (s *Service) ChangePassword(ctx context.Context, v Visit, c Caller, old, new string) error {
	if err := checkPassword(c.Name, new); err != nil {
		return err
	}
	opened, was, err := s.again(ctx, v.Source, c, old, &v.Code)
	if err != nil {
		return err
	}
	wrap, err := opened.NewPassword(ctx, new)
	if err != nil {
		return s.doubt(err)
	}
	var ended []SessionID
	err = s.cfg.Store.Update(ctx, func(tx *store.Tx) (err error) {
		if ended, err = tx.EndOtherSessions(ctx, c.Account, c.Session); err != nil {
			return err
		}
		if err := s.cfg.Vault.ReplacePassword(ctx, tx, was, wrap); err != nil {
			return err
		}
		return s.cfg.Vault.Stands(ctx, tx.View, c.Proof(), nil)
	})
	if errors.Is(err, store.ErrNoRow) {
		return ErrCredentials // somebody else changed it just now
	}
	if err == nil {
		s.cfg.Journal.Add(c.Entry(journal.Password))
	}
	if errors.Is(err, vault.ErrNoKey) {
		return ErrNotFound // the session ended just now
	}
	return s.ended(c, ended, err)
}

// Create makes an account that is not the operator. It returns ErrName,
// ErrPassword or ErrUnavailable.
func (s *Service) Create(ctx context.Context, name, password string) (ID, error) {
	if _, err := s.now(); err != nil {
		return ID{}, err
	}
	made, err := s.prepare(ctx, name, password, false)
	if err != nil {
		return ID{}, err
	}
	err = s.cfg.Store.Update(ctx, func(tx *store.Tx) error { return s.cfg.Vault.AddAccount(ctx, tx, made, false) })
	if errors.Is(err, store.ErrTaken) {
		return ID{}, ErrName
	}
	return made.Account().ID, s.doubt(err)
}
