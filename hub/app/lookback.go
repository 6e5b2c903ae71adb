package app

import (
	"context"
	"errors"
	"fmt"

	"lares/cameras/media"
	"lares/hub/store"
	"lares/recorder"
	"lares/recorder/sealed"
)

// lookBack tells the vault of the newest clips that the database does not list:
// they show a database that is older than the recordings before anybody may
// open one.
func (h *house) lookBack(ctx context.Context) error {
	listed := func(id media.ClipID) (bool, error) {
		_, err := h.store.Clip(ctx, id)
		if errors.Is(err, store.ErrNoRow) {
			return false, nil
		}
		return err == nil, err
	}
	seen := func(header sealed.Header) error { return h.vault.Sighted(ctx, header) }
	if err := recorder.Unlisted(ctx, h.cfg.Media, h.vault.Signers(), listed, seen); err != nil {
		return fmt.Errorf("app: looking for clips that are newer than the database: %w", err)
	}
	return nil
}
