package discover

import (
	"strings"

	"lares/cameras/internal/wire"
)

// What devices of some makers say in their own way stands in the tables of this
// file, of vendors.go and of services, with where that is written; code has no
// branches by vendor.

// unnamed are devices that tell their maker by the way they speak: a language that
// one maker's devices have, and what they say there in place of a maker.
var unnamed = []struct {
	by     string
	said   string
	vendor string
	source string
}{
	{wire.ByDHIP, "", "Dahua", dahuaSearch},
	{wire.ByDHIP, "General", "Dahua", dahuaSearch},
	{wire.BySADP, "", "Hikvision", "cameronnewman/hikvision-tooling, README"},
	{wire.ByDVRIP, "", "Xiongmai", "go2rtc internal/dvrip; python-dvr, README: whatever the label"},
	{wire.ByTPLink, "", "TP-Link", "python-kasa kasa/discover.py"},
}

const dahuaSearch = "rroller/dahua custom_components/dahua/discovery.py"

// numbered are makers whose devices' serial number is their link layer address.
var numbered = []struct{ vendor, source string }{
	{"Axis", "VAPIX, Basic device info: SerialNumber; advertisements with macaddress and the same number at the end of the name"},
}

// learnHabits adds what a sighting does not say, and its maker's other ones do.
func learnHabits(s *wire.Sighting) {
	for _, u := range unnamed {
		if s.By == u.by && s.Vendor == u.said {
			s.Vendor = u.vendor
			break
		}
	}
	nameVendor(s)
	for _, n := range numbered {
		if s.MAC == "" && s.Vendor == n.vendor {
			s.MAC = plainMAC(s.Serial)
		}
	}
}

// modelIn is the model at the beginning of an instance's name, where a service has
// it before a mark; "" for none.
func modelIn(name, before string) string {
	model, _, ok := strings.Cut(name, before)
	if before == "" || !ok {
		return ""
	}
	return model
}
