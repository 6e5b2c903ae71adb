package discover

import (
	"bytes"
	"fmt"
	"net/netip"
	"reflect"
	"testing"

	"lares/cameras/internal/wire"
)

func TestNeighbours(t *testing.T) {
	for in, want := range map[string]string{
		"192.168.1.77":        "192.168.1.77",
		"::ffff:192.168.1.77": "192.168.1.77",
		"10.0.3.255":          "10.0.3.255",
		"10.0.4.1":            "",
		"fe80::7%2":           "fe80::7%lan0",
		"fe80::7%wifi":        "fe80::7%wifi",
		"fe80::7%9":           "",
		"fe80::7":             "",
		"fd00::77":            "fd00::77",
		"fd01::77":            "",
		"203.0.113.1":         "",
		"127.0.0.1":           "",
	} {
		got := ""
		if a, ok := home().neighbour(addr(in)); ok {
			got = a.String()
		}
		if got != want {
			t.Errorf("%s: %q, not %q", in, got, want)
		}
	}
	if _, ok := home().neighbour(netip.Addr{}); ok {
		t.Error("no address is a neighbour's")
	}
	if got := home().dialable(addr("fe80::7%wifi")); got != addr("fe80::7%3") {
		t.Error(got)
	}
	if got := fmt.Sprint(home().own(false), home().own(true)); got != "[192.168.1.1 10.0.0.1] [fe80::1%2]" {
		t.Error(got)
	}
}

// TestOutbox: each thing is told once, a way that floods takes its turn only,
// and one address does not show any number of devices.
func TestOutbox(t *testing.T) {
	o := newOutbox(nil)
	for i := range 10_000 {
		o.saw(wire.Sighting{By: wire.ByMDNS, Address: netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}), Name: fmt.Sprint(i)})
	}
	real := wire.Sighting{By: wire.ByWSD, Address: addr("192.168.1.10"), Speaks: onvif(80, "")}
	o.saw(real)
	o.saw(real)
	for i := range 100 {
		o.saw(wire.Sighting{By: wire.BySSDP, Address: addr("192.168.1.11"), Name: fmt.Sprint(i)})
	}
	o.saw(wire.Sighting{By: "rumour", Address: addr("192.168.1.12")})
	o.close()
	count, when := map[string]int{}, -1
	for turn := 0; ; turn++ {
		s, ok := o.next(turn)
		if !ok {
			break
		}
		count[s.By]++
		if s.By == wire.ByWSD {
			when = turn
		}
	}
	if want := map[string]int{wire.ByMDNS: queued, wire.ByWSD: 1, wire.BySSDP: perAddress}; !reflect.DeepEqual(count, want) {
		t.Errorf("told %v, not %v", count, want)
	}
	if when > 3 {
		t.Errorf("the only one of its way is told as number %d", when)
	}
}

// TestOutboxTells: what goes out is what the hub reads, and ends with a word.
func TestOutboxTells(t *testing.T) {
	var socket bytes.Buffer
	o := newOutbox(&socket)
	long := string(bytes.Repeat([]byte("ä"), 500))
	o.saw(wire.Sighting{By: wire.ByWSD, Address: addr("fe80::7%lan0"), Name: long, Speaks: onvif(80, "")})
	o.close()
	o.run()
	r := wire.NewReader(&socket)
	typ, body, err := r.Next()
	if err != nil || typ != wire.TypeSighting {
		t.Fatal(typ, err)
	}
	s, err := wire.Parse[wire.Sighting](body)
	if err != nil || s.Check() != nil || s.Address != addr("fe80::7%lan0") || len(s.Name) != wire.MaxWord {
		t.Errorf("%+v %v", s, err)
	}
	if typ, _, err := r.Next(); err != nil || typ != wire.TypeSearched {
		t.Error(typ, err)
	}
}
