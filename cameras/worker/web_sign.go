package worker

import (
	"crypto/rand"
	"net/http"
	"net/url"
	"strings"

	"lares/cameras/internal/digest"
	"lares/cameras/internal/wire"
)

// sign answers a challenge: the strongest digest, and the password in the clear
// only to a camera that never knew better, or over TLS.
func (w *web) sign(r *http.Response) (string, error) {
	start, at := w.d.w.start, w.d.route.to
	var best *digest.Challenge
	basic, unknown := false, false
	for _, v := range r.Header.Values("WWW-Authenticate") {
		for _, c := range challenges(v) {
			scheme, _, _ := strings.Cut(c, " ")
			h, ok := digest.Parse(c)
			switch {
			case ok && (best == nil || h.Strong()):
				best = h
			case !ok && scheme == "Digest":
				unknown = true
			case scheme == "Basic":
				basic = true
			}
		}
	}
	q := &http.Request{Method: http.MethodGet, URL: &url.URL{Path: w.url.Path, RawPath: w.url.RawPath, RawQuery: w.url.RawQuery}, Header: http.Header{}}
	switch {
	case best != nil:
		w.d.w.protect(at.dial)
		w.d.tellDigest(&w.told) // whoever answers was recognised by route
		return best.Answer(q, start.Username, start.Password, rand.Text()), nil
	case basic && at.url.Scheme != "https" && w.d.w.protected(at.dial):
		return "", downgrade()
	case !basic, unknown && at.url.Scheme != "https":
		return "", failed(wire.WrongPassword, "The camera at %s asks for a kind of sign-in that Lares does not know.", at.name)
	}
	q.SetBasicAuth(start.Username, start.Password)
	return q.Header.Get("Authorization"), nil
}
