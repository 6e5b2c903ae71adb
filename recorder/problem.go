package recorder

import (
	"errors"
	"io/fs"
	"syscall"
	"time"

	"lares/cameras/media"
	"lares/recorder/internal/pool"
)

// What Status.Problem says. They are for people: no names of files, no ids, no
// words of the system; those are in the log.
const (
	problemFull    = "The disk for recordings is full: nothing is recorded until there is space."
	problemFolder  = "The folder for recordings cannot be written: nothing is recorded."
	problemTaken   = "Somebody took away the recording that was being written: what it held is lost. Another one begins."
	problemAway    = "The disk for this camera's recordings is not there: nothing is recorded until it is back."
	problemDisk    = "The disk for recordings reports errors: nothing is recorded while it does."
	problemStuck   = "The disk for recordings takes too long: what comes waits for it, and is lost if that lasts."
	problemKey     = "The key that seals this camera's recordings cannot be had: nothing is recorded without it."
	problemOpen    = "The camera's pictures cannot be opened at the moment, so they are not recorded."
	problemSilent  = "No picture comes from the camera, so nothing is recorded."
	problemLag     = "The hub is too slow for this camera: some pictures are not recorded."
	problemOther   = "The camera's pictures cannot be recorded at the moment; the hub's log says why."
	problemChanges = "The camera changes its picture format too often: not all of its pictures are recorded."
	problemNoSub   = "The camera has no small stream that could be recorded beside its main stream."
	problemSub     = "Sub stream: "
	problemEnds    = "The camera's pictures break off too often: not all of them are recorded."
)

// plain says in words for people why nothing is recorded: "" for no error.
func plain(err error) string {
	switch {
	case err == nil:
		return ""
	case isFull(err):
		return problemFull
	case errors.Is(err, pool.ErrTaken):
		return problemTaken
	case errors.Is(err, ErrAway):
		return problemAway
	case errors.Is(err, media.ErrNoStream):
		return problemNoSub
	case errors.Is(err, errStoreKey):
		return problemKey
	case errors.Is(err, errNoKey):
		return problemOpen
	case errors.Is(err, errSilent), errors.Is(err, errSource):
		return problemSilent
	case errors.Is(err, media.ErrLagging):
		return problemLag
	case errors.Is(err, syscall.EIO), errors.Is(err, ErrNotKept):
		return problemDisk
	case isDisk(err):
		return problemFolder
	}
	return problemOther
}

// cause says in a word why nothing is recorded.
func (c *camera) cause(err error) GapCause {
	switch plain(err) {
	case problemFull, problemTaken, problemAway, problemFolder, problemDisk:
		return GapDisk
	case problemSilent:
		return GapCamera
	case problemLag:
		if c.writes.slowSince(c.r.config.Clock.Now().Add(-time.Minute)) {
			return GapDisk // what came was waiting for it
		}
		return GapOverload
	}
	return GapOther
}

// isDisk says whether err is of the file system.
func isDisk(err error) bool {
	var code syscall.Errno
	var path *fs.PathError
	return errors.Is(err, ErrAway) || errors.As(err, &code) || errors.As(err, &path)
}

// isFull says whether err is for want of space.
func isFull(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || errors.Is(err, errFull)
}
