package worker

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

const cageEnv = "LARES_TEST_CAGE"

// TestMain makes the test binary a prisoner that tries the bars.
func TestMain(m *testing.M) {
	if port := os.Getenv(cageEnv); port != "" {
		if err := json.NewEncoder(os.Stdout).Encode(prison(port)); err != nil {
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
	// Tried maps what was tried to the error it met, "" for success.
	Tried map[string]string
}

func prison(port string) (p prisoner) {
	p.Tried = map[string]string{}
	// More threads than one, some of them asleep in the kernel before the cage
	// closes: it has to close around all.
	release := make(chan struct{})
	answers := make(chan string)
	for range 4 {
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
	var err error
	if p.Lacking, err = enterCage(); err != nil {
		p.Error = err.Error()
		return p
	}
	try := func(what string, err error) { p.Tried[what] = text(err) }
	try("open", tryOpen())
	_, err = os.Create("/tmp/lares-cage-probe")
	try("create", err)
	_, err = os.Stat("/etc/passwd")
	try("stat", err)
	try("exec", exec.Command("/bin/true").Run())
	try("exec in place", syscall.Exec("/bin/true", []string{"true"}, nil))
	for name, family := range map[string]int{"AF_UNIX": unix.AF_UNIX, "AF_NETLINK": unix.AF_NETLINK, "AF_PACKET": unix.AF_PACKET, "AF_VSOCK": unix.AF_VSOCK} {
		_, err = unix.Socket(family, unix.SOCK_STREAM, 0)
		try(name, err)
	}
	_, err = unix.Socket(unix.AF_INET, unix.SOCK_DGRAM, 0)
	try("UDP", err)
	_, err = unix.Socket(unix.AF_INET, unix.SOCK_RAW, 1)
	try("raw", err)
	_, err = net.Listen("tcp", "127.0.0.1:0")
	try("listen", err)
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
	close(release)
	for i := range 4 {
		p.Tried["open on thread "+strconv.Itoa(i)] = <-answers
	}
	c, err := net.Dial("tcp", "127.0.0.1:"+port)
	if err == nil {
		c.Close()
	}
	p.Tried["TCP"] = text(err)
	p.UID = os.Getuid()
	return p
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

// TestCage tries the bars from inside.
func TestCage(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c := exec.Command(os.Args[0])
	c.Env = []string{fmt.Sprintf("%s=%d", cageEnv, l.Addr().(*net.TCPAddr).Port)}
	c.Stderr = t.Output()
	out, err := c.Output()
	if err != nil {
		t.Fatal(err)
	}
	var p prisoner
	if err := json.Unmarshal(out, &p); err != nil || p.Error != "" {
		t.Fatal(err, p.Error)
	}
	t.Logf("the kernel (or this build) lacks: %q; user id %d", p.Lacking, p.UID)
	if strings.Contains(p.Lacking, "seccomp") {
		t.Skip("this kernel has no seccomp filter: nothing to try")
	}
	for what, e := range p.Tried {
		switch {
		case what == "TCP" && e != "":
			t.Errorf("TCP is forbidden: %s", e)
		case what == "AF_UNIX" && e != syscall.EAFNOSUPPORT.Error():
			t.Errorf("AF_UNIX: %q", e)
		case what != "TCP" && e == "":
			t.Errorf("%s is allowed", what)
		case what != "TCP" && (strings.Contains(e, "no such") || strings.Contains(e, "invalid")):
			t.Errorf("%s got as far as %q", what, e)
		}
	}
	if len(p.Tried) < 25 {
		t.Errorf("only %d things were tried", len(p.Tried))
	}
	if os.Getuid() == 0 && p.UID == 0 {
		t.Error("still root")
	}
}
