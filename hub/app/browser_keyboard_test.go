//go:build browser

package app_test

import (
	"net/http"
	"testing"

	"lares/cameras/fakecam"
	"lares/cameras/media"
)

// TestBrowserKeyboard does a task on each page of people, keys and the journal
// with the keyboard alone.
func TestBrowserKeyboard(t *testing.T) {
	t.Parallel()
	h := startHub(t, t.TempDir())
	keeper := h.claim("Keeper")
	cam := startCamera(t, fakecam.Options{Name: "Door", Username: "viewer", Password: "camera secret"})
	id := keeper.addCamera(map[string]string{
		"name": "Door", "main": cam.MainURL(), "sub": cam.SubURL(), "username": "viewer", "password": "camera secret",
	})
	for _, name := range []string{"Bob", "Carol"} {
		var invited struct{ Code string }
		keeper.call(http.MethodPost, "invitations/new/"+media.NewClipID().String(), map[string]any{"name": name}, http.StatusCreated, &invited)
		h.enter("/api/accept/", map[string]string{"code": invited.Code, "name": name, "password": password})
	}
	waitLive(t, keeper, []string{id})
	keeper.trigger(id)
	h.signIn("Keeper") // the other device
	browse(t, h, "e2e/keyboard.mjs", "LARES_NAME=Keeper", "LARES_OTHER=Bob", "LARES_PASSWORD="+password)
}
