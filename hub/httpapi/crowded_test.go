package httpapi

import (
	"bytes"
	"testing"
	"time"

	"lares/cameras/media"
	"lares/hub/journal"
)

// TestCrowded: an account that fills the journal is refused what would leave more rows,
// over pictures as over deeds, and not what takes away a right or shows why; nobody else is
// refused anything.
func TestCrowded(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	alice, bob := r.person("alice"), r.person("bob")
	door, shed := r.quietCamera(alice, "door"), r.quietCamera(bob, "shed")
	by := r.caller(alice).Account
	// A row comes back every two seconds, counted from the newest: none of them within the hour.
	later := time.Now().Add(time.Hour)
	for !r.journal.Crowded(by) {
		r.journal.Add(journal.Entry{Kind: journal.CameraRenamed, At: later, Account: by, Camera: door})
	}
	off := map[string]any{"off": true, "settings": map[string]any{}}
	for what, c := range map[string]struct {
		by           *person
		method, path string
		body         any
		refused      bool
	}{
		"a deed":            {alice, "PUT", alice.path("/cameras/%s/motion", door), off, true},
		"a picture":         {alice, "GET", alice.path("/clips/%s/thumbnail", media.NewClipID()), nil, true},
		"a star less":       {alice, "DELETE", alice.path("/events/%s/star", media.NewEventID()), nil, true},
		"another address":   {alice, "PUT", alice.path("/cameras/%s/access", door), map[string]any{"main": "rtsp://192.0.2.9/", "untried": true}, true},
		"a token":           {alice, "POST", alice.once("/tokens/new"), map[string]any{"name": "x", "cameras": []any{}, "away": true}, true},
		"doors open again":  {alice, "DELETE", alice.path("/lockdown"), nil, true},
		"new keys":          {alice, "POST", alice.once("/rotate"), map[string]string{"password": "not this one at all"}, false},
		"a new camera":      {alice, "POST", alice.path("/cameras"), map[string]string{"name": "x", "main": "rtsp://192.0.2.9/"}, true},
		"a list":            {alice, "GET", alice.path("/cameras"), nil, false},
		"the journal":       {alice, "GET", alice.path("/journal"), nil, false},
		"a lockdown":        {alice, "POST", alice.path("/lockdown"), map[string]string{"scope": "account"}, false},
		"another's deed":    {bob, "PUT", bob.path("/cameras/%s/motion", shed), off, false},
		"an end of sharing": {alice, "DELETE", alice.path("/cameras/%s/grants/%s", door, bob.id), nil, false},
	} {
		a := c.by.do(c.method, c.path, c.body)
		crowded := a.StatusCode == 429 && bytes.Contains(bodyOf(t, a), []byte("journal-crowded"))
		if crowded != c.refused || crowded && a.Header.Get("Retry-After") == "" {
			t.Errorf("%s: %s, want refused %v", what, a.Status, c.refused)
		}
	}
}
