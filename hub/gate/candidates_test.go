package gate

import (
	"context"
	"net/netip"
	"testing"

	"lares/cameras"
	"lares/cameras/discover"
	"lares/hub/account"
)

// noticed is a Finder that found what the test says.
type noticed struct {
	list   []discover.Candidate
	looks  int
	refuse error
}

func (n *noticed) Candidates() []discover.Candidate { return n.list }
func (n *noticed) Searching() bool                  { return true }
func (n *noticed) Look()                            { n.looks++ }
func (n *noticed) Scan(context.Context) error       { return n.refuse }

func found(id, address, url string) discover.Candidate {
	c := discover.Candidate{ID: id, Addresses: []netip.Addr{netip.MustParseAddr(address)}, Name: "name of " + id, Vendor: "Axis", Model: "M1", Serial: "serial-" + id, MAC: "aa:00:00:00:00:" + id}
	if url != "" {
		c.Speaks = []discover.Protocol{{Name: "rtsp", Port: 554, URL: url}}
	}
	return c
}

// TestCandidates: the own camera is marked as such, of another's nothing is told,
// and what is nobody's is shown whole.
func TestCandidates(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	ann, bob := r.person("ann"), r.person("bob")
	r.camera(ann, "door") // at rtsp://192.0.2.7/door
	f := &noticed{list: []discover.Candidate{found("01", "192.0.2.7", "rtsp://192.0.2.7:554/x"), found("02", "192.0.2.8", "")}}
	r.cfg.Finder = f
	for who, want := range map[*account.Caller]int{&ann: 2, &bob: 1} {
		list, searching, err := r.Candidates(ctx, *who)
		if err != nil || !searching || len(list) != want {
			t.Fatal(list, searching, err)
		}
		if first := list[0]; want == 2 && (!first.Added || first.ID != "01") {
			t.Errorf("the own one: %+v", first)
		}
		if last := list[want-1]; last.Added || last.Name != "name of 02" {
			t.Errorf("nobody's: %+v", last)
		}
	}
	if f.looks != 2 {
		t.Errorf("looked %d times", f.looks)
	}
	program := ann
	program.Token[0] = 1
	if _, _, err := r.Candidates(ctx, program); err != ErrNotFound {
		t.Error(err)
	}
	if err := r.Scan(ctx, program); err != ErrNotFound {
		t.Error(err)
	}
	if err := r.Scan(ctx, ann); err != nil {
		t.Error(err)
	}
	f.refuse = discover.ErrScanning
	if err := r.Scan(ctx, ann); err != ErrScanning {
		t.Error(err)
	}
	r.clock.Advance(-2 * 24 * 365 * 3600 * 1e9)
	if _, _, err := r.Candidates(ctx, ann); err != ErrUnavailable {
		t.Error(err)
	}
}

func TestIsDevice(t *testing.T) {
	two := found("01", "192.0.2.7", "rtsp://192.0.2.7:8554/main")
	two.Addresses = append(two.Addresses, netip.MustParseAddr("fe80::7%lan0"))
	for name, c := range map[string]struct {
		access cameras.Access
		found  discover.Candidate
		want   bool
	}{
		"its port":                  {cameras.Access{Main: "rtsp://192.0.2.7:8554/sub"}, two, true},
		"another port":              {cameras.Access{Main: "rtsp://192.0.2.7/main"}, two, false},
		"another host":              {cameras.Access{Main: "rtsp://192.0.2.9:8554/main"}, two, false},
		"a language not heard of":   {cameras.Access{Main: "rtsp://192.0.2.9/", ONVIF: "http://192.0.2.7:80/onvif"}, two, true},
		"a name":                    {cameras.Access{Main: "rtsp://cam.local:8554/main"}, two, false},
		"a name, and the serial":    {cameras.Access{Main: "rtsp://cam.local/main", Pin: cameras.Pin{Kind: cameras.PinSerial, Value: "SERIAL-01"}}, two, true},
		"a name, and the MAC":       {cameras.Access{Main: "rtsp://cam.local/main", Pin: cameras.Pin{Kind: cameras.PinMAC, Value: "aa:00:00:00:00:01"}}, two, true},
		"a name, and another's":     {cameras.Access{Main: "rtsp://cam.local/main", Pin: cameras.Pin{Kind: cameras.PinSerial, Value: "x"}}, two, false},
		"IPv6, whatever its zone":   {cameras.Access{Main: "rtsp://[fe80::7%25eth1]:8554/"}, two, true},
		"the default port, spelled": {cameras.Access{Main: "rtsp://192.0.2.7/main"}, found("02", "192.0.2.7", "rtsp://192.0.2.7:554"), true},
	} {
		if got := isDevice(c.access, c.found); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
