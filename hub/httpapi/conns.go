package httpapi

import (
	"log/slog"
	"net"
	"runtime/debug"
	"sync"

	"github.com/valyala/fasthttp"

	"lares/hub/account"
)

// conns are the open connections and the session each belongs to, so that they
// can be closed when it ends: a browser that signs in as somebody else then has
// none left that would be refused. Upgraded connections are not in it.
type conns struct {
	mu   sync.Mutex // guards open
	open map[net.Conn]account.SessionID
	none *sync.Cond // open became empty
}

func newConns() *conns {
	c := &conns{open: map[net.Conn]account.SessionID{}}
	c.none = sync.NewCond(&c.mu)
	return c
}

// changed is fasthttp's ConnState.
func (c *conns) changed(conn net.Conn, state fasthttp.ConnState) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch state {
	case fasthttp.StateNew:
		c.open[conn] = account.SessionID{}
	case fasthttp.StateClosed, fasthttp.StateHijacked:
		delete(c.open, conn)
		if len(c.open) == 0 {
			c.none.Broadcast()
		}
	}
}

func (c *conns) pinned(conn net.Conn, id account.SessionID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, ok := c.open[conn]; ok {
		c.open[conn] = id
	}
}

// closeSession closes the session's connections but one; requests on them end.
func (c *conns) closeSession(id account.SessionID, but net.Conn) {
	var of []net.Conn
	c.mu.Lock()
	for conn, session := range c.open {
		if session == id && conn != but {
			of = append(of, conn)
		}
	}
	c.mu.Unlock()
	for _, conn := range of { // outside the lock: closing TLS writes
		_ = conn.Close()
	}
}

// closeAll closes what is left and waits until the server has let go of it.
func (c *conns) closeAll() {
	var all []net.Conn
	c.mu.Lock()
	for conn := range c.open {
		all = append(all, conn)
	}
	c.mu.Unlock()
	for _, conn := range all {
		_ = conn.Close()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for len(c.open) > 0 {
		c.none.Wait()
	}
}

// quiet takes what fasthttp says about connections: of interest to whoever
// looks for a fault, and never more than addresses and errors.
type quiet struct{ log *slog.Logger }

// Printf logs for debugging.
func (q quiet) Printf(format string, args ...any) {
	q.log.Debug("http connection", "format", format, "args", args)
}

func reportPanic(log *slog.Logger, e any) {
	log.Error("panic while answering", "panic", e, "stack", string(debug.Stack()))
}
