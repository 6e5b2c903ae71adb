package store

import (
	"context"
	"fmt"
	"testing"
	"time"

	"lares/cameras/media"
	"lares/recorder"
)

// left counts the rows of a camera's clips and events.
func left(t *testing.T, s *Store, camera media.CameraID) (clips, events int) {
	t.Helper()
	for table, n := range map[string]*int{"clip": &clips, "event": &events} {
		if err := s.read.QueryRowContext(t.Context(), `SELECT count(*) FROM `+table+` WHERE camera = ?`, camera[:]).Scan(n); err != nil {
			t.Fatal(err)
		}
	}
	return clips, events
}

// busyCamera is a camera with very many clips and events.
func busyCamera(t *testing.T, s *Store, owner AccountID, name string, rows int) media.CameraID {
	t.Helper()
	cam := addCamera(t, s, owner, name)
	update(t, s, func(ctx context.Context, tx *Tx) error {
		for i := range rows {
			at := t0.Add(time.Duration(i) * time.Second)
			c := clipRow(cam, at)
			if _, err := tx.exec(ctx, upsertEvent, c.Event[:], cam[:], string(media.KindMotion), at.UnixNano(), at.UnixNano(), nil, nil, nil, nil); err != nil {
				return err
			}
			if _, err := tx.exec(ctx, upsertClip, c.Clip[:], cam[:], c.Event[:], 0, c.KID[:], at.UnixNano(), 0, 0, string(recorder.StateComplete), false, false, false, 0, false); err != nil {
				return err
			}
		}
		return nil
	})
	return cam
}

// TestEraseRows: what a removed camera has very many of goes in commits of a bounded
// number of rows, between which others come; what one of them did stays done when a
// later one fails, and the next try goes on there. Another camera keeps its rows.
func TestEraseRows(t *testing.T) {
	s, ctx := openTest(t), t.Context()
	ann := addAccount(t, s, "ann")
	const many = 2*eraseRows + 7
	cam, other := busyCamera(t, s, ann, "a", many), busyCamera(t, s, ann, "b", 3)
	update(t, s, func(ctx context.Context, tx *Tx) error { return tx.RemoveCamera(ctx, cam, ann, t0) })
	if clips, events := left(t, s, cam); clips != many || events != many {
		t.Errorf("the removal itself left %d clips and %d events of %d: it deletes without a bound", clips, events, many)
	}
	for _, table := range []string{"clip", "event"} {
		// The disk fails within the second commit.
		fails := fmt.Sprintf(`CREATE TRIGGER fails BEFORE DELETE ON %s
WHEN (SELECT count(*) FROM %[1]s WHERE camera = OLD.camera) < %d BEGIN SELECT RAISE(ABORT, 'disk gone'); END`, table, many-eraseRows-3)
		if _, err := s.write.ExecContext(ctx, fails); err != nil {
			t.Fatal(err)
		}
		if err := s.EraseRows(ctx, cam); err == nil {
			t.Fatalf("%s: nothing failed", table)
		}
		clips, events := left(t, s, cam)
		if n := map[string]int{"clip": clips, "event": events}[table]; n != many-eraseRows {
			t.Errorf("%s: %d rows are left of %d, want all but one commit's %d", table, n, many, eraseRows)
		}
		if _, err := s.write.ExecContext(ctx, `DROP TRIGGER fails`); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.EraseRows(ctx, cam); err != nil {
		t.Fatal(err)
	}
	if clips, events := left(t, s, cam); clips != 0 || events != 0 {
		t.Errorf("%d clips and %d events are left", clips, events)
	}
	if err := s.ClipClosed(ctx, clipRow(cam, t0)); err != nil { // late
		t.Fatal(err)
	}
	update(t, s, func(ctx context.Context, tx *Tx) error { return tx.ForgetCamera(ctx, cam) })
	if clips, events := left(t, s, cam); clips != 0 || events != 0 {
		t.Errorf("%d clips and %d events outlive their camera", clips, events)
	}
	if clips, events := left(t, s, other); clips != 3 || events != 3 {
		t.Errorf("another camera has %d clips and %d events of 3", clips, events)
	}
}
