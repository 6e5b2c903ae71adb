package account

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"lares/hub/store"
)

const composed, decomposed = "Jos\u00e9", "Jose\u0301"

// TestNewName: a name is kept in one spelling, and refused if it cannot be shown, or
// could be shown like another.
func TestNewName(t *testing.T) {
	for name, want := range map[string]string{
		"Ann": "Ann", "Ann O'Hara 2": "Ann O'Hara 2", "Zoë": "Zoë", "Анна": "Анна", "Γιώργος": "Γιώργος", "山田 太郎": "山田 太郎", "やまだ タロウ": "やまだ タロウ", "Kim 김": "Kim 김",
		"محمد ٣": "محمد ٣", "शर्मा": "शर्मा", "นงนุช": "นงนุช", "Nguyễn Thị Hồng": "Nguyễn Thị Hồng", "O’Neill": "O’Neill", "Jean-Luc": "Jean-Luc", strings.Repeat("x", 64): strings.Repeat("x", 64),
		decomposed: composed, "Ａｎｎ": "Ann", "𝐀𝐧𝐧": "Ann", "Ann\u00a0 B": "Ann B", "Ann\ufe0f": "Ann", "A\u034fnn\u3164": "Ann", "Ann\u2800": "Ann", "❤\ufe0f": "❤",
		"": "", " Ann": "", "Ann ": "", "a\nb": "", "a\x00": "", "a\u202eb": "", "a\u200bb": "", "a\u200db": "", "\xff": "", "\u3164": "", "\u2800": "",
		strings.Repeat("x", 65): "", strings.Repeat("\ufdfa", 64): "",
		"Al\u0456ce": "", "p\u0430ul": "", "\u0391nn": "", "Αнна": "", "J\u0585e": "", "Ann \u0410.": "", "Ann\u0663": "", "1\u0663": "", "Аня\u06f3": "",
		"Jose\u0301\u0301": "", "\u0301Ann": "", "Ann \u0301": "", "a\u0300\u0301\u0302\u0303\u0304": "",
	} {
		got, err := newName(name)
		if got != want || (err == nil) != (want != "") || err != nil && !errors.Is(err, ErrName) {
			t.Errorf("%q (%+q): %q, %v", name, name, got, err)
		}
	}
}

// TestAlike: names that look the same are the same to whoever reads a list of people.
func TestAlike(t *testing.T) {
	for _, x := range []struct {
		a, b string
		want bool
	}{
		{"Ann", "ann", true}, {composed, decomposed, true}, {"cocoa", "сосоа", true}, {"Alice", "AIice", true}, {"Bill", "BiII", true}, {"Bill", "Bi11", true}, {"Otto", "0tt0", true},
		{"OTTO", "ОТТО", true}, {"Maria", "rnaria", true}, {"Arne", "Ame", true}, {"Anna", "Ann\u0251", true}, {"Gigi", "\u0261i\u0261i", true}, {"Mark", "Mar\u212a", true}, {"ΑΝΝΑ", "AHHA", false},
		{"ΑΝΝΑ", "ANNA", true}, {"Ροπ", "Роп", true}, {"O'Neill", "O’Neill", true}, {"Jean-Luc", "Jean–Luc", true}, {"Ann B", "Ann\u00a0\u00a0B", true}, {"Ştefan", "Șştefan", false},
		{"Ştefan", "Ștefan", true}, {"i", "i\u0307", true}, {"EAE", "ᎬᎪᎬ", true}, {"BEE", "ꓐꓰꓰ", true},
		{"Ann", "Anna", false}, {"José", "Jose", false}, {"Ann 1", "Ann 2", false}, {"Ali", "Ari", false}, {"Анна", "Ганна", false}, {"Zoe", "Zoë", false}, {"Jan", "Ján", false},
	} {
		if got := alike(x.a, x.b); got != x.want {
			t.Errorf("%q and %q: %v (%q, %q)", x.a, x.b, got, skeleton(x.a), skeleton(x.b))
		}
	}
}

// TestNamesAreTaken: nobody gets a name that somebody has, or one that cannot be told
// from it, however many try at once.
func TestNamesAreTaken(t *testing.T) {
	r, ann := claimedCostly(t)
	ctx := t.Context()
	for _, name := range []string{"ANN", "Аnn", "Ａｎｎ", "Ann\ufe0f"} {
		want := ErrNameTaken
		if name == "Аnn" {
			want = ErrName // of two scripts
		}
		if _, err := r.Create(ctx, name, good); !errors.Is(err, want) {
			t.Errorf("%q: %v", name, err)
		}
	}
	var codes []string
	for range 3 {
		_, code, err := r.Invite(ctx, ann.Caller, "")
		if err != nil {
			t.Fatal(err)
		}
		codes = append(codes, code)
	}
	errs := make(chan error, len(codes))
	for i, name := range []string{"Bill", "BiII", "Bi11"} {
		go func() {
			_, err := r.Accept(ctx, from(Source(fmt.Sprint("192.0.2.", 10+i))), codes[i], name, good)
			errs <- err
		}()
	}
	in := 0
	for range codes {
		if err := <-errs; err == nil {
			in++
		} else if !errors.Is(err, ErrNameTaken) {
			t.Error(err)
		}
	}
	if in != 1 {
		t.Errorf("%d got in under one name", in)
	}
}

// TestNamesBySpelling: however a name is composed, its person signs in with it, and is
// counted as one who tries.
func TestNamesBySpelling(t *testing.T) {
	r, _ := claimed(t)
	ctx := t.Context()
	if _, err := r.Create(ctx, decomposed, good); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{composed, decomposed, " " + strings.ToUpper(composed), "Ｊose\u0301"} {
		if in, err := r.SignIn(ctx, from(here), name, good); err != nil || in.Caller.Name != composed {
			t.Errorf("%+q: %q, %v", name, in.Caller.Name, err)
		}
	}
	for i := range maxTries {
		name := []string{composed, decomposed}[i%2]
		if _, err := r.SignIn(ctx, from(here), name, "wrong password"); !errors.Is(err, ErrCredentials) {
			t.Fatal(err)
		}
	}
	var wait ErrThrottled
	if _, err := r.SignIn(ctx, from(here), composed, good); !errors.As(err, &wait) {
		t.Errorf("after ten in two spellings: %v", err)
	}
}

// TestOlderNames: accounts of an older hub, which took any spelling for another name,
// go on, each under what its person types.
func TestOlderNames(t *testing.T) {
	r, _ := claimed(t)
	ctx := t.Context()
	older := func(name, password string) ID {
		t.Helper()
		made, err := r.vault.NewAccount(ctx, store.Account{Name: name, NameKey: typedKey(name)}, password)
		if err != nil {
			t.Fatal(err)
		}
		if err := r.store.Update(ctx, func(tx *store.Tx) error { return r.vault.AddAccount(ctx, tx, made, false) }); err != nil {
			t.Fatal(err)
		}
		return made.Account().ID
	}
	signsIn := func(name, password string, want ID) {
		t.Helper()
		in, err := r.SignIn(ctx, from(here), name, password)
		if err != nil || in.Caller.Account != want {
			t.Errorf("%+q: %v", name, err)
			return
		}
		if err := r.Prove(ctx, from(here), in.Caller, password); err != nil {
			t.Errorf("%+q, again: %v", name, err)
		}
		if err := r.Reopen(ctx, name); err != nil {
			t.Errorf("%+q, at the console: %v", name, err)
		}
	}
	one := older(decomposed, "the first passphrase")
	signsIn(decomposed, "the first passphrase", one)
	signsIn(composed, "the first passphrase", one)
	other := older(composed, "the other passphrase")
	signsIn(decomposed, "the first passphrase", one)
	signsIn(composed, "the other passphrase", other)
	mixed := older("Al\u0456ce  B", "the third passphrase")
	signsIn("al\u0456ce  b", "the third passphrase", mixed)
	signsIn("AL\u0456CE B", "the third passphrase", mixed)
	if _, err := r.Create(ctx, "Alice B", good); !errors.Is(err, ErrNameTaken) {
		t.Errorf("one that looks like an older one: %v", err)
	}
}
