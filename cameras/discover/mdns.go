package discover

import (
	"context"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"sync"

	"github.com/grandcat/zeroconf"

	"lares/cameras/internal/wire"
)

// service is one type of DNS-SD (RFC 6763) and what it says of a device.
type service struct {
	name   string
	speaks string
	// believe decides whether an instance is a camera, and adds what the type
	// alone knows.
	believe func(s *wire.Sighting, txt map[string]string) bool
	// vendor is whose devices alone announce it; "" for anybody's.
	vendor string
	// modelBefore stands behind the model in an instance's name; "" for none.
	modelBefore string
	source      string
}

// services are those that cameras announce. _http._tcp is everybody's.
func services() []service {
	always := func(*wire.Sighting, map[string]string) bool { return true }
	return []service{
		{name: "_rtsp._tcp", speaks: wire.SpeaksRTSP, believe: always, source: "IANA service names"},
		{name: "_axis-video._tcp", speaks: wire.SpeaksHTTP, believe: always, vendor: "Axis", modelBefore: " - ", source: "IANA service names; instances such as AXIS M1065-L - ACCC8E000000"},
		{name: "_hap._tcp", speaks: wire.SpeaksHomeKit, believe: believeHomeKit, source: "HAP specification, non-commercial version R2, §6.4"},
		{name: "_onvif._tcp", speaks: wire.SpeaksONVIF, believe: always, source: "cameras of several makers"},
		{name: "_http._tcp", speaks: wire.SpeaksHTTP, believe: believeHTTP, source: "IANA service names"},
	}
}

// mdns browses each type for the whole round. A resolver of zeroconf v1.0.0
// asks until its first entry only, binds to the interfaces it was made with, and
// waits for ever for whoever does not read (client.go:296): it lives for one
// round, and is read until it closes the channel. It is asked over IPv4 alone,
// because it does not say over which interface a link-local address came.
func (r *round) mdns(ctx context.Context) {
	var interfaces []net.Interface
	for _, l := range r.links {
		interfaces = append(interfaces, net.Interface{Index: l.Index, Name: l.Name, Flags: net.FlagUp | net.FlagMulticast})
	}
	if len(r.links.own(false)) == 0 {
		return
	}
	var wg sync.WaitGroup
	defer wg.Wait()
	for _, service := range services() {
		resolver, err := zeroconf.NewResolver(zeroconf.SelectIPTraffic(zeroconf.IPv4), zeroconf.SelectIfaces(interfaces))
		if err != nil {
			return // no multicast on any link: the next round sees
		}
		entries := make(chan *zeroconf.ServiceEntry)
		wg.Go(func() {
			for e := range entries {
				r.advertised(service, e)
			}
		})
		// With an error it closes the channel all the same.
		_ = resolver.Browse(ctx, service.name, "local.", entries)
	}
}

// maxTXT is how many strings of a TXT record are read.
const maxTXT = 32

// advertised makes sightings of an advertisement: one for each of its addresses
// that is a neighbour's. The sender is not known, only what it says.
func (r *round) advertised(of service, e *zeroconf.ServiceEntry) {
	if e.Port <= 0 || e.Port > 1<<16-1 {
		return
	}
	txt := parseTXT(e.Text)
	s := wire.Sighting{By: wire.ByMDNS, Name: unescape(e.Instance)}
	path := txt["path"]
	if of.speaks == wire.SpeaksHTTP || path != "" && path[0] != '/' || path == "/onvif/device_service" {
		path = ""
	}
	s.Speaks = []wire.Protocol{{Name: of.speaks, Port: uint16(e.Port), Path: path}}
	readTXT(&s, txt)
	if s.MAC == "" {
		s.MAC = macIn(s.Name)
	}
	if !of.believe(&s, txt) {
		return
	}
	if of.vendor != "" {
		s.Vendor = of.vendor
	}
	if s.Model == "" {
		s.Model = modelIn(s.Name, of.modelBefore)
	}
	learnHabits(&s)
	for _, ip := range first(append(e.AddrIPv4, e.AddrIPv6...), maxXAddrs) {
		a, ok := netip.AddrFromSlice(ip)
		if !ok {
			continue
		}
		if s.Address, ok = r.links.neighbour(a); ok {
			r.out.saw(s)
		}
	}
}

// parseTXT reads key=value strings (RFC 6763 §6.4); keys are of any case, and
// the first of a key counts.
func parseTXT(list []string) map[string]string {
	out := map[string]string{}
	for _, s := range first(list, maxTXT) {
		k, v, _ := strings.Cut(unescape(s), "=")
		k = strings.ToLower(k)
		if _, ok := out[k]; !ok {
			out[k] = v
		}
	}
	return out
}

// readTXT takes what vendors put into TXT records under names of their own.
func readTXT(s *wire.Sighting, txt map[string]string) {
	for _, k := range []string{"mac", "macaddress", "mac_address"} {
		if m := plainMAC(txt[k]); m != "" {
			s.MAC = m
		}
	}
	for k, into := range map[string]*string{
		"serial": &s.Serial, "serialnumber": &s.Serial, "model": &s.Model, "md": &s.Model,
		"vendor": &s.Vendor, "manufacturer": &s.Vendor,
	} {
		if txt[k] != "" {
			*into = txt[k]
		}
	}
	s.UUID = plainUUID(txt["uuid"])
}

// The accessory categories of HomeKit that have a picture (HAP specification,
// non-commercial version R2, §13).
const (
	hapCamera   = "17"
	hapDoorbell = "18"
)

// believeHomeKit knows an accessory by its category; its id is random and made
// anew at each reset, not a link layer address.
func believeHomeKit(s *wire.Sighting, txt map[string]string) bool {
	if ci := txt["ci"]; ci != hapCamera && ci != hapDoorbell {
		return false
	}
	if id := plainMAC(txt["id"]); id != "" {
		s.UUID = hapPrefix + id
	}
	return true
}

// hapPrefix keeps ids of HomeKit apart from UUIDs.
const hapPrefix = "hap:"

// believeHTTP asks for a hint: printers announce web servers too.
func believeHTTP(s *wire.Sighting, _ map[string]string) bool {
	return looksLikeCamera(s.Name, s.Model, s.Vendor)
}

// macIn finds a MAC at the end of a name, as Axis and others put it there. Twelve
// hex digits alone may be a serial number: they have to be of a known maker.
func macIn(name string) string {
	at := strings.LastIndexAny(name, " -_[(")
	tail := strings.TrimRight(name[at+1:], "])")
	if len(tail) != 12 {
		return ""
	}
	mac := plainMAC(tail)
	if _, ok := vendorOfMAC(mac); !ok {
		return ""
	}
	return mac
}

// unescape undoes the escapes with which the library writes labels (RFC 1035
// §5.1): a backslash before a character, or before its three decimal digits.
func unescape(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			out = append(out, s[i])
			continue
		}
		if i+3 < len(s) {
			if n, err := strconv.ParseUint(s[i+1:i+4], 10, 8); err == nil {
				out = append(out, byte(n))
				i += 3
				continue
			}
		}
		i++
		out = append(out, s[i])
	}
	return string(out)
}
