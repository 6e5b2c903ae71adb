package cage

import "golang.org/x/sys/unix"

const auditArch = unix.AUDIT_ARCH_ARM

// forbiddenHere are the system calls that only this architecture has.
var forbiddenHere = []uint32{
	unix.SYS_OPEN, unix.SYS_CREAT, unix.SYS_FORK, unix.SYS_VFORK, unix.SYS_FSTATAT64, unix.SYS_STAT, unix.SYS_LSTAT, unix.SYS_STAT64, unix.SYS_LSTAT64, unix.SYS_ACCESS,
	unix.SYS_MKDIR, unix.SYS_RMDIR, unix.SYS_MKNOD, unix.SYS_UNLINK, unix.SYS_RENAME, unix.SYS_LINK, unix.SYS_SYMLINK, unix.SYS_READLINK,
	unix.SYS_CHMOD, unix.SYS_CHOWN, unix.SYS_CHOWN32, unix.SYS_LCHOWN, unix.SYS_LCHOWN32, unix.SYS_UTIMES, unix.SYS_FUTIMESAT, unix.SYS_INOTIFY_INIT,
	unix.SYS_STATFS64, unix.SYS_TRUNCATE64, unix.SYS_USTAT, unix.SYS_USELIB, unix.SYS_SYSFS,
	unix.SYS_SETUID32, unix.SYS_SETGID32, unix.SYS_SETRESUID32, unix.SYS_SETRESGID32, unix.SYS_SETREUID32, unix.SYS_SETREGID32,
	unix.SYS_SETFSUID32, unix.SYS_SETFSGID32, unix.SYS_SETGROUPS32, unix.SYS_CLOCK_SETTIME64,
}

// fcntlHere are the names of fcntl.
var fcntlHere = []uint32{unix.SYS_FCNTL, unix.SYS_FCNTL64}
