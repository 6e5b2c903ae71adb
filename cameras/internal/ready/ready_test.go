package ready

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"golang.org/x/net/nettest"
)

// pipes are the kinds of connections that are wrapped: to a camera, and to another process.
var pipes = map[string]func() (a, b net.Conn, stop func(), err error){
	"tcp": func() (a, b net.Conn, stop func(), err error) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, nil, nil, err
		}
		defer l.Close()
		if a, err = net.Dial("tcp", l.Addr().String()); err == nil {
			b, err = l.Accept()
		}
		return a, b, func() { a.Close(); b.Close() }, err
	},
	"unix": func() (a, b net.Conn, stop func(), err error) {
		fds, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
		if err != nil {
			return nil, nil, nil, err
		}
		var ends [2]net.Conn
		for i, fd := range fds {
			f := os.NewFile(uintptr(fd), "pair")
			ends[i], err = net.FileConn(f)
			f.Close()
			if err != nil {
				return nil, nil, nil, err
			}
		}
		return ends[0], ends[1], func() { ends[0].Close(); ends[1].Close() }, nil
	},
}

// pair is such a connection, both of whose ends are wrapped.
func pair(t *testing.T, kind string) (a, b net.Conn) {
	t.Helper()
	a, b, stop, err := pipes[kind]()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	return Conn(a), Conn(b)
}

// TestContract: it is a net.Conn like any other.
func TestContract(t *testing.T) {
	for kind, pipe := range pipes {
		t.Run(kind, func(t *testing.T) {
			nettest.TestConn(t, func() (a, b net.Conn, stop func(), err error) {
				if a, b, stop, err = pipe(); err == nil {
					a, b = Conn(a), Conn(b)
				}
				return a, b, stop, err
			})
		})
	}
}

// TestWritesAreWhole: what several write at once is longer than the socket holds, and comes one behind the other.
func TestWritesAreWhole(t *testing.T) {
	for kind := range pipes {
		a, b := pair(t, kind)
		const writers, size = 4, 3 << 20
		var group sync.WaitGroup
		for i := range writers {
			group.Go(func() {
				if n, err := a.Write(bytes.Repeat([]byte{byte(i)}, size)); n != size || err != nil {
					t.Errorf("%s: %d bytes (%v)", kind, n, err)
				}
			})
		}
		got := make([]byte, size)
		for range writers {
			if _, err := io.ReadFull(b, got); err != nil {
				t.Fatalf("%s: %v", kind, err)
			}
			if other := bytes.TrimLeft(got, string(got[:1])); len(other) > 0 {
				t.Fatalf("%s: %d bytes of one, then another's", kind, size-len(other))
			}
		}
		group.Wait()
	}
}

// TestEnds: an end, and a peer that is gone, are told as they are of other connections, and end no process.
func TestEnds(t *testing.T) {
	for kind := range pipes {
		a, b := pair(t, kind)
		if n, err := a.Read(nil); n != 0 || err != nil {
			t.Errorf("%s: reading nothing: %d (%v)", kind, n, err)
		}
		if n, err := a.Write(nil); n != 0 || err != nil {
			t.Errorf("%s: writing nothing: %d (%v)", kind, n, err)
		}
		b.Close()
		if n, err := a.Read(make([]byte, 10)); n != 0 || err != io.EOF {
			t.Errorf("%s: the end: %d (%v)", kind, n, err)
		}
		var err error
		for deadline := time.Now().Add(10 * time.Second); err == nil && time.Now().Before(deadline); runtime.Gosched() {
			_, err = a.Write(make([]byte, 1000))
		}
		var op *net.OpError
		if !errors.Is(err, syscall.EPIPE) && !errors.Is(err, syscall.ECONNRESET) || !errors.As(err, &op) || op.Op != "write" {
			t.Errorf("%s: writing to nobody: %v", kind, err)
		}
	}
}

// TestLong: who computes for long, woken by what he read, keeps nobody else of one processor waiting until he is done.
func TestLong(t *testing.T) {
	const computes = "LARES_TEST_COMPUTES"
	if os.Getenv(computes) != "" {
		compute()
		return
	}
	var ours [2]net.Conn
	var theirs []*os.File
	for i := range ours {
		fds, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
		if err != nil {
			t.Fatal(err)
		}
		f := os.NewFile(uintptr(fds[0]), "ours")
		ours[i], err = net.FileConn(f)
		f.Close()
		if err != nil {
			t.Fatal(err)
		}
		defer ours[i].Close()
		theirs = append(theirs, os.NewFile(uintptr(fds[1]), "theirs"))
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestLong$")
	cmd.Env, cmd.ExtraFiles = append(os.Environ(), computes+"=1"), theirs
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for _, f := range theirs {
		f.Close()
	}
	defer cmd.Wait()
	defer cmd.Process.Kill()
	for _, c := range ours {
		if err := c.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
			t.Fatal(err)
		}
	}
	said := make([]byte, 1)
	for i := range 5 {
		time.Sleep(50 * time.Millisecond) // its monitor falls asleep; where it does not, this shows nothing
		if _, err := ours[0].Write(said); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(ours[0], said); err != nil || said[0] != '1' { // it computes
			t.Fatalf("%q (%v)", said, err)
		}
		if _, err := ours[1].Write(said); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(ours[0], said); err != nil || said[0] != '2' {
			t.Fatalf("time %d: the other was read only when the first was done: %q (%v)", i, said, err)
		}
	}
}

// compute is a process of one processor that reads a byte of one socket, and then computes until it was sent one on the
// other, or for a second: '2' says the former, '3' the latter.
func compute() {
	runtime.GOMAXPROCS(1)
	var in [2]net.Conn
	for i := range in {
		c, err := net.FileConn(os.NewFile(uintptr(3+i), "hub"))
		if err != nil {
			panic(err)
		}
		in[i] = Conn(c)
	}
	var others atomic.Bool
	go func() {
		for b := make([]byte, 1); ; others.Store(true) {
			if _, err := in[1].Read(b); err != nil {
				return
			}
		}
	}()
	for b := make([]byte, 1); ; {
		if _, err := in[0].Read(b); err != nil {
			return
		}
		Long()
		_, _ = in[0].Write([]byte("1"))
		end, began := byte('3'), time.Now()
		for time.Since(began) < time.Second {
			if others.Swap(false) {
				end = '2'
				break
			}
		}
		_, _ = in[0].Write([]byte{end})
	}
}

// TestOtherConns: what is no socket is left as it is.
func TestOtherConns(t *testing.T) {
	a, b := net.Pipe()
	defer a.Close()
	defer b.Close()
	if Conn(a) != a {
		t.Error("a pipe in memory is wrapped")
	}
}
