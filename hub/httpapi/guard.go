package httpapi

import (
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"
)

// contentPolicy is the Content-Security-Policy of every answer. Media reaches
// the page through blob: only; nothing is inline, nothing is framed, no form is
// sent, no base moved and no plug-in loaded.
const contentPolicy = "default-src 'self'; media-src 'self' blob:; img-src 'self' blob:; frame-ancestors 'none'; " +
	"base-uri 'none'; form-action 'none'; object-src 'none'"

// securityHeaders go on every answer, errors of the HTTP parser included.
var securityHeaders = [...][2]string{
	{"Content-Security-Policy", contentPolicy},
	{"X-Content-Type-Options", "nosniff"},
	{"Cross-Origin-Resource-Policy", "same-origin"},
	{"Cross-Origin-Opener-Policy", "same-origin"},
	{"Referrer-Policy", "no-referrer"},
	{"Permissions-Policy", "camera=(), geolocation=(), microphone=(self)"},
	{"Cache-Control", "no-store"}, // the shell says otherwise, nothing else does
}

func setSecurityHeaders(c *fiber.Ctx) {
	for _, h := range securityHeaders {
		c.Response().Header.Set(h[0], h[1])
	}
}

// guard refuses what no route may see, before anything looks at path or body.
func (s *Server) guard(c *fiber.Ctx) error {
	setSecurityHeaders(c)
	if !s.knownHost(string(c.Context().Host())) {
		return misdirected()
	}
	// fiber checks a body's size before it expands it: 0.9 MB became 900 MB
	// (HAZARDS F9). Nothing here is worth compressing on the way in.
	if len(c.Request().Header.ContentEncoding()) > 0 {
		return &problem{
			status: http.StatusUnsupportedMediaType, kind: "bad-input", close: true,
			detail: "A compressed body is not accepted.", field: "Content-Encoding",
		}
	}
	switch c.Method() {
	case fiber.MethodGet, fiber.MethodHead:
		return c.Next()
	}
	if !s.sameOrigin(c, false) {
		return forbiddenOrigin()
	}
	if len(c.Request().Body()) > 0 && !jsonType(string(c.Request().Header.ContentType())) {
		return &problem{
			status: http.StatusUnsupportedMediaType, kind: "bad-input",
			detail: "The body is not application/json.", field: "Content-Type",
		}
	}
	return c.Next()
}

func jsonType(v string) bool {
	v, _, _ = strings.Cut(v, ";")
	return strings.EqualFold(strings.TrimSpace(v), fiber.MIMEApplicationJSON)
}

// knownHost tells the hub's own names from one that somebody pointed at its
// address (DNS rebinding): addresses, localhost, .local and configured names.
func (s *Server) knownHost(host string) bool {
	u := url.URL{Host: host}
	name := strings.ToLower(strings.TrimSuffix(u.Hostname(), "."))
	if name == "" || strings.ContainsAny(host, "/@?# \\") {
		return false
	}
	address, _, _ := strings.Cut(name, "%")
	return net.ParseIP(address) != nil || name == "localhost" ||
		strings.HasSuffix(name, ".local") || strings.HasSuffix(name, ".localhost") ||
		slices.ContainsFunc(s.cfg.Hosts, func(h string) bool { return strings.EqualFold(h, name) })
}

// sameOrigin reports whether a page of this hub asks. A browser sends one of
// both headers with every request that changes something; other clients have to.
// A WebSocket needs Origin itself, whatever Sec-Fetch-Site says. A program with
// an API token and without both headers is no page: no browser adds a token to
// what a foreign page asks for, as it does with cookies.
func (s *Server) sameOrigin(c *fiber.Ctx, socket bool) bool {
	site := string(c.Request().Header.Peek("Sec-Fetch-Site"))
	if site != "" && site != "same-origin" {
		return false
	}
	origin := string(c.Request().Header.Peek(fiber.HeaderOrigin))
	if origin == "" && site == "" {
		return (&request{Ctx: c}).credentials().tokenAlone()
	}
	if origin == "" {
		return site == "same-origin" && !socket
	}
	scheme := "http://"
	if s.cfg.TLS != nil {
		scheme = "https://"
	}
	return strings.EqualFold(origin, scheme+string(c.Context().Host()))
}
