package account

import (
	"context"
	"crypto/subtle"
	"errors"
	"sync"
	"time"

	"lares/cameras/seal"
	"lares/hub/journal"
	"lares/hub/store"
	"lares/hub/vault"
)

const (
	// recoveryLength letters are 147 bits.
	recoveryLength = 30
	// recoveryTries wrong codes from one source close this way into an account for it
	// (recoveryBound), and from whatever sources are told to the person (HAZARDS A12).
	recoveryTries = 10
	// shownLife is how long a new code waits to be confirmed. After that, and
	// after a restart, the person asks for another one; the old one holds.
	shownLife = time.Hour
)

// recoveryBound closes the way into an account by its recovery code, for the source
// that tried wrong ones, until a day is over, its person signs in, or the console opens
// it. To others it stays open: strangers, who need no more than a name to be wrong,
// shut nobody out. A code has 147 bits, so however many addresses try, none finds it.
func recoveryBound() bound {
	return bound{max: recoveryTries, window: 24 * time.Hour, penalty: 24 * time.Hour}
}

// codes are the recovery codes that were shown and not yet confirmed: each
// account's newest.
type codes struct {
	mu    sync.Mutex // guards shown
	shown map[ID]shownCode
}

// shownCode says what confirms a code; not what it is.
type shownCode struct {
	end     string     // its last group
	wrap    store.Wrap // to be stored with the confirmation; zero if it is stored
	expires time.Time
}

func (c *codes) put(id ID, s shownCode) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.shown[id] = s
}

func (c *codes) get(id ID, now time.Time) (shownCode, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s, ok := c.shown[id]
	if ok && !now.Before(s.expires) {
		delete(c.shown, id)
		ok = false
	}
	return s, ok
}

func (c *codes) drop(id ID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.shown, id)
}

// NewRecovery draws a recovery code for the caller and returns it, once. It
// works from its confirmation on; until then the one before does. It returns
// ErrUnavailable.
func (s *Service) NewRecovery(ctx context.Context, c Caller) (string, error) {
	now, err := s.now()
	if err != nil {
		return "", err
	}
	opened, err := s.cfg.Vault.Unlock(ctx, c.Proof())
	if err != nil {
		return "", s.doubt(err)
	}
	code := drawCode(recoveryLength)
	s.codes.put(c.Account, shownCode{end: lastGroup(code), wrap: opened.NewRecovery(code), expires: now.Add(shownLife)})
	return grouped(code), nil
}

func lastGroup(code string) string { return code[len(code)-codeGroup:] }

// ConfirmRecovery takes the last group of the newest code as the sign that it
// was kept. It returns ErrNoRecovery, ErrRecoveryPart, ErrNotFound or
// ErrUnavailable.
func (s *Service) ConfirmRecovery(ctx context.Context, c Caller, part string) error {
	now, err := s.now()
	if err != nil {
		return err
	}
	shown, ok := s.codes.get(c.Account, now)
	if !ok {
		return ErrNoRecovery
	}
	if subtle.ConstantTimeCompare([]byte(plainCode(part)), []byte(shown.end)) != 1 {
		return ErrRecoveryPart
	}
	err = s.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		if err := s.cfg.Vault.Stands(ctx, tx.View, c.Proof(), nil); err != nil {
			return err
		}
		a, err := tx.Account(ctx, c.Account)
		if err != nil {
			return err
		}
		if !shown.wrap.ID.IsZero() {
			if shown.wrap.Account != a.ID || shown.wrap.Version != a.Version {
				return ErrNoRecovery // of keys that were changed meanwhile
			}
			if err := s.cfg.Vault.PutRecovery(ctx, tx, shown.wrap); err != nil {
				return err
			}
		} else if _, err := tx.RecoveryWrap(ctx, a.ID); errors.Is(err, store.ErrNoRow) {
			return ErrNoRecovery // gone with its secret meanwhile
		} else if err != nil {
			return err
		}
		return tx.SetRecovery(ctx, c.Account, now)
	})
	if errors.Is(err, ErrNoRecovery) {
		return err
	}
	if err != nil {
		return s.inTime(err)
	}
	s.codes.drop(c.Account)
	s.cfg.Store.Scrub()
	s.cfg.Journal.Add(c.Entry(journal.RecoveryCode))
	return nil
}

// Recover opens an account with its recovery code, gives it a new password and
// signs it in. All other sessions end, the code is used up, and a new one is
// returned with the session; it works at once, and ConfirmRecovery notes that it
// was kept. It returns ErrRecoveryCode, ErrSecondFactor, ErrSecondFactorWrong,
// ErrPassword, ErrThrottled or ErrUnavailable.
func (s *Service) Recover(ctx context.Context, v Visit, name, code, password string) (in SignedIn, next string, err error) {
	now, err := s.now()
	if err != nil {
		return in, "", err
	}
	if err := checkPassword(name, password); err != nil {
		return in, "", err
	}
	opened, old, err := s.openRecovery(ctx, v, name, code)
	if err != nil {
		return in, "", err
	}
	wrap, err := opened.NewPassword(ctx, password)
	if err != nil {
		return in, "", s.doubt(err)
	}
	a, err := s.cfg.Store.Account(ctx, opened.ID())
	if err != nil {
		return in, "", s.doubt(err)
	}
	next = drawCode(recoveryLength)
	session := v.session(opened, now)
	var ended []SessionID
	err = s.cfg.Store.Update(ctx, func(tx *store.Tx) (err error) {
		if err := tx.RemoveRecoveryWrap(ctx, old.ID, a.ID); err != nil {
			return err
		}
		ended, err = tx.EndOtherSessions(ctx, a.ID, SessionID{})
		if err == nil {
			err = s.renewed(ctx, tx, a, wrap, opened.NewRecovery(next), session, journal.Recovered)
		}
		return err
	})
	if errors.Is(err, store.ErrNoRow) {
		return in, "", ErrRecoveryCode // used just now by somebody else
	}
	if err != nil {
		return in, "", s.doubt(err)
	}
	s.codes.put(a.ID, shownCode{end: lastGroup(next), expires: now.Add(shownLife)})
	in = signedIn(session, a)
	return in, grouped(next), s.ended(in.Caller, ended, nil)
}

// renewed stores a new password, an unconfirmed recovery code and a session.
func (s *Service) renewed(ctx context.Context, tx *store.Tx, a store.Account, password, recovery store.Wrap, session vault.NewSession, how journal.Kind) error {
	if err := s.cfg.Vault.PutPassword(ctx, tx, password); err != nil {
		return err
	}
	if err := s.cfg.Vault.PutRecovery(ctx, tx, recovery); err != nil {
		return err
	}
	if err := tx.SetRecovery(ctx, a.ID, time.Time{}); err != nil {
		return err
	}
	return s.addSession(ctx, tx, session, a, how)
}

// openRecovery opens an account with its recovery code and second factor. It counts a
// try as wrong before it looks at the code, so that many at once are no way around, and
// takes as long for an unknown name.
func (s *Service) openRecovery(ctx context.Context, v Visit, name, code string) (*vault.OpenedAccount, store.Wrap, error) {
	leave, err := s.enter(ctx, v.Source.Network())
	if err != nil {
		return nil, store.Wrap{}, err
	}
	defer leave()
	tries := attempt{one: v.Source.Single() + "\n" + tried(name)} // neighbours of a network share nothing
	if err := s.recoveries.begin(tries); err != nil {
		return nil, store.Wrap{}, err
	}
	opened, wrap, err := s.tryRecovery(ctx, v, name, code)
	if errors.Is(err, ErrRecoveryCode) {
		if err := s.cfg.Vault.WastePassword(ctx, ""); err != nil {
			return nil, wrap, s.doubt(err)
		}
	}
	if err != nil {
		return nil, wrap, err
	}
	s.recoveries.right(tries) // what may still be wrong is no try at the code
	return opened, wrap, s.factor(ctx, asker{source: v.Source, recovery: true}, opened, v.Code)
}

func (s *Service) tryRecovery(ctx context.Context, v Visit, name, code string) (*vault.OpenedAccount, store.Wrap, error) {
	a, err := s.find(ctx, bounded(name))
	if errors.Is(err, store.ErrNoRow) {
		return nil, store.Wrap{}, ErrRecoveryCode
	}
	if err != nil {
		return nil, store.Wrap{}, s.doubt(err)
	}
	opened, wrap, err := s.cfg.Vault.OpenRecovery(ctx, a.ID, plainCode(code))
	switch {
	case errors.Is(err, seal.ErrOpen):
		s.refused(v.Source, a.ID)
		if err := s.wrongCode(ctx, a.ID); err != nil {
			return nil, wrap, s.doubt(err)
		}
		return nil, wrap, ErrRecoveryCode
	case err != nil:
		return nil, wrap, s.doubt(err)
	}
	err = s.cfg.Store.Update(ctx, func(tx *store.Tx) error { return tx.ForgetTries(ctx, a.ID) })
	return opened, wrap, s.doubt(err)
}

// wrongCode counts a wrong recovery code, and tells the person of the tenth.
func (s *Service) wrongCode(ctx context.Context, id ID) error {
	return s.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		tell, err := tx.WrongRecovery(ctx, id, recoveryTries)
		if err != nil || !tell {
			return err
		}
		return tx.AddNotice(ctx, store.Notice{ID: store.NewNoticeID(), Account: id, At: s.cfg.Clock.Now(), Kind: string(journal.NoticeRecoveryTried)})
	})
}
