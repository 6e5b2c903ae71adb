package gate

import (
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"lares/cameras/media"
	"lares/hub/account"
	"lares/hub/store"
	"lares/hub/vault"
)

// link makes a guest link, and gives its secret.
func (r *rig) link(c account.Caller, clip media.ClipID, views int) (Link, string) {
	r.t.Helper()
	p := r.clipPass(c, clip, GuestLinks)
	l, secret, err := r.MakeLink(r.t.Context(), c, p, r.file(p.Camera(), clip), LinkRequest{Views: views, Life: 48 * time.Hour, Label: "for the insurance"})
	r.must(err)
	return l, secret
}

func (r *rig) visit(secret string) Visit {
	r.t.Helper()
	v, err := r.Visit(r.t.Context(), secret, "192.0.2.9")
	r.must(err)
	return v
}

// look is a guest's whole way to a part of its clip.
func (r *rig) look(v Visit, part Part) ([]byte, error) {
	r.t.Helper()
	g, p, err := r.AdmitGuest(r.t.Context(), v.Token, v.Scope, "192.0.2.9")
	if err != nil {
		return nil, err
	}
	w, b := r.wire(g.Session)
	err = r.OpenClip(r.t.Context(), p, r.file(p.Camera(), p.Clip()), part, w)
	return b.Bytes(), err
}

// TestGuestSeesOneClip: the clip of the link and nothing else, with lock 1 and
// without it.
func TestGuestSeesOneClip(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ann := r.person("ann")
	cam := r.camera(ann, "front")
	clip, picture := r.record(cam)
	other, _ := r.record(cam) // of the same camera and epoch
	l, secret := r.link(ann, clip, 2)
	v := r.visit(secret)
	if got, err := r.look(v, ThumbnailPart()); err != nil || !slices.Equal(got, picture) {
		t.Fatalf("%d bytes, %v", len(got), err)
	}
	if v.Guest.Label != "for the insurance" || v.Guest.Maker != ann.Account || v.Guest.Expires != t0.Add(time.Hour) || v.Pass.Clip() != clip {
		t.Errorf("%+v", v.Guest)
	}
	if _, p, err := r.AdmitGuest(t.Context(), v.Token, r.visit(secret).Scope, ""); !errors.Is(err, ErrNotFound) || p.Clip() == clip {
		t.Errorf("the scope of another guest: %v", err)
	}
	list, err := r.Links(t.Context(), ann)
	if err != nil || len(list) != 1 || list[0].ID != l.ID || list[0].ViewsLeft != 0 || list[0].Views != 2 || list[0].MakerName != "ann" {
		t.Errorf("%+v, %v", list, err)
	}

	_, p, err := r.AdmitGuest(t.Context(), v.Token, v.Scope, "192.0.2.9")
	r.must(err)
	// Whatever file is put before the guest, its key is of one clip.
	r.crossed("another clip's file", func() error { _, err := r.Opener(t.Context(), p, r.file(cam, other)); return err })
	r.crossed("the same without lock 1", func() error { _, err := r.openClip(t.Context(), p.proof, r.file(cam, other)); return err })
	if _, err := r.vault.Unlock(t.Context(), p.proof); !errors.Is(err, vault.ErrNoKey) {
		t.Errorf("a guest unlocks keys: %v", err)
	}
	run, _ := r.newRun(cam)
	r.crossed("live", func() error { _, err := r.OpenLive(t.Context(), p, run); return err })
	guest := account.Caller{Session: v.Guest.Session} // as httpapi holds it
	if _, err := r.Admit(t.Context(), guest, cam, Live); !errors.Is(err, ErrNotFound) {
		t.Errorf("a guest is admitted to a camera: %v", err)
	}
	if list, err := r.Cameras(t.Context(), guest); err != nil || len(list) != 0 {
		t.Errorf("cameras of a guest: %v, %v", list, err)
	}
	old := func(tx *store.Tx) error { return tx.PutSetting(t.Context(), store.SettingRolledBack, []byte{1}) }
	r.must(r.store.Update(t.Context(), old))
	if _, err := r.Opener(t.Context(), p, r.file(cam, clip)); !errors.Is(err, ErrRolledBack) {
		t.Errorf("while the database is in doubt: %v", err)
	}
	r.must(r.store.Update(t.Context(), func(tx *store.Tx) error { return tx.RemoveSetting(t.Context(), store.SettingRolledBack) }))
	another := r.visitOf(ann, other)
	w, b := r.wire(another.Guest.Session)
	r.crossed("another guest's connection", func() error {
		return r.OpenClip(t.Context(), p, r.file(cam, clip), ThumbnailPart(), w)
	})
	if b.Len() != 0 {
		t.Error("bytes on another guest's connection")
	}
}

func (r *rig) visitOf(c account.Caller, clip media.ClipID) Visit {
	r.t.Helper()
	_, secret := r.link(c, clip, 1)
	return r.visit(secret)
}

// TestWhoMakesLinks: whoever has the action and the history, and no program.
func TestWhoMakesLinks(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ann, bob, eve := r.person("ann"), r.person("bob"), r.person("eve")
	cam := r.camera(ann, "front")
	clip, _ := r.record(cam)
	try := func(c account.Caller) error {
		p, err := r.AdmitClip(t.Context(), c, clip, GuestLinks)
		if err != nil {
			return err
		}
		_, secret, err := r.MakeLink(t.Context(), c, p, r.file(cam, clip), LinkRequest{Views: 1, Life: time.Hour})
		if err != nil && secret != "" {
			t.Error("a secret with an error")
		}
		return err
	}
	for name, c := range map[string]struct {
		actions []Action
		history HistoryFrom
		want    error
	}{
		"both":                        {[]Action{GuestLinks, History}, FromStart, nil},
		"without history":             {[]Action{GuestLinks, Live}, FromStart, ErrNotFound},
		"without links":               {[]Action{History, Export, Manage}, FromStart, ErrNotFound},
		"history from after the clip": {[]Action{GuestLinks, History}, FromNow, ErrNotFound},
	} {
		r.clock.Advance(time.Second)
		r.must(r.Grant(t.Context(), ann, GrantRequest{Camera: cam, Account: bob.Account, Actions: c.actions, History: c.history}))
		if err := try(bob); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := try(eve); !errors.Is(err, ErrNotFound) {
		t.Errorf("a stranger: %v", err)
	}
	tok, _ := r.token(ann, TokenGrant{cam, []Action{History, Live}, FromStart})
	if err := try(tok); !errors.Is(err, ErrNotFound) {
		t.Errorf("a token: %v", err)
	}
	p := r.clipPass(ann, clip, GuestLinks)
	other, _ := r.record(cam)
	r.crossed("another clip's file", func() error {
		_, _, err := r.MakeLink(t.Context(), ann, p, r.file(cam, other), LinkRequest{Views: 1, Life: time.Hour})
		return err
	})
	mixed := ann
	mixed.Account = eve.Account
	r.crossed("in another's name", func() error {
		_, _, err := r.MakeLink(t.Context(), mixed, p, r.file(cam, clip), LinkRequest{Views: 1, Life: time.Hour})
		return err
	})
	for name, bad := range map[string]LinkRequest{
		"no views": {Life: time.Hour}, "too many views": {Views: MaxLinkViews + 1, Life: time.Hour}, "no time": {Views: 1},
		"too long": {Views: 1, Life: MaxLinkLife + 1}, "a label that does not print": {Views: 1, Life: time.Hour, Label: "a\x07"},
	} {
		if _, _, err := r.MakeLink(t.Context(), ann, p, r.file(cam, clip), bad); !errors.Is(err, ErrInput) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestLinkEnds: each way in which a link stops, for new guests and at the next
// question of those who are there; the answer never says which.
func TestLinkEnds(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*rig, *linkScene){
		"revoked by its maker":      func(r *rig, s *linkScene) { r.must(s.end(s.bob)) },
		"revoked by the owner":      func(r *rig, s *linkScene) { r.must(s.end(s.ann)) },
		"its time is over":          func(r *rig, s *linkScene) { r.clock.Advance(48 * time.Hour) },
		"the maker's grant is gone": func(r *rig, s *linkScene) { r.must(r.Revoke(t.Context(), s.ann, s.cam, s.bob.Account)) },
		"the grant ran out": func(r *rig, s *linkScene) {
			s.grant(FromStart, r.clock.Now().Add(time.Minute), History, GuestLinks)
			r.clock.Advance(time.Minute)
		},
		"no guest links any more": func(r *rig, s *linkScene) { s.grant(FromStart, time.Time{}, History) },
		"no history any more":     func(r *rig, s *linkScene) { s.grant(FromStart, time.Time{}, GuestLinks) },
		"history from later on": func(r *rig, s *linkScene) {
			r.clock.Advance(time.Minute)
			s.grant(FromNow, time.Time{}, History, GuestLinks)
		},
		"a clip of a sound, and no audio any more": func(r *rig, s *linkScene) {
			s.kind(media.KindSound)
			r.sql("UPDATE grants SET actions = actions & ~?", bit(Audio))
		},
		"the grant is not confirmed": func(r *rig, s *linkScene) { r.sql("UPDATE grants SET unconfirmed = 1") },
		"the clip is being removed":  func(r *rig, s *linkScene) { r.sql("UPDATE clip SET state = 'removing' WHERE id = ?", s.clip[:]) },
		"the camera is removed":      func(r *rig, s *linkScene) { r.sql("UPDATE camera SET removed_ms = 1") },
		"the camera was given away":  func(r *rig, s *linkScene) { r.sql("UPDATE camera SET retired_ms = 1") },
		"the maker is gone": func(r *rig, s *linkScene) {
			r.sql("PRAGMA foreign_keys = ON; DELETE FROM account WHERE id = ?", s.bob.Account[:])
		},
		"the maker locked down":  func(r *rig, s *linkScene) { s.lock(s.bob.Account) },
		"the owner locked down":  func(r *rig, s *linkScene) { s.lock(s.ann.Account) },
		"the hub is locked down": func(r *rig, s *linkScene) { s.lock(account.ID{}) },
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			s := &linkScene{rig: r, ann: r.person("ann"), bob: r.person("bob")}
			s.cam = r.camera(s.ann, "front")
			s.clip, _ = r.record(s.cam)
			s.grant(FromStart, time.Time{}, History, GuestLinks, Audio)
			var secret string
			s.link, secret = r.link(s.bob, s.clip, 5)
			v := r.visit(secret)
			if _, err := r.look(v, ThumbnailPart()); err != nil {
				t.Fatal(err)
			}
			end(r, s)
			if _, err := r.Visit(t.Context(), secret, "192.0.2.9"); !errors.Is(err, ErrNotFound) {
				t.Errorf("a new guest: %v", err)
			}
			if _, _, err := r.AdmitGuest(t.Context(), v.Token, v.Scope, ""); !errors.Is(err, ErrNotFound) {
				t.Errorf("the guest who is there: %v", err)
			}
		})
	}
}

// TestLinkStaysDead: a grant that is given again brings no link of the one before
// back, and nothing is left that would open.
func TestLinkStaysDead(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*rig, *linkScene){
		"narrowed to no links":   func(_ *rig, s *linkScene) { s.grant(FromStart, time.Time{}, History) },
		"narrowed to no history": func(_ *rig, s *linkScene) { s.grant(FromStart, time.Time{}, Live, GuestLinks) },
		"narrowed to the future": func(r *rig, s *linkScene) {
			r.clock.Advance(time.Minute)
			s.grant(FromNow, time.Time{}, History, GuestLinks)
		},
		"narrowed to pictures, of a sound": func(_ *rig, s *linkScene) {
			s.kind(media.KindSound)
			s.grant(FromStart, time.Time{}, History, GuestLinks)
			s.kind(media.KindMotion) // for what follows
		},
		"revoked": func(r *rig, s *linkScene) { r.must(r.Revoke(t.Context(), s.ann, s.cam, s.bob.Account)) },
		"expired": func(r *rig, s *linkScene) {
			s.grant(FromStart, r.clock.Now().Add(time.Minute), History, GuestLinks)
			r.clock.Advance(time.Minute)
			r.must(r.expire(t.Context(), r.clock.Now()))
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			s := &linkScene{rig: r, ann: r.person("ann"), bob: r.person("bob")}
			s.cam = r.camera(s.ann, "front")
			s.clip, _ = r.record(s.cam)
			s.grant(FromStart, time.Time{}, History, GuestLinks, Audio)
			_, own := r.link(s.ann, s.clip, 5)
			_, secret := r.link(s.bob, s.clip, 5)
			v := r.visit(secret)
			end(r, s)
			s.grant(FromStart, time.Time{}, History, GuestLinks)
			if _, err := r.Visit(t.Context(), secret, "192.0.2.9"); !errors.Is(err, ErrNotFound) {
				t.Errorf("a new guest: %v", err)
			}
			if _, _, err := r.AdmitGuest(t.Context(), v.Token, v.Scope, ""); !errors.Is(err, ErrNotFound) {
				t.Errorf("the guest who was there: %v", err)
			}
			if _, err := r.cfg.Store.Guest(t.Context(), v.Guest.ID); !errors.Is(err, store.ErrNoRow) {
				t.Errorf("the guest's wrapped key: %v", err)
			}
			links, err := r.Links(t.Context(), s.bob)
			if r.must(err); len(links) != 1 || !links[0].Revoked {
				t.Errorf("%+v", links)
			}
			r.visit(own) // the owner's link goes on
			s.grant(FromStart, time.Time{}, Live, History, Export, GuestLinks)
			again, secret := r.link(s.bob, s.clip, 5)
			s.grant(FromStart, r.clock.Now().Add(time.Hour), History, GuestLinks) // less, and all that the link needs
			r.visit(secret)
			links, err = r.Links(t.Context(), s.bob)
			if r.must(err); len(links) != 2 || !slices.ContainsFunc(links, func(l Link) bool { return l.ID == again.ID && !l.Revoked }) {
				t.Errorf("%+v", links)
			}
		})
	}
}

type linkScene struct {
	*rig
	ann, bob account.Caller // owner; maker
	cam      media.CameraID
	clip     media.ClipID
	link     Link
}

func (s *linkScene) grant(h HistoryFrom, expires time.Time, a ...Action) {
	s.must(s.Grant(s.t.Context(), s.ann, GrantRequest{Camera: s.cam, Account: s.bob.Account, Actions: a, History: h, Expires: expires}))
}

// kind makes the clip one of an event of that kind.
func (s *linkScene) kind(kind media.Kind) {
	s.sql("UPDATE event SET kind = ? WHERE id = (SELECT event FROM clip WHERE id = ?)", string(kind), s.clip[:])
}

func (s *linkScene) end(c account.Caller) error {
	guests, err := s.EndLink(s.t.Context(), c, s.link.ID)
	if err == nil && len(guests) != 1 {
		s.t.Errorf("%d guests to cut", len(guests))
	}
	return err
}

func (s *linkScene) lock(id account.ID) {
	s.sql("INSERT INTO lockdown (account, maker, session, since_ms) VALUES (?, ?, zeroblob(16), 0)", id[:], s.ann.Account[:])
}

// TestLinkViews: however many come at once, no more get in than the link has
// views, and as many as that but for those whom a busy database did not answer; wrong secrets take none, and what is over leaves no key behind.
func TestLinkViews(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ann, bob := r.person("ann"), r.person("bob")
	cam := r.camera(ann, "front")
	clip, _ := r.record(cam)
	l, secret := r.link(ann, clip, 5)
	for _, wrong := range []string{"", secret[:63], secret + "0", "g" + secret[1:], string([]byte{secret[0] ^ 1}) + secret[1:], "A" + secret[1:]} {
		if _, err := r.Visit(t.Context(), wrong, "192.0.2.9"); !errors.Is(err, ErrNotFound) {
			t.Errorf("%q: %v", wrong, err)
		}
	}
	var in, out, doubt atomic.Int32
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			_, err := r.Visit(t.Context(), secret, "192.0.2.9")
			for ; errors.Is(err, ErrUnavailable); _, err = r.Visit(t.Context(), secret, "192.0.2.9") {
				doubt.Add(1)
			}
			switch {
			case err == nil:
				in.Add(1)
			case errors.Is(err, ErrNotFound):
				out.Add(1)
			}
		})
	}
	all.Wait()
	if in.Load() > 5 || in.Load()+doubt.Load() < 5 || in.Load()+out.Load() != 20 {
		t.Errorf("%d in, %d out, %d times no answer", in.Load(), out.Load(), doubt.Load())
	}
	if _, err := r.EndLink(t.Context(), bob, l.ID); !errors.Is(err, ErrNotFound) {
		t.Errorf("a stranger revokes: %v", err)
	}
	v := r.visitOf(ann, clip)
	r.clock.Advance(time.Hour) // a visit is over, its link is not
	if _, _, err := r.AdmitGuest(t.Context(), v.Token, v.Scope, ""); !errors.Is(err, ErrNotFound) {
		t.Errorf("after an hour: %v", err)
	}
	r.must(r.endGuests(t.Context(), r.clock.Now()))
	if _, err := r.store.Guest(t.Context(), v.Guest.ID); !errors.Is(err, store.ErrNoRow) {
		t.Errorf("a guest whose time is over keeps its wrap: %v", err)
	}
	r.clock.Advance(48 * time.Hour)
	r.must(r.endGuests(t.Context(), r.clock.Now()))
	rows, err := r.store.Links(t.Context(), ann.Account)
	r.must(err)
	for _, row := range rows {
		if !slices.Equal(row.Sealed, make([]byte, 48)) {
			t.Error("a link that is over keeps its wrap")
		}
	}
	r.clock.Advance(linksListed)
	r.must(r.endGuests(t.Context(), r.clock.Now()))
	if list, err := r.Links(t.Context(), ann); err != nil || len(list) != 0 || len(rows) != 2 {
		t.Errorf("%d then %d links, %v", len(rows), len(list), err)
	}
}

// TestGuestRowsSwapped: rows that lead a guest to another clip open nothing and
// are counted.
func TestGuestRowsSwapped(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ann, eve := r.person("ann"), r.person("eve")
	cam, own := r.camera(ann, "front"), r.camera(eve, "own")
	clip, _ := r.record(cam)
	bait, _ := r.record(own)
	good := r.visitOf(ann, clip)
	l, secret := r.link(eve, bait, 9)
	bad := r.visit(secret)
	open := func(v Visit) func() error {
		return func() error { _, err := r.look(v, ThumbnailPart()); return err }
	}
	r.sql("UPDATE guest SET sealed = (SELECT sealed FROM guest WHERE id = ?), salt = (SELECT salt FROM guest WHERE id = ?) WHERE id = ?",
		good.Guest.ID[:], good.Guest.ID[:], bad.Guest.ID[:])
	r.crossed("another guest's wrap", open(bad))
	r.sql("UPDATE guest SET link = (SELECT link FROM guest WHERE id = ?) WHERE id = ?", good.Guest.ID[:], bad.Guest.ID[:])
	r.crossed("another link", open(bad))
	r.sql("UPDATE guest_link SET clip = ?, camera = ?, account = ? WHERE id = ?", clip[:], cam[:], ann.Account[:], l.ID[:])
	r.crossed("a link moved to another clip", func() error { _, err := r.Visit(t.Context(), secret, "192.0.2.9"); return err })
	if list, err := r.Links(t.Context(), ann); err != nil || list[0].ViewsLeft+list[1].ViewsLeft != 8 {
		t.Errorf("a refused visit took a view: %+v, %v", list, err)
	}
}
