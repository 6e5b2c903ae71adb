package cameras

import (
	"net/url"
	"testing"
)

// TestOneSpelling: whichever way a place is written, one is kept; what others take for an
// address by reading it their way, and what is no device's, is refused.
func TestOneSpelling(t *testing.T) {
	for in, want := range map[string]string{
		"rtsp://127.0.0.1:9574/main":          "rtsp://127.0.0.1:9574/main",
		"rtsp://127.0.0.1:09574/main":         "rtsp://127.0.0.1:9574/main",
		"rtsp://127.0.0.1.:000554/main":       "rtsp://127.0.0.1:554/main",
		"rtsp://127.0.0.1:/main":              "rtsp://127.0.0.1/main",
		"rtsp://[::ffff:127.0.0.1]:9574/main": "rtsp://127.0.0.1:9574/main",
		"rtsp://[::FFFF:7f00:1]/main":         "rtsp://127.0.0.1/main",
		"rtsp://[0:0::0001]:1/x":              "rtsp://[::1]:1/x",
		"rtsp://[2001:DB8:0:0::7]/x":          "rtsp://[2001:db8::7]/x",
		"rtsp://[fe80::0:1%25eth0]:554/x":     "rtsp://[fe80::1%25eth0]:554/x",
		"rtsp://u:p@CAM-1_a.Lan.:554/X?y=Z":   "rtsp://u:p@cam-1_a.lan:554/X?y=Z",
		"http://0xcam.lan/":                   "http://0xcam.lan/",
		"rtsp://0.0.0.0:9574/main":            "",
		"rtsp://[::]:9574/main":               "",
		"rtsp://[::ffff:0.0.0.0]/main":        "",
		"rtsp://[::%25eth0]/main":             "",
		"rtsp://[::1%25lo]/main":              "",
		"rtsp://[::ffff:127.0.0.1%25lo]/main": "",
		"rtsp://224.0.0.1/main":               "",
		"rtsp://239.255.255.250/main":         "",
		"rtsp://[ff02::c]/main":               "",
		"rtsp://255.255.255.255/main":         "",
		"rtsp://127.1/main":                   "",
		"rtsp://2130706433/main":              "",
		"rtsp://0177.0.0.1/main":              "",
		"rtsp://192.168.001.020/main":         "",
		"rtsp://0x7f000001/main":              "",
		"rtsp://0X7F.1/main":                  "",
		"rtsp://127.0.0.0x1/main":             "",
		"rtsp://127.0.0.1..:554/main":         "",
		"rtsp://256.1.1.1/main":               "",
		"rtsp://cam..lan/main":                "",
		"rtsp://.cam/main":                    "",
		"rtsp://./main":                       "",
		"rtsp://１２７.0.0.1/main":               "",
		"rtsp://c\u0430m.lan/main":            "",
		"rtsp://%e2%91%a0/main":               "",
		"rtsp://a%25b/main":                   "",
		"rtsp://cam:0/main":                   "",
		"rtsp://cam:65536/main":               "",
	} {
		u, err := url.Parse(in)
		if err != nil {
			t.Errorf("%s: %v", in, err)
			continue
		}
		fault := OneSpelling(u)
		if got := u.String(); (fault != "") != (want == "") || fault == "" && got != want {
			t.Errorf("%s: %s, %q", in, got, fault)
		}
	}
}

// FuzzOneSpelling: what is written in one spelling is in it.
func FuzzOneSpelling(f *testing.F) {
	for _, seed := range []string{"rtsp://127.0.0.1:09574/main", "rtsp://[fe80::1%25eth0]/", "http://CAM.lan.:80", "rtsp://127.0.0.1.", "rtsp://[::ffff:1.2.3.4]", "rtsp://0x7f.1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		u, err := url.Parse(in)
		if err != nil || OneSpelling(u) != "" {
			return
		}
		once := u.String()
		again, err := url.Parse(once)
		if err != nil {
			t.Fatalf("%q became %q: %v", in, once, err)
		}
		if fault := OneSpelling(again); fault != "" || again.Host != u.Host {
			t.Fatalf("%q became %q, then %q: %s", in, once, again, fault)
		}
	})
}

// TestPortOf: one number, and for each language that is spoken the one of its own.
func TestPortOf(t *testing.T) {
	for address, want := range map[string]string{
		"rtsp://cam/": "554", "rtsps://cam/": "322", "http://cam/": "80", "https://cam/": "443", "rtmp://cam/": "1935", "dvrip://cam/": "34567", "eseecloud://cam/": "80", "kasa://cam/": "19443", "tapo://cam/": "8800", "doorbird://cam/": "80",
		"rtsp://cam:09574/": "9574", "rtmp://cam:1935/": "1935", "rtsp://cam:/": "554", "gopher://cam/": "",
	} {
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		if got := PortOf(u); got != want {
			t.Errorf("%s: %q", address, got)
		}
	}
}
