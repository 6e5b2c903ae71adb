//go:build crossfault

package gate

import (
	"encoding/json"
	"errors"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"lares/cameras"
	"lares/cameras/fault"
	"lares/cameras/media"
	"lares/cameras/privacy"
	"lares/cameras/schedule"
	"lares/cameras/seal"
	"lares/hub/account"
	"lares/hub/store"
	"lares/recorder"
)

// lists are the lists of a person, and how a camera of theirs is reached, by the site
// where each could cross.
var lists = map[fault.Site]func(*house) (int, error){
	fault.CameraList: func(h *house) (int, error) {
		list, err := h.r.Cameras(h.r.t.Context(), h.owner)
		if err != nil {
			if one, err := h.r.Camera(h.r.t.Context(), h.owner, h.door); err == nil {
				return 0, errors.New("a single camera of another list: " + one.Name)
			}
		}
		return len(list), err
	},
	fault.CameraAccess: func(h *house) (int, error) {
		a, _, err := h.r.Access(h.r.t.Context(), h.owner, h.door)
		return len(a.Main), err
	},
	fault.LinkList: func(h *house) (int, error) {
		list, err := h.r.Links(h.r.t.Context(), h.owner)
		return len(list), err
	},
	fault.TokenList: (*house).tokens, fault.TokenCameras: (*house).tokens,
	fault.TransferList: func(h *house) (int, error) {
		list, err := h.r.Transfers(h.r.t.Context(), h.owner)
		return len(list), err
	},
	fault.GrantList: func(h *house) (int, error) {
		list, err := h.r.Grants(h.r.t.Context(), h.owner, h.door)
		return len(list), err
	},
	fault.SessionList: func(h *house) (int, error) {
		list, err := h.r.accounts.Sessions(h.r.t.Context(), h.owner)
		return len(list), err
	},
	fault.ExitList: func(h *house) (int, error) {
		list, err := h.r.Exits(h.r.t.Context(), h.owner)
		return len(list), err
	},
	fault.ClipList: func(h *house) (int, error) {
		page, err := h.r.Recordings(h.r.t.Context(), h.owner, RecordingFilter{Camera: h.door, From: t0.Add(-time.Hour), To: t0.Add(time.Hour)})
		return len(page.Recordings), err
	},
	fault.GapList: func(h *house) (int, error) {
		page, err := h.r.Gaps(h.r.t.Context(), h.owner, RecordingFilter{Camera: h.door, From: t0.Add(-time.Hour), To: t0.Add(time.Hour)})
		return len(page.Gaps), err
	},
	fault.Timeline: func(h *house) (int, error) {
		of, err := h.r.Timeline(h.r.t.Context(), h.owner, TimelineFilter{Cameras: []media.CameraID{h.door}, From: t0.Add(-time.Hour), To: t0.Add(time.Hour), Buckets: 100})
		n := 0
		for _, c := range of.Cameras {
			n += len(c.Recorded)
		}
		return n, err
	},
	fault.ExitRow: func(h *house) (int, error) {
		to, err := h.r.AskDetector(h.r.t.Context(), h.door, 1000)
		return len(to.Address), err
	},
	fault.PrivacyRow: func(h *house) (int, error) {
		c, err := h.r.WorkerCamera(h.r.t.Context(), h.door)
		return len(c.Access.Main), err
	},
	fault.EventRuleRow: func(h *house) (int, error) {
		c, err := h.r.Camera(h.r.t.Context(), h.owner, h.door)
		if c.EventRule == nil {
			return 0, err
		}
		return 1, err
	},
	fault.RecordingPlanRow: func(h *house) (int, error) {
		c, err := h.r.Camera(h.r.t.Context(), h.owner, h.door)
		if c.Plan == nil {
			return 0, err
		}
		return 1, err
	},
	fault.AwayRow: func(h *house) (int, error) {
		since, err := h.r.Away(h.r.t.Context(), h.owner)
		if since.IsZero() {
			return 0, err
		}
		return 1, err
	},
	fault.CameraMotion: func(h *house) (int, error) {
		m, err := h.r.Motion(h.r.t.Context(), h.r.pass(h.owner, h.door, Manage))
		return len(m.Settings.Zones), err
	},
	fault.CameraSound: func(h *house) (int, error) {
		s, err := h.r.Sound(h.r.t.Context(), h.r.pass(h.owner, h.door, Manage))
		if !s.On {
			return 0, err
		}
		return 1, err
	},
	fault.NoticeList: func(h *house) (int, error) {
		list, err := h.r.cfg.Journal.Notices(h.r.t.Context(), h.owner.Account)
		return len(list), err
	},
}

// house is an owner who has something in each list.
type house struct {
	r     *rig
	owner account.Caller
	door  media.CameraID
}

func (h *house) tokens() (int, error) {
	list, err := h.r.Tokens(h.r.t.Context(), h.owner)
	return len(list), err
}

func (r *rig) house(owner, guest string) *house {
	r.t.Helper()
	ctx := r.t.Context()
	h := &house{r: r, owner: r.person(owner)}
	other := r.person(guest)
	h.door = r.camera(h.owner, "door of "+owner)
	clip, _ := r.record(h.door)
	r.must(r.store.GapPut(ctx, recorder.GapRow{Camera: h.door, From: t0, To: t0.Add(time.Minute), Cause: recorder.GapCamera, Count: 1}))
	r.must(r.Grant(ctx, h.owner, GrantRequest{Camera: h.door, Account: other.Account, Actions: []Action{Live}}))
	r.token(h.owner, TokenGrant{h.door, []Action{Live}, FromNow})
	r.link(h.owner, clip, 1)
	r.must(r.store.Update(ctx, func(tx *store.Tx) error {
		e := store.Exit{ID: store.NewExitID(), Camera: h.door, Account: h.owner.Account, Kind: store.ExitDetector, Since: t0}
		e.Sealed = r.vault.SealExit(e, []byte(`{"kind":"detector","address":"http://192.168.1.20:32168"}`))
		heard := must2(json.Marshal(listening{Sound: cameras.Sound{On: true}}))
		moves := must2(json.Marshal(wanted(owner)))
		_, err := tx.SetAway(ctx, h.owner.Account, true, t0)
		return errors.Join(err, tx.PutExit(ctx, e), tx.PutPrivacy(ctx, h.door, privacy.Setting{}), tx.PutEventRule(ctx, h.door, schedule.Rule{When: schedule.Always}),
			tx.PutRecordingPlan(ctx, h.door, store.RecordingPlan{Modes: schedule.Modes{Mode: media.ModeEvents}}),
			tx.PutMotion(ctx, h.door, r.vault.SealMotion(h.door, h.owner.Account, moves)), tx.PutSound(ctx, h.door, r.vault.SealSound(h.door, h.owner.Account, heard)))
	}))
	_, err := r.Offer(ctx, h.owner, r.camera(h.owner, "spare of "+owner), other.Account, true)
	r.must(err)
	r.must(r.store.Update(ctx, func(tx *store.Tx) error {
		return tx.AddNotice(ctx, store.Notice{ID: store.NewNoticeID(), Account: h.owner.Account, At: t0.Add(time.Second), Kind: "declined"})
	}))
	return h
}

// TestListsAreCompared: a look-up that finds another account's list is refused whole,
// and counted once, at its site. Each site has a process of its own, in which every
// look-up there finds somebody else's, once there is one.
func TestListsAreCompared(t *testing.T) {
	setting := os.Getenv(fault.Variable)
	if setting == "" {
		for site := range lists {
			t.Run(string(site), func(t *testing.T) {
				t.Parallel()
				c := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+strings.Split(t.Name(), "/")[0]+"$")
				c.Env = append(os.Environ(), fault.Variable+"=rate=1,sites="+string(site))
				if out, err := c.CombinedOutput(); err != nil {
					t.Errorf("%v\n%s", err, out)
				}
			})
		}
		return
	}
	_, name, _ := strings.Cut(setting, "sites=")
	site := fault.Site(name)
	r := newRig(t)
	r.told()
	ann, eve := r.house("ann", "bob"), r.house("eve", "dave")
	if n, err := lists[site](ann); n == 0 || err != nil {
		t.Fatalf("ann's own: %d, %v", n, err)
	}
	n, err := lists[site](eve)
	if n != 0 || !errors.Is(err, ErrCrossed) && !errors.Is(err, seal.ErrCrossed) && !errors.Is(err, account.ErrNotFound) {
		t.Errorf("ann's for eve: %d, %v", n, err)
	}
	swapped, refused := fault.Injected()[name], r.Refused()
	if swapped == 0 || refused[name] != swapped || len(refused) != 1 {
		t.Errorf("%d swaps, refused %v", swapped, refused)
	}
}

// TestPlacesAreCompared: a look-up that finds where another owner's camera seems to be
// shows none of it, and is counted at its site, also in a process of its own.
func TestPlacesAreCompared(t *testing.T) {
	const site = fault.CameraPlace
	if os.Getenv(fault.Variable) == "" {
		c := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$")
		c.Env = append(os.Environ(), fault.Variable+"=rate=1,sites="+string(site))
		if out, err := c.CombinedOutput(); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
		return
	}
	ctx := t.Context()
	r := newRig(t)
	shown := func(who account.Caller, camera media.CameraID) int {
		t.Helper()
		c, err := r.Camera(ctx, who, camera)
		r.must(err)
		return len(c.Elsewhere)
	}
	var people []account.Caller
	var doors []media.CameraID
	for i, name := range []string{"ann", "eve"} {
		people = append(people, r.person(name))
		doors = append(doors, r.camera(people[i], "door"))
		r.must(r.ask(ctx, store.Camera{ID: doors[i]}, []Place{{Address: netip.MustParseAddr(newHost)}}))
	}
	if n := shown(people[0], doors[0]); n != 1 {
		t.Fatalf("ann's own: %d", n)
	}
	const times = 100
	for range times {
		if n := shown(people[1], doors[1]); n != 0 {
			t.Fatalf("ann's for eve: %d", n)
		}
	}
	swapped, refused := fault.Injected()[string(site)], r.Refused()
	if swapped != times || refused[string(site)] != swapped || len(refused) != 1 {
		t.Errorf("%d swaps, refused %v", swapped, refused)
	}
}
