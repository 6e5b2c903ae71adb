package httpapi

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"testing"

	"lares/cameras"
	"lares/cameras/fakecam"
	"lares/hub/gate"
)

func TestCleanTakesCredentialsOut(t *testing.T) {
	for _, c := range []struct{ in, want cameras.Access }{
		{cameras.Access{Main: "rtsp://10.0.0.9/main"}, cameras.Access{Main: "rtsp://10.0.0.9/main"}},
		{
			cameras.Access{Main: " rtsp://admin:p%40ss@10.0.0.9:554/main?a=b ", Sub: "rtsp://other:x@10.0.0.9/sub"},
			cameras.Access{Main: "rtsp://10.0.0.9:554/main?a=b", Sub: "rtsp://10.0.0.9/sub", Username: "admin", Password: "p@ss"},
		},
		{
			cameras.Access{Main: "rtsp://admin:old@cam.local/main", ONVIF: "http://cam.local/onvif", Username: "root", Password: "new"},
			cameras.Access{Main: "rtsp://cam.local/main", ONVIF: "http://cam.local/onvif", Username: "root", Password: "new"},
		},
		{cameras.Access{Main: "RTSP://[fe80::1]:554/"}, cameras.Access{Main: "rtsp://[fe80::1]:554/"}},
		{
			cameras.Access{Main: "rtsp://u:p@[::FFFF:10.0.0.9]:00554/Main", Sub: "rtsp://CAM.lan./Sub", ONVIF: "http://[fe80:0::1%25eth0]:080/x"},
			cameras.Access{Main: "rtsp://10.0.0.9:554/Main", Sub: "rtsp://cam.lan/Sub", ONVIF: "http://[fe80::1%25eth0]:80/x", Username: "u", Password: "p"},
		},
		{cameras.Access{Main: "rtsps://cam/", ONVIF: "https://u:p@cam/x"}, cameras.Access{Main: "rtsps://cam/", ONVIF: "https://cam/x", Username: "u", Password: "p"}},
		{cameras.Access{Main: "http://u:p@cam/video?a=b", Sub: "rtmp://cam/x/y"}, cameras.Access{Main: "http://cam/video?a=b", Sub: "rtmp://cam/x/y", Username: "u", Password: "p"}},
		{
			cameras.Access{Main: "rtmp://cam/bcs/main.bcs?channel=0&user=admin&password=p%26s"},
			cameras.Access{Main: "rtmp://cam/bcs/main.bcs?channel=0&user={username}&password={password}", Username: "admin", Password: "p&s"},
		},
		{
			cameras.Access{Main: "http://cam/flv?app=x&user={username}&pwd={password}", Username: "admin", Password: "new"},
			cameras.Access{Main: "http://cam/flv?app=x&user={username}&pwd={password}", Username: "admin", Password: "new"},
		},
		{cameras.Access{Main: "rtsp://cam/", Transport: "tcp"}, cameras.Access{Main: "rtsp://cam/"}},
		{cameras.Access{Main: "rtsp://cam/", Transport: "udp"}, cameras.Access{Main: "rtsp://cam/", Transport: "udp"}},
	} {
		got := c.in
		if err := clean(&got); err != nil || got != c.want {
			t.Errorf("%+v: %+v %v, want %+v", c.in, got, err, c.want)
		}
	}
}

// TestCleanRefusesOtherSchemes is HAZARDS I4: nothing but camera protocols, and
// no password in what is said about it.
func TestCleanRefusesOtherSchemes(t *testing.T) {
	for _, address := range strings.Fields(`exec:ls exec://ls ffmpeg:rtsp://cam/ echo:x expr:1 file:///etc/passwd file:/x http://127.0.0.1/ http://localhost:80/x https://[::1]/ http://0.0.0.0/ eseecloud://[::1]/
		https:///x ftp://cam/ unix:///run/x gopher://cam/ data:,x javascript:1 tcp://cam udp://cam rtmps://cam rtp://cam srt://cam
		pipe:1 concat:a onvif://cam homekit://cam //cam/main cam/main 10.0.0.9 rtsp:cam rtsp:/cam rtsp:///main rtsp://:554/
		rtsp://cam/#x rtsp://cam:0/ rtsp://cam:99999/ rtsp://u:hunter2@cam:port/ rtsp://u:hunter2@%zz/ rtsp://u:hunter2@[::1/ -`) {
		err := clean(&cameras.Access{Main: address})
		var p *problem
		if !errors.As(err, &p) || p.field != "main" || p.status != 400 {
			t.Errorf("main %q: %v", address, err)
		} else if strings.Contains(p.detail, "hunter2") {
			t.Errorf("%q: said again", address)
		}
	}
	for _, c := range []struct {
		field string
		a     cameras.Access
	}{
		{"main", cameras.Access{}},
		{"main", cameras.Access{Main: "rtsp://u:hunter2@0.0.0.0:9574/main"}},
		{"main", cameras.Access{Main: "rtsp://127.1:9574/main"}},
		{"sub", cameras.Access{Main: "rtsp://cam/", Sub: "rtsp://[::]/"}},
		{"onvif", cameras.Access{Main: "rtsp://cam/", ONVIF: "http://239.255.255.250/"}},
		{"sub", cameras.Access{Main: "rtsp://cam/", Sub: "gopher://cam/"}},
		{"onvif", cameras.Access{Main: "rtsp://cam/", ONVIF: "rtsp://cam/"}},
		{"transport", cameras.Access{Main: "rtsp://cam/", Transport: "multicast"}},
		{"transport", cameras.Access{Main: "rtsps://cam/", Transport: "udp"}},
		{"transport", cameras.Access{Main: "http://cam/", Transport: "udp"}},
		{"transport", cameras.Access{Main: "rtsp://cam/", Sub: "RTSPS://cam/", Transport: "udp"}},
	} {
		field, a := c.field, c.a
		var p *problem
		if err := clean(&a); !errors.As(err, &p) || p.field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
	long := cameras.Access{Main: "rtsp://u:" + strings.Repeat("x", maxCredential+1) + "@cam/"}
	if clean(&long) == nil {
		t.Error("endless password accepted")
	}
}

// TestCamerasFull: who has as many cameras as an account may is told so, and what to do.
func TestCamerasFull(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	alice := r.person("alice")
	for n := range 64 {
		r.quietCamera(alice, fmt.Sprint("camera ", n))
	}
	answer := alice.do("POST", alice.path("/cameras"), map[string]string{"name": "one more", "main": "rtsp://192.0.2.7/x"})
	if b := bodyOf(t, answer); answer.StatusCode != 422 || !strings.Contains(string(b), "cameras-full") || !strings.Contains(string(b), "Delete one") {
		t.Errorf("%s %s", answer.Status, b)
	}
}

// TestStatusNotShown: who may see neither what a camera shows nor what it has
// recorded is not told when something happens there.
func TestStatusNotShown(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	alice, bob := r.person("alice"), r.person("bob")
	cam, _ := alice.camera(fakecam.Options{Name: "door"})
	for action, shown := range map[gate.Action]bool{gate.Talk: false, gate.History: true, gate.Live: true} {
		r.grant(alice, cam, bob, action)
		var v struct{ Camera cameraView }
		decode(t, bob.do("GET", bob.path("/cameras/%s", cam), nil), &v)
		if s := v.Camera.Status; (s.State == notShown) == shown || (len(s.Streams) > 0) != shown || v.Camera.Recording && !shown {
			t.Errorf("with %s: %+v", action, v.Camera)
		}
	}
}

// TestOwnPages: no page of the hub itself is a camera, by whatever address of this machine.
func TestOwnPages(t *testing.T) {
	list, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range list {
		own, err := netip.ParsePrefix(a.String())
		if err != nil || own.Addr().IsLinkLocalUnicast() {
			continue
		}
		at := netip.AddrPortFrom(own.Addr(), 8443).String()
		if clean(&cameras.Access{Main: "http://" + at + "/"}) == nil || clean(&cameras.Access{Main: "rtsp://x/", Sub: "https://" + at + "/"}) == nil {
			t.Errorf("%s is taken for a camera", at)
		}
	}
	if err := clean(&cameras.Access{Main: "http://192.0.2.7:8443/"}); err != nil {
		t.Error(err)
	}
}
