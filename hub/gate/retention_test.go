package gate

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"
	"time"

	"lares/cameras/media"
	"lares/hub/account"
	"lares/hub/journal"
	"lares/hub/store"
	"lares/recorder"
	"lares/recorder/retention"
	"lares/recorder/sealed"
)

const day = 24 * time.Hour

// operate makes somebody an operator and signs them in.
func (r *rig) operate(name string) account.Caller {
	r.t.Helper()
	c := r.person(name)
	r.must(r.store.Update(r.t.Context(), func(tx *store.Tx) error { return tx.SetOperator(r.t.Context(), c.Account, true) }))
	return r.another(c)
}

// aged records a clip that began so long ago.
func (r *rig) aged(cam media.CameraID, ago time.Duration) (media.ClipID, int64) {
	r.t.Helper()
	r.clock.Advance(-ago)
	clip, _ := r.record(cam)
	r.clock.Advance(ago)
	row, err := r.store.Clip(r.t.Context(), clip)
	r.must(err)
	return clip, row.Bytes
}

// place lists a clip, with a file that is there: foreign, so that nobody takes it away.
func (r *rig) place(row recorder.ClipRow) {
	r.t.Helper()
	folder := filepath.Join(r.pool(), "clips", row.Camera.String(), row.Start.UTC().Format("2006-01"))
	r.must(os.MkdirAll(folder, 0o700))
	r.must(os.WriteFile(filepath.Join(folder, row.Clip.String()+".lar"), make([]byte, sealed.HeaderSize), 0o600))
	r.must(r.store.ClipClosed(r.t.Context(), row))
}

// restarted is the hub's recorder after a start, which counts what is there, with a clock
// that can be believed.
func (r *rig) restarted() {
	r.t.Helper()
	wait := func(what string, ok func() bool) {
		r.t.Helper()
		for deadline := time.Now().Add(20 * time.Second); !ok(); time.Sleep(2 * time.Millisecond) {
			if time.Now().After(deadline) {
				r.t.Fatalf("waited in vain for %s", what)
			}
		}
	}
	r.rerun()
	wait("clips to be counted", func() bool { _, err := r.recorder.Recorded(); return err == nil })
}

// TestRetention: the owner of a camera says in person how long its recordings stay, is told
// what that deletes before, and it deletes that; the journal knows it, and nobody else says it.
func TestRetention(t *testing.T) {
	r := newRig(t)
	list := r.told()
	ctx := t.Context()
	ann, bob, eve := r.person("ann"), r.person("bob"), r.person("eve")
	door, yard := r.camera(ann, "door"), r.camera(bob, "yard")
	old, bytes := r.aged(door, 9*day)
	young, _ := r.aged(door, day)
	his, _ := r.aged(yard, 99*day)
	r.must(r.Grant(ctx, ann, GrantRequest{Camera: door, Account: bob.Account, Actions: actions[:], History: FromStart}))
	r.must(r.Grant(ctx, ann, GrantRequest{Camera: door, Account: eve.Account, Actions: []Action{Live, History}}))
	r.restarted()
	keep := retention.Camera{Rule: retention.Rule{Days: 7}, Kinds: map[media.Kind]retention.Rule{media.KindDoorbell: {AtLeast: 3, AtLeastBytes: 1 << 40}}}
	for name, c := range map[string]account.Caller{"who manages and deletes": bob, "who looks": eve} {
		if err := r.SetRetention(ctx, c, door, keep); !errors.Is(err, ErrNotFound) {
			t.Errorf("%s says it: %v", name, err)
		}
		if n, _, err := r.PreviewRetention(ctx, c, door, keep); !errors.Is(err, ErrNotFound) || n != 0 {
			t.Errorf("%s is told of %d clips: %v", name, n, err)
		}
	}
	for name, bad := range map[string]retention.Camera{"no such days": {Rule: retention.Rule{Days: -1}}, "longer than it may": {Rule: retention.Rule{Days: 1, AtLeast: 2}}, "too much": {Rule: retention.Rule{Bytes: MaxBytes + 1}}} {
		if err := r.SetRetention(ctx, ann, door, bad); !errors.Is(err, ErrInput) {
			t.Errorf("%s: %v", name, err)
		}
		if _, _, err := r.PreviewRetention(ctx, ann, door, bad); !errors.Is(err, ErrInput) {
			t.Errorf("%s, before: %v", name, err)
		}
	}
	if n, b, err := r.PreviewRetention(ctx, ann, door, keep); err != nil || n != 1 || b != bytes {
		t.Errorf("deletes %d clips, %d bytes, %v", n, b, err)
	}
	if got, err := r.CameraRetention(ctx, r.pass(ann, door, Manage)); err != nil || !reflect.DeepEqual(got, retention.Camera{}) {
		t.Errorf("at first %+v, %v", got, err)
	}
	r.must(r.SetRetention(ctx, ann, door, keep))
	if got, err := r.CameraRetention(ctx, r.pass(bob, door, Manage)); err != nil || !reflect.DeepEqual(got, keep) {
		t.Errorf("who manages is told %+v, %v", got, err)
	}
	if _, err := r.CameraRetention(ctx, r.pass(eve, door, Live)); !errors.Is(err, ErrCrossed) {
		t.Errorf("with a pass to look: %v", err)
	}
	policy, err := r.Retention(ctx)
	r.must(err)
	want := keep
	want.Group = retention.Group(ann.Account)
	if !reflect.DeepEqual(policy.Cameras, map[media.CameraID]retention.Camera{door: want, yard: {Group: retention.Group(bob.Account)}}) {
		t.Errorf("the recorder is told %+v", policy)
	}
	r.retained(old)
	left, err := r.store.ListedClips(ctx, []media.ClipID{old, young, his})
	if err != nil || len(left) != 2 || left[old] {
		t.Errorf("left %v, %v", left, err)
	}
	var told []string
	for _, e := range list(ann) {
		if e.Kind == journal.CameraRetention {
			told = append(told, fmt.Sprint(e.Camera == door, e.Account == ann.Account, e.Detail))
		}
	}
	if want := []string{"true true map[at_least:0 at_least_bytes:0 bytes:0 days:7 kinds:1]"}; !slices.Equal(told, want) {
		t.Errorf("the journal tells %q", told)
	}
}

// TestRetentionLocked: in a lockdown of the owner's cameras nobody shortens what stays.
func TestRetentionLocked(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	ann := r.person("ann")
	door := r.camera(ann, "door")
	r.must(r.store.Update(ctx, func(tx *store.Tx) error { return tx.SetRecovery(ctx, ann.Account, t0) })) // who locks can lift
	r.must(r.LockDown(ctx, ann, LockMine))
	if err := r.SetRetention(ctx, ann, door, retention.Camera{Rule: retention.Rule{Days: 1}}); !errors.Is(err, ErrLockdown) {
		t.Errorf("%v", err)
	}
	if _, _, err := r.PreviewRetention(ctx, ann, door, retention.Camera{}); !errors.Is(err, ErrLockdown) {
		t.Errorf("before: %v", err)
	}
}

// TestQuota: who runs the hub says how much somebody's recordings may take, and nobody else
// does; both read it in the journal.
func TestQuota(t *testing.T) {
	r := newRig(t)
	list := r.told()
	ctx := t.Context()
	olga, ann := r.operate("olga"), r.person("ann")
	for name, c := range map[string]account.Caller{"somebody": ann, "who says to be one": {Account: ann.Account, Session: ann.Session, Operator: true}} {
		if err := r.SetQuota(ctx, c, ann.Account, 5); !errors.Is(err, ErrNotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := r.SetQuota(ctx, olga, account.ID{9}, 5); !errors.Is(err, ErrNotFound) {
		t.Errorf("of nobody: %v", err)
	}
	for _, n := range []int64{-1, MaxBytes + 1} {
		if err := r.SetQuota(ctx, olga, ann.Account, n); !errors.Is(err, ErrInput) {
			t.Errorf("%d: %v", n, err)
		}
	}
	for _, n := range []int64{5, 0, 7} {
		r.must(r.SetQuota(ctx, olga, ann.Account, n))
		p, err := r.Retention(ctx)
		r.must(err)
		if got := p.Quotas[retention.Group(ann.Account)]; got != n {
			t.Errorf("the recorder is told %d, not %d", got, n)
		}
	}
	for _, of := range []account.ID{ann.Account, store.WholeHub()} {
		r.must(r.store.Update(ctx, func(tx *store.Tx) error {
			return tx.PutLockdown(ctx, store.Lockdown{Account: of, Maker: olga.Account, Since: t0})
		}))
		if err := r.SetQuota(ctx, olga, ann.Account, 1); !errors.Is(err, ErrLockdown) {
			t.Errorf("in a lockdown of %v: %v", of, err)
		}
		r.must(r.store.Update(ctx, func(tx *store.Tx) error { _, err := tx.RemoveLockdown(ctx, of); return err }))
	}
	for _, c := range []account.Caller{olga, ann} {
		var told []string
		for _, e := range list(c) {
			if e.Kind == journal.Quota {
				told = append(told, fmt.Sprint(e.Account == olga.Account, e.Other == ann.Account, e.Detail["bytes"]))
			}
		}
		if want := []string{"true true 5", "true true 0", "true true 7"}; !slices.Equal(told, want) {
			t.Errorf("%s reads %q", c.Name, told)
		}
	}
}

// TestStorage: everybody is told what their own cameras' recordings take and where that
// leads; who runs the hub the sums of all besides, and of no camera of somebody else's
// anything.
func TestStorage(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	olga, ann, bob := r.operate("olga"), r.person("ann"), r.person("bob")
	door, yard := r.camera(ann, "door"), r.camera(bob, "yard")
	r.camera(ann, "attic") // without recordings
	var anns, bobs int64
	for _, ago := range []time.Duration{20 * day, 6 * day, 3 * day} {
		_, n := r.aged(door, ago)
		anns += n
	}
	clip, one := r.aged(yard, 2*day)
	bobs += one
	for _, ago := range []time.Duration{20 * day, 3 * day} { // beside it the sub stream, for longer
		row, err := r.store.Clip(ctx, clip)
		r.must(err)
		row.Clip, row.Event, row.Start, row.Stretch, row.Beside = media.NewClipID(), media.NewEventID(), t0.Add(-ago), true, true
		r.place(row)
		bobs += one
	}
	r.must(r.SetQuota(ctx, olga, ann.Account, 10*one))
	r.must(r.SetRetention(ctx, bob, yard, retention.Camera{Rule: retention.Rule{Days: 30}}))
	r.must(r.Grant(ctx, ann, GrantRequest{Camera: door, Account: bob.Account, Actions: actions[:], History: FromStart}))
	r.restarted()
	told := r.cfg.Recorded
	r.cfg.Recorded = func() (recorder.Recorded, error) { // a file of the door grows, which its row does not say
		now, err := told()
		now.Used[retention.Place{Camera: door}] += 7
		return now, err
	}
	anns += 7

	s, err := r.Storage(ctx, ann)
	r.must(err)
	if len(s.Cameras) != 2 || s.Cameras[0].Known || s.Cameras[0].Name != "attic" || s.Bytes != anns || s.Quota != 10*one || s.Hub != nil {
		t.Fatalf("ann is told %+v", s)
	}
	daily := float64(2*one) / 7
	c := s.Cameras[1]
	if c.ID != door || c.Clips != 3 || c.Bytes != anns || !c.Oldest.Equal(t0.Add(-20*day)) || !c.Known || math.Abs(c.PerDay-daily) > 1 ||
		c.Reach.Bound != retention.BoundQuota || math.Abs(c.Reach.Days-float64(10*one)/daily) > 0.01 || c.Beside != nil {
		t.Errorf("of the door %+v, at %v a day", c, daily)
	}
	s, err = r.Storage(ctx, bob)
	r.must(err)
	if len(s.Cameras) != 1 || s.Cameras[0].ID != yard || s.Cameras[0].Reach != (retention.Reach{Days: 30, Bound: retention.BoundDays}) || s.Hub != nil || s.Quota != 0 {
		t.Errorf("bob is told %+v", s)
	}
	if c := s.Cameras[0]; c.Beside == nil || math.Abs(c.PerDay-float64(one)/2-float64(one)/7) > 1 || math.Abs(c.Beside.PerDay-float64(one)/7) > 1 || c.Beside.Reach != (retention.Reach{Days: 30, Bound: retention.BoundDays}) {
		t.Errorf("of the yard and beside it %+v, %+v", c, c.Beside)
	}
	s, err = r.Storage(ctx, olga)
	r.must(err)
	if len(s.Cameras) != 0 || s.Bytes != 0 || s.Hub == nil {
		t.Fatalf("olga is told %+v", s)
	}
	want := []AccountStorage{{ann.Account, "ann", anns, 10 * one}, {bob.Account, "bob", bobs, 0}, {olga.Account, "olga", 0, 0}}
	if h := s.Hub; !slices.Equal(h.Accounts, want) || h.Used != anns-7+bobs || h.Free <= 0 || h.Floor <= 0 || math.Abs(h.PerDay-daily-float64(one)/2-float64(one)/7) > 1 || !math.IsInf(h.Full, 1) {
		t.Errorf("of the hub %+v, want %+v", h, want)
	}
	r.cfg.Recorded = func() (recorder.Recorded, error) {
		return recorder.Recorded{}, recorder.ErrCounting
	}
	if _, err := r.Storage(ctx, ann); !errors.Is(err, ErrUnavailable) {
		t.Errorf("while it is counted: %v", err)
	}
}

// TestStorageOfKinds: how much comes of a kind of event with rules of its own, and how far back it
// will reach, is said apart; what is starred counts, and says nothing of how much comes.
func TestStorageOfKinds(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	ann := r.person("ann")
	door, yard := r.camera(ann, "door"), r.camera(ann, "yard")
	clip, _ := r.aged(door, 3*day)
	like, err := r.store.Clip(ctx, clip)
	r.must(err)
	put := func(cam media.CameraID, kind media.Kind, ago time.Duration, bytes int64) media.EventID {
		row := like
		row.Clip, row.Event, row.Camera, row.Start, row.Bytes = media.NewClipID(), media.NewEventID(), cam, t0.Add(-ago), bytes
		r.must(r.store.EventPut(ctx, recorder.EventRow{Event: row.Event, Camera: cam, Kind: kind, Start: row.Start, End: row.Start.Add(time.Second)}))
		r.place(row)
		return row.Event
	}
	for n := range time.Duration(12) {
		put(door, media.KindMotion, n*day+day/2, 1_000_000)
	}
	for n := range time.Duration(4) { // older ones went
		put(door, media.KindDoorbell, n*day/2+day/4, 100_000)
	}
	for n := range time.Duration(10) {
		put(yard, media.KindTamper, n*day/4+day/8, 100_000)
	}
	kept := put(door, media.KindMotion, 40*day, 5_000_000)
	pass, err := r.AdmitEvent(ctx, ann, kept, Star)
	r.must(err)
	r.must(r.Star(ctx, pass, true))
	r.must(r.SetRetention(ctx, ann, door, retention.Camera{Rule: retention.Rule{Days: 30}, Kinds: map[media.Kind]retention.Rule{media.KindDoorbell: {Days: 2}}}))
	r.must(r.SetRetention(ctx, ann, yard, retention.Camera{Kinds: map[media.Kind]retention.Rule{media.KindTamper: {Bytes: 1_000_000}}}))
	r.restarted()
	s, err := r.Storage(ctx, ann)
	r.must(err)
	about := func(is, want float64) bool { return math.Abs(is-want) < want/10 }
	c := s.Cameras[0]
	if !c.Known || c.Starred != 5_000_000 || c.Reach != (retention.Reach{Days: 30, Bound: retention.BoundDays}) || !about(c.PerDay, 1_200_000) {
		t.Errorf("of the door %+v", c)
	}
	if len(c.Kinds) != 1 || c.Kinds[0].Kind != media.KindDoorbell || !about(c.Kinds[0].PerDay, 200_000) || c.Kinds[0].Reach != (retention.Reach{Days: 2, Bound: retention.BoundDays}) {
		t.Errorf("of its rings %+v", c.Kinds)
	}
	if k := s.Cameras[1].Kinds; len(k) != 1 || !about(k[0].PerDay, 400_000) || !about(k[0].Reach.Days, 2.5) || k[0].Reach.Bound != retention.BoundBytes || s.Cameras[1].Starred != 0 {
		t.Errorf("of what is limited by its bytes %+v", k)
	}
}

// TestStorageUnknown: what a star says of how long there are recordings says nothing of the rest.
// Where of that there is too little to tell, no forecast says that nothing will go, or that the
// room lasts.
func TestStorageUnknown(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	ann := r.person("ann")
	ann.Operator = true
	door := r.camera(ann, "door")
	is := func(what string, known, unsure bool) {
		t.Helper()
		s, err := r.Storage(ctx, ann)
		r.must(err)
		if c, h := s.Cameras[0], s.Hub; c.Known != known || (c.PerDay > 0) != known || h.Unsure != unsure || h.Pools[0].Unsure != unsure {
			t.Errorf("%s: of the door %+v, of the hub %+v", what, c, h)
		}
	}
	is("nothing", false, false)
	clip, _ := r.aged(door, 20*day)
	row, err := r.store.Clip(ctx, clip)
	r.must(err)
	pass, err := r.AdmitEvent(ctx, ann, row.Event, Star)
	r.must(err)
	r.must(r.Star(ctx, pass, true))
	r.restarted()
	is("a star of long ago", false, false)
	for _, ago := range []time.Duration{4 * time.Minute, 2 * time.Minute} { // older ones went
		r.aged(door, ago)
	}
	r.restarted()
	is("four minutes", false, true)
	r.aged(door, 10*time.Minute)
	r.restarted()
	is("ten minutes", true, false)
}

// TestStorageStarBefore: a large clip that somebody starred counts for nothing in what comes in a day
// where of its time nothing else is left, as under a small limit.
func TestStorageStarBefore(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	ann := r.person("ann")
	door := r.camera(ann, "door")
	clip, _ := r.aged(door, day)
	row, err := r.store.Clip(ctx, clip)
	r.must(err)
	row.Bytes = 1 << 30
	r.must(r.store.ClipClosed(ctx, row))
	pass, err := r.AdmitEvent(ctx, ann, row.Event, Star)
	r.must(err)
	r.must(r.Star(ctx, pass, true))
	var came int64
	for _, ago := range []time.Duration{12 * time.Minute, 6 * time.Minute} { // what was between went
		_, bytes := r.aged(door, ago)
		came += bytes
	}
	r.restarted()
	s, err := r.Storage(ctx, ann)
	r.must(err)
	want := float64(came) * 24 * 60 / 12
	if c := s.Cameras[0]; !c.Known || c.PerDay < want*0.9 || c.PerDay > want*1.1 || c.Starred != row.Bytes {
		t.Errorf("%+v, want %.0f bytes in a day", c, want)
	}
}

// TestPace: a rate is of the time that there are recordings of.
func TestPace(t *testing.T) {
	for _, c := range []struct {
		name   string
		oldest time.Duration
		recent int64
		want   float64
		known  bool
	}{
		{"nothing", -1, 0, 0, false},
		{"a minute", time.Minute, 100, 0, false},
		{"six hours", 6 * time.Hour, 100, 400, true},
		{"two days", 2 * day, 100, 50, true},
		{"years", 900 * day, 70, 10, true},
		{"nothing lately", 900 * day, 0, 0, true},
		{"of tomorrow", -day, 100, 0, false},
	} {
		came := store.Recent{Began: t0.Add(-c.oldest), Bytes: c.recent}
		if c.oldest == -1 {
			came.Began = time.Time{}
		}
		if got, known := pace(came, t0); math.Abs(got-c.want) > 0.01 || known != c.known {
			t.Errorf("%s: %v, %v", c.name, got, known)
		}
	}
}

// retained waits until a clip is gone.
func (r *rig) retained(clip media.ClipID) {
	r.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		_, err := r.store.Clip(context.Background(), clip)
		if errors.Is(err, store.ErrNoRow) {
			return
		}
		if time.Now().After(deadline) {
			r.t.Fatal("a clip that is too old stays")
		}
		r.clock.Advance(11 * time.Minute) // ages wait for a clock that can be believed
		r.recorder.Reconsider()
	}
}
