package recorder

import (
	"fmt"
	"os"
	"time"

	"lares/recorder/internal/pool"
)

// PoolID is what a media pool is known by: the marker in its root.
type PoolID = pool.ID

// PoolMarker is where the marker of a media pool lies, below its root.
const PoolMarker = pool.MarkerName

// MarkPool returns the id of the media pool in a folder, which there must be. One without a
// marker gets one. Its errors are those of the file system.
func MarkPool(dir string) (PoolID, error) { return pool.Mark(dir) }

// OpenPool opens the root of a media pool for what else is kept there. It is ErrAway if the
// pool is not there, whatever is in its place.
func OpenPool(p Pool) (*os.Root, error) { return pool.Root(p.Dir, p.ID) }

// Away is why a media pool is not there; nil where it is. A disk that does not answer in two
// seconds is not there either: ErrAway, as where another folder is in its place.
func Away(p Pool) error {
	found := make(chan error, 1)
	go func() { // nobody can wait for a disk that hangs
		root, err := OpenPool(p)
		if err == nil {
			err = root.Close()
		}
		found <- err
	}()
	timer := time.NewTimer(diskWaits)
	defer timer.Stop()
	select {
	case err := <-found:
		return err
	case <-timer.C:
		return fmt.Errorf("%w: %w", ErrAway, errSlow)
	}
}

// ErrAway says that a media pool is not there: of a clip, that it may be in one.
var ErrAway = pool.ErrAway

// ErrNotKept says that a disk does not give back what was written to it.
var ErrNotKept = pool.ErrNotKept

// TryFolder writes a file into a folder for recordings, through to the disk, reads it back
// and removes it. Its errors are those of the file system, or ErrNotKept.
func TryFolder(dir string) error { return pool.Try(dir) }

// NetworkFS names the network file system that a folder is on: there locks do not hold, what
// is synced may not be on a disk, and a call may wait for as long as the other side is away.
// It is "" for a file system of this machine's own.
func NetworkFS(dir string) string { return pool.Network(dir) }
