package vault

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"lares/cameras/media"
	"lares/cameras/seal"
)

// TestAfterJoin: the recordings came after the restore and were joined. The hub goes on
// and starts again and again; an older copy of its keyring is one that lacks what the
// database has, and no branch; and a hub of before that went on once more is one.
func TestAfterJoin(t *testing.T) {
	r := newRig(t)
	ann, bob := r.account("ann"), r.account("bob")
	cam := r.camera(ann)
	r.share(cam, ann, bob)
	backup := r.save()
	r.revoke(cam, bob)
	n, err := backup.mediaAfter(t, r.pool, nil)
	n.must(err)
	path := filepath.Join(n.pool, KeyringName)
	joined, err := os.ReadFile(path)
	n.must(err)
	n.must(n.vault.Confirmed(t.Context()))
	carl := n.account("carl")
	n.restart()
	older, err := os.ReadFile(path)
	n.must(err)
	n.account("dora")
	n.restart()
	atOnce, err := os.ReadFile(filepath.Join(r.pool, KeyringName)) // as it came
	n.must(err)
	for name, b := range map[string][]byte{"of after the join": older, "of the join": joined, "that was joined": atOnce} {
		n.account(name)
		n.close()
		n.must(os.WriteFile(path, b, 0o600))
		if err := n.open(); err != nil {
			t.Fatalf("an older keyring, %s: %v", name, err)
		}
		if n.rolledBack() || n.grants(cam) != 0 || n.refused() != 0 {
			t.Errorf("an older keyring, %s: rolled back %v, %d grants, %d crossings", name, n.rolledBack(), n.grants(cam), n.refused())
		}
		n.restart()
		for _, who := range []person{ann, carl} {
			if _, err := n.signIn(who, password(who.name)); err != nil {
				t.Errorf("an older keyring, %s: %s: %v", name, who.name, err)
			}
		}
	}
	r.account("eve") // with the hub of before, which goes on
	n.close()
	b, err := os.ReadFile(filepath.Join(r.pool, KeyringName))
	n.must(err)
	n.must(os.WriteFile(path, b, 0o600))
	if err := n.open(); !errors.Is(err, errParted) {
		t.Errorf("the hub of before went on after the join: %v", err)
	}
}

// TestJoinedTwice: the hub of before goes on after its recordings were joined, and they
// are put back once more before anything was done with the restored one: that is a
// join like the first.
func TestJoinedTwice(t *testing.T) {
	r := newRig(t)
	ann, bob := r.account("ann"), r.account("bob")
	cam := r.camera(ann)
	r.share(cam, ann, bob)
	backup := r.save()
	r.account("carl")
	n, err := backup.mediaAfter(t, r.pool, nil)
	n.must(err)
	if n.grants(cam) != 1 {
		t.Fatalf("%d grants", n.grants(cam))
	}
	r.revoke(cam, bob)
	_, kid := r.kids(cam)
	n.close()
	b, err := os.ReadFile(filepath.Join(r.pool, KeyringName))
	n.must(err)
	n.must(os.WriteFile(filepath.Join(n.pool, KeyringName), b, 0o600))
	n.must(n.open())
	if n.grants(cam) != 0 || n.wraps(cam, bob) != 0 || !n.rolledBack() {
		t.Errorf("%d grants, %d keys, rolled back %v", n.grants(cam), n.wraps(cam, bob), n.rolledBack())
	}
	n.must(n.vault.Confirmed(t.Context()))
	n.restart()
	a, err := n.signIn(ann, password("ann"))
	n.must(err)
	for _, kid := range []media.KeyID{kid, newestKID(n, cam)} {
		if _, err := a.EpochKey(t.Context(), cam.ID, seal.Store, kid); err != nil {
			t.Error(err)
		}
	}
}
