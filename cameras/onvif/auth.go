package onvif

import (
	"crypto/md5"
	"crypto/rand"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"encoding/hex"
	"encoding/xml"
	"fmt"
	"hash"
	"net/http"
	"net/url"
	"strings"
)

// tlsConfig accepts the certificates that cameras sign themselves: who the
// device is, its serial number decides (see worker).
func tlsConfig() *tls.Config { return &tls.Config{InsecureSkipVerify: true} }

// envelope wraps a body into SOAP 1.2, with a WS-Security UsernameToken where
// there is a user: PasswordDigest = Base64(SHA-1(nonce ‖ created ‖ password)).
func (c *Client) envelope(to *url.URL, action, body, header string, signed bool) []byte {
	var b strings.Builder
	b.WriteString(`<?xml version="1.0" encoding="UTF-8"?><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="http://www.w3.org/2005/08/addressing"><s:Header>`)
	if strings.Contains(action, "/events/") || strings.Contains(action, "/wsn/") {
		fmt.Fprintf(&b, `<a:Action>%s</a:Action><a:To>%s</a:To>`, action, escape(to.String()))
	}
	b.WriteString(header)
	if signed && c.cfg.Username != "" {
		c.mu.Lock()
		now := c.cfg.Clock.Now().Add(c.offset)
		c.mu.Unlock()
		nonce := make([]byte, 16)
		rand.Read(nonce)
		created := now.UTC().Format("2006-01-02T15:04:05.000Z")
		sum := sha1.Sum([]byte(string(nonce) + created + c.cfg.Password))
		const wss = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-"
		fmt.Fprintf(&b, `<w:Security s:mustUnderstand="1" xmlns:w="%[1]swssecurity-secext-1.0.xsd"><w:UsernameToken><w:Username>%[2]s</w:Username>`+
			`<w:Password Type="%[1]susername-token-profile-1.0#PasswordDigest">%[3]s</w:Password>`+
			`<w:Nonce EncodingType="%[1]ssoap-message-security-1.0#Base64Binary">%[4]s</w:Nonce>`+
			`<u:Created xmlns:u="%[1]swssecurity-utility-1.0.xsd">%[5]s</u:Created></w:UsernameToken></w:Security>`,
			wss, escape(c.cfg.Username), base64.StdEncoding.EncodeToString(sum[:]), base64.StdEncoding.EncodeToString(nonce), created)
	}
	b.WriteString(`</s:Header><s:Body>`)
	b.WriteString(body)
	b.WriteString(`</s:Body></s:Envelope>`)
	return []byte(b.String())
}

func escape(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // strings.Builder does not fail
	return b.String()
}

// challenge is a Digest challenge (RFC 7616 §3.3; RFC 2617 for MD5).
type challenge struct {
	realm, nonce, opaque, algorithm string
	qop                             bool
	count                           int
}

func (h *challenge) hash() hash.Hash {
	if strings.HasPrefix(h.algorithm, "SHA-256") {
		return sha256.New()
	}
	return md5.New()
}

func (c *Client) hasDigest() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.digest != nil
}

// learnDigest keeps the strongest Digest challenge of an answer. Basic is never
// used: it would hand the password to whoever answers at the address.
func (c *Client) learnDigest(headers []string) {
	if c.cfg.Username == "" {
		return
	}
	var best *challenge
	for _, h := range headers {
		ch, ok := parseChallenge(h)
		if ok && (best == nil || strings.HasPrefix(ch.algorithm, "SHA-256")) {
			best = ch
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.digest = best
}

func parseChallenge(header string) (*challenge, bool) {
	const scheme = "digest "
	if len(header) < len(scheme) || !strings.EqualFold(header[:len(scheme)], scheme) {
		return nil, false
	}
	h := &challenge{algorithm: "MD5"}
	for rest := header[len(scheme):]; rest != ""; {
		key, after, ok := strings.Cut(strings.TrimLeft(rest, " ,\t"), "=")
		if !ok {
			break
		}
		var value string
		if quoted, is := strings.CutPrefix(strings.TrimLeft(after, " "), `"`); is {
			value, rest, ok = strings.Cut(quoted, `"`)
			if !ok {
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

func (c *Client) authorize(r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.digest == nil {
		return
	}
	r.Header.Set("Authorization", c.digest.answer(r, c.cfg.Username, c.cfg.Password, rand.Text()))
}

// answer computes the Authorization header (RFC 7616 §3.4); cnonce is fresh.
func (h *challenge) answer(r *http.Request, username, password, cnonce string) string {
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
