package app_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"lares/cameras/fakecam/lan"
)

// candidateJSON is what the tests read of a device that was found.
type candidateJSON struct {
	ID, Name, Address string
	Speaks            []string
	Added             bool
}

func (p *person) candidates() []candidateJSON {
	p.t.Helper()
	var v struct{ Candidates []candidateJSON }
	if err := json.Unmarshal(p.get("candidates"), &v); err != nil {
		p.t.Fatal(err)
	}
	return v.Candidates
}

// adopt looks at a device that was found and adds it, without an address.
func (p *person) adopt(candidate, name string) string {
	p.t.Helper()
	var looked struct{ ID, State, Message string }
	p.call(http.MethodPost, "probes", map[string]string{"candidate": candidate, "username": "user", "password": "correct horse"}, http.StatusOK, &looked)
	if looked.State != "ready" {
		p.t.Fatalf("%s: %s: %s", name, looked.State, looked.Message)
	}
	return p.addCamera(map[string]string{"name": name, "probe": looked.ID})
}

type noticeJSON struct {
	Kind, Camera string
	Detail       struct{ Address string }
}

func (p *person) notices() []noticeJSON {
	p.t.Helper()
	var answer struct{ Notices []noticeJSON }
	p.call(http.MethodGet, "notices", nil, http.StatusOK, &answer)
	return answer.Notices
}

// TestMoved: a camera that gets another address from its router goes on there
// without anybody, also when the hub was off meanwhile.
func TestMoved(t *testing.T) {
	t.Parallel()
	moveCamera(t)
}

// patience bounds what discovery is waited for: its rounds come every 15 s.
const patience = 90 * time.Second

// moveCamera moves a camera twice, and leaves it where it is.
func moveCamera(t *testing.T) (w *town, keeper *person, door *building, id string) {
	w = newTown(t)
	door = w.build()
	door.camera("door", "hikvision")
	data := t.TempDir()
	keeper = startHubIn(t, w.Hub, data, "--discover", "lan").claim("keeper")
	until(t, patience, "the camera is found", func() bool { return len(keeper.candidates()) == 1 })
	id = keeper.adopt(keeper.candidates()[0].ID, "door")
	waitLive(t, keeper, []string{id})
	moves := func(address string) func() bool {
		return func() bool {
			told := slices.ContainsFunc(keeper.notices(), func(n noticeJSON) bool {
				return n.Kind == "camera-moved" && n.Camera == id && n.Detail.Address == address
			})
			return told && keeper.camera(id).Status.State == "live"
		}
	}

	door.down()
	door.move("198.18.0.77")
	door.camera("door", "hikvision")
	began := time.Now()
	until(t, patience, "it is live at its new address", moves("198.18.0.77"))
	t.Logf("followed after %v", time.Since(began).Round(time.Millisecond))

	if err := keeper.hub.stop(); err != nil {
		t.Fatal(err)
	}
	door.down()
	door.move("198.18.0.78")
	door.camera("door", "hikvision")
	keeper = startHubIn(t, w.Hub, data, "--discover", "lan").signIn("keeper")
	until(t, patience, "it is live after the hub was off", moves("198.18.0.78"))
	return w, keeper, door, id
}

// TestLinkLocal: a camera that has no address but a link-local one of IPv6 is
// found, looked at, added and recorded, also after a restart of the hub.
func TestLinkLocal(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	door := w.build()
	lan.Need(t, "-n", door.space, "link", "set", "lo", "up") // without ::1 Go speaks no IPv6
	lan.Need(t, "-n", door.space, "-4", "addr", "flush", "dev", "eth0")
	door.host = "[::]"
	door.camera("door", "hikvision")
	data := t.TempDir()
	keeper := startHubIn(t, w.Hub, data, "--discover", "lan").claim("keeper")
	until(t, patience, "the camera is found", func() bool { return len(keeper.candidates()) == 1 })
	c := keeper.candidates()[0]
	if !strings.HasPrefix(c.Address, "fe80::") || !strings.HasSuffix(c.Address, "%lan0") {
		t.Errorf("it is found at %s", c.Address)
	}
	id := keeper.adopt(c.ID, "door")
	waitLive(t, keeper, []string{id})
	until(t, patience, "it is known as added", func() bool { return keeper.candidates()[0].Added })
	if err := keeper.hub.stop(); err != nil {
		t.Fatal(err)
	}
	keeper = startHubIn(t, w.Hub, data, "--discover", "lan").signIn("keeper")
	waitLive(t, keeper, []string{id})
}
