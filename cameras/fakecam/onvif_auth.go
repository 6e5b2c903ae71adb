package fakecam

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"
	"time"
)

const digestRealm = "ONVIF"

// maxSkew is how far a token's time may be from the camera's clock, as real
// cameras have it: a client must read the camera's clock first.
const maxSkew = 5 * time.Minute

// wsToken is a UsernameToken (WS-Security UsernameToken Profile 1.1 §3).
type wsToken struct {
	Username, Password, Nonce, Created string
}

// valid checks PasswordDigest = Base64(SHA-1(nonce ‖ created ‖ password)).
func (t wsToken) valid(username, password string, now time.Time) bool {
	nonce, err := base64.StdEncoding.DecodeString(strings.TrimSpace(t.Nonce))
	if err != nil || strings.TrimSpace(t.Username) != username {
		return false
	}
	created, err := time.Parse(time.RFC3339Nano, strings.TrimSpace(t.Created))
	if err != nil || created.Sub(now).Abs() > maxSkew {
		return false
	}
	sum := sha1.Sum(append(append(nonce, strings.TrimSpace(t.Created)...), password...))
	want := base64.StdEncoding.EncodeToString(sum[:])
	return subtle.ConstantTimeCompare([]byte(want), []byte(strings.TrimSpace(t.Password))) == 1
}

// allowed accepts either a WS-Security token or HTTP digest.
func (s *onvifServer) allowed(r *http.Request, t wsToken) bool {
	o := s.cam.o
	if s.cam.faulty(WrongPassword) {
		return false
	}
	if o.Username == "" || t.valid(o.Username, o.Password, o.Clock.Now()) {
		return true
	}
	return s.digest(r, o.Username, o.Password)
}

// challenge asks for HTTP digest authentication (RFC 2617 §3.2.1; cameras
// rarely know the SHA-256 of RFC 7616), each time with another nonce, as most cameras do.
func (s *onvifServer) challenge() string {
	return fmt.Sprintf(`Digest realm="%s", qop="auth", nonce="%s-%d", algorithm=MD5`, digestRealm, s.nonce, s.asked.Add(1))
}

// refuse answers whoever may not, and counts a sign-in that was wrong.
func (s *onvifServer) refuse(w http.ResponseWriter, r *http.Request, challenge string) {
	if r.Header.Get("Authorization") != "" {
		s.cam.wrong.Add(1)
	}
	w.Header().Set("WWW-Authenticate", challenge)
	http.Error(w, "401 Unauthorized", http.StatusUnauthorized)
}

// digest checks an Authorization header (RFC 2617 §3.2.2).
func (s *onvifServer) digest(r *http.Request, username, password string) bool {
	p, ok := parseDigest(r.Header.Get("Authorization"))
	if !ok || p["username"] != username || !strings.HasPrefix(p["nonce"], s.nonce) || p["realm"] != digestRealm || p["uri"] != r.URL.RequestURI() {
		return false
	}
	ha1 := md5Hex(username, digestRealm, password)
	ha2 := md5Hex(r.Method, p["uri"])
	want := md5Hex(ha1, p["nonce"], ha2)
	if p["qop"] == "auth" {
		want = md5Hex(ha1, p["nonce"], p["nc"], p["cnonce"], "auth", ha2)
	}
	return subtle.ConstantTimeCompare([]byte(want), []byte(p["response"])) == 1
}

func md5Hex(parts ...string) string {
	sum := md5.Sum([]byte(strings.Join(parts, ":")))
	return hex.EncodeToString(sum[:])
}

// parseDigest reads the parameters of a Digest header.
func parseDigest(header string) (map[string]string, bool) {
	rest, ok := strings.CutPrefix(header, "Digest ")
	if !ok {
		return nil, false
	}
	p := map[string]string{}
	for {
		key, after, ok := strings.Cut(strings.TrimLeft(rest, " ,"), "=")
		if !ok {
			return p, len(p) > 0
		}
		var value string
		if quoted, isQuoted := strings.CutPrefix(after, `"`); isQuoted {
			value, rest, ok = strings.Cut(quoted, `"`)
			if !ok {
				return nil, false
			}
		} else {
			value, rest, _ = strings.Cut(after, ",")
		}
		p[strings.ToLower(strings.TrimSpace(key))] = strings.TrimSpace(value)
	}
}
