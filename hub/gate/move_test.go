package gate

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"testing"

	"lares/cameras"
	"lares/cameras/discover"
	"lares/cameras/media"
	"lares/hub/journal"
)

const (
	doorMAC = "02:00:00:00:00:01"
	oldHost = "192.0.2.7"
	newHost = "192.0.2.77"
)

// TestFollow: a camera is followed to the one address behind which the kernel
// sees its link layer address, with all of its access but the hosts; what a
// device says of itself moves nothing and is asked about once.
func TestFollow(t *testing.T) {
	t.Parallel()
	serial := cameras.Pin{Kind: cameras.PinSerial, Value: "SN-A1B2C3"}
	at := func(c discover.Candidate, hosts ...string) discover.Candidate {
		for _, h := range hosts {
			c.Addresses = append(c.Addresses, netip.MustParseAddr(h))
		}
		return c
	}
	says := discover.Candidate{ID: "1", Serial: "sn-a1b2c3", MAC: doorMAC}
	for name, c := range map[string]struct {
		pin     cameras.Pin
		mac     string // that was seen
		kernel  map[string]string
		found   []discover.Candidate
		away    bool
		follows bool
		uuid    string // that was seen
		asks    string
	}{
		"the kernel sees it":            {serial, doorMAC, map[string]string{newHost: doorMAC}, []discover.Candidate{at(says, newHost)}, true, true, "", ""},
		"heard at both":                 {serial, doorMAC, map[string]string{newHost: doorMAC}, []discover.Candidate{at(says, oldHost, newHost)}, true, true, "", ""},
		"its pin is the MAC":            {cameras.Pin{Kind: cameras.PinMAC, Value: doorMAC}, "", map[string]string{newHost: doorMAC}, []discover.Candidate{at(discover.Candidate{}, newHost)}, true, true, "", ""},
		"its pin is its TLS key":        {cameras.Pin{Kind: cameras.PinTLS, Value: "k"}, doorMAC, map[string]string{newHost: doorMAC}, []discover.Candidate{at(says, newHost)}, true, true, "", ""},
		"it answers where it was":       {serial, doorMAC, map[string]string{newHost: doorMAC}, []discover.Candidate{at(says, newHost)}, false, false, "", ""},
		"it only says so":               {serial, doorMAC, map[string]string{newHost: "02:00:00:00:00:66"}, []discover.Candidate{at(says, newHost)}, true, false, "", newHost},
		"only its serial":               {serial, "", nil, []discover.Candidate{at(discover.Candidate{Serial: "SN-A1B2C3"}, newHost)}, true, false, "", newHost},
		"only the MAC that it says":     {cameras.Pin{Kind: cameras.PinMAC, Value: doorMAC}, "", nil, []discover.Candidate{at(says, newHost)}, true, false, "", newHost},
		"two say so":                    {serial, doorMAC, nil, []discover.Candidate{at(says, newHost), at(says, "192.0.2.78")}, true, false, "", newHost + ", 192.0.2.78"},
		"the kernel sees two":           {serial, doorMAC, map[string]string{newHost: doorMAC, "192.0.2.78": doorMAC}, []discover.Candidate{at(says, newHost, "192.0.2.78")}, true, false, "", ""},
		"one says so, one is seen":      {serial, doorMAC, map[string]string{newHost: doorMAC}, []discover.Candidate{at(says, newHost), at(says, "192.0.2.78")}, true, true, "", ""},
		"another camera lives there":    {serial, doorMAC, map[string]string{"192.0.2.9": doorMAC}, []discover.Candidate{at(says, "192.0.2.9")}, true, false, "", ""},
		"of another family":             {serial, doorMAC, map[string]string{"2001:db8::7": doorMAC}, []discover.Candidate{at(says, "2001:db8::7")}, true, false, "", ""},
		"nobody":                        {serial, doorMAC, nil, []discover.Candidate{at(discover.Candidate{Serial: "S-2", MAC: "x"}, newHost)}, true, false, "", ""},
		"it was never met":              {cameras.Pin{}, "", map[string]string{newHost: doorMAC}, []discover.Candidate{at(says, newHost)}, true, false, "", ""},
		"nothing is known, nothing is":  {serial, "", map[string]string{newHost: ""}, []discover.Candidate{at(discover.Candidate{}, newHost)}, true, false, "", ""},
		"its pin's serial is no serial": {cameras.Pin{Kind: cameras.PinTLS, Value: "sn-a1b2c3"}, "", nil, []discover.Candidate{at(says, newHost)}, true, false, "", ""},
		"only its UUID":                 {serial, doorMAC, nil, []discover.Candidate{at(discover.Candidate{UUID: "u-1"}, newHost)}, true, false, "u-1", newHost},
		"another UUID":                  {serial, doorMAC, nil, []discover.Candidate{at(discover.Candidate{UUID: "u-2"}, newHost)}, true, false, "u-1", ""},
		"two of one UUID":               {serial, doorMAC, nil, []discover.Candidate{at(discover.Candidate{UUID: "u-1"}, newHost), at(discover.Candidate{UUID: "u-1"}, "192.0.2.78")}, true, false, "u-1", newHost + ", 192.0.2.78"},
		"another's has that UUID":       {serial, doorMAC, nil, []discover.Candidate{at(discover.Candidate{UUID: "u-1"}, "192.0.2.9", newHost)}, true, false, "u-1", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			entries := r.told()
			ann, bob := r.person("ann"), r.person("bob")
			before := cameras.Access{
				Main: "rtsp://192.0.2.7:8554/main?x=1", Sub: "rtsp://192.0.2.7/sub", ONVIF: "http://192.0.2.7/onvif/device_service",
				Username: "user", Password: "camera secret", Pin: c.pin,
			}
			door, err := r.AddCamera(t.Context(), ann, NewCamera{Name: "door", Access: before})
			r.must(err)
			_, err = r.AddCamera(t.Context(), bob, NewCamera{Name: "other", Access: cameras.Access{Main: "rtsp://192.0.2.9/"}})
			r.must(err)
			if c.mac != "" {
				r.must(r.Seen(t.Context(), door, c.mac))
			}
			before.MAC, before.UUID = c.mac, c.uuid
			if c.uuid != "" {
				row, err := r.store.Camera(t.Context(), door)
				r.must(err)
				r.must(r.setAccess(t.Context(), row, before))
			}
			r.changed = nil
			r.cfg.LinkAddresses = kernel(c.kernel)
			r.cfg.Finder = &noticed{list: c.found}
			var away []media.CameraID
			if c.away {
				away = append(away, door)
			}
			for range 2 { // a second time nothing is new
				moved, err := r.Follow(t.Context(), away)
				r.must(err)
				if len(moved) > 0 {
					away = nil
				}
			}
			now, err := r.WorkerCamera(t.Context(), door)
			r.must(err)
			want := before
			if c.follows {
				want.Main, want.Sub, want.ONVIF = "rtsp://192.0.2.77:8554/main?x=1", "rtsp://192.0.2.77/sub", "http://192.0.2.77/onvif/device_service"
				want.Moved = cameras.Moved{Main: true, Sub: true}
			}
			if now.Access != want || (len(r.changed) == 1) != c.follows {
				t.Errorf("changed %d times, now %+v", len(r.changed), now.Access)
			}
			list, err := r.cfg.Journal.Notices(t.Context(), ann.Account)
			r.must(err)
			told := map[journal.NoticeKind]any{}
			for _, n := range list {
				told[n.Kind] = n.Detail["address"]
				if n.Detail["count"] != float64(1) || n.Camera != door {
					t.Errorf("told %+v", n)
				}
			}
			wanted := map[journal.NoticeKind]any{}
			if c.follows {
				wanted[journal.NoticeMoved] = newHost
			}
			if c.asks != "" {
				wanted[journal.NoticeElsewhere] = c.asks
			}
			if !maps.Equal(told, wanted) {
				t.Errorf("told %v, not %v", told, wanted)
			}
			moves := 0
			for _, e := range entries(ann) {
				if e.Kind == journal.CameraMoved && e.Camera == door && e.Detail["address"] == newHost {
					moves++
				}
			}
			if (moves == 1) != c.follows {
				t.Errorf("%d entries", moves)
			}
			if list, err := r.cfg.Journal.Notices(t.Context(), bob.Account); err != nil || len(list) != 0 {
				t.Errorf("another is told %v, %v", list, err)
			}
		})
	}
}

// kernel is a table of neighbours.
func kernel(known map[string]string) func() map[netip.Addr]string {
	table := map[netip.Addr]string{}
	for ip, mac := range known {
		table[netip.MustParseAddr(ip)] = mac
	}
	return func() map[netip.Addr]string { return table }
}

// TestFollowAsksLittle: however many devices there are and cameras that are away,
// the kernel's table is read once a time, and it is made to find out about few
// addresses, each once a minute: first about those that say they are the camera.
func TestFollowAsksLittle(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ann := r.person("ann")
	var away []media.CameraID
	for i := range 3 {
		id, err := r.AddCamera(t.Context(), ann, NewCamera{Name: "door", Access: cameras.Access{
			Main: fmt.Sprintf("rtsp://192.0.2.%d/", 7+i), Pin: cameras.Pin{Kind: cameras.PinMAC, Value: fmt.Sprintf("02:00:00:00:00:%02d", i+1)},
		}})
		r.must(err)
		away = append(away, id)
	}
	f := &noticed{}
	for i := range 100 {
		f.list = append(f.list, discover.Candidate{ID: fmt.Sprint(i), Addresses: []netip.Addr{netip.AddrFrom4([4]byte{198, 51, 100, byte(1 + i)})}})
	}
	f.list[99].MAC = doorMAC
	claimed := f.list[99].Addresses[0]
	readings, known, sought := 0, map[netip.Addr]string{}, map[netip.Addr]int{}
	r.cfg.Finder = f
	r.cfg.LinkAddresses = func() map[netip.Addr]string { readings++; return known }
	r.cfg.FindLink = func(a netip.Addr) { sought[a]++ }
	follow := func() {
		t.Helper()
		_, err := r.Follow(t.Context(), away)
		r.must(err)
	}
	follow()
	if readings != 1 || len(sought) != maxSought || sought[claimed] != 1 {
		t.Errorf("the table was read %d times, of %d addresses was found out, of the claimed one %d times", readings, len(sought), sought[claimed])
	}
	for range 9 {
		follow()
	}
	if most := slices.Max(slices.Collect(maps.Values(sought))); len(sought) != 100 || most != 1 {
		t.Errorf("within a minute of %d addresses was found out, of one %d times", len(sought), most)
	}
	r.clock.Advance(soughtAgain)
	follow()
	if sought[claimed] != 2 {
		t.Errorf("a minute later the kernel was asked %d times", sought[claimed])
	}
	known[claimed] = doorMAC
	r.clock.Advance(soughtAgain)
	moved, err := r.Follow(t.Context(), away)
	if err != nil || !slices.Equal(moved, away[:1]) || sought[claimed] != 2 {
		t.Errorf("moved %v, %v; asked %d times", moved, err, sought[claimed])
	}
}

// TestFollowIsNotTaken: whoever stands at a camera's new address with its identity
// is followed only while the camera is still the one that was looked at.
func TestFollowIsNotTaken(t *testing.T) {
	r := newRig(t)
	ann := r.person("ann")
	cam := r.camera(ann, "door")
	r.must(r.Learned(t.Context(), cam, cameras.Pin{Kind: cameras.PinMAC, Value: doorMAC}))
	old, err := r.store.Camera(t.Context(), cam)
	r.must(err)
	access, err := r.openAccess(old)
	r.must(err)
	r.must(r.Seen(t.Context(), cam, doorMAC)) // meanwhile
	r.changed = nil
	r.must(r.move(t.Context(), old, access, netip.MustParseAddr(oldHost), netip.MustParseAddr(newHost)))
	if now, err := r.WorkerCamera(t.Context(), cam); err != nil || now.Access.Main != access.Main || len(r.changed) != 0 {
		t.Errorf("%+v, %v", now, err)
	}
}

// TestMovedUntilGiven: an address that the hub found counts as found until the owner
// gives the password for it.
func TestMovedUntilGiven(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	ann := r.person("ann")
	id, err := r.AddCamera(ctx, ann, NewCamera{Name: "x", Access: cameras.Access{Main: "rtmp://" + newHost + "/main", Password: "secret", Moved: cameras.Moved{Main: true}}})
	r.must(err)
	word := "secret"
	for _, password := range []*string{nil, &word} {
		r.must(r.SetAccess(ctx, ann, id, NewAccess{Main: "rtmp://" + newHost + "/other", Password: password}))
		if is, err := r.WorkerCamera(ctx, id); err != nil || is.Access.Moved.Main != (password == nil) || is.Access.Password != word {
			t.Errorf("with a password %v: %+v, %v", password != nil, is.Access.Moved, err)
		}
	}
}
