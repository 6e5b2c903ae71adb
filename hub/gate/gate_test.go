package gate

import (
	"bytes"
	"errors"
	"slices"
	"testing"
	"time"

	"lares/cameras/fault"
	"lares/cameras/media"
	"lares/cameras/media/fmp4/fmp4test"
	"lares/cameras/seal"
	"lares/hub/account"
	"lares/hub/store"
	"lares/recorder"
	"lares/recorder/sealed"
)

// TestAdmit is lock 1: who may do what, written out.
func TestAdmit(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	ann, bob, eve := r.person("ann"), r.person("bob"), r.person("eve")
	cam, other := r.camera(ann, "door"), r.camera(ann, "yard")
	r.must(r.Grant(ctx, ann, GrantRequest{Camera: cam, Account: bob.Account, Actions: []Action{Live, History}}))
	clip, _ := r.record(cam)
	mixed := bob
	mixed.Session = ann.Session
	for _, c := range []struct {
		who    string
		caller account.Caller
		camera media.CameraID
		may    []Action
	}{
		{"ann", ann, cam, actions[:]},
		{"bob", bob, cam, []Action{Live, History}},
		{"bob", bob, other, nil},
		{"eve", eve, cam, nil},
		{"nobody", account.Caller{}, cam, nil},
		{"bob with ann's session", mixed, cam, nil},
		{"ann", ann, media.NewCameraID(), nil},
		{"ann", ann, media.CameraID{}, nil},
	} {
		for _, a := range append(actions[:], "", "everything") {
			p, err := r.Admit(ctx, c.caller, c.camera, a)
			want := slices.Contains(c.may, a)
			if want && (err != nil || p.Camera() != c.camera || p.Session() != c.caller.Session) || !want && (err != ErrNotFound || p != Pass{}) {
				t.Errorf("%s, %s: %+v, %v", c.who, a, p, err)
			}
			p, err = r.AdmitClip(ctx, c.caller, clip, a)
			want = c.camera == cam && slices.Contains(c.may, a) && slices.Contains([]Action{History, Export, Star, Delete, GuestLinks}, a)
			if c.camera == cam && (want && (err != nil || p.Clip() != clip || p.Camera() != cam) || !want && (err != ErrNotFound || p != Pass{})) {
				t.Errorf("%s, clip, %s: %+v, %v", c.who, a, p, err)
			}
		}
	}
	if _, err := r.AdmitClip(ctx, ann, media.NewClipID(), History); err != ErrNotFound {
		t.Errorf("no such clip: %v", err)
	}
	r.must(r.accounts.SignOut(ctx, ann))
	if _, err := r.Admit(ctx, ann, cam, Live); err != ErrNotFound {
		t.Errorf("signed out: %v", err)
	}
}

// TestZeroPass: a pass that Admit did not make opens nothing.
func TestZeroPass(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	ann := r.person("ann")
	cam := r.camera(ann, "door")
	clip, _ := r.record(cam)
	live := r.pass(ann, cam, Live)
	star := r.clipPass(ann, clip, Star)
	run, _ := r.newRun(cam)
	for what, p := range map[string]Pass{"zero": {}, "a live pass": live, "a star pass": star} {
		r.crossed(what+" for a clip", func() error { _, err := r.Opener(ctx, p, r.file(cam, clip)); return err })
		if what != "a star pass" {
			r.crossed(what+" for an entry", func() error { _, err := r.Clip(ctx, p); return err })
		}
		if what != "a live pass" {
			r.crossed(what+" for live", func() error { _, err := r.OpenLive(ctx, p, run); return err })
		}
		r.crossed(what+" to remove", func() error { return r.RemoveCamera(ctx, p) })
	}
}

func TestPlay(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	ann := r.person("ann")
	cam := r.camera(ann, "door")
	clip, picture := r.record(cam)
	if got, err := r.play(ann, cam, clip, ThumbnailPart()); err != nil || !bytes.Equal(got, picture) {
		t.Errorf("thumbnail %q, %v", got, err)
	}
	if got, err := r.play(ann, cam, clip, SmallPart()); err != nil || !bytes.Equal(got, smallOf(clip)) {
		t.Errorf("small picture %q, %v", got, err)
	}
	if got, err := r.play(ann, cam, clip, PreviewPart()); err != nil || !bytes.Equal(got, sealed.AppendPreview(nil, previewOf(clip))) {
		t.Errorf("preview %q, %v", got, err)
	}
	l, err := r.file(cam, clip).MP4()
	r.must(err)
	whole, err := r.play(ann, cam, clip, MP4Part(0, l.Size, Playable))
	if err != nil || int64(len(whole)) != l.Size {
		t.Fatalf("%d of %d bytes, %v", len(whole), l.Size, err)
	}
	if n := fmp4test.Numbers(whole); len(n) != 30 || n[29] != 29 {
		t.Errorf("pictures %v", n)
	}
	for from := int64(0); from < l.Size; from += 97 {
		for _, n := range []int64{1, 50, 1000, l.Size} {
			got, err := r.play(ann, cam, clip, MP4Part(from, from+n, Playable))
			want := whole[from:min(from+n, l.Size)]
			if err != nil || !bytes.Equal(got, want) {
				t.Fatalf("bytes %d to %d: %d bytes, %v", from, from+n, len(got), err)
			}
			if size, err := r.opener(ann, cam, clip).PartSize(ctx, MP4Part(from, from+n, Playable)); err != nil || size != int64(len(want)) {
				t.Fatalf("size of %d to %d: %d, %v", from, from+n, size, err)
			}
		}
	}
	init, err := r.play(ann, cam, clip, InitPart())
	if err != nil || !bytes.HasPrefix(whole, init) || len(init) < 100 {
		t.Errorf("init of %d bytes, %v", len(init), err)
	}
	var all []byte
	for i := range l.Fragments() {
		f, err := r.play(ann, cam, clip, FragmentPart(i))
		r.must(err)
		all = append(all, f...)
	}
	if !bytes.HasSuffix(whole, all) || len(all) == 0 {
		t.Error("the fragments are not the file's")
	}
	for _, part := range []Part{FragmentPart(len(l.Fragments())), FragmentPart(-1), {}} {
		if got, err := r.play(ann, cam, clip, part); err != ErrNotFound || len(got) != 0 {
			t.Errorf("%+v: %d bytes, %v", part, len(got), err)
		}
	}
	p := r.clipPass(ann, clip, History)
	info, err := r.Clip(ctx, p)
	if err != nil || info.Clip != clip || !info.End.Equal(info.Start.Add(3*time.Second)) {
		t.Errorf("%+v, %v", info, err)
	}
}

// TestCrossedClip: one lookup went wrong; nothing is written, it is counted.
func TestCrossedClip(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	ann, bob := r.person("ann"), r.person("bob")
	cam, second, bobs := r.camera(ann, "door"), r.camera(ann, "yard"), r.camera(bob, "hall")
	one, _ := r.record(cam)
	two, _ := r.record(cam)
	three, _ := r.record(second)
	foreign, _ := r.record(bobs)
	p := r.clipPass(ann, one, History)
	for what, at := range map[string]struct {
		file *recorder.Clip
		wire account.SessionID
	}{
		"another clip":        {r.file(cam, two), ann.Session},
		"another camera":      {r.file(second, three), ann.Session},
		"another person":      {r.file(bobs, foreign), ann.Session},
		"bob's wire":          {r.file(cam, one), bob.Session},
		"ann's other session": {r.file(cam, one), r.another(ann).Session},
	} {
		w, b := r.wire(at.wire)
		r.crossed(what, func() error { return r.OpenClip(ctx, p, at.file, ThumbnailPart(), w) })
		if b.Len() > 0 {
			t.Errorf("%s: %d bytes written", what, b.Len())
		}
	}
	r.crossed("no wire", func() error { return r.OpenClip(ctx, p, r.file(cam, one), ThumbnailPart(), nil) })
	// A pass that lock 1 gave to the wrong person: lock 2 has no key.
	wrong := p
	wrong.proof, wrong.session = bob.Proof(), bob.Session
	if _, err := r.Opener(ctx, wrong, r.file(cam, one)); err != ErrNotFound {
		t.Errorf("bob with ann's pass: %v", err)
	}
}

// TestLockTwoAlone is VAULT §8 test 1: with lock 1 switched off, keys decide.
func TestLockTwoAlone(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	ann := r.person("ann")
	people := map[string]account.Caller{}
	for _, n := range []string{"live", "now", "all", "none"} {
		people[n] = r.person(n)
	}
	cam := r.camera(ann, "door")
	var before, after []media.ClipID
	record := func(into *[]media.ClipID) {
		for range 20 {
			id, _ := r.record(cam)
			*into = append(*into, id)
			r.clock.Advance(time.Second)
		}
	}
	record(&before)
	for n, g := range map[string]GrantRequest{
		"live": {Actions: []Action{Live, Audio, PTZ, Notify, Manage}, History: FromStart},
		"now":  {Actions: []Action{Live, History}},
		"all":  {Actions: []Action{History}, History: FromStart},
	} {
		g.Camera, g.Account = cam, people[n].Account
		r.must(r.Grant(ctx, ann, g))
	}
	record(&after)
	open := func(c account.Caller, clips []media.ClipID) (two, both int) {
		for _, id := range clips {
			if _, err := r.openClip(ctx, c.Proof(), r.file(cam, id)); err == nil {
				two++
			}
			if _, err := r.play(c, cam, id, ThumbnailPart()); err == nil {
				both++
			} else if err != ErrNotFound {
				t.Errorf("refused with %v", err)
			}
		}
		return two, both
	}
	for n, want := range map[string][2]int{"live": {0, 0}, "now": {0, 20}, "all": {20, 20}, "none": {0, 0}} {
		for i, clips := range [][]media.ClipID{before, after} {
			if two, both := open(people[n], clips); two != want[i] || both != want[i] {
				t.Errorf("%s: %d clips open by key alone, %d with both locks, want %d", n, two, both, want[i])
			}
		}
	}
	// And lock 1 alone: "from now" is in the lists too.
	for n, want := range map[string]int{"live": 0, "now": 20, "all": 40, "none": 0} {
		page, err := r.Events(ctx, people[n], EventFilter{Limit: 100})
		if err != nil || len(page.Events) != want || page.Next != "" {
			t.Errorf("%s sees %d events, %v, want %d", n, len(page.Events), err, want)
		}
		for _, e := range page.Events {
			if e.Class != "person" {
				t.Fatalf("%s: class %q of an event shared", n, e.Class)
			}
		}
	}
}

func TestRevoke(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	ann, bob := r.person("ann"), r.person("bob")
	cam := r.camera(ann, "door")
	r.must(r.Grant(ctx, ann, GrantRequest{Camera: cam, Account: bob.Account, Actions: []Action{Live, History}}))
	clip, _ := r.record(cam)
	run, _ := r.newRun(cam)
	pass := r.pass(bob, cam, Live)
	clipPass := r.clipPass(bob, clip, History)
	_, err := r.OpenLive(ctx, pass, run)
	r.must(err)
	if err := r.Revoke(ctx, bob, cam, ann.Account); err != ErrNotFound {
		t.Errorf("a grantee revokes: %v", err)
	}
	r.rekeyed, r.revoked = nil, nil
	r.clock.Advance(bumpEvery)
	r.must(r.Revoke(ctx, ann, cam, bob.Account))
	if !slices.Equal(r.revoked, []account.ID{bob.Account}) || !slices.Equal(r.rekeyed, []media.CameraID{cam}) {
		t.Errorf("heard of %v and %v", r.revoked, r.rekeyed)
	}
	if _, err := r.Admit(ctx, bob, cam, Live); err != ErrNotFound {
		t.Errorf("admitted after the revoke: %v", err)
	}
	// Passes from before open nothing: the wraps are gone.
	if _, err := r.OpenLive(ctx, pass, run); err != ErrNotFound {
		t.Errorf("an old live pass: %v", err)
	}
	if _, err := r.Opener(ctx, clipPass, r.file(cam, clip)); err != ErrNotFound {
		t.Errorf("an old clip pass: %v", err)
	}
	next, _ := r.newRun(cam)
	later, _ := r.record(cam)
	if next.KID == run.KID {
		t.Error("no new epoch")
	}
	if _, err := r.openClip(ctx, bob.Proof(), r.file(cam, later)); err == nil {
		t.Error("the revoked opens a clip of the new epoch")
	}
	if _, err := r.play(ann, cam, later, ThumbnailPart()); err != nil {
		t.Errorf("the owner: %v", err)
	}
	if _, err := r.play(ann, cam, clip, ThumbnailPart()); err != nil {
		t.Errorf("the owner, older clip: %v", err)
	}
	r.rekeyed = nil
	if err := r.Revoke(ctx, ann, cam, bob.Account); err != nil || len(r.rekeyed) != 0 {
		t.Errorf("a second revoke: %v, %v", err, r.rekeyed)
	}
}

// TestExpiry: a grant that ran out admits nobody at once; its wraps go with the
// next sweep, and the hub alone starts the next epoch.
func TestExpiry(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	ann, bob := r.person("ann"), r.person("bob")
	cam := r.camera(ann, "door")
	r.must(r.Grant(ctx, ann, GrantRequest{Camera: cam, Account: bob.Account, Actions: []Action{Live, History}, Expires: t0.Add(time.Hour)}))
	clip, _ := r.record(cam)
	r.clock.Advance(time.Hour)
	if _, err := r.Admit(ctx, bob, cam, Live); err != ErrNotFound {
		t.Errorf("admitted when it ran out: %v", err)
	}
	if list, err := r.Cameras(ctx, bob); err != nil || len(list) != 0 {
		t.Errorf("sees %d cameras, %v", len(list), err)
	}
	r.must(r.expire(ctx, r.clock.Now()))
	if _, err := r.openClip(ctx, bob.Proof(), r.file(cam, clip)); err == nil {
		t.Error("the wrap outlived the grant")
	}
	r.rekeyed = nil
	r.must(r.renewed())
	if ids, err := r.vault.Members(ctx, cam); err != nil || !slices.Equal(ids, []account.ID{ann.Account}) || len(r.rekeyed) != 1 {
		t.Errorf("members %v, %v; rekeyed %v", ids, err, r.rekeyed)
	}
	r.must(r.renewed())
	if len(r.rekeyed) != 1 {
		t.Error("renewed twice")
	}
	// Restarted between the two: the survey finds what is due.
	r.must(r.Grant(ctx, ann, GrantRequest{Camera: cam, Account: bob.Account, Actions: []Action{Live}}))
	r.must(r.store.Update(ctx, func(tx *store.Tx) error { _, err := tx.RemoveGrant(ctx, cam, bob.Account); return err }))
	r.must(errors.Join(r.survey(ctx, r.clock.Advance(bumpEvery)), r.renewed()))
	if ids, err := r.vault.Members(ctx, cam); err != nil || len(ids) != 1 {
		t.Errorf("members %v, %v", ids, err)
	}
	// And an epoch that is too old.
	old, _ := r.newRun(cam)
	r.must(errors.Join(r.survey(ctx, r.clock.Advance(maxEpoch)), r.renewed()))
	if now, _, err := r.vault.NewRun(ctx, cam); err != nil || now.KID == old.KID {
		t.Errorf("an old epoch goes on: %v", err)
	}
	if _, err := r.openClip(ctx, ann.Proof(), r.file(cam, clip)); err != nil {
		t.Errorf("the owner: %v", err)
	}
}

func TestLive(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	ann, bob := r.person("ann"), r.person("bob")
	cam, bobs := r.camera(ann, "door"), r.camera(bob, "hall")
	run, key := r.newRun(cam)
	foreign, foreignKey := r.newRun(bobs)
	pass := r.pass(ann, cam, Live)
	o, err := r.OpenLive(ctx, pass, run)
	r.must(err)
	if o.Session() != ann.Session || o.Run() != run.ID {
		t.Errorf("session %v, run %v", o.Session(), o.Run())
	}
	u, _ := key.Sealer(media.StreamMain).Seal(nil, media.AccessUnit{Type: media.UnitVideo, Track: 1, Sync: true, Data: []byte("picture")})
	if au, _, err := o.Open(nil, u); err != nil || string(au.Data) != "picture" {
		t.Errorf("%q, %v", au.Data, err)
	}
	x, _ := foreignKey.Sealer(media.StreamMain).Seal(nil, media.AccessUnit{Type: media.UnitVideo, Track: 1, Data: []byte("bob's")})
	r.crossed("another camera's unit", func() error { _, _, err := o.Open(nil, x); return err })
	x.Camera, x.Run = u.Camera, u.Run
	before := r.Refused()["live unit"]
	if au, _, err := o.Open(nil, x); !errors.Is(err, seal.ErrOpen) || len(au.Data) > 0 || r.Refused()["live unit"] != before+1 {
		t.Errorf("another camera's unit under this one's name: %v", err)
	}
	r.crossed("another camera's run", func() error { _, err := r.OpenLive(ctx, pass, foreign); return err })
	foreign.Camera = cam
	if _, err := r.OpenLive(ctx, pass, foreign); err != ErrNotFound {
		t.Errorf("another camera's run under this one's name: %v", err)
	}
	wrong := pass
	wrong.proof, wrong.session = bob.Proof(), bob.Session
	if _, err := r.OpenLive(ctx, wrong, run); err != ErrNotFound {
		t.Errorf("bob with ann's pass: %v", err)
	}
}

// TestAdmissionOfOthers: an admission whose camera or grant is another one's is
// refused and counted, whatever it allows.
func TestAdmissionOfOthers(t *testing.T) {
	r := newRig(t)
	ann, bob := r.person("ann"), r.person("bob")
	door, shed := media.NewCameraID(), media.NewCameraID()
	own := store.Admission{Camera: door, Owner: ann.Account, Account: ann.Account}
	shared := store.Admission{Camera: door, Owner: ann.Account, Account: bob.Account, Granted: door, Grantee: bob.Account, Actions: bit(Live)}
	for what, c := range map[string]struct {
		caller account.Caller
		m      store.Admission
		change func(*store.Admission)
		site   fault.Site
	}{
		"the owner's":             {ann, own, func(*store.Admission) {}, ""},
		"the grantee's":           {bob, shared, func(*store.Admission) {}, ""},
		"another camera":          {ann, own, func(m *store.Admission) { m.Camera = shed }, fault.Camera},
		"another's camera":        {bob, own, func(m *store.Admission) { m.Camera = shed; m.Owner = bob.Account }, fault.Camera},
		"no grant":                {bob, own, func(*store.Admission) {}, fault.Grant},
		"another's grant":         {bob, shared, func(m *store.Admission) { m.Grantee = ann.Account }, fault.Grant},
		"a grant of another door": {bob, shared, func(m *store.Admission) { m.Granted = shed }, fault.Grant},
		"a grant for its owner":   {ann, shared, func(*store.Admission) {}, fault.Grant},
	} {
		before := r.Refused()[string(c.site)]
		c.change(&c.m)
		err := r.answers(c.m, c.caller, door)
		if c.site == "" && err != nil || c.site != "" && (!errors.Is(err, ErrCrossed) || r.Refused()[string(c.site)] != before+1) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// TestUnconfirmed: a member whose keys changed gets nothing until its owner
// confirms it, and then what it would have had.
func TestUnconfirmed(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	ann, bob := r.person("ann"), r.person("bob")
	cam := r.camera(ann, "door")
	early, _ := r.record(cam)
	r.clock.Advance(time.Second)
	ask := GrantRequest{Camera: cam, Account: bob.Account, Actions: []Action{Live, History}}
	r.must(r.Grant(ctx, ann, ask))
	first, _ := r.record(cam)
	r.must(r.unconfirm(ctx, cam, bob.Account)) // as NewEpoch does
	r.clock.Advance(bumpEvery)
	r.must(r.KeysChanged(ctx, bob.Account))
	r.must(r.renewed())
	second, _ := r.record(cam)
	opens := func(want ...bool) {
		t.Helper()
		for i, id := range []media.ClipID{early, first, second} {
			if _, err := r.play(bob, cam, id, ThumbnailPart()); (err == nil) != want[i] {
				t.Errorf("clip %d: %v, want %v", i, err, want[i])
			}
		}
	}
	opens(false, false, false)
	if list, err := r.Grants(ctx, ann, cam); err != nil || len(list) != 1 || !list[0].Unconfirmed {
		t.Errorf("the owner sees %+v, %v", list, err)
	}
	if err := r.Grant(ctx, ann, ask); err != ErrUnconfirmed {
		t.Errorf("shared anew: %v", err)
	}
	for _, c := range []account.Caller{bob, r.person("eve")} {
		if err := r.Confirm(ctx, c, cam, bob.Account); err != ErrNotFound {
			t.Errorf("%s confirms: %v", c.Name, err)
		}
	}
	if err := r.Confirm(ctx, ann, cam, ann.Account); err != ErrNotFound {
		t.Errorf("nobody's grant confirmed: %v", err)
	}
	opens(false, false, false)
	r.rekeyed = nil
	r.must(r.Confirm(ctx, ann, cam, bob.Account))
	r.must(r.Confirm(ctx, ann, cam, bob.Account)) // nothing to confirm
	opens(false, true, true)
	if list, err := r.Grants(ctx, ann, cam); err != nil || list[0].Unconfirmed || len(r.rekeyed) != 1 {
		t.Errorf("confirmed: %+v, %v, %d times rekeyed", list, err, len(r.rekeyed))
	}
	if p := r.pass(bob, cam, Live); true {
		run, _ := r.newRun(cam)
		if _, err := r.OpenLive(ctx, p, run); err != nil {
			t.Errorf("live: %v", err)
		}
	}
}

// TestUnconfirmedNothing: whoever has new keys that the owner has not confirmed
// learns that a camera is shared with it, and nothing else of it: the console
// gives keys to anybody.
func TestUnconfirmedNothing(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ctx := t.Context()
	ann, bob := r.person("ann"), r.person("bob")
	cam := r.camera(ann, "door")
	r.must(r.Grant(ctx, ann, GrantRequest{Camera: cam, Account: bob.Account, Actions: actions[:], History: FromStart}))
	may := func() (list []Action) {
		for _, a := range actions {
			switch _, err := r.Admit(ctx, bob, cam, a); {
			case err == nil:
				list = append(list, a)
			case !errors.Is(err, ErrNotFound):
				t.Fatal(err)
			}
		}
		return list
	}
	shown := func() Camera { c, err := r.Camera(ctx, bob, cam); r.must(err); return c }
	r.record(cam)
	events := func() int {
		page, err := r.Events(ctx, bob, EventFilter{})
		r.must(err)
		return len(page.Events)
	}
	if got := may(); !slices.Equal(got, actions[:]) || shown().Address == "" || shown().Clips == 0 || events() == 0 {
		t.Fatalf("before: %v", got)
	}
	pass := r.pass(bob, cam, Manage)
	r.must(r.unconfirm(ctx, cam, bob.Account))
	if got := may(); len(got) > 0 {
		t.Errorf("unconfirmed: %v", got)
	}
	if n := events(); n > 0 {
		t.Errorf("unconfirmed: %d events", n)
	}
	if c := shown(); len(c.Actions) > 0 || c.Address != "" || c.Privacy != nil || c.Clips > 0 || c.Bytes > 0 || c.Granted == nil || !c.Granted.Unconfirmed {
		t.Errorf("unconfirmed, it is shown as %+v", c)
	}
	if err := r.SetPrivacy(ctx, pass, true); !errors.Is(err, ErrNotFound) {
		t.Errorf("with a pass of before: %v", err)
	}
	r.must(r.Confirm(ctx, ann, cam, bob.Account))
	if got := may(); !slices.Equal(got, actions[:]) {
		t.Errorf("confirmed: %v", got)
	}
}
