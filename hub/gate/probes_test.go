package gate

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"testing"
	"time"

	"lares/cameras/media"
	"lares/cameras/probe"
)

// TestProbesAreBounded: so many look at a time, so many are kept and so long, and
// a clock that was set back keeps none.
func TestProbesAreBounded(t *testing.T) {
	p := newProbes()
	d := probe.Device{ONVIF: "http://192.0.2.7/onvif/device_service"}
	at := func(i int) probe.Device { return probe.Device{ONVIF: fmt.Sprintf("http://192.0.2.%d/x", i)} }
	for i := range maxProbing {
		if err := p.begin(at(i), t0); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.begin(d, t0); !errors.Is(err, ErrProbing) {
		t.Errorf("one more at a time: %v", err)
	}
	for i := range maxProbing {
		p.end(at(i), probe.Look{}, t0)
	}
	if err := p.begin(d, t0); err != nil {
		t.Errorf("after the others: %v", err)
	}
	if err := p.begin(probe.Device{RTSP: "rtsp://192.0.2.7"}, t0); !errors.Is(err, ErrProbing) {
		t.Errorf("two at one device: %v", err)
	}
	p.end(d, probe.Look{}, t0)
	if err := p.begin(d, t0); err != nil {
		t.Errorf("one after the other: %v", err)
	}
	first, last := media.NewProbeID(), media.ProbeID{}
	p.keep(first, probed{at: t0})
	for i := range maxProbes {
		last = media.NewProbeID()
		p.keep(last, probed{at: t0.Add(time.Duration(i+1) * time.Second)})
	}
	now := t0.Add(maxProbes * time.Second)
	if _, ok := p.find(first, now); ok || len(p.kept) != maxProbes {
		t.Errorf("%d are kept, the oldest: %v", len(p.kept), ok)
	}
	if _, ok := p.find(last, now.Add(probeKept)); !ok {
		t.Error("the newest is gone before its time")
	}
	if _, ok := p.find(last, now.Add(probeKept+time.Second)); ok || len(p.kept) != 0 {
		t.Error("one is kept beyond its time")
	}
	p.keep(first, probed{at: t0})
	if _, ok := p.find(first, t0.Add(-time.Second)); ok {
		t.Error("one of the future is kept")
	}
}

// TestProbesSpareDevices: three wrong passwords at a host are enough for ten
// minutes; other hosts, and other failures, do not count.
func TestProbesSpareDevices(t *testing.T) {
	p := newProbes()
	d, other := probe.Device{ONVIF: "http://192.0.2.7:8000/x"}, probe.Device{ONVIF: "http://192.0.2.8/x"}
	wrong := probe.Look{}
	wrong.Code = probe.WrongPassword
	try := func(d probe.Device, l probe.Look, now time.Time) error {
		if err := p.begin(d, now); err != nil {
			return err
		}
		p.end(d, l, now)
		return nil
	}
	for range 2 {
		if err := errors.Join(try(d, wrong, t0), try(d, probe.Look{}, t0)); err != nil {
			t.Fatal(err)
		}
	}
	port := probe.Device{ONVIF: "http://192.0.2.7/y"} // another way to the same host
	if err := errors.Join(try(port, wrong, t0.Add(time.Minute)), try(other, wrong, t0)); err != nil {
		t.Fatal(err)
	}
	if err := try(d, wrong, t0.Add(refusedFor)); !errors.Is(err, ErrLockedOut) {
		t.Errorf("a fourth: %v", err)
	}
	if err := try(other, wrong, t0.Add(refusedFor)); err != nil {
		t.Errorf("elsewhere: %v", err)
	}
	if err := try(d, wrong, t0.Add(refusedFor+time.Second)); err != nil {
		t.Errorf("later: %v", err)
	}
}

// TestDeviceAt: addresses as people type them lead to an ONVIF device service
// and, where they name no protocol, to RTSP after it.
func TestDeviceAt(t *testing.T) {
	for typed, want := range map[string]probe.Device{
		"192.0.2.7":                  {ONVIF: "http://192.0.2.7/onvif/device_service", Anywhere: true, RTSP: "rtsp://192.0.2.7"},
		"192.0.2.7:8000":             {ONVIF: "http://192.0.2.7:8000/onvif/device_service", RTSP: "rtsp://192.0.2.7:8000"},
		"cam.local":                  {ONVIF: "http://cam.local/onvif/device_service", Anywhere: true, RTSP: "rtsp://cam.local"},
		"fe80::7%lan0":               {ONVIF: "http://[fe80::7%25lan0]/onvif/device_service", Anywhere: true, RTSP: "rtsp://[fe80::7%25lan0]"},
		"[fe80::7%lan0]":             {ONVIF: "http://[fe80::7%25lan0]/onvif/device_service", Anywhere: true, RTSP: "rtsp://[fe80::7%25lan0]"},
		"rtsp://[fe80::7%25lan0]:8":  {RTSP: "rtsp://[fe80::7%25lan0]:8"},
		"2001:db8::7":                {ONVIF: "http://[2001:db8::7]/onvif/device_service", Anywhere: true, RTSP: "rtsp://[2001:db8::7]"},
		"https://cam.local":          {ONVIF: "https://cam.local/onvif/device_service"},
		"http://192.0.2.7:80/device": {ONVIF: "http://192.0.2.7:80/device"},
		"rtsp://192.0.2.7:8554/":     {RTSP: "rtsp://192.0.2.7:8554"},
		"rtsps://192.0.2.7":          {RTSP: "rtsps://192.0.2.7"},
	} {
		got, err := deviceAt(typed)
		if got != want || err != nil {
			t.Errorf("%q: %+v, %v", typed, got, err)
		}
		if u, err := url.Parse(cmp.Or(want.ONVIF, want.RTSP)); err != nil || got.Host() != u.Hostname() {
			t.Errorf("%q: host %q", typed, got.Host())
		}
	}
	for _, typed := range []string{"", "rtsp://192.0.2.7/x", "http://u:p@192.0.2.7/", "rtsp://u:p@192.0.2.7", "http:///x", "192.0.2.7:99999", "192.0.2.7:x", "a b", "http://192.0.2.7/#x", "exec:ls", "ftp://192.0.2.7"} {
		if got, err := deviceAt(typed); !errors.Is(err, ErrInput) {
			t.Errorf("%q: %+v, %v", typed, got, err)
		}
	}
}
