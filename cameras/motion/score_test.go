//go:build score

package motion

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lares/cameras/benchline"
	"lares/cameras/fakecam"
	"lares/cameras/h264"
)

const (
	footage = "../../../shared/data/video"
	// scored pictures each second, as sub streams have them.
	scored = 10
	// eventGap is how far apart times of motion are that are one event.
	eventGap = 2.0
)

// asItIs is the coding of a file that is scored as it was published: at its own size and rate,
// with pictures that stand alone wherever its encoder put them. Only H.264 in MP4 is.
const asItIs = "raw"

// codings are how cameras encode a sub stream.
var codings = map[string][]string{
	"cbr": {"-b:v", "400k", "-maxrate", "400k", "-bufsize", "400k"},
	"vbr": {"-crf", "27"},
}

// row is what is scored at once: how it is encoded, how many pictures are from one that stands
// alone to the next, and what is asked of it.
type row struct {
	name    string // as which it can be run alone: -run 'ScoreMotion/^all$'
	codings []string
	group   int
	asked
}

// rows are what is scored. A camera sends a still every two seconds, or four to ten where it
// saves on them; raw is as published. None of them may tell what was not there.
var rows = []row{
	{"all", []string{"cbr", "vbr"}, 20, asked{95, 0.90, true}},
	{"all_gop40", []string{"cbr"}, 40, asked{95, 0.80, true}},
	{"all_gop50", []string{"cbr"}, 50, asked{95, 0.80, true}},
	{"all_gop100", []string{"cbr"}, 100, asked{75, 0.55, true}},
	{"raw", []string{asItIs}, 0, asked{95, 0.80, true}},
}

// clip is footage with what moves in it, in seconds.
type clip struct {
	File       string
	Codec      string
	Motion     [][]any
	WeakMotion [][]any `json:"weak_motion"`
}

// times are from and to of what moves.
func times(rows [][]any) (out [][2]float64) {
	for _, r := range rows {
		out = append(out, [2]float64{r[0].(float64), r[1].(float64)})
	}
	return out
}

func during(rows [][2]float64, at, margin float64) bool {
	for _, r := range rows {
		if at >= r[0]-margin && at <= r[1]+margin {
			return true
		}
	}
	return false
}

// encode makes the sub stream of a clip. Pictures that stand alone come by the clock, as a
// camera sends them, and not where the scene changes.
func encode(t *testing.T, file string, coding []string, group int) []byte {
	t.Helper()
	out := filepath.Join(t.TempDir(), "sub.264")
	args := append([]string{
		"-v", "error", "-i", filepath.Join(footage, file), "-an", "-vf", fmt.Sprintf("fps=%d,scale=640:-2", scored), "-pix_fmt", "yuv420p",
		"-c:v", "libx264", "-threads", "1", "-preset", "fast", "-profile:v", "main", "-g", fmt.Sprint(group), "-sc_threshold", "0", "-bf", "0",
	}, coding...)
	if said, err := exec.Command("ffmpeg", append(args, out)...).CombinedOutput(); err != nil {
		t.Fatalf("ffmpeg: %v %s", err, said)
	}
	b, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	h264.Split(b, func(u []byte) bool {
		if h264.IsSlice(u) {
			if h264.IsIntra(u) != (n%group == 0) {
				t.Fatalf("%s: picture %d stands alone: %v; one in %d is to", file, n, h264.IsIntra(u), group)
			}
			n++
		}
		return true
	})
	return b
}

// detect finds the times of motion in a byte stream, in seconds, and how long it is.
func detect(t *testing.T, stream []byte) (moved [][2]float64, seconds float64) {
	t.Helper()
	d := detector(&moved)
	var units [][]byte
	n := 0
	at := func() time.Duration { return time.Duration(n) * time.Second / scored }
	h264.Split(stream, func(u []byte) bool {
		if units = append(units, u); !h264.IsSlice(u) {
			return true
		}
		if err := d.Take(units, at()); err != nil {
			t.Fatal(err)
		}
		units, n = nil, n+1
		return true
	})
	d.Finish(at())
	return moved, at().Seconds()
}

// detectFile finds the times of motion in a file as it is, in seconds, and how long it is.
func detectFile(t *testing.T, file string) (moved [][2]float64, seconds float64) {
	t.Helper()
	d := detector(&moved)
	var end time.Duration
	err := fakecam.ReadH264(file, scored, func(at time.Duration, units [][]byte) error {
		end = max(end, at)
		return d.Take(units, at)
	})
	if err != nil {
		t.Fatal(err)
	}
	d.Finish(end)
	return moved, end.Seconds()
}

// detector is one that keeps the times of motion.
func detector(moved *[][2]float64) *Detector {
	return &Detector{Moved: func(m Motion) { *moved = append(*moved, [2]float64{m.From.Seconds(), m.To.Seconds()}) }}
}

// events joins times of motion.
func events(moved [][2]float64) (out [][2]float64) {
	for _, m := range moved {
		if n := len(out); n > 0 && m[0]-out[n-1][1] <= eventGap {
			out[n-1][1] = m[1]
			continue
		}
		out = append(out, m)
	}
	return out
}

// tally is what was right and wrong.
type tally struct{ hit, of, wrong, tp, fp, fn int }

// compare counts events and seconds; those of weak motion and within half a second of a
// border count neither way.
func compare(c clip, moved [][2]float64, seconds float64) (s tally) {
	motion, weak := times(c.Motion), times(c.WeakMotion)
	all := events(moved)
	for _, m := range motion {
		s.of++
		for _, e := range all {
			if e[0] < m[1] && e[1] > m[0] {
				s.hit++
				break
			}
		}
	}
	for _, e := range all {
		real := false
		for _, m := range append(motion, weak...) {
			real = real || e[0] < m[1]+0.5 && e[1] > m[0]-0.5
		}
		if !real {
			s.wrong++
		}
	}
	for i := range int(seconds) {
		at := float64(i) + 0.5
		on, is, near := during(moved, at, 0), during(motion, at, 0), during(motion, at, 0.5) || during(weak, at, 0.5)
		inside := is && during(motion, at-0.5, 0) && during(motion, at+0.5, 0)
		switch {
		case on && is:
			s.tp++
		case on && !near:
			s.fp++
		case !on && inside:
			s.fn++
		}
	}
	return s
}

func (s tally) f1() float64 {
	if s.tp+s.fp+s.fn == 0 {
		return 1
	}
	return 2 * float64(s.tp) / float64(2*s.tp+s.fp+s.fn)
}

// setting is what all footage is scored with, and a hash of that and of the constants of
// this package and of the one that reads pictures, which are in their files.
func setting(t *testing.T) string {
	t.Helper()
	all, err := json.Marshal(Settings{})
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.New()
	sum.Write(all)
	own, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	reads, err := filepath.Glob("../h264/*.go")
	if err != nil || len(own) == 0 || len(reads) == 0 {
		t.Fatal("a package is not there", err)
	}
	for _, file := range append(own, reads...) {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		sum.Write(b)
	}
	return fmt.Sprintf("%s sha256 %x", all, sum.Sum(nil)[:8])
}

// TestScoreMotion scores the footage whose motion is written down, encoded as cameras
// do, with one setting for all, beside what subtracting a background from decoded pictures finds.
func TestScoreMotion(t *testing.T) {
	clips := scoredClips(t)
	if len(clips) == 0 {
		t.Skip("../shared/data/video is not there: nothing is scored")
	}
	fmt.Printf("BENCH motion_setting %s\n", setting(t))
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) { scoreRow(t, r, clips) })
	}
}

// scoreRow scores all clips in one way to encode them, or as they are.
func scoreRow(t *testing.T, r row, clips []clip) {
	var ours, theirs score
	for _, c := range clips {
		for _, coding := range r.codings {
			name := fmt.Sprintf("%s_%s", strings.TrimSuffix(c.File, filepath.Ext(c.File)), strings.Replace(r.name, "all", coding, 1))
			var stream []byte
			var moved [][2]float64
			var seconds float64
			switch {
			case coding != asItIs:
				stream = encode(t, c.File, codings[coding], r.group)
				moved, seconds = detect(t, stream)
			case c.Codec != "h264":
				continue
			default:
				moved, seconds = detectFile(t, filepath.Join(footage, c.File))
			}
			s := compare(c, moved, seconds)
			t.Logf("%s: %d events of %d, %d wrong, %d seconds right, %d wrong, %d missed, at %.1f", name, s.hit, s.of, s.wrong, s.tp, s.fp, s.fn, events(moved))
			var one score
			one.add(s, seconds)
			one.report(t, name, asked{wrong: true})
			ours.add(s, seconds)
			if stream != nil {
				theirs.add(compare(c, subtract(t, stream), seconds), seconds)
			}
		}
	}
	ours.report(t, r.name, r.asked)
	if theirs.clips > 0 {
		theirs.report(t, r.name+"_subtraction", asked{})
	}
}

// asked are what is asked of a score; those of zero ask nothing.
type asked struct {
	recall, mean float64
	wrong        bool // none may be
}

// score is the tallies of several clips.
type score struct {
	tally
	f1s, clips, hours float64
}

func (s *score) add(t tally, seconds float64) {
	s.hit, s.of, s.wrong, s.hours = s.hit+t.hit, s.of+t.of, s.wrong+t.wrong, s.hours+seconds/3600
	if t.of > 0 {
		s.f1s, s.clips = s.f1s+t.f1(), s.clips+1
	}
}

// report prints how many events were found, how well the seconds agree, and what was not there.
func (s *score) report(t *testing.T, name string, b asked) {
	t.Helper()
	if s.clips > 0 {
		benchline.Check(t, "motion_"+name+"_recall", 100*float64(s.hit)/float64(s.of), "%", ">=", b.recall)
		benchline.Check(t, "motion_"+name+"_f1", s.f1s/s.clips, "mean", ">=", b.mean)
	}
	relation := ">=" // whatever it is
	if b.wrong {
		relation = "<="
	}
	benchline.Check(t, "motion_"+name+"_false", float64(s.wrong)/s.hours, "events/h", relation, 0)
}

// scoredClips are the footage whose motion is written down.
func scoredClips(t *testing.T) (all []clip) {
	t.Helper()
	files, _ := filepath.Glob(filepath.Join(footage, "*.json"))
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var c clip
		if err := json.Unmarshal(b, &c); err != nil {
			t.Fatal(err)
		}
		all = append(all, c)
	}
	return all
}
