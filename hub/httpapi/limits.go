package httpapi

import (
	"strings"
	"time"

	"github.com/valyala/fasthttp"
)

// limits bound one request of a route. Zero values do not occur in use: for
// fasthttp zero means the server's default, so nothing can be switched off
// (1.78.0 server.go:2668).
type limits struct {
	read  time.Duration // header and body
	write time.Duration // the whole answer; streams move it on while bytes flow
	body  int           // bytes of the request's body
}

const (
	readTimeout  = 10 * time.Second
	writeTimeout = 15 * time.Second
	idleTimeout  = time.Minute
	// progressTimeout ends an answer of which the client accepted nothing for
	// so long (HAZARDS F10).
	progressTimeout = 10 * time.Second
	maxBody         = 64 << 10
	maxConnections  = 512
	// headerBuffer bounds request line and headers together.
	headerBuffer = 8 << 10
)

var (
	// noBody suits every GET: fasthttp has no 0 for "none".
	noBody = limits{read: readTimeout, write: writeTimeout, body: 1}
	// small suits bodies of a few fields, escaped.
	small = limits{read: readTimeout, write: writeTimeout, body: 16 << 10}
	// areas suits the corners of many areas.
	areas = limits{read: readTimeout, write: writeTimeout, body: maxBody}
	// streaming starts with the progress rule; the stream itself moves it on.
	streaming = limits{read: readTimeout, write: progressTimeout, body: 1}
)

// limiter is fasthttp's HeaderReceived: it finds the limits by the undecoded
// request line, before the body is read. What matches no route, an escaped
// spelling of one included, gets the strictest.
type limiter []route

func (table limiter) received(h *fasthttp.RequestHeader) fasthttp.RequestConfig {
	l := noBody
	method, path := string(h.Method()), string(h.RequestURI())
	path, _, _ = strings.Cut(path, "?")
	for _, r := range table {
		if (r.method == method || r.alsoHead() && method == fasthttp.MethodHead) && matchPath(r.path, path) {
			l = r.limits
			break
		}
	}
	return fasthttp.RequestConfig{ReadTimeout: l.read, WriteTimeout: l.write, MaxRequestBodySize: l.body}
}

// matchPath compares segment by segment; one that starts with a colon matches
// any that is not empty.
func matchPath(pattern, path string) bool {
	for {
		p, patternRest, more := strings.Cut(pattern, "/")
		s, pathRest, moreToo := strings.Cut(path, "/")
		if more != moreToo || p != s && (s == "" || !strings.HasPrefix(p, ":")) {
			return false
		}
		if !more {
			return true
		}
		pattern, path = patternRest, pathRest
	}
}
