package onvif

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"lares/cameras/clock"
	"lares/cameras/fakecam"
)

// TestChannels: each source has its own large and small stream, in the order in which
// the device tells of them; what one source lacks it does not take from another.
func TestChannels(t *testing.T) {
	profiles := []Profile{
		made("1", CodecH264, 1920, 1080, 15, 3000, 30),
		from(made("2", CodecH264, 640, 360, 10, 400, 20), "w"),
		made("3", CodecH264, 640, 360, 10, 400, 20),
		from(made("4", CodecH265, 3840, 2160, 15, 8000, 30), "w"),
		from(made("5", CodecH264, 640, 480, 10, 400, 20), "x"),
		{Token: "6", Source: "y"},
	}
	profiles[1].SourceName = "Yard"
	got := Channels(profiles)
	var said []string
	for _, c := range got {
		said = append(said, fmt.Sprint(c.Source, c.Name, " ", c.Main, c.Sub))
		for i, p := range profiles {
			if (c.Reasons[i] != "") != (p.Source == c.Source) {
				t.Errorf("%s: %q is the reason of %+v", c.Source, c.Reasons[i], p)
			}
		}
	}
	if want := []string{"v 0 2", "wYard 3 1", "x 4 -1", "y -1 -1"}; !slices.Equal(said, want) {
		t.Errorf("%q, not %q", said, want)
	}
	var many []Profile
	for i := range maxList {
		many = append(many, from(made(fmt.Sprint(i), CodecH264, 640, 480, 10, 400, 20), fmt.Sprint(i)))
	}
	if got := Channels(many); len(got) != maxChannels {
		t.Errorf("%d channels", len(got))
	}
}

// TestSurveyOfARecorder: of a recorder each camera's streams are told, whichever of
// the two services tells of them, and what is mended is mended at each.
func TestSurveyOfARecorder(t *testing.T) {
	for _, without := range [][]string{nil, {fakecam.ServiceMedia2}} {
		cam, c := camera(t, fakecam.Options{
			Channels: 5, Main: fakecam.Encoding{Codec: "H264", Width: 2560, Height: 1440, FPS: 25, Kbps: 4096, GOP: 250}, Without: without,
		})
		s, err := c.Survey(t.Context())
		if err != nil || len(s.Channels) != 5 || s.Channels[3].Name != "Input 4" {
			t.Fatalf("%+v, %v", s, err)
		}
		for i, ch := range s.Channels {
			if ch.Main < 0 || ch.Sub < 0 || ch.Late || s.Streams[ch.Main] != cam.ChannelURL(i+1, false) || s.Streams[ch.Sub] != cam.ChannelURL(i+1, true) {
				t.Errorf("channel %d: %+v, of %v", i+1, ch, s.Streams)
			}
			if len(ch.Warnings) != 1 || ch.Warnings[0].Fix != FixMainGOP {
				t.Errorf("channel %d: warned of %+v", i+1, ch.Warnings)
			}
		}
		if err := c.Fix(t.Context(), s, FixMainGOP); err != nil {
			t.Error(err)
		}
		if s, err = c.Survey(t.Context()); err != nil || len(s.all()) != 0 {
			t.Errorf("afterwards: %v, %v", problems(s), err)
		}
	}
}

// reluctant answers where the streams of some profiles are; the others it leaves
// without an answer until nobody waits for one.
type reluctant struct {
	tells map[string]bool

	mu    sync.Mutex // guards asked and most
	asked []string
	now   int
	most  int // at a time
}

func (r *reluctant) RoundTrip(q *http.Request) (*http.Response, error) {
	b, err := io.ReadAll(q.Body)
	if err != nil {
		return nil, err
	}
	_, rest, _ := strings.Cut(string(b), "<ProfileToken>")
	token, _, _ := strings.Cut(rest, "<")
	r.mu.Lock()
	r.asked = append(r.asked, token)
	r.now++
	r.most = max(r.most, r.now)
	r.mu.Unlock()
	defer func() { r.mu.Lock(); r.now--; r.mu.Unlock() }()
	if !r.tells[token] || q.Context().Err() != nil {
		<-q.Context().Done()
		return nil, q.Context().Err()
	}
	answer := `<Envelope><Body><GetStreamUriResponse><Uri>rtsp://192.0.2.7/` + token + `</Uri></GetStreamUriResponse></Body></Envelope>`
	return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(bytes.NewReader([]byte(answer))), Header: http.Header{}, Request: q}, nil
}

// TestSlowRecorder: a recorder that does not say where its streams are is not waited
// for for long; what it told by then is there, and the rest is said to be late.
func TestSlowRecorder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, err := New(Config{URL: "http://192.0.2.7/onvif/device_service", Clock: clock.System{}})
		if err != nil {
			t.Fatal(err)
		}
		device := &reluctant{tells: map[string]bool{"0": true, "1": true, "4": true}}
		c.http = &http.Client{Transport: device}
		c.services = map[string]*url.URL{nsMedia: c.device}
		s := Survey{Streams: make([]string, 6)}
		for i := range s.Streams {
			s.Profiles = append(s.Profiles, from(made(fmt.Sprint(i), CodecH264, 640, 480, 10, 400, 20), fmt.Sprint(i)))
		}
		s.Channels = Channels(s.Profiles)
		began := time.Now()
		err = c.addresses(t.Context(), &s)
		if took := time.Since(began); err != nil || took != addressesWithin {
			t.Errorf("%v, after %v", err, took)
		}
		for i, ch := range s.Channels {
			known := device.tells[ch.Source]
			if i == 4 { // two others were asked first, and hold up the rest
				known = false
			}
			if ch.Late == known || (s.Streams[i] != "") != known {
				t.Errorf("channel %d: late %v, at %q", i, ch.Late, s.Streams[i])
			}
		}
		if device.most != asking {
			t.Errorf("%d were asked at a time: %v", device.most, device.asked)
		}
	})
}
