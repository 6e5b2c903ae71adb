package httpapi

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"testing"
	"time"

	"lares/hub/gate"
)

// onAnother is the person before another server of the hub, of some version: it has the rig's
// database and files, and knows nothing of what the first one did; others change it before it runs.
func (p *person) onAnother(version string, others ...func(*Server)) *person {
	t := p.r.t
	t.Helper()
	cfg := p.r.server.cfg
	cfg.Version = version
	s, err := New(cfg)
	must(t, err)
	for _, change := range others {
		change(s)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	address, _ := runOn(t, s, ln)
	q := *p
	q.client = &http.Client{Timeout: patience, Transport: &http.Transport{
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, DisableCompression: true,
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, address)
		},
	}}
	t.Cleanup(q.client.CloseIdleConnections)
	return &q
}

// TestExportOutlastsRestart: a download of an export that broke off goes on at its address, by
// the same bytes, after the hub began anew; before another version of it it begins anew. It is
// still asked for each time, and ends with its session, its token and its day.
func TestExportOutlastsRestart(t *testing.T) {
	t.Parallel()
	r, alice, cam := newFront(t)
	bob := r.person("bob")
	r.grant(alice, cam, bob, gate.History, gate.Export)
	begin := time.Now().Add(-time.Hour).Truncate(time.Second)
	r.lay(cam, begin, 10, 500)
	r.lay(cam, begin.Add(10*time.Second), 10, 500)
	program, _ := alice.program(asked{Camera: cam.String(), Actions: []string{"history", "export"}, History: "all"})
	made := map[*person]string{}
	for _, who := range []*person{alice, bob, program} {
		made[who] = who.export(cam, begin.Add(3*time.Second), begin.Add(15*time.Second), "video", 0).URL
	}
	whole := alice.do("GET", made[alice], nil)
	film, tag := bodyOf(t, whole), whole.Header.Get("ETag")
	r.stop()

	half := fmt.Sprintf("Range: bytes=%d-", len(film)/2)
	on := alice.onAnother("test")
	a := on.do("GET", made[alice], nil, half, "If-Range: "+tag)
	if a.StatusCode != 206 || a.Header.Get("ETag") != tag || !bytes.Equal(bodyOf(t, a), film[len(film)/2:]) {
		t.Fatalf("behind the restart: %s %v", a.Status, a.Header)
	}
	if a := alice.onAnother("another").do("GET", made[alice], nil, half, "If-Range: "+tag); a.StatusCode != 200 || a.Header.Get("ETag") == tag || !bytes.Equal(bodyOf(t, a), film) {
		t.Errorf("before another version: %s %v", a.Status, a.Header)
	}
	if a := bob.onAnother("test").do("GET", made[alice], nil); a.StatusCode != 404 {
		t.Errorf("alice's address, by bob: %s", a.Status)
	}
	if a := program.onAnother("test").do("GET", made[program], nil, half); a.StatusCode != 206 {
		t.Errorf("a program's: %s", a.Status)
	}
	must(t, r.gate.Revoke(t.Context(), r.caller(alice), cam, r.caller(bob).Account))
	if a := bob.onAnother("test").do("GET", made[bob], nil); a.StatusCode != 404 {
		t.Errorf("after the revoke: %s", a.Status)
	}
	second := on.export(cam, begin, begin.Add(5*time.Second), "time-lapse", 10).URL
	if a := on.do("POST", on.path("/sign-out"), nil); a.StatusCode != 204 {
		t.Fatal(a.Status)
	}
	for _, url := range []string{made[alice], second} {
		if a := on.do("GET", url, nil); a.StatusCode != 404 {
			t.Errorf("after its session: %s", a.Status)
		}
	}
}
