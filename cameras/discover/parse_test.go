package discover

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/grandcat/zeroconf"

	"lares/cameras/internal/wire"
)

func onvif(port uint16, path string) []wire.Protocol {
	return []wire.Protocol{{Name: wire.SpeaksONVIF, Port: port, Path: path}}
}

// probeMatch is an answer with the parts that differ between makers.
func probeMatch(endpoint, types, scopes, xaddrs string) string {
	return `<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Header/><s:Body><d:ProbeMatches><d:ProbeMatch>` +
		`<a:EndpointReference><a:Address>` + endpoint + `</a:Address></a:EndpointReference><d:Types>` + types + `</d:Types><d:Scopes>` + scopes +
		`</d:Scopes><d:XAddrs>` + xaddrs + `</d:XAddrs></d:ProbeMatch></d:ProbeMatches></s:Body></s:Envelope>`
}

func TestProbeMatches(t *testing.T) {
	const uuid = "5f1c2a34-0001-4002-8003-0242ac130002"
	scope := func(s ...string) string {
		return "onvif://www.onvif.org/" + strings.Join(s, "\n\t onvif://www.onvif.org/")
	}
	for name, c := range map[string]struct {
		from, answer string
		want         []wire.Sighting
	}{
		"plain": {"192.168.1.20", probeMatch("urn:uuid:"+strings.ToUpper(uuid), "dn:NetworkVideoTransmitter", scope("name/Front%20door", "hardware/DS-2CD1", "MAC/AA-BB-CC-00-11-22"), "http://192.168.1.20/onvif/device_service"),
			[]wire.Sighting{{By: wire.ByWSD, Address: addr("192.168.1.20"), UUID: uuid, MAC: "aa:bb:cc:00:11:22", Vendor: "Hikvision", Model: "DS-2CD1", Name: "Front door", Speaks: onvif(80, "")}}},
		"another port and path, its own among several": {"192.168.1.21", probeMatch(uuid, "", scope("name/x"), "http://169.254.3.3/onvif/a http://192.168.1.21:8000/onvif/b http://[fe80::9]/c"),
			[]wire.Sighting{{By: wire.ByWSD, Address: addr("192.168.1.21"), UUID: uuid, Name: "x", Speaks: onvif(8000, "/onvif/b")}}},
		"over IPv6": {"fe80::9%lan0", probeMatch(uuid, "dn:NetworkVideoTransmitter", "", "http://192.168.1.22:81/x http://[fe80::9]:82/onvif/device_service"),
			[]wire.Sighting{{By: wire.ByWSD, Address: addr("fe80::9%lan0"), UUID: uuid, Speaks: onvif(82, "")}}},
		"an old address is not believed": {"192.168.1.23", probeMatch(uuid, "", scope("name/x"), "http://192.168.1.99:8080/onvif/device_service"),
			[]wire.Sighting{{By: wire.ByWSD, Address: addr("192.168.1.23"), UUID: uuid, Name: "x", Speaks: onvif(8080, "")}}},
		"over HTTPS": {"192.168.1.23", probeMatch(uuid, "dn:NetworkVideoTransmitter", "", "https://192.168.1.23:8443/onvif/device_service http://192.168.1.23/onvif/device_service"),
			[]wire.Sighting{{By: wire.ByWSD, Address: addr("192.168.1.23"), UUID: uuid, Speaks: []wire.Protocol{{Name: wire.SpeaksONVIF, Port: 8443, TLS: true}}}}},
		"over HTTPS, at its port": {"192.168.1.23", probeMatch(uuid, "dn:NetworkVideoTransmitter", "", "https://192.168.1.23/x"),
			[]wire.Sighting{{By: wire.ByWSD, Address: addr("192.168.1.23"), UUID: uuid, Speaks: []wire.Protocol{{Name: wire.SpeaksONVIF, Port: 443, Path: "/x", TLS: true}}}}},
		"no address at all":   {"192.168.1.24", probeMatch("", "dn:NetworkVideoTransmitter", "", ""), []wire.Sighting{{By: wire.ByWSD, Address: addr("192.168.1.24"), Speaks: onvif(80, "")}}},
		"no port that is one": {"192.168.1.24", probeMatch("", "dn:NetworkVideoTransmitter", "", "http://192.168.1.24:99999/"), nil},
		"a printer":           {"192.168.1.25", probeMatch(uuid, "wsdp:Device pri:PrintDeviceType", "", "http://192.168.1.25:5357/"), nil},
		"cut in the middle":   {"192.168.1.26", probeMatch(uuid, "dn:NetworkVideoTransmitter", scope("name/x"), "http://192.168.1.26/")[:330], []wire.Sighting{{By: wire.ByWSD, Address: addr("192.168.1.26"), UUID: uuid, Name: "x", Speaks: onvif(80, "")}}},
		"Latin-1":             {"192.168.1.26", probeMatch(uuid, "dn:NetworkVideoTransmitter", scope("name/T\xfcr"), "http://192.168.1.26:81/"), []wire.Sighting{{By: wire.ByWSD, Address: addr("192.168.1.26"), UUID: uuid, Name: "T?r", Speaks: onvif(81, "/")}}},
		"not XML":             {"192.168.1.27", "hello", nil},
		"entities":            {"192.168.1.28", `<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>` + probeMatch(uuid, "dn:NetworkVideoTransmitter", scope("name/&b;"), ""), []wire.Sighting{{By: wire.ByWSD, Address: addr("192.168.1.28"), UUID: uuid, Name: "&b;", Speaks: onvif(80, "")}}},
	} {
		t.Run(name, func(t *testing.T) {
			r, all := collected()
			for _, s := range r.matched(addr(c.from), parseProbeMatches([]byte(c.answer))) {
				r.out.saw(s)
			}
			if got := all(); !reflect.DeepEqual(got, c.want) {
				t.Errorf("got  %+v\nwant %+v", got, c.want)
			}
		})
	}
}

// TestSeveralMatches: an answer about several devices names their addresses,
// and those of other networks are left out.
func TestSeveralMatches(t *testing.T) {
	one := func(host string) string {
		return `<ProbeMatch><XAddrs>http://` + host + `/onvif/device_service</XAddrs><Scopes></Scopes></ProbeMatch>`
	}
	r, _ := collected()
	list := parseProbeMatches([]byte(`<Envelope><Body><ProbeMatches>` + one("192.168.1.10") + one("192.168.1.11") + one("203.0.113.7") + `</ProbeMatches></Body></Envelope>`))
	var got []string
	for _, s := range r.matched(addr("192.168.1.5"), list) {
		got = append(got, s.Address.String())
	}
	if !reflect.DeepEqual(got, []string{"192.168.1.10", "192.168.1.11"}) {
		t.Error(got)
	}
	if n := len(parseProbeMatches([]byte(`<Body><ProbeMatches>` + strings.Repeat(one("192.168.1.10"), 100) + `</ProbeMatches></Body>`))); n != maxMatches {
		t.Errorf("%d matches of 100 are kept", n)
	}
}

func TestSSDP(t *testing.T) {
	for answer, want := range map[string]string{
		"HTTP/1.1 200 OK\r\nST: upnp:rootdevice\r\nLocation: http://192.168.1.30:8080/d.xml\r\n\r\n":     "http://192.168.1.30:8080/d.xml",
		"HTTP/1.1 200 OK\nlocation:http://192.168.1.30/d.xml\n\n":                                        "http://192.168.1.30/d.xml",
		"HTTP/1.1 200 OK\r\nLOCATION: https://192.168.1.30/d.xml\r\n\r\n":                                "",
		"HTTP/1.1 200 OK\r\nLOCATION: http://me:secret@192.168.1.30/d.xml\r\n\r\n":                       "",
		"HTTP/1.1 200 OK\r\nLOCATION: file:///etc/passwd\r\n\r\n":                                        "",
		"HTTP/1.1 404 Not Found\r\nLOCATION: http://192.168.1.30/d.xml\r\n\r\n":                          "",
		"NOTIFY * HTTP/1.1\r\nLOCATION: http://192.168.1.30/d.xml\r\n\r\n":                               "",
		"HTTP/1.1 200 OK\r\nX: " + strings.Repeat("a", 64<<10) + "\r\nLOCATION: http://1.1.1.1/\r\n\r\n": "",
		"": "",
	} {
		got := ""
		if u := parseSSDP([]byte(answer)); u != nil {
			got = u.String()
		}
		if got != want {
			t.Errorf("%.60q: %q, not %q", answer, got, want)
		}
	}
}

func description(fields ...string) string {
	var b strings.Builder
	for i := 0; i < len(fields); i += 2 {
		fmt.Fprintf(&b, "<%[1]s>%[2]s</%[1]s>", fields[i], fields[i+1])
	}
	return `<?xml version="1.0"?><root xmlns="urn:schemas-upnp-org:device-1-0"><device>` + b.String() +
		`<deviceList><device><friendlyName>inner camera</friendlyName><manufacturer>Nobody</manufacturer></device></deviceList></device></root>`
}

func TestDescriptions(t *testing.T) {
	s, ok := parseDescription([]byte(description("friendlyName", "AXIS M3067-P - B8A44F000001", "manufacturer", "AXIS", "modelName", "AXIS M3067-P", "serialNumber", "B8A44F000001",
		"UDN", "uuid:Upnp-BasicDevice-1_0-B8A44F000001", "presentationURL", "http://192.168.1.31:80/")))
	want := wire.Sighting{By: wire.BySSDP, MAC: "b8:a4:4f:00:00:01", UUID: "upnp-basicdevice-1_0-b8a44f000001", Serial: "B8A44F000001", Vendor: "Axis", Model: "AXIS M3067-P", Name: "AXIS M3067-P - B8A44F000001",
		Speaks: []wire.Protocol{{Name: wire.SpeaksHTTP, Port: 80}}}
	if !ok || !reflect.DeepEqual(s, want) {
		t.Errorf("got  %+v %v\nwant %+v", s, ok, want)
	}
	for name, doc := range map[string]string{
		"a television": description("friendlyName", "Living room", "manufacturer", "Sony", "modelName", "KD-55"),
		"a router":     description("friendlyName", "FRITZ!Box", "manufacturer", "AVM", "modelName", "7590", "modelDescription", "environment"),
		"HTML":         "<html><body>camera</body></html>",
		"deep":         strings.Repeat("<device>", 1000) + "<friendlyName>camera</friendlyName>",
	} {
		if s, ok := parseDescription([]byte(doc)); ok {
			t.Errorf("%s is a camera: %+v", name, s)
		}
	}
	if _, ok := parseDescription([]byte(description("friendlyName", "x", "modelDescription", "IP Camera with IR"))); !ok {
		t.Error("what calls itself a camera is none")
	}
}

// TestIndentedXML: most devices write their documents in lines, and some text
// where none belongs.
func TestIndentedXML(t *testing.T) {
	s, ok := parseDescription([]byte("<?xml version=\"1.0\"?>\n<root>\n  <device>\n    <friendlyName>\n  IP camera\n </friendlyName>\n    <serialNumber>S-1</serialNumber>\n  stray\n  </device>\n  <x/>\n</root>\n"))
	if !ok || s.Name != "IP camera" || s.Serial != "S-1" {
		t.Errorf("%+v %v", s, ok)
	}
	list := parseProbeMatches([]byte("<Envelope>\n <Body>\n  <ProbeMatches>\n   <ProbeMatch>\n    <Types>dn:NetworkVideoTransmitter</Types>\n    <XAddrs>http://192.168.1.10/onvif</XAddrs>\n   </ProbeMatch>\n  </ProbeMatches>\n </Body>\n</Envelope>\n"))
	if len(list) != 1 || len(list[0].xaddrs) != 1 {
		t.Errorf("%+v", list)
	}
}

// entry is an advertisement as the library hands it on.
func entry(instance string, port int, ip string, txt ...string) *zeroconf.ServiceEntry {
	e := zeroconf.NewServiceEntry(instance, "_x._tcp", "local.")
	e.Port, e.Text, e.AddrIPv4 = port, txt, []net.IP{net.ParseIP(ip)}
	return e
}

func serviceNamed(t testing.TB, name string) service {
	for _, s := range services() {
		if s.name == name {
			return s
		}
	}
	t.Fatalf("no service %s", name)
	return service{}
}

func TestAdvertisements(t *testing.T) {
	speaks := func(name string, port uint16, path string) []wire.Protocol {
		return []wire.Protocol{{Name: name, Port: port, Path: path}}
	}
	for name, c := range map[string]struct {
		service string
		entry   *zeroconf.ServiceEntry
		want    *wire.Sighting
	}{
		"Axis": {"_axis-video._tcp", entry(`AXIS\ M1065-L\ -\ ACCC8E000001`, 80, "192.168.1.40", "macaddress=ACCC8E000001"),
			&wire.Sighting{MAC: "ac:cc:8e:00:00:01", Vendor: "Axis", Model: "AXIS M1065-L", Name: "AXIS M1065-L - ACCC8E000001", Speaks: speaks("http", 80, "")}},
		"RTSP with a path": {"_rtsp._tcp", entry(`Garden\226\128\153s`, 8554, "192.168.1.41", "path=/stream"),
			&wire.Sighting{Name: "Garden’s", Speaks: speaks("rtsp", 8554, "/stream")}},
		"a path that is none": {"_rtsp._tcp", entry("x", 554, "192.168.1.41", "path=rtsp://elsewhere/"), &wire.Sighting{Name: "x", Speaks: speaks("rtsp", 554, "")}},
		"a maker by its MAC": {"_rtsp._tcp", entry("x", 554, "192.168.1.41", "mac=EC:71:DB:00:00:01"),
			&wire.Sighting{MAC: "ec:71:db:00:00:01", Vendor: "Reolink", Name: "x", Speaks: speaks("rtsp", 554, "")}},
		"HomeKit camera": {"_hap._tcp", entry("G2H", 5001, "192.168.1.42", "MD=Aqara G2H", "id=AA:BB:CC:DD:EE:FF", "ci=17", "sf=1"),
			&wire.Sighting{UUID: "hap:aa:bb:cc:dd:ee:ff", Vendor: "Aqara", Model: "Aqara G2H", Name: "G2H", Speaks: speaks("homekit", 5001, "")}},
		"HomeKit doorbell": {"_hap._tcp", entry("bell", 5001, "192.168.1.42", "ci=18"), &wire.Sighting{Name: "bell", Speaks: speaks("homekit", 5001, "")}},
		"HomeKit bulb":     {"_hap._tcp", entry("bulb", 5001, "192.168.1.42", "ci=5"), nil},
		"a web server":     {"_http._tcp", entry("Brother HL-L2350DW", 80, "192.168.1.43"), nil},
		"a camera's web server": {"_http._tcp", entry("HIKVISION DS-2CD2042WD-I - 123", 80, "192.168.1.44", "path=/"),
			&wire.Sighting{Vendor: "Hikvision", Name: "HIKVISION DS-2CD2042WD-I - 123", Speaks: speaks("http", 80, "")}},
		"another network": {"_rtsp._tcp", entry("x", 554, "203.0.113.9"), nil},
		"no port":         {"_rtsp._tcp", entry("x", 0, "192.168.1.45"), nil},
	} {
		t.Run(name, func(t *testing.T) {
			r, all := collected()
			r.advertised(serviceNamed(t, c.service), c.entry)
			got := all()
			if c.want == nil {
				if len(got) != 0 {
					t.Errorf("got %+v", got)
				}
				return
			}
			c.want.By, c.want.Address = wire.ByMDNS, addr(c.entry.AddrIPv4[0].String())
			if len(got) != 1 || !reflect.DeepEqual(got[0], *c.want) {
				t.Errorf("got  %+v\nwant %+v", got, *c.want)
			}
		})
	}
}

// framed puts a head before JSON: at says where bytes other than 0 stand.
func framed(n int, at map[int]string, body string) []byte {
	head := make([]byte, n)
	for i, s := range at {
		copy(head[i:], s)
	}
	return append(head, body...)
}

// probeMatchSADP is an answer in the form that cameras give it, written by hand.
const probeMatchSADP = `<?xml version="1.0" encoding="UTF-8"?>
<ProbeMatch>
<Uuid>0B5E2A64-0000-4000-8000-000000000001</Uuid>
<Types>inquiry</Types>
<DeviceType>1442815</DeviceType>
<DeviceDescription>DS-2CD2042WD-I</DeviceDescription>
<DeviceSN>DS-2CD2042WD-I20160101AAWR000000001</DeviceSN>
<CommandPort>8000</CommandPort>
<HttpPort>8081</HttpPort>
<RtspPort>554</RtspPort>
<MAC>44-19-b6-00-00-01</MAC>
<IPv4Address>192.168.1.64</IPv4Address>
<Activated>true</Activated>
</ProbeMatch>`

func TestVendorAnswers(t *testing.T) {
	dvrip := func(body string) []byte {
		return framed(20, map[int]string{0: "\xff\x01", 14: "\xfb\x05"}, body+"\n\x00")
	}
	dhip := func(body string) []byte { return framed(32, map[int]string{0: "\x20", 4: "DHIP"}, body) }
	for name, c := range map[string]struct {
		parse func([]byte) (wire.Sighting, bool)
		in    []byte
		want  *wire.Sighting
	}{
		"DVRIP": {parseDVRIP, dvrip(`{"NetWork.NetCommon":{"HostIP":"0x2001A8C0","HostName":"LocalHost","MAC":"00:12:34:56:78:9a","SN":"abc123def456","TCPPort":34568},"Ret":100}`),
			&wire.Sighting{By: wire.ByDVRIP, MAC: "00:12:34:56:78:9a", Serial: "abc123def456", Vendor: "Xiongmai", Name: "LocalHost", Speaks: []wire.Protocol{{Name: "dvrip", Port: 34568}}}},
		"DVRIP, our own question": {parseDVRIP, framed(20, map[int]string{0: "\xff", 14: "\xfa\x05"}, "{}"), nil},
		"DVRIP, nothing in it":    {parseDVRIP, dvrip(`{"Ret":100}`), nil},
		"DVRIP, a wrong type":     {parseDVRIP, dvrip(`{"NetWork.NetCommon":{"SN":1,"MAC":"00:12:34:56:78:9a"}}`), nil},
		"DHIP": {parseDHIP, dhip(`{"mac":"3c:ef:8c:00:00:01","method":"client.notifyDevInfo","params":{"deviceInfo":{"DeviceClass":"IPC","DeviceType":"IPC-HDW2431T","HttpPort":80,"Port":37777,"MachineName":"Yard","SerialNo":"4L00000PAA00001","Vendor":"General"}}}` + "\n\x00"),
			&wire.Sighting{By: wire.ByDHIP, MAC: "3c:ef:8c:00:00:01", Serial: "4L00000PAA00001", Vendor: "Dahua", Model: "IPC-HDW2431T", Name: "Yard", Speaks: []wire.Protocol{{Name: "dhip", Port: 37777}, {Name: "http", Port: 80}}}},
		"DHIP, of a label": {parseDHIP, dhip(`{"mac":"02:00:00:00:00:01","method":"client.notifyDevInfo","params":{"deviceInfo":{"Port":37777,"Vendor":"General"}}}`),
			&wire.Sighting{By: wire.ByDHIP, MAC: "02:00:00:00:00:01", Vendor: "Dahua", Speaks: []wire.Protocol{{Name: "dhip", Port: 37777}}}},
		"DHIP, our own question": {parseDHIP, dhip(dhipAsks), nil},
		"SADP": {parseSADP, []byte(probeMatchSADP),
			&wire.Sighting{By: wire.BySADP, MAC: "44:19:b6:00:00:01", Serial: "DS-2CD2042WD-I20160101AAWR000000001", Vendor: "Hikvision", Model: "DS-2CD2042WD-I", Speaks: []wire.Protocol{{Name: "http", Port: 8081}, {Name: "rtsp", Port: 554}}}},
		"SADP, without ports": {parseSADP, []byte("<ProbeMatch><DeviceDescription>IPCamera</DeviceDescription><MAC>44-19-b6-00-00-02</MAC></ProbeMatch>"),
			&wire.Sighting{By: wire.BySADP, MAC: "44:19:b6:00:00:02", Vendor: "Hikvision", Model: "IPCamera", Speaks: []wire.Protocol{{Name: "http", Port: 80}}}},
		"SADP, a port that is none": {parseSADP, []byte("<ProbeMatch><DeviceSN>1234567890</DeviceSN><HttpPort>70000</HttpPort><RtspPort>-1</RtspPort></ProbeMatch>"),
			&wire.Sighting{By: wire.BySADP, Serial: "1234567890", Vendor: "Hikvision"}},
		"SADP, a question": {parseSADP, fmt.Appendf(nil, sadpAsks, "0B5E2A64-0000-4000-8000-000000000001"), nil},
		"Tapo": {parseTapo, framed(16, nil, `{"result":{"device_id":"0123456789abcdef0123","device_type":"SMART.IPCAMERA","device_model":"C210","device_name":"Hall","mac":"AA-BB-CC-00-00-01","ip":"192.168.1.9"},"error_code":0}`),
			&wire.Sighting{By: wire.ByTPLink, MAC: "aa:bb:cc:00:00:01", UUID: "0123456789abcdef0123", Vendor: "TP-Link", Model: "C210", Name: "Hall", Speaks: []wire.Protocol{{Name: "tapo", Port: 8800}}}},
		"Tapo plug": {parseTapo, framed(16, nil, `{"result":{"device_type":"SMART.TAPOPLUG","device_model":"P110"}}`), nil},
		"Kasa": {parseKasa, hideKasa([]byte(`{"system":{"get_sysinfo":{"alias":"Porch","deviceId":"8006000000","model":"KC420WS(UN)","mac":"AABBCC000002","type":"IOT.IPCAMERA"}}}`)),
			&wire.Sighting{By: wire.ByTPLink, MAC: "aa:bb:cc:00:00:02", UUID: "8006000000", Vendor: "TP-Link", Model: "KC420WS(UN)", Name: "Porch", Speaks: []wire.Protocol{{Name: "kasa", Port: 19443}}}},
		"short": {parseDHIP, []byte("DHIP"), nil},
	} {
		got, ok := c.parse(c.in)
		if ok {
			learnHabits(&got)
		}
		if ok != (c.want != nil) || ok && !reflect.DeepEqual(got, *c.want) {
			t.Errorf("%s: got  %+v %v\nwant %+v", name, got, ok, c.want)
		}
	}
	// The vector of python-kasa's own tests for this text.
	if got := hex.EncodeToString(hideKasa([]byte(kasaAsks))); got != "d0f281f88bff9af7d5ef94b6d1b4c09fec95e68fe187e8caf08bf68bf6" {
		t.Errorf("the question of Kasa: %s", got)
	}
}

const shared = "../../../shared/data/protocol"

// TestSharedProbeMatches reads recorded answers, where they are: each is told,
// with what its index says of it.
func TestSharedProbeMatches(t *testing.T) {
	dir := filepath.Join(shared, "probematch")
	files, err := filepath.Glob(filepath.Join(dir, "*.xml"))
	if err != nil || len(files) == 0 {
		t.Skipf("%s is not there: recorded answers to WS-Discovery are not read", dir)
	}
	// Vendor, model and name by what the file holds; a slash between devices.
	want := map[string]string{
		"empty_scopes_two_matches.xml":         "||A 192.168.1.10 / || 192.168.1.20",
		"hikvision_firmware_mac_scopes.xml":    "Hikvision|DS-2CD2042WD-I|Hikvision-DS-2CD2042WD-I 192.168.1.100 aa:bb:cc:dd:ee:ff",
		"hikvision_multi_xaddr_whitespace.xml": "Hikvision|DS-2CD2043G2|Classroom 1 Camera 192.168.1.5",
		"reolink_default_ns_wsd2009.xml":       "Reolink|RLC-810A|Reolink 192.168.1.5",
		"reolink_port8000.xml":                 "Reolink|RLC-810A|Reolink 192.168.1.50:8000",
		"undeclared_prefix_in_types.xml":       "Hikvision|DS-2CD2143G2|HikvisionCam 192.168.1.50",
	}
	from := map[string]string{"hikvision_firmware_mac_scopes.xml": "192.168.1.100", "reolink_port8000.xml": "192.168.1.50", "undeclared_prefix_in_types.xml": "192.168.1.50"}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.Base(file)
		sender := from[name]
		if sender == "" {
			sender = "192.168.1.5"
		}
		r, _ := collected()
		var got []string
		for _, s := range r.matched(addr(sender), parseProbeMatches(b)) {
			text := fmt.Sprintf("%s|%s|%s %s", s.Vendor, s.Model, s.Name, s.Address)
			if s.Speaks[0].Port != 80 {
				text += fmt.Sprint(":", s.Speaks[0].Port)
			}
			if s.MAC != "" {
				text += " " + s.MAC
			}
			got = append(got, text)
		}
		if all := strings.Join(got, " / "); all != want[name] {
			t.Errorf("%s:\ngot  %q\nwant %q", name, all, want[name])
		}
	}
	if len(files) < len(want) {
		t.Errorf("only %d of %d recorded answers are there", len(files), len(want))
	}
}

// TestSharedTXT reads recorded TXT records, where they are.
func TestSharedTXT(t *testing.T) {
	b, err := os.ReadFile(filepath.Join(shared, "mdns_txt.json"))
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("../shared/data/protocol/mdns_txt.json is not there: recorded TXT records are not read")
	}
	var list []struct {
		Service  string
		Instance string
		TXT      map[string]string
	}
	if err != nil || json.Unmarshal(b, &list) != nil {
		t.Fatal(err)
	}
	read := 0
	for _, item := range list {
		for _, s := range services() {
			if s.name != item.Service {
				continue
			}
			var txt []string
			for k, v := range item.TXT {
				txt = append(txt, k+"="+v)
			}
			r, all := collected()
			r.advertised(s, entry(item.Instance, 80, "192.168.1.60", txt...))
			got := all()
			if len(got) != 1 {
				t.Errorf("%s: %d sightings", item.Service, len(got))
				continue
			}
			read++
			if s.name == "_axis-video._tcp" && (got[0].MAC != "ac:cc:8e:91:45:c1" || got[0].Model != "AXIS T8705") {
				t.Errorf("%+v", got[0])
			}
			if s.name == "_hap._tcp" && (got[0].UUID != "hap:aa:bb:cc:dd:ee:ff" || got[0].Model != "model") {
				t.Errorf("%+v", got[0])
			}
		}
	}
	if read < 3 {
		t.Errorf("only %d recorded services are read", read)
	}
}
