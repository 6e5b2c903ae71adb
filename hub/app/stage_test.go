//go:build bench

package app_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"lares/cameras/benchline"
)

// Where the processor time of a recording goes. The real processes are looked
// at while they record, hub and caged workers alike: perf samples their stacks,
// kernel included, and each sample belongs to the stage whose function is
// innermost in its stack. Loops over one stage alone would not do: they miss
// the system calls, the waking up and the cold caches that are most of it.
//
//	ingest   from the camera's socket to access units, in the workers
//	seal     unit sealing, unit opening, record sealing, hashes and checksums
//	fan-out  from the worker to the hub's readers: frames on the socket, guard,
//	         rings, queues
//	mux      fMP4 fragments
//	disk     write and fdatasync of clip files
//	runtime  goroutine switching, garbage collection, timers: in no stage's stack
//	rest     everything else of hub and workers: HTTP, index, alive messages
//
// Sampling costs something itself, so that a stage's figure is its share of the
// samples times the processor time of the runs without perf. The whole machine
// is sampled and the rest thrown away: events that belong to a process are
// switched with it, which costs more than all of these processes do.
const stageHertz = "999"

var stages = []string{"ingest", "seal", "fanout", "mux", "disk", "runtime", "rest"}

// stageOf tells the stage by a function's name; worker says in which process.
// The order matters where a name matches twice.
func stageOf(function string, worker bool) string {
	for _, rule := range []struct {
		prefix, stage string
	}{
		{"lares/cameras/seal.", "seal"}, {"lares/recorder/sealed.crc", "seal"}, {"lares/cameras/internal/wire.SealUnit", "seal"},
		{"crypto/", "seal"}, {"golang.org/x/crypto", "seal"}, {"hash/", "seal"},
		{"os.(*File).Write", "disk"}, {"os.(*File).Sync", "disk"}, {"lares/recorder/internal/pool.", "disk"},
		{"lares/recorder/sealed.", "seal"},
		{"lares/cameras/media/fmp4.", "mux"},
		{"lares/cameras/internal/", "fanout"}, {"lares/cameras/worker.(*outbox)", "fanout"}, {"lares/cameras/worker.(*channel)", "fanout"},
	} {
		if strings.HasPrefix(function, rule.prefix) {
			return rule.stage
		}
	}
	switch {
	case worker && (strings.HasPrefix(function, "lares/cameras/worker.(*worker)") || strings.HasPrefix(function, "lares/cameras/worker.(*device)")):
		return "rest"
	case worker && (strings.HasPrefix(function, "lares/cameras/") || strings.HasPrefix(function, "github.com/")):
		return "ingest"
	case !worker && strings.HasPrefix(function, "lares/cameras.(*child)"), !worker && strings.HasPrefix(function, "lares/cameras.(*minder)"):
		return "fanout"
	case !worker && strings.HasPrefix(function, "lares/"):
		return "rest"
	}
	return ""
}

// profile is what perf saw: samples per stage, and per stage and function.
type profile struct {
	samples   int
	stage     map[string]int
	functions map[string]map[string]int // stage, then "process function", by innermost function
}

// share is a stage's part of all samples.
func (p profile) share(stage string) float64 {
	return float64(p.stage[stage]) / float64(max(p.samples, 1))
}

// perfRun samples a recording hub and its workers for a while.
func perfRun(t *testing.T, run *benchRun, d time.Duration) (p profile) {
	t.Helper()
	hub := run.hub.cmd.Process.Pid
	file := filepath.Join(t.TempDir(), "perf.data")
	pids := strings.Trim(strings.ReplaceAll(fmt.Sprint(tree(hub)), " ", ","), "[]")
	cmd := exec.Command("perf", "record", "-q", "-e", "cpu-clock", "-F", stageHertz, "-g", "-a", "-o", file)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	var says bytes.Buffer
	cmd.Stderr = &says
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for began := time.Now(); time.Since(began) < d; pause(t, holdEvery) {
		run.hold()
	}
	cmd.Process.Signal(os.Interrupt)
	cmd.Wait() // perf ends by the signal
	script := exec.Command("perf", "script", "-i", file, "--pid", pids, "-F", "pid,ip,sym")
	out, err := script.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := script.Start(); err != nil {
		t.Fatal(err)
	}
	p = readSamples(t, out, hub)
	if err := script.Wait(); err != nil || p.samples == 0 {
		t.Fatalf("perf gave %d samples: %v\n%s", p.samples, err, says.String())
	}
	return p
}

// readSamples reads `perf script`: per sample a line with the process, a line
// per frame from the innermost out, an empty line.
func readSamples(t *testing.T, r io.Reader, hub int) profile {
	t.Helper()
	p := profile{stage: map[string]int{}, functions: map[string]map[string]int{}}
	scanner := bufio.NewScanner(r)
	scanner.Buffer(nil, 1<<20)
	pid, frames := 0, []string(nil)
	flush := func() {
		if pid != 0 {
			p.add(pid != hub, frames)
		}
		pid, frames = 0, nil
	}
	for scanner.Scan() {
		fields := strings.Fields(scanner.Text())
		switch {
		case len(fields) == 0:
			flush()
		case pid == 0:
			pid, _ = strconv.Atoi(fields[0])
		case len(fields) > 1:
			frames = append(frames, strings.Join(fields[1:], " "))
		}
	}
	flush()
	if err := scanner.Err(); err != nil {
		t.Fatal(err)
	}
	return p
}

func (p *profile) add(worker bool, frames []string) {
	p.samples++
	process, stage, inner := "hub", "", "?"
	if worker {
		process = "worker"
	}
	if len(frames) > 0 {
		inner = frames[0]
	}
	for _, f := range frames {
		if stage = stageOf(f, worker); stage != "" {
			if f != frames[0] {
				inner += " < " + f
			}
			break
		}
	}
	if stage == "" {
		stage = "rest"
		if slices.ContainsFunc(frames, func(f string) bool { return strings.HasPrefix(f, "runtime.") }) {
			stage = "runtime"
		}
	}
	p.stage[stage]++
	if p.functions[stage] == nil {
		p.functions[stage] = map[string]int{}
	}
	p.functions[stage][process+" "+inner]++
}

// top prints the functions of each stage, the heaviest first.
func (p profile) top(w io.Writer, n int, cpu float64) {
	for _, s := range stages {
		fmt.Fprintf(w, "%s %.1f %%, %.3f s\n", s, 100*p.share(s), p.share(s)*cpu)
		names := slices.SortedFunc(func(yield func(string) bool) {
			for f := range p.functions[s] {
				if !yield(f) {
					return
				}
			}
		}, func(a, b string) int { return p.functions[s][b] - p.functions[s][a] })
		for _, f := range names[:min(n, len(names))] {
			fmt.Fprintf(w, "  %5.2f %%  %s\n", 100*float64(p.functions[s][f])/float64(p.samples), f)
		}
	}
}

// benchStages records once more, under perf, and shares what recording costs
// (ours, seconds per minute of all cameras) out to the stages, beside what
// ffmpeg (peer) needs to take the streams in and for the rest.
func benchStages(t *testing.T, name string, urls []string, mode string, ours, peer float64) {
	t.Helper()
	try := exec.Command("perf", "record", "-q", "-e", "cpu-clock", "-a", "-o", filepath.Join(t.TempDir(), "perf.data"), "--", "true")
	if out, err := try.CombinedOutput(); err != nil {
		fmt.Printf("BENCH %s_stages not measured: perf (Debian: linux-perf) must be there and allowed to see the whole machine: %v %.200s\n", name, err, out)
		return
	}
	run := startBench(t, urls, mode)
	p := perfRun(t, run, benchMinute/2)
	run.stop(t)
	for _, s := range stages {
		benchline.Print(name+"_stage_"+s, p.share(s)*ours, "s/min", "<=", math.Inf(1))
	}
	if *stageFile != "" {
		var b bytes.Buffer
		p.top(&b, 25, ours)
		if err := os.WriteFile(*stageFile, b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	null := benchNull(t, urls)
	benchline.Print(name+"_ffmpeg_stage_ingest", null, "s/min", "<=", math.Inf(1))
	benchline.Print(name+"_ffmpeg_stage_mux_disk", peer-null, "s/min", "<=", math.Inf(1))
	// What is over ffmpeg, by stage: it takes in and writes as well, and that is
	// all it does. Its own waking up and waiting is in its ingest.
	over := map[string]float64{}
	for _, s := range stages {
		over[s] = p.share(s) * ours
	}
	over["ingest"] -= null
	over["mux_disk"] = over["mux"] + over["disk"] - (peer - null)
	for _, s := range []string{"ingest", "seal", "fanout", "mux_disk", "runtime", "rest"} {
		benchline.Print(name+"_overhead_"+s, over[s], "s/min", "<=", math.Inf(1))
	}
	benchline.Print(name+"_overhead", ours-peer, "s/min", "<=", math.Inf(1))
}
