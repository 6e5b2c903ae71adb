package httpapi

import (
	"context"
	"database/sql"
	"errors"
	"path/filepath"
	"sync"
	"testing"

	"lares/cameras/fakecam"
	"lares/cameras/media"
	"lares/hub/gate"
	"lares/hub/journal"
)

// locked keeps the database from taking anything, as another process can.
func (r *rig) locked() (unlock func()) {
	r.t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(filepath.Dir(r.heads), "lares.db")+"?_pragma=busy_timeout(30000)")
	must(r.t, err)
	c, err := db.Conn(r.t.Context())
	must(r.t, err)
	_, err = c.ExecContext(r.t.Context(), "BEGIN IMMEDIATE")
	must(r.t, err)
	unlock = sync.OnceFunc(func() {
		_, err := c.ExecContext(context.Background(), "ROLLBACK")
		must(r.t, errors.Join(err, c.Close(), db.Close()))
	})
	r.t.Cleanup(unlock)
	return unlock
}

// TestNothingIsShownUnnoted: while the database takes nothing, no picture, sound or
// text leaves the hub that the journal does not know of already: what would begin is
// refused, and what goes on ends. Once it takes them again all goes on, and each
// delivery has its row.
func TestNothingIsShownUnnoted(t *testing.T) {
	t.Parallel()
	r := newRigWith(t, journal.DefaultPatience)
	alice, bob := r.person("alice"), r.person("bob")
	cam, _ := alice.camera(fakecam.Options{Name: "alice front"})
	clip := alice.clip(cam)
	r.grant(alice, cam, bob, gate.Live, gate.History)
	v := bob.watchLive()
	v.watch(1, cam, "main")
	v.more(1, 1)

	unlock := r.locked()
	refused := func(method, path string, body any) {
		t.Helper()
		answer := bob.do(method, bob.path("%s", path), body)
		var p struct{ Type string }
		if decode(t, answer, &p); answer.StatusCode != 503 || p.Type != "urn:lares:problem:unnoted" {
			t.Errorf("%s %s: %s, %q", method, path, answer.Status, p.Type)
		}
	}
	page := map[string]any{"clips": []media.ClipID{clip}}
	refused("POST", "/thumbnails", page) // also what is the first to find it out
	whole := "/clips/" + clip.String() + "/clip.mp4"
	for range 3 { // again and again: who was refused once is not let in later
		refused("GET", whole, nil)
	}
	refused("GET", "/clips/"+clip.String()+"/thumbnail", nil)
	refused("GET", "/events", nil)
	refused("POST", "/thumbnails", page)
	if end := v.until("ended"); end.text.Reason != "unavailable" {
		t.Errorf("what went on ended with %q", end.text.Reason)
	}

	unlock()
	wait(t, "the clip", func() bool { return bob.do("GET", bob.path("%s", whole), nil).StatusCode == 200 })
	v.watch(2, cam, "main")
	v.more(2, 1)
	if n := alice.journal("&camera=" + cam.String()).kinds(); n["live"] == 0 || n["clip"] == 0 {
		t.Errorf("%v", n)
	}
}
