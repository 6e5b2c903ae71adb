package prove

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// people claims the hub for the first account and invites all others.
func (r *rig) people(t *testing.T) {
	t.Helper()
	out, err := exec.Command(r.hub.program, "claim", "--data", r.data, "--quiet").Output()
	if err != nil {
		t.Fatalf("lares claim: %v\n%s", err, r.hub.says.tail())
	}
	first := r.accounts[0]
	operator, err := r.enter(r.direct, "claim", 0, map[string]string{"code": strings.TrimSpace(string(out)), "name": first.name, "password": password})
	if err != nil {
		t.Fatal(err)
	}
	first.sit(operator)
	a := r.admin(operator)
	defer a.c.shut()
	for n, guest := range r.accounts[1:] {
		var invited struct{ Code string }
		a.call(t, "POST", "invitations/new/"+nonce(), map[string]string{"name": guest.name}, 201, &invited)
		s, err := r.enter(r.direct, "accept", n+1, map[string]string{"code": invited.Code, "name": guest.name, "password": password})
		if err != nil {
			t.Fatal(err)
		}
		guest.sit(s)
	}
}

// sit gives an account one more device.
func (a *account) sit(s *session) {
	k := &seat{}
	k.session.Store(s)
	a.seats = append(a.seats, k)
}

// overlap is the grants of the cast.
var overlap = []struct {
	camera, grantee int
	kind            grantKind
}{
	// Two cameras that two accounts share each.
	{0, 1, grantKind{[]string{"live", "audio", "history", "export"}, "all", everything}},
	{perOwner, 0, grantKind{[]string{"live", "audio", "history", "export"}, "all", everything}},
	// One account that may watch and not look back.
	{2*perOwner + 1, 5, grantKind{[]string{"live"}, "now", seeIt | live}},
}

// share makes the grants of the cast.
func (r *rig) share(t *testing.T) {
	t.Helper()
	r.fixed = map[[2]int]bool{}
	for _, g := range overlap {
		c := r.cameras[g.camera]
		a := r.owner(c.owner)
		err := r.grant(a, c, g.grantee, g.kind)
		a.c.shut()
		if err != nil {
			t.Fatal(err)
		}
		r.fixed[[2]int{g.grantee, c.n}] = true
	}
}

// The owners that made a token, and those that made a guest link.
var (
	tokenOwners = []int{3, 6}
	linkOwners  = []int{4, 7}
)

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
	var made struct{ Token string }
	a.call(t, "POST", "tokens/new/"+nonce(), map[string]any{"name": "prove", "cameras": wanted}, 201, &made)
	s.bearer = made.Token
	var err error
	if s.scope, err = r.scopeOf(r.direct, s); err != nil {
		t.Fatal(err)
	}
	r.remember(s)
	k := &seat{}
	k.session.Store(s)
	return k
}

// shown is what a guest link shows.
type shown struct {
	secret string
	camera *camera
	clip   clip
}

// link makes a guest link to one clip of an owner; its label is a mark. One
// browser comes by it.
func (r *rig) link(t *testing.T, owner int) {
	t.Helper()
	c := r.cameras[owner*perOwner]
	clip, _ := c.clips.pick(0)
	label := markOf("label", c.secret)
	r.register.add(label, thing{kind: kindName, camera: c})
	a := r.owner(owner)
	defer a.c.shut()
	var made struct{ Secret string }
	a.call(t, "POST", "clips/"+clip.id.String()+"/links/new/"+nonce(), map[string]any{"views": 1000, "hours": 24, "label": label.String()}, 201, &made)
	s, err := r.arrive(r.direct, &shown{made.Secret, c, clip})
	if err != nil {
		t.Fatal(err)
	}
	k := &seat{}
	k.session.Store(s)
	r.guests = append(r.guests, k)
}

// arrive exchanges a link's secret for a guest's cookie and scope, through a
// door.
func (r *rig) arrive(d *door, link *shown) (*session, error) {
	var c conn
	defer c.shut()
	body, err := json.Marshal(map[string]string{"secret": link.secret})
	if err != nil {
		return nil, err
	}
	own := nonce()
	a, err := c.ask(d, nil, request{method: "POST", path: "/api/guest/" + own, body: body})
	if err != nil {
		return nil, err
	}
	if a.status != 200 || field(a.body, "nonce") != own {
		r.findings.add("another answer", "guest link: status %d, %.200s", a.status, a.body)
		return nil, fmt.Errorf("%w: guest link: status %d, %.200s", errAnswer, a.status, a.body)
	}
	s := &session{
		account: link.camera.owner, guest: a.cookie, scope: field(a.body, "scope"), link: link,
		cameras: map[*camera]right{link.camera: seeIt | history}, arrived: time.Now(),
	}
	r.remember(s)
	return s, nil
}

// welcome lets the guests arrive anew whose hour could end within the next phase.
func (r *rig) welcome(t *testing.T) {
	const soon = 20 * time.Minute
	for _, k := range r.guests {
		old := k.session.Load()
		if time.Since(old.arrived) < soon {
			continue
		}
		s, err := r.arrive(r.direct, old.link)
		if err != nil {
			t.Errorf("arriving anew: %v", err)
			r.failed = true
			continue
		}
		k.session.Store(s)
	}
}

// visit is a turn of a guest: its clip in every form, and what is not for it.
func (c *client) visit(s *session) error {
	k, cam := s.link.clip, s.link.camera
	e := expect{verb: vGuest, camera: cam, need: history, legal: true}
	q := request{method: "GET"}
	const ways = 8
	switch c.rand.IntN(ways) {
	case 0:
		e.need = seeIt
		q.path = guestPath(s, "clip")
	case 1:
		from := c.rand.Int64N(max(1, k.bytes/2))
		q.span = fmt.Sprintf("bytes=%d-%d", from, from+rangeBytes)
		q.path = guestPath(s, "clip.mp4")
	case 2:
		e.init = true
		q.path = guestPath(s, "init")
	case 3, 4:
		q.path = guestPath(s, fmt.Sprint("fragments/", c.rand.IntN(max(1, k.fragments))))
	case 5, 6:
		e.thumb = true
		q.path = guestPath(s, "thumbnail")
	default:
		e.legal, e.barred, e.camera = false, true, nil
		other, _ := c.r.cameras[c.rand.IntN(allCameras)].clips.pick(c.rand.Uint64())
		q.path = c.path(s, []string{"cameras", "events", "clips/" + other.id.String() + "/thumbnail", "clips/" + k.id.String() + "/thumbnail", "clips/" + k.id.String() + "/preview"}[c.rand.IntN(5)])
	}
	_, err := c.ask(s, e, q)
	return err
}

func guestPath(s *session, of string) string { return "/s/" + s.scope + "/guest/" + of }
