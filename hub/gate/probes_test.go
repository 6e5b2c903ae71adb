package gate

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"lares/cameras"
	"lares/cameras/media"
	"lares/cameras/probe"
	"lares/hub/account"
)

// TestProbesAreBounded: so many look at a time, so many are kept and so long, and
// a clock that was set back keeps none.
func TestProbesAreBounded(t *testing.T) {
	p := newProbes()
	d := []string{"192.0.2.7"}
	at := func(i int) []string { return []string{fmt.Sprintf("192.0.2.%d", i)} }
	for i := range maxProbing {
		if err := p.begin(at(i), account.ID{}, t0); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.begin(d, account.ID{}, t0); !errors.Is(err, ErrProbing) {
		t.Errorf("one more at a time: %v", err)
	}
	for i := range maxProbing {
		p.end(at(i))
	}
	if err := p.begin(d, account.ID{}, t0); err != nil {
		t.Errorf("after the others: %v", err)
	}
	if err := p.begin([]string{"2001:db8::7", "192.0.2.7"}, account.ID{}, t0); !errors.Is(err, ErrProbing) {
		t.Errorf("two at one device: %v", err)
	}
	p.end(d)
	if err := p.begin(d, account.ID{}, t0); err != nil {
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

// TestProbesSpareDevices: three wrong passwords at a device are enough for ten minutes,
// however its host is spelled, and at whichever address; other devices, and other
// failures, do not count.
func TestProbesSpareDevices(t *testing.T) {
	r := newRig(t)
	r.cfg.Here = true
	ann := r.person("ann")
	code, asked := probe.WrongPassword, []probe.Device(nil)
	links := map[string]string{}
	r.cfg.LinkAddress = func(at netip.Addr) string { return links[at.String()] }
	r.cfg.Prober = func(_ context.Context, d probe.Device, _ probe.Ask) (l probe.Look, err error) {
		asked = append(asked, d)
		links["192.0.2.1"], links["2001:db8::1"] = "02:00:00:00:00:01", "02:00:00:00:00:01" // the kernel knows those it spoke to
		l.Code = code
		return l, nil
	}
	try := func(address string) error {
		_, err := r.Probe(t.Context(), ann, ProbeRequest{Address: address, Password: "wrong"})
		return err
	}
	for _, same := range [][]string{
		{"192.0.2.7", "192.0.2.7:8000", "http://192.0.2.7/y", "rtsp://192.0.2.7", "::ffff:192.0.2.7", "http://[::FFFF:c000:207]:81"},
		{"2001:db8::7", "2001:DB8:0::07", "http://[2001:db8:0:0:0:0:0:7]/x", "2001:db8::0.0.0.7"},
		{"localhost", "LOCALHOST:8000", "127.0.0.1", "::ffff:127.0.0.1", "http://Localhost/x", "localhost."},
		{"192.0.2.1", "192.0.2.1:8000", "2001:db8::1", "2001:db8::1", "192.0.2.1"}, // two of one device
	} {
		code = probe.Found
		r.must(try(same[0]))
		code = probe.WrongPassword
		for _, address := range same[:3] {
			r.must(try(address))
		}
		before := len(asked)
		for _, address := range same {
			if err := try(address); !errors.Is(err, ErrLockedOut) {
				t.Errorf("%s after %v: %v", address, same[:3], err)
			}
		}
		if len(asked) != before {
			t.Errorf("%v: asked %d times more", same, len(asked)-before)
		}
	}
	for _, d := range asked {
		if named := d.Host() == "localhost"; named != d.At.IsValid() || named && d.At.String() != "127.0.0.1" {
			t.Errorf("%s is asked at %v", d.Host(), d.At) // where it counts, wherever the name leads by then
		}
	}
	r.must(try("192.0.2.8"))
	before := len(asked)
	if err := try("nowhere.invalid"); err != nil || len(asked) != before {
		t.Errorf("a name that leads nowhere: %v, asked %v", err, asked[before:])
	}
	r.clock.Advance(refusedFor)
	if err := try("192.0.2.7"); !errors.Is(err, ErrLockedOut) {
		t.Errorf("a fourth: %v", err)
	}
	r.clock.Advance(time.Second)
	r.must(try("192.0.2.7"))
}

// TestProbesSpareAccounts: one account's wrong passwords at a device lock out that account
// there and no other; those of all lock out everybody.
func TestProbesSpareAccounts(t *testing.T) {
	r := newRig(t)
	ann, bob, carol := r.person("ann"), r.person("bob"), r.person("carol")
	asked := 0
	r.cfg.Prober = func(context.Context, probe.Device, probe.Ask) (l probe.Look, err error) {
		asked++
		l.Code = probe.WrongPassword
		return l, nil
	}
	try := func(c account.Caller) error {
		_, err := r.Probe(t.Context(), c, ProbeRequest{Address: "192.0.2.7", Password: "wrong"})
		return err
	}
	for n, c := range []account.Caller{ann, bob} {
		for range 3 {
			r.must(try(c))
		}
		if err := try(c); !errors.Is(err, ErrLockedOut) || asked != 3*(n+1) {
			t.Errorf("%s after three: %v, asked %d times", c.Name, err, asked)
		}
	}
	if err := try(carol); !errors.Is(err, ErrLockedOut) || asked != 6 {
		t.Errorf("another after six of others: %v, asked %d times", err, asked)
	}
	r.clock.Advance(refusedFor + time.Second)
	r.must(try(carol))
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

// TestTryAccess: the device is asked for a new access once, where it is, with the
// password that would be kept; what it refuses counts as a look's does, and only its
// owner has it asked.
func TestTryAccess(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	ann, bob := r.person("ann"), r.person("bob")
	cam := r.camera(ann, "door")
	code, asked := probe.Found, []probe.Device(nil)
	r.cfg.Prober = func(_ context.Context, d probe.Device, _ probe.Ask) (l probe.Look, err error) {
		asked = append(asked, d)
		l.Code = code
		return l, nil
	}
	word := "new word"
	n := NewAccess{Main: "rtsp://192.0.2.9/live?s=0", ONVIF: "http://192.0.2.9/onvif/device_service", Username: "u", Password: &word}
	r.must(r.TryAccess(ctx, ann, cam, n))
	if want := (probe.Device{ONVIF: n.ONVIF, RTSP: n.Main, Username: "u", Password: word, Digest: true}); len(asked) != 1 || asked[0] != want {
		t.Errorf("asked %+v, want %+v", asked, want)
	}
	before := r.reached(cam)
	if err := r.TryAccess(ctx, bob, cam, n); err != ErrNotFound {
		t.Errorf("bob tries: %v", err)
	}
	code = probe.Unreachable
	if err := r.TryAccess(ctx, ann, cam, n); err != ErrNoAnswer {
		t.Errorf("nobody there: %v", err)
	}
	code = probe.WrongPassword
	for range maxRefusals {
		if err := r.TryAccess(ctx, ann, cam, n); err != ErrPasswordRefused {
			t.Errorf("a wrong password: %v", err)
		}
	}
	n.Main, n.ONVIF = "rtsp://[::ffff:192.0.2.9]/live", ""
	if err := r.TryAccess(ctx, ann, cam, n); err != ErrLockedOut {
		t.Errorf("one more: %v", err)
	}
	if _, err := r.Probe(ctx, ann, ProbeRequest{Address: "192.0.2.9", Password: "wrong"}); err != ErrLockedOut {
		t.Errorf("a look after that: %v", err)
	}
	n.Main = "rtmp://192.0.2.9/live" // no look knows how
	r.must(r.TryAccess(ctx, ann, cam, n))
	if is := r.reached(cam); is != before {
		t.Errorf("a try changed %+v to %+v", before, is)
	}
}

// TestTryAccessKeeps: a try gives the password to nobody whom the camera's worker would
// not give it to: not one that is kept, whoever answers by now, and a new one to no device
// that is first to be recognised by what a look does not compare; to none at all while the
// camera is off the air.
func TestTryAccessKeeps(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	ann := r.person("ann")
	var asked []probe.Device
	r.cfg.Prober = func(_ context.Context, d probe.Device, _ probe.Ask) (l probe.Look, err error) {
		asked = append(asked, d)
		l.Code = probe.WrongPassword
		return l, nil
	}
	word, service := "new word", "http://192.0.2.7/onvif/device_service"
	for name, x := range map[string]struct {
		pin     cameras.Pin
		private bool
		n       NewAccess
		want    []probe.Device
	}{
		"a kept password": {n: NewAccess{Main: "rtsp://192.0.2.7/door", ONVIF: service, Username: "user"}},
		"never met": {
			n:    NewAccess{Main: "rtsp://192.0.2.7/live", Username: "u", Password: &word},
			want: []probe.Device{{RTSP: "rtsp://192.0.2.7/live", Username: "u", Password: word, Digest: true}},
		},
		"recognised over ONVIF": {
			pin: cameras.Pin{Kind: cameras.PinSerial, Value: "SN-A1B2C3"}, n: NewAccess{Main: "rtsp://192.0.2.7/live", ONVIF: service, Username: "u", Password: &word},
			want: []probe.Device{{ONVIF: service, Username: "u", Password: word, Digest: true}},
		},
		"by its key":                {pin: cameras.Pin{Kind: cameras.PinTLS, Value: strings.Repeat("0a", 32)}, n: NewAccess{Main: "rtsps://192.0.2.7/live", Username: "u", Password: &word}},
		"by its link layer address": {pin: cameras.Pin{Kind: cameras.PinMAC, Value: doorMAC}, n: NewAccess{Main: "rtsp://192.0.2.7/live", Username: "u", Password: &word}},
		"off the air":               {private: true, n: NewAccess{Main: "rtsp://192.0.2.7/live", Username: "u", Password: &word}},
	} {
		cam := r.camera(ann, name)
		if !x.pin.IsZero() {
			r.must(r.Learned(ctx, cam, x.pin))
		}
		if x.private {
			r.must(r.SetPrivacy(ctx, r.pass(ann, cam, Manage), true))
		}
		asked = nil
		var want error
		if len(x.want) > 0 {
			want = ErrPasswordRefused
		}
		if err := r.TryAccess(ctx, ann, cam, x.n); err != want || !slices.Equal(asked, x.want) {
			t.Errorf("%s: %v, asked %+v, want %+v", name, err, asked, x.want)
		}
		if x.private { // it lives where the others do
			r.must(r.SetPrivacy(ctx, r.pass(ann, cam, Manage), false))
		}
	}
}
