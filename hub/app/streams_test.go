package app_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"lares/cameras/fakecam"
)

const (
	streamFPS = 15
	// streamLength is a whole number of flashes; the file is played again and
	// again.
	streamLength = 40 * time.Second
	// flashEvery, and a beep with each: what sound and picture are compared by.
	flashEvery = 2 * time.Second
	// A clip has 5 s before its first trigger and 10 s after its last.
	streamHold = 18 * time.Second
	leastClip  = 30 * time.Second

	wallWithin, wallPercent = 200 * time.Millisecond, 2
	// lookedFor is how much later than its last picture came a clip is written: recording looks
	// for what came so often.
	lookedFor   = 200 * time.Millisecond
	soundWithin = 40 * time.Millisecond
	// tick is what rounding to a track's clock may do to a time, twice.
	tick = time.Millisecond
)

// picturesOf are the kinds of video; the sources are made by ffmpeg.
var picturesOf = []struct {
	name, file, codec string
	sets              fakecam.ParameterSets
	encode            []string
}{
	{"H.264", "h264.mp4", "H.264", fakecam.Both, []string{"-c:v", "libx264", "-preset", "ultrafast", "-bf", "0", "-x264-params", "scenecut=0:slices=2"}},
	{"H.264 B", "h264b.mp4", "H.264", fakecam.Both, []string{"-c:v", "libx264", "-preset", "veryfast", "-bf", "3", "-x264-params", "scenecut=0:open-gop=0:b-pyramid=normal"}},
	{"H.264 SDP", "h264.mp4", "H.264", fakecam.SDPOnly, nil},
	{"H.265", "h265.mp4", "H.265", fakecam.Both, []string{"-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=error:bframes=0:scenecut=0:keyint=30:min-keyint=30"}},
	{"H.265 B", "h265b.mp4", "H.265", fakecam.Both, []string{"-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=error:bframes=3:b-adapt=0:open-gop=0:scenecut=0:keyint=30:min-keyint=30"}},
	{"H.265 SDP", "h265.mp4", "H.265", fakecam.SDPOnly, nil},
}

// soundsOf are the kinds of sound.
var soundsOf = []struct {
	name, file string
	codec      string        // of the exported track, and of the recorded one if that is another
	frame      time.Duration // of one packet
	encode     []string
}{
	{"G.711", "sound.alaw", "FLAC, G.711 A-law", 20 * time.Millisecond, []string{"-ar", "8000", "-ac", "1", "-f", "alaw"}},
	{"AAC", "aac.m4a", "AAC, ", 1024 * time.Second / 48000, []string{"-ar", "48000", "-ac", "1", "-c:a", "aac", "-b:a", "64k"}},
	{"Opus", "opus.mp4", "Opus, ", 20 * time.Millisecond, []string{"-ar", "48000", "-ac", "1", "-c:a", "libopus", "-b:a", "32k"}},
	{"no sound", "", "", 0, nil},
}

// TestStreams records every kind of stream at once, exports it, and lets an
// independent decoder judge.
func TestStreams(t *testing.T) {
	needFFmpeg(t)
	t.Parallel()
	dir := t.TempDir()
	makeSources(t, dir)
	h := startHub(t, t.TempDir())
	keeper := h.claim("keeper")
	var tests []*streamTest
	var ids []string
	for _, v := range picturesOf {
		for _, a := range soundsOf {
			s := &streamTest{name: v.name + ", " + a.name, video: filepath.Join(dir, v.file), codec: v.codec, heard: a.codec, frame: a.frame}
			if a.file != "" {
				s.audio = filepath.Join(dir, a.file)
			}
			s.camera = startCamera(t, fakecam.Options{Name: s.name, Source: fakecam.File{Path: s.video, Audio: s.audio}, ParameterSets: v.sets})
			s.id = keeper.addCamera(map[string]string{"name": s.name, "main": s.camera.MainURL()})
			keeper.overlooks(s.id)
			keeper.plan(s.id, map[string]any{"mode": "events", "sound": true})
			tests, ids = append(tests, s), append(ids, s.id)
		}
	}
	waitLive(t, keeper, ids)
	pause(t, 5*time.Second) // the pre-roll fills in real time
	end := keeper.holdRecording(ids)
	pause(t, streamHold)
	end()
	for _, s := range tests {
		t.Run(s.name, func(t *testing.T) { s.check(t, keeper) })
	}
}

// streamTest is one camera of TestStreams.
type streamTest struct {
	name, id     string
	video, audio string        // the source's files
	codec, heard string        // as the API tells them
	frame        time.Duration // of sound
	camera       *fakecam.Camera
}

func (s *streamTest) check(t *testing.T, keeper *person) {
	keeper = keeper.in(t)
	films := keeper.films(s.id)
	if len(films) != 1 {
		t.Fatalf("%d clips, want one", len(films))
	}
	f := films[0]
	for _, stream := range keeper.camera(s.id).Status.Streams {
		if !strings.Contains(stream.Codec, s.codec) {
			t.Errorf("the API says %q for %s", stream.Codec, s.codec)
		}
	}
	told := ""
	if tracks := f.info.Tracks; len(tracks) > 1 {
		told = tracks[1].Codec + ", " + tracks[1].Recorded
	}
	if len(f.info.Tracks) == 0 || f.info.Tracks[0].Codec != s.codec || told != s.heard {
		t.Errorf("the clip's tracks are %+v, want %q and %q", f.info.Tracks, s.codec, s.heard)
	}
	file := writeFile(t, "clip.mp4", f.mp4)
	defer func() {
		if t.Failed() {
			write(t, filepath.Join(t.ArtifactDir(), "clip.mp4"), f.mp4)
		}
	}()
	frames := marksOf(t, s.name, films)
	contiguous(t, s.name, frames)

	length := duration(t, file)
	if pictures := time.Duration(len(frames)) * time.Second / streamFPS; (length - pictures).Abs() > max(wallWithin, pictures*wallPercent/100) {
		t.Errorf("%v long with %d pictures, which are %v", length, len(frames), pictures)
	}
	wall := f.written.Sub(f.info.Start)
	if !asLong(length, wall) {
		t.Errorf("%v long, recorded in %v", length, wall)
	}
	if length < leastClip {
		t.Errorf("%v long, want at least %v", length, leastClip)
	}
	s.compare(t, file, frames)
	if s.audio == "" {
		return
	}
	flashes, beeps := flashesAndBeeps(t, file)
	if least := int(length/flashEvery) - 1; len(flashes) < least || len(beeps) < least {
		t.Fatalf("%d flashes and %d beeps in %v", len(flashes), len(beeps), length)
	}
	var worst time.Duration
	var offsets []time.Duration
	for _, at := range flashes[1:] { // a clip may begin within the first
		if at > length-flashEvery/4 {
			break // its beep may be behind the end, which silencedetect calls one
		}
		off := nearest(beeps, at)
		offsets = append(offsets, off)
		if off.Abs() > worst.Abs() {
			worst = off
		}
	}
	t.Logf("%v, %d flashes: the sound is off by at most %v", length, len(flashes), worst)
	if worst.Abs() > soundWithin {
		t.Errorf("the sound is %v off the pictures, want at most %v: %v", worst, soundWithin, offsets)
	}
}

// compare asserts start, duration and sync of every picture and frame of sound
// against the source's own packets.
func (s *streamTest) compare(t *testing.T, file string, frames []uint64) {
	t.Helper()
	source, got := packets(t, s.video, "v"), packets(t, file, "v")
	if len(got) != len(frames) {
		t.Fatalf("%d packets with %d marks", len(got), len(frames))
	}
	at := func(i int) (packet, time.Duration) { // a source packet and its start
		n := frames[i] % uint64(len(source))
		return source[n], source[n].pts + time.Duration(frames[i]/uint64(len(source)))*streamLength
	}
	_, first := at(0)
	for i, p := range got {
		want, start := at(i)
		if off := (p.pts - got[0].pts) - (start - first); off.Abs() > tick {
			t.Errorf("picture %d starts %v off", i, off)
		}
		if off := p.duration - want.duration; off.Abs() > tick && i < len(got)-1 {
			t.Errorf("picture %d lasts %v, want %v", i, p.duration, want.duration)
		}
		if p.key != want.key {
			t.Errorf("picture %d: sync %v, want %v", i, p.key, want.key)
		}
	}
	if s.audio == "" {
		return
	}
	sound := packets(t, file, "a")
	if len(sound) == 0 {
		t.Fatal("no sound")
	}
	moved := false // where the source begins again its sound is moved, by half a frame at most
	for i, p := range sound[:len(sound)-1] {
		off := sound[i+1].pts - p.pts - s.frame
		switch {
		case off.Abs() <= tick:
		case off.Abs() <= s.frame/2+tick && !moved:
			moved = true
		default:
			t.Errorf("frame of sound %d lasts %v longer than %v", i, off, s.frame)
		}
		if !p.key {
			t.Errorf("frame of sound %d is not sync", i)
		}
	}
}

// makeSources lets ffmpeg make all files: a moving picture that flashes, and a
// tone that beeps with it.
func makeSources(t *testing.T, dir string) {
	t.Helper()
	length := fmt.Sprint(streamLength.Seconds())
	picture := fmt.Sprintf("testsrc2=size=320x180:rate=%d,drawbox=color=white:t=fill:enable='lt(mod(t+1,2),0.2)'", streamFPS)
	tone := "aevalsrc='0.8*sin(2*PI*1000*t)*lt(mod(t+1,2),0.2)':s=48000"
	for _, v := range picturesOf {
		if v.encode != nil {
			args := append([]string{"-f", "lavfi", "-i", picture, "-t", length, "-pix_fmt", "yuv420p", "-g", "30", "-keyint_min", "30"}, v.encode...)
			ffmpeg(t, append(args, "-video_track_timescale", "90000", filepath.Join(dir, v.file))...)
		}
	}
	for _, a := range soundsOf {
		if a.encode != nil {
			args := append([]string{"-f", "lavfi", "-i", tone, "-t", length}, a.encode...)
			ffmpeg(t, append(args, filepath.Join(dir, a.file))...)
		}
	}
}

func ffmpeg(t *testing.T, args ...string) {
	t.Helper()
	if out, err := exec.Command("ffmpeg", append([]string{"-v", "error", "-y"}, args...)...).CombinedOutput(); err != nil {
		t.Fatalf("ffmpeg: %v\n%s", err, out)
	}
}

var (
	brightness = regexp.MustCompile(`pts_time:([0-9.]+)\s+lavfi\.signalstats\.YAVG=([0-9.]+)`)
	loudAgain  = regexp.MustCompile(`silence_end: ([0-9.]+)`)
)

// flashesAndBeeps are the moments at which the picture turns bright and the
// sound loud, on the file's one timeline.
func flashesAndBeeps(t *testing.T, file string) (flashes, beeps []time.Duration) {
	t.Helper()
	cmd := exec.Command("ffmpeg", "-nostats", "-i", file, "-vf", "signalstats,metadata=print:key=lavfi.signalstats.YAVG:file=-",
		"-af", "silencedetect=noise=-30dB:duration=0.5", "-f", "null", os.DevNull)
	var says strings.Builder
	cmd.Stderr = &says
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("ffmpeg: %v\n%s", err, says.String())
	}
	bright := true
	for _, m := range brightness.FindAllStringSubmatch(string(out), -1) {
		now := seconds(t, m[2]) > 200*time.Second // of 16 to 235
		if now && !bright {
			flashes = append(flashes, seconds(t, m[1]))
		}
		bright = now
	}
	for _, m := range loudAgain.FindAllStringSubmatch(says.String(), -1) {
		beeps = append(beeps, seconds(t, m[1]))
	}
	return flashes, beeps
}

// nearest is how far the nearest of some moments is.
func nearest(list []time.Duration, at time.Duration) time.Duration {
	best := time.Hour
	for _, v := range list {
		if (v - at).Abs() < best.Abs() {
			best = v - at
		}
	}
	return best
}

// asLong says whether a clip is as long as it took to record it (HAZARDS §6.1).
func asLong(length, wall time.Duration) bool {
	within := max(wallWithin, wall*wallPercent/100)
	return length-wall <= within && wall-length <= within+lookedFor
}
