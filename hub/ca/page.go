package ca

import (
	_ "embed"
	"fmt"
	"html"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

//go:embed page.html
var pageHTML string

const (
	pageTimeout = 10 * time.Second
	pageHeader  = 8 << 10 // bytes
)

// Page serves, over plain HTTP, the one page that helps a device to trust the
// hub's certificate; everything else is sent to HTTPS.
type Page struct {
	der         []byte
	fingerprint string
	https       string
}

// Page makes the page; https is the address of the hub, of which the port
// counts: the host is the one the browser asked for.
func (a *Authority) Page(https string) (*Page, error) {
	_, port, err := net.SplitHostPort(https)
	if err != nil {
		return nil, fmt.Errorf("ca: address of the hub: %w", err)
	}
	return &Page{der: a.DER(), fingerprint: a.Fingerprint(), https: port}, nil
}

// Server serves the page with strict limits.
func (p *Page) Server() *http.Server {
	return &http.Server{
		Handler: p, ReadTimeout: pageTimeout, WriteTimeout: pageTimeout,
		IdleTimeout: pageTimeout, MaxHeaderBytes: pageHeader,
	}
}

// ServeHTTP serves / and /lares-ca.crt and redirects the rest.
func (p *Page) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-cache")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'")
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		http.Error(w, "This address only offers the hub's certificate. Use https.", http.StatusMethodNotAllowed)
		return
	}
	switch r.URL.Path {
	case "/":
		h.Set("Content-Type", "text/html; charset=utf-8")
		filled := strings.NewReplacer("{{.Hub}}", html.EscapeString(p.hub(r)), "{{.Fingerprint}}", html.EscapeString(p.fingerprint))
		_, _ = io.WriteString(w, filled.Replace(pageHTML)) // who asked may be gone
	case "/page.css":
		h.Set("Content-Type", "text/css; charset=utf-8")
		w.Write(pageCSS)
	case "/lares-ca.crt":
		h.Set("Content-Type", "application/x-x509-ca-cert")
		h.Set("Content-Disposition", `attachment; filename="lares-ca.crt"`)
		w.Write(p.der)
	default:
		http.Redirect(w, r, p.hub(r)+r.URL.EscapedPath(), http.StatusTemporaryRedirect)
	}
}

//go:embed page.css
var pageCSS []byte

// hub is the address of the hub under the name the browser used. A Host that
// is no plain name or address is answered with the hub's own name.
func (p *Page) hub(r *http.Request) string {
	host := r.Host
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	if net.ParseIP(host) == nil && !plainName(host) {
		host = "lares.local"
	}
	return "https://" + net.JoinHostPort(host, p.https)
}

func plainName(s string) bool {
	for _, c := range []byte(s) {
		if c != '.' && c != '-' && (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'z') {
			return false
		}
	}
	return s != "" && len(s) < 254
}
