package httpapi

import (
	"context"
	"encoding/json"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"lares/cameras"
	"lares/cameras/media"
	"lares/hub/gate"
	"lares/hub/live"
	"lares/hub/vault"
	"lares/recorder"
)

// quietCamera adds a camera that nobody answers for.
func (r *rig) quietCamera(p *person, name string) media.CameraID {
	r.t.Helper()
	id, err := r.gate.AddCamera(r.t.Context(), r.caller(p), gate.NewCamera{Name: name, Access: cameras.Access{Main: "rtsp://192.0.2.7/" + name}})
	must(r.t, err)
	return id
}

// notice enters an event of motion as the recorder does.
func (r *rig) notice(camera media.CameraID, text recorder.EventText) recorder.EventRow {
	r.t.Helper()
	return r.noticed(camera, media.KindMotion, text)
}

func (r *rig) noticed(camera media.CameraID, kind media.Kind, text recorder.EventText) recorder.EventRow {
	r.t.Helper()
	return r.lasting(camera, kind, time.Second, text)
}

func (r *rig) lasting(camera media.CameraID, kind media.Kind, long time.Duration, text recorder.EventText) recorder.EventRow {
	r.t.Helper()
	now := time.Now()
	e := recorder.EventRow{Event: media.NewEventID(), Camera: camera, Kind: kind, Start: now, End: now.Add(long)}
	plain, err := json.Marshal(text)
	must(r.t, err)
	e.Text, err = sealNewest(r.t.Context(), r.vault, camera, e.Event, now, plain)
	must(r.t, err)
	must(r.t, r.store.EventPut(r.t.Context(), e))
	r.live.Listed(camera, e.Event)
	return e
}

// feed is a page's WebSocket that asked for events.
func (p *person) feed() *viewer {
	p.r.t.Helper()
	v := p.watchLive()
	v.say(`{"op":"events"}`)
	v.until("events")
	return v
}

// event reads the next event that is told.
func (v *viewer) event() eventView {
	v.t.Helper()
	return told(v.t, v.until("event").raw)
}

// TestEventsOverSocket: a page hears of events of its own cameras and those
// whose history is shared with it, with their texts, as long as it may see them,
// and of no others.
func TestEventsOverSocket(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	alice, bob := r.person("alice"), r.person("bob")
	door, yard := r.quietCamera(alice, "door"), r.quietCamera(bob, "yard")
	a, b := alice.feed(), bob.feed()
	text := recorder.EventText{Class: "person", Zone: "path", Score: 0.75, Labels: []string{"red coat"}}
	hers := r.notice(door, text)
	e := a.event()
	if e.ID != hers.Event || e.Camera != door || e.Class != "person" || e.Zone != "path" || e.Score != 0.75 || len(e.Labels) != 1 || e.Labels[0] != "red coat" {
		t.Errorf("alice hears %+v", e)
	}
	var page struct{ Events []json.RawMessage }
	decode(t, alice.do("GET", alice.path("/events"), nil), &page)
	if told, err := json.Marshal(e); err != nil || len(page.Events) != 1 || string(page.Events[0]) != string(told) {
		t.Errorf("the list says\n%s, the socket\n%s", page.Events, told)
	}
	his := r.notice(yard, text)
	if e := b.event(); e.ID != his.Event {
		t.Errorf("bob hears %+v", e)
	}
	r.grant(alice, door, bob, gate.Live, gate.History)
	shared := r.notice(door, text)
	if e := b.event(); e.ID != shared.Event || e.Class != "person" {
		t.Errorf("bob hears of a shared camera: %+v", e)
	}
	if e := a.event(); e.ID != shared.Event {
		t.Errorf("alice hears %+v", e)
	}
	must(t, r.gate.Revoke(t.Context(), r.caller(alice), door, r.caller(bob).Account))
	r.notice(door, text)
	r.live.Listed(door, shared.Event)
	his = r.notice(yard, recorder.EventText{})
	if e := b.event(); e.ID != his.Event {
		t.Errorf("after the revoke bob hears %+v", e)
	}
	b.say(`{"op":"events-stop"}`)
	b.until("events-stop")
	r.notice(yard, text)
	b.say(`{"op":"ping"}`)
	if m := b.next(); m.text == nil || m.text.Type != "pong" {
		t.Errorf("after the end comes %s", m.raw)
	}
	if n := r.gate.Refused(); len(n) != 0 {
		t.Errorf("counted without a fault: %v", n)
	}
}

// TestEventsOfRecordings: an event is told when it begins, when its clip does,
// and when that is over.
func TestEventsOfRecordings(t *testing.T) {
	t.Parallel()
	_, alice, cam := newFront(t)
	v := alice.feed()
	if answer := alice.do("POST", alice.path("/cameras/%s/trigger", cam), nil); answer.StatusCode != 202 {
		t.Fatal(answer.Status)
	}
	var recording bool
	for {
		e := v.event()
		recording = recording || e.Recording
		if recording && !e.Recording && len(e.Clips) == 1 && e.Thumbnail {
			break
		}
	}
}

// TestEventsEndWithTheSession: who signed out hears nothing more.
func TestEventsEndWithTheSession(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	alice := r.person("alice")
	door := r.quietCamera(alice, "door")
	v := alice.feed()
	began := time.Now()
	// The row alone: nobody tells the socket.
	must(t, r.accounts.SignOut(t.Context(), r.caller(alice)))
	r.notice(door, recorder.EventText{Class: "person"})
	for {
		_, b, err := v.conn.ReadMessage()
		if err != nil {
			break
		}
		if strings.Contains(string(b), "person") {
			t.Error("an event was told after the session ended")
		}
	}
	if took := time.Since(began); took > cutSoon {
		t.Errorf("the socket ended after %v", took)
	}
}

// TestEventsStopDripping: an event that hangs on its way to a page that reads
// nothing does not drip on after a revoke.
func TestEventsStopDripping(t *testing.T) {
	t.Parallel()
	late := ahead{new(atomic.Int64)}
	late.by.Store(int64(time.Hour)) // so that the limit of a write alone ends nothing
	r := newRig(t, func(c *live.Config) { c.Clock = late })
	alice, bob := r.person("alice"), r.person("bob")
	door := r.quietCamera(alice, "door")
	r.grant(alice, door, bob, gate.History)
	reads := alice.feed()
	bob.feed()
	// More than all buffers on the way: when the page that reads has them all, the
	// other's push has hung for long.
	large := recorder.EventText{Zone: strings.Repeat("z", 1<<20)}
	for range 16 {
		r.notice(door, large)
		reads.event()
	}
	r.deaf = true
	must(t, r.gate.Revoke(t.Context(), r.caller(alice), door, r.caller(bob).Account))
	wait(t, "the socket's end", func() bool { return r.live.Open() == 1 })
}

// sealNewest seals an event's text for the camera's newest epoch.
func sealNewest(ctx context.Context, v *vault.Vault, id media.CameraID, ev media.EventID, at time.Time, text []byte) (recorder.SealedText, error) {
	key, kid, err := v.StoreKey(ctx, id)
	if err != nil {
		return recorder.SealedText{}, err
	}
	return v.SealEvent(ctx, id, ev, at, recorder.StoreKey{Key: key, KID: kid}, text)
}

// TestStretchesOverSocket: a page hears of what is recorded between events, and of what is
// missing, of cameras that it may look back at, as long as it may, and of a gap in what was
// only heard if it hears.
func TestStretchesOverSocket(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	alice, bob, deaf := r.person("alice"), r.person("bob"), r.person("deaf")
	door, yard := r.quietCamera(alice, "door"), r.quietCamera(bob, "yard")
	r.grant(alice, door, deaf, gate.History)
	a, b, d := alice.feed(), bob.feed(), deaf.feed()
	stretch := func(v *viewer, camera media.CameraID) recorder.ClipRow {
		t.Helper()
		row := r.lay(camera, time.Now().Truncate(time.Millisecond), 3, 10)
		r.live.Stretched(camera, row.Clip)
		if v == nil {
			return row
		}
		var m struct{ Recording map[string]any }
		must(t, json.Unmarshal([]byte(v.until("recording").raw), &m))
		if got := m.Recording; got["camera"] != camera.String() || got["clip"] != row.Clip.String() || got["kind"] != "continuous" || got["state"] != "complete" || got["duration_ms"] != 3000.0 {
			t.Errorf("told %v", got)
		}
		return row
	}
	gap := func(v *viewer, camera media.CameraID, event media.EventID, to time.Time) {
		t.Helper()
		g := recorder.GapRow{Camera: camera, From: time.Now().Truncate(time.Millisecond), To: to, Cause: recorder.GapDisk, Event: event, Count: 1}
		must(t, r.store.GapPut(t.Context(), g))
		r.live.Missing(camera, g.From)
		var m struct{ Gap map[string]any }
		must(t, json.Unmarshal([]byte(v.until("gap").raw), &m))
		if got := m.Gap; got["camera"] != camera.String() || got["cause"] != "disk" || (got["to"] == nil) != to.IsZero() {
			t.Errorf("told %v", got)
		}
	}
	stretch(a, door)
	gap(a, door, media.EventID{}, time.Time{})
	d.until("recording")
	d.until("gap")
	sound := r.noticed(door, media.KindSound, recorder.EventText{})
	a.event()
	gap(a, door, sound.Event, time.Now().Add(time.Second))
	must(t, r.gate.Revoke(t.Context(), r.caller(alice), door, r.caller(deaf).Account))
	stretch(a, door)
	stretch(b, yard)
	for name, v := range map[string]*viewer{"who was not shared with": b, "who may not hear, and no more look back": d} {
		v.say(`{"op":"ping"}`)
		if m := v.next(); m.text == nil || m.text.Type != "pong" {
			t.Errorf("%s is told %s", name, m.raw)
		}
	}
	if n := r.gate.Refused(); len(n) != 0 {
		t.Errorf("counted without a fault: %v", n)
	}
}
