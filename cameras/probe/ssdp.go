package probe

import (
	"context"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"lares/cameras/clock"
)

// hearWithin bounds a router's first answer: one without UPnP gives none.
const hearWithin = 1500 * time.Millisecond

// find asks the router, and nobody else, where its description is (UPnP Device
// Architecture 1.1 §1.3.2, unicast); nil if it does not say, or names another host.
func (r router) find(ctx context.Context) *url.URL {
	c, err := (&net.ListenConfig{}).ListenPacket(ctx, "udp4", ":0")
	if err != nil {
		return nil
	}
	defer c.Close()
	stop := context.AfterFunc(ctx, func() { c.Close() })
	defer stop()
	if err := c.SetDeadline(clock.System{}.Now().Add(hearWithin)); err != nil {
		return nil
	}
	question := "M-SEARCH * HTTP/1.1\r\nHOST: " + r.at.String() + "\r\nMAN: \"ssdp:discover\"\r\nMX: 1\r\nST: urn:schemas-upnp-org:device:InternetGatewayDevice:1\r\n\r\n"
	if _, err := c.WriteTo([]byte(question), net.UDPAddrFromAddrPort(r.at)); err != nil {
		return nil
	}
	const most = 16 // datagrams
	b := make([]byte, 2048)
	for range most {
		n, from, err := c.ReadFrom(b)
		if err != nil {
			return nil
		}
		if a, err := netip.ParseAddrPort(from.String()); err != nil || a.Addr().Unmap() != r.at.Addr() {
			continue
		}
		for line := range strings.Lines(string(b[:n])) {
			name, value, _ := strings.Cut(line, ":")
			u, err := url.Parse(strings.TrimSpace(value))
			if strings.EqualFold(name, "LOCATION") && err == nil && u.Scheme == "http" && u.Hostname() == r.at.Addr().String() && u.User == nil {
				return u
			}
		}
	}
	return nil
}

// service is one that knows what is forwarded.
type service struct{ kind, control string }

// services are those of a description (UPnP WANIPConnection, WANPPPConnection), a few
// at most.
func services(page []byte) (out []service) {
	const most = 4
	var now service
	each(page, func(name, text string) {
		switch name {
		case "serviceType":
			now = service{kind: text}
		case "controlURL":
			known := strings.HasPrefix(now.kind, "urn:schemas-upnp-org:service:WANIPConnection:") || strings.HasPrefix(now.kind, "urn:schemas-upnp-org:service:WANPPPConnection:")
			if now.control = text; known && len(out) < most && !strings.ContainsAny(now.kind, `<>&"`) {
				out = append(out, now)
			}
		}
	})
	return out
}
