package fakecam

import (
	"bytes"
	"slices"
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

func FuzzPictureUnits(f *testing.F) {
	f.Add(unit([]byte{0x09, 0x10}, []byte{0x65, 1}))
	f.Add(unit([]byte{0x67, 1}, []byte{0x68, 1}, []byte{0x41, 1}))
	f.Add([]byte{0, 0, 0, 0})
	c := &clip{sps: [][]byte{{0x67}}, pps: [][]byte{{0x68}}}
	f.Fuzz(func(t *testing.T, b []byte) {
		units, idr, err := c.pictureUnits(b)
		if err != nil {
			return
		}
		for _, u := range units {
			if len(u) == 0 || u[0]&nalTypeMask == typeAUD {
				t.Fatalf("unit % x", u)
			}
		}
		if idr && !slices.ContainsFunc(units, func(u []byte) bool { return u[0]&nalTypeMask == typeSPS }) {
			t.Fatal("an IDR without parameter sets")
		}
	})
}

// TestDamagedClip breaks each byte of the tables in turn: the clip is refused
// or plays, and nothing panics.
func TestDamagedClip(t *testing.T) {
	moov := bytes.Index(peopleSub, []byte("moov")) - 4
	mdat := bytes.Index(peopleSub, []byte("mdat"))
	refused := 0
	for i := moov; i < mdat; i++ {
		b := bytes.Clone(peopleSub)
		b[i] ^= 0x80
		c, err := parseClip(bytes.NewReader(b))
		if err != nil {
			refused++
			continue
		}
		feed := newClipFeed(c)
		for range 3 {
			feed.due()
			if _, err := feed.next(ask{}); err != nil {
				break
			}
		}
	}
	if refused == 0 {
		t.Error("no damage was noticed")
	}
}
