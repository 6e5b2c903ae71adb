package gate

import (
	"context"
	"time"

	"lares/cameras/media"
	"lares/hub/account"
	"lares/recorder"
)

// Camera is what a caller may know about a camera.
type Camera struct {
	ID        media.CameraID
	Name      string
	Owner     account.ID
	OwnerName string
	Mine      bool
	Actions   []Action // in the order of the constants
	Address   string   // of the main stream, without credentials; only with Manage
	Clips     int64    // recorded clips the caller may see; 0 without History
	Bytes     int64    // their size on disk
}

// Cameras are the caller's own cameras and those shared with it, by name.
func (g *Gate) Cameras(ctx context.Context, c account.Caller) ([]Camera, error) {
	return nil, ErrUnavailable
}

// Camera is one of Cameras; any action on it suffices. ErrNotFound otherwise.
func (g *Gate) Camera(ctx context.Context, c account.Caller, id media.CameraID) (Camera, error) {
	return Camera{}, ErrUnavailable
}

// EventFilter selects a page of events.
type EventFilter struct {
	Before string          // EventPage.Next of the page before; "" is the newest page
	Camera *media.CameraID // only this camera's
	Limit  int             // 1 to 200; 0 is 50
}

// Event is one thing that was noticed.
type Event struct {
	ID        media.EventID
	Camera    media.CameraID
	Clip      media.ClipID // its first clip; zero if nothing is recorded
	Kind      media.Kind
	Class     string // opened with the caller's keys; "" unknown
	Start     time.Time
	End       time.Time // zero while it goes on
	Duration  time.Duration
	Thumbnail bool // the clip has a picture
	Recording bool // a clip of it is still being written
}

// EventPage is one page of events, newest first.
type EventPage struct {
	Events []Event
	Next   string // for EventFilter.Before; "" on the last page
}

// Events lists events of the cameras whose history the caller may see. It
// returns ErrNotFound for a filter on a camera that is not among them, and
// ErrInput for a Before that Events did not make.
func (g *Gate) Events(ctx context.Context, c account.Caller, f EventFilter) (EventPage, error) {
	return EventPage{}, ErrUnavailable
}

// ClipInfo is the index entry of a clip.
type ClipInfo struct {
	recorder.ClipRow
	End time.Time // zero while it is being written
}

// Clip is the index entry of the pass's clip.
func (g *Gate) Clip(ctx context.Context, p Pass) (ClipInfo, error) {
	return ClipInfo{}, ErrUnavailable
}
