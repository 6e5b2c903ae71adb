package discover

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"lares/cameras/internal/wire"
)

func at(seconds int) time.Time { return time.Unix(1_700_000_000+int64(seconds), 0) }

func newTable() *table {
	r := rand.New(rand.NewPCG(1, 2))
	return &table{pick: r.IntN}
}

func seen(by, address string, change ...func(*wire.Sighting)) wire.Sighting {
	s := wire.Sighting{By: by, Address: addr(address)}
	for _, c := range change {
		c(&s)
	}
	return s
}

func mac(v string) func(*wire.Sighting)    { return func(s *wire.Sighting) { s.MAC = v } }
func uuid(v string) func(*wire.Sighting)   { return func(s *wire.Sighting) { s.UUID = v } }
func serial(v string) func(*wire.Sighting) { return func(s *wire.Sighting) { s.Serial = v } }
func named(v string) func(*wire.Sighting)  { return func(s *wire.Sighting) { s.Name = v } }
func speaking(name string, port uint16) func(*wire.Sighting) {
	return func(s *wire.Sighting) { s.Speaks = append(s.Speaks, wire.Protocol{Name: name, Port: port}) }
}

const (
	macA, macB   = "aa:00:00:00:00:01", "aa:00:00:00:00:02"
	uuidA, uuidB = "uuid-of-camera-a", "uuid-of-camera-b"
)

// TestOnePerDevice tells sightings in several orders; the table must not depend
// on them.
func TestOnePerDevice(t *testing.T) {
	cloned := func(at string) []wire.Sighting {
		return []wire.Sighting{
			seen(wire.ByDHIP, at, mac(macA), serial("4L00000PAA00001"), speaking("dhip", 37777)), seen(wire.ByWSD, at, uuid(uuidA), speaking("onvif", 80)),
			seen(wire.ByMDNS, at, uuid(uuidA), speaking("rtsp", 554)),
		}
	}
	both := append(cloned("192.168.1.10"), cloned("192.168.1.11")...)
	links := func(a, b string) map[netip.Addr]string {
		return map[netip.Addr]string{addr("192.168.1.10"): a, addr("192.168.1.11"): b}
	}
	for name, c := range map[string]struct {
		heard []wire.Sighting
		want  []string // the addresses of each device
		links map[netip.Addr]string
	}{
		"two with one uuid, serial and mac": {both, []string{"192.168.1.10", "192.168.1.11"}, links(macB, "aa:00:00:00:00:03")},
		"by address": {[]wire.Sighting{
			seen(wire.ByMDNS, "192.168.1.10", speaking("rtsp", 554)), seen(wire.ByWSD, "192.168.1.10", uuid(uuidA), speaking("onvif", 80)), seen(wire.BySSDP, "192.168.1.10", uuid("another-kind")),
			seen(wire.ByScan, "192.168.1.10", speaking("rtsp", 554), speaking("onvif", 80)),
		}, []string{"192.168.1.10"}, nil},
		"by uuid over two families": {[]wire.Sighting{
			seen(wire.ByWSD, "192.168.1.10", uuid(uuidA)), seen(wire.ByWSD, "fe80::a%lan0", uuid(uuidA)),
		}, []string{"192.168.1.10 fe80::a%lan0"}, nil},
		"by mac over two ways": {[]wire.Sighting{
			seen(wire.ByDHIP, "192.168.1.10", mac(macA)), seen(wire.ByMDNS, "fd00::a", mac(macA)),
		}, []string{"192.168.1.10 fd00::a"}, nil},
		"by serial over two ways": {[]wire.Sighting{
			seen(wire.ByDHIP, "192.168.1.10", serial("4L00000PAA00001")), seen(wire.BySSDP, "fd00::a", serial("4l00000paa00001")),
		}, []string{"192.168.1.10 fd00::a"}, nil},
		"what comes later shows that two are one": {[]wire.Sighting{
			seen(wire.ByScan, "192.168.1.10", speaking("rtsp", 554)), seen(wire.ByWSD, "fe80::a%lan0", uuid(uuidA)), seen(wire.ByWSD, "192.168.1.10", uuid(uuidA), speaking("onvif", 80)),
		}, []string{"192.168.1.10 fe80::a%lan0"}, nil},
		"two at two addresses": {[]wire.Sighting{
			seen(wire.ByWSD, "192.168.1.10", uuid(uuidA)), seen(wire.ByWSD, "192.168.1.11", uuid(uuidB)), seen(wire.ByMDNS, "192.168.1.11"), seen(wire.ByMDNS, "192.168.1.10"),
		}, []string{"192.168.1.10", "192.168.1.11"}, nil},
		"two behind one address": {[]wire.Sighting{
			seen(wire.ByWSD, "192.168.1.10", uuid(uuidA), speaking("onvif", 8001)), seen(wire.ByWSD, "192.168.1.10", uuid(uuidB), speaking("onvif", 8002)),
			seen(wire.ByMDNS, "192.168.1.10", uuid(uuidA), speaking("rtsp", 5541)), seen(wire.ByMDNS, "192.168.1.10", uuid(uuidB), speaking("rtsp", 5542)),
		}, []string{"192.168.1.10", "192.168.1.10"}, nil},
		"two with one uuid, as some makers do": {[]wire.Sighting{
			seen(wire.ByWSD, "192.168.1.10", uuid(uuidA)), seen(wire.ByWSD, "192.168.1.11", uuid(uuidA)),
		}, []string{"192.168.1.10", "192.168.1.11"}, nil},
		"two with one uuid, of which more is heard": {[]wire.Sighting{
			seen(wire.ByWSD, "192.168.1.10", uuid(uuidA)), seen(wire.ByWSD, "192.168.1.11", uuid(uuidA)), seen(wire.ByMDNS, "192.168.1.10", named("door"), speaking("rtsp", 554)),
		}, []string{"192.168.1.10", "192.168.1.11"}, nil},
		"two that say nothing but their ports": {[]wire.Sighting{
			seen(wire.ByMDNS, "192.168.1.10", speaking("rtsp", 5541)), seen(wire.ByMDNS, "192.168.1.10", speaking("rtsp", 5542)),
		}, []string{"192.168.1.10", "192.168.1.10"}, nil},
		"two with one uuid and macs": {[]wire.Sighting{
			seen(wire.ByWSD, "192.168.1.10", uuid(uuidA), mac(macA)), seen(wire.ByWSD, "192.168.1.11", uuid(uuidA), mac(macB)),
		}, []string{"192.168.1.10", "192.168.1.11"}, nil},
		"one with cable and radio": {[]wire.Sighting{
			seen(wire.ByWSD, "192.168.1.10", uuid(uuidA), mac(macA)), seen(wire.ByWSD, "10.0.0.10", uuid(uuidA), mac(macA)),
		}, []string{"192.168.1.10 10.0.0.10"}, nil},
		"one with cable and radio, as the kernel knows it": {[]wire.Sighting{
			seen(wire.ByDHIP, "192.168.1.10", mac(macA)), seen(wire.BySADP, "192.168.1.11", mac(macA)),
		}, []string{"192.168.1.10 192.168.1.11"}, links(macA, macB)},
		"an id of HomeKit is no uuid and no mac": {[]wire.Sighting{
			seen(wire.ByMDNS, "192.168.1.10", uuid("hap:"+macA)), seen(wire.ByMDNS, "192.168.1.10", uuid("hap:"+macB)),
		}, []string{"192.168.1.10", "192.168.1.10"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(7, 7))
			for range 20 {
				table := newTable()
				for range 2 { // everything is told twice
					for _, s := range c.heard {
						table.note(s, at(0))
					}
				}
				table.meet(c.links)
				var got []string
				for _, c := range table.list() {
					var all []string
					for _, a := range c.Addresses {
						all = append(all, a.String())
					}
					slices.SortFunc(all, func(a, b string) int { return strings.Compare(fmt.Sprint(len(a) > 12, a), fmt.Sprint(len(b) > 12, b)) })
					got = append(got, strings.Join(all, " "))
				}
				slices.Sort(got)
				want := slices.Clone(c.want)
				for i := range want {
					f := strings.Fields(want[i])
					slices.SortFunc(f, func(a, b string) int { return strings.Compare(fmt.Sprint(len(a) > 12, a), fmt.Sprint(len(b) > 12, b)) })
					want[i] = strings.Join(f, " ")
				}
				slices.Sort(want)
				if !reflect.DeepEqual(got, want) {
					t.Fatalf("got %q, not %q, of %+v", got, want, c.heard)
				}
				r.Shuffle(len(c.heard), func(i, j int) { c.heard[i], c.heard[j] = c.heard[j], c.heard[i] })
			}
		})
	}
}

// TestWhatIsShown: the way that knows best is believed, whatever came first,
// and addresses are our own.
func TestWhatIsShown(t *testing.T) {
	table := newTable()
	table.note(seen(wire.ByMDNS, "192.168.1.10", named("cam-3f.local"), speaking("rtsp", 8554)), at(0))
	id := table.list()[0].ID
	ws := seen(wire.ByWSD, "192.168.1.10", named("Front door"), uuid(uuidA))
	ws.Model, ws.Speaks = "RLC-810A", []wire.Protocol{{Name: "onvif", Port: 8000, Path: "/onvif/x?y=1"}}
	table.note(ws, at(1))
	table.note(seen(wire.ByMDNS, "192.168.1.10", named("cam-3f.local"), speaking("rtsp", 8554)), at(2))
	table.meet(map[netip.Addr]string{addr("192.168.1.10"): macB})
	got := table.list()
	want := []Candidate{{ID: id, Addresses: []netip.Addr{addr("192.168.1.10")}, Name: "Front door", Model: "RLC-810A", UUID: uuidA, MAC: macB, Heard: at(1), Speaks: []Protocol{
		{"onvif", 8000, "http://192.168.1.10:8000/onvif/x?y=1"}, {"rtsp", 8554, "rtsp://192.168.1.10:8554"},
	}}}
	want[0].Heard = at(2)
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	for in, want := range map[wire.Protocol]string{
		{Name: "onvif", Port: 443}:                          "https://[fe80::1%25lan0]:443/onvif/device_service",
		{Name: "onvif", Port: 8443, TLS: true}:              "https://[fe80::1%25lan0]:8443/onvif/device_service",
		{Name: "onvif", Port: 8443}:                         "http://[fe80::1%25lan0]:8443/onvif/device_service",
		{Name: "rtsp", Port: 554, Path: "/a b/../c"}:        "rtsp://[fe80::1%25lan0]:554/a%20b/../c",
		{Name: "rtsp", Port: 554, Path: "//elsewhere/c"}:    "rtsp://[fe80::1%25lan0]:554//elsewhere/c",
		{Name: "rtsp", Port: 554, Path: "/x?channel=1&s=0"}: "rtsp://[fe80::1%25lan0]:554/x?channel=1&s=0",
	} {
		if got := addressOf(in, addr("fe80::1%lan0")); got != want {
			t.Errorf("%+v: %s, not %s", in, got, want)
		}
	}
}

// TestOverTLS: that a device speaks ONVIF over HTTPS is taken from whoever tells, and
// from what it says now.
func TestOverTLS(t *testing.T) {
	table := newTable()
	shown := func() string { return table.list()[0].Speaks[0].URL }
	secure := seen(wire.ByWSD, "192.168.1.10", uuid(uuidA))
	secure.Speaks = []wire.Protocol{{Name: "onvif", Port: 8443, TLS: true}}
	plain := seen(wire.ByMDNS, "192.168.1.10", speaking("onvif", 8443))
	table.note(plain, at(0))
	if got := shown(); got != "http://192.168.1.10:8443/onvif/device_service" {
		t.Error(got)
	}
	table.note(secure, at(1))
	if got := shown(); got != "https://192.168.1.10:8443/onvif/device_service" {
		t.Error(got)
	}
	secure.Speaks[0].TLS = false
	if !table.note(secure, at(2)) || shown() != "http://192.168.1.10:8443/onvif/device_service" {
		t.Error("not told anew", shown())
	}
}

// TestRounds: who is silent is forgotten, who moves keeps its name, and what a
// scan found stays longer.
func TestRounds(t *testing.T) {
	table := newTable()
	table.note(seen(wire.ByWSD, "192.168.1.10", uuid(uuidA)), at(0))
	table.note(seen(wire.ByScan, "192.168.1.50", speaking("rtsp", 554)), at(0))
	table.note(seen(wire.ByWSD, "10.0.0.9", uuid(uuidB)), at(0))
	id := table.list()[0].ID
	table.endRound(home(), false, at(5))
	table.note(seen(wire.ByWSD, "192.168.1.77", uuid(uuidA)), at(20)) // it moved
	if !table.endRound(home()[:1], false, at(25)) {                   // and the other network is gone
		t.Error("a network that is gone changes nothing")
	}
	if n := len(table.list()); n != 2 {
		t.Errorf("%d devices without that network", n)
	}
	if now := table.list()[0]; now.ID != id || now.Addresses[0] != addr("192.168.1.77") {
		t.Errorf("it moved, and is shown as %+v", now)
	}
	for i := range 3 {
		table.note(seen(wire.ByWSD, "192.168.1.77", uuid(uuidA)), at(30+10*i))
		table.endRound(home()[:1], false, at(35+10*i))
	}
	got := table.list()
	if len(got) != 2 || got[0].ID != id || len(got[0].Addresses) != 1 || got[0].Addresses[0] != addr("192.168.1.77") || got[1].Addresses[0] != addr("192.168.1.50") {
		t.Errorf("%+v", got)
	}
	for range missed {
		table.endRound(home()[:1], false, at(100))
	}
	if got := table.list(); len(got) != 1 || got[0].Addresses[0] != addr("192.168.1.50") {
		t.Errorf("%+v", got)
	}
	table.endRound(home()[:1], false, at(1+int(scannedFor.Seconds())))
	if got := table.list(); len(got) != 0 {
		t.Errorf("%+v", got)
	}
}

// TestFullTable: ten thousand devices that are heard once do not drive out
// those that are heard twice, and one address shows sixteen at most.
func TestFullTable(t *testing.T) {
	table := newTable()
	fake := func(i int) wire.Sighting {
		return seen(wire.ByMDNS, fmt.Sprintf("10.0.%d.%d", i>>8&3, i&255), uuid(fmt.Sprintf("uuid-%08d", i)))
	}
	for i := range 10_000 {
		table.note(fake(i), at(0))
		if i%1000 == 500 {
			a := fmt.Sprintf("192.168.1.%d", 10+i/1000)
			table.note(seen(wire.ByMDNS, a, speaking("rtsp", 554)), at(0))
			table.note(seen(wire.ByWSD, a, uuid("real-"+a), speaking("onvif", 80)), at(0))
		}
	}
	real := 0
	for _, c := range table.list() {
		if c.Addresses[0].String()[:8] == "192.168." {
			real++
		}
	}
	if n := len(table.list()); n != MaxCandidates || real != 10 {
		t.Errorf("%d candidates, %d of 10 real ones", n, real)
	}
	table = newTable()
	for i := range 100 {
		table.note(seen(wire.ByWSD, "192.168.1.10", uuid(fmt.Sprintf("uuid-%08d", i)), speaking("onvif", uint16(1+i))), at(0))
	}
	if n := len(table.list()); n != perAddress {
		t.Errorf("one address shows %d devices", n)
	}
}

// TestFlooded: a device of a crowd that is heard in many ways keeps its place, and nobody who is
// silent is forgotten, while things are lost; a device that comes afterwards takes the place of one that
// is silent now, and not that of one that was heard in two rounds.
func TestFlooded(t *testing.T) {
	table := newTable()
	door := seen(wire.ByWSD, "192.168.1.10", uuid(uuidA), speaking("onvif", 80))
	shown := func(s wire.Sighting) bool {
		return slices.ContainsFunc(table.list(), func(c Candidate) bool { return c.Addresses[0] == s.Address })
	}
	for range 2 {
		table.note(door, at(0))
		table.endRound(home(), false, at(5))
	}
	for round := range missed + 1 {
		for i := range maxVoices * 5 / 8 {
			for _, by := range []string{wire.ByWSD, wire.ByMDNS} {
				table.note(seen(by, fmt.Sprintf("10.0.%d.%d", i>>8&3, i&255), uuid(fmt.Sprintf("uuid-%d-%08d", round, i))), at(10*round))
			}
		}
		table.endRound(home(), true, at(5+10*round))
	}
	if !shown(door) {
		t.Error("who was not heard in a flood is forgotten")
	}
	late := seen(wire.ByWSD, "192.168.1.11", uuid(uuidB), speaking("onvif", 80))
	for round := range missed + 1 {
		table.note(late, at(100+10*round))
		if round > 0 && (!shown(late) || round < missed && !shown(door)) {
			t.Errorf("round %d after a flood: a new device is shown %t, an old one %t", round, shown(late), shown(door))
		}
		table.endRound(home(), false, at(105+10*round))
	}
	if n := len(table.list()); n != 1 || !shown(late) {
		t.Errorf("%d devices after all others were silent", n)
	}
}

func BenchmarkNoteInFullTable(b *testing.B) {
	table := newTable()
	for i := 0; b.Loop(); i++ {
		table.note(seen(wire.ByMDNS, fmt.Sprintf("10.0.%d.%d", i>>8&3, i&255), uuid(fmt.Sprintf("uuid-%08d", i)), speaking("rtsp", 554)), at(0))
	}
}

// BenchmarkHostileTable lists what a network says that makes as much work as it
// can: everybody claims everything, in all ways, at few addresses.
func BenchmarkHostileTable(b *testing.B) {
	table := newTable()
	for i := range 2 * maxVoices {
		table.note(seen([]string{wire.ByWSD, wire.BySSDP, wire.ByMDNS}[i%3], fmt.Sprintf("10.0.0.%d", i%43),
			uuid(fmt.Sprintf("uuid-%08d", i%97)), serial(fmt.Sprintf("serial-%d", i%13)), mac(fmt.Sprintf("aa:00:00:00:00:%02x", i%251)), speaking("rtsp", uint16(1+i%7))), at(0))
	}
	for b.Loop() {
		table.devices = nil
		table.list()
	}
}
