package fakecam

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// planes draws cells as the 4:2:0 picture a decoder must output.
func (e *coder) planes(cells []cell) []byte {
	c := e.card
	at := func(x, y int) yuv {
		cl := cells[y/cellSize*c.cols+x/cellSize]
		if cl.dot(x%cellSize, y%cellSize) {
			return e.colours[cl.ink]
		}
		return e.colours[cl.paper]
	}
	var b, u, v []byte
	for y := range c.height {
		for x := range c.width {
			b = append(b, at(x, y).y)
			if x%2+y%2 == 0 {
				u, v = append(u, at(x, y).u), append(v, at(x, y).v)
			}
		}
	}
	return append(append(b, u...), v...)
}

// TestCardIsExact decodes cards of many sizes with an independent decoder and
// compares every sample of every picture.
func TestCardIsExact(t *testing.T) {
	ffmpeg, err := exec.LookPath("ffmpeg")
	if err != nil {
		t.Skip("ffmpeg is not installed: nothing independent to decode with")
	}
	for _, size := range [][2]int{{640, 360}, {320, 180}, {160, 96}, {162, 98}, {650, 374}, {1920, 1080}} {
		coder := newCoder(newCard("Größe, a very long name of a camera", size[0], size[1], CardColor("x")))
		stream := append([]byte{0, 0, 0, 1}, coder.sps(10)...)
		stream = append(append(stream, 0, 0, 0, 1), coder.pps()...)
		var want []byte
		now := time.Date(2026, 12, 31, 23, 59, 58, 0, time.UTC)
		for n := range 25 {
			cells := coder.card.draw(ask{
				now: now.Add(time.Duration(n) * 100 * time.Millisecond), frame: uint64(n * n * n),
				view: view{x: float64(n%7) / 20, y: float64(n%5) / 10, z: float64(n%3 - 1)}, visited: n%4 == 3,
			})
			want = append(want, coder.planes(cells)...)
			stream = append(append(stream, 0, 0, 0, 1), coder.picture(cells, n%10 == 0)...)
		}
		in, out := filepath.Join(t.TempDir(), "in.h264"), filepath.Join(t.TempDir(), "out.yuv")
		if err := os.WriteFile(in, stream, 0o600); err != nil {
			t.Fatal(err)
		}
		text, err := exec.Command(ffmpeg, "-v", "error", "-xerror", "-f", "h264", "-i", in,
			"-fps_mode", "passthrough", "-f", "rawvideo", "-pix_fmt", "yuv420p", out).CombinedOutput()
		if err != nil || len(text) > 0 {
			t.Fatalf("%v: ffmpeg: %v: %s", size, err, text)
		}
		got, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%v: the decoded pictures are not the drawn ones", size)
		}
	}
}

func TestCardBounds(t *testing.T) {
	for _, c := range []TestCard{{Width: 158}, {Height: 1090}, {Width: 641}, {SubHeight: 94}, {FPS: 61}, {FPS: -1}, {GOP: -1}} {
		if _, err := c.withDefaults("x"); err == nil {
			t.Errorf("%+v was accepted", c)
		}
	}
}

func TestLevelFitsTableA1(t *testing.T) {
	for _, c := range []struct {
		width, height, fps int
		want               uint32
	}{{640, 360, 10, 30}, {640, 360, 60, 32}, {1280, 720, 10, 31}, {1280, 720, 30, 41}, {1920, 1080, 30, 50}, {1920, 1088, 60, 51}} {
		mbs := (c.width + 15) / 16 * ((c.height + 15) / 16)
		if got := levelFor(mbs, c.fps); got != c.want {
			t.Errorf("%d×%d at %d: level %d, not %d", c.width, c.height, c.fps, got, c.want)
		}
	}
}

func TestColoursDiffer(t *testing.T) {
	seen := map[any]bool{}
	for _, name := range []string{"Front door", "Garden", "Garage", "Attic", "Kitchen", "Hall", "Drive", "Cellar"} {
		seen[CardColor(name)] = true
	}
	if len(seen) < 4 {
		t.Errorf("eight names share %d colours", len(seen))
	}
}
