package prove

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// builds are the variants of the program, made once each.
type builds struct {
	dir  string
	race bool       // with the race detector
	mu   sync.Mutex // guards made
	made map[string]bool
}

// program builds the hub with these tags, unless it is there.
func (b *builds) program(t *testing.T, tags string) string {
	t.Helper()
	return b.mutant(t, tags, &mutant{})
}

// mutant builds the hub with these tags and one file of another text, unless it
// is there.
func (b *builds) mutant(t *testing.T, tags string, m *mutant) string {
	t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	const notInNames = ", /"
	name := "lares-" + strings.Map(func(r rune) rune {
		if strings.ContainsRune(notInNames, r) {
			return '-'
		}
		return r
	}, tags+" "+m.name)
	p := filepath.Join(b.dir, name)
	if b.made[name] {
		return p
	}
	args := []string{"build", "-tags", tags, "-o", p}
	if over := m.overlay(t, t.TempDir()); over != "" {
		args = append(args, "-overlay", over)
	}
	cgo := "CGO_ENABLED=0"
	if b.race {
		args, cgo = append(args, "-race"), "CGO_ENABLED=1" // the detector is a library in C
	}
	build := exec.Command("go", append(args, "lares/hub")...)
	build.Env = append(os.Environ(), cgo)
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building the program with tags %q %s: %v\n%s", tags, m.name, err, out)
	}
	if b.made == nil {
		b.made = map[string]bool{}
	}
	b.made[name] = true
	return p
}

// hub is the process under test.
type hub struct {
	program string
	data    string
	port    string
	cmd     *exec.Cmd
	says    *syncBuffer
	ended   chan struct{}
}

// syncBuffer keeps the end of what a process says.
type syncBuffer struct {
	mu sync.Mutex // guards b
	b  bytes.Buffer
}

// Write keeps the last megabyte.
func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	const most = 1 << 20
	if s.b.Len()+len(p) > most {
		s.b.Next(s.b.Len() + len(p) - most)
	}
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// tail is the end of it.
func (s *syncBuffer) tail() string {
	all := s.String()
	const most = 4 << 10
	return all[max(0, len(all)-most):]
}

// grep are the lines that hold a word.
func (s *syncBuffer) grep(words ...string) (lines []string) {
	for line := range strings.Lines(s.String()) {
		for _, w := range words {
			if strings.Contains(line, w) {
				lines = append(lines, strings.TrimSpace(line))
				break
			}
		}
	}
	return lines
}

// errors are what the hub said of faults of its own: what it cannot explain. That
// nobody was there any more to hear the answer is none.
func (h *hub) errors() []string {
	return slices.DeleteFunc(h.says.grep("status=500", "panic"), func(s string) bool { return strings.Contains(s, net.ErrClosed.Error()) })
}

// start runs the hub and returns at once; ready waits for it.
func start(t *testing.T, program, data, port string, limit limiter, env ...string) *hub {
	t.Helper()
	h := &hub{program: program, data: data, port: port, says: &syncBuffer{}, ended: make(chan struct{})}
	args := []string{"serve", "--data", data, "--https", "127.0.0.1:" + port, "--http", "127.0.0.1:0", "--announce", "false", "--discover", "here"}
	h.cmd = limit.command(program, args...)
	h.cmd.Env = append(os.Environ(), env...)
	h.cmd.Stdout, h.cmd.Stderr = h.says, h.says
	h.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := h.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(h.ended)
		h.cmd.Wait() // how it ended, the log says
	}()
	limit.hold(h)
	return h
}

// kill ends the hub as a power cut would.
func (h *hub) kill() {
	h.cmd.Process.Kill()
	<-h.ended
}

const bootLimit = 60 * time.Second // with half a processor and a slow database

// ready waits until the hub answers.
func (h *hub) ready(t *testing.T) time.Duration {
	t.Helper()
	began := time.Now()
	for time.Since(began) < bootLimit {
		select {
		case <-h.ended:
			t.Fatalf("the hub ended:\n%s", h.says.tail())
		default:
		}
		if c, err := net.DialTimeout("tcp", h.address(), time.Second); err == nil {
			c.Close()
			return time.Since(began)
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("the hub does not answer:\n%s", h.says.tail())
	return 0
}

func (h *hub) address() string { return "127.0.0.1:" + h.port }

// door trusts the hub's own authority.
func (h *hub) door(t *testing.T) *door {
	t.Helper()
	pem, err := os.ReadFile(filepath.Join(h.data, "ca", "ca.pem"))
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	return newDoor(h.address(), roots)
}

func newDoor(address string, roots *x509.CertPool) *door {
	const remembered = 1 << 10
	return &door{address: address, tls: &tls.Config{
		ServerName: "127.0.0.1", RootCAs: roots, MinVersion: tls.VersionTLS13,
		// What costs least: the handshakes are not what is tested.
		CurvePreferences: []tls.CurveID{tls.X25519}, ClientSessionCache: tls.NewLRUClientSessionCache(remembered),
	}}
}

// limiter bounds the processor time of a hub and its children.
type limiter interface {
	command(program string, args ...string) *exec.Cmd
	hold(h *hub)
	// bit is an error if what was held never felt the limit.
	bit() error
	String() string
	end()
}

// unlimited bounds nothing.
type unlimited struct{}

func (unlimited) command(program string, args ...string) *exec.Cmd {
	return exec.Command(program, args...)
}
func (unlimited) hold(*hub)      {}
func (unlimited) bit() error     { return nil }
func (unlimited) String() string { return "no limit" }
func (unlimited) end()           {}

// halfProcessor is the best limiter to half a processor that this machine
// allows: a cgroup, version 2 or 1, else stopping and continuing the process.
func halfProcessor() limiter {
	name := "lares-prove-" + strconv.Itoa(os.Getpid())
	for _, g := range []cgroup{
		{dir: filepath.Join("/sys/fs/cgroup", name), version: 2, files: [][2]string{{"cpu.max", "50000 100000"}}},
		{dir: filepath.Join("/sys/fs/cgroup/cpu", name), version: 1, files: [][2]string{{"cpu.cfs_period_us", "100000"}, {"cpu.cfs_quota_us", "50000"}}},
	} {
		if g.make() == nil {
			return g
		}
		g.end()
	}
	return &dutyCycle{}
}

// cgroup is a control group of its own for the hub and its children.
type cgroup struct {
	dir     string
	version int
	files   [][2]string
}

func (g cgroup) make() error {
	if err := os.Mkdir(g.dir, 0o755); err != nil {
		return err
	}
	for _, f := range g.files {
		if err := g.set(f[0], f[1]); err != nil {
			return err
		}
	}
	return nil
}

// set writes one of the group's files. It makes none: where no control groups of
// this version are mounted, a folder of that name would take any file, and bound
// nothing.
func (g cgroup) set(name, value string) error {
	f, err := os.OpenFile(filepath.Join(g.dir, name), os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteString(value)
	return errors.Join(err, f.Close())
}

// command joins the group before the program begins.
func (g cgroup) command(program string, args ...string) *exec.Cmd {
	const join = `echo $$ > "$0/cgroup.procs" && exec "$@"`
	return exec.Command("/bin/sh", append([]string{"-c", join, g.dir, program}, args...)...)
}

func (g cgroup) hold(*hub) {}

// bit asks the kernel how often it made the group wait (cpu.stat).
func (g cgroup) bit() error {
	stat, err := os.ReadFile(filepath.Join(g.dir, "cpu.stat"))
	if err != nil {
		return err
	}
	for line := range strings.Lines(string(stat)) {
		if n, ok := strings.CutPrefix(line, "nr_throttled "); ok && strings.TrimSpace(n) != "0" {
			return nil
		}
	}
	return fmt.Errorf("the group was never made to wait: %s", stat)
}

func (g cgroup) String() string { return fmt.Sprintf("half a processor by cgroup v%d", g.version) }

// end removes the group once the last child of the killed hub has left it.
func (g cgroup) end() {
	for range 100 {
		if err := os.Remove(g.dir); err == nil || os.IsNotExist(err) {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// dutyCycle stops a hub every other 50 ms; its children go on, but nobody
// reads what they send.
type dutyCycle struct{ done sync.WaitGroup }

func (*dutyCycle) command(program string, args ...string) *exec.Cmd {
	return exec.Command(program, args...)
}

func (*dutyCycle) bit() error { return nil }

func (d *dutyCycle) hold(h *hub) {
	d.done.Go(func() {
		tick := time.NewTicker(50 * time.Millisecond)
		defer tick.Stop()
		for stopped := false; ; stopped = !stopped {
			select {
			case <-h.ended:
				return
			case <-tick.C:
			}
			if stopped {
				h.cmd.Process.Signal(syscall.SIGCONT)
			} else {
				h.cmd.Process.Signal(syscall.SIGSTOP)
			}
		}
	})
}

func (*dutyCycle) String() string {
	return "half a processor by stopping and continuing (no cgroup may be made here)"
}
func (d *dutyCycle) end() { d.done.Wait() }

// freePort is a port that nobody listens on, below those that the system gives
// to outgoing connections.
func freePort(t *testing.T) string {
	t.Helper()
	for n := range 200 {
		port := strconv.Itoa(12_000 + (os.Getpid()*31+n)%8_000)
		if ln, err := net.Listen("tcp", "127.0.0.1:"+port); err == nil {
			ln.Close()
			return port
		}
	}
	t.Fatal("no port is free")
	return ""
}
