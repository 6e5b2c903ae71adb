package crowd

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"sync"
)

// What devices say, each with what differs between them; where it is described, cameras/discover
// has beside each way.

func (d device) mac() string { return fmt.Sprintf("02:00:00:00:%02x:%02x", byte(d.i>>8), byte(d.i)) }

// advertised are the services of mDNS in turn; what each takes for a camera.
var advertised = []struct{ service, instance, txt string }{
	{"_rtsp", "crowd %d", "path=/stream"},
	{"_onvif", "crowd %d", "path=/onvif/device_service"},
	{"_hap", "crowd %d", "ci=17"},
	{"_http", "ip camera %d", "path=/"},
	{"_axis-video", "AXIS M1065-L - %012X", "path=/"},
}

// advert is a response of mDNS with PTR, SRV, TXT and A (RFC 6762 §18, RFC 1035 §4.1).
func advert(d device) []byte {
	name := func(labels ...string) (out []byte) {
		for _, l := range labels {
			out = append(append(out, byte(len(l))), l...)
		}
		return append(out, 0)
	}
	a := advertised[d.i%len(advertised)]
	service := []string{a.service, "_tcp", "local"}
	instance := name(append([]string{fmt.Sprintf(a.instance, d.i)}, service...)...)
	host := name(fmt.Sprintf("crowd-%d", d.i), "local")
	out := []byte{0, 0, 0x84, 0, 0, 0, 0, 1, 0, 0, 0, 3}
	record := func(owner []byte, kind uint16, data []byte) {
		out = binary.BigEndian.AppendUint16(append(out, owner...), kind)
		out = append(out, 0, 1, 0, 0, 0, 120)
		out = append(binary.BigEndian.AppendUint16(out, uint16(len(data))), data...)
	}
	record(name(service...), 12, instance)
	record(instance, 33, append([]byte{0, 0, 0, 0, 554 >> 8, 554 & 255}, host...))
	record(instance, 16, append([]byte{byte(len(a.txt))}, a.txt...))
	record(host, 1, d.v4.AsSlice())
	return out
}

func probeMatch(d device) []byte { return matched("crowd", d.i, d.v4.String()) }

// probeMatch6 is another device's: who answers over both is one.
func probeMatch6(d device) []byte {
	return matched("crowd6", d.i, "["+d.v6.WithZone("").String()+"]")
}

func matched(uuid string, i int, host string) []byte {
	return fmt.Appendf(nil, `<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Header/><s:Body><d:ProbeMatches><d:ProbeMatch>`+
		`<a:EndpointReference><a:Address>urn:uuid:%s-%08d</a:Address></a:EndpointReference><d:Types>dn:NetworkVideoTransmitter</d:Types>`+
		`<d:Scopes>onvif://www.onvif.org/name/crowd</d:Scopes><d:XAddrs>http://%s/onvif/device_service</d:XAddrs>`+
		`</d:ProbeMatch></d:ProbeMatches></s:Body></s:Envelope>`, uuid, i, host)
}

// found is an answer to M-SEARCH; the description is at the device itself.
func found(d device) []byte {
	path := "/d.xml"
	if d.garbles() {
		path = "/endless.xml"
	}
	return fmt.Appendf(nil, "HTTP/1.1 200 OK\r\nLOCATION: http://%s%s\r\n\r\n", d.v4, path)
}

func dvrip(d device) []byte {
	return framed(20, map[int]string{0: "\xff\x01", 14: "\xfb\x05"},
		fmt.Sprintf(`{"NetWork.NetCommon":{"HostName":"crowd","MAC":%q,"SN":"crowd%08d","TCPPort":34567}}`, d.mac(), d.i))
}

func dhip(d device) []byte {
	return framed(32, map[int]string{0: "\x20", 4: "DHIP"}, fmt.Sprintf(
		`{"mac":%q,"method":"client.notifyDevInfo","params":{"deviceInfo":{"MachineName":"crowd","SerialNo":"CROWD%08d","Port":37777}}}`, d.mac(), d.i))
}

func sadp(d device) []byte {
	return fmt.Appendf(nil, "<ProbeMatch><DeviceDescription>crowd</DeviceDescription><DeviceSN>CROWD-SADP-%08d</DeviceSN><MAC>%s</MAC></ProbeMatch>", d.i, d.mac())
}

func tapo(d device) []byte {
	return framed(16, nil, fmt.Sprintf(`{"result":{"device_id":"crowd-tplink-%08d","device_type":"SMART.IPCAMERA","mac":%q}}`, d.i, d.mac()))
}

// kasa is under a running XOR that begins with 171.
func kasa(d device) []byte {
	out, key := fmt.Appendf(nil, `{"system":{"get_sysinfo":{"deviceId":"crowd-tplink-%08d","type":"IOT.IPCAMERA","mac":%q}}}`, d.i, d.mac()), byte(171)
	for i := range out {
		key ^= out[i]
		out[i] = key
	}
	return out
}

// framed puts a head before JSON: at says where bytes other than 0 stand.
func framed(n int, at map[int]string, body string) []byte {
	head := make([]byte, n)
	for i, s := range at {
		copy(head[i:], s)
	}
	return append(head, body...)
}

// garbles tells those who send garbage in place of what they should.
func (d device) garbles() bool { return d.i%8 == 7 }

// garbled is what comes of something sayable: cut off, with bytes that are wrong, nothing but noise, or
// deep and long. Each device has its own, and at each time the same.
func garbled(d device, say []byte) []byte {
	random := rand.New(rand.NewPCG(uint64(d.i), 5))
	switch d.i / 8 % 4 {
	case 0:
		return say[:random.IntN(len(say))]
	case 1:
		for range 8 {
			say[random.IntN(len(say))] = byte(random.Uint32())
		}
		return say
	case 2:
		noise := make([]byte, random.IntN(1400))
		for i := range noise {
			noise[i] = byte(random.Uint32())
		}
		return noise
	}
	return append(say[:min(len(say), 32)], strings.Repeat("<a b='c'>[{", 4000)...)
}

// serveDescriptions answers at port 80 of each of the crowd: with what it is, or with what does
// not end.
func serveDescriptions(wg *sync.WaitGroup) (*http.Server, error) {
	l, err := net.Listen("tcp4", ":80")
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /d.xml", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, `<root><device><friendlyName>crowd %[1]s</friendlyName><manufacturer>Uniview</manufacturer><modelName>crowd</modelName>`+
			`<serialNumber>crowd-ssdp-%[1]s</serialNumber><presentationURL>http://%[1]s/</presentationURL></device></root>`, r.Host)
	})
	mux.HandleFunc("GET /endless.xml", func(w http.ResponseWriter, r *http.Request) {
		for b := []byte(strings.Repeat("<device>", 512)); r.Context().Err() == nil; {
			if _, err := w.Write(b); err != nil {
				return
			}
		}
	})
	s := &http.Server{Handler: mux}
	wg.Go(func() { _ = s.Serve(l) }) // until it is closed
	return s, nil
}
