package worker

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"lares/cameras/internal/cage"
)

const (
	hubEnv     = "LARES_TEST_HUB"     // be a hub in this folder
	burglarEnv = "LARES_TEST_BURGLAR" // be a burglar: a hubPlace
	freeEnv    = "LARES_TEST_FREE"    // without the cage

	nobody    = 65534
	siocSPGRP = 0x8902 // F_SETOWN of a socket (asm-generic/sockios.h)
)

// hubPlace is where a hub keeps what a worker must not reach.
type hubPlace struct {
	PID      int
	Address  uintptr // of secret, in its memory
	Dir      string
	Database string
	Socket   string
	Abstract string
}

const secret = "the keys of the house"

// playHub is a process with a database, a control socket and a secret, until
// its input ends.
func playHub(dir string) {
	text := []byte(secret)
	p := hubPlace{
		PID: os.Getpid(), Address: uintptr(unsafe.Pointer(&text[0])), Dir: dir,
		Database: filepath.Join(dir, "lares.db"), Socket: filepath.Join(dir, "control"), Abstract: fmt.Sprintf("@lares-test-%d", os.Getpid()),
	}
	if err := os.WriteFile(p.Database, text, 0o600); err != nil {
		fail(err)
	}
	for _, at := range []string{p.Socket, p.Abstract} {
		l, err := net.Listen("unix", at)
		if err != nil {
			fail(err)
		}
		defer l.Close()
	}
	if err := json.NewEncoder(os.Stdout).Encode(p); err != nil {
		fail(err)
	}
	_, _ = io.Copy(io.Discard, os.Stdin)
	runtime.KeepAlive(text)
	os.Exit(0)
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// playBurglar tries everything, from inside the cage or free.
func playBurglar(place string) {
	var hub hubPlace
	if err := json.Unmarshal([]byte(place), &hub); err != nil {
		fail(err)
	}
	out := prisoner{Tried: map[string]string{}, Landlock: landlockVersion(), UID: os.Getuid()}
	attempts := burglary(hub)
	if os.Getenv(freeEnv) == "" {
		var err error
		if out.Lacking, err = cage.Enter(limits()); err != nil {
			fail(err)
		}
	}
	for name, do := range attempts {
		out.Tried[name] = text(do())
	}
	for name, e := range excesses {
		out.Tried[name] = text(e.do())
	}
	if err := json.NewEncoder(os.Stdout).Encode(out); err != nil {
		fail(err)
	}
	os.Exit(0)
}

// call is a bare system call that returns nothing or a file descriptor.
func call(nr uintptr, args ...uintptr) func() error {
	args = append(args, make([]uintptr, 6)...)
	return func() error {
		fd, _, e := unix.Syscall6(nr, args[0], args[1], args[2], args[3], args[4], args[5])
		if e == 0 && fd > 2 {
			unix.Close(int(fd))
		}
		return errnoError(e)
	}
}

// ipc makes an object of System V for this process alone, and removes it.
func ipc(get, ctl uintptr, args ...uintptr) func() error {
	args = append(args, 0, 0)
	return func() error {
		id, _, e := unix.Syscall(get, 0, args[0], args[1])
		if e == 0 {
			_, _, e = unix.Syscall(ctl, id, unix.IPC_RMID, 0)
		}
		return errnoError(e)
	}
}

func socket(family, kind, protocol int) func() error {
	return func() error {
		fd, err := unix.Socket(family, kind, protocol)
		if err == nil {
			unix.Close(fd)
		}
		return err
	}
}

func opening(path string, flags int) func() error {
	return func() error {
		f, err := os.OpenFile(path, flags, 0o600)
		if err == nil {
			f.Close()
		}
		return err
	}
}

// burglary is what a worker that a camera has taken over would try, as the same
// user as the hub. Nothing of it hurts where it succeeds.
func burglary(hub hubPlace) map[string]func() error {
	pipe := make([]int, 2)
	if err := unix.Pipe(pipe); err != nil {
		fail(err)
	}
	name := append([]byte("x"), 0)
	at := uintptr(unsafe.Pointer(&name[0]))
	all := map[string]func() error{
		"read the database":         opening(hub.Database, os.O_RDONLY),
		"write the database":        opening(hub.Database, os.O_WRONLY),
		"create beside it":          opening(filepath.Join(hub.Dir, fmt.Sprint("new", os.Getpid())), os.O_CREATE|os.O_WRONLY),
		"rename the database":       func() error { return os.Rename(hub.Database, hub.Database) },
		"link the database":         func() error { return os.Symlink("x", filepath.Join(hub.Dir, fmt.Sprint("link", os.Getpid()))) },
		"look at the database":      func() error { _, err := os.Stat(hub.Database); return err },
		"list the folder":           func() error { _, err := os.ReadDir(hub.Dir); return err },
		"change the folder":         func() error { return os.Chdir(hub.Dir) },
		"call the control socket":   dialUnix(hub.Socket),
		"call the abstract socket":  dialUnix(hub.Abstract),
		"read memory by file":       readMem(hub),
		"read memory by call":       func() error { return readVM(hub) },
		"write memory by call":      func() error { return writeVM(hub) },
		"trace":                     call(unix.SYS_PTRACE, unix.PTRACE_SEIZE, uintptr(hub.PID), 0, 0),
		"read its environment":      opening(fmt.Sprintf("/proc/%d/environ", hub.PID), os.O_RDONLY),
		"list its files":            func() error { _, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", hub.PID)); return err },
		"signal":                    func() error { return unix.Kill(hub.PID, 0) },
		"signal a thread":           func() error { return unix.Tgkill(hub.PID, hub.PID, 0) },
		"signal by handle":          call(unix.SYS_PIDFD_OPEN, uintptr(hub.PID), 0),
		"signal by owning a pipe":   func() error { return fcntl(pipe[0], unix.F_SETOWN, hub.PID) },
		"signal by owning a socket": func() error { return ownSocket(hub.PID) },
		"choose the signal":         func() error { return fcntl(pipe[0], unix.F_SETSIG, int(unix.SIGUSR1)) },
		"lower its limits":          func() error { return unix.Prlimit(hub.PID, unix.RLIMIT_NOFILE, nil, &unix.Rlimit{}) },
		"move it to a processor":    affinity(hub.PID),
		"lower its priority":        func() error { return unix.Setpriority(unix.PRIO_PROCESS, hub.PID, 5) },
		"run a program":             func() error { return exec.Command("/bin/true").Run() },
		"socket: unix":              socket(unix.AF_UNIX, unix.SOCK_STREAM, 0),
		"socket: unix datagrams":    socket(unix.AF_UNIX, unix.SOCK_DGRAM, 0),
		"socket pair":               func() error { _, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0); return err },
		"socket: netlink":           socket(unix.AF_NETLINK, unix.SOCK_RAW, unix.NETLINK_ROUTE),
		"socket: packet":            socket(unix.AF_PACKET, unix.SOCK_RAW, 0),
		"socket: raw":               socket(unix.AF_INET, unix.SOCK_RAW, unix.IPPROTO_ICMP),
		"socket: ping":              socket(unix.AF_INET, unix.SOCK_DGRAM, unix.IPPROTO_ICMP),
		"socket: kernel ciphers":    socket(unix.AF_ALG, unix.SOCK_SEQPACKET, 0),
		"socket: virtual machine":   socket(unix.AF_VSOCK, unix.SOCK_STREAM, 0),
		"socket: Bluetooth":         socket(unix.AF_BLUETOOTH, unix.SOCK_RAW, 1),
		"listen":                    listenOn("127.0.0.1:0"),
		"listen without a name":     tryListen,
		"file in memory":            call(unix.SYS_MEMFD_CREATE, at, 0),
		"io_uring":                  call(unix.SYS_IO_URING_SETUP, 1, uintptr(unsafe.Pointer(&make([]byte, 120)[0]))),
		"key ring":                  func() error { _, err := unix.KeyctlGetKeyringID(unix.KEY_SPEC_SESSION_KEYRING, false); return err },
		"BPF":                       call(unix.SYS_BPF, 0, uintptr(unsafe.Pointer(&make([]byte, 128)[0])), 64),
		"performance counters":      call(unix.SYS_PERF_EVENT_OPEN, uintptr(unsafe.Pointer(&make([]byte, 128)[0])), 0, ^uintptr(0), ^uintptr(0), 0),
		"page faults by hand":       call(unix.SYS_USERFAULTFD, 1),
		"shared memory":             ipc(unix.SYS_SHMGET, unix.SYS_SHMCTL, 4096, 0o1600),
		"message queue":             ipc(unix.SYS_MSGGET, unix.SYS_MSGCTL, 0o1600),
		"watch files":               call(unix.SYS_INOTIFY_INIT1, 0),
		"namespace of its own":      func() error { return unix.Unshare(unix.CLONE_NEWUSER) },
		"mount":                     func() error { return unix.Mount("none", hub.Dir, "tmpfs", 0, "") },
		"be somebody else":          func() error { return syscall.Setuid(os.Getuid()) },
		"be dumped":                 func() error { return unix.Prctl(unix.PR_SET_DUMPABLE, 1, 0, 0, 0) },
		"undo the system call list": call(unix.SYS_SECCOMP, unix.SECCOMP_GET_ACTION_AVAIL, 0, uintptr(unsafe.Pointer(&allowAction))),
	}
	return all
}

var allowAction uint32 = unix.SECCOMP_RET_ALLOW

// excesses are what the limits of a process end, and how.
var excesses = map[string]struct {
	do  func() error
	end unix.Errno
}{
	"forty sockets": {func() error {
		for range filesLimit + 8 {
			fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM, unix.IPPROTO_TCP)
			if err != nil {
				return err
			}
			defer unix.Close(fd)
		}
		return nil
	}, unix.EMFILE},
	"much memory": {func() error {
		b, err := unix.Mmap(-1, 0, dataLimit, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
		if err == nil {
			unix.Munmap(b)
		}
		return err
	}, unix.ENOMEM},
}

func dialUnix(at string) func() error {
	return func() error {
		c, err := net.Dial("unix", at)
		if err == nil {
			c.Close()
		}
		return err
	}
}

func listenOn(at string) func() error {
	return func() error {
		l, err := net.Listen("tcp", at)
		if err == nil {
			l.Close()
		}
		return err
	}
}

func readMem(hub hubPlace) func() error {
	return func() error {
		f, err := os.Open(fmt.Sprintf("/proc/%d/mem", hub.PID))
		if err != nil {
			return err
		}
		defer f.Close()
		got := make([]byte, len(secret))
		if _, err := f.ReadAt(got, int64(hub.Address)); err != nil {
			return err
		}
		return isSecret(got)
	}
}

func isSecret(got []byte) error {
	if string(got) != secret {
		return fmt.Errorf("it read %q", got)
	}
	return nil
}

func readVM(hub hubPlace) error {
	got := make([]byte, len(secret))
	_, err := unix.ProcessVMReadv(hub.PID, []unix.Iovec{iovec(got)}, []unix.RemoteIovec{{Base: hub.Address, Len: len(got)}}, 0)
	if err != nil {
		return err
	}
	return isSecret(got)
}

func writeVM(hub hubPlace) error {
	same := []byte(secret)
	_, err := unix.ProcessVMWritev(hub.PID, []unix.Iovec{iovec(same)}, []unix.RemoteIovec{{Base: hub.Address, Len: len(same)}}, 0)
	return err
}

func iovec(b []byte) unix.Iovec {
	v := unix.Iovec{Base: &b[0]}
	v.SetLen(len(b))
	return v
}

func fcntl(fd, cmd, arg int) error {
	_, err := unix.FcntlInt(uintptr(fd), cmd, arg)
	return err
}

// ownSocket is F_SETOWN as sockets spell it.
func ownSocket(pid int) error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM, unix.IPPROTO_TCP)
	if err != nil {
		return fmt.Errorf("making the socket: %v", err)
	}
	defer unix.Close(fd)
	return unix.IoctlSetPointerInt(fd, siocSPGRP, pid)
}

func affinity(pid int) func() error {
	return func() error {
		var set unix.CPUSet
		if err := unix.SchedGetaffinity(pid, &set); err != nil {
			return err
		}
		return unix.SchedSetaffinity(pid, &set)
	}
}

// asNobody runs the binary as one user, the same for hub and burglar: where the
// hub is not root, its workers are not other users.
func asNobody(binary string, env ...string) *exec.Cmd {
	c := exec.Command(binary)
	c.Env = env
	if os.Getuid() == 0 {
		c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	}
	return c
}

// TestBurglar tries from inside the cage what a worker must not do to the hub
// that runs as the same user, and the same outside, where it must succeed
// unless this machine forbids it to everybody.
func TestBurglar(t *testing.T) {
	t.Parallel()
	dir, err := os.MkdirTemp("", "lares-burglar")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	binary := filepath.Join(dir, "worker.test")
	built, err := os.ReadFile(shipped(t))
	if err != nil {
		t.Fatal(err)
	}
	home := filepath.Join(dir, "hub")
	// A child that another test starts meanwhile has the file open for writing for a moment,
	// and then it cannot be run (go.dev/issue/22315).
	syscall.ForkLock.RLock()
	err = os.WriteFile(binary, built, 0o755)
	syscall.ForkLock.RUnlock()
	for _, err := range []error{err, os.Chmod(dir, 0o755), os.Mkdir(home, 0o755)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if os.Getuid() == 0 {
		if err := os.Chown(home, nobody, nobody); err != nil {
			t.Fatal(err)
		}
	}
	place := startHub(t, asNobody(binary, hubEnv+"="+home))
	burgle := func(env ...string) (p prisoner) {
		c := asNobody(binary, append(env, burglarEnv+"="+place)...)
		c.Stderr = t.Output()
		out, err := c.Output()
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(out, &p); err != nil {
			t.Fatal(err)
		}
		return p
	}
	caged, free := burgle(), burgle(freeEnv+"=1")
	t.Logf("the kernel lacks %q; its Landlock is version %d; user id %d", caged.Lacking, caged.Landlock, caged.UID)
	refusals := []string{unix.EPERM.Error(), unix.EACCES.Error(), unix.EAFNOSUPPORT.Error(), unix.ENOSYS.Error()}
	succeeded := 0
	for name, e := range caged.Tried {
		outside := free.Tried[name]
		if outside == "" {
			succeeded++
		} else {
			t.Logf("%s: nobody can on this machine (%s); in the cage: %s", name, outside, e)
		}
		if limit, ok := excesses[name]; ok && (outside != "" || e != limit.end.Error()) {
			t.Errorf("%s: %q, outside %q", name, e, outside)
		} else if !ok && !slices.Contains(refusals, e) {
			t.Errorf("%s: %q, outside %q", name, e, outside)
		}
	}
	t.Logf("%d of %d attempts succeed outside the cage", succeeded, len(caged.Tried))
	if succeeded < 30 {
		t.Error("the control failed: too little succeeds outside the cage")
	}
}

// startHub starts the process and returns its place.
func startHub(t *testing.T, c *exec.Cmd) string {
	t.Helper()
	in, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	c.Stderr = t.Output()
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		done := time.AfterFunc(5*time.Second, func() { _ = c.Process.Kill() })
		defer done.Stop()
		if err := c.Wait(); err != nil {
			t.Errorf("the hub ended: %v", err)
		}
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(line)
}
