package rules

import (
	"go/ast"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// TestChecklistNamesTests: every test that the checklist of hub/DESIGN.md names
// exists, so that no line is held by a name alone.
func TestChecklistNamesTests(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(top, "hub", "DESIGN.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, list, found := strings.Cut(string(text), "\n## 8. Checklist\n")
	if !found {
		t.Fatal("hub/DESIGN.md has no checklist")
	}
	there := map[string]bool{}
	for _, f := range allFiles(t) {
		if f.syntax == nil {
			continue
		}
		for _, d := range f.syntax.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil {
				there[fn.Name.Name] = true
			}
		}
	}
	names := regexp.MustCompile("`(Test[A-Za-z0-9]+)`").FindAllStringSubmatch(list, -1)
	if len(names) < 100 {
		t.Errorf("the checklist names %d tests", len(names))
	}
	for _, n := range names {
		if !there[n[1]] {
			t.Errorf("the checklist names %s, which does not exist", n[1])
		}
	}
	next := map[string]int{} // a line that is left out would be held by nothing
	for _, line := range strings.Split(list, "\n") {
		if m := regexp.MustCompile(`^\| ([AWZK])(\d+) `).FindStringSubmatch(line); m != nil {
			if next[m[1]]++; m[2] != strconv.Itoa(next[m[1]]) {
				t.Errorf("%s%d is missing before: %s", m[1], next[m[1]], line)
				next[m[1]], _ = strconv.Atoi(m[2])
			}
		}
		if regexp.MustCompile(`^\| [AWZK]\d`).MatchString(line) && !regexp.MustCompile("`Test|browser|proof").MatchString(line) {
			t.Errorf("held by nothing: %s", line)
		}
	}
}
