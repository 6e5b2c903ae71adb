package httpapi

import (
	"fmt"
	"testing"

	"lares/cameras/fakecam"
	"lares/hub/gate"
)

// TestDeniedAreNoted: on each route that names a camera, a clip or an event, who is told
// that it is not there although it is, is noted: without a grant, and with one that does
// not reach so far. Each asks from an address of its own, for what one tries again and
// again is one row.
func TestDeniedAreNoted(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	owner, other, granted := r.person("alice"), r.person("bob"), r.person("carol")
	cam, _ := owner.camera(fakecam.Options{Name: "alice front"})
	clip := owner.filmed(cam)
	r.grant(owner, cam, granted, gate.Live, gate.History)
	noted := func() int {
		t.Helper()
		must(t, r.journal.Flush(t.Context()))
		return owner.journal("&kind=denied").kinds()["denied"]
	}
	asked := 0
	for _, x := range routes() {
		name := x.method + " " + x.path
		if x.object == none {
			continue
		}
		for _, c := range []struct {
			who  *person
			want int
		}{{other, written[name].other}, {granted, written[name].granted}} {
			if c.want != 404 {
				continue
			}
			asked++
			p := r.at(fmt.Sprintf("127.0.1.%d", asked))
			p.name, p.id, p.scope, p.token = c.who.name, c.who.id, c.who.scope, c.who.token
			before := noted()
			if a := p.do(x.method, fillPath(t, x, c.who, owner, cam, clip), orNil(bodies[name])); a.StatusCode != 404 {
				t.Errorf("%s as %s: %s", name, c.who.name, a.Status)
			}
			if n := noted(); n != before+1 {
				t.Errorf("%s as %s: %d rows more", name, c.who.name, n-before)
			}
		}
	}
	if asked < 60 {
		t.Errorf("only %d were asked", asked)
	}
}
