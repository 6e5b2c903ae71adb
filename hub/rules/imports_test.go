package rules

import (
	"slices"
	"strings"
	"testing"
)

// layers is the house from the ground up: a package may import packages of
// lower layers, and of its own layer only where the layer is a family (a name
// that ends in "/*"). The drawing in hub/DESIGN.md says the same.
var layers = [][]string{
	{"cameras/media", "cameras/clock", "cameras/fault"},
	{"cameras/seal"},
	{"cameras/*"},
	{"recorder/*"},
	{"hub/config", "hub/ca", "hub/store", "hub/detector"},
	{"hub/vault"},
	{"hub/journal"},
	{"hub/account"},
	{"hub/gate"},
	{"hub/live", "hub/announce"},
	{"hub/httpapi"},
	{"hub/app"},
	{"hub"},
}

// leaves are the only packages of cameras that recorder may see: it moves
// ciphertext and knows no camera.
var recorderSees = []string{"cameras/media", "cameras/media/fmp4", "cameras/seal", "cameras/clock", "cameras/fault"}

// only says which packages may import what; the reason stands beside it.
var only = []struct {
	path string // import path, or a prefix of it when it ends in "/"
	in   []string
	why  string
}{
	{"database/sql", []string{"hub/store"}, "all SQL of the product is in one room"},
	{"modernc.org/sqlite", []string{"hub/store"}, "all SQL of the product is in one room"},
	{"github.com/gofiber/", []string{"hub/httpapi"}, "handlers live in one room"},
	{"github.com/valyala/fasthttp", []string{"hub/httpapi", "hub/live"}, "handlers live in one room; live upgrades its WebSocket"},
	{"github.com/fasthttp/websocket", []string{"hub/live", "hub/httpapi"}, "one WebSocket, towards viewers"},
	{"github.com/bluenviron/gortsplib/", []string{"cameras/worker", "cameras/fakecam"}, "camera bytes are parsed in the worker"},
	{"github.com/bluenviron/mediacommon/", []string{"cameras/worker", "cameras/fakecam"}, "camera bytes are parsed in the worker"},
	{"github.com/pion/rt", []string{"cameras/worker", "cameras/fakecam"}, "RTP and RTCP in the worker"},
	{"github.com/pion/opus", []string{"cameras/sound"}, "sound is only decoded to hear how loud it is"},
	{"github.com/grandcat/zeroconf", []string{"hub/announce", "cameras/discover", "cameras/fakecam"}, "an advert is a hint, never an identity"},
	{"github.com/Eyevinn/mp4ff/", []string{"cameras/media/fmp4", "cameras/fakecam"}, "boxes are written in one room; the fake camera reads files"},
	{"crypto/hpke", []string{"cameras/seal"}, "one caller of HPKE"},
	{"golang.org/x/crypto/chacha20poly1305", []string{"cameras/seal"}, "one caller of AEADs"},
	{"crypto/aes", []string{"cameras/worker"}, "one cipher on every board; some cameras encrypt with this one"},
	{"github.com/gofiber/fiber/v2/middleware/session", nil, "pools session objects across users"},
	{"github.com/gofiber/fiber/v2/middleware/cache", nil, "its key holds no user"},
	{"github.com/gofiber/fiber/v2/middleware/filesystem", nil, "the shell has a handler of its own"},
	{"github.com/gofiber/fiber/v2/middleware/proxy", nil, "nothing is proxied"},
	{"github.com/gofiber/contrib/", nil, "pools its WebSocket connections"},
}

func layerOf(pkg string) int {
	for i, layer := range layers {
		if slices.Contains(layer, pkg) {
			return i
		}
	}
	for i, layer := range layers {
		for _, p := range layer {
			if family, ok := strings.CutSuffix(p, "/*"); ok && (pkg == family || strings.HasPrefix(pkg, family+"/")) {
				return i
			}
		}
	}
	return -1
}

func TestImports(t *testing.T) {
	for _, f := range productFiles(t) {
		for _, path := range f.imports {
			if pkg, ok := strings.CutPrefix(path, "lares/"); ok {
				checkLattice(t, f, pkg)
			}
			for _, rule := range only {
				hit := path == rule.path || strings.HasSuffix(rule.path, "/") && strings.HasPrefix(path, rule.path)
				if hit && !within(f.pkg, rule.in) {
					t.Errorf("%s imports %s: %s", f.name, path, rule.why)
				}
			}
		}
	}
}

// TestZones: times of the week are of the hub's time zone, which the program knows wherever it runs.
func TestZones(t *testing.T) {
	for _, f := range productFiles(t) {
		if f.pkg == "hub" && slices.Contains(f.imports, "time/tzdata") {
			return
		}
	}
	t.Error("the program has no time zones of its own: a wall clock of a machine without them is UTC's")
}

func within(pkg string, rooms []string) bool {
	for _, r := range rooms {
		if pkg == r || strings.HasPrefix(pkg, r+"/") {
			return true
		}
	}
	return false
}

func checkLattice(t *testing.T, f file, imported string) {
	if imported == "web" {
		if f.pkg != "hub/app" && f.pkg != "hub/httpapi" {
			t.Errorf("%s imports web: only the hub serves it", f.name)
		}
		return
	}
	from, to := layerOf(f.pkg), layerOf(imported)
	switch {
	case to < 0:
		t.Errorf("%s imports %s, which has no place in the house: name it in layers", f.name, imported)
	case from < 0:
		t.Errorf("%s has no place in the house: name it in layers", f.name)
	case to > from, to == from && !family(from):
		t.Errorf("%s imports %s: arrows point down only", f.name, imported)
	}
	if within(f.pkg, []string{"recorder"}) && strings.HasPrefix(imported, "cameras") && !slices.Contains(recorderSees, imported) {
		t.Errorf("%s imports %s: the recorder knows no camera", f.name, imported)
	}
}

func family(layer int) bool {
	return slices.ContainsFunc(layers[layer], func(p string) bool { return strings.HasSuffix(p, "/*") })
}
