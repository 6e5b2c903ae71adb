package gate

import (
	"database/sql"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"lares/hub/account"
)

// TestLockedDatabase: while another process holds the database, what would change
// something is refused in about a second, to take a right away as well, however many ask
// at once; nothing has happened then. Once it is free, all goes on.
func TestLockedDatabase(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	r := newRig(t)
	ann := r.person("ann")
	cam := r.camera(ann, "door")
	var people []account.Caller
	for _, name := range []string{"bob", "carol", "dora", "eve"} {
		p := r.person(name)
		r.must(r.Grant(ctx, ann, GrantRequest{Camera: cam, Account: p.Account, Actions: []Action{Live}}))
		people = append(people, p)
	}
	db, err := sql.Open("sqlite", "file:"+filepath.Join(r.dir, "lares.db"))
	r.must(err)
	defer db.Close()
	other, err := db.Conn(ctx)
	r.must(err)
	defer other.Close()
	_, err = other.ExecContext(ctx, "BEGIN IMMEDIATE")
	r.must(err)
	var all sync.WaitGroup
	for _, p := range people {
		all.Go(func() {
			for range 2 {
				began := time.Now()
				if err := r.Revoke(ctx, ann, cam, p.Account); err != ErrUnavailable {
					t.Errorf("%s is not revoked: %v", p.Name, err)
				}
				if took := time.Since(began); took > 4*answerIn {
					t.Errorf("%s: answered after %v", p.Name, took)
				}
			}
		})
	}
	all.Wait()
	_, err = other.ExecContext(ctx, "ROLLBACK")
	r.must(err)
	if rows, err := r.store.Grants(ctx, cam); err != nil || len(rows) != len(people) {
		t.Errorf("%d grants are left, %v", len(rows), err)
	}
	for _, p := range people {
		r.must(r.Revoke(ctx, ann, cam, p.Account))
	}
}
