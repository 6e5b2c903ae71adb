package app_test

import (
	"bytes"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"lares/cameras/fakecam"
	"lares/cameras/media"
)

// command runs a console command as a script does.
func command(t *testing.T, stdin string, args ...string) (out string, err error) {
	t.Helper()
	cmd := exec.Command(lares, args...)
	cmd.Stdin = strings.NewReader(stdin)
	b, err := cmd.CombinedOutput()
	if strings.Contains(string(b), "goroutine ") {
		t.Errorf("lares %s panicked:\n%s", args[0], b)
	}
	return string(b), err
}

func mustCommand(t *testing.T, args ...string) string {
	t.Helper()
	out, err := command(t, "", args...)
	if err != nil {
		t.Fatalf("lares %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return out
}

// recordOne has a camera record until the clip has pictures in it.
func recordOne(t *testing.T, h *hub, p *person, id string) {
	t.Helper()
	waitLive(t, p, []string{id})
	before := h.recorded(id)
	p.trigger(id)
	until(t, 20*time.Second, "pictures are recorded", func() bool { return h.recorded(id) > before+1 })
}

// shows checks that every clip the person sees plays, and how many there are.
func (p *person) shows(t *testing.T, want int) {
	t.Helper()
	clips := 0
	for _, e := range p.allEvents() {
		for _, c := range e.Clips {
			clips++
			if b := p.get("clips/" + c.ID + "/clip.mp4"); len(fakecam.FindMarks(b)) == 0 {
				t.Errorf("clip %s shows no picture", c.ID)
			}
		}
	}
	if clips < want {
		t.Errorf("%d clips are listed, want %d", clips, want)
	}
}

// TestBackupAndRestore: a backup of a running hub becomes a hub of another name,
// over the recordings that were kept, also those that are newer. Its cameras
// record on, and its owner watches everything.
func TestBackupAndRestore(t *testing.T) {
	t.Parallel()
	cam := startCamera(t, fakecam.Options{Name: "backup", Source: fakecam.TestCard{}, Username: "viewer", Password: "camera secret"})
	data, away := t.TempDir(), t.TempDir()
	h := startHub(t, data)
	keeper := h.claim("keeper")
	id := keeper.addCamera(map[string]string{"name": "backup", "main": cam.MainURL(), "username": "viewer", "password": "camera secret"})
	recordOne(t, h, keeper, id)

	phrase, wrong, file := filepath.Join(away, "phrase"), filepath.Join(away, "wrong"), filepath.Join(away, "lares.backup")
	write(t, phrase, []byte("a phrase for backups\n"))
	write(t, wrong, []byte("another phrase, not it"))
	out := mustCommand(t, "backup", "--data", data, "--passphrase-file", phrase, file)
	if !strings.Contains(out, "NOT hold the recordings") || !strings.Contains(out, "passwords of the cameras") {
		t.Errorf("what a backup is, is not said:\n%s", out)
	}
	if _, err := command(t, "", "backup", "--data", data, "--passphrase-file", phrase, file); err == nil {
		t.Error("a backup was written over")
	}
	another := beginBackup(t, data)
	if out, err := command(t, "", "backup", "--data", data, "--passphrase-file", phrase, file+"2"); err == nil || !strings.Contains(out, "another backup") {
		t.Errorf("two backups at once: %v\n%s", err, out)
	}
	another.Close()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	searchPlain(t, file, b)
	if bytes.Contains(b, []byte("keeper")) {
		t.Error("the backup shows a name")
	}
	if err := h.stop(); err != nil {
		t.Fatalf("stopping: %v\n%s", err, h.stderr)
	}
	h = startHub(t, data) // what is recorded from here on is newer than the backup
	keeper = h.signIn("keeper")
	recordOne(t, h, keeper, id)
	if err := h.stop(); err != nil {
		t.Fatalf("stopping: %v\n%s", err, h.stderr)
	}
	offline := filepath.Join(away, "stopped.backup")
	mustCommand(t, "backup", "--data", data, "--passphrase-file", phrase, offline)

	media := filepath.Join(data, "media")
	if out, err := command(t, "", "restore", "--data", data, "--yes", "--passphrase-file", phrase, file); err == nil || !strings.Contains(out, "not empty") {
		t.Errorf("restored over a hub: %v\n%s", err, out)
	}
	fresh := filepath.Join(away, "fresh")
	if out, err := command(t, "n\n", "restore", "--data", fresh, "--media", media, "--passphrase-file", phrase, file); err == nil || !strings.Contains(out, "nothing was done") {
		t.Errorf("restored without a yes: %v\n%s", err, out)
	}
	for what, args := range map[string][]string{
		"wrong passphrase": {"--passphrase-file", wrong, file}, "cut": {"--passphrase-file", phrase, cutFile(t, b)}, "no backup": {"--passphrase-file", phrase, phrase},
	} {
		if out, err := command(t, "", append([]string{"restore", "--data", fresh, "--media", media, "--yes"}, args...)...); err == nil {
			t.Errorf("%s: restored\n%s", what, out)
		}
		if _, err := os.Stat(filepath.Join(fresh, "hub.key")); err == nil {
			t.Fatalf("%s: a hub was made", what)
		}
	}
	broken := filepath.Join(fresh, "restoring-broken")
	if err := os.MkdirAll(broken, 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(broken, "hub.key"), []byte("of a restore that was broken off"))
	out = mustCommand(t, "restore", "--data", fresh, "--media", media, "--yes", "--passphrase-file", phrase, file)
	if _, err := os.Stat(broken); err == nil {
		t.Error("the key of a restore that was broken off is left")
	}
	if !strings.Contains(out, "newer than the backup were listed") {
		t.Errorf("newer recordings are not named:\n%s", out)
	}
	h = startHub(t, fresh, "--media", media)
	keeper = h.signIn("keeper")
	keeper.shows(t, 2)
	waitLive(t, keeper, []string{id})
	keeper.trigger(id)
	waitRecording(t, keeper, 1)
	until(t, 20*time.Second, "the restored hub's own clip plays", func() bool {
		for _, e := range keeper.events() {
			if e.Recording && e.Clip != "" {
				status, b := keeper.send(http.MethodGet, keeper.url("clips/"+e.Clip+"/clip.mp4"), nil)
				return status == http.StatusOK && len(fakecam.FindMarks(b)) > 0
			}
		}
		return false
	})
}

// beginBackup is a backup that goes on until it is closed.
func beginBackup(t *testing.T, data string) io.Closer {
	t.Helper()
	f, err := os.Open(data)
	if err == nil {
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	}
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func cutFile(t *testing.T, b []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "cut")
	write(t, path, b[:len(b)-10])
	return path
}

// TestRepairLostDatabase: the database is gone, the recordings are kept. The hub
// does not start as a new one; after `lares repair` the owner opens every clip
// by password, and nobody is offered to claim it.
func TestRepairLostDatabase(t *testing.T) {
	cam := startCamera(t, fakecam.Options{Name: "repair", Source: fakecam.TestCard{}})
	data := t.TempDir()
	h := startHub(t, data)
	keeper := h.claim("keeper")
	id := keeper.addCamera(map[string]string{"name": "repair", "main": cam.MainURL()})
	recordOne(t, h, keeper, id)
	h.kill()
	for _, end := range []string{"", "-wal", "-shm"} {
		os.Remove(filepath.Join(data, "lares.db"+end))
	}
	before := len(h.clipFiles(""))
	out, err := refused(t, []string{"serve", "--data", data, "--https", "127.0.0.1:" + freePort(t), "--http", "127.0.0.1:" + freePort(t), "--announce", "false", "--discover", "off"})
	if err == nil || !strings.Contains(lastLine(out), "lares repair") {
		t.Fatalf("without a database: %v\n%s", err, out)
	}
	if out, err := command(t, "no\n", "repair", "--data", data); err == nil || !strings.Contains(out, "nothing was done") {
		t.Errorf("repaired without a yes: %v\n%s", err, out)
	}
	out = mustCommand(t, "repair", "--data", data, "--yes")
	for _, want := range []string{"1 accounts", "1 cameras", "Not back: name, address"} {
		if !strings.Contains(out, want) {
			t.Errorf("repair does not say %q:\n%s", want, out)
		}
	}
	if len(h.clipFiles("")) != before {
		t.Error("recordings were touched")
	}
	h = startHub(t, data)
	if out, err := command(t, "", "claim", "--data", data); err == nil {
		t.Errorf("a claim is offered: %s", out)
	}
	keeper = h.signIn("keeper")
	keeper.shows(t, before)
	// What is whole is not made anew; running hubs are left alone.
	if out, err := command(t, "", "repair", "--data", data, "--yes"); err == nil || !strings.Contains(out, "in use") {
		t.Errorf("repaired under a running hub: %v\n%s", err, out)
	}
	if err := h.stop(); err != nil {
		t.Fatalf("stopping: %v\n%s", err, h.stderr)
	}
	if out := mustCommand(t, "repair", "--data", data, "--yes"); !strings.Contains(out, "database is whole") {
		t.Errorf("a whole database:\n%s", out)
	}
}

// TestAccountRecover: an account whose password and recovery code are lost gets
// a new password on the console: it signs in, its camera records for it, and
// what was recorded before stays closed.
func TestAccountRecover(t *testing.T) {
	t.Parallel()
	cam := startCamera(t, fakecam.Options{Name: "recover", Source: fakecam.TestCard{}})
	data := t.TempDir()
	h := startHub(t, data)
	keeper := h.claim("Keeper")
	id := keeper.addCamera(map[string]string{"name": "recover", "main": cam.MainURL()})
	recordOne(t, h, keeper, id)
	if out := mustCommand(t, "account", "list", "--data", data); !strings.Contains(out, "Keeper") || !strings.Contains(out, "operator") {
		t.Errorf("accounts:\n%s", out)
	}
	if out, err := command(t, "", "account", "reopen", "nobody", "--data", data, "--yes"); err == nil {
		t.Errorf("nobody is let in:\n%s", out)
	}
	if out := mustCommand(t, "account", "reopen", "keeper", "--data", data, "--yes"); !strings.Contains(out, "keeper can sign in") {
		t.Errorf("reopen says:\n%s", out)
	}
	file, weak := filepath.Join(t.TempDir(), "password"), filepath.Join(t.TempDir(), "weak")
	write(t, file, []byte(password+"\n"))
	write(t, weak, []byte("short"))
	for what, args := range map[string][]string{
		"nobody": {"nobody", "--password-file", file}, "a weak password": {"keeper", "--password-file", weak}, "no": {"keeper"},
	} {
		yes := []string{"--yes"}
		if what == "no" {
			yes = nil
		}
		if out, err := command(t, "n\n", append(append([]string{"account", "recover", "--data", data}, args...), yes...)...); err == nil {
			t.Errorf("%s: recovered\n%s", what, out)
		}
	}
	old := keeper.events()[0].Clip
	out := mustCommand(t, "account", "recover", "keeper", "--data", data, "--yes", "--password-file", file)
	if !strings.Contains(out, "NOTHING that was recorded before") || !strings.Contains(out, "1 cameras") || strings.Contains(out, password) {
		t.Errorf("recover says:\n%s", out)
	}
	if status, _ := keeper.send(http.MethodGet, keeper.url("me"), nil); status == http.StatusOK {
		t.Error("the old session goes on")
	}
	keeper = h.signIn("keeper")
	if status, _ := keeper.send(http.MethodGet, keeper.url("clips/"+old+"/clip.mp4"), nil); status != http.StatusNotFound {
		t.Errorf("a recording of before: %d", status)
	}
	keeper.trigger(id)
	until(t, 30*time.Second, "a new recording opens", func() bool {
		for _, e := range keeper.events() {
			for _, c := range e.Clips {
				status, b := keeper.send(http.MethodGet, keeper.url("clips/"+c.ID+"/clip.mp4"), nil)
				if status == http.StatusOK && len(fakecam.FindMarks(b)) > 0 {
					return true
				}
			}
		}
		return false
	})
	if strings.Contains(h.stderr.String(), password) {
		t.Error("the log shows the password")
	}
}

// TestReset: a running hub is not erased, a wrong word erases nothing, and
// afterwards nothing but the sealed recordings is left.
func TestReset(t *testing.T) {
	data := t.TempDir()
	h := startHub(t, data)
	h.claim("keeper")
	if out, err := command(t, "", "reset", "--data", data, "--yes"); err == nil || !strings.Contains(out, "in use") {
		t.Errorf("a running hub: %v\n%s", err, out)
	}
	if err := h.stop(); err != nil {
		t.Fatalf("stopping: %v\n%s", err, h.stderr)
	}
	clip := filepath.Join("ab", "cd", "precious.lar")
	media := filepath.Join(data, "media")
	broken := filepath.Join(data, "restoring-broken", "hub.key")
	for _, path := range []string{filepath.Join(media, "clips", clip), broken} {
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		write(t, path, []byte("sealed"))
	}
	write(t, filepath.Join(data, "repair-unfinished"), []byte("database\n"))
	key, err := os.ReadFile(filepath.Join(data, "hub.key"))
	if err != nil {
		t.Fatal(err)
	}
	out, err := command(t, "yes\n", "reset", "--data", data)
	if now, _ := os.ReadFile(filepath.Join(data, "hub.key")); err == nil || !bytes.Equal(now, key) {
		t.Errorf("a wrong word: %v\n%s", err, out)
	}
	_, word, _ := strings.Cut(out, "Type ")
	word, _, _ = strings.Cut(word, ",")
	if out, err = command(t, word+"\n", "reset", "--data", data); err != nil || !strings.Contains(out, "What stays readable") {
		t.Fatalf("reset: %v\n%s", err, out)
	}
	kept := ""
	for name, b := range readAll(t, data) {
		if strings.HasPrefix(name, filepath.Join(media, "clips.erased-")) && strings.HasSuffix(name, clip) && string(b) == "sealed" {
			kept = name
		} else if len(b) > 0 {
			t.Errorf("%s is left", name)
		}
	}
	if kept == "" || !strings.Contains(out, strings.TrimSuffix(kept, string(filepath.Separator)+clip)) {
		t.Errorf("the recordings are at %q, and it says\n%s", kept, out)
	}
	h = startHub(t, data)
	h.claim("another")
	if err := h.stop(); err != nil {
		t.Fatalf("stopping: %v\n%s", err, h.stderr)
	}
	out = mustCommand(t, "reset", "--data", data, "--yes", "--recordings") // again, and all of it
	if _, err := os.Stat(kept); err == nil {
		t.Errorf("the recordings are left:\n%s", out)
	}
}

// TestOldDatabasePutBack is last week's database over this week's recordings:
// who was shut out since stays out, nothing stored opens before the operator
// confirms, recording goes on, and then everything opens for its owner.
func TestOldDatabasePutBack(t *testing.T) {
	t.Parallel()
	cam := startCamera(t, fakecam.Options{Name: "old", Source: fakecam.TestCard{}})
	data := t.TempDir()
	h := startHub(t, data)
	keeper := h.claim("keeper")
	id := keeper.addCamera(map[string]string{"name": "old", "main": cam.MainURL()})
	var invited struct{ Code string }
	keeper.call(http.MethodPost, "invitations/new/"+media.NewClipID().String(), map[string]any{"name": "bob"}, http.StatusCreated, &invited)
	bob := h.enter("/api/accept/", map[string]string{"code": invited.Code, "name": "bob", "password": password})
	grant := "cameras/" + id + "/grants/" + bob.id
	keeper.call(http.MethodPut, grant, map[string]any{"actions": []string{"live", "history"}, "history": "all"}, http.StatusNoContent, nil)
	recordOne(t, h, keeper, id)
	old := keeper.events()[0].Clip
	bob.camera(id) // it was shared
	if err := h.stop(); err != nil {
		t.Fatalf("stopping: %v\n%s", err, h.stderr)
	}
	week, err := os.ReadFile(filepath.Join(data, "lares.db"))
	if err != nil {
		t.Fatal(err)
	}

	h = startHub(t, data)
	keeper = h.signIn("keeper")
	keeper.call(http.MethodDelete, grant, nil, http.StatusNoContent, nil)
	pause(t, 12*time.Second) // a bump follows within ten seconds
	recordOne(t, h, keeper, id)
	if err := h.stop(); err != nil {
		t.Fatalf("stopping: %v\n%s", err, h.stderr)
	}
	clips := len(h.clipFiles(id))
	for _, end := range []string{"-wal", "-shm"} {
		os.Remove(filepath.Join(data, "lares.db"+end))
	}
	write(t, filepath.Join(data, "lares.db"), week)

	h = startHub(t, data)
	keeper, bob = h.signIn("keeper"), h.signIn("bob")
	var me struct {
		RolledBack bool `json:"rolled_back"`
	}
	keeper.call(http.MethodGet, "me", nil, http.StatusOK, &me)
	status, answer := keeper.send(http.MethodGet, keeper.url("clips/"+old+"/clip.mp4"), nil)
	if !me.RolledBack || status != http.StatusServiceUnavailable || !strings.Contains(string(answer), "rolled-back") {
		t.Errorf("me says %v, a clip is %d: %.200s", me.RolledBack, status, answer)
	}
	shut := func() {
		t.Helper()
		for _, path := range []string{"cameras/" + id, "clips/" + old + "/clip.mp4"} {
			if status, _ := bob.send(http.MethodGet, bob.url(path), nil); status != http.StatusNotFound {
				t.Errorf("who was shut out asks for %s: %d", path, status)
			}
		}
		if status, _ := bob.send(http.MethodPost, bob.url("hub/confirm-rollback"), nil); status != http.StatusNotFound {
			t.Errorf("who is no operator confirms: %d", status)
		}
	}
	shut()
	recordOne(t, h, keeper, id)
	keeper.call(http.MethodPost, "hub/confirm-rollback", nil, http.StatusNoContent, nil)
	keeper.get("clips/" + old + "/clip.mp4")
	shut()
	if err := h.stop(); err != nil {
		t.Fatalf("stopping: %v\n%s", err, h.stderr)
	}
	mustCommand(t, "repair", "--data", data, "--yes") // what the old database does not list
	h = startHub(t, data)
	keeper, bob = h.signIn("keeper"), h.signIn("bob")
	keeper.shows(t, clips+1)
	shut()
}
