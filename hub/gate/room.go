package gate

import (
	"context"
	"errors"

	"lares/hub/store"
)

const (
	// maxCameras bounds the cameras in use of one account: a recorder of 64 channels fits,
	// and each costs a process of its own.
	maxCameras = 64
	// maxAllCameras bounds those of the hub, for what one account adds takes from all.
	maxAllCameras = 256
)

var (
	// ErrCamerasFull says that an account has as many cameras in use as it may.
	ErrCamerasFull = errors.New("gate: the account has as many cameras as it may")
	// ErrHubFull says that the hub has.
	ErrHubFull = errors.New("gate: the hub has as many cameras as it may")
)

// hasRoom refuses one more camera in use for an owner where there are too many. It runs in
// the transaction that enters it; what a hub has already stays.
func hasRoom(ctx context.Context, rows store.View, owner store.AccountID) error {
	list, err := rows.Cameras(ctx)
	if err != nil {
		return err
	}
	own := 0
	for _, r := range list {
		if r.Owner == owner {
			own++
		}
	}
	switch {
	case own >= maxCameras:
		return ErrCamerasFull
	case len(list) >= maxAllCameras:
		return ErrHubFull
	}
	return nil
}
