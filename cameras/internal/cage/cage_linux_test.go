package cage

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

const (
	cageEnv = "LARES_TEST_CAGE"
	onlyEnv = "LARES_TEST_CAGE_LANDLOCK" // Landlock without the rest of the cage
)

// TestMain makes the test binary a prisoner that tries the bars.
func TestMain(m *testing.M) {
	if port := os.Getenv(cageEnv); port != "" {
		imprison := prison
		if os.Getenv(onlyEnv) != "" {
			imprison = landlocked
		}
		if err := json.NewEncoder(os.Stdout).Encode(imprison(port)); err != nil {
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

type prisoner struct {
	Lacking string
	Error   string
	UID     int
	// Landlock is the kernel's version of it, 0 for none.
	Landlock int
	// Tried maps what was tried to the error it met, "" for success.
	Tried map[string]string
}

func (p *prisoner) try(what string, err error) { p.Tried[what] = text(err) }

// tryFiles opens a file that is there, and makes one.
func (p *prisoner) tryFiles() {
	p.try("open", tryOpen())
	_, err := os.Create("/tmp/lares-cage-probe")
	p.try("create", err)
}

func prison(port string) (p prisoner) {
	p.Tried = map[string]string{}
	p.Landlock = landlockVersion()
	threads := asleep()
	var err error
	if p.Lacking, err = Enter(Limits{Memory: 48 << 20, Data: 320 << 20, Files: 32, Percent: 150}); err != nil {
		p.Error = err.Error()
		return p
	}
	try := p.try
	p.tryFiles()
	_, err = os.Stat("/etc/passwd")
	try("stat", err)
	try("exec", exec.Command("/bin/true").Run())
	try("exec in place", syscall.Exec("/bin/true", []string{"true"}, nil))
	for name, family := range map[string]int{"AF_UNIX": unix.AF_UNIX, "AF_NETLINK": unix.AF_NETLINK, "AF_PACKET": unix.AF_PACKET, "AF_VSOCK": unix.AF_VSOCK} {
		_, err = unix.Socket(family, unix.SOCK_STREAM, 0)
		try(name, err)
	}
	try("UDP", tryUDP())
	for name, of := range map[string][2]int{
		"SCTP": {unix.SOCK_STREAM, unix.IPPROTO_SCTP}, "Multipath TCP": {unix.SOCK_STREAM, unix.IPPROTO_MPTCP},
		"UDP-Lite": {unix.SOCK_DGRAM, unix.IPPROTO_UDPLITE}, "ping": {unix.SOCK_DGRAM, unix.IPPROTO_ICMP},
		"sequenced packets": {unix.SOCK_SEQPACKET, 0},
	} {
		_, err = unix.Socket(unix.AF_INET, of[0], of[1])
		try(name, err)
	}
	_, err = unix.Socket(unix.AF_INET, unix.SOCK_RAW, 1)
	try("raw", err)
	_, err = net.Listen("tcp", "127.0.0.1:0")
	try("listen", err)
	try("listen without a name", tryListen())
	try("ptrace", unix.PtraceAttach(os.Getppid()))
	_, err = unix.ProcessVMReadv(os.Getppid(), []unix.Iovec{{Base: new(byte), Len: 1}}, []unix.RemoteIovec{{Base: 4096, Len: 1}}, 0)
	try("read memory", err)
	try("signal", unix.Kill(os.Getppid(), 0))
	try("unshare", unix.Unshare(unix.CLONE_NEWNET))
	try("mount", unix.Mount("none", "/tmp", "tmpfs", 0, ""))
	_, _, e := unix.Syscall(unix.SYS_FCHMODAT, 0, 0, 0)
	try("chmod", errnoError(e))
	_, _, e = unix.Syscall(unix.SYS_IO_URING_SETUP, 1, 0, 0)
	try("io_uring", errnoError(e))
	_, err = unix.MemfdCreate("x", 0)
	try("memfd", err)
	try("root again", unix.Setuid(0))
	try("dumpable", unix.Prctl(unix.PR_SET_DUMPABLE, 1, 0, 0, 0))
	threads(p.Tried)
	c, err := net.Dial("tcp", "127.0.0.1:"+port)
	if err == nil {
		c.Close()
	}
	p.Tried["TCP"] = text(err)
	p.UID = os.Getuid()
	return p
}

// landlocked is a prisoner of Landlock alone, in which no system call is
// forbidden: what is refused, Landlock refuses.
func landlocked(port string) (p prisoner) {
	p.Tried = map[string]string{}
	p.Landlock = landlockVersion()
	threads := asleep()
	err := noNewPrivileges()
	if err == nil {
		err = restrict()
	}
	if err != nil {
		p.Error = err.Error()
		return p
	}
	try := p.try
	p.tryFiles()
	_, err = os.ReadDir("/")
	try("list", err)
	try("mkdir", os.Mkdir(fmt.Sprintf("/tmp/lares-cage-probe-%d", os.Getpid()), 0o700))
	try("exec in place", syscall.Exec("/bin/true", []string{"true"}, nil))
	if p.Landlock >= 4 {
		// net.Listen would take Multipath TCP, which Landlock does not know:
		// there the cage relies on seccomp.
		fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM, unix.IPPROTO_TCP)
		if err == nil {
			err = unix.Bind(fd, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}})
		}
		try("bind", err)
	}
	threads(p.Tried)
	c, err := net.Dial("tcp", "127.0.0.1:"+port)
	if err == nil {
		c.Close()
	}
	p.Tried["TCP"] = text(err)
	return p
}

// asleep puts threads to sleep in the kernel before the cage closes: it has to
// close around all. What it returns wakes them and notes whether they can open
// a file.
func asleep() func(tried map[string]string) {
	const n = 4
	release := make(chan struct{})
	answers := make(chan string)
	for range n {
		go func() {
			var fds [2]int
			if err := unix.Pipe(fds[:]); err != nil {
				answers <- err.Error()
				return
			}
			go func() { <-release; unix.Close(fds[1]) }()
			_, _ = unix.Read(fds[0], make([]byte, 1))
			answers <- text(tryOpen())
		}()
	}
	return func(tried map[string]string) {
		close(release)
		for i := range n {
			tried["open on thread "+strconv.Itoa(i)] = <-answers
		}
	}
}

func landlockVersion() int {
	v, _, e := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, unix.LANDLOCK_CREATE_RULESET_VERSION)
	if e != 0 {
		return 0
	}
	return int(v)
}

func errnoError(e syscall.Errno) error {
	if e == 0 {
		return nil
	}
	return e
}

func tryOpen() error {
	f, err := os.Open("/etc/hostname")
	if err == nil {
		f.Close()
	}
	return err
}

// tryUDP sends a datagram to itself.
func tryUDP() error {
	c, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return err
	}
	defer c.Close()
	if _, err := c.WriteTo([]byte("x"), c.LocalAddr()); err != nil {
		return err
	}
	_, _, err = c.ReadFrom(make([]byte, 1))
	return err
}

// tryListen does without bind: the kernel picks the port.
func tryListen() error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM, 0)
	if err != nil {
		return nil // the test sees that this was not what is forbidden
	}
	defer unix.Close(fd)
	return unix.Listen(fd, 1)
}

func text(err error) string {
	var e syscall.Errno
	switch {
	case err == nil:
		return ""
	case errors.As(err, &e):
		return e.Error()
	}
	return err.Error()
}

// jail runs a test binary as a prisoner and hears what it met.
func jail(t *testing.T, binary string, env ...string) (p prisoner) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c := exec.Command(binary)
	c.Env = append(env, fmt.Sprintf("%s=%d", cageEnv, l.Addr().(*net.TCPAddr).Port))
	c.Stderr = t.Output()
	out, err := c.Output()
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(out, &p); err != nil || p.Error != "" {
		t.Fatal(err, p.Error)
	}
	return p
}

// shipped builds this test binary the way the product is built: without cgo,
// and so without the race detector.
func shipped(t *testing.T) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "cage.test")
	c := exec.Command("go", "test", "-c", "-o", binary, ".")
	c.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=")
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("building without cgo: %v\n%s", err, out)
	}
	return binary
}

// TestCage tries the bars from inside, in this build.
func TestCage(t *testing.T) {
	t.Parallel()
	p := jail(t, os.Args[0])
	t.Logf("this build lacks %q; the kernel's Landlock is version %d; user id %d", p.Lacking, p.Landlock, p.UID)
	checkCage(t, p)
}

// TestShippedCage tries the bars of the build that people run: what the kernel
// can do, it must do.
func TestShippedCage(t *testing.T) {
	t.Parallel()
	binary := shipped(t)
	t.Run("whole", func(t *testing.T) {
		p := jail(t, binary)
		t.Logf("the kernel lacks %q; its Landlock is version %d; user id %d", p.Lacking, p.Landlock, p.UID)
		if p.Landlock > 0 && p.Lacking != "" {
			t.Errorf("this kernel has Landlock, and yet the cage lacks %s", p.Lacking)
		}
		checkCage(t, p)
	})
	t.Run("Landlock alone", func(t *testing.T) {
		if landlockVersion() == 0 {
			t.Skip("this kernel lacks Landlock: nothing to try")
		}
		p := jail(t, binary, onlyEnv+"=1")
		want := 9
		if p.Landlock >= 4 {
			want++
		} else {
			t.Logf("the kernel's Landlock is version %d: it cannot forbid listening (4)", p.Landlock)
		}
		for what, e := range p.Tried {
			if what == "TCP" && e != "" || what != "TCP" && e != syscall.EACCES.Error() {
				t.Errorf("%s: %q", what, e)
			}
		}
		if len(p.Tried) < want+1 {
			t.Errorf("only %d things were tried", len(p.Tried))
		}
	})
}

func checkCage(t *testing.T, p prisoner) {
	t.Helper()
	if strings.Contains(p.Lacking, "seccomp") {
		t.Skip("this kernel lacks the seccomp filter: nothing to try")
	}
	for what, e := range p.Tried {
		allowed := what == "TCP" || what == "UDP"
		switch {
		case allowed && e != "":
			t.Errorf("%s is forbidden: %s", what, e)
		case what == "AF_UNIX" && e != syscall.EAFNOSUPPORT.Error():
			t.Errorf("AF_UNIX: %q", e)
		case !allowed && e == "":
			t.Errorf("%s is allowed", what)
		case !allowed && (strings.Contains(e, "no such") || strings.Contains(e, "invalid")):
			t.Errorf("%s got as far as %q", what, e)
		}
	}
	if len(p.Tried) < 31 {
		t.Errorf("only %d things were tried", len(p.Tried))
	}
	if os.Getuid() == 0 && p.UID == 0 {
		t.Error("still root")
	}
}
