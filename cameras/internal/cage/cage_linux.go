package cage

import (
	"fmt"
	"math"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

const (
	// ownUIDs is where the user ids of caged processes begin, far above those of
	// people, services and containers; the process id makes each one's own.
	ownUIDs = 0x6c610000
	nobody  = 65534
)

// Limits are what differs from cage to cage.
type Limits struct {
	// Memory is what the garbage collector keeps below, in bytes.
	Memory int64
	// Data ends a process that runs away, in bytes. The runtime reserves its
	// heap 64 MiB at a time and counts each reservation (RLIMIT_AS would count
	// what it never touches).
	Data uint64
	// Files is how many files and sockets may be open.
	Files uint64
	// Percent is GOGC: it trades memory for time below Memory.
	Percent int
}

// Enter gives up everything the process does not need, for all its threads:
// other users' rights, programs, files, and sockets that are not TCP or UDP.
// What the kernel cannot do is named in lacking; an error means that what it
// must do failed.
func Enter(l Limits) (lacking string, err error) {
	// One thread runs Go code: the work is a trickle, and idle threads that
	// look for more cost more than they find.
	runtime.GOMAXPROCS(1)
	debug.SetGCPercent(l.Percent)
	debug.SetMemoryLimit(l.Memory)

	var missing []string
	miss := func(what string, err error) {
		if err != nil {
			missing = append(missing, fmt.Sprintf("%s (%v)", what, err))
		}
	}
	for _, r := range []struct {
		what  int
		value uint64
		name  string
	}{
		{unix.RLIMIT_CORE, 0, "core dumps"},
		{unix.RLIMIT_NOFILE, l.Files, "file limit"},
		{unix.RLIMIT_DATA, l.Data + raceLimit, "memory limit"},
		{unix.RLIMIT_FSIZE, 0, "file size limit"},
	} {
		miss(r.name, unix.Setrlimit(r.what, &unix.Rlimit{Cur: r.value, Max: r.value}))
	}
	if os.Getuid() == 0 {
		miss("own user", becomeNobody())
	}
	// A change of user withdraws both of these, so they come after it.
	miss("death with the hub", unix.Prctl(unix.PR_SET_PDEATHSIG, uintptr(unix.SIGKILL), 0, 0, 0))
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		return "", fmt.Errorf("cage: forbidding dumps: %w", err)
	}
	// seccomp below hands this on to all threads; Landlock asks for it first.
	if err := noNewPrivileges(); err != nil {
		return "", err
	}
	miss("Landlock", restrict())
	miss("seccomp", seccomp())
	return strings.Join(missing, ", "), nil
}

// becomeNobody takes a user id no other process has, and no groups.
func becomeNobody() error {
	if err := syscall.Setgroups(nil); err != nil {
		return err
	}
	id := ownUIDs + os.Getpid()
	if id > math.MaxInt32 || syscall.Setresgid(id, id, id) != nil {
		// A user namespace without so many ids.
		id = nobody
		if err := syscall.Setresgid(id, id, id); err != nil {
			return err
		}
	}
	return syscall.Setresuid(id, id, id)
}

func noNewPrivileges() error {
	// Without cgo for all threads at once; with it for this one, and seccomp's
	// TSYNC carries it to the others.
	_, _, e := syscall.AllThreadsSyscall6(unix.SYS_PRCTL, unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0, 0)
	if e == syscall.ENOTSUP {
		e = 0
		runtime.LockOSThread() // for ever: seccomp and Landlock need this thread
		if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
			return fmt.Errorf("cage: setting no_new_privs: %w", err)
		}
	}
	if e != 0 {
		return fmt.Errorf("cage: setting no_new_privs: %w", e)
	}
	return nil
}

type rulesetAttr struct {
	fs, net, scoped uint64
}

// restrict forbids every file and every listening TCP port, as far as the
// kernel's version of Landlock goes (Documentation/userspace-api/landlock.rst).
func restrict() error {
	abi, _, e := syscall.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, unix.LANDLOCK_CREATE_RULESET_VERSION)
	if e != 0 {
		return e
	}
	attr := rulesetAttr{fs: unix.LANDLOCK_ACCESS_FS_REFER - 1} // ABI 1: all before REFER
	size := unsafe.Sizeof(attr.fs)
	if abi >= 2 {
		attr.fs |= unix.LANDLOCK_ACCESS_FS_REFER
	}
	if abi >= 3 {
		attr.fs |= unix.LANDLOCK_ACCESS_FS_TRUNCATE
	}
	if abi >= 4 {
		attr.net, size = unix.LANDLOCK_ACCESS_NET_BIND_TCP, size+unsafe.Sizeof(attr.net)
	}
	if abi >= 5 {
		attr.fs |= unix.LANDLOCK_ACCESS_FS_IOCTL_DEV
	}
	if abi >= 6 {
		attr.scoped, size = unix.LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET, size+unsafe.Sizeof(attr.scoped)
	}
	fd, _, e := syscall.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, uintptr(unsafe.Pointer(&attr)), size, 0)
	if e != 0 {
		return e
	}
	defer unix.Close(int(fd))
	if abi >= 8 {
		if _, _, e = syscall.Syscall(unix.SYS_LANDLOCK_RESTRICT_SELF, fd, unix.LANDLOCK_RESTRICT_SELF_TSYNC, 0); e == 0 {
			return nil
		}
	}
	// Older kernels restrict one thread at a time.
	if _, _, e = syscall.AllThreadsSyscall(unix.SYS_LANDLOCK_RESTRICT_SELF, fd, 0, 0); e == syscall.ENOTSUP {
		return fmt.Errorf("not in a build with cgo")
	} else if e != 0 {
		return e
	}
	return nil
}
