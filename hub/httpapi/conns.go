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
	open map[net.Conn]connState
	none *sync.Cond // open became empty
}

type connState struct {
	session account.SessionID // zero before the first private request
	busy    bool              // a request is under way
}

func newConns() *conns {
	c := &conns{open: map[net.Conn]connState{}}
	c.none = sync.NewCond(&c.mu)
	return c
}

// changed is fasthttp's ConnState.
func (c *conns) changed(conn net.Conn, state fasthttp.ConnState) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch state {
	case fasthttp.StateNew:
		c.open[conn] = connState{}
	case fasthttp.StateActive, fasthttp.StateIdle:
		if k, ok := c.open[conn]; ok {
			k.busy = state == fasthttp.StateActive
			c.open[conn] = k
		}
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
	if k, ok := c.open[conn]; ok {
		k.session = id
		c.open[conn] = k
	}
}

// closeSession closes the session's connections but one; requests on them end.
func (c *conns) closeSession(id account.SessionID, but net.Conn) {
	c.close(func(conn net.Conn, k connState) bool { return k.session == id && conn != but })
}

// closeIdle closes the connections that wait for a request.
func (c *conns) closeIdle() {
	c.close(func(_ net.Conn, k connState) bool { return !k.busy })
}

// closeAll closes what is left and waits until the server has let go of it.
func (c *conns) closeAll() {
	c.close(func(net.Conn, connState) bool { return true })
	c.mu.Lock()
	defer c.mu.Unlock()
	for len(c.open) > 0 {
		c.none.Wait()
	}
}

func (c *conns) close(match func(net.Conn, connState) bool) {
	var found []net.Conn
	c.mu.Lock()
	for conn, k := range c.open {
		if match(conn, k) {
			found = append(found, conn)
		}
	}
	c.mu.Unlock()
	for _, conn := range found { // outside the lock: closing TLS writes
		_ = conn.Close()
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
