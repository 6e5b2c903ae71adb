package httpapi

import (
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"lares/hub/gate"
)

// TestStarsFullSaysWhatHelps: who starred nothing yet is not told to take stars away, and whoever
// owns no part of it learns no size.
func TestStarsFullSaysWhatHelps(t *testing.T) {
	const mb = 1_000_000
	for _, c := range []struct {
		name       string
		full       gate.StarsFull
		has, lacks []string
	}{
		{"own", gate.StarsFull{Own: true, Starred: 8 * mb, Event: 2 * mb, May: 9 * mb}, []string{"8.0\u00a0MB", "2.0\u00a0MB", "9.0\u00a0MB", "Take stars away"}, nil},
		{"own, none yet", gate.StarsFull{Own: true, Event: 2 * mb, May: mb}, []string{"2.0\u00a0MB", "1.0\u00a0MB", "Download it"}, []string{"Take stars away", "0\u00a0B"}},
		{"another's", gate.StarsFull{}, []string{"owner"}, []string{"MB", "\u00a0B"}},
	} {
		p := starsFull(c.full)
		for _, word := range c.has {
			if !strings.Contains(p.detail, word) {
				t.Errorf("%s: %q does not say %q", c.name, p.detail, word)
			}
		}
		for _, word := range c.lacks {
			if strings.Contains(p.detail, word) {
				t.Errorf("%s: %q says %q", c.name, p.detail, word)
			}
		}
	}
}

// TestUnavailableIsNamed: each kind of 503 is in the contract, where it says what a problem is.
func TestUnavailableIsNamed(t *testing.T) {
	contract, err := os.ReadFile("openapi.yaml")
	must(t, err)
	_, said, _ := strings.Cut(string(contract), "\n    Problem:\n      description: RFC 9457.\n")
	said, _, _ = strings.Cut(said, "\n    Hub:\n")
	kinds := map[string]bool{}
	for _, o := range slices.Concat(ofMedia(), ofControl(), ofPeople()) {
		if o.status == http.StatusServiceUnavailable {
			kinds[o.kind] = true
		}
	}
	if len(kinds) < 6 {
		t.Errorf("only %v", kinds)
	}
	for kind := range kinds {
		if !strings.Contains(said, "`"+kind+"` (") {
			t.Errorf("%s is not named", kind)
		}
	}
}
