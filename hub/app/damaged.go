package app

import (
	"context"
	"errors"
	"time"

	"lares/cameras/media"
	"lares/hub/journal"
	"lares/hub/store"
)

// tellDamagedIn bounds how long it may take to tell of a damaged recording.
const tellDamagedIn = 10 * time.Second

// damaged tells the owner of a camera that a recording of it is damaged, and those who run the
// hub, whose disk it is, without a word of whose camera.
func (h *house) damaged(camera media.CameraID, _ media.ClipID) {
	ctx, cancel := context.WithTimeout(context.Background(), tellDamagedIn)
	defer cancel()
	if err := h.tellDamaged(ctx, camera); err != nil && !errors.Is(err, store.ErrNoRow) { // it was removed
		h.log.Error("nobody could be told of a damaged recording", "error", err)
	}
}

func (h *house) tellDamaged(ctx context.Context, camera media.CameraID) error {
	c, err := h.store.Camera(ctx, camera)
	if err != nil {
		return err
	}
	operators, err := h.store.Operators(ctx)
	if err != nil {
		return err
	}
	err = h.journal.Tell(ctx, journal.Notice{Account: c.Owner, Kind: journal.NoticeDamaged, Camera: camera})
	for _, who := range operators {
		err = errors.Join(err, h.journal.Tell(ctx, journal.Notice{Account: who, Kind: journal.NoticeDamaged}))
	}
	return err
}
