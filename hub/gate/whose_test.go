package gate

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"lares/cameras"
	"lares/cameras/media"
	"lares/cameras/probe"
	"lares/cameras/seal"
	"lares/hub/account"
	"lares/hub/journal"
)

// lookedAt is a device that looks find, and what they did there.
type lookedAt struct {
	probe.Look
	asked   []probe.Device
	fetched int // how often its pictures were, of all its channels but without
	without []string
}

// lookAtOne has looks find a device with these sources, which says who it is before its
// pictures are fetched, as in a child.
func (r *rig) lookAtOne(host string, sources ...string) *lookedAt {
	d := &lookedAt{}
	d.Code = probe.Found
	for _, name := range sources {
		d.Channels = append(d.Channels, probe.Channel{Source: name, Name: "Yard"})
		d.Streams = append(d.Streams, probe.Stream{Source: name, Role: probe.RoleMain, URL: "rtsp://" + host + "/" + name})
	}
	r.cfg.Prober = func(ctx context.Context, at probe.Device, what probe.Ask) (l probe.Look, err error) {
		d.asked = append(d.asked, at)
		l = d.Look
		l.Channels, l.Streams = slices.Clone(l.Channels), slices.Clone(l.Streams)
		if d.without, err = what.Met(ctx, l.Met()); err != nil {
			return probe.Look{}, err
		}
		d.fetched++
		l.Pictures = map[probe.Shown][]byte{}
		for i := range l.Channels {
			of := probe.Shown{Channel: uint8(i + 1), Role: probe.RoleMain}
			l.Pictures[of] = seal.SealText(what.Key, seal.GlimpseBinding(what.ID, of.Channel, of.Role), []byte("picture"))
		}
		return l, nil
	}
	return d
}

// added adds a camera, which was there for a while.
func (r *rig) added(c account.Caller, name string, a cameras.Access) media.CameraID {
	r.t.Helper()
	id, err := r.AddCamera(r.t.Context(), c, NewCamera{Name: name, Access: a})
	r.must(err)
	r.clock.Advance(time.Second)
	return id
}

// private takes a camera off the air, or puts it back.
func (r *rig) private(c account.Caller, id media.CameraID, off bool) {
	r.t.Helper()
	r.must(r.SetPrivacy(r.t.Context(), r.pass(c, id, Manage), off))
}

// glimpse asks for the picture of a channel of a probe.
func (r *rig) glimpse(c account.Caller, id media.ProbeID, channel uint8) (string, error) {
	r.t.Helper()
	w, b := r.wire(c.Session)
	defer w.End()
	err := r.Glimpse(r.t.Context(), c, id, probe.Shown{Channel: channel, Role: probe.RoleMain}, w)
	return b.String(), err
}

// TestLookAtAnothers: a look shows nobody a device that is somebody else's camera, by
// whatever it is recognised, nor whether it is off the air; its owner is told, who may look
// at it. What is another device is shown.
func TestLookAtAnothers(t *testing.T) {
	const mac, elsewhere = "02:00:00:00:00:07", "02:00:00:00:00:09"
	serial := cameras.Pin{Kind: cameras.PinSerial, Vendor: "a", Model: "b", Value: "SN-A1B2C3"}
	key := cameras.Pin{Kind: cameras.PinTLS, Value: strings.Repeat("0a", 32)}
	seen := map[string]string{"192.0.2.7": mac, "192.0.2.8": mac, "192.0.2.9": elsewhere}
	says := func(model, number string) func(*probe.Look) {
		return func(l *probe.Look) { l.Vendor, l.Model, l.Serial = "A", model, number }
	}
	shows := func(key string) func(*probe.Look) { return func(l *probe.Look) { l.TLS = key } }
	for what, c := range map[string]struct {
		bobs    cameras.Access
		host    string // where ann looks
		says    func(*probe.Look)
		refused bool
	}{
		"its serial number":                {cameras.Access{Main: "rtsp://192.0.2.7/main", Pin: serial}, "192.0.2.9", says("B", "SN-A1B2C3"), true},
		"its number, known alone":          {cameras.Access{Main: "rtsp://192.0.2.7/main", Pin: cameras.Pin{Kind: cameras.PinSerial, Value: "SN-A1B2C3"}}, "192.0.2.9", says("B", "SN-A1B2C3"), true},
		"of another model":                 {cameras.Access{Main: "rtsp://192.0.2.9/main", Pin: serial}, "192.0.2.9", says("C", "SN-A1B2C3"), false},
		"in words of a newer firmware":     {cameras.Access{Main: "rtsp://192.0.2.7/main", Pin: serial, MAC: mac}, "192.0.2.8", says("C", "SN-A1B2C3"), true},
		"its number, seen elsewhere":       {cameras.Access{Main: "rtsp://192.0.2.7/main", Pin: serial, MAC: mac}, "192.0.2.9", says("C", "SN-A1B2C3"), false},
		"another number":                   {cameras.Access{Main: "rtsp://192.0.2.7/main", Pin: serial, MAC: elsewhere}, "192.0.2.7", says("B", "SN-D4E5F6"), false},
		"a number that many have":          {cameras.Access{Main: "rtsp://192.0.2.7/main", Pin: serial}, "192.0.2.9", says("B", "123456"), false},
		"no number, at another of its own": {cameras.Access{Main: "rtsp://192.0.2.7/main", Pin: serial}, "192.0.2.8", nil, true},
		"its key":                          {cameras.Access{Main: "rtsps://192.0.2.7/main", Pin: key}, "192.0.2.9", shows(key.Value), true},
		"another key":                      {cameras.Access{Main: "rtsps://192.0.2.7/main", Pin: key}, "192.0.2.9", shows(strings.Repeat("0b", 32)), false},
		"its link layer address":           {cameras.Access{Main: "rtsp://192.0.2.9/main", Pin: cameras.Pin{Kind: cameras.PinMAC, Value: mac}}, "192.0.2.8", nil, true},
		"where it was seen":                {cameras.Access{Main: "rtsp://cam.lan/main", Pin: serial, MAC: mac}, "192.0.2.8", nil, true},
		"behind a router":                  {cameras.Access{Main: "rtsp://10.0.0.7/main", Pin: serial}, "10.0.0.7", nil, true},
		"behind one, never met":            {cameras.Access{Main: "rtsp://10.0.0.7/main"}, "10.0.0.7", says("B", "SN-A1B2C3"), true},
		"another behind it":                {cameras.Access{Main: "rtsp://10.0.0.7/main", Pin: serial}, "10.0.0.8", nil, false},
		"by name":                          {cameras.Access{Main: "rtsp://127.0.0.1:8554/main", Pin: serial}, "localhost:8554", nil, true},
		"by another of this machine's":     {cameras.Access{Main: "rtsp://127.0.0.1:8554/main", Pin: serial}, "127.0.0.2:8554", nil, true},
		"passed on at another port":        {cameras.Access{Main: "rtsp://127.0.0.1:8554/main", Pin: serial}, "localhost:8555", nil, false},
		"another channel":                  {cameras.Access{Main: "rtsp://192.0.2.7/2", Pin: serial, Source: "two", Channels: 2}, "192.0.2.9", says("B", "SN-A1B2C3"), false},
		"its channel":                      {cameras.Access{Main: "rtsp://192.0.2.7/2", Pin: serial, Source: "main", Channels: 1}, "192.0.2.9", says("B", "SN-A1B2C3"), true},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.cfg.Here = true // where all of them are
			list := r.told()
			r.vault.Refusals().Hear(r.Gate.cfg.Journal.Crossed)
			r.cfg.LinkAddress = func(ip netip.Addr) string { return seen[ip.String()] }
			ann, bob := r.person("ann"), r.person("bob")
			its := r.added(bob, "bob's", c.bobs)
			d := r.lookAtOne(c.host, "main")
			if c.says != nil {
				c.says(&d.Look)
			}
			ask := func(who account.Caller) (string, error) {
				p, err := r.Probe(t.Context(), who, ProbeRequest{Address: "rtsp://" + c.host})
				if err != nil {
					return "", err
				}
				return r.glimpse(who, p.ID, 1)
			}
			for i, off := range []bool{false, true} {
				r.private(bob, its, off)
				picture, err := ask(ann)
				if c.refused && (err != ErrKnownDevice || d.fetched != 0 || r.Refused()["camera identity"] != uint64(i+1)) || !c.refused && (err != nil || picture != "picture") {
					t.Errorf("off the air %v: %q, %v, fetched %d times, counted %v", off, picture, err, d.fetched, r.Refused())
				}
			}
			r.private(bob, its, false)
			if _, err := ask(bob); err != nil {
				t.Errorf("bob looks: %v", err)
			}
			reads := map[string]int64{}
			for who, p := range map[string]account.Caller{"ann": ann, "bob": bob} {
				for _, e := range list(p) {
					if e.Kind != journal.Refused {
						continue
					}
					if reads[who] += e.Count; (e.Camera == its) != (who == "bob") || e.Account != ann.Account {
						t.Errorf("%s reads %+v", who, e)
					}
				}
			}
			if want := map[bool]int64{true: 2}[c.refused]; reads["bob"] != want || reads["ann"] != want {
				t.Errorf("they read of %v", reads)
			}
			notices, err := r.Gate.cfg.Journal.Notices(t.Context(), bob.Account)
			if r.must(err); (len(notices) == 1 && notices[0].Kind == journal.NoticeCrossing && notices[0].Camera == its) != c.refused {
				t.Errorf("bob is told %+v", notices)
			}
		})
	}
}

// TestNotEvenAsked: where the kernel sees somebody else's camera at that camera's own
// address and port nobody connects for another; where that says too little, the device is
// asked who it is.
func TestNotEvenAsked(t *testing.T) {
	t.Parallel()
	const mac = "02:00:00:00:00:07"
	serial := cameras.Pin{Kind: cameras.PinSerial, Vendor: "a", Model: "b", Value: "SN-A1B2C3"}
	bobs := cameras.Access{Main: "rtsp://192.0.2.7/main", ONVIF: "http://192.0.2.7:8000/onvif/device_service", Pin: serial, MAC: mac}
	with := func(change func(*cameras.Access)) cameras.Access { a := bobs; change(&a); return a }
	for what, c := range map[string]struct {
		bobs  cameras.Access
		looks string
		link  string
		asked bool
	}{
		"at its address":         {bobs, "192.0.2.7", mac, false},
		"its stream":             {bobs, "rtsp://192.0.2.7", mac, false},
		"its service":            {bobs, "192.0.2.7:8000", mac, false},
		"by its link alone":      {with(func(a *cameras.Access) { a.Pin, a.MAC = cameras.Pin{Kind: cameras.PinMAC, Value: mac}, "" }), "192.0.2.7", mac, false},
		"the only channel":       {with(func(a *cameras.Access) { a.Source, a.Channels = "main", 1 }), "192.0.2.7", mac, false},
		"another port":           {bobs, "192.0.2.7:81", mac, true},
		"a channel of several":   {with(func(a *cameras.Access) { a.Source, a.Channels = "two", 2 }), "192.0.2.7", mac, true},
		"a channel of who knows": {with(func(a *cameras.Access) { a.Source = "two" }), "192.0.2.7", mac, true},
		"another address":        {bobs, "192.0.2.8", mac, true},
		"another link":           {bobs, "192.0.2.7", "02:00:00:00:00:08", true},
		"no link":                {bobs, "192.0.2.7", "", true},
		"its link not known":     {with(func(a *cameras.Access) { a.MAC = "" }), "192.0.2.7", mac, true},
	} {
		r := newRig(t)
		r.cfg.Here = true // where all of them are
		r.cfg.LinkAddress = func(netip.Addr) string { return c.link }
		ann, bob := r.person("ann"), r.person("bob")
		r.added(bob, "bob's", c.bobs)
		d := r.lookAtOne("192.0.2.7", "main")
		d.Vendor, d.Model, d.Serial = "A", "B", "SN-D4E5F6" // another device, in truth
		_, err := r.Probe(t.Context(), ann, ProbeRequest{Address: c.looks, Username: "u", Password: "p"})
		if asked := len(d.asked) > 0; asked != c.asked || !asked && (err != ErrKnownDevice || r.Refused()["camera identity"] != 1) || asked && err != nil {
			t.Errorf("%s: asked %v, %v, counted %v", what, d.asked, err, r.Refused())
		}
	}
}

// TestLookAtPrivate: a device that is a camera of one's own and off the air is not
// connected to, wherever it is known to be, and not shown where only it says who it is;
// other devices, and other channels of a recorder, are looked at.
func TestLookAtPrivate(t *testing.T) {
	t.Parallel()
	const mac = "02:00:00:00:00:07"
	serial := cameras.Pin{Kind: cameras.PinSerial, Vendor: "a", Model: "b", Value: "SN-A1B2C3"}
	door := cameras.Access{Main: "rtsp://192.0.2.7/main", ONVIF: "http://192.0.2.7:8000/onvif/device_service", Pin: serial, MAC: mac}
	local := cameras.Access{Main: "rtsp://localhost:8554/main", ONVIF: "http://localhost:8000/onvif/device_service", Pin: serial}
	recorder := door
	recorder.Source, recorder.Channels = "two", 2
	for what, c := range map[string]struct {
		own    cameras.Access
		looks  string
		number string // that the device says
		asked  bool
		shown  bool
	}{
		"at its address":            {door, "192.0.2.7", "SN-A1B2C3", false, false},
		"at another port of it":     {door, "192.0.2.7:81", "SN-A1B2C3", false, false},
		"seen at another address":   {door, "192.0.2.8", "SN-A1B2C3", false, false},
		"says so at another":        {door, "192.0.2.9", "SN-A1B2C3", true, false},
		"another device":            {door, "192.0.2.9", "SN-D4E5F6", true, true},
		"by name":                   {local, "rtsp://127.0.0.1:8554", "", false, false},
		"its service, by name":      {local, "http://127.0.0.1:8000", "", false, false},
		"at another of its own":     {local, "rtsp://127.0.0.2:8554", "", false, false},
		"another passed on":         {local, "http://127.0.0.1:8001", "SN-D4E5F6", true, true},
		"one channel of a recorder": {recorder, "192.0.2.7", "SN-A1B2C3", true, true},
	} {
		r := newRig(t)
		r.cfg.Here = true // where all of them are
		r.cfg.LinkAddress = func(ip netip.Addr) string {
			return map[string]string{"192.0.2.7": mac, "192.0.2.8": mac, "192.0.2.9": "02:00:00:00:00:09"}[ip.String()]
		}
		ann := r.person("ann")
		id := r.added(ann, "The door", c.own)
		host := "192.0.2.9"
		if c.own == local {
			host = map[bool]string{true: "127.0.0.1:8555", false: "127.0.0.1:8554"}[c.shown]
		}
		d := r.lookAtOne(host, "one", "two")
		d.Vendor, d.Model, d.Serial = "A", "B", c.number
		look := func() (Probe, error) {
			return r.Probe(t.Context(), ann, ProbeRequest{Address: c.looks, Username: "u", Password: "p"})
		}
		r.private(ann, id, true)
		p, err := look()
		var off OffAir
		if asked := len(d.asked) > 0; asked != c.asked || (err == nil) != c.shown || !c.shown && (!errors.As(err, &off) || off.Name != "The door" || !errors.Is(err, ErrPrivate) || d.fetched != 0) {
			t.Errorf("%s: asked %v, %v, fetched %d times", what, d.asked, err, d.fetched)
		}
		if n := r.Refused(); len(n) != 0 {
			t.Errorf("%s: counted %v", what, n)
		}
		if c.own == recorder {
			_, one := r.glimpse(ann, p.ID, 1)
			picture, two := r.glimpse(ann, p.ID, 2)
			if one != nil || two != ErrNotFound || picture != "" || !slices.Equal(d.without, []string{"two"}) || p.Channels[1].Reason != channelOff {
				t.Errorf("the recorder: %v, %v, without %v, %+v", one, two, d.without, p.Channels)
			}
		}
		r.private(ann, id, false)
		if p, err = look(); err != nil {
			t.Errorf("%s, on the air: %v", what, err)
		}
		if !c.shown {
			r.private(ann, id, true)
			if picture, err := r.glimpse(ann, p.ID, 1); !errors.Is(err, ErrPrivate) || picture != "" {
				t.Errorf("%s, of before: %q, %v", what, picture, err)
			}
		}
	}
}

// TestLookAtSharedRecorder: of a recorder a look leaves out the channels that are
// somebody else's, which nobody is told of for that; where nothing tells them apart, or no
// other is left, it shows nothing.
func TestLookAtSharedRecorder(t *testing.T) {
	t.Parallel()
	serial := cameras.Pin{Kind: cameras.PinSerial, Vendor: "a", Model: "b", Value: "SN-A1B2C3"}
	r := newRig(t)
	r.cfg.Here = true // where all of them are
	ann, bob, carol := r.person("ann"), r.person("bob"), r.person("carol")
	d := r.lookAtOne("192.0.2.7", "one", "two", "three")
	d.Vendor, d.Model, d.Serial = "A", "B", "SN-A1B2C3"
	d.Channels = append(d.Channels, probe.Channel{Source: "four", Reason: "It has no stream that can be recorded."})
	look := func(c account.Caller) (Probe, error) {
		return r.Probe(t.Context(), c, ProbeRequest{Address: "192.0.2.7", Password: c.Name})
	}
	own := r.added(ann, "of ann", cameras.Access{Main: "rtsp://192.0.2.7/one", Source: "one", Channels: 3, Pin: serial})
	r.added(bob, "of bob", cameras.Access{Main: "rtsp://192.0.2.7/two", Source: "two", Channels: 3, Pin: serial})
	p, err := look(bob)
	r.must(err)
	var said []string
	for _, c := range p.Channels {
		said = append(said, fmt.Sprint(c.Name, "|", c.Reason == channelTaken, "|", p.Added[c.Source]))
	}
	if got := fmt.Sprint(said); got != "[|true|false Yard|false|true Yard|false|false |false|false]" || len(p.Streams) != 2 || !slices.Equal(d.without, []string{"one"}) {
		t.Errorf("bob is shown %s, %+v, without %v", got, p.Streams, d.without)
	}
	for channel, want := range map[uint8]error{1: ErrNotFound, 2: nil, 3: nil} {
		if _, err := r.glimpse(bob, p.ID, channel); err != want {
			t.Errorf("the picture of channel %d: %v", channel, err)
		}
	}
	if n := r.Refused(); len(n) != 0 {
		t.Errorf("counted %v", n)
	}
	a, err := r.Probed(t.Context(), bob, ProbeChannel{p.ID, "three"})
	if err != nil || a.Channels != 3 {
		t.Errorf("the third: %+v, %v", a, err)
	}
	if _, err := r.Probed(t.Context(), bob, ProbeChannel{p.ID, "one"}); err != ErrWhichChannel {
		t.Errorf("ann's: %v", err)
	}
	if source, of, ok := r.probes.channelAt(bob, "rtsp://192.0.2.7/three"); !ok || source != "three" || of != 3 {
		t.Errorf("found at %q of %d, %v", source, of, ok)
	}

	// Taken meanwhile, it is ann's at once.
	r.added(ann, "of ann too", cameras.Access{Main: "rtsp://192.0.2.7/three", Source: "three", Channels: 3, Pin: serial})
	if _, err := r.glimpse(bob, p.ID, 3); err != ErrNotFound {
		t.Errorf("the picture of what is ann's by now: %v", err)
	}
	if _, err := r.Probed(t.Context(), bob, ProbeChannel{p.ID, "three"}); err != ErrKnownDevice || r.Refused()["camera identity"] != 1 {
		t.Errorf("what is ann's by now: %v, counted %v", err, r.Refused())
	}
	if _, err := r.glimpse(bob, p.ID, 2); err != nil {
		t.Errorf("his own: %v", err)
	}

	// Nothing is left for carol: each camera is told of once.
	if _, err := look(carol); err != ErrKnownDevice || r.Refused()["camera identity"] != 4 {
		t.Errorf("carol looks: %v, counted %v", err, r.Refused())
	}
	r.must(r.RemoveCamera(t.Context(), r.pass(ann, own, Manage)))
	if p, err := look(carol); err != nil || len(p.Streams) != 1 || p.Streams[0].Source != "one" {
		t.Errorf("carol looks: %+v, %v", p.Streams, err)
	}
	r.added(ann, "by hand", cameras.Access{Main: "rtsp://192.0.2.8/one", Pin: cameras.Pin{Kind: cameras.PinTLS, Value: strings.Repeat("0a", 32)}})
	d.TLS, d.Serial = strings.Repeat("0a", 32), ""
	d.Streams[0].URL = "rtsp://192.0.2.9/one"
	if _, err := look(carol); err != ErrKnownDevice {
		t.Errorf("of a recorder that is whose nobody knows: %v", err)
	}
}

// TestLookAtSharedRecorderTwice: a recorder that tells its channels only after the sign-in
// is signed in to where some of them may be anybody's, and nowhere else.
func TestLookAtSharedRecorderTwice(t *testing.T) {
	t.Parallel()
	for what, c := range map[string]struct {
		bobs cameras.Access
		asks bool // for its channels
		want string
	}{
		"one of several":   {cameras.Access{Main: "dvrip://10.0.0.7/?channel=1", Source: "1", Channels: 2}, true, "[1]"},
		"nobody knows":     {cameras.Access{Main: "dvrip://10.0.0.7/?channel=1"}, false, ""},
		"the only one":     {cameras.Access{Main: "dvrip://10.0.0.7/?channel=1", Source: "1", Channels: 1}, false, ""},
		"another recorder": {cameras.Access{Main: "dvrip://10.0.0.8/?channel=1", Source: "1", Channels: 2}, true, "[]"},
	} {
		r := newRig(t)
		r.cfg.Here = true // where all of them are
		ann, bob := r.person("ann"), r.person("bob")
		r.added(bob, "bob's", c.bobs)
		mine := r.added(ann, "mine", cameras.Access{Main: "dvrip://10.0.0.7/?channel=0", Source: "0", Channels: 2})
		r.private(ann, mine, true)
		asked, without := false, ""
		r.cfg.Prober = func(ctx context.Context, _ probe.Device, what probe.Ask) (l probe.Look, err error) {
			if out, err := what.Met(ctx, probe.Met{More: true, Channels: []probe.MetChannel{{URL: "dvrip://10.0.0.7"}}}); err != nil || len(out) != 0 {
				return l, err
			}
			asked, l.Code = true, probe.Found
			for _, source := range []string{"0", "1", "2"} {
				l.Channels = append(l.Channels, probe.Channel{Source: source})
				l.Streams = append(l.Streams, probe.Stream{Source: source, Role: probe.RoleMain, URL: "dvrip://10.0.0.7?channel=" + source})
			}
			out, err := what.Met(ctx, l.Met())
			out = slices.DeleteFunc(out, func(s string) bool { return s == "0" }) // ann's, off the air
			without = fmt.Sprint(out)
			return l, err
		}
		_, err := r.Probe(t.Context(), ann, ProbeRequest{Address: "10.0.0.7"})
		if asked != c.asks || (err == nil) != c.asks || err != nil && err != ErrKnownDevice || without != c.want {
			t.Errorf("%s: asked %v, without %s, %v", what, asked, without, err)
		}
	}
}

// TestLookEnds: what was looked at and has become somebody else's camera is neither shown
// nor changed nor added any more, and the look is over.
func TestLookEnds(t *testing.T) {
	t.Parallel()
	serial := cameras.Pin{Kind: cameras.PinSerial, Vendor: "a", Model: "b", Value: "SN-A1B2C3"}
	for what, ask := range map[string]func(r *rig, c account.Caller, id media.ProbeID) error{
		"shown": func(r *rig, c account.Caller, id media.ProbeID) error { _, err := r.glimpse(c, id, 1); return err },
		"changed": func(r *rig, c account.Caller, id media.ProbeID) error {
			_, err := r.FixProbe(t.Context(), c, id, nil)
			return err
		},
	} {
		r := newRig(t)
		r.cfg.Here = true // where all of them are
		ann, bob := r.person("ann"), r.person("bob")
		d := r.lookAtOne("192.0.2.7", "main")
		d.Vendor, d.Model, d.Serial = "A", "B", "SN-A1B2C3"
		p, err := r.Probe(t.Context(), ann, ProbeRequest{Address: "192.0.2.7"})
		r.must(err)
		r.must(ask(r, ann, p.ID))
		fetched := d.fetched
		r.added(bob, "bob's", cameras.Access{Main: "rtsp://192.0.2.9/main", Pin: serial})
		if err := ask(r, ann, p.ID); err != ErrKnownDevice || d.fetched != fetched || r.Refused()["camera identity"] != 1 {
			t.Errorf("%s: %v, fetched %d times, counted %v", what, err, d.fetched-fetched, r.Refused())
		}
		if err := ask(r, ann, p.ID); err != ErrNotFound {
			t.Errorf("%s again: %v", what, err)
		}
	}
}

// TestLyingChild: what a look says at last is compared as well.
func TestLyingChild(t *testing.T) {
	t.Parallel()
	serial := cameras.Pin{Kind: cameras.PinSerial, Vendor: "a", Model: "b", Value: "SN-A1B2C3"}
	r := newRig(t)
	r.cfg.Here = true // where all of them are
	ann, bob := r.person("ann"), r.person("bob")
	r.added(bob, "bob's", cameras.Access{Main: "rtsp://192.0.2.9/main", Pin: serial})
	r.cfg.Prober = func(ctx context.Context, _ probe.Device, what probe.Ask) (l probe.Look, err error) {
		if _, err := what.Met(ctx, probe.Met{Serial: "SN-D4E5F6", Channels: []probe.MetChannel{{}}}); err != nil {
			return l, err
		}
		l.Code, l.Vendor, l.Model, l.Serial = probe.Found, "A", "B", "SN-A1B2C3"
		return l, nil
	}
	if p, err := r.Probe(t.Context(), ann, ProbeRequest{Address: "192.0.2.7"}); err != ErrKnownDevice || len(r.probes.kept) != 0 {
		t.Errorf("%+v, %v", p, err)
	}
}

// TestTryAtAnothers: a new access is not tried at somebody else's camera, which would say
// whether its password is right.
func TestTryAtAnothers(t *testing.T) {
	t.Parallel()
	serial := cameras.Pin{Kind: cameras.PinSerial, Vendor: "a", Model: "b", Value: "SN-A1B2C3"}
	r := newRig(t)
	r.cfg.Here = true // where all of them are
	ann, bob := r.person("ann"), r.person("bob")
	r.added(bob, "bob's", cameras.Access{Main: "rtsp://192.0.2.9/main", Pin: serial})
	door := r.added(ann, "door", cameras.Access{Main: "rtsp://192.0.2.7/main"})
	yard := r.added(ann, "yard", cameras.Access{Main: "rtsp://192.0.2.8/main"})
	d := r.lookAtOne("192.0.2.9", "main")
	d.Vendor, d.Model, d.Serial = "A", "B", "SN-A1B2C3"
	word := "new word"
	n := NewAccess{Main: "rtsp://192.0.2.9/main", Username: "u", Password: &word}
	if err := r.TryAccess(t.Context(), ann, door, n); err != ErrKnownDevice || d.fetched != 0 {
		t.Errorf("at bob's: %v, fetched %d times", err, d.fetched)
	}
	r.private(ann, yard, true)
	n.Main = "rtsp://192.0.2.8/main"
	if err := r.TryAccess(t.Context(), ann, door, n); err != nil || len(d.asked) != 1 {
		t.Errorf("at one's own that is off the air: %v, asked %+v", err, d.asked)
	}
}

// TestGlimpseIsNoted: who saw pictures of a device that is no camera reads of it, by its
// address, as of pictures of a page; nobody else does.
func TestGlimpseIsNoted(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.cfg.Here = true // where all of them are
	list := r.told()
	ann, bob := r.person("ann"), r.person("bob")
	r.lookAtOne("192.0.2.7", "one", "two", "three")
	p, err := r.Probe(t.Context(), ann, ProbeRequest{Address: "192.0.2.7"})
	r.must(err)
	if _, err := r.glimpse(ann, p.ID, 9); err != ErrNotFound {
		t.Errorf("none: %v", err)
	}
	for channel := range uint8(3) {
		if _, err := r.glimpse(ann, p.ID, channel+1); err != nil {
			t.Error(err)
		}
	}
	var count, bytes int64
	for _, e := range list(ann) {
		if e.Kind != journal.Glimpse {
			continue
		}
		count, bytes = count+e.Count, bytes+e.Bytes
		if e.Account != ann.Account || !e.Owner.IsZero() || !e.Camera.IsZero() || e.Session != ann.Session || e.Detail["address"] != "192.0.2.7" {
			t.Errorf("%+v", e)
		}
	}
	if count != 3 || bytes != 3*int64(len("picture")) {
		t.Errorf("%d pictures of %d bytes", count, bytes)
	}
	for _, e := range list(bob) {
		if e.Kind == journal.Glimpse {
			t.Errorf("bob reads %+v", e)
		}
	}
	check, err := r.Gate.cfg.Journal.Check(t.Context(), journal.CheckQuery{Since: t0.Add(-time.Hour), Until: r.clock.Now()})
	if err != nil || len(check.WithoutGrant) != 0 || check.Deliveries == 0 || check.Bytes != bytes {
		t.Errorf("the check: %+v, %v", check, err)
	}
}
