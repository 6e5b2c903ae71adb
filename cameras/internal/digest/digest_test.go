package digest

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestDigestVectors are the examples of RFC 7616 §3.9.1.
func TestDigestVectors(t *testing.T) {
	for algorithm, want := range map[string]string{
		"MD5":     "8ca523f5e9506fed4657c9700eebdbec",
		"SHA-256": "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
	} {
		h, ok := Parse(`Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=` + algorithm +
			`, nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"`)
		if !ok {
			t.Fatal(algorithm)
		}
		r := httptest.NewRequest(http.MethodGet, "http://www.example.org/dir/index.html", nil)
		got := h.Answer(r, "Mufasa", "Circle of Life", "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ")
		if !strings.Contains(got, `response="`+want+`"`) || !strings.Contains(got, "nc=00000001") {
			t.Errorf("%s: %s", algorithm, got)
		}
	}
	for _, bad := range []string{"", "Basic realm=x", "Digest", `Digest realm="x`, `Digest realm="x", algorithm=MD4, nonce="y"`, "Digest realm=x"} {
		if _, ok := Parse(bad); ok {
			t.Errorf("%q is a challenge", bad)
		}
	}
}

// FuzzParse reads arbitrary challenges and answers those that are some.
func FuzzParse(f *testing.F) {
	f.Add(`Digest realm="x", nonce="n", qop="auth", algorithm=MD5`)
	f.Add(`digest nonce=a,opaque="b" , algorithm=SHA-256-sess`)
	r := httptest.NewRequest(http.MethodGet, "http://camera/x?y=1", nil)
	f.Fuzz(func(t *testing.T, header string) {
		h, ok := Parse(header)
		if !ok {
			return
		}
		if a := h.Answer(r, "user", "password", "cnonce"); strings.ContainsAny(a, "\r\n") {
			t.Fatalf("%q", a)
		}
	})
}

// TestBest: of several challenges the stronger hash is taken, wherever it stands, and
// none that is not known.
func TestBest(t *testing.T) {
	weak, strong := `Digest realm="a", nonce="w"`, `Digest realm="a", nonce="s", algorithm=SHA-256`
	for _, c := range []struct {
		all  []string
		want string
	}{
		{nil, ""}, {[]string{"Basic realm=\"a\"", `Digest realm="a", nonce="x", algorithm=SHA-512`}, ""},
		{[]string{weak, strong}, "s"}, {[]string{strong, weak}, "s"}, {[]string{"Basic realm=\"a\"", weak}, "w"},
		{[]string{weak, `Digest realm="a", nonce="later"`}, "w"},
	} {
		got := ""
		if h := Best(c.all); h != nil {
			got = h.nonce
		}
		if got != c.want {
			t.Errorf("%q: %q, want %q", c.all, got, c.want)
		}
	}
}
