package app_test

import (
	"context"
	"io"
	"net"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"lares/cameras/fakecam"
)

// TestDigestOutlivesTheHub restarts the hub of a camera that asked for a digest.
// Meanwhile somebody else took its address, who asks for less.
func TestDigestOutlivesTheHub(t *testing.T) {
	t.Parallel()
	start := func(ways ...string) *fakecam.Camera {
		return startCamera(t, fakecam.Options{Name: "door", Username: "viewer", Password: "camera secret", Auth: ways})
	}
	door := &doorway{}
	address := door.open(t)
	address.Path = door.leadTo(t, start(fakecam.AuthMD5))
	data := t.TempDir()
	h := startHub(t, data)
	keeper := h.claim("keeper")
	id := keeper.addCamera(map[string]string{"name": "door", "main": address.String(), "username": "viewer", "password": "camera secret"})
	waitLive(t, keeper, []string{id})
	until(t, 10*time.Second, "the hub keeps the digest", func() bool { return strings.Contains(h.stderr.String(), "as a digest") })
	if err := h.stop(); err != nil {
		t.Fatalf("stopping: %v\n%s", err, h.stderr)
	}
	door.leadTo(t, start(fakecam.AuthBasic))
	keeper = startHub(t, data).signIn("keeper")
	var state, message string
	until(t, 15*time.Second, "a state", func() bool {
		s := keeper.camera(id).Status
		state, message = s.State, s.Message
		return state == "wrong password" || state == "live"
	})
	if state != "wrong password" || !strings.Contains(message, "unprotected") || !strings.Contains(message, "delete this camera and add it again") {
		t.Errorf("it is %s: %s", state, message)
	}
}

// doorway is an address behind which one camera after the other stands.
type doorway struct {
	to atomic.Pointer[string]
}

// open makes the address; the test waits for its connections at its end.
func (d *doorway) open(t *testing.T) *url.URL {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	var wg sync.WaitGroup
	t.Cleanup(func() {
		cancel()
		l.Close()
		wg.Wait()
	})
	wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() { d.pass(ctx, c) })
		}
	})
	return &url.URL{Scheme: "rtsp", Host: l.Addr().String()}
}

// pass carries one connection until either end is done.
func (d *doorway) pass(ctx context.Context, c net.Conn) {
	camera, err := net.Dial("tcp", *d.to.Load())
	if err != nil {
		c.Close()
		return
	}
	over := func() { c.Close(); camera.Close() }
	defer context.AfterFunc(ctx, over)()
	var wg sync.WaitGroup
	wg.Go(func() { defer over(); io.Copy(camera, c) })
	wg.Go(func() { defer over(); io.Copy(c, camera) })
	wg.Wait()
}

// leadTo puts a camera behind the address, and returns the path of its stream.
func (d *doorway) leadTo(t *testing.T, cam *fakecam.Camera) (path string) {
	t.Helper()
	u, err := url.Parse(cam.MainURL())
	if err != nil {
		t.Fatal(err)
	}
	d.to.Store(&u.Host)
	return u.Path
}
