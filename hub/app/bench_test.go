//go:build bench

package app_test

import (
	"flag"
	"fmt"
	"io/fs"
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

	"lares/cameras/fakecam"
)

const benchMinute = time.Minute

var benchRuns = flag.Int("runs", 5, "measured minutes of each program per number of cameras")

// figures of one measured minute.
type figures struct {
	cpu    float64 // seconds of processor time of the whole tree of processes
	hub    float64 // MiB, PSS
	worker float64 // MiB, PSS of the largest worker
	rate   float64 // bytes on disk per second of media
}

// TestBenchRecord records one and four cameras for a minute, beside ffmpeg in
// turn. The cameras live in this process and are not counted.
func TestBenchRecord(t *testing.T) {
	needFFmpeg(t)
	video := filepath.Join(t.TempDir(), "camera.mp4")
	encodeNoise(t, video)
	for _, n := range []int{4, 1} {
		var urls []string
		for i := range n {
			urls = append(urls, startCamera(t, fakecam.Options{Name: fmt.Sprint("bench ", i), Source: fakecam.File{Path: video}}).MainURL())
		}
		var ours, peer []figures
		for range *benchRuns {
			ours = append(ours, benchLares(t, urls))
			peer = append(peer, benchFFmpeg(t, urls))
			t.Logf("%d cameras: ours %+v, ffmpeg %+v", n, ours[len(ours)-1], peer[len(peer)-1])
		}
		name := fmt.Sprintf("record_%d", n)
		report(name+"_cpu", median(ours, cpu), "s/min", "<=", math.Inf(1))
		report(name+"_ffmpeg_cpu", median(peer, cpu), "s/min", "<=", math.Inf(1))
		ratio := median(ours, cpu) / median(peer, cpu)
		limit := math.Inf(1)
		if n == 4 {
			limit = 2.5
		}
		report(name+"_cpu_ratio", ratio, "x", "<=", limit)
		report(name+"_hub_pss", median(ours, func(f figures) float64 { return f.hub }), "MiB", "<=", 60)
		report(name+"_worker_pss", median(ours, func(f figures) float64 { return f.worker }), "MiB", "<=", 20)
		rate := func(f figures) float64 { return f.rate }
		report(name+"_bytes_over_ffmpeg", 100*(median(ours, rate)/median(peer, rate)-1), "%", "<=", 3)
	}
}

func cpu(f figures) float64 { return f.cpu }

// report prints one figure; a target of infinity is none.
func report(name string, value float64, unit, relation string, target float64) {
	verdict := "ok"
	if relation == "<=" && value > target || relation == ">=" && value < target {
		verdict = "short"
	}
	fmt.Printf("BENCH %s %.3f %s target %s %v %s\n", name, value, unit, relation, target, verdict)
}

func median(list []figures, of func(figures) float64) float64 {
	var v []float64
	for _, f := range list {
		v = append(v, of(f))
	}
	slices.Sort(v)
	return v[len(v)/2]
}

// encodeNoise makes 1080p15 at 3 Mbit/s from a moving test picture.
func encodeNoise(t *testing.T, to string) {
	t.Helper()
	b, err := exec.Command("ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", "testsrc2=size=1920x1080:rate=15,noise=alls=12:allf=t", "-t", "20",
		"-pix_fmt", "yuv420p", "-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-b:v", "3M", "-maxrate", "3M", "-bufsize", "3M",
		"-g", "30", "-keyint_min", "30", to).CombinedOutput()
	if err != nil {
		t.Fatalf("encoding: %v\n%s", err, b)
	}
}

func benchLares(t *testing.T, urls []string) figures {
	t.Helper()
	data := t.TempDir()
	h := startHub(t, data)
	keeper := h.claim("keeper")
	var ids []string
	for i, u := range urls {
		ids = append(ids, keeper.addCamera(map[string]string{"name": fmt.Sprint("bench ", i), "main": u}))
	}
	waitLive(t, keeper, ids)
	pause(t, 5*time.Second)
	hold := func() {
		for _, id := range ids {
			keeper.trigger(id)
		}
	}
	hold()
	waitRecording(t, keeper, len(ids))
	before := treeCPU(t, h.cmd.Process.Pid)
	var f figures
	for began := time.Now(); time.Since(began) < benchMinute; {
		pause(t, 5*time.Second)
		hold()
		for _, pid := range tree(h.cmd.Process.Pid) {
			if mib := pss(t, pid); pid == h.cmd.Process.Pid {
				f.hub = max(f.hub, mib)
			} else {
				f.worker = max(f.worker, mib)
			}
		}
	}
	f.cpu = treeCPU(t, h.cmd.Process.Pid) - before
	until(t, 30*time.Second, "the clips end", func() bool {
		return !slices.ContainsFunc(keeper.events(), func(e eventJSON) bool { return e.Recording })
	})
	var bytes, seconds float64
	for _, e := range keeper.events() {
		seconds += float64(e.DurationMS) / 1000
	}
	bytes = folderBytes(t, filepath.Join(data, "media", "clips"))
	f.rate = bytes / seconds
	if err := h.stop(); err != nil {
		t.Fatal(err)
	}
	return f
}

// benchFFmpeg is how the other recorders do it: one ffmpeg per camera that
// copies into segments of ten seconds.
func benchFFmpeg(t *testing.T, urls []string) figures {
	t.Helper()
	dir := t.TempDir()
	var cmds []*exec.Cmd
	for i, u := range urls {
		cmd := exec.Command("ffmpeg", "-v", "error", "-rtsp_transport", "tcp", "-i", u, "-c", "copy", "-f", "segment", "-segment_time", "10",
			"-segment_format", "mp4", "-reset_timestamps", "1", filepath.Join(dir, fmt.Sprintf("%d-%%04d.mp4", i)))
		cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		cmds = append(cmds, cmd)
	}
	until(t, 20*time.Second, "ffmpeg records", func() bool {
		list, _ := filepath.Glob(filepath.Join(dir, "*-0000.mp4"))
		return len(list) == len(urls)
	})
	sum := func() (s float64) {
		for _, c := range cmds {
			s += treeCPU(t, c.Process.Pid)
		}
		return s
	}
	before := sum()
	pause(t, benchMinute)
	f := figures{cpu: sum() - before}
	for _, c := range cmds {
		c.Process.Signal(os.Interrupt)
		c.Wait() // ffmpeg exits with 255 when it is interrupted
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.mp4"))
	if err != nil {
		t.Fatal(err)
	}
	var seconds float64
	for _, file := range files {
		seconds += duration(t, file).Seconds()
	}
	f.rate = folderBytes(t, dir) / seconds
	return f
}

func folderBytes(t *testing.T, dir string) (sum float64) {
	t.Helper()
	err := filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			sum += float64(info.Size())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return sum
}

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

// clockTicks is USER_HZ, 100 on every Linux that Go runs on.
const clockTicks = 100

// treeCPU is user and system time of a process, its living children and the
// dead ones it has waited for, in seconds.
func treeCPU(t *testing.T, pid int) (seconds float64) {
	t.Helper()
	for i, p := range tree(pid) {
		b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p))
		if err != nil {
			continue // ended meanwhile: its parent counts it
		}
		// Fields count from behind the command name, which may hold spaces.
		fields := strings.Fields(string(b[strings.LastIndexByte(string(b), ')')+1:]))
		last := 13 // utime, stime
		if i == 0 {
			last = 15 // and cutime, cstime
		}
		for _, f := range fields[11:last] {
			n, err := strconv.ParseFloat(f, 64)
			if err != nil {
				t.Fatal(err)
			}
			seconds += n / clockTicks
		}
	}
	return seconds
}

// pss is a process's proportional share of memory in MiB.
func pss(t *testing.T, pid int) float64 {
	t.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
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
