package journal

import (
	"context"
	"database/sql"
	"errors"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"lares/cameras/fault"
	"lares/cameras/media"
	"lares/hub/store"
	"lares/hub/vault"
)

// locked keeps the database from taking anything, as another process can.
func (r *rig) locked() (unlock func()) {
	r.t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(r.dir, "lares.db")+"?_pragma=busy_timeout(30000)")
	r.must(err)
	r.t.Cleanup(func() { db.Close() })
	c, err := db.Conn(r.t.Context())
	r.must(err)
	_, err = c.ExecContext(r.t.Context(), "BEGIN IMMEDIATE")
	r.must(err)
	return sync.OnceFunc(func() {
		_, err := c.ExecContext(context.Background(), "ROLLBACK")
		r.must(errors.Join(err, c.Close()))
	})
}

// commits counts those that were signed.
func (r *rig) commits() int {
	r.t.Helper()
	s, err := readHeads(r.path(), r.vault.Chain())
	r.must(err)
	return len(s.heads)
}

// TestStartsShareACommit: whoever waits for the start of a view shares a commit with
// all that wait beside it, and who goes on with a view waits for its start too.
func TestStartsShareACommit(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	owner, camera := store.NewAccountID(), media.NewCameraID()
	r.household(owner, camera)
	r.cfg.Patience = time.Hour
	before := r.commits()
	unlock := r.locked()
	var waiting sync.WaitGroup
	const views = 40
	for i := range 2 * views {
		d := r.Begin(View{Kind: Clip, Account: owner, Session: [16]byte{1}, Camera: camera, Object: [16]byte{byte(i % views)}})
		waiting.Go(func() {
			if err := d.Durable(context.Background()); err != nil {
				t.Error(err)
			}
			if len(r.rows()) == 0 {
				t.Error("nothing is durable")
			}
		})
	}
	if n := len(r.rows()); n != 0 {
		t.Errorf("%d rows of a database that takes none", n)
	}
	unlock()
	waiting.Wait()
	r.hurried.Wait()
	if n := len(r.rows()); n != views {
		t.Errorf("%d rows of %d views", n, views)
	}
	if n := r.commits() - before; n < 1 || n > 3 {
		t.Errorf("%d commits", n)
	}
}

// TestNothingTaken: where the database takes nothing, nobody is told that a start is
// durable, and all is well again once it does.
func TestNothingTaken(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	owner, camera := store.NewAccountID(), media.NewCameraID()
	r.household(owner, camera)
	r.cfg.Patience = 100 * time.Millisecond
	if r.Stuck() {
		t.Error("nothing waits")
	}
	unlock := r.locked()
	v := View{Kind: Clip, Account: owner, Session: [16]byte{1}, Camera: camera, Object: [16]byte{2}}
	texts := v
	texts.Kind = Events
	for range 2 { // who comes again waits as well
		if err := r.Begin(v).Durable(t.Context()); !errors.Is(err, ErrStuck) {
			t.Errorf("a view: %v", err)
		}
		if err := r.Seen(texts, 1).Durable(t.Context()); !errors.Is(err, ErrStuck) {
			t.Errorf("texts: %v", err)
		}
	}
	if !r.Stuck() || len(r.rows()) != 0 {
		t.Errorf("%d rows", len(r.rows()))
	}
	r.cfg.Patience = time.Hour
	left, cancel := context.WithCancel(t.Context())
	cancel()
	if err := r.Begin(v).Durable(left); !errors.Is(err, context.Canceled) {
		t.Errorf("who left waits on: %v", err)
	}
	unlock()
	r.must(r.Begin(v).Durable(t.Context()))
	r.must(r.Seen(texts, 1).Durable(t.Context()))
	r.hurried.Wait()
	r.cfg.Patience = time.Nanosecond
	if n := len(r.rows()); n != 2 || r.Stuck() {
		t.Errorf("%d rows", n)
	}
}

// TestNoRoom: an entry that found no room is not durable, and the next one of its view
// is another.
func TestNoRoom(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	unlock := r.locked()
	r.mu.Lock()
	for range maxWaiting {
		r.queue = append(r.queue, &noted{row: Entry{At: t0, Kind: SignOut}.row(), done: make(chan struct{})})
	}
	r.mu.Unlock()
	v := View{Kind: Clip, Session: [16]byte{1}}
	texts := View{Kind: Events, Session: [16]byte{1}}
	first, second := r.mark(Entry{Kind: SignIn}), r.tries.note(tryKey{kind: Events}, texts.entry(), r.mark)
	for _, m := range []*Mark{first, second} {
		if err := m.Durable(t.Context()); !errors.Is(err, ErrStuck) {
			t.Errorf("it is durable: %v", err)
		}
	}
	unlock()
	r.must(r.Flush(t.Context()))
	r.must(r.tries.note(tryKey{kind: Events}, texts.entry(), r.mark).Durable(t.Context()))
	r.must(r.Begin(v).Durable(t.Context()))
}

// TestSlowIsNotStuck: what counts is that the database does nothing, or that a commit
// failed, not how long a commit takes.
func TestSlowIsNotStuck(t *testing.T) {
	t.Parallel()
	var p pace
	if p.stuck(1, 0) {
		t.Error("nothing was tried")
	}
	p.begin()
	for steps := range uint64(3) {
		if p.stuck(steps+2, time.Nanosecond) {
			t.Errorf("after step %d", steps)
		}
	}
	if !p.stuck(4, 0) || p.stuck(4, time.Hour) {
		t.Error("no step, and patience counts for nothing")
	}
	p.end(errors.New("disk full"))
	if !p.stuck(5, time.Nanosecond) {
		t.Error("a commit failed, and what is done before the next one counts")
	}
	p.begin()
	if !p.stuck(6, time.Nanosecond) {
		t.Error("as before")
	}
	p.end(nil)
	if p.stuck(6, 0) {
		t.Error("it was committed")
	}
	p.begin()
	if p.stuck(7, time.Nanosecond) {
		t.Error("the failure before counts still")
	}
}

// TestCrossedWhileItWrites: a crossing is noted inside of transactions and by who
// writes, so it never waits for a commit, however much waits for one.
func TestCrossedWhileItWrites(t *testing.T) {
	r := newRig(t)
	r.commit.Lock()
	for range maxQueue {
		r.add(Entry{Kind: Password, Account: store.AccountID{3}})
	}
	noted := make(chan struct{})
	go func() {
		defer close(noted)
		r.Crossed(vault.Crossing{Site: fault.ClipRow, Account: store.AccountID{3}})
	}()
	select {
	case <-noted:
	case <-time.After(time.Minute):
		t.Error("it waits for the commit that goes on")
	}
	r.commit.Unlock()
}
