package gate

import (
	"context"
	"time"

	"lares/cameras"
	"lares/cameras/media"
	"lares/hub/account"
)

// NewCamera is a camera to add.
type NewCamera struct {
	Name   string // 1 to 64 characters, printable
	Access cameras.Access
}

// AddCamera makes a camera that the caller owns: its id, first epoch, keys and
// rows. It returns ErrInput or ErrUnavailable. Config.Changed hears of it.
func (g *Gate) AddCamera(ctx context.Context, c account.Caller, n NewCamera) (media.CameraID, error) {
	return media.CameraID{}, ErrUnavailable
}

// RemoveCamera removes the camera of an owner's Manage pass, its keys at once
// and its recordings after that. It returns ErrNotFound or ErrUnavailable.
func (g *Gate) RemoveCamera(ctx context.Context, p Pass) error { return ErrUnavailable }

// HistoryFrom says how far back a grant reaches.
type HistoryFrom string

const (
	// FromNow shares what is recorded from the grant on.
	FromNow HistoryFrom = "now"
	// FromStart shares everything the owner can open.
	FromStart HistoryFrom = "all"
)

// GrantRequest shares a camera with an account.
type GrantRequest struct {
	Camera  media.CameraID
	Account account.ID
	Actions []Action
	History HistoryFrom // "" is FromNow
	Expires time.Time   // zero is never
}

// Grant shares one of the caller's own cameras; it replaces a former grant to
// the same account. It returns ErrNotFound, ErrInput or ErrUnavailable.
func (g *Gate) Grant(ctx context.Context, c account.Caller, r GrantRequest) error {
	return ErrUnavailable
}

// Revoke takes a grant back: rows and wraps are gone when it returns, and a new
// epoch begins within ten seconds. No grant is no error.
func (g *Gate) Revoke(ctx context.Context, c account.Caller, camera media.CameraID, who account.ID) error {
	return ErrUnavailable
}
