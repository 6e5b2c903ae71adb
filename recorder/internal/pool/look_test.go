package pool

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"lares/cameras/media"
)

// found is a pool that was marked and looked at.
func found(t *testing.T) (p *Pool, dir string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "disk")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	id, err := Mark(dir)
	if err != nil {
		t.Fatal(err)
	}
	p = Find(dir, id)
	if _, err := p.Create(media.NewCameraID(), media.NewClipID(), march); !errors.Is(err, ErrAway) {
		t.Errorf("before a look: %v", err)
	}
	if s, err := p.Look(); err != nil || s.Free <= 0 || s.Total < s.Free || s.ReadOnly || !p.There() {
		t.Fatalf("%+v, %v", s, err)
	}
	t.Cleanup(func() { p.Close() })
	return p, dir
}

func TestMark(t *testing.T) {
	dir := t.TempDir()
	if _, err := Mark(filepath.Join(dir, "absent")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no folder: %v", err)
	}
	for name, text := range map[string]string{"none": "", "what a crash left": " "} {
		if text != "" {
			if err := os.MkdirAll(filepath.Join(dir, clips), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, MarkerName), nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		id, err := Mark(dir)
		again, err2 := Mark(dir)
		if err != nil || err2 != nil || id.IsZero() || id != again {
			t.Errorf("%s: %v, %v, %v, %v", name, id, again, err, err2)
		}
	}
	for _, odd := range []string{"x", "0011223344556677889900112233445", "001122334455667788990011223344556", "0011223344556677889900112233445g"} {
		if err := os.WriteFile(filepath.Join(dir, MarkerName), []byte(odd+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if id, err := Mark(dir); !errors.Is(err, ErrOther) {
			t.Errorf("%q is %v, %v", odd, id, err)
		}
	}
}

// TestLook: a pool is gone with its folder or its marker, and what is there in its place stays
// as it is. Back again it is another one to who has files of before.
func TestLook(t *testing.T) {
	p, dir := found(t)
	camera := media.NewCameraID()
	f, err := p.Create(camera, media.NewClipID(), march)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	look := func(what string, want error) {
		t.Helper()
		if _, err := p.Look(); !errors.Is(err, want) {
			t.Errorf("%s: %v", what, err)
		}
		if there := want == nil; p.There() != there || there == errors.Is(open2(p.Create(camera, media.NewClipID(), march)), ErrAway) {
			t.Errorf("%s: there %v", what, p.There())
		}
	}
	look("again", nil)
	if f.Left() {
		t.Error("a file was left though nothing happened")
	}
	aside := dir + ".aside"
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(os.Rename(dir, aside))
	look("no folder", ErrAway)
	must(os.Mkdir(dir, 0o700))
	look("an empty folder, as under a disk that is not mounted", ErrAway)
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("written to what is in its place: %v, %v", left, err)
	}
	if _, err := Mark(dir); err != nil {
		t.Fatal(err)
	}
	look("another pool", ErrOther)
	if _, err := f.Write([]byte("more")); err != nil || !f.Left() {
		t.Errorf("a file of before: left %v, %v", f.Left(), err)
	}
	must(os.RemoveAll(dir))
	must(os.Rename(aside, dir))
	look("back", nil)
	if g, err := p.Create(camera, media.NewClipID(), march); err != nil || g.Left() || !f.Left() {
		t.Errorf("a file of now: left %v, %v; of before: %v", g.Left(), err, f.Left())
	}
	if err := os.Remove(filepath.Join(dir, MarkerName)); err != nil {
		t.Fatal(err)
	}
	look("without its marker", ErrAway)
}

// TestLookAtMounts: a disk that is not mounted, that is mounted again, and that is mounted for
// reading alone.
func TestLookAtMounts(t *testing.T) {
	p, dir := found(t)
	id, camera, clipID := p.id, media.NewCameraID(), media.NewClipID()
	disk := mount(t, "size=8m")
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(os.Mkdir(filepath.Join(disk, clips), 0o700))
	must(os.WriteFile(filepath.Join(disk, MarkerName), []byte(id.String()+"\n"), 0o600))
	bind := func() { must(unix.Mount(disk, dir, "", unix.MS_BIND, "")) }
	gone := func() { must(unix.Unmount(dir, unix.MNT_DETACH)) }
	must(os.Remove(filepath.Join(dir, MarkerName))) // the folder under the disk
	bind()
	t.Cleanup(func() { unix.Unmount(dir, unix.MNT_DETACH) })
	if s, err := p.Look(); err != nil || s.Total != 8<<20 {
		t.Fatalf("mounted: %+v, %v", s, err)
	}
	clip(t, p, camera, clipID, march, "hello")
	gone()
	if _, err := p.Look(); !errors.Is(err, ErrAway) {
		t.Errorf("not mounted: %v", err)
	}
	bind()
	if _, err := p.Look(); err != nil || open2(p.Open(camera, clipID)) != nil {
		t.Errorf("mounted again: %v", err)
	}
	f, err := p.OpenRepair(camera, clipID)
	must(err)
	defer f.Close()
	gone()
	bind() // between two looks
	if _, err := p.Look(); err != nil || !f.Left() {
		t.Errorf("mounted anew: left %v, %v", f.Left(), err)
	}
	must(unix.Mount("", dir, "", unix.MS_REMOUNT|unix.MS_BIND|unix.MS_RDONLY, ""))
	if s, err := p.Look(); err != nil || !s.ReadOnly || open2(p.Open(camera, clipID)) != nil {
		t.Errorf("for reading alone: %+v, %v", s, err)
	}
	gone()
	must(os.WriteFile(filepath.Join(disk, "rest"), make([]byte, 8<<20-256<<10), 0o600))
	for range 3 { // until all is taken
		more, err := os.OpenFile(filepath.Join(disk, "rest"), os.O_WRONLY|os.O_APPEND, 0)
		must(err)
		more.Write(make([]byte, 256<<10))
		must(more.Close())
	}
	bind()
	if _, err := p.Look(); !errors.Is(err, unix.ENOSPC) || !p.There() {
		t.Errorf("a full disk: there %v, %v", p.There(), err)
	}
	must(os.Remove(filepath.Join(disk, "rest")))
	if _, err := p.Look(); err != nil {
		t.Errorf("with room again: %v", err)
	}
}

func TestRead(t *testing.T) {
	p, dir := found(t)
	for name, c := range map[string]struct {
		id   ID
		dir  string
		want error
	}{
		"the pool":      {p.id, dir, nil},
		"whatever":      {ID{}, dir, nil},
		"another":       {ID{1}, dir, ErrOther},
		"no folder":     {p.id, dir + "x", ErrAway},
		"no pool":       {p.id, t.TempDir(), ErrAway},
		"of no marker":  {ID{}, t.TempDir(), nil},
		"nothing there": {ID{}, dir + "x", ErrAway},
	} {
		q, err := Read(c.dir, c.id)
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
		if err == nil {
			if err := errors.Join(q.Walk(t.Context(), func(Found) {}), q.Newest(t.Context(), func(Found) error { return nil }), q.Close()); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}
