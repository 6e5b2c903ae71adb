package media_test

import (
	"errors"
	"reflect"
	"testing"

	"lares/cameras/media"
)

// good holds one proper track of each codec.
func good() []media.Track {
	return []media.Track{
		{ID: 1, Codec: media.H264, ClockRate: 90000, MIME: "avc1.64001f", Config: []byte{1}, Width: 1920, Height: 1080},
		{ID: 1, Codec: media.H265, ClockRate: 90000, MIME: "hvc1.1.6.L93.90", Config: []byte{1}, Width: 2560, Height: 1920},
		{ID: 1, Codec: media.MJPEG, ClockRate: 90000, MIME: "mp4v.6C", Width: 640, Height: 480},
		{ID: 1, Codec: media.AAC, ClockRate: 16000, MIME: "mp4a.40.2", Config: []byte{0x14, 8}, SampleRate: 16000, Channels: 1},
		{ID: 1, Codec: media.PCMA, ClockRate: 8000, MIME: "alaw", SampleRate: 8000, Channels: 1},
		{ID: 1, Codec: media.PCMU, ClockRate: 16000, MIME: "ulaw", SampleRate: 16000, Channels: 8},
		{ID: 1, Codec: media.Opus, ClockRate: 48000, MIME: "opus", Config: make([]byte, 11), SampleRate: 48000, Channels: 2},
		{ID: 1, Codec: media.FLAC, ClockRate: 8000, MIME: "flac", Config: make([]byte, 38), SampleRate: 8000, Channels: 1},
	}
}

// Each codec's track reads back; without what it needs, or with what
// contradicts it, it does not.
func TestTracks(t *testing.T) {
	parse := func(k media.Track) (media.Track, error) {
		c, err := media.ParseConfig(media.Config{Tracks: []media.Track{k}}.Append(nil))
		if err != nil {
			return media.Track{}, err
		}
		return c.Tracks[0], nil
	}
	for _, k := range good() {
		if got, err := parse(k); err != nil || !reflect.DeepEqual(got, k) {
			t.Errorf("%v: %+v (%v)", k.Codec, got, err)
		}
		video, g711 := k.Codec.Video(), k.Codec.G711()
		if video != (k.Width > 0) || g711 != (k.MIME == "alaw" || k.MIME == "ulaw") {
			t.Errorf("%v: video %v, G.711 %v", k.Codec, video, g711)
		}
		bad := map[string]func(k *media.Track){
			"no id":      func(k *media.Track) { k.ID = 0 },
			"no clock":   func(k *media.Track) { k.ClockRate = 0 },
			"codec 0":    func(k *media.Track) { k.Codec = 0 },
			"codec 9":    func(k *media.Track) { k.Codec = 9 },
			"sound wide": func(k *media.Track) { k.Width = uint16(1 - b2i(video)) },
			"sound high": func(k *media.Track) { k.Height = uint16(1 - b2i(video)) },
			"rate":       func(k *media.Track) { k.SampleRate = uint32(b2i(video)) },
			"channels":   func(k *media.Track) { k.Channels = uint8(b2i(video)) },
			"config turned": func(k *media.Track) {
				if len(k.Config) > 0 {
					k.Config = nil
				} else {
					k.Config = []byte{1}
				}
			},
		}
		switch {
		case g711 || k.Codec == media.FLAC:
			bad["clock is not the rate"] = func(k *media.Track) { k.ClockRate++ }
			bad["nine channels"] = func(k *media.Track) { k.Channels = 9 }
		case k.Codec == media.Opus:
			bad["clock is not 48 kHz"] = func(k *media.Track) { k.ClockRate = 16000 }
		}
		if k.Codec == media.FLAC || k.Codec == media.Opus {
			bad["short"] = func(k *media.Track) { k.Config = k.Config[1:] }
		}
		for what, spoil := range bad {
			bad := k
			spoil(&bad)
			if got, err := parse(bad); !errors.Is(err, media.ErrConfig) {
				t.Errorf("%v, %s: %+v (%v)", k.Codec, what, got, err)
			}
		}
	}
}

// The strings of RFC 6381 §3 and ISO/IEC 14496-15 annex E.
func TestMIME(t *testing.T) {
	main := []byte{1, 1, 0x60, 0, 0, 0, 0x90, 0, 0, 0, 0, 0, 93}
	odd := []byte{1, 0x40 | 0x20 | 4, 0x08, 0, 0, 1, 0x0f, 0, 0xb0, 0, 0, 0, 150}
	for _, test := range []struct {
		codec  media.Codec
		config []byte
		want   string
	}{
		{media.H264, []byte{1, 0x64, 0, 0x1f}, "avc1.64001f"},
		{media.H264, []byte{1, 0x64, 0}, ""},
		{media.H265, main, "hvc1.1.6.L93.90"},
		{media.H265, odd, "hvc1.A4.80000010.H150.F.0.B0"},
		{media.H265, main[:12], ""},
		{media.AAC, []byte{0x14, 0x08}, "mp4a.40.2"},
		{media.AAC, []byte{0x2b, 0x92, 0x08}, "mp4a.40.5"},
		{media.AAC, []byte{0xf8 | 1, 0x40}, "mp4a.40.42"},
		{media.AAC, []byte{0x14}, ""},
		{media.MJPEG, nil, "mp4v.6C"},
		{media.PCMA, nil, "alaw"},
		{media.PCMU, nil, "ulaw"},
		{media.Opus, nil, "opus"},
		{media.FLAC, nil, "flac"},
		{9, main, ""},
	} {
		if got := test.codec.MIME(test.config); got != test.want {
			t.Errorf("%v % x: %q, want %q", test.codec, test.config, got, test.want)
		}
	}
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}
