package vault

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"lares/hub/store"
)

// failing are ways in which a transaction fails once the keyrings have what it
// keeps: statements that bring it about, and those that end it.
var failing = map[string][2]string{
	"the note is refused": {
		`CREATE TRIGGER no BEFORE INSERT ON setting WHEN NEW.name = 'keyring' BEGIN SELECT RAISE(ABORT, 'no'); END`,
		`DROP TRIGGER no`,
	},
	"the commit is refused": {
		`CREATE TABLE never (x BLOB REFERENCES account(id) DEFERRABLE INITIALLY DEFERRED);
		 CREATE TRIGGER no BEFORE INSERT ON setting WHEN NEW.name = 'keyring' BEGIN INSERT INTO never VALUES (x'00'); END`,
		`DROP TRIGGER no; DROP TABLE never`,
	},
}

// schema changes what the database does, behind the hub's back.
func (r *rig) schema(statements string) {
	r.t.Helper()
	db, err := sql.Open("sqlite", "file:"+r.db()+"?_pragma=busy_timeout(10000)")
	r.must(err)
	_, err = db.Exec(statements)
	r.must(errors.Join(err, db.Close()))
}

func (r *rig) ring() []byte {
	r.t.Helper()
	b, err := os.ReadFile(filepath.Join(r.pool, KeyringName))
	r.must(err)
	return b
}

// TestFailedCommit: of a transaction that was not committed the keyring keeps
// nothing, and what comes next stands: at a start, and with an older database.
func TestFailedCommit(t *testing.T) {
	for name, how := range failing {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			ann, bob := r.account("ann"), r.account("bob")
			cam := r.camera(ann)
			before, was := r.copyDB(), len(r.ring())
			r.schema(how[0])
			if err := r.epoch(cam, Change{Owner: ann.OpenedAccount}); err == nil {
				t.Fatal("it did not fail")
			}
			gone := func(ctx context.Context, tx *store.Tx) error {
				r.vault.Removed(tx, bob.ID())
				return tx.RemoveAccount(ctx, bob.ID(), r.clock.Now())
			}
			if err := r.update(gone); err == nil {
				t.Fatal("it did not fail again")
			}
			r.schema(how[1])
			if now := len(r.ring()); now != was {
				t.Errorf("the keyring has %d bytes of what was not committed", now-was)
			}
			r.must(r.epoch(cam, Change{Owner: ann.OpenedAccount}))
			_, kid := r.kids(cam)
			r.restart()
			if r.rolledBack() || r.vault.Refusals().Snapshot()["keyring"] != 0 {
				t.Errorf("rolled back %v, refused %v", r.rolledBack(), r.vault.Refusals().Snapshot())
			}
			r.putBack(before)
			if _, now := r.kids(cam); now != kid {
				t.Error("the record that holds was not taken over")
			}
			if _, err := r.store.Account(t.Context(), bob.ID()); err != nil {
				t.Errorf("the account that nobody removed: %v", err)
			}
		})
	}
}

// TestCutBackLater: where what was not committed cannot be taken off, nothing more
// is kept until it can; and what the database notes is not taken off.
func TestCutBackLater(t *testing.T) {
	r := newRig(t)
	ann := r.account("ann")
	cam := r.camera(ann)
	was := len(r.ring())
	r.schema(failing["the note is refused"][0])
	ring := r.vault.rings[0]
	whole := ring.file
	readOnly, err := os.Open(ring.path)
	r.must(err)
	err = r.update(func(ctx context.Context, tx *store.Tx) error {
		tx.Stage(brokenLater{commits{r.vault}, func() { ring.file = readOnly }}, removedEntry(cam.ID))
		return nil
	})
	if err == nil || len(r.ring()) == was {
		t.Fatalf("it did not fail, or left nothing: %v", err)
	}
	r.schema(failing["the note is refused"][1])
	if err := r.epoch(cam, Change{Owner: ann.OpenedAccount}); err == nil {
		t.Error("something was kept behind what was not committed")
	}
	ring.file = whole
	r.must(readOnly.Close())
	r.must(r.epoch(cam, Change{Owner: ann.OpenedAccount}))
	r.restart()
	if _, err := r.store.Camera(t.Context(), cam.ID); err != nil || r.rolledBack() {
		t.Errorf("%v, rolled back %v", err, r.rolledBack())
	}
	now := len(r.ring())
	r.must(r.epoch(cam, Change{Owner: ann.OpenedAccount}))
	commits{r.vault}.Undone(t.Context())
	if len(r.ring()) <= now {
		t.Error("what was committed was taken off")
	}
}

// brokenLater is a disk that nothing more is written to once Flush was called.
type brokenLater struct {
	commits
	breaks func()
}

func (b brokenLater) Flush(ctx context.Context, tx *store.Tx, staged []any) error {
	err := b.commits.Flush(ctx, tx, staged)
	b.breaks()
	return err
}
