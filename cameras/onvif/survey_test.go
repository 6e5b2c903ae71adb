package onvif

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"lares/cameras/fakecam"
)

func problems(s Survey) []string {
	var out []string
	for _, w := range s.all() {
		out = append(out, string(w.Problem)+":"+w.Fix)
	}
	return out
}

// TestSurveyAndFix: a camera as it comes out of its box is looked at, mended
// where that can be done, and looked at again.
func TestSurveyAndFix(t *testing.T) {
	for _, without := range [][]string{nil, {fakecam.ServiceMedia2}} {
		cam, c := camera(t, fakecam.Options{
			Main:  fakecam.Encoding{Codec: "H264", Width: 2560, Height: 1440, FPS: 25, Kbps: 4096, GOP: 250},
			Sub:   fakecam.Encoding{Codec: "H264", Width: 1920, Height: 1080, FPS: 25, Kbps: 1000, GOP: 50},
			Ahead: -70128 * time.Hour, Without: without,
		})
		s, err := c.Survey(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if s.Device.Model != t.Name() || !s.Services.PTZ || len(s.Profiles) != 2 || !slices.Equal(s.Streams, []string{cam.MainURL(), ""}) {
			t.Errorf("%+v", s)
		}
		first := s.Channels[0]
		if len(s.Channels) != 1 || first.Main != 0 || first.Sub != -1 || !slices.Equal(problems(s), []string{"no-sub:sub-size", "gop:main-gop", "clock:clock"}) {
			t.Errorf("%+v, %v", s.Channels, problems(s))
		}
		for _, w := range s.all() {
			if err := c.Fix(t.Context(), s, w.Fix); err != nil {
				t.Errorf("%s: %v", w.Fix, err)
			}
		}
		if c.Fix(t.Context(), s, FixSubGOP) == nil || c.Fix(t.Context(), s, "") == nil {
			t.Error("mended what was not broken")
		}
		if s, err = c.Survey(t.Context()); err != nil || len(s.all()) != 0 || s.Channels[0].Role(1) != RoleSub || s.Channels[0].Role(0) != RoleMain {
			t.Errorf("afterwards: %v, %+v, %v", problems(s), s.Channels, err)
		}
		if d := cam.Device(); d.Main.GOP != 50 || d.Sub.Width != 640 {
			t.Errorf("%+v", d)
		}
		cam.SetONVIFFault(fakecam.ONVIFPage)
		if _, err := client(t, cam.ONVIFURL(), "user", "password").Survey(t.Context()); !errors.Is(err, ErrUnsupported) {
			t.Errorf("a web page: %v", err)
		}
	}
	pure, c := camera(t, fakecam.Options{
		Main: fakecam.Encoding{Codec: "H265", Width: 2560, Height: 1440, FPS: 25, Kbps: 4096, GOP: 50},
		Sub:  fakecam.Encoding{Codec: "H265", Width: 640, Height: 360, FPS: 10, Kbps: 400, GOP: 100},
	})
	s, err := c.Survey(t.Context())
	if err != nil || !slices.Equal(problems(s), []string{"sub-codec:sub-codec", "h265:", "gop:sub-gop"}) {
		t.Fatalf("H.265 alone: %v, %v", problems(s), err)
	}
	pure.SetONVIFFault(fakecam.ONVIFIgnore)
	if err := c.Fix(t.Context(), s, FixSubCodec); !errors.Is(err, ErrKept) {
		t.Errorf("a camera that keeps its codec: %v", err)
	}
	pure.SetONVIFFault(fakecam.ONVIFNone)
	if err := c.Fix(t.Context(), s, FixSubCodec); err != nil {
		t.Error(err)
	}
	if d := pure.Device(); d.Sub != (fakecam.Encoding{Codec: "H264", Width: 640, Height: 360, FPS: 10, Kbps: 400, GOP: 20}) || d.Main.Codec != "H265" {
		t.Errorf("%+v", d)
	}
	if s, err = c.Survey(t.Context()); err != nil || !slices.Equal(problems(s), []string{"h265:"}) {
		t.Errorf("afterwards: %v, %v", problems(s), err)
	}
	cam, _ := camera(t, fakecam.Options{NoSub: true})
	s, err = client(t, cam.ONVIFURL(), "user", "password").Survey(t.Context())
	if err != nil || !slices.Equal(problems(s), []string{"no-sub:"}) {
		t.Errorf("%v, %v", problems(s), err)
	}
	if _, err := client(t, cam.ONVIFURL(), "user", "guess").Survey(t.Context()); !errors.Is(err, ErrNotAuthorized) {
		t.Errorf("a wrong password: %v", err)
	}
}

// TestTooManyBits: a second stream that is small in its picture alone, or in nothing, is a sub
// stream after one press: its bitrate is lowered too. That of main stays.
func TestTooManyBits(t *testing.T) {
	for _, without := range [][]string{nil, {fakecam.ServiceMedia2}} {
		for _, big := range []fakecam.Encoding{
			{Codec: "H264", Width: 640, Height: 360, FPS: 25, Kbps: 4096, GOP: 50},
			{Codec: "H264", Width: 1920, Height: 1080, FPS: 25, Kbps: 3000, GOP: 50},
		} {
			main := fakecam.Encoding{Codec: "H264", Width: 2560, Height: 1440, FPS: 25, Kbps: 4096, GOP: 50}
			cam, c := camera(t, fakecam.Options{Main: main, Sub: big, Without: without})
			s, err := c.Survey(t.Context())
			if err != nil || !slices.Equal(problems(s), []string{"no-sub:sub-size"}) {
				t.Fatalf("%v, %v", problems(s), err)
			}
			if text := s.all()[0].Text; !strings.Contains(text, "1000 kbit/s") || strings.Contains(text, "bitrate is too high") != (big.Width == 640) {
				t.Errorf("it says %q", text)
			}
			cam.SetONVIFFault(fakecam.ONVIFIgnore)
			if err := c.Fix(t.Context(), s, FixSubSize); !errors.Is(err, ErrKept) {
				t.Errorf("a camera that keeps its bitrate: %v", err)
			}
			cam.SetONVIFFault(fakecam.ONVIFNone)
			if err := c.Fix(t.Context(), s, FixSubSize); err != nil {
				t.Error(err)
			}
			if d := cam.Device(); d.Main != main || d.Sub != (fakecam.Encoding{Codec: "H264", Width: 640, Height: 360, FPS: 25, Kbps: 1000, GOP: 50}) {
				t.Errorf("%+v", d)
			}
			if s, err = c.Survey(t.Context()); err != nil || len(s.all()) != 0 || s.Channels[0].Role(1) != RoleSub {
				t.Errorf("afterwards: %v, %v", problems(s), err)
			}
		}
	}
}
