package discover

import (
	"strings"
	"testing"

	"lares/cameras/internal/wire"
)

// TestHabits: each row of the tables is written down somewhere and says what it is
// for, and of other makers' devices nothing.
func TestHabits(t *testing.T) {
	for _, u := range unnamed {
		s := wire.Sighting{By: u.by, Vendor: u.said}
		if learnHabits(&s); s.Vendor != u.vendor || u.source == "" {
			t.Errorf("%+v: %q", u, s.Vendor)
		}
		other := wire.Sighting{By: wire.ByWSD, Vendor: u.said}
		if learnHabits(&other); other.Vendor != u.said {
			t.Errorf("%+v, said in another way: %q", u, other.Vendor)
		}
	}
	for _, n := range numbered {
		s := wire.Sighting{By: wire.BySSDP, Vendor: n.vendor, Serial: "ACCC8E000001"}
		if learnHabits(&s); s.MAC != "ac:cc:8e:00:00:01" || n.source == "" {
			t.Errorf("%+v: %q", n, s.MAC)
		}
	}
	nobody := wire.Sighting{By: wire.BySSDP, Vendor: "Nobody", Serial: "ACCC8E000001"}
	if learnHabits(&nobody); nobody.MAC != "" {
		t.Errorf("of nobody's serial number: %q", nobody.MAC)
	}
	for _, s := range services() {
		if s.source == "" || !strings.HasSuffix(s.name, "._tcp") {
			t.Errorf("%+v", s)
		}
	}
	for name, want := range map[string]string{"AXIS M1065-L - ACCC8E000001": "AXIS M1065-L", "Front door": ""} {
		if got := modelIn(name, " - "); got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
	if got := modelIn("a - b", ""); got != "" {
		t.Errorf("of a service without a mark: %q", got)
	}
}

// TestWholeWords: a maker is named by a word, not inside of one.
func TestWholeWords(t *testing.T) {
	for text, want := range map[string]string{
		"AXIS M1065": "Axis", "Praxis server": "", "axisless": "", "Sony": "Sony", "Masonry": "", "Sonysound": "", "éaxis": "", "axisé": "", "AXISs": "Axis", "unv": "Uniview", "Sunvalley": "", "vigilant": "", "Eufy's door": "Eufy",
	} {
		v, _ := vendorOf(text)
		if v.name != want {
			t.Errorf("%s: %q", text, v.name)
		}
	}
	for text, want := range map[string]bool{"IP cameras": true, "environment": false, "webcamera2": false, "webcamsite": false, "webcams": true, "NVR4": true, "dvrip": false} {
		if looksLikeCamera(text) != want {
			t.Errorf("%s: %v", text, !want)
		}
	}
}
