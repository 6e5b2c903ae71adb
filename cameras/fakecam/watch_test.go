package fakecam_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/bluenviron/gortsplib/v5"
	"github.com/bluenviron/gortsplib/v5/pkg/base"
	"github.com/bluenviron/gortsplib/v5/pkg/format"
	"github.com/pion/rtcp"
	"github.com/pion/rtp"

	"lares/cameras/fakecam"
)

const (
	user     = "admin"
	password = "sesame open"
	patience = 30 * time.Second
)

// start runs a camera for one test and fails it if a goroutine survives.
func start(t *testing.T, o fakecam.Options) *fakecam.Camera {
	t.Helper()
	before := runtime.NumGoroutine()
	o.Username, o.Password = user, password
	c, err := fakecam.Start(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.Close()
		eventually(t, "all goroutines to end", func() bool { return runtime.NumGoroutine() <= before })
	})
	return c
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			buf := make([]byte, 1<<20)
			t.Fatalf("waited in vain for %s\n%s", what, buf[:runtime.Stack(buf, true)])
		}
	}
}

// picture is one access unit as it arrived.
type picture struct {
	units [][]byte
	pts   int64
	ntp   time.Time // zero before the first sender report
	at    time.Time
	mark  fakecam.Mark
	sync  bool
}

// watcher is an independent RTSP client of one stream.
type watcher struct {
	client   *gortsplib.Client
	pictures chan picture
	sound    chan *rtp.Packet
	video    *format.H264
	reports  atomic.Int64 // RTCP packets
}

// watch opens a stream; wrong credentials are an error.
func watch(t *testing.T, url, pass string) (*watcher, error) {
	t.Helper()
	u, err := base.ParseURL(strings.Replace(url, "rtsp://", "rtsp://"+user+":"+strings.ReplaceAll(pass, " ", "%20")+"@", 1))
	if err != nil {
		t.Fatal(err)
	}
	tcp := gortsplib.ProtocolTCP
	w := &watcher{pictures: make(chan picture, 1000), sound: make(chan *rtp.Packet, 1000)}
	w.client = &gortsplib.Client{Scheme: u.Scheme, Host: u.Host, Protocol: &tcp, ReadTimeout: patience}
	if err := w.client.Start(); err != nil {
		return nil, err
	}
	t.Cleanup(w.client.Close)
	if err := w.setup(u); err != nil {
		w.client.Close()
		return nil, err
	}
	return w, nil
}

func (w *watcher) setup(u *base.URL) error {
	d, _, err := w.client.Describe(u)
	if err != nil {
		return err
	}
	m := d.FindFormat(&w.video)
	if m == nil {
		return errors.New("no video")
	}
	if err := w.client.SetupAll(d.BaseURL, d.Medias); err != nil {
		return err
	}
	dec, err := w.video.CreateDecoder()
	if err != nil {
		return err
	}
	w.client.OnPacketRTP(m, w.video, func(p *rtp.Packet) {
		pts, _ := w.client.PacketPTS(m, p) // wants to see every packet
		units, err := dec.Decode(p)
		if err != nil { // mostly: more packets needed
			return
		}
		pic := picture{units: units, pts: pts, at: time.Now()}
		pic.ntp, _ = w.client.PacketNTP(m, p)
		pic.mark, _ = fakecam.FindMark(avcc(units))
		for _, u := range units {
			pic.sync = pic.sync || len(u) > 0 && u[0]&0x1f == 5
		}
		select {
		case w.pictures <- pic:
		default:
		}
	})
	w.client.OnPacketRTCP(m, func(rtcp.Packet) { w.reports.Add(1) })
	var sound *format.MPEG4Audio
	if m := d.FindFormat(&sound); m != nil {
		w.client.OnPacketRTP(m, sound, func(p *rtp.Packet) {
			select {
			case w.sound <- p:
			default:
			}
		})
	}
	_, err = w.client.Play(nil)
	return err
}

// take waits for n pictures, the first of which is an IDR.
func (w *watcher) take(t *testing.T, n int) []picture {
	t.Helper()
	var got []picture
	timeout := time.After(patience + time.Duration(n)*200*time.Millisecond)
	for len(got) < n {
		select {
		case p := <-w.pictures:
			if len(got) > 0 || p.sync {
				got = append(got, p)
			}
		case <-timeout:
			t.Fatalf("%d pictures came, not %d", len(got), n)
		}
	}
	return got
}

// still waits until no picture has come for d.
func (w *watcher) still(t *testing.T, d time.Duration) {
	t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); {
		select {
		case <-w.pictures:
		case <-time.After(d):
			return
		}
	}
	t.Fatal("pictures go on")
}

func avcc(units [][]byte) []byte {
	var b []byte
	for _, u := range units {
		b = binary.BigEndian.AppendUint32(b, uint32(len(u)))
		b = append(b, u...)
	}
	return b
}

// annexB is the byte stream format (ITU-T H.264 §B.1).
func annexB(pics []picture) []byte {
	var b []byte
	for _, p := range pics {
		for _, u := range p.units {
			b = append(append(b, 0, 0, 0, 1), u...)
		}
	}
	return b
}

// decode gives a byte stream to ffmpeg, which must not complain, and returns
// the decoded pictures as raw 4:2:0.
func decode(t *testing.T, stream []byte) []byte {
	t.Helper()
	ffmpeg, err := exec.LookPath("ffmpeg")
	if err != nil {
		t.Skip("ffmpeg is not installed: nothing independent to decode with")
	}
	dir := t.TempDir()
	in, out := filepath.Join(dir, "in.h264"), filepath.Join(dir, "out.yuv")
	if err := os.WriteFile(in, stream, 0o600); err != nil {
		t.Fatal(err)
	}
	text, err := exec.Command(ffmpeg, "-v", "error", "-xerror", "-f", "h264", "-i", in,
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

// syncBuffer is a buffer for one writer and one reader.
type syncBuffer struct {
	mu sync.Mutex // guards b
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}
