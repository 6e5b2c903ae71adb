//go:build bench

package motion

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"lares/cameras/benchline"
	"lares/cameras/h264"
)

const streams = "../../../shared/data/h264"

// spent is the processor time of this program, in seconds.
func spent(t *testing.T) float64 {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
}

// TestBenchMotion measures the processor time of a minute of video, and the memory, beside
// those of ffmpeg, which decodes every picture and makes small grey ones of five a second,
// with one thread, and of comparing each of those with the one before. The main stream is
// a minute that is encoded for it; that of ../shared is two seconds long, in which nothing
// is known of the place yet, and has no target.
func TestBenchMotion(t *testing.T) {
	for _, x := range []struct {
		name, file     string
		rate           int // pictures a second
		target, faster float64
	}{
		{"sub_cbr", "sub_indoor_cbr.264", 10, 0.10, 6}, {"sub_vbr", "sub_indoor_vbr.264", 10, 0.10, 6},
		{"sub_cavlc", "sub_indoor_cavlc.264", 10, 0.10, 6}, {"main_1080p", "", 15, 0.5, 6},
		{"main_1080p_first", "main_indoor.264", 15, 0, 0},
	} {
		file := filepath.Join(streams, x.file)
		if x.file == "" {
			file = mainStream(t)
		}
		data, err := os.ReadFile(file)
		if errors.Is(err, fs.ErrNotExist) {
			t.Skip("../shared/data/h264 is not there: nothing is measured")
		}
		if err != nil {
			t.Fatal(err)
		}
		pictures, least, theirs := 0, 0.0, 0.0
		memory, held := alone(t, file, x.rate)
		theirMemory := int64(0) // KiB
		for i := range 5 {
			start := spent(t)
			pictures = play(t, new(Detector), data, x.rate)
			if s := spent(t) - start; i == 0 || s < least {
				least = s
			}
			s, m := decoded(t, file, x.rate)
			if i == 0 || s < theirs {
				theirs = s
			}
			theirMemory = max(theirMemory, m)
		}
		minutes, most := float64(pictures)/float64(x.rate)/60, 2.0
		if !strings.HasPrefix(x.name, "sub_") {
			most = math.Inf(1)
		}
		relation := "<="
		if x.target == 0 { // for comparison
			relation = ">="
		}
		benchline.Check(t, "motion_"+x.name+"_cpu", least/minutes, "s/min", relation, x.target)
		benchline.Check(t, "motion_"+x.name+"_ffmpeg_cpu", theirs/minutes, "s/min", ">=", 0)
		benchline.Check(t, "motion_"+x.name+"_cheaper", theirs/least, "times", ">=", x.faster)
		benchline.Check(t, "motion_"+x.name+"_state", float64(held)/1024, "MiB", "<=", most)
		benchline.Check(t, "motion_"+x.name+"_memory", float64(memory)/1024, "MiB", ">=", 0)
		benchline.Check(t, "motion_"+x.name+"_ffmpeg_memory", float64(theirMemory)/1024, "MiB", ">=", 0)
	}
}

// mainStream encodes footage as a camera does its main stream: with a picture that stands alone
// every two seconds and no others, whatever the scene does.
func mainStream(t *testing.T) string {
	t.Helper()
	out := filepath.Join(t.TempDir(), "main.264")
	said, err := exec.Command("ffmpeg", "-nostdin", "-v", "error", "-stream_loop", "-1", "-i", "../../../shared/data/video/intel_person-bicycle-car-detection.mp4", "-an", "-t", "60",
		"-vf", "fps=15,scale=1920:1080,noise=alls=3:allf=t", "-pix_fmt", "yuv420p", "-c:v", "libx264", "-preset", "veryfast", "-profile:v", "high",
		"-g", "30", "-sc_threshold", "0", "-bf", "0", "-b:v", "3M", "-maxrate", "3M", "-bufsize", "3M", out).CombinedOutput()
	if err != nil {
		t.Fatalf("ffmpeg: %v %s", err, said)
	}
	return out
}

// decoded runs ffmpeg over a stream and compares its pictures, and returns the processor
// time and the memory of that.
func decoded(t *testing.T, file string, rate int) (seconds float64, memory int64) {
	t.Helper()
	start := spent(t)
	cmd := exec.Command("ffmpeg", "-nostdin", "-v", "error", "-threads", "1", "-framerate", fmt.Sprint(rate), "-i", file,
		"-vf", "fps=5,scale=160:90,format=gray", "-f", "rawvideo", "-")
	pictures, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var now, before [160 * 90]uint8
	changed := 0
	for {
		if _, err := io.ReadFull(pictures, now[:]); err != nil {
			break
		}
		for i, v := range now {
			if d := int(v) - int(before[i]); d > 14 || d < -14 {
				changed++
			}
		}
		before = now
	}
	if err := cmd.Wait(); err != nil || changed == 0 {
		t.Fatalf("ffmpeg: %v, %d samples changed", err, changed)
	}
	u := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	return spent(t) - start + (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds(), u.Maxrss
}

// aloneFile and aloneRate ask this program for nothing but a detector that runs over a file.
const aloneFile, aloneRate = "LARES_BENCH_MOTION_FILE", "LARES_BENCH_MOTION_RATE"

// alone is the memory of a program that does nothing else, the file among it, and what its
// detector holds at the end.
func alone(t *testing.T, file string, rate int) (kib, held int) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.v", "-test.run", "^TestBenchAlone$")
	cmd.Env = append(os.Environ(), aloneFile+"="+file, fmt.Sprintf("%s=%d", aloneRate, rate))
	said, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v %s", err, said)
	}
	for name, v := range map[string]*int{"VmHWM:": &kib, "Held:": &held} {
		_, after, _ := strings.Cut(string(said), name)
		if _, err := fmt.Sscanf(after, "%d kB", v); err != nil {
			t.Fatalf("%s %v", name, err)
		}
	}
	return kib, held
}

// TestBenchAlone is the program that alone starts.
func TestBenchAlone(t *testing.T) {
	file := os.Getenv(aloneFile)
	if file == "" {
		t.Skip("TestBenchMotion starts this")
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	rate, err := strconv.Atoi(os.Getenv(aloneRate))
	if err != nil {
		t.Fatal(err)
	}
	var d Detector
	before := live()
	play(t, &d, data, rate)
	fmt.Printf("Held: %d kB\n", (live()-before)/1024)
	runtime.KeepAlive(&d)
	runtime.KeepAlive(data)
	status, err := os.ReadFile("/proc/self/status") // what getrusage says begins with the parent's
	if err != nil {
		t.Fatal(err)
	}
	fmt.Printf("%s\n", status)
}

// live is how much is in use, in bytes.
func live() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// play runs a detector over a stream and returns how many pictures it had.
func play(t *testing.T, d *Detector, stream []byte, rate int) int {
	t.Helper()
	var units [][]byte
	n := 0
	h264.Split(stream, func(u []byte) bool {
		if units = append(units, u); !h264.IsSlice(u) {
			return true
		}
		if err := d.Take(units, time.Duration(n)*time.Second/time.Duration(rate)); err != nil {
			t.Fatal(err)
		}
		units, n = nil, n+1
		return true
	})
	return n
}
