package rules

import (
	"go/ast"
	"strings"
	"testing"
)

// TestFacadesHandOutCiphertext: the façades of cameras and recorder return no
// plain readers and no paths; media leaves them sealed (DESIGN invariant 2).
func TestFacadesHandOutCiphertext(t *testing.T) {
	for _, f := range productFiles(t) {
		if f.pkg != "cameras" && f.pkg != "recorder" {
			continue
		}
		for _, d := range f.syntax.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || !fn.Name.IsExported() || !exportedReceiver(fn) || fn.Type.Results == nil {
				continue
			}
			for _, r := range fn.Type.Results.List {
				switch s := spell(r.Type); s {
				case "io.Reader", "io.ReadCloser", "io.ReadSeeker", "*os.File", "media.AccessUnit", "[]media.AccessUnit":
					t.Errorf("%s: %s hands out %s", f.name, fn.Name, s)
				}
			}
		}
	}
}

// TestGateIsTheOnlyOpener: towards viewers, one room opens what is stored or
// live. The recorder opens units of its own camera to write them; the vault
// opens wraps.
func TestGateIsTheOnlyOpener(t *testing.T) {
	openers := map[string][]string{
		"NewRecords":    {"recorder/sealed", "hub/gate"},
		"RestoreRunKey": {"cameras/worker", "cameras/internal"},
		"Unwrap":        {"hub/vault"},
		"OpenText":      {"hub/vault"},
	}
	for _, f := range productFiles(t) {
		if within(f.pkg, []string{"cameras/seal"}) {
			continue
		}
		ast.Inspect(f.syntax, func(n ast.Node) bool {
			for name, rooms := range openers {
				if calls(n, "seal", name) && !within(f.pkg, rooms) {
					t.Errorf("%s calls seal.%s: only %s may", f.name, name, strings.Join(rooms, ", "))
				}
			}
			return true
		})
	}
}

func spell(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.StarExpr:
		return "*" + spell(e.X)
	case *ast.ArrayType:
		return "[]" + spell(e.Elt)
	case *ast.SelectorExpr:
		return spell(e.X) + "." + e.Sel.Name
	}
	return ""
}
