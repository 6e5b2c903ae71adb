package pool

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"lares/cameras/media"
)

var march = time.Date(2026, 3, 31, 23, 59, 59, 0, time.UTC)

func open(t *testing.T) (*Pool, string) {
	t.Helper()
	return found(t)
}

// clip makes a clip file that holds text, and returns its path.
func clip(t *testing.T, p *Pool, camera media.CameraID, id media.ClipID, start time.Time, text string) string {
	t.Helper()
	f, err := p.Create(camera, id, start)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(f.Sync(), p.SyncName(camera, start)); err != nil {
		t.Fatal(err)
	}
	return filepath.Join("clips", camera.String(), start.UTC().Format("2006-01"), id.String()+".lar")
}

func mode(t *testing.T, name string) fs.FileMode {
	t.Helper()
	info, err := os.Lstat(name)
	if err != nil {
		t.Fatal(err)
	}
	return info.Mode().Perm()
}

func TestNamesAreIDs(t *testing.T) {
	p, dir := open(t)
	camera, id := media.NewCameraID(), media.NewClipID()
	east := time.FixedZone("east", 8*3600)
	name := clip(t, p, camera, id, march.In(east), "hello") // the month is that of UTC
	if filepath.Base(filepath.Dir(name)) != "2026-03" {
		t.Errorf("path %s", name)
	}
	for at := name; at != "."; at = filepath.Dir(at) {
		want := fs.FileMode(0o700)
		if at == name {
			want = 0o600
		}
		if got := mode(t, filepath.Join(dir, at)); got != want {
			t.Errorf("%s has mode %v", at, got)
		}
	}
	if _, err := p.Create(camera, id, march); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a clip was made twice: %v", err)
	}
	f, err := p.Open(camera, id)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.Write([]byte("more")); err == nil {
		t.Error("a clip open for reading was written to")
	}
	for what, err := range map[string]error{
		"another camera's": open2(p.Open(media.NewCameraID(), id)),
		"another clip":     open2(p.Open(camera, media.NewClipID())),
		"to be repaired":   open2(p.OpenRepair(camera, media.NewClipID())),
	} {
		if !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func open2(f File, err error) error {
	if err == nil {
		f.Close()
	}
	return err
}

// TestRepairAppends: what is written to a file for repair goes behind its end.
func TestRepairAppends(t *testing.T) {
	p, dir := open(t)
	camera, id := media.NewCameraID(), media.NewClipID()
	name := clip(t, p, camera, id, march, "hello")
	f, err := p.OpenRepair(camera, id)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	_, err = f.Write([]byte(" world"))
	if got, readErr := os.ReadFile(filepath.Join(dir, name)); err != nil || readErr != nil || string(got) != "hello world" {
		t.Errorf("%q (%v, %v)", got, err, readErr)
	}
}

func TestAllMonthsAreSearched(t *testing.T) {
	p, _ := open(t)
	camera := media.NewCameraID()
	var ids []media.ClipID
	for month := range 5 {
		ids = append(ids, media.NewClipID())
		clip(t, p, camera, ids[month], march.AddDate(0, -month, -3), "hello")
	}
	for i, id := range ids {
		if err := open2(p.Open(camera, id)); err != nil {
			t.Errorf("%d months ago: %v", i, err)
		}
	}
}

// TestLinksLeadNowhere: no link in the pool opens, makes or removes a file
// outside of it, whether it is the file, its month or its camera.
func TestLinksLeadNowhere(t *testing.T) {
	for name, level := range map[string]int{"file": 0, "month": 1, "camera": 2} {
		t.Run(name, func(t *testing.T) {
			p, dir := open(t)
			camera, id := media.NewCameraID(), media.NewClipID()
			inside := clip(t, p, camera, id, march, "inside")
			// the same tree outside, and a link to it in place of ours
			outside := t.TempDir()
			target := filepath.Join(outside, inside)
			if err := os.MkdirAll(filepath.Dir(target), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(target, []byte("outside"), 0o600); err != nil {
				t.Fatal(err)
			}
			for range level {
				inside = filepath.Dir(inside)
			}
			if err := os.RemoveAll(filepath.Join(dir, inside)); err != nil {
				t.Fatal(err)
			}
			link := filepath.Join(outside, inside)
			for _, to := range [...]string{link, relative(t, filepath.Dir(filepath.Join(dir, inside)), link)} {
				if err := os.Symlink(to, filepath.Join(dir, inside)); err != nil {
					t.Fatal(err)
				}
				if open2(p.Open(camera, id)) == nil || open2(p.OpenRepair(camera, id)) == nil {
					t.Errorf("%s leads out of the pool", to)
				}
				if level > 0 {
					if open2(p.Create(camera, media.NewClipID(), march)) == nil {
						t.Errorf("a clip was made through %s", to)
					}
				}
				p.Remove(camera, id)
				if err := p.RemoveCamera(camera); err != nil {
					t.Error(err)
				}
				if _, err := os.Lstat(filepath.Join(dir, inside)); !errors.Is(err, fs.ErrNotExist) {
					t.Errorf("the link stays: %v", err)
				}
				if got, err := os.ReadFile(target); err != nil || string(got) != "outside" {
					t.Fatalf("outside: %q (%v)", got, err)
				}
				if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, inside)), 0o700); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

func relative(t *testing.T, from, to string) string {
	t.Helper()
	name, err := filepath.Rel(from, to)
	if err != nil {
		t.Fatal(err)
	}
	return name
}

// TestNoFileInItsPlace: a link, a pipe or a folder in a clip's place is no clip, and nobody waits for one or follows it;
// it goes where the clip is to go.
func TestNoFileInItsPlace(t *testing.T) {
	for what, put := range map[string]func(name string) error{
		"a link to another clip": func(name string) error {
			return errors.Join(os.WriteFile(name+".aside", []byte("hello"), 0o600), os.Symlink(filepath.Base(name)+".aside", name))
		},
		"a link to nothing": func(name string) error { return os.Symlink("nothing", name) },
		"a pipe":            func(name string) error { return syscall.Mkfifo(name, 0o600) },
		"a folder":          func(name string) error { return os.Mkdir(name, 0o700) },
	} {
		p, dir := open(t)
		camera, id := media.NewCameraID(), media.NewClipID()
		name := clip(t, p, camera, id, march, "hello")
		if err := errors.Join(os.Remove(filepath.Join(dir, name)), put(filepath.Join(dir, name))); err != nil {
			t.Fatal(err)
		}
		if err := open2(p.Open(camera, id)); !errors.Is(err, ErrNoFile) || !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: opened: %v", what, err)
		}
		if err := open2(p.OpenRepair(camera, id)); !errors.Is(err, ErrNoFile) {
			t.Errorf("%s: opened to repair: %v", what, err)
		}
		if err := open2(p.OpenFound(Found{Path: name, Camera: camera, Clip: id})); !errors.Is(err, ErrNoFile) {
			t.Errorf("%s: opened where it was found: %v", what, err)
		}
		if err := p.Remove(camera, id); err != nil {
			t.Errorf("%s: removed: %v", what, err)
		}
		if _, err := os.Lstat(filepath.Join(dir, name)); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s stays: %v", what, err)
		}
	}
}

func TestRemove(t *testing.T) {
	p, dir := open(t)
	camera, other := media.NewCameraID(), media.NewCameraID()
	id, next := media.NewClipID(), media.NewClipID()
	name := clip(t, p, camera, id, march, "hello")
	clip(t, p, camera, next, march, "hello")
	theirs := clip(t, p, other, media.NewClipID(), march, "hello")
	for range 2 { // again is fine
		if err := p.Remove(camera, id); err != nil {
			t.Error(err)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, name)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the file: %v", err)
	}
	if err := open2(p.Open(camera, next)); err != nil {
		t.Errorf("its neighbour: %v", err)
	}
	if err := p.Remove(media.NewCameraID(), id); err != nil {
		t.Errorf("a camera without clips: %v", err)
	}
	for range 2 {
		if err := p.RemoveCamera(camera); err != nil {
			t.Error(err)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "clips", camera.String())); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the folder: %v", err)
	}
	if _, err := os.Stat(filepath.Join(dir, theirs)); err != nil {
		t.Errorf("another camera's: %v", err)
	}
	// the folders are made again, not believed to be there
	clip(t, p, camera, id, march, "again")
}

// TestFoldersAreDurableOnce: a folder's entry is synced when it is first used,
// also if it was there before, and not with each clip.
func TestFoldersAreDurableOnce(t *testing.T) {
	p, dir := open(t)
	camera := media.NewCameraID()
	if err := os.MkdirAll(filepath.Join(dir, "clips", camera.String(), "2026-03"), 0o700); err != nil {
		t.Fatal(err)
	}
	folders := func() (names []string) {
		p.mu.Lock()
		defer p.mu.Unlock()
		for name := range p.synced {
			names = append(names, filepath.Base(name))
		}
		slices.Sort(names)
		return names
	}
	for range 2 {
		clip(t, p, camera, media.NewClipID(), march, "hello")
		if got, want := folders(), []string{"2026-03", camera.String()}; !slices.Equal(got, want) && !slices.Equal(got, []string{want[1], want[0]}) {
			t.Errorf("synced %v, want %v", got, want)
		}
	}
	if err := p.RemoveCamera(camera); err != nil {
		t.Fatal(err)
	}
	if got := folders(); len(got) != 0 {
		t.Errorf("still believed durable: %v", got)
	}
}

// TestLostFolderIsMadeAgain: a folder that somebody took away, or whose disk was
// gone for a while, costs one clip and not all until the next start.
func TestLostFolderIsMadeAgain(t *testing.T) {
	p, dir := open(t)
	camera := media.NewCameraID()
	clip(t, p, camera, media.NewClipID(), march, "hello")
	if err := os.RemoveAll(filepath.Join(dir, "clips", camera.String())); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Create(camera, media.NewClipID(), march); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("in a folder that is not there: %v", err)
	}
	clip(t, p, camera, media.NewClipID(), march, "again")
}

func TestWalk(t *testing.T) {
	p, dir := open(t)
	camera, id := media.NewCameraID(), media.NewClipID()
	name := clip(t, p, camera, id, march, "hello")
	month := filepath.Dir(name)
	strange := []string{
		"clips/notes.txt",
		filepath.Join(month, id.String()),                                      // no suffix
		filepath.Join(month, id.String()+".lar.tmp"),                           // another suffix
		filepath.Join(month, "clip.lar"),                                       // no id
		filepath.Join(month, "deeper", id.String()+".lar"),                     // too deep
		filepath.Join("clips", camera.String(), id.String()+".lar"),            // no month
		filepath.Join("clips", camera.String(), "2026-13", id.String()+".lar"), // no such month
		filepath.Join("clips", "camera", "2026-03", id.String()+".lar"),        // no camera id
	}
	for _, s := range strange {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, s)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, s), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	found := map[string]Found{}
	if err := p.Walk(t.Context(), func(f Found) { found[f.Path] = f }); err != nil {
		t.Fatal(err)
	}
	if got := found[name]; got.Camera != camera || got.Clip != id {
		t.Errorf("the clip: %+v", got)
	}
	if len(found) != 1+len(strange) {
		t.Errorf("%d files, want %d", len(found), 1+len(strange))
	}
	for _, s := range strange {
		if f, ok := found[s]; !ok || !f.Clip.IsZero() {
			t.Errorf("%s: %+v", s, f)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := p.Walk(ctx, func(Found) { t.Error("went on") }); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestFree(t *testing.T) {
	p, _ := open(t)
	if s, err := p.Space(); err != nil || s.Free <= 0 || s.Total < s.Free || s.Device == 0 {
		t.Errorf("%d bytes (%v)", s.Free, err)
	}
	if _, err := Find(string([]byte{0}), p.id).Look(); !errors.Is(err, ErrAway) {
		t.Errorf("a pool in a folder that cannot be: %v", err)
	}
}
