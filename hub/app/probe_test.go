package app_test

import (
	"bytes"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// packet is one packet of a track as ffprobe reports it, in the order of the
// file, which is that of decoding.
type packet struct {
	pts, duration time.Duration
	key           bool
}

// packets lists the packets of a file's pictures ("v") or sound ("a").
func packets(t *testing.T, file, track string) []packet {
	t.Helper()
	out, err := exec.Command("ffprobe", "-v", "error", "-select_streams", track, "-show_entries", "packet=pts_time,duration_time,flags", "-of", "csv=p=0", file).Output()
	if err != nil {
		t.Fatalf("ffprobe: %v", err)
	}
	var list []packet
	for line := range strings.Lines(string(bytes.TrimSpace(out))) {
		fields := strings.Split(strings.TrimSpace(line), ",")
		if len(fields) < 3 {
			t.Fatalf("ffprobe printed %q", line)
		}
		p := packet{pts: seconds(t, fields[0]), key: strings.HasPrefix(fields[2], "K")}
		if fields[1] != "N/A" { // ffprobe does not know how long a last packet of Opus is
			p.duration = seconds(t, fields[1])
		}
		list = append(list, p)
	}
	return list
}

// seconds reads what ffmpeg and ffprobe print for a time.
func seconds(t *testing.T, s string) time.Duration {
	t.Helper()
	v, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
	if err != nil {
		t.Fatalf("%q is not a time: %v", s, err)
	}
	return time.Duration(v * float64(time.Second))
}

// duration is the length of a file.
func duration(t *testing.T, file string) time.Duration {
	t.Helper()
	out, err := exec.Command("ffprobe", "-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0", file).Output()
	if err != nil {
		t.Fatalf("ffprobe: %v", err)
	}
	return seconds(t, string(out))
}

// process runs a program until the test ends.
func process(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
}
