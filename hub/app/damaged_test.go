package app

import (
	"fmt"
	"testing"

	"lares/hub/journal"
	"lares/hub/store"
)

// TestDamagedIsTold: of a damaged recording its owner hears, and who runs the hub without
// whose camera it is; nobody else.
func TestDamagedIsTold(t *testing.T) {
	ctx := t.Context()
	h := stopped(t, t.TempDir())
	defer h.close()
	inhabit(t, h, "ann")
	door := inhabit(t, h, "bob")
	inhabit(t, h, "carl")
	accounts := map[string]store.AccountID{}
	for _, name := range []string{"ann", "bob", "carl"} {
		a, err := h.store.AccountByName(ctx, name)
		if err != nil {
			t.Fatal(err)
		}
		accounts[name] = a.ID
	}
	if err := h.store.Update(ctx, func(tx *store.Tx) error { return tx.SetOperator(ctx, accounts["ann"], true) }); err != nil {
		t.Fatal(err)
	}
	h.damaged(door, [16]byte{})
	for name, want := range map[string]string{"ann": "[{} recording-damaged]", "bob": fmt.Sprintf("[{%v} recording-damaged]", door), "carl": ""} {
		list, err := h.journal.Notices(ctx, accounts[name])
		got := ""
		for _, n := range list {
			if n.Kind == journal.NoticeDamaged {
				camera := ""
				if !n.Camera.IsZero() {
					camera = n.Camera.String()
				}
				got += fmt.Sprintf("[{%s} %s]", camera, n.Kind)
			}
		}
		if err != nil || got != want {
			t.Errorf("%s is told %q, %v; want %q", name, got, err, want)
		}
	}
}
