package names

import (
	"net"
	"net/netip"
	"strconv"
	"testing"
)

// TestLookup: addresses stay what they are, with numbers for interfaces; names lead to
// one, to IPv4 where there is any, or to none.
func TestLookup(t *testing.T) {
	links, err := net.Interfaces()
	if err != nil || len(links) == 0 {
		t.Fatal("no interface", err)
	}
	link := links[0]
	for _, x := range []struct {
		host, want string
		named, ok  bool
	}{
		{"192.0.2.1", "192.0.2.1", false, true},
		{"2001:db8::1", "2001:db8::1", false, true},
		{"fe80::1%" + link.Name, "fe80::1%" + strconv.Itoa(link.Index), false, true},
		{"fe80::1%7", "fe80::1%7", false, true},
		{"fe80::1%07", "fe80::1%7", false, true},
		{"fe80::1%7x", "invalid IP", false, false},
		{"fe80::1%0", "invalid IP", false, false},
		{"::1%" + link.Name, "::1", false, true},
		{"localhost", "127.0.0.1", true, true},
		{"nowhere.invalid", "invalid IP", true, false},
	} {
		if ip, named, ok := Lookup(t.Context(), x.host); ip.String() != x.want || named != x.named || ok != x.ok {
			t.Errorf("%s: %v %v %v", x.host, ip, named, ok)
		}
	}
}

// TestHereBy: this machine, however an address spells it.
func TestHereBy(t *testing.T) {
	for host, want := range map[string]bool{
		"127.0.0.1": true, "127.9.9.9": true, "::1": true, "::ffff:127.0.0.1": true, "0.0.0.0": true, "::": true, "LocalHost": true,
		"192.0.2.1": false, "camera.lan": false, "": false, "fe80::1": false,
	} {
		if got := HereBy(host); got != want {
			t.Errorf("%q: %v", host, got)
		}
	}
}

// TestOwn: all addresses of this machine are, however they are spelled, and no other one.
func TestOwn(t *testing.T) {
	list, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range list {
		own := netip.MustParsePrefix(a.String()).Addr()
		for _, ip := range []netip.Addr{own, netip.AddrFrom16(own.As16()), own.WithZone("lan0")} {
			if is, err := Own(ip); !is || err != nil {
				t.Errorf("%s: %v, %v", ip, is, err)
			}
		}
	}
	for address, want := range map[string]bool{"127.9.9.9": true, "0.0.0.0": true, "::": true, "::1": true, "192.0.2.1": false, "2001:db8::1": false, "fe80::1%lan0": false} {
		if is, err := Own(netip.MustParseAddr(address)); is != want || err != nil {
			t.Errorf("%s: %v, %v", address, is, err)
		}
	}
}
