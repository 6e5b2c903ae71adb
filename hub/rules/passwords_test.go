package rules

import (
	"go/ast"
	"go/parser"
	"go/token"
	"testing"
)

// TestPasswordsCost: only the vault knows of passwords that cost nothing to guess, for the
// tests of other rooms; nothing of the product asks for them.
func TestPasswordsCost(t *testing.T) {
	known := false
	for _, f := range productFiles(t) {
		switch cheap := namesCheapPasswords(f.syntax); {
		case f.pkg == "hub/vault":
			known = known || cheap
		case cheap:
			t.Errorf("%s names CheapPasswords", f.name)
		}
	}
	if !known {
		t.Error("the vault has no CheapPasswords: the rule looks for nothing")
	}
}

// TestPasswordsCostBites feeds the rule what it must refuse.
func TestPasswordsCostBites(t *testing.T) {
	for _, src := range []string{
		"var c = vault.Config{CheapPasswords: true}",
		"func f(c *vault.Config) { c.CheapPasswords = true }",
	} {
		syntax, err := parser.ParseFile(token.NewFileSet(), "mutant.go", "package app\n"+src, 0)
		if err != nil {
			t.Fatal(err)
		}
		if !namesCheapPasswords(syntax) {
			t.Errorf("the rule lets pass: %s", src)
		}
	}
}

func namesCheapPasswords(f *ast.File) (found bool) {
	ast.Inspect(f, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		found = found || ok && id.Name == "CheapPasswords"
		return true
	})
	return found
}
