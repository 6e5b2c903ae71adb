package detector

import (
	"errors"
	"strings"
	"testing"
)

// TestAddress: an address is scheme, host and port, in one spelling, and nothing else.
func TestAddress(t *testing.T) {
	for text, want := range map[string]string{
		"http://192.168.1.20:32168":                      "http://192.168.1.20:32168",
		" http://192.168.1.20:32168/ ":                   "http://192.168.1.20:32168",
		"http://192.168.1.20:32168/v1/vision/detection":  "http://192.168.1.20:32168",
		"http://192.168.1.20:32168/v1/vision/detection/": "http://192.168.1.20:32168",
		"http://Box.LOCAL":                               "http://box.local:80",
		"https://box":                                    "https://box:443",
		"http://[fd00::7]:5000":                          "http://[fd00::7]:5000",
		"http://[fe80::1%25eth0]:5000":                   "http://[fe80::1%25eth0]:5000",
		"HTTP://box:080":                                 "http://box:80",
		"":                                               "",
		"192.168.1.20:32168":                             "",
		"box":                                            "",
		"http://":                                        "",
		"http://:5000":                                   "",
		"ftp://box":                                      "",
		"file:///etc/passwd":                             "",
		"http://ann:secret@box":                          "",
		"http://box/v1/vision/face":                      "",
		"http://box/admin":                               "",
		"http://box/?x=1":                                "",
		"http://box?":                                    "",
		"http://box#here":                                "",
		"http://box:0":                                   "",
		"http://box:65536":                               "",
		"http://box:web":                                 "",
		"http://box\n.example":                           "",
		"http:box":                                       "",
		"http://" + strings.Repeat("a", MaxAddress) + ".lan": "",
	} {
		got, err := ParseAddress(text)
		if got != want || (err == nil) != (want != "") || err != nil && !errors.Is(err, ErrAddress) {
			t.Errorf("%q: %q, %v; want %q", text, got, err, want)
		}
		if again, err := ParseAddress(got); want != "" && (again != got || err != nil) {
			t.Errorf("%q: then %q, %v", got, again, err)
		}
	}
}

// TestSettings: what cannot be meant is refused, each for its reason.
func TestSettings(t *testing.T) {
	const at = "http://box:80"
	for _, c := range []struct {
		s    Settings
		want error
	}{
		{Settings{Address: at}, nil},
		{Settings{Address: at, MinConfidence: 100, Classes: Classes()}, nil},
		{Settings{Address: at, MinConfidence: 1, Classes: []string{Person}}, nil},
		{Settings{}, ErrAddress},
		{Settings{Address: "http://box"}, ErrAddress},
		{Settings{Address: at, MinConfidence: -1}, ErrConfidence},
		{Settings{Address: at, MinConfidence: 101}, ErrConfidence},
		{Settings{Address: at, Classes: []string{"ghost"}}, ErrClass},
		{Settings{Address: at, Classes: []string{Person, Person}}, ErrClass},
	} {
		if err := c.s.Validate(); !errors.Is(err, c.want) || (err == nil) != (c.want == nil) {
			t.Errorf("%+v: %v", c.s, err)
		}
	}
}
