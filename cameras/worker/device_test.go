package worker

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"lares/cameras/clock"
	"lares/cameras/internal/wire"
	"lares/cameras/media"
	"lares/cameras/onvif"
	"lares/cameras/seal"
)

// TestDeviceRestarts: who is not there over ONVIF is asked by the rules of the streams, and
// at once where the pictures come again; who refuses the password once a minute.
func TestDeviceRestarts(t *testing.T) {
	for name, c := range map[string]struct {
		dial  func(ctx context.Context, network, address string) (net.Conn, error)
		tries func(t *testing.T, after func(time.Duration) int, wake func())
	}{
		"away": {emptyNet(0), func(t *testing.T, after func(time.Duration) int, wake func()) {
			if n := after(2 * time.Minute); n < 118 || n > 122 {
				t.Errorf("tried %d times in the first two minutes", n)
			}
			if n := after(2 * time.Minute); n < 48 || n > 78 {
				t.Errorf("tried %d times in the next two", n)
			}
			wake()
			if n := after(100 * time.Millisecond); n != 1 {
				t.Errorf("tried %d times as pictures came", n)
			}
			if n := after(time.Minute); n < 58 || n > 62 {
				t.Errorf("tried %d times in the minute after", n)
			}
		}},
		"out of reach": {emptyNet(dialTimeout), func(t *testing.T, after func(time.Duration) int, _ func()) {
			if n := after(time.Minute); n < 27 || n > 32 {
				t.Errorf("tried %d times in a minute", n)
			}
		}},
		"refusing": {refusing, func(t *testing.T, after func(time.Duration) int, wake func()) {
			if n := after(30 * time.Second); n != 1 {
				t.Errorf("connected %d times in half a minute", n)
			}
			wake()
			if n := after(20 * time.Second); n != 0 {
				t.Errorf("connected %d times as pictures came", n)
			}
			if n := after(20 * time.Second); n > 1 {
				t.Errorf("connected %d times in twenty seconds", n)
			}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var mu sync.Mutex // guards tries and last
				tries, last := 0, time.Time{}
				tried := func() int {
					mu.Lock()
					defer mu.Unlock()
					return tries
				}
				began := time.Now()
				w := &worker{clock: clock.System{}, now: func() time.Duration { return time.Since(began) + epoch }, warnings: map[media.StreamID]string{}}
				w.start.Username, w.start.Password = "user", "wrong"
				w.out = newOutbox(&written{discard: true}, seal.RestoreRunKey(media.NewHubID(), media.NewCameraID(), media.NewRunID(), [seal.KeySize]byte{1}), w.now)
				w.bySerial.Store(true)
				d := newDevice(w)
				client, err := onvif.New(onvif.Config{URL: "http://camera/", Username: "user", Password: "wrong", Clock: w.clock,
					Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
						mu.Lock()
						if time.Since(last) > 0 { // of one try are several questions
							tries++
						}
						last = time.Now()
						mu.Unlock()
						return c.dial(ctx, network, address)
					}})
				if err != nil {
					t.Fatal(err)
				}
				d.client, d.hands.client = client, client
				ctx, cancel := context.WithCancel(t.Context())
				done := make(chan struct{})
				go func() { defer close(done); d.run(ctx) }()
				counted := 0
				c.tries(t, func(d time.Duration) int {
					time.Sleep(d)
					synctest.Wait()
					before := counted
					counted = tried()
					return counted - before
				}, d.wake)
				cancel()
				<-done
				time.Sleep(dialTimeout) // a dial goes on without who asked for it
			})
		})
	}
}

// emptyNet is a network without the camera, which shows after a time.
func emptyNet(after time.Duration) func(context.Context, string, string) (net.Conn, error) {
	return func(context.Context, string, string) (net.Conn, error) {
		time.Sleep(after)
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("nobody is there")}
	}
}

// refusing is a camera that refuses whoever asks.
func refusing(context.Context, string, string) (net.Conn, error) {
	here, there := net.Pipe()
	l := &oneListener{conn: make(chan net.Conn, 1)}
	l.conn <- there
	go http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Connection", "close") // the next question is another connection
		w.WriteHeader(http.StatusUnauthorized)
	}))
	return here, nil
}

// oneListener accepts one connection.
type oneListener struct{ conn chan net.Conn }

func (l *oneListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conn:
		return c, nil
	default:
		return nil, net.ErrClosed
	}
}
func (l *oneListener) Close() error   { return nil }
func (l *oneListener) Addr() net.Addr { return &net.TCPAddr{} }

// TestPauses: what a camera says while it starts is no last word.
func TestPauses(t *testing.T) {
	joined := errors.Join(errWhich, fmt.Errorf("a page: %w: %w", onvif.ErrUnsupported, onvif.ErrMalformed))
	for name, c := range map[string]struct {
		err           error
		took, failing time.Duration
		want          time.Duration
	}{
		"worked":                   {nil, time.Hour, 0, retrySoon},
		"a long try":               {context.DeadlineExceeded, time.Hour, time.Minute, retryAtOnce},
		"a short try":              {context.DeadlineExceeded, 300 * time.Millisecond, time.Minute, retrySoon - 300*time.Millisecond},
		"the wrong password":       {onvif.ErrNotAuthorized, 0, 0, retryRarely},
		"held":                     {&heldError{3 * time.Second}, 0, 0, 3 * time.Second},
		"another camera's":         {refusedAs(wire.Verdict{Reason: "x", Rare: true}), 0, 0, retryRarely},
		"another device":           {anotherDevice(), 0, 0, retrySoon},
		"a recorder without words": {errWhich, 0, 0, retryRarely},
		"a page while it starts":   {joined, 0, time.Minute, retrySoon},
		"a page":                   {joined, 0, retrySoonFor, retryRarely},
		"no sense":                 {onvif.ErrMalformed, 0, retrySoonFor, retryRarely},
	} {
		if got := pauseAfter(c.err, c.took, c.failing); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}
