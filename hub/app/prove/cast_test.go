package prove

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"lares/cameras/fakecam"
)

// account is one person of the play.
type account struct {
	name  string
	id    string
	seats []*seat

	password string // of now; changed under the lock of its keys
}

// The accounts: eight owners, and one who owns nothing and was granted nothing.
const (
	nobody   = owners
	accounts = owners + 1

	password = "the same long word for all of them"
)

// admin is a connection on which the rig itself asks, as one session.
type admin struct {
	r *rig
	s *session
	c conn
}

// call asks with JSON and wants a status; into may be nil.
func (a *admin) call(t *testing.T, method, path string, body any, want int, into any) {
	t.Helper()
	status, b, err := a.insist(method, "/s/"+a.s.scope+"/api/"+path, body)
	if err != nil || status != want {
		t.Fatalf("%s %s: status %d, want %d, %v: %s\n%s", method, path, status, want, err, b, a.r.hub.says.tail())
	}
	if into != nil {
		if err := json.Unmarshal(b, into); err != nil {
			t.Fatalf("%s %s: %v in %s", method, path, err, b)
		}
	}
}

// try asks at an address of the hub itself, whatever stands in front of it.
func (a *admin) try(method, path string, body any) (int, []byte, error) {
	q := request{method: method, path: path, cookie: a.s.cookie}
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return 0, nil, err
		}
		q.body = b
	}
	answer, err := a.c.ask(a.r.direct, a.s, q)
	return answer.status, answer.body, err
}

// insist tries again while the hub says that it is pressed hard.
func (a *admin) insist(method, path string, body any) (status int, b []byte, err error) {
	for end := time.Now().Add(time.Minute); ; time.Sleep(backoff) {
		status, b, err = a.try(method, path, body)
		if err != nil || status != 503 || time.Now().After(end) {
			return status, b, err
		}
	}
}

func (r *rig) admin(s *session) *admin { return &admin{r: r, s: s} }

func nonce() string {
	var b [16]byte
	rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

// enter signs in or claims, through a door, as a client does: an answer whose
// nonce is not the one it chose is dropped.
func (r *rig) enter(d *door, way string, account int, body map[string]string) (*session, error) {
	var c conn
	defer c.shut()
	b, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	own := nonce()
	a, err := c.ask(d, nil, request{method: "POST", path: "/api/" + way + "/" + own, body: b})
	if err != nil {
		return nil, err
	}
	var in struct {
		Nonce, Scope string
		Account      struct{ ID string }
	}
	if a.status != 200 || json.Unmarshal(a.body, &in) != nil {
		return nil, fmt.Errorf("%s of account %d: status %d: %.200s", way, account, a.status, a.body)
	}
	switch {
	case in.Nonce != own:
		r.findings.add("another answer", "%s of account %d: the nonce is not its own", way, account)
		return nil, errAnswer
	case r.accounts[account].id != "" && in.Account.ID != r.accounts[account].id:
		r.findings.add("another account", "%s of account %d answers for %s", way, account, in.Account.ID)
		return nil, errAnswer
	}
	r.accounts[account].id = in.Account.ID
	s := &session{account: account, cookie: a.cookie, scope: in.Scope}
	r.remember(s)
	return s, nil
}

// remember makes the checker know a session's address.
func (r *rig) remember(s *session) {
	var i id
	if _, err := hex.Decode(i[:], []byte(s.scope)); err == nil {
		r.register.add(i, thing{kind: kindScope, session: s})
	}
}

func (r *rig) signIn(d *door, account int) (*session, error) {
	return r.enter(d, "sign-in", account, map[string]string{"name": r.accounts[account].name, "password": r.accounts[account].password})
}

// seatAll signs every account in on some devices in all.
func (r *rig) seatAll(t *testing.T, devices int) {
	t.Helper()
	for n, a := range r.accounts {
		for len(a.seats) < devices {
			s, err := r.signIn(r.direct, n)
			if err != nil {
				t.Fatal(err)
			}
			a.sit(s)
		}
	}
}

// owner is the rig's own session of an account.
func (r *rig) owner(n int) *admin { return r.admin(r.accounts[n].seats[0].session.Load()) }

// startCameras starts all fake cameras.
func (r *rig) startCameras(t *testing.T) {
	t.Helper()
	run := nonce()
	r.byPicture = map[[16]byte]*camera{}
	for n := range everyCamera {
		c := newCamera(n, run)
		fake, err := fakecam.Start(context.Background(), fakecam.Options{
			Name: c.secret, Addr: "127.0.0.1:0", HTTPAddr: "127.0.0.1:0", Rule: c.class,
			Source: fakecam.TestCard{Width: c.width, Height: c.height, SubWidth: c.width, SubHeight: c.height, FPS: fps, GOP: time.Second, Color: c.paper},
		})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(fake.Close)
		c.fake = fake
		r.byPicture[c.picture] = c
		r.register.add(c.name, thing{kind: kindName, camera: c})
		if n == allCameras {
			r.traveller = c
			break
		}
		r.cameras = append(r.cameras, c)
	}
	r.truth = newTruth(accounts, r.cameras)
}

// addCameras gives every owner its cameras, and one that is removed again: its
// id is an old one.
func (r *rig) addCameras(t *testing.T) {
	t.Helper()
	for n := range owners {
		a := r.owner(n)
		for _, c := range r.cameras {
			if c.owner != n {
				continue
			}
			c.id.Store(r.addCamera(t, a, map[string]string{"name": c.name.String(), "main": c.fake.MainURL(), "sub": c.fake.SubURL(), "onvif": c.fake.ONVIFURL()}))
			r.register.add(c.at(), thing{kind: kindCamera, camera: c})
			zone := map[string]any{"name": c.name.String(), "polygon": [][2]float64{{0, 0}, {1, 0}, {1, 1}, {0, 1}}}
			a.call(t, "PUT", "cameras/"+c.at().String()+"/motion", map[string]any{"off": false, "settings": map[string]any{"zones": []any{zone}}}, 204, nil)
			a.call(t, "PUT", "cameras/"+c.at().String()+"/sound", map[string]any{"on": false, "settings": map[string]any{}}, 204, nil)
			a.call(t, "PUT", "cameras/"+c.at().String()+"/privacy", map[string]any{"off": false}, 204, nil)
			a.call(t, "PUT", "cameras/"+c.at().String()+"/recording-plan", map[string]any{"mode": "events", "sound": true}, 204, nil)
			a.call(t, "PUT", "cameras/"+c.at().String()+"/event-rule", map[string]any{"when": "always"}, 204, nil)
		}
		a.call(t, "PUT", "away", map[string]any{"away": true}, 204, nil)
		old := r.addCamera(t, a, map[string]string{"name": "old", "main": "rtsp://127.0.0.1:9/"})
		a.call(t, "DELETE", "cameras/"+old.String(), nil, 204, nil)
		r.old = append(r.old, *old)
	}
}

func (r *rig) addCamera(t *testing.T, a *admin, body map[string]string) *id {
	t.Helper()
	var added struct{ Camera struct{ ID string } }
	a.call(t, "POST", "cameras", body, 201, &added)
	var i id
	if _, err := hex.Decode(i[:], []byte(added.Camera.ID)); err != nil {
		t.Fatal(err)
	}
	return &i
}

// learn asks every owner for its newest events, so that clients know what to
// ask for. It returns how many clips the camera with the fewest has.
func (r *rig) learn(t *testing.T) (fewest int) {
	t.Helper()
	for n := range owners {
		a := r.owner(n)
		var page struct {
			Events []struct {
				ID, Camera string
				Thumbnail  bool
				Picture    string
				Preview    bool
				Clips      []struct{ ID string }
			}
		}
		// A hub that is pressed hard says so with 503: there is a next time.
		status, b, err := a.try("GET", "/s/"+a.s.scope+"/api/events?limit=40", nil)
		if err != nil || status != 200 || json.Unmarshal(b, &page) != nil {
			a.c.shut()
			continue
		}
		for _, e := range page.Events {
			c := r.byID(e.Camera)
			if c == nil || c.owner != n {
				continue // shared ones are learnt from their owner; what is wrong, clients find
			}
			for _, k := range e.Clips {
				if !c.clips.knows(parseID(k.ID)) {
					r.learnClip(t, a, c, e.ID, k.ID)
				}
			}
			if e.Preview {
				c.clips.filmed(parseID(e.Picture))
			}
		}
		a.c.shut()
	}
	fewest = 1 << 30
	for _, c := range r.cameras {
		fewest = min(fewest, c.clips.len())
	}
	return fewest
}

func (r *rig) learnClip(t *testing.T, a *admin, c *camera, event, clipID string) {
	t.Helper()
	var view struct {
		Clip struct {
			Thumbnail bool
			Fragments int
			Bytes     int64
		}
	}
	status, b, err := a.try("GET", "/s/"+a.s.scope+"/api/clips/"+clipID, nil)
	// What is being written is good to ask for once there is something of it.
	const some = 3
	if err != nil || status != 200 || json.Unmarshal(b, &view) != nil || view.Clip.Fragments < some || !view.Clip.Thumbnail {
		return
	}
	k := clip{id: parseID(clipID), event: parseID(event), thumbnail: view.Clip.Thumbnail, fragments: view.Clip.Fragments, bytes: view.Clip.Bytes}
	if c.clips.add(k) {
		r.register.add(k.id, thing{kind: kindClip, camera: c})
		r.register.add(k.event, thing{kind: kindEvent, camera: c})
	}
}

func parseID(s string) (i id) {
	hex.Decode(i[:], []byte(s)) // the hub's own spelling
	return i
}

// byID is a camera by the hub's id.
func (r *rig) byID(s string) *camera {
	if t, ok := r.register.find(parseID(s)); ok && t.kind == kindCamera {
		return t.camera
	}
	return nil
}

// move lets every camera notice something.
func (r *rig) move(active bool) {
	for _, c := range r.cameras {
		c.fake.Motion(active)
	}
}

// stir lets one camera after the other notice something, so that there is always
// news.
func (r *rig) stir(ctx context.Context) {
	const holds, between = 300 * time.Millisecond, 700 * time.Millisecond
	for n := 0; ; n++ {
		c := r.cameras[n*(perOwner+1)%allCameras] // of another owner each time
		c.fake.Motion(true)
		gone := !rest(ctx, holds)
		c.fake.Motion(false)
		if gone || !rest(ctx, between) {
			return
		}
	}
}

// report is what the states of the cameras are that are not live, for a failure.
func (r *rig) report(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	for n := range owners {
		a := r.owner(n)
		status, body, err := a.try("GET", "/s/"+a.s.scope+"/api/cameras", nil)
		var list struct{ Cameras []map[string]any }
		if err != nil || status != 200 || json.Unmarshal(body, &list) != nil {
			fmt.Fprintf(&b, "account %d: status %d, %v %.200s\n", n, status, err, body)
		}
		for _, c := range list.Cameras {
			if s, _ := c["status"].(map[string]any); c["mine"] == true && s["state"] != "live" {
				fmt.Fprintf(&b, "account %d: %v of %v: %v\n", n, c["id"], c["owner"], s)
			}
		}
		a.c.shut()
	}
	return b.String()
}
