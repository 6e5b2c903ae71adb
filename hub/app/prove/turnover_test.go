package prove

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"testing"
	"time"
)

// turnover is what happens seldom: another password, other keys, another owner
// of a camera. One camera beside all others goes from hand to hand.
type turnover struct {
	r      *rig
	camera *camera
	holder int // whose it is

	passwords, rotations, transfers int
	went                            []string // wrong
	late                            []string // was not answered in time
	lost                            bool     // the camera may be offered, or not: it stays where it is
}

// rotator is whose keys are changed: nothing that must not end for it (tokens,
// links, grants of the cast) is its own.
const rotator = 2

// newTurnover adds the camera that goes around.
func (r *rig) newTurnover(t *testing.T) *turnover {
	t.Helper()
	c := r.traveller
	v := &turnover{r: r, camera: c, holder: 1}
	r.truth.grant(v.holder, c, held{rights: everything})
	a := r.owner(v.holder)
	defer a.c.shut()
	c.id.Store(r.addCamera(t, a, map[string]string{"name": c.name.String(), "main": c.fake.MainURL(), "sub": c.fake.SubURL(), "onvif": c.fake.ONVIFURL()}))
	r.register.add(c.at(), thing{kind: kindCamera, camera: c})
	return v
}

// run does one after the other until the context ends, each once at least.
func (v *turnover) run(ctx context.Context, every time.Duration) {
	const kinds = 3
	for n := 0; rest(ctx, every) || n < kinds; n++ {
		var err error
		switch n % kinds {
		case 0:
			if !v.lost {
				err = v.transfer()
			}
			v.lost = v.lost || errors.Is(err, os.ErrDeadlineExceeded)
		case 1:
			err = v.password(n / kinds % owners)
		case 2:
			err = v.rotate()
		}
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded):
			v.late = append(v.late, err.Error())
		case err != nil:
			v.went = append(v.went, err.Error())
		}
	}
}

// end takes the camera away and names what went wrong.
func (v *turnover) end() []string {
	a, err := v.r.proved(v.holder)
	if err == nil {
		_, err = v.ask(a, "DELETE", "cameras/"+v.camera.at().String(), nil, 204)
		a.c.shut()
	}
	v.r.truth.revoke(v.holder, v.camera, time.Now())
	if err != nil {
		v.went = append(v.went, err.Error())
	}
	if v.passwords == 0 || v.rotations == 0 || v.transfers == 0 {
		v.went = append(v.went, "not all kinds of turnover happened: "+v.String())
	}
	return v.went
}

func (v *turnover) String() string {
	return fmt.Sprintf("%d passwords changed, %d accounts with other keys, %d cameras handed over", v.passwords, v.rotations, v.transfers)
}

// ask asks as an account and wants a status.
func (v *turnover) ask(a *admin, method, path string, body any, want int) ([]byte, error) {
	status, b, err := a.try(method, "/s/"+a.s.scope+"/api/"+path, body)
	if err == nil && status != want {
		err = fmt.Errorf("status %d, want %d: %.200s", status, want, b)
	}
	if err != nil {
		return nil, fmt.Errorf("turnover: %s %s: %w", method, path, err)
	}
	return b, nil
}

// password gives an account another password: all its other sessions end.
func (v *turnover) password(account int) error {
	r := v.r
	r.keys[account].Lock()
	defer r.keys[account].Unlock()
	a, k := r.owner(account), r.accounts[account]
	defer a.c.shut()
	next := fmt.Sprintf("%s, change %d", password, v.passwords)
	for _, s := range k.seats[1:] {
		s.session.Load().ended.Store(true)
	}
	if _, err := v.ask(a, "POST", "password", map[string]string{"old": k.password, "new": next}, 204); err != nil {
		return err
	}
	k.password = next
	v.passwords++
	return v.sitAll(account)
}

// rotate gives the rotator other keys: all its sessions end, and what others
// share with it waits for them.
func (v *turnover) rotate() error {
	r, k := v.r, v.r.accounts[rotator]
	r.keys[rotator].Lock()
	defer r.keys[rotator].Unlock()
	a, err := r.proved(rotator)
	if err != nil {
		return err
	}
	defer a.c.shut()
	for _, s := range k.seats {
		s.session.Load().ended.Store(true)
	}
	for _, c := range r.cameras {
		r.truth.doubt(rotator, c) // others have to confirm its new keys
	}
	own := nonce()
	answer, err := a.c.ask(r.direct, a.s, request{method: "POST", path: "/s/" + a.s.scope + "/api/rotate/" + own, cookie: a.s.cookie, body: []byte(`{"password":"` + k.password + `"}`)})
	if err == nil && (answer.status != 200 || field(answer.body, "nonce") != own) {
		err = fmt.Errorf("status %d: %.200s", answer.status, answer.body)
	}
	if err != nil {
		return fmt.Errorf("turnover: rotating: %w", err)
	}
	s := &session{account: rotator, cookie: answer.cookie, scope: field(answer.body, "scope")}
	r.remember(s)
	k.seats[0].session.Store(s)
	v.rotations++
	return v.sitAll(rotator)
}

// sitAll signs all devices of an account but the first in again.
func (v *turnover) sitAll(account int) error {
	for _, k := range v.r.accounts[account].seats[1:] {
		s, err := v.r.signIn(v.r.direct, account)
		if err != nil {
			return err
		}
		k.session.Store(s)
	}
	return nil
}

// transfer hands the camera to the next account, which had nothing of it; the
// old one has nothing of it afterwards.
func (v *turnover) transfer() error {
	r, from, to := v.r, v.holder, (v.holder+1)%owners
	defer r.turning(from, to)()
	giver, err := r.proved(from)
	if err != nil {
		return err
	}
	defer giver.c.shut()
	taker, err := r.proved(to)
	if err != nil {
		return err
	}
	defer taker.c.shut()
	old := v.camera.at()
	b, err := v.ask(giver, "POST", "cameras/"+old.String()+"/transfer", map[string]any{"to": r.accounts[to].id, "erase": true}, 200)
	if err != nil {
		return err
	}
	offer := field(b, "id")
	r.truth.grant(to, v.camera, held{rights: everything, from: v.camera.fake.LastMark().Frame, since: time.Now().Truncate(time.Millisecond)})
	if b, err = v.ask(taker, "POST", "transfers/"+offer+"/accept", struct{}{}, 200); err != nil {
		return err
	}
	r.truth.revoke(from, v.camera, time.Now())
	var got struct{ Camera string }
	var now id
	if json.Unmarshal(b, &got) == nil {
		_, err = hex.Decode(now[:], []byte(got.Camera))
	}
	if err != nil || now == (id{}) || now == old {
		return fmt.Errorf("turnover: a camera that was taken over has the id %s, %v", got.Camera, err)
	}
	r.register.add(now, thing{kind: kindCamera, camera: v.camera})
	v.camera.id.Store(&now)
	v.holder = to
	v.transfers++
	v.camera.fake.Motion(true) // it records under its new owner
	defer v.camera.fake.Motion(false)
	for _, q := range []struct {
		a    *admin
		at   id
		want int
	}{{giver, old, 404}, {giver, now, 404}, {taker, old, 404}, {taker, now, 200}} {
		if _, err := v.ask(q.a, "GET", "cameras/"+q.at.String(), nil, q.want); err != nil {
			return fmt.Errorf("after a handover: %w", err)
		}
	}
	return nil
}
