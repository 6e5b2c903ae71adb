package rules

import (
	"go/ast"
	"go/token"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// told says who hears of a refused crossed wire at each site, beside those who run
// the hub, who hear of all: the owner of the camera whose bytes would have gone
// astray, or the account whose keys, session, token or row it was. The rest is the
// hub's own: no camera and no account is known there, or it is everybody's.
var told = map[string]string{
	"account":             "account",
	"account key":         "account",
	"account wrap":        "account",
	"away row":            "account",
	"camera":              "owner of the camera",
	"camera access":       "owner of the camera",
	"camera identity":     "owner of the camera",
	"camera list":         "owner of the camera",
	"camera motion":       "owner of the camera",
	"camera offer":        "owner of the camera",
	"camera password":     "owner of the camera",
	"camera pin":          "owner of the camera",
	"camera place":        "owner of the camera",
	"camera sound":        "owner of the camera",
	"camera worker":       "owner of the camera",
	"clip header":         "owner of the camera",
	"clip key":            "owner of the camera",
	"clip list":           "owner of the camera",
	"clip row":            "owner of the camera",
	"clip signature":      "owner of the camera",
	"connection":          "nobody else",
	"detector":            "owner of the camera",
	"download":            "account",
	"epoch chain":         "owner of the camera",
	"epoch owner":         "owner of the camera",
	"epoch record":        "owner of the camera",
	"epoch wrap":          "owner of the camera",
	"event":               "owner of the camera",
	"event list":          "owner of the camera",
	"event page":          "owner of the camera",
	"event rule":          "owner of the camera",
	"recording plan":      "owner of the camera",
	"event search":        "owner of the camera",
	"event row":           "owner of the camera",
	"exit":                "owner of the camera",
	"exit list":           "owner of the camera",
	"exit row":            "owner of the camera",
	"fan-out reader":      "owner of the camera",
	"file path":           "owner of the camera",
	"fingerprint":         "owner of the camera",
	"gap list":            "owner of the camera",
	"glimpse":             "account",
	"grant":               "owner of the camera",
	"grant list":          "owner of the camera",
	"grant row":           "owner of the camera",
	"guest":               "owner of the camera",
	"guest key":           "owner of the camera",
	"guest link":          "owner of the camera",
	"handover":            "owner of the camera",
	"index key":           "owner of the camera",
	"invitation":          "account",
	"journal":             "nobody else",
	"journal list":        "owner of the camera",
	"journal target":      "owner of the camera",
	"keyring":             "nobody else",
	"link list":           "owner of the camera",
	"live unit":           "owner of the camera",
	"notice list":         "account",
	"order answer":        "owner of the camera",
	"pass":                "owner of the camera",
	"password":            "account",
	"password parameters": "account",
	"principal row":       "account, owner of the camera",
	"privacy row":         "owner of the camera",
	"probe":               "account",
	"record":              "owner of the camera",
	"record offset":       "owner of the camera",
	"recovery":            "account",
	"run":                 "owner of the camera",
	"scope":               "account",
	"second factor":       "account",
	"session":             "account",
	"session list":        "account",
	"session wrap":        "account",
	"socket registry":     "account",
	"store key":           "owner of the camera",
	"text key":            "owner of the camera",
	"thumbnail page":      "owner of the camera",
	"timeline":            "owner of the camera",
	"token":               "account",
	"token cameras":       "owner of the camera",
	"token key":           "account",
	"token list":          "account",
	"transfer list":       "owner of the camera",
	"transfer row":        "owner of the camera",
	"voice registry":      "account",
	"watchers":            "owner of the camera",
	"wire":                "owner of the camera",
	"wire session":        "account, owner of the camera",
	"worker pipe":         "owner of the camera",
	"worker spawn":        "owner of the camera",
}

// TestRefusalsAreTold: each site passes on whose it was, as the table says.
func TestRefusalsAreTold(t *testing.T) {
	got := map[string][]string{}
	var files []file
	for _, f := range productFiles(t) {
		if strings.HasPrefix(f.pkg, "hub") || strings.HasPrefix(f.pkg, "recorder") || strings.HasPrefix(f.pkg, "cameras") {
			files = append(files, f)
		}
	}
	names := siteNames(files)
	for _, f := range files {
		for site, who := range refusals(f, names) {
			got[site] = append(got[site], who...)
		}
	}
	for _, site := range slices.Sorted(maps.Keys(got)) {
		slices.Sort(got[site])
		who := strings.Join(slices.Compact(got[site]), ", ")
		if told[site] != who {
			t.Errorf("%q: %q,", site, who)
		}
	}
	for site := range told {
		if got[site] == nil {
			t.Errorf("%q is counted nowhere", site)
		}
	}
}

// siteNames are the constants of cameras/fault.
func siteNames(files []file) map[string]string {
	names := map[string]string{}
	for _, f := range files {
		if f.pkg != "cameras/fault" {
			continue
		}
		ast.Inspect(f.syntax, func(n ast.Node) bool {
			if v, ok := n.(*ast.ValueSpec); ok && len(v.Values) == 1 {
				if b, ok := v.Values[0].(*ast.BasicLit); ok && b.Kind == token.STRING {
					names[v.Names[0].Name], _ = strconv.Unquote(b.Value)
				}
			}
			return true
		})
	}
	return names
}

// refusals finds who is told by the calls of a file that count a refusal. A site in
// a variable is one of a caller, and is found there.
func refusals(f file, names map[string]string) map[string][]string {
	found := map[string][]string{}
	note := func(site ast.Expr, who string) {
		var name string
		switch x := site.(type) {
		case *ast.BasicLit:
			name, _ = strconv.Unquote(x.Value)
		case *ast.SelectorExpr:
			name = names[x.Sel.Name]
		}
		if name != "" {
			found[name] = append(found[name], who)
		}
	}
	ast.Inspect(f.syntax, func(n ast.Node) bool {
		switch x := n.(type) {
		case *ast.CompositeLit:
			if name(x.Type) == "Crossing" {
				noteCrossing(x, note)
			}
		case *ast.ReturnStmt: // belongs of hub/account, whose caller counts what it says
			if f.pkg == "hub/account" && len(x.Results) == 2 {
				note(x.Results[0], "account")
			}
		case *ast.CallExpr:
			if len(x.Args) == 0 {
				return true
			}
			switch called := name(x.Fun); {
			case called == "crossing", called == "crossedCamera":
				note(x.Args[0], "owner of the camera")
			case called == "isOf", called == "visibleEvents": // hub/gate's, which pass their site on
				note(x.Args[len(x.Args)-1], "owner of the camera")
			case called == "crossedAccount", called == "crossedOwner":
				note(x.Args[0], "account")
			case (called == "Crossed" || called == "crossed") && (f.pkg == "hub/live" || f.pkg == "hub/httpapi"):
				note(x.Args[0], "account")
			case (called == "Crossed" || called == "crossed") && (!strings.HasPrefix(f.pkg, "hub") || f.pkg == "hub/detector"):
				note(x.Args[0], "owner of the camera")
			case called == "Count" && len(x.Args) == 1 && strings.HasPrefix(f.pkg, "hub"):
				note(x.Args[0], "nobody else")
			}
		}
		return true
	})
	return found
}

func name(e ast.Expr) string {
	switch x := e.(type) {
	case *ast.Ident:
		return x.Name
	case *ast.SelectorExpr:
		return x.Sel.Name
	}
	return ""
}

func noteCrossing(x *ast.CompositeLit, note func(ast.Expr, string)) {
	var site ast.Expr
	who := "nobody else"
	for _, e := range x.Elts {
		kv, ok := e.(*ast.KeyValueExpr)
		if !ok {
			return
		}
		switch name(kv.Key) {
		case "Site":
			site = kv.Value
		case "Camera":
			who = "owner of the camera"
		case "Owner":
			if who == "nobody else" {
				who = "account"
			}
		}
	}
	note(site, who)
}
