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

// Rotated is what came of new keys.
type Rotated struct {
	SignedIn
	Recovery string // the new recovery code; shown once
	Sessions int    // that ended, the caller's own among them
	Tokens   int    // that ended
	Links    int    // that were revoked
}

// Rotate gives the caller's account other keys, because somebody may know the
// old ones: everything it could open it still can, everything that was signed in
// ends, and what its cameras record from now on opens with the new keys only. A
// next password that is not empty takes the place of the present one. It returns
// ErrCredentials, ErrPassword, ErrThrottled, ErrNotFound or ErrUnavailable.
func (s *Service) Rotate(ctx context.Context, v Visit, c Caller, password, next string) (out Rotated, err error) {
	now, err := s.now()
	if err != nil {
		return out, err
	}
	if next == "" {
		next = password
	} else if err := checkPassword(c.Name, next); err != nil {
		return out, err
	}
	old, was, err := s.again(ctx, v.Source, c, password, nil)
	if err != nil {
		return out, err
	}
	fresh, err := s.cfg.Vault.Next(ctx, c.Account)
	if err != nil {
		return out, s.doubt(err)
	}
	wrap, err := fresh.NewPassword(ctx, next)
	if err != nil {
		return out, s.doubt(err)
	}
	a, err := s.cfg.Store.Account(ctx, c.Account)
	if err != nil {
		return out, s.doubt(err)
	}
	code, session := drawCode(recoveryLength), v.session(fresh, now)
	var gone changed
	err = s.cfg.Store.Update(ctx, func(tx *store.Tx) (err error) {
		// Of two at once the second finds the password gone that it opened.
		if err := tx.RemovePasswordWrap(ctx, was.ID, was.Account); err != nil {
			return err
		}
		if err := s.cfg.Vault.Stands(ctx, tx.View, c.Proof(), old); err != nil {
			return err
		}
		if gone, err = s.endAll(ctx, tx, a.ID, now); err != nil {
			return err
		}
		if err := s.cfg.Vault.Rotate(ctx, tx, old, fresh); err != nil {
			return err
		}
		if err := tx.TellSharers(ctx, a.ID, string(journal.NoticeRotated), now); err != nil {
			return err
		}
		if err := s.renewed(ctx, tx, a, wrap, fresh.NewRecovery(code), session, journal.Rotated); err != nil {
			return err
		}
		if err := tx.MoveLockdowns(ctx, c.Session, session.Session.ID); err != nil {
			return err
		}
		gone.cameras, err = s.cfg.Bump(ctx, tx, fresh, true)
		return err
	})
	if errors.Is(err, store.ErrNoRow) {
		return out, ErrCredentials
	}
	if err != nil {
		return out, s.inTime(err)
	}
	s.codes.put(a.ID, shownCode{end: lastGroup(code), expires: now.Add(shownLife)})
	s.follow(gone, c.Session)
	out = Rotated{
		SignedIn: signedIn(session, a), Recovery: grouped(code),
		Sessions: len(gone.sessions), Tokens: len(gone.tokens), Links: gone.links,
	}
	return out, nil
}

// changed is what ended with the old keys of an account.
type changed struct {
	sessions []SessionID
	tokens   []store.TokenID
	links    int              // how many
	guests   []store.GuestID  // who came by them
	cameras  []media.CameraID // that have a new epoch
}

// endAll ends all sessions, tokens, guest links, exits and offers of cameras of an account.
func (s *Service) endAll(ctx context.Context, tx *store.Tx, id ID, now time.Time) (gone changed, err error) {
	tokens, err := tx.Tokens(ctx, id)
	if err != nil {
		return gone, err
	}
	for _, t := range tokens {
		gone.tokens = append(gone.tokens, t.ID)
	}
	if _, err := tx.RemoveTokens(ctx, id); err != nil {
		return gone, err
	}
	if gone.links, gone.guests, err = tx.RevokeLinks(ctx, id, now); err != nil {
		return gone, err
	}
	if _, err := tx.EndExitsOf(ctx, id); err != nil { // who had the password may have set them
		return gone, err
	}
	if err := tx.EndTransfersOf(ctx, id); err != nil { // likewise: a camera that is taken over is gone
		return gone, err
	}
	gone.sessions, err = tx.EndOtherSessions(ctx, id, SessionID{})
	return gone, err
}

// follow tells everybody what a transaction ended; but is the session of the
// request that asked, whose connection its handler ends.
func (s *Service) follow(gone changed, but SessionID) {
	s.cfg.Store.Scrub()
	for _, id := range gone.sessions {
		if id != but {
			s.cfg.Ended(id)
		}
	}
	for _, id := range gone.tokens {
		s.cfg.Ended(SessionID(id))
	}
	for _, id := range gone.guests {
		s.cfg.Ended(SessionID(id))
	}
	for _, id := range gone.cameras {
		s.cfg.Rekeyed(id)
	}
}

// catchUp makes new epochs for the cameras of somebody who signs in with other
// keys than their epochs are signed with: they waited for it since the console
// gave the account new keys.
func (s *Service) catchUp(ctx context.Context, tx *store.Tx, a store.Account, opened *vault.OpenedAccount) ([]media.CameraID, error) {
	if a.Version == 1 {
		return nil, nil
	}
	return s.cfg.Bump(ctx, tx, opened, false)
}
