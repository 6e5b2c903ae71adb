package worker

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"lares/cameras/clock"
	"lares/cameras/internal/wire"
	"lares/cameras/onvif"
)

// TestSetToHTTPSAlone: a camera that was set to HTTPS alone says so in its state, if it is
// recognised over ONVIF, and in its warning, with what to change.
func TestSetToHTTPSAlone(t *testing.T) {
	s := httptest.NewServer(http.RedirectHandler("https://192.0.2.7:8443/", http.StatusMovedPermanently))
	t.Cleanup(s.Close)
	var nd net.Dialer
	client, err := onvif.New(onvif.Config{URL: "http://192.0.2.7/onvif/device_service", Username: "user", Password: "x", Clock: clock.System{}, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return nd.DialContext(ctx, "tcp", s.Listener.Addr().String())
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	w := &worker{start: wire.Start{PinKind: pinSerial, Pin: "SN-A1B2C3"}}
	w.bySerial.Store(true)
	_, err = (&device{w: w, client: client}).identity(t.Context())
	if err == nil || !strings.Contains(err.Error(), "cannot be recognised") || !strings.Contains(err.Error(), "port 8443") {
		t.Errorf("its state: %v", err)
	}
	if _, err := client.Services(t.Context()); !strings.Contains(complaint(err), "Change its ONVIF address") {
		t.Errorf("its warning for %v: %q", err, complaint(err))
	}
}
