package traps

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/fasthttp/websocket"
	contrib "github.com/gofiber/contrib/websocket"
	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/cache"
	"github.com/gofiber/fiber/v2/middleware/session"
	"github.com/valyala/fasthttp"
)

// TestF1PooledStrings: a text of a request is a view into a buffer that the next
// request is read into; with Immutable it is a copy.
func TestF1PooledStrings(t *testing.T) {
	for _, immutable := range []bool{false, true} {
		owners := map[string]string{}
		app := quiet(fiber.Config{Immutable: immutable})
		app.Get("/cameras/:camera", func(c *fiber.Ctx) error {
			owners[c.Params("camera")] = "owner of " + strings.Clone(c.Params("camera"))
			return nil
		})
		c := dial(t, serve(t, app))
		attempt := func() (crossed bool) {
			clear(owners)
			c.get("/cameras/alice-front", "alice")
			c.get("/cameras/bobby-front", "bob")
			for camera, owner := range owners {
				crossed = crossed || owner != "owner of "+camera
			}
			return crossed
		}
		if !immutable {
			crosses(t, attempt)
			continue
		}
		for range 50 {
			if attempt() {
				t.Fatalf("although immutable, the map reads %q", owners)
			}
		}
	}
}

// TestF2PooledSession: a session that was saved is given to the next request,
// and whoever looks at it later sees the next one's.
func TestF2PooledSession(t *testing.T) {
	store := session.New()
	app := quiet(fiber.Config{})
	begin := func(c *fiber.Ctx, who string) (*session.Session, error) {
		s, err := store.Get(c)
		if err == nil {
			s.Set("who", who)
		}
		return s, err
	}
	bobIn, aliceRead := make(chan bool), make(chan bool)
	app.Get("/bob", func(c *fiber.Ctx) error {
		s, err := begin(c, "bob")
		if err != nil {
			return err
		}
		bobIn <- true
		<-aliceRead
		return s.Save()
	})
	seen, address := "", ""
	app.Get("/alice", func(c *fiber.Ctx) error {
		s, err := begin(c, "alice")
		if err != nil {
			return err
		}
		if err := s.Save(); err != nil {
			return err
		}
		bob := dial(t, address)
		fmt.Fprintf(bob.conn, "GET /bob HTTP/1.1\r\nHost: %s\r\n\r\n", address)
		<-bobIn
		seen, _ = s.Get("who").(string)
		aliceRead <- true
		bob.answer()
		return nil
	})
	address = serve(t, app)
	crosses(t, func() bool {
		dial(t, address).get("/alice", "alice")
		return seen == "bob"
	})
}

// TestF3PooledSocket: the conn of gofiber/contrib/websocket is pooled, and every
// origin may open one.
func TestF3PooledSocket(t *testing.T) {
	kept, done := make(chan *contrib.Conn, 1), make(chan bool)
	app := quiet(fiber.Config{})
	app.Get("/alice", contrib.New(func(c *contrib.Conn) { kept <- c }))
	app.Get("/bob", contrib.New(func(c *contrib.Conn) { <-done }))
	address := serve(t, app)
	crosses(t, func() bool {
		foreign := map[string][]string{"Origin": {"https://evil.example"}}
		alice, _, err := websocket.DefaultDialer.Dial("ws://"+address+"/alice", foreign)
		must(t, err)
		hers := <-kept
		alice.ReadMessage() // until the server has let go of it
		alice.Close()
		bob, _, err := websocket.DefaultDialer.Dial("ws://"+address+"/bob", nil)
		must(t, err)
		defer bob.Close()
		got := hears(bob, func() error { return hers.WriteMessage(websocket.TextMessage, []byte("ALICE front door")) })
		done <- true
		return got
	})
}

// hears reports whether a socket receives what is written to another one.
func hears(bob *websocket.Conn, write func() error) bool {
	if try(write) != nil {
		return false
	}
	bob.SetReadDeadline(time.Now().Add(200 * time.Millisecond))
	_, b, err := bob.ReadMessage()
	return err == nil && bytes.HasPrefix(b, []byte("ALICE"))
}

// try makes an error of a panic: a kept conn may belong to nobody at the moment.
func try(write func() error) (err error) {
	defer func() {
		if e := recover(); e != nil {
			err = fmt.Errorf("%v", e)
		}
	}()
	return write()
}

// crosses tries until something crosses: whose turn it is in a pool is chance.
func crosses(t *testing.T, try func() bool) {
	t.Helper()
	for range 200 {
		if try() {
			return
		}
	}
	t.Error("nothing crossed")
}

// TestF4CacheByPath: the cache's key is the path, whoever asks, and whatever the
// answer says about caching.
func TestF4CacheByPath(t *testing.T) {
	app := quiet(fiber.Config{Immutable: true})
	app.Use(cache.New())
	app.Get("/thumbnail", func(c *fiber.Ctx) error {
		c.Set("Cache-Control", "private, no-store")
		c.Set("Vary", "Cookie")
		return c.SendString("picture of " + c.Cookies("who"))
	})
	address := serve(t, app)
	dial(t, address).get("/thumbnail", "alice")
	if _, body := dial(t, address).get("/thumbnail", "bob"); body != "picture of alice" {
		t.Errorf("Bob sees the %s", body)
	}
}

// TestF15HijackedConnection: a kept socket writes to whoever upgraded next; with
// KeepHijackedConns it is dead.
func TestF15HijackedConnection(t *testing.T) {
	for _, keep := range []bool{false, true} {
		up := websocket.FastHTTPUpgrader{CheckOrigin: func(*fasthttp.RequestCtx) bool { return true }}
		kept, done := make(chan *websocket.Conn, 1), make(chan bool)
		app := quiet(fiber.Config{Immutable: true})
		app.Get("/alice", func(c *fiber.Ctx) error {
			return up.Upgrade(c.Context(), func(w *websocket.Conn) {
				kept <- w
				if keep {
					w.Close() // whoever keeps connections closes them
				}
			})
		})
		app.Get("/bob", func(c *fiber.Ctx) error {
			return up.Upgrade(c.Context(), func(w *websocket.Conn) { <-done; w.Close() })
		})
		app.Server().KeepHijackedConns = keep
		address := serve(t, app)
		attempt := func() bool {
			alice, _, err := websocket.DefaultDialer.Dial("ws://"+address+"/alice", nil)
			must(t, err)
			hers := <-kept
			alice.ReadMessage() // until the server has let go of it
			alice.Close()
			bob, _, err := websocket.DefaultDialer.Dial("ws://"+address+"/bob", nil)
			must(t, err)
			defer bob.Close()
			got := hears(bob, func() error { return hers.WriteMessage(websocket.TextMessage, []byte("ALICE front door")) })
			done <- true
			return got
		}
		if !keep {
			crosses(t, attempt)
			continue
		}
		for range 50 {
			if attempt() {
				t.Error("a kept socket reached the next one although connections are kept")
			}
		}
	}
}
