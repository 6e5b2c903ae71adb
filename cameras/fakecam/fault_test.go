package fakecam_test

import (
	"errors"
	"fmt"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/bluenviron/gortsplib/v5/pkg/base"

	"lares/cameras/fakecam"
)

// heals checks that a new client sees consecutive pictures that decode.
func heals(t *testing.T, c *fakecam.Camera, name string) {
	t.Helper()
	c.SetFault(fakecam.None)
	w, err := watch(t, c.MainURL(), password)
	if err != nil {
		t.Fatalf("not healed: %v", err)
	}
	pics := w.take(t, 5)
	consecutive(t, pics, name)
	decode(t, annexB(pics))
}

func ended(w *watcher) <-chan error {
	done := make(chan error, 1)
	go func() { done <- w.client.Wait() }()
	return done
}

func open(t *testing.T, name string) (*fakecam.Camera, *watcher) {
	t.Helper()
	c := start(t, fakecam.Options{Name: name})
	w, err := watch(t, c.MainURL(), password)
	if err != nil {
		t.Fatal(err)
	}
	w.take(t, 3)
	return c, w
}

func host(t *testing.T, c *fakecam.Camera) string {
	t.Helper()
	u, err := base.ParseURL(c.MainURL())
	if err != nil {
		t.Fatal(err)
	}
	return u.Host
}

// options asks on a connection of its own and waits a second for the answer.
func options(t *testing.T, c *fakecam.Camera) (string, error) {
	t.Helper()
	conn, err := net.Dial("tcp", host(t, c))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := fmt.Fprintf(conn, "OPTIONS %s RTSP/1.0\r\nCSeq: 1\r\n\r\n", c.MainURL()); err != nil {
		t.Fatal(err)
	}
	if err := conn.SetReadDeadline(time.Now().Add(time.Second)); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, 100)
	n, err := conn.Read(got)
	return string(got[:n]), err
}

func TestDrop(t *testing.T) {
	c, w := open(t, "Garage")
	for range 3 {
		end := ended(w)
		c.SetFault(fakecam.Drop)
		select {
		case <-end:
		case <-time.After(patience):
			t.Fatal("the connection survived")
		}
		if _, err := net.Dial("tcp", host(t, c)); !errors.Is(err, syscall.ECONNREFUSED) {
			t.Fatalf("dialling a dropped camera: %v, not refused", err)
		}
		heals(t, c, "Garage")
		var err error
		if w, err = watch(t, c.MainURL(), password); err != nil {
			t.Fatal(err)
		}
	}
}

func TestFreeze(t *testing.T) {
	c, w := open(t, "Garage")
	c.SetFault(fakecam.Freeze)
	w.still(t, 500*time.Millisecond)
	last := c.LastMark()
	if got, err := options(t, c); err != nil || !strings.HasPrefix(got, "RTSP/1.0 200") {
		t.Errorf("OPTIONS during a freeze: %q, %v", got, err)
	}
	before := w.reports.Load()
	eventually(t, "sender reports during a freeze", func() bool { return w.reports.Load() > before+1 })
	if now := c.LastMark(); now != last {
		t.Errorf("the mark went on from %d to %d", last.Frame, now.Frame)
	}
	c.SetFault(fakecam.None)
	pics := w.take(t, 3) // the old session goes on, with an IDR
	consecutive(t, pics, "Garage")
	if pics[0].mark.Frame != last.Frame+1 {
		t.Errorf("after the freeze comes picture %d, not %d", pics[0].mark.Frame, last.Frame+1)
	}
}

func TestPasswordChanged(t *testing.T) {
	c, w := open(t, "Garage")
	end := ended(w)
	c.SetFault(fakecam.WrongPassword)
	select {
	case <-end:
	case <-time.After(patience):
		t.Fatal("the connection survived")
	}
	if _, err := watch(t, c.MainURL(), password); err == nil || !strings.Contains(err.Error(), "401") {
		t.Fatalf("the old password: %v", err)
	}
	heals(t, c, "Garage")
}

func TestHalfOpen(t *testing.T) {
	c, w := open(t, "Garage")
	end := ended(w)
	c.SetFault(fakecam.HalfOpen)
	w.still(t, 500*time.Millisecond)
	var timeout net.Error
	if got, err := options(t, c); !errors.As(err, &timeout) || !timeout.Timeout() {
		t.Errorf("a half-open camera answered %q, %v", got, err)
	}
	select {
	case err := <-end:
		t.Errorf("the connection ended: %v", err)
	default:
	}
	heals(t, c, "Garage")
	select {
	case <-end:
	case <-time.After(patience):
		t.Error("healing left the old connection alive")
	}
}

func TestHalfOpenCloses(t *testing.T) {
	c, _ := open(t, "Garage")
	c.SetFault(fakecam.HalfOpen) // Close must not wait for anybody
	fresh, err := net.Dial("tcp", host(t, c))
	if err != nil {
		t.Fatal(err)
	}
	defer fresh.Close()
}

func TestGarbage(t *testing.T) {
	c, w := open(t, "Garage")
	last := c.LastMark().Frame
	c.SetFault(fakecam.Garbage)
	for deadline := time.After(patience); ; {
		select {
		case p := <-w.pictures:
			if p.mark == (fakecam.Mark{}) {
				heals(t, c, "Garage")
				pics := w.take(t, 1)
				for pics[0].mark == (fakecam.Mark{}) { // was on its way
					pics = w.take(t, 1)
				}
				consecutive(t, append(pics, w.take(t, 1)...), "Garage")
				return
			}
			if p.mark.Frame > last+2 {
				t.Fatal("pictures go on")
			}
		case <-deadline:
			t.Fatal("no garbage came")
		}
	}
}
