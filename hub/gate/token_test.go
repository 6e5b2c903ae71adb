package gate

import (
	"bytes"
	"database/sql"
	"errors"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"lares/cameras/media"
	"lares/cameras/seal"
	"lares/hub/account"
	"lares/hub/store"
	"lares/hub/vault"
)

// token makes an API token and authenticates it.
func (r *rig) token(maker account.Caller, grants ...TokenGrant) (account.Caller, string) {
	r.t.Helper()
	_, token, err := r.MakeToken(r.t.Context(), maker, TokenRequest{Name: "a program", Cameras: grants})
	r.must(err)
	in, err := r.accounts.ResumeToken(r.t.Context(), token)
	r.must(err)
	if in.Caller.Token.IsZero() || in.Caller.Account != maker.Account || in.Caller.Operator {
		r.t.Fatalf("a token asks as %+v", in.Caller)
	}
	return in.Caller, token
}

// wraps lists every epoch key of a camera that a principal could open, by kid.
func (r *rig) kids(camera media.CameraID) (live, stored []media.KeyID) {
	r.t.Helper()
	for n := uint32(1); ; n++ {
		e, err := r.store.Epoch(r.t.Context(), camera, n)
		if errors.Is(err, store.ErrNoRow) {
			return live, stored
		}
		r.must(err)
		live, stored = append(live, e.LiveKID), append(stored, e.StoreKID)
	}
}

// opens counts the camera's keys that open with a proof, whoever may ask: lock 2
// alone.
func (r *rig) opens(p vault.Proof, camera media.CameraID, part seal.Part, kids []media.KeyID) (n int) {
	r.t.Helper()
	a, err := r.vault.Unlock(r.t.Context(), p)
	r.must(err)
	for _, kid := range kids {
		if _, err := a.EpochKey(r.t.Context(), camera, part, kid); err == nil {
			n++
		} else if !errors.Is(err, vault.ErrNoKey) {
			r.t.Errorf("a key without a wrap: %v", err)
		}
	}
	return n
}

// TestTokenForOneCamera is VAULT §8 test 3: with lock 1 out of the way, a token
// for camera A opens no key of B, whatever B's epochs are, and of A what its
// actions and history are (HAZARDS A13).
func TestTokenForOneCamera(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ann := r.person("ann")
	a, b := r.camera(ann, "a"), r.camera(ann, "b")
	before, _ := r.record(a)
	foreign, _ := r.record(b)
	r.clock.Advance(time.Minute)
	all, _ := r.token(ann, TokenGrant{a, []Action{History}, FromStart})
	now, _ := r.token(ann, TokenGrant{a, []Action{History}, FromNow})
	live, _ := r.token(ann, TokenGrant{a, []Action{Live}, FromStart})
	r.token(ann, TokenGrant{b, []Action{Live, History}, FromStart}) // B has epochs too
	after, _ := r.record(a)

	liveA, storeA := r.kids(a)
	liveB, storeB := r.kids(b)
	if len(storeA) != 4 || len(storeB) != 2 {
		t.Fatalf("%d and %d epochs", len(storeA), len(storeB))
	}
	for name, c := range map[string]struct {
		who                account.Caller
		liveKeys, storeKey int
	}{
		"all history": {all, 3, 4}, // of the epochs from its own on, and every store key
		"from now":    {now, 2, 2},
		"live alone":  {live, 1, 0},
	} {
		if n, m := r.opens(c.who.Proof(), a, seal.Live, liveA), r.opens(c.who.Proof(), a, seal.Store, storeA); n != c.liveKeys || m != c.storeKey {
			t.Errorf("%s: opens %d live and %d store keys of its camera, want %d and %d", name, n, m, c.liveKeys, c.storeKey)
		}
		if n := r.opens(c.who.Proof(), b, seal.Live, liveB) + r.opens(c.who.Proof(), b, seal.Store, storeB); n != 0 {
			t.Errorf("%s: opens %d keys of another camera", name, n)
		}
		if _, err := r.openClip(t.Context(), c.who.Proof(), r.file(b, foreign)); !errors.Is(err, vault.ErrNoKey) {
			t.Errorf("%s: a clip of another camera: %v", name, err)
		}
		if _, err := r.openClip(t.Context(), c.who.Proof(), r.file(a, before)); (err == nil) != (c.storeKey == 4) {
			t.Errorf("%s: a clip from before: %v", name, err)
		}
		if _, err := r.openClip(t.Context(), c.who.Proof(), r.file(a, after)); (err == nil) != (c.storeKey > 0) {
			t.Errorf("%s: a clip from after: %v", name, err)
		}
	}
	if n := r.Refused(); len(n) != 0 {
		t.Errorf("crossed wires counted without a fault: %v", n)
	}
}

// TestTokenMay is lock 1 for tokens: cameras and actions that are named, no
// right of an owner, and nothing without its row.
func TestTokenMay(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ann, bob := r.person("ann"), r.person("bob")
	a, b := r.camera(ann, "a"), r.camera(ann, "b")
	clip, picture := r.record(a)
	foreign, _ := r.record(b)
	tok, _ := r.token(ann, TokenGrant{a, []Action{Live, History, Manage}, FromStart})
	second, _ := r.token(ann, TokenGrant{b, []Action{Live}, FromStart})
	for _, action := range actions {
		may := action == Live || action == History || action == Manage
		if p, err := r.Admit(t.Context(), tok, a, action); (err == nil) != may || p.Mine() {
			t.Errorf("%s on its camera: %v, mine %v", action, err, p.Mine())
		}
		if _, err := r.Admit(t.Context(), tok, b, action); !errors.Is(err, ErrNotFound) {
			t.Errorf("%s on another camera of its maker: %v", action, err)
		}
	}
	if got, err := r.play(tok, a, clip, ThumbnailPart()); err != nil || !slices.Equal(got, picture) {
		t.Errorf("its camera's clip: %d bytes, %v", len(got), err)
	}
	if _, err := r.play(tok, b, foreign, ThumbnailPart()); !errors.Is(err, ErrNotFound) {
		t.Errorf("another camera's clip: %v", err)
	}
	list, err := r.Cameras(t.Context(), tok)
	if err != nil || len(list) != 1 || list[0].ID != a || list[0].Mine || len(list[0].Actions) != 3 || list[0].Clips != 1 {
		t.Errorf("cameras of a token: %+v, %v", list, err)
	}
	page, err := r.Events(t.Context(), tok, EventFilter{})
	if err != nil || len(page.Events) != 1 || page.Events[0].Camera != a || page.Events[0].Class != "person" {
		t.Errorf("events of a token: %+v, %v", page, err)
	}
	if list, err := r.Cameras(t.Context(), second); err != nil || len(list) != 1 || list[0].ID != b || list[0].Clips != 0 {
		t.Errorf("cameras of a token without history: %+v, %v", list, err)
	}
	if page, err := r.Events(t.Context(), second, EventFilter{}); err != nil || len(page.Events) != 0 {
		t.Errorf("events of a token without history: %+v, %v", page, err)
	}
	if list, err := r.Cameras(t.Context(), bob); err != nil || len(list) != 0 {
		t.Errorf("cameras of somebody beside tokens: %+v, %v", list, err)
	}
	if page, err := r.Events(t.Context(), bob, EventFilter{}); err != nil || len(page.Events) != 0 {
		t.Errorf("events of somebody beside tokens: %+v, %v", page, err)
	}
	// What is a person's alone stays so although the maker owns the camera.
	if err := r.RemoveCamera(t.Context(), r.pass(tok, a, Manage)); !errors.Is(err, ErrNotFound) {
		t.Errorf("a token removes a camera: %v", err)
	}
	if err := r.Grant(t.Context(), tok, GrantRequest{Camera: a, Account: bob.Account, Actions: []Action{Live}}); !errors.Is(err, ErrNotFound) {
		t.Errorf("a token grants: %v", err)
	}
	if err := r.Revoke(t.Context(), tok, a, bob.Account); !errors.Is(err, ErrNotFound) {
		t.Errorf("a token revokes: %v", err)
	}
	if _, err := r.AddCamera(t.Context(), tok, NewCamera{Name: "x"}); !errors.Is(err, ErrNotFound) {
		t.Errorf("a token adds a camera: %v", err)
	}
	if _, _, err := r.MakeToken(t.Context(), tok, TokenRequest{Name: "x", Cameras: []TokenGrant{{a, []Action{Live}, FromNow}}}); !errors.Is(err, ErrNotFound) {
		t.Errorf("a token makes a token: %v", err)
	}
	r.record(a)
	r.clock.Advance(time.Hour)
	late, _ := r.token(ann, TokenGrant{a, []Action{History}, FromNow})
	if page, err := r.Events(t.Context(), late, EventFilter{}); err != nil || len(page.Events) != 0 {
		t.Errorf("events from before a token's history: %+v, %v", page, err)
	}
	if _, err := r.AdmitClip(t.Context(), late, clip, History); !errors.Is(err, ErrNotFound) {
		t.Errorf("a clip from before a token's history: %v", err)
	}
}

// TestTokenInput: what cannot be made is refused, and nothing of it is left.
func TestTokenInput(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ann, bob := r.person("ann"), r.person("bob")
	a, b := r.camera(ann, "a"), r.camera(bob, "b")
	r.must(r.Grant(t.Context(), bob, GrantRequest{Camera: b, Account: ann.Account, Actions: []Action{Manage, Live}}))
	live := TokenGrant{a, []Action{Live}, FromNow}
	for name, c := range map[string]struct {
		r    TokenRequest
		want error
	}{
		"no name":          {TokenRequest{Cameras: []TokenGrant{live}}, ErrInput},
		"no camera":        {TokenRequest{Name: "x"}, ErrInput},
		"no action":        {TokenRequest{Name: "x", Cameras: []TokenGrant{{a, nil, FromNow}}}, ErrInput},
		"no such action":   {TokenRequest{Name: "x", Cameras: []TokenGrant{{a, []Action{"own"}, FromNow}}}, ErrInput},
		"guest links":      {TokenRequest{Name: "x", Cameras: []TokenGrant{{a, []Action{Live, GuestLinks}, FromNow}}}, ErrInput},
		"no such history":  {TokenRequest{Name: "x", Cameras: []TokenGrant{{a, []Action{Live}, "ever"}}}, ErrInput},
		"a camera twice":   {TokenRequest{Name: "x", Cameras: []TokenGrant{live, live}}, ErrInput},
		"over already":     {TokenRequest{Name: "x", Cameras: []TokenGrant{live}, Expires: t0}, ErrInput},
		"a shared camera":  {TokenRequest{Name: "x", Cameras: []TokenGrant{live, {b, []Action{Live}, FromNow}}}, ErrNotFound},
		"an absent camera": {TokenRequest{Name: "x", Cameras: []TokenGrant{{media.NewCameraID(), []Action{Live}, FromNow}}}, ErrNotFound},
	} {
		if _, token, err := r.MakeToken(t.Context(), ann, c.r); !errors.Is(err, c.want) || token != "" {
			t.Errorf("%s: %q, %v", name, token, err)
		}
	}
	if list, err := r.Tokens(t.Context(), ann); err != nil || len(list) != 0 {
		t.Errorf("%+v, %v", list, err)
	}
	if live, _ := r.kids(a); len(live) != 1 {
		t.Errorf("%d epochs after nothing but refusals", len(live))
	}
}

// ended checks that nothing is left of a token: it is nobody, it may nothing,
// its keys are gone, and the next epoch does not name it.
func (r *rig) ended(what string, c account.Caller, token string, camera media.CameraID) {
	r.t.Helper()
	ctx := r.t.Context()
	if _, err := r.accounts.ResumeToken(ctx, token); !errors.Is(err, account.ErrCredentials) {
		r.t.Errorf("%s: the token is somebody: %v", what, err)
	}
	if _, err := r.Admit(ctx, c, camera, Live); !errors.Is(err, ErrNotFound) {
		r.t.Errorf("%s: the token may: %v", what, err)
	}
	if _, err := r.vault.Unlock(ctx, c.Proof()); !errors.Is(err, vault.ErrNoKey) {
		r.t.Errorf("%s: the token opens keys: %v", what, err)
	}
	left, err := r.store.EpochWraps(ctx, camera, c.Principal())
	r.must(err)
	members, err := r.vault.Members(ctx, camera)
	r.must(err)
	if len(left) != 0 || slices.Contains(members, c.Principal()) {
		r.t.Errorf("%s: %d wraps are left, the newest epoch names %v", what, len(left), members)
	}
}

// TestTokenEnds: by its maker's hand and by itself, with its wraps, its streams
// and its place in the epochs; another token stays.
func TestTokenEnds(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ann, bob := r.person("ann"), r.person("bob")
	a := r.camera(ann, "a")
	grant := TokenGrant{a, []Action{Live, History}, FromStart}
	stays, _ := r.token(ann, grant)
	goes, token := r.token(ann, grant)
	if err := r.EndToken(t.Context(), bob, goes.Token); !errors.Is(err, ErrNotFound) {
		t.Errorf("somebody else ends a token: %v", err)
	}
	r.revoked, r.rekeyed = nil, nil
	r.clock.Advance(bumpEvery)
	r.must(r.EndToken(t.Context(), ann, goes.Token))
	r.ended("deleted", goes, token, a)
	if !slices.Contains(r.revoked, ann.Account) || !slices.Contains(r.rekeyed, a) {
		t.Errorf("streams of %v cut, %v rekeyed", r.revoked, r.rekeyed)
	}
	if err := r.EndToken(t.Context(), ann, goes.Token); !errors.Is(err, ErrNotFound) {
		t.Errorf("a second time: %v", err)
	}

	id, short, err := r.MakeToken(t.Context(), ann, TokenRequest{Name: "short", Cameras: []TokenGrant{grant}, Expires: r.clock.Now().Add(time.Hour)})
	r.must(err)
	in, err := r.accounts.ResumeToken(t.Context(), short)
	r.must(err)
	r.clock.Advance(time.Hour)
	// At the very moment, before anything sweeps:
	if _, err := r.Admit(t.Context(), in.Caller, a, Live); !errors.Is(err, ErrNotFound) {
		t.Errorf("an expired token may: %v", err)
	}
	if _, err := r.accounts.ResumeToken(t.Context(), short); !errors.Is(err, account.ErrCredentials) {
		t.Errorf("an expired token is somebody: %v", err)
	}
	r.revoked = nil
	r.must(r.expireTokens(t.Context(), r.clock.Now()))
	r.must(r.renewed())
	r.ended("expired", in.Caller, short, a)
	if !slices.Contains(r.revoked, ann.Account) {
		t.Error("streams of an expired token are not cut")
	}
	list, err := r.Tokens(t.Context(), ann)
	if err != nil || len(list) != 1 || list[0].ID != stays.Token || list[0].ID == id || list[0].Used.IsZero() {
		t.Errorf("%+v, %v", list, err)
	}
	if _, err := r.Admit(t.Context(), stays, a, Live); err != nil {
		t.Errorf("the other token: %v", err)
	}
	if live, _ := r.kids(a); r.opens(stays.Proof(), a, seal.Live, live[len(live)-1:]) != 1 {
		t.Error("the other token lost its key with the new epoch")
	}
	camera, err := r.store.Camera(t.Context(), a)
	r.must(err)
	if due, err := r.due(t.Context(), camera, r.clock.Now()); due || err != nil {
		t.Errorf("an epoch that names a living token is due: %v, %v", due, err)
	}
}

// sql changes rows behind the hub's back.
func (r *rig) sql(q string, args ...any) {
	r.t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(r.dir, "lares.db")+"?_pragma=busy_timeout(5000)")
	r.must(err)
	defer db.Close()
	_, err = db.Exec(q, args...)
	r.must(err)
}

// TestTokensGoWithTheirMaker: removed with an account's keys, all at once.
func TestTokensGoWithTheirMaker(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ann := r.person("ann")
	a := r.camera(ann, "a")
	one, first := r.token(ann, TokenGrant{a, []Action{Live}, FromNow})
	two, second := r.token(ann, TokenGrant{a, []Action{History}, FromStart})
	var n int
	r.must(r.store.Update(t.Context(), func(tx *store.Tx) (err error) { n, err = tx.RemoveTokens(t.Context(), ann.Account); return err }))
	if n != 2 {
		t.Errorf("%d tokens removed", n)
	}
	r.must(r.survey(t.Context(), r.clock.Advance(bumpEvery))) // finds epochs that name somebody who is gone
	r.must(r.renewed())
	r.ended("first", one, first, a)
	r.ended("second", two, second, a)
}

// TestTokensOutliveAPassword: another password of the maker ends its other
// sessions (HAZARDS A8) and no token: what runs without people goes on.
func TestTokensOutliveAPassword(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ann := r.person("ann")
	cam := r.camera(ann, "door")
	clip, picture := r.record(cam)
	tok, token := r.token(ann, TokenGrant{cam, []Action{Live, History}, FromStart})
	other := r.another(ann)
	r.must(r.accounts.ChangePassword(t.Context(), account.Visit{Source: "192.0.2.1"}, ann, "the password of ann", "quite other words"))
	if _, err := r.play(other, cam, clip, ThumbnailPart()); err != ErrNotFound {
		t.Errorf("another session: %v", err)
	}
	after, _ := r.record(cam)
	again, err := r.accounts.ResumeToken(t.Context(), token)
	r.must(err)
	for name, c := range map[string]account.Caller{"as it was": tok, "used anew": again.Caller} {
		got, err := r.play(c, cam, clip, ThumbnailPart())
		if err != nil || !bytes.Equal(got, picture) {
			t.Errorf("%s: %d bytes, %v", name, len(got), err)
		}
		if _, err := r.play(c, cam, after, ThumbnailPart()); err != nil {
			t.Errorf("%s, a clip of after: %v", name, err)
		}
		run, _ := r.newRun(cam)
		if _, err := r.OpenLive(t.Context(), r.pass(c, cam, Live), run); err != nil {
			t.Errorf("%s, live: %v", name, err)
		}
	}
}

// TestTokenInLockdown: locked down by its maker or for the whole hub a token is
// nobody and sees nothing, and with its end it is there again, keys and all.
func TestTokenInLockdown(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ann, bob := r.person("ann"), r.person("bob")
	a := r.camera(ann, "a")
	r.record(a)
	tok, token := r.token(ann, TokenGrant{a, []Action{Live, History}, FromStart})
	for who, shut := range map[account.ID]bool{ann.Account: true, {}: true, bob.Account: false} {
		r.sql("INSERT INTO lockdown (account, maker, session, since_ms) VALUES (?, ?, zeroblob(16), 0)", who[:], ann.Account[:])
		_, err1 := r.accounts.ResumeToken(t.Context(), token)
		_, err2 := r.Admit(t.Context(), tok, a, Live)
		list, err3 := r.Cameras(t.Context(), tok)
		page, err4 := r.Events(t.Context(), tok, EventFilter{})
		if errors.Join(err3, err4) != nil || (err1 != nil) != shut || (err2 != nil) != shut || (len(list) == 0) != shut || (len(page.Events) == 0) != shut {
			t.Errorf("locked down by %v: %v, %v, %d cameras, %d events", who, err1, err2, len(list), len(page.Events))
		}
		r.sql("DELETE FROM lockdown")
	}
	r.must(r.survey(t.Context(), r.clock.Advance(bumpEvery)))
	r.must(r.renewed())
	if live, stored := r.kids(a); r.opens(tok.Proof(), a, seal.Live, live) != 1 || r.opens(tok.Proof(), a, seal.Store, stored) != 2 {
		t.Error("a lockdown took a token's keys")
	}
}

// counted checks that f makes one more refusal.
func (r *rig) counted(what string, f func()) {
	r.t.Helper()
	r.crossed(what, func() error { f(); return ErrCrossed })
}

// TestTokenRowsSwapped: rows that lead to another token are refused and counted.
func TestTokenRowsSwapped(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ann, eve := r.person("ann"), r.person("eve")
	a, e := r.camera(ann, "a"), r.camera(eve, "e")
	good, _ := r.token(ann, TokenGrant{a, []Action{Live, History}, FromStart})
	bad, token := r.token(eve, TokenGrant{e, []Action{Live, History}, FromStart})
	clip, _ := r.record(a)
	// Eve's token is made Ann's, with Ann's camera: lock 1 says yes, lock 2 no.
	r.sql("UPDATE token_camera SET camera = ? WHERE token = ?", a[:], bad.Token[:])
	r.sql("UPDATE token SET account = ? WHERE id = ?", ann.Account[:], bad.Token[:])
	r.counted("another maker", func() {
		if _, err := r.accounts.ResumeToken(t.Context(), token); !errors.Is(err, account.ErrCredentials) {
			t.Errorf("a token moved to another maker is somebody: %v", err)
		}
	})
	fooled := bad // as if that had not been seen
	fooled.Account = ann.Account
	if got, err := r.play(fooled, a, clip, ThumbnailPart()); err == nil || len(got) != 0 {
		t.Errorf("a token moved to another maker in SQL plays: %d bytes", len(got))
	}
	if _, err := r.AdmitClip(t.Context(), fooled, clip, History); err != nil {
		t.Errorf("lock 1 was meant to be fooled: %v", err)
	}
	r.sql("UPDATE principal SET kem_public = (SELECT kem_public FROM principal WHERE id = ?) WHERE id = ?", good.Token[:], bad.Token[:])
	r.crossed("a token's public key", func() error { _, err := r.vault.Unlock(t.Context(), bad.Proof()); return err })
	r.sql("UPDATE principal SET signature = (SELECT signature FROM principal WHERE id = ?) WHERE id = ?", good.Token[:], bad.Token[:])
	r.crossed("a token's row", func() error { _, err := r.vault.Unlock(t.Context(), bad.Proof()); return err })
}
