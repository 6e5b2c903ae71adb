package onvif

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"lares/cameras/clock"
	"lares/cameras/fakecam"
)

const patience = 20 * time.Second

func camera(t *testing.T, o fakecam.Options) (*fakecam.Camera, *Client) {
	t.Helper()
	o.Name, o.Username, o.Password = t.Name(), "user", "password"
	cam, err := fakecam.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cam.Close)
	return cam, client(t, cam.ONVIFURL(), "user", "password")
}

func profilesOf(t *testing.T, c *Client) []Profile {
	t.Helper()
	profiles, err := c.Profiles(t.Context())
	if err != nil || len(profiles) == 0 {
		t.Fatalf("%d profiles, %v", len(profiles), err)
	}
	return profiles
}

// until waits until something is so at the fake camera.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !ok(); runtime.Gosched() {
		if time.Now().After(end) {
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

// TestProfiles by the newer service and by the older one.
func TestProfiles(t *testing.T) {
	for _, without := range [][]string{nil, {fakecam.ServiceMedia2}} {
		cam, c := camera(t, fakecam.Options{
			Main:    fakecam.Encoding{Codec: "H265", Width: 2560, Height: 1440, FPS: 25, Kbps: 4096, GOP: 250},
			Sub:     fakecam.Encoding{FPS: 10, Kbps: 512, GOP: 20},
			Without: without,
		})
		profiles := profilesOf(t, c)
		if len(profiles) != 2 {
			t.Fatalf("%+v", profiles)
		}
		main, sub := profiles[0], profiles[1]
		if e := *main.Encoder; e.Codec != CodecH265 || e.Width != 2560 || e.Height != 1440 || e.FPS != 25 || e.Kbps != 4096 || e.GOP != 250 || main.Media2 != (without == nil) {
			t.Errorf("%+v of %+v", e, main)
		}
		if e := *sub.Encoder; e.Codec != CodecH264 || e.Width != 320 || e.GOP != 20 || e.Kbps != 512 || !sub.PTZ || sub.Source != main.Source || sub.Source == "" {
			t.Errorf("%+v of %+v", e, sub)
		}
		for i, want := range []string{cam.MainURL(), cam.SubURL()} {
			if u, err := c.StreamURI(t.Context(), profiles[i]); err != nil || u != want {
				t.Errorf("%s, %v; not %s", u, err, want)
			}
			if b, err := c.Snapshot(t.Context(), profiles[i]); err != nil || len(b) < 1000 {
				t.Errorf("a picture of %d bytes, %v", len(b), err)
			}
		}
		if _, err := c.StreamURI(t.Context(), Profile{Token: "no such", Media2: main.Media2}); err == nil {
			t.Error("a stream of no profile")
		}
		options, err := c.EncoderOptions(t.Context(), sub)
		if err != nil || len(options) != 1 || options[0].Codec != CodecH264 || options[0].GOPMax != 400 || options[0].FPSMin != 5 || options[0].FPSMax != 30 || options[0].KbpsMin != 64 || options[0].KbpsMax != 8192 {
			t.Fatalf("%+v, %v", options, err)
		}
		size, ok := BestSubSize(sub.Encoder.Codec, options)
		if !ok || size != (Size{640, 360}) {
			t.Errorf("the best size is %v, %v", size, ok)
		}
		if err := c.SetEncoder(t.Context(), sub, EncoderChange{GOP: BestGOP(sub.Encoder, sub.Encoder.Codec, options), Size: size}); err != nil {
			t.Error(err)
		}
		if e := cam.Device().Sub; e.Width != 640 || e.Height != 360 || e.GOP != 20 || e.Codec != "H264" {
			t.Errorf("set to %+v", e)
		}
		if err := c.SetEncoder(t.Context(), main, EncoderChange{GOP: 50}); err != nil {
			t.Error(err)
		}
		if e := cam.Device().Main; e.GOP != 50 || e.Width != 2560 {
			t.Errorf("set to %+v", e)
		}
		if err := c.SetEncoder(t.Context(), main, EncoderChange{GOP: 5000}); err == nil || Lost(err) {
			t.Errorf("a GOP beyond what it can: %v", err)
		}
		cam.SetONVIFFault(fakecam.ONVIFIgnore)
		if err := c.SetEncoder(t.Context(), main, EncoderChange{GOP: 30}); !errors.Is(err, ErrKept) {
			t.Errorf("a change that is not made: %v", err)
		}
	}
}

// TestStreamAddresses: what devices write becomes an address at the configured
// host, without credentials.
func TestStreamAddresses(t *testing.T) {
	c := client(t, "http://192.0.2.7:8000/onvif/device_service", "user", "password")
	for in, want := range map[string]string{
		"rtsp://192.0.2.7:554/a?b=c&d=1":               "rtsp://192.0.2.7:554/a?b=c&d=1",
		"rtsp://10.0.0.1/live":                         "rtsp://192.0.2.7/live",
		"rtsp://admin:pass@10.0.0.1:8554/live/ch0":     "rtsp://192.0.2.7:8554/live/ch0",
		"rtsp://rtsp://10.0.0.1/live":                  "rtsp://192.0.2.7/live",
		"rtsp://::ffff:10.0.0.1/live":                  "rtsp://192.0.2.7/live",
		"rtsp://[2001:db8::1]:554/live":                "rtsp://192.0.2.7:554/live",
		"rtsps://10.0.0.1:322/live":                    "rtsps://192.0.2.7:322/live",
		"10.0.0.1:554/live":                            "rtsp://192.0.2.7:554/live",
		"rtsp://10.0.0.1/a?url=http://evil.example/":   "rtsp://192.0.2.7/a?url=http://evil.example/",
		"http://10.0.0.1/live":                         "",
		"rtsp://10.0.0.1/" + strings.Repeat("a", 2000): "",
		"rtsp://10.0.0.1/%zz":                          "",
	} {
		got, err := c.stream(in)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%.60s: %s, %v; not %s", in, got, err, want)
		}
	}
	six := client(t, "http://[2001:db8::7]/onvif", "", "")
	if got, err := six.stream("rtsp://10.0.0.1/x"); got != "rtsp://[2001:db8::7]/x" || err != nil {
		t.Errorf("%s, %v", got, err)
	}
}

// move turns a camera to the end of the time, or of ctx.
func move(ctx context.Context, c *Client, p Profile, v Velocity, d time.Duration) error {
	finish, err := c.Begin(ctx, p, v, d)
	if err != nil {
		return err
	}
	return finish(ctx)
}

func TestPTZ(t *testing.T) {
	cam, c := camera(t, fakecam.Options{})
	p := profilesOf(t, c)[0]
	ptz, err := c.PTZ(t.Context(), p)
	if err != nil || !ptz.Continuous || !ptz.Zoom || !ptz.Home || len(ptz.Presets) != 2 || ptz.Presets[1].Name != "Gate & drive" {
		t.Fatalf("%+v, %v", ptz, err)
	}
	if err := c.GoTo(t.Context(), p, ptz.Presets[1].Token); err != nil || cam.Device().Preset != "Gate & drive" {
		t.Errorf("at %s, %v", cam.Device().Preset, err)
	}
	if err := c.GoTo(t.Context(), p, "nowhere"); err == nil {
		t.Error("went nowhere")
	}
	if err := c.GoHome(t.Context(), p); err != nil || cam.Device().Preset != "home" {
		t.Errorf("at %s, %v", cam.Device().Preset, err)
	}
	if err := move(t.Context(), c, p, Velocity{Pan: 1, Zoom: -0.25}, time.Millisecond); err != nil {
		t.Error(err)
	}
	if d := cam.Device(); d.Moves != 1 || d.Pan != 0 || d.Zoom != 0 {
		t.Errorf("after a move: %+v", d)
	}
	for _, bad := range []Velocity{{Pan: 1.5}, {Tilt: -2}} {
		if err := move(t.Context(), c, p, bad, time.Second); err == nil {
			t.Errorf("moved by %v", bad)
		}
	}
	if move(t.Context(), c, p, Velocity{Pan: 1}, time.Hour) == nil || move(t.Context(), c, p, Velocity{Pan: 1}, 0) == nil {
		t.Error("moved for no time or an hour")
	}

	// Whoever asked goes away: the camera stops all the same.
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- move(ctx, c, p, Velocity{Pan: 0.5, Tilt: -1}, MaxMove) }()
	until(t, "the camera to move", func() bool { d := cam.Device(); return d.Pan == 0.5 && d.Tilt == -1 })
	cancel()
	// The answer to the order may still have been on its way.
	quiet := func(err error) bool { return err == nil || errors.Is(err, context.Canceled) }
	if err := <-done; !quiet(err) || cam.Device().Pan != 0 {
		t.Errorf("%v; %+v", err, cam.Device())
	}

	// A newer move takes over: the end of the older one does not stop it.
	ctx1, cancel1 := context.WithCancel(t.Context())
	go func() { done <- move(ctx1, c, p, Velocity{Pan: 0.5}, MaxMove) }()
	until(t, "the first move", func() bool { return cam.Device().Pan == 0.5 })
	ctx2, cancel2 := context.WithCancel(t.Context())
	done2 := make(chan error)
	go func() { done2 <- move(ctx2, c, p, Velocity{Pan: -0.5}, MaxMove) }()
	until(t, "the second move", func() bool { return cam.Device().Pan == -0.5 })
	cancel1()
	if err := <-done; !quiet(err) || cam.Device().Pan != -0.5 {
		t.Errorf("the first move stopped the second: %v, %+v", err, cam.Device())
	}
	if err := c.Stop(t.Context(), p); err != nil || cam.Device().Pan != 0 {
		t.Errorf("%v, %+v", err, cam.Device())
	}
	cancel2()
	if err := <-done2; !quiet(err) {
		t.Error(err)
	}

	_, without := camera(t, fakecam.Options{Without: []string{fakecam.ServicePTZ}})
	if _, err := without.PTZ(t.Context(), p); !errors.Is(err, ErrUnsupported) {
		t.Errorf("a camera that does not turn: %v", err)
	}
	if profilesOf(t, without)[0].PTZ {
		t.Error("a profile of it turns")
	}
}

func TestImaging(t *testing.T) {
	cam, c := camera(t, fakecam.Options{})
	p := profilesOf(t, c)[0]
	was, err := c.Imaging(t.Context(), p)
	if err != nil || *was.Brightness != 50 || was.IrCut != "AUTO" {
		t.Fatalf("%+v, %v", was, err)
	}
	may, err := c.ImagingOptions(t.Context(), p)
	if err != nil || *may.Contrast != (Range{0, 100}) || !slices.Equal(may.IrCut, []string{"ON", "OFF", "AUTO"}) {
		t.Fatalf("%+v, %v", may, err)
	}
	bright := 72.5
	if err := c.SetImaging(t.Context(), p, Imaging{Brightness: &bright, IrCut: "OFF"}); err != nil {
		t.Fatal(err)
	}
	if d := cam.Device(); d.Brightness != 72.5 || d.Contrast != 50 || d.IrCut != "OFF" {
		t.Errorf("%+v", d)
	}
	bright = 1000
	if err := c.SetImaging(t.Context(), p, Imaging{Brightness: &bright}); err == nil || cam.Device().Brightness != 72.5 {
		t.Errorf("beyond the range: %v", err)
	}
	if err := c.SetImaging(t.Context(), p, Imaging{IrCut: "<x/>"}); err == nil {
		t.Error("a mode that is none")
	}
}

func TestOutputs(t *testing.T) {
	cam, c := camera(t, fakecam.Options{})
	outputs, err := c.Outputs(t.Context())
	if err != nil || len(outputs) != 4 || outputs[0].Token != "relay_1" || outputs[0].Momentary || !outputs[1].Momentary || outputs[2].Name != "WhiteLight" || !outputs[3].Command {
		t.Fatalf("%+v, %v", outputs, err)
	}
	for _, on := range []bool{true, false} {
		for _, o := range outputs {
			if err := c.Switch(t.Context(), o, on); err != nil {
				t.Errorf("%s: %v", o.Name, err)
			}
			if slices.Contains(cam.Device().Outputs, o.Token) != on {
				t.Errorf("%s: on is not %v", o.Name, on)
			}
		}
	}
	if err := c.Switch(t.Context(), Output{Token: "none"}, true); err == nil {
		t.Error("switched nothing")
	}
}

// TestClock reads, uses, sets and loses a clock that is eight years behind.
func TestClock(t *testing.T) {
	const behind = -70128 * time.Hour
	_, c := camera(t, fakecam.Options{Ahead: behind})
	was, err := c.Clock(t.Context())
	if err != nil || (was.Offset-behind).Abs() > 3*time.Second || was.Zone != "UTC0" || !was.NTP {
		t.Fatalf("%+v, %v", was, err)
	}
	if _, err := c.Device(t.Context()); err != nil {
		t.Fatalf("signing by its clock: %v", err)
	}
	if err := c.SetClock(t.Context()); err != nil {
		t.Fatal(err)
	}
	if now, err := c.Clock(t.Context()); err != nil || now.Offset.Abs() > 3*time.Second {
		t.Errorf("after setting: %+v, %v", now, err)
	}
}

// TestMendClock: a clock that is wrong is set, and follows a time server afterwards
// where there is one: the camera's own, or what the network tells.
func TestMendClock(t *testing.T) {
	const behind = -70128 * time.Hour
	for name, x := range map[string]struct {
		o        fakecam.Options
		named    string
		byHand   bool
		fromDHCP bool
	}{
		"by hand, nobody to ask": {fakecam.Options{ByHand: true}, "", true, false},
		"by hand, DHCP tells":    {fakecam.Options{ByHand: true, DHCPTime: "time.example"}, "", false, true},
		"by hand, one is named":  {fakecam.Options{ByHand: true, DHCPTime: "time.example"}, "ntp.example", false, false},
		"a server not reached":   {fakecam.Options{}, "", false, false},
		"a server, DHCP tells":   {fakecam.Options{DHCPTime: "time.example"}, "", false, true},
	} {
		x.o.Ahead = behind
		cam, c := camera(t, x.o)
		if x.named != "" {
			if err := tell(t.Context(), c, nsDevice, "SetNTP", "<FromDHCP>false</FromDHCP><NTPManual>"+element("tt:Type", "DNS")+element("tt:DNSname", x.named)+"</NTPManual>"); err != nil {
				t.Fatal(err)
			}
		}
		if err := c.MendClock(t.Context()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		now, err := c.Clock(t.Context())
		if err != nil || now.Offset.Abs() > time.Minute || now.NTP == x.byHand {
			t.Errorf("%s: %+v, %v", name, now, err)
		}
		if d := cam.Device(); d.ByHand != x.byHand || d.FromDHCP != x.fromDHCP || d.NTP != x.named {
			t.Errorf("%s: %+v", name, d)
		}
	}
}

// TestClockSetByOthers: a refusal after the camera's clock was set is answered
// by reading the clock again, not by giving up the password.
func TestClockSetByOthers(t *testing.T) {
	wall := clock.NewManual(time.Date(2020, 1, 2, 3, 4, 5, 0, time.UTC))
	cam, c := camera(t, fakecam.Options{Clock: wall})
	c.http.Transport = unchallenged{c.http.Transport} // of two ways to sign in only the dated one
	if _, err := c.Device(t.Context()); err != nil || cam.WrongSignIns() != 0 {
		t.Fatalf("%v, %d wrong", err, cam.WrongSignIns())
	}
	wall.Advance(100 * 24 * time.Hour)
	if _, err := c.Device(t.Context()); err != nil {
		t.Errorf("after the clock was set: %v", err)
	}
}

// unchallenged is a device that knows no HTTP digest.
type unchallenged struct{ http.RoundTripper }

func (u unchallenged) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := u.RoundTripper.RoundTrip(r)
	if err == nil {
		res.Header.Del("WWW-Authenticate")
	}
	return res, err
}

func TestReboot(t *testing.T) {
	cam, c := camera(t, fakecam.Options{})
	if err := c.Reboot(t.Context()); err != nil || cam.Device().Reboots != 1 {
		t.Fatalf("%v, %d reboots", err, cam.Device().Reboots)
	}
	until(t, "the camera to go", func() bool { _, err := c.Device(t.Context()); return err != nil })
	until(t, "the camera to come back", func() bool { _, err := c.Device(t.Context()); return err == nil })
}

// TestHTTPS: a certificate the camera signed itself is taken, and nothing leads
// back to plain HTTP.
func TestHTTPS(t *testing.T) {
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		switch {
		case strings.Contains(string(b), "GetServices"):
			fmt.Fprintf(w, `<Envelope><Body><GetServicesResponse><Service><Namespace>%s</Namespace><XAddr>http://%s/media</XAddr></Service>`+
				`<Service><Namespace>%s</Namespace><XAddr>http://127.0.0.1/events</XAddr></Service></GetServicesResponse></Body></Envelope>`, nsMedia, r.Host, nsEvents)
		case r.URL.Path == "/media":
			fmt.Fprint(w, `<Envelope><Body><GetProfilesResponse><Profiles token="p"/></GetProfilesResponse></Body></Envelope>`)
		default:
			http.NotFound(w, r)
		}
	}))
	defer s.Close()
	c := client(t, s.URL, "user", "password")
	if p, err := c.Profiles(t.Context()); err != nil || len(p) != 1 {
		t.Errorf("%+v, %v", p, err)
	}
	if u, err := c.local("http://127.0.0.1/x"); err != nil || u.Scheme != "https" || u.Host != c.device.Host {
		t.Errorf("%v, %v", u, err)
	}
}
