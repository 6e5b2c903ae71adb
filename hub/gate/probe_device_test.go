package gate

import (
	"cmp"
	"context"
	"errors"
	"net/netip"
	"testing"

	"lares/cameras/discover"
	"lares/cameras/media"
	"lares/cameras/probe"
	"lares/hub/account"
)

// TestProbedDevice: a candidate is looked at where it says it speaks, with its
// maker's paths, and a device that has no ONVIF becomes a camera without it.
func TestProbedDevice(t *testing.T) {
	r := newRig(t)
	var asked probe.Device
	bare := true
	r.cfg.Prober = func(_ context.Context, d probe.Device, _ []string, _ media.ProbeID, _ []byte) (l probe.Look, err error) {
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
