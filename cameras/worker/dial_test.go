package worker

import (
	"errors"
	"net"
	"testing"

	"lares/cameras/internal/wire"
	"lares/cameras/media"
)

// TestPorts connects to addresses with and without a port: the dialer has to
// agree with gortsplib which one is meant.
func TestPorts(t *testing.T) {
	t.Parallel()
	for url, where := range map[string]string{
		"rtsp://camera/x":           "camera:554",
		"rtsps://camera/x":          "camera:322",
		"rtsp://camera:8554/x":      "camera:8554",
		"rtsps://camera:8322/x":     "camera:8322",
		"rtsps://[2001:db8::1]/x":   "[2001:db8::1]:322",
		"rtsp://[2001:db8::1]:99/x": "[2001:db8::1]:99",
	} {
		t.Run(url, func(t *testing.T) {
			t.Parallel()
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			accepted := make(chan bool, 1)
			go func() {
				c, err := l.Accept()
				if err == nil {
					c.Close()
				}
				accepted <- err == nil
			}()
			st := newStream(&worker{}, media.StreamMain, wire.Target{URL: url, Dial: l.Addr().String()})
			if got := st.where(); got != where {
				t.Errorf("shown as %s, not %s", got, where)
			}
			_, err = st.connect(t.Context())
			l.Close()
			if !<-accepted || err == nil || errors.Is(err, errRedirect) {
				t.Errorf("not connected: %v", err)
			}
		})
	}
}
