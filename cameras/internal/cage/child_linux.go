package cage

import (
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"time"

	"lares/cameras/internal/ready"
)

// hubFD is where the hub puts the child's end of the socket.
const hubFD = 3

// Hub is the socket to the hub, seen from the child.
func Hub() (net.Conn, error) {
	f := os.NewFile(hubFD, "hub")
	defer f.Close()
	conn, err := net.FileConn(f)
	if err != nil {
		return nil, fmt.Errorf("cage: file descriptor %d is not the hub's socket: %w", hubFD, err)
	}
	return ready.Conn(conn), nil
}

// Child is a process that is about to cage itself, seen from the hub.
type Child struct {
	// Conn is the hub's end of the socket.
	Conn net.Conn
	// Exited is closed when the process is gone.
	Exited <-chan struct{}

	process *os.Process
}

// Start starts the process with one end of a socket pair as its file
// descriptor 3, and nothing else of the hub's: no environment but the
// command's own. What the process says on its standard error goes to said,
// until Exited.
func Start(cmd *exec.Cmd, said io.Writer) (*Child, error) {
	ours, theirs, err := socketPair()
	if err != nil {
		return nil, err
	}
	defer theirs.Close()
	if cmd.Env == nil {
		cmd.Env = []string{}
	}
	cmd.ExtraFiles = []*os.File{theirs}
	cmd.Stderr = said
	// The child ends with the hub, and a key pressed on the hub's terminal is
	// not for it.
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
	started, exited := make(chan error, 1), make(chan struct{})
	go func() {
		// Pdeathsig means the thread that started the process: it has to live
		// as long (golang.org/issue/27505).
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait() // how it ended, its last words say better
			close(exited)
		}
	}()
	if err := <-started; err != nil {
		ours.Close()
		return nil, fmt.Errorf("cage: starting a process: %w", err)
	}
	return &Child{Conn: ours, Exited: exited, process: cmd.Process}, nil
}

// PID is the process id.
func (c *Child) PID() int { return c.process.Pid }

// End closes the socket, which asks the process to end, kills it after a while,
// and returns when it is gone.
func (c *Child) End(within time.Duration) {
	c.Conn.Close()
	t := time.NewTimer(within)
	defer t.Stop()
	select {
	case <-c.Exited:
	case <-t.C:
		_ = c.process.Kill() // it may have ended just now
		<-c.Exited
	}
}

func socketPair() (ours net.Conn, theirs *os.File, err error) {
	fds, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, nil, fmt.Errorf("cage: making a socket pair: %w", err)
	}
	f, theirs := os.NewFile(uintptr(fds[0]), "child"), os.NewFile(uintptr(fds[1]), "hub")
	ours, err = net.FileConn(f)
	f.Close()
	if err != nil {
		theirs.Close()
		return nil, nil, fmt.Errorf("cage: making a socket pair: %w", err)
	}
	return ready.Conn(ours), theirs, nil
}
