package httpapi

import (
	"net"
	"sync"
	"syscall"
	"testing"
	"time"
	"unsafe"
)

// outlets is a listener that knows which of its connections stand still.
type outlets struct {
	net.Listener

	mu  sync.Mutex         // guards all
	all map[string]*outlet // by the address of the client
}

func (l *outlets) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	o := &outlet{TCPConn: c.(*net.TCPConn)}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all[c.RemoteAddr().String()] = o
	return o, nil
}

// of is the server's end of a connection.
func (l *outlets) of(t testing.TB, client net.Conn) (o *outlet) {
	t.Helper()
	wait(t, "the server's end of a connection", func() bool {
		l.mu.Lock()
		defer l.mu.Unlock()
		o = l.all[client.LocalAddr().String()]
		return o != nil
	})
	return o
}

// outlet is the server's end of a connection.
type outlet struct {
	*net.TCPConn

	mu      sync.Mutex // guards following
	writes  int        // begun
	writing int        // under way
}

func (o *outlet) Write(b []byte) (int, error) {
	o.count(1)
	defer o.count(-1)
	return o.TCPConn.Write(b)
}

func (o *outlet) count(n int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.writing += n
	if n > 0 {
		o.writes += n
	}
}

// standstill is what does not change while a connection stands still: the write that is
// under way, and what the kernel keeps for a client that takes no more.
type standstill struct{ write, kept int }

// now is zero where nothing waits for the client.
func (o *outlet) now(t testing.TB) (s standstill) {
	t.Helper()
	raw, err := o.SyscallConn()
	must(t, err)
	var kept int32
	var failed syscall.Errno
	err = raw.Control(func(fd uintptr) {
		_, _, failed = syscall.Syscall(syscall.SYS_IOCTL, fd, syscall.TIOCOUTQ, uintptr(unsafe.Pointer(&kept))) // SIOCOUTQ, tcp(7)
	})
	o.mu.Lock()
	defer o.mu.Unlock()
	if err != nil || failed != 0 || kept == 0 || o.writing == 0 {
		return s
	}
	return standstill{o.writes, int(kept)}
}

// kernelTime is longer than a kernel keeps back what there is room for (its delayed
// acknowledgements, 200 ms), whatever else the machine does.
const kernelTime = 500 * time.Millisecond

// standsStill waits until the server can write no more to a client that does not read,
// and returns a stream that is open then, or nil.
func (r *rig) standsStill(o *outlet) *stream {
	r.t.Helper()
	var last standstill
	since := time.Now()
	wait(r.t, "an answer that stands still", func() bool {
		if now := o.now(r.t); now != last || now == (standstill{}) {
			last, since = now, time.Now()
		}
		return time.Since(since) > kernelTime
	})
	return r.anyStream()
}
