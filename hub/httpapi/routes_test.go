package httpapi

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/valyala/fasthttp"

	"lares/hub/gate"
)

func TestTableIsWhole(t *testing.T) {
	if err := check(routes()); err != nil {
		t.Fatal(err)
	}
}

// TestTableRefusesHoles: each way to leave a route unguarded stops the start.
func TestTableRefusesHoles(t *testing.T) {
	good := routes()
	of := func(path string) *route {
		table := slices.Clone(good)
		for i := range table {
			if table[i].path == path && table[i].method == "GET" {
				table[i].path = path
				return &table[i]
			}
		}
		t.Fatal("no route ", path)
		return nil
	}
	for name, spoil := range map[string]func() route{
		"no policy":               func() route { r := *of(clipPath); r.policy = 0; return r },
		"unknown policy":          func() route { r := *of(clipPath); r.policy = 9; return r },
		"a guest's in the scope":  func() route { r := *of(clipPath); r.policy = guest; r.object = none; r.action = ""; return r },
		"scoped among guests":     func() route { r := *of(guestMP4Path); r.policy = scoped; return r },
		"public among guests":     func() route { r := *of(guestMP4Path); r.policy = public; return r },
		"a guest's with rules":    func() route { r := *of(guestMP4Path); r.rules = tokensToo; return r },
		"public below the scope":  func() route { r := *of(scopePath + "/me"); r.policy = public; return r },
		"scoped outside":          func() route { r := *of("/api/hub"); r.policy = scoped; return r },
		"download outside":        func() route { r := *of("/api/hub"); r.policy = download; return r },
		"public below /d":         func() route { r := *of("/d/:download"); r.policy = public; return r },
		"clip without an action":  func() route { r := *of(clipPath); r.action = anyAction; return r },
		"event without an action": func() route { r := *of(eventPath); r.action = anyAction; return r },
		"action without object":   func() route { r := *of(scopePath + "/me"); r.action = gate.Live; return r },
		"object without a caller": func() route { r := *of("/api/hub"); r.object = camera; return r },
		"no limits":               func() route { r := *of("/api/hub"); r.limits = limits{}; return r },
		"no handler":              func() route { r := *of("/api/hub"); r.handle = nil; return r },
	} {
		if check([]route{spoil()}) == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if check(append(slices.Clone(good), good[0])) == nil {
		t.Error("the same route twice: accepted")
	}
}

// described reads paths and methods out of openapi.yaml, whose shape is ours:
// paths are indented by two, methods by four.
func described(t *testing.T) map[string]bool {
	t.Helper()
	text, err := os.ReadFile("openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	pathLine, methodLine := regexp.MustCompile(`^  (/\S*):$`), regexp.MustCompile(`^    (get|put|post|delete|patch|head):$`)
	found, path, in := map[string]bool{}, "", false
	for line := range strings.Lines(string(text)) {
		line = strings.TrimRight(line, "\n")
		if line != "" && line[0] != ' ' {
			in = line == "paths:"
		}
		if !in {
			continue
		}
		if m := pathLine.FindStringSubmatch(line); m != nil {
			path = m[1]
		}
		if m := methodLine.FindStringSubmatch(line); m != nil {
			found[strings.ToUpper(m[1])+" "+path] = true
		}
	}
	return found
}

func TestTableMatchesDescription(t *testing.T) {
	want := described(t)
	if len(want) < 20 {
		t.Fatalf("only %d operations found in openapi.yaml", len(want))
	}
	parameter := regexp.MustCompile(`:([a-z]+)`)
	for _, r := range routes() {
		name := r.method + " " + parameter.ReplaceAllString(r.path, "{$1}")
		if !want[name] {
			t.Errorf("openapi.yaml lacks %s", name)
		}
		delete(want, name)
	}
	for name := range want {
		t.Errorf("the table lacks %s", name)
	}
}

// TestLimitsPerRoute: the limits of a request come from its undecoded line; an
// escaped spelling never gets more than the strictest (HAZARDS F10, F14).
func TestLimitsPerRoute(t *testing.T) {
	table := limiter(routes())
	const id = "0123456789abcdef0123456789abcdef"
	at := func(method, uri string) fasthttp.RequestConfig {
		var h fasthttp.RequestHeader
		h.SetMethod(method)
		h.SetRequestURI(uri)
		return table.received(&h)
	}
	strict := fasthttp.RequestConfig{ReadTimeout: noBody.read, WriteTimeout: noBody.write, MaxRequestBodySize: noBody.body}
	fill := regexp.MustCompile(`:[a-z]+`)
	for _, r := range table {
		got := at(r.method, fill.ReplaceAllString(r.path, id)+"?x=/y")
		want := fasthttp.RequestConfig{ReadTimeout: r.limits.read, WriteTimeout: r.limits.write, MaxRequestBodySize: r.limits.body}
		if got != want {
			t.Errorf("%s %s: %+v, want %+v", r.method, r.path, got, want)
		}
		if got.ReadTimeout <= 0 || got.WriteTimeout <= 0 || got.MaxRequestBodySize <= 0 {
			t.Errorf("%s %s: a zero means the server's default", r.method, r.path)
		}
	}
	for _, uri := range []string{"/nothing", "/s/" + id + "/%61pi/password", "/s//api/password", "//s/" + id + "/api/password", "/api/sign-in/"} {
		if got := at("POST", uri); got != strict {
			t.Errorf("POST %s: %+v, want the strictest", uri, got)
		}
	}
}

func TestMatchPath(t *testing.T) {
	for _, c := range []struct {
		pattern, path string
		want          bool
	}{
		{"/", "/", true}, {"/", "", false}, {"/", "/a", false},
		{"/a/:b", "/a/x", true}, {"/a/:b", "/a/", false}, {"/a/:b", "/a", false}, {"/a/:b", "/a/x/", false},
		{"/a/:b/c", "/a/x/c", true}, {"/a/:b/c", "/a/x/d", false}, {"/a/:b/c", "/a//c", false},
	} {
		if matchPath(c.pattern, c.path) != c.want {
			t.Errorf("%s %s: not %v", c.pattern, c.path, c.want)
		}
	}
}
