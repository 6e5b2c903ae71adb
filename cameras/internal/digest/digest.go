// Package digest answers Digest challenges of HTTP (RFC 7616; RFC 2617 for MD5).
package digest

import (
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"net/http"
	"strings"
)

// Challenge is a Digest challenge (RFC 7616 §3.3; RFC 2617 for MD5).
type Challenge struct {
	realm, nonce, opaque, algorithm string
	qop, stale                      bool
	count                           int
}

func (h *Challenge) hash() hash.Hash {
	if strings.HasPrefix(h.algorithm, "SHA-256") {
		return sha256.New()
	}
	return md5.New()
}

// Strong reports whether the challenge is of the stronger hash.
func (h *Challenge) Strong() bool { return strings.HasPrefix(h.algorithm, "SHA-256") }

// Best is the strongest Digest challenge among several, the first of those; nil for
// none that is known.
func Best(challenges []string) (best *Challenge) {
	for _, c := range challenges {
		if h, ok := Parse(c); ok && (best == nil || h.Strong() && !best.Strong()) {
			best = h
		}
	}
	return best
}

// Stale reports whether the challenge says that the one before was answered rightly,
// only too late (RFC 7616 §3.3).
func (h *Challenge) Stale() bool { return h.stale }

// Repeats reports whether a challenge is of the nonce of the one before; both may be
// nil.
func (h *Challenge) Repeats(before *Challenge) bool {
	return h != nil && before != nil && h.nonce == before.nonce && h.algorithm == before.algorithm
}

// Parse reads the value of a WWW-Authenticate field; ok is false where it is no
// Digest that is known.
func Parse(header string) (h *Challenge, ok bool) {
	const scheme = "digest "
	if len(header) < len(scheme) || !strings.EqualFold(header[:len(scheme)], scheme) {
		return nil, false
	}
	h = &Challenge{algorithm: "MD5"}
	for rest := header[len(scheme):]; rest != ""; {
		key, after, found := strings.Cut(strings.TrimLeft(rest, " ,\t"), "=")
		if !found {
			break
		}
		var value string
		if quoted, is := strings.CutPrefix(strings.TrimLeft(after, " "), `"`); is {
			value, rest, found = strings.Cut(quoted, `"`)
			if !found {
				return nil, false
			}
		} else {
			value, rest, _ = strings.Cut(after, ",")
		}
		switch strings.ToLower(strings.TrimSpace(key)) {
		case "realm":
			h.realm = value
		case "nonce":
			h.nonce = value
		case "opaque":
			h.opaque = value
		case "algorithm":
			h.algorithm = strings.ToUpper(strings.TrimSpace(value))
		case "stale":
			h.stale = strings.EqualFold(strings.TrimSpace(value), "true")
		case "qop":
			for _, q := range strings.Split(value, ",") {
				h.qop = h.qop || strings.TrimSpace(q) == "auth"
			}
		}
	}
	switch h.algorithm {
	case "MD5", "SHA-256", "MD5-SESS", "SHA-256-SESS":
		return h, h.nonce != ""
	}
	return nil, false
}

// Answer computes the Authorization header (RFC 7616 §3.4); cnonce is fresh.
func (h *Challenge) Answer(r *http.Request, username, password, cnonce string) string {
	sum := func(parts ...string) string {
		d := h.hash()
		d.Write([]byte(strings.Join(parts, ":")))
		return hex.EncodeToString(d.Sum(nil))
	}
	h.count++
	nc, uri := fmt.Sprintf("%08x", h.count), r.URL.RequestURI()
	ha1 := sum(username, h.realm, password)
	if strings.HasSuffix(h.algorithm, "-SESS") {
		ha1 = sum(ha1, h.nonce, cnonce)
	}
	ha2 := sum(r.Method, uri)
	response := sum(ha1, h.nonce, ha2)
	if h.qop {
		response = sum(ha1, h.nonce, nc, cnonce, "auth", ha2)
	}
	quote := strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\r", "", "\n", "")
	s := fmt.Sprintf(`Digest username="%s", realm="%s", nonce="%s", uri="%s", algorithm=%s, response="%s"`,
		quote.Replace(username), quote.Replace(h.realm), quote.Replace(h.nonce), uri, h.algorithm, response)
	if h.qop {
		s += fmt.Sprintf(`, qop=auth, nc=%s, cnonce="%s"`, nc, cnonce)
	}
	if h.opaque != "" {
		s += fmt.Sprintf(`, opaque="%s"`, quote.Replace(h.opaque))
	}
	return s
}
