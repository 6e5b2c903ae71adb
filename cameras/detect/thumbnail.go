package detect

import (
	"errors"
	"fmt"
	"os"
)

var (
	errStill   = errors.New("detect: nothing happens in the recording: there is no picture to write")
	errNoStill = errors.New("detect: no picture that stands alone beside what moves in the recording can be drawn: there is none to write")
)

// writeThumbnail writes the picture that is chosen for a recorder of what moves: of all
// events the one with the most motion, and where none shows any, that of the first event.
func (d *detection) writeThumbnail(file string) error {
	switch {
	case d.best.JPEG != nil:
	case len(d.events) == 0:
		return errStill
	default:
		return errNoStill
	}
	if err := os.WriteFile(file, d.best.JPEG, 0o600); err != nil {
		return fmt.Errorf("detect: writing the thumbnail: %w", err)
	}
	return nil
}
