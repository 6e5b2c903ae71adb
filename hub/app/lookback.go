package app

import (
	"context"
	"errors"
	"fmt"

	"lares/cameras/fault"
	"lares/cameras/media"
	"lares/cameras/seal"
	"lares/recorder"
	"lares/recorder/sealed"
)

// lookBack tells the vault of the newest clips that the database does not list:
// they show a database that is older than the recordings before anybody may
// open one.
func (h *house) lookBack(ctx context.Context) error {
	listed := func(ids []media.ClipID) (map[media.ClipID]bool, error) { return h.store.ListedClips(ctx, ids) }
	seen := func(header sealed.Header) error { return h.vault.Sighted(ctx, header) }
	odd := func(camera media.CameraID, clip media.ClipID, err error) {
		if errors.Is(err, seal.ErrCrossed) {
			h.crossed(fault.FilePath, camera)
		}
		h.log.Error("a clip that the database does not list cannot be read; it is looked at again with the others", "camera", camera, "clip", clip, "error", err)
	}
	if err := recorder.Unlisted(ctx, h.cfg.Media, h.vault.Signers(), listed, seen, odd); err != nil {
		return fmt.Errorf("app: looking for clips that are newer than the database: %w", err)
	}
	return nil
}
