package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"lares/hub/vault"
)

// keysLook is how often it is looked whether the keyring is there again.
const keysLook = 2 * time.Second

// errAgain says that the hub has to start anew, which compares the keyring with the database.
var errAgain = errors.New("the keyring has to be looked at")

// withoutKeys refuses to start a hub whose keyring is away and whose database was found to be
// older: the keyring alone says what was taken from whom since.
func (h *house) withoutKeys(ctx context.Context) error {
	if h.away == nil {
		return nil
	}
	back, err := h.vault.RolledBack(ctx)
	if err == nil && back {
		err = fmt.Errorf("the database is older than it was, and the keys in %s, which say what was taken from whom since, are not there: mount that disk. If it is lost for good, make its folder anew and run `lares repair` (%w)", h.cfg.Media, h.away)
	}
	return err
}

// followKeys goes over to the keyring whenever the disk that it lies on is there again, until
// the context ends. It returns errAgain for one that is not as the database knows it.
func (h *house) followKeys(ctx context.Context) error {
	tick := time.NewTicker(keysLook)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		if !h.poolWell(h.pools[0].Number) {
			continue
		}
		if err := h.vault.Follow(); errors.Is(err, vault.ErrRingOther) {
			return fmt.Errorf("%w: %w", errAgain, err)
		}
	}
}
