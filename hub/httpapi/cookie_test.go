package httpapi

import (
	"strings"
	"testing"
)

// TestCookieHasOneSpelling: a session's cookie in quotes, with spaces or in capitals is
// nobody's, like one that never was, also beside an API token, which would do alone.
func TestCookieHasOneSpelling(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ann := r.person("ann")
	absent := shape(t, r.stranger().do("GET", "/s/"+ann.scope+"/api/me", nil))
	for _, token := range []string{`"` + ann.token + `"`, " " + ann.token, ann.token + "\t;", strings.ToUpper(ann.token), `"` + ann.token + `"; ` + cookieName + "=" + ann.token[:63]} {
		odd := ann.reconnected()
		odd.token = token
		if got := shape(t, odd.do("GET", odd.path("/me"), nil)); got != absent {
			t.Errorf("%q: %s", token, got)
		}
	}
	door := r.quietCamera(ann, "door")
	program, _ := ann.program(asked{door.String(), []string{"live"}, "now"})
	if a := program.do("GET", program.path("/cameras"), nil, "Cookie: "+cookieName+`="`+ann.token+`"`); a.StatusCode != 404 {
		t.Errorf("beside a token: %s", a.Status)
	}
	if a := program.do("GET", program.path("/cameras"), nil); a.StatusCode != 200 {
		t.Errorf("the token alone: %s", a.Status)
	}
	if a := ann.reconnected().do("GET", ann.path("/me"), nil); a.StatusCode != 200 {
		t.Errorf("as it was given: %s", a.Status)
	}
	others := ann.reconnected()
	others.token = ann.token + "; a=b"
	if a := others.do("GET", others.path("/me"), nil); a.StatusCode != 200 {
		t.Errorf("with others: %s", a.Status)
	}
}
