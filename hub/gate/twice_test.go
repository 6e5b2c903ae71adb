package gate

import (
	"context"
	"net/netip"
	"strings"
	"testing"
	"time"

	"lares/cameras"
	"lares/cameras/media"
	"lares/hub/account"
	"lares/hub/journal"
)

// twice lists for which cameras somebody is told that they may be somebody else's too.
func (r *rig) twice(who account.Caller) (list []media.CameraID) {
	r.t.Helper()
	rows, err := r.store.Notices(r.t.Context(), who.Account, 10)
	r.must(err)
	for _, n := range rows {
		if n.Kind == string(journal.NoticeTwice) {
			list = append(list, n.Camera)
		}
	}
	return list
}

// TestToldOfPairs: two cameras that were recognised before pins of two kinds were compared
// are compared as the hub starts, and both owners are told, once: what they do about it at
// the device the hub does not see. Nobody is told of what is another device or channel, or is the same owner's, and all
// cameras go on.
func TestToldOfPairs(t *testing.T) {
	const mac, elsewhere = "02:00:00:00:00:07", "02:00:00:00:00:09"
	serial := cameras.Pin{Kind: cameras.PinSerial, Vendor: "a", Model: "b", Value: "SN-A1B2C3"}
	other := cameras.Pin{Kind: cameras.PinSerial, Vendor: "a", Model: "b", Value: "SN-D4E5F6"}
	key := cameras.Pin{Kind: cameras.PinTLS, Value: strings.Repeat("0a", 32)}
	at := func(main string, pin cameras.Pin, mac, source string) cameras.Access {
		return cameras.Access{Main: main, Pin: pin, MAC: mac, Source: source}
	}
	for what, c := range map[string]struct {
		bobs, anns cameras.Access
		same, told bool // the same owner's; both are told
	}{
		"one link layer address":  {at("rtsp://192.0.2.9/1", serial, mac, ""), at("rtsps://192.0.2.8/1", key, mac, ""), false, true},
		"one network address":     {at("rtsp://10.0.0.7/1", serial, "", ""), at("rtsps://10.0.0.7/1", key, "", ""), false, true},
		"the same channel":        {at("rtsp://10.0.0.7/1", serial, "", "one"), at("rtsps://10.0.0.7/1", key, "", "one"), false, true},
		"another channel":         {at("rtsp://10.0.0.7/1", serial, "", "one"), at("rtsps://10.0.0.7/2", key, "", "two"), false, false},
		"two link layer ones":     {at("rtsp://192.0.2.8/1", serial, mac, ""), at("rtsps://192.0.2.8/1", key, elsewhere, ""), false, false},
		"two network addresses":   {at("rtsp://10.0.0.7/1", serial, "", ""), at("rtsps://10.0.0.8/1", key, "", ""), false, false},
		"two numbers":             {at("rtsp://10.0.0.7/1", serial, "", ""), at("rtsp://10.0.0.7/2", other, "", ""), false, false},
		"the same owner's":        {at("rtsp://10.0.0.7/1", serial, "", ""), at("rtsps://10.0.0.7/1", key, "", ""), true, false},
		"one was not met, so far": {at("rtsp://10.0.0.7/1", serial, "", ""), at("rtsps://10.0.0.7/1", cameras.Pin{}, "", ""), false, false},
	} {
		t.Run(what, func(t *testing.T) {
			r := newRig(t)
			r.told()
			ctx := t.Context()
			r.Gate.cfg.LinkAddress = func(netip.Addr) string { return "" }
			bob, ann, eve := r.person("bob"), r.person("ann"), r.person("eve")
			if c.same {
				ann = bob
			}
			add := func(who account.Caller, a cameras.Access) media.CameraID {
				id := r.camera(who, "x")
				row, err := r.store.Camera(ctx, id)
				r.must(err)
				r.must(r.setAccess(ctx, row, a)) // as it was met by an older hub
				return id
			}
			his, hers := add(bob, c.bobs), add(ann, c.anns)
			r.camera(eve, "not met")
			for range 3 { // starts
				r.must(r.tellUntold(ctx))
				r.clock.Advance(time.Hour)
				for _, who := range []account.Caller{bob, ann} {
					r.must(r.Gate.cfg.Journal.ReadNotices(ctx, who.Account))
				}
			}
			told := func(who account.Caller, id media.CameraID) bool {
				list := r.twice(who)
				return len(list) == 1 && list[0] == id
			}
			if told(bob, his) != c.told || told(ann, hers) != c.told || !c.told && len(r.twice(bob))+len(r.twice(ann)) > 0 || len(r.twice(eve)) > 0 {
				t.Errorf("told: bob of %v, ann of %v, eve of %v", r.twice(bob), r.twice(ann), r.twice(eve))
			}
			if r.reached(his) != c.bobs || r.reached(hers) != c.anns {
				t.Errorf("they are reached by %+v and %+v", r.reached(his), r.reached(hers))
			}
		})
	}
}

// TestPairsAtStart: the gate compares them as it begins to run, without anything of a
// camera being seen.
func TestPairsAtStart(t *testing.T) {
	r := newRig(t)
	r.told()
	ctx, cancel := context.WithCancel(t.Context())
	r.Gate.cfg.LinkAddress = func(netip.Addr) string { return "" }
	bob, ann := r.person("bob"), r.person("ann")
	for who, a := range map[*account.Caller]cameras.Access{
		&bob: {Main: "rtsp://10.0.0.7/1", Pin: cameras.Pin{Kind: cameras.PinSerial, Vendor: "a", Model: "b", Value: "SN-A1B2C3"}},
		&ann: {Main: "rtsps://10.0.0.7/1", Pin: cameras.Pin{Kind: cameras.PinTLS, Value: strings.Repeat("0a", 32)}},
	} {
		row, err := r.store.Camera(ctx, r.camera(*who, "x"))
		r.must(err)
		r.must(r.setAccess(ctx, row, a))
	}
	ran := make(chan error, 1)
	go func() { ran <- r.Gate.Run(ctx) }()
	for deadline := time.Now().Add(time.Minute); len(r.twice(ann)) == 0 || len(r.twice(bob)) == 0; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Error("nobody is told")
			break
		}
	}
	cancel()
	r.must(<-ran)
}
