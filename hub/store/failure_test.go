//go:build !race

package store

import (
	"context"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"lares/cameras/media"
	"lares/recorder"
)

const (
	// leastSteps is how often the life below writes or syncs at least.
	leastSteps = 80
	// copyEach is of how many failures one is looked at as it was: an opening takes its time.
	copyEach = 16
)

// TestEachWriteFails makes each write and sync of the database fail that a recorder's rows need, the
// first, the second and so on: a row that was taken is there, also for a process that opens
// the files as they were when it failed; one that was not is when it is put again; and the file
// is sound.
func TestEachWriteFails(t *testing.T) {
	onDisk(t)
	for name, becomes := range map[string]failure{"refused": refused, "denied": denied, "full": full} {
		t.Run(name, func(t *testing.T) {
			l := newLedger(t)
			k := 1
			for ; !t.Failed(); k++ {
				l.copies = k%copyEach == 0
				fails(k, becomes)
				l.live()
				if asked() < k {
					break
				}
				fails(0, well)
				l.holds()
				l.copied()
			}
			fails(0, well)
			l.reopens()
			t.Logf("each of %d steps failed", k-1)
			if k < leastSteps {
				t.Errorf("a life of %d steps", k-1)
			}
		})
	}
}

// ledger knows what the database took.
type ledger struct {
	*testing.T
	store  *Store
	camera media.CameraID
	clips  map[media.ClipID]recorder.ClipRow
	events map[media.EventID]recorder.EventRow
	due    recorder.Due
	n      int

	copies bool   // the files are copied when a call fails
	copy   string // the copy; "" is none
	then   map[media.ClipID]recorder.ClipRow
}

func newLedger(t *testing.T) *ledger {
	s, err := Open(t.Context(), Options{Path: filepath.Join(t.TempDir(), "lares.db")})
	if err != nil {
		t.Fatal(err)
	}
	l := &ledger{T: t, store: s, camera: media.NewCameraID(), clips: map[media.ClipID]recorder.ClipRow{}, events: map[media.EventID]recorder.EventRow{}}
	t.Cleanup(func() { l.store.Close() })
	return l
}

// take has a call made as the recorder does, until it is taken.
func (l *ledger) take(what string, call func(context.Context) error) {
	l.Helper()
	for try := 0; ; try++ {
		err := call(l.Context())
		if err == nil {
			return
		}
		if try > 3 {
			l.Fatalf("%s is not taken: %v", what, err)
		}
		if l.copies {
			l.copies = false
			l.copyFiles()
		}
	}
}

// copyFiles copies what a process that is killed now leaves.
func (l *ledger) copyFiles() {
	l.Helper()
	l.copy, l.then = filepath.Join(l.TempDir(), "lares.db"), maps.Clone(l.clips)
	for _, end := range []string{"", "-wal"} {
		b, err := os.ReadFile(l.store.path + end)
		if err == nil {
			err = os.WriteFile(l.copy+end, b, 0o600)
		}
		if err != nil {
			l.Fatal(err)
		}
	}
}

// copied says that all is in the copy that was taken before: a clip of then, as it was or as it became
// with the call that failed.
func (l *ledger) copied() {
	l.Helper()
	if l.copy == "" {
		return
	}
	s, err := Open(l.Context(), Options{Path: l.copy})
	if err != nil {
		l.Fatalf("a copy: %v", err)
	}
	defer s.Close()
	for id, was := range l.then {
		row, err := s.Clip(l.Context(), id)
		_, stays := l.clips[id]
		if err != nil && stays || err == nil && row.State != was.State && row.State != l.clips[id].State && row.State != recorder.StateRemoving {
			l.Errorf("in a copy a clip is %+v, %v, and was %+v", row, err, was)
		}
	}
	l.copy = ""
}

// live has one event recorded, and the oldest one removed.
func (l *ledger) live() {
	l.Helper()
	l.n++
	c := clipRow(l.camera, t0.Add(time.Duration(l.n)*time.Minute))
	e := recorder.EventRow{Event: c.Event, Camera: l.camera, Kind: media.KindMotion, Start: c.Start}
	c.State = recorder.StateOpen
	l.take("an event", func(ctx context.Context) error { return l.store.EventPut(ctx, e) })
	l.events[e.Event] = e
	l.take("a clip", func(ctx context.Context) error { return l.store.ClipOpened(ctx, c) })
	l.clips[c.Clip] = c
	c.State, c.Duration, c.Bytes = recorder.StateComplete, 15*time.Second, 3<<20
	e.End = e.Start.Add(15 * time.Second)
	l.take("the end of both", func(ctx context.Context) error {
		return l.store.Together(ctx, func(rows recorder.RowIndex) error {
			if err := rows.ClipClosed(ctx, c); err != nil {
				return err
			}
			return rows.EventPut(ctx, e)
		})
	})
	l.clips[c.Clip], l.events[e.Event] = c, e
	l.due = recorder.Due{At: fromNS(c.Start.UnixNano()), Cameras: []media.CameraID{l.camera}}
	l.take("what is due", func(ctx context.Context) error { return l.store.DuePut(ctx, l.due) })
	l.take("a checkpoint", l.store.checkpoint)
	for id, old := range l.clips {
		if id == c.Clip || len(l.clips) < 3 {
			continue
		}
		l.take("what is being removed", func(ctx context.Context) error {
			_, err := l.store.ClipRemoving(ctx, id)
			return err
		})
		l.take("a removal", func(ctx context.Context) error { return l.store.ClipRemoved(ctx, id) })
		delete(l.clips, id)
		delete(l.events, old.Event)
		break
	}
}

// holds compares the database with what it took.
func (l *ledger) holds() {
	l.Helper()
	var sound string
	if err := l.store.write.QueryRowContext(l.Context(), "PRAGMA quick_check(1)").Scan(&sound); err != nil || sound != "ok" {
		l.Fatalf("the file is %q, %v", sound, err)
	}
	rows, err := l.store.Clips(l.Context(), recorder.ClipQuery{})
	if err != nil || len(rows) != len(l.clips) {
		l.Fatalf("%d clips of %d, %v", len(rows), len(l.clips), err)
	}
	for _, row := range rows {
		if want := l.clips[row.Clip]; !row.Start.Equal(want.Start) || row.State != want.State || row.Bytes != want.Bytes || row.Event != want.Event {
			l.Errorf("a clip is %+v, and was %+v", row, want)
		}
	}
	var events, ended int
	if err := l.store.write.QueryRowContext(l.Context(), "SELECT count(*), count(end_ns) FROM event").Scan(&events, &ended); err != nil || events != len(l.events) || ended != events {
		l.Errorf("%d events of %d, %d of which ended, %v", events, len(l.events), ended, err)
	}
	if got, err := l.store.DueLast(l.Context()); err != nil || !got.At.Equal(l.due.At) || !reflect.DeepEqual(got.Cameras, l.due.Cameras) {
		l.Errorf("due is %+v, and was %+v, %v", got, l.due, err)
	}
}

// reopens has another process, so to say, look at the files.
func (l *ledger) reopens() {
	l.Helper()
	if err := l.store.Close(); err != nil {
		l.Fatal(err)
	}
	s, err := Open(l.Context(), Options{Path: l.store.path})
	if err != nil {
		l.Fatal(err)
	}
	l.store = s
	l.holds()
}

// TestReserveGoesForAQuota: what SQLite says of a disk that has room, but none for this program, is
// that a write failed.
func TestReserveGoesForAQuota(t *testing.T) {
	onDisk(t)
	c := newCrowded(t)
	fails(1, refused)
	err := c.put()
	fails(0, well)
	if err == nil {
		t.Fatal("a row is taken")
	}
	c.kept("after a row", reserveStep)
	c.troubled("after a row", recorder.PoolFails)
}
