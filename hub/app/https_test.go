package app_test

import (
	"net/http"
	"testing"
)

// TestHTTPSAlone: a camera that speaks ONVIF over HTTPS alone, and tells nobody of itself,
// is looked at by its address, added and watched, events included.
func TestHTTPSAlone(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	house := w.build()
	house.camera("gate", "", "--https", "--http", house.host+":443", "--motion-every", "2s")
	h := startHubIn(t, w.Hub, t.TempDir(), "--discover", "off")
	keeper := h.claim("keeper")
	var looked struct {
		ID, State string
		Streams   []struct {
			Role    string
			Picture bool
		}
	}
	keeper.call(http.MethodPost, "probes", map[string]string{"address": house.host, "username": "user", "password": "correct horse"}, http.StatusOK, &looked)
	if s := looked.Streams; looked.State != "ready" || len(s) != 2 || !s[0].Picture || !s[1].Picture {
		t.Fatalf("the look says %+v", looked)
	}
	id := keeper.addCamera(map[string]string{"name": "gate", "probe": looked.ID})
	waitLive(t, keeper, []string{id})
	until(t, patience, "its motion is recorded", func() bool { return h.recorded(id) > 0 })
	if w := keeper.camera(id).Status.Warning; w != "" {
		t.Errorf("it is warned of: %s", w)
	}
}
