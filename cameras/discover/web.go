package discover

import (
	"bytes"
	"context"
	"html"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"lares/cameras/internal/wire"
)

// site is a web server at an address, with or without TLS.
type site struct {
	netip.AddrPort

	tls bool
}

func (w site) url(path string) *url.URL {
	u := &url.URL{Scheme: "http", Host: w.String(), Path: path}
	if w.tls {
		u.Scheme = "https"
	}
	return u
}

// secure is the port of HTTPS to which an answer without TLS sends its visitors on; 0 for
// none, and for another address than its own.
func (w site) secure(answer *http.Response) uint16 {
	to, err := answer.Location()
	if err != nil || answer.StatusCode/100 != 3 || w.tls || to.Scheme != "https" || to.User != nil {
		return 0
	}
	if host, err := netip.ParseAddr(to.Hostname()); err != nil || host.Unmap() != w.Addr() {
		return 0
	}
	return portOf(to)
}

// greetWeb reads the front page and what comes with it. Every printer has one:
// that of a camera says so, or names a maker of nothing else. secure is as in
// greetONVIF.
func greetWeb(ctx context.Context, at site, s *wire.Sighting) (secure uint16) {
	ctx, cancel := context.WithTimeout(ctx, greetWithin)
	defer cancel()
	texts, next, secure := frontPage(ctx, at, "/")
	if !looksLikeCamera(texts...) && next != "" {
		texts, _, _ = frontPage(ctx, at, next)
	}
	if !looksLikeCamera(texts...) {
		return secure
	}
	speaks := wire.Protocol{Name: wire.SpeaksHTTP, Port: at.Port()}
	if at.tls {
		speaks.Name = wire.SpeaksHTTPS
	}
	s.Speaks = append(s.Speaks, speaks)
	if v, ok := vendorOf(texts...); ok && s.Vendor == "" {
		s.Vendor = v.name
	}
	return 0
}

// frontPage is what a web server says of itself in the answer to one request:
// its name, what it asks a password for, the page's title. next is where the same
// server sends its visitors on; nobody is followed elsewhere. secure is as in
// greetONVIF.
func frontPage(ctx context.Context, at site, path string) (texts []string, next string, secure uint16) {
	transport := webOf(at.AddrPort)
	defer transport.CloseIdleConnections()
	base := at.url("/")
	target, err := base.Parse(path)
	if err != nil {
		return nil, "", 0
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, target.String(), nil)
	if err != nil {
		return nil, "", 0
	}
	answer, err := transport.RoundTrip(request) // follows no redirect
	if err != nil {
		return nil, "", 0
	}
	defer answer.Body.Close()
	page, _ := io.ReadAll(io.LimitReader(answer.Body, maxGreeting)) // what came counts
	to, err := target.Parse(answer.Header.Get("Location"))
	if err == nil && answer.Header.Get("Location") != "" && to.Scheme == base.Scheme && to.Host == base.Host && to.User == nil {
		next = to.RequestURI()
	}
	return []string{answer.Header.Get("Server"), realmOf(answer.Header.Get("WWW-Authenticate")), titleOf(page)}, next, at.secure(answer)
}

// realmOf is the realm of a challenge (RFC 9110 §11.5), which is a quoted string.
func realmOf(challenge string) string {
	at := strings.Index(strings.ToLower(challenge), `realm="`)
	if at < 0 {
		return ""
	}
	realm, _, _ := strings.Cut(challenge[at+len(`realm="`):], `"`)
	return realm
}

// titleOf is the title of a page, "" for one without.
func titleOf(page []byte) string {
	const begin, end = "<title", "</title"
	page = bytes.ToValidUTF8(page, nil)
	lower := bytes.ToLower(page)
	if len(lower) != len(page) {
		page = lower // letters whose other case is of another length
	}
	at := bytes.Index(lower, []byte(begin))
	if at < 0 {
		return ""
	}
	open := bytes.IndexByte(lower[at:], '>')
	if open < 0 {
		return ""
	}
	from := at + open + 1
	to := bytes.Index(lower[from:], []byte(end))
	if to < 0 {
		return ""
	}
	return strings.TrimSpace(html.UnescapeString(cut(string(page[from:from+to]), wire.MaxWord)))
}
