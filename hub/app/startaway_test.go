package app_test

import (
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// diskJSON is what who runs the hub is told of a disk.
type diskJSON struct{ Name, Trouble string }

// disks are those of the hub, by name.
func (p *person) disks() map[string]string {
	p.t.Helper()
	var answer struct{ Hub struct{ Pools []diskJSON } }
	p.call(http.MethodGet, "storage", nil, http.StatusOK, &answer)
	by := map[string]string{}
	for _, d := range answer.Hub.Pools {
		by[d.Name] = d.Trouble
	}
	return by
}

// toldOf counts the notices of a kind whose detail says state and pool.
func (p *person) toldOf(kind, state, pool string) (n int) {
	p.t.Helper()
	var answer struct {
		Notices []struct {
			Kind   string
			Detail struct{ State, Pool, Cause string }
		}
	}
	p.call(http.MethodGet, "notices", nil, http.StatusOK, &answer)
	for _, notice := range answer.Notices {
		if notice.Kind == kind && notice.Detail.State+notice.Detail.Cause == state && notice.Detail.Pool == pool {
			n++
		}
	}
	return n
}

// TestStartsWithoutFirstPool: a hub whose first disk is not there starts, says so, changes no
// key, makes nothing in its place, and goes on by itself when it is back. What the keyring has
// that the data folder of then lacks is taken over at once.
func TestStartsWithoutFirstPool(t *testing.T) {
	t.Parallel()
	data, old := t.TempDir(), t.TempDir()
	media, aside := filepath.Join(data, "media"), filepath.Join(old, "media")
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	h := startHub(t, data)
	stop := func() {
		t.Helper()
		if err := h.stop(); err != nil {
			t.Fatalf("stopping: %v\n%s", err, h.stderr)
		}
	}
	h.claim("keeper")
	stop()
	must(os.Rename(media, aside))
	copied := filepath.Join(t.TempDir(), "data")
	must(os.CopyFS(copied, os.DirFS(data)))
	must(os.Chmod(filepath.Join(copied, "hub.key"), 0o600)) // CopyFS widens modes

	h = startHub(t, data)
	keeper := h.signIn("keeper")
	const other, third = "another long password", "a third long password"
	change := func(old, new string, want int) {
		t.Helper()
		keeper.call(http.MethodPost, "password", map[string]string{"old": old, "new": new}, want, nil)
	}
	change(password, other, http.StatusServiceUnavailable)
	until(t, 10*time.Second, "the disk is told missing", func() bool { return keeper.toldOf("disk-trouble", "missing", "") == 1 })
	if is := keeper.disks()["main"]; is != "missing" {
		t.Errorf("the disk is %q", is)
	}
	phrase := filepath.Join(old, "phrase")
	write(t, phrase, []byte("a phrase for backups\n"))
	if out, err := command(t, "", "backup", "--data", data, "--passphrase-file", phrase, filepath.Join(old, "backup")); err == nil || !strings.Contains(out, "mount its disk") || !strings.Contains(out, "lares repair") {
		t.Errorf("a backup without the keys: %v\n%s", err, out)
	}
	back := func() {
		t.Helper()
		if _, err := os.Stat(media); err == nil {
			t.Error("one was made in its place")
		}
		must(os.Rename(aside, media))
	}
	back()
	until(t, 20*time.Second, "the keys are there", func() bool { return strings.Contains(h.stderr.String(), "the keyring is there again") })
	if is := keeper.disks()["main"]; is != "" {
		t.Errorf("the disk is %q", is)
	}
	change(password, other, http.StatusNoContent)
	change(other, third, http.StatusNoContent)
	stop()

	must(errors.Join(os.Rename(media, aside), os.RemoveAll(data), os.Rename(copied, data))) // nothing says that it is older
	h = startHub(t, data)
	h.signIn("keeper")
	back()
	until(t, 20*time.Second, "the hub starts anew", func() bool {
		return strings.Contains(h.stderr.String(), "nothing stored opens until the operator confirms")
	})
	in := &person{t: t, client: h.trusted(), hub: h}
	until(t, 20*time.Second, "it is ready", func() bool {
		answer, err := in.client.Get(h.url + "/api/health")
		if err != nil {
			return false
		}
		answer.Body.Close()
		return answer.StatusCode == http.StatusOK
	})
	if status, answer := in.send(http.MethodPost, h.url+"/api/sign-in/00112233445566778899aabbccddeeff", map[string]string{"name": "keeper", "password": password}); status != http.StatusUnauthorized {
		t.Errorf("the password of before is taken: %d %s", status, answer)
	}
	stop()
}
