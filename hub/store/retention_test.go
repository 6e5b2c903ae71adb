package store

import (
	"context"
	"errors"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"lares/cameras/media"
	"lares/recorder"
	"lares/recorder/retention"
)

// TestRetention: what was said of a camera is read as it was written, is of no other, ends
// with it, and stays with its recordings where it was handed over; what cannot be meant
// deletes nothing.
func TestRetention(t *testing.T) {
	s := openTest(t)
	ann := addAccount(t, s, "Ann")
	door, yard := addCamera(t, s, ann, "door"), addCamera(t, s, ann, "yard")
	is := func(name string, id media.CameraID, want retention.Camera) {
		t.Helper()
		one, err := s.Retention(t.Context(), id)
		list, err2 := s.Retentions(t.Context())
		if err = errors.Join(err, err2); err != nil || !reflect.DeepEqual(one, want) || !reflect.DeepEqual(list[id], want) {
			t.Errorf("%s: %+v, in the list %+v, %v", name, one, list[id], err)
		}
	}
	put := func(id media.CameraID, c retention.Camera) {
		t.Helper()
		update(t, s, func(ctx context.Context, tx *Tx) error { return tx.PutRetention(ctx, id, c) })
	}
	is("at first", door, retention.Camera{})
	long := retention.Camera{Rule: retention.Rule{Days: 30, AtLeast: 2, Bytes: 1 << 40, AtLeastBytes: 1 << 30}, Kinds: map[media.Kind]retention.Rule{
		media.KindDoorbell: {AtLeast: 14, AtLeastBytes: 1 << 20}, media.KindMotion: {Days: 7, Bytes: 1 << 41}, media.KindTamper: {Bytes: 1},
	}}
	put(door, long)
	is("all of it", door, long)
	is("another's", yard, retention.Camera{})
	short := retention.Camera{Kinds: map[media.Kind]retention.Rule{media.KindTamper: {Days: 1}}}
	put(door, short)
	is("something else", door, short)
	put(yard, long)
	for _, bad := range []string{
		`UPDATE retention SET days = 1, at_least = 9 WHERE kind = ''`, `UPDATE retention SET kind = 'lion' WHERE kind = 'motion'`, `UPDATE retention SET days = 99999999 WHERE kind = 'motion'`,
	} {
		put(door, short)
		put(yard, long)
		if _, err := s.write.ExecContext(t.Context(), bad+` AND camera = ?`, yard[:]); err != nil {
			t.Fatal(err)
		}
		is(bad, yard, retention.Camera{})
		is(bad, door, short)
	}
	put(yard, long)
	update(t, s, func(ctx context.Context, tx *Tx) error { return tx.RetireCamera(ctx, yard, ann, t0, random(80)) })
	is("handed over", yard, long)
	update(t, s, func(ctx context.Context, tx *Tx) error { return tx.RemoveCamera(ctx, yard, ann, t0) })
	is("removed", yard, retention.Camera{})
	put(door, retention.Camera{})
	is("nothing any more", door, retention.Camera{})
}

// TestRetentionAfterUpgrade: what was said in a database of version 16 holds on.
func TestRetentionAfterUpgrade(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lares.db")
	db := madeBy(t, path, 16)
	ann, door := AccountID{0xa}, media.CameraID{0xc}
	for _, row := range []struct {
		insert string
		args   []any
	}{
		{"INSERT INTO account (id, name, name_key, operator, version, created_ms) VALUES (?, 'ann', 'ann', 0, 1, 1)", []any{ann[:]}},
		{"INSERT INTO camera (id, owner, name, access, added_ms) VALUES (?, ?, 'Door', x'01', 1)", []any{door[:], ann[:]}},
		{"INSERT INTO retention (camera, kind, days, at_least, bytes) VALUES (?, '', 30, 2, 5), (?, 'doorbell', 90, 14, 0)", []any{door[:], door[:]}},
	} {
		if _, err := db.Exec(row.insert, row.args...); err != nil {
			t.Fatal(err)
		}
	}
	db.Close()
	s, err := Open(t.Context(), Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	want := retention.Camera{Rule: retention.Rule{Days: 30, AtLeast: 2, Bytes: 5}, Kinds: map[media.Kind]retention.Rule{media.KindDoorbell: {Days: 90, AtLeast: 14}}}
	if got, err := s.Retention(t.Context(), door); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v, want %+v", got, err, want)
	}
	sameShape(t, rawDB(t, path))
}

func TestQuotas(t *testing.T) {
	s := openTest(t)
	ann, bob := addAccount(t, s, "Ann"), addAccount(t, s, "Bob")
	for _, c := range []struct {
		anns, bobs int64
		want       map[AccountID]int64
	}{
		{0, 0, map[AccountID]int64{}}, {5, 0, map[AccountID]int64{ann: 5}}, {7, 1 << 50, map[AccountID]int64{ann: 7, bob: 1 << 50}}, {0, 3, map[AccountID]int64{bob: 3}},
	} {
		update(t, s, func(ctx context.Context, tx *Tx) error {
			return errors.Join(tx.PutQuota(ctx, ann, c.anns), tx.PutQuota(ctx, bob, c.bobs))
		})
		if got, err := s.Quotas(t.Context()); err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%v, %v, want %v", got, err, c.want)
		}
	}
}

// TestStock: what is counted of whose cameras.
func TestStock(t *testing.T) {
	s := openTest(t)
	ann := addAccount(t, s, "Ann")
	door, yard, shed := addCamera(t, s, ann, "door"), addCamera(t, s, ann, "yard"), addCamera(t, s, ann, "shed")
	put := func(id media.CameraID, age time.Duration, bytes int64, state recorder.ClipState) {
		c := clipRow(id, t0.Add(-age))
		c.Bytes, c.State = bytes, state
		if err := s.ClipClosed(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
	day := 24 * time.Hour
	put(door, 9*day, 100, recorder.StateComplete)
	put(door, 3*day, 20, recorder.StateDamaged)
	put(door, 2*day, 3, recorder.StateOpen)
	put(door, 10*day, 1000, recorder.StateRemoving)
	put(door, 11*day, 0, recorder.StateDamaged) // its file is lost
	put(yard, day, 7, recorder.StateComplete)
	put(yard, 30*day, 500, recorder.StateComplete)
	for _, age := range []time.Duration{40 * day, 2 * day, day} { // beside the yard's, which reach back less
		c := clipRow(yard, t0.Add(-age))
		c.Bytes, c.State, c.Stretch, c.Beside = 11, recorder.StateComplete, true, true
		if err := s.ClipClosed(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
	ago := func(days time.Duration, bytes int64) Recent { return Recent{t0.Add(-days * day), bytes} }
	got, err := s.Stock(t.Context(), []media.CameraID{door, shed}, t0.Add(-7*day))
	if want := (map[media.CameraID]Stock{door: {4, t0.Add(-9 * day), ago(9, 23), Recent{}}}); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v, want %+v", got, err, want)
	}
	got, err = s.Recent(t.Context(), []media.CameraID{door, yard, shed}, t0.Add(-7*day))
	if want := (map[media.CameraID]Stock{door: {0, t0.Add(-9 * day), ago(9, 23), Recent{}}, yard: {0, t0.Add(-40 * day), ago(1, 7), ago(40, 22)}, shed: {}}); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v, want %+v", got, err, want)
	}
	if list, err := s.RecordedCameras(t.Context()); err != nil || len(list) != 3 || list[0] != (RecordedCamera{door, ann, "door"}) {
		t.Errorf("%+v, %v", list, err)
	}
}

// TestClipRemoving: what is starred, being written or not there is not marked.
func TestClipRemoving(t *testing.T) {
	s := openTest(t)
	cam := addCamera(t, s, addAccount(t, s, "Ann"), "door")
	for _, c := range []struct {
		name  string
		state recorder.ClipState
		star  bool
		want  bool
	}{
		{"complete", recorder.StateComplete, false, true}, {"damaged", recorder.StateDamaged, false, true}, {"open", recorder.StateOpen, false, false},
		{"starred", recorder.StateComplete, true, false}, {"starred while it went", recorder.StateRemoving, true, true},
	} {
		row := clipRow(cam, t0)
		row.State = c.state
		ev := recorder.EventRow{Event: row.Event, Camera: cam, Kind: media.KindMotion, Start: row.Start, End: row.Start}
		if err := errors.Join(s.EventPut(t.Context(), ev), s.ClipClosed(t.Context(), row)); err != nil {
			t.Fatal(err)
		}
		if c.star {
			update(t, s, func(ctx context.Context, tx *Tx) error { return tx.Star(ctx, cam, row.Event, true) })
		}
		got, err := s.ClipRemoving(t.Context(), row.Clip)
		after, err2 := s.Clip(t.Context(), row.Clip)
		if err = errors.Join(err, err2); err != nil || got != c.want || (after.State == recorder.StateRemoving) != c.want {
			t.Errorf("%s: %v, %v, then %q", c.name, got, err, after.State)
		}
	}
	if got, err := s.ClipRemoving(t.Context(), media.NewClipID()); got || err != nil {
		t.Errorf("not there: %v, %v", got, err)
	}
}

// TestLooseClips: what may go of a camera, by kind and time.
func TestLooseClips(t *testing.T) {
	s := openTest(t)
	ann := addAccount(t, s, "Ann")
	door, yard := addCamera(t, s, ann, "door"), addCamera(t, s, ann, "yard")
	put := func(id media.CameraID, kind media.Kind, hours int, star bool) media.ClipID {
		row := clipRow(id, t0.Add(time.Duration(hours)*time.Hour))
		row.State = recorder.StateComplete
		if kind != "" {
			if err := s.EventPut(t.Context(), recorder.EventRow{Event: row.Event, Camera: id, Kind: kind, Start: row.Start, End: row.Start}); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.ClipClosed(t.Context(), row); err != nil {
			t.Fatal(err)
		}
		if star {
			update(t, s, func(ctx context.Context, tx *Tx) error { return tx.Star(ctx, id, row.Event, true) })
		}
		return row.Clip
	}
	motion, bell, bare := put(door, media.KindMotion, 1, false), put(door, media.KindDoorbell, 2, false), put(door, "", 3, false)
	put(door, media.KindMotion, 0, true)
	put(yard, media.KindMotion, 0, false)
	for _, c := range []struct {
		name string
		q    recorder.ClipQuery
		want []media.ClipID
	}{
		{"all", recorder.ClipQuery{}, []media.ClipID{motion, bell, bare}},
		{"the first", recorder.ClipQuery{Limit: 1}, []media.ClipID{motion}},
		{"behind it", recorder.ClipQuery{After: t0.Add(time.Hour), AfterClip: motion}, []media.ClipID{bell, bare}},
		{"before", recorder.ClipQuery{Until: t0.Add(2 * time.Hour)}, []media.ClipID{motion}},
		{"bells", recorder.ClipQuery{Kinds: []media.Kind{media.KindDoorbell}}, []media.ClipID{bell}},
		{"without an event", recorder.ClipQuery{Kinds: []media.Kind{"", media.KindMotion}}, []media.ClipID{motion, bare}},
	} {
		c.q.Camera, c.q.Loose = door, true
		rows, err := s.Clips(t.Context(), c.q)
		var got []media.ClipID
		for _, r := range rows {
			got = append(got, r.Clip)
		}
		if err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %v, %v, want %v", c.name, got, err, c.want)
		}
	}
}

// TestNewestClips: what clips of a kind take, and since when the newest so many bytes are there,
// whatever others there are.
func TestNewestClips(t *testing.T) {
	s := openTest(t)
	ann := addAccount(t, s, "Ann")
	door, yard := addCamera(t, s, ann, "door"), addCamera(t, s, ann, "yard")
	event := media.NewEventID()
	put := func(id media.CameraID, event media.EventID, part, hours int, kind media.Kind, change func(*recorder.ClipRow)) {
		row := clipRow(id, t0.Add(time.Duration(hours)*time.Hour))
		row.Event, row.Part, row.Bytes, row.State = event, part, 10, recorder.StateComplete
		if change != nil {
			change(&row)
		}
		if kind != "" && part == 0 {
			if err := s.EventPut(t.Context(), recorder.EventRow{Event: event, Camera: id, Kind: kind, Start: row.Start, End: row.Start}); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.ClipClosed(t.Context(), row); err != nil {
			t.Fatal(err)
		}
	}
	put(door, event, 0, 1, media.KindDoorbell, nil)
	put(door, event, 1, 2, media.KindDoorbell, nil)
	put(door, media.NewEventID(), 0, 3, media.KindMotion, nil)
	put(door, media.NewEventID(), 0, 4, media.KindDoorbell, func(c *recorder.ClipRow) { c.State, c.Bytes = recorder.StateOpen, 5 })
	put(door, media.NewEventID(), 0, 5, media.KindDoorbell, func(c *recorder.ClipRow) { c.State = recorder.StateRemoving })
	put(door, media.NewEventID(), 0, 6, "", func(c *recorder.ClipRow) { c.Stretch = true })
	put(door, media.NewEventID(), 0, 6, "", func(c *recorder.ClipRow) { c.Stretch, c.Beside, c.Bytes = true, true, 1 })
	put(door, media.NewEventID(), 0, 7, media.KindDoorbell, func(c *recorder.ClipRow) { c.Pool, c.Bytes = 2, 100 })
	put(yard, media.NewEventID(), 0, 8, media.KindDoorbell, nil)
	for _, c := range []struct {
		name  string
		kind  media.Kind
		pools []int
		most  int64
		since int // hours; 0 is not at all
		bytes int64
	}{
		{"all bells", media.KindDoorbell, nil, 126, 0, 125},
		{"just all", media.KindDoorbell, nil, 125, 1, 125},
		{"a part of an event", media.KindDoorbell, nil, 106, 2, 115},
		{"the newest one", media.KindDoorbell, nil, 1, 7, 100},
		{"in one pool", media.KindDoorbell, []int{0, 1}, 15, 2, 15},
		{"of none", media.KindTamper, nil, 1, 0, 0},
		{"beside", retention.KindBeside, nil, 1, 6, 1},
		{"beside, more than there are", retention.KindBeside, []int{0}, 2, 0, 1},
		{"beside, elsewhere", retention.KindBeside, []int{2}, 1, 0, 0},
		{"of whatever kind", "", nil, 127, 2, 136},
		{"of whatever kind, all", "", []int{0}, 1000, 0, 46},
	} {
		since, bytes, err := s.NewestClips(t.Context(), recorder.NewestQuery{Camera: door, Kind: c.kind, Pools: c.pools, Most: c.most})
		want := time.Time{}
		if c.since > 0 {
			want = t0.Add(time.Duration(c.since) * time.Hour)
		}
		if err != nil || !since.Equal(want) || bytes != c.bytes {
			t.Errorf("%s: since %v, %d bytes, %v; want %v, %d", c.name, since, bytes, err, want, c.bytes)
		}
	}
}

// storeShelf is a shelf of the recorder's, without its files.
type storeShelf struct {
	*Store
	asked int
}

func (s *storeShelf) Clips(ctx context.Context, l retention.Lane, after retention.Clip, most int) (list []retention.Clip, err error) {
	s.asked++
	rows, err := s.Store.Clips(ctx, recorder.ClipQuery{Camera: l.Camera, Kinds: l.Kinds, Until: l.Until, Loose: true, After: after.Start, AfterClip: after.Clip, Limit: most})
	for _, r := range rows {
		list = append(list, retention.Clip{Clip: r.Clip, Camera: r.Camera, Start: r.Start, Bytes: r.Bytes})
	}
	return list, err
}

func (s *storeShelf) Newest(ctx context.Context, l retention.Lane, most int64) (time.Time, int64, error) {
	s.asked++
	return s.NewestClips(ctx, recorder.NewestQuery{Camera: l.Camera, Kind: l.Kinds[0], Pools: l.Pools, Most: most})
}

func (s *storeShelf) Remove(ctx context.Context, c retention.Clip) (bool, error) {
	ok, err := s.ClipRemoving(ctx, c.Clip)
	return ok, errors.Join(err, s.ClipRemoved(ctx, c.Clip))
}

// passWithin is how long one pass over many clips may take that removes a few: some hundred
// times what it does, for machines that do much else.
const passWithin = 5 * time.Second

// TestPassOverMany: a pass over 100,000 clips asks for a page of each lane, however many of
// them are starred or have to stay.
func TestPassOverMany(t *testing.T) {
	s := openTest(t)
	ann := addAccount(t, s, "Ann")
	var ids []media.CameraID
	for range 10 {
		ids = append(ids, addCamera(t, s, ann, "camera"))
	}
	fill(t, s, ids, 10_000)
	policy, used := retention.Policy{Cameras: map[media.CameraID]retention.Camera{}}, map[retention.Place]int64{}
	for _, id := range ids {
		policy.Cameras[id] = retention.Camera{Rule: retention.Rule{Days: 4000}, Kinds: map[media.Kind]retention.Rule{media.KindDoorbell: {AtLeast: 3999}}}
		used[retention.Place{Camera: id}] = 10_000
	}
	shelf := &storeShelf{Store: s}
	pass := retention.Pass{Policy: policy, Now: t0, Ages: true, Used: used, Pools: []int{0}, Rooms: []retention.Room{{Pools: []int{0}, Bytes: 100_000 - 50}}, Page: 16}
	began := time.Now()
	if over, err := pass.Run(t.Context(), shelf); err != nil || over != 0 {
		t.Fatal(over, err)
	}
	took := time.Since(began)
	if n, err := s.countClips(t.Context()); err != nil || n != 100_000-50 {
		t.Errorf("%d clips left, %v", n, err)
	}
	t.Logf("%v, %d questions", took, shelf.asked)
	if took > passWithin || shelf.asked > 10*2+2*10*2+50 {
		t.Errorf("it took %v and %d questions", took, shelf.asked)
	}
}

func (s *Store) countClips(ctx context.Context) (n int, err error) {
	return n, s.read.QueryRowContext(ctx, `SELECT count(*) FROM clip`).Scan(&n)
}

// fill enters clips of a byte each, eight hours apart: the oldest quarter starred, each tenth
// a doorbell's.
func fill(t *testing.T, s *Store, ids []media.CameraID, each int) {
	t.Helper()
	const numbers = `WITH RECURSIVE n (i, at) AS (SELECT 0, ?2 UNION ALL SELECT i + 1, at + ?3 FROM n WHERE i + 1 < ?4)`
	step := 8 * time.Hour
	for c, id := range ids {
		first := t0.Add(time.Duration(c)*time.Second - time.Duration(each)*step).UnixNano()
		for _, q := range []string{
			numbers + ` INSERT INTO event (id, camera, kind, start_ns, end_ns, star) SELECT CAST(printf('%16d', ?5 * ?4 + i) AS BLOB), ?1, iif(i % 10, 'motion', 'doorbell'), at, at, i < ?4 / 4 FROM n`,
			numbers + ` INSERT INTO clip (id, camera, event, part, kid, start_ns, duration_ns, bytes, state, thumbnail)
SELECT CAST(printf('%16d', ?5 * ?4 + i) AS BLOB), ?1, CAST(printf('%16d', ?5 * ?4 + i) AS BLOB), 0, zeroblob(16), at, 0, 1, 'complete', 0 FROM n`,
		} {
			if _, err := s.write.ExecContext(t.Context(), q, id[:], first, int64(step), each, c); err != nil {
				t.Fatal(err)
			}
		}
	}
}
