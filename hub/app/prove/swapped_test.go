package prove

import (
	"context"
	"database/sql"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	_ "modernc.org/sqlite" // the hub's database, under its hands
)

// exchange is one pair of rows of two accounts whose values are exchanged while
// the hub runs: what a wrong UPDATE, a wrong restore or a wrong index could do.
type exchange struct {
	table, column string
	pair          string // a statement for the two rows' keys: rowid or id, of different accounts
	key           string
}

// exchanges are done one after the other, and undone. What lock 1 alone stands
// on (owner of a camera, grants) is not among them: see lockone_test.go.
var exchanges = []exchange{
	{"clip", "camera", otherClips, "id"},
	{"clip", "kid", otherClips, "id"},
	{"event", "text", otherEvents, "id"},
	{"event", "index_key", otherEvents, "id"},
	{"event", "kid", otherEvents, "id"},
	{"epoch_wrap", "sealed", otherWraps, "rowid"},
	{"index_key", "sealed", otherIndexKeys, "rowid"},
	{"wrap", "sealed", otherSessionWraps, "id"},
	{"wrap", "salt", otherSessionWraps, "id"},
	{"session", "scope_hash", otherSessions, "id"},
	{"session", "account", otherSessions, "id"},
	{"camera", "access", otherCameras, "rowid"},
	{"epoch", "record", otherEpochs, "rowid"},
}

// The first row of a pair is drawn, then the second: a list of all pairs is long
// where there are thousands of clips.
const (
	otherClips = `WITH a AS MATERIALIZED (SELECT k.id, c.owner FROM clip k JOIN camera c ON c.id = k.camera WHERE k.state = 'complete' ORDER BY random() LIMIT 1)
		SELECT a.id, b.id FROM a JOIN clip b JOIN camera c ON c.id = b.camera WHERE c.owner <> a.owner AND b.state = 'complete' ORDER BY random() LIMIT 1`
	otherEvents = `WITH a AS MATERIALIZED (SELECT e.id, c.owner FROM event e JOIN camera c ON c.id = e.camera WHERE e.text IS NOT NULL ORDER BY random() LIMIT 1)
		SELECT a.id, b.id FROM a JOIN event b JOIN camera c ON c.id = b.camera WHERE c.owner <> a.owner AND b.text IS NOT NULL ORDER BY random() LIMIT 1`
	otherWraps = `WITH a AS MATERIALIZED (SELECT rowid AS at, * FROM epoch_wrap ORDER BY random() LIMIT 1)
		SELECT a.at, b.rowid FROM a JOIN epoch_wrap b ON b.part = a.part WHERE a.principal <> b.principal AND a.camera <> b.camera ORDER BY random() LIMIT 1`
	otherIndexKeys = `WITH a AS MATERIALIZED (SELECT k.rowid AS at, c.owner FROM index_key k JOIN camera c ON c.id = k.camera ORDER BY random() LIMIT 1)
		SELECT a.at, b.rowid FROM a JOIN index_key b JOIN camera c ON c.id = b.camera WHERE c.owner <> a.owner ORDER BY random() LIMIT 1`
	otherSessionWraps = `WITH a AS MATERIALIZED (SELECT id, account FROM wrap WHERE kind = 'session' ORDER BY random() LIMIT 1)
		SELECT a.id, b.id FROM a JOIN wrap b WHERE b.kind = 'session' AND a.account <> b.account ORDER BY random() LIMIT 1`
	otherSessions = `WITH a AS MATERIALIZED (SELECT id, account FROM session ORDER BY random() LIMIT 1)
		SELECT a.id, b.id FROM a JOIN session b WHERE a.account <> b.account ORDER BY random() LIMIT 1`
	otherCameras = `SELECT a.rowid, b.rowid FROM camera a JOIN camera b WHERE a.owner <> b.owner AND a.removed_ms IS NULL AND b.removed_ms IS NULL ORDER BY random() LIMIT 1`
	otherEpochs  = `WITH a AS MATERIALIZED (SELECT rowid AS at, camera FROM epoch ORDER BY random() LIMIT 1)
		SELECT a.at, b.rowid FROM a JOIN epoch b WHERE a.camera <> b.camera ORDER BY random() LIMIT 1`
)

// swap exchanges the values of the pair; done twice it undoes itself.
func (x exchange) swap(ctx context.Context, db *sql.DB, a, b any) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() // after a commit it does nothing
	var va, vb any
	get := fmt.Sprintf("SELECT %s FROM %s WHERE %s = ?", x.column, x.table, x.key)
	if err := tx.QueryRowContext(ctx, get, a).Scan(&va); err != nil {
		return err
	}
	if err := tx.QueryRowContext(ctx, get, b).Scan(&vb); err != nil {
		return err
	}
	set := fmt.Sprintf("UPDATE %s SET %s = ? WHERE %s = ?", x.table, x.column, x.key)
	if _, err := tx.ExecContext(ctx, set, vb, a); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, set, va, b); err != nil {
		return err
	}
	return tx.Commit()
}

// swapped exchanges rows and files under the hub's hands.
func (r *rig) swapped(ctx context.Context, t *testing.T, h byHand) (note string) {
	t.Helper()
	// What is wrong by our own hand need not be answered right.
	r.restarting.Store(true)
	defer r.restarting.Store(false)
	db := r.database(t)
	rows, files := 0, 0
	for range h.rounds {
		for _, x := range exchanges {
			var a, b any
			err := db.QueryRowContext(ctx, x.pair).Scan(&a, &b)
			if err == sql.ErrNoRows {
				continue
			}
			if err == nil {
				err = x.swap(ctx, db, a, b)
			}
			if err != nil {
				t.Fatalf("exchanging %s.%s: %v", x.table, x.column, err)
			}
			rows++
			rest(ctx, h.hold)
			if err := x.swap(context.WithoutCancel(ctx), db, a, b); err != nil {
				t.Fatalf("exchanging %s.%s back: %v", x.table, x.column, err)
			}
		}
		files += r.swapFiles(ctx, t, h.hold)
	}
	return fmt.Sprintf("%d rows and %d files exchanged and put back", rows, files)
}

// swapFiles renames every complete clip of one account to one of another.
func (r *rig) swapFiles(ctx context.Context, t *testing.T, hold time.Duration) (n int) {
	t.Helper()
	var pairs [][2]string
	byOwner := make([][]string, owners)
	for _, c := range r.cameras {
		byOwner[c.owner] = append(byOwner[c.owner], r.files(t, c)...)
	}
	for o, list := range byOwner {
		for i, f := range list {
			if other := byOwner[(o+1)%owners]; o%2 == 0 && i < len(other) {
				pairs = append(pairs, [2]string{f, other[i]})
			}
		}
	}
	turn := func() {
		for _, p := range pairs {
			between := p[0] + ".between"
			for _, step := range [][2]string{{p[0], between}, {p[1], p[0]}, {between, p[1]}} {
				if err := os.Rename(step[0], step[1]); err != nil {
					t.Fatal(err)
				}
			}
			n++
		}
	}
	turn()
	rest(ctx, 4*hold)
	turn()
	return n
}

// files are the camera's clips that are known to be complete.
func (r *rig) files(t *testing.T, c *camera) (list []string) {
	t.Helper()
	root := filepath.Join(r.data, "media")
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && strings.Contains(path, c.at().String()) && strings.HasSuffix(path, ".lar") && c.clips.knows(parseID(strings.TrimSuffix(d.Name(), ".lar"))) {
			list = append(list, path)
		}
		return nil // what comes and goes meanwhile is not asked about
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}
