package fmp4

import (
	"testing"

	"lares/cameras/media"
)

// TestParameterSets: those of a configuration are found whatever follows them, as after those of
// Main and Baseline nothing does; of one that is cut there are none.
func TestParameterSets(t *testing.T) {
	const (
		main = "\x01\x4d\x00\x1f\xff\xe1\x00\x02\x67\x4d\x01\x00\x01\x68"
		sets = "\x00\x00\x00\x02\x67\x4d\x00\x00\x00\x01\x68"
		hevc = "\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x0f\x02\x20\x00\x01\x00\x02\x40\x01\x22\x00\x01\x00\x01\x44"
	)
	for name, c := range map[string]struct {
		codec        media.Codec
		config, want string
	}{
		"Main":                {media.H264, main, sets},
		"High":                {media.H264, main + "\xfd\xf8\xf8\x00", sets},
		"lengths of two":      {media.H264, "\x01\x4d\x00\x1f\xfd" + main[5:], ""},
		"without the second":  {media.H264, main[:10], ""},
		"with half of it":     {media.H264, main[:len(main)-1], ""},
		"nothing":             {media.H264, "", ""},
		"H.265":               {media.H265, hevc, "\x00\x00\x00\x02\x40\x01\x00\x00\x00\x01\x44"},
		"H.265, cut":          {media.H265, hevc[:len(hevc)-1], ""},
		"H.265, without head": {media.H265, hevc[:20], ""},
		"JPEG":                {media.MJPEG, main, ""},
	} {
		if got := parameterSets(media.Track{Codec: c.codec, Config: []byte(c.config)}); string(got) != c.want {
			t.Errorf("%s: % x, want % x", name, got, c.want)
		}
	}
}
