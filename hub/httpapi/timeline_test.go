package httpapi

import (
	"database/sql"
	"encoding/json"
	"errors"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"lares/cameras/fakecam"
	"lares/cameras/media"
	"lares/hub/gate"
	"lares/recorder"
)

// timelinePath asks for a timeline in the asker's own scope.
func timelinePath(who *person, from, to time.Time, buckets int, cams ...string) string {
	q := url.Values{
		"cameras": {strings.Join(cams, ",")}, "from": {from.UTC().Format(time.RFC3339Nano)}, "to": {to.UTC().Format(time.RFC3339Nano)},
		"buckets": {strconv.Itoa(buckets)},
	}
	return who.path("/timeline") + "?" + q.Encode()
}

// TestTimeline: a timeline is answered to who may look back at each of its cameras, a program
// of theirs too; to all others it is not there, byte for byte, whichever of the cameras it is.
func TestTimeline(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	owner, other := r.person("alice"), r.person("bob")
	front, _ := owner.camera(fakecam.Options{Name: "front"})
	yard, _ := other.camera(fakecam.Options{Name: "yard"})
	granted, revoked, live := r.person("carol"), r.person("dave"), r.person("eve")
	r.grant(owner, front, granted, gate.History)
	r.grant(owner, front, revoked, gate.History)
	r.grant(owner, front, live, gate.Live)
	must(t, r.gate.Revoke(t.Context(), r.caller(owner), front, r.caller(revoked).Account))
	signedOut := r.signIn("alice")
	if a := signedOut.do("POST", signedOut.path("/sign-out"), nil); a.StatusCode != 204 {
		t.Fatal(a.Status)
	}
	nobody := r.stranger()
	nobody.scope = owner.scope
	begin := time.Now().Add(-time.Hour).Truncate(time.Hour)
	ctx := t.Context()
	for i, cam := range []string{front.String(), yard.String()} {
		id, err := media.ParseCameraID(cam)
		must(t, err)
		e := recorder.EventRow{Event: media.NewEventID(), Camera: id, Kind: media.KindMotion, Start: begin.Add(time.Minute), End: begin.Add(2 * time.Minute)}
		c := recorder.ClipRow{Clip: media.NewClipID(), Camera: id, Event: e.Event, KID: media.KeyID(make([]byte, 16)), Start: e.Start, Duration: time.Minute, State: recorder.StateComplete}
		g := recorder.GapRow{Camera: id, From: begin.Add(3 * time.Minute), To: begin.Add(4 * time.Minute), Cause: recorder.GapDisk, Count: 1 + i}
		gone := c
		gone.Clip, gone.Event, gone.Start, gone.Stretch, gone.State = media.NewClipID(), media.NewEventID(), begin.Add(6*time.Minute), true, recorder.StateDamaged
		must(t, errors.Join(r.store.EventPut(ctx, e), r.store.ClipClosed(ctx, c), r.store.ClipClosed(ctx, gone), r.store.GapPut(ctx, g)))
	}
	absent := shape(t, other.do("GET", "/nothing/here", nil))
	for _, c := range []struct {
		role string
		who  *person
		cams []string
		want int
	}{
		{"owner", owner, []string{front.String()}, 200}, {"granted", granted, []string{front.String()}, 200},
		{"revoked", revoked, []string{front.String()}, 404}, {"live alone", live, []string{front.String()}, 404}, {"other", other, []string{front.String()}, 404},
		{"signed out", signedOut, []string{front.String()}, 404}, {"nobody", nobody, []string{front.String()}, 404},
		{"owner, with another's", owner, []string{front.String(), yard.String()}, 404}, {"owner, with one that is none", owner, []string{front.String(), media.NewCameraID().String()}, 404},
		{"owner, with no id", owner, []string{front.String(), "x"}, 404}, {"owner, twice the same", owner, []string{front.String(), front.String()}, 400},
	} {
		answer := c.who.do("GET", timelinePath(c.who, begin, begin.Add(time.Hour), 60, c.cams...), nil)
		wantGuarded(t, c.role, answer.Header)
		if answer.StatusCode != c.want {
			t.Errorf("%s: %s, want %d", c.role, answer.Status, c.want)
		}
		if answer.StatusCode == 404 && shape(t, answer) != absent {
			t.Errorf("%s: the 404 differs from an unknown path's", c.role)
		}
		if answer.StatusCode != 200 {
			continue
		}
		var v timelineView
		decode(t, answer, &v)
		minute := func(n int64) int64 { return n * 60_000 }
		if v.Account.String() != c.who.id || v.Step != minute(1) || !time.Time(v.From).Equal(begin) || len(v.Cameras) != 1 {
			t.Fatalf("%s: %+v", c.role, v)
		}
		one := v.Cameras[0]
		if one.Camera != front || len(one.Recorded) != 1 || one.Recorded[0] != [2]int64{minute(1), minute(2)} || len(one.Continuous) != 0 || len(one.Damaged) != 1 || one.Damaged[0] != [2]int64{minute(6), minute(7)} || one.Counts[media.KindMotion][1] != 1 || one.Busy[1] != 100 || one.Busy[2] != 0 ||
			len(one.Gaps) != 1 || one.Gaps[0] != (timelineGap{minute(3), minute(4), recorder.GapDisk, 1, false}) || len(one.Events) != 1 || *one.Events[0].End != minute(2) || one.TooMany {
			t.Errorf("%s: %+v", c.role, one)
		}
	}
	for name, path := range map[string]string{
		"no camera": owner.path("/timeline?from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z"), "no bucket": timelinePath(owner, begin, begin.Add(time.Hour), 0, front.String()),
		"too many": timelinePath(owner, begin, begin.Add(time.Hour), 1101, front.String()), "a year and more": timelinePath(owner, begin, begin.AddDate(1, 1, 0), 100, front.String()),
		"another word": timelinePath(owner, begin, begin.Add(time.Hour), 60, front.String()) + "&class=person", "no number": timelinePath(owner, begin, begin.Add(time.Hour), 60, front.String()) + "x",
	} {
		if a := owner.do("GET", path, nil); a.StatusCode != 400 {
			t.Errorf("%s: %s", name, a.Status)
		}
	}
}

// TestTimelineIsSmall: however much happened, it is told in 100 kB, and nothing is left out of its
// numbers: six weeks with 50,000 events of all kinds in turn, gaps of one cause and another all
// the time, and as many recordings of each kind as can be seen apart.
func TestTimelineIsSmall(t *testing.T) {
	t.Parallel()
	const days, events, gaps, clips = 45, 50_000, 2160, 6480
	r, alice, cam := newFront(t)
	begin := time.Now().UTC().Truncate(24*time.Hour).AddDate(0, 0, -days)
	db, err := sql.Open("sqlite", filepath.Join(filepath.Dir(r.heads), "lares.db")+"?_pragma=busy_timeout(10000)&_pragma=synchronous(0)")
	must(t, err)
	defer db.Close()
	for name, fill := range map[string]struct {
		text string
		n    int
	}{
		"events": {`INSERT INTO event (id, camera, kind, start_ns, end_ns)
SELECT randomblob(16), ?1, CASE n % 6 WHEN 0 THEN 'motion' WHEN 1 THEN 'sound' WHEN 2 THEN 'camera' WHEN 3 THEN 'doorbell' WHEN 4 THEN 'tamper' ELSE 'trigger' END, ?2 + n * ?4, ?2 + n * ?4 + 1000000 FROM row`, events},
		"gaps": {`INSERT INTO gap (camera, from_ns, to_ns, cause, count) SELECT ?1, ?2 + n * ?4, ?2 + (n + 1) * ?4, iif(n % 2, 'overload', 'disk'), 1 FROM row`, gaps},
		"clips": {`INSERT INTO clip (id, camera, event, part, kid, start_ns, duration_ns, bytes, state, thumbnail, stretch, beside)
SELECT randomblob(16), ?1, randomblob(16), 0, zeroblob(16), ?2 + n * ?4, ?4, 1, 'complete', 0, n % 3 > 0, n % 3 = 2 FROM row WHERE n / 6 % 2`, clips},
	} {
		_, err := db.ExecContext(t.Context(), "WITH RECURSIVE row (n) AS (VALUES (0) UNION ALL SELECT n + 1 FROM row WHERE n + 1 < ?3) "+fill.text, cam[:], begin.UnixNano(), fill.n, int64(days*24*time.Hour)/int64(fill.n))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	for buckets, step := range map[int]time.Duration{1100: 2 * time.Hour, 500: 3 * time.Hour, 90: 12 * time.Hour} { // 1100 would be of an hour
		b := bodyOf(t, alice.do("GET", timelinePath(alice, begin, begin.AddDate(0, 0, days), buckets, cam.String()), nil))
		var v timelineView
		must(t, json.Unmarshal(b, &v))
		one := v.Cameras[0]
		counted, missed := 0, 0
		for _, kind := range one.Counts {
			for _, n := range kind {
				counted += n
			}
		}
		for _, g := range one.Gaps {
			missed += g.Count
		}
		if len(b) > maxTimeline || time.Duration(v.Step)*time.Millisecond != step || counted != events || missed != gaps {
			t.Errorf("%d buckets wished for: %d bytes of buckets of %d ms, %d events, %d gaps", buckets, len(b), v.Step, counted, missed)
		}
	}
}
