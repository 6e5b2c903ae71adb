package worker

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/bluenviron/gortsplib/v5/pkg/format"
	"github.com/pion/rtp"

	"lares/cameras/media"
)

// footage is a stream as an encoder made it: access units in the order of
// decoding, and when each is shown.
type footage struct {
	codec media.Codec
	units [][][]byte // NAL units
	pts   []uint32   // 90 kHz
	file  string
}

func needFFmpeg(t testing.TB) {
	t.Helper()
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		t.Skip("skipped: ffmpeg is not installed")
	}
}

func ffmpeg(t testing.TB, in []byte, args ...string) (out, messages []byte) {
	t.Helper()
	c := exec.Command("ffmpeg", append([]string{"-v", "error", "-nostdin"}, args...)...)
	if in != nil {
		c.Args[3] = "-y"
		c.Stdin = bytes.NewReader(in)
	}
	var o, e bytes.Buffer
	c.Stdout, c.Stderr = &o, &e
	if err := c.Run(); err != nil {
		t.Fatalf("ffmpeg %v: %v\n%s", args, err, e.Bytes())
	}
	return o.Bytes(), e.Bytes()
}

// film encodes a moving test picture of the given size and number of pictures.
func film(t testing.TB, codec media.Codec, size string, pictures int, options ...string) *footage {
	t.Helper()
	needFFmpeg(t)
	name := filepath.Join(t.TempDir(), "film.mp4")
	lib := "libx264"
	if codec == media.H265 {
		lib = "libx265"
		options = append(options, "-tag:v", "hvc1")
	}
	args := append([]string{"-f", "lavfi", "-i", "testsrc2=rate=15:size=" + size, "-frames:v", strconv.Itoa(pictures), "-pix_fmt", "yuv420p", "-c:v", lib, "-preset", "ultrafast"}, options...)
	ffmpeg(t, nil, append(args, name)...)
	return open(t, codec, name)
}

// open reads a file: MP4, or a byte stream of 10 pictures a second.
func open(t testing.TB, codec media.Codec, name string) *footage {
	t.Helper()
	needFFmpeg(t)
	raw, filter := "h264", "h264_metadata=aud=insert"
	if codec == media.H265 {
		raw, filter = "hevc", "hevc_metadata=aud=insert"
	}
	var in []string
	if filepath.Ext(name) != ".mp4" {
		in = []string{"-r", "10", "-f", raw}
	} else {
		filter = map[string]string{"h264": "h264_mp4toannexb,", "hevc": "hevc_mp4toannexb,"}[raw] + filter
	}
	in = append(in, "-i", name)
	stream, _ := ffmpeg(t, nil, append(in, "-map", "0:v:0", "-c", "copy", "-bsf:v", filter, "-f", raw, "-")...)
	f := &footage{codec: codec, file: name}
	for _, n := range bytes.Split(bytes.ReplaceAll(stream, []byte{0, 0, 0, 1}, []byte{0, 0, 1}), []byte{0, 0, 1}) {
		switch {
		case len(n) == 0:
		case codec == media.H264 && n[0]&0x1f == nalDelimiter, codec == media.H265 && hevcType(n) == 35:
			f.units = append(f.units, nil)
		default:
			last := len(f.units) - 1
			f.units[last] = append(f.units[last], n)
		}
	}
	if filepath.Ext(name) != ".mp4" {
		for i := range f.units {
			f.pts = append(f.pts, uint32(i*9000))
		}
		return f
	}
	out, err := exec.Command("ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries", "packet=pts_time", "-of", "csv=p=0", name).Output()
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(out)) {
		s, err := strconv.ParseFloat(strings.Trim(line, ",\r\n"), 64)
		if err != nil {
			t.Fatal(err)
		}
		f.pts = append(f.pts, uint32(s*90_000+0.5))
	}
	if len(f.pts) != len(f.units) || len(f.pts) == 0 {
		t.Fatalf("%d access units, %d times", len(f.units), len(f.pts))
	}
	return f
}

// footageOf opens a recording that may be absent.
func footageOf(t testing.TB, name string) *footage {
	t.Helper()
	if _, err := os.Stat(name); err != nil {
		t.Skipf("skipped: %s is absent", name)
	}
	if filepath.Ext(name) == ".265" {
		return open(t, media.H265, name)
	}
	return open(t, media.H264, name)
}

func (f *footage) format() format.Format {
	if f.codec == media.H265 {
		return &format.H265{PayloadTyp: 96}
	}
	return &format.H264{PayloadTyp: 96, PacketizationMode: 1}
}

// isSet tells the parameter sets of a codec.
func (f *footage) isSet(n []byte) bool {
	if f.codec == media.H265 {
		return hevcType(n) >= hevcVPS && hevcType(n) <= hevcPPS
	}
	return n[0]&0x1f == nalSPS || n[0]&0x1f == nalPPS
}

// packets are those of each access unit, made by the library's encoder.
func (f *footage) packets(t testing.TB, max int) (out [][]*rtp.Packet) {
	t.Helper()
	var encode func([][]byte) ([]*rtp.Packet, error)
	switch f := f.format().(type) {
	case *format.H264:
		e, err := f.CreateEncoder()
		if err != nil {
			t.Fatal(err)
		}
		e.PayloadMaxSize, encode = max, e.Encode
	case *format.H265:
		e, err := f.CreateEncoder()
		if err != nil {
			t.Fatal(err)
		}
		e.PayloadMaxSize, encode = max, e.Encode
	}
	for i, u := range f.units {
		ps, err := encode(u)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range ps {
			p.Timestamp = f.pts[i] + 1_000_000
		}
		out = append(out, ps)
	}
	return out
}

// play sends all packets, each access unit when it is due.
func (r *rig) play(units [][]*rtp.Packet) {
	for _, ps := range units {
		r.now += time.Second / 15
		r.send(ps...)
	}
}

// byteStream makes a byte stream of units, with the parameter sets of the
// configuration in force at each.
func byteStream(t testing.TB, units []media.AccessUnit) (out []byte) {
	t.Helper()
	for _, u := range units {
		if u.Type == media.UnitConfig {
			_, _, configs := parted(t, []media.AccessUnit{u})
			v, _ := configs[0].Video()
			for _, n := range setsOf(t, v) {
				out = append(append(out, startCode...), n...)
			}
		}
		if u.Type != media.UnitVideo {
			continue
		}
		for b := u.Data; len(b) > 0; {
			n := int(binary.BigEndian.Uint32(b))
			out = append(append(out, startCode...), b[4:4+n]...)
			b = b[4+n:]
		}
	}
	return out
}

// setsOf reads the parameter sets out of an avcC or hvcC.
func setsOf(t testing.TB, v media.Track) (sets [][]byte) {
	t.Helper()
	take := func(b []byte, n int) []byte {
		for range n {
			l := int(binary.BigEndian.Uint16(b))
			sets = append(sets, b[2:2+l])
			b = b[2+l:]
		}
		return b
	}
	c := v.Config
	if v.Codec == media.H264 {
		rest := take(c[6:], int(c[5]&0x1f))
		take(rest[1:], int(rest[0]))
		return sets
	}
	rest := c[23:]
	for range c[22] {
		rest = take(rest[3:], int(binary.BigEndian.Uint16(rest[1:])))
	}
	if len(rest) != 0 {
		t.Fatalf("%d bytes behind the arrays of the hvcC", len(rest))
	}
	return sets
}

// sums are the checksums of decoded pictures in the order they are shown.
func sums(t testing.TB, codec media.Codec, stream []byte) []string {
	t.Helper()
	raw := "h264"
	if codec == media.H265 {
		raw = "hevc"
	}
	name := filepath.Join(t.TempDir(), "stream")
	if err := os.WriteFile(name, stream, 0o600); err != nil {
		t.Fatal(err)
	}
	out, messages := ffmpeg(t, nil, "-xerror", "-f", raw, "-i", name, "-f", "framemd5", "-")
	if len(messages) > 0 {
		t.Errorf("the decoder says: %s", messages)
	}
	var all []string
	for line := range strings.Lines(string(out)) {
		if !strings.HasPrefix(line, "#") {
			fields := strings.Split(line, ",")
			all = append(all, strings.TrimSpace(fields[len(fields)-1]))
		}
	}
	return all
}

func (f *footage) stream() (out []byte) {
	for _, u := range f.units {
		for _, n := range u {
			out = append(append(out, startCode...), n...)
		}
	}
	return out
}

// checkTimes demands times that rise, and pictures shown at the camera's times.
func checkTimes(t *testing.T, video []media.AccessUnit, pts []uint32) {
	t.Helper()
	if len(video) != len(pts) {
		t.Fatalf("%d pictures of %d", len(video), len(pts))
	}
	for i, u := range video {
		if i > 0 && u.DTS <= video[i-1].DTS {
			t.Fatalf("picture %d is decoded at %d, the one before at %d", i, u.DTS, video[i-1].DTS)
		}
		if u.DTS > u.PTS {
			t.Fatalf("picture %d is decoded at %d and shown at %d", i, u.DTS, u.PTS)
		}
		if got, want := u.PTS-video[0].PTS, int64(pts[i])-int64(pts[0]); got != want {
			t.Fatalf("picture %d is shown at %d, want %d", i, got, want)
		}
	}
}

// Each stream goes through packets and comes out as the same pictures.
func TestStreamsOfEncoders(t *testing.T) {
	x264 := func(p string, more ...string) []string {
		return append([]string{"-g", "15", "-x264-params", p}, more...)
	}
	x265 := func(p string) []string { return []string{"-g", "15", "-x265-params", "log-level=none:" + p} }
	for name, c := range map[string]struct {
		codec   media.Codec
		options []string
		mime    string
	}{
		"H.264 plain":              {media.H264, x264("bframes=0"), "avc1.42c0"},
		"H.264 B pictures":         {media.H264, x264("bframes=3:b-adapt=0:b-pyramid=normal:cabac=1"), "avc1.4d40"},
		"H.264 slices":             {media.H264, x264("slices=4:bframes=2:b-adapt=0"), "avc1.4d40"},
		"H.264 interlaced":         {media.H264, append(x264("tff=1:bframes=2:b-adapt=0"), "-flags", "+ildct+ilme"), "avc1.4d40"},
		"H.264 many slices":        {media.H264, x264("slices=40"), "avc1."},
		"H.265 plain":              {media.H265, x265("bframes=0"), "hvc1.1.6.L60.90"},
		"H.265 B pictures":         {media.H265, x265("bframes=3:b-adapt=0:b-pyramid=1"), "hvc1.1.6.L60.90"},
		"H.265 slices":             {media.H265, x265("slices=4:bframes=2:b-adapt=0"), "hvc1.1.6.L60.90"},
		"H.265 open groups":        {media.H265, x265("bframes=3:b-adapt=0:open-gop=1"), "hvc1.1.6.L60.90"},
		"H.265 10 bit constraints": {media.H265, append(x265("bframes=0"), "-pix_fmt", "yuv420p10le"), "hvc1.2.4.L60.90"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := film(t, c.codec, "426x240", 60, c.options...)
			want := sums(t, c.codec, f.stream())
			for _, size := range []int{1450, 200, 65_000} {
				r := newRig(t, offer(t, f.format()))
				r.play(f.packets(t, size))
				all := r.units()
				video, _, configs := parted(t, all)
				checkTimes(t, video, f.pts)
				if len(configs) != 1 {
					t.Fatalf("%d configurations", len(configs))
				}
				v, _ := configs[0].Video()
				if v.Codec != c.codec || v.Width != 426 || v.Height != 240 || v.ClockRate != 90_000 || !strings.HasPrefix(v.MIME, c.mime) {
					t.Errorf("%v %d×%d %s", v.Codec, v.Width, v.Height, v.MIME)
				}
				if got := sums(t, c.codec, byteStream(t, all)); fmt.Sprint(got) != fmt.Sprint(want) {
					t.Errorf("packets of %d bytes: other pictures came out", size)
				}
			}
		})
	}
}

// Where an SPS does not tell how many pictures are reordered, the times come out
// right all the same.
func TestCountedOrder(t *testing.T) {
	f := film(t, media.H264, "320x180", 60, groups(media.H264, ":b-pyramid=normal")...)
	var sps []byte
	var o *decodingTime
	for i, u := range f.units {
		var rest [][]byte
		sync := false
		for _, n := range u {
			if n[0]&0x1f == nalSPS {
				sps = n
			} else if !f.isSet(n) {
				rest = append(rest, n)
				sync = sync || n[0]&0x1f == nalIDR
			}
		}
		if o == nil {
			o = newCountingOrder(sps, 0)
		}
		pts := int64(f.pts[i]) + 90_000
		last := o.last
		if p, dts := o.next(pts, lengths(rest...), sync); p != pts || dts > p || dts <= last {
			t.Errorf("picture %d, shown at %d: %d/%d after %d", i, pts, p, dts, last)
		}
	}
}
