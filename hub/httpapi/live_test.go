package httpapi

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/fasthttp/websocket"

	"lares/cameras/fakecam"
	"lares/cameras/media"
	"lares/hub/gate"
	"lares/hub/live"
)

// TestLivePixelsFlow: tracks, init segments and fragments of the right camera,
// from an IDR on, both tracks on one timeline.
func TestLivePixelsFlow(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	alice := r.person("alice")
	cam, fake := alice.camera(fakecam.Options{Name: "alice front", Audio: true})
	other, _ := alice.camera(fakecam.Options{Name: "alice back"})
	v := alice.watchLive()
	asked := time.Now()
	v.watch(7, cam, "main")
	first := v.next()
	if first.text == nil || first.text.Type != "state" || first.watch != 7 || first.text.State != "live" {
		t.Errorf("first came %+v", first)
	}
	shown := v.more(7, 12)
	tracks, films := shown.tracks, shown.films
	if took := time.Since(asked); took > cutSoon {
		t.Errorf("a second of pictures took %v", took)
	}
	if len(tracks) != 2 || !strings.HasPrefix(tracks[0], `video/mp4; codecs="avc1.`) || !strings.HasPrefix(tracks[1], `audio/mp4; codecs="mp4a.40`) {
		t.Errorf("tracks %q", tracks)
	}
	var begins []float64
	for _, id := range []uint8{1, 2} {
		f := films[id]
		if f == nil {
			t.Fatalf("no track %d", id)
		}
		times, sync := f.samples(t)
		if !sync || times[0] > 1 {
			t.Errorf("track %d begins at %v, IDR %v", id, times[0], sync)
		}
		for i := 1; i < len(times); i++ {
			if d := times[i] - times[i-1]; d <= 0 || d > 0.5 {
				t.Errorf("track %d: sample %d at %v after %v", id, i, times[i], times[i-1])
			}
		}
		begins = append(begins, times[0])
	}
	if d := begins[1] - begins[0]; d < 0 || d > 0.3 {
		t.Errorf("sound begins %v after the picture", d)
	}
	video := films[1].bytes
	checkMarks(t, video, "alice front")

	// A second tile on the same socket, of another camera.
	v.watch(8, other, "sub")
	shown = v.more(8, 5)
	if len(shown.tracks) != 1 {
		t.Errorf("tracks %q", shown.tracks)
	}
	for _, f := range shown.films {
		checkMarks(t, f.bytes, "alice back")
	}
	v.say(`{"op":"ping"}`)
	v.until("pong")
	v.say(`{"op":"stop","watch":7}`)
	if m := v.until("ended"); m.watch != 7 || m.text.Reason != "stopped" {
		t.Errorf("%+v", m.text)
	}
	v.watch(7, cam, "main") // the number is free again
	for m := v.until("state"); m.watch != 7; m = v.until("state") {
	}

	fake.SetFault(fakecam.Freeze)
	for m := v.until("state"); m.watch != 7 || m.text.State == "live"; m = v.until("state") {
	}
	fake.SetFault(fakecam.None)
	for m := v.until("state"); m.watch != 7 || m.text.State != "live"; m = v.until("state") {
	}
}

// TestLiveForeignIsAbsent: a foreign camera, an absent one and one without the
// grant to watch end alike, and nothing else is said.
func TestLiveForeignIsAbsent(t *testing.T) {
	t.Parallel()
	r, alice, cam := newFront(t)
	bob := r.person("bob")
	historyOnly, _ := alice.camera(fakecam.Options{Name: "alice back"})
	r.grant(alice, historyOnly, bob, gate.History)
	v := bob.watchLive()
	var said []string
	for _, id := range []media.CameraID{cam, historyOnly, media.NewCameraID()} {
		v.watch(1, id, "main")
		said = append(said, v.next().raw)
	}
	if said[0] != `{"watch":1,"type":"ended","reason":"not found"}` || said[1] != said[0] || said[2] != said[0] {
		t.Errorf("%q", said)
	}
}

// TestLiveSoundNeedsItsGrant: without audio there is no sound track, and taking
// it back ends it while the picture goes on.
func TestLiveSoundNeedsItsGrant(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	alice, bob := r.person("alice"), r.person("bob")
	cam, _ := alice.camera(fakecam.Options{Name: "alice front", Audio: true})
	r.grant(alice, cam, bob, gate.Live)
	v := bob.watchLive()
	v.watch(1, cam, "main")
	if k := v.more(1, 2); len(k.tracks) != 1 || !strings.HasPrefix(k.tracks[0], "video") {
		t.Errorf("tracks %q", k.tracks)
	}
	r.grant(alice, cam, bob, gate.Live, gate.Audio)
	v.reach(1, func(k *tile) bool { return len(k.tracks) == 2 })
	v.more(1, 2)
	from := time.Now()
	r.grant(alice, cam, bob, gate.Live)
	v.reach(1, func(k *tile) bool { return len(k.tracks) == 1 })
	v.more(1, 2)
	if took := time.Since(from); took > cutSoon {
		t.Errorf("the sound went on for %v", took)
	}
}

// TestRevokeEndsLive: within two seconds nothing more comes, with and without
// the hook that says so at once; the socket and other tiles go on.
func TestRevokeEndsLive(t *testing.T) {
	t.Parallel()
	for _, deaf := range []bool{false, true} {
		t.Run(fmt.Sprintf("deaf %v", deaf), func(t *testing.T) {
			r, alice, cam := newFront(t)
			bob := r.person("bob")
			own, _ := bob.camera(fakecam.Options{Name: "bob front"})
			r.grant(alice, cam, bob, gate.Live)
			v := bob.watchLive()
			v.watch(1, cam, "main")
			v.watch(2, own, "main")
			v.more(1, 3)
			v.more(2, 3)
			r.deaf = deaf
			must(t, r.gate.Revoke(t.Context(), r.caller(alice), cam, r.caller(bob).Account))
			from := time.Now()
			if m := v.until("ended"); m.watch != 1 || m.text.Reason != "not found" {
				t.Errorf("%+v", m.text)
			}
			if took := time.Since(from); took > cutSoon {
				t.Errorf("ended after %v", took)
			}
			gone := len(v.tiles[1].films[1].bytes)
			for _, f := range v.more(2, 10).films {
				checkMarks(t, f.bytes, "bob front")
			}
			if n := len(v.tiles[1].films[1].bytes); n != gone {
				t.Errorf("%d bytes after the end", n-gone)
			}
		})
	}
}

// TestSessionEndClosesSockets: signing out here, or being signed out by a new
// password elsewhere, closes the socket within two seconds.
func TestSessionEndClosesSockets(t *testing.T) {
	t.Parallel()
	r, alice, cam := newFront(t)
	for name, end := range map[string]func(*person){
		"sign-out": func(p *person) { p.do("POST", p.path("/sign-out"), nil) },
		"new password elsewhere": func(*person) {
			a := alice.do("POST", alice.path("/password"), map[string]string{"old": testPassword, "new": testPassword})
			if a.StatusCode != 204 {
				t.Fatalf("%s %s", a.Status, bodyOf(t, a))
			}
		},
	} {
		second := r.signIn("alice")
		v := second.watchLive()
		v.watch(1, cam, "main")
		v.more(1, 1)
		end(second)
		from := time.Now()
		var err error
		for err == nil {
			_, err = v.tryNext()
		}
		if took := time.Since(from); took > cutSoon {
			t.Errorf("%s: closed after %v", name, took)
		}
		if !websocket.IsCloseError(err, 4401) {
			t.Errorf("%s: closed by %v", name, err)
		}
	}
}

// TestLiveIsRefused: to foreign pages (Z10), without session, and beyond the
// limits; malformed messages end the socket.
func TestLiveIsRefused(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	alice, bob := r.person("alice"), r.person("bob")
	refusesForeign(t, alice, bob, "/live")
	for _, text := range []string{`{}`, `{"op":"watch"}`, `no`, `{"op":"ping","x":1}`, strings.Repeat("x", 1<<12)} {
		v := alice.watchLive()
		v.say("%s", text)
		if m, err := v.tryNext(); err == nil {
			t.Errorf("%.20q was answered: %+v", text, m)
		}
	}
	v := alice.watchLive()
	for i := range 40 {
		v.watch(i+1, media.NewCameraID(), "main")
		if m := v.until("ended"); m.text.Reason != "not found" {
			t.Fatalf("%+v", m.text)
		}
	}
	wait(t, "the sockets before to be gone", func() bool { return r.live.Open() == 1 })
	for range 7 {
		alice.watchLive()
	}
	wait(t, "eight sockets", func() bool { return r.live.Open() == 8 })
	if _, answer, err := alice.dialLive(); err == nil || answer == nil || answer.StatusCode != 429 {
		t.Errorf("the ninth: %v %v", answer, err)
	}
	bob.watchLive()
}

// TestShutdownLeavesNothing: sockets, streams, idle and busy connections end
// with the server, and every goroutine with them (HAZARDS F18).
func TestShutdownLeavesNothing(t *testing.T) {
	r, alice, cam := newFront(t)
	clip := alice.clip(cam)
	before := runtime.NumGoroutine() // with an idle connection of alice
	var viewers []*viewer
	for range 4 {
		v := alice.watchLive()
		v.watch(1, cam, "main")
		v.watch(2, cam, "sub")
		v.more(1, 1)
		viewers = append(viewers, v)
	}
	r.slowly(alice, alice.path("/clips/%s/clip.mp4", clip))
	from := time.Now()
	r.stop()
	if took := time.Since(from); took > cutSoon {
		t.Errorf("ended after %v", took)
	}
	for _, v := range viewers {
		var err error
		for err == nil {
			_, err = v.tryNext()
		}
		if !websocket.IsCloseError(err, websocket.CloseGoingAway) {
			t.Errorf("closed by %v", err)
		}
	}
	if n := r.openStreams() + r.live.Open() + len(r.server.conns.open); n != 0 {
		t.Errorf("%d left", n)
	}
	alice.client.CloseIdleConnections()
	wait(t, "the goroutines' end", func() bool { return runtime.NumGoroutine() <= before })
}

// TestLiveOutlivesRekeyAndRestart: a new run does not disturb a viewer; a new
// worker is announced with new tracks, and pictures go on by themselves. It
// runs alone: a machine too busy to open a run in time announces it again.
func TestLiveOutlivesRekeyAndRestart(t *testing.T) {
	r, alice, cam := newFront(t)
	v := alice.watchLive()
	v.watch(1, cam, "main")
	v.more(1, 3)
	for range 3 {
		run, _ := r.fleet.CurrentRun(cam)
		must(t, r.fleet.Rekey(t.Context(), cam))
		if now, _ := r.fleet.CurrentRun(cam); now.ID == run.ID {
			t.Fatal("the run did not change")
		}
		v.more(1, 25) // beyond an IDR of the new run
	}
	if k := v.tiles[1]; k.announced != 1 {
		t.Errorf("%d announcements of the same tracks", k.announced)
	}
	times, _ := v.tiles[1].films[1].samples(t)
	for i := 1; i < len(times); i++ {
		if d := times[i] - times[i-1]; d <= 0 || d > 0.5 {
			t.Errorf("sample %d at %v after %v", i, times[i], times[i-1])
		}
	}
	s, _ := r.fleet.Status(cam)
	p, err := os.FindProcess(s.Worker)
	must(t, err)
	must(t, p.Kill())
	v.reach(1, func(k *tile) bool { return k.announced == 2 })
	k := v.more(1, 3)
	if times, sync := k.films[1].samples(t); !sync || times[0] != 0 {
		t.Errorf("the new film begins at %v, IDR %v", times[0], sync)
	}
	if n := r.gate.Refused(); len(n) != 0 {
		t.Errorf("crossed wires counted without a fault: %v", n)
	}
}

// TestStalledViewerEnds: a page that reads nothing loses its socket when no
// message got out for the write timeout, here one second; others see every
// picture meanwhile, and nothing piles up for the one that stands still.
//
// It runs alone: the heap it measures is that of the whole process.
func TestStalledViewerEnds(t *testing.T) {
	r := newRig(t, func(c *live.Config) { c.Clock = lead{9 * time.Second} })
	alice := r.person("alice")
	cam, _ := alice.camera(fakecam.Options{Name: "alice front"})
	healthy := alice.watchLive()
	healthy.watch(1, cam, "main")
	healthy.more(1, 1)
	stalled := alice.watchLive()
	for i := range 32 {
		stalled.watch(i+1, cam, "main")
	}
	before, most := heap(), uint64(0)
	for r.live.Open() == 2 {
		healthy.more(1, 1)
		most = max(most, heap())
	}
	if most > before+32<<20 {
		t.Errorf("%d bytes piled up", most-before)
	}
	film := healthy.tiles[1].films[1]
	times, _ := film.samples(t)
	for i := 1; i < len(times); i++ {
		if d := times[i] - times[i-1]; d <= 0 || d > 0.5 {
			t.Errorf("the healthy page misses pictures: %v after %v", times[i], times[i-1])
		}
	}
}

// heap is what is in use, in bytes, without what nobody holds any more.
func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
