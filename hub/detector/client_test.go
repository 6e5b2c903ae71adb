package detector

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// serve runs an HTTP server on the loopback until the test ends.
func serve(t *testing.T, answer http.HandlerFunc) (address string) {
	t.Helper()
	s := httptest.NewServer(answer)
	t.Cleanup(s.Close)
	return s.URL
}

// says answers every question with a text.
func says(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, text) }
}

// TestQuestion: the picture goes out as the one question that detectors know, with how
// sure they have to be and with nothing that would say whose it is.
func TestQuestion(t *testing.T) {
	picture := bytes.Repeat([]byte("\xff\xd8 a picture "), 1000)
	var asked atomic.Int32
	s := Settings{MinConfidence: 35}
	s.Address = serve(t, func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		file, head, err := r.FormFile("image")
		if err != nil {
			t.Error(err)
			return
		}
		got, err := io.ReadAll(file)
		if r.Method != "POST" || r.URL.Path != "/v1/vision/detection" || r.URL.RawQuery != "" || "http://"+r.Host != s.Address || err != nil || !bytes.Equal(got, picture) || head.Filename != "picture.jpg" {
			t.Errorf("%s %s of %s, %d bytes of %q, %v", r.Method, r.URL, r.Host, len(got), head.Filename, err)
		}
		if got := r.MultipartForm.Value; len(got) != 1 || len(got["min_confidence"]) != 1 || got["min_confidence"][0] != "0.35" {
			t.Errorf("fields %v", got)
		}
		for name := range r.Header {
			if !strings.Contains("Content-Type Content-Length User-Agent Connection", name) {
				t.Errorf("a header %s: %s", name, r.Header.Get(name))
			}
		}
		if !r.Close {
			t.Error("the connection is kept")
		}
		io.WriteString(w, ofCodeProject)
	})
	list, err := s.ask(t.Context(), true, picture)
	if err != nil || len(list) != 1 || list[0].label != "Car" || asked.Load() != 1 {
		t.Errorf("%v, %v, asked %d times", list, err, asked.Load())
	}
}

// TestFaults: a detector that is away, hangs, sends without end or something else is told
// apart, in bounded time and memory, and where it sends the hub to is not asked.
func TestFaults(t *testing.T) {
	var elsewhere atomic.Int32
	other := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		elsewhere.Add(1)
		io.WriteString(w, ofDeepStack)
	})
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	away := "http://" + closed.Addr().String()
	closed.Close()
	secret := httptest.NewUnstartedServer(says(ofDeepStack))
	secret.Config.ErrorLog = log.New(io.Discard, "", 0) // that it is not believed is what is tried
	secret.StartTLS()
	t.Cleanup(secret.Close)
	var sent atomic.Int64
	redirect := func(code int, to string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, to, code)
		}
	}
	hangs := func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
	}
	const hurry = 700 * time.Millisecond // for those that would take all the time there is
	for name, c := range map[string]struct {
		at   string
		want Fault
	}{
		"away":         {away, FaultSilent},
		"no such name": {"http://no-such-host.invalid:80", FaultNowhere},
		"outside":      {"http://198.51.100.1:80", FaultOutside},
		"it hangs":     {serve(t, hangs), FaultSilent},
		"it hangs halfway": {serve(t, func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, `{"success":`)
			w.(http.Flusher).Flush()
			hangs(w, r)
		}), FaultSilent},
		"it drips": {serve(t, func(w http.ResponseWriter, r *http.Request) {
			for tick := time.NewTicker(20 * time.Millisecond); ; {
				select {
				case <-r.Context().Done():
					return
				case <-tick.C:
				}
				io.WriteString(w, " ")
				w.(http.Flusher).Flush()
			}
		}), FaultSilent},
		"without end": {serve(t, func(w http.ResponseWriter, r *http.Request) {
			for space := make([]byte, 64<<10); ; {
				n, err := w.Write(space)
				if sent.Add(int64(n)); err != nil {
					return
				}
			}
		}), FaultAnswer},
		"garbage":       {serve(t, says("\x00\x01\x02 nothing of the kind")), FaultAnswer},
		"a page":        {serve(t, says("<html>the camera of a neighbour</html>")), FaultAnswer},
		"failed":        {serve(t, says(`{"success":false,"error":"no model"}`)), FaultRefused},
		"not found":     {serve(t, http.NotFound), FaultStatus},
		"an error":      {serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500); io.WriteString(w, ofDeepStack) }), FaultStatus},
		"elsewhere":     {serve(t, redirect(302, other+"/v1/vision/detection")), FaultElsewhere},
		"elsewhere 307": {serve(t, redirect(307, other+"/v1/vision/detection")), FaultElsewhere},
		"elsewhere 308": {serve(t, redirect(308, "/v1/vision/detection/")), FaultElsewhere},
		"compressed": {serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			io.WriteString(z, ofDeepStack)
			z.Close()
		}), FaultAnswer},
		"no authority":   {secret.URL, FaultCertificate},
		"not encrypted":  {strings.Replace(serve(t, says(ofDeepStack)), "http:", "https:", 1), FaultAnswer},
		"encrypted":      {strings.Replace(secret.URL, "https:", "http:", 1), FaultStatus},
		"another kind":   {speak(t, "SSH-2.0-OpenSSH_9.6\r\n"), FaultAnswer},
		"an end":         {speak(t, ""), FaultAnswer},
		"endless header": {speak(t, "HTTP/1.1 200 OK\r\nX: "+strings.Repeat("x", 2*maxHeader)+"\r\n\r\n"+ofDeepStack), FaultAnswer},
	} {
		within := patience
		if c.want == FaultSilent {
			within = hurry
		}
		ctx, cancel := context.WithTimeout(t.Context(), within)
		list, err := Settings{Address: c.at}.ask(ctx, true, []byte("\xff\xd8"))
		cancel()
		var fault Fault
		if errors.As(err, &fault); fault != c.want || list != nil {
			t.Errorf("%s: %v, %v; want %s", name, list, err, c.want)
		}
	}
	if elsewhere.Load() != 0 {
		t.Errorf("where the detector sent to was asked %d times", elsewhere.Load())
	}
	if n := sent.Load(); n > 16<<20 {
		t.Errorf("%d bytes of an endless answer were taken", n)
	}
}

// speak runs a server that says something, whatever it is asked, and hangs up.
func speak(t *testing.T, text string) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	go func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			io.ReadAtLeast(conn, make([]byte, 1<<16), 400) // the question
			io.WriteString(conn, text)
			conn.(*net.TCPConn).CloseWrite()
			io.Copy(io.Discard, conn)
			conn.Close()
		}
	}()
	return "http://" + ln.Addr().String()
}

// TestNoProxy: what the environment says of proxies is nothing to a detector's client.
func TestNoProxy(t *testing.T) {
	if client(netip.MustParseAddr("127.0.0.1"), "80").Transport.(*http.Transport).Proxy != nil {
		t.Error("a proxy may be between")
	}
}

// TestInHouse: a detector is at a private address, or on a network that this machine is
// on; on its loopback only where devices are.
func TestInHouse(t *testing.T) {
	own := []netip.Prefix{netip.MustParsePrefix("192.168.1.7/24"), netip.MustParsePrefix("203.0.113.9/28"), netip.MustParsePrefix("2001:db8:1::7/64"), netip.MustParsePrefix("169.254.3.4/16"), netip.MustParsePrefix("0.0.0.0/0"), netip.MustParsePrefix("::/0")}
	for _, c := range []struct {
		ip   string
		own  bool // with the networks above
		want bool
	}{
		{"192.168.1.20", false, true},
		{"10.0.0.1", false, true},
		{"172.31.255.255", false, true},
		{"172.32.0.1", false, false},
		{"fd00::7", false, true},
		{"fe80::1%2", false, true},
		{"::ffff:192.168.1.20", false, true},
		{"203.0.113.10", true, true},
		{"203.0.113.10", false, false},
		{"203.0.113.16", true, false},
		{"2001:db8:1::20", true, true},
		{"2001:db8:2::20", true, false},
		{"169.254.169.254", false, false},
		{"169.254.169.254", true, true},
		{"100.64.0.1", true, false},
		{"8.8.8.8", true, false},
		{"::ffff:8.8.8.8", true, false},
		{"0.0.0.0", true, false},
		{"::", true, false},
		{"224.0.0.251", true, false},
		{"ff02::1%2", true, false},
		{"255.255.255.255", true, false},
	} {
		of := own
		if !c.own {
			of = nil
		}
		for _, here := range []bool{false, true} {
			if got := inHouse(netip.MustParseAddr(c.ip), here, of); got != c.want {
				t.Errorf("%s: %v", c.ip, got)
			}
		}
	}
	for _, loop := range []string{"127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"} {
		if inHouse(netip.MustParseAddr(loop), false, own) || !inHouse(netip.MustParseAddr(loop), true, nil) {
			t.Errorf("%s: wrong", loop)
		}
	}
	if !slices.ContainsFunc(networks(), func(p netip.Prefix) bool { return p.Contains(netip.MustParseAddr("127.0.0.1")) }) {
		t.Errorf("this machine is on %v", networks())
	}
	asked := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("a page of this machine was asked") })
	at := []string{asked, strings.Replace(asked, "127.0.0.1", "localhost", 1)}
	list, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range list { // whatever else this machine is called
		own := netip.MustParsePrefix(a.String()).Addr()
		at = append(at, "http://"+netip.AddrPortFrom(own, 1).String())
		if ip, err := locate(t.Context(), own.String(), true); err != nil {
			t.Errorf("%v, where cameras may be on this machine: %v", ip, err)
		}
	}
	for _, at := range at {
		if _, err := (Settings{Address: at}).ask(t.Context(), false, nil); !errors.Is(err, FaultOutside) {
			t.Errorf("%s: %v", at, err)
		}
	}
}
