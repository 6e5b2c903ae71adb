package httpapi

import (
	"encoding/json"
	"errors"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"lares/cameras/fakecam"
	"lares/cameras/media"
	"lares/hub/account"
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
		must(t, errors.Join(r.store.EventPut(ctx, e), r.store.ClipClosed(ctx, c), r.store.GapPut(ctx, g)))
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
		if one.Camera != front || len(one.Recorded) != 1 || one.Recorded[0] != [2]int64{minute(1), minute(2)} || one.Counts[media.KindMotion][1] != 1 || one.Busy[1] != 100 || one.Busy[2] != 0 ||
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

// TestTimelineIsSmall: whatever happened, a timeline without the events that are named is less
// than 100 kB, of however many cameras.
func TestTimelineIsSmall(t *testing.T) {
	t.Parallel()
	const buckets, step = 1100, 30 * time.Minute
	whole := gate.Timeline{From: time.Unix(1_700_000_000, 0), Step: step}
	whole.To = whole.From.Add(buckets * step)
	for range 12 {
		c := gate.CameraTimeline{Camera: media.NewCameraID(), Events: map[media.Kind][]int{}, Many: true}
		for i := range buckets / 12 {
			at := whole.From.Add(time.Duration(i) * step * 12)
			for _, k := range []media.Kind{media.KindMotion, media.KindSound, media.KindCamera, media.KindDoorbell, media.KindTamper, media.KindTrigger} {
				c.Events[k] = append(c.Events[k], 100)
			}
			c.Busy = append(c.Busy, 100)
			if i%2 == 0 { // others lie between
				c.Continuous, c.Recorded = append(c.Continuous, gate.TimeSpan{From: at, To: at.Add(step)}), append(c.Recorded, gate.TimeSpan{From: at, To: at.Add(step)})
				c.Gaps = append(c.Gaps, gate.TimelineGap{From: at, To: at.Add(step), Cause: recorder.GapOverload, Count: 1})
			}
		}
		whole.Cameras = append(whole.Cameras, c)
	}
	b, err := json.Marshal(viewOfTimeline(account.ID{}, whole))
	must(t, err)
	if len(b) > 100_000 || len(b) < 50_000 {
		t.Errorf("%d bytes", len(b))
	}
}
