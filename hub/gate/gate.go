// Package gate is the one place that says what a caller may do (lock 1) and
// opens sealed media towards a viewer with that viewer's own keys (lock 2). The
// two locks share no lookup: grants are rows read from SQLite on every call,
// keys open only through the caller's login session.
//
// What is not yours and what is not there look the same: ErrNotFound. Doubt
// fails closed: ErrUnavailable.
package gate

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"lares/cameras"
	"lares/cameras/clock"
	"lares/cameras/media"
	"lares/hub/account"
	"lares/hub/store"
	"lares/hub/vault"
)

var (
	// ErrNotFound says that there is no such thing, or not for this caller.
	ErrNotFound = errors.New("gate: not found")
	// ErrUnavailable says that the gate is in doubt: the database does not
	// answer or the clock is wrong.
	ErrUnavailable = errors.New("gate: cannot tell now")
	// ErrMisdirected says that a connection belongs to another login session
	// (HTTP 421); close it.
	ErrMisdirected = errors.New("gate: this connection belongs to another session")
	// ErrCrossed says that a crossed wire was refused: nothing was written.
	// It is counted, and answered like ErrNotFound.
	ErrCrossed = errors.New("gate: crossed wire refused")
	// ErrInput says that a new camera's or grant's fields cannot be used.
	ErrInput = errors.New("gate: not usable")
)

// Config is what a Gate needs; the hooks and Log may be nil.
type Config struct {
	Store *store.Store
	Vault *vault.Vault
	Clock clock.Clock
	// Built is when this program was built; see account.Config.
	Built time.Time
	Log   *slog.Logger

	// Changed hears that a camera was added or removed, or that its access
	// changed: see WorkerCamera.
	Changed func(media.CameraID)
	// Revoked hears that an account lost a camera, wholly or in part: its
	// streams of that camera end.
	Revoked func(account.ID, media.CameraID)
	// Rekeyed hears that a camera has a new epoch: the worker needs a new run
	// (Fleet.Rekey), the open clip ends (Recorder.Cut).
	Rekeyed func(media.CameraID)
	// Erase deletes a removed camera's recordings (Recorder.Erase). It is
	// called again after a restart until it succeeds.
	Erase func(context.Context, media.CameraID) error
}

// Gate admits callers and opens media for them. All methods are safe for
// concurrent use. It keeps nothing that was opened.
type Gate struct {
	cfg Config
}

// New makes the gate.
func New(c Config) *Gate { return &Gate{cfg: c} }

// Run expires grants, renews epochs and finishes what a restart interrupted,
// until the context ends.
func (g *Gate) Run(ctx context.Context) error { return nil }

// Refused counts refused crossings by site, since start.
func (g *Gate) Refused() map[string]uint64 { return nil }

// WorkerCameras are all cameras with their opened access, for the Fleet only.
func (g *Gate) WorkerCameras(ctx context.Context) ([]cameras.Camera, error) {
	return nil, ErrUnavailable
}

// WorkerCamera is one camera with its opened access, for the Fleet only;
// ErrNotFound once it was removed.
func (g *Gate) WorkerCamera(ctx context.Context, id media.CameraID) (cameras.Camera, error) {
	return cameras.Camera{}, ErrUnavailable
}

// Learned stores the pin of a camera that had none; cameras.Config.Learned.
func (g *Gate) Learned(ctx context.Context, id media.CameraID, p cameras.Pin) error {
	return ErrUnavailable
}
