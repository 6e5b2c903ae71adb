package app_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// tree lists a process and its children.
func tree(pid int) []int {
	pids := []int{pid}
	tasks, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	for _, task := range tasks {
		b, _ := os.ReadFile(task)
		for child := range strings.FieldsSeq(string(b)) {
			if n, err := strconv.Atoi(child); err == nil {
				pids = append(pids, n)
			}
		}
	}
	return pids
}

// pss is a process's proportional share of memory in MiB.
func pss(t *testing.T, pid int) float64 {
	t.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
	if errors.Is(err, fs.ErrPermission) {
		t.Fatal("the memory of a hub is closed, TestMemoryIsClosed: root alone weighs it")
	}
	if err != nil {
		return 0 // ended meanwhile
	}
	for line := range strings.Lines(string(b)) {
		if rest, ok := strings.CutPrefix(line, "Pss:"); ok {
			kib, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			if err != nil {
				t.Fatal(err)
			}
			return kib / 1024
		}
	}
	return 0
}

// peak is the most memory that a process has held, its VmHWM (proc_pid_status(5)), in
// MiB; 0 for one that has ended.
func peak(pid int) float64 {
	b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	for line := range strings.Lines(string(b)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kib, _ := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			return kib / 1024
		}
	}
	return 0
}

// forgetPeak makes peak count from what a process holds now (proc_pid_clear_refs(5)); where
// its memory is closed to us, what it held before counts too.
func forgetPeak(t *testing.T, pid int) {
	t.Helper()
	if err := os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", pid), []byte("5"), 0); err != nil && !errors.Is(err, fs.ErrPermission) {
		t.Fatal(err)
	}
}

// vitals are what must stay level while cameras come and go.
type vitals struct {
	pid, descriptors int
	pss              float64 // MiB
}

// vital looks at a hub and its workers, the hub first; the workers in the order
// of their start.
func vital(t *testing.T, h *hub) (list []vitals) {
	t.Helper()
	for _, pid := range tree(h.cmd.Process.Pid) {
		fds, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
		if err != nil {
			continue // ended meanwhile
		}
		list = append(list, vitals{pid, len(fds), pss(t, pid)})
	}
	slices.SortFunc(list[1:], func(a, b vitals) int { return a.pid - b.pid })
	return list
}

const (
	// A connection that is being made or has just been left may be open at the
	// moment of looking, and the test's own requests are.
	spareDescriptors = 6
	// The heap of a hub that has just closed a clip holds it until the next
	// collection; that of a worker has buffers as large as the largest picture
	// so far, whole or broken. In MiB.
	spareHub, spareWorker = 24.0, 12.0
	spareGoroutines       = 10
)

// level fails the test where a process was replaced, or holds more descriptors
// or memory than before.
func level(t *testing.T, before, after []vitals) {
	t.Helper()
	levelWithin(t, before, after, spareHub, spareWorker)
}

// levelWithin is level with what a hub and a worker may hold more, in MiB.
func levelWithin(t *testing.T, before, after []vitals, hub, worker float64) {
	t.Helper()
	if len(before) != len(after) {
		t.Errorf("%d processes, %d before", len(after), len(before))
		return
	}
	for i, b := range before {
		a, name, spare := after[i], "the hub", hub
		if i > 0 {
			name, spare = fmt.Sprintf("worker %d", i), worker
		}
		t.Logf("%s: %d descriptors, %.1f MiB; before %d, %.1f MiB", name, a.descriptors, a.pss, b.descriptors, b.pss)
		switch {
		case a.pid != b.pid:
			t.Errorf("%s was replaced", name)
		case a.descriptors > b.descriptors+spareDescriptors:
			t.Errorf("%s holds %d descriptors, %d before", name, a.descriptors, b.descriptors)
		case a.pss > b.pss+spare:
			t.Errorf("%s holds %.1f MiB, %.1f before", name, a.pss, b.pss)
		}
	}
}

// goroutines ends the hub of somebody by SIGQUIT, upon which Go prints every
// goroutine, and counts them. It waits for those that connections left.
func (p *person) goroutines() int {
	p.t.Helper()
	h := p.hub
	p.client.CloseIdleConnections()
	pause(p.t, time.Second)
	h.cmd.Process.Signal(syscall.SIGQUIT)
	h.cmd.Wait() // the status of a quit says nothing
	return strings.Count("\n"+h.stderr.String(), "\ngoroutine ")
}

// settled is the hub's first look once its cameras have recorded for a while.
func settled(t *testing.T, h *hub) []vitals {
	t.Helper()
	pause(t, 3*time.Second) // the first clips have been opened, all pools are filled
	return vital(t, h)
}
