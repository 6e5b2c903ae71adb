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

// greetWeb reads the front page and what comes with it. Every printer has one:
// that of a camera says so, or names a maker of nothing else.
func greetWeb(ctx context.Context, at netip.AddrPort, s *wire.Sighting) {
	ctx, cancel := context.WithTimeout(ctx, greetWithin)
	defer cancel()
	texts, next := frontPage(ctx, at, "/")
	if !looksLikeCamera(texts...) && next != "" {
		texts, _ = frontPage(ctx, at, next)
	}
	if !looksLikeCamera(texts...) {
		return
	}
	s.Speaks = append(s.Speaks, wire.Protocol{Name: wire.SpeaksHTTP, Port: at.Port()})
	if v, ok := vendorOf(texts...); ok && s.Vendor == "" {
		s.Vendor = v.name
	}
}

// frontPage is what a web server says of itself in the answer to one request:
// its name, what it asks a password for, the page's title. next is where the same
// server sends its visitors on; nobody is followed elsewhere.
func frontPage(ctx context.Context, at netip.AddrPort, path string) (texts []string, next string) {
	transport := plainHTTP(at)
	defer transport.CloseIdleConnections()
	base := url.URL{Scheme: "http", Host: at.String(), Path: "/"}
	target, err := base.Parse(path)
	if err != nil {
		return nil, ""
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, target.String(), nil)
	if err != nil {
		return nil, ""
	}
	answer, err := transport.RoundTrip(request) // follows no redirect
	if err != nil {
		return nil, ""
	}
	defer answer.Body.Close()
	page, _ := io.ReadAll(io.LimitReader(answer.Body, maxGreeting)) // what came counts
	to, err := target.Parse(answer.Header.Get("Location"))
	if err == nil && answer.Header.Get("Location") != "" && to.Scheme == base.Scheme && to.Host == base.Host && to.User == nil {
		next = to.RequestURI()
	}
	return []string{answer.Header.Get("Server"), realmOf(answer.Header.Get("WWW-Authenticate")), titleOf(page)}, next
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
