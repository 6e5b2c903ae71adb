//go:build bench

package app_test

import (
	"bytes"
	"database/sql"
	"flag"
	"fmt"
	"math"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"lares/cameras/benchline"
	"lares/hub/app"
)

var benchClips = flag.Int("clips", 1_000_000, "clips that a repair lists again")

// repaired is one run of `lares repair`.
type repaired struct {
	said string
	took time.Duration
	cpu  time.Duration
	mib  float64 // the most that it had in memory
}

func benchRepair(t *testing.T, data string, within time.Duration) (r repaired) {
	t.Helper()
	cmd := exec.Command(lares, "repair", "--data", data, "--yes")
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	began := time.Now()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if within > 0 {
		defer time.AfterFunc(within, func() { cmd.Process.Kill() }).Stop()
	}
	if err := cmd.Wait(); err != nil && within == 0 {
		t.Fatalf("lares repair: %v\n%s", err, said.Bytes())
	}
	spent := cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	return repaired{said.String(), time.Since(began), spent, float64(cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss) / 1024}
}

// TestBenchRepair loses the database of a hub with very many clips, and repairs it: in one go, and again
// after one that was killed half way. Each clip is listed once, with its event, and no event without a clip.
func TestBenchRepair(t *testing.T) {
	data := t.TempDir()
	began := time.Now()
	clips, events := app.LayClips(t, data, *benchClips)
	t.Logf("%d clips laid in %v", clips, time.Since(began))
	listed := func(when string) {
		t.Helper()
		db, err := sql.Open("sqlite", filepath.Join(data, "lares.db"))
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		var rows, whole, of, all int
		err = db.QueryRow(`SELECT count(*), count(*) FILTER (WHERE state = 'complete' AND duration_ns = 10000000000), count(DISTINCT event) FILTER (WHERE stretch = 0), (SELECT count(*) FROM event) FROM clip`).Scan(&rows, &whole, &of, &all)
		if err != nil || rows != clips || whole != clips || all != of || when == "" && of != events {
			t.Errorf("%s: %d clips, %d of them whole, of %d events, and %d events (%v); want %d of %d", when, rows, whole, of, all, err, clips, events)
		}
	}
	scale := float64(clips) / 1e6
	name := fmt.Sprintf("repair_%d", clips)
	first := benchRepair(t, data, 0)
	listed("")
	benchline.Print(name+"_s", first.took.Seconds(), "s", "<=", math.Ceil(600*scale))
	benchline.Print(name+"_cpu", first.cpu.Seconds(), "s", "<=", math.Inf(1))
	benchline.Print(name+"_peak", first.mib, "MiB", "<=", 256)
	whole := benchRepair(t, data, 0)
	listed("")
	benchline.Print(name+"_whole_s", whole.took.Seconds(), "s", "<=", math.Ceil(600*scale))
	benchline.Print(name+"_whole_peak", whole.mib, "MiB", "<=", 256)
	app.LoseDatabase(t, data)
	benchRepair(t, data, first.took/2)
	again := benchRepair(t, data, 0)
	listed("after one that was cut off")
	benchline.Print(name+"_cut_off_s", again.took.Seconds(), "s", "<=", math.Ceil(600*scale))
	t.Log(first.said, whole.said, again.said)
}
