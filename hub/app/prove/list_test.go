package prove

import (
	"fmt"
	"net/http"
	"testing"
	"time"
)

// oftenLists is one in how many turns of a person asks for such a list.
const oftenLists = 5

// list asks for a list of the account's that shows no recording, for what one of its
// cameras says of itself or could be asked to leave out, for what is recorded of a camera, or
// for the picture of a look at a device that has none. What is right in it is not judged: that
// no other's name, camera or account is.
func (c *client) list(s *session) error {
	paths := [...]string{"links", "tokens", "transfers", "sessions", "notices", "exits", "away", "watching", "candidates", "grants", "ptz", "outputs", "motion", "sound", "probes/", "ignoring",
		"storage", "timeline", "recordings", "gaps", "retention", "seek"}
	path := paths[c.rand.IntN(len(paths))]
	switch path {
	case "probes/":
		path += c.r.looks[c.rand.IntN(len(c.r.looks))] + "/pictures/0/main"
	case "ignoring":
		cam := c.r.cameras[c.rand.IntN(allCameras)]
		k, ok := cam.clips.pick(c.clipOf(s, cam))
		if !ok {
			return nil
		}
		path = "events/" + k.event.String() + "/ignoring"
	case "grants", "ptz", "outputs", "motion", "sound", "retention":
		cam := c.r.cameras[c.rand.IntN(allCameras)]
		if s.account < owners {
			cam = c.r.cameras[s.account*perOwner+c.rand.IntN(perOwner)]
		}
		c.r.asks(s.account, cam.at())
		path = "cameras/" + cam.at().String() + "/" + path
	case "timeline", "recordings", "gaps", "seek":
		cam := c.r.cameras[c.rand.IntN(allCameras)]
		c.r.asks(s.account, cam.at())
		path = within(path, cam.at().String(), time.Now())
	}
	_, err := c.ask(s, expect{verb: vCameras, need: seeIt, echo: true}, request{method: "GET", path: c.path(s, path)})
	return err
}

// within is what asks what there is of a camera in the last hour, or at a moment of it.
func within(path string, cam string, now time.Time) string {
	const hour = "from=%s&to=%s"
	from, to := now.Add(-time.Hour).UTC().Format(time.RFC3339), now.UTC().Format(time.RFC3339)
	switch path {
	case "timeline":
		return fmt.Sprintf("timeline?cameras=%s&"+hour, cam, from, to)
	case "seek":
		return fmt.Sprintf("cameras/%s/seek?at=%s", cam, to)
	}
	return fmt.Sprintf("cameras/%s/%s?"+hour, cam, path, from, to)
}

// spareOwners offer a camera each, to the next account, and look at a device each.
var spareOwners = []int{0, 2}

// mostLooks is how often a look is tried: it is compared twice with all cameras there are and
// with their privacy, and in the fault build a few rows in a hundred are another's and refused.
const mostLooks = 300

// look has them look at a device where none is, and keeps what the looks are called.
// The hub that is asked keeps them for longer than a phase lasts.
func (r *rig) look(t *testing.T) {
	t.Helper()
	r.looks = nil
	for _, n := range spareOwners {
		a, err := r.proved(n)
		if err != nil {
			t.Fatal(err)
		}
		var status int
		var b []byte
		for range mostLooks {
			status, b, err = a.insist(http.MethodPost, "/s/"+a.s.scope+"/api/probes", map[string]string{"address": fmt.Sprintf("rtsp://127.0.0.1:%d", 9+n)})
			if err != nil || status != http.StatusNotFound {
				break
			}
		}
		a.c.shut()
		if err != nil || status != http.StatusOK && status != http.StatusCreated || field(b, "id") == "" {
			t.Fatalf("a look at a device: status %d, %v: %.200s", status, err, b)
		}
		r.looks = append(r.looks, field(b, "id"))
	}
}

// offerSpares makes these offers, of cameras that are not there; taken takes them
// away again.
func (r *rig) offerSpares(t *testing.T) (taken func()) {
	t.Helper()
	ask := func(n int, method, path string, body any, want int) []byte {
		t.Helper()
		a, err := r.proved(n)
		if err != nil {
			t.Fatal(err)
		}
		defer a.c.shut()
		status, b, err := a.insist(method, "/s/"+a.s.scope+"/api/"+path, body)
		if err != nil || status != want {
			t.Fatalf("spare cameras: %s %s: status %d, want %d, %v: %.200s", method, path, status, want, err, b)
		}
		return b
	}
	spares := map[int]string{}
	for _, n := range spareOwners {
		b := ask(n, http.MethodPost, "cameras", map[string]string{"name": "spare", "main": fmt.Sprintf("rtsp://127.0.0.1:9/%d", n)}, http.StatusCreated)
		spares[n] = field(b, "id")
		ask(n, http.MethodPost, "cameras/"+spares[n]+"/transfer", map[string]any{"to": r.accounts[n+1].id, "erase": true}, http.StatusOK)
	}
	return func() {
		for n, id := range spares {
			ask(n, http.MethodDelete, "cameras/"+id, nil, http.StatusNoContent)
		}
	}
}
