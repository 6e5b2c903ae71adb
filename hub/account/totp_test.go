package account

import (
	"encoding/base32"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"lares/cameras/clock"
	"lares/hub/journal"
)

// TestTOTPVectors are those of RFC 6238 appendix B for SHA-1, in six digits.
func TestTOTPVectors(t *testing.T) {
	secret := []byte("12345678901234567890")
	for at, want := range map[int64]string{
		59: "287082", 1111111109: "081804", 1111111111: "050471", 1234567890: "005924", 2000000000: "279037", 20000000000: "353130",
	} {
		now := time.Unix(at, 0)
		if got := totpAt(secret, at/30); got != want {
			t.Errorf("at %d: %s, want %s", at, got, want)
		}
		for off, ok := range map[time.Duration]bool{-2: false, -1: true, 0: true, 1: true, 2: false} {
			if now := now.Add(off * totpStep); now.Unix() < 0 {
				continue
			}
			step, found := totpStepOf(secret, " "+want[:3]+" "+want[3:], now.Add(off*totpStep))
			if found != ok || ok && step != at/30 {
				t.Errorf("%s, %d steps off: %v at %d", want, off, found, step)
			}
		}
	}
}

// secondFactor switches one on and returns its secret.
func (r *rig) secondFactor(c Caller) []byte {
	r.t.Helper()
	text, uri, err := r.NewSecondFactor(r.t.Context(), c)
	if err != nil {
		r.t.Fatal(err)
	}
	u, err := url.Parse(uri)
	if err != nil || u.Scheme != "otpauth" || u.Host != "totp" || u.Query().Get("secret") != text || u.Path != "/Lares:"+c.Name {
		r.t.Errorf("uri %q %v", uri, err)
	}
	secret, err := base32.StdEncoding.DecodeString(text)
	if err != nil || len(secret) != totpBytes {
		r.t.Fatal(text, err)
	}
	if err := r.ConfirmSecondFactor(r.t.Context(), c, r.totp(secret)); err != nil {
		r.t.Fatal(err)
	}
	r.clock.Advance(totpStep)
	return secret
}

func (r *rig) totp(secret []byte) string { return totpAt(secret, r.clock.Now().Unix()/30) }

func TestSecondFactor(t *testing.T) {
	r, ann := claimed(t)
	ctx := t.Context()
	with := func(code string) Visit { return Visit{Source: here, Code: code} }
	if err := r.ConfirmSecondFactor(ctx, ann.Caller, "000000"); !errors.Is(err, ErrNotFound) {
		t.Errorf("nothing to confirm: %v", err)
	}
	if _, _, err := r.NewSecondFactor(ctx, ann.Caller); err != nil {
		t.Fatal(err)
	}
	if err := r.ConfirmSecondFactor(ctx, ann.Caller, "x"); !errors.Is(err, ErrSecondFactorWrong) {
		t.Errorf("a wrong first code: %v", err)
	}
	r.signIn("ann", good) // one that nobody confirmed is not asked for
	code := r.code(ann.Caller)
	secret := r.secondFactor(ann.Caller)
	if _, _, err := r.NewSecondFactor(ctx, ann.Caller); !errors.Is(err, ErrSecondFactorOn) {
		t.Errorf("a second one: %v", err)
	}
	if on, err := r.SecondFactor(ctx, ann.Caller.Account); err != nil || !on {
		t.Errorf("on: %v, %v", on, err)
	}
	// A wrong password says nothing of it.
	if _, err := r.SignIn(ctx, with(r.totp(secret)), "ann", fresh); !errors.Is(err, ErrCredentials) {
		t.Errorf("a wrong password: %v", err)
	}
	checkFactor(r, "sign-in", secret, func(v Visit) error { _, err := r.SignIn(ctx, v, "ann", good); return err })
	checkFactor(r, "prove", secret, func(v Visit) error { return r.Prove(ctx, v, ann.Caller, good) })
	checkFactor(r, "recovery", secret, func(v Visit) error { _, _, err := r.Recover(ctx, v, "ann", code, good); return err })
	again, err := r.SignIn(ctx, with(r.totp(secret)), "ann", good)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.RemoveSecondFactor(ctx, again.Caller); err != nil {
		t.Fatal(err)
	}
	r.signIn("ann", good)
}

func checkFactor(r *rig, name string, secret []byte, f func(v Visit) error) {
	r.t.Helper()
	if err := f(from(here)); !errors.Is(err, ErrSecondFactor) {
		r.t.Errorf("%s without a code: %v", name, err)
	}
	right := r.totp(secret)
	for _, wrong := range []string{"000000", right[:5], strings.Repeat("9", 60), totpAt(secret, r.clock.Now().Unix()/30+5)} {
		if err := f(Visit{Source: there, Code: wrong}); !errors.Is(err, ErrSecondFactorWrong) {
			r.t.Errorf("%s with %q: %v", name, wrong, err)
		}
	}
	if err := f(Visit{Source: there, Code: right}); err != nil {
		r.t.Errorf("%s with the right code: %v", name, err)
	}
	if name != "recovery" {
		if err := f(Visit{Source: here, Code: right}); !errors.Is(err, ErrSecondFactorWrong) {
			r.t.Errorf("%s with the same code again: %v", name, err)
		}
	}
	r.clock.Advance(2 * totpStep)
}

// TestSecondFactorIsGuessed: wrong codes count like wrong passwords.
func TestSecondFactorIsGuessed(t *testing.T) {
	r, ann := claimed(t)
	secret := r.secondFactor(ann.Caller)
	for range maxTries {
		if _, err := r.SignIn(t.Context(), Visit{Source: here, Code: "x"}, "ann", good); !errors.Is(err, ErrSecondFactorWrong) {
			t.Fatal(err)
		}
	}
	var wait ErrThrottled
	if _, err := r.SignIn(t.Context(), Visit{Source: here, Code: r.totp(secret)}, "ann", good); !errors.As(err, &wait) {
		t.Errorf("after ten: %v", err)
	}
}

// TestSecondFactorTries: a new password needs the code as well. Wrong codes from
// many places are bounded together, and the person is told; few of them are in
// nobody's way elsewhere, and a signed-in person is never in the way of strangers'.
func TestSecondFactorTries(t *testing.T) {
	r, ann := claimed(t)
	ctx := t.Context()
	secret := r.secondFactor(ann.Caller)
	const fresh = "another long passphrase"
	change := func(code, old, new string) error {
		return r.ChangePassword(ctx, Visit{Source: here, Code: code}, ann.Caller, old, new)
	}
	if err := change("", good, fresh); !errors.Is(err, ErrSecondFactor) {
		t.Errorf("a new password without the code: %v", err)
	}
	if err := change("x", good, fresh); !errors.Is(err, ErrSecondFactorWrong) {
		t.Errorf("a new password with a wrong code: %v", err)
	}
	if err := change(r.totp(secret), good, fresh); err != nil {
		t.Fatal(err)
	}
	told := func() (n int) {
		list, err := r.store.Notices(ctx, ann.Caller.Account, 100)
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range list {
			if l.Kind == string(journal.NoticeFactorTried) {
				n++
			}
		}
		return n
	}
	signIn := func(from int, code string) error {
		_, err := r.SignIn(ctx, Visit{Source: Source(fmt.Sprintf("192.0.2.%d", from)), Code: code}, "ann", fresh)
		return err
	}
	guess := func(from, to int) {
		for i := from; i < to; i++ {
			if err := signIn(i, "x"); !errors.Is(err, ErrSecondFactorWrong) {
				t.Fatalf("%d: %v", i, err)
			}
		}
	}
	guess(0, toldEvery-1)
	if n := told(); n != 0 {
		t.Errorf("told %d times of what anybody may mistype", n)
	}
	guess(toldEvery-1, 2*toldEvery)
	for i := range 99 - 2*toldEvery { // as through the front door, which takes its time
		if err := r.factors.begin(attempt{one: fmt.Sprint(i), network: ann.Caller.Account.String()}); err != nil {
			t.Fatal(err)
		}
	}
	if n := told(); n != 1 {
		t.Errorf("told %d times", n)
	}
	r.clock.Advance(totpStep)
	if err := signIn(200, r.totp(secret)); err != nil {
		t.Errorf("after 99 wrong codes from elsewhere: %v", err)
	}
	guess(99, 100)
	var wait ErrThrottled
	r.clock.Advance(totpStep)
	if err := signIn(201, r.totp(secret)); !errors.As(err, &wait) || wait.RetryAfter != factorBound().penalty-totpStep {
		t.Errorf("after 100 wrong codes from as many places, from one more: %v", err)
	}
	if err := signIn(200, r.totp(secret)); err != nil {
		t.Errorf("from where one was right: %v", err)
	}
	r.clock.Advance(totpStep)
	if err := change(r.totp(secret), fresh, good); err != nil {
		t.Errorf("in the session, meanwhile: %v", err)
	}
	r.clock.Advance(factorBound().penalty)
	if _, err := r.SignIn(ctx, Visit{Source: there, Code: r.totp(secret)}, "ann", good); err != nil {
		t.Errorf("after the wait: %v", err)
	}
}

// TestSecondFactorTriesOfSessions: a login session counts for itself, whoever else
// is behind the same address.
func TestSecondFactorTriesOfSessions(t *testing.T) {
	r, ann := claimed(t)
	ctx := t.Context()
	other := r.signIn("ann", good)
	secret := r.secondFactor(ann.Caller)
	prove := func(c Caller, code string) error { return r.Prove(ctx, Visit{Source: here, Code: code}, c, good) }
	for range maxTries {
		if err := prove(other.Caller, "x"); !errors.Is(err, ErrSecondFactorWrong) {
			t.Fatal(err)
		}
	}
	var wait ErrThrottled
	if err := prove(other.Caller, r.totp(secret)); !errors.As(err, &wait) {
		t.Errorf("after ten of one login: %v", err)
	}
	if err := prove(ann.Caller, r.totp(secret)); err != nil {
		t.Errorf("another session: %v", err)
	}
}

// TestGuessesOfADay: what factorBound says of how many codes can be guessed.
func TestGuessesOfADay(t *testing.T) {
	day := func(known, unknown int, recovery bool) (n int) {
		c := clock.NewManual(t0)
		th := newThrottle(c, factorBound())
		var who []asker
		for i := range known + unknown {
			who = append(who, asker{source: Source(fmt.Sprintf("192.0.%d.%d", 2+i/250, i%250)), recovery: recovery})
		}
		for _, a := range who[:known] {
			if err := th.begin(a.guess(ID{1})); err != nil {
				t.Fatal(err)
			}
			th.undo(a.guess(ID{1}))
		}
		c.Advance(time.Minute)
		for range 24 * 60 { // each tries each minute
			for _, a := range who {
				if th.begin(a.guess(ID{1})) == nil {
					n++
				}
			}
			c.Advance(time.Minute)
		}
		return n
	}
	for _, x := range []struct {
		known, unknown, most int
	}{{0, 1, 25 + 144}, {0, 300, 100 + 144}, {1, 0, 25 + 144}, {2, 0, 2 * (25 + 144)}, {30, 0, 400 + 144}, {30, 300, 788}} {
		for _, recovery := range []bool{false, true} {
			if n := day(x.known, x.unknown, recovery); n > x.most || n < x.most-x.most/20 {
				t.Errorf("%d known and %d other sources, recovery %v: %d guesses, want %d", x.known, x.unknown, recovery, n, x.most)
			}
		}
	}
}

// TestStrangersShutNobodyOut: whoever knows the password, and the name, and goes on
// with wrong codes of the second factor and for recovery, keeps the person out neither
// where a code was right lately, nor anywhere with the recovery code.
func TestStrangersShutNobodyOut(t *testing.T) {
	r, ann := claimed(t)
	ctx := t.Context()
	secret, recovery := r.secondFactor(ann.Caller), r.code(ann.Caller)
	signIn := func(from int, code string) error {
		_, err := r.SignIn(ctx, Visit{Source: Source(fmt.Sprintf("127.0.0.%d", from)), Code: code}, "ann", good)
		return err
	}
	if err := signIn(99, r.totp(secret)); err != nil {
		t.Fatal(err)
	}
	r.clock.Advance(totpStep)
	for i := range 20 {
		if err := signIn(i, "x"); !errors.Is(err, ErrSecondFactorWrong) {
			t.Fatal(err)
		}
		if _, _, err := r.Recover(ctx, from(Source(fmt.Sprintf("127.0.0.%d", i))), "ann", wrongCode(i), fresh); !errors.Is(err, ErrRecoveryCode) {
			t.Fatal(err)
		}
	}
	for i := 20; ; i++ { // as through the front door, which takes its time
		a := asker{source: Source(fmt.Sprintf("127.0.%d.%d", i/200, i%200))}
		if r.factors.begin(a.guess(ann.Caller.Account)) != nil {
			break
		}
	}
	var wait ErrThrottled
	if err := signIn(98, r.totp(secret)); !errors.As(err, &wait) {
		t.Errorf("from where none was right: %v", err)
	}
	if err := signIn(99, r.totp(secret)); err != nil {
		t.Errorf("from where one was right: %v", err)
	}
	r.clock.Advance(totpStep)
	if _, _, err := r.Recover(ctx, Visit{Source: "127.0.0.98", Code: r.totp(secret)}, "ann", recovery, fresh); err != nil {
		t.Errorf("with the recovery code: %v", err)
	}
}

// TestRecoveryIsGuessed: who has the recovery code and not the second factor finds it
// no sooner than who has the password.
func TestRecoveryIsGuessed(t *testing.T) {
	r, ann := claimed(t)
	ctx := t.Context()
	secret, recovery := r.secondFactor(ann.Caller), r.code(ann.Caller)
	var wait ErrThrottled
	for i := range 101 {
		at := Source(fmt.Sprintf("192.0.2.%d", i))
		_, _, err := r.Recover(ctx, Visit{Source: at, Code: "x"}, "ann", recovery, fresh)
		if i < 100 && !errors.Is(err, ErrSecondFactorWrong) || i == 100 && !errors.As(err, &wait) {
			t.Fatalf("guess %d: %v", i, err)
		}
	}
	if _, err := r.SignIn(ctx, Visit{Source: there, Code: r.totp(secret)}, "ann", good); err != nil {
		t.Errorf("with the password, meanwhile: %v", err)
	}
}
