package probe

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"lares/cameras/fakecam"
	"lares/cameras/internal/wire"
	"lares/cameras/media"
	"lares/cameras/seal"
)

const (
	workerEnv  = "LARES_TEST_PROBE"   // this binary as a probe worker
	hostileEnv = "LARES_TEST_HOSTILE" // as one that was taken over
)

func TestMain(m *testing.M) {
	var err error
	switch {
	case os.Getenv(workerEnv) != "":
		err = Main()
	case os.Getenv(hostileEnv) != "":
		err = hostile(os.Getenv(hostileEnv))
	default:
		os.Exit(m.Run())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

func again(env, value string) *exec.Cmd {
	c := exec.Command(os.Args[0])
	c.Env = []string{env + "=" + value}
	return c
}

func newKey() []byte {
	key := make([]byte, seal.KeySize)
	rand.Read(key)
	return key
}

// anybody may be looked at.
func anybody(context.Context, Met) ([]string, error) { return nil, nil }

// lookAt probes in a child of its own, with a key of its own.
func lookAt(t *testing.T, d Device, fixes ...string) (l Look, id media.ProbeID, key []byte) {
	t.Helper()
	id, key = media.NewProbeID(), newKey()
	l, err := Run(t.Context(), again(workerEnv, "1"), d, Ask{Fixes: fixes, ID: id, Key: key, Met: anybody})
	if err != nil {
		t.Fatal(err)
	}
	return l, id, key
}

func start(t *testing.T, o fakecam.Options) (*fakecam.Camera, Device) {
	t.Helper()
	if o.Name == "" {
		o.Name = t.Name()
	}
	o.Username, o.Password = "user", "correct horse"
	cam, err := fakecam.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cam.Close)
	return cam, Device{ONVIF: cam.ONVIFURL(), Username: o.Username, Password: o.Password}
}

// TestLook: a camera is looked at by a child of its own: both streams, and a
// picture of each that opens with the key, for its stream, and not otherwise.
func TestLook(t *testing.T) {
	cam, d := start(t, fakecam.Options{})
	l, id, key := lookAt(t, d)
	if l.Code != Found || l.Model != t.Name() || l.Serial == "" || !l.Clock || len(l.Streams) != 2 {
		t.Fatalf("%+v", l.Probed)
	}
	if m, s := l.Streams[0], l.Streams[1]; m.Role != RoleMain || m.URL != cam.MainURL() || s.Role != RoleSub || s.URL != cam.SubURL() || m.Codec != "H264" || m.Reason == "" {
		t.Errorf("%+v", l.Streams)
	}
	if len(l.Pictures) != 2 {
		t.Fatalf("%d pictures", len(l.Pictures))
	}
	for shown, sealed := range l.Pictures {
		role := shown.Role
		picture, err := seal.OpenText(key, seal.GlimpseBinding(id, 1, role), sealed)
		if err != nil || !bytes.HasPrefix(picture, []byte{0xff, 0xd8, 0xff}) || bytes.Contains(sealed, picture[:16]) {
			t.Errorf("the picture of %s: %v", role, err)
		}
		for what, open := range map[string]func() ([]byte, error){
			"another key": func() ([]byte, error) { return seal.OpenText(newKey(), seal.GlimpseBinding(id, 1, role), sealed) },
			"another probe": func() ([]byte, error) {
				return seal.OpenText(key, seal.GlimpseBinding(media.NewProbeID(), 1, role), sealed)
			},
			"another stream":  func() ([]byte, error) { return seal.OpenText(key, seal.GlimpseBinding(id, 1, "x"), sealed) },
			"another channel": func() ([]byte, error) { return seal.OpenText(key, seal.GlimpseBinding(id, 2, role), sealed) },
		} {
			if _, err := open(); err == nil {
				t.Errorf("the picture of %s opens with %s", role, what)
			}
		}
	}
}

// TestFixes: what a probe warns of is mended when it is asked for, and what
// cannot be is said.
func TestFixes(t *testing.T) {
	cam, d := start(t, fakecam.Options{
		Main:  fakecam.Encoding{Codec: "H264", Width: 2560, Height: 1440, FPS: 25, Kbps: 4096, GOP: 250},
		Sub:   fakecam.Encoding{Codec: "H264", Width: 1920, Height: 1080, FPS: 25, Kbps: 1000, GOP: 50},
		Ahead: -70128 * time.Hour,
	})
	l, _, _ := lookAt(t, d)
	var fixes []string
	for _, w := range l.Warnings {
		fixes = append(fixes, w.Fix)
	}
	if !slices.Equal(fixes, []string{"sub-size", "main-gop", "clock"}) || l.OffsetMS > -70127*3600_000 {
		t.Fatalf("%v, %d ms", fixes, l.OffsetMS)
	}
	l, _, _ = lookAt(t, d, append(fixes, "no-such-fix")...)
	if !slices.Equal(l.Fixed, fixes) || len(l.Warnings) != 0 || len(l.Unfixed) != 1 || l.Unfixed[0].Fix != "no-such-fix" || l.Unfixed[0].Why == "" {
		t.Errorf("fixed %v, not %v, warned of %v", l.Fixed, l.Unfixed, l.Warnings)
	}
	if l.Streams[1].Role != RoleSub || cam.Device().Main.GOP != 50 {
		t.Errorf("afterwards: %+v, %+v", l.Streams, cam.Device())
	}
}

// TestNothingToTake: each way in which there is no camera has its state and
// plain words, and nothing else is tried.
func TestNothingToTake(t *testing.T) {
	const nobody = "127.0.0.1:1" // no port that the kernel gives to others
	cam, d := start(t, fakecam.Options{})
	with := func(user, password string) Device { return Device{ONVIF: d.ONVIF, Username: user, Password: password} }
	for _, c := range []struct {
		name   string
		d      Device
		fault  fakecam.ONVIFFault
		code   string
		saying string
	}{
		{"a wrong password", with("user", "guess"), fakecam.ONVIFNone, WrongPassword, "refuses"},
		{"nobody's password", with("", ""), fakecam.ONVIFNone, WrongPassword, "asks for a user name"},
		{"nobody there", Device{ONVIF: "http://" + nobody + "/onvif/device_service", Username: "user", Password: "x"}, fakecam.ONVIFNone, wire.Unreachable, "Nothing answers"},
		{"a web page", d, fakecam.ONVIFPage, wire.Incompatible, "does not speak ONVIF"},
		{"elements in elements", d, fakecam.ONVIFBomb, wire.Incompatible, "ONVIF"},
		{"a gigabyte", d, fakecam.ONVIFHuge, wire.Incompatible, "ONVIF"},
		{"elsewhere for ever", d, fakecam.ONVIFRedirect, wire.Incompatible, "ONVIF"},
	} {
		cam.SetONVIFFault(c.fault)
		l, _, _ := lookAt(t, c.d)
		if l.Code != c.code || !strings.Contains(l.Message, c.saying) || len(l.Streams) != 0 || len(l.Pictures) != 0 {
			t.Errorf("%s: %q %q, %d streams, %d pictures", c.name, l.Code, l.Message, len(l.Streams), len(l.Pictures))
		}
		if strings.Contains(fmt.Sprint(l), "guess") || strings.Contains(fmt.Sprint(l), "correct horse") {
			t.Errorf("%s: the password is said again", c.name)
		}
	}
}

// TestSlowDevice: who leaves waits for no device.
func TestSlowDevice(t *testing.T) {
	asked := make(chan struct{}, 1)
	release := make(chan struct{})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &http.Server{Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked <- struct{}{}; <-release })}
	go s.Serve(l)
	t.Cleanup(func() { close(release); s.Close() })
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-asked; cancel() }()
	began := time.Now()
	if _, err := Run(ctx, again(workerEnv, "1"), Device{ONVIF: "http://" + l.Addr().String() + "/x"}, Ask{ID: media.NewProbeID(), Key: newKey(), Met: anybody}); err == nil {
		t.Error("a look at a device that did not answer")
	}
	if took := time.Since(began); took > Within/2 {
		t.Errorf("it took %v", took)
	}
}

// TestHostileWorker: what a worker that was taken over says beyond its words is
// refused, and a stream of another host with it.
func TestHostileWorker(t *testing.T) {
	for how, saying := range map[string]string{
		"elsewhere": "another host", "credentials": "another host", "roles": "other roles", "pictures": "frame of type", "large pictures": "frame of type",
		"picture of nobody": "frame of type", "found of nobody": "did not say who answered", "named of nobody": "did not say who answered", "picture of the device": "frame of type",
		"met again and again": "frame of type", "met elsewhere": "another host", "met at another service": "device service", "met too much": "out of bounds",
		"channel": "of no channel", "sources": "two channels", "small alone": "other roles", "service": "device service", "silence": "ended early", "junk": "malformed",
	} {
		_, err := Run(t.Context(), again(hostileEnv, how), Device{ONVIF: "http://127.0.0.1:1/x"}, Ask{ID: media.NewProbeID(), Key: newKey(), Met: anybody})
		if err == nil || !strings.Contains(err.Error(), saying) {
			t.Errorf("%s: %v", how, err)
		}
	}
}

// hostile is a worker that says what none may.
func hostile(how string) error {
	conn, err := net.FileConn(os.NewFile(3, "hub"))
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := wire.Send(conn, wire.TypeHello, wire.Hello{Version: wire.Version}); err != nil {
		return err
	}
	r := wire.NewReader(conn)
	if _, _, err := r.Next(); err != nil {
		return err
	}
	met, times := wire.Met{Channels: []wire.MetChannel{{URL: "rtsp://127.0.0.1:554/main"}}}, 1
	switch how {
	case "picture of nobody":
		return wire.SendBytes(conn, wire.TypeGlimpse, wire.Glimpse(1, RoleMain, []byte("x")))
	case "named of nobody":
		return wire.Send(conn, wire.TypeProbed, wire.Probed{Code: wire.Incompatible, Serial: "SN-A1B2C3"})
	case "picture of the device":
		met.More = true
	case "found of nobody":
		times = 0
	case "met again and again":
		times = wire.MaxMet + 1
	case "met elsewhere":
		met.Channels[0].URL = "rtsp://192.0.2.1/main"
	case "met at another service":
		met.ONVIF = "http://127.0.0.1:8000/x"
	case "met too much":
		met.Channels = make([]wire.MetChannel, wire.MaxChannels+1)
	}
	for range times {
		if err := wire.Send(conn, wire.TypeMet, met); err != nil {
			return err
		}
		if t, _, err := r.Next(); err != nil || t != wire.TypeMay {
			return err
		}
	}
	if how == "picture of the device" {
		return wire.SendBytes(conn, wire.TypeGlimpse, wire.Glimpse(1, RoleMain, []byte("x")))
	}
	stream := wire.ProbedStream{Role: RoleMain, URL: "rtsp://127.0.0.1:554/main"}
	p := wire.Probed{Code: Found, Channels: []wire.ProbedChannel{{}}, Streams: []wire.ProbedStream{stream}}
	switch how {
	case "elsewhere":
		p.Streams[0].URL = "rtsp://192.0.2.1/main"
	case "credentials":
		p.Streams[0].URL = "rtsp://somebody:x@127.0.0.1/main"
	case "roles":
		p.Streams = append(p.Streams, stream)
	case "pictures":
		for range wire.MaxGlimpses + 1 {
			if err := wire.SendBytes(conn, wire.TypeGlimpse, wire.Glimpse(1, RoleMain, []byte("x"))); err != nil {
				return err
			}
		}
	case "large pictures":
		for range 3 {
			if err := wire.SendBytes(conn, wire.TypeGlimpse, wire.Glimpse(1, RoleMain, make([]byte, wire.MaxGlimpse))); err != nil {
				return err
			}
		}
	case "channel":
		p.Streams[0].Source = "another"
	case "sources":
		p.Channels = append(p.Channels, p.Channels[0])
	case "small alone":
		p.Streams[0].Role = RoleSub
	case "service":
		p.ONVIF = "http://127.0.0.1:8000/x"
	case "silence":
		return nil
	case "junk":
		return wire.SendBytes(conn, wire.TypeProbed, []byte(`{"code":"live","nonsense":1}`))
	}
	return wire.Send(conn, wire.TypeProbed, p)
}

// TestNames: the hub finds the address of a name, which a caged child cannot, and says so
// where there is none.
func TestNames(t *testing.T) {
	t.Parallel()
	cam, d := bare(t, paths()[0], fakecam.Options{})
	onvif := d.ONVIF
	d.ONVIF, d.RTSP = "", strings.Replace(d.RTSP, "127.0.0.1", "localhost", 1)
	if l, _, _ := lookAt(t, d); l.Code != Found || len(l.Streams) != 2 {
		t.Errorf("by its name: %+v", l.Probed)
	}
	// Names are answered for by others: pages of this machine are not asked by one.
	d.ONVIF, d.RTSP = strings.Replace(onvif, "127.0.0.1", "localhost", 1), ""
	cam.SetONVIFFault(fakecam.ONVIFNone)
	if l, _, _ := lookAt(t, d); l.Code != wire.Unreachable || !strings.Contains(l.Message, "localhost leads to the hub itself") {
		t.Errorf("by a name of this machine: %+v", l.Probed)
	}
	d.ONVIF = "http://nowhere.invalid/onvif/device_service"
	if l, _, _ := lookAt(t, d); l.Code != wire.Unreachable || !strings.Contains(l.Message, "nowhere.invalid leads to no address") {
		t.Errorf("by a name of nobody: %+v", l.Probed)
	}
}
