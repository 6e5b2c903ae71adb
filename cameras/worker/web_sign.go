package worker

import (
	"cmp"
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
	username, password, at := w.d.w.start.Username, w.secret(), w.d.route.to
	var all []string
	basic, unknown := false, false
	kept := w.d.w.keeps(w.d.to, at.dial, at.url.Scheme == "https")
	if at.says == "tapo" {
		username, w.d.form = cmp.Or(username, tapoUser), tapoForm(r.Header.Get("WWW-Authenticate"))
		password = w.secret()
	}
	for _, v := range r.Header.Values("WWW-Authenticate") {
		for _, c := range challenges(v) {
			scheme, _, _ := strings.Cut(c, " ")
			_, known := digest.Parse(c)
			all = append(all, c)
			unknown = unknown || !known && scheme == "Digest"
			basic = basic || scheme == "Basic"
		}
	}
	best := digest.Best(all)
	q := &http.Request{Method: w.method, URL: &url.URL{Path: w.url.Path, RawPath: w.url.RawPath, RawQuery: w.url.RawQuery}, Header: http.Header{}}
	switch {
	case best != nil:
		w.d.w.protect(at.dial)
		w.d.tellDigest(&w.told) // whoever answers was recognised by route
		return best.Answer(q, username, password, rand.Text()), nil
	case basic && kept != nil:
		return "", kept
	case w.digests, !basic, unknown && at.url.Scheme != "https":
		return "", failed(wire.WrongPassword, "The camera at %s asks for a kind of sign-in that Lares does not know.", at.name)
	}
	q.SetBasicAuth(username, password)
	return q.Header.Get("Authorization"), nil
}
