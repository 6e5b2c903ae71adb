package fakecam_test

import (
	"bytes"
	"testing"
	"time"

	"lares/cameras/fakecam"
)

func consecutive(t *testing.T, pics []picture, name string) {
	t.Helper()
	for i, p := range pics {
		want := fakecam.Mark{Name: fakecam.MarkName(name), Frame: pics[0].mark.Frame + uint64(i)}
		if p.mark != want {
			t.Fatalf("picture %d carries %x, not %x", i, p.mark, want)
		}
	}
}

func TestBothStreams(t *testing.T) {
	const name, n = "Front door", 50
	c := start(t, fakecam.Options{Name: name, Audio: true})
	main, err := watch(t, c.MainURL(), password)
	if err != nil {
		t.Fatal(err)
	}
	sub, err := watch(t, c.SubURL(), password)
	if err != nil {
		t.Fatal(err)
	}
	for w, size := range map[*watcher]int{main: 640 * 360, sub: 320 * 180} {
		pics := w.take(t, n)
		consecutive(t, pics, name)
		for i := 1; i < n; i++ {
			if d := pics[i].pts - pics[i-1].pts; d != 9000 {
				t.Errorf("picture %d comes %d ticks after the one before", i, d)
			}
		}
		if wall := pics[n-1].at.Sub(pics[0].at); wall < 4500*time.Millisecond || wall > 7*time.Second {
			t.Errorf("%d pictures at 10 per second took %v", n, wall)
		}
		if d := pics[n-1].at.Sub(pics[n-1].ntp); d.Abs() > time.Second {
			t.Errorf("sender reports place the last picture %v before it came", d)
		}
		select {
		case <-w.sound:
		default:
			t.Error("no sound came")
		}
		raw := decode(t, annexB(pics))
		frame := size * 3 / 2
		if len(raw) != n*frame {
			t.Fatalf("%d bytes decoded, not %d pictures of %d", len(raw), n, frame)
		}
		for i := 1; i < n; i++ {
			if bytes.Equal(raw[(i-1)*frame:i*frame], raw[i*frame:(i+1)*frame]) {
				t.Errorf("picture %d looks like the one before", i)
			}
		}
	}
}

func TestWrongPassword(t *testing.T) {
	c := start(t, fakecam.Options{Name: "Front door"})
	if _, err := watch(t, c.MainURL(), "guess"); err == nil {
		t.Fatal("a wrong password let somebody in")
	}
	if _, err := watch(t, c.MainURL(), password); err != nil {
		t.Fatalf("the right one did not: %v", err)
	}
}
