package app_test

import (
	"database/sql"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	_ "modernc.org/sqlite"
)

// console runs a command of the program on a hub's data folder.
func console(data string, args ...string) (out string, ok bool) {
	b, err := exec.Command(lares, append(args, "--data", data)...).CombinedOutput()
	return string(b), err == nil
}

// TestJournalOnTheConsole: verify works beside a running hub and with it
// stopped, survives being killed in the middle of writing, and names what
// somebody did to the database; incident names three forged deliveries with
// people and cameras, and says when nothing is wrong.
func TestJournalOnTheConsole(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	h := startHub(t, data)
	ann := h.claim("ann")
	cam := ann.addCamera(map[string]string{"name": "door", "main": "rtsp://127.0.0.1:1/nobody"})
	whole := func(when string) {
		t.Helper()
		if out, ok := console(data, "verify", "journal"); !ok || !strings.Contains(out, "as it was written") {
			t.Errorf("%s: %s", when, out)
		}
	}
	whole("running")
	if out, ok := console(data, "incident", "--since", "1h"); !ok || !strings.Contains(out, "Nobody received") {
		t.Errorf("nothing happened: %s", out)
	}
	if out, ok := console(data, "incident", "--since", "1h", "--whole"); !ok || !strings.Contains(out, "as it was written from row 1 to") {
		t.Errorf("the whole: %s", out)
	}
	// Killed while people come and go: nothing of the journal is broken.
	for range 3 {
		writing, some := make(chan struct{}), make(chan struct{})
		go func() {
			defer close(writing)
			for i := range 10 {
				if i == 2 {
					close(some)
				}
				exec.Command("curl", "-sk", "-H", "Sec-Fetch-Site: same-origin", "-H", "Content-Type: application/json", "-d",
					`{"name":"ann","password":"wrong password"}`, h.url+"/api/sign-in/00000000000000000000000000000000").Run()
			}
		}()
		<-some // two have come, and the next is on its way
		h.kill()
		<-writing
		h = startHub(t, data)
		whole("after a kill")
	}
	if err := h.stop(); err != nil {
		t.Fatal(err)
	}
	whole("stopped")

	// Three deliveries that nobody granted, written as the hub would not.
	db, err := sql.Open("sqlite", filepath.Join(data, "lares.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	exe := func(q string, args ...any) {
		t.Helper()
		if _, err := db.Exec(q, args...); err != nil {
			t.Fatal(err)
		}
	}
	for range 3 {
		exe(`INSERT INTO journal (at_ms, kind, account, via, session, camera, owner, bytes, hash)
			SELECT ?, 'thumbnails', randomblob(16), 'session', randomblob(16), id, owner, 777, zeroblob(32) FROM camera`, time.Now().UnixMilli())
	}
	h = startHub(t, data)
	out, ok := console(data, "incident", "--since", "24h", "--tell")
	if ok || strings.Count(out, "WITHOUT A GRANT") != 3 || !strings.Contains(out, `"door" (`+cam+`), 777 bytes`) || !strings.Contains(out, "not as it was written") {
		t.Errorf("three forged: %s", out)
	}
	var told struct {
		Notices []struct{ Kind string }
	}
	again := h.signIn("ann")
	again.call("GET", "notices", nil, 200, &told)
	if len(told.Notices) == 0 || told.Notices[0].Kind != "incident-affected" {
		t.Errorf("ann is told %+v", told)
	}
	if err := h.stop(); err != nil {
		t.Fatal(err)
	}
	exe("DELETE FROM journal WHERE kind = 'camera-added'")
	if out, ok := console(data, "verify", "journal"); ok || !strings.Contains(out, ": deleted") || strings.Count(out, ": inserted") != 3 {
		t.Errorf("deleted: %s", out)
	}
	if out, ok := console(data, "verify", "everything"); ok || !strings.Contains(out, "say what") {
		t.Errorf("%s", out)
	}
	if out, ok := console(filepath.Join(data, "nothing"), "verify", "journal"); ok {
		t.Errorf("without a hub: %s", out)
	}
	if _, err := os.Stat(filepath.Join(data, "nothing")); err == nil {
		t.Error("it made a folder")
	}
}
