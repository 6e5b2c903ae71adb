package prove

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// proxyConfig is a shared cache that does all of it wrong: its key is the URL
// alone, what an answer says about caching is ignored, and one client's answer
// serves all who wait for the same (HAZARDS §5.6).
const proxyConfig = `
worker_processes 1;
user root;
pid %[1]s/nginx.pid;
error_log %[1]s/error.log warn;
events { worker_connections 4096; }
http {
  access_log off;
  client_body_temp_path %[1]s/body; proxy_temp_path %[1]s/proxy;
  fastcgi_temp_path %[1]s/fastcgi; uwsgi_temp_path %[1]s/uwsgi; scgi_temp_path %[1]s/scgi;
  proxy_cache_path %[1]s/cache levels=1:2 keys_zone=broken:16m inactive=10m max_size=512m;
  map $http_upgrade $connection_upgrade { default upgrade; '' ''; }
  server {
    listen %[2]s ssl;
    ssl_certificate %[1]s/proxy.pem;
    ssl_certificate_key %[1]s/proxy.key;
    ssl_protocols TLSv1.3;
    keepalive_requests 1000000;
    proxy_http_version 1.1;
    proxy_set_header Host $http_host;
    proxy_set_header Upgrade $http_upgrade;
    proxy_set_header Connection $connection_upgrade;
    proxy_cache broken;
    proxy_cache_key $request_uri;
    proxy_cache_methods %[5]s;
    proxy_cache_valid any 60s;
    proxy_ignore_headers Cache-Control Expires Set-Cookie Vary X-Accel-Expires;
    proxy_cache_lock on;
    proxy_cache_lock_timeout 5s;
    proxy_cache_use_stale updating error timeout http_500 http_503;
    add_header X-Proxy-Cache $upstream_cache_status always;
    location / { proxy_pass https://%[3]s; }
    location /unscoped/ { proxy_pass https://%[4]s; }
  }
}
`

// proxy is a running nginx in front of the hub, and of a server whose one
// private answer stands at the same address for everybody.
type proxy struct {
	cmd     *exec.Cmd
	control *http.Server
	door    *door
	ended   chan struct{}
}

// nginx finds the program; Debian keeps it where only root looks.
func nginx() (string, error) {
	if p, err := exec.LookPath("nginx"); err == nil {
		return p, nil
	}
	return exec.LookPath("/usr/sbin/nginx")
}

// front starts a proxy that caches these methods.
func (r *rig) front(t *testing.T, methods string) *proxy {
	t.Helper()
	program, err := nginx()
	if err != nil {
		t.Fatal("nginx is needed: packaging/dev/need nginx")
	}
	dir, err := os.MkdirTemp(r.dir, "proxy")
	if err != nil {
		t.Fatal(err)
	}
	pair, roots := selfSigned(t, dir)
	p := &proxy{ended: make(chan struct{})}
	p.control = &http.Server{
		ReadHeaderTimeout: 10 * time.Second,
		TLSConfig:         &tls.Config{Certificates: []tls.Certificate{pair}},
		// As a hub that forgot everything about scopes would answer.
		Handler: http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
			w.Header().Set("Cache-Control", "private, no-store")
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprintf(w, `{"account":"%s"}`, strings.TrimPrefix(q.Header.Get("Cookie"), cookieName+"="))
		}),
	}
	control, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = p.control.ServeTLS(control, "", "") }() // ends by Close
	address := "127.0.0.1:" + freePort(t)
	config := fmt.Sprintf(proxyConfig, dir, address, r.hub.address(), control.Addr(), methods)
	file := filepath.Join(dir, "nginx.conf")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	says := &syncBuffer{}
	p.cmd = exec.Command(program, "-p", dir, "-c", file, "-g", "daemon off;")
	p.cmd.Stdout, p.cmd.Stderr = says, says
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(p.ended)
		p.cmd.Wait() // how it ended, it says
	}()
	t.Cleanup(p.stop)
	p.door = newDoor(address, roots)
	p.door.proxied = true
	for began := time.Now(); ; time.Sleep(10 * time.Millisecond) {
		if c, err := net.Dial("tcp", address); err == nil {
			c.Close()
			return p
		}
		if time.Since(began) > 10*time.Second {
			t.Fatalf("nginx does not answer:\n%s", says)
		}
	}
}

// stop ends the proxy; twice is fine. Its worker ends with it.
func (p *proxy) stop() {
	p.cmd.Process.Signal(syscall.SIGTERM)
	<-p.ended
	p.control.Close()
}

// selfSigned makes a certificate for 127.0.0.1 that trusts itself.
func selfSigned(t *testing.T, dir string) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for name, block := range map[string]*pem.Block{"proxy.pem": {Type: "CERTIFICATE", Bytes: der}, "proxy.key": {Type: "PRIVATE KEY", Bytes: private}} {
		if err := os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, roots
}

// bites shows that this proxy does cross what stands at one address: the rig
// would see it.
func (p *proxy) bites() error {
	var last answer
	for n := range 2 {
		var c conn
		var err error
		last, err = c.ask(p.door, nil, request{method: "GET", path: "/unscoped/me", cookie: strconv.Itoa(n)})
		c.shut()
		if err != nil {
			return err
		}
		last.body = append([]byte(nil), last.body...)
	}
	if string(last.body) != `{"account":"0"}` || !last.hit {
		return fmt.Errorf("the second client got %s, hit %v: this proxy crosses nothing, so it proves nothing", last.body, last.hit)
	}
	return nil
}

// behind sends all clients through a broken cache, signs everybody in anew
// through it, and goes on until the goal.
func (r *rig) behind(ctx context.Context, t *testing.T, methods string, g goal) (note string) {
	t.Helper()
	p := r.front(t, methods)
	if err := p.bites(); err != nil {
		t.Error(err)
		r.failed = true
	}
	r.door.Store(p.door)
	r.reseat(t, p.door)
	r.until(ctx, g)
	r.door.Store(r.direct)
	const moves = 2 * time.Second // until everybody has left the proxy
	rest(ctx, moves)
	p.stop()
	return "cached: " + methods + "; an unscoped address crosses, as it should"
}

// reseat signs one device of every account in anew, through a door, and asks
// for its scope as a reloaded page does.
func (r *rig) reseat(t *testing.T, d *door) {
	t.Helper()
	for n, a := range r.accounts {
		s, err := r.signIn(d, n)
		if err != nil {
			t.Errorf("signing in: %v", err)
			r.failed = true
			continue
		}
		if err := r.resume(d, s); err != nil {
			t.Errorf("resuming: %v", err)
			r.failed = true
		}
		a.seats[len(a.seats)-1].session.Store(s)
	}
	for _, k := range r.guests {
		s, err := r.arrive(d, k.session.Load().link)
		if err != nil {
			t.Errorf("arriving: %v", err)
			r.failed = true
			continue
		}
		k.session.Store(s)
	}
}

// resume asks for the scope of a cookie's session, which is known.
func (r *rig) resume(d *door, s *session) error {
	scope, err := r.scopeOf(d, s)
	if err == nil && scope != s.scope {
		r.findings.add("another answer", "resume of account %d gives another scope", s.account)
		err = errAnswer
	}
	return err
}

// scopeOf asks for the scope of a cookie's or token's session.
func (r *rig) scopeOf(d *door, s *session) (string, error) {
	var c conn
	defer c.shut()
	own := nonce()
	a, err := c.ask(d, s, request{method: "POST", path: "/api/resume/" + own, cookie: s.cookie, bearer: s.bearer})
	if err != nil {
		return "", err
	}
	if a.status != http.StatusOK || field(a.body, "nonce") != own {
		r.findings.add("another answer", "resume of account %d: status %d, %.200s", s.account, a.status, a.body)
		return "", fmt.Errorf("%w: resume: status %d, %.200s", errAnswer, a.status, a.body)
	}
	return field(a.body, "scope"), nil
}
