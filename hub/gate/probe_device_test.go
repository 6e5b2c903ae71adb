package gate

import (
	"cmp"
	"context"
	"errors"
	"net"
	"net/netip"
	"testing"

	"lares/cameras/discover"
	"lares/cameras/probe"
	"lares/hub/account"
)

// TestProbedDevice: a candidate is looked at where it says it speaks, with its
// maker's paths, and a device that has no ONVIF becomes a camera without it.
func TestProbedDevice(t *testing.T) {
	r := newRig(t)
	var asked probe.Device
	bare := true
	r.cfg.Prober = func(_ context.Context, d probe.Device, _ probe.Ask) (l probe.Look, err error) {
		asked = d
		l.Code, l.Bare = probe.Found, bare
		if l.ONVIF = d.ONVIF; d.Anywhere {
			l.ONVIF = "http://192.0.2.7:2020/onvif/device_service"
		}
		l.Channels = append(l.Channels, probe.Channel{})
		l.Streams = append(l.Streams, probe.Stream{Role: probe.RoleMain, URL: "rtsp://192.0.2.7/stream1"})
		return l, nil
	}
	at := netip.MustParseAddr("192.0.2.7")
	rtsp := discover.Protocol{Name: "rtsp", Port: 554, URL: "rtsp://192.0.2.7:554/live"}
	onvif := discover.Protocol{Name: "onvif", Port: 8000, URL: "http://192.0.2.7:8000/onvif/device_service"}
	elsewhere := discover.Protocol{Name: "rtsp", Port: 554, URL: "rtsp://192.0.2.8:554/live"}
	r.cfg.Finder = &noticed{list: []discover.Candidate{
		{ID: "bare", Vendor: "TP-Link", Addresses: []netip.Addr{at}, Speaks: []discover.Protocol{rtsp}},
		{ID: "both", Addresses: []netip.Addr{at}, Speaks: []discover.Protocol{onvif, rtsp}},
		{ID: "mixed", Addresses: []netip.Addr{at}, Speaks: []discover.Protocol{onvif, elsewhere}},
	}}
	ann, bob := r.person("ann"), r.person("bob")
	for id, want := range map[string]probe.Device{
		"bare":  {ONVIF: "http://192.0.2.7/onvif/device_service", Anywhere: true, RTSP: rtsp.URL, Vendor: "TP-Link", Username: "u", Password: "p"},
		"both":  {ONVIF: onvif.URL, RTSP: rtsp.URL, Username: "u", Password: "p"},
		"mixed": {ONVIF: onvif.URL, Username: "u", Password: "p"},
	} {
		for _, bare = range []bool{true, false} {
			p, err := r.Probe(t.Context(), ann, ProbeRequest{Candidate: id, Username: "u", Password: "p"})
			if err != nil || asked != want {
				t.Errorf("%s: asked %+v, %v", id, asked, err)
			}
			a, err := r.Probed(t.Context(), ann, ProbeChannel{Probe: p.ID})
			if err != nil || (a.ONVIF == "") != bare || a.Main != "rtsp://192.0.2.7/stream1" || a.Username != "u" {
				t.Errorf("%s, bare %v: %+v, %v", id, bare, a, err)
			}
			if found := cmp.Or(map[string]string{"bare": "http://192.0.2.7:2020/onvif/device_service"}[id], want.ONVIF); !bare && a.ONVIF != found {
				t.Errorf("%s: its service is at %s, not %s", id, a.ONVIF, found)
			}
			again := want
			if again.Anywhere {
				again.ONVIF, again.Anywhere = "http://192.0.2.7:2020/onvif/device_service", false
			}
			if _, err := r.FixProbe(t.Context(), ann, p.ID, nil); err != nil || asked != again {
				t.Errorf("%s: looked again at %+v, %v", id, asked, err)
			}
		}
	}
	// Another probe in its place, of whomever, is refused, and its owner is told.
	own, err := r.Probe(t.Context(), ann, ProbeRequest{Candidate: "both"})
	r.must(err)
	for n, of := range []account.Caller{bob, ann} {
		other, err := r.Probe(t.Context(), of, ProbeRequest{Candidate: "both", Password: "other"})
		r.must(err)
		r.probes.kept[own.ID] = r.probes.kept[other.ID]
		if a, err := r.Probed(t.Context(), ann, ProbeChannel{Probe: own.ID}); !errors.Is(err, ErrCrossed) || r.vault.Refusals().Snapshot()["probe"] != uint64(n+1) {
			t.Errorf("another probe of %s: %+v, %v, refused %v", of.Name, a, err, r.vault.Refusals().Snapshot())
		}
	}
}

// TestOwnAddress: nobody has the hub look at itself, whatever its address is called, unless
// cameras may be there; an access of a camera there is good, untried.
func TestOwnAddress(t *testing.T) {
	r := newRig(t)
	ann := r.person("ann")
	asked := 0
	r.cfg.Prober = func(_ context.Context, d probe.Device, _ probe.Ask) (l probe.Look, err error) {
		asked++
		l.Code = probe.Found
		l.Streams = []probe.Stream{{Role: probe.RoleMain, URL: "rtsp://192.0.2.7/main"}}
		l.Channels = []probe.Channel{{}}
		l.Warnings = []probe.Warning{{Fix: "clock"}}
		return l, nil
	}
	local := netip.MustParseAddr("127.0.0.1")
	r.cfg.Finder = &noticed{list: []discover.Candidate{{ID: "local", Addresses: []netip.Addr{local}}}}
	list, err := net.InterfaceAddrs()
	r.must(err)
	var own []ProbeRequest
	for _, a := range list {
		ip := netip.MustParsePrefix(a.String()).Addr()
		own = append(own, ProbeRequest{Address: ip.String()}, ProbeRequest{Address: netip.AddrPortFrom(ip, 8443).String()})
	}
	for _, spelled := range []string{"127.0.0.1", "http://127.0.0.1:6379/x", "https://127.9.9.9", "localhost", "rtsp://localhost:8554", "[::1]:80", "::ffff:127.0.0.1", "http://[::ffff:7f00:1]/"} {
		own = append(own, ProbeRequest{Address: spelled})
	}
	for _, q := range append(own, ProbeRequest{Candidate: "local"}) {
		if _, err := r.Probe(t.Context(), ann, q); !errors.Is(err, ErrHere) || asked != 0 {
			t.Errorf("%+v: %v, asked %d times", q, err, asked)
		}
		asked = 0
	}
	cam := r.camera(ann, "door")
	word := "word"
	there := NewAccess{Main: "rtsp://127.0.0.1:8554/door", ONVIF: "http://127.0.0.1:8000/onvif", Username: "u", Password: &word}
	if err := r.TryAccess(t.Context(), ann, cam, there); err != nil || asked != 0 {
		t.Errorf("an access of the hub's own machine: %v, asked %d times", err, asked)
	}
	p := must2(r.Probe(t.Context(), ann, ProbeRequest{Address: "192.0.2.7"}))
	kept := r.probes.kept[p.ID]
	kept.device = probe.Device{ONVIF: "http://localhost/onvif"} // where its name leads by now
	r.probes.kept[p.ID] = kept
	if _, err := r.FixProbe(t.Context(), ann, p.ID, []string{"clock"}); !errors.Is(err, ErrHere) || asked != 1 {
		t.Errorf("a fix there: %v, asked %d times", err, asked)
	}
	r.cfg.Here = true
	for _, q := range []ProbeRequest{{Address: "127.0.0.1"}, {Candidate: "local"}} {
		if _, err := r.Probe(t.Context(), ann, q); err != nil {
			t.Errorf("where cameras may be: %v", err)
		}
	}
	r.must(r.TryAccess(t.Context(), ann, cam, there))
	if asked != 4 {
		t.Errorf("where cameras may be: asked %d times", asked)
	}
}
