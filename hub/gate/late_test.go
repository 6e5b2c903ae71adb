package gate

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"lares/cameras"
	"lares/hub/account"
	"lares/hub/store"
)

// TestTooLate: what was allowed and opened, and then waited for the database
// while its session ended, writes nothing.
func TestTooLate(t *testing.T) {
	t.Parallel()
	for name, do := range map[string]func(*rig, account.Caller, *stage) error{
		"a grant": func(r *rig, ann account.Caller, s *stage) error {
			return r.Grant(r.t.Context(), ann, GrantRequest{Camera: s.pass.Camera(), Account: s.bob.Account, Actions: []Action{Live}})
		},
		"a token": func(r *rig, ann account.Caller, s *stage) error {
			_, _, err := r.MakeToken(r.t.Context(), ann, TokenRequest{Name: "x", Cameras: []TokenGrant{{s.pass.Camera(), []Action{Live}, FromNow}}})
			return err
		},
		"a link": func(r *rig, ann account.Caller, s *stage) error {
			_, _, err := r.MakeLink(r.t.Context(), ann, s.pass, r.file(s.pass.Camera(), s.pass.clip), LinkRequest{Views: 1, Life: time.Hour})
			return err
		},
		"a camera": func(r *rig, ann account.Caller, _ *stage) error {
			_, err := r.AddCamera(r.t.Context(), ann, NewCamera{Name: "late", Access: cameras.Access{Main: "rtsp://192.0.2.9/late"}})
			return err
		},
		"who is away": func(r *rig, ann account.Caller, _ *stage) error { return r.SetAway(r.t.Context(), ann, true) },
		"a lockdown":  func(r *rig, ann account.Caller, _ *stage) error { return r.LockDown(r.t.Context(), ann, LockMine) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t)
				ann := r.person("ann")
				s := &stage{bob: r.person("bob")}
				cam := r.camera(ann, "front")
				clip, _ := r.record(cam)
				var err error
				s.pass, err = r.AdmitClip(t.Context(), ann, clip, GuestLinks)
				r.must(err)
				r.late(ann, func() error { return do(r, ann, s) })
				grants, err := r.store.Grants(t.Context(), cam)
				r.must(err)
				tokens, err := r.store.Tokens(t.Context(), ann.Account)
				r.must(err)
				links, err := r.store.Links(t.Context(), ann.Account)
				r.must(err)
				own, err := r.store.CamerasOf(t.Context(), ann.Account)
				r.must(err)
				locks, err := r.store.Lockdowns(t.Context(), ann.Account)
				r.must(err)
				aways, err := r.store.Aways(t.Context())
				r.must(err)
				if len(grants)+len(tokens)+len(links)+len(locks)+len(aways) != 0 || len(own) != 1 {
					t.Errorf("written: %d grants, %d tokens, %d links, %d lockdowns, %d away, %d cameras", len(grants), len(tokens), len(links), len(locks), len(aways), len(own))
				}
			})
		})
	}
}

// TestTooLateToTake: nor does it take anything away.
func TestTooLateToTake(t *testing.T) {
	t.Parallel()
	for name, do := range map[string]func(*rig, account.Caller, *stage) error{
		"a grant": func(r *rig, ann account.Caller, s *stage) error {
			return r.Revoke(r.t.Context(), ann, s.pass.Camera(), s.bob.Account)
		},
		"an account": func(r *rig, ann account.Caller, s *stage) error {
			_, err := r.RemoveAccount(r.t.Context(), ann, s.bob.Account, true)
			return err
		},
		"itself": func(r *rig, ann account.Caller, _ *stage) error {
			_, err := r.Leave(r.t.Context(), ann, Leaving{Erase: true})
			return err
		},
		"an offer": func(r *rig, ann account.Caller, s *stage) error {
			_, err := r.Offer(r.t.Context(), ann, s.pass.Camera(), s.bob.Account, false)
			return err
		},
		"a token":  func(r *rig, ann account.Caller, s *stage) error { return r.EndToken(r.t.Context(), ann, s.token) },
		"a camera": func(r *rig, _ account.Caller, s *stage) error { return r.RemoveCamera(r.t.Context(), s.pass) },
		"a view":   func(r *rig, _ account.Caller, s *stage) error { return r.SetPrivacy(r.t.Context(), s.pass, true) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t)
				ann := r.operator("ann")
				s := &stage{bob: r.person("bob")}
				cam := r.camera(ann, "front")
				r.must(r.Grant(t.Context(), ann, GrantRequest{Camera: cam, Account: s.bob.Account, Actions: []Action{Live}}))
				var err error
				s.pass, err = r.Admit(t.Context(), ann, cam, Manage)
				r.must(err)
				token, _, err := r.MakeToken(t.Context(), ann, TokenRequest{Name: "x", Cameras: []TokenGrant{{cam, []Action{Live}, FromNow}}})
				r.must(err)
				s.token = token
				r.late(ann, func() error { return do(r, ann, s) })
				tokens, err := r.store.Tokens(t.Context(), ann.Account)
				r.must(err)
				people, err := r.store.Accounts(t.Context())
				r.must(err)
				offers, err := r.store.Transfers(t.Context(), ann.Account, r.clock.Now())
				r.must(err)
				if len(tokens) != 1 || len(people) != 2 || len(offers) != 0 {
					t.Errorf("%d tokens, %d accounts and %d offers are left", len(tokens), len(people), len(offers))
				}
				grants, err := r.store.Grants(t.Context(), cam)
				r.must(err)
				own, err := r.store.CamerasOf(t.Context(), ann.Account)
				r.must(err)
				said, err := r.store.Privacies(t.Context())
				r.must(err)
				if len(grants) != 1 || len(own) != 1 || len(said) != 0 {
					t.Errorf("%d grants and %d cameras are left, %d off the air", len(grants), len(own), len(said))
				}
			})
		})
	}
}

// TestTooLateToHide: nor is a camera taken off the air for somebody who lost the
// right to it meanwhile.
func TestTooLateToHide(t *testing.T) {
	t.Parallel()
	for _, token := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			r := newRig(t)
			ann, bob := r.person("ann"), r.person("bob")
			cam := r.camera(ann, "front")
			by := bob
			if token {
				by, _ = r.token(ann, TokenGrant{cam, []Action{Manage}, FromNow})
			} else {
				r.must(r.Grant(t.Context(), ann, GrantRequest{Camera: cam, Account: bob.Account, Actions: []Action{Live, Manage}}))
			}
			p := r.pass(by, cam, Manage)
			r.must(r.SetPrivacy(t.Context(), p, true))
			done := make(chan error, 1)
			r.must(r.store.Update(t.Context(), func(tx *store.Tx) error {
				go func() { done <- r.SetPrivacy(t.Context(), p, false) }()
				synctest.Wait() // it waits for its turn
				var err error
				if token {
					_, err = tx.RemoveToken(t.Context(), by.Token, ann.Account)
				} else {
					_, err = tx.RemoveGrant(t.Context(), cam, bob.Account)
				}
				return err
			}))
			if err := <-done; !errors.Is(err, ErrNotFound) {
				t.Errorf("token %v: %v", token, err)
			}
			if said, err := r.store.Privacy(t.Context(), cam); err != nil || !said.On {
				t.Errorf("token %v: %+v, %v", token, said, err)
			}
		})
	}
}

// TestTooLateForAGuest: nor does a guest get a key from somebody from whom the
// right to give it, or to see the clip, was taken meanwhile.
func TestTooLateForAGuest(t *testing.T) {
	t.Parallel()
	for _, left := range [][]Action{nil, {History}, {GuestLinks}} {
		synctest.Test(t, func(t *testing.T) {
			r := newRig(t)
			ctx := t.Context()
			ann, bob := r.person("ann"), r.person("bob")
			cam := r.camera(ann, "front")
			clip, _ := r.record(cam)
			r.must(r.Grant(ctx, ann, GrantRequest{Camera: cam, Account: bob.Account, Actions: []Action{History, GuestLinks}, History: FromStart}))
			p := r.clipPass(bob, clip, GuestLinks)
			f := r.file(cam, clip)
			done := make(chan error, 1)
			r.must(r.store.Update(ctx, func(tx *store.Tx) error {
				go func() {
					_, _, err := r.MakeLink(ctx, bob, p, f, LinkRequest{Views: 1, Life: time.Hour})
					done <- err
				}()
				synctest.Wait() // it has the clip's key and waits for its turn
				if left == nil {
					_, err := tx.RemoveGrant(ctx, cam, bob.Account)
					return err
				}
				row, err := tx.Grant(ctx, cam, bob.Account)
				r.must(err)
				row.Actions = 0
				for _, a := range left {
					row.Actions |= bit(a)
				}
				return tx.PutGrant(ctx, row)
			}))
			if err := <-done; !errors.Is(err, ErrNotFound) {
				t.Errorf("left with %v: %v", left, err)
			}
			if links, err := r.Links(ctx, ann); err != nil || len(links) != 0 {
				t.Errorf("left with %v: %d links, %v", left, len(links), err)
			}
		})
	}
}

// TestProlonged: a grant that its owner prolongs while it is being taken back for
// having run out is there to stay.
func TestProlonged(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		ann, bob := r.person("ann"), r.person("bob")
		cam := r.camera(ann, "front")
		expires := r.clock.Now().Add(time.Hour)
		r.must(r.Grant(t.Context(), ann, GrantRequest{Camera: cam, Account: bob.Account, Actions: []Action{Live}, Expires: expires}))
		done := make(chan error, 1)
		r.must(r.store.Update(t.Context(), func(tx *store.Tx) error {
			go func() { done <- r.expire(t.Context(), expires) }()
			synctest.Wait() // it has found the grant and waits for its turn
			row, err := tx.Grant(t.Context(), cam, bob.Account)
			r.must(err)
			row.Expires = expires.Add(time.Hour)
			return tx.PutGrant(t.Context(), row)
		}))
		r.must(<-done)
		if grants, err := r.store.Grants(t.Context(), cam); err != nil || len(grants) != 1 {
			t.Errorf("%d grants, %v", len(grants), err)
		}
	})
}

// operator is a person who runs the hub.
func (r *rig) operator(name string) account.Caller {
	r.t.Helper()
	c := r.person(name)
	r.must(r.store.Update(r.t.Context(), func(tx *store.Tx) error { return tx.SetOperator(r.t.Context(), c.Account, true) }))
	c.Operator = true
	return c
}

// late does something that waits for the database while ann's session ends.
func (r *rig) late(ann account.Caller, do func() error) {
	r.t.Helper()
	done := make(chan error, 1)
	r.must(r.store.Update(r.t.Context(), func(tx *store.Tx) error {
		go func() {
			err := errors.New("it gave up") // and said why
			defer func() { done <- err }()
			err = do()
		}()
		synctest.Wait() // it has opened what it needs and waits for its turn
		_, err := tx.EndSession(r.t.Context(), ann.Session, ann.Account)
		return errors.Join(err, tx.SetRecovery(r.t.Context(), ann.Account, t0))
	}))
	if err := <-done; !errors.Is(err, ErrNotFound) {
		r.t.Errorf("%v", err)
	}
}

// stage is what something late is done with.
type stage struct {
	bob   account.Caller
	pass  Pass
	token TokenID
}

// TestInvitationsEnd: one that has run out is over for good, though nobody asked
// for it before the clock was set back.
func TestInvitationsEnd(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ann := r.operator("ann")
	i, _, err := r.accounts.Invite(t.Context(), ann, "")
	r.must(err)
	over := func() bool {
		rows, err := r.store.Invitations(t.Context())
		r.must(err)
		return len(rows) == 1 && rows[0].ID == i.ID && rows[0].Over && rows[0].Used.IsZero()
	}
	r.must(r.survey(t.Context(), r.clock.Now()))
	if over() {
		t.Error("at once")
	}
	r.must(r.survey(t.Context(), i.Expires))
	if !over() {
		t.Error("not over when it ran out")
	}
}
