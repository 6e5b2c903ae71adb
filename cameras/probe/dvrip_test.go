package probe

import (
	"fmt"
	"io"
	"net"
	"strings"
	"testing"

	"lares/cameras/fakecam"
	"lares/cameras/internal/wire"
)

// TestDVRIP: of a device that speaks DVRIP both streams are found with their pictures, and
// no other is asked; a wrong password is tried once.
func TestDVRIP(t *testing.T) {
	t.Parallel()
	const host = "127.0.0.88"
	cam, err := fakecam.Start(t.Context(), fakecam.Options{Name: "shed", Addr: host + ":0", HTTPAddr: host + ":0", Username: "user", Password: "secret", Maker: "xiongmai-bare"})
	if err != nil {
		t.Fatal(err)
	}
	defer cam.Close()
	d := Device{DVRIP: "dvrip://" + host, Username: "user", Password: "secret"}
	l, _, _ := lookAt(t, d)
	if l.Code != Found || !l.Bare || len(l.Streams) != 2 || len(l.Pictures) != 2 || len(l.Pictures[Shown{1, RoleSub}]) == 0 {
		t.Fatalf("%+v", l.Probed)
	}
	if m, s := l.Streams[0], l.Streams[1]; m.Role != RoleMain || m.URL != d.DVRIP+"?channel=0&subtype=0" || m.Codec != "H264" || m.Width != 640 || s.Role != RoleSub || s.URL != d.DVRIP+"?channel=0&subtype=1" || s.Width == 0 || s.Width >= 640 {
		t.Errorf("%+v", l.Streams)
	}
	if l.Warnings[0].Kind != "no-onvif" {
		t.Errorf("%+v", l.Warnings)
	}
	for user, saying := range map[string]string{"user": "tried once", "": "asks for a user name"} {
		d.Username, d.Password = user, ""
		if l, _, _ := lookAt(t, d); l.Code != WrongPassword || !strings.Contains(l.Message, saying) || len(l.Streams) != 0 {
			t.Errorf("%q: %+v", user, l.Probed)
		}
	}
}

// TestDVRIPRecorder: the channels of a recorder are listed by their names, each with its
// streams; the first are looked at, and one from which nothing comes is not offered.
func TestDVRIPRecorder(t *testing.T) {
	t.Parallel()
	const host, channels = "127.0.0.89", wire.MaxGlimpses + 2
	cam, err := fakecam.Start(t.Context(), fakecam.Options{Name: "attic", Addr: host + ":0", HTTPAddr: host + ":0", Username: "user", Password: "secret", Maker: "xiongmai-bare", Channels: channels, Vacant: 2})
	if err != nil {
		t.Fatal(err)
	}
	defer cam.Close()
	d := Device{DVRIP: "dvrip://" + host, Username: "user", Password: "secret"}
	l, _, _ := lookAt(t, d)
	if l.Code != Found || !l.Bare || len(l.Channels) != channels || len(l.Offered()) != channels-1 || len(l.Pictures) != wire.MaxGlimpses-1 {
		t.Fatalf("%d pictures, %+v", len(l.Pictures), l.Probed)
	}
	for i, c := range l.Channels {
		main, sub, ok := l.Taken(c.Source)
		if c.Source != fmt.Sprint(i) || c.Name != fmt.Sprint("Input ", i+1) || ok != (c.Reason == "") || (c.Reason != "") != (i == 1) {
			t.Errorf("%+v", c)
		}
		if i == 1 {
			continue
		}
		if at := fmt.Sprintf("%s?channel=%d&subtype=", d.DVRIP, i); main.URL != at+"0" || sub.URL != at+"1" || (sub.Codec == "H264" && sub.Width > 0) != (i < wire.MaxGlimpses) {
			t.Errorf("%+v, %+v", main, sub)
		}
	}
	if w := l.Warnings; len(w) != 1 || w[0].Kind != "no-onvif" {
		t.Errorf("%+v", w)
	}
	d.Password = "guess"
	if l, _, _ := lookAt(t, d); l.Code != WrongPassword || len(l.Channels) != 0 {
		t.Errorf("a wrong password: %+v", l.Probed)
	}
}

// TestNoDVRIP: what speaks another language, and where nobody is, are named.
func TestNoDVRIP(t *testing.T) {
	t.Parallel()
	web, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer web.Close()
	go func() {
		for {
			c, err := web.Accept()
			if err != nil {
				return
			}
			io.WriteString(c, "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
			c.Close()
		}
	}()
	if l, _, _ := lookAt(t, Device{DVRIP: fmt.Sprint("dvrip://", web.Addr())}); !strings.Contains(l.Message, "does not speak DVRIP") {
		t.Errorf("a web server: %+v", l.Probed)
	}
	nobody, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody.Close()
	if l, _, _ := lookAt(t, Device{DVRIP: fmt.Sprint("dvrip://", nobody.Addr())}); l.Code != Unreachable || !strings.Contains(l.Message, "Nothing answers") {
		t.Errorf("nobody: %+v", l.Probed)
	}
}
