package app_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// needFFmpeg names what is missing; `make need` installs it.
func needFFmpeg(t *testing.T) {
	t.Helper()
	for _, p := range []string{"ffmpeg", "ffprobe"} {
		if _, err := exec.LookPath(p); err != nil {
			t.Skipf("%s is not installed: clips cannot be checked by an independent decoder", p)
		}
	}
}

func writeFile(t *testing.T, name string, b []byte) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// decodes fails the test unless ffmpeg decodes the whole file without a word.
func decodes(t *testing.T, file string) {
	t.Helper()
	out, err := exec.Command("ffmpeg", "-v", "error", "-xerror", "-i", file, "-f", "null", "-").CombinedOutput()
	if err != nil || len(out) > 0 {
		t.Errorf("%s does not decode cleanly: %v\n%s", filepath.Base(file), err, out)
	}
}

// packet is one video packet as ffprobe reports it.
type packet struct {
	pts time.Duration
	key bool
}

func packets(t *testing.T, file string) []packet {
	t.Helper()
	out, err := exec.Command("ffprobe", "-v", "error", "-select_streams", "v", "-show_entries", "packet=pts_time,flags", "-of", "csv=p=0", file).Output()
	if err != nil {
		t.Fatalf("ffprobe: %v", err)
	}
	var list []packet
	for line := range strings.Lines(string(bytes.TrimSpace(out))) {
		pts, flags, _ := strings.Cut(strings.TrimSpace(line), ",")
		s, err := strconv.ParseFloat(pts, 64)
		if err != nil {
			t.Fatalf("ffprobe printed %q", line)
		}
		list = append(list, packet{time.Duration(s * float64(time.Second)), strings.HasPrefix(flags, "K")})
	}
	return list
}

// duration is the length of the file's video by its own packets.
func duration(t *testing.T, file string) time.Duration {
	t.Helper()
	out, err := exec.Command("ffprobe", "-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0", file).Output()
	if err != nil {
		t.Fatalf("ffprobe: %v", err)
	}
	s, err := strconv.ParseFloat(strings.TrimSpace(string(out)), 64)
	if err != nil {
		t.Fatalf("ffprobe printed %q", out)
	}
	return time.Duration(s * float64(time.Second))
}
