package cage

import (
	"fmt"
	"os"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// forbidden system calls on every architecture. Files are named here as well
// as in Landlock, for kernels without it. forbiddenHere adds an architecture's
// older spellings.
func forbidden() []uint32 {
	return append([]uint32{
		// programs and other processes
		unix.SYS_EXECVE, unix.SYS_EXECVEAT, unix.SYS_CLONE3, unix.SYS_PTRACE,
		unix.SYS_PROCESS_VM_READV, unix.SYS_PROCESS_VM_WRITEV, unix.SYS_PROCESS_MADVISE, unix.SYS_KCMP,
		unix.SYS_KILL, unix.SYS_TKILL, unix.SYS_RT_SIGQUEUEINFO, unix.SYS_RT_TGSIGQUEUEINFO,
		unix.SYS_PIDFD_OPEN, unix.SYS_PIDFD_GETFD, unix.SYS_PIDFD_SEND_SIGNAL,
		unix.SYS_SETPRIORITY, unix.SYS_SCHED_SETSCHEDULER, unix.SYS_SCHED_SETATTR, unix.SYS_MIGRATE_PAGES, unix.SYS_MOVE_PAGES,
		// of the same user: a hub that is not root shares it
		unix.SYS_PRLIMIT64, unix.SYS_SCHED_SETAFFINITY, unix.SYS_SCHED_SETPARAM, unix.SYS_PROCESS_MRELEASE,
		// files by name or handle
		unix.SYS_OPENAT, unix.SYS_OPENAT2, unix.SYS_OPEN_BY_HANDLE_AT, unix.SYS_NAME_TO_HANDLE_AT, unix.SYS_OPEN_TREE,
		unix.SYS_MKDIRAT, unix.SYS_MKNODAT, unix.SYS_UNLINKAT, unix.SYS_RENAMEAT, unix.SYS_RENAMEAT2, unix.SYS_LINKAT, unix.SYS_SYMLINKAT,
		unix.SYS_READLINKAT, unix.SYS_FACCESSAT, unix.SYS_FACCESSAT2, unix.SYS_FCHMODAT, unix.SYS_FCHOWNAT, unix.SYS_UTIMENSAT,
		unix.SYS_STATX, unix.SYS_TRUNCATE, unix.SYS_STATFS, unix.SYS_CHDIR, unix.SYS_FCHDIR, unix.SYS_CHROOT, unix.SYS_GETCWD,
		unix.SYS_SETXATTR, unix.SYS_LSETXATTR, unix.SYS_GETXATTR, unix.SYS_LGETXATTR, unix.SYS_LISTXATTR, unix.SYS_LLISTXATTR,
		unix.SYS_REMOVEXATTR, unix.SYS_LREMOVEXATTR, unix.SYS_INOTIFY_INIT1, unix.SYS_FANOTIFY_INIT, unix.SYS_QUOTACTL,
		unix.SYS_MEMFD_CREATE, unix.SYS_ACCT, unix.SYS_SWAPON, unix.SYS_SWAPOFF,
		// mounts and namespaces
		unix.SYS_MOUNT, unix.SYS_UMOUNT2, unix.SYS_PIVOT_ROOT, unix.SYS_FSOPEN, unix.SYS_FSCONFIG, unix.SYS_FSMOUNT, unix.SYS_FSPICK,
		unix.SYS_MOVE_MOUNT, unix.SYS_MOUNT_SETATTR, unix.SYS_UNSHARE, unix.SYS_SETNS, unix.SYS_SETHOSTNAME, unix.SYS_SETDOMAINNAME,
		// the kernel's wide doors
		unix.SYS_BPF, unix.SYS_PERF_EVENT_OPEN, unix.SYS_USERFAULTFD, unix.SYS_IO_URING_SETUP, unix.SYS_IO_URING_ENTER, unix.SYS_IO_URING_REGISTER,
		unix.SYS_ADD_KEY, unix.SYS_REQUEST_KEY, unix.SYS_KEYCTL, unix.SYS_INIT_MODULE, unix.SYS_FINIT_MODULE, unix.SYS_DELETE_MODULE,
		unix.SYS_KEXEC_LOAD, unix.SYS_REBOOT, unix.SYS_SYSLOG, unix.SYS_PERSONALITY, unix.SYS_SETTIMEOFDAY, unix.SYS_CLOCK_SETTIME, unix.SYS_ADJTIMEX,
		unix.SYS_VHANGUP, unix.SYS_MBIND, unix.SYS_SET_MEMPOLICY,
		// other ways to talk; bind stays, for media over UDP: without listen and
		// accept a TCP socket that is bound serves nobody, and Landlock refuses
		// even that where it can
		unix.SYS_SOCKETPAIR, unix.SYS_LISTEN, unix.SYS_ACCEPT, unix.SYS_ACCEPT4,
		unix.SYS_MSGGET, unix.SYS_SEMGET, unix.SYS_SHMGET, unix.SYS_SHMAT, unix.SYS_MQ_OPEN,
		// back to more rights
		unix.SYS_SETUID, unix.SYS_SETGID, unix.SYS_SETRESUID, unix.SYS_SETRESGID, unix.SYS_SETREUID, unix.SYS_SETREGID,
		unix.SYS_SETFSUID, unix.SYS_SETFSGID, unix.SYS_SETGROUPS, unix.SYS_CAPSET, unix.SYS_SETSID, unix.SYS_SETPGID,
		unix.SYS_SECCOMP, unix.SYS_IOPRIO_SET,
	}, forbiddenHere...)
}

// Offsets into struct seccomp_data; arguments are little-endian on all
// architectures Lares is built for.
const (
	dataNR   = 0
	dataArch = 4
	dataArg0 = 16
	dataArg1 = 24
	dataArg2 = 32
)

// The spellings of F_SETOWN for sockets (asm-generic/sockios.h).
const (
	fioSetOwn = 0x8901
	siocSPGRP = 0x8902
)

// filter assembles a classic BPF program.
type filter []unix.SockFilter

func (f *filter) load(offset uint32) {
	*f = append(*f, unix.SockFilter{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: offset})
}

func (f *filter) and(mask uint32) {
	*f = append(*f, unix.SockFilter{Code: unix.BPF_ALU | unix.BPF_AND | unix.BPF_K, K: mask})
}

// equal skips n instructions unless what was loaded is v.
func (f *filter) equal(v uint32, n uint8) {
	*f = append(*f, unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: v, Jf: n})
}

// otherwise skips n instructions if what was loaded is v.
func (f *filter) otherwise(v uint32, n uint8) {
	*f = append(*f, unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: v, Jt: n})
}

// protocol allows a socket of one protocol, named or as the default, and
// refuses any other, in 5 instructions.
func (f *filter) protocol(v uint32) {
	f.load(dataArg2)
	f.otherwise(0, 2)
	f.otherwise(v, 1)
	f.ret(refuse(syscall.EPERM))
	f.ret(unix.SECCOMP_RET_ALLOW)
}

func (f *filter) ret(v uint32) {
	*f = append(*f, unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: v})
}

// without refuses a call whose second argument is one of the values.
func (f *filter) without(nr uint32, values ...uint32) {
	f.equal(nr, uint8(2*len(values)+2))
	f.load(dataArg1)
	for _, v := range values {
		f.equal(v, 1)
		f.ret(refuse(syscall.EPERM))
	}
	f.ret(unix.SECCOMP_RET_ALLOW)
}

func refuse(e syscall.Errno) uint32 { return unix.SECCOMP_RET_ERRNO | uint32(e) }

// cageFilter allows what is not forbidden. Refused calls return an error, so
// that a library which merely tries does not end the process.
func cageFilter(pid uint32) filter {
	var f filter
	f.load(dataArch)
	f.otherwise(auditArch, 1)
	f.ret(unix.SECCOMP_RET_KILL_PROCESS)
	f.load(dataNR)
	// x32 calls on amd64 carry this bit; no other architecture has such numbers
	// but arm's private calls at 0xf0000, which are below.
	f = append(f, unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JGE | unix.BPF_K, K: 0x40000000, Jf: 1})
	f.ret(refuse(syscall.ENOSYS))
	for _, nr := range forbidden() {
		f.equal(nr, 1)
		switch nr {
		case unix.SYS_CLONE3: // the C library falls back to clone
			f.ret(refuse(syscall.ENOSYS))
		default:
			f.ret(refuse(syscall.EPERM))
		}
	}
	// A socket is TCP or UDP over IPv4 or IPv6.
	f.equal(unix.SYS_SOCKET, 19)
	f.load(dataArg0)
	f.otherwise(unix.AF_INET, 2)
	f.otherwise(unix.AF_INET6, 1)
	f.ret(refuse(syscall.EAFNOSUPPORT))
	f.load(dataArg1)
	f.and(0xf) // without SOCK_NONBLOCK and SOCK_CLOEXEC
	f.equal(unix.SOCK_STREAM, 5)
	f.protocol(unix.IPPROTO_TCP)
	f.equal(unix.SOCK_DGRAM, 5)
	f.protocol(unix.IPPROTO_UDP)
	f.ret(refuse(syscall.EPERM))
	// A new thread, but no new process.
	f.equal(unix.SYS_CLONE, 5)
	f.load(dataArg0)
	f.and(unix.CLONE_THREAD)
	f.equal(unix.CLONE_THREAD, 1)
	f.ret(unix.SECCOMP_RET_ALLOW)
	f.ret(refuse(syscall.EPERM))
	// Signals for our own threads: the scheduler's.
	f.equal(unix.SYS_TGKILL, 4)
	f.load(dataArg0)
	f.equal(pid, 1)
	f.ret(unix.SECCOMP_RET_ALLOW)
	f.ret(refuse(syscall.EPERM))
	// Readiness of a file as a signal, of any number, to any process of the user.
	for _, nr := range fcntlHere {
		f.without(nr, unix.F_SETOWN, unix.F_SETOWN_EX, unix.F_SETSIG)
	}
	f.without(unix.SYS_IOCTL, fioSetOwn, siocSPGRP)
	// Names of memory areas, which the runtime sets; nothing else.
	f.equal(unix.SYS_PRCTL, 4)
	f.load(dataArg0)
	f.equal(unix.PR_SET_VMA, 1)
	f.ret(unix.SECCOMP_RET_ALLOW)
	f.ret(refuse(syscall.EPERM))
	f.ret(unix.SECCOMP_RET_ALLOW)
	return f
}

// seccomp installs the filter for all threads.
func seccomp() error {
	f := cageFilter(uint32(os.Getpid()))
	prog := unix.SockFprog{Len: uint16(len(f)), Filter: &f[0]}
	r, _, e := syscall.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, unix.SECCOMP_FILTER_FLAG_TSYNC, uintptr(unsafe.Pointer(&prog)))
	if e != 0 {
		return e
	}
	if r != 0 {
		return fmt.Errorf("thread %d did not take it", r)
	}
	return nil
}
