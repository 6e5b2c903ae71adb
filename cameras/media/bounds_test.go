package media_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"lares/cameras/media"
)

// Each bound of a configuration: the last value inside reads back, the first
// outside is refused.
func TestParseConfigBounds(t *testing.T) {
	track := func(mime, config int) media.Track {
		return media.Track{ID: 255, Codec: media.H264, ClockRate: 1, MIME: strings.Repeat("m", mime), Config: make([]byte, config), Width: 1, Height: 1}
	}
	tracks := func(n int) (c media.Config) {
		for i := range n {
			c.Tracks = append(c.Tracks, media.Track{ID: uint8(i + 1), Codec: media.AAC, ClockRate: 1<<32 - 1, Config: []byte{1}, SampleRate: 1, Channels: 255})
		}
		return c
	}
	one := func(t media.Track) media.Config { return media.Config{Tracks: []media.Track{t}} }
	for what, test := range map[string]struct{ inside, outside media.Config }{
		"tracks": {tracks(4), tracks(5)},
		"mime":   {one(track(64, 1)), one(track(65, 1))},
		"config": {one(track(1, 4096)), one(track(1, 4097))},
	} {
		got, err := media.ParseConfig(test.inside.Append(nil))
		if err != nil || !reflect.DeepEqual(got, test.inside) {
			t.Errorf("%s at its bound: %v", what, err)
		}
		if _, err := media.ParseConfig(test.outside.Append(nil)); !errors.Is(err, media.ErrConfig) {
			t.Errorf("%s beyond its bound: %v", what, err)
		}
	}
	if c, err := media.ParseConfig([]byte{0}); err != nil || len(c.Tracks) != 0 {
		t.Errorf("no tracks: %v", err)
	}
	// A length that promises more than there is.
	b := one(track(3, 5)).Append(nil)
	for _, at := range []int{16, 17, 21, 22} { // the two lengths
		c := append([]byte(nil), b...)
		c[at]++
		if _, err := media.ParseConfig(c); !errors.Is(err, media.ErrConfig) {
			t.Errorf("length at byte %d raised: %v", at, err)
		}
	}
}
