package discover

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"lares/cameras/internal/wire"
)

// TestPlan: a scan visits homes whole, the part around this machine of what is
// wider, and says what it leaves out.
func TestPlan(t *testing.T) {
	for _, c := range []struct {
		here  string
		hosts int
		left  string
	}{
		{"192.168.1.1/24", 253, "[]"},
		{"10.0.0.1/22", 1021, "[]"},
		{"10.0.4.1/21", 1021, "[{10.0.0.0/21 10.0.4.0/22}]"},
		{"10.9.8.7/8", 1021, "[{10.0.0.0/8 10.9.8.0/22}]"},
		{"10.9.8.7/8 10.9.9.9/8", 1020, "[{10.0.0.0/8 10.9.8.0/22}]"},
		{"10.0.0.1/24 10.0.0.2/24", 252, "[]"}, // an address by cable and one by radio
		{"127.0.0.1/8 192.168.1.1/31 192.168.1.2/32 fd00::1/120", 0, "[]"},
		{"192.168.1.1/30", 1, "[]"},
		{"10.0.0.1/30 10.0.1.1/30 10.0.2.1/30 10.0.3.1/30 10.0.4.1/30 10.0.5.1/30 10.0.6.1/30 10.0.7.1/30 10.0.8.1/30 10.0.9.1/16", 8,
			"[{10.0.8.0/30 invalid Prefix} {10.0.0.0/16 invalid Prefix}]"},
	} {
		var here links
		for i, p := range strings.Fields(c.here) {
			if i%wire.MaxPrefixes == 0 {
				here = append(here, wire.Link{Name: fmt.Sprint("lan", len(here))})
			}
			l := &here[len(here)-1]
			l.Prefixes = append(l.Prefixes, netip.MustParsePrefix(p))
		}
		parts, left := here.plan()
		var list []netip.Addr
		for _, p := range parts {
			list = slices.AppendSeq(list, hosts(p, here.own(false)))
		}
		if got := fmt.Sprint(left); len(list) != c.hosts || got != c.left && !(len(left) == 0 && c.left == "[]") {
			t.Errorf("%s: %d addresses, not %d; left is %s, not %s", c.here, len(list), c.hosts, got, c.left)
		}
		for _, a := range list {
			if _, ok := here.neighbour(a); !ok || slices.Contains(here.own(false), a) {
				t.Errorf("%s: %v", c.here, a)
			}
		}
	}
}

// TestBeyond: of whom the kernel knows are visited those that the plan has not,
// on these networks alone, and not any number.
func TestBeyond(t *testing.T) {
	here := append(home(), wire.Link{Name: "vpn0", Prefixes: []netip.Prefix{netip.MustParsePrefix("172.16.0.1/12")}})
	known := []netip.Addr{addr("172.20.1.1"), addr("172.16.1.1"), addr("192.168.1.9"), addr("203.0.113.7"), addr("fd00::9"), addr("::ffff:172.18.0.9")}
	if got := fmt.Sprint(here.beyond(known)); got != "[172.18.0.9 172.20.1.1]" && got != "[172.20.1.1 172.18.0.9]" {
		t.Error(got)
	}
	for i := range 4 * wire.MaxKnown {
		known = append(known, netip.AddrFrom4([4]byte{172, 30, byte(i >> 8), byte(i)}))
	}
	if got := here.beyond(known); len(got) != wire.MaxKnown {
		t.Errorf("%d are visited", len(got))
	}
}
