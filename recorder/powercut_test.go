package recorder

import (
	"bytes"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"lares/recorder/internal/pool"
)

// A disk that is cut off keeps what was synced, and of the rest what it likes: entries of
// folders that were not synced, writes in any order, torn between sectors.
const sector = 512

// flight writes down each change of a disk, and what the index says before the next.
type flight struct {
	h    *house
	base map[string][]byte // the files of before
	from uint64            // the picture with which it began

	mu      sync.Mutex // guards changes
	changes []change
}

type change struct {
	pool.Step
	index *index // when the next change began
	sent  uint64 // pictures, when this one was made
}

// TestPowerCuts cuts the power behind each change that a recorder's life makes, and has the
// disk keep as little as it may, all but for a torn write, or something between. Each clip that
// a row called ended opens then; what was being written ends two seconds before the cut
// or later, and nothing is damaged.
func TestPowerCuts(t *testing.T) { powerCuts(t, 3) }

func powerCuts(t *testing.T, between int) {
	ruin := newRuin(t)
	for name, begin := range map[string]func(*testing.T) *house{"an empty disk": newHouse, "a crash": ruin.begin} {
		f := &flight{}
		synctest.Test(t, func(t *testing.T) { f.record(begin(t)) })
		if len(f.changes) < 40 {
			t.Fatalf("a life of %d changes", len(f.changes))
		}
		t.Logf("behind %s, %d images", name, len(f.changes)*(2+between))
		for seed := range 2 + between {
			what := fmt.Sprintf("between %d", seed-1)
			if seed < 2 {
				what = [...]string{"least", "most"}[seed]
			}
			t.Run(name+"/"+what, func(t *testing.T) {
				t.Parallel()
				for n := range f.changes {
					synctest.Test(t, func(t *testing.T) { f.cut(t, n, seed) })
					if t.Failed() {
						t.Fatalf("cut behind change %d, %s %s", n, f.changes[n].Op, f.changes[n].Name)
					}
				}
			})
		}
	}
}

// record writes down the life of a recorder.
func (f *flight) record(h *house) {
	f.h, f.base = h, files(h.t, h.dir)
	w := newWitness(h)
	h.live(w, f.step)
	f.from = w.from
	f.changes[len(f.changes)-1].index = h.index.copy()
}

// cut cuts the power behind change n.
func (f *flight) cut(t *testing.T, n, seed int) {
	h := newHouse(t)
	h.vault, h.cam.hub, h.cam.id, h.cam.live, h.clock = f.h.vault, f.h.cam.hub, f.h.cam.id, f.h.cam.live, f.h.clock
	disk, at := f.image(n, keeps(seed, n)), f.changes[n]
	for name, b := range disk {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(h.dir, name)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(h.dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	h.index = at.index.copy()
	pictures := h.recovers(h.index)
	for clip, row := range at.index.clips {
		switch row.State {
		case StateComplete, StateCut, StateRecovered:
			if h.index.row(clip) != row {
				t.Errorf("lost: %+v is %+v", row, h.index.row(clip))
			}
		}
	}
	for _, before := range f.changes[:n] {
		for clip, row := range before.index.clips {
			name := h.file(clip)[len(h.dir)+1:]
			if _, listed := at.index.clips[clip]; !listed && disk[name] != nil && row.State == StateRemoving {
				t.Errorf("%s is back", name)
			}
		}
	}
	if got := h.r.Health(); got.Problem != "" || got.Damaged > 0 {
		t.Errorf("health %+v", got)
	}
	for n := f.from; n+uint64(2*time.Second/interval) < at.sent; n++ {
		if !pictures[n] {
			t.Errorf("picture %d of %d is lost", n, at.sent)
		}
	}
	h.halt()
}

// step makes a change and writes it down.
func (f *flight) step(s pool.Step, take func() error) error {
	switch s.Op {
	case pool.OpMakeDir, pool.OpSyncDir, pool.OpCreate, pool.OpWrite, pool.OpSync, pool.OpTruncate, pool.OpRemove:
	default:
		return take()
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if n := len(f.changes); n > 0 {
		f.changes[n-1].index = f.h.index.copy()
	}
	err := take()
	if err == nil {
		s.Data = bytes.Clone(s.Data)
		f.h.cam.mu.Lock()
		f.changes = append(f.changes, change{s, f.h.index.copy(), f.h.cam.n})
		f.h.cam.mu.Unlock()
	}
	return err
}

// copy is the index as it is now.
func (x *index) copy() *index {
	x.mu.Lock()
	defer x.mu.Unlock()
	return &index{clips: maps.Clone(x.clips), events: maps.Clone(x.events), gaps: maps.Clone(x.gaps), due: x.due}
}

// files are all files below a folder, by their names there.
func files(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	all := map[string][]byte{}
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(name)
		all[name[len(dir)+1:]] = b
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// keeps says of what was not synced whether it is kept, whole or up to how many bytes.
func keeps(seed, n int) func(size int, last bool) (kept bool, upTo int) {
	random := rand.New(rand.NewPCG(uint64(seed), uint64(n)))
	return func(size int, last bool) (bool, int) {
		switch {
		case seed == 0:
			return false, 0
		case seed == 1 && last && size > 0:
			return true, random.IntN(size)
		case seed == 1:
			return true, size
		}
		return random.IntN(3) > 0, random.IntN(size/sector+2) * sector
	}
}

// image is what the disk holds after a cut behind change n.
func (f *flight) image(n int, keep func(size int, last bool) (bool, int)) map[string][]byte {
	now, synced := maps.Clone(f.base), maps.Clone(f.base) // what files hold, and held when they were synced
	entries := map[string]bool{}                          // that are sure, or sure to be gone
	pending := map[string][]change{}                      // by folder, and by file
	for name := range f.base {
		for ; name != "."; name = path.Dir(name) {
			entries[name] = true
		}
	}
	for i, c := range f.changes[:n+1] {
		last := i == n
		switch c.Op {
		case pool.OpMakeDir, pool.OpCreate, pool.OpRemove:
			pending[path.Dir(c.Name)] = append(pending[path.Dir(c.Name)], c)
		case pool.OpSyncDir:
			for _, p := range pending[c.Name] {
				entries[p.Name] = p.Op != pool.OpRemove
			}
			delete(pending, c.Name)
		case pool.OpWrite:
			c.Size = int64(len(now[c.Name])) // where it goes
			now[c.Name] = slices.Concat(now[c.Name], c.Data)
			if kept, upTo := keep(len(c.Data), last); kept {
				c.Data = c.Data[:min(upTo, len(c.Data))]
				pending[c.Name] = append(pending[c.Name], c)
			}
		case pool.OpTruncate:
			now[c.Name] = now[c.Name][:c.Size]
			if kept, _ := keep(0, last); kept {
				pending[c.Name] = append(pending[c.Name], c)
			}
		case pool.OpSync:
			synced[c.Name] = now[c.Name]
			delete(pending, c.Name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(pending)) {
		for _, c := range pending[name] {
			if c.Op == pool.OpMakeDir || c.Op == pool.OpCreate || c.Op == pool.OpRemove {
				if kept, _ := keep(0, false); kept {
					entries[c.Name] = c.Op != pool.OpRemove
				}
			}
		}
	}
	image := map[string][]byte{}
	for name, is := range entries {
		if is && path.Ext(name) == ".lar" && entries[path.Dir(name)] && entries[path.Dir(path.Dir(name))] {
			image[name] = unsynced(synced[name], pending[name])
		}
	}
	return image
}

// unsynced is a file as it was synced with changes of after that, between which are holes.
func unsynced(b []byte, changes []change) []byte {
	b = bytes.Clone(b)
	for _, c := range changes {
		switch {
		case c.Op == pool.OpTruncate && int64(len(b)) > c.Size:
			b = b[:c.Size]
		case c.Op == pool.OpWrite:
			if end := int(c.Size) + len(c.Data); end > len(b) {
				b = append(b, make([]byte, end-len(b))...)
			}
			copy(b[c.Size:], c.Data)
		}
	}
	return b
}
