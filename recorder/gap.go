package recorder

import (
	"context"
	"time"

	"lares/cameras/media"
)

// GapCause says why nothing was recorded.
type GapCause string

const (
	// GapCamera is a camera that brought no pictures, or none that a file can begin with.
	GapCamera GapCause = "camera"
	// GapDisk is a disk that was full, failed, did not answer in time or was not there.
	GapDisk GapCause = "disk"
	// GapOverload is a hub that was too slow for what the camera brought.
	GapOverload GapCause = "overload"
	// GapPrivacy is a camera that somebody took off the air: nothing went wrong.
	GapPrivacy GapCause = "privacy"
	// GapHub is a hub that did not run.
	GapHub GapCause = "hub"
	// GapOther is what the hub's log says more of, such as a key that was not there.
	GapOther GapCause = "other"
)

// GapRow is the index entry of a gap: a span in which nothing of a camera could be recorded
// although all was to be, or every event. Camera and From name it.
type GapRow struct {
	Camera media.CameraID
	From   time.Time // wall clock of the end of what was recorded before, or could have been
	To     time.Time // of the first picture behind; zero while it goes on
	Cause  GapCause
	// Event is the event that it began in, of a camera that is recorded for events alone; zero
	// of any other one.
	Event media.EventID
	// Count is how many gaps it stands for, 1 or more: of those that follow each other too
	// fast for a row each, with little recorded between them.
	Count int
}

// GapIndex is the part of an Index that is about gaps.
type GapIndex interface {
	// GapRemoved removes the gap of that camera and From: it was none. One that is not there is
	// no error.
	GapRemoved(ctx context.Context, camera media.CameraID, from time.Time) error
	// GapsOpen lists those that go on.
	GapsOpen(ctx context.Context) ([]GapRow, error)
	// GapsExpire removes what is no use any more: gaps that ended before a time and before the
	// oldest clip of their camera began, and of each camera all but the newest most.
	GapsExpire(ctx context.Context, before time.Time, most int) error
	// DuePut notes of which cameras something is to be recorded, in place of what it noted before.
	DuePut(ctx context.Context, d Due) error
	// DueLast is what was noted last; zero without.
	DueLast(ctx context.Context) (Due, error)
}

// Due is of which cameras something was to be recorded, be it only events, at a time when the hub
// ran: what a crash leaves to tell since when it did not.
type Due struct {
	At      time.Time
	Cameras []media.CameraID
}
