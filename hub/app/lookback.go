package app

import (
	"context"
	"fmt"

	"lares/cameras/media"
	"lares/recorder"
	"lares/recorder/sealed"
)

// lookBack tells the vault of the newest clips that the database does not list:
// they show a database that is older than the recordings before anybody may
// open one.
func (h *house) lookBack(ctx context.Context) error {
	listed := func(ids []media.ClipID) (map[media.ClipID]bool, error) { return h.store.ListedClips(ctx, ids) }
	seen := func(header sealed.Header) error { return h.vault.Sighted(ctx, header) }
	if err := recorder.Unlisted(ctx, h.cfg.Media, h.vault.Signers(), listed, seen); err != nil {
		return fmt.Errorf("app: looking for clips that are newer than the database: %w", err)
	}
	return nil
}
