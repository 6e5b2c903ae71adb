package app_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"testing"
)

// TestDVRIPAlone: a camera that speaks DVRIP and nothing else is found, added by the
// addresses that the list tells of its streams, and recorded; with a wrong password its
// state says so.
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
	var list struct{ Candidates []struct{ Main, Sub string } }
	if err := json.Unmarshal(keeper.get("candidates"), &list); err != nil {
		t.Fatal(err)
	}
	add := map[string]string{"name": "shed", "main": list.Candidates[0].Main, "sub": list.Candidates[0].Sub, "username": "user", "password": "wrong"}
	id := keeper.addCamera(add)
	until(t, patience, "its state names the password", func() bool { return keeper.camera(id).Status.State == "wrong password" })
	keeper.call(http.MethodDelete, "cameras/"+id, nil, http.StatusNoContent, nil)
	add["password"] = "correct horse"
	id = keeper.addCamera(add)
	waitLive(t, keeper, []string{id})
	until(t, patience, "both streams are live", func() bool {
		streams := keeper.camera(id).Status.Streams
		return len(streams) == 2 && !slices.ContainsFunc(streams, func(s streamJSON) bool { return s.State != "live" || s.Codec != "H.264" })
	})
	until(t, patience, "it is known as added", func() bool { return keeper.candidates()[0].Added })
	end := keeper.holdRecording([]string{id})
	until(t, patience, "it is recorded", func() bool { return h.recorded(id) > 0 })
	end()
	if frames := framesOf(t, "shed", keeper.films(id)); len(frames) == 0 {
		t.Error("no picture of its own was recorded")
	}
}
