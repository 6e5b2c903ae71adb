package cameras

import (
	"context"
	"time"

	"lares/cameras/media"
	"lares/cameras/seal"
)

// Fleet supervises one worker per desired camera. Its methods are safe for
// concurrent use.
type Fleet struct {
	cfg Config
}

// New makes a Fleet without cameras; Run sets it going.
func New(cfg Config) *Fleet { return &Fleet{cfg: cfg} }

// Run keeps a worker alive for every desired camera until the context ends. It
// returns when every child and goroutine is gone. Call it once.
func (f *Fleet) Run(ctx context.Context) error { <-ctx.Done(); return nil }

// Set adds a camera or changes it. A changed Access restarts its worker.
func (f *Fleet) Set(c Camera) {}

// Remove ends a camera's worker and its readers. It does not wait for them.
func (f *Fleet) Remove(id media.CameraID) {}

// Rekey gives the camera's worker a new run over the socket; the connection to
// the camera stays. It returns when the worker seals under the new run, or
// ErrNoCamera, ErrNotRunning (the next worker starts with a new run anyway),
// or the context's error.
func (f *Fleet) Rekey(ctx context.Context, id media.CameraID) error { return ErrNoCamera }

// Status tells how a camera is; ok is false for one the Fleet does not have.
func (f *Fleet) Status(id media.CameraID) (s Status, ok bool) { return Status{}, false }

// CurrentRun is the run under which the camera's worker seals now.
func (f *Fleet) CurrentRun(id media.CameraID) (r seal.Run, ok bool) { return seal.Run{}, false }

// RunOf finds one of the camera's last runs, for a reader that still holds
// units from before a change.
func (f *Fleet) RunOf(id media.CameraID, run media.RunID) (r seal.Run, ok bool) {
	return seal.Run{}, false
}

// Read starts a reader at an IDR (ITU-T H.264 §3.69): with preRoll at the
// newest one at least that old, or the oldest kept; without at the newest of
// the current run. What it delivers first is the UnitConfig valid there, and
// another one comes before media after each change of configuration or run. A
// reader outlives restarts of the worker. It returns ErrNoCamera or
// ErrNoStream.
func (f *Fleet) Read(id media.CameraID, s media.StreamID, preRoll time.Duration) (media.Reader, error) {
	return nil, ErrNoCamera
}

// Snapshot asks the camera for a picture and returns it sealed (UnitSnapshot).
// It returns ErrNoCamera, ErrNotRunning, ErrNoSnapshot or the context's error.
func (f *Fleet) Snapshot(ctx context.Context, id media.CameraID) (media.Unit, error) {
	return media.Unit{}, ErrNoCamera
}
