package cameras

import (
	"context"
	"net"
	"net/netip"
	"net/url"
	"strings"

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

// OwnAddress reports whether an address is of the hub itself: of this machine alone, or of
// one of its interfaces.
func OwnAddress(at netip.Addr) (bool, error) { return names.Own(at) }

// Lookup is the network address of a host, which is one already or a name; the zero one
// where it leads nowhere.
func Lookup(ctx context.Context, host string) netip.Addr {
	ip, _, _ := names.Lookup(ctx, host)
	return ip
}

// OneHost reports whether two URLs are of one host: in one spelling, or by the network
// address that both lead to now. Of a name that leads nowhere nobody can tell: true.
// Whoever connects compares again.
func OneHost(ctx context.Context, a, b string) bool {
	u, err := url.Parse(a)
	o, err2 := url.Parse(b)
	if err != nil || err2 != nil {
		return false
	}
	hosts := lookups{}
	ip, _, ok := hosts.lookup(ctx, u.Hostname())
	other, _, ok2 := hosts.lookup(ctx, o.Hostname())
	return !ok || !ok2 || ip.Unmap() == other.Unmap()
}

// lookups are hosts with where they lead: each is asked for once, so that a name with
// several addresses leads to one.
type lookups map[string]lookup

type lookup struct {
	ip        netip.Addr
	named, ok bool
}

func (l lookups) lookup(ctx context.Context, host string) (ip netip.Addr, named, ok bool) {
	spelled := strings.TrimSuffix(strings.ToLower(host), ".")
	x, known := l[spelled]
	if !known {
		x.ip, x.named, x.ok = names.Lookup(ctx, host)
		l[spelled] = x
	}
	return x.ip, x.named, x.ok
}

// resolve fills in the addresses; fault is in plain words.
func resolve(ctx context.Context, a Access) (t targets, fault string) {
	hosts := lookups{}
	for _, x := range []struct {
		url    string
		into   *wire.Target
		ports  func(scheme string) string
		what   string
		digest bool
		moved  bool
	}{
		{a.Main, &t.main, wire.StreamPort, "main stream", a.Digest.Main, a.Moved.Main},
		{a.Sub, &t.sub, wire.StreamPort, "small stream", a.Digest.Sub, a.Moved.Sub},
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
		ip, named, ok := hosts.lookup(ctx, u.Hostname())
		if !ok {
			return t, "The name " + wire.Clean(u.Hostname(), 100) + " leads to no address."
		}
		if named && names.Here(ip) && wire.Web(u.Scheme) != "" {
			return t, "The name " + wire.Clean(u.Hostname(), 100) + " leads to the hub itself."
		}
		t.named = t.named || named
		*x.into = wire.Target{URL: x.url, Dial: net.JoinHostPort(ip.String(), port), Digest: x.digest, Moved: x.moved}
	}
	return t, ""
}
