package app_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"lares/cameras/fakecam/lan"
)

// lares is the program under test, built once per run of the tests.
var lares string

// sideBySide is how many of the long tests run at once: most of their time is
// waiting, which the number of processors says nothing about.
const sideBySide = "7"

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "lares-app")
	if err != nil {
		panic(err)
	}
	lares = filepath.Join(dir, "lares")
	build := exec.Command("go", "build", "-o", lares, "lares/hub")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "building the program: %v\n%s", err, out)
		os.Exit(1)
	}
	flag.Parse()
	if err := flag.Set("test.parallel", sideBySide); err != nil {
		panic(err)
	}
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

// hub is a running `lares serve`.
type hub struct {
	t       *testing.T
	data    string
	url     string // https://127.0.0.1:port
	space   string // its network namespace, "" for ours
	host    string
	port    string
	cmd     *exec.Cmd
	stderr  *said
	started time.Time
	ready   time.Duration // from exec to the first 200
}

const (
	bootLimit = time.Minute // generous: the promise is asserted by its own test
	poll      = 10 * time.Millisecond
	password  = "a long enough password"
)

// said is what a process prints, which may be read while it goes on.
type said struct {
	mu sync.Mutex // guards b
	b  bytes.Buffer
}

// Write takes what the process prints.
func (s *said) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(b)
}

// String is all so far.
func (s *said) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// startHub runs the program on a data folder and waits for its first 200.
func startHub(t *testing.T, data string, args ...string) *hub {
	t.Helper()
	return startHubIn(t, "", data, args...)
}

// startHubIn is startHub in a network namespace.
func startHubIn(t *testing.T, space, data string, args ...string) *hub {
	t.Helper()
	h := &hub{t: t, data: data, space: space, host: "127.0.0.1", port: freePort(t), stderr: &said{}}
	h.url = "https://" + net.JoinHostPort(h.host, h.port)
	h.cmd = lan.Command(space, append([]string{lares, "serve", "--data", data, "--https", ":" + h.port, "--http", "127.0.0.1:" + freePort(t), "--announce", "false", "--discover", "off"}, args...)...)
	h.cmd.Stdout, h.cmd.Stderr = h.stderr, h.stderr
	h.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	h.started = time.Now()
	if err := h.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.kill)
	client := &http.Client{Timeout: time.Second, Transport: &http.Transport{DialContext: dialIn(space), TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, DisableKeepAlives: true}}
	for time.Since(h.started) < bootLimit {
		if r, err := client.Get(h.url + "/api/health"); err == nil {
			io.Copy(io.Discard, r.Body)
			r.Body.Close()
			if r.StatusCode == http.StatusOK {
				h.ready = time.Since(h.started)
				return h
			}
		}
		time.Sleep(poll) // the boot time itself is what is measured
	}
	h.kill()
	t.Fatalf("no answer from the hub within %v:\n%s", bootLimit, h.stderr)
	return nil
}

// kill ends the hub as a power cut would: at once, unasked.
func (h *hub) kill() {
	if h.cmd.ProcessState == nil {
		h.cmd.Process.Kill()
		h.cmd.Wait()
	}
}

// stop ends the hub as Ctrl-C would and reports how.
func (h *hub) stop() error {
	h.cmd.Process.Signal(os.Interrupt)
	return h.cmd.Wait()
}

// trusted makes a client that trusts the hub's own authority.
func (h *hub) trusted() *http.Client {
	h.t.Helper()
	pem, err := os.ReadFile(filepath.Join(h.data, "ca", "ca.pem"))
	if err != nil {
		h.t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	jar, err := cookiejar.New(nil)
	if err != nil {
		h.t.Fatal(err)
	}
	// It lets go of a connection before the hub does, after a minute: what is sent just then has no answer.
	const idle = 30 * time.Second
	return &http.Client{Timeout: 30 * time.Second, Jar: jar, Transport: &http.Transport{DialContext: dialIn(h.space), TLSClientConfig: &tls.Config{RootCAs: roots}, IdleConnTimeout: idle}}
}

// claimCode asks the running hub for its one-time code, as a person would.
func (h *hub) claimCode() string {
	h.t.Helper()
	out, err := exec.Command(lares, "claim", "--data", h.data, "--quiet").Output()
	if err != nil {
		h.t.Fatalf("lares claim: %v", err)
	}
	return strings.TrimSpace(string(out))
}

// person is somebody signed in.
type person struct {
	t      *testing.T
	hub    *hub
	client *http.Client
	scope  string
	id     string
}

type signedIn struct {
	Nonce   string `json:"nonce"`
	Scope   string `json:"scope"`
	Account struct {
		ID   string `json:"id"`
		Name string `json:"name"`
	} `json:"account"`
}

// claim makes the first account of a fresh hub.
func (h *hub) claim(name string) *person {
	h.t.Helper()
	return h.enter("/api/claim/", map[string]string{"code": h.claimCode(), "name": name, "password": password})
}

func (h *hub) signIn(name string) *person {
	h.t.Helper()
	return h.enter("/api/sign-in/", map[string]string{"name": name, "password": password})
}

func (h *hub) enter(path string, body any) *person {
	h.t.Helper()
	p := &person{t: h.t, hub: h, client: h.trusted()}
	b := make([]byte, 16)
	rand.Read(b)
	nonce := hex.EncodeToString(b)
	var in signedIn
	p.do(http.MethodPost, h.url+path+nonce, body, http.StatusOK, &in)
	if in.Nonce != nonce {
		h.t.Fatalf("the answer's nonce is %q, not ours", in.Nonce)
	}
	p.scope, p.id = in.Scope, in.Account.ID
	return p
}

// in is the same person in a part of the test.
func (p *person) in(t *testing.T) *person {
	same := *p
	same.t = t
	return &same
}

func (p *person) url(path string) string { return p.hub.url + "/s/" + p.scope + "/api/" + path }

// call sends JSON and reads JSON; any other status than want fails the test.
func (p *person) call(method, path string, body any, want int, into any) {
	p.t.Helper()
	p.do(method, p.url(path), body, want, into)
}

func (p *person) do(method, url string, body any, want int, into any) {
	p.t.Helper()
	status, answer := p.send(method, url, body)
	if status != want {
		p.t.Fatalf("%s %s: status %d, want %d: %s", method, path(url), status, want, answer)
	}
	if into != nil {
		if err := json.Unmarshal(answer, into); err != nil {
			p.t.Fatalf("%s %s: %v in %s", method, path(url), err, answer)
		}
	}
}

func (p *person) send(method, url string, body any) (int, []byte) {
	p.t.Helper()
	var reader io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			p.t.Fatal(err)
		}
		reader = bytes.NewReader(b)
	}
	r, err := http.NewRequestWithContext(p.t.Context(), method, url, reader)
	if err != nil {
		p.t.Fatal(err)
	}
	r.Header.Set("Origin", p.hub.url)
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	answer, err := p.client.Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	defer answer.Body.Close()
	b, err := io.ReadAll(answer.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return answer.StatusCode, b
}

// path hides the scope: it belongs in no log.
func path(url string) string {
	if _, after, ok := strings.Cut(url, "/api/"); ok {
		return after
	}
	return url
}

// cameraJSON is what the tests read of a camera.
type cameraJSON struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Clips  int    `json:"clips"`
	Bytes  int64  `json:"bytes"`
	Status struct {
		State   string       `json:"state"`
		Message string       `json:"message"`
		Warning string       `json:"warning"`
		Streams []streamJSON `json:"streams"`
	} `json:"status"`
}

// streamJSON is what the tests read of a camera's stream.
type streamJSON struct {
	Stream string `json:"stream"`
	State  string `json:"state"`
	Codec  string `json:"codec"`
}

func (p *person) addCamera(body map[string]string) string {
	p.t.Helper()
	var answer struct {
		Camera cameraJSON `json:"camera"`
	}
	p.call(http.MethodPost, "cameras", body, http.StatusCreated, &answer)
	return answer.Camera.ID
}

func (p *person) camera(id string) cameraJSON {
	p.t.Helper()
	var answer struct {
		Camera cameraJSON `json:"camera"`
	}
	p.call(http.MethodGet, "cameras/"+id, nil, http.StatusOK, &answer)
	return answer.Camera
}

// overlooks has the hub look for no motion at a camera before which something moves all
// the time: its events are those of the test.
func (p *person) overlooks(id string) {
	p.t.Helper()
	p.call(http.MethodPut, "cameras/"+id+"/motion", map[string]any{"off": true, "settings": map[string]any{}}, http.StatusNoContent, nil)
}

type eventJSON struct {
	ID     string `json:"id"`
	Camera string `json:"camera"`
	Clip   string `json:"clip"`
	Clips  []struct {
		ID         string    `json:"id"`
		Start      time.Time `json:"start"`
		DurationMS int64     `json:"duration_ms"`
		Recording  bool      `json:"recording"`
	} `json:"clips"`
	Kind       string    `json:"kind"`
	Zone       string    `json:"zone"`
	Score      float64   `json:"score"`
	Sources    []string  `json:"sources"`
	Start      time.Time `json:"start"`
	DurationMS int64     `json:"duration_ms"`
	End        time.Time `json:"end,omitzero"`
	Thumbnail  bool      `json:"thumbnail"`
	Picture    string    `json:"picture"`
	Recording  bool      `json:"recording"`
}

func (p *person) events() []eventJSON {
	p.t.Helper()
	var answer struct {
		Events []eventJSON `json:"events"`
	}
	p.call(http.MethodGet, "events", nil, http.StatusOK, &answer)
	return answer.Events
}

// allEvents pages through the whole list.
func (p *person) allEvents() (all []eventJSON) {
	p.t.Helper()
	before := ""
	for {
		var answer struct {
			Events []eventJSON `json:"events"`
			Next   string      `json:"next"`
		}
		p.call(http.MethodGet, "events?limit=50"+before, nil, http.StatusOK, &answer)
		all = append(all, answer.Events...)
		if answer.Next == "" {
			return all
		}
		before = "&before=" + answer.Next
	}
}

type clipJSON struct {
	Start      time.Time `json:"start"`
	DurationMS int64     `json:"duration_ms"`
	State      string    `json:"state"`
	Tracks     []struct {
		Codec    string `json:"codec"`
		Recorded string `json:"recorded"`
	} `json:"tracks"`
}

func (p *person) clip(id string) clipJSON {
	p.t.Helper()
	var answer struct {
		Clip clipJSON `json:"clip"`
	}
	p.call(http.MethodGet, "clips/"+id, nil, http.StatusOK, &answer)
	return answer.Clip
}

func (p *person) trigger(camera string) {
	p.t.Helper()
	p.call(http.MethodPost, "cameras/"+camera+"/trigger", map[string]any{}, http.StatusAccepted, nil)
}

// get reads a body of media.
func (p *person) get(path string) []byte {
	p.t.Helper()
	status, b := p.send(http.MethodGet, p.url(path), nil)
	if status != http.StatusOK {
		p.t.Fatalf("GET %s: status %d: %.200s", path, status, b)
	}
	return b
}

// until polls a condition; what it waits for stands in the failure.
func until(t *testing.T, limit time.Duration, what string, ok func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	ticker := time.NewTicker(50 * time.Millisecond)
	defer ticker.Stop()
	for !ok() {
		select {
		case <-ctx.Done():
			t.Fatalf("after %v still not: %s", limit, what)
		case <-ticker.C:
		}
	}
}

// ports counts what freePort has handed out.
var ports atomic.Uint32

// freePort is a port that no test of this run has had before, and below those
// that the system gives to outgoing connections.
func freePort(t *testing.T) string {
	t.Helper()
	const first, many = 20_000, 12_000
	for range many {
		port := strconv.Itoa(first + (os.Getpid()*97+int(ports.Add(1)))%many)
		if ln, err := net.Listen("tcp", ":"+port); err == nil {
			ln.Close()
			return port
		}
	}
	t.Fatal("no port is free")
	return ""
}
