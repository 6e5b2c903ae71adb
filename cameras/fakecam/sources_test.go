package fakecam_test

import (
	"bytes"
	"context"
	"crypto/md5"
	"fmt"
	"image/jpeg"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/bluenviron/gortsplib/v5/pkg/format"

	"lares/cameras/fakecam"
)

// record runs ffmpeg on a moving picture of 1.2 s at 25 per second and on noise,
// no second of which is like another, and returns the file's path.
func record(t *testing.T, name string, args ...string) string {
	t.Helper()
	ffmpeg, err := exec.LookPath("ffmpeg")
	if err != nil {
		t.Skip("ffmpeg is not installed: no file to play")
	}
	path := filepath.Join(t.TempDir(), name)
	args = append(append([]string{
		"-v", "error", "-f", "lavfi", "-i", "testsrc=s=160x120:r=25:d=1.2", "-f", "lavfi", "-i", "anoisesrc=r=48000:d=1.2:seed=1:a=0.1",
		"-x265-params", "log-level=error", "-g", "10", "-preset", "ultrafast",
	}, args...), path)
	if text, err := exec.Command(ffmpeg, args...).CombinedOutput(); err != nil {
		t.Skipf("this ffmpeg cannot make %s: %v: %s", name, err, text)
	}
	return path
}

// probed is one packet of a file as ffprobe sees it.
type probed struct {
	pts  float64 // seconds
	hash string
}

// probe lists the packets of a track, in the order of the file.
func probe(t *testing.T, path, track string) []probed {
	t.Helper()
	ffprobe, err := exec.LookPath("ffprobe")
	if err != nil {
		t.Skip("ffprobe is not installed: nothing to compare with")
	}
	text, err := exec.Command(ffprobe, "-v", "error", "-select_streams", track, "-show_data_hash", "md5",
		"-show_entries", "packet=pts_time,data_hash", "-of", "csv=p=0", path).Output()
	if err != nil {
		t.Fatal(err)
	}
	var out []probed
	for line := range strings.Lines(string(text)) {
		fields := strings.Split(strings.TrimSpace(line), ",")
		if len(fields) < 2 || fields[0] == "" { // side data has lines of its own
			continue
		}
		pts, err := strconv.ParseFloat(fields[0], 64)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, probed{pts: pts, hash: strings.TrimPrefix(fields[1], "MD5:")})
	}
	return out
}

const (
	filePictures = 30
	fileSpan     = 1.2 // seconds
)

// TestFileSources plays each kind of file for more than one round and compares
// it with what ffprobe sees in it.
func TestFileSources(t *testing.T) {
	cases := []struct {
		name string
		args string
		path string
		l    *listener
	}{
		{name: "h264-b-aac.mp4", args: "-c:v libx264 -bf 2 -c:a aac"},
		{name: "h264-slices-pcma.mov", args: "-c:v libx264 -x264-params slices=4 -c:a pcm_alaw -ar 8000 -ac 1"},
		{name: "h264-b-pcmu.mov", args: "-c:v libx264 -bf 2 -c:a pcm_mulaw -ar 16000 -ac 2"},
		{name: "h264-late-sound.mp4", args: "-c:v libx264 -bf 2 -c:a aac -af asetpts=PTS+0.3/TB"},
		{name: "h265-b-opus.mp4", args: "-c:v libx265 -bf 2 -c:a libopus"},
		{name: "h265-hvc1.mp4", args: "-c:v libx265 -tag:v hvc1 -an"},
		{name: "h265-fragments.mp4", args: "-c:v libx265 -bf 2 -c:a libopus -movflags +frag_keyframe+delay_moov+default_base_moof"},
		{name: "mjpeg-aac.mp4", args: "-c:v mjpeg -huffman default -pix_fmt yuvj420p -c:a aac"},
		{name: "mjpeg-422.mov", args: "-c:v mjpeg -pix_fmt yuvj422p -c:a pcm_alaw -ar 8000 -ac 1"},
	}
	var urls []string // all play at once; start counts goroutines, so listen later
	for i := range cases {
		c := &cases[i]
		c.path = record(t, c.name, strings.Fields(c.args)...)
		urls = append(urls, start(t, fakecam.Options{Name: c.name, Source: fakecam.File{Path: c.path}}).MainURL())
	}
	for i := range cases {
		cases[i].l = listen(t, urls[i])
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			compareVideo(t, c.l, c.path, c.name)
			if !strings.Contains(c.args, "-an") {
				compareSound(t, c.l, c.path)
			}
		})
	}
}

// compareVideo checks marks, times and contents of 40 pictures.
func compareVideo(t *testing.T, l *listener, path, name string) {
	t.Helper()
	pics := l.await(t, filePictures*4/3)
	file := probe(t, path, "v:0")
	if len(file) != filePictures {
		t.Fatalf("%d pictures in the file", len(file))
	}
	for i, p := range pics {
		if want := (fakecam.Mark{Name: fakecam.MarkName(name), Frame: pics[0].mark.Frame + uint64(i)}); p.mark != want {
			t.Fatalf("picture %d carries %x, not %x", i, p.mark, want)
		}
		at := func(p shown) float64 {
			return file[p.mark.Frame%filePictures].pts + float64(p.mark.Frame/filePictures)*fileSpan
		}
		want, got := at(p)-at(pics[0]), float64(int32(p.time-pics[0].time))/90000
		if math.Abs(want-got) > 0.0005 {
			t.Errorf("picture %d is to be shown after %.4f s, not %.4f s", i, got, want)
		}
	}
	decodeAll(t, l, pics)
}

// decodeAll gives pictures from the first one that a stream can begin with to
// an independent decoder.
func decodeAll(t *testing.T, l *listener, pics []shown) {
	t.Helper()
	var stream []byte
	kind := "h264"
	for _, p := range pics {
		switch l.video.Formats[0].(type) {
		case *format.MJPEG:
			img, err := jpeg.Decode(bytes.NewReader(p.units[0]))
			if err != nil || img.Bounds().Dx() != 160 || img.Bounds().Dy() != 120 {
				t.Fatalf("frame %d: %v", p.mark.Frame, err)
			}
			continue
		case *format.H265:
			kind = "hevc"
		}
		if len(stream) == 0 && !slices.ContainsFunc(p.units, func(u []byte) bool {
			return kind == "h264" && u[0]&0x1f == 7 || kind == "hevc" && u[0]>>1 == 33
		}) {
			continue
		}
		for _, u := range p.units {
			stream = append(append(stream, 0, 0, 0, 1), u...)
		}
	}
	if _, ok := l.video.Formats[0].(*format.MJPEG); ok {
		return
	}
	if got := len(decodeAs(t, kind, stream)) / (160 * 120 * 3 / 2); got < len(pics)/2 {
		t.Errorf("only %d of %d pictures decoded", got, len(pics))
	}
}

// compareSound checks that the sound goes on without a gap and lies against
// the pictures as in the file.
func compareSound(t *testing.T, l *listener, path string) {
	t.Helper()
	times := soundTimes(t, l, path)
	pics, sound := l.pictures(t), l.got(l.sound)
	file := probe(t, path, "v:0")
	rate := float64(l.sound.Formats[0].ClockRate())
	first := uint64(0)
	compared := 0
	for i, p := range sound {
		if i > 0 {
			step, length := p.Timestamp-sound[i-1].Timestamp, soundTicks(t, l, sound[i-1])
			late := strings.Contains(path, "late") && step > length && step <= length+uint32(0.3*rate)
			if step != length && !late {
				t.Errorf("%d ticks from sound %d to the next, not %d", step, i-1, length)
			}
		}
		pts, ok := times(p)
		if !ok {
			continue
		}
		got, err := l.wall(l.sound, p.Timestamp)
		if err != nil {
			t.Fatal(err)
		}
		zero, err := l.wall(l.video, pics[0].time)
		if err != nil {
			t.Fatal(err)
		}
		first = pics[0].mark.Frame
		zeroAt := file[first%filePictures].pts + float64(first/filePictures)*fileSpan
		offset := (got - zero).Seconds() + zeroAt - pts // of a round, if not 0
		round := math.Round(offset / fileSpan)
		offset -= round * fileSpan
		limit := 0.001
		if round > 0 {
			limit += float64(soundTicks(t, l, p)) / rate / 2
		}
		if compared++; math.Abs(offset) > limit {
			t.Errorf("sound %d of round %v is %.4f s away from its place", i, round, offset)
		}
	}
	if compared < len(sound)/2 || compared < 20 {
		t.Errorf("only %d of %d sounds were found in the file", compared, len(sound))
	}
}

// soundTicks is how long a packet of sound is.
func soundTicks(t *testing.T, l *listener, p arrival) uint32 {
	t.Helper()
	switch f := l.sound.Formats[0].(type) {
	case *format.MPEG4Audio:
		return 1024
	case *format.Opus:
		return 960
	case *format.G711:
		return uint32(len(p.Payload) / f.ChannelCount)
	}
	t.Fatalf("sound of format %T", l.sound.Formats[0])
	return 0
}

// soundTimes finds a packet of sound in the file, in seconds.
func soundTimes(t *testing.T, l *listener, path string) func(arrival) (float64, bool) {
	t.Helper()
	if f, ok := l.sound.Formats[0].(*format.G711); ok {
		kind := "alaw"
		if f.MULaw {
			kind = "mulaw"
		}
		raw, err := exec.Command("ffmpeg", "-v", "error", "-i", path, "-vn", "-c:a", "copy", "-f", kind, "-").Output()
		if err != nil {
			t.Fatal(err)
		}
		return func(p arrival) (float64, bool) {
			i := bytes.Index(raw, p.Payload)
			return float64(i/f.ChannelCount) / float64(f.SampleRate), i >= 0
		}
	}
	byHash := map[string]float64{}
	for _, p := range probe(t, path, "a:0") {
		byHash[p.hash] = p.pts
	}
	head := 0
	if _, ok := l.sound.Formats[0].(*format.MPEG4Audio); ok {
		head = 4 // the AU header section (RFC 3640 §3.2.1)
	}
	return func(p arrival) (float64, bool) {
		if len(p.Payload) < head {
			return 0, false
		}
		pts, ok := byHash[fmt.Sprintf("%x", md5.Sum(p.Payload[head:]))]
		return pts, ok
	}
}

// TestByteStream plays Annex B files beside bare G.711.
func TestByteStream(t *testing.T) {
	alaw := record(t, "sound.alaw", "-vn", "-ar", "8000", "-ac", "1", "-f", "alaw")
	for _, c := range []struct{ name, args string }{
		{"plain.264", "-an -c:v libx264 -bf 0 -x264-params slices=3:aud=1 -f h264"},
		{"plain.h265", "-an -c:v libx265 -bf 0 -f hevc"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := record(t, c.name, strings.Fields(c.args)...)
			cam := start(t, fakecam.Options{Name: "Bytes", Source: fakecam.File{Path: path, FPS: 25, Audio: alaw}})
			l := listen(t, cam.MainURL())
			pics := l.await(t, filePictures*4/3)
			for i, p := range pics {
				if p.mark.Frame != pics[0].mark.Frame+uint64(i) || p.time-pics[0].time != uint32(i)*3600 {
					t.Errorf("picture %d: mark %d, time %d", i, p.mark.Frame, p.time-pics[0].time)
				}
			}
			decodeAll(t, l, pics)
			sound := l.got(l.sound)
			if f, ok := l.sound.Formats[0].(*format.G711); !ok || f.MULaw || len(sound) < 50 || len(sound[0].Payload) != 160 {
				t.Errorf("%d packets of sound, format %+v", len(sound), l.sound.Formats[0])
			}
		})
	}
	for _, c := range []struct{ name, args string }{
		{"b.264", "-an -c:v libx264 -preset fast -bf 2 -f h264"},
		{"b.h265", "-an -c:v libx265 -preset fast -bf 2 -f hevc"},
		{"sound.mp4", "-vn -c:a aac"},
	} {
		path := record(t, c.name, strings.Fields(c.args)...)
		if cam, err := fakecam.Start(context.Background(), fakecam.Options{Name: "x", Source: fakecam.File{Path: path}}); err == nil {
			cam.Close()
			t.Errorf("%s was accepted", c.name)
		} else {
			t.Log(err)
		}
	}
}

// TestParameterSets looks where the parameter sets are told.
func TestParameterSets(t *testing.T) {
	h264 := record(t, "h264.mp4", "-an", "-c:v", "libx264")
	h265 := record(t, "h265.mp4", "-an", "-c:v", "libx265", "-x265-params", "log-level=error:repeat-headers=1")
	cases := []struct {
		name string
		file string
		told fakecam.ParameterSets
		l    *listener
	}{
		{name: "card", told: fakecam.Both}, {name: "card described", told: fakecam.SDPOnly}, {name: "card in band", told: fakecam.InBandOnly},
		{name: "h264", file: h264, told: fakecam.Both}, {name: "h264 described", file: h264, told: fakecam.SDPOnly}, {name: "h264 in band", file: h264, told: fakecam.InBandOnly},
		{name: "h265", file: h265, told: fakecam.Both}, {name: "h265 described", file: h265, told: fakecam.SDPOnly}, {name: "h265 in band", file: h265, told: fakecam.InBandOnly},
	}
	var urls []string
	for i := range cases {
		o := fakecam.Options{Name: "Sets", ParameterSets: cases[i].told}
		if cases[i].file != "" {
			o.Source = fakecam.File{Path: cases[i].file}
		}
		urls = append(urls, start(t, o).MainURL())
	}
	for i := range cases {
		cases[i].l = listen(t, urls[i])
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			pics := c.l.await(t, 30)
			var described, band bool
			isParam := func(u []byte) bool { return u[0]&0x1f == 7 || u[0]&0x1f == 8 }
			switch f := c.l.video.Formats[0].(type) {
			case *format.H264:
				described = f.SPS != nil && f.PPS != nil
			case *format.H265:
				described = f.VPS != nil && f.SPS != nil && f.PPS != nil
				isParam = func(u []byte) bool { return u[0]>>1 >= 32 && u[0]>>1 <= 34 }
			}
			for _, p := range pics {
				band = band || slices.ContainsFunc(p.units, isParam)
			}
			if described != (c.told != fakecam.InBandOnly) || band != (c.told != fakecam.SDPOnly) {
				t.Errorf("described %t, in band %t", described, band)
			}
		})
	}
}

// decodeAs gives a byte stream to ffmpeg, which must not complain.
func decodeAs(t *testing.T, kind string, stream []byte) []byte {
	t.Helper()
	dir := t.TempDir()
	in, out := filepath.Join(dir, "in"), filepath.Join(dir, "out.yuv")
	if err := os.WriteFile(in, stream, 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	text, err := exec.CommandContext(ctx, "ffmpeg", "-v", "error", "-xerror", "-f", kind, "-i", in,
		"-fps_mode", "passthrough", "-f", "rawvideo", "-pix_fmt", "yuv420p", out).CombinedOutput()
	if err != nil || len(text) > 0 {
		t.Fatalf("ffmpeg: %v: %s", err, text)
	}
	raw, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}
