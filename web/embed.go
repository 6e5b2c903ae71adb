// Package web carries the built user interface inside the binary.
package web

import (
	"embed"
	"io/fs"
)

//go:embed all:dist
var files embed.FS

// Dist returns the built interface with index.html and assets/ at its root.
// Before `npm run build` has run it holds nothing but a placeholder. The
// returned file system is read-only and safe for concurrent use.
func Dist() fs.FS {
	dist, err := fs.Sub(files, "dist")
	if err != nil {
		// Unreachable: fs.Sub refuses only malformed paths, and this one is a constant.
		panic("web: " + err.Error())
	}
	return dist
}
