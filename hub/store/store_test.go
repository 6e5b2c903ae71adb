package store

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func openTest(t *testing.T) *Store {
	t.Helper()
	s, err := Open(t.Context(), Options{Path: filepath.Join(t.TempDir(), "lares.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func TestOpenTwiceKeepsRows(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a folder", "what?#100%.db")
	if err := os.Mkdir(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	for i := range 2 {
		s, err := Open(t.Context(), Options{Path: path, Create: func() error {
			if i > 0 {
				t.Error("asked to create what is there")
			}
			return nil
		}})
		if err != nil {
			t.Fatal(err)
		}
		got, err := s.Setting(t.Context(), "test")
		if i == 0 {
			if !errors.Is(err, ErrNoRow) {
				t.Errorf("a fresh database has the setting %q, %v", got, err)
			}
			err = s.Update(t.Context(), func(tx *Tx) error { return tx.PutSetting(t.Context(), "test", []byte("v")) })
		} else if string(got) != "v" {
			t.Errorf("setting after reopening: %q", got)
		}
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the database's mode is %v, %v", info.Mode(), err)
	}
}

// TestPragmasOnEveryConnection asks each pooled connection itself.
func TestPragmasOnEveryConnection(t *testing.T) {
	s := openTest(t)
	for name, p := range map[string]struct {
		db *sql.DB
		n  int
		ro string
	}{"writer": {s.write, 1, "0"}, "readers": {s.read, readers, "1"}} {
		if got := p.db.Stats().OpenConnections; got != p.n {
			t.Errorf("%s: %d connections open after the start, not %d", name, got, p.n)
		}
		for range p.n {
			conn, err := p.db.Conn(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			for _, pragma := range append(pragmas[:], struct{ name, set, want string }{"query_only", "", p.ro}) {
				var got string
				if err := conn.QueryRowContext(t.Context(), "PRAGMA "+pragma.name).Scan(&got); err != nil || got != pragma.want {
					t.Errorf("%s: %s is %q (%v), not %q", name, pragma.name, got, err, pragma.want)
				}
			}
		}
	}
}

// TestWrongPragmaStopsTheStart: the assertion can fail.
func TestWrongPragmaStopsTheStart(t *testing.T) {
	s := openTest(t)
	c := newConnector(s.path, true)
	conn, err := c.driver.Open("file:" + s.path + "?_pragma=synchronous(NORMAL)")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := c.assert(t.Context(), conn); err == nil || !strings.Contains(err.Error(), "pragma") {
		t.Errorf("a connection with other pragmas was accepted: %v", err)
	}
}

func TestReadersCannotWrite(t *testing.T) {
	s := openTest(t)
	if _, err := s.read.ExecContext(t.Context(), "INSERT INTO setting VALUES ('a', x'00')"); err == nil {
		t.Error("a reading connection wrote")
	}
}

func TestOpenRefuses(t *testing.T) {
	made := func(t *testing.T, change func(path string)) string {
		path := filepath.Join(t.TempDir(), "lares.db")
		s, err := Open(t.Context(), Options{Path: path})
		if err != nil {
			t.Fatal(err)
		}
		// Rows enough that damage in the middle hits a page in use.
		err = s.Update(t.Context(), func(tx *Tx) error {
			for i := range 400 {
				if err := tx.PutSetting(t.Context(), string(rune('a'+i)), bytes.Repeat([]byte{1}, 200)); err != nil {
					return err
				}
			}
			return nil
		})
		if err := errors.Join(err, s.Close()); err != nil {
			t.Fatal(err)
		}
		change(path)
		return path
	}
	exec := func(path, statement string) {
		db := sql.OpenDB(newConnector(path, false))
		defer db.Close()
		if _, err := db.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	patch := func(path string, at int64, b []byte) {
		f, err := os.OpenFile(path, os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if _, err := f.WriteAt(b, at); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		name   string
		change func(path string)
		is     error
		says   []string
	}{
		{"newer", func(p string) { exec(p, fmt.Sprintf("PRAGMA user_version = %d", version+1)) }, ErrNewer, []string{"newer Lares", strconv.Itoa(version + 1)}},
		{"not ours", func(p string) { exec(p, "PRAGMA application_id = 5") }, ErrDamaged, []string{"put back"}},
		{"no database", func(p string) { patch(p, 0, bytes.Repeat([]byte("x"), 100)) }, ErrDamaged, []string{"put back", "untouched"}},
		{"shorter than a header", func(p string) { os.WriteFile(p, []byte("SQL"), 0o600) }, ErrDamaged, []string{"put back"}},
		{"broken pages", func(p string) {
			info, _ := os.Stat(p)
			patch(p, info.Size()/2, bytes.Repeat([]byte{0xa5}, int(info.Size()/4)))
		}, ErrDamaged, []string{"put back"}},
		{"cut", func(p string) { info, _ := os.Stat(p); os.Truncate(p, info.Size()/2) }, ErrDamaged, []string{"put back"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := made(t, c.change)
			s, err := Open(t.Context(), Options{Path: path})
			if err == nil {
				s.Close()
				t.Fatal("opened")
			}
			if !errors.Is(err, c.is) {
				t.Errorf("%v, not %v", err, c.is)
			}
			for _, s := range append(c.says, path) {
				if !strings.Contains(err.Error(), s) {
					t.Errorf("%q does not say %q", err, s)
				}
			}
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("more than one line: %q", err)
			}
		})
	}
}

func TestOpenWithoutFolder(t *testing.T) {
	_, err := Open(t.Context(), Options{Path: filepath.Join(t.TempDir(), "absent", "lares.db")})
	if !errors.Is(err, ErrUnwritable) || !strings.Contains(err.Error(), "--data") {
		t.Errorf("%v", err)
	}
}

// TestOpenOnNetwork: no database on a file system whose locks do not hold.
func TestOpenOnNetwork(t *testing.T) {
	dir := t.TempDir()
	device, err := os.OpenFile("/dev/fuse", os.O_RDWR, 0)
	if err != nil || os.Geteuid() != 0 {
		t.Skipf("mounting FUSE takes root and /dev/fuse: %v", err)
	}
	defer device.Close()
	// of somebody else, so that the kernel asks nobody behind it what it is
	if err := unix.Mount("test", dir, "fuse", 0, fmt.Sprintf("fd=%d,rootmode=40000,user_id=65534,group_id=65534", device.Fd())); err != nil {
		t.Skipf("mounting FUSE: %v", err)
	}
	defer unix.Unmount(dir, unix.MNT_DETACH)
	_, err = Open(t.Context(), Options{Path: filepath.Join(dir, "lares.db")})
	if !errors.Is(err, ErrUnwritable) || !strings.Contains(err.Error(), "network file system (FUSE)") {
		t.Errorf("%v", err)
	}
}

// TestLostDatabase: where no database is, or an empty one, Create decides.
func TestLostDatabase(t *testing.T) {
	lost := errors.New("lost")
	path := filepath.Join(t.TempDir(), "lares.db")
	for _, empty := range []bool{false, true} {
		if empty {
			if err := os.WriteFile(path, nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := Open(t.Context(), Options{Path: path, Create: func() error { return lost }}); !errors.Is(err, lost) {
			t.Errorf("empty %v: %v", empty, err)
		}
	}
	if info, err := os.Stat(path); err != nil || info.Size() != 0 {
		t.Error("a refused start wrote the database")
	}
}

// TestCutWhileMade: what the power left of a database that was being made is as none: Create
// decides, and it is made.
func TestCutWhileMade(t *testing.T) {
	for name, leave := range map[string]func(t *testing.T, path string){
		"without a schema": func(t *testing.T, path string) {
			s, err := open(t.Context(), path)
			if err != nil {
				t.Fatal(err)
			}
			s.write.Close()
		},
		"torn, beside its journal": leaveTorn,
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "lares.db")
			leave(t, path)
			if info, err := os.Stat(path); err != nil || info.Size() == 0 {
				t.Fatalf("nothing is left: %v", err)
			}
			lost := errors.New("lost")
			if _, err := Open(t.Context(), Options{Path: path, Create: func() error { return lost }}); !errors.Is(err, lost) {
				t.Errorf("Create does not decide: %v", err)
			}
			asked := false
			s, err := Open(t.Context(), Options{Path: path, Create: func() error { asked = true; return nil }})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			if err := s.Update(t.Context(), func(tx *Tx) error { return tx.PutSetting(t.Context(), "test", []byte("v")) }); err != nil || !asked {
				t.Errorf("asked: %v; %v", asked, err)
			}
		})
	}
}

// leaveTorn leaves a database of which the first transaction was cut off while its pages were
// written, without the first sector.
func leaveTorn(t *testing.T, path string) {
	made := filepath.Join(t.TempDir(), "made.db")
	db, err := sql.Open("sqlite", "file:"+made+"?_pragma=cache_size(1)")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	tx, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	for _, do := range []string{"CREATE TABLE a (b BLOB)", "INSERT INTO a SELECT randomblob(100000) FROM json_each('[1, 2, 3, 4]')"} {
		if _, err := tx.Exec(do); err != nil {
			t.Fatal(err)
		}
	}
	for _, end := range []string{"", "-journal"} {
		b, err := os.ReadFile(made + end)
		if err != nil || len(b) < 1024 {
			t.Fatalf("%s has %d bytes: %v", end, len(b), err)
		}
		if end == "" {
			clear(b[:512])
		}
		if err := os.WriteFile(path+end, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestUpdateIsAllOrNothing(t *testing.T) {
	s := openTest(t)
	stop := errors.New("stop")
	err := s.Update(t.Context(), func(tx *Tx) error {
		if err := tx.PutSetting(t.Context(), "a", []byte("b")); err != nil {
			return err
		}
		if got, err := tx.Setting(t.Context(), "a"); err != nil || string(got) != "b" {
			t.Errorf("a transaction does not see its own row: %q, %v", got, err)
		}
		return stop
	})
	if !errors.Is(err, stop) {
		t.Error(err)
	}
	if _, err := s.Setting(t.Context(), "a"); !errors.Is(err, ErrNoRow) {
		t.Errorf("a failed transaction left a row: %v", err)
	}
}

// TestScrub: what was deleted is neither in the file nor in its log.
func TestScrub(t *testing.T) {
	s := openTest(t)
	secret := bytes.Repeat([]byte("wrapped secret"), 40)
	put := func(v []byte) {
		if err := s.Update(t.Context(), func(tx *Tx) error { return tx.PutSetting(t.Context(), "a", v) }); err != nil {
			t.Fatal(err)
		}
	}
	put(secret)
	if err := s.checkpoint(t.Context()); err != nil {
		t.Fatal(err)
	}
	found := func() bool {
		var hit bool
		for _, end := range []string{"", "-wal"} {
			b, err := os.ReadFile(s.path + end)
			if err != nil {
				t.Fatal(err)
			}
			hit = hit || bytes.Contains(b, secret[:40])
		}
		return hit
	}
	if !found() {
		t.Fatal("the test cannot see what it looks for")
	}
	put([]byte("short"))
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	s.Scrub()
	go func() { done <- s.Run(ctx, discard()) }()
	deadline := time.After(10 * time.Second)
	for found() {
		select {
		case <-deadline:
			t.Fatal("deleted bytes are still on the disk")
		case <-time.After(time.Millisecond):
		}
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// TestClosedStoreRefuses: doubt is an error, never an empty answer.
// TestCloseWritesLogBack: a connection that is given back only after Close, as by
// a query that was cancelled, leaves no database behind that lacks its log.
func TestCloseWritesLogBack(t *testing.T) {
	s := openTest(t)
	if err := s.Update(t.Context(), func(tx *Tx) error { return tx.PutSetting(t.Context(), "test", []byte("v")) }); err != nil {
		t.Fatal(err)
	}
	late, err := s.read.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(s.Close(), late.Close()); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(s.path)
	if err != nil {
		t.Fatal(err)
	}
	alone := filepath.Join(t.TempDir(), "lares.db")
	if err := os.WriteFile(alone, b, 0o600); err != nil {
		t.Fatal(err)
	}
	s, err = Open(t.Context(), Options{Path: alone})
	if err != nil {
		t.Fatalf("the file alone: %v", err)
	}
	defer s.Close()
	if got, err := s.Setting(t.Context(), "test"); err != nil || string(got) != "v" {
		t.Errorf("the file alone has %q, %v", got, err)
	}
}

func TestClosedStoreRefuses(t *testing.T) {
	s := openTest(t)
	s.Close()
	if _, err := s.AnyAccount(t.Context()); err == nil || errors.Is(err, ErrNoRow) {
		t.Errorf("a closed database answered: %v", err)
	}
}

func TestDeadline(t *testing.T) {
	s := openTest(t)
	ctx, cancel := context.WithDeadline(t.Context(), time.Unix(1, 0))
	defer cancel()
	if _, err := s.AnyAccount(ctx); err == nil {
		t.Error("a read answered after its deadline")
	}
}
