package gate

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"lares/cameras"
	"lares/cameras/media"
	"lares/hub/account"
	"lares/hub/journal"
	"lares/hub/store"
	"lares/hub/vault"
)

func (r *rig) reach(id media.CameraID) (cameras.Access, error) {
	c, err := r.WorkerCamera(r.t.Context(), id)
	return c.Access, err
}

// TestTransfer: the device becomes a camera with a new id and keys; what was
// recorded stays with whom it was, and nothing else of the old id goes on.
func TestTransfer(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	ann, bob, eve := r.person("ann"), r.person("bob"), r.person("eve")
	cam := r.camera(ann, "door")
	r.must(errors.Join(r.Learned(ctx, cam, cameras.Pin{Kind: cameras.PinSerial, Value: "SN-A1B2C3"}), r.DigestOffered(ctx, cam, media.StreamSub)))
	r.must(r.Grant(ctx, ann, GrantRequest{Camera: cam, Account: eve.Account, Actions: []Action{Live, History}}))
	token, _ := r.token(ann, TokenGrant{cam, []Action{Live}, FromNow})
	old, _ := r.record(cam)
	was, err := r.reach(cam)
	r.must(err)
	offer, err := r.Offer(ctx, ann, cam, bob.Account, false)
	r.must(err)
	if _, err := r.Offer(ctx, ann, cam, eve.Account, false); err != ErrOffered {
		t.Errorf("offered twice: %v", err)
	}
	for c, want := range map[account.Caller]int{ann: 1, bob: 1, eve: 0} {
		list, err := r.Transfers(ctx, c)
		if err != nil || len(list) != want || want > 0 && (list[0].Mine != (c == ann) || list[0].Camera.IsZero() == (c == ann)) {
			t.Errorf("%s sees %+v, %v", c.Name, list, err)
		}
	}
	for what, f := range map[string]func() error{
		"somebody else accepts":  func() error { _, err := r.Accept(ctx, eve, offer.ID); return err },
		"the owner accepts":      func() error { _, err := r.Accept(ctx, ann, offer.ID); return err },
		"somebody else declines": func() error { return r.Withdraw(ctx, eve, offer.ID) },
		"no such offer":          func() error { _, err := r.Accept(ctx, bob, store.NewTransferID()); return err },
	} {
		if err := f(); err != ErrNotFound {
			t.Errorf("%s: %v", what, err)
		}
	}
	r.changed, r.revoked = nil, nil
	id, err := r.Accept(ctx, bob, offer.ID)
	r.must(err)
	if id == cam || !slices.Equal(r.changed, []media.CameraID{cam, id}) || !slices.Contains(r.revoked, eve.Account) {
		t.Errorf("%v after %v; changed %v, revoked %v", id, cam, r.changed, r.revoked)
	}
	if now, err := r.reach(id); err != nil || now != was {
		t.Errorf("reached by %+v, %v", now, err)
	}
	if _, err := r.reach(cam); err != ErrNotFound {
		t.Errorf("the old id still has a worker: %v", err)
	}
	fresh, _ := r.record(id)
	for what, c := range map[string]struct {
		err  error
		want error
	}{
		"ann plays what she recorded":  {second(r.play(ann, cam, old, ThumbnailPart())), nil},
		"bob plays what he recorded":   {second(r.play(bob, id, fresh, ThumbnailPart())), nil},
		"bob plays what ann recorded":  {second(r.play(bob, cam, old, ThumbnailPart())), ErrNotFound},
		"ann plays what bob recorded":  {second(r.play(ann, id, fresh, ThumbnailPart())), ErrNotFound},
		"eve goes on with the old id":  {second(r.play(eve, cam, old, ThumbnailPart())), ErrNotFound},
		"eve goes on with the new one": {second(r.Admit(ctx, eve, id, Live)), ErrNotFound},
		"ann grants the old id":        {r.Grant(ctx, ann, GrantRequest{Camera: cam, Account: eve.Account, Actions: []Action{Live}}), ErrInput},
		"accepted twice":               {second(r.Accept(ctx, bob, offer.ID)), ErrNotFound},
		"ann looks on":                 {second(r.Admit(ctx, ann, cam, Live)), ErrNotFound},
		"ann makes a guest link":       {second(r.AdmitClip(ctx, ann, old, GuestLinks)), ErrNotFound}, // it would open for nobody
		"ann speaks":                   {second(r.AdmitTalk(ctx, ann, cam)), ErrNotFound},
		"ann turns it":                 {second(r.Admit(ctx, ann, cam, PTZ)), ErrNotFound},
		"ann stars what she recorded":  {second(r.Admit(ctx, ann, cam, Star)), nil},
	} {
		if c.err != c.want {
			t.Errorf("%s: %v, want %v", what, c.err, c.want)
		}
	}
	if _, _, err := r.vault.NewRun(ctx, cam); !errors.Is(err, vault.ErrRetired) {
		t.Errorf("something more is sealed for ann: %v", err)
	}
	if _, err := r.openClip(ctx, bob.Proof(), r.file(cam, old)); err == nil {
		t.Error("the taker's keys open what was recorded before")
	}
	if _, err := r.openClip(ctx, eve.Proof(), r.file(cam, old)); err == nil {
		t.Error("a grantee's keys of the old id still open")
	}
	if rows, err := r.store.Grants(ctx, cam); err != nil || len(rows) != 0 {
		t.Errorf("%d grants of the old id are left, %v", len(rows), err)
	}
	if held, err := r.store.TokenCameras(ctx, ann.Account); err != nil || len(held) != 0 {
		t.Errorf("a token keeps the old id: %v, %v", held, err)
	}
	if _, err := r.Admit(ctx, token, cam, Live); err != ErrNotFound {
		t.Errorf("a token goes on with the old id: %v", err)
	}
	anns, err := r.Cameras(ctx, ann)
	r.must(err)
	bobs, err := r.Cameras(ctx, bob)
	r.must(err)
	if len(anns) == 1 && (slices.Contains(anns[0].Actions, Live) || slices.Contains(anns[0].Actions, GuestLinks) || !slices.Contains(anns[0].Actions, History)) {
		t.Errorf("ann may %v", anns[0].Actions)
	}
	if len(anns) != 1 || !anns[0].Retired || anns[0].Address != "" || anns[0].Clips != 1 || len(bobs) != 1 || bobs[0].Retired || bobs[0].Address == "" || bobs[0].Clips != 1 {
		t.Errorf("ann sees %+v, bob %+v", anns, bobs)
	}
	r.must(r.survey(ctx, r.clock.Advance(bumpEvery)))
	if list, err := r.renew(ctx); err != nil || len(list) != 0 {
		t.Errorf("renewed %v, %v", list, err)
	}
	if n := r.Refused(); len(n) != 0 {
		t.Errorf("refused %v", n)
	}
	r.must(r.RemoveCamera(ctx, r.pass(ann, cam, Manage)))
}

func second[T any](_ T, err error) error { return err }

// TestTransferErases: with erase nothing stays behind.
func TestTransferErases(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	ann, bob := r.person("ann"), r.person("bob")
	cam := r.camera(ann, "door")
	clip, _ := r.record(cam)
	offer, err := r.Offer(ctx, ann, cam, bob.Account, true)
	r.must(err)
	if _, err := r.Accept(ctx, bob, offer.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := r.AdmitClip(ctx, ann, clip, History); err != ErrNotFound {
		t.Errorf("the erased clip: %v", err)
	}
	if list, err := r.Cameras(ctx, ann); err != nil || len(list) != 0 {
		t.Errorf("ann sees %d cameras, %v", len(list), err)
	}
	if _, err := r.store.Clip(ctx, clip); !errors.Is(err, store.ErrNoRow) {
		t.Errorf("its row: %v", err)
	}
}

// TestOfferEnds: by withdrawal, refusal, time and the camera's removal.
func TestOfferEnds(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	ann, bob := r.person("ann"), r.person("bob")
	for _, c := range []struct {
		what string
		end  func(Transfer, media.CameraID)
	}{
		{"withdrawn", func(o Transfer, _ media.CameraID) { r.must(r.Withdraw(ctx, ann, o.ID)) }},
		{"declined", func(o Transfer, _ media.CameraID) { r.must(r.Withdraw(ctx, bob, o.ID)) }},
		{"removed", func(_ Transfer, id media.CameraID) { r.must(r.RemoveCamera(ctx, r.pass(ann, id, Manage))) }},
		{"ran out", func(Transfer, media.CameraID) { r.clock.Advance(offerLife) }}, // last: it offers once more
	} {
		what, end := c.what, c.end
		before, err := r.store.Notices(ctx, ann.Account, 100)
		r.must(err)
		cam := r.camera(ann, "door")
		o, err := r.Offer(ctx, ann, cam, bob.Account, false)
		r.must(err)
		end(o, cam)
		told, err := r.store.Notices(ctx, ann.Account, 100)
		if r.must(err); (len(told) > len(before)) != (what == "declined") {
			t.Errorf("%s: %d notices after %d", what, len(told), len(before))
		} else if what == "declined" && (told[0].Kind != string(journal.NoticeDeclined) || told[0].Camera != cam || !strings.Contains(told[0].Detail, `"name":"bob"`)) {
			t.Errorf("%s: %+v", what, told[0])
		}
		if _, err := r.Accept(ctx, bob, o.ID); err != ErrNotFound {
			t.Errorf("%s: %v", what, err)
		}
		if list, err := r.Transfers(ctx, bob); err != nil || len(list) != 0 {
			t.Errorf("%s: %d offers, %v", what, len(list), err)
		}
		if what == "ran out" {
			ann, bob = r.another(ann), r.another(bob) // login sessions ran out too
			_, err := r.Offer(ctx, ann, cam, bob.Account, false)
			r.must(err)
		}
	}
}

// TestForgedOffer: whoever may write rows gets no camera offered that its owner
// did not offer to them.
func TestForgedOffer(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	ann, bob, eve := r.person("ann"), r.person("bob"), r.person("eve")
	cam, eves := r.camera(ann, "door"), r.camera(eve, "yard")
	offer, err := r.Offer(ctx, ann, cam, bob.Account, false)
	r.must(err)
	own, err := r.Offer(ctx, eve, eves, bob.Account, false)
	r.must(err)
	row, err := r.store.Transfer(ctx, offer.ID, r.clock.Now())
	r.must(err)
	forge := func(o store.Transfer) store.TransferID {
		r.must(r.store.Update(ctx, func(tx *store.Tx) error {
			return errors.Join(tx.RemoveTransfer(ctx, row.ID, ann.Account), tx.AddTransfer(ctx, o))
		}))
		row = o
		return o.ID
	}
	taken := row
	taken.Taker = eve.Account
	r.crossed("another taker", func() error { _, err := r.Accept(ctx, eve, forge(taken)); return err })
	copied := row
	copied.Access, copied.Taker = must2(r.store.Camera(ctx, cam)).Access, eve.Account
	r.crossed("an offer made of the camera's row", func() error { _, err := r.Accept(ctx, eve, forge(copied)); return err })
	mixed := row
	mixed.Access, mixed.Taker = must2(r.store.Transfer(ctx, own.ID, r.clock.Now())).Access, eve.Account
	r.crossed("an offer of another camera", func() error { _, err := r.Accept(ctx, eve, forge(mixed)); return err })
	if c := must2(r.store.Camera(ctx, cam)); c.Owner != ann.Account || !c.Retired.IsZero() {
		t.Errorf("%+v", c)
	}
}

func must2[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// TestOfferAll: an account that leaves the hub offers its cameras; one that is
// taken over later is reached all the same, although its owner is gone.
func TestOfferAll(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	ann, bob, eve := r.person("ann"), r.person("bob"), r.person("eve")
	one, two, gone := r.camera(ann, "door"), r.camera(ann, "yard"), r.camera(ann, "hall")
	o, err := r.Offer(ctx, ann, gone, eve.Account, false)
	r.must(err)
	_, err = r.Accept(ctx, eve, o.ID)
	r.must(err)
	if _, err = r.Offer(ctx, ann, two, eve.Account, false); err != nil {
		t.Fatal(err)
	}
	clip, _ := r.record(one)
	was, err := r.reach(one)
	r.must(err)
	var left []media.CameraID
	r.must(r.store.Update(ctx, func(tx *store.Tx) (err error) {
		left, err = r.offerAll(ctx, tx, ann.Account, bob.Account)
		return err
	}))
	r.forgetAll(ctx, left)
	if len(left) != 3 {
		t.Errorf("left %v", left)
	}
	if _, err := r.store.Clip(ctx, clip); !errors.Is(err, store.ErrNoRow) {
		t.Errorf("a clip of who left: %v", err)
	}
	if list, err := r.Transfers(ctx, eve); err != nil || len(list) != 0 {
		t.Errorf("what was offered before: %v, %v", list, err)
	}
	list, err := r.Transfers(ctx, bob)
	if err != nil || len(list) != 2 {
		t.Fatalf("%v, %v", list, err)
	}
	i := slices.IndexFunc(list, func(o Transfer) bool { return o.Name == "door" })
	if list[i].Named != "ann" || list[i].Mine || !list[i].Camera.IsZero() {
		t.Errorf("%+v", list[i])
	}
	id, err := r.Accept(ctx, bob, list[i].ID)
	r.must(err)
	if now, err := r.reach(id); err != nil || now != was {
		t.Errorf("reached by %+v, %v", now, err)
	}
	if _, _, err := r.vault.NewRun(ctx, id); err != nil {
		t.Error(err)
	}
	err = r.store.Update(ctx, func(tx *store.Tx) error { _, err := r.offerAll(ctx, tx, bob.Account, bob.Account); return err })
	if err != ErrInput {
		t.Errorf("to itself: %v", err)
	}
}
