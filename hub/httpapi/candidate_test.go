package httpapi

import (
	"encoding/json"
	"net/netip"
	"testing"

	"lares/cameras/discover"
	"lares/cameras/fakecam"
)

type candidatesView struct {
	Account    string
	Candidates []candidateView
	Searching  bool
}

// where are the candidates that fit.
func (v candidatesView) where(fits func(candidateView) bool) (out []candidateView) {
	for _, c := range v.Candidates {
		if fits(c) {
			out = append(out, c)
		}
	}
	return out
}

// TestCandidatesOverHTTP: a camera on this machine is found; once it is somebody's
// own, nobody else is told of it. Not beside other tests: two on one machine would
// be one device, for they have one address.
func TestCandidatesOverHTTP(t *testing.T) {
	r := newRig(t)
	alice, bob := r.person("alice"), r.person("bob")
	cam, err := fakecam.Start(t.Context(), fakecam.Options{Name: "Candidate of alice", Maker: "lares"})
	must(t, err)
	t.Cleanup(cam.Close)
	ask := func(p *person) (v candidatesView) {
		answer := p.do("GET", p.path("/candidates"), nil)
		if answer.StatusCode != 200 {
			t.Fatal(answer.Status)
		}
		decode(t, answer, &v)
		return v
	}
	if v := ask(alice); len(v.Candidates) != 0 || v.Searching {
		t.Errorf("before a search: %+v", v)
	}
	r.background(r.finder.Run)
	named := func(p *person) []candidateView {
		v := ask(p)
		return v.where(func(c candidateView) bool { return c.Name == "Candidate of alice" })
	}
	wait(t, "the camera", func() bool {
		found := named(bob)
		return len(found) == 1 && len(found[0].Speaks) >= 3
	})
	if c := named(bob)[0]; c.Added || c.Vendor != "Lares" || c.Model != "fakecam" || c.Address != "127.0.0.1" || len(c.ID) != 32 {
		t.Errorf("%+v", c)
	}
	if a := alice.do("POST", alice.path("/cameras"), map[string]string{"name": "door", "main": cam.MainURL()}); a.StatusCode != 201 {
		t.Fatalf("%s %s", a.Status, bodyOf(t, a))
	}
	if own := named(alice); len(own) != 1 || !own[0].Added {
		t.Errorf("of her own camera alice is told %+v", own)
	}
	if told := named(bob); len(told) != 0 {
		t.Errorf("of alice's camera bob is told %+v", told)
	}
	if a := bob.do("POST", bob.path("/candidates/scan"), map[string]any{}); a.StatusCode != 204 {
		t.Error(a.Status)
	}
	again := alice.do("POST", alice.path("/candidates/scan"), nil)
	wantProblem(t, again, 429)
	if again.Header.Get("Retry-After") == "" {
		t.Error("nobody says when to come back")
	}
}

// TestUnscannedIsTold: the network that a scan left out, and the part it did not.
func TestUnscannedIsTold(t *testing.T) {
	wide := discover.Unscanned{Network: netip.MustParsePrefix("10.0.0.0/8"), Tried: netip.MustParsePrefix("10.9.8.0/22")}
	for want, left := range map[string]discover.Unscanned{
		`{"network":"10.0.0.0/8","tried":"10.9.8.0/22"}`: wide,
		`{"network":"10.0.0.0/8"}`:                       {Network: wide.Network},
	} {
		if got, err := json.Marshal(viewOfUnscanned(left)); err != nil || string(got) != want {
			t.Errorf("%s, %v, not %s", got, err, want)
		}
	}
}
