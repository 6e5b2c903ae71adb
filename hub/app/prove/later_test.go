package prove

import (
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"lares/cameras/clock"
	haccount "lares/hub/account"
	"lares/hub/store"
	"lares/hub/vault"
)

func (c *client) visit(s *session) error { return nil }

func (r *rig) people(t *testing.T) {
	os.MkdirAll(filepath.Join(r.data, "media"), 0o700)
	st, err := store.Open(t.Context(), store.Options{Path: filepath.Join(r.data, "lares.db")})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	log := slog.New(slog.DiscardHandler)
	v, err := vault.Open(t.Context(), vault.Config{Dir: r.data, Pools: []string{filepath.Join(r.data, "media")}, Store: st, Clock: clock.System{}, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	a := haccount.New(haccount.Config{Store: st, Vault: v, Clock: clock.System{}, Built: time.Now().Add(-time.Hour), Log: log})
	code, err := a.ClaimCode(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Claim(t.Context(), haccount.Visit{Source: "x"}, code, r.accounts[0].name, password); err != nil {
		t.Fatal(err)
	}
	for _, k := range r.accounts[1:] {
		if _, err := a.Create(t.Context(), k.name, password); err != nil {
			t.Fatal(err)
		}
	}
}
