package httpapi

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"lares/cameras"
	"lares/cameras/clock"
	"lares/cameras/fakecam"
	"lares/cameras/fault"
	"lares/cameras/media"
	"lares/cameras/seal"
	"lares/cameras/worker"
	"lares/hub/account"
	"lares/hub/gate"
	"lares/hub/journal"
	"lares/hub/live"
	"lares/hub/store"
	"lares/hub/vault"
	"lares/recorder"
)

const workerEnv = "LARES_TEST_WORKER"

// TestMain makes the test binary its own camera worker.
func TestMain(m *testing.M) {
	if os.Getenv(workerEnv) != "" {
		if err := worker.Main(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// patience bounds every wait of the tests; none is ever waited out.
const patience = 20 * time.Second

func wait(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

// rigPreRoll is how much of the past the rig's clips begin with.
const rigPreRoll = time.Second

// rig is a whole hub: database, keys, accounts, gate, workers, recorder, and
// the server over TLS on loopback.
type rig struct {
	t        testing.TB
	store    *store.Store
	vault    *vault.Vault
	accounts *account.Service
	journal  *journal.Journal
	gate     *gate.Gate
	fleet    *cameras.Fleet
	recorder *recorder.Recorder
	live     *live.Sockets
	server   *Server
	address  string
	pool     string // the media folder
	heads    string // the journal's
	stop     func()
	deaf     bool // nobody is told of revokes and new epochs
	lost     bool // the test closed the database
	ahead    ahead
	rekeys   sync.WaitGroup
}

// ahead is the server's clock, which a test may put forward.
type ahead struct{ by *atomic.Int64 }

func (a ahead) Now() time.Time { return time.Now().Add(time.Duration(a.by.Load())) }

const testPassword = "correct horse battery"

// newRig builds a hub as hub/app does; its parts end with the test.
func newRig(t testing.TB, change ...func(*live.Config)) *rig {
	t.Helper()
	dir, pool := t.TempDir(), filepath.Join(t.TempDir(), "media")
	r := &rig{t: t, pool: pool, ahead: ahead{new(atomic.Int64)}}
	must(t, os.MkdirAll(pool, 0o700))
	// Not t.Output: what ends with the test still logs then.
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError}))
	built := time.Now().Add(-time.Hour)
	var err error
	r.store, err = store.Open(t.Context(), store.Options{Path: filepath.Join(dir, "lares.db")})
	must(t, err)
	t.Cleanup(func() { r.store.Close() })
	r.vault, err = vault.Open(t.Context(), vault.Config{Dir: dir, Pools: []string{pool}, Store: r.store, Clock: clock.System{}, Log: log})
	must(t, err)
	t.Cleanup(func() { r.vault.Close() })
	t.Cleanup(r.rekeys.Wait)
	r.heads = filepath.Join(dir, journal.FileName)
	r.journal, err = journal.Open(t.Context(), journal.Config{Store: r.store, Vault: r.vault, Clock: clock.System{}, Log: log, Heads: r.heads})
	must(t, err)
	t.Cleanup(func() {
		if err := r.journal.Close(); !r.lost {
			must(t, err)
		}
	})
	r.vault.Refusals().Hear(r.journal.Crossed)
	r.accounts = account.New(account.Config{Store: r.store, Vault: r.vault, Clock: clock.System{}, Built: built, Log: log, Journal: r.journal,
		Ended: func(id account.SessionID) { r.server.SessionEnded(id) },
		Bump: func(ctx context.Context, tx *store.Tx, owner *vault.OpenedAccount, all bool) ([]media.CameraID, error) {
			return r.gate.BumpOwn(ctx, tx, owner, all)
		},
		Rekeyed: func(id media.CameraID) { r.rekeyed(id) }})
	r.gate = gate.New(gate.Config{
		Store: r.store, Vault: r.vault, Clock: clock.System{}, Built: built, Log: log, Journal: r.journal, Changed: r.changed,
		Locked: func(ended []account.SessionID) { r.server.Locked(ended) },
		Revoked: func(who account.ID, id media.CameraID) {
			if !r.deaf {
				r.server.Revoked(who, id)
			}
		},
		Rekeyed: func(id media.CameraID) { r.rekeyed(id) },
		Erase:   func(ctx context.Context, id media.CameraID) error { return r.recorder.Erase(ctx, id) },
		Discard: func(ctx context.Context, id media.CameraID) error { return r.recorder.Discard(ctx, id) },
		Listed:  func(c media.CameraID, e media.EventID) { r.live.Listed(c, e) },
	})
	r.fleet = cameras.New(cameras.Config{
		Hub: r.vault.Hub(), Clock: clock.System{}, NewRun: r.vault.NewRun, Learned: r.gate.Learned, Log: log,
		Command: func() *exec.Cmd {
			c := exec.Command(os.Args[0])
			c.Env = []string{workerEnv + "=1"}
			return c
		},
		RunStarted: func(id media.CameraID, o *seal.Opener) { r.recorder.AddOpener(id, o) },
	})
	r.recorder, err = recorder.New(recorder.Config{
		Hub: r.vault.Hub(), Dir: pool, Clock: clock.System{}, Keys: r.vault, Index: r.store, Source: r.fleet, Log: log,
		PreRoll: rigPreRoll, PostRoll: 3 * time.Second,
		Crossed: func(site fault.Site, _ media.CameraID) { r.vault.Refusals().Count(site) },
		Listed:  func(c media.CameraID, e media.EventID) { r.live.Listed(c, e) },
	})
	must(t, err)
	shown := live.Config{Gate: r.gate, Fleet: r.fleet, Clock: clock.System{}, Log: log}
	for _, f := range change {
		f(&shown)
	}
	r.live = live.New(shown)
	r.server, err = New(Config{
		Accounts: r.accounts, Gate: r.gate, Journal: r.journal, Fleet: r.fleet, Recorder: r.recorder, Live: r.live, Shell: testShell,
		Clock: r.ahead, Log: log, TLS: certificate(t), Version: "test", Fingerprint: "AB:CD",
	})
	must(t, err)
	r.background(r.journal.Run)
	r.background(r.recorder.Run)
	r.background(r.fleet.Run)
	r.background(r.gate.Run)
	r.address, r.stop = run(t, r.server)
	return r
}

func (r *rig) rekeyed(id media.CameraID) {
	if r.deaf {
		return
	}
	r.rekeys.Go(func() {
		r.fleet.Rekey(context.Background(), id)
		r.recorder.Cut(id)
	})
}

func (r *rig) background(f func(context.Context) error) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- f(ctx) }()
	r.t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil && !errors.Is(err, context.Canceled) && !r.lost {
			r.t.Error(err)
		}
	})
}

func (r *rig) changed(id media.CameraID) {
	c, err := r.gate.WorkerCamera(context.Background(), id)
	if err != nil {
		r.fleet.Remove(id)
		r.recorder.Forget(id)
		return
	}
	r.recorder.Watch(id)
	c.PreRoll = rigPreRoll
	r.fleet.Set(c)
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// person is somebody with a browser of their own.
type person struct {
	r                *rig
	name             string
	id, scope, token string
	bearer           string // of a program: an API token
	guest            string // of a guest: the cookie of its own
	client           *http.Client
}

// header is what the person shows with each request.
func (p *person) header() (name, value string) {
	switch {
	case p.bearer != "":
		return "Authorization", "Bearer " + p.bearer
	case p.guest != "":
		return "Cookie", guestCookieName + "=" + p.guest
	case p.token != "":
		return "Cookie", cookieName + "=" + p.token
	}
	return "X-Nobody", "1"
}

func (r *rig) stranger() *person {
	p := &person{r: r, client: &http.Client{
		Transport: &http.Transport{
			TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, DisableCompression: true,
		},
		Timeout: patience,
	}}
	r.t.Cleanup(p.client.CloseIdleConnections)
	return p
}

// person makes an account, the first by claim, and signs it in.
func (r *rig) person(name string) *person {
	r.t.Helper()
	claimed, err := r.accounts.Claimed(r.t.Context())
	must(r.t, err)
	if claimed {
		_, err := r.accounts.Create(r.t.Context(), name, testPassword)
		must(r.t, err)
		return r.signIn(name)
	}
	code, err := r.accounts.ClaimCode(r.t.Context())
	must(r.t, err)
	p := r.stranger()
	p.enter("claim", map[string]string{"code": code, "name": name, "password": testPassword})
	return p
}

func (r *rig) signIn(name string) *person {
	r.t.Helper()
	p := r.stranger()
	p.enter("sign-in", map[string]string{"name": name, "password": testPassword})
	return p
}

// enter claims or signs in, and checks the answer's form.
func (p *person) enter(way string, body map[string]string) {
	t := p.r.t
	t.Helper()
	nonce := media.NewClipID().String()
	answer := p.do("POST", "/api/"+way+"/"+nonce, body)
	if answer.StatusCode != 200 {
		t.Fatalf("%s: %s %s", way, answer.Status, bodyOf(t, answer))
	}
	var in signedInView
	decode(t, answer, &in)
	cookies := answer.Cookies()
	if in.Nonce != nonce || len(in.Scope) != 32 || len(cookies) != 1 || !answer.Close {
		t.Fatalf("%s: %+v %v close %v", way, in, cookies, answer.Close)
	}
	c := cookies[0]
	if c.Name != "__Host-lares" || !c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Path != "/" || c.Domain != "" {
		t.Errorf("cookie %s", c.Raw)
	}
	p.name, p.id, p.scope, p.token = in.Account.Name, in.Account.ID.String(), in.Scope, c.Value
}

func decode(t testing.TB, r *http.Response, into any) {
	t.Helper()
	if err := json.Unmarshal(bodyOf(t, r), into); err != nil {
		t.Fatalf("%v: %s", err, bodyOf(t, r))
	}
}

// do makes a request; body nil is none, a []byte is sent as it is, all else as
// JSON. Headers are "Name: value".
func (p *person) do(method, path string, body any, headers ...string) *http.Response {
	p.r.t.Helper()
	answer, err := p.try(method, path, body, headers...)
	must(p.r.t, err)
	return answer
}

func (p *person) try(method, path string, body any, headers ...string) (*http.Response, error) {
	t := p.r.t
	t.Helper()
	var sent []byte
	switch b := body.(type) {
	case nil:
	case []byte:
		sent = b
	default:
		var err error
		sent, err = json.Marshal(b)
		must(t, err)
	}
	q, err := http.NewRequestWithContext(t.Context(), method, "https://"+p.r.address+path, bytes.NewReader(sent))
	must(t, err)
	if method != "GET" && method != "HEAD" {
		q.Header.Set("Sec-Fetch-Site", "same-origin")
		if len(sent) > 0 {
			q.Header.Set("Content-Type", "application/json")
		}
	}
	q.Header.Set(p.header())
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		q.Header.Set(name, value)
	}
	answer, err := p.client.Do(q)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	b, err := io.ReadAll(answer.Body)
	answer.Body = io.NopCloser(bytes.NewReader(b))
	return answer, err
}

// path is a path of the person's own scope.
func (p *person) path(format string, args ...any) string {
	return "/s/" + p.scope + "/api" + fmt.Sprintf(format, args...)
}

// camera starts a fake camera and adds it; it returns when pictures come.
func (p *person) camera(o fakecam.Options) (media.CameraID, *fakecam.Camera) {
	t := p.r.t
	t.Helper()
	cam, err := fakecam.Start(context.Background(), o)
	must(t, err)
	t.Cleanup(cam.Close)
	answer := p.do("POST", p.path("/cameras"), map[string]string{
		"name": o.Name, "main": cam.MainURL(), "sub": cam.SubURL(), "onvif": cam.ONVIFURL(),
		"username": o.Username, "password": o.Password,
	})
	if answer.StatusCode != 201 {
		t.Fatalf("adding a camera: %s %s", answer.Status, bodyOf(t, answer))
	}
	var added struct{ Camera cameraView }
	decode(t, answer, &added)
	id := added.Camera.ID
	wait(t, "pictures of "+o.Name, func() bool { s, ok := p.r.fleet.Status(id); return ok && s.State == cameras.Live })
	return id, cam
}

// clip triggers a recording and returns when it is complete.
func (p *person) clip(camera media.CameraID) media.ClipID {
	t := p.r.t
	t.Helper()
	answer := p.do("POST", p.path("/cameras/%s/trigger", camera), nil)
	if answer.StatusCode != 202 {
		t.Fatalf("trigger: %s %s", answer.Status, bodyOf(t, answer))
	}
	var triggered struct{ Event media.EventID }
	decode(t, answer, &triggered)
	var found media.ClipID
	wait(t, "the clip", func() bool {
		var page struct{ Events []eventView }
		answer := p.do("GET", p.path("/events?camera=%s", camera), nil)
		if answer.StatusCode != 200 {
			t.Fatalf("events: %s %s", answer.Status, bodyOf(t, answer))
		}
		decode(t, answer, &page)
		for _, e := range page.Events {
			if e.ID == triggered.Event && !e.Clip.IsZero() && !e.Recording {
				found = e.Clip
				return true
			}
		}
		return false
	})
	return found
}

// UnmarshalJSON reads what MarshalJSON writes.
func (m *moment) UnmarshalJSON(b []byte) error {
	return json.Unmarshal(b, (*time.Time)(m))
}
