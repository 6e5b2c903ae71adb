package httpapi

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"lares/cameras/fakecam"
)

// TestUnknownParameters: no route takes a parameter in its query that it does not have, or one
// twice, nor does anything first; the contract names those there are.
func TestUnknownParameters(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	alice := r.person("alice")
	cam, _ := alice.camera(fakecam.Options{Name: "alice front"})
	clip := alice.filmed(cam)
	for _, x := range routes() {
		name := x.method + " " + x.path
		if x.policy != scoped || written[name].owner == 404 {
			continue
		}
		answer := alice.do(x.method, fillPath(t, x, alice, alice, cam, clip)+"?nosuch=1", orNil(bodies[name]))
		if b := string(bodyOf(t, answer)); answer.StatusCode != 400 || !strings.Contains(b, `"nosuch"`) {
			t.Errorf("%s: %s %.200s", name, answer.Status, b)
		}
		for _, p := range parameters[name] {
			for _, twice := range []string{p + "=1&" + p + "=2", p + "=&" + p, p + "=1&%" + fmt.Sprintf("%02x", p[0]) + p[1:] + "=1"} {
				answer := alice.do(x.method, fillPath(t, x, alice, alice, cam, clip)+"?"+twice, orNil(bodies[name]))
				if b := string(bodyOf(t, answer)); answer.StatusCode != 400 || !strings.Contains(b, "given twice") || !strings.Contains(b, strconv.Quote(p)) {
					t.Errorf("%s?%s: %s %.200s", name, twice, answer.Status, b)
				}
			}
		}
	}
	contract, err := os.ReadFile("openapi.yaml")
	must(t, err)
	named := 0
	for _, list := range parameters {
		named += len(list)
		for _, p := range list {
			if !strings.Contains(string(contract), "- { name: "+p+", in: query") {
				t.Errorf("the contract lacks %q", p)
			}
		}
	}
	if n := strings.Count(string(contract), "in: query"); n != named {
		t.Errorf("the contract has %d parameters, the routes have %d", n, named)
	}
}
