package gate

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"lares/cameras/fault"
	"lares/cameras/media"
	"lares/hub/account"
	"lares/hub/detector"
	"lares/hub/journal"
	"lares/hub/store"
)

// A detector is an exit: pictures of a camera go to it in the clear. Its owner alone says
// so, in person; who else manages the camera does not even learn whether it has one.

// ErrNoDetectors says that who runs the hub lets no camera have a detector.
var ErrNoDetectors = errors.New("gate: no camera may have a detector")

// exitText is what is sealed of an exit to a detector.
type exitText struct {
	Kind string `json:"kind"`
	detector.Settings
}

// Detector is the detector of a camera of the caller's own, for the owner in person; nil
// for none. It returns ErrNotFound, ErrCrossed or ErrUnavailable.
func (g *Gate) Detector(ctx context.Context, c account.Caller, id media.CameraID) (*detector.Settings, error) {
	ctx, cancel := context.WithTimeout(ctx, answerIn)
	defer cancel()
	if _, err := g.admitOwner(ctx, c, id); err != nil {
		return nil, g.answer(err)
	}
	if _, err := g.ownInUse(ctx, g.cfg.Store.View, id, c.Account); err != nil {
		return nil, g.answer(err)
	}
	s, row, err := g.detectorOf(ctx, g.cfg.Store.View.Exit, id)
	switch {
	case errors.Is(err, store.ErrNoRow):
		return nil, nil
	case err == nil && row.Account != c.Account: // handed over, and not by this program
		return nil, ErrNotFound
	case err != nil:
		return nil, g.answer(err)
	}
	return &s, nil
}

// SetDetector has pictures of events of a camera of the caller's own go to a detector, for
// the owner in person. It returns ErrInput, ErrNoDetectors, ErrNotFound, ErrCrossed or
// ErrUnavailable. Config.Watching hears of it.
func (g *Gate) SetDetector(ctx context.Context, c account.Caller, id media.CameraID, s detector.Settings) error {
	if err := s.Validate(); err != nil {
		return errors.Join(ErrInput, err)
	}
	now, err := g.now()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, answerIn)
	defer cancel()
	if _, err := g.admitOwner(ctx, c, id); err != nil {
		return g.answer(err)
	}
	if g.cfg.NoDetectors {
		return ErrNoDetectors
	}
	text, err := json.Marshal(exitText{store.ExitDetector, s})
	if err != nil {
		return errors.Join(ErrInput, err)
	}
	err = g.write(ctx, c, func(tx *store.Tx) error {
		camera, err := g.ownInUse(ctx, tx.View, id, c.Account)
		if err != nil {
			return err
		}
		was, _, err := g.detectorOf(ctx, tx.View.Exit, id)
		if err != nil && !errors.Is(err, store.ErrNoRow) {
			was = detector.Settings{} // it does not open, which was counted, and goes
		}
		e := store.Exit{ID: store.NewExitID(), Camera: camera.ID, Account: camera.Owner, Kind: store.ExitDetector, Since: now}
		e.Sealed = g.cfg.Vault.SealExit(e, text)
		if err := tx.PutExit(ctx, e); err != nil {
			return err
		}
		return g.enter(ctx, tx, c, journal.Entry{Kind: journal.CameraDetector, Camera: id, Owner: c.Account, Detail: map[string]any{"on": true, "address": was.Address != s.Address}})
	})
	if err != nil {
		return g.answer(err)
	}
	g.cfg.Store.Scrub() // of the former address
	g.cfg.Watching(id)
	return nil
}

// RemoveDetector has no picture of a camera of the caller's own go to a detector any more,
// for the owner in person; where none does, nothing happens. It returns ErrNotFound or
// ErrUnavailable. Config.Watching hears of it.
func (g *Gate) RemoveDetector(ctx context.Context, c account.Caller, id media.CameraID) error {
	ctx, cancel := context.WithTimeout(ctx, answerIn)
	defer cancel()
	if _, err := g.admitOwner(ctx, c, id); err != nil {
		return g.answer(err)
	}
	err := g.write(ctx, c, func(tx *store.Tx) error {
		if _, err := g.ownInUse(ctx, tx.View, id, c.Account); err != nil {
			return err
		}
		err := tx.RemoveExit(ctx, id, store.ExitDetector)
		if errors.Is(err, store.ErrNoRow) {
			return nil
		}
		return errors.Join(err, g.enter(ctx, tx, c, journal.Entry{Kind: journal.CameraDetector, Camera: id, Owner: c.Account, Detail: map[string]any{"on": false}}))
	})
	if err != nil {
		return g.answer(err)
	}
	g.cfg.Store.Scrub()
	g.cfg.Watching(id)
	return nil
}

// TryDetector asks a detector about a picture of nothing, for the owner of a camera in
// person, and says how long the answer took. So nobody looks for what answers in the house
// they are counted, and the journal says who tried. It returns ErrInput, ErrNoDetectors,
// ErrDetectorTries, ErrNotFound, ErrUnnoted, ErrUnavailable or a detector.Fault.
func (g *Gate) TryDetector(ctx context.Context, c account.Caller, id media.CameraID, s detector.Settings) (time.Duration, error) {
	if err := s.Validate(); err != nil {
		return 0, errors.Join(ErrInput, err)
	}
	asking, cancel := context.WithTimeout(ctx, answerIn)
	defer cancel()
	if _, err := g.admitOwner(asking, c, id); err != nil {
		return 0, g.answer(err)
	}
	if g.cfg.NoDetectors {
		return 0, ErrNoDetectors
	}
	if !g.asks.take(c.Account, g.cfg.Clock.Now()) {
		return 0, ErrDetectorTries
	}
	tries := c.View(journal.DetectorTried)
	tries.Camera, tries.Owner = id, c.Account
	if err := g.durable(asking, g.cfg.Journal.Seen(tries, 0)); err != nil {
		return 0, g.answer(err)
	}
	return g.cfg.TryDetector(ctx, s)
}

// Detectors reports whether cameras may have detectors on this hub.
func (g *Gate) Detectors() bool { return !g.cfg.NoDetectors }

// DetectorLane is who set a camera's detector and where it is, for detector.Asker.Set; ""
// none. It gives no right: see AskDetector.
func (g *Gate) DetectorLane(ctx context.Context, id media.CameraID) (detector.Lane, error) {
	ctx, cancel := context.WithTimeout(ctx, answerIn)
	defer cancel()
	s, row, err := g.detectorOf(ctx, g.cfg.Store.View.Exit, id)
	if errors.Is(err, store.ErrNoRow) || g.cfg.NoDetectors {
		return "", nil
	}
	if err != nil {
		return "", g.answer(err)
	}
	return lane(row, s), nil
}

func lane(e store.Exit, s detector.Settings) detector.Lane {
	return detector.Lane(e.Account.String() + " " + s.Address)
}

// AskDetector says where a picture of so many bytes of a camera may go, now: detector.Asker
// asks it for each. Its owner wants it, nothing is locked down, the camera is on the air,
// nobody doubts the database, and the journal knows before it goes. Any error is nowhere.
func (g *Gate) AskDetector(ctx context.Context, id media.CameraID, bytes int) (to detector.Target, err error) {
	ctx, cancel := context.WithTimeout(ctx, answerIn)
	defer cancel()
	if g.cfg.NoDetectors {
		return to, ErrNoDetectors
	}
	if _, err := g.ready(); err != nil {
		return to, err
	}
	if back, err := g.cfg.Vault.RolledBack(ctx); err != nil || back {
		return to, g.answer(errors.Join(err, ErrRolledBack))
	}
	s, row, err := g.detectorOf(ctx, g.cfg.Store.View.OpenExit, id)
	if err != nil {
		return to, g.answer(err)
	}
	setting, err := g.privacyOf(ctx, g.cfg.Store.View, id)
	if err != nil {
		return to, g.answer(err)
	}
	if off, _ := g.offAir(setting); off {
		return to, ErrPrivate
	}
	shown := g.cfg.Journal.Seen(journal.View{Kind: journal.Detected, Via: journal.ViaHub, Camera: id, Owner: row.Account}, bytes)
	if err := g.durable(ctx, shown); err != nil {
		return to, g.answer(err)
	}
	return detector.Target{Camera: row.Camera, Lane: lane(row, s), Settings: s}, nil
}

// detectorOf finds and opens a camera's exit to a detector. One of another camera is
// refused and counted.
func (g *Gate) detectorOf(ctx context.Context, find func(context.Context, media.CameraID, string) (store.Exit, error), id media.CameraID) (detector.Settings, store.Exit, error) {
	row, err := find(ctx, id, store.ExitDetector)
	if err != nil {
		return detector.Settings{}, row, err
	}
	if fault.On {
		row = fault.Swap(fault.ExitRow, row.Account.String(), row)
	}
	if row.Camera != id {
		return detector.Settings{}, row, g.crossing(fault.ExitRow, row.Camera, row.Account)
	}
	s, err := g.openDetector(row)
	return s, row, err
}

// openDetector opens an exit to a detector.
func (g *Gate) openDetector(row store.Exit) (detector.Settings, error) {
	b, err := g.cfg.Vault.OpenExit(row)
	if err != nil {
		return detector.Settings{}, err
	}
	var text exitText
	if err := json.Unmarshal(b, &text); err != nil {
		return detector.Settings{}, fmt.Errorf("gate: the detector of camera %v: %w", row.Camera, err)
	}
	if text.Kind != store.ExitDetector {
		return detector.Settings{}, fmt.Errorf("gate: the detector of camera %v is a %q", row.Camera, text.Kind)
	}
	return text.Settings, text.Settings.Validate()
}

// ownInUse is ownCamera, where a camera that was handed over is none any more.
func (g *Gate) ownInUse(ctx context.Context, rows store.View, id media.CameraID, owner account.ID) (store.Camera, error) {
	camera, err := rows.Camera(ctx, id)
	if err == nil {
		err = g.stillOwn(fault.Camera, camera, id, owner)
	}
	if errors.Is(err, ErrInput) {
		err = ErrNotFound
	}
	return camera, err
}
