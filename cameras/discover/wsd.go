package discover

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"net/netip"
	"net/url"
	"strings"
	"sync"

	"lares/cameras/internal/wire"
)

// The address of WS-Discovery 2005/04 (§2.4), which ONVIF uses (Core §7.3).
// Nothing here listens on that port: questions go out, nobody is answered.
const wsdPort = 3702

// wsd asks for ONVIF devices out of every address, of both kinds.
func (r *round) wsd(ctx context.Context) {
	say := [][]byte{probe("dn:NetworkVideoTransmitter"), probe("tds:Device"), probe("dn:NetworkVideoTransmitter")}
	var wg sync.WaitGroup
	defer wg.Wait()
	for _, v6 := range []bool{false, true} {
		for _, from := range r.links.own(v6) {
			to := netip.AddrFrom4([4]byte{239, 255, 255, 250})
			if v6 {
				to = netip.MustParseAddr("ff02::c").WithZone(from.Zone())
			}
			q := question{from: from, to: []netip.AddrPort{netip.AddrPortFrom(to, wsdPort)}, say: say}
			wg.Go(func() {
				r.ask(ctx, q, func(from netip.Addr, b []byte) {
					for _, s := range r.matched(from, parseProbeMatches(b)) {
						r.out.saw(s)
					}
				})
			})
		}
	}
}

// probe is a question for devices of one type (WS-Discovery §5.2).
func probe(types string) []byte {
	return fmt.Appendf(nil, `<?xml version="1.0" encoding="UTF-8"?>`+
		`<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing"`+
		` xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery" xmlns:dn="http://www.onvif.org/ver10/network/wsdl"`+
		` xmlns:tds="http://www.onvif.org/ver10/device/wsdl"><s:Header>`+
		`<a:Action s:mustUnderstand="1">http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe</a:Action>`+
		`<a:MessageID>urn:uuid:%s</a:MessageID><a:To s:mustUnderstand="1">urn:schemas-xmlsoap-org:ws:2005:04:discovery</a:To>`+
		`</s:Header><s:Body><d:Probe><d:Types>%s</d:Types></d:Probe></s:Body></s:Envelope>`, newUUID(), types)
}

// newUUID is a random UUID (RFC 9562 §5.4).
func newUUID() string {
	var b [16]byte
	rand.Read(b[:]) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// match is one ProbeMatch (WS-Discovery §5.3), bounded.
type match struct {
	endpoint string
	types    string
	scopes   []string
	xaddrs   []string
}

const (
	maxMatches = 8
	maxScopes  = 64
	maxXAddrs  = 8
)

// parseProbeMatches reads what answers a probe. Prefixes and namespaces are not
// looked at: some devices leave them undeclared, some use those of 2009/01.
func parseProbeMatches(b []byte) (out []match) {
	var m *match
	walkXML(b, func(e element) {
		switch {
		case e.opens("ProbeMatch"):
			if len(out) == maxMatches {
				m = nil
				return
			}
			out = append(out, match{})
			m = &out[len(out)-1]
		case m == nil:
		case e.is("EndpointReference", "Address"):
			m.endpoint = e.text
		case e.is("ProbeMatch", "Types"):
			m.types = e.text
		case e.is("ProbeMatch", "Scopes"):
			m.scopes = first(strings.Fields(e.text), maxScopes)
		case e.is("ProbeMatch", "XAddrs"):
			m.xaddrs = first(strings.Fields(e.text), maxXAddrs)
		}
	})
	return out
}

func first[T any](list []T, most int) []T { return list[:min(len(list), most)] }

// matched makes sightings of what a neighbour answered. An answer of one
// device is about its sender, whatever address it names: many name an old one.
// Only where one tells of several are the named ones believed, as far as they
// are neighbours.
func (r *round) matched(from netip.Addr, list []match) (out []wire.Sighting) {
	for _, m := range list {
		if !m.camera() {
			continue
		}
		s := wire.Sighting{By: wire.ByWSD, Address: from, UUID: plainUUID(m.endpoint)}
		speaks, at := r.service(m, from)
		if len(list) > 1 {
			if !at.IsValid() {
				continue
			}
			s.Address = at
		}
		s.Speaks = []wire.Protocol{speaks}
		m.describe(&s)
		out = append(out, s)
	}
	return out
}

// camera reports whether the match is of an ONVIF device, whatever was asked.
func (m match) camera() bool {
	if strings.Contains(m.types, "NetworkVideoTransmitter") {
		return true
	}
	for _, list := range [][]string{m.scopes, m.xaddrs} {
		for _, s := range list {
			if strings.Contains(s, "onvif") {
				return true
			}
		}
	}
	return false
}

// service finds port, path and scheme of the device service, by the first of the
// addresses that is the sender's, or else a neighbour's, or else any. at is
// what it names, if that is a neighbour.
func (r *round) service(m match, from netip.Addr) (speaks wire.Protocol, at netip.Addr) {
	speaks = wire.Protocol{Name: wire.SpeaksONVIF, Port: 80}
	best := 0
	for _, x := range m.xaddrs {
		u, err := url.Parse(x)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" {
			continue
		}
		named, _ := netip.ParseAddr(u.Hostname())
		if named.Is6() && named.IsLinkLocalUnicast() && named.Zone() == "" {
			named = named.WithZone(from.Zone())
		}
		near, ok := r.links.neighbour(named)
		weight := 1
		if ok {
			weight = 2
		}
		if near == from && ok {
			weight = 3
		}
		if weight <= best {
			continue
		}
		best, at = weight, near
		speaks.Port, speaks.Path, speaks.TLS = portOf(u), u.EscapedPath(), u.Scheme == "https"
	}
	if speaks.Path == "/onvif/device_service" {
		speaks.Path = "" // the usual one (ONVIF Core §5.1)
	}
	return speaks, at
}

// portOf is the port of a URL, 0 for one that is none.
func portOf(u *url.URL) uint16 {
	if u.Port() == "" {
		return map[string]uint16{"http": 80, "https": 443}[u.Scheme]
	}
	p, err := netip.ParseAddrPort("0.0.0.0:" + u.Port())
	if err != nil {
		return 0
	}
	return p.Port()
}

// describe takes vendor, model and name from the scopes (ONVIF Core §7.3.2.2);
// MAC and others are additions of vendors.
func (m match) describe(s *wire.Sighting) {
	for _, scope := range m.scopes {
		rest, ok := strings.CutPrefix(scope, "onvif://www.onvif.org/")
		if !ok {
			continue
		}
		what, value, _ := strings.Cut(rest, "/")
		if v, err := url.PathUnescape(value); err == nil {
			value = v
		}
		switch strings.ToLower(what) {
		case "name":
			s.Name = value
		case "hardware":
			s.Model = value
		case "manufacturer", "mfr":
			s.Vendor = value
		case "mac", "macaddr":
			s.MAC = plainMAC(value)
		case "serial", "serialnumber":
			s.Serial = value
		}
	}
	learnHabits(s)
}

// plainUUID is a UUID as everybody here spells it; "" for what is too short to
// tell two devices apart.
func plainUUID(s string) string {
	s = strings.ToLower(strings.TrimSpace(s))
	s = strings.TrimPrefix(s, "urn:")
	s = strings.TrimPrefix(s, "uuid:")
	s = strings.Trim(s, "{}")
	if len(s) < 8 || len(s) > wire.MaxWord {
		return ""
	}
	return s
}

// plainMAC is a link layer address as everybody here spells it, from twelve
// hex digits with any separators; "" for what is none, or no single device's.
func plainMAC(s string) string {
	var digits []byte
	for _, c := range bytes.ToLower([]byte(s)) {
		switch {
		case c >= '0' && c <= '9' || c >= 'a' && c <= 'f':
			digits = append(digits, c)
		case c != ':' && c != '-' && c != '.' && c != ' ':
			return ""
		}
	}
	if len(digits) != 12 || string(digits) == "000000000000" || strings.IndexByte("13579bdf", digits[1]) >= 0 {
		return ""
	}
	out := make([]byte, 0, 17)
	for i := 0; i < 12; i += 2 {
		if i > 0 {
			out = append(out, ':')
		}
		out = append(out, digits[i], digits[i+1])
	}
	return string(out)
}
