package discover

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"lares/cameras/internal/wire"
)

// shown is the list as it does not depend on chance: without ids, sorted.
func shown(list []Candidate) string {
	var out []string
	for _, c := range list {
		var speaks []string
		for _, p := range c.Speaks {
			speaks = append(speaks, p.URL)
		}
		out = append(out, fmt.Sprintf("%v %q uuid=%s mac=%s serial=%s %s", c.Addresses, c.Name, c.UUID, c.MAC, c.Serial, strings.Join(speaks, " ")))
	}
	slices.Sort(out)
	return strings.Join(out, "\n")
}

// permute calls visit with every order of the list.
func permute[T any](list []T, visit func([]T)) {
	var from func(int)
	from = func(i int) {
		if i == len(list) {
			visit(list)
			return
		}
		for j := i; j < len(list); j++ {
			list[i], list[j] = list[j], list[i]
			from(i + 1)
			list[i], list[j] = list[j], list[i]
		}
	}
	from(0)
}

func path(v string) func(*wire.Sighting) {
	return func(s *wire.Sighting) { s.Speaks[0].Path = v }
}

// TestOrderDecidesNothing tells the same in every order that is possible.
func TestOrderDecidesNothing(t *testing.T) {
	const here = "192.168.1.10"
	for name, c := range map[string]struct {
		heard []wire.Sighting
		want  int
	}{
		// A resolver passes an instance on whose TXT comes in a later packet.
		"two behind one address, of one of which the TXT is late": {[]wire.Sighting{
			seen(wire.ByWSD, here, uuid(uuidA), speaking("onvif", 8001)), seen(wire.ByWSD, here, uuid(uuidB), speaking("onvif", 8002)),
			seen(wire.ByMDNS, here, speaking("rtsp", 5542)),
			seen(wire.ByMDNS, here, uuid(uuidA), speaking("rtsp", 5541)), seen(wire.ByMDNS, here, uuid(uuidB), speaking("rtsp", 5542), path("/b")),
		}, 2},
		"two behind one address, the TXT of which never comes": {[]wire.Sighting{
			seen(wire.ByWSD, here, uuid(uuidA), speaking("onvif", 8001)), seen(wire.ByWSD, here, uuid(uuidB), speaking("onvif", 8002)),
			seen(wire.ByMDNS, here, speaking("rtsp", 5541)), seen(wire.ByMDNS, here, speaking("rtsp", 5542)),
		}, 4},
		"two behind one address, of whose stream nobody says whose it is": {[]wire.Sighting{
			seen(wire.ByWSD, here, uuid(uuidA), speaking("onvif", 8001)), seen(wire.ByWSD, here, uuid(uuidB), speaking("onvif", 8002)),
			seen(wire.ByMDNS, here, speaking("rtsp", 554)), seen(wire.ByScan, here, speaking("rtsp", 554), speaking("onvif", 8001)),
		}, 3},
		"two behind one address, told apart by their serial numbers": {[]wire.Sighting{
			seen(wire.ByDHIP, here, serial("4L00000PAA00001"), speaking("dhip", 37777)), seen(wire.ByDHIP, here, serial("4L00000PAA00002"), speaking("dhip", 37778)),
			seen(wire.ByMDNS, here, serial("4L00000PAA00001"), speaking("rtsp", 5541)), seen(wire.ByMDNS, here, serial("4L00000PAA00002"), speaking("rtsp", 5542)),
		}, 2},
		"a scan that finds more ports than are announced": {[]wire.Sighting{
			seen(wire.ByScan, here, speaking("rtsp", 554), speaking("onvif", 80)), seen(wire.ByWSD, here, uuid(uuidA), speaking("onvif", 80)),
			seen(wire.ByMDNS, here, speaking("rtsp", 8554)), seen(wire.BySSDP, here, uuid("of-ssdp"), speaking("http", 80)),
		}, 1},
		"two with one uuid": {[]wire.Sighting{
			seen(wire.ByWSD, here, uuid(uuidA), speaking("onvif", 80)), seen(wire.ByWSD, "192.168.1.11", uuid(uuidA), speaking("onvif", 80)),
			seen(wire.ByMDNS, here, uuid(uuidA), speaking("rtsp", 554)), seen(wire.ByMDNS, "192.168.1.11", uuid(uuidA), speaking("rtsp", 554)),
			seen(wire.ByScan, "192.168.1.11", speaking("rtsp", 554), speaking("http", 80)),
		}, 2},
		"two with one uuid and two link layer addresses, of whom only names tell": {[]wire.Sighting{
			seen(wire.ByMDNS, here, uuid(uuidA), mac(macA), speaking("rtsp", 554)), seen(wire.ByMDNS, "192.168.1.11", uuid(uuidA), mac(macB), speaking("rtsp", 554)),
			seen(wire.ByWSD, here, uuid("of-wsd-one"), speaking("onvif", 80)), seen(wire.ByWSD, "192.168.1.11", uuid("of-wsd-two"), speaking("onvif", 80)),
		}, 2},
		"one that is heard over two families and by all ways": {[]wire.Sighting{
			seen(wire.ByScan, here, speaking("http", 80)), seen(wire.ByWSD, here, uuid(uuidA), named("Door"), speaking("onvif", 80)),
			seen(wire.ByWSD, "fe80::a%lan0", uuid(uuidA), named("Door"), speaking("onvif", 80)), seen(wire.BySSDP, here, uuid("of-ssdp"), named("Camera"), speaking("http", 80)),
			seen(wire.ByMDNS, "fe80::a%lan0", named("door.local"), speaking("rtsp", 554)),
		}, 1},
		"an identifier that is claimed by one and by another's friend": {[]wire.Sighting{
			seen(wire.ByWSD, here, uuid(uuidA), mac(macA)), seen(wire.ByMDNS, "fd00::a", uuid(uuidA)), seen(wire.ByWSD, "192.168.1.11", uuid(uuidA), mac(macB)),
		}, 3},
	} {
		t.Run(name, func(t *testing.T) {
			want := ""
			permute(c.heard, func(heard []wire.Sighting) {
				table := newTable()
				for _, s := range heard {
					table.note(s, at(0))
				}
				got := table.list()
				if len(got) != c.want {
					t.Fatalf("%d devices, not %d:\n%s\nof %+v", len(got), c.want, shown(got), heard)
				}
				if want == "" {
					want = shown(got)
				}
				if shown(got) != want {
					t.Fatalf("got\n%s\nnot\n%s\nof %+v", shown(got), want, heard)
				}
			})
		})
	}
}

// TestTwinsStayTwo: two that answered in one round with one uuid are two, also
// in a round in which one of them is not heard; and one that moves is one.
func TestTwinsStayTwo(t *testing.T) {
	table := newTable()
	one, two := seen(wire.ByWSD, "192.168.1.10", uuid(uuidA)), seen(wire.ByWSD, "192.168.1.11", uuid(uuidA))
	table.note(one, at(0))
	table.note(two, at(0))
	table.endRound(home(), false, at(5))
	table.note(two, at(20))
	table.note(seen(wire.ByMDNS, "192.168.1.11", speaking("rtsp", 554)), at(20))
	if n := len(table.list()); n != 2 {
		t.Errorf("%d devices in the second round", n)
	}
	table.endRound(home(), false, at(25))
	table.note(one, at(40))
	if n := len(table.list()); n != 2 {
		t.Errorf("%d devices in the third round", n)
	}
}

// TestNamesOfEntriesStay: an entry keeps its id while more is heard of it, when
// it turns out to be two, and when what was heard first is forgotten.
func TestNamesOfEntriesStay(t *testing.T) {
	table := newTable()
	table.note(seen(wire.ByMDNS, "192.168.1.10", speaking("rtsp", 5541)), at(0))
	id := table.list()[0].ID
	table.note(seen(wire.ByWSD, "192.168.1.10", uuid(uuidA), speaking("onvif", 8001)), at(0))
	if got := table.list(); len(got) != 1 || got[0].ID != id {
		t.Fatalf("%+v", got)
	}
	table.note(seen(wire.ByMDNS, "192.168.1.10", uuid(uuidA), speaking("rtsp", 5541)), at(0))
	table.note(seen(wire.ByWSD, "192.168.1.10", uuid(uuidB), speaking("onvif", 8002)), at(0))
	got := table.list()
	if len(got) != 2 || got[0].ID != id || got[0].UUID != uuidA || got[1].ID == id {
		t.Fatalf("%+v", got)
	}
	for i := range missed + 1 { // the TXT is always there from now on
		table.endRound(home(), false, at(10*i))
		table.note(seen(wire.ByMDNS, "192.168.1.10", uuid(uuidA), speaking("rtsp", 5541)), at(10*i))
	}
	if got := table.list(); len(got) != 1 || got[0].ID != id || got[0].Addresses[0] != netip.MustParseAddr("192.168.1.10") {
		t.Errorf("%+v", got)
	}
}
