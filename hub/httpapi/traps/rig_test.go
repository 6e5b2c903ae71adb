package traps

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"
)

const patience = 10 * time.Second

// serve runs an app on loopback until the test ends.
func serve(t *testing.T, app *fiber.App) (address string) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	ended := make(chan error, 1)
	go func() { ended <- app.Listener(ln) }()
	t.Cleanup(func() {
		app.ShutdownWithTimeout(100 * time.Millisecond)
		<-ended
	})
	return ln.Addr().String()
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// quiet is an app that prints nothing.
func quiet(c fiber.Config) *fiber.App {
	c.DisableStartupMessage = true
	return fiber.New(c)
}

// client is one kept connection, so that the server uses its buffers again.
type client struct {
	t    *testing.T
	conn net.Conn
	in   *bufio.Reader
	host string
}

func dial(t *testing.T, address string) *client {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	must(t, err)
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(patience))
	return &client{t, conn, bufio.NewReader(conn), address}
}

// get asks for a path, as somebody.
func (c *client) get(path, who string) (status int, body string) {
	c.t.Helper()
	fmt.Fprintf(c.conn, "GET %s HTTP/1.1\r\nHost: %s\r\nCookie: who=%s\r\n\r\n", path, c.host, who)
	return c.answer()
}

func (c *client) answer() (status int, body string) {
	c.t.Helper()
	r, err := http.ReadResponse(c.in, nil)
	must(c.t, err)
	b, err := io.ReadAll(r.Body)
	must(c.t, err)
	return r.StatusCode, string(b)
}

// alone names the test that a process of its own runs.
const alone = "LARES_TRAP"

// dies reports that the process which runs do ends by a panic, and how.
func dies(t *testing.T, do func()) (how string) {
	t.Helper()
	if os.Getenv(alone) == t.Name() {
		do()
		return ""
	}
	cmd := exec.Command(os.Args[0], "-test.run", "^"+t.Name()+"$")
	cmd.Env = append(os.Environ(), alone+"="+t.Name())
	out, err := cmd.CombinedOutput()
	if err == nil || !strings.Contains(string(out), "panic: ") {
		t.Errorf("the process lived on: %v\n%s", err, out)
	}
	return string(out)
}
