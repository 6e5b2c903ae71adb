package account

import (
	"context"
	"errors"
	"time"

	"lares/cameras/fault"
	"lares/hub/journal"
	"lares/hub/store"
	"lares/hub/vault"
)

// movedEvery bounds how often a new address of a session is noted: a browser
// may use two in turn.
const movedEvery = time.Minute

// Session is one signed-in browser, as its person is shown it.
type Session struct {
	ID      SessionID
	Device  string
	Place   string // the address it was used from last
	Created time.Time
	Seen    time.Time // last use, to the hour
	Current bool      // the one that asks
}

// Sessions lists the caller's living sessions, the last used first. It returns
// ErrNotFound for a list that turned out to be somebody else's, or ErrUnavailable.
func (s *Service) Sessions(ctx context.Context, c Caller) ([]Session, error) {
	now, err := s.now()
	if err != nil {
		return nil, err
	}
	rows, err := s.sessionsOf(ctx, c, Alive(now))
	if err != nil {
		return nil, err
	}
	list := make([]Session, 0, len(rows))
	for _, r := range rows {
		list = append(list, Session{ID: r.ID, Device: r.Device, Place: r.Place, Created: r.Created, Seen: r.Seen, Current: r.ID == c.Session})
	}
	return list, nil
}

// sessionsOf looks up the sessions of a caller. A list with somebody else's is refused
// whole: ErrNotFound.
func (s *Service) sessionsOf(ctx context.Context, c Caller, alive store.Lifetime) ([]store.Session, error) {
	rows, err := s.cfg.Store.Sessions(ctx, c.Account, alive)
	if err != nil {
		return nil, s.doubt(err)
	}
	if fault.On && len(rows) > 0 {
		rows = fault.Swap(fault.SessionList, c.Account.String(), rows)
	}
	for _, r := range rows {
		if r.Account != c.Account {
			s.cfg.Vault.Refusals().Note(vault.Crossing{Site: fault.SessionList, Account: c.Account, Owner: r.Account})
			return nil, ErrNotFound
		}
	}
	return rows, nil
}

// Moved notes that the caller's session is used from another address than
// before. It is no more than a help to recognise it: an error is logged.
func (s *Service) Moved(ctx context.Context, c Caller, src Source) {
	now, err := s.now()
	if err != nil || !c.Token.IsZero() || c.Place == string(src) || now.Sub(c.Seen) < movedEvery {
		return
	}
	err = s.cfg.Store.Update(ctx, func(tx *store.Tx) error { return tx.MoveSession(ctx, c.Session, now, string(src)) })
	if err != nil {
		s.cfg.Log.Warn("a session's new address not noted", "error", err)
	}
}

// SignOut ends the caller's login session and removes its key wrap.
func (s *Service) SignOut(ctx context.Context, c Caller) error {
	_, err := s.endSession(ctx, c, c.Session)
	if errors.Is(err, ErrNotFound) {
		return nil // it was ended meanwhile
	}
	if err == nil {
		s.cfg.Journal.Add(c.Entry(journal.SignOut))
	}
	return err
}

// EndSession ends one of the caller's sessions. It returns ErrNotFound or
// ErrUnavailable. Config.Ended hears of it, unless it is the caller's own.
func (s *Service) EndSession(ctx context.Context, c Caller, id SessionID) error {
	had, err := s.endSession(ctx, c, id)
	if err != nil {
		return err
	}
	if !had {
		return ErrNotFound
	}
	if id != c.Session {
		s.cfg.Ended(id)
	}
	s.noteEnd(c, id)
	return nil
}

func (s *Service) noteEnd(c Caller, id SessionID) {
	e := c.Entry(journal.SessionEnded)
	e.Object = id
	s.cfg.Journal.Add(e)
}

func (s *Service) endSession(ctx context.Context, c Caller, id SessionID) (had bool, err error) {
	err = s.write(ctx, c, func(tx *store.Tx) (err error) {
		had, err = tx.EndSession(ctx, id, c.Account)
		return err
	})
	s.cfg.Store.Scrub()
	return had, s.inTime(err)
}

// EndOtherSessions ends all of the caller's sessions but the one that asks.
func (s *Service) EndOtherSessions(ctx context.Context, c Caller) error {
	var ended []SessionID
	err := s.write(ctx, c, func(tx *store.Tx) (err error) {
		ended, err = tx.EndOtherSessions(ctx, c.Account, c.Session)
		return err
	})
	return s.ended(c, ended, err)
}

// ended follows a transaction that removed sessions.
func (s *Service) ended(by Caller, ids []SessionID, err error) error {
	if err != nil {
		return s.inTime(err)
	}
	s.cfg.Store.Scrub()
	for _, id := range ids {
		s.cfg.Ended(id)
		s.noteEnd(by, id)
	}
	return nil
}

// Prove notes that the person at the caller's session gave the password again,
// for what matters most. It returns ErrCredentials, ErrSecondFactor,
// ErrSecondFactorWrong, ErrThrottled or ErrUnavailable.
func (s *Service) Prove(ctx context.Context, v Visit, c Caller, password string) error {
	now, err := s.now()
	if err != nil {
		return err
	}
	_, wrap, err := s.again(ctx, v.Source, c, password, &v.Code)
	if err != nil {
		return err
	}
	err = s.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		if err := opens(ctx, tx, wrap); err != nil {
			return err
		}
		return tx.ProveSession(ctx, c.Session, c.Account, now)
	})
	if errors.Is(err, store.ErrNoRow) {
		return ErrCredentials // the session ended just now
	}
	return s.inTime(err)
}
