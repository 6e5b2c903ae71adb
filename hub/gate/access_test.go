package gate

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"lares/cameras"
	"lares/cameras/media"
	"lares/cameras/probe"
	"lares/hub/account"
	"lares/hub/journal"
)

// reached is how the worker of a camera is told to reach it.
func (r *rig) reached(id media.CameraID) cameras.Access {
	r.t.Helper()
	c, err := r.WorkerCamera(r.t.Context(), id)
	r.must(err)
	return c.Access
}

// TestSetAccess: the owner in person, and nobody else, says how a camera is
// reached; what was learned of the device, who may see it and what it recorded stay.
func TestSetAccess(t *testing.T) {
	r := newRig(t)
	list := r.told()
	ctx := t.Context()
	ann, bob := r.person("ann"), r.person("bob")
	door := r.camera(ann, "door")
	clip, _ := r.record(door)
	r.must(r.Grant(ctx, ann, GrantRequest{Camera: door, Account: bob.Account, Actions: []Action{Live, Manage}}))
	r.must(r.SetPrivacy(ctx, r.pass(ann, door, Manage), true))
	r.must(r.Learned(ctx, door, cameras.Pin{Kind: cameras.PinMAC, Value: "02:00:00:00:00:01"}))
	r.must(r.DigestOffered(ctx, door, media.StreamMain))
	before, changed := r.reached(door), len(r.changed)

	word := "another secret"
	n := NewAccess{Main: "rtsp://192.0.2.8/new", Sub: "rtsp://192.0.2.8/small", ONVIF: "http://192.0.2.8/onvif", Transport: cameras.TransportUDP, Username: "root", Password: &word}
	for what, c := range map[string]account.Caller{"who may manage it": bob, "somebody else": r.person("eve")} {
		if err := r.SetAccess(ctx, c, door, n); err != ErrNotFound {
			t.Errorf("%s changes it: %v", what, err)
		}
		if a, _, err := r.Access(ctx, c, door); err != ErrNotFound || a != (NewAccess{}) {
			t.Errorf("%s is told %+v, %v", what, a, err)
		}
	}
	if r.reached(door) != before {
		t.Error("it was changed")
	}
	r.clock.Advance(time.Minute)
	r.must(r.SetAccess(ctx, ann, door, n))
	want := before
	want.Main, want.Sub, want.ONVIF, want.Transport, want.Username, want.Password = n.Main, n.Sub, n.ONVIF, n.Transport, n.Username, word
	want.Digest, want.Since = cameras.Digest{}, r.clock.Now().UnixMilli()
	if got := r.reached(door); got != want {
		t.Errorf("reached by %+v\nwant %+v", got, want)
	}
	if !slices.Contains(r.changed[changed:], door) {
		t.Error("the worker hears nothing of it")
	}
	shown, has, err := r.Access(ctx, ann, door)
	if n.Password = nil; err != nil || shown != n || !has {
		t.Errorf("the owner is told %+v, %v, %v", shown, has, err)
	}
	r.clipPass(ann, clip, History)
	r.pass(bob, door, Live)
	if c, err := r.WorkerCamera(ctx, door); err != nil || !c.Private {
		t.Errorf("it is on the air: %v", err)
	}
	told := 0
	for _, e := range list(ann) {
		if e.Kind != journal.CameraAccess {
			continue
		}
		told++
		if e.Camera != door || e.Account != ann.Account || e.Detail["password"] != true || e.Detail["address"] != true {
			t.Errorf("%+v", e)
		}
	}
	if told != 1 {
		t.Errorf("%d rows of it in the journal", told)
	}
}

// TestChanged: which password goes where, and that a camera stays one that is
// recognised.
func TestChanged(t *testing.T) {
	at := time.UnixMilli(1_800_000_000_000)
	word, none := "new", ""
	base := cameras.Access{Main: "rtsp://cam.lan/1", ONVIF: "http://192.0.2.7/onvif", Username: "u", Password: "old", Digest: cameras.Digest{Main: true}, NotAt: "192.0.2.9"}
	serial, tls := base, base
	serial.Pin = cameras.Pin{Kind: cameras.PinSerial, Value: "S1"}
	tls.Main, tls.Pin = "rtsps://cam.lan/1", cameras.Pin{Kind: cameras.PinTLS, Value: strings.Repeat("0a", 32)}
	as := func(a cameras.Access, change func(*NewAccess)) NewAccess {
		n := NewAccess{a.Main, a.Sub, a.ONVIF, a.Transport, a.Username, nil}
		change(&n)
		return n
	}
	for what, c := range map[string]struct {
		was  cameras.Access
		n    NewAccess
		want error
	}{
		"nothing":                        {base, as(base, func(*NewAccess) {}), nil},
		"another path":                   {base, as(base, func(n *NewAccess) { n.Main = "rtsp://CAM.lan:8554/2" }), nil},
		"encrypted":                      {base, as(base, func(n *NewAccess) { n.Main = "rtsps://cam.lan/1" }), nil},
		"a stream beside":                {base, as(base, func(n *NewAccess) { n.Sub = "rtsp://192.0.2.7/2" }), nil},
		"another host":                   {base, as(base, func(n *NewAccess) { n.Main = "rtsp://192.0.2.8/1" }), ErrPasswordAgain},
		"a stream elsewhere":             {base, as(base, func(n *NewAccess) { n.Sub = "rtsp://192.0.2.8/1" }), ErrPasswordAgain},
		"another host, with it":          {base, as(base, func(n *NewAccess) { n.Main, n.Password = "rtsp://192.0.2.8/1", &word }), nil},
		"another host, without any":      {base, as(base, func(n *NewAccess) { n.Main, n.Password = "rtsp://192.0.2.8/1", &none }), nil},
		"unencrypted":                    {tls, as(tls, func(n *NewAccess) { n.Sub = "rtsp://cam.lan/2" }), ErrPasswordAgain},
		"no ONVIF":                       {base, as(base, func(n *NewAccess) { n.ONVIF = "" }), nil},
		"no ONVIF to tell the serial":    {serial, as(serial, func(n *NewAccess) { n.ONVIF = "" }), ErrSerialLost},
		"no key to show":                 {tls, as(tls, func(n *NewAccess) { n.Main, n.Password = "rtsp://cam.lan/1", &word }), ErrKeyLost},
		"no camera":                      {base, as(base, func(n *NewAccess) { n.Main = "exec:ls" }), ErrInput},
		"no main":                        {base, as(base, func(n *NewAccess) { n.Main = "" }), ErrInput},
		"credentials":                    {base, as(base, func(n *NewAccess) { n.Main = "rtsp://u:p@cam.lan/1" }), ErrInput},
		"no transport":                   {base, as(base, func(n *NewAccess) { n.Transport = "multicast" }), ErrInput},
		"ONVIF of something else":        {base, as(base, func(n *NewAccess) { n.ONVIF = "rtsp://cam.lan/" }), ErrInput},
		"a password at the same address": {base, as(base, func(n *NewAccess) { n.Password = &word }), nil},
	} {
		is, err := changed(c.was, c.n, at)
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", what, err, c.want)
			continue
		}
		if err != nil {
			continue
		}
		same := hostOf(is.Main) == hostOf(c.was.Main)
		if is.Pin != c.was.Pin || is.Digest.Main != same {
			t.Errorf("%s: %+v", what, is)
		}
		if since := c.n.Password != nil; since != (is.Since == at.UnixMilli()) || !since && is.Password != "old" || since && is.Password != *c.n.Password {
			t.Errorf("%s: password %q since %d", what, is.Password, is.Since)
		}
	}
}

// TestSetAccessOfAnothersPassword: a camera does not get the password of another
// owner's, and one that gets it where nobody could tell yet does not count as the
// older of the two.
func TestSetAccessOfAnothersPassword(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	ann, bob := r.person("ann"), r.person("bob")
	first, err := r.AddCamera(ctx, ann, NewCamera{Name: "x", Access: cameras.Access{Main: "rtsp://first.lan/", Username: "admin", Password: "of ann"}})
	r.must(err)
	r.clock.Advance(time.Second)
	plain := r.camera(bob, "plain")
	r.clock.Advance(time.Second)
	second, err := r.AddCamera(ctx, bob, NewCamera{Name: "x", Access: cameras.Access{Main: "rtsp://second.lan/", Username: "admin", Password: "of bob"}})
	r.must(err)
	word := "of bob"
	if err := r.SetAccess(ctx, ann, first, NewAccess{Main: "rtsp://192.0.2.7/", Username: "admin", Password: &word}); err != ErrSharedPassword {
		t.Errorf("of a camera that nothing tells: %v", err)
	}
	if n := r.Refused()["camera password"]; n != 1 {
		t.Errorf("counted %d times", n)
	}
	if is := r.reached(first); is.Password != "of ann" {
		t.Errorf("it has %q", is.Password)
	}
	r.clock.Advance(time.Second)
	r.must(r.SetAccess(ctx, ann, first, NewAccess{Main: "rtsp://first.lan/", Username: "admin", Password: &word}))
	if err := r.Unpinned(ctx, second); err != nil {
		t.Errorf("bob's, which had it before: %v", err)
	}
	if err := r.Unpinned(ctx, first); !errors.Is(err, cameras.ErrSharedPassword) {
		t.Errorf("ann's, which got it: %v", err)
	}
	r.must(r.Unpinned(ctx, plain))
}

// TestRename: who may manage a camera says what it is called.
func TestRename(t *testing.T) {
	r := newRig(t)
	list := r.told()
	ctx := t.Context()
	ann, bob, eve := r.person("ann"), r.person("bob"), r.person("eve")
	door := r.camera(ann, "door")
	r.must(r.Grant(ctx, ann, GrantRequest{Camera: door, Account: bob.Account, Actions: []Action{Manage}}))
	r.must(r.Grant(ctx, ann, GrantRequest{Camera: door, Account: eve.Account, Actions: []Action{Live}}))
	managing := r.pass(bob, door, Manage)
	r.must(r.Rename(ctx, managing, "gate"))
	for _, c := range []account.Caller{ann, bob, eve} {
		if v, err := r.Camera(ctx, c, door); err != nil || v.Name != "gate" {
			t.Errorf("%s: %q %v", c.Name, v.Name, err)
		}
	}
	for _, name := range []string{"", " gate", strings.Repeat("x", maxName+1), "a\x00"} {
		if err := r.Rename(ctx, managing, name); !errors.Is(err, ErrInput) {
			t.Errorf("%q: %v", name, err)
		}
	}
	if err := r.Rename(ctx, r.pass(eve, door, Live), "eve's"); !errors.Is(err, ErrCrossed) {
		t.Errorf("with a pass to look: %v", err)
	}
	r.must(r.Revoke(ctx, ann, door, bob.Account))
	if err := r.Rename(ctx, managing, "bob's"); err != ErrNotFound {
		t.Errorf("with a pass whose grant is gone: %v", err)
	}
	n := 0
	for _, e := range list(ann) {
		if e.Kind == journal.CameraRenamed && e.Camera == door && e.Account == bob.Account {
			n++
		}
	}
	if v, err := r.Camera(ctx, ann, door); err != nil || v.Name != "gate" || n != 1 {
		t.Errorf("%q %v, %d rows in the journal", v.Name, err, n)
	}
}

// TestSetAccessToAnothersChannel: a channel of a recorder does not become one that
// may be somebody else's.
func TestSetAccessToAnothersChannel(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	ann, bob := r.person("ann"), r.person("bob")
	var ids []media.CameraID
	for i, who := range []account.Caller{ann, bob} {
		source := []string{"one", "two"}[i]
		id, err := r.AddCamera(ctx, who, NewCamera{Name: "x", Access: cameras.Access{Main: "rtsp://192.0.2.7/" + source, ONVIF: "http://192.0.2.7/onvif", Source: source}})
		r.must(err)
		r.must(r.Learned(ctx, id, cameras.Pin{Kind: cameras.PinSerial, Vendor: "a", Model: "b", Value: "SN-A1B2C3"}))
		ids = append(ids, id)
	}
	word := "of the recorder"
	same := NewAccess{Main: "rtsp://192.0.2.7:554/one/", ONVIF: "http://192.0.2.7/onvif", Username: "u", Password: &word}
	r.must(r.SetAccess(ctx, ann, ids[0], same))
	if is := r.reached(ids[0]); is.Source != "one" {
		t.Errorf("the channel is %q", is.Source)
	}
	same.Main = "rtsp://192.0.2.7/two"
	if err := r.SetAccess(ctx, ann, ids[0], same); err != ErrLookAgain {
		t.Errorf("another channel: %v", err)
	}
	r.recorderAt("192.0.2.7", "one", "two")
	look := func(who account.Caller) {
		_, err := r.Probe(ctx, who, ProbeRequest{Address: "192.0.2.7"})
		r.must(err)
	}
	look(bob)
	if err := r.SetAccess(ctx, ann, ids[0], same); err != ErrLookAgain {
		t.Errorf("another channel, at which another looked: %v", err)
	}
	look(ann)
	if err := r.SetAccess(ctx, ann, ids[0], same); err != ErrKnownDevice {
		t.Errorf("another's channel: %v", err)
	}
	r.must(r.RemoveCamera(ctx, r.pass(bob, ids[1], Manage)))
	r.must(r.SetAccess(ctx, ann, ids[0], same))
	if is := r.reached(ids[0]); is.Source != "two" || is.Channels != 2 {
		t.Errorf("the channel is %q of %d", is.Source, is.Channels)
	}
}

// recorderAt has looks find a recorder with these channels, each at a path of its name.
func (r *rig) recorderAt(host string, channels ...string) {
	r.cfg.Prober = func(ctx context.Context, _ probe.Device, what probe.Ask) (l probe.Look, err error) {
		l.Code = probe.Found
		for _, name := range channels {
			l.Channels = append(l.Channels, probe.Channel{Source: name})
			l.Streams = append(l.Streams, probe.Stream{Source: name, Role: probe.RoleMain, URL: "rtsp://" + host + "/" + name})
		}
		_, err = what.Met(ctx, l.Met())
		return l, err
	}
}

// TestChannelOfNewAddress: a camera stays the channel that it is where only the place of
// its device changes; another one is what a look found there, and else it is refused: no
// channel of a recorder is without its name.
func TestChannelOfNewAddress(t *testing.T) {
	r := newRig(t)
	ann := r.person("ann")
	pin := cameras.Pin{Kind: cameras.PinSerial, Vendor: "a", Model: "b", Value: "SN-A1B2C3"}
	r.recorderAt("192.0.2.9", "one", "two", "three")
	_, err := r.Probe(t.Context(), ann, ProbeRequest{Address: "192.0.2.9"})
	r.must(err)
	recorder := cameras.Access{Main: "rtsp://192.0.2.7/one?s=0", Source: "one", Channels: 3, Pin: pin}
	unmet, single, older, byHand := recorder, recorder, recorder, recorder
	unmet.Pin, single.Channels, older.Channels, byHand.Source = cameras.Pin{}, 1, 0, ""
	unmetSingle := single
	unmetSingle.Pin = cameras.Pin{}
	for _, c := range []struct {
		what   string
		was    cameras.Access
		main   string
		source string
		of     int
		err    error
	}{
		{"nothing changed", recorder, "rtsp://192.0.2.7:554/one/?s=0", "one", 3, nil},
		{"the host moved", recorder, "rtsp://192.0.2.8/one?s=0", "one", 3, nil},
		{"it has a name now", recorder, "rtsp://recorder.lan/one?s=0", "one", 3, nil},
		{"it is encrypted now", recorder, "rtsps://192.0.2.7/one?s=0", "one", 3, nil},
		{"added before it was counted", older, "rtsp://192.0.2.8/one?s=0", "one", 0, nil},
		{"another path", recorder, "rtsp://192.0.2.7/two?s=0", "", 0, ErrLookAgain},
		{"another query", recorder, "rtsp://192.0.2.7/one?s=1", "", 0, ErrLookAgain},
		{"another port", recorder, "rtsp://192.0.2.7:555/one?s=0", "", 0, ErrLookAgain},
		{"another path, before it was counted", older, "rtsp://192.0.2.7/two?s=0", "", 0, ErrLookAgain},
		{"the host moved of one that was never met", unmet, "rtsp://192.0.2.8/one?s=0", "", 0, ErrLookAgain},
		{"looked at", recorder, "rtsp://192.0.2.9:554/two", "two", 3, nil},
		{"never met, and looked at", unmet, "rtsp://192.0.2.9/two", "two", 3, nil},
		{"no recorder, another path", single, "rtsp://192.0.2.7/x", "", 0, nil}, // it may be one by now
		{"no recorder, moved", single, "rtsp://192.0.2.8/one?s=0", "one", 1, nil},
		{"no recorder, never met", unmetSingle, "rtsp://192.0.2.8/x", "", 0, nil},
		{"nobody told", byHand, "rtsp://192.0.2.8/x", "", 3, nil},
	} {
		is := c.was
		is.Main = c.main
		if source, of, err := r.channel(ann, c.was, is); source != c.source || of != c.of || err != c.err {
			t.Errorf("%s: %q of %d, %v", c.what, source, of, err)
		}
	}
}

// TestChannelOfNewSub: a sub stream is of the channel that the main stream is of: it was,
// or a look of the same session found it so.
func TestChannelOfNewSub(t *testing.T) {
	r := newRig(t)
	ann := r.person("ann")
	r.cfg.Prober = func(context.Context, probe.Device, probe.Ask) (l probe.Look, err error) {
		l.Code = probe.Found
		for _, name := range []string{"one", "two"} {
			l.Channels = append(l.Channels, probe.Channel{Source: name})
			for _, small := range []string{"", "/small"} {
				l.Streams = append(l.Streams, probe.Stream{Source: name, URL: "rtsp://192.0.2.9/" + name + small})
			}
		}
		return l, nil
	}
	must2(r.Probe(t.Context(), ann, ProbeRequest{Address: "192.0.2.9"}))
	pin := cameras.Pin{Kind: cameras.PinSerial, Vendor: "a", Model: "b", Value: "SN-A1B2C3"}
	recorder := cameras.Access{Main: "rtsp://192.0.2.7/one", Sub: "rtsp://192.0.2.7/one/sub", Source: "one", Channels: 2, Pin: pin}
	single, bare, at9, byHand := recorder, recorder, recorder, recorder
	single.Channels, bare.Sub, byHand.Source = 1, "", ""
	at9.Main, at9.Sub = "rtsp://192.0.2.9/one", ""
	for _, c := range []struct {
		what      string
		was       cameras.Access
		main, sub string
		source    string
		err       error
	}{
		{"none any more", recorder, recorder.Main, "", "one", nil},
		{"both moved", recorder, "rtsp://192.0.2.8/one", "rtsp://192.0.2.8/one/sub", "one", nil},
		{"the main stream twice", bare, bare.Main, bare.Main, "one", nil},
		{"another's", recorder, recorder.Main, "rtsp://192.0.2.7/two/sub", "", ErrSubLookAgain},
		{"another's, where there was none", bare, bare.Main, "rtsp://192.0.2.7/two/sub", "", ErrSubLookAgain},
		{"another's, of what was alone", single, single.Main, "rtsp://192.0.2.7/two/sub", "", nil},
		{"looked at", at9, at9.Main, "rtsp://192.0.2.9/one/small", "one", nil},
		{"looked at, another's", at9, at9.Main, "rtsp://192.0.2.9/two/small", "", ErrSubLookAgain},
		{"looked at, both another's", at9, "rtsp://192.0.2.9/two", "rtsp://192.0.2.9/two/small", "two", nil},
		{"looked at, the main stream another's", at9, "rtsp://192.0.2.9/two", "rtsp://192.0.2.9/one", "", ErrSubLookAgain},
		{"nobody told", byHand, byHand.Main, "rtsp://192.0.2.7/two/sub", "", nil},
	} {
		is := c.was
		is.Main, is.Sub = c.main, c.sub
		if source, _, err := r.channel(ann, c.was, is); source != c.source || err != c.err {
			t.Errorf("%s: %q, %v", c.what, source, err)
		}
	}
}
