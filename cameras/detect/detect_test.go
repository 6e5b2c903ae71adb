package detect

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"flag"
	"image"
	"image/jpeg"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"lares/cameras/episode"
	"lares/cameras/h264"
	"lares/cameras/motion"
)

const people = "../fakecam/clip/people-sub.mp4"

// run runs the command and returns what it printed.
func run(t *testing.T, args ...string) string {
	t.Helper()
	var out bytes.Buffer
	if err := Main(t.Context(), args, &out); err != nil {
		t.Fatalf("%q: %v", args, err)
	}
	return out.String()
}

// TestPeople: of twelve seconds with people walking there is an object for each second,
// one event with a box in the picture, what it cost, and a picture.
func TestPeople(t *testing.T) {
	t.Parallel()
	thumbnail := filepath.Join(t.TempDir(), "out.jpg")
	lines := strings.Split(strings.TrimSpace(run(t, "--json", "--thumbnail", thumbnail, people)), "\n")
	if len(lines) != 12+1+1 {
		t.Fatalf("%d lines: %q", len(lines), lines)
	}
	moving := 0
	for i, line := range lines[:12] {
		var s second
		if err := json.Unmarshal([]byte(line), &s); err != nil || s.Second != i {
			t.Errorf("second %d: %s %v", i, line, err)
		}
		if s.Motion && s.Score >= 100 {
			moving++
		}
	}
	if moving < 6 {
		t.Errorf("%d seconds of 12 move", moving)
	}
	var e event
	if err := json.Unmarshal([]byte(lines[12]), &e); err != nil || e.Kind != "motion" || e.Start >= e.End || e.End > 12 {
		t.Errorf("%s: %v", lines[12], err)
	}
	if b := e.Box; b[0] < 0 || b[1] < 0 || b[0] >= b[2] || b[1] >= b[3] || b[2] > 1 || b[3] > 1 {
		t.Errorf("the box of %s", lines[12])
	}
	var c cost
	if err := json.Unmarshal([]byte(lines[13]), &c); err != nil || c.Pictures != 120 || c.Unreadable != 0 || c.CPU <= 0 || c.Peak <= 0 {
		t.Errorf("%s: %v", lines[13], err)
	}
	b, err := os.ReadFile(thumbnail)
	if err != nil {
		t.Fatal(err)
	}
	p, err := jpeg.Decode(bytes.NewReader(b))
	if err != nil || p.Bounds().Dx() != 320 || p.Bounds().Dy() != 240 {
		t.Errorf("the thumbnail: %v %v", p, err)
	}
	if text := run(t, people); !strings.Contains(text, "motion from ") || !strings.Contains(text, "1 events in 120 pictures (0 unreadable)") {
		t.Errorf("%s", text)
	}
}

// TestByteStream: all pictures of a byte stream with B pictures, which has no times to order
// them by, are read, and what moves is found in it.
func TestByteStream(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		t.Skip("ffmpeg is not installed: there is no byte stream to read")
	}
	stream := filepath.Join(t.TempDir(), "people.264")
	if said, err := exec.Command("ffmpeg", "-v", "error", "-i", people, "-an", "-c:v", "libx264", "-g", "20", "-bf", "3", "-b_strategy", "0", stream).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	if text := run(t, "--fps", "10", stream); !strings.Contains(text, "1 events in 120 pictures (0 unreadable)") {
		t.Errorf("%s", text)
	}
}

// TestOwnRate: the pictures of a byte stream lie as far apart as it tells, if --fps does not say
// otherwise; where it tells nothing, that 15 were assumed is said.
func TestOwnRate(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		t.Skip("ffmpeg is not installed: there is no byte stream to read")
	}
	make := func(name, bsf string) string {
		stream := filepath.Join(t.TempDir(), name)
		if said, err := exec.Command("ffmpeg", "-v", "error", "-i", people, "-an", "-c", "copy", "-bsf:v", bsf, stream).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, said)
		}
		return stream
	}
	ntsc := make("ntsc.264", "h264_mp4toannexb,h264_metadata=tick_rate=10000/1001")
	wild := make("wild.h264", "h264_mp4toannexb,h264_metadata=tick_rate=1000000")
	for _, c := range []struct {
		args             []string
		seconds, assumed int
	}{
		{[]string{ntsc}, 24, 0}, // 120 pictures of 1001/5000 s
		{[]string{"--fps", "12", ntsc}, 10, 0},
		{[]string{"--fps", "40", ntsc}, 3, 0},
		{[]string{wild}, 8, 15},
		{[]string{"--fps", "15", wild}, 8, 0},
	} {
		lines := strings.Split(strings.TrimSpace(run(t, append(c.args, "--json")...)), "\n")
		seconds := 0
		for _, line := range lines {
			if strings.HasPrefix(line, `{"second"`) {
				seconds++
			}
		}
		var last cost
		if err := json.Unmarshal([]byte(lines[len(lines)-1]), &last); err != nil || seconds != c.seconds || last.Assumed != c.assumed || last.Pictures != 120 {
			t.Errorf("%q: %d seconds, %+v %v, want %d and %d", c.args, seconds, last, err, c.seconds, c.assumed)
		}
	}
}

// TestLongRecording: a recording of a day is read, and one whose pictures lie further than a
// week apart is refused before anything is kept for each second.
func TestLongRecording(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile(people)
	if err != nil {
		t.Fatal(err)
	}
	at := bytes.Index(b, []byte("stts")) // ISO/IEC 14496-12 §8.6.1.2, of the only track
	scale := binary.BigEndian.Uint32(b[bytes.Index(b, []byte("mdhd"))+16:])
	if entries := binary.BigEndian.Uint32(b[at+8:]); entries != 1 {
		t.Fatalf("%d entries", entries)
	}
	for hours, want := range map[uint32]error{24: nil, 240: errLong} {
		binary.BigEndian.PutUint32(b[at+16:], hours*3600/120*scale)
		file := filepath.Join(t.TempDir(), "long.mp4")
		if err := os.WriteFile(file, b, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := Main(t.Context(), []string{file}, io.Discard); !errors.Is(err, want) {
			t.Errorf("%d hours: %v, want %v", hours, err, want)
		}
	}
	for _, at := range []time.Duration{-2 * time.Second, maxLength + 1} {
		if err := newDetection(false).take(at, nil); !errors.Is(err, errLong) {
			t.Errorf("at %d: %v", at, err)
		}
	}
}

// TestSmallPictures: in pictures of 352 samples to the side, as many cameras send in their sub
// stream, who comes by far away is found as in larger ones.
func TestSmallPictures(t *testing.T) {
	t.Parallel()
	const file = "../../../shared/data/video/intel_person-bicycle-car-detection.mp4"
	if _, err := os.Stat(file); err != nil {
		t.Skip("../shared/data/video is not there")
	}
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		t.Skip("ffmpeg is not installed: there are no small pictures to read")
	}
	sub := filepath.Join(t.TempDir(), "sub.mp4")
	if said, err := exec.Command("ffmpeg", "-v", "error", "-i", file, "-an", "-vf", "fps=10,scale=352:-2", "-pix_fmt", "yuv420p",
		"-c:v", "libx264", "-preset", "fast", "-profile:v", "main", "-bf", "0", "-g", "20", "-crf", "26", sub).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	found := 0
	for line := range strings.Lines(run(t, sub, "--json")) {
		var e event
		if err := json.Unmarshal([]byte(line), &e); err != nil || e.Kind != "motion" {
			continue
		}
		for _, v := range [][2]float64{{0, 3.8}, {8.9, 13.85}, {24.4, 34.15}} {
			if e.Start >= v[0]-0.5 && e.Start <= v[0]+2.5 && e.End <= v[1]+2.5 {
				found++
			}
		}
	}
	if found != 3 {
		t.Errorf("%d of 3 visits are found", found)
	}
}

// TestRareStills: where a camera sends a picture that stands alone each five seconds, what
// goes by between two of them is found.
func TestRareStills(t *testing.T) {
	t.Parallel()
	const file = "../../../shared/data/video/intel_person-bicycle-car-detection.mp4"
	if _, err := os.Stat(file); err != nil {
		t.Skip("../shared/data/video is not there")
	}
	// What was seen was timed from the first picture that is shown: the file's edit list hides
	// eight before it, of twelve each second.
	const hidden = 8.0 / 12
	visits := [][2]float64{{0, hidden + 3.8}, {hidden + 8.9, hidden + 13.85}, {hidden + 24.4, hidden + 34.15}}
	var found []event
	for line := range strings.Lines(run(t, file, "--json")) { // flags may stand behind
		var e event
		if err := json.Unmarshal([]byte(line), &e); err == nil && e.Kind == "motion" {
			if b := e.Box; b[0] >= b[2] || b[1] >= b[3] {
				t.Errorf("an event without a box: %s", line)
			}
			found = append(found, e)
		}
	}
	if len(found) != len(visits) {
		t.Fatalf("%d events, want %d: %v", len(found), len(visits), found)
	}
	for i, v := range visits {
		if e := found[i]; e.Start < v[0]-0.5 || e.End > v[1]+0.5 || e.End-e.Start < (v[1]-v[0])/2 {
			t.Errorf("an event from %.1f to %.1f, want one of %.1f to %.1f", e.Start, e.End, v[0], v[1])
		}
	}
}

// TestZones: with settings of a file events say in which zones something moved, and
// nothing moves under masks.
func TestZones(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "settings.json")
	events := func(settings string) (found []event) {
		if err := os.WriteFile(file, []byte(settings), 0o600); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(run(t, "--json", "--settings", file, people)) {
			var e event
			if err := json.Unmarshal([]byte(line), &e); err == nil && e.Kind == "motion" {
				found = append(found, e)
			}
		}
		return found
	}
	const everywhere = `[[0,0],[1,0],[1,1],[0,1]]`
	if found := events(`{"zones":[{"name":"all of it","polygon":` + everywhere + `},{"name":"no people","polygon":[[0,0],[1,0],[1,0.05],[0,0.05]]}]}`); len(found) != 1 || !slices.Equal(found[0].Zones, []string{"all of it"}) {
		t.Errorf("%+v, want one event in one zone", found)
	}
	if found := events(`{"masks":[[[0,0.06],[1,0.06],[1,1],[0,1]]]}`); len(found) != 0 {
		t.Errorf("%+v, and all but the edge is under a mask", found)
	}
}

// TestPreset: with a preset everything is looked for in its limits, where a file draws no zones
// in the whole picture.
func TestPreset(t *testing.T) {
	t.Parallel()
	if text := run(t, "--preset", "garden", "--json", people); !strings.Contains(text, `"zones":["`+motion.WholeName+`"]`) {
		t.Errorf("nobody walks in the garden:\n%s", text)
	}
	file := filepath.Join(t.TempDir(), "settings.json")
	if err := os.WriteFile(file, []byte(`{"zones":[{"name":"all of it","polygon":[[0,0],[1,0],[1,1],[0,1]],"min_area":1}]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if text := run(t, "--settings", file, "--json", people); strings.Contains(text, `"kind"`) {
		t.Errorf("something moves in all of the picture:\n%s", text)
	}
	if text := run(t, "--settings", file, "--preset", "street", "--json", people); !strings.Contains(text, `"zones":["all of it"]`) {
		t.Errorf("the preset's limits are not those of the zone:\n%s", text)
	}
}

// TestTamper: when the camera does not show its place is an event of its own, in order
// with the others; one that lasts ends with the recording.
func TestTamper(t *testing.T) {
	t.Parallel()
	d := newDetection(false)
	const s = time.Second
	d.last = 20 * s
	d.end(episode.Episode{From: 5 * s, To: 6 * s, Box: image.Rect(0, 0, 500, 500)})
	d.watcher.Tampered(motion.Tamper{Kind: motion.Covered, From: 2 * s})
	d.watcher.Tampered(motion.Tamper{Kind: motion.Covered, From: 2 * s, To: 4 * s})
	d.watcher.Tampered(motion.Tamper{Kind: motion.Turned, From: 8 * s})
	d.finish()
	want := []event{
		{"tamper", "covered", 2, 4, [4]float64{0, 0, 1, 1}, nil},
		{"motion", "", 5, 6, [4]float64{0, 0, 0.5, 0.5}, nil},
		{"tamper", "moved", 8, 20, [4]float64{0, 0, 1, 1}, nil},
	}
	if !reflect.DeepEqual(d.events, want) {
		t.Errorf("%+v, want %+v", d.events, want)
	}
	var out bytes.Buffer
	if err := d.print(&out, false); err != nil || !strings.Contains(out.String(), "the camera is moved from 8.0 s to 20.0 s\n") {
		t.Errorf("%s %v", out.String(), err)
	}
}

// TestDamaged: pictures of a byte stream that are damaged are counted, and the others
// looked at.
func TestDamaged(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile("../h264/testdata/cabac.264")
	if err != nil {
		t.Fatal(err)
	}
	b = bytes.Clone(b)
	copy(b[len(b)-200:], bytes.Repeat([]byte{0x55}, 100))
	file := filepath.Join(t.TempDir(), "damaged.264")
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
	var c cost
	lines := strings.Split(strings.TrimSpace(run(t, "--json", "--fps", "3", file)), "\n")
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &c); err != nil || c.Unreadable == 0 || c.Unreadable == c.Pictures {
		t.Errorf("%s: %v", lines[len(lines)-1], err)
	}
}

// TestMostUnreadable: that most pictures could not be read is said, for then little is found.
func TestMostUnreadable(t *testing.T) {
	t.Parallel()
	for unreadable, want := range map[int]bool{0: false, 5: false, 6: true, 10: true} {
		d := newDetection(false)
		d.cost.Pictures, d.cost.Unreadable = 10, unreadable
		var out bytes.Buffer
		if err := d.print(&out, false); err != nil || strings.Contains(out.String(), "most pictures could not be read") != want {
			t.Errorf("%d of 10: %q, %v", unreadable, out.String(), err)
		}
	}
}

// TestUnsupported: of H.264 that is not read it is said what is.
func TestUnsupported(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		t.Skip("ffmpeg is not installed: there is no stream to refuse")
	}
	file := filepath.Join(t.TempDir(), "wide.264")
	if said, err := exec.Command("ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=s=64x64:r=5", "-frames:v", "3", "-pix_fmt", "yuv422p",
		"-c:v", "libx264", file).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	err := Main(t.Context(), []string{file}, io.Discard)
	if err == nil || !errors.Is(err, h264.ErrUnsupported) || !strings.Contains(err.Error(), "not supported: ") || !strings.HasSuffix(err.Error(), ". "+readsVideo) {
		t.Errorf("%v", err)
	}
}

// TestRefused: what cannot be looked at is said.
func TestRefused(t *testing.T) {
	t.Parallel()
	text := filepath.Join(t.TempDir(), "text.mp4")
	if err := os.WriteFile(text, []byte("no film"), 0o600); err != nil {
		t.Fatal(err)
	}
	line := filepath.Join(t.TempDir(), "line.json")
	if err := os.WriteFile(line, []byte(`{"zones":[{"name":"a","polygon":[[0,0],[0.5,0.5],[1,1]]}]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args []string
		says string
	}{
		{nil, "name one recording: 0 are named"},
		{[]string{people, people}, "name one recording: 2 are named"},
		{[]string{"--fps", "0", people}, "--fps is from 1 to 240, and 0 is given"},
		{[]string{"--fps", "-1", people}, "pictures per second out of bounds (1 to 240)"},
		{[]string{"--fps", "241", people}, "pictures per second out of bounds (1 to 240)"},
		{[]string{"/dev/null"}, "/dev/null is a pipe or a device, and an MP4 has to be a file"},
		{[]string{filepath.Join(t.TempDir(), "none.mp4")}, "no such file"},
		{[]string{text}, "is neither an MP4 file nor a byte stream"},
		{[]string{"--settings", text, people}, "detect: reading " + text},
		{[]string{"--settings", line, people}, "polygon of zone 1: a polygon that covers nothing"},
		{[]string{"--settings", text + ".none", people}, "detect: opening settings"},
		{[]string{"--preset", "moon", people}, `there is no preset "moon": they are usual, indoor, garden, street, night`},
		{[]string{"--audio", "--preset", "street", people}, "--preset is about pictures"},
		{[]string{"--sensitivity", "101", people}, "settings that cannot be: sensitivity"},
		{[]string{"--thumbnail", filepath.Join(t.TempDir(), "t.jpg"), "../h264/testdata/cabac.264"}, "nothing happens in the recording"},
	} {
		var out bytes.Buffer
		if err := Main(t.Context(), c.args, &out); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%q: %v, want %q", c.args, err, c.says)
		}
		if len(c.args) == 0 && !strings.Contains(out.String(), "lares detect") {
			t.Errorf("no usage: %q", out.String())
		}
	}
	if err := Main(t.Context(), []string{"--help"}, &bytes.Buffer{}); !errors.Is(err, flag.ErrHelp) {
		t.Errorf("%v", err)
	}
}
