package app_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"lares/cameras/fakecam"
	"lares/cameras/fakecam/lan"
	"lares/cameras/media"
)

// invite makes another account of the hub.
func (p *person) invite(name string) *person {
	p.t.Helper()
	var invited struct{ Code string }
	p.call(http.MethodPost, "invitations/new/"+media.NewClipID().String(), map[string]any{"name": name}, http.StatusCreated, &invited)
	return p.hub.enter("/api/accept/", map[string]string{"code": invited.Code, "name": name, "password": password})
}

// reach is how a fake camera is added.
func reach(c *fakecam.Camera, main string) map[string]string {
	return map[string]string{"name": "x", "main": main, "onvif": c.ONVIFURL(), "username": "user", "password": "correct horse"}
}

// TestManyOfOneNumber: cameras whose maker gave all of them one serial number are
// on the air, of one owner and of another, before and after a restart.
func TestManyOfOneNumber(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	keeper := startHub(t, data).claim("keeper")
	bob := keeper.invite("bob")
	var ids []string
	for i, who := range []*person{keeper, keeper, bob} {
		o := fakecam.Options{Name: "IPC", Serial: "123456", Username: "user", Password: "correct horse"}
		if who == bob {
			o.Password = "a word of bob's own"
		}
		c := startCamera(t, o)
		body := reach(c, c.MainURL())
		body["password"] = o.Password
		ids = append(ids, who.addCamera(body))
		waitLive(t, who, ids[i:])
	}
	if err := keeper.hub.stop(); err != nil {
		t.Fatal(err)
	}
	h := startHub(t, data)
	waitLive(t, h.signIn("keeper"), ids[:2])
	waitLive(t, h.signIn("bob"), ids[2:])
}

// TestRecorderChannels: the second channel of a recorder is on the air beside the
// first; of another owner neither is, and that is reported.
func TestRecorderChannels(t *testing.T) {
	t.Parallel()
	c := startCamera(t, fakecam.Options{Name: "NVR", Username: "user", Password: "correct horse", MainPath: "/cam/1", SubPath: "/cam/2"})
	h := startHub(t, t.TempDir())
	keeper := h.claim("keeper")
	bob := keeper.invite("bob")
	one, two := keeper.addCamera(reach(c, c.MainURL())), keeper.addCamera(reach(c, c.SubURL()))
	waitLive(t, keeper, []string{one, two})

	again := keeper.addCamera(reach(c, c.MainURL()))
	stolen := bob.addCamera(reach(c, c.SubURL()))
	for who, id := range map[*person]string{keeper: again, bob: stolen} {
		until(t, 15*time.Second, "it is refused", func() bool { return who.camera(id).Status.State == "another device" })
		if s := who.camera(id).Status.Message; !strings.Contains(s, "a camera of this hub already") {
			t.Errorf("it says %q", s)
		}
	}
	until(t, 15*time.Second, "the keeper is told", func() bool {
		return slices.ContainsFunc(keeper.notices(), func(n noticeJSON) bool { return n.Kind == "crossing" })
	})
	if s := h.stderr.String(); !strings.Contains(s, "a device was refused") {
		t.Error("the log does not say that a device was refused")
	}
	waitLive(t, keeper, []string{one, two})
	var journal struct {
		Entries []struct {
			Kind, Camera string
			Detail       struct{ Site string }
		}
	}
	until(t, 15*time.Second, "who has the device reads it", func() bool {
		keeper.call(http.MethodGet, "journal", nil, http.StatusOK, &journal)
		for _, e := range journal.Entries {
			if e.Kind == "refused" && e.Detail.Site == "camera identity" && (e.Camera == one || e.Camera == two) {
				return true
			}
		}
		return false
	})
}

// TestBehindOneRepeater: two cameras that speak RTSP alone and have one link layer
// address, as behind a repeater, are on the air.
func TestBehindOneRepeater(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	one := w.build()
	two := *one
	two.host = "198.18.0.99"
	lan.Need(t, "-n", one.space, "addr", "add", two.host+"/24", "dev", "eth0")
	one.camera("one", "hikvision")
	two.camera("two", "hikvision")
	keeper := startHubIn(t, w.Hub, t.TempDir(), "--discover", "off").claim("keeper")
	var ids []string
	for _, b := range []*building{one, &two} {
		ids = append(ids, keeper.addCamera(map[string]string{"name": "x", "main": "rtsp://" + b.host + "/main", "username": "user", "password": "correct horse"}))
	}
	waitLive(t, keeper, ids)
	for _, id := range ids {
		until(t, 30*time.Second, "it is recognised by its link layer address", func() bool { return keeper.camera(id).Status.Warning == "" })
	}
}
