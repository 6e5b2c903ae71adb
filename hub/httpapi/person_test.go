package httpapi

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"lares/cameras"
	"lares/cameras/fakecam"
	"lares/cameras/media"
)

// person is somebody with a browser of their own.
type person struct {
	r                *rig
	name             string
	id, scope, token string
	bearer           string // of a program: an API token
	guest            string // of a guest: the cookie of its own
	client           *http.Client
}

// header is what the person shows with each request.
func (p *person) header() (name, value string) {
	switch {
	case p.bearer != "":
		return "Authorization", "Bearer " + p.bearer
	case p.guest != "":
		return "Cookie", guestCookieName + "=" + p.guest
	case p.token != "":
		return "Cookie", cookieName + "=" + p.token
	}
	return "X-Nobody", "1"
}

// stranger is nobody yet, on a connection of its own.
func (r *rig) stranger() *person {
	p := &person{r: r, client: &http.Client{
		Transport: &http.Transport{
			TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, DisableCompression: true,
		},
		Timeout: patience,
	}}
	r.t.Cleanup(p.client.CloseIdleConnections)
	return p
}

// reconnected is the same person on another connection.
func (p *person) reconnected() *person {
	q := *p
	q.client = p.r.stranger().client
	return &q
}

// on is the same person on the connection of somebody else.
func (p *person) on(other *person) *person {
	q := *p
	q.client = other.client
	return &q
}

// person makes an account, the first by claim, and signs it in.
func (r *rig) person(name string) *person {
	r.t.Helper()
	claimed, err := r.accounts.Claimed(r.t.Context())
	must(r.t, err)
	if claimed {
		_, err := r.accounts.Create(r.t.Context(), name, testPassword)
		must(r.t, err)
		return r.signIn(name)
	}
	code, err := r.accounts.ClaimCode(r.t.Context())
	must(r.t, err)
	p := r.stranger()
	p.enter("claim", map[string]string{"code": code, "name": name, "password": testPassword})
	return p
}

func (r *rig) signIn(name string) *person {
	r.t.Helper()
	p := r.stranger()
	p.enter("sign-in", map[string]string{"name": name, "password": testPassword})
	return p
}

// enter claims or signs in, and checks the answer's form.
func (p *person) enter(way string, body map[string]string) {
	t := p.r.t
	t.Helper()
	nonce := media.NewClipID().String()
	answer := p.do("POST", "/api/"+way+"/"+nonce, body)
	if answer.StatusCode != 200 {
		t.Fatalf("%s: %s %s", way, answer.Status, bodyOf(t, answer))
	}
	var in signedInView
	decode(t, answer, &in)
	cookies := answer.Cookies()
	if in.Nonce != nonce || len(in.Scope) != 32 || len(cookies) != 1 || !answer.Close {
		t.Fatalf("%s: %+v %v close %v", way, in, cookies, answer.Close)
	}
	c := cookies[0]
	if c.Name != "__Host-lares" || !c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Path != "/" || c.Domain != "" {
		t.Errorf("cookie %s", c.Raw)
	}
	p.name, p.id, p.scope, p.token = in.Account.Name, in.Account.ID.String(), in.Scope, c.Value
}

func decode(t testing.TB, r *http.Response, into any) {
	t.Helper()
	if err := json.Unmarshal(bodyOf(t, r), into); err != nil {
		t.Fatalf("%v: %s", err, bodyOf(t, r))
	}
}

// do makes a request; body nil is none, a []byte is sent as it is, all else as
// JSON. Headers are "Name: value". Where a slow machine leaves the hub in doubt, it asks
// again, as a page does.
func (p *person) do(method, path string, body any, headers ...string) *http.Response {
	p.r.t.Helper()
	var answer *http.Response
	wait(p.r.t, "an answer without doubt", func() bool {
		var err error
		answer, err = p.try(method, path, body, headers...)
		must(p.r.t, err)
		return answer.StatusCode != http.StatusServiceUnavailable || !bytes.Contains(bodyOf(p.r.t, answer), []byte("problem:unavailable"))
	})
	return answer
}

func (p *person) try(method, path string, body any, headers ...string) (*http.Response, error) {
	t := p.r.t
	t.Helper()
	var sent []byte
	switch b := body.(type) {
	case nil:
	case []byte:
		sent = b
	default:
		var err error
		sent, err = json.Marshal(b)
		must(t, err)
	}
	q, err := http.NewRequestWithContext(t.Context(), method, "https://"+p.r.address+path, bytes.NewReader(sent))
	must(t, err)
	if method != "GET" && method != "HEAD" {
		q.Header.Set("Sec-Fetch-Site", "same-origin")
		if len(sent) > 0 {
			q.Header.Set("Content-Type", "application/json")
		}
	}
	q.Header.Set(p.header())
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		q.Header.Set(name, value)
	}
	answer, err := p.client.Do(q)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	b, err := io.ReadAll(answer.Body)
	answer.Body = io.NopCloser(bytes.NewReader(b))
	return answer, err
}

// path is a path of the person's own scope.
func (p *person) path(format string, args ...any) string {
	return "/s/" + p.scope + "/api" + fmt.Sprintf(format, args...)
}

// once is the path of something that is shown once: with a nonce that none had.
func (p *person) once(format string, args ...any) string {
	return p.path(format+"/%s", append(args, media.NewClipID())...)
}

// camera starts a fake camera and adds it; it returns when pictures come.
func (p *person) camera(o fakecam.Options) (media.CameraID, *fakecam.Camera) {
	t := p.r.t
	t.Helper()
	cam, err := fakecam.Start(context.Background(), o)
	must(t, err)
	t.Cleanup(cam.Close)
	answer := p.do("POST", p.path("/cameras"), map[string]string{
		"name": o.Name, "main": cam.MainURL(), "sub": cam.SubURL(), "onvif": cam.ONVIFURL(),
		"username": o.Username, "password": o.Password,
	})
	if answer.StatusCode != 201 {
		t.Fatalf("adding a camera: %s %s", answer.Status, bodyOf(t, answer))
	}
	var added struct{ Camera cameraView }
	decode(t, answer, &added)
	id := added.Camera.ID
	wait(t, "pictures of "+o.Name, func() bool { s, ok := p.r.fleet.Status(id); return ok && s.State == cameras.Live })
	return id, cam
}

// filmed is clip, until one has a preview: a worker that is short of time draws few pictures.
func (p *person) filmed(camera media.CameraID) media.ClipID {
	p.r.t.Helper()
	for range 10 {
		id := p.clip(camera)
		var v struct{ Clip clipView }
		if decode(p.r.t, p.do("GET", p.path("/clips/%s", id), nil), &v); v.Clip.Preview {
			return id
		}
	}
	p.r.t.Fatal("no clip has a preview")
	return media.ClipID{}
}

// clip triggers a recording and returns when it is complete.
func (p *person) clip(camera media.CameraID) media.ClipID {
	t := p.r.t
	t.Helper()
	answer := p.do("POST", p.path("/cameras/%s/trigger", camera), nil)
	if answer.StatusCode != 202 {
		t.Fatalf("trigger: %s %s", answer.Status, bodyOf(t, answer))
	}
	var triggered struct{ Event media.EventID }
	decode(t, answer, &triggered)
	var found media.ClipID
	wait(t, "the clip", func() bool {
		var page struct{ Events []eventView }
		answer := p.do("GET", p.path("/events?camera=%s", camera), nil)
		if answer.StatusCode != 200 {
			t.Fatalf("events: %s %s", answer.Status, bodyOf(t, answer))
		}
		decode(t, answer, &page)
		for _, e := range page.Events {
			if e.ID == triggered.Event && !e.Clip.IsZero() && !e.Recording {
				found = e.Clip
				return true
			}
		}
		return false
	})
	return found
}

// UnmarshalJSON reads what MarshalJSON writes.
func (m *moment) UnmarshalJSON(b []byte) error {
	return json.Unmarshal(b, (*time.Time)(m))
}
