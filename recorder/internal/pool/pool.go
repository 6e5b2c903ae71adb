// Package pool finds clip files by their names alone, inside one directory
// that no name can leave: clips/<camera>/<yyyy-mm>/<clip>.lar.
package pool

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"lares/cameras/fault"
	"lares/cameras/media"
)

const (
	clips     = "clips"
	suffix    = ".lar"
	monthForm = "2006-01"
	// Nobody else on the machine needs even the ciphertext.
	dirMode, fileMode = 0o700, 0o600
)

// ErrCrossed says that another file was found than the one asked for.
var ErrCrossed = errors.New("pool: another file answers")

// ErrNoFile says that what lies where a clip's file should is none: a link, a folder or a pipe.
// The file is not there then.
var ErrNoFile = fmt.Errorf("pool: something that is no file lies in its place: %w", fs.ErrNotExist)

// Pool is one media pool. Safe for concurrent use.
type Pool struct {
	dir   string
	id    ID
	root  atomic.Pointer[os.Root] // nil while it is not there
	times atomic.Uint64           // that it was taken or let go of

	at    place // of root; Look's
	tried bool  // root took what was written to it; Look's

	intercept func(Step, func() error) error // of tests; nil takes each step

	mu     sync.Mutex          // guards synced
	synced map[string]struct{} // directories whose entry is on the disk
}

// Find is the pool of an id at dir, which a Look takes if it is there.
func Find(dir string, id ID) *Pool { return &Pool{dir: dir, id: id, synced: map[string]struct{}{}} }

// Read opens the pool at dir for those who only read, and makes nothing. It is ErrAway or
// ErrOther unless it has the marker of id; the zero id is any, and none.
func Read(dir string, id ID) (*Pool, error) {
	root, err := Root(dir, id)
	if err != nil {
		return nil, err
	}
	p := Find(dir, id)
	p.root.Store(root)
	return p, nil
}

// Root opens the root of the pool at dir, as Read. Where a file is in its place it is
// syscall.ENOTDIR, too.
func Root(dir string, id ID) (*os.Root, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		if is, other := os.Stat(dir); other == nil && !is.IsDir() {
			err = syscall.ENOTDIR
		}
		return nil, fmt.Errorf("%w: %w", ErrAway, err)
	}
	if found, err := marker(root); !id.IsZero() && (err != nil || found != id) {
		root.Close()
		if err == nil {
			err = ErrOther
		}
		return nil, fmt.Errorf("%w: %w", ErrAway, err)
	}
	return root, nil
}

// Close releases the pool; files opened from it stay open.
func (p *Pool) Close() error {
	if root := p.root.Swap(nil); root != nil {
		return root.Close()
	}
	return nil
}

func cameraDir(camera media.CameraID) string { return path.Join(clips, camera.String()) }

// Create makes the file of a clip that starts at start, with its directories.
// The name is on the disk only after SyncName.
func (p *Pool) Create(camera media.CameraID, clip media.ClipID, start time.Time) (File, error) {
	f, err := p.create(camera, clip, start)
	if err != nil { // a folder may have gone: the next one makes them again
		p.mu.Lock()
		p.forget(camera)
		p.mu.Unlock()
	}
	return f, err
}

func (p *Pool) create(camera media.CameraID, clip media.ClipID, start time.Time) (File, error) {
	month := path.Join(cameraDir(camera), start.UTC().Format(monthForm))
	for _, dir := range [...]string{cameraDir(camera), month} {
		if err := p.makeDir(dir); err != nil {
			return File{}, err
		}
	}
	name := path.Join(month, clip.String()+suffix)
	f, err := p.openFile(OpCreate, name, os.O_RDWR|os.O_CREATE|os.O_EXCL|os.O_APPEND, fileMode)
	if err != nil {
		if !errors.Is(err, fs.ErrExist) { // it may be there all the same
			p.removeFile(name)
		}
		return File{}, fmt.Errorf("pool: making a clip file: %w", err)
	}
	return f, nil
}

// forget has a camera's folders made and synced again; p.mu is held.
func (p *Pool) forget(camera media.CameraID) {
	for dir := range p.synced {
		if strings.HasPrefix(dir, cameraDir(camera)) {
			delete(p.synced, dir)
		}
	}
}

// makeDir makes a directory and its entry durable, once per start and after a
// failed Create.
func (p *Pool) makeDir(dir string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, ok := p.synced[dir]; ok {
		return nil
	}
	err := p.within(Step{Op: OpMakeDir, Name: dir}, func(root *os.Root) error { return root.Mkdir(dir, dirMode) })
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("pool: making a clip folder: %w", err)
	}
	if err := p.syncDir(path.Dir(dir)); err != nil {
		return err
	}
	p.synced[dir] = struct{}{}
	return nil
}

// SyncName makes the name of a clip that starts at start durable.
func (p *Pool) SyncName(camera media.CameraID, start time.Time) error {
	return p.syncDir(path.Join(cameraDir(camera), start.UTC().Format(monthForm)))
}

func (p *Pool) syncDir(dir string) error {
	err := p.within(Step{Op: OpSyncDir, Name: dir}, func(root *os.Root) error { return syncRoot(root, dir) })
	if err != nil {
		return fmt.Errorf("pool: syncing a folder: %w", err)
	}
	return nil
}

// Open opens a clip for reading; fs.ErrNotExist if it is not there, ErrNoFile where something else is,
// and ErrCrossed if what was opened has another name.
func (p *Pool) Open(camera media.CameraID, clip media.ClipID) (File, error) {
	f, name, err := p.open(camera, clip, os.O_RDONLY)
	if err != nil {
		return File{}, err
	}
	if fault.On {
		f = p.confuse(f, camera, name)
	}
	if !strings.HasSuffix(f.file.Name(), name) {
		f.Close()
		return File{}, fmt.Errorf("pool: opening a clip: %w", ErrCrossed)
	}
	return f, nil
}

// OpenRepair opens a clip for reading and appending.
func (p *Pool) OpenRepair(camera media.CameraID, clip media.ClipID) (File, error) {
	f, _, err := p.open(camera, clip, os.O_RDWR|os.O_APPEND)
	return f, err
}

func (p *Pool) open(camera media.CameraID, clip media.ClipID, flag int) (f File, name string, err error) {
	name, mode, err := p.find(camera, clip)
	if err == nil {
		f, err = p.openOnly(name, mode, flag)
	}
	if err != nil {
		return File{}, "", fmt.Errorf("pool: opening a clip: %w", err)
	}
	return f, name, nil
}

// openOnly opens what is a file: a pipe would be waited for.
func (p *Pool) openOnly(name string, mode fs.FileMode, flag int) (File, error) {
	if !mode.IsRegular() {
		return File{}, ErrNoFile
	}
	return p.openFile(OpOpen, name, flag, 0)
}

// find is the path of what lies in a clip's place, below the pool, and what it is; fs.ErrNotExist
// without. The month is not asked for: a camera has few, and the newest is tried first.
func (p *Pool) find(camera media.CameraID, clip media.ClipID) (name string, mode fs.FileMode, err error) {
	months, err := p.list(cameraDir(camera))
	if err != nil {
		return "", 0, err
	}
	for _, month := range slices.Backward(months) {
		name = path.Join(cameraDir(camera), month.Name(), clip.String()+suffix)
		mode, err = p.mode(name)
		if !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, syscall.ENOTDIR) {
			return name, mode, err
		}
	}
	return "", 0, fs.ErrNotExist
}

// mode is what lies at a path below the pool; a link is a link.
func (p *Pool) mode(name string) (mode fs.FileMode, err error) {
	err = p.within(Step{Op: OpStat, Name: name}, func(root *os.Root) error {
		is, err := root.Lstat(name)
		if err == nil {
			mode = is.Mode()
		}
		return err
	})
	return mode, err
}

// list is a directory's entries by name.
func (p *Pool) list(dir string) (entries []fs.DirEntry, err error) {
	err = p.within(Step{Op: OpList, Name: dir}, func(root *os.Root) (err error) {
		entries, err = fs.ReadDir(root.FS(), dir)
		return err
	})
	return entries, err
}

// Remove deletes the file of a clip, or what lies in its place, and makes that durable. A file that
// is not there is no error.
func (p *Pool) Remove(camera media.CameraID, clip media.ClipID) error {
	name, _, err := p.find(camera, clip)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = p.removeFile(name)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("pool: removing a clip: %w", err)
	}
	return p.syncDir(path.Dir(name))
}

func (p *Pool) removeFile(name string) error {
	return p.within(Step{Op: OpRemove, Name: name}, func(root *os.Root) error { return root.Remove(name) })
}

// RemoveCamera deletes all of a camera's files.
func (p *Pool) RemoveCamera(camera media.CameraID) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.forget(camera)
	dir := cameraDir(camera)
	if err := p.within(Step{Op: OpRemoveAll, Name: dir}, func(root *os.Root) error { return root.RemoveAll(dir) }); err != nil {
		return fmt.Errorf("pool: removing a camera's clips: %w", err)
	}
	return p.syncDir(clips)
}

// Space is how many bytes the file system has left for us, and how many it has.
func (p *Pool) Space() (s Space, err error) {
	err = p.within(Step{Op: OpSpace, Name: clips}, func(root *os.Root) (err error) {
		s, _, err = ask(root)
		return err
	})
	if err != nil {
		return Space{}, fmt.Errorf("pool: asking for free space: %w", err)
	}
	return s, nil
}
