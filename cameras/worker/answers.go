package worker

import (
	"errors"
	"strconv"
	"strings"

	"github.com/bluenviron/gortsplib/v5/pkg/base"
	"github.com/bluenviron/gortsplib/v5/pkg/headers"

	"lares/cameras/internal/wire"
)

const (
	maxSDP = 16 << 10
	// maxSessionSeconds is the longest life of an RTSP session that is believed:
	// gortsplib computes the pause between two signs of life from it, and a
	// number that overflows becomes no pause at all (client.go, do).
	maxSessionSeconds = 3600
)

// prune sees each answer before gortsplib reads it, and takes out of it what
// the library would believe and should not.
func (s *session) prune(r *base.Response) {
	switch {
	case len(r.Body) > maxSDP: // the library lets it grow to 128 KiB
		r.Body = nil
	case len(r.Body) > 0:
		r.Body, s.deaf = tame(r.Body)
	}
	if r.StatusCode == base.StatusUnauthorized {
		s.pruneSignIn(r)
	}
	for i, v := range r.Header["Transport"] {
		r.Header["Transport"][i] = withoutPlaces(v)
	}
	for i, v := range r.Header["Session"] {
		r.Header["Session"][i] = boundedSession(v)
	}
}

// pruneSignIn leaves of the ways to sign in (RFC 2617) only digests, where the
// camera or whoever answers for it has ever offered one: a password goes out in
// the clear only to a camera that never knew better, or over TLS.
func (s *session) pruneSignIn(r *base.Response) {
	var digests, rest base.HeaderValue
	unknown := false
	var offers []string
	for _, v := range r.Header["WWW-Authenticate"] {
		offers = append(offers, challenges(v)...)
	}
	for _, v := range offers {
		method, _, _ := strings.Cut(strings.Replace(v, ",", " ", 1), " ") // nothing may follow it
		var a headers.Authenticate
		switch err := a.Unmarshal(base.HeaderValue{v}); {
		case err == nil && a.Method == headers.AuthMethodDigest:
			digests = append(digests, v)
		case strings.EqualFold(method, "Digest"):
			unknown = true
		default:
			rest = append(rest, v)
		}
	}
	clear := s.peer.url.Scheme != "rtsps"
	kept := s.w.keeps(s.to, s.peer.dial, !clear)
	switch {
	case len(digests) > 0:
		s.w.protect(s.peer.dial)
		s.digest = true
		if s.known {
			s.tellDigest(&s.told)
		}
		rest = digests
	case len(rest) > 0 && kept != nil:
		s.kept, rest = kept, nil
	case clear && unknown:
		rest = nil
	}
	r.Header["WWW-Authenticate"] = rest
}

// challenges takes a field apart that may hold several (RFC 2617 §1.2), and
// writes their schemes, which are of any case, the way gortsplib knows them.
func challenges(field string) (out []string) {
	for _, part := range unquotedCommas(field) {
		part = strings.TrimSpace(part)
		scheme, rest, spaced := strings.Cut(part, " ")
		rest = strings.TrimSpace(rest)
		// A parameter may have spaces before its sign; behind nothing it is none, and a
		// digest that makes no sense was offered all the same.
		alone := len(out) == 0 && strings.EqualFold(scheme, "Digest")
		if part == "" || strings.Contains(scheme, "=") || spaced && strings.HasPrefix(rest, "=") && !alone {
			if part != "" && len(out) > 0 {
				out[len(out)-1] += ", " + part
			}
			continue
		}
		for _, known := range []string{"Basic", "Digest"} {
			if strings.EqualFold(scheme, known) {
				scheme = known
			}
		}
		out = append(out, strings.TrimSpace(scheme+" "+rest))
	}
	return out
}

// unquotedCommas splits at the commas outside quoted strings (RFC 2616 §2.2).
func unquotedCommas(s string) (out []string) {
	from, quoted := 0, false
	for i := 0; i < len(s); i++ {
		switch {
		case quoted && s[i] == '\\':
			i++
		case s[i] == '"':
			quoted = !quoted
		case s[i] == ',' && !quoted:
			out, from = append(out, s[from:i]), i+1
		}
	}
	return append(out, s[from:])
}

// keeps says why the password does not go to an address in the clear, which the
// digests of unsalted languages are too; nil where it may.
func (w *worker) keeps(to wire.Target, dial string, encrypted bool) *failure {
	var f *failure
	switch {
	case to.Moved && !(encrypted && w.start.PinKind == pinTLS):
		f = stranger()
	case !encrypted && w.protected(dial):
		f = downgrade()
	default:
		return nil
	}
	f.kept = true
	return f
}

// stranger is the failure of a camera that wants the password in the clear where the
// hub found it.
func stranger() *failure {
	return failed(wire.WrongPassword, "The camera was found at another address than the one it was given, and takes the password there in no protected way. Lares sends it so to no address that nobody gave, for another device may answer. If it is your camera, enter its address and password again, or give it its old address back in your router.")
}

// downgrade is the failure of a camera that asks for less protection than it
// did before.
func downgrade() *failure {
	return failed(wire.WrongPassword, "The camera now wants the password unprotected, which it did not before: perhaps another device answers. Lares does not send it. If you have changed the camera's sign-in, delete this camera and add it again.")
}

// tellDigest has the hub keep, beyond this process, that the address asked for a
// digest: once for each connection, so that what could not be kept is told again.
// Whoever answers must be recognised by then.
func (s *stream) tellDigest(told *bool) {
	if *told || s.to.Digest {
		return
	}
	*told = true
	s.w.tell(wire.TypeDigest, wire.Digest{Stream: s.id})
}

// askedBefore are the addresses that asked for a digest before this process.
func askedBefore(start wire.Start) map[string]bool {
	known := map[string]bool{}
	for _, to := range []wire.Target{start.Main, start.Sub} {
		if to.Digest {
			known[to.Dial] = true
		}
	}
	return known
}

// protect notes that a digest was offered at an address.
func (w *worker) protect(address string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.digests == nil {
		w.digests = map[string]bool{}
	}
	w.digests[address] = true
}

func (w *worker) protected(address string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.digests[address]
}

// withoutPlaces takes source and destination out of a Transport header (RFC
// 2326 §12.39): the library would take datagrams from there, send some there,
// and ask for the name if it is one.
func withoutPlaces(transport string) string {
	var kept []string
	for part := range strings.SplitSeq(transport, ";") {
		name, _, _ := strings.Cut(part, "=")
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "source", "destination":
		default:
			kept = append(kept, part)
		}
	}
	return strings.Join(kept, ";")
}

// boundedSession drops the timeout of a Session header (RFC 2326 §12.37) that
// nobody can mean. Of several gortsplib believes the last, so all have to be meant.
func boundedSession(session string) string {
	id, rest, found := strings.Cut(session, ";")
	if !found {
		return session
	}
	meant := false
	for part := range strings.SplitSeq(rest, ";") {
		name, value, _ := strings.Cut(part, "=")
		if !strings.EqualFold(strings.TrimSpace(name), "timeout") {
			continue
		}
		n, err := strconv.ParseUint(strings.TrimSpace(value), 10, 32)
		if errors.Is(err, strconv.ErrRange) || err == nil && (n == 0 || n > maxSessionSeconds) {
			return id
		}
		meant = meant || err == nil
	}
	if meant {
		return session
	}
	return id
}
