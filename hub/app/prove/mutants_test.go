package prove

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lares/cameras/fault"
)

// mutant is the product with one thing in it taken away: a copy of one file in
// which a text is replaced, put over the real one for one build (go build
// -overlay). The product itself has no switch for it.
type mutant struct {
	name     string
	file     string // below the top of the module
	from, to string // from stands there once
	tags     string
	faults   string     // what the build with faults swaps
	site     fault.Site // where it must have counted what it swaps
	cached   bool       // behind the broken cache
	// harmless is why nothing crosses all the same; else the rig must find it.
	harmless string
}

var mutants = []mutant{
	{name: "no scope check", file: "hub/account/session.go", from: "if scopeHash != nil && subtle.", to: "if false && subtle."},
	{name: "no scope check behind a broken cache", file: "hub/account/session.go", from: "if scopeHash != nil && subtle.", to: "if false && subtle.", cached: true},
	{
		name: "hijacked connections given back", file: "hub/httpapi/server.go", from: "server.KeepHijackedConns = true", to: "server.KeepHijackedConns = false",
		harmless: "a socket's handler outlives all that writes to it, and a kept wire is refused",
	},
	{
		name: "Immutable off", file: "hub/httpapi/server.go", from: "Immutable: true,", to: "Immutable: false,",
		harmless: "ids are values, not texts, before a handler keeps them",
	},
	{
		name: "no compare of the session's row (one lookup swapped)", file: "hub/account/session.go",
		from: "case subtle.ConstantTimeCompare(row.TokenHash, vault.TokenHash(token)) != 1:", to: "case false:",
		tags: "crossfault", faults: "session:0.05", site: fault.Session,
	},
	{
		name: "no compare of the clip's row (one lookup swapped)", file: "hub/gate/clip.go", from: "if row.Clip != clip {", to: "if false {",
		tags: "crossfault", faults: "clip row:0.05", site: fault.ClipRow,
	},
	{
		name: "no compare of a list's rows (one lookup swapped)", file: "hub/gate/events.go", from: "if r.For != q.Account {", to: "if false {",
		tags: "crossfault", faults: "event list:0.05", site: fault.EventList,
	},
	{
		name: "no compare of what a search finds (one lookup swapped)", file: "hub/gate/events.go", from: "if r.For != q.Account {", to: "if false {",
		tags: "crossfault", faults: "event search:0.15", site: fault.Search,
	},
	{
		name: "no compare of a list of cameras (one lookup swapped)", file: "hub/gate/list.go", from: "if i := slices.IndexFunc(rows, foreign); i >= 0 {", to: "if i := 0; false {",
		tags: "crossfault", faults: "camera list:0.05", site: fault.CameraList,
	},
	{
		name: "no compare of the journal's rows (one lookup swapped)", file: "hub/journal/list.go", from: "if i := slices.IndexFunc(rows, foreign); i >= 0 {", to: "if i := 0; false {",
		tags: "crossfault", faults: "journal list:0.1", site: fault.JournalList,
	},
	// Last: what it writes opens for nobody who may.
	{
		name: "no compare of the key at sealing (K7; the key swapped)", file: "recorder/key.go", from: "if seal.KID(c.id, seal.Store, k.Key) != k.KID {", to: "if false {",
		tags: "crossfault", faults: "store key:0.5", site: fault.StoreKey,
	},
}

// overlay writes the mutant's file and says go build to take it.
func (m *mutant) overlay(t *testing.T, dir string) (file string) {
	t.Helper()
	if m.file == "" {
		return ""
	}
	path, err := filepath.Abs(filepath.Join("..", "..", "..", m.file))
	if err != nil {
		t.Fatal(err)
	}
	source, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(source), m.from); n != 1 {
		t.Fatalf("mutant %q: %s has %d times %q, want 1", m.name, m.file, n, m.from)
	}
	to := filepath.Join(dir, filepath.Base(m.file))
	changed := strings.Replace(string(source), m.from, m.to, 1)
	list, err := json.Marshal(map[string]map[string]string{"Replace": {path: to}})
	if err != nil {
		t.Fatal(err)
	}
	file = filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(to, []byte(changed), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, list, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// mutation makes a phase of it.
func (m mutant) mutation(lasts time.Duration) mutation {
	x := mutation{name: m.name, tags: m.tags, lasts: lasts, mutant: m, rules: isMutant}
	if m.harmless == "" {
		x.rules |= mustFind
		x.lasts = mutantFails
	}
	return x
}

// caught is by what the rig finds that something is wrong with a mutant; weak
// are findings that only count if nothing else is found. It is empty if it
// finds nothing.
func (r *rig) caught(m *mutant, weak bool) string {
	var k counts
	for _, c := range r.clients {
		c.mu.Lock()
		k.add(&c.sum)
		c.mu.Unlock()
	}
	for _, s := range r.sockets {
		s.mu.Lock()
		k.add(&s.sum)
		s.mu.Unlock()
	}
	sum := k.total()
	switch {
	case sum.foreign > 0:
		return "foreign pictures: " + k.where()
	case sum.accounts > 0:
		return fmt.Sprintf("%d answers for another account", sum.accounts)
	case m.site == "" && sum.apart > 0:
		return fmt.Sprintf("%d foreign names and ids", sum.apart)
	case m.site == "" && sum.passed > 0 && weak:
		return fmt.Sprintf("%d requests that were not refused", sum.passed)
	case m.site == "" || !weak:
		return ""
	}
	return r.uncounted(m.site)
}

// uncounted says how many swaps of a site were not counted there.
func (r *rig) uncounted(site fault.Site) string {
	line, err := r.hub.control("faults")
	var got struct{ Injected, Refused map[string]int }
	if err == nil {
		err = json.Unmarshal([]byte(line), &got)
	}
	if err != nil {
		return ""
	}
	// A few may be on their way.
	const few = 3
	if n, counted := got.Injected[string(site)], got.Refused[string(site)]; n > counted+few {
		return fmt.Sprintf("site %q: %d swaps, %d counted", site, n, counted)
	}
	return ""
}

// TestMutantsApply: what a mutant replaces is still in the source, once.
func TestMutantsApply(t *testing.T) {
	for _, m := range mutants {
		m.overlay(t, t.TempDir())
		if m.tags == "" && (m.faults != "" || m.site != "") {
			t.Errorf("mutant %q swaps nothing without a tag", m.name)
		}
	}
}
