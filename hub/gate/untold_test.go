package gate

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"lares/cameras"
)

// TestUntold: another owner's camera is not had by leaving out what it is recognised by,
// and its owner hears of it; what the kernel sees to be another device may be used, and so
// may another channel, and any camera of the same owner.
func TestUntold(t *testing.T) {
	const mac, elsewhere = "02:00:00:00:00:07", "02:00:00:00:00:09"
	serial := cameras.Pin{Kind: cameras.PinSerial, Vendor: "a", Model: "b", Value: "SN-A1B2C3"}
	other := cameras.Pin{Kind: cameras.PinSerial, Vendor: "a", Model: "b", Value: "SN-D4E5F6"}
	respelled := cameras.Pin{Kind: cameras.PinSerial, Vendor: "a inc.", Model: "b-v5", Value: "SN-A1B2C3"}
	key := cameras.Pin{Kind: cameras.PinTLS, Value: strings.Repeat("0a", 32)}
	key2 := cameras.Pin{Kind: cameras.PinTLS, Value: strings.Repeat("0b", 32)}
	link := func(mac string) cameras.Pin { return cameras.Pin{Kind: cameras.PinMAC, Value: mac} }
	seen := map[string]string{"192.0.2.7": mac, "192.0.2.8": mac, "192.0.2.9": elsewhere}
	at := func(main string, pin cameras.Pin) (a cameras.Access) {
		return cameras.Access{Main: main, Pin: pin}
	}
	channel := func(a cameras.Access, source string) cameras.Access { a.Source = source; return a }
	onvif := func(a cameras.Access, address string) cameras.Access { a.ONVIF = address; return a }
	since := func(a cameras.Access, of string) cameras.Access { a.MAC = of; return a }
	house, nic := inTheHouse(t)
	for what, c := range map[string]struct {
		bobs, anns cameras.Access
		refused    bool
	}{
		"its link layer address":           {at("rtsp://192.0.2.7/main", serial), at("rtsp://192.0.2.7/sub", link(mac)), true},
		"at another address of it":         {at("rtsp://192.0.2.7/main", serial), at("rtsp://192.0.2.8/main", link(mac)), true},
		"that of another device":           {at("rtsp://192.0.2.7/main", serial), at("rtsp://192.0.2.9/main", link(elsewhere)), false},
		"where it was before":              {since(at("rtsp://192.0.2.9/main", serial), mac), at("rtsp://192.0.2.9/main", link(elsewhere)), false},
		"by name, as it was seen":          {since(at("rtsp://cam.lan/main", serial), mac), at("rtsp://192.0.2.8/main", link(mac)), true},
		"another number":                   {at("rtsp://192.0.2.7/main", serial), at("rtsp://192.0.2.7:8554/main", other), false},
		"respelled":                        {since(at("rtsp://192.0.2.9/main", serial), mac), at("rtsp://192.0.2.7/main", respelled), true},
		"respelled, seen elsewhere":        {since(at("rtsp://192.0.2.9/main", serial), mac), at("rtsp://192.0.2.9/main", respelled), false},
		"encrypted":                        {at("rtsp://192.0.2.7/main", serial), at("rtsps://192.0.2.7/main", key), true},
		"encrypted in another way":         {at("rtsps://192.0.2.7/main", key), at("https://192.0.2.7/main", key2), true},
		"another key":                      {at("rtsps://192.0.2.7/main", key), at("rtsps://192.0.2.8/main", key2), false},
		"two keys behind a router":         {at("rtsps://10.0.0.7:8322/main", key), at("rtsps://10.0.0.7:8323/main", key2), false},
		"of two languages":                 {at("rtsps://10.0.0.7:8322/main", key), at("https://10.0.0.7:8323/main", key2), true},
		"two keys of what the kernel sees": {at("rtsps://192.0.2.7:8322/main", key), at("rtsps://192.0.2.7:8323/main", key2), true},
		"one key at two ports":             {at("rtsps://10.0.0.7:8322/main", key), at("rtsps://10.0.0.7:8323/main", key), true},
		"one has a key behind a router":    {at("rtsps://10.0.0.7:8322/main", key), at("rtsp://10.0.0.7:8554/main", cameras.Pin{}), true},
		"behind a router":                  {at("rtsp://10.0.0.7/main", serial), at("rtsps://10.0.0.7/main", key), true},
		"behind a router, without any":     {at("rtsp://10.0.0.7/main", serial), at("http://10.0.0.7/video", cameras.Pin{}), true},
		"neither has any":                  {at("rtsp://10.0.0.7/main", cameras.Pin{}), at("http://10.0.0.7/video", cameras.Pin{}), true},
		"another behind a router":          {at("rtsp://10.0.0.7/main", serial), at("rtsp://10.0.0.8/main", cameras.Pin{}), false},
		"another channel":                  {channel(at("rtsp://10.0.0.7/1", serial), "one"), channel(at("rtsp://10.0.0.7/2", key), "two"), false},
		"the same channel":                 {channel(at("rtsp://10.0.0.7/1", serial), "one"), channel(at("rtsps://10.0.0.7/1", key), "one"), true},
		"passed on by the hub itself":      {at("rtsp://127.0.0.1:1/main", serial), at("rtsp://127.0.0.1:1/sub", cameras.Pin{}), true},
		"by another name":                  {at("rtsp://127.0.0.1:1/main", serial), at("rtsp://LocalHost:1/sub", cameras.Pin{}), true},
		"by another name, encrypted":       {at("rtsp://localhost:322/main", serial), at("rtsps://127.0.0.1/main", key), true},
		"by another name, another port":    {at("rtsp://127.0.0.1:1/main", serial), at("rtsp://localhost:2/sub", cameras.Pin{}), false},
		"by another number of it":          {at("rtsp://127.0.0.1:1/main", serial), at("rtsp://127.0.0.9:1/sub", cameras.Pin{}), true},
		"by an older hub's any":            {at("rtsp://127.0.0.1:1/main", cameras.Pin{}), at("rtsp://0.0.0.0:1/sub", cameras.Pin{}), true},
		"by its IPv6":                      {at("rtsp://127.0.0.1:1/main", cameras.Pin{}), at("rtsp://[::1]:1/sub", cameras.Pin{}), true},
		"by its number in IPv6":            {at("rtsp://127.0.0.1:1/main", cameras.Pin{}), at("rtsp://[::ffff:127.0.0.1]:1/sub", cameras.Pin{}), true},
		"by its address in the house":      {at("rtsp://127.0.0.1:1/main", cameras.Pin{}), at("rtsp://"+house+":1/sub", cameras.Pin{}), true},
		"there, at another port":           {at("rtsp://127.0.0.1:1/main", cameras.Pin{}), at("rtsp://"+house+":2/sub", cameras.Pin{}), false},
		"its port with zeros":              {at("rtsp://127.0.0.1:1/main", cameras.Pin{}), at("rtsp://127.0.0.1:0001/sub", cameras.Pin{}), true},
		"its port by the language":         {at("rtmp://127.0.0.1/main", cameras.Pin{}), at("rtmp://127.0.0.1:1935/main", cameras.Pin{}), true},
		"an interface by name and number":  {at("rtsp://[fe80::7%25"+nic.Name+"]/main", cameras.Pin{}), at(fmt.Sprintf("rtsp://[fe80::7%%25%02d]/main", nic.Index), cameras.Pin{}), true},
		"passed on by it, its ONVIF":       {onvif(at("rtsp://127.0.0.1:1/main", serial), "http://127.0.0.1:3/onvif"), at("http://127.0.0.1:3/video", cameras.Pin{}), true},
		"passed on by it, another's ONVIF": {onvif(at("rtsp://127.0.0.1:1/main", serial), "http://127.0.0.1:3/onvif"), at("http://127.0.0.1:4/video", cameras.Pin{}), false},
		"passed on by it, at another port": {at("rtsp://127.0.0.1:1/main", serial), at("rtsp://127.0.0.1:2/main", cameras.Pin{}), false},
	} {
		t.Run(what, func(t *testing.T) {
			r := newRig(t)
			ctx := t.Context()
			ann, bob := r.person("ann"), r.person("bob")
			r.Gate.cfg.LinkAddress = func(ip netip.Addr) string { return seen[ip.String()] }
			pin := c.anns.Pin
			c.anns.Pin = cameras.Pin{}
			its := must2(r.AddCamera(ctx, bob, NewCamera{Name: "bob's", Access: c.bobs}))
			r.clock.Advance(time.Second)
			for who, refused := range map[string]bool{"ann": c.refused, "bob": false} {
				owner := ann
				if who == "bob" {
					owner = bob
				}
				id := must2(r.AddCamera(ctx, owner, NewCamera{Name: "x", Access: c.anns}))
				before := r.Refused()["camera identity"]
				met := func() error {
					if pin.IsZero() {
						return r.Unpinned(ctx, id)
					}
					return r.Learned(ctx, id, pin)
				}
				if err := met(); errors.Is(err, cameras.ErrOtherCamera) != refused || !refused && err != nil {
					t.Errorf("%s's: %v", who, err)
				}
				if n := r.Refused()["camera identity"] - before; (n == 1) != refused {
					t.Errorf("%s's: counted %d", who, n)
				}
				if err := r.Unpinned(ctx, its); c.bobs.Pin.IsZero() && err != nil {
					t.Errorf("bob's, which was there first: %v", err)
				}
				r.must(r.RemoveCamera(ctx, r.pass(owner, id, Manage)))
			}
		})
	}
}

// inTheHouse is an address of this machine, the one that others see where there is any,
// and an interface of it.
func inTheHouse(t *testing.T) (address string, link net.Interface) {
	links, err := net.Interfaces()
	if err != nil || len(links) == 0 {
		t.Fatal("no interface", err)
	}
	list, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	address = "127.0.0.1"
	for _, a := range list {
		if p, err := netip.ParsePrefix(a.String()); err == nil && p.Addr().Is4() && !p.Addr().IsLoopback() {
			address = p.Addr().String()
		}
	}
	return address, links[0]
}

// TestUntoldLater: a camera that nothing recognises does not come to another owner's by a
// change of its address, and one that is reached by name is refused once it is seen.
func TestUntoldLater(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	ann, bob := r.person("ann"), r.person("bob")
	own := must2(r.AddCamera(ctx, ann, NewCamera{Name: "own", Access: cameras.Access{Main: "rtsp://10.0.0.8/main"}}))
	named := must2(r.AddCamera(ctx, ann, NewCamera{Name: "named", Access: cameras.Access{Main: "rtsps://cam.lan/main"}}))
	r.must(r.Learned(ctx, named, cameras.Pin{Kind: cameras.PinTLS, Value: strings.Repeat("0a", 32)}))
	r.clock.Advance(time.Second)
	its := must2(r.AddCamera(ctx, bob, NewCamera{Name: "bob's", Access: cameras.Access{Main: "rtsp://10.0.0.7/main"}}))
	r.clock.Advance(time.Second)
	r.must(r.Unpinned(ctx, own))
	r.must(r.SetAccess(ctx, ann, own, NewAccess{Main: "rtsp://10.0.0.7/other"}))
	if err := r.Unpinned(ctx, own); !errors.Is(err, cameras.ErrOtherCamera) {
		t.Errorf("moved to bob's: %v", err)
	}
	r.must(r.Unpinned(ctx, its))
	r.must(r.Learned(ctx, its, cameras.Pin{Kind: cameras.PinSerial, Vendor: "a", Model: "b", Value: "SN-A1B2C3"}))
	r.must(r.Seen(ctx, its, "02:00:00:00:00:07"))
	if err := r.Seen(ctx, named, "02:00:00:00:00:07"); !errors.Is(err, cameras.ErrOtherCamera) || r.reached(named).MAC != "" {
		t.Errorf("seen to be bob's: %v", err)
	}
	r.must(r.Seen(ctx, named, "02:00:00:00:00:08"))
}
