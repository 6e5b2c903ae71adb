package app_test

import (
	"net/http"
	"testing"

	"lares/cameras/fakecam"
)

type storageJSON struct {
	Bytes, Quota int64
	Cameras      []struct {
		ID           string
		Clips, Bytes int64
	}
	Hub *struct{ Used, Free, Floor, May int64 }
}

func (p *person) storage() (s storageJSON) {
	p.hub.t.Helper()
	p.call(http.MethodGet, "storage", nil, http.StatusOK, &s)
	return s
}

// TestRetention: what somebody says is kept of a camera is what the hub keeps, and what it
// says that this deletes is what goes; a hub that starts again knows.
func TestRetention(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	h := startHub(t, data)
	keeper := h.claim("keeper")
	id := recordCamera(t, keeper, fakecam.Options{Name: "hall", Source: fakecam.TestCard{}})
	s := keeper.storage()
	if len(s.Cameras) != 1 || s.Cameras[0].Clips != 1 || s.Cameras[0].Bytes != s.Bytes || s.Hub == nil || s.Hub.Used != s.Bytes || s.Hub.Free <= s.Hub.Floor || s.Hub.May <= s.Bytes {
		t.Fatalf("told %+v", s)
	}
	var would struct{ Clips, Bytes int64 }
	keeper.call(http.MethodPost, "cameras/"+id+"/retention/preview", map[string]any{"bytes": s.Bytes - 1}, http.StatusOK, &would)
	if would.Clips != 1 || would.Bytes != s.Bytes {
		t.Errorf("would delete %+v of %d", would, s.Bytes)
	}
	keeper.call(http.MethodPut, "cameras/"+id+"/retention", map[string]any{"bytes": s.Bytes}, http.StatusNoContent, nil)
	if err := h.stop(); err != nil {
		t.Fatalf("%v\n%s", err, h.stderr)
	}
	h = startHub(t, data)
	keeper = h.signIn("keeper")
	var kept struct{ Retention struct{ Bytes int64 } }
	keeper.call(http.MethodGet, "cameras/"+id+"/retention", nil, http.StatusOK, &kept)
	if kept.Retention.Bytes != s.Bytes || keeper.storage().Cameras[0].Clips != 1 {
		t.Errorf("after a start %+v, %+v", kept, keeper.storage())
	}
	keeper.call(http.MethodPut, "cameras/"+id+"/retention", map[string]any{"bytes": s.Bytes - 1}, http.StatusNoContent, nil)
	until(t, patience, "the clip is gone, and its event", func() bool { return keeper.storage().Bytes == 0 && len(keeper.events()) == 0 })
}

// recordCamera adds a camera and records one clip of it, and says which camera it is.
func recordCamera(t *testing.T, keeper *person, o fakecam.Options) string {
	t.Helper()
	cam := startCamera(t, o)
	id := keeper.addCamera(map[string]string{"name": o.Name, "main": cam.MainURL()})
	waitLive(t, keeper, []string{id})
	keeper.trigger(id)
	until(t, patience, "a clip is recorded", func() bool {
		list := keeper.events()
		return len(list) == 1 && !list[0].Recording && !list[0].End.IsZero()
	})
	return id
}
