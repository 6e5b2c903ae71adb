package app_test

import (
	"encoding/binary"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// TestStartTime: a person who restarts the hub does not wait for it.
func TestStartTime(t *testing.T) {
	data := t.TempDir()
	best := time.Hour
	for range 3 {
		h := startHub(t, data)
		best = min(best, h.ready)
		if err := h.stop(); err != nil {
			t.Fatalf("stopping: %v\n%s", err, h.stderr)
		}
	}
	if best > 500*time.Millisecond {
		t.Errorf("exec to first 200 took %v, want at most 500 ms", best)
	}
}

// TestRefusesToStart: each reason is one line that says what to do, the status
// is not 0, and recordings stay as they are.
func TestRefusesToStart(t *testing.T) {
	made := t.TempDir()
	h := startHub(t, made)
	h.claim("keeper")
	if err := h.stop(); err != nil {
		t.Fatalf("stopping: %v\n%s", err, h.stderr)
	}
	busy, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Close()

	for _, tt := range []struct {
		name string
		harm func(t *testing.T, data string) []string // further arguments
		says []string
	}{
		{"not writable", func(t *testing.T, data string) []string {
			file := filepath.Join(t.TempDir(), "file")
			write(t, file, []byte("in the way"))
			return []string{"--data", filepath.Join(file, "data")}
		}, []string{"cannot be written", "--data"}},
		{"media not writable", func(t *testing.T, data string) []string {
			disk := t.TempDir()
			if err := unix.Mount("test", disk, "tmpfs", unix.MS_RDONLY, ""); err != nil {
				t.Skipf("mounting a tmpfs takes root: %v", err)
			}
			t.Cleanup(func() { unix.Unmount(disk, unix.MNT_DETACH) })
			return []string{"--media", disk, "--data", filepath.Join(t.TempDir(), "fresh")}
		}, []string{"read-only", "mount", "--media"}},
		{"media is a file", func(t *testing.T, data string) []string {
			file := filepath.Join(t.TempDir(), "file")
			write(t, file, []byte("in the way"))
			return []string{"--media", file}
		}, []string{"cannot be written", "not a directory", "--media"}},
		{"in use", func(t *testing.T, data string) []string {
			startHub(t, data)
			return nil
		}, []string{"in use by another lares"}},
		{"port in use", func(t *testing.T, data string) []string {
			return []string{"--https", busy.Addr().String()}
		}, []string{"in use", "--https"}},
		{"newer version", func(t *testing.T, data string) []string {
			// PRAGMA user_version lives at offset 60 of the database file.
			patch(t, filepath.Join(data, "lares.db"), 60, binary.BigEndian.AppendUint32(nil, 9999))
			return nil
		}, []string{"newer"}},
		{"damaged database", func(t *testing.T, data string) []string {
			patch(t, filepath.Join(data, "lares.db"), 0, []byte(strings.Repeat("damaged ", 1024)))
			return nil
		}, []string{"put back"}},
		{"database missing beside keys", func(t *testing.T, data string) []string {
			for _, f := range []string{"lares.db", "lares.db-wal", "lares.db-shm"} {
				os.Remove(filepath.Join(data, f))
			}
			return nil
		}, []string{"put back"}},
		{"unknown setting", func(t *testing.T, data string) []string {
			return []string{"--limit", "a lot"}
		}, []string{"limit", "500G"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			data := filepath.Join(t.TempDir(), "data")
			if err := os.CopyFS(data, os.DirFS(made)); err != nil {
				t.Fatal(err)
			}
			// CopyFS widens modes, and the hub rightly refuses a key others may read.
			if err := os.Chmod(filepath.Join(data, "hub.key"), 0o600); err != nil {
				t.Fatal(err)
			}
			clip := filepath.Join(data, "media", "clips", "precious.lar")
			if err := os.MkdirAll(filepath.Dir(clip), 0o700); err != nil {
				t.Fatal(err)
			}
			write(t, clip, []byte("recorded"))

			args := []string{"serve", "--data", data, "--https", "127.0.0.1:" + freePort(t), "--http", "127.0.0.1:" + freePort(t), "--announce", "false", "--discover", "off"}
			out, err := refused(t, append(args, tt.harm(t, data)...))
			if err == nil {
				t.Fatalf("the hub started:\n%s", out)
			}
			last := lastLine(out)
			for _, want := range tt.says {
				if !strings.Contains(last, want) {
					t.Errorf("the last line %q does not say %q", last, want)
				}
			}
			if strings.Contains(out, "goroutine ") {
				t.Errorf("the hub panicked:\n%s", out)
			}
			if b, err := os.ReadFile(clip); err != nil || string(b) != "recorded" {
				t.Errorf("a recording was touched: %q %v", b, err)
			}
		})
	}
}

// refused runs a hub that must end by itself.
func refused(t *testing.T, args []string) (string, error) {
	t.Helper()
	cmd := exec.Command(lares, args...)
	var b strings.Builder
	cmd.Stdout, cmd.Stderr = &b, &b
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	timer := time.AfterFunc(bootLimit, func() { cmd.Process.Kill() })
	defer timer.Stop()
	err := cmd.Wait()
	return b.String(), err
}

func lastLine(s string) string {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	return lines[len(lines)-1]
}

func write(t *testing.T, name string, b []byte) {
	t.Helper()
	if err := os.WriteFile(name, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

func patch(t *testing.T, name string, at int64, b []byte) {
	t.Helper()
	f, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteAt(b, at); err != nil {
		t.Fatal(err)
	}
}
