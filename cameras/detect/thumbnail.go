package detect

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"lares/cameras/episode"
	"lares/cameras/fakecam"
	"lares/cameras/h264"
	"lares/cameras/picture"
)

var (
	errStill   = errors.New("detect: nothing happens in the recording: there is no picture to write")
	errNoStill = errors.New("detect: no picture of the recording that stands alone can be drawn: there is none to write")
	errFound   = errors.New("detect: found")
)

// writeThumbnail writes the picture that a recorder would choose of what was found: the
// one with the most motion, and where none shows any, the first one of what it is about.
func (d *detection) writeThumbnail(file, recording string, fps int) error {
	jpeg := d.best.JPEG
	if jpeg == nil {
		if len(d.events) == 0 {
			return errStill
		}
		var err error
		if jpeg, err = firstPicture(recording, fps, time.Duration(d.events[0].Start*float64(time.Second))); err != nil {
			return err
		}
	}
	if err := os.WriteFile(file, jpeg, 0o600); err != nil {
		return fmt.Errorf("detect: writing the thumbnail: %w", err)
	}
	return nil
}

// firstPicture draws the first picture of then or later that stands alone, or the last one
// before. The recording is read again: few have no picture that shows motion.
func firstPicture(recording string, fps int, then time.Duration) ([]byte, error) {
	decoder := h264.Decoder{Rough: true}
	var jpeg []byte
	err := fakecam.ReadH264(recording, fps, func(at time.Duration, units [][]byte) error {
		if !slices.ContainsFunc(units, h264.IsIntra) {
			return nil
		}
		p, sps, err := decoder.Decode(units)
		if err != nil || p == nil {
			return nil // the next one may be whole
		}
		if jpeg, err = picture.JPEG(p, episode.Width, picture.Of(sps)); err == nil && at >= then {
			err = errFound
		}
		return err
	})
	if err != nil && !errors.Is(err, errFound) {
		return nil, fmt.Errorf("detect: drawing a picture: %w", err)
	}
	if jpeg == nil {
		return nil, errNoStill
	}
	return jpeg, nil
}
