package cameras

import (
	"context"
	"net"
	"net/url"

	"lares/cameras/internal/names"
	"lares/cameras/internal/wire"
)

// targets are the addresses of a camera with what their names resolve to: the
// worker has no files and asks no name server.
type targets struct {
	main, sub, onvif wire.Target
	named            bool // some host is a name and may move
}

// ThisMachine reports whether the host of an address is the hub itself: pages for this
// machine alone are no cameras (HAZARDS I4).
func ThisMachine(host string) bool { return names.HereBy(host) }

// resolve fills in the addresses; fault is in plain words.
func resolve(ctx context.Context, a Access) (t targets, fault string) {
	for _, x := range []struct {
		url    string
		into   *wire.Target
		ports  func(scheme string) string
		what   string
		digest bool
		moved  bool
	}{
		{a.Main, &t.main, wire.StreamPort, "main stream", a.Digest.Main, a.Moved.Main},
		{a.Sub, &t.sub, wire.StreamPort, "sub stream", a.Digest.Sub, a.Moved.Sub},
		{a.ONVIF, &t.onvif, wire.ONVIFPort, "ONVIF service", false, false}, // which never signs in by Basic
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
		ip, named, ok := names.Lookup(ctx, u.Hostname())
		if !ok {
			return t, "The name " + wire.Clean(u.Hostname(), 100) + " leads to no address."
		}
		if named && names.Here(ip) && wire.ONVIFPort(u.Scheme) != "" {
			return t, "The name " + wire.Clean(u.Hostname(), 100) + " leads to the hub itself."
		}
		t.named = t.named || named
		*x.into = wire.Target{URL: x.url, Dial: net.JoinHostPort(ip.String(), port), Digest: x.digest, Moved: x.moved}
	}
	return t, ""
}
