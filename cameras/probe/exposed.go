package probe

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"

	"lares/cameras/internal/wire"
)

// The kinds of warnings of a device that others than this hub may reach.
const (
	kindCloud = "cloud" // it stays connected to its maker
	kindUPnP  = "upnp"  // it has the router open ports to it
)

// exposure is a setting of a maker's devices that lets others in, and where one reads
// it: ONVIF knows neither.
type exposure struct {
	vendor string // as the table of paths spells it
	kind   string
	page   string // at the address of ONVIF
	// key is the name of the line (name=value) that says so, or of the element that
	// is directly in the document; on is its value then.
	key, on string
	text    string
	source  string
}

// exposures is data; a new setting is a new row. All of one maker are pages that are
// read and change nothing.
func exposures() []exposure {
	const (
		isapi = "Hikvision, ISAPI, System/Network"
		cgi   = "Dahua, HTTP API, configManager.cgi"
		vapix = "Axis, VAPIX, parameters; a list of an M1065-LW"
	)
	return []exposure{
		{"Hikvision", kindCloud, "/ISAPI/System/Network/EZVIZ", "enabled", "true",
			"The camera stays connected to its maker's cloud (Hik-Connect, EZVIZ): who has its account there sees it without this hub. Switch it off in the camera if nobody needs it: Network, Advanced Settings, Platform Access.", isapi},
		{"Hikvision", kindUPnP, "/ISAPI/System/Network/UPnP", "enabled", "true",
			"The camera asks the router to open ports to it (UPnP): it may be reached from the internet. Switch it off in the camera: Network, Basic Settings, NAT; and see what the router has open.", isapi},
		{"Dahua", kindCloud, "/cgi-bin/configManager.cgi?action=getConfig&name=T2UServer", "table.T2UServer.Enable", "true",
			"The camera stays connected to its maker's cloud (P2P): who has its serial number and the password sees it without this hub. Switch it off in the camera if nobody needs it: Network, Access Platform, P2P.", cgi},
		{"Dahua", kindUPnP, "/cgi-bin/configManager.cgi?action=getConfig&name=UPnP", "table.UPnP.Enable", "true",
			"The camera asks the router to open ports to it (UPnP): it may be reached from the internet. Switch it off in the camera: Network, UPnP; and see what the router has open.", cgi},
		{"Axis", kindCloud, "/axis-cgi/param.cgi?action=list&group=RemoteService", "root.RemoteService.Enabled", "yes",
			"The camera stays connected to its maker's cloud (O3C): who has its account there sees it without this hub. Switch it off in the camera if nobody needs it: System, Network, One-click cloud connection.", vapix},
		{"Axis", kindUPnP, "/axis-cgi/param.cgi?action=list&group=Network.UPnP.NATTraversal", "root.Network.UPnP.NATTraversal.Enabled", "yes",
			"The camera asks the router to open ports to it (NAT traversal): it may be reached from the internet. Switch it off in the camera: Network, TCP/IP, Advanced; and see what the router has open.", vapix},
	}
}

// exposed reads the settings of the device's maker and warns of those that let others
// in. It is asked of the device that took the password, and at its first refusal no
// more: some have users of their own for ONVIF.
func exposed(ctx context.Context, p pages, vendor string) (out []wire.ProbedWarning) {
	for _, e := range exposures() {
		if !strings.EqualFold(e.vendor, builder(vendor)) {
			continue
		}
		page, err := p.read(ctx, e.page)
		if errors.Is(err, errPageRefused) || ctx.Err() != nil {
			return out
		}
		if err == nil && e.is(page) {
			out = append(out, wire.ProbedWarning{Kind: e.kind, Text: e.text})
		}
	}
	return out
}

// builder is who built what a vendor sells: the first of its words, or its sister.
func builder(vendor string) string {
	word, _, _ := strings.Cut(strings.TrimSpace(vendor), " ")
	for of, by := range sisters() {
		if strings.EqualFold(of, word) {
			return by
		}
	}
	return word
}

// is reports whether a page says that the setting is on.
func (e exposure) is(page []byte) bool {
	if strings.Contains(e.key, ".") {
		return slices.ContainsFunc(strings.Split(string(page), "\n"), func(line string) bool {
			key, value, _ := strings.Cut(strings.TrimSpace(line), "=")
			return strings.EqualFold(strings.Replace(key, "[0]", "", 1), e.key) && strings.EqualFold(value, e.on)
		})
	}
	return strings.EqualFold(child(page, e.key), e.on)
}

// pathOf is the address of a page of the device whose service is at another.
func pathOf(service, page string) (string, error) {
	u, err := url.Parse(service)
	if err != nil {
		return "", err
	}
	at, err := url.Parse(page)
	if err != nil {
		return "", err
	}
	return (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: at.Path, RawQuery: at.RawQuery}).String(), nil
}
