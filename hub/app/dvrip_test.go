package app_test

import (
	"net/http"
	"slices"
	"testing"
)

// TestDVRIPAlone: a camera that speaks DVRIP and nothing else is found, looked at, added
// without an address, and recorded. A wrong password is named before that.
func TestDVRIPAlone(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	house := w.build()
	house.camera("shed", "xiongmai-bare")
	h := startHubIn(t, w.Hub, t.TempDir(), "--discover", "lan")
	keeper := h.claim("keeper")
	until(t, patience, "the camera is found", func() bool { return len(keeper.candidates()) == 1 })
	c := keeper.candidates()[0]
	if !slices.Equal(c.Speaks, []string{"dvrip"}) || c.Address != house.host || c.Added {
		t.Fatalf("it is found as %+v", c)
	}
	ask := map[string]string{"candidate": c.ID, "username": "user", "password": "guess"}
	var looked struct {
		ID, State, Message string
		Streams            []struct {
			Role, Codec   string
			Width, Height int
			Picture       bool
		}
	}
	keeper.call(http.MethodPost, "probes", ask, http.StatusOK, &looked)
	if looked.State != "wrong password" || len(looked.Streams) != 0 {
		t.Errorf("with a wrong password: %+v", looked)
	}
	ask["password"] = "correct horse"
	keeper.call(http.MethodPost, "probes", ask, http.StatusOK, &looked)
	if s := looked.Streams; looked.State != "ready" || len(s) != 2 || s[0].Role != "main" || s[1].Role != "sub" ||
		s[0].Codec != "H.264" || s[0].Width != 640 || s[0].Height != 360 || !s[0].Picture || s[1].Width >= 640 || !s[1].Picture {
		t.Fatalf("the look says %+v", looked)
	}
	id := keeper.addCamera(map[string]string{"name": "shed", "probe": looked.ID})
	waitLive(t, keeper, []string{id})
	until(t, patience, "both streams are live", func() bool {
		streams := keeper.camera(id).Status.Streams
		return len(streams) == 2 && !slices.ContainsFunc(streams, func(s streamJSON) bool { return s.State != "live" || s.Codec != "H.264" })
	})
	until(t, patience, "it is known as added", func() bool { return keeper.candidates()[0].Added })
	end := keeper.holdRecording([]string{id})
	until(t, patience, "it is recorded, and listed", func() bool { return h.recorded(id) > 0 && len(keeper.events()) > 0 })
	end()
	if frames := framesOf(t, "shed", keeper.films(id)); len(frames) == 0 {
		t.Error("no picture of its own was recorded")
	}
}

// TestDVRIPRecorder: a recorder that speaks DVRIP and nothing else tells its channels, and
// each that is chosen becomes a camera of its own, of whoever adds it.
func TestDVRIPRecorder(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	house := w.build()
	house.camera("attic", "xiongmai-bare", "--channels", "3")
	keeper := startHubIn(t, w.Hub, t.TempDir(), "--discover", "lan").claim("keeper")
	bob := keeper.invite("bob")
	until(t, patience, "the recorder is found", func() bool { return len(keeper.candidates()) == 1 })
	type look struct {
		ID, State string
		Channels  []struct{ Source, Name, Reason string }
	}
	looks, attic := map[*person]look{}, keeper.candidates()[0].ID
	again := func(p *person) (l look) {
		p.call(http.MethodPost, "probes", map[string]string{"candidate": attic, "username": "user", "password": "correct horse"}, http.StatusOK, &l)
		return l
	}
	for _, p := range []*person{keeper, bob} {
		l := again(p)
		if l.State != "ready" || len(l.Channels) != 3 || l.Channels[2].Name != "Input 3" {
			t.Fatalf("the look says %+v", l)
		}
		looks[p] = l
	}
	add := func(p *person, channel int) string {
		return p.addCamera(map[string]string{"name": looks[p].Channels[channel].Name, "probe": looks[p].ID, "source": looks[p].Channels[channel].Source})
	}
	his := add(bob, 1)
	hers := []string{add(keeper, 0), add(keeper, 2)}
	waitLive(t, bob, []string{his})
	waitLive(t, keeper, hers)
	stolen := map[string]string{"name": "stolen", "probe": looks[keeper].ID, "source": "1"}
	keeper.call(http.MethodPost, "cameras", stolen, http.StatusConflict, nil)
	// Who looks anew sees the own channels, and of others' that they are there.
	for p, shown := range map[*person][]bool{keeper: {true, false, true}, bob: {false, true, false}} {
		for i, c := range again(p).Channels {
			if (c.Name != "") != shown[i] || (c.Reason == "") != shown[i] {
				t.Errorf("the keeper %v: channel %d is %+v", p == keeper, i, c)
			}
		}
	}
	waitLive(t, bob, []string{his})
}
