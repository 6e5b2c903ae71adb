package media_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"

	"lares/cameras/media"
)

func TestIDs(t *testing.T) {
	id := media.NewClipID()
	if id.IsZero() || id == media.NewClipID() || !(media.ClipID{}).IsZero() {
		t.Fatal("ids are not drawn")
	}
	again, err := media.ParseClipID(id.String())
	if err != nil || again != id {
		t.Errorf("%v (%v)", again, err)
	}
	text := id.String()
	for _, s := range []string{"", text[1:], text + "0", strings.ToUpper(strings.Repeat("ab", 16)), text[:31] + "g", text[:30] + "\x00\x00", "0x" + text[2:], text[:31] + " "} {
		if _, err := media.ParseCameraID(s); !errors.Is(err, media.ErrID) {
			t.Errorf("%q: %v", s, err)
		}
	}
	b, err := json.Marshal(map[string]media.ClipID{"id": id})
	if err != nil || string(b) != `{"id":"`+text+`"}` {
		t.Errorf("%s (%v)", b, err)
	}
	var back map[string]media.ClipID
	if err := json.Unmarshal(b, &back); err != nil || back["id"] != id {
		t.Errorf("%v (%v)", back, err)
	}
	var scanned media.ClipID
	column := bytes.Clone(id[:])
	if err := scanned.Scan(column); err != nil || scanned != id {
		t.Errorf("%v (%v)", scanned, err)
	}
	column[0]++
	if scanned != id {
		t.Error("Scan kept the driver's bytes")
	}
	for _, v := range []any{nil, text, []byte{1}, 5} {
		if err := scanned.Scan(v); !errors.Is(err, media.ErrID) {
			t.Errorf("%v: %v", v, err)
		}
	}
}

func config() media.Config {
	return media.Config{Tracks: []media.Track{
		{ID: 1, Codec: media.H264, ClockRate: 90000, MIME: "avc1.64001f", Config: []byte{1, 2, 3}, Width: 1920, Height: 1080},
		{ID: 2, Codec: media.AAC, ClockRate: 16000, MIME: "mp4a.40.2", Config: []byte{0x14, 8}, SampleRate: 16000, Channels: 1},
	}}
}

func TestConfig(t *testing.T) {
	c := config()
	b := c.Append([]byte("x"))[1:]
	got, err := media.ParseConfig(b)
	if err != nil || !reflect.DeepEqual(got, c) {
		t.Fatalf("%+v (%v)", got, err)
	}
	clear(b)
	if !reflect.DeepEqual(got, c) {
		t.Error("the configuration kept the caller's bytes")
	}
	b = c.Append(nil)
	for n := range b {
		if _, err := media.ParseConfig(b[:n]); !errors.Is(err, media.ErrConfig) {
			t.Errorf("cut at %d: %v", n, err)
		}
	}
	twice, zero, noClock, long := config(), config(), config(), config()
	twice.Tracks[1].ID = 1
	zero.Tracks[0].ID = 0
	noClock.Tracks[0].ClockRate = 0
	long.Tracks[0].Config = make([]byte, 5000)
	many := media.Config{Tracks: make([]media.Track, 5)}
	for name, bad := range map[string][]byte{
		"more": append(bytes.Clone(b), 0), "twice": twice.Append(nil), "zero id": zero.Append(nil),
		"no clock": noClock.Append(nil), "long": long.Append(nil), "many": many.Append(nil),
	} {
		if _, err := media.ParseConfig(bad); !errors.Is(err, media.ErrConfig) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if v, ok := c.Video(); !ok || v.ID != 1 {
		t.Error("no video")
	}
	if _, ok := (media.Config{Tracks: c.Tracks[1:]}).Video(); ok {
		t.Error("sound is no video")
	}
	if a, ok := c.Track(2); !ok || a.Codec != media.AAC {
		t.Error("no track 2")
	}
	if _, ok := c.Track(3); ok {
		t.Error("a track 3")
	}
}

func TestWords(t *testing.T) {
	for got, want := range map[string]string{
		media.StreamMain.String(): "main", media.StreamSub.String(): "sub", media.StreamCamera.String(): "camera",
		media.StreamID(0).String(): "unknown", media.H264.String(): "H.264", media.AAC.String(): "AAC", media.Codec(9).String(): "codec 9",
		media.H265.String(): "H.265", media.MJPEG.String(): "MJPEG", media.PCMA.String(): "G.711 A-law",
		media.PCMU.String(): "G.711 µ-law", media.Opus.String(): "Opus", media.FLAC.String(): "FLAC",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	for _, k := range []media.Kind{media.KindMotion, media.KindSound, media.KindCamera, media.KindDoorbell, media.KindTamper, media.KindTrigger} {
		if !k.Valid() {
			t.Errorf("%s is not valid", k)
		}
	}
	if media.Kind("").Valid() || media.Kind("person").Valid() {
		t.Error("a kind too many")
	}
}

func FuzzParseConfig(f *testing.F) {
	f.Add(config().Append(nil))
	for _, t := range good() {
		f.Add(media.Config{Tracks: []media.Track{t}}.Append(nil))
	}
	f.Add([]byte{0})
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := media.ParseConfig(b)
		if err != nil {
			return
		}
		if !bytes.Equal(c.Append(nil), b) {
			t.Errorf("%x reads as %+v, which writes differently", b, c)
		}
	})
}
