package probe

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"lares/cameras/fakecam"
	"lares/cameras/internal/wire"
)

// gateway is a router at this machine with some ports forwarded; where says what it
// answers to be its description, %s its own address, %p its port with the colon.
func gateway(t *testing.T, where string, clients ...string) (router string, asked *atomic.Int32) {
	t.Helper()
	const kind = "urn:schemas-upnp-org:service:WANIPConnection:1"
	asked = &atomic.Int32{}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		asked.Add(1)
		if r.URL.Path == "/root.xml" {
			fmt.Fprintf(w, `<root><device><serviceList><service><serviceType>urn:x</serviceType><controlURL>/no</controlURL></service>`+
				`<service><serviceType>%s</serviceType><controlURL>/ctl</controlURL></service></serviceList></device></root>`, kind)
			return
		}
		for i, client := range clients {
			if r.URL.Path == "/ctl" && strings.Contains(string(b), fmt.Sprintf("<NewPortMappingIndex>%d<", i)) && strings.Contains(r.Header.Get("SOAPAction"), kind+"#GetGenericPortMappingEntry") {
				fmt.Fprintf(w, `<e><b><r><NewExternalPort>%d</NewExternalPort><NewInternalClient>%s</NewInternalClient><NewEnabled>1</NewEnabled></r></b></e>`, 8000+i, client)
				return
			}
		}
		w.WriteHeader(http.StatusInternalServerError)
	}))
	t.Cleanup(s.Close)
	c, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		b := make([]byte, 2048)
		for {
			n, from, err := c.ReadFrom(b)
			if err != nil {
				return
			}
			if strings.Contains(string(b[:n]), "InternetGatewayDevice") {
				_, _ = c.WriteTo([]byte("HTTP/1.1 200 OK\r\nST: x\r\nLocation: "+strings.NewReplacer("%s", s.URL, "%p", s.URL[strings.LastIndex(s.URL, ":"):]).Replace(where)+"\r\n\r\n"), from)
			}
		}
	}()
	t.Cleanup(func() { c.Close(); <-done })
	return c.LocalAddr().String(), asked
}

// TestForwarded: of what the router leads in from the internet, what leads to the device
// is told; a router that names another host is not followed.
func TestForwarded(t *testing.T) {
	t.Parallel()
	other := make([]string, maxMappings+5)
	for i := range other {
		other[i] = "192.0.2.9"
	}
	for name, x := range map[string]struct {
		where   string
		clients []string
		want    string
		asked   int32
	}{
		"to it and to others": {"%s/root.xml", []string{"192.0.2.9", "192.0.2.7", "192.0.2.7"}, "at port 8001, 8002:", 5},
		"to others":           {"%s/root.xml", []string{"192.0.2.9"}, "", 3},
		"too many":            {"%s/root.xml", other, "", maxMappings + 1},
		"elsewhere":           {"http://localhost%p/root.xml", []string{"192.0.2.7"}, "", 0},
		"no address":          {"file:///root.xml", []string{"192.0.2.7"}, "", 0},
		"no description":      {"%s/none", []string{"192.0.2.7"}, "", 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			router, asked := gateway(t, x.where, x.clients...)
			got := forwarded(t.Context(), wire.Probe{Router: router, ONVIF: wire.Target{URL: "http://192.0.2.7/x", Dial: "192.0.2.7:80"}})
			if (len(got) == 1) != (x.want != "") || len(got) == 1 && !strings.Contains(got[0].Text, x.want) || asked.Load() != x.asked {
				t.Errorf("%+v after %d questions", got, asked.Load())
			}
		})
	}
}

// TestForwardedLook: a whole look tells it, out of its cage.
func TestForwardedLook(t *testing.T) {
	t.Parallel()
	_, d := start(t, fakecam.Options{})
	d.Router, _ = gateway(t, "%s/root.xml", "127.0.0.1")
	l, _, _ := lookAt(t, d)
	if n := len(l.Warnings); l.Code != Found || n == 0 || l.Warnings[n-1].Kind != kindForwarded {
		t.Errorf("%+v", l.Probed)
	}
}

// TestGatewayOf reads routes.
func TestGatewayOf(t *testing.T) {
	const head = "Iface\tDestination\tGateway \tFlags\n"
	for table, want := range map[string]string{
		head + "eth0\t0002A8C0\t00000000\t0001\neth0\t00000000\t0102A8C0\t0003\n": "192.168.2.1",
		head + "eth0\t00000000\t00000000\t0001\n":                                 "invalid IP",
		head + "eth0\t00000000\tzz\n":                                             "invalid IP", "": "invalid IP", head: "invalid IP",
	} {
		if got := gatewayOf([]byte(table)).String(); got != want {
			t.Errorf("%q: %s", table, got)
		}
	}
}

// FuzzRouter reads arbitrary answers of a router.
func FuzzRouter(f *testing.F) {
	f.Add([]byte("<root><serviceType>urn:schemas-upnp-org:service:WANIPConnection:1</serviceType><controlURL>/c</controlURL></root>"))
	f.Add([]byte("Iface\n eth0 00000000 0102A8C0"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(services(b)) > 4 {
			t.Error("too many services")
		}
		elements(b, "NewInternalClient")
		gatewayOf(b)
	})
}
