package fakecam

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
)

// maker is how the cameras of one maker tell of themselves to whoever searches
// the network. The texts are written by hand in the form that the makers'
// devices are known to use; none is a copy.
type maker struct {
	key, vendor, model string
	// scopes follow name, hardware and type in answers to WS-Discovery; nil for
	// a maker whose cameras do not answer it. %s is the MAC.
	scopes []string
	old    bool // answers with namespaces of 2009/01, and without prefixes
	// services are announced by mDNS; %s of an instance or text is the MAC
	// without separators, or the name.
	services []announced
	upnp     bool
	dvrip    bool
	bare     bool // it speaks DVRIP, and tells of nothing else
	dhip     bool
	sadp     bool
	shouts   bool // its answers by SADP go to the whole group
	tapo     bool
}

// announced is one service of DNS-SD.
type announced struct {
	kind     string
	instance string
	txt      []string
	rtsp     bool // on the RTSP port; the HTTP port otherwise
}

// makers are the dialects; the first is nobody's.
func makers() []maker {
	rtsp := announced{"_rtsp._tcp", "{name}", []string{"path={main}", "uuid={uuid}"}, true}
	return []maker{
		{key: "lares", vendor: "Lares", model: "fakecam", scopes: []string{"manufacturer/Lares"}, services: []announced{
			rtsp, {"_onvif._tcp", "{name}", []string{"path=" + devicePath, "uuid={uuid}"}, false},
		}, upnp: true},
		{key: "axis", vendor: "AXIS", model: "AXIS M1065-L", scopes: []string{"manufacturer/AXIS"}, services: []announced{
			{"_axis-video._tcp", "AXIS M1065-L - {mac}", []string{"macaddress={mac}"}, false},
			{"_rtsp._tcp", "AXIS M1065-L - {mac} rtsp", []string{"path={main}"}, true},
		}, upnp: true},
		{key: "hikvision", vendor: "HIKVISION", model: "DS-2CD2042WD-I", scopes: []string{"firmware/V5.5.0", "MAC/{mac:}"}, services: []announced{
			{"_http._tcp", "HIKVISION DS-2CD2042WD-I - {serial}", []string{"path=/"}, false},
		}, upnp: true, sadp: true},
		{key: "dahua", vendor: "Dahua", model: "IPC-HDW2431T", scopes: []string{"extension/unique_identifier"}, services: []announced{
			{"_rtsp._tcp", "{name}", []string{"uuid={uuid}"}, true},
		}, dhip: true},
		{key: "reolink", vendor: "Reolink", model: "RLC-810A", scopes: []string{}, old: true, services: []announced{
			{"_http._tcp", "Reolink RLC-810A", nil, false},
		}},
		{key: "tapo", vendor: "TP-Link", model: "C210", scopes: []string{"manufacturer/TP-Link"}, services: []announced{rtsp}, tapo: true},
		{key: "xiongmai", vendor: "H264DVR", model: "IPCamera", scopes: []string{}, services: []announced{rtsp}, dvrip: true},
		{key: "uniview", vendor: "Uniview", model: "IPC322SR3", scopes: []string{"manufacturer/Uniview", "macaddr/{mac}"}, services: []announced{
			{"_http._tcp", "IPC322SR3 ({mac})", nil, false},
		}},
		{key: "hanwha", vendor: "Hanwha", model: "XNV-6080R", scopes: []string{"manufacturer/Hanwha"}, services: []announced{
			{"_rtsp._tcp", "XNV-6080R ({mac})", nil, true},
		}},
		{key: "bosch", vendor: "Bosch", model: "FLEXIDOME IP 4000i", scopes: []string{"manufacturer/Bosch"}, upnp: true},
		{key: "amcrest", vendor: "Amcrest", model: "IP8M-2496E", scopes: []string{"manufacturer/Amcrest"}, dhip: true, services: []announced{
			{"_http._tcp", "AMC{serial}", []string{"manufacturer=Amcrest", "serial={serial}"}, false},
		}},
		{key: "homekit", vendor: "Aqara", model: "G2H", services: []announced{
			{"_hap._tcp", "Aqara G2H {last}", []string{"c#=1", "ff=0", "id={mac:}", "md=Aqara G2H", "pv=1.1", "s#=1", "sf=1", "ci=17"}, false},
		}},
		{key: "xiongmai-bare", dvrip: true, bare: true},
		{key: "hikvision-quiet", vendor: "HIKVISION", model: "DS-2CD2042WD-I", sadp: true, shouts: true},
	}
}

// Makers are the values of Options.Maker.
func Makers() (out []string) {
	for _, m := range makers() {
		out = append(out, m.key)
	}
	return out
}

// makerOf finds a maker; an empty key is none.
func makerOf(key string) (*maker, error) {
	list := makers()
	at := slices.IndexFunc(list, func(m maker) bool { return m.key == key })
	switch {
	case key == "":
		return nil, nil
	case at < 0:
		return nil, errors.New("fakecam: there is no such maker")
	}
	return &list[at], nil
}

// identity is what makes this camera another than the next of its maker.
type identity struct{ mac, uuid string }

// identityOf derives both from the camera's serial, so that it keeps them. The
// MAC is of the kind that people give out themselves (IEEE 802c §8.4.4).
func identityOf(serial string) identity {
	h := sha256.Sum256([]byte(serial))
	return identity{
		mac:  fmt.Sprintf("%02x:%02x:%02x:%02x:%02x:%02x", h[0]&0xfc|2, h[1], h[2], h[3], h[4], h[5]),
		uuid: fmt.Sprintf("%x-%x-4%03x-a%03x-%x", h[6:10], h[10:12], int(h[12])<<4&0xfff, int(h[13])<<4&0xfff, h[16:22]),
	}
}
