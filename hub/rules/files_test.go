package rules

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// file is one parsed source file of the product.
type file struct {
	name    string // slash path from the top of the house
	pkg     string // its folder
	test    bool
	lines   int
	imports []string
	syntax  *ast.File
}

const top = "../.."

// walk visits the files of the module, those of nested modules included; folders of
// data are left out.
func walk(t *testing.T, visit func(path string) error) {
	t.Helper()
	err := filepath.WalkDir(top, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if slices.Contains([]string{"testdata", "node_modules", ".git", "bin"}, d.Name()) {
				return fs.SkipDir
			}
			return nil
		}
		return visit(path)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// allFiles parses every Go file of the module, tests included.
func allFiles(t *testing.T) []file {
	t.Helper()
	var files []file
	walk(t, func(path string) error {
		if filepath.Ext(path) != ".go" {
			return nil
		}
		f, err := parseFile(path)
		files = append(files, f)
		return err
	})
	if len(files) < 50 {
		t.Fatalf("only %d Go files found below %s: the rules would check nothing", len(files), top)
	}
	return files
}

func parseFile(path string) (file, error) {
	src, err := os.ReadFile(path)
	if err != nil {
		return file{}, err
	}
	syntax, err := parser.ParseFile(token.NewFileSet(), path, src, parser.ParseComments)
	if err != nil {
		return file{}, err
	}
	rel, err := filepath.Rel(top, path)
	if err != nil {
		return file{}, err
	}
	f := file{
		name: filepath.ToSlash(rel), pkg: filepath.ToSlash(filepath.Dir(rel)),
		test: strings.HasSuffix(rel, "_test.go"), lines: strings.Count(string(src), "\n"), syntax: syntax,
	}
	for _, i := range syntax.Imports {
		p, err := strconv.Unquote(i.Path.Value)
		if err != nil {
			return file{}, err
		}
		f.imports = append(f.imports, p)
	}
	return f, nil
}

func productFiles(t *testing.T) []file {
	return slices.DeleteFunc(allFiles(t), func(f file) bool { return f.test })
}
