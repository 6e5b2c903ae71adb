package account

import (
	"encoding/base32"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"
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

// TestSecondFactorTries: wrong codes count for the account, wherever they come
// from; a new password needs the code as well.
func TestSecondFactorTries(t *testing.T) {
	r, ann := claimed(t)
	secret := r.secondFactor(ann.Caller)
	const fresh = "another long passphrase"
	if err := r.ChangePassword(t.Context(), from(here), ann.Caller, good, fresh); !errors.Is(err, ErrSecondFactor) {
		t.Errorf("a new password without the code: %v", err)
	}
	if err := r.ChangePassword(t.Context(), Visit{Source: here, Code: "x"}, ann.Caller, good, fresh); !errors.Is(err, ErrSecondFactorWrong) {
		t.Errorf("a new password with a wrong code: %v", err)
	}
	if err := r.ChangePassword(t.Context(), Visit{Source: here, Code: r.totp(secret)}, ann.Caller, good, fresh); err != nil {
		t.Fatal(err)
	}
	r.clock.Advance(totpStep)
	for i := range maxTries {
		v := Visit{Source: Source(fmt.Sprintf("192.0.2.%d", i)), Code: "x"}
		if _, err := r.SignIn(t.Context(), v, "ann", fresh); !errors.Is(err, ErrSecondFactorWrong) {
			t.Fatalf("%d: %v", i, err)
		}
	}
	var wait ErrThrottled
	if _, err := r.SignIn(t.Context(), Visit{Source: "192.0.2.200", Code: r.totp(secret)}, "ann", fresh); !errors.As(err, &wait) {
		t.Errorf("after ten wrong codes from ten places: %v", err)
	}
	r.clock.Advance(penalty)
	if _, err := r.SignIn(t.Context(), Visit{Source: "192.0.2.200", Code: r.totp(secret)}, "ann", fresh); err != nil {
		t.Errorf("after the wait: %v", err)
	}
}
