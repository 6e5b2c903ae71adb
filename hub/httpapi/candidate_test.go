package httpapi

import (
	"testing"

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

// TestCandidatesOverHTTP: two cameras on this machine are found; one is added,
// and everybody is told as much of it as is theirs to know.
func TestCandidatesOverHTTP(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	alice, bob := r.person("alice"), r.person("bob")
	alice.camera(fakecam.Options{Name: "Candidate of alice", Maker: "lares"})
	free, err := fakecam.Start(t.Context(), fakecam.Options{Name: "Candidate of nobody", Maker: "lares"})
	must(t, err)
	t.Cleanup(free.Close)
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
	named := func(v candidatesView, name string) []candidateView {
		return v.where(func(c candidateView) bool { return c.Name == name })
	}
	wait(t, "both cameras", func() bool {
		v := ask(alice)
		own, other := named(v, "Candidate of alice"), named(v, "Candidate of nobody")
		return len(own) == 1 && own[0].Added && len(other) == 1 && len(other[0].Speaks) >= 2
	})
	v := ask(alice)
	if c := named(v, "Candidate of nobody")[0]; c.Added || c.Taken || c.Vendor != "Lares" || c.Model != "fakecam" || c.Address != "127.0.0.1" || len(c.ID) != 32 {
		t.Errorf("%+v", c)
	}
	theirs := ask(bob)
	if len(named(theirs, "Candidate of alice")) != 0 || len(named(theirs, "Candidate of nobody")) != 1 {
		t.Errorf("bob is told %+v", theirs)
	}
	id := named(v, "Candidate of alice")[0].ID
	taken := theirs.where(func(c candidateView) bool { return c.ID == id })
	if len(taken) != 1 || !taken[0].Taken || taken[0].Added || taken[0].Vendor != "" || taken[0].MAC != "" || len(taken[0].Speaks) != 0 {
		t.Errorf("of alice's camera bob is told %+v", taken)
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
