package fakecam_test

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"lares/cameras/fakecam"
)

func TestBuiltinClip(t *testing.T) {
	const n = 50
	c := start(t, fakecam.Options{Name: "Path", Source: fakecam.BuiltinClip{}, Audio: true})
	main, err := watch(t, c.MainURL(), password)
	if err != nil {
		t.Fatal(err)
	}
	sub, err := watch(t, c.SubURL(), password)
	if err != nil {
		t.Fatal(err)
	}
	for w, frame := range map[*watcher]int{main: 640 * 480 * 3 / 2, sub: 320 * 240 * 3 / 2} {
		pics := w.take(t, n)
		consecutive(t, pics, "Path")
		if got := len(decode(t, annexB(pics))); got != n*frame {
			t.Errorf("%d bytes decoded, not %d pictures of %d", got, n, frame)
		}
		if len(w.sound) == 0 {
			t.Error("no sound came")
		}
	}
}

// makeClip makes a file of 1.2 s with B pictures and sound.
func makeClip(t *testing.T, name string, args ...string) string {
	t.Helper()
	ffmpeg, err := exec.LookPath("ffmpeg")
	if err != nil {
		t.Skip("ffmpeg is not installed: no MP4 file to play")
	}
	path := filepath.Join(t.TempDir(), name)
	args = append([]string{
		"-v", "error", "-f", "lavfi", "-i", "testsrc=s=320x240:r=25:d=1.2", "-f", "lavfi", "-i", "sine=r=48000:d=1.5",
		"-c:v", "libx264", "-preset", "ultrafast", "-bf", "2", "-g", "10", "-c:a", "aac",
	}, append(args, path)...)
	if text, err := exec.Command(ffmpeg, args...).CombinedOutput(); err != nil {
		t.Skipf("this ffmpeg cannot make the clip: %v: %s", err, text)
	}
	return path
}

func TestFileLoops(t *testing.T) {
	for name, path := range map[string]string{
		"progressive": makeClip(t, "progressive.mp4"),
		"faststart":   makeClip(t, "faststart.mp4", "-movflags", "+faststart"),
		"fragmented":  makeClip(t, "fragmented.mp4", "-movflags", "+frag_keyframe+empty_moov+default_base_moof"),
	} {
		t.Run(name, func(t *testing.T) {
			const n = 45 // one and a half rounds
			c := start(t, fakecam.Options{Name: "File", Source: fakecam.File{Path: path}})
			w, err := watch(t, c.MainURL(), password)
			if err != nil {
				t.Fatal(err)
			}
			pics := w.take(t, n)
			consecutive(t, pics, "File")
			shown := map[int64]bool{}
			for i, p := range pics {
				if i > 0 && p.sync && p.pts <= pics[i-1].pts {
					t.Errorf("picture %d goes back in time", i)
				}
				shown[(p.pts-pics[0].pts)/3600] = true // 25 per second
			}
			for slot := int64(0); slot < n-3; slot++ {
				if !shown[slot] {
					t.Errorf("nothing is shown in slot %d", slot)
				}
			}
			if len(w.sound) < 60 {
				t.Errorf("only %d packets of sound", len(w.sound))
			}
			decode(t, annexB(pics))
		})
	}
}

func TestBadFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bad.mp4")
	for _, content := range []string{"", "not an MP4 file", "\x00\x00\x00\x10ftypisom\x00\x00\x00\x00"} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if c, err := fakecam.Start(context.Background(), fakecam.Options{Name: "x", Source: fakecam.File{Path: path}}); err == nil {
			c.Close()
			t.Errorf("%q was accepted", content)
		}
	}
	if c, err := fakecam.Start(context.Background(), fakecam.Options{Name: "x", Source: fakecam.File{Path: path + "x"}}); err == nil {
		c.Close()
		t.Error("an absent file was accepted")
	}
}

func TestCommand(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var out syncBuffer
	done := make(chan error, 1)
	go func() {
		done <- fakecam.Main(ctx, strings.Fields("-name Shed -listen 127.0.0.1:0 -http 127.0.0.1:0 -user admin -audio -motion-every 10s"), &out)
	}()
	line := regexp.MustCompile(`(?m)^onvif http://\S+$`)
	eventually(t, "the addresses", func() bool { return line.MatchString(out.String()) })
	cancel()
	select {
	case err := <-done:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(patience):
		t.Fatal("the command did not end")
	}
	for _, args := range []string{"-fault flood", "-nonsense", "extra", "-motion-every 1ms", "-source /nowhere.mp4 -listen 127.0.0.1:0 -http 127.0.0.1:0"} {
		if err := fakecam.Main(context.Background(), strings.Fields(args), &bytes.Buffer{}); err == nil {
			t.Errorf("%q was accepted", args)
		}
	}
	if err := fakecam.Main(context.Background(), []string{"-help"}, &out); err != nil || !strings.Contains(out.String(), "-motion-every") {
		t.Errorf("help: %v", err)
	}
}

// TestPortTaken: starting fails without leftovers.
func TestPortTaken(t *testing.T) {
	c := start(t, fakecam.Options{Name: "First"})
	addr := host(t, c)
	for _, o := range []fakecam.Options{{Name: "Second", Addr: addr}, {Name: "Second", HTTPAddr: addr}, {}} {
		if second, err := fakecam.Start(context.Background(), o); err == nil {
			second.Close()
			t.Errorf("%+v started", o)
		}
	}
}
