// Package ready reads and writes sockets with system calls that Go's scheduler is not told of.
//
// It is told of a call so that others may run meanwhile, should that take long. A process that was asleep has
// its monitor thread woken for it, which then looks each 20 µs whether it does (runtime.sysmon), until all is
// asleep again: of a worker that wakes for each picture that was more switches of threads than its work needs.
// What is asked of a socket here never waits: it is done in microseconds, or it is not ready, and the goroutine is
// parked until it is, as with any other net.Conn. Who then computes for long says so: see Long.
package ready

import (
	"errors"
	"io"
	"net"
	"os"
	"syscall"
	"unsafe"
)

// conn is a connection read and written in this way; all else is as before.
type conn struct {
	net.Conn
	raw syscall.RawConn
}

// Conn is c, read and written in this way where it is a socket of the system.
func Conn(c net.Conn) net.Conn {
	s, ok := c.(syscall.Conn)
	if !ok {
		return c
	}
	raw, err := s.SyscallConn()
	if err != nil {
		return c
	}
	return &conn{c, raw}
}

// Read implements net.Conn.
func (c *conn) Read(b []byte) (n int, err error) {
	if len(b) == 0 {
		return 0, nil
	}
	waited := c.raw.Read(func(fd uintptr) (done bool) {
		n, err = call(syscall.SYS_RECVFROM, fd, b, 0)
		return !errors.Is(err, syscall.EAGAIN)
	})
	switch {
	case waited != nil:
		return 0, waited
	case err != nil:
		return 0, c.failed("read", err)
	case n == 0:
		return 0, io.EOF
	}
	return n, nil
}

// Write implements net.Conn: it writes all of b, and nothing of another's between.
func (c *conn) Write(b []byte) (n int, err error) {
	waited := c.raw.Write(func(fd uintptr) (done bool) {
		for n < len(b) {
			var wrote int
			if wrote, err = call(syscall.SYS_SENDTO, fd, b[n:], syscall.MSG_NOSIGNAL); err != nil {
				return !errors.Is(err, syscall.EAGAIN)
			}
			n += wrote
		}
		return true
	})
	switch {
	case waited != nil:
		return n, waited
	case err != nil:
		return n, c.failed("write", err)
	}
	return n, nil
}

func (c *conn) failed(op string, err error) error {
	return &net.OpError{Op: op, Net: c.LocalAddr().Network(), Source: c.LocalAddr(), Addr: c.RemoteAddr(), Err: os.NewSyscallError(op, err)}
}

// call asks the socket for what does not wait; nothing of b is kept.
func call(trap, fd uintptr, b []byte, flags uintptr) (int, error) {
	for {
		n, _, errno := syscall.RawSyscall6(trap, fd, uintptr(unsafe.Pointer(&b[0])), uintptr(len(b)), flags|syscall.MSG_DONTWAIT, 0, 0)
		switch errno {
		case 0:
			return int(n), nil
		case syscall.EINTR:
		default:
			return 0, errno
		}
	}
}

// Long says that its caller is about to compute for milliseconds, without a system call: the monitor, which nothing
// woke, looks after the others again until all is asleep, and has them run in between.
func Long() {
	_, _, _ = syscall.Syscall(syscall.SYS_GETPID, 0, 0, 0) // any that the scheduler is told of
}
