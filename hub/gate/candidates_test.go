package gate

import (
	"context"
	"net/netip"
	"slices"
	"testing"
	"time"

	"lares/cameras"
	"lares/cameras/discover"
	"lares/cameras/media"
	"lares/hub/account"
)

// noticed is a Finder that found what the test says.
type noticed struct {
	list   []discover.Candidate
	looks  int
	refuse error
	left   []discover.Unscanned
}

func (n *noticed) Candidates() []discover.Candidate { return n.list }
func (n *noticed) Searching() bool                  { return true }
func (n *noticed) Unscanned() []discover.Unscanned  { return n.left }
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
	f.left = []discover.Unscanned{{Network: netip.MustParsePrefix("10.0.0.0/16")}}
	if left, err := r.Unscanned(ctx, ann); err != nil || len(left) != 1 || left[0] != f.left[0] {
		t.Error(left, err)
	}
	if left, err := r.Unscanned(ctx, program); err != ErrNotFound || left != nil {
		t.Error(left, err)
	}
	f.refuse = discover.ErrScanning
	if err := r.Scan(ctx, ann); err != ErrScanning {
		t.Error(err)
	}
	r.clock.Advance(-2 * 24 * 365 * 3600 * 1e9)
	if _, _, err := r.Candidates(ctx, ann); err != ErrUnavailable {
		t.Error(err)
	}
	if _, err := r.Unscanned(ctx, ann); err != ErrUnavailable {
		t.Error(err)
	}
}

// TestClaimedCandidate: whoever enters the address of another's camera is told no more of
// the device than before, and takes it out of nobody's list; a camera that was recognised
// there shows whose it is, whoever was first.
func TestClaimedCandidate(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ann, bob := r.person("ann"), r.person("bob")
	r.cfg.Finder = &noticed{list: []discover.Candidate{found("01", "192.0.2.7", "rtsp://192.0.2.7:554/x")}}
	want := func(when string, of account.Caller, added ...bool) {
		t.Helper()
		list, _, err := r.Candidates(t.Context(), of)
		r.must(err)
		if !slices.EqualFunc(list, added, func(c Candidate, a bool) bool { return c.Added == a }) {
			t.Errorf("%s: %s is told %+v, want %v", when, of.Name, list, added)
		}
	}
	want("nobody's", bob, false)
	r.camera(ann, "door")
	want("ann's", bob)
	r.clock.Advance(time.Second)
	r.camera(bob, "guess")
	want("bob guessed", bob)
	want("bob guessed", ann, true)

	r.cfg.Finder = &noticed{list: []discover.Candidate{found("02", "192.0.2.8", "rtsp://192.0.2.8:554/x")}}
	at := func(of account.Caller, host string) media.CameraID {
		t.Helper()
		id, err := r.AddCamera(t.Context(), of, NewCamera{Name: host, Access: cameras.Access{Main: "rtsp://" + host + "/x", Username: of.Name, Password: "secret of " + of.Name}})
		r.must(err)
		return id
	}
	at(bob, "192.0.2.8")
	want("bob was first", ann)
	r.clock.Advance(time.Second)
	r.must(r.Learned(t.Context(), at(ann, "192.0.2.9"), cameras.Pin{Kind: cameras.PinSerial, Value: "serial-02", Vendor: "Axis", Model: "M1"}))
	want("a camera of ann's moved there", bob)
	want("a camera of ann's moved there", ann, true)
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

// TestRecorderCandidate: of a recorder it is told how many of its channels are the
// caller's and how many there are; two cameras of one channel are one, and cameras of
// others do not count.
func TestRecorderCandidate(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ann, bob := r.person("ann"), r.person("bob")
	r.cfg.Finder = &noticed{list: []discover.Candidate{found("01", "192.0.2.7", "rtsp://192.0.2.7:554/x"), found("02", "192.0.2.8", "")}}
	add := func(of account.Caller, path, source string, channels int) {
		t.Helper()
		_, err := r.AddCamera(t.Context(), of, NewCamera{Name: path, Access: cameras.Access{
			Main: "rtsp://192.0.2.7/" + path, Source: source, Channels: channels, Username: of.Name, Password: "secret of " + of.Name,
		}})
		r.must(err)
	}
	want := func(want Channels) {
		t.Helper()
		list, _, err := r.Candidates(t.Context(), ann)
		r.must(err)
		if list[0].Channels != want || list[0].Added != (want.Added > 0) || list[1].Channels != (Channels{}) {
			t.Errorf("%+v, not %+v", list, want)
		}
	}
	want(Channels{})
	add(ann, "1", "a", 4)
	want(Channels{1, 4})
	add(ann, "1?again", "a", 4)
	r.clock.Advance(time.Second)
	add(bob, "2", "b", 4)
	want(Channels{1, 4})
	add(ann, "3", "", 0) // by its addresses
	want(Channels{2, 4})
}

// TestDVRIPCandidate: a device that speaks DVRIP alone is looked at over that, and known
// by the address of its stream; one that also tells of its streams is asked.
func TestDVRIPCandidate(t *testing.T) {
	t.Parallel()
	speaks := func(list ...string) (c discover.Candidate) {
		c = found("03", "192.0.2.9", "")
		for i := 0; i < len(list); i += 2 {
			c.Speaks = append(c.Speaks, discover.Protocol{Name: list[i], URL: list[i+1]})
		}
		return c
	}
	dvrip := []string{"dvrip", "dvrip://192.0.2.9:34567"}
	r := newRig(t)
	ann := r.person("ann")
	for name, c := range map[string]struct {
		found discover.Candidate
		alone bool
	}{
		"DVRIP alone":         {speaks(dvrip...), true},
		"and a web page":      {speaks(append([]string{"http", "http://192.0.2.9:80"}, dvrip...)...), true},
		"and ONVIF":           {speaks(append([]string{"onvif", "http://192.0.2.9:80/onvif/device_service"}, dvrip...)...), false},
		"and RTSP, said last": {speaks(append(dvrip, "rtsp", "rtsp://192.0.2.9:554")...), false},
		"something else":      {speaks("tapo", "tapo://192.0.2.9:8800"), false},
	} {
		r.cfg.Finder = &noticed{list: []discover.Candidate{c.found}}
		d, err := r.deviceOf(ProbeRequest{Candidate: "03"})
		if r.must(err); (d.DVRIP == dvrip[1]) != c.alone || (d.ONVIF == "" && d.RTSP == "") != c.alone || d.Host() != "192.0.2.9" {
			t.Errorf("%s: %+v", name, d)
		}
	}

	two := speaks("dvrip", "dvrip://192.0.2.9:34568") // of one address, at another port
	two.ID = "04"
	r.cfg.Finder = &noticed{list: []discover.Candidate{speaks(dvrip...), two}}
	_, err := r.AddCamera(t.Context(), ann, NewCamera{Name: "yard", Access: cameras.Access{Main: dvrip[1] + "?channel=0&subtype=0", Username: "admin", Password: "camera secret"}})
	r.must(err)
	list, _, err := r.Candidates(t.Context(), ann)
	if r.must(err); !list[0].Added || list[1].Added {
		t.Errorf("once it is added: %+v", list)
	}
	var both []discover.Candidate
	for id, port := range map[string]string{"05": "19443", "06": "19444"} {
		one := found(id, "192.0.2.10", "")
		one.Speaks = []discover.Protocol{{Name: "kasa", URL: "kasa://192.0.2.10:" + port}}
		both = append(both, one)
	}
	r.cfg.Finder = &noticed{list: both}
	_, err = r.AddCamera(t.Context(), ann, NewCamera{Name: "porch", Access: cameras.Access{Main: "kasa://192.0.2.10", Username: "a@b.example", Password: "account secret"}})
	r.must(err)
	list, _, err = r.Candidates(t.Context(), ann)
	if r.must(err); list[0].Added != (list[0].ID == "05") || list[1].Added != (list[1].ID == "05") {
		t.Errorf("a camera of Kasa, once it is added: %+v", list)
	}
}
