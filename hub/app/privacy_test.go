package app_test

import (
	"net"
	"net/http"
	"net/url"
	"testing"
	"time"

	"lares/cameras/fakecam"
)

// TestPrivacyOfAnEvent takes a camera off the air in the middle of what it
// notices: that is over at once. A hub that starts meanwhile does not call the
// camera.
func TestPrivacyOfAnEvent(t *testing.T) {
	cam := startCamera(t, fakecam.Options{Name: "bedroom", Source: fakecam.TestCard{}})
	data := t.TempDir()
	h := startHub(t, data)
	keeper := h.claim("keeper")
	id := keeper.addCamera(map[string]string{"name": "bedroom", "main": cam.MainURL(), "onvif": cam.ONVIFURL()})
	waitLive(t, keeper, []string{id})
	until(t, 20*time.Second, "motion is recorded", func() bool {
		cam.Motion(true)
		list := keeper.events()
		return len(list) == 1 && list[0].Recording
	})
	turn := func(off bool) {
		t.Helper()
		keeper.call(http.MethodPut, "cameras/"+id+"/privacy", map[string]any{"off": off}, http.StatusNoContent, nil)
	}
	turn(true)
	status, _ := keeper.send(http.MethodPost, keeper.url("cameras/"+id+"/trigger"), map[string]any{})
	if status != http.StatusConflict {
		t.Errorf("a trigger: status %d", status)
	}
	private := func() bool { return keeper.camera(id).Status.State == "private" }
	until(t, 10*time.Second, "the camera is off the air, and its event over", func() bool {
		e := keeper.events()[0]
		return private() && !e.Recording && !e.End.IsZero() && cam.Connections() == 0
	})
	if c := keeper.camera(id); c.Status.Warning != "" || c.Status.Message != "" {
		t.Errorf("off the air it is told %+v", c.Status)
	}

	if err := h.stop(); err != nil {
		t.Fatal(err)
	}
	address := host(t, cam.MainURL())
	cam.Close()
	door, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer door.Close()
	h = startHub(t, data)
	keeper = h.signIn("keeper")
	until(t, 10*time.Second, "the camera is off the air again", private)
	if err := door.(*net.TCPListener).SetDeadline(time.Now().Add(time.Second)); err != nil {
		t.Fatal(err)
	}
	if c, err := door.Accept(); err == nil {
		c.Close()
		t.Error("a hub that started called a camera that is off the air")
	}
	if err := door.(*net.TCPListener).SetDeadline(time.Time{}); err != nil {
		t.Fatal(err)
	}
	turn(false)
	c, err := door.Accept()
	if err != nil {
		t.Fatal(err)
	}
	c.Close()
	if list := keeper.events(); len(list) != 1 || list[0].Recording {
		t.Errorf("back on the air: %+v", list)
	}
}

func host(t *testing.T, address string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return u.Host
}
