package account

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1"
	"crypto/subtle"
	"encoding/base32"
	"encoding/binary"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"lares/hub/journal"
	"lares/hub/store"
	"lares/hub/vault"
)

// The second factor is TOTP as every authenticator app knows it (RFC 6238):
// SHA-1, six digits, steps of 30 s, one step early or late.
const (
	totpBytes  = 20 // of the shared secret: RFC 4226 §4 R6
	totpStep   = 30 * time.Second
	totpDrift  = 1
	totpDigits = 6
	totpMod    = 1_000_000
	// toldEvery wrong codes of strangers the person is told: so many nobody
	// mistypes, and they have the password.
	toldEvery = 10
)

// factorBound bounds guesses of the second factor, by who has the password or the
// recovery code: 25 wrong ones of a source within a day delay its next by ten minutes.
// Sources from which no code was right within knownFor share 100 for each account,
// however many there are, so that they close the way for each other, and not for a
// source that is known. Known ones share 400, which two of them together do not
// reach. Codes that come with the recovery code are counted apart: to close that way
// takes that code. A login session counts for itself.
//
// Of a million codes three are right at a time. The first day of guesses from sources
// that are not known is 100 and one each ten minutes, 244 at most: one of them is
// right with 0.07 %. Each day after that is 144 (0.04 %). To whoever sits at known ones
// go 25 and 144 from each, 400 and 144 from all: with both, 788 a day (0.24 %). The
// person is told after ten. Counts are in memory: a new start of the hub begins anew.
func factorBound() bound { return bound{max: 25, window: 24 * time.Hour, penalty: 10 * time.Minute} }

// guess is what a code of an account's second factor is counted by.
func (a asker) guess(id ID) attempt {
	if !a.session.IsZero() {
		return attempt{one: a.session.String()}
	}
	what := id.String()
	if a.recovery {
		what += "\nrecovery"
	}
	return attempt{one: a.source.Single() + "\n" + what, network: what, known: what + "\nknown"}
}

// totpAt is the code of one time step (RFC 4226 §5.3).
func totpAt(secret []byte, step int64) string {
	m := hmac.New(sha1.New, secret)
	m.Write(binary.BigEndian.AppendUint64(nil, uint64(step)))
	sum := m.Sum(nil)
	at := sum[len(sum)-1] & 15
	n := binary.BigEndian.Uint32(sum[at:]) & 0x7fff_ffff
	return fmt.Sprintf("%0*d", totpDigits, n%totpMod)
}

// totpStepOf finds the time step that a code belongs to, of those around now.
func totpStepOf(secret []byte, code string, now time.Time) (step int64, ok bool) {
	code = strings.ReplaceAll(strings.TrimSpace(code), " ", "")
	at := now.Unix() / int64(totpStep/time.Second)
	for i := at - totpDrift; i <= at+totpDrift; i++ {
		if subtle.ConstantTimeCompare([]byte(totpAt(secret, i)), []byte(code)) == 1 {
			step, ok = i, true
		}
	}
	return step, ok
}

// factor asks an opened account for its second factor, if it has one. No step
// works twice.
func (s *Service) factor(ctx context.Context, who asker, a *vault.OpenedAccount, code string) error {
	row, err := s.cfg.Store.TOTP(ctx, a.ID())
	if errors.Is(err, store.ErrNoRow) || err == nil && row.Confirmed.IsZero() {
		return nil
	}
	if err != nil {
		return s.doubt(err)
	}
	if code == "" {
		return ErrSecondFactor
	}
	secret, err := a.OpenTOTP(row)
	if err != nil {
		return s.doubt(err)
	}
	guess := who.guess(a.ID())
	if err := s.factors.begin(guess); err != nil {
		return err
	}
	step, ok := totpStepOf(secret, code, s.cfg.Clock.Now())
	if ok {
		err = s.cfg.Store.Update(ctx, func(tx *store.Tx) error { return tx.UseTOTP(ctx, a.ID(), step) })
		ok = !errors.Is(err, store.ErrNoRow)
	}
	switch {
	case !ok && who.session.IsZero() && s.factors.wrong(guess)%toldEvery == 0:
		return cmp.Or(s.tellTried(ctx, a.ID()), ErrSecondFactorWrong)
	case !ok:
		return ErrSecondFactorWrong
	case err == nil:
		s.factors.undo(guess)
	}
	return s.doubt(err)
}

// tellTried tells the person that somebody tries codes, unless that is still
// unread.
func (s *Service) tellTried(ctx context.Context, id ID) error {
	return s.doubt(s.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		n := store.Notice{ID: store.NewNoticeID(), Account: id, At: s.cfg.Clock.Now(), Kind: string(journal.NoticeFactorTried)}
		_, err := tx.UnreadNotice(ctx, n)
		if errors.Is(err, store.ErrNoRow) {
			return tx.AddNotice(ctx, n)
		}
		return err
	}))
}

// SecondFactor reports whether the account has one.
func (s *Service) SecondFactor(ctx context.Context, id ID) (bool, error) {
	row, err := s.cfg.Store.TOTP(ctx, id)
	if errors.Is(err, store.ErrNoRow) {
		return false, nil
	}
	return !row.Confirmed.IsZero(), s.doubt(err)
}

// NewSecondFactor draws a secret for the caller's authenticator app: in base 32,
// and as the address that such apps read from a picture. It is asked for once it
// is confirmed. It returns ErrSecondFactorOn, ErrNotFound or ErrUnavailable.
func (s *Service) NewSecondFactor(ctx context.Context, c Caller) (secret, uri string, err error) {
	on, err := s.SecondFactor(ctx, c.Account)
	if err == nil && on {
		err = ErrSecondFactorOn
	}
	if err != nil {
		return "", "", err
	}
	opened, err := s.cfg.Vault.Unlock(ctx, c.Proof())
	if err != nil {
		return "", "", s.doubt(err)
	}
	key := make([]byte, totpBytes)
	rand.Read(key)
	row := opened.SealTOTP(key)
	row.Created = s.cfg.Clock.Now()
	err = s.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		if err := s.cfg.Vault.Stands(ctx, tx.View, c.Proof(), opened); err != nil {
			return err
		}
		if old, err := tx.TOTP(ctx, c.Account); err == nil && !old.Confirmed.IsZero() {
			return ErrSecondFactorOn
		} else if err != nil && !errors.Is(err, store.ErrNoRow) {
			return err
		}
		return tx.PutTOTP(ctx, row)
	})
	if errors.Is(err, ErrSecondFactorOn) {
		return "", "", err
	}
	secret = base32.StdEncoding.EncodeToString(key)
	uri = "otpauth://totp/" + url.PathEscape("Lares:"+c.Name) + "?secret=" + secret + "&issuer=Lares"
	return secret, uri, s.inTime(err)
}

// ConfirmSecondFactor switches the second factor on with its first code. It
// returns ErrSecondFactorWrong, ErrSecondFactorOn, ErrNotFound or
// ErrUnavailable.
func (s *Service) ConfirmSecondFactor(ctx context.Context, c Caller, code string) error {
	now, err := s.now()
	if err != nil {
		return err
	}
	row, err := s.cfg.Store.TOTP(ctx, c.Account)
	switch {
	case errors.Is(err, store.ErrNoRow):
		return ErrNotFound
	case err != nil:
		return s.doubt(err)
	case !row.Confirmed.IsZero():
		return ErrSecondFactorOn
	}
	opened, err := s.cfg.Vault.Unlock(ctx, c.Proof())
	if err != nil {
		return s.doubt(err)
	}
	secret, err := opened.OpenTOTP(row)
	if err != nil {
		return s.doubt(err)
	}
	step, ok := totpStepOf(secret, code, now)
	if !ok {
		return ErrSecondFactorWrong
	}
	row.LastStep, row.Confirmed = step, now
	err = s.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		if err := s.cfg.Vault.Stands(ctx, tx.View, c.Proof(), opened); err != nil {
			return err
		}
		return tx.PutTOTP(ctx, row)
	})
	return s.noteFactor(c, true, err)
}

// RemoveSecondFactor switches it off; none is no error.
func (s *Service) RemoveSecondFactor(ctx context.Context, c Caller) error {
	var had bool
	err := s.cfg.Store.Update(ctx, func(tx *store.Tx) (err error) {
		if err := s.cfg.Vault.Stands(ctx, tx.View, c.Proof(), nil); err != nil {
			return err
		}
		had, err = tx.RemoveTOTP(ctx, c.Account)
		return err
	})
	if !had {
		return s.inTime(err)
	}
	return s.noteFactor(c, false, err)
}

func (s *Service) noteFactor(c Caller, on bool, err error) error {
	if err != nil {
		return s.inTime(err)
	}
	e := c.Entry(journal.TOTP)
	e.Detail = map[string]any{"on": on}
	s.cfg.Journal.Add(e)
	return nil
}
