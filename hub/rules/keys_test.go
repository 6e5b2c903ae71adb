package rules

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strings"
	"testing"
)

// shortLived are the types that may hold what was opened, because they live no
// longer than one request, stream or clip (VAULT §1.6, §1.8). Types of the
// vault whose names begin with Opened are short-lived by their name.
var shortLived = map[string]string{
	"hub/gate.ClipOpener":    "one request",
	"hub/gate.LiveOpener":    "one run of one viewer",
	"hub/gate.textReader":    "one page of events",
	"hub/gate.ThumbnailPage": "one page of thumbnails",
	"hub/gate.evidenceClip":  "one clip of one evidence bundle, for one request",
	"hub/live.film":          "one watch of one viewer",
	"hub/detector.run":       "one of the two newest runs of a camera whose owner set a detector",
	"hub/vault.Change":       "one new epoch",
	"hub/vault.NewAccount":   "one creation",
	"recorder.run":           "one run of one camera: of its two newest, and those of which units may still be in the pre-roll, at most 16",
	"recorder.take":          "one event of one camera",
}

// TestNoOpenedKeyKept: no package variable, map, channel or pool holds what was
// opened, and no field of a type that outlives a request does.
func TestNoOpenedKeyKept(t *testing.T) {
	for _, f := range productFiles(t) {
		for _, spot := range keptKeys(f) {
			t.Error(spot)
		}
	}
}

// TestNoOpenedKeyKeptBites feeds the rule what it must refuse.
func TestNoOpenedKeyKeptBites(t *testing.T) {
	for _, src := range []string{
		"var last = &vault.OpenedAccount{}",
		"var last seal.PrivateKey",
		"type cache struct{ m map[account.ID]*vault.OpenedAccount }",
		"type cache struct{ m map[media.CameraID]*seal.Opener }",
		"type cache struct{ key seal.PrivateKey }",
		"type cache struct{ l []*LiveOpener }",
		"type cache struct{ c chan *seal.Records }",
		"func f() { m := map[int]seal.RunKey{}; _ = m }",
		"type cache struct{ vault.OpenedAccount }",
	} {
		syntax, err := parser.ParseFile(token.NewFileSet(), "mutant.go", "package gate\n"+src, 0)
		if err != nil {
			t.Fatal(err)
		}
		if len(keptKeys(file{name: "mutant.go", pkg: "hub/gate", syntax: syntax})) == 0 {
			t.Errorf("the rule lets pass: %s", src)
		}
	}
}

// keptKeys names the places of a file that keep what was opened.
func keptKeys(f file) (spots []string) {
	if within(f.pkg, []string{"cameras/seal", "cameras/worker", "cameras/internal"}) {
		return nil // makes them; the child process whose own keys they are
	}
	keep := func(what string) { spots = append(spots, f.name+" keeps what was opened in "+what) }
	ast.Inspect(f.syntax, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.MapType:
			if opened(n.Key) || opened(n.Value) {
				keep("a map")
			}
		case *ast.ChanType:
			if opened(n.Value) {
				keep("a channel")
			}
		case *ast.TypeSpec:
			s, ok := n.Type.(*ast.StructType)
			if !ok || strings.HasPrefix(n.Name.Name, "Opened") || shortLived[f.pkg+"."+n.Name.Name] != "" {
				return true
			}
			for _, field := range s.Fields.List {
				if opened(field.Type) {
					keep("type " + n.Name.Name)
				}
			}
		}
		return true
	})
	for _, d := range f.syntax.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok || g.Tok != token.VAR {
			continue
		}
		for _, s := range g.Specs {
			v := s.(*ast.ValueSpec)
			if opened(v.Type) || mentionsOpened(v.Values) {
				keep("the package variable " + v.Names[0].Name)
			}
		}
	}
	return spots
}

func mentionsOpened(values []ast.Expr) (found bool) {
	for _, v := range values {
		ast.Inspect(v, func(n ast.Node) bool {
			if l, ok := n.(*ast.CompositeLit); ok && opened(l.Type) {
				found = true
			}
			return !found
		})
	}
	return found
}

// opened reports whether a type is, points to or lists something opened.
func opened(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.StarExpr:
		return opened(e.X)
	case *ast.ArrayType:
		return opened(e.Elt)
	case *ast.Ident:
		return openedName("", e.Name)
	case *ast.SelectorExpr:
		x, ok := e.X.(*ast.Ident)
		return ok && openedName(x.Name, e.Sel.Name)
	}
	return false
}

func openedName(pkg, name string) bool {
	switch pkg {
	case "seal":
		return name == "PrivateKey" || name == "RunKey" || name == "Opener" || name == "Records"
	case "vault", "gate", "":
		return strings.HasPrefix(name, "Opened") || name == "ClipOpener" || name == "LiveOpener"
	}
	return false
}
