package app

import (
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lares/hub/config"
	"lares/hub/store"
)

// TestOpenPools: a pool is known by its marker from its first start on, whatever it is called
// and wherever it is; one that is not there then holds up no start.
func TestOpenPools(t *testing.T) {
	dir := t.TempDir()
	s, err := store.Open(t.Context(), store.Options{Path: filepath.Join(dir, "lares.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	at := func(name string) string { return filepath.Join(dir, name) }
	for _, name := range []string{"media", "b", "c", "b/in"} {
		if err := os.Mkdir(at(name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(os.Symlink(at("b"), at("link")), os.Symlink(at("media"), at("media2"))); err != nil {
		t.Fatal(err)
	}
	// opens says what pools are called and numbered.
	opens := func(pools ...config.Pool) (string, error) {
		t.Helper()
		h := &house{cfg: config.Config{Data: dir, Media: at("media"), Pools: pools}, store: s, log: slog.New(slog.NewTextHandler(io.Discard, nil))}
		if err := errors.Join(h.openFirst(t.Context()), h.away); err != nil {
			return "", err
		}
		if err := h.openPools(t.Context()); err != nil {
			return "", err
		}
		var said []string
		for _, p := range h.pools {
			if p.ID.IsZero() {
				t.Errorf("%s has no id", p.Name)
			}
			said = append(said, p.Name+" "+string(rune('0'+p.Number)))
		}
		return strings.Join(said, ", "), nil
	}
	b, c := config.Pool{Name: "b", Dir: at("b")}, config.Pool{Name: "c", Dir: at("c")}
	for _, step := range []struct {
		what string
		do   func() error
		with []config.Pool
		want string // or a part of why not
	}{
		{"one", nil, nil, "main 0"},
		{"a folder that is not there", nil, []config.Pool{{Name: "x", Dir: at("x")}}, "there is no folder " + at("x")},
		{"a folder that takes none", nil, []config.Pool{{Name: "x", Dir: "/proc"}}, "the folder /proc "},
		{"and the other way round", nil, []config.Pool{{Name: "x", Dir: at("link")}, b}, "are one folder: leave one out"},
		{"the first by a link", nil, []config.Pool{{Name: "x", Dir: at("media2")}}, "are one folder: leave one out"},
		{"around another by a link", nil, []config.Pool{{Name: "x", Dir: at("link/in")}, b}, "lie in each other"},
		{"two more", nil, []config.Pool{c, b}, "main 0, c 1, b 2"},
		{"in another order", nil, []config.Pool{b, c}, "main 0, b 2, c 1"},
		{"one is left out", nil, []config.Pool{b}, "main 0, b 2"},
		{"one folder by a link", nil, []config.Pool{b, {Name: "x", Dir: at("link")}}, "are one folder: leave one out"},
		{"in another by a link", nil, []config.Pool{b, {Name: "x", Dir: at("link/in")}}, "lie in each other"},
		{"one is missing", func() error { return os.Rename(at("b"), at("b2")) }, []config.Pool{b, c}, "main 0, b 2, c 1"},
		{"it is somewhere else", nil, []config.Pool{{Name: "b", Dir: at("b2")}, c}, "main 0, b 2, c 1"},
		{"under another name", nil, []config.Pool{{Name: "big", Dir: at("b2")}, c}, "main 0, big 2, c 1"},
		{"a copy of one", func() error { return os.CopyFS(at("copy"), os.DirFS(at("c"))) }, []config.Pool{c, {Name: "copy", Dir: at("copy")}}, "or a copy of it"},
		{"a copy of the first", func() error { return os.CopyFS(at("copy2"), os.DirFS(at("media"))) }, []config.Pool{{Name: "copy2", Dir: at("copy2")}}, "is a copy of " + at("media")},
	} {
		if step.do != nil {
			if err := step.do(); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := opens(step.with...); got != step.want && (err == nil || !strings.Contains(err.Error(), step.want)) {
			t.Errorf("%s: %s, %v, want %s", step.what, got, err, step.want)
		}
	}
	if left, err := os.ReadDir(at("b2/in")); err != nil || len(left) > 0 {
		t.Errorf("made in a folder that was refused: %v, %v", left, err)
	}
	view, err := store.OpenRead(t.Context(), filepath.Join(dir, "lares.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer view.Close()
	cfg := config.Config{Media: at("media"), Pools: []config.Pool{c}}
	if list, err := listedPools(t.Context(), view.View, cfg); err != nil || len(list) != 2 || list[1].Number != 1 || list[1].ID.IsZero() {
		t.Errorf("to read: %+v, %v", list, err)
	}
	cfg.Pools[0].Name = "other"
	if list, err := listedPools(t.Context(), view.View, cfg); err == nil {
		t.Errorf("a pool that was never: %+v", list)
	}
}
