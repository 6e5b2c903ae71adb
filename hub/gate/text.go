package gate

import (
	"context"
	"encoding/json"

	"lares/hub/account"
	"lares/hub/store"
	"lares/hub/vault"
	"lares/recorder"
)

// textReader opens the event texts of one page, for one request: it holds what
// it opened and dies with the page.
type textReader struct {
	gate   *Gate
	caller account.Caller
	keys   *vault.OpenedPage // nil before the first text
}

// open opens one text. A page's store and index keys are opened once each.
func (t *textReader) open(ctx context.Context, r recorder.EventRow) (text recorder.EventText, err error) {
	if t.keys == nil {
		a, err := t.gate.cfg.Vault.Unlock(ctx, t.caller.Proof())
		if err != nil {
			return text, err
		}
		t.keys = a.Page()
	}
	index, err := t.keys.Index(ctx, r.Camera, r.Text.KID, store.IndexID(r.Text.Index))
	if err != nil {
		return text, err
	}
	plain, err := index.Open(r.Camera, r.Event, r.Text.Sealed)
	if err != nil {
		return text, err
	}
	if json.Unmarshal(plain, &text) != nil {
		return recorder.EventText{}, nil // sealed by a later version
	}
	return text, nil
}
