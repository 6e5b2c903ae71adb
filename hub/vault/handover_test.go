package vault

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"time"

	"lares/cameras/media"
	"lares/cameras/seal"
	"lares/hub/store"
)

// next is the account with the version of its keys after this one, as the row
// makes it.
func (s scene) next(p person, change func(*store.Principal)) person {
	s.t.Helper()
	n, err := s.vault.opened(s.vault.Hub(), p.ID(), p.version+1, bytes.Repeat([]byte{byte(p.version + 7)}, seal.KeySize))
	s.must(err)
	row := n.principal()
	row.Handover = p.handOver(row)
	if change != nil {
		change(&row)
	}
	s.must(s.update(func(ctx context.Context, tx *store.Tx) error { return tx.AddPrincipal(ctx, row) }))
	return person{OpenedAccount: n, name: p.name}
}

// shared gives bob the row of a grant, as the gate does.
func (s scene) shared() {
	s.must(s.update(func(ctx context.Context, tx *store.Tx) error {
		return tx.PutGrant(ctx, store.Grant{Camera: s.cam.ID, Account: s.bob.ID(), Actions: 1, HistoryFrom: t0, Granted: t0})
	}))
}

func (s scene) unconfirmed() bool {
	g, err := s.store.Grant(s.t.Context(), s.cam.ID, s.bob.ID())
	s.must(err)
	return g.Unconfirmed
}

// TestKeysChanged: a member with later keys gets none of the next epoch's until
// the owner has confirmed them, whoever signs; nothing is alarmed.
func TestKeysChanged(t *testing.T) {
	for name, change := range map[string]func(*store.Principal){
		"handed over":              nil,
		"recovered on the console": func(p *store.Principal) { p.Handover = nil },
	} {
		for _, ownerSigns := range []bool{true, false} {
			s := newScene(t)
			s.shared()
			bob := s.next(s.next(s.bob, change), nil)
			var c Change
			if ownerSigns {
				c.Owner = s.ann.OpenedAccount
			}
			s.must(s.epoch(s.cam, c))
			if r, _ := s.newest(); len(r.principals) != 1 || r.principals[0].id != s.ann.ID() || !s.unconfirmed() {
				t.Errorf("%s: %d principals, unconfirmed %v", name, len(r.principals), s.unconfirmed())
			}
			s.must(s.open())
			s.must(s.epoch(s.cam, Change{Owner: s.ann.OpenedAccount, Add: &Member{Principal: s.bob.ID(), Store: true, Confirmed: true}}))
			_, kid := s.kids(s.cam)
			if _, err := bob.EpochKey(t.Context(), s.cam.ID, seal.Store, kid); err != nil {
				t.Errorf("%s: confirmed: %v", name, err)
			}
			if n := s.refused(); n != 0 {
				t.Errorf("%s: %d refusals", name, n)
			}
		}
	}
}

// TestKeysChangedAsked: sharing again is no confirmation.
func TestKeysChangedAsked(t *testing.T) {
	s := newScene(t)
	s.shared()
	s.next(s.bob, nil)
	before, _ := s.newest()
	err := s.epoch(s.cam, Change{Owner: s.ann.OpenedAccount, Add: &Member{Principal: s.bob.ID(), Store: true}})
	if after, _ := s.newest(); !errors.Is(err, ErrKeysChanged) || after.ordinal != before.ordinal {
		t.Errorf("%v, epoch %d after %d", err, after.ordinal, before.ordinal)
	}
}

// TestForgedHandover: later keys that nobody vouched for rightly are an alarm.
func TestForgedHandover(t *testing.T) {
	sign := func(s scene, p *store.Principal) {
		p.Signature = s.vault.Sign(principalLabel, s.vault.principalBytes(*p))
	}
	for name, forge := range map[string]func(scene, *store.Principal){
		"vouched for by another": func(s scene, p *store.Principal) { p.Handover = s.eve.handOver(*p) },
		"of other keys": func(s scene, p *store.Principal) {
			p.KEMPublic = s.public().Bytes()
			sign(s, p)
		},
		"not signed by the hub": func(s scene, p *store.Principal) { p.Signature = bytes.Repeat([]byte{1}, 64) },
	} {
		s := newScene(t)
		s.shared()
		s.next(s.bob, func(p *store.Principal) { forge(s, p) })
		s.crossed(name, func() error { return s.epoch(s.cam, Change{Owner: s.ann.OpenedAccount}) })
		s.crossed(name+", confirmed", func() error {
			return s.epoch(s.cam, Change{Owner: s.ann.OpenedAccount, Add: &Member{Principal: s.bob.ID(), Confirmed: true}})
		})
	}
	s := newScene(t) // a version in between is missing
	s.shared()
	s.next(s.next(s.bob, nil), nil)
	s.sql("DELETE FROM principal WHERE id = ? AND version = 2", idOf(s.bob))
	s.crossed("a gap", func() error { return s.epoch(s.cam, Change{Owner: s.ann.OpenedAccount}) })
}

// TestOwnersKeysChanged: the owner goes on with its new keys, and only in
// person. Until then the hub alone takes from others what it has to, and makes
// epochs that the owner's keys, old or new, do not open.
func TestOwnersKeysChanged(t *testing.T) {
	s := newScene(t)
	s.shared()
	ann := s.next(s.ann, nil)
	for range 2 { // the second one stands on a record without the owner
		s.must(s.epoch(s.cam, Change{}))
		_, kid := s.kids(s.cam)
		for name, who := range map[string]person{"old": s.ann, "new": ann} {
			if _, err := who.EpochKey(t.Context(), s.cam.ID, seal.Store, kid); err == nil {
				t.Errorf("the owner's %s keys open what the hub signed alone", name)
			}
		}
		if _, err := s.bob.EpochKey(t.Context(), s.cam.ID, seal.Store, kid); err != nil {
			t.Errorf("whom it is shared with: %v", err)
		}
	}
	s.must(s.epoch(s.cam, Change{Keep: func(store.PrincipalID) bool { return false }}))
	if r, _ := s.newest(); len(r.principals) != 0 {
		t.Errorf("%d hold keys of nobody's epoch", len(r.principals))
	}
	s.must(s.epoch(s.cam, Change{Owner: ann.OpenedAccount}))
	_, kid := s.kids(s.cam)
	if _, err := ann.EpochKey(t.Context(), s.cam.ID, seal.Store, kid); err != nil {
		t.Error(err)
	}
	s.must(s.epoch(s.cam, Change{})) // and the hub alone, after that
	if n := s.refused(); n != 0 {
		t.Errorf("%d refusals", n)
	}
}

// TestShareHistorySince: what began before is not shared.
func TestShareHistorySince(t *testing.T) {
	s := newScene(t)
	_, early := s.kids(s.cam)
	since := s.clock.Advance(time.Minute)
	s.must(s.epoch(s.cam, Change{Owner: s.ann.OpenedAccount}))
	_, late := s.kids(s.cam)
	s.must(s.update(func(ctx context.Context, tx *store.Tx) error {
		return s.vault.ShareHistory(ctx, tx, s.ann.OpenedAccount, s.cam, s.eve.ID(), since, nil)
	}))
	if _, err := s.eve.EpochKey(t.Context(), s.cam.ID, seal.Store, early); !errors.Is(err, ErrNoKey) {
		t.Errorf("from before: %v", err)
	}
	if _, err := s.eve.EpochKey(t.Context(), s.cam.ID, seal.Store, late); err != nil {
		t.Error(err)
	}
}

// TestShareHistoryReady: what was sealed before the write is taken as it is, and
// what is missing or sealed to former keys is sealed then.
func TestShareHistoryReady(t *testing.T) {
	s := newScene(t)
	_, early := s.kids(s.cam)
	ready, err := s.vault.SealHistory(t.Context(), s.ann.OpenedAccount, s.cam, s.eve.ID(), time.Time{})
	s.must(err)
	s.must(s.epoch(s.cam, Change{Owner: s.ann.OpenedAccount}))
	_, late := s.kids(s.cam)
	share := func(with person) map[media.KeyID]store.EpochWrap {
		s.must(s.update(func(ctx context.Context, tx *store.Tx) error {
			return errors.Join(tx.RemoveEpochWraps(ctx, s.cam.ID, with.ID()),
				s.vault.ShareHistory(ctx, tx, s.ann.OpenedAccount, s.cam, with.ID(), time.Time{}, ready))
		}))
		for _, kid := range []media.KeyID{early, late} {
			if _, err := with.EpochKey(t.Context(), s.cam.ID, seal.Store, kid); err != nil {
				t.Error(err)
			}
		}
		wraps := map[media.KeyID]store.EpochWrap{}
		list, err := s.store.EpochWraps(t.Context(), s.cam.ID, with.ID())
		s.must(err)
		for _, w := range list {
			wraps[w.KID] = w
		}
		return wraps
	}
	if w := share(s.eve)[early]; !bytes.Equal(w.Sealed, ready[early].Sealed) {
		t.Error("sealed twice")
	}
	eve := s.next(s.eve, nil)
	if w := share(eve)[early]; w.Version != 2 || bytes.Equal(w.Sealed, ready[early].Sealed) {
		t.Errorf("sealed to keys of version %d", w.Version)
	}
}
