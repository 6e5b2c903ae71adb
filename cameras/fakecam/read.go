package fakecam

import (
	"fmt"
	"os"
	"time"
)

// OtherVideoError says that a file has no H.264 video with a picture, but one of Codec; that
// is empty if none is known.
type OtherVideoError struct{ Codec string }

var videoNames = map[videoCodec]string{codecH265: "H.265", codecJPEG: "Motion JPEG"}

// Error says which video it is, if that is known.
func (e OtherVideoError) Error() string {
	if e.Codec == "" {
		return "fakecam: the file has no H.264 video with a picture"
	}
	return "fakecam: the file's video is " + e.Codec + ", not H.264"
}

// ReadH264 hands the H.264 pictures of a file to take, in decoding order, each with the
// time at which it is shown and its NAL units, parameter sets first where they may be
// needed. The file is as File describes it; fps is its FPS, for a byte stream, whose times are those of the order in which they are coded: with B pictures some of
// them are a few pictures off. It ends with take's first error.
func ReadH264(path string, fps int, take func(at time.Duration, units [][]byte) error) (err error) {
	if fps < 0 || fps > maxFileFPS {
		return errFPS
	}
	file, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("fakecam: %w", err)
	}
	defer file.Close()
	c, err := File{FPS: fps, coded: true}.load(file)
	if err != nil {
		return err
	}
	t := &c.video
	if len(t.samples) == 0 || c.format.video != codecH264 {
		return OtherVideoError{videoNames[c.format.video]}
	}
	first := t.begins()
	for _, s := range t.samples {
		data, err := t.read(s)
		if err != nil {
			return err
		}
		units, sync, err := codecH264.split(data)
		if err != nil {
			return err
		}
		if sync {
			units = append(c.format.params[:len(c.format.params):len(c.format.params)], units...)
		}
		if err := take(seconds(s.pts-first, t.scale), units); err != nil {
			return err
		}
	}
	return nil
}
