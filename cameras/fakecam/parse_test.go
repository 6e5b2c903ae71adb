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

func FuzzPictureUnits(f *testing.F) {
	f.Add(unit([]byte{0x09, 0x10}, []byte{0x65, 1}))
	f.Add(unit([]byte{0x67, 1}, []byte{0x68, 1}, []byte{0x41, 1}))
	f.Add([]byte{0, 0, 0, 0})
	told := []ParameterSets{Both, SDPOnly, InBandOnly}
	f.Add(unit([]byte{0x40, 1, 1}, []byte{0x26, 1, 1}))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, v := range []videoCodec{codecH264, codecH265} {
			units, sync, err := v.split(b)
			if err != nil {
				continue
			}
			in := format{video: v, params: [][]byte{{0x67, 1}}}
			if v == codecH265 {
				in.params = [][]byte{{0x40, 1}}
			}
			for _, told := range told {
				params := 0
				for _, u := range in.arrange(sample{units: units, sync: sync}, told, Mark{}) {
					switch in.video.kind(u) {
					case kindDelimiter:
						t.Fatalf("unit % x", u)
					case kindParams:
						params++
					}
				}
				if told == SDPOnly && params > 0 || told != SDPOnly && sync && params == 0 {
					t.Fatalf("%d parameter sets, told %d", params, told)
				}
			}
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
		if len(c.video.samples) == 0 {
			continue
		}
		feed := newClipFeed(c)
		for i := range 6 {
			sound := i%2 > 0
			if feed.due(sound) == never {
				continue
			}
			if _, err := feed.next(sound, ask{}); err != nil {
				break
			}
		}
	}
	if refused == 0 {
		t.Error("no damage was noticed")
	}
}
