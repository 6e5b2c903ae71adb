package fakecam

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

func TestParseDuration(t *testing.T) {
	for s, want := range map[string]time.Duration{
		"PT60S": time.Minute, "PT1M30.5S": 90500 * time.Millisecond, "P1DT2H": 26 * time.Hour, " PT0S ": 0,
	} {
		if got, ok := parseDuration(s); !ok || got != want {
			t.Errorf("%s: %v, %t", s, got, ok)
		}
	}
	for _, s := range []string{"", "P", "60", "PT5", "PTS", "PT-1S", "PT1X", "PTNaNS", "PT9999999S"} {
		if got, ok := parseDuration(s); ok {
			t.Errorf("%q: %v", s, got)
		}
	}
}

func FuzzSOAP(f *testing.F) {
	f.Add(`<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body><PullMessages><Timeout>PT1S</Timeout></PullMessages></s:Body></s:Envelope>`)
	f.Fuzz(func(t *testing.T, s string) {
		e, err := parseCall(strings.NewReader(s))
		if err != nil {
			return
		}
		parseDuration(e.Body.Call.Timeout)
		e.Token.valid("a", "b", time.Time{})
	})
}

func FuzzDigest(f *testing.F) {
	f.Add(`Digest username="a", nonce=b,qop=auth, uri="/x"`)
	f.Fuzz(func(t *testing.T, s string) { parseDigest(s) })
}

func FuzzClip(f *testing.F) {
	f.Add(peopleSub[:8000]) // tables come first; the media is missing
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := parseClip(bytes.NewReader(b))
		if err != nil {
			return
		}
		feed := newClipFeed(c)
		for range min(2*len(c.video.samples), 50) {
			if feed.due() < 0 {
				t.Fatal("a sample before the start")
			}
			if _, err := feed.next(ask{}); err != nil {
				return
			}
		}
	})
}
