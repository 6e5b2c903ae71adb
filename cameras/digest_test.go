package cameras

import (
	"context"
	"errors"
	"net"
	"regexp"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"lares/cameras/clock"
	"lares/cameras/fakecam"
	"lares/cameras/media"
)

// TestDigestOutlivesTheWorker kills the worker of a camera that asked for a
// digest. The next one is asked for the password in the clear.
func TestDigestOutlivesTheWorker(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	cam := fake(t, fakecam.Options{Username: "user", Password: "correct horse"})
	var weaker atomic.Bool
	m, a := between(t, cam, func() meddling {
		return meddling{answer: func(to net.Conn, _ string, answer []byte) error {
			if weaker.Load() {
				answer = regexp.MustCompile("Digest realm=[^\r]*").ReplaceAll(answer, []byte(`Basic realm="x"`))
			}
			_, err := to.Write(answer)
			return err
		}}
	})
	id := h.add(a)
	first := h.await(id, 10*time.Second, Live).Worker
	eventually(t, 10*time.Second, "the digest", func() bool { return h.fleet.minder(id).access().Digest == Digest{Main: true} })
	weaker.Store(true)
	if err := syscall.Kill(first, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if s := h.await(id, 10*time.Second, WrongPassword); s.Worker == first || !strings.Contains(s.Message, "unprotected") {
		t.Errorf("it says %s", s.Message)
	}
	if strings.Contains(m.all(), "Authorization: Basic") {
		t.Error("the password went out in the clear")
	}
}

// TestDigestIsKept: what cannot be stored is stored later, what is stored is
// not stored again, and a change of the camera neither loses it nor, for it
// alone, restarts the worker.
func TestDigestIsKept(t *testing.T) {
	stored, full := []media.StreamID{}, true
	f := New(Config{Clock: clock.System{}, DigestOffered: func(_ context.Context, _ media.CameraID, s media.StreamID) error {
		if full {
			return errors.New("disk full")
		}
		stored = append(stored, s)
		return nil
	}})
	c := Camera{ID: media.NewCameraID(), Access: Access{Main: "rtsp://192.0.2.1/a", Sub: "rtsp://192.0.2.2/b"}}
	m := newMinder(f, c)
	m.digest(t.Context(), media.StreamMain)
	if got := m.access().Digest; got != (Digest{}) {
		t.Errorf("not stored, and yet %+v", got)
	}
	full = false
	for range 3 {
		m.digest(t.Context(), media.StreamMain)
	}
	if got := m.access().Digest; got != (Digest{Main: true}) || len(stored) != 1 {
		t.Errorf("%+v, stored %v", got, stored)
	}
	m.set(c) // as it was before
	if got := m.access().Digest; got != (Digest{Main: true}) || len(m.changed) != 0 {
		t.Errorf("after a change of something else: %+v, restarted %d", got, len(m.changed))
	}
	to, fault := resolve(t.Context(), m.access())
	if fault != "" || !to.main.Digest || to.sub.Digest || to.onvif.Digest {
		t.Errorf("the worker is told %+v, %s", to, fault)
	}
	c.Access.Digest.Sub = true // stored, and not noted here yet
	m.set(c)
	if got := m.access().Digest; got != (Digest{Main: true, Sub: true}) || len(m.changed) != 0 {
		t.Errorf("after one that comes from the database: %+v, restarted %d", got, len(m.changed))
	}
	c.Access.Main, c.Access.Digest = "rtsp://192.0.2.3/a", Digest{}
	m.set(c)
	if got := m.access().Digest; got != (Digest{Sub: true}) || len(m.changed) != 1 {
		t.Errorf("after another address: %+v, restarted %d", got, len(m.changed))
	}
}
