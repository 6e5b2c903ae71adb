package worker

import (
	"bytes"
	"errors"
	"net"
	"testing"
	"time"

	"lares/cameras/clock"
	"lares/cameras/internal/wire"
	"lares/cameras/media"
	"lares/cameras/seal"
)

// heard is a socket on which the hub has said something and is then gone.
type heard struct {
	net.Conn // nil: nothing else is called
	r        *bytes.Reader
}

func (h heard) Read(b []byte) (int, error)  { return h.r.Read(b) }
func (h heard) Write(b []byte) (int, error) { return len(b), nil }
func (h heard) Close() error                { return nil }

// FuzzHubMessages has the worker hear arbitrary bytes where the hub's messages
// should be: it ends, and neither panics nor hangs.
func FuzzHubMessages(f *testing.F) {
	camera, hub := media.NewCameraID(), media.NewHubID()
	key := seal.RestoreRunKey(hub, camera, media.NewRunID(), [seal.KeySize]byte{1})
	message := func(t wire.Type, v any) []byte {
		var b bytes.Buffer
		if err := wire.Send(&b, t, v); err != nil {
			f.Fatal(err)
		}
		return b.Bytes()
	}
	// A start that leads nowhere: its address is no URL.
	start := message(wire.TypeStart, wire.Start{Version: wire.Version, Hub: hub, Camera: camera, Run: wire.NewRun(key), Main: wire.Target{URL: "x", Dial: "x"}})
	f.Add(true, bytes.Join([][]byte{message(wire.TypeRekey, wire.NewRun(key)), message(wire.TypeSnapshot, wire.Request{Number: 7}), message(wire.TypeFrame, wire.Wanted{Number: 8, AgoMS: 5000}), message(wire.TypeVerdict, wire.Verdict{Stream: 1, OK: true}), message(wire.TypeStop, nil)}, nil))
	f.Add(true, message(wire.TypeRekey, wire.Run{}))
	f.Add(true, message(wire.TypeVerdict, wire.Verdict{Stream: 200}))
	f.Add(false, start)
	f.Add(false, message(wire.TypeStart, wire.Start{}))
	f.Fuzz(func(t *testing.T, started bool, in []byte) {
		if started {
			in = append(bytes.Clone(start), in...)
		} else if bytes.Contains(in, []byte("rtsp")) || bytes.Contains(in, []byte("http")) {
			return // no connections to strange places
		}
		done := make(chan error, 1)
		go func() { done <- serve(heard{r: bytes.NewReader(in)}, clock.System{}, "") }()
		select {
		case <-done:
		case <-time.After(10 * time.Second):
			t.Fatal("the worker does not end when the hub is gone")
		}
	})
}

// TestHubGone is a worker whose hub sends nothing it knows.
func TestHubGone(t *testing.T) {
	for name, c := range map[string]struct {
		in   []byte
		fine bool
	}{
		"nothing":        {nil, true},
		"half a head":    {[]byte{0, 0}, true},
		"no start":       {[]byte{0, 0, 0, 0, byte(wire.TypeStop)}, false},
		"an empty start": {[]byte{0, 0, 0, 2, byte(wire.TypeStart), '{', '}'}, false},
	} {
		err := serve(heard{r: bytes.NewReader(c.in)}, clock.System{}, "")
		if (err == nil) != c.fine || errors.Is(err, wire.ErrProtocol) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
