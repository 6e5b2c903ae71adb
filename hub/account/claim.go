package account

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"sync"
	"time"

	"lares/cameras/clock"
	"lares/hub/journal"
	"lares/hub/store"
)

const (
	// claimLife is how long a one-time code works.
	claimLife = 30 * time.Minute
	// claimPause passes before each try is answered, one after the other for
	// all sources together.
	claimPause = 50 * time.Millisecond
	// codeLength letters are 49 bits, of which a claim page can try 36,000 in
	// the code's life.
	codeLength = 10
)

// claim is the one-time code that makes its knower the operator.
type claim struct {
	turn sync.Mutex // held for a whole try: one at a time

	mu      sync.Mutex // guards following
	hash    [sha256.Size]byte
	expires time.Time      // zero: no code
	wrong   map[string]int // by source, and by its network
}

func (c *claim) renew(now time.Time) string {
	code := drawCode(codeLength)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.hash, c.expires, c.wrong = sha256.Sum256([]byte(code)), now.Add(claimLife), map[string]int{}
	return grouped(code)
}

// check says whether the code is right, and counts it if it is not.
func (c *claim) check(src Source, code string, now time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.expires.IsZero() || !now.Before(c.expires) {
		return ErrClaimCode
	}
	if c.wrong[src.Single()] >= maxTries || c.wrong[src.Network()] >= wider*maxTries {
		return ErrThrottled{RetryAfter: c.expires.Sub(now)}
	}
	hash := sha256.Sum256([]byte(plainCode(code)))
	if subtle.ConstantTimeCompare(hash[:], c.hash[:]) != 1 {
		if len(c.wrong) < maxKeys {
			c.wrong[src.Single()]++
			if src.Network() != src.Single() {
				c.wrong[src.Network()]++
			}
		}
		return ErrClaimCode
	}
	return nil
}

// use ends the code: it works once.
func (c *claim) use() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.expires = time.Time{}
}

// Claimed reports whether the hub has an account. A hub whose database was
// lost beside keys or recordings never gets this far: vault.Open refuses it.
func (s *Service) Claimed(ctx context.Context) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, answerIn)
	defer cancel()
	any, err := s.cfg.Store.AnyAccount(ctx)
	return any, s.doubt(err)
}

// unclaimed returns ErrClaimed once there is an account.
func (s *Service) unclaimed(ctx context.Context) error {
	claimed, err := s.Claimed(ctx)
	if err == nil && claimed {
		err = ErrClaimed
	}
	return err
}

// ClaimCode makes a new one-time code for Claim, valid for 30 minutes; an
// older one dies. ErrClaimed if there is an account.
func (s *Service) ClaimCode(ctx context.Context) (string, error) {
	now, err := s.now()
	if err != nil {
		return "", err
	}
	if err := s.unclaimed(ctx); err != nil {
		return "", err
	}
	return s.claim.renew(now), nil
}

// Claim makes the first account, the operator, and signs it in. It returns
// ErrClaimed, ErrClaimCode, ErrThrottled, ErrName, ErrPassword or
// ErrUnavailable. Of any number of claims at once one wins.
func (s *Service) Claim(ctx context.Context, v Visit, code, name, password string) (SignedIn, error) {
	s.claim.turn.Lock()
	defer s.claim.turn.Unlock()
	if !clock.Pause(ctx, claimPause) {
		return SignedIn{}, s.doubt(ctx.Err())
	}
	now, err := s.now()
	if err != nil {
		return SignedIn{}, err
	}
	if err := s.unclaimed(ctx); err != nil {
		return SignedIn{}, err
	}
	if err := s.claim.check(v.Source, code, now); err != nil {
		return SignedIn{}, err
	}
	made, err := s.prepare(ctx, name, password, true)
	if err != nil {
		return SignedIn{}, err
	}
	session := v.session(made.Opened, now)
	err = s.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		if err := s.cfg.Vault.AddAccount(ctx, tx, made, true); err != nil {
			return err
		}
		return s.addSession(ctx, tx, session, made.Account(), journal.AccountMade)
	})
	if errors.Is(err, store.ErrTaken) {
		return SignedIn{}, ErrClaimed
	}
	if err != nil {
		return SignedIn{}, s.doubt(err)
	}
	s.claim.use()
	return signedIn(session, made.Account()), nil
}
