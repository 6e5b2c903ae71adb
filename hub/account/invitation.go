package account

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"time"

	"lares/cameras/seal"
	"lares/hub/journal"
	"lares/hub/store"
	"lares/hub/vault"
)

const (
	// InvitationLife is how long an invitation can be used.
	InvitationLife = 7 * 24 * time.Hour
	// invitationKept is how long one is listed after that.
	invitationKept = 30 * 24 * time.Hour
	// invitationLength letters are 98 bits: nobody tries them all in a week,
	// nor from a copy of the database.
	invitationLength = 20
	// invitationTries is where wrong codes of a source are counted; no name
	// holds a control character.
	invitationTries = "\x00invitation"
)

// Invitation is a one-time code with which somebody makes an account.
type Invitation struct {
	ID      store.InvitationID
	Name    string // a suggestion; may be empty
	Created time.Time
	Expires time.Time
	Used    time.Time // zero until it was
}

func invitationHash(code string) []byte {
	sum := sha256.Sum256(seal.Bind("lares invitation v1", []byte(plainCode(code))))
	return sum[:]
}

// Invite makes a one-time code for one new account. The caller is an operator.
// It returns ErrName or ErrUnavailable.
func (s *Service) Invite(ctx context.Context, c Caller, name string) (Invitation, string, error) {
	now, err := s.now()
	if err != nil {
		return Invitation{}, "", err
	}
	if name != "" {
		if name, err = newName(name); err != nil {
			return Invitation{}, "", err
		}
	}
	code := drawCode(invitationLength)
	row := store.Invitation{
		ID: store.NewInvitationID(), CodeHash: invitationHash(code), Name: name, Maker: c.Account,
		Created: now, Expires: now.Add(InvitationLife),
	}
	err = s.rule(ctx, c, func(tx *store.Tx) error {
		if err := tx.AddInvitation(ctx, row, now.Add(-invitationKept)); err != nil {
			return err
		}
		e := c.Entry(journal.Invited)
		e.Object = row.ID
		return s.cfg.Journal.Due(ctx, tx, e)
	})
	if errors.Is(err, vault.ErrNoKey) || errors.Is(err, ErrNotFound) {
		return Invitation{}, "", ErrNotFound
	}
	if err != nil {
		return Invitation{}, "", s.doubt(err)
	}
	return invitationOf(row), grouped(code), nil
}

func invitationOf(i store.Invitation) Invitation {
	return Invitation{ID: i.ID, Name: i.Name, Created: i.Created, Expires: i.Expires, Used: i.Used}
}

// Invitations lists those of the hub, newest first; never their codes.
func (s *Service) Invitations(ctx context.Context) ([]Invitation, error) {
	rows, err := s.cfg.Store.Invitations(ctx)
	list := make([]Invitation, 0, len(rows))
	for _, r := range rows {
		list = append(list, invitationOf(r))
	}
	return list, s.doubt(err)
}

// Withdraw removes an invitation: its code is wrong from now on. The caller is an
// operator. It returns ErrNotFound or ErrUnavailable.
func (s *Service) Withdraw(ctx context.Context, c Caller, id store.InvitationID) error {
	err := s.rule(ctx, c, func(tx *store.Tx) error {
		if err := tx.RemoveInvitation(ctx, id); err != nil {
			return err
		}
		e := c.Entry(journal.Invited)
		e.Object, e.Detail = id, map[string]any{"withdrawn": true}
		return s.cfg.Journal.Due(ctx, tx, e)
	})
	if errors.Is(err, store.ErrNoRow) || errors.Is(err, vault.ErrNoKey) || errors.Is(err, ErrNotFound) {
		return ErrNotFound
	}
	if err != nil {
		return s.doubt(err)
	}
	return nil
}

// Invited says what an invitation is, and does not use it. It returns
// ErrInvitation, ErrInvitationUsed, ErrInvitationExpired, ErrThrottled or
// ErrUnavailable.
func (s *Service) Invited(ctx context.Context, src Source, code string) (Invitation, error) {
	now, err := s.now()
	if err != nil {
		return Invitation{}, err
	}
	tries := key(src, invitationTries)
	if err := s.throttle.begin(tries); err != nil {
		return Invitation{}, err
	}
	hash := invitationHash(code)
	row, err := s.cfg.Store.InvitationByCode(ctx, hash)
	switch {
	case errors.Is(err, store.ErrNoRow):
		return Invitation{}, ErrInvitation
	case err != nil:
		return Invitation{}, s.doubt(err)
	case subtle.ConstantTimeCompare(row.CodeHash, hash) != 1:
		s.cfg.Vault.Refusals().Note(vault.Crossing{Site: "invitation", Owner: row.Maker})
		return Invitation{}, ErrInvitation
	}
	s.throttle.right(tries)
	switch {
	case !row.Used.IsZero():
		return Invitation{}, ErrInvitationUsed
	case row.Over:
		return Invitation{}, ErrInvitationExpired
	case !now.Before(row.Expires):
		if err := s.cfg.Store.Update(ctx, func(tx *store.Tx) error { return tx.EndInvitations(ctx, now) }); err != nil {
			return Invitation{}, s.doubt(err)
		}
		return Invitation{}, ErrInvitationExpired
	}
	return invitationOf(row), nil
}

// Accept makes an account with an invitation and signs it in: the password is
// known to nobody but who chose it. It returns the errors of Invited, ErrName,
// ErrNameTaken or ErrPassword; of any number of tries at once one wins.
func (s *Service) Accept(ctx context.Context, v Visit, code, name, password string) (SignedIn, error) {
	invitation, err := s.Invited(ctx, v.Source, code)
	if err != nil {
		return SignedIn{}, err
	}
	made, err := s.prepare(ctx, name, password, false)
	if err != nil {
		return SignedIn{}, err
	}
	now := s.cfg.Clock.Now()
	session := v.session(made.Opened, now)
	err = s.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		if err := tx.UseInvitation(ctx, invitation.ID, now); err != nil {
			return err
		}
		if err := s.addAccount(ctx, tx, made); err != nil {
			return err
		}
		return s.addSession(ctx, tx, session, made.Account(), journal.AccountMade)
	})
	switch {
	case errors.Is(err, store.ErrNoRow):
		return SignedIn{}, ErrInvitationUsed // by somebody else just now
	case err != nil:
		return SignedIn{}, s.doubt(err)
	}
	return signedIn(session, made.Account()), nil
}
