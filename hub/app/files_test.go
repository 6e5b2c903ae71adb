package app

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestFilesIn: a folder whose path looks like a pattern is looked into all the
// same, and what does not match stays.
func TestFilesIn(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "hub[1]*")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"lares.db", "lares.db-wal", "copy.tmp.db", "hub.key"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got, err := filesIn(dir, "lares.db*", tmpDatabases)
	want := []string{filepath.Join(dir, "lares.db"), filepath.Join(dir, "lares.db-wal"), filepath.Join(dir, "copy.tmp.db")}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%q, %v", got, err)
	}
	h := &house{}
	h.cfg.Data = dir
	if err := h.dropCopies(); err != nil {
		t.Fatal(err)
	}
	if left, err := filesIn(dir, "*"); err != nil || len(left) != 3 || slices.Contains(left, filepath.Join(dir, "copy.tmp.db")) {
		t.Errorf("after the start: %q, %v", left, err)
	}
	if got, err := filesIn(filepath.Join(dir, "none"), "*"); err != nil || len(got) != 0 {
		t.Errorf("no folder: %q, %v", got, err)
	}
}

// TestVerdictOfABrokenJournal: of a journal with rows missing nothing is said
// beyond the rows that are left.
func TestVerdictOfABrokenJournal(t *testing.T) {
	for broken, want := range map[string]string{"": "\nNobody received", "row 3 is gone": "\nAs far as the rows that are left show, nobody received"} {
		var b bytes.Buffer
		v := verdict{}
		if broken != "" {
			v.Broken = []string{broken}
		}
		v.print(&b)
		if !strings.Contains(b.String(), want) {
			t.Errorf("%q: %s", broken, b.String())
		}
	}
}
