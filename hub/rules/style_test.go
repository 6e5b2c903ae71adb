package rules

import (
	"go/ast"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// maxLines is where a file stops being something a person holds in the head;
// files of tests are lists, which one does not read from end to end.
const (
	maxLines     = 500
	maxTestLines = 600
)

func TestFileSizes(t *testing.T) {
	for _, f := range allFiles(t) {
		limit := maxLines
		if f.test {
			limit = maxTestLines
		}
		if f.lines > limit {
			t.Errorf("%s has %d lines, more than %d: split it by noun", f.name, f.lines, limit)
		}
	}
}

// TestNoInit keeps start-up explicit: nothing happens by import.
func TestNoInit(t *testing.T) {
	for _, f := range productFiles(t) {
		for _, d := range f.syntax.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
				t.Errorf("%s has an init function", f.name)
			}
		}
	}
}

// TestOneClock keeps time in one hand, so that tests can hold it.
func TestOneClock(t *testing.T) {
	for _, f := range productFiles(t) {
		if f.pkg == "cameras/clock" {
			continue
		}
		ast.Inspect(f.syntax, func(n ast.Node) bool {
			if calls(n, "time", "Now") || calls(n, "time", "Since") || calls(n, "time", "Until") {
				t.Errorf("%s asks package time for the time: use cameras/clock", f.name)
			}
			if calls(n, "time", "Sleep") {
				t.Errorf("%s sleeps: wait for what it waits for, or for a timer beside a context", f.name)
			}
			return true
		})
	}
}

// TestPackageVariables: what a package says at the start is true at the end.
func TestPackageVariables(t *testing.T) {
	byPkg := map[string][]string{}
	for _, f := range productFiles(t) {
		for _, d := range f.syntax.Decls {
			if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.VAR {
				for _, s := range g.Specs {
					for _, n := range s.(*ast.ValueSpec).Names {
						byPkg[f.pkg] = append(byPkg[f.pkg], n.Name)
					}
				}
			}
		}
	}
	for _, f := range productFiles(t) {
		ast.Inspect(f.syntax, func(n ast.Node) bool {
			a, ok := n.(*ast.AssignStmt)
			if !ok || a.Tok == token.DEFINE {
				return true
			}
			for _, l := range a.Lhs {
				if id, ok := l.(*ast.Ident); ok && slices.Contains(byPkg[f.pkg], id.Name) && id.Obj == nil && id.Name != "_" {
					t.Errorf("%s assigns the package variable %s", f.name, id.Name)
				}
			}
			return true
		})
	}
}

// TestExportedDocs: every exported name says what it is.
func TestExportedDocs(t *testing.T) {
	for _, f := range productFiles(t) {
		for _, d := range f.syntax.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				if d.Name.IsExported() && exportedReceiver(d) && d.Doc == nil {
					t.Errorf("%s: %s has no doc comment", f.name, d.Name)
				}
			case *ast.GenDecl:
				for _, s := range d.Specs {
					if s, ok := s.(*ast.TypeSpec); ok && s.Name.IsExported() && d.Doc == nil && s.Doc == nil && s.Comment == nil {
						t.Errorf("%s: type %s has no doc comment", f.name, s.Name)
					}
				}
			}
		}
	}
}

func exportedReceiver(d *ast.FuncDecl) bool {
	if d.Recv == nil {
		return true
	}
	e := d.Recv.List[0].Type
	if s, ok := e.(*ast.StarExpr); ok {
		e = s.X
	}
	if i, ok := e.(*ast.IndexExpr); ok {
		e = i.X
	}
	id, ok := e.(*ast.Ident)
	return ok && id.IsExported()
}

// TestTopLevel: the top of the house is fixed.
func TestTopLevel(t *testing.T) {
	allowed := []string{"hub", "web", "cameras", "recorder", "packaging", "go.mod", "go.sum", "Makefile", "README.md", "LICENSE", "SECURITY.md", "bin", "data"}
	entries, err := os.ReadDir(top)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), ".") && !slices.Contains(allowed, e.Name()) {
			t.Errorf("%s stands outside the fixed top level", e.Name())
		}
	}
}

// TestMerged: no text holds what a merge left undone.
func TestMerged(t *testing.T) {
	kinds := []string{".go", ".md", ".sql", ".yaml", ".ts", ".svelte", ".mjs", ".css", ".html", ""}
	read := 0
	walk(t, func(path string) error {
		if info, err := os.Lstat(path); err != nil || !info.Mode().IsRegular() || !slices.Contains(kinds, filepath.Ext(path)) {
			return err
		}
		b, err := os.ReadFile(path)
		read++
		for i, line := range strings.Split(string(b), "\n") {
			if strings.HasPrefix(line, "<<<<<<< ") || strings.HasPrefix(line, ">>>>>>> ") {
				t.Errorf("%s:%d: %s", path, i+1, line)
			}
		}
		return err
	})
	if read < 500 {
		t.Errorf("only %d files were read", read)
	}
}

func calls(n ast.Node, pkg, fn string) bool {
	c, ok := n.(*ast.CallExpr)
	if !ok {
		return false
	}
	s, ok := c.Fun.(*ast.SelectorExpr)
	if !ok || s.Sel.Name != fn {
		return false
	}
	x, ok := s.X.(*ast.Ident)
	return ok && x.Name == pkg
}
