package rules

import (
	"go/ast"
	"go/parser"
	"go/token"
	"testing"
)

// traps are methods of fiber and fasthttp that nothing here may call; what they
// do wrong is shown in hub/httpapi/traps.
var traps = map[string]string{
	"SendFile":            "it reads the path as a URL and keeps files open (HAZARDS F5, F6)",
	"Static":              "it is SendFile (HAZARDS F5, F6)",
	"SetBodyStreamWriter": "a panic in it ends the process (HAZARDS F8)",
}

// TestNoTrapOfTheLibrary: the rooms that speak to the library leave its traps
// alone.
func TestNoTrapOfTheLibrary(t *testing.T) {
	for _, f := range productFiles(t) {
		for _, spot := range trapsIn(f) {
			t.Error(spot)
		}
	}
	for name := range traps {
		syntax, err := parser.ParseFile(token.NewFileSet(), "mutant.go", "package httpapi\nfunc f() { c."+name+"() }", 0)
		if err != nil {
			t.Fatal(err)
		}
		if len(trapsIn(file{name: "mutant.go", pkg: "hub/httpapi", syntax: syntax})) == 0 {
			t.Errorf("the rule lets %s pass", name)
		}
	}
}

func trapsIn(f file) (spots []string) {
	if !within(f.pkg, []string{"hub/httpapi", "hub/live"}) {
		return nil
	}
	ast.Inspect(f.syntax, func(n ast.Node) bool {
		c, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		if s, ok := c.Fun.(*ast.SelectorExpr); ok && traps[s.Sel.Name] != "" {
			spots = append(spots, f.name+" calls "+s.Sel.Name+": "+traps[s.Sel.Name])
		}
		return true
	})
	return spots
}
