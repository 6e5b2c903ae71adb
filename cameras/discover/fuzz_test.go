package discover

import (
	"net/netip"
	"strings"
	"testing"

	"lares/cameras/internal/wire"
)

// allowed fails if a sighting breaks the bounds of the wire after it was
// trimmed, or is at an address of another network.
func allowed(t *testing.T, s wire.Sighting) {
	t.Helper()
	s = trim(s)
	if !s.Address.IsValid() {
		s.Address = netip.MustParseAddr("192.168.1.2")
	}
	if _, ok := home().neighbour(s.Address); !ok {
		t.Fatalf("an address of another network: %v", s.Address)
	}
	if s.Check() != nil {
		return // it is not told
	}
	var table table
	table.note(s, at(0))
	for _, c := range table.list() {
		if len(c.Addresses) == 0 {
			t.Fatalf("a candidate without an address: %+v", c)
		}
	}
}

func FuzzProbeMatches(f *testing.F) {
	f.Add([]byte(probeMatch("urn:uuid:5f1c2a34-0001-4002-8003-0242ac130002", "dn:NetworkVideoTransmitter", "onvif://www.onvif.org/name/x onvif://www.onvif.org/MAC/aabbccddeeff", "http://192.168.1.20:8000/onvif/device_service http://[fe80::1]/")))
	f.Add([]byte(`<ProbeMatches><ProbeMatch><XAddrs>http://192.168.1.10/onvif</XAddrs></ProbeMatch><ProbeMatch><XAddrs>http://192.168.1.11/onvif</XAddrs></ProbeMatch></ProbeMatches>`))
	f.Fuzz(func(t *testing.T, b []byte) {
		r := newRound(wire.Search{Links: home()}, nil)
		list := parseProbeMatches(b)
		if len(list) > maxMatches {
			t.Fatalf("%d matches", len(list))
		}
		for _, s := range r.matched(netip.MustParseAddr("192.168.1.20"), list) {
			allowed(t, s)
		}
	})
}

func FuzzDescription(f *testing.F) {
	f.Add([]byte(description("friendlyName", "IP camera", "manufacturer", "AXIS", "serialNumber", "ACCC8E000001", "UDN", "uuid:1", "presentationURL", "http://x:80/")))
	f.Fuzz(func(t *testing.T, b []byte) {
		if s, ok := parseDescription(b); ok {
			allowed(t, s)
		}
	})
}

func FuzzSSDP(f *testing.F) {
	f.Add([]byte("HTTP/1.1 200 OK\r\nLOCATION: http://192.168.1.30:8080/d.xml\r\n\r\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if u := parseSSDP(b); u != nil && (u.Scheme != "http" || portOf(u) == 0 || u.User != nil) {
			t.Fatal(u)
		}
	})
}

func FuzzAdvertisement(f *testing.F) {
	f.Add(0, `AXIS\ M1065-L\ -\ ACCC8E000001`, "macaddress=ACCC8E000001\npath=/x\nci=17\nid=AA:BB:CC:DD:EE:FF", 80)
	f.Fuzz(func(t *testing.T, of int, instance, txt string, port int) {
		list := services()
		r, all := collected()
		r.advertised(list[uint(of)%uint(len(list))], entry(instance, port, "192.168.1.40", strings.Split(txt, "\n")...))
		for _, s := range all() {
			allowed(t, s)
		}
	})
}

// FuzzVendors feeds the answers to vendors' broadcasts to all of their parsers.
func FuzzVendors(f *testing.F) {
	f.Add(framed(20, map[int]string{0: "\xff\x01", 14: "\xfb\x05"}, `{"NetWork.NetCommon":{"SN":"abc123","MAC":"00:12:34:56:78:9a","TCPPort":1}}`))
	f.Add(framed(32, map[int]string{0: "\x20", 4: "DHIP"}, `{"mac":"3c:ef:8c:00:00:01","method":"client.notifyDevInfo","params":{"deviceInfo":{"HttpPort":80}}}`))
	f.Add([]byte(probeMatchSADP))
	f.Add(framed(16, nil, `{"result":{"device_type":"SMART.IPCAMERA"}}`))
	f.Add(hideKasa([]byte(`{"system":{"get_sysinfo":{"type":"IOT.IPCAMERA"}}}`)))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, parse := range []func([]byte) (wire.Sighting, bool){parseDVRIP, parseDHIP, parseSADP, parseTapo, parseKasa} {
			if s, ok := parse(b); ok {
				learnHabits(&s)
				allowed(t, s)
			}
		}
		isSOAP(b)
		serverOf(b)
		realmOf(string(b))
		titleOf(b)
	})
}
