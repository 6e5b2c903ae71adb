package probe

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"lares/cameras/fakecam"
	"lares/cameras/internal/wire"
	"lares/cameras/media"
	"lares/cameras/onvif"
)

// overheard is a camera whose ONVIF side is asked through somebody who notes what for.
func overheard(t *testing.T, d *Device) (heard func(word string) int) {
	t.Helper()
	u, err := url.Parse(d.ONVIF)
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var all []string
	through := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: u.Scheme, Host: u.Host})
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		mu.Lock()
		all = append(all, r.Method+" "+r.URL.Path+" "+string(b))
		mu.Unlock()
		r.Body = io.NopCloser(bytes.NewReader(b))
		through.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	d.ONVIF = s.URL + u.Path
	return func(word string) (n int) {
		mu.Lock()
		defer mu.Unlock()
		for _, one := range all {
			if strings.Contains(one, word) {
				n++
			}
		}
		return n
	}
}

// TestMetFirst: whose device it is is known before anything is fetched from it or changed
// there; where nothing of it may be shown, the look ends with the reason.
func TestMetFirst(t *testing.T) {
	t.Parallel()
	theirs := errors.New("somebody else's")
	slow := fakecam.Encoding{Codec: "H264", Width: 2560, Height: 1440, FPS: 25, Kbps: 4096, GOP: 250}
	for _, refused := range []bool{true, false} {
		cam, d := start(t, fakecam.Options{Serial: "SN-A1B2C3", Main: slow})
		heard := overheard(t, &d)
		asked := func() int { return heard("GetSnapshotUri") + heard("SetVideoEncoderConfiguration") + heard("GET /") }
		var met []Met
		l, err := Run(t.Context(), again(workerEnv, "1"), d, Ask{
			ID: media.NewProbeID(), Key: newKey(), Fixes: []string{onvif.FixMainGOP},
			Met: func(_ context.Context, m Met) ([]string, error) {
				if met = append(met, m); asked() != 0 {
					t.Error("something was asked of the device before it was known whose it is")
				}
				return nil, map[bool]error{true: theirs}[refused]
			},
		})
		if len(met) != 1 || met[0].Serial != "SN-A1B2C3" || met[0].Model != t.Name() || met[0].ONVIF != d.ONVIF || len(met[0].Channels) != 1 || met[0].Channels[0].URL != cam.MainURL() {
			t.Errorf("met %+v", met)
		}
		switch {
		case refused && (!errors.Is(err, theirs) || asked() != 0 || cam.Device().Main.GOP != 250 || len(l.Pictures) != 0 || l.tells()):
			t.Errorf("refused: %+v, %v, asked %d times", l, err, asked())
		case !refused && (err != nil || asked() == 0 || cam.Device().Main.GOP != 50 || len(l.Pictures) == 0 || l.Met().Serial != met[0].Serial):
			t.Errorf("not refused: %+v, %v, asked %d times", l.Probed, err, asked())
		}
	}
}

// TestFixSettles: a camera that starts again because it was changed is waited for.
func TestFixSettles(t *testing.T) {
	t.Parallel()
	cam, d := start(t, fakecam.Options{Main: fakecam.Encoding{Codec: "H264", Width: 2560, Height: 1440, FPS: 25, Kbps: 4096, GOP: 250}})
	u, err := url.Parse(d.ONVIF)
	if err != nil {
		t.Fatal(err)
	}
	var away atomic.Int32 // how many connections more end without an answer
	through := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: u.Scheme, Host: u.Host})
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if away.Add(-1) >= 0 {
			panic(http.ErrAbortHandler)
		}
		was := cam.Device().Main.GOP
		through.ServeHTTP(w, r)
		if was == 250 && cam.Device().Main.GOP == 50 {
			away.Store(12)
		}
	}))
	t.Cleanup(s.Close)
	d.ONVIF = s.URL + u.Path
	l, _, _ := lookAt(t, d, onvif.FixMainGOP)
	if l.Code != Found || len(l.Streams) != 2 || away.Load() >= 0 {
		t.Errorf("%+v, %d more to turn away", l.Probed, away.Load())
	}
}

// TestMetBeforeThePassword: a device that does not say who it is gets no password before it
// is known whose it is, by its key and its address.
func TestMetBeforeThePassword(t *testing.T) {
	t.Parallel()
	theirs := errors.New("somebody else's")
	s := script(t, func(q, _ string) string { return status(q, "404 Not Found", "") })
	cam, secure := start(t, fakecam.Options{TLS: true})
	secure.ONVIF, secure.RTSP = "", strings.TrimSuffix(cam.MainURL(), "/main")
	dvrip := Device{DVRIP: strings.Replace(s.RTSP, "rtsp", "dvrip", 1), Username: "user", Password: "correct horse"}
	nobody := httptest.NewServer(nil)
	nobody.Close()
	for name, d := range map[string]Device{"bare": s.Device, "encrypted": secure, "dvrip": dvrip} {
		var met []Met
		_, err := Run(t.Context(), again(workerEnv, "1"), d, Ask{
			ID: media.NewProbeID(), Key: newKey(), Met: func(_ context.Context, m Met) ([]string, error) { met = append(met, m); return nil, theirs },
		})
		if !errors.Is(err, theirs) || len(met) != 1 || len(met[0].Channels) != 1 || met[0].Channels[0].URL != d.RTSP+d.DVRIP || (len(met[0].TLS) == 64) != (name == "encrypted") || met[0].More != (name == "dvrip") {
			t.Errorf("%s: met %+v, %v", name, met, err)
		}
	}
	if asked := s.requests(); len(asked) != 0 {
		t.Errorf("asked for %q", asked)
	}
	l, err := Run(t.Context(), again(workerEnv, "1"), Device{RTSP: strings.Replace(nobody.URL, "http", "rtsp", 1)}, Ask{
		ID: media.NewProbeID(), Key: newKey(), Met: func(context.Context, Met) ([]string, error) { return nil, theirs },
	})
	if err != nil || l.Code != Unreachable {
		t.Errorf("where nobody answers: %+v, %v", l.Probed, err)
	}
}

// TestMetKey: the key of encrypted streams is told where the serial number is none.
func TestMetKey(t *testing.T) {
	t.Parallel()
	for serial, length := range map[string]int{"123456": 64, "SN-A1B2C3": 0} {
		_, d := start(t, fakecam.Options{TLS: true, Serial: serial})
		l, _, _ := lookAt(t, d)
		if l.Code != Found || len(l.Met().TLS) != length {
			t.Errorf("%s: %q, %+v", serial, l.Met().TLS, l.Probed)
		}
	}
}

// TestWithoutChannels: of channels that are not to be looked at nothing is told, fetched
// or changed, nor is what concerns all of the recorder.
func TestWithoutChannels(t *testing.T) {
	t.Parallel()
	slow := fakecam.Encoding{Codec: "H264", Width: 2560, Height: 1440, FPS: 25, Kbps: 4096, GOP: 250}
	_, d := start(t, fakecam.Options{Channels: 3, Main: slow, Ahead: -70128 * time.Hour})
	heard := overheard(t, &d)
	l, err := Run(t.Context(), again(workerEnv, "1"), d, Ask{
		ID: media.NewProbeID(), Key: newKey(), Fixes: []string{onvif.FixMainGOP, onvif.FixClock},
		Met: func(_ context.Context, m Met) ([]string, error) { return []string{m.Channels[1].Source}, nil },
	})
	if err != nil || l.Code != Found || len(l.Channels) != 3 || len(l.Offered()) != 2 {
		t.Fatalf("%+v, %v", l.Probed, err)
	}
	second := l.Channels[1]
	if second.Name != "" || second.Reason == "" || slices.ContainsFunc(l.Streams, func(s Stream) bool { return s.Source == second.Source }) {
		t.Errorf("%+v, %+v", second, l.Streams)
	}
	for shown := range l.Pictures {
		if shown.Channel == 2 {
			t.Errorf("a picture of %+v", shown)
		}
	}
	if len(l.Pictures) != 2 || !slices.Equal(l.Fixed, []string{onvif.FixMainGOP}) || len(l.Unfixed) != 1 || l.Unfixed[0].Fix != onvif.FixClock {
		t.Errorf("%d pictures, fixed %v, not %v", len(l.Pictures), l.Fixed, l.Unfixed)
	}
	if n := heard("SetVideoEncoderConfiguration"); n == 0 || n%2 != 0 || heard("SetSystemDateAndTime") != 0 {
		t.Errorf("%d encoders changed", n)
	}
	for _, w := range l.Warnings {
		if strings.Contains(w.Text, "2") && strings.HasPrefix(w.Text, "Channel") || w.Fix == onvif.FixClock {
			t.Errorf("%+v", w)
		}
	}
	again, _, _ := lookAt(t, d)
	if !slices.ContainsFunc(again.Warnings, func(w Warning) bool { return w.Fix == onvif.FixMainGOP && strings.HasPrefix(w.Text, "Channel 2:") }) {
		t.Errorf("the other's encoder was changed: %+v", again.Warnings)
	}
}

// TestDVRIPRecorderWithout: a recorder without ONVIF tells its channels once it has the
// password; those that are not to be looked at are not played.
func TestDVRIPRecorderWithout(t *testing.T) {
	t.Parallel()
	const host = "127.0.0.90"
	cam, err := fakecam.Start(t.Context(), fakecam.Options{Name: "attic", Addr: host + ":0", HTTPAddr: host + ":0", Username: "user", Password: "secret", Maker: "xiongmai-bare", Channels: 3})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cam.Close)
	var met []Met
	l, err := Run(t.Context(), again(workerEnv, "1"), Device{DVRIP: "dvrip://" + host, Username: "user", Password: "secret"}, Ask{
		ID: media.NewProbeID(), Key: newKey(),
		Met: func(_ context.Context, m Met) ([]string, error) { met = append(met, m); return []string{"1"}, nil },
	})
	if err != nil || len(met) != 2 || !met[0].More || met[1].More || len(met[1].Channels) != 3 || met[1].Channels[2] != (MetChannel{Source: "2", URL: "dvrip://" + host + "?channel=2&subtype=0"}) {
		t.Fatalf("met %+v, %v", met, err)
	}
	var pictures []int
	for of := range l.Pictures {
		pictures = append(pictures, int(of.Channel))
	}
	slices.Sort(pictures)
	if _, _, ok := l.Taken("1"); ok || len(l.Channels) != 3 || l.Channels[1].Name != "" || l.Channels[1].Reason == "" || len(l.Offered()) != 2 || !slices.Equal(pictures, []int{1, 3}) {
		t.Errorf("pictures of %v, %+v", pictures, l.Probed)
	}
}

// FuzzMet reads what a probe worker says of who answered.
func FuzzMet(f *testing.F) {
	ask := wire.Probe{ONVIF: wire.Target{URL: "http://192.0.2.1/onvif/device_service", Dial: "192.0.2.1:80"}}
	f.Add([]byte(`{"onvif":"http://192.0.2.1/onvif/device_service","serial":"SN-A1B2C3","channels":[{"source":"a","url":"rtsp://192.0.2.1/main"}]}`))
	f.Add([]byte(`{"channels":[{"url":"rtsp://192.0.2.2/main"}]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		m, err := metBy(body, ask)
		if err != nil {
			return
		}
		for _, c := range m.Channels {
			if u, err := url.Parse(c.URL); c.URL != "" && (err != nil || u.Hostname() != "192.0.2.1") {
				t.Fatalf("accepted %+v", c)
			}
		}
	})
}
