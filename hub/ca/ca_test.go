package ca_test

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lares/cameras/clock"
	"lares/hub/ca"
)

var today = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

func open(t *testing.T, dir string, c clock.Clock) *ca.Authority {
	t.Helper()
	a, err := ca.Open(dir, c)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func leaf(t *testing.T, c *ca.Certificates) *x509.Certificate {
	t.Helper()
	cert, err := c.TLS().GetCertificate(&tls.ClientHelloInfo{})
	if err != nil {
		t.Fatal(err)
	}
	return cert.Leaf
}

func TestBrowsersAccept(t *testing.T) {
	dir, at := t.TempDir(), clock.NewManual(today)
	a := open(t, dir, at)
	certs, refused := a.Certificates([]string{"cams.lan", "cams.example"})
	if strings.Join(refused, " ") != "cams.example" {
		t.Errorf("refused %v, want the one public name", refused)
	}
	l := leaf(t, certs)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(a.PEM())
	for _, name := range []string{"lares.local", "localhost", "cams.lan", "127.0.0.1"} {
		if _, err := l.Verify(x509.VerifyOptions{DNSName: name, Roots: roots, CurrentTime: today}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if days := l.NotAfter.Sub(l.NotBefore).Hours() / 24; days > 398 {
		t.Errorf("valid for %.0f days: Apple's platforms refuse more than 398", days)
	}
	if again := open(t, dir, at); again.Fingerprint() != a.Fingerprint() {
		t.Error("a restart made another authority")
	}
	if info, err := os.Stat(filepath.Join(dir, "ca", "ca.key")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("ca.key: %v %v, want 0600", info.Mode(), err)
	}
}

func TestRenewal(t *testing.T) {
	at := clock.NewManual(today)
	certs, _ := open(t, t.TempDir(), at).Certificates(nil)
	first := leaf(t, certs)
	at.Advance(300 * 24 * time.Hour)
	if leaf(t, certs).SerialNumber.Cmp(first.SerialNumber) != 0 {
		t.Error("renewed with more than two months to go")
	}
	at.Advance(60 * 24 * time.Hour)
	if second := leaf(t, certs); !second.NotAfter.After(first.NotAfter) {
		t.Error("not renewed with a month to go")
	}
}

func TestMismatchedFilesAreNamed(t *testing.T) {
	one, two := t.TempDir(), t.TempDir()
	open(t, one, clock.NewManual(today))
	open(t, two, clock.NewManual(today))
	if err := os.Rename(filepath.Join(two, "ca", "ca.key"), filepath.Join(one, "ca", "ca.key")); err != nil {
		t.Fatal(err)
	}
	if _, err := ca.Open(one, clock.NewManual(today)); err == nil || !strings.Contains(err.Error(), "do not belong together") {
		t.Errorf("error %v does not say what is wrong", err)
	}
}

func TestPage(t *testing.T) {
	a := open(t, t.TempDir(), clock.NewManual(today))
	page, err := a.Page(":8443")
	if err != nil {
		t.Fatal(err)
	}
	get := func(host, path string) *http.Response {
		r := httptest.NewRequest(http.MethodGet, path, nil)
		r.Host = host
		w := httptest.NewRecorder()
		page.ServeHTTP(w, r)
		return w.Result()
	}
	body, _ := io.ReadAll(get("192.168.1.5:8080", "/").Body)
	for _, want := range []string{a.Fingerprint(), "https://192.168.1.5:8443/", "iPhone", "Android", "Windows", "macOS", "Firefox"} {
		if !strings.Contains(string(body), want) {
			t.Errorf("the page does not show %q", want)
		}
	}
	crt, _ := io.ReadAll(get("lares.local:8080", "/lares-ca.crt").Body)
	if got, err := x509.ParseCertificate(crt); err != nil || !got.IsCA {
		t.Errorf("the download is no authority: %v", err)
	}
	for host, want := range map[string]string{
		"lares.local:8080": "https://lares.local:8443/s/x", "[fd00::2]:8080": "https://[fd00::2]:8443/s/x",
		"evil\"><b>": "https://lares.local:8443/s/x",
	} {
		if got := get(host, "/s/x").Header.Get("Location"); got != want {
			t.Errorf("host %q is sent to %q, want %q", host, got, want)
		}
	}
}

// TestHandshake is one real connection over the machine's own certificate.
func TestHandshake(t *testing.T) {
	a := open(t, t.TempDir(), clock.System{})
	certs, _ := a.Certificates(nil)
	ln, err := tls.Listen("tcp", "127.0.0.1:0", certs.TLS())
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	done := make(chan error, 1)
	go func() {
		c, err := ln.Accept()
		if err == nil {
			err = c.(*tls.Conn).Handshake()
			c.Close()
		}
		done <- err
	}()
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(a.PEM())
	c, err := tls.DialWithDialer(&net.Dialer{Timeout: 5 * time.Second}, "tcp", ln.Addr().String(), &tls.Config{RootCAs: roots, ServerName: "lares.local"})
	if err != nil {
		t.Fatal(err)
	}
	c.Close()
	if err := <-done; err != nil {
		t.Error(err)
	}
}
