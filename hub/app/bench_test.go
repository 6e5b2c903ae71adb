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

	"lares/cameras/benchline"
	"lares/cameras/fakecam"
)

const benchMinute = time.Minute

var (
	benchRuns    = flag.Int("runs", 5, "measured minutes of each program per number of cameras")
	benchCameras = flag.String("cameras", "8,4,1", "numbers of cameras")
	benchModes   = flag.String("modes", "events,both", "what is recorded: events, one that goes on for the whole minute, or both, all the time and an event each half minute")
	stageFile    = flag.String("stages", "", "write the heaviest functions of each stage here")
)

// figures of one measured minute.
type figures struct {
	cpu    float64 // seconds of processor time of the whole tree of processes
	hubCPU float64 // of these, the hub's own
	hub    float64 // MiB, PSS
	worker float64 // MiB, PSS of the largest worker
	rate   float64 // bytes on disk per second of media
	files  float64 // clips of each camera in the measured minute
}

// recordLimit is what the hub may cost beside ffmpeg, by number of cameras;
// other numbers are measured for information.
var recordLimit = map[int]float64{8: 2.0}

// TestBenchRecord records eight, four cameras and one for a minute, in each mode, beside
// ffmpeg in turn, which records all the time in any case. The cameras live in this process and are not counted.
func TestBenchRecord(t *testing.T) {
	needFFmpeg(t)
	video := filepath.Join(t.TempDir(), "camera.mp4")
	encodeNoise(t, video)
	for number := range strings.SplitSeq(*benchCameras, ",") {
		n, err := strconv.Atoi(number)
		if err != nil {
			t.Fatal(err)
		}
		benchRecord(t, video, n)
	}
}

func benchRecord(t *testing.T, video string, n int) {
	t.Helper()
	var urls []string
	for i := range n {
		c := startCamera(t, fakecam.Options{Name: fmt.Sprint("bench ", i), Source: fakecam.File{Path: video}})
		defer c.Close()
		urls = append(urls, c.MainURL())
	}
	modes := strings.Split(*benchModes, ",")
	ours, peer := map[string][]figures{}, []figures{}
	for range *benchRuns {
		for _, mode := range modes {
			f := benchLares(t, urls, mode)
			ours[mode] = append(ours[mode], f)
			t.Logf("%d cameras, %s: %+v", n, mode, f)
		}
		peer = append(peer, benchFFmpeg(t, urls))
		t.Logf("%d cameras, ffmpeg: %+v", n, peer[len(peer)-1])
	}
	for _, mode := range modes {
		name := fmt.Sprintf("record_%d", n)
		if mode != "events" {
			name += "_" + mode
		}
		reportRecord(name, n, ours[mode], peer)
		if n == 8 {
			benchStages(t, name, urls, mode, median(ours[mode], cpu), median(peer, cpu))
		}
	}
}

func reportRecord(name string, n int, ours, peer []figures) {
	limit := math.Inf(1)
	if l, ok := recordLimit[n]; ok {
		limit = l
	}
	benchline.Print(name+"_cpu", median(ours, cpu), "s/min", "<=", math.Inf(1))
	benchline.Print(name+"_hub_cpu", median(ours, func(f figures) float64 { return f.hubCPU }), "s/min", "<=", math.Inf(1))
	benchline.Print(name+"_workers_cpu", median(ours, func(f figures) float64 { return f.cpu - f.hubCPU }), "s/min", "<=", math.Inf(1))
	benchline.Print(name+"_ffmpeg_cpu", median(peer, cpu), "s/min", "<=", math.Inf(1))
	benchline.Print(name+"_cpu_ratio", median(ours, cpu)/median(peer, cpu), "x", "<=", limit)
	benchline.Print(name+"_hub_pss", median(ours, func(f figures) float64 { return f.hub }), "MiB", "<=", 60)
	benchline.Print(name+"_worker_pss", median(ours, func(f figures) float64 { return f.worker }), "MiB", "<=", 20)
	rate := func(f figures) float64 { return f.rate }
	benchline.Print(name+"_bytes_over_ffmpeg", 100*(median(ours, rate)/median(peer, rate)-1), "%", "<=", 3)
	benchline.Print(name+"_files", median(ours, func(f figures) float64 { return f.files }), "/min/camera", "<=", math.Inf(1))
}

func cpu(f figures) float64 { return f.cpu }

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

// benchRun is a hub that records all its cameras.
type benchRun struct {
	hub    *hub
	keeper *person
	ids    []string
	mode   string
	held   int
}

func startBench(t *testing.T, urls []string, mode string) *benchRun {
	t.Helper()
	h := startHub(t, t.TempDir())
	b := &benchRun{hub: h, keeper: h.claim("keeper"), mode: mode}
	for i, u := range urls {
		id := b.keeper.addCamera(map[string]string{"name": fmt.Sprint("bench ", i), "main": u})
		b.keeper.overlooks(id) // ffmpeg, which it is compared with, looks for none either
		b.keeper.plan(id, map[string]any{"mode": mode})
		b.ids = append(b.ids, id)
	}
	waitLive(t, b.keeper, b.ids)
	pause(t, 5*time.Second) // the pre-roll fills
	b.hold()
	waitRecording(t, b.keeper, len(b.ids))
	return b
}

const (
	// holdEvery is less than the post-roll of a trigger.
	holdEvery = 5 * time.Second
	// apart is how many of them lie between two events where all is recorded: the first is over by
	// then, and what is between them recorded as such.
	apart = 6
)

// hold keeps the recordings going.
func (b *benchRun) hold() {
	b.held++
	if b.mode != "events" && b.held%apart != 1 {
		return
	}
	for _, id := range b.ids {
		b.keeper.trigger(id)
	}
}

func (b *benchRun) stop(t *testing.T) {
	t.Helper()
	if err := b.hub.stop(); err != nil {
		t.Fatal(err)
	}
}

func benchLares(t *testing.T, urls []string, mode string) figures {
	t.Helper()
	b := startBench(t, urls, mode)
	pid := b.hub.cmd.Process.Pid
	before, own := treeCPU(t, pid), processCPU(t, pid, false)
	var f figures
	for began := time.Now(); time.Since(began) < benchMinute; {
		pause(t, holdEvery)
		b.hold()
		for _, p := range tree(pid) {
			if mib := pss(t, p); p == pid {
				f.hub = max(f.hub, mib)
			} else {
				f.worker = max(f.worker, mib)
			}
		}
	}
	f.cpu, f.hubCPU = treeCPU(t, pid)-before, processCPU(t, pid, false)-own
	for _, id := range b.ids {
		b.keeper.plan(id, map[string]any{"mode": "off"})
	}
	var seconds float64
	until(t, 30*time.Second, "the clips end", func() bool {
		seconds, f.files = 0, 0
		for _, id := range b.ids {
			for _, r := range b.keeper.recordings(id) {
				if r.State == "open" {
					return false
				}
				seconds += float64(r.DurationMS) / 1000
				f.files += 1 / float64(len(b.ids))
			}
		}
		return true
	})
	f.rate = folderBytes(t, filepath.Join(b.hub.data, "media", "clips")) / seconds
	b.stop(t)
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

// benchNull is ffmpeg that takes the streams in and throws them away.
func benchNull(t *testing.T, urls []string) float64 {
	t.Helper()
	var cmds []*exec.Cmd
	for _, u := range urls {
		cmd := exec.Command("ffmpeg", "-v", "error", "-rtsp_transport", "tcp", "-i", u, "-c", "copy", "-f", "null", "-")
		process(t, cmd)
		cmds = append(cmds, cmd)
	}
	sum := func() (s float64) {
		for _, c := range cmds {
			s += processCPU(t, c.Process.Pid, false)
		}
		return s
	}
	pause(t, 5*time.Second) // as long as ffmpeg looks at a stream before it copies
	before := sum()
	pause(t, benchMinute)
	spent := sum() - before
	for _, c := range cmds {
		c.Process.Kill() // process waits for it
	}
	return spent
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

// clockTicks is USER_HZ, 100 on every Linux that Go runs on.
const clockTicks = 100

// treeCPU is user and system time of a process, its living children and the
// dead ones it has waited for, in seconds.
func treeCPU(t *testing.T, pid int) (seconds float64) {
	t.Helper()
	for i, p := range tree(pid) {
		seconds += processCPU(t, p, i == 0)
	}
	return seconds
}

// processCPU is user and system time of one process, if wanted with that of
// the dead children it has waited for, in seconds.
func processCPU(t *testing.T, pid int, dead bool) (seconds float64) {
	t.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0 // ended meanwhile: its parent counts it
	}
	// Fields count from behind the command name, which may hold spaces.
	fields := strings.Fields(string(b[strings.LastIndexByte(string(b), ')')+1:]))
	last := 13 // utime, stime
	if dead {
		last = 15 // and cutime, cstime
	}
	for _, f := range fields[11:last] {
		n, err := strconv.ParseFloat(f, 64)
		if err != nil {
			t.Fatal(err)
		}
		seconds += n / clockTicks
	}
	return seconds
}
