//go:build peer || bench

package app_test

import (
	"bytes"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"
)

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
