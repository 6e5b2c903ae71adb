package account

import (
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	_ "modernc.org/sqlite"

	"lares/cameras/clock"
	"lares/cameras/fault"
	"lares/cameras/media"
	"lares/cameras/seal"
	"lares/hub/store"
	"lares/hub/vault"
)

var t0 = time.Date(2026, 3, 1, 18, 3, 12, 0, time.UTC)

const (
	here  Source = "192.0.2.1"
	there Source = "192.0.2.2"
	good         = "a long enough password"
	fresh        = "another long password"
)

func from(s Source) Visit { return Visit{Source: s, Device: "Firefox on Linux"} }

type rig struct {
	*Service
	t       *testing.T
	dir     string
	store   *store.Store
	vault   *vault.Vault
	clock   *clock.Manual
	ended   []SessionID      // as Config.Ended heard
	rekeyed []media.CameraID // as Config.Rekeyed heard
}

func newRig(t *testing.T) *rig {
	t.Helper()
	return openRig(t, t.TempDir(), true)
}

// openRig starts on what a folder holds; cheap passwords cost next to nothing.
func openRig(t *testing.T, dir string, cheap bool) *rig {
	t.Helper()
	r := &rig{t: t, dir: dir, clock: clock.NewManual(t0)}
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	var err error
	if r.store, err = store.Open(t.Context(), store.Options{Path: r.db()}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.store.Close() })
	r.vault, err = vault.Open(t.Context(), vault.Config{Dir: r.dir, Pools: []string{filepath.Join(r.dir, "media")}, CheapPasswords: cheap, Store: r.store, Clock: r.clock, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.vault.Close() })
	r.Service = New(Config{Store: r.store, Vault: r.vault, Clock: r.clock, Built: t0.Add(-time.Hour), Log: log,
		Ended: func(id SessionID) { r.ended = append(r.ended, id) }})
	return r
}

func (r *rig) db() string { return filepath.Join(r.dir, "lares.db") }

// The first test that asks makes a hub that Ann claimed and Bob has an account
// on; the others start with a copy.
var (
	templateOnce sync.Once
	template     string
	templateAnn  SignedIn
)

func TestMain(m *testing.M) {
	code := m.Run()
	os.RemoveAll(template)
	os.Exit(code)
}

func makeTemplate(t *testing.T) {
	r := newRig(t)
	templateAnn = r.annAndBob()
	dir, err := os.MkdirTemp("", "lares-account")
	if err := errors.Join(err, r.vault.Close(), r.store.Close(), os.CopyFS(filepath.Join(dir, "hub"), os.DirFS(r.dir))); err != nil {
		t.Fatal(err)
	}
	template = dir
}

// claimed is a hub that Ann claimed, and Bob's too.
func claimed(t *testing.T) (*rig, SignedIn) {
	t.Helper()
	templateOnce.Do(func() { makeTemplate(t) })
	dir := filepath.Join(t.TempDir(), "hub")
	err := os.CopyFS(dir, os.DirFS(filepath.Join(template, "hub")))
	if err := errors.Join(err, os.Chmod(filepath.Join(dir, "hub.key"), 0o600)); err != nil {
		t.Fatal(err)
	}
	return openRig(t, dir, true), templateAnn
}

// claimedCostly is the same where passwords cost what they cost a hub: for what is promised
// while they are hashed.
func claimedCostly(t *testing.T) (*rig, SignedIn) {
	t.Helper()
	r := openRig(t, t.TempDir(), false)
	return r, r.annAndBob()
}

// annAndBob has Ann claim a fresh hub, and makes Bob an account.
func (r *rig) annAndBob() SignedIn {
	r.t.Helper()
	code, err := r.ClaimCode(r.t.Context())
	if err != nil {
		r.t.Fatal(err)
	}
	ann, err := r.Claim(r.t.Context(), from(here), code, "Ann", good)
	if err != nil {
		r.t.Fatal(err)
	}
	if _, err := r.Create(r.t.Context(), "Bob", good); err != nil {
		r.t.Fatal(err)
	}
	return ann
}

func (r *rig) signIn(name, password string) SignedIn {
	r.t.Helper()
	in, err := r.SignIn(r.t.Context(), from(here), name, password)
	if err != nil {
		r.t.Fatal(err)
	}
	return in
}

// opens reports whether the caller's key wrap is there and opens.
func (r *rig) opens(c Caller) bool {
	_, err := r.vault.Unlock(r.t.Context(), c.Proof())
	return err == nil
}

func TestClaim(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	if is, err := r.Claimed(ctx); err != nil || is {
		t.Errorf("a fresh hub is claimed: %v, %v", is, err)
	}
	if _, err := r.Claim(ctx, from(here), "", "Ann", good); !errors.Is(err, ErrClaimCode) {
		t.Errorf("a claim before there was a code: %v", err)
	}
	old, err := r.ClaimCode(ctx)
	if err != nil {
		t.Fatal(err)
	}
	code, err := r.ClaimCode(ctx)
	if err != nil || code == old || len(code) != codeLength+1 {
		t.Fatalf("code %q, %v", code, err)
	}
	for _, c := range []struct {
		code, name, password string
		want                 error
	}{
		{old, "Ann", good, ErrClaimCode},
		{code, "", good, ErrName},
		{code, "Ann", "short", ErrPassword},
		{code[:len(code)-1], "Ann", good, ErrClaimCode},
	} {
		if _, err := r.Claim(ctx, from(here), c.code, c.name, c.password); !errors.Is(err, c.want) {
			t.Errorf("%+v: %v", c, err)
		}
	}
	typed := " " + strings.ToLower(strings.ReplaceAll(code, "-", " ")) + " "
	in, err := r.Claim(ctx, from(here), typed, "Ann", good)
	if err != nil || !in.Caller.Operator || in.Caller.Name != "Ann" || !r.opens(in.Caller) {
		t.Fatalf("claiming: %+v, %v", in.Caller, err)
	}
	if _, err := r.Authenticate(ctx, in.Token, in.Scope); err != nil {
		t.Errorf("the claimer is not signed in: %v", err)
	}
	if _, err := r.Claim(ctx, from(here), code, "Eve", good); !errors.Is(err, ErrClaimed) {
		t.Errorf("a second claim: %v", err)
	}
	if _, err := r.ClaimCode(ctx); !errors.Is(err, ErrClaimed) {
		t.Errorf("a code for a claimed hub: %v", err)
	}
}

func TestClaimCodeDies(t *testing.T) {
	r := newRig(t)
	code, err := r.ClaimCode(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for i := range maxTries {
		if _, err := r.Claim(t.Context(), from(here), fmt.Sprint("AAAAA-AAAA", i), "Ann", good); !errors.Is(err, ErrClaimCode) {
			t.Fatalf("wrong code %d: %v", i, err)
		}
	}
	var refused ErrThrottled
	if _, err := r.Claim(t.Context(), from(here), code, "Ann", good); !errors.As(err, &refused) {
		t.Errorf("a source after ten wrong codes: %v", err)
	}
	r.clock.Advance(claimLife)
	if _, err := r.Claim(t.Context(), from(there), code, "Ann", good); !errors.Is(err, ErrClaimCode) {
		t.Errorf("a code after its time: %v", err)
	}
	if code, err = r.ClaimCode(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Claim(t.Context(), from(here), code, "Ann", good); err != nil {
		t.Errorf("the new code from the source once refused: %v", err)
	}
}

// TestOneClaimWins: of 50 at once, through two services on one database, as
// nothing in memory may decide it.
func TestOneClaimWins(t *testing.T) {
	r := openRig(t, t.TempDir(), false)
	second := New(r.cfg)
	codes := make([]string, 2)
	for i, s := range []*Service{r.Service, second} {
		var err error
		if codes[i], err = s.ClaimCode(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	var won, lost, other int
	var mu sync.Mutex
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Go(func() {
			s, code := r.Service, codes[0]
			if i%2 == 1 {
				s, code = second, codes[1]
			}
			_, err := s.Claim(t.Context(), from(here), code, fmt.Sprint("person ", i), good)
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				won++
			case errors.Is(err, ErrClaimed), errors.Is(err, ErrClaimCode):
				lost++
			default:
				other++
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if won != 1 || lost != 49 {
		t.Errorf("%d won, %d lost, %d failed otherwise", won, lost, other)
	}
}

// TestAuthenticate is the matrix of token and scope.
func TestAuthenticate(t *testing.T) {
	r, ann := claimed(t)
	ctx := t.Context()
	again, bob := r.signIn("ann", good), r.signIn(" BOB ", good)
	if again.Token == ann.Token || again.Scope == ann.Scope || again.Caller.Session == ann.Caller.Session {
		t.Error("two logins share token, scope or session")
	}
	if len(ann.Token) != 64 || len(ann.Scope) != 32 {
		t.Errorf("token of %d, scope of %d digits", len(ann.Token), len(ann.Scope))
	}
	token, err := hex.DecodeString(ann.Token)
	if err != nil {
		t.Fatal(err)
	}
	hash := hex.EncodeToString(vault.TokenHash([32]byte(token)))
	for _, c := range []struct {
		name, token, scope string
		who                *SignedIn
	}{
		{"ann", ann.Token, ann.Scope, &ann},
		{"ann elsewhere", again.Token, again.Scope, &again},
		{"bob", bob.Token, bob.Scope, &bob},
		{"bob's scope", ann.Token, bob.Scope, nil},
		{"ann's other scope", ann.Token, again.Scope, nil},
		{"no scope", ann.Token, "", nil},
		{"scope in capitals", ann.Token, strings.ToUpper(ann.Scope), nil},
		{"no token", "", ann.Scope, nil},
		{"token in capitals", strings.ToUpper(ann.Token), ann.Scope, nil},
		{"token too long", ann.Token + "00", ann.Scope, nil},
		{"unknown token", strings.Repeat("ab", 32), ann.Scope, nil},
		{"the stored hash as token", hash, ann.Scope, nil},
		{"scope as token", ann.Scope + ann.Scope, ann.Scope, nil},
	} {
		got, err := r.Authenticate(ctx, c.token, c.scope)
		if c.who == nil {
			if !errors.Is(err, ErrCredentials) || got != (Caller{}) {
				t.Errorf("%s: %+v, %v", c.name, got, err)
			}
			continue
		}
		want := c.who.Caller
		if err != nil || got.Account != want.Account || got.Session != want.Session || got.Name != want.Name || got.Operator != want.Operator || !r.opens(got) {
			t.Errorf("%s: %+v, %v", c.name, got, err)
		}
	}
	if in, err := r.Resume(ctx, ann.Token); err != nil || in.Scope != ann.Scope || in.Token != ann.Token || in.Caller.Session != ann.Caller.Session {
		t.Errorf("resuming: %v", err)
	}
	if _, err := r.Resume(ctx, ann.Scope); !errors.Is(err, ErrCredentials) {
		t.Errorf("resuming with a scope: %v", err)
	}
}

// TestCrossedSessionRow: a lookup that returns another session's row is refused
// and counted, not believed.
func TestCrossedSessionRow(t *testing.T) {
	r, ann := claimed(t)
	bob := r.signIn("ann", good)
	db, err := sql.Open("sqlite", "file:"+r.db()+"?_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec("UPDATE session SET scope_hash = (SELECT scope_hash FROM session WHERE id = ?) WHERE id = ?", bob.Caller.Session[:], ann.Caller.Session[:]); err != nil {
		t.Fatal(err)
	}
	for _, scope := range []string{ann.Scope, bob.Scope} {
		if _, err := r.Authenticate(t.Context(), ann.Token, scope); !errors.Is(err, ErrCredentials) {
			t.Errorf("a row with another session's scope: %v", err)
		}
	}
	if n := r.vault.Refusals().Snapshot()["scope"]; n != 2 {
		t.Errorf("%d refusals counted", n)
	}
}

func TestSessionLifetimes(t *testing.T) {
	r, ann := claimed(t)
	ctx := t.Context()
	for range 3 { // used each 29 days: alive
		r.clock.Advance(IdleLife - 24*time.Hour)
		if _, err := r.Authenticate(ctx, ann.Token, ann.Scope); err != nil {
			t.Fatalf("in use: %v", err)
		}
	}
	r.clock.Advance(WholeLife - 3*(IdleLife-24*time.Hour))
	if _, err := r.Authenticate(ctx, ann.Token, ann.Scope); !errors.Is(err, ErrCredentials) {
		t.Errorf("after its whole life: %v", err)
	}
	idle := r.signIn("ann", good)
	if r.opens(ann.Caller) {
		t.Error("the wrap of a dead session outlived the next sign-in")
	}
	r.clock.Advance(IdleLife)
	if _, err := r.Authenticate(ctx, idle.Token, idle.Scope); !errors.Is(err, ErrCredentials) {
		t.Errorf("idle: %v", err)
	}
}

func TestSignOut(t *testing.T) {
	r, ann := claimed(t)
	other := r.signIn("ann", good)
	if err := r.SignOut(t.Context(), ann.Caller); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Authenticate(t.Context(), ann.Token, ann.Scope); !errors.Is(err, ErrCredentials) || r.opens(ann.Caller) {
		t.Errorf("signed out: %v", err)
	}
	if _, err := r.Authenticate(t.Context(), other.Token, other.Scope); err != nil || !r.opens(other.Caller) {
		t.Errorf("the other session: %v", err)
	}
}

func TestChangePassword(t *testing.T) {
	r, ann := claimed(t)
	ctx := t.Context()
	other, bob := r.signIn("ann", good), r.signIn("bob", good)
	for _, c := range []struct {
		old, new string
		want     error
	}{{fresh, fresh, ErrCredentials}, {good, "short", ErrPassword}} {
		if err := r.ChangePassword(ctx, from(here), ann.Caller, c.old, c.new); !errors.Is(err, c.want) {
			t.Errorf("%+v: %v", c, err)
		}
	}
	if err := r.ChangePassword(ctx, from(here), ann.Caller, good, fresh); err != nil {
		t.Fatal(err)
	}
	if _, err := r.SignIn(ctx, from(here), "ann", good); !errors.Is(err, ErrCredentials) {
		t.Errorf("the old password: %v", err)
	}
	r.signIn("ann", fresh)
	for name, c := range map[string]struct {
		in   SignedIn
		ends bool
	}{"this": {ann, false}, "the other": {other, true}, "bob's": {bob, false}} {
		_, err := r.Authenticate(ctx, c.in.Token, c.in.Scope)
		if c.ends != errors.Is(err, ErrCredentials) || c.ends == r.opens(c.in.Caller) {
			t.Errorf("%s session: %v", name, err)
		}
	}
}

// TestRowsOfOthers: a session row that is, in one of its parts, somebody else's
// is refused and counted under that part's name.
func TestRowsOfOthers(t *testing.T) {
	var token, other [seal.KeySize]byte
	rand.Read(token[:])
	rand.Read(other[:])
	ann, bob := store.NewAccountID(), store.NewAccountID()
	row := func(token [seal.KeySize]byte, who store.AccountID) store.SignedIn {
		return store.SignedIn{Session: store.Session{
			ID: vault.SessionName(token, who), Account: who, TokenHash: vault.TokenHash(token), ScopeHash: vault.ScopeHash(vault.Scope(token)),
		}}
	}
	if site, ok := belongs(row(token, ann), token); !ok {
		t.Errorf("her own row is refused: %s", site)
	}
	scope, account := row(token, ann), row(token, ann)
	scope.ScopeHash = row(other, bob).ScopeHash
	account.Account = bob
	for want, r := range map[fault.Site]store.SignedIn{fault.Session: row(other, bob), fault.Scope: scope, fault.Account: account} {
		if site, ok := belongs(r, token); ok || site != want {
			t.Errorf("%s: %v %q", want, ok, site)
		}
	}
}
