package httpapi

import (
	"errors"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"

	"github.com/gofiber/fiber/v2"
)

// shell is the built page, read once: the same bytes for everyone. Its hashed
// files never change under their names; the index always may.
type shell struct {
	index  []byte
	guest  []byte           // the page of guest links: guest.html, or the index
	assets map[string]asset // by name below assets/
}

type asset struct {
	contentType string
	bytes       []byte
}

// assetType is ours and not the machine's: a minimal system has no table.
func assetType(name string) string {
	switch ext := path.Ext(name); ext {
	case ".js", ".mjs":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".woff2":
		return "font/woff2"
	case ".webmanifest":
		return "application/manifest+json"
	case ".png", ".ico", ".json", ".webp", ".wasm":
		if t := mime.TypeByExtension(ext); t != "" {
			return t
		}
	}
	return "application/octet-stream"
}

// loadShell reads index.html and assets/. A page that was not built yet is an
// empty shell: the API serves all the same.
func loadShell(files fs.FS) (shell, error) {
	s := shell{assets: map[string]asset{}}
	if files == nil {
		return s, nil
	}
	var err error
	if s.index, err = fs.ReadFile(files, "index.html"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return s, fmt.Errorf("httpapi: reading the page: %w", err)
	}
	if s.guest, err = fs.ReadFile(files, "guest.html"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return s, fmt.Errorf("httpapi: reading the guest page: %w", err)
	}
	if s.guest == nil {
		s.guest = s.index
	}
	entries, err := fs.ReadDir(files, "assets")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return s, fmt.Errorf("httpapi: reading the page's assets: %w", err)
	}
	for _, e := range entries {
		if e.IsDir() {
			continue
		}
		b, err := fs.ReadFile(files, path.Join("assets", e.Name()))
		if err != nil {
			return s, fmt.Errorf("httpapi: reading the page's assets: %w", err)
		}
		s.assets[e.Name()] = asset{contentType: assetType(e.Name()), bytes: b}
	}
	return s, nil
}

func (s *Server) shellGet(q *request) error {
	if s.shell.index == nil {
		return notFound()
	}
	q.Set(fiber.HeaderCacheControl, "no-cache")
	return q.file("text/html; charset=utf-8", s.shell.index)
}

func (s *Server) shellAsset(q *request) error {
	a, ok := s.shell.assets[q.Params("asset")]
	if !ok {
		return notFound()
	}
	q.Set(fiber.HeaderCacheControl, "public, max-age=31536000, immutable")
	return q.file(a.contentType, a.bytes)
}

func (q *request) file(contentType string, b []byte) error {
	q.Set(fiber.HeaderContentType, contentType)
	q.Context().Response.SetBodyRaw(b)
	q.Status(http.StatusOK)
	return nil
}

// shellRoutes are the page and what a visitor may know.
func shellRoutes() []route {
	return []route{
		{http.MethodGet, "/api/health", public, 0, none, "", noBody, (*Server).healthGet},
		{http.MethodGet, "/api/hub", public, 0, none, "", noBody, (*Server).hubGet},
		{http.MethodGet, "/", public, 0, none, "", noBody, (*Server).shellGet},
		{http.MethodGet, "/assets/:asset", public, 0, none, "", noBody, (*Server).shellAsset},
	}
}
