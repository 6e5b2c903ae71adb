package httpapi

import (
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fasthttp/websocket"

	"lares/cameras/fakecam"
	"lares/cameras/media"
	"lares/cameras/media/g711"
	"lares/hub/gate"
)

// speaker is a page that speaks through a camera.
type speaker struct {
	t    testing.TB
	conn *websocket.Conn
}

func (p *person) speak(cam media.CameraID) *speaker {
	p.r.t.Helper()
	conn, answer, err := p.dialSocket(fmt.Sprintf("/cameras/%s/talk", cam))
	if err != nil {
		p.r.t.Fatalf("%v %v", err, answer)
	}
	p.r.t.Cleanup(func() { conn.Close() })
	conn.SetReadDeadline(time.Now().Add(2 * patience))
	return &speaker{p.r.t, conn}
}

// hears expects the next message of the hub.
func (k *speaker) hears(want string) {
	k.t.Helper()
	_, b, err := k.conn.ReadMessage()
	if err != nil || string(b) != want {
		k.t.Fatalf("%s, %v; not %s", b, err, want)
	}
}

func ended(reason string) string { return fmt.Sprintf(`{"type":"ended","reason":%q}`, reason) }

const (
	ready    = `{"type":"ready"}`
	pieceLen = 320 // samples: 40 ms
)

func (k *speaker) say(samples []int16) error {
	b := make([]byte, 0, 2*len(samples))
	for _, s := range samples {
		b = binary.LittleEndian.AppendUint16(b, uint16(s))
	}
	return k.conn.WriteMessage(websocket.BinaryMessage, b)
}

// tone is 440 Hz at a quarter of full scale.
func tone(n int) []int16 {
	out := make([]int16, n)
	for i := range out {
		out[i] = int16(8000 * math.Sin(2*math.Pi*440*float64(i)/g711.Rate))
	}
	return out
}

// TestTalk: what a page says is what the camera hears, sample by sample, and never
// more than 80 ms are on their way; the journal tells who spoke.
func TestTalk(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	alice := r.person("alice")
	cam, fake := alice.camera(fakecam.Options{Name: "alice front", Hears: fakecam.TalkA})
	if got := string(bodyOf(t, alice.do("GET", alice.path("/cameras/%s/talk", cam), nil))); !strings.Contains(got, `"takes":"yes"`) {
		t.Errorf("takes: %s", got)
	}
	k := alice.speak(cam)
	k.hears(ready)
	r.signIn("alice").speak(cam).hears(ended("taken"))
	k.heardBy(fake, g711.A)
	wait(t, "the journal of it", func() bool {
		n := alice.journal("").kinds()
		return n["talk"] == 1 && n["talk-end"] == 1
	})
}

// TestTalkToMakers: cameras without a back channel hear what a page says in the ways of their
// makers, and are let go when it ends.
func TestTalkToMakers(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	alice := r.person("alice")
	for name, c := range map[string]struct {
		o   fakecam.Options
		law g711.Law
	}{
		"ISAPI":    {fakecam.Options{Maker: "hikvision", MainPath: "/Streaming/Channels/101", Hears: fakecam.TalkA}, g711.A},
		"DoorBird": {fakecam.Options{MainPath: "/mpeg/720p/media.amp"}, g711.Mu},
	} {
		t.Run(name, func(t *testing.T) {
			c.o.Name, c.o.Username, c.o.Password, c.o.NoTalk = name, "user", "correct horse", true
			cam, fake := alice.camera(c.o)
			k := alice.speak(cam)
			k.hears(ready)
			wait(t, "the camera to be held", fake.SpokenTo)
			k.heardBy(fake, c.law)
			wait(t, "the camera to be let go", func() bool { return !fake.SpokenTo() })
		})
	}
}

// heardBy speaks for two seconds as fast as the camera hears, and lets go: it hears each sample as the
// law has them.
func (k *speaker) heardBy(fake *fakecam.Camera, law g711.Law) {
	t := k.t
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	sent, n := tone(2*g711.Rate), 0
	for piece := range slices.Chunk(sent, pieceLen) {
		got, err := fake.AwaitHeard(ctx, n+len(piece)-640)
		if err != nil {
			t.Fatalf("%d samples sent, %d heard: %v", n, len(got.Samples), err)
		}
		must(t, k.say(piece))
		n += len(piece)
	}
	must(t, k.conn.Close())
	got, err := fake.AwaitHeard(ctx, len(sent))
	must(t, err)
	if len(got.Samples) != len(sent) {
		t.Errorf("%d samples heard of %d", len(got.Samples), len(sent))
	}
	power, waves := 0.0, 0
	for i, s := range sent {
		h := got.Samples[i]
		if want := law.Expand(law.Append(nil, s)[0]); h != want {
			t.Fatalf("sample %d is %d, not %d", i, h, want)
		}
		power += float64(h) * float64(h)
		if i > 0 && got.Samples[i-1] < 0 && h >= 0 {
			waves++
		}
	}
	if level := math.Sqrt(2 * power / float64(len(sent))); math.Abs(level-8000) > 160 || waves < 878 || waves > 880 {
		t.Errorf("level %.0f, %d waves in two seconds", level, waves)
	}
}

// TestTalkAgain: who lets go and presses again is not in its own way.
func TestTalkAgain(t *testing.T) {
	t.Parallel()
	_, alice, cam := newFront(t)
	k := alice.speak(cam)
	k.hears(ready)
	for range 3 {
		next := alice.speak(cam)
		k.hears(ended("stopped"))
		next.hears(ready)
		must(t, k.conn.Close())
		k = next
	}
}

// TestTalkNeedsItsGrant: without the action there is nothing, and when it is taken
// back the voice ends within two seconds, with and without the hook that says so.
func TestTalkNeedsItsGrant(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	alice, bob := r.person("alice"), r.person("bob")
	cam, fake := alice.camera(fakecam.Options{Name: "alice front"})
	r.grant(alice, cam, bob, gate.Live, gate.Audio, gate.Manage)
	if _, answer, err := bob.dialSocket(fmt.Sprintf("/cameras/%s/talk", cam)); err == nil || answer == nil || answer.StatusCode != 404 {
		t.Errorf("without the action: %v %v", answer, err)
	}
	for _, deaf := range []bool{false, true} {
		r.deaf = false
		r.grant(alice, cam, bob, gate.Talk)
		k := bob.speak(cam)
		k.hears(ready)
		r.deaf = deaf
		must(t, r.gate.Revoke(t.Context(), r.caller(alice), cam, r.caller(bob).Account))
		from := time.Now()
		k.hears(ended("not found"))
		if took := time.Since(from); took > cutSoon {
			t.Errorf("deaf %v: ended after %v", deaf, took)
		}
		// It may still be said; nobody hears it.
		before := len(fake.Heard().Samples)
		for piece := range slices.Chunk(tone(g711.Rate), pieceLen) {
			if k.say(piece) != nil {
				break
			}
		}
		again := alice.speak(cam) // the camera is free
		again.hears(ready)
		must(t, again.conn.Close())
		if n := len(fake.Heard().Samples); n != before {
			t.Errorf("deaf %v: %d samples heard after the end", deaf, n-before)
		}
		wait(t, "the sockets to be gone", func() bool { return r.live.Open() == 0 })
	}
}

// TestTalkEnds: by privacy, by a session's end, and for what is no voice; a camera
// without a back channel, and one off the air, say so.
func TestTalkEnds(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	alice := r.person("alice")
	cam, _ := alice.camera(fakecam.Options{Name: "alice front"})
	deaf, _ := alice.camera(fakecam.Options{Name: "alice back", NoTalk: true})
	if got := string(bodyOf(t, alice.do("GET", alice.path("/cameras/%s/talk", deaf), nil))); !strings.Contains(got, `"takes":"no"`) {
		t.Errorf("takes: %s", got)
	}
	alice.speak(deaf).hears(ended("no talk"))
	for name, message := range map[string][]byte{"a piece too short": make([]byte, 318), "half a sample": make([]byte, 321), "too much": make([]byte, 962)} {
		k := alice.speak(cam)
		k.hears(ready)
		must(t, k.conn.WriteMessage(websocket.BinaryMessage, message))
		if _, _, err := k.conn.ReadMessage(); err == nil {
			t.Errorf("%s: answered", name)
		}
		wait(t, "the camera to be free", func() bool { return r.live.Open() == 0 })
	}
	k := alice.speak(cam)
	k.hears(ready)
	must(t, k.conn.WriteMessage(websocket.TextMessage, make([]byte, 320)))
	if _, _, err := k.conn.ReadMessage(); !websocket.IsCloseError(err, websocket.ClosePolicyViolation) {
		t.Errorf("text: %v", err)
	}
	wait(t, "the camera to be free", func() bool { return r.live.Open() == 0 })

	second := r.signIn("alice")
	k = second.speak(cam)
	k.hears(ready)
	second.do("POST", second.path("/sign-out"), nil)
	if _, _, err := k.conn.ReadMessage(); !websocket.IsCloseError(err, 4401) {
		t.Errorf("the session ended: %v", err)
	}
	wait(t, "the camera to be free", func() bool { return r.live.Open() == 0 })

	k = alice.speak(cam)
	k.hears(ready)
	if a := alice.do("PUT", alice.path("/cameras/%s/privacy", cam), map[string]any{"off": true}); a.StatusCode != 204 {
		t.Fatal(a.Status)
	}
	k.hears(ended("private"))
	alice.speak(cam).hears(ended("private"))
	wantKind(t, alice.do("GET", alice.path("/cameras/%s/talk", cam), nil), 409, "private")
}

// TestTalkIsRefused: to foreign pages, without session, and through no camera.
func TestTalkIsRefused(t *testing.T) {
	t.Parallel()
	r, alice, cam := newFront(t)
	bob := r.person("bob")
	path := fmt.Sprintf("/cameras/%s/talk", cam)
	refusesForeign(t, alice, bob, path)
	if _, answer, err := alice.dialSocket("/cameras/" + media.NewCameraID().String() + "/talk"); err == nil || answer.StatusCode != 404 {
		t.Errorf("an absent camera: %v %v", answer, err)
	}
}
