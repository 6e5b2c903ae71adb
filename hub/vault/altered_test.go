package vault

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"lares/cameras/media"
	"lares/hub/store"
)

// linked makes a guest link of bob's to a clip of the camera.
func (r *rig) linked(cam store.Camera, maker person) store.GuestLinkID {
	r.t.Helper()
	l := store.GuestLink{
		ID: store.NewGuestLinkID(), Account: maker.ID(), Camera: cam.ID, Clip: media.NewClipID(), Label: "a link", SecretHash: make([]byte, 32),
		Salt: make([]byte, 16), Sealed: make([]byte, 48), Views: 3, ViewsLeft: 3, Created: r.clock.Now(), Expires: r.clock.Now().Add(time.Hour),
	}
	r.must(r.update(func(ctx context.Context, tx *store.Tx) error { return tx.AddLink(ctx, l) }))
	return l.ID
}

// TestAlteredByReplay: what a replay gave and took of a transaction whose commit is
// not there is listed until the journal has it, and the links that stood on it are
// over.
func TestAlteredByReplay(t *testing.T) {
	all := store.Grant{Actions: 7, HistoryFrom: time.UnixMilli(0).UTC(), Granted: t0}
	some := store.Grant{Actions: 5, HistoryFrom: t0, Granted: t0, Expires: t0.Add(time.Hour)}
	for name, c := range map[string]struct {
		before *store.Grant // bob's
		cut    func(r *rig, tx *store.Tx, cam store.Camera, ann, bob person) error
		want   func(cam store.Camera, ann, bob person, link store.GuestLinkID) []Altered
	}{
		"given": {nil, func(r *rig, tx *store.Tx, cam store.Camera, ann, bob person) error {
			return r.grant(tx, cam, ann, bob, some)
		}, func(cam store.Camera, ann, bob person, _ store.GuestLinkID) []Altered {
			return []Altered{{Kind: AlteredGranted, Camera: cam.ID, Owner: ann.ID(), Account: bob.ID(), Actions: 5, HistoryFrom: t0, Expires: some.Expires}}
		}},
		"narrowed": {&all, func(r *rig, tx *store.Tx, cam store.Camera, ann, bob person) error {
			return r.grant(tx, cam, ann, bob, some)
		}, func(cam store.Camera, ann, bob person, link store.GuestLinkID) []Altered {
			return []Altered{
				{Kind: AlteredGranted, Camera: cam.ID, Owner: ann.ID(), Account: bob.ID(), Actions: 5, HistoryFrom: t0, Expires: some.Expires},
				{Kind: AlteredLinkEnded, Camera: cam.ID, Account: bob.ID(), Object: media.ID[any](link)},
			}
		}},
		"taken": {&all, func(r *rig, tx *store.Tx, cam store.Camera, ann, bob person) error {
			_, err := tx.RemoveGrant(t.Context(), cam.ID, bob.ID())
			keep := func(id store.PrincipalID) bool { return id != bob.ID() }
			return errors.Join(err, r.vault.NewEpoch(t.Context(), tx, cam, Change{Keep: keep}))
		}, func(cam store.Camera, ann, bob person, link store.GuestLinkID) []Altered {
			return []Altered{
				{Kind: AlteredRevoked, Camera: cam.ID, Owner: ann.ID(), Account: bob.ID()},
				{Kind: AlteredLinkEnded, Camera: cam.ID, Account: bob.ID(), Object: media.ID[any](link)},
			}
		}},
		"no more said": {&all, func(r *rig, tx *store.Tx, cam store.Camera, ann, bob person) error {
			return r.vault.NewEpoch(t.Context(), tx, cam, Change{})
		}, func(store.Camera, person, person, store.GuestLinkID) []Altered { return nil }},
		"camera removed": {nil, func(r *rig, tx *store.Tx, cam store.Camera, _, _ person) error {
			r.vault.Removed(tx, cam.ID)
			return tx.RemoveCamera(t.Context(), cam.ID, cam.Owner, t0)
		}, func(cam store.Camera, ann, _ person, _ store.GuestLinkID) []Altered {
			return []Altered{{Kind: AlteredCameraRemoved, Camera: cam.ID, Owner: ann.ID()}}
		}},
		"account removed": {nil, func(r *rig, tx *store.Tx, _ store.Camera, _, bob person) error {
			r.vault.Removed(tx, bob.ID())
			return tx.RemoveAccount(t.Context(), bob.ID(), t0)
		}, func(_ store.Camera, _, bob person, _ store.GuestLinkID) []Altered {
			return []Altered{{Kind: AlteredAccountRemoved, Account: bob.ID()}}
		}},
		"handed over": {nil, func(r *rig, tx *store.Tx, cam store.Camera, _, bob person) error {
			h := HandedOver{Camera: cam.ID, At: t0, Next: media.CameraID{9}, Taker: bob.ID()}
			r.vault.HandedOver(tx, h)
			next := store.Camera{ID: h.Next, Owner: bob.ID(), Name: "door", Added: t0}
			next.Access = r.vault.SealAccess(next.ID, next.Owner, []byte("rtsp://camera"))
			return errors.Join(tx.AddCamera(t.Context(), next), r.vault.NewEpoch(t.Context(), tx, next, Change{Owner: bob.OpenedAccount}))
		}, func(cam store.Camera, ann, bob person, _ store.GuestLinkID) []Altered {
			return []Altered{
				{Kind: AlteredCameraMade, Camera: media.CameraID{9}, Owner: bob.ID()},
				{Kind: AlteredCameraRetired, Camera: cam.ID, Owner: ann.ID()},
			}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			ann, bob := r.account("ann"), r.account("bob")
			cam := r.camera(ann)
			var link store.GuestLinkID
			if c.before != nil {
				r.must(r.update(func(_ context.Context, tx *store.Tx) error { return r.grant(tx, cam, ann, bob, *c.before) }))
				link = r.linked(cam, bob)
			}
			before := r.copyDB()
			r.must(r.update(func(_ context.Context, tx *store.Tx) error { return c.cut(r, tx, cam, ann, bob) }))
			r.putBack(before)
			want := c.want(cam, ann, bob, link)
			r.restart() // it waits for the journal through another crash
			got, err := r.vault.Altered(t.Context())
			r.must(err)
			for i := range got {
				got[i].Clip = media.ClipID{}
			}
			if r.rolledBack() || !slices.EqualFunc(got, want, sameAltered) {
				t.Errorf("rolled back %v, altered\n%+v, want\n%+v", r.rolledBack(), got, want)
			}
			r.must(r.update(r.vault.AlteredTold))
			if got, err := r.vault.Altered(t.Context()); err != nil || len(got) != 0 {
				t.Errorf("told, and still %d: %v", len(got), err)
			}
		})
	}
}

func sameAltered(a, b Altered) bool {
	return a.HistoryFrom.Equal(b.HistoryFrom) && a.Expires.Equal(b.Expires) && a.Kind == b.Kind && a.Camera == b.Camera && a.Owner == b.Owner &&
		a.Account == b.Account && a.Object == b.Object && a.Actions == b.Actions
}

// grant gives bob something and the camera a new epoch, as hub/gate does.
func (r *rig) grant(tx *store.Tx, cam store.Camera, ann, bob person, g store.Grant) error {
	g.Camera, g.Account = cam.ID, bob.ID()
	return errors.Join(tx.PutGrant(r.t.Context(), g),
		r.vault.NewEpoch(r.t.Context(), tx, cam, Change{Owner: ann.OpenedAccount, Add: &Member{Principal: bob.ID(), Store: true}}))
}

// TestAlteredAccount: an account that somebody made is listed too.
func TestAlteredAccount(t *testing.T) {
	r := newRig(t)
	r.account("ann")
	before := r.copyDB()
	bob := r.account("bob")
	r.putBack(before)
	if got, err := r.vault.Altered(t.Context()); err != nil || len(got) != 1 || got[0].Kind != AlteredAccountMade || got[0].Account != bob.ID() {
		t.Errorf("%+v, %v", got, err)
	}
}
