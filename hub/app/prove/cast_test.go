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
	status, b, err := a.try(method, "/s/"+a.s.scope+"/api/"+path, body)
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
	return r.enter(d, "sign-in", account, map[string]string{"name": r.accounts[account].name, "password": password})
}

// seatAll signs every account in on some devices.
func (r *rig) seatAll(t *testing.T, devices int) {
	t.Helper()
	for n, a := range r.accounts {
		for range devices {
			s, err := r.signIn(r.direct, n)
			if err != nil {
				t.Fatal(err)
			}
			k := &seat{}
			k.session.Store(s)
			a.seats = append(a.seats, k)
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
	for n := range allCameras {
		c := newCamera(n, run)
		fake, err := fakecam.Start(context.Background(), fakecam.Options{
			Name: c.secret, Addr: "127.0.0.1:0", HTTPAddr: "127.0.0.1:0",
			Source: fakecam.TestCard{Width: c.width, Height: c.height, SubWidth: c.width, SubHeight: c.height, FPS: fps, GOP: time.Second, Color: c.paper},
		})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(fake.Close)
		c.fake = fake
		r.cameras = append(r.cameras, c)
		r.byPicture[c.picture] = c
		r.register.add(c.name, thing{kind: kindName, camera: c})
		r.register.add(c.text, thing{kind: kindText, camera: c})
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
		}
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
				Clips      []struct{ ID string }
			}
		}
		a.call(t, "GET", "events?limit=40", nil, 200, &page)
		for _, e := range page.Events {
			c := r.byID(e.Camera)
			if c == nil || c.owner != n {
				t.Fatalf("account %d is told of an event of camera %s", n, e.Camera)
			}
			for _, k := range e.Clips {
				if !c.clips.knows(parseID(k.ID)) {
					r.learnClip(t, a, c, e.ID, k.ID)
				}
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
	if err != nil || status != 200 && status != 404 {
		t.Fatalf("clip %s: status %d, %v: %s", clipID, status, err, b)
	}
	// What is being written is good to ask for once there is something of it.
	const some = 3
	if status == 404 || json.Unmarshal(b, &view) != nil || view.Clip.Fragments < some || !view.Clip.Thumbnail {
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
	for _, c := range r.cameras {
		if c.at().String() == s {
			return c
		}
	}
	return nil
}

// move lets every camera notice something.
func (r *rig) move(active bool) {
	for _, c := range r.cameras {
		c.fake.Motion(active)
	}
}

// report is what the cameras' states are, for a failure.
func (r *rig) report(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	for n := range owners {
		_, body, err := r.owner(n).try("GET", "/s/"+r.owner(n).s.scope+"/api/cameras", nil)
		fmt.Fprintf(&b, "account %d: %v %.1500s\n", n, err, body)
	}
	return b.String()
}

// fixedGrants are the overlaps of the cast: two cameras that two accounts
// share each, and one account that may watch and not look back.
var fixedGrants = []struct {
	camera, grantee int
	kind            grantKind
}{
	{0, 1, grantKind{[]string{"live", "audio", "history", "export"}, "all", everything}},
	{perOwner, 0, grantKind{[]string{"live", "audio", "history", "export"}, "all", everything}},
	{2*perOwner + 1, 5, grantKind{[]string{"live"}, "now", seeIt | live}},
}

// overlap makes the grants of the cast, and a token.
func (r *rig) overlap(t *testing.T) {
	t.Helper()
	r.fixed = map[[2]int]bool{}
	for _, g := range fixedGrants {
		c := r.cameras[g.camera]
		a := r.owner(c.owner)
		err := r.grant(a, c, g.grantee, g.kind)
		a.c.shut()
		if err != nil {
			r.without("grants", err)
			return
		}
		r.fixed[[2]int{g.grantee, c.n}] = true
	}
}

// without notes what this hub cannot do.
func (r *rig) without(what string, err error) {
	r.missing = append(r.missing, fmt.Sprintf("%s: %v", what, err))
}

// token makes an API token of an owner for two of its cameras.
func (r *rig) token(t *testing.T, owner int) *seat {
	t.Helper()
	a := r.owner(owner)
	defer a.c.shut()
	s := &session{account: owner, cameras: map[*camera]right{}}
	var wanted []map[string]any
	for _, c := range r.cameras[owner*perOwner:][:2] {
		s.cameras[c] = everything
		wanted = append(wanted, map[string]any{"camera": c.at().String(), "actions": []string{"live", "history"}, "history": "all"})
	}
	status, b, err := a.try("POST", "/s/"+a.s.scope+"/api/tokens", map[string]any{"name": "prove", "cameras": wanted})
	if err != nil || status != 201 {
		r.without("tokens", fmt.Errorf("status %d, %w, %.200s", status, err, b))
		return nil
	}
	s.bearer = field(b, "token")
	if s.scope, err = r.scopeOf(r.direct, s); err != nil {
		t.Fatal(err)
	}
	r.remember(s)
	k := &seat{}
	k.session.Store(s)
	return k
}
