package cameras

import (
	"context"
	"net"
	"net/netip"
	"net/url"
	"time"

	"lares/cameras/internal/wire"
)

const resolveWithin = 2 * time.Second

// targets are the addresses of a camera with what their names resolve to: the
// worker has no files and asks no name server.
type targets struct {
	main, sub, onvif wire.Target
	named            bool // some host is a name and may move
}

// resolve fills in the addresses; fault is in plain words.
func resolve(ctx context.Context, a Access) (t targets, fault string) {
	for _, x := range []struct {
		url    string
		into   *wire.Target
		ports  func(scheme string) string
		what   string
		digest bool
	}{
		{a.Main, &t.main, wire.StreamPort, "main stream", a.Digest.Main},
		{a.Sub, &t.sub, wire.StreamPort, "sub stream", a.Digest.Sub},
		{a.ONVIF, &t.onvif, wire.ONVIFPort, "ONVIF service", false}, // which never signs in by Basic
	} {
		if x.url == "" && x.into != &t.main {
			continue
		}
		u, err := url.Parse(x.url)
		if err != nil || x.ports(u.Scheme) == "" || u.Hostname() == "" {
			return t, "The address of the " + x.what + " is not one that Lares knows."
		}
		if u.User != nil {
			return t, "The address of the " + x.what + " holds a password; it belongs into its own field."
		}
		port := u.Port()
		if port == "" {
			port = x.ports(u.Scheme)
		}
		ip, named, ok := lookup(ctx, u.Hostname())
		if !ok {
			return t, "The name " + wire.Clean(u.Hostname(), 100) + " leads to no address."
		}
		if named && ip.IsLoopback() && x.into != &t.onvif && wire.ONVIFPort(u.Scheme) != "" {
			// Pages for this machine alone are no cameras (HAZARDS I4).
			return t, "The name " + wire.Clean(u.Hostname(), 100) + " leads to the hub itself."
		}
		t.named = t.named || named
		*x.into = wire.Target{URL: x.url, Dial: net.JoinHostPort(ip.String(), port), Digest: x.digest}
	}
	return t, ""
}

// lookup prefers IPv4: cameras' IPv6 is often announced and not served.
func lookup(ctx context.Context, host string) (ip netip.Addr, named, ok bool) {
	if ip, err := netip.ParseAddr(host); err == nil {
		return ip, false, true
	}
	ctx, cancel := context.WithTimeout(ctx, resolveWithin)
	defer cancel()
	found, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	if err != nil || len(found) == 0 {
		return ip, true, false
	}
	for _, f := range found {
		if f.Unmap().Is4() {
			return f.Unmap(), true, true
		}
	}
	return found[0], true, true
}
