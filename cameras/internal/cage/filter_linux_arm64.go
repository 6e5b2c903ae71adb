package cage

import "golang.org/x/sys/unix"

const auditArch = unix.AUDIT_ARCH_AARCH64

// forbiddenHere are the system calls that only this architecture has.
var forbiddenHere = []uint32{
	unix.SYS_NEWFSTATAT, unix.SYS_KEXEC_FILE_LOAD, unix.SYS_MEMFD_SECRET,
}

// fcntlHere are the names of fcntl.
var fcntlHere = []uint32{unix.SYS_FCNTL}
