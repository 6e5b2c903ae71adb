package gate

import (
	"maps"
	"net/netip"
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
	serial := cameras.Pin{Kind: cameras.PinSerial, Value: "S-1"}
	at := func(c discover.Candidate, hosts ...string) discover.Candidate {
		for _, h := range hosts {
			c.Addresses = append(c.Addresses, netip.MustParseAddr(h))
		}
		return c
	}
	says := discover.Candidate{ID: "1", Serial: "s-1", MAC: doorMAC}
	for name, c := range map[string]struct {
		pin     cameras.Pin
		mac     string // that was seen
		kernel  map[string]string
		found   []discover.Candidate
		away    bool
		follows bool
		asks    bool
	}{
		"the kernel sees it":            {serial, doorMAC, map[string]string{newHost: doorMAC}, []discover.Candidate{at(says, newHost)}, true, true, false},
		"heard at both":                 {serial, doorMAC, map[string]string{newHost: doorMAC}, []discover.Candidate{at(says, oldHost, newHost)}, true, true, false},
		"its pin is the MAC":            {cameras.Pin{Kind: cameras.PinMAC, Value: doorMAC}, "", map[string]string{newHost: doorMAC}, []discover.Candidate{at(discover.Candidate{}, newHost)}, true, true, false},
		"its pin is its TLS key":        {cameras.Pin{Kind: cameras.PinTLS, Value: "k"}, doorMAC, map[string]string{newHost: doorMAC}, []discover.Candidate{at(says, newHost)}, true, true, false},
		"it answers where it was":       {serial, doorMAC, map[string]string{newHost: doorMAC}, []discover.Candidate{at(says, newHost)}, false, false, false},
		"it only says so":               {serial, doorMAC, map[string]string{newHost: "02:00:00:00:00:66"}, []discover.Candidate{at(says, newHost)}, true, false, true},
		"only its serial":               {serial, "", nil, []discover.Candidate{at(discover.Candidate{Serial: "S-1"}, newHost)}, true, false, true},
		"only the MAC that it says":     {cameras.Pin{Kind: cameras.PinMAC, Value: doorMAC}, "", nil, []discover.Candidate{at(says, newHost)}, true, false, true},
		"two say so":                    {serial, doorMAC, nil, []discover.Candidate{at(says, newHost), at(says, "192.0.2.78")}, true, false, false},
		"the kernel sees two":           {serial, doorMAC, map[string]string{newHost: doorMAC, "192.0.2.78": doorMAC}, []discover.Candidate{at(says, newHost, "192.0.2.78")}, true, false, false},
		"one says so, one is seen":      {serial, doorMAC, map[string]string{newHost: doorMAC}, []discover.Candidate{at(says, newHost), at(says, "192.0.2.78")}, true, true, false},
		"another camera lives there":    {serial, doorMAC, map[string]string{"192.0.2.9": doorMAC}, []discover.Candidate{at(says, "192.0.2.9")}, true, false, false},
		"of another family":             {serial, doorMAC, map[string]string{"2001:db8::7": doorMAC}, []discover.Candidate{at(says, "2001:db8::7")}, true, false, false},
		"nobody":                        {serial, doorMAC, nil, []discover.Candidate{at(discover.Candidate{Serial: "S-2", MAC: "x"}, newHost)}, true, false, false},
		"it was never met":              {cameras.Pin{}, "", map[string]string{newHost: doorMAC}, []discover.Candidate{at(says, newHost)}, true, false, false},
		"nothing is known, nothing is":  {serial, "", map[string]string{newHost: ""}, []discover.Candidate{at(discover.Candidate{}, newHost)}, true, false, false},
		"its pin's serial is no serial": {cameras.Pin{Kind: cameras.PinTLS, Value: "s-1"}, "", nil, []discover.Candidate{at(says, newHost)}, true, false, false},
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
			before.MAC = c.mac
			r.changed = nil
			r.cfg.LinkAddress = func(ip netip.Addr) string { return c.kernel[ip.String()] }
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
				want.Digest = cameras.Digest{Main: true, Sub: true}
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
			if c.asks {
				wanted[journal.NoticeElsewhere] = newHost
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
