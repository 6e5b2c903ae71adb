package app

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// tmpDatabases are the copies of the database on their way to somewhere else.
const tmpDatabases = "*.tmp.db*"

// filesIn are the files and folders of a folder whose names match any of the
// patterns. Of the folder's own path nothing is a pattern: it may hold a [.
func filesIn(dir string, patterns ...string) (paths []string, err error) {
	for _, p := range patterns {
		names, err := fs.Glob(os.DirFS(dir), p)
		if err != nil {
			return nil, fmt.Errorf("app: looking into %s: %w", dir, err)
		}
		for _, name := range names {
			paths = append(paths, filepath.Join(dir, name))
		}
	}
	return paths, nil
}
