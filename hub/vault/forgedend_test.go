package vault

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"lares/cameras/media"
	"lares/hub/store"
)

// forgeries change the last group of a keyring, which begins at a place, so that its
// sums are right and no code vouches for it.
var forgeries = map[string]func(b []byte, at int) []byte{
	"another code": func(b []byte, at int) []byte {
		head, size := readEntry(b[at:])
		g, _ := parseGroup(head)
		g.code[0] ^= 1
		return append(g.entry().append(bytes.Clone(b[:at])), b[at+size:]...)
	},
	"another record": func(b []byte, at int) []byte {
		_, size := readEntry(b[at:])
		first, next := readEntry(b[at+size:])
		first.payload[len(first.payload)-1] ^= 1
		return append(first.append(bytes.Clone(b[:at+size])), b[at+size+next:]...)
	},
}

// oldDatabase is a hub whose database is of before a revocation, which the last group
// of the keyring tells of.
type oldDatabase struct {
	*rig
	ann, bob person
	cam      store.Camera
	old      media.KeyID // of before the revocation
	at       int         // where that group begins
}

func newOldDatabase(t *testing.T) oldDatabase {
	r := newRig(t)
	o := oldDatabase{rig: r, ann: r.account("ann"), bob: r.account("bob")}
	o.cam = r.camera(o.ann)
	r.share(o.cam, o.ann, o.bob)
	n, err := r.vault.NewToken(o.ann.ID())
	r.must(err)
	r.must(r.update(func(ctx context.Context, tx *store.Tx) error {
		return errors.Join(tx.AddToken(ctx, n.Token, n.Principal, []store.TokenCamera{{Camera: o.cam.ID, Actions: 1, HistoryFrom: r.clock.Now()}}),
			r.vault.NewEpoch(ctx, tx, o.cam, Change{Owner: o.ann.OpenedAccount, Add: &Member{Principal: n.Principal.ID, Store: true}}))
	}))
	_, o.old = r.kids(o.cam)
	week := r.copyDB()
	o.at = len(r.ring())
	r.revoke(o.cam, o.bob)
	r.close()
	b, err := os.ReadFile(week)
	r.must(err)
	for _, end := range []string{"-wal", "-shm"} {
		os.Remove(r.db() + end)
	}
	r.must(os.WriteFile(r.db(), b, 0o600))
	return o
}

// held checks that nobody but the owner has a key, that the grant waits, and that
// nothing stored opens before it is confirmed.
func (o oldDatabase) held() {
	o.t.Helper()
	g, err := o.store.Grant(o.t.Context(), o.cam.ID, o.bob.ID())
	if err != nil || !g.Unconfirmed || o.wraps(o.cam, o.bob) != 0 {
		o.t.Errorf("the revoked has %+v, %v, and %d keys", g, err, o.wraps(o.cam, o.bob))
	}
	if !o.rolledBack() {
		o.t.Error("nobody has to confirm")
	}
	if tokens, err := o.store.AllTokenCameras(o.t.Context()); err != nil || len(tokens) > 0 {
		o.t.Errorf("tokens: %+v, %v", tokens, err)
	}
	members, err := o.vault.Members(o.t.Context(), o.cam.ID)
	if err != nil || len(members) != 1 {
		o.t.Errorf("the newest epoch is of %v, %v", members, err)
	}
	notices, err := o.store.Notices(o.t.Context(), o.ann.ID(), 10)
	if err != nil || len(notices) != 1 || notices[0].Kind != store.NoticeUnconfirmed {
		o.t.Errorf("the owner is told %+v, %v", notices, err)
	}
}

// opens checks that the owner opens what was recorded, before and since, and the
// revoked nothing.
func (o oldDatabase) opens() {
	o.t.Helper()
	_, now := o.kids(o.cam)
	for who, opens := range map[person]bool{o.ann: true, o.bob: false} {
		a, err := o.signIn(who, password(who.name))
		o.must(err)
		want(o.t, who.name, o.opensAll(a, o.cam, o.old, now), opens, opens)
	}
}

// TestStartForgedEnd: a start beside a database that is older than a group which no
// code vouches for does not know what that said: what was revoked stays out, and so do
// API tokens, of which the journal hears.
func TestStartForgedEnd(t *testing.T) {
	for name, change := range forgeries {
		t.Run(name, func(t *testing.T) {
			o := newOldDatabase(t)
			o.damage(func(b []byte) []byte { return change(b, o.at) })
			o.must(o.open())
			o.held()
			list, err := o.vault.Altered(t.Context())
			if err != nil || len(list) != 2 || list[0].Kind != AlteredGranted || !list[0].Waits || list[1].Kind != AlteredTokenEnded || list[1].Owner != o.ann.ID() {
				t.Errorf("the journal is told %+v, %v", list, err)
			}
			o.close()
			o.must(o.open())
			o.held()
			o.must(o.vault.Confirmed(t.Context()))
			o.opens()
		})
	}
}

// TestStartTornEnd: an end that is torn is of a power cut where the database knows all
// before it, and takes nothing from anybody; behind groups that it does not know it is not.
func TestStartTornEnd(t *testing.T) {
	for name, between := range map[string]int{"the database knows all before it": 0, "it does not": 1} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			ann, bob := r.account("ann"), r.account("bob")
			cam := r.camera(ann)
			r.share(cam, ann, bob)
			week := r.copyDB()
			for range between {
				r.must(r.epoch(cam, Change{Owner: ann.OpenedAccount}))
			}
			r.revoke(cam, bob)
			r.damage(func(b []byte) []byte { b[len(b)-9] ^= 1; return b })
			r.putBack(week)
			g, err := r.store.Grant(t.Context(), cam.ID, bob.ID())
			if err != nil || g.Unconfirmed != (between > 0) || r.rolledBack() != (between > 0) {
				t.Errorf("%+v, %v; rolled back: %v", g, err, r.rolledBack())
			}
		})
	}
}

// TestStartForgedEndCutOff: a start that is cut off when it has put aside what nobody can
// read holds back, at the next start, also what the groups before that give.
func TestStartForgedEndCutOff(t *testing.T) {
	r := newRig(t)
	ann, bob := r.account("ann"), r.account("bob")
	cam := r.camera(ann)
	week := r.copyDB()
	r.share(cam, ann, bob)
	at := len(r.ring())
	r.revoke(cam, bob)
	b := r.damage(func(b []byte) []byte { return forgeries["another code"](b, at) })
	r.must(os.Rename(week, r.db()))
	r.must(r.repairRing(func(c Config) (none Replayed, err error) {
		v := newVault(c)
		if v.key, err = loadHubKey(c.Dir, false); err != nil {
			return none, err
		}
		if err := v.holdDoubtful(t.Context()); err != nil {
			return none, err
		}
		one, err := openRing(r.pool, v.key, true, &v.refused, c.Log)
		v.rings = append(v.rings, one)
		return none, errors.Join(err, v.Close())
	}))
	if now := r.ring(); len(now) != at || len(b) <= at {
		t.Fatalf("%d bytes of %d are left", len(now), len(b))
	}
	r.must(r.open())
	g, err := r.store.Grant(t.Context(), cam.ID, bob.ID())
	if err != nil || !g.Unconfirmed || r.wraps(cam, bob) != 0 || !r.rolledBack() {
		t.Errorf("%+v, %v, %d keys", g, err, r.wraps(cam, bob))
	}
	// Once that is done, a start takes back no confirmation.
	r.must(r.vault.Confirmed(t.Context()))
	a, err := r.signIn(ann, password("ann"))
	r.must(err)
	r.confirm(cam, person{OpenedAccount: a}, bob)
	r.close()
	r.must(r.open())
	if g, err := r.store.Grant(t.Context(), cam.ID, bob.ID()); err != nil || g.Unconfirmed || r.rolledBack() {
		t.Errorf("%+v, %v", g, err)
	}
}

// TestStartForgedBehindNote: beside a database that knows all that the file reached to,
// what no code vouches for takes nothing from anybody.
func TestStartForgedBehindNote(t *testing.T) {
	for name, change := range forgeries {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			ann, bob := r.account("ann"), r.account("bob")
			cam := r.camera(ann)
			at := len(r.ring())
			r.share(cam, ann, bob)
			r.damage(func(b []byte) []byte { return change(b, at) })
			r.must(r.open())
			g, err := r.store.Grant(t.Context(), cam.ID, bob.ID())
			if err != nil || g.Unconfirmed || r.wraps(cam, bob) == 0 || r.rolledBack() {
				t.Errorf("%+v, %v; rolled back: %v", g, err, r.rolledBack())
			}
		})
	}
}

// TestRepairForgedEnd: a repair that begins with an older copy of the database does not
// know either what stood where nothing is whole any more, nor what a keyring said that
// is missing: it is mended like a damaged one.
func TestRepairForgedEnd(t *testing.T) {
	lost := map[string]func(b []byte, at int) []byte{
		"a bit of its last record": func(b []byte, _ int) []byte { b[len(b)-1] ^= 1; return b },
		"its end is cut":           func(b []byte, _ int) []byte { return b[:len(b)-7] },
		"missing":                  func([]byte, int) []byte { return nil },
		"a header alone":           func(b []byte, _ int) []byte { return b[:ringHeader] },
	}
	maps.Copy(lost, forgeries)
	for name, change := range lost {
		t.Run(name, func(t *testing.T) {
			o := newOldDatabase(t)
			was := o.damage(func(b []byte) []byte { return change(b, o.at) })
			want := RingDamaged
			if len(was) <= ringHeader {
				want = RingMissing
			}
			if name == "missing" {
				o.must(os.Remove(filepath.Join(o.pool, KeyringName)))
			}
			if state, err := Rings(t.Context(), o.dir, []string{o.pool}, nil); err != nil || state != want {
				t.Fatalf("%v, %v", state, err)
			}
			if err := o.repairRing(func(c Config) (Replayed, error) { return Repair(t.Context(), c) }); err == nil || !strings.Contains(err.Error(), "lares repair") {
				t.Errorf("a repair that confirms: %v", err)
			}
			o.must(o.mended())
			var aside []string
			if want == RingDamaged {
				aside = []string{string(was)}
			}
			if got := o.aside(); !slices.Equal(got, aside) {
				t.Errorf("%d files are aside, or another one", len(got))
			}
			o.must(o.open())
			o.held()
			o.must(o.vault.Confirmed(t.Context()))
			o.opens()
		})
	}
}
