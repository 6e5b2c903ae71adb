package traps

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/recover"
)

// TestF5SendFileReadsURLs: the path of a file is taken for a URL: escapes are
// decoded and a query is cut off.
func TestF5SendFileReadsURLs(t *testing.T) {
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "a.jpg"), []byte("alice"), 0o600))
	app := quiet(fiber.Config{Immutable: true})
	app.Get("/file", func(c *fiber.Ctx) error { return c.SendFile(filepath.Join(dir, c.Query("name"))) })
	address := serve(t, app)
	// As a handler hands on a name that is none of a file there is.
	for _, name := range []string{"%2561.jpg", "a.jpg%3Fx"} {
		status, body := dial(t, address).get("/file?name="+name, "bob")
		if status != http.StatusOK || body != "alice" {
			t.Errorf("%s: %d %q", name, status, body)
		}
	}
}

// TestF7PanicEndsTheProcess: nothing recovers a handler's panic.
func TestF7PanicEndsTheProcess(t *testing.T) {
	dies(t, func() {
		app := quiet(fiber.Config{})
		app.Get("/", func(*fiber.Ctx) error { panic("one request") })
		ask(serve(t, app))
	})
}

// TestF8PanicInAStream: a stream is written by a goroutine of its own, which the
// recover middleware does not reach.
func TestF8PanicInAStream(t *testing.T) {
	dies(t, func() {
		app := quiet(fiber.Config{})
		app.Use(recover.New())
		app.Get("/", func(c *fiber.Ctx) error {
			c.Context().SetBodyStreamWriter(func(*bufio.Writer) { panic("one stream") })
			return nil
		})
		ask(serve(t, app))
	})
}

// ask makes a request in a process that is to die of it.
func ask(address string) {
	if r, err := http.Get("http://" + address + "/"); err == nil {
		io.Copy(io.Discard, r.Body)
		r.Body.Close()
	}
	<-time.After(20 * time.Second) // it dies long before
}

// TestF9BodiesThatExpand: the limit is checked before a body is expanded.
func TestF9BodiesThatExpand(t *testing.T) {
	const limit, whole = 1 << 20, 64 << 20
	size := 0
	app := quiet(fiber.Config{Immutable: true, BodyLimit: limit})
	app.Post("/", func(c *fiber.Ctx) error {
		size = len(c.Body())
		return nil
	})
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	z.Write(make([]byte, whole))
	must(t, z.Close())
	q, err := http.NewRequest(http.MethodPost, "http://"+serve(t, app)+"/", &zipped)
	must(t, err)
	q.Header.Set("Content-Encoding", "gzip")
	r, err := http.DefaultClient.Do(q)
	must(t, err)
	r.Body.Close()
	if size != whole {
		t.Errorf("%d bytes came through a limit of %d", size, limit)
	}
}

// TestF10OneDeadlineForAll: the write timeout counts for the whole answer, and
// cuts a stream that flows.
func TestF10OneDeadlineForAll(t *testing.T) {
	const timeout, pieces, every = 500 * time.Millisecond, 20, 100 * time.Millisecond
	app := quiet(fiber.Config{WriteTimeout: timeout})
	app.Get("/", streamOf(new(atomic.Int32), pieces, every, 1<<10))
	r, err := http.Get("http://" + serve(t, app) + "/")
	must(t, err)
	defer r.Body.Close()
	n, err := io.Copy(io.Discard, r.Body)
	if err == nil || n >= pieces<<10 {
		t.Errorf("the stream was not cut: %d bytes, %v", n, err)
	}
}

// TestF10NoDeadlineAtAll: without one, clients that read nothing hold their
// goroutines for ever.
func TestF10NoDeadlineAtAll(t *testing.T) {
	const clients = 20
	app := quiet(fiber.Config{})
	var held atomic.Int32
	app.Get("/", streamOf(&held, 1<<20, 0, 64<<10))
	address := serve(t, app)
	for range clients {
		c := dial(t, address)
		c.conn.(*net.TCPConn).SetReadBuffer(4 << 10)
		fmt.Fprintf(c.conn, "GET / HTTP/1.1\r\nHost: %s\r\n\r\n", address)
	}
	for deadline := time.Now().Add(20 * time.Second); held.Load() < clients; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d of %d streams began", held.Load(), clients)
		}
	}
	time.Sleep(2 * time.Second) // what lets go does so by then
	if n := held.Load(); n != clients {
		t.Errorf("%d clients that do not read hold only %d streams", clients, n)
	}
}

// streamOf answers with some pieces; held counts the streams under way.
func streamOf(held *atomic.Int32, pieces int, every time.Duration, size int) fiber.Handler {
	piece := []byte(strings.Repeat("x", size))
	return func(c *fiber.Ctx) error {
		c.Context().SetBodyStreamWriter(func(w *bufio.Writer) {
			held.Add(1)
			defer held.Add(-1)
			for range pieces {
				if _, err := w.Write(piece); err != nil || w.Flush() != nil {
					return
				}
				time.Sleep(every)
			}
		})
		return nil
	}
}
