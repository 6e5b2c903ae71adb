package app

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"strings"
	"sync"
	"syscall"
	"time"
)

const (
	// controlTimeout bounds a question on the control socket, commandTimeout
	// the answer: a copy of a large database takes its time.
	controlTimeout = 5 * time.Second
	commandTimeout = 10 * time.Minute
	controlLine    = 4 << 10 // bytes
)

// control answers console commands on a socket that only its owner may open:
// whoever reaches it is on the machine and is the hub's user or root. One line
// asks, one line answers: "ok TEXT" or "error TEXT". Before that a command that may
// take any time says how far it is: "so TEXT".
type control struct {
	listener net.Listener
	commands map[string]command
	log      *slog.Logger
	wg       sync.WaitGroup
}

// command is what the hub does when a line begins with its name; arg is what
// follows there. A long one takes as much time as it needs, and says how far it is.
type command struct {
	do   func(ctx context.Context, arg string, say func(string)) (string, error)
	long bool
}

// bare is a command that takes nothing.
func bare(do func(context.Context) (string, error)) command {
	return command{do: func(ctx context.Context, _ string, _ func(string)) (string, error) { return do(ctx) }}
}

// taking is a command that takes something.
func taking(do func(context.Context, string) (string, error)) command {
	return command{do: func(ctx context.Context, arg string, _ func(string)) (string, error) { return do(ctx, arg) }}
}

// openControl makes the socket; the data folder is locked, so a socket that is
// there already is left over from a crash.
func openControl(path string, log *slog.Logger, commands map[string]command) (*control, error) {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("app: removing the old control socket: %w", err)
	}
	// The mode must hold from the first moment on.
	old := syscall.Umask(0o177)
	ln, err := net.Listen("unix", path)
	syscall.Umask(old)
	if err != nil {
		return nil, fmt.Errorf("app: making the control socket: %w", err)
	}
	return &control{listener: ln, commands: commands, log: log}, nil
}

// Close removes the socket; Run must have ended, or never have begun.
func (c *control) Close() error {
	if err := c.listener.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
		return fmt.Errorf("app: control socket: %w", err)
	}
	return nil
}

// Run answers until the context ends, then waits for exchanges under way.
func (c *control) Run(ctx context.Context) error {
	stop := context.AfterFunc(ctx, func() { c.listener.Close() })
	defer stop()
	defer c.wg.Wait()
	for {
		conn, err := c.listener.Accept()
		if err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return fmt.Errorf("app: control socket: %w", err)
		}
		c.wg.Go(func() { c.answer(ctx, conn) })
	}
}

func (c *control) answer(whole context.Context, conn net.Conn) {
	defer conn.Close()
	ctx, cancel := context.WithTimeout(whole, commandTimeout)
	defer cancel()
	if deadline, ok := ctx.Deadline(); ok {
		conn.SetDeadline(deadline)
	}
	asking, stop := context.WithTimeout(ctx, controlTimeout)
	defer stop()
	if deadline, ok := asking.Deadline(); ok {
		conn.SetReadDeadline(deadline)
	}
	line, err := bufio.NewReaderSize(conn, controlLine).ReadSlice('\n')
	if err != nil {
		return
	}
	// What follows the name may hold a password: it is never logged.
	name, arg, _ := strings.Cut(strings.TrimSpace(string(line)), " ")
	asked, known := c.commands[name]
	if !known {
		fmt.Fprintln(conn, "error this hub does not know the command")
		return
	}
	if asked.long {
		conn.SetDeadline(time.Time{})
		ctx = whole
	}
	text, err := asked.run(ctx, conn, arg)
	if err != nil {
		c.log.Warn("console command refused", "command", name, "error", err)
		fmt.Fprintln(conn, "error", oneLine(err.Error()))
		return
	}
	fmt.Fprintln(conn, "ok", oneLine(text))
}

// oneLine is a text in which no line ends: who asks reads one, and what follows it would
// be lost.
func oneLine(text string) string { return strings.ReplaceAll(text, "\n", " ") }

// run does it until it is done, or nobody listens any more to how far it is.
func (c command) run(ctx context.Context, conn net.Conn, arg string) (string, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	return c.do(ctx, arg, func(text string) {
		if _, err := fmt.Fprintln(conn, "so", text); err != nil {
			cancel()
		}
	})
}

var errNoHub = errors.New("no hub answers")

// askControl sends one command to the running hub.
func askControl(ctx context.Context, path, command string) (string, error) {
	return followControl(ctx, path, command, nil)
}

// followControl is askControl for a command that says how far it is: each time it
// has commandTimeout anew.
func followControl(ctx context.Context, path, command string, said func(string)) (string, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "unix", path)
	switch {
	case errors.Is(err, fs.ErrPermission):
		return "", fmt.Errorf("%s belongs to another user: run the command as the hub's user or as root", path)
	case err != nil:
		return "", fmt.Errorf("%w at %s: is `lares serve` running with this data folder?", errNoHub, path)
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	fmt.Fprintln(conn, command)
	answers := bufio.NewReaderSize(conn, controlLine)
	for {
		conn.SetDeadline(within(ctx, commandTimeout))
		line, err := answers.ReadString('\n')
		if err != nil {
			return "", fmt.Errorf("app: the hub did not answer: %w", errors.Join(ctx.Err(), err))
		}
		kind, text, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch {
		case kind == "ok":
			return text, nil
		case kind != "so":
			return "", errors.New(text)
		case said != nil:
			said(text)
		}
	}
}

// within is the time until which something may take, by the clock that deadlines
// of connections go by.
func within(ctx context.Context, d time.Duration) time.Time {
	ctx, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	deadline, _ := ctx.Deadline()
	return deadline
}
