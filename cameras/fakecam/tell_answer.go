package fakecam

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

const descriptionPath = "/description.xml"

// base is where the camera's HTTP port is, seen from an asker.
func (t *teller) base(at netip.Addr) string {
	return t.cam.web() + net.JoinHostPort(at.WithZone("").String(), strconv.Itoa(t.cam.onvif.gate.at().Port))
}

// answerProbe is a ProbeMatch (WS-Discovery §5.3) to a question for what the
// camera is.
func (t *teller) answerProbe(question []byte, at netip.Addr) []byte {
	if !bytes.Contains(question, []byte("Probe")) || !bytes.Contains(question, []byte("NetworkVideoTransmitter")) && !bytes.Contains(question, []byte("tds:Device")) {
		return nil
	}
	related := between(question, "MessageID>", "<")
	xaddr := t.base(at) + devicePath
	if t.cam.maker.old {
		return fmt.Appendf(nil, `<Envelope xmlns="http://www.w3.org/2003/05/soap-envelope"><Body>`+
			`<ProbeMatches xmlns="http://docs.oasis-open.org/ws-dd/ns/discovery/2009/01"><ProbeMatch><XAddrs>%s</XAddrs><Scopes>%s</Scopes>`+
			`</ProbeMatch></ProbeMatches></Body></Envelope>`, xaddr, t.scopes())
	}
	return fmt.Appendf(nil, `<?xml version="1.0" encoding="UTF-8"?><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"`+
		` xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing" xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery"`+
		` xmlns:dn="http://www.onvif.org/ver10/network/wsdl"><s:Header><a:MessageID>urn:uuid:%[1]s</a:MessageID><a:RelatesTo>%[2]s</a:RelatesTo>`+
		`<a:Action>http://schemas.xmlsoap.org/ws/2005/04/discovery/ProbeMatches</a:Action></s:Header><s:Body><d:ProbeMatches><d:ProbeMatch>`+
		`<a:EndpointReference><a:Address>urn:uuid:%[1]s</a:Address></a:EndpointReference><d:Types>dn:NetworkVideoTransmitter</d:Types>`+
		`<d:Scopes>%[3]s</d:Scopes><d:XAddrs>%[4]s</d:XAddrs><d:MetadataVersion>1</d:MetadataVersion></d:ProbeMatch></d:ProbeMatches></s:Body></s:Envelope>`,
		t.cam.id.uuid, escape(related), t.scopes(), xaddr)
}

// scopes are separated by white space of several kinds, as some makers do.
func (t *teller) scopes() string {
	all := []string{"type/video_encoder", "Profile/Streaming", "hardware/" + url.PathEscape(t.cam.maker.model), "name/" + url.PathEscape(t.cam.o.Name)}
	for _, s := range t.cam.maker.scopes {
		all = append(all, t.fill(s))
	}
	for i, s := range all {
		all[i] = escape("onvif://www.onvif.org/" + s)
	}
	return strings.Join(all, "\n            ")
}

func between(b []byte, from, to string) string {
	_, rest, ok := bytes.Cut(b, []byte(from))
	if !ok {
		return ""
	}
	found, _, _ := bytes.Cut(rest, []byte(to))
	return string(found)
}

// answerSearch is an answer to M-SEARCH (UPnP Device Architecture 2.0 §1.3.3).
func (t *teller) answerSearch(question []byte, at netip.Addr) []byte {
	if !bytes.HasPrefix(question, []byte("M-SEARCH ")) || !bytes.Contains(question, []byte("upnp:rootdevice")) {
		return nil
	}
	return fmt.Appendf(nil, "HTTP/1.1 200 OK\r\nCACHE-CONTROL: max-age=1800\r\nEXT:\r\nLOCATION: %s%s\r\nSERVER: Linux UPnP/1.0 fakecam\r\n"+
		"ST: upnp:rootdevice\r\nUSN: uuid:%s::upnp:rootdevice\r\n\r\n", t.base(at), descriptionPath, t.cam.id.uuid)
}

// description is the document behind it (UPnP Device Architecture 2.0 §2.3).
func (s *onvifServer) description(w http.ResponseWriter, r *http.Request) {
	m := s.cam.maker
	if m == nil || !m.upnp {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "text/xml; charset=utf-8")
	fmt.Fprintf(w, `<?xml version="1.0"?><root xmlns="urn:schemas-upnp-org:device-1-0"><specVersion><major>1</major><minor>0</minor></specVersion>`+
		`<device><deviceType>urn:schemas-upnp-org:device:Basic:1</deviceType><friendlyName>%s</friendlyName><manufacturer>%s</manufacturer>`+
		`<modelDescription>Network Camera</modelDescription><modelName>%s</modelName><serialNumber>%s</serialNumber><UDN>uuid:%s</UDN>`+
		`<presentationURL>%s/</presentationURL></device></root>`,
		escape(s.cam.o.Name), escape(m.vendor), escape(m.model), escape(s.cam.o.Serial), s.cam.id.uuid, s.base(r))
}

// answerDVRIP answers message 1530 with 1531 and JSON that ends in a line end
// and a zero.
func (t *teller) answerDVRIP(question []byte, at netip.Addr) []byte {
	if len(question) < 20 || question[0] != 0xff || binary.LittleEndian.Uint16(question[14:]) != 1530 || !at.Is4() {
		return nil
	}
	a := at.As4()
	body, err := json.Marshal(map[string]any{"Ret": 100, "SessionID": "0x00000000", "NetWork.NetCommon": map[string]any{
		"HostIP": fmt.Sprintf("0x%02X%02X%02X%02X", a[3], a[2], a[1], a[0]), "HostName": "LocalHost", "MAC": t.cam.id.mac,
		"SN": t.cam.o.Serial, "TCPPort": 34567, "HttpPort": t.cam.onvif.gate.at().Port, "ChannelNum": 1,
	}})
	if err != nil {
		return nil
	}
	body = append(body, '\n', 0)
	head := make([]byte, 20)
	head[0], head[1] = 0xff, 1
	binary.LittleEndian.PutUint16(head[14:], 1531)
	binary.LittleEndian.PutUint32(head[16:], uint32(len(body)))
	return append(head, body...)
}

// answerDHIP answers a search with what the device is.
func (t *teller) answerDHIP(question []byte, at netip.Addr) []byte {
	if len(question) < 32 || string(question[4:8]) != "DHIP" || !bytes.Contains(question, []byte("DHDiscover.search")) {
		return nil
	}
	body, err := json.Marshal(map[string]any{"mac": t.cam.id.mac, "method": "client.notifyDevInfo", "params": map[string]any{"deviceInfo": map[string]any{
		"DeviceClass": "IPC", "DeviceType": t.cam.maker.model, "HttpPort": t.cam.onvif.gate.at().Port, "Port": 37777,
		"IPv4Address": map[string]any{"IPAddress": at.String()}, "MachineName": t.cam.o.Name, "SerialNo": t.cam.o.Serial, "Vendor": t.cam.maker.vendor,
	}}})
	if err != nil {
		return nil
	}
	head := make([]byte, 32)
	head[0] = 32
	copy(head[4:], "DHIP")
	binary.LittleEndian.PutUint32(head[16:], uint32(len(body)))
	binary.LittleEndian.PutUint32(head[24:], uint32(len(body)))
	return append(head, body...)
}

// answerSADP answers an inquiry with what the device is.
func (t *teller) answerSADP(question []byte, at netip.Addr) []byte {
	if !bytes.Contains(question, []byte("<Probe>")) || !bytes.Contains(question, []byte("<Types>inquiry</Types>")) || !at.Is4() {
		return nil
	}
	return fmt.Appendf(nil, `<?xml version="1.0" encoding="UTF-8"?><ProbeMatch><Uuid>%s</Uuid><Types>inquiry</Types>`+
		`<DeviceDescription>%s</DeviceDescription><DeviceSN>%s</DeviceSN><CommandPort>8000</CommandPort><HttpPort>%d</HttpPort>`+
		`<MAC>%s</MAC><IPv4Address>%s</IPv4Address><DHCP>true</DHCP><SoftwareVersion>V5.5.0</SoftwareVersion><Activated>true</Activated></ProbeMatch>`,
		escape(between(question, "<Uuid>", "<")), escape(t.cam.maker.model), escape(t.cam.o.Serial), t.cam.onvif.gate.at().Port,
		strings.ReplaceAll(t.cam.id.mac, ":", "-"), at)
}

// answerTapo answers the fixed question with 16 bytes that nobody reads and
// JSON.
func (t *teller) answerTapo(question []byte, at netip.Addr) []byte {
	if len(question) != 16 || question[0] != 2 || question[3] != 1 {
		return nil
	}
	body, err := json.Marshal(map[string]any{"error_code": 0, "result": map[string]any{
		"device_id": strings.ReplaceAll(t.cam.id.uuid, "-", ""), "device_type": "SMART.IPCAMERA", "device_model": t.cam.maker.model,
		"device_name": t.cam.o.Name, "ip": at.String(), "mac": strings.ToUpper(strings.ReplaceAll(t.cam.id.mac, ":", "-")),
	}})
	if err != nil {
		return nil
	}
	return append(make([]byte, 16), body...)
}
