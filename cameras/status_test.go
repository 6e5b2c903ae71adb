package cameras

import (
	"strings"
	"testing"
	"time"

	"lares/cameras/fakecam"
	"lares/cameras/internal/wire"
	"lares/cameras/media"
)

// TestUDP plays over UDP through the cage.
func TestUDP(t *testing.T) {
	t.Parallel()
	cam := fake(t, fakecam.Options{Username: "user", Password: "correct horse", Audio: true})
	h := newHouse(t)
	a := access(cam)
	a.Transport = TransportUDP
	id := h.add(a)
	main, sub := h.watch(id, media.StreamMain, 0), h.watch(id, media.StreamSub, 0)
	for range 60 {
		main.picture(10 * time.Second)
		sub.picture(10 * time.Second)
	}
	main.contiguous()
	sub.contiguous()
	if main.pts[2] == 0 {
		t.Error("no sound came")
	}
	s := h.await(id, time.Second, Live)
	if s.Streams[0].PacketsLost != 0 || s.Streams[0].Loss != 0 {
		t.Errorf("lost %+v", s.Streams[0])
	}
	// Its datagrams stop, and RTSP goes on answering.
	cam.SetFault(fakecam.Freeze)
	h.await(id, 11*time.Second, Frozen, Unreachable, NoVideo)
	cam.SetFault(fakecam.None)
	healed := time.Now()
	h.await(id, 6*time.Second, Live, Degraded)
	t.Logf("live %v after the datagrams came again", time.Since(healed).Round(time.Millisecond))
}

// TestLossIsTold loses packets and then no more: the stream is degraded, says
// how much it loses, and is live again ten seconds later.
func TestLossIsTold(t *testing.T) {
	t.Parallel()
	cam := fake(t, fakecam.Options{Username: "user", Password: "correct horse"})
	h := newHouse(t)
	a := access(cam)
	a.Transport, a.Sub, a.ONVIF = TransportUDP, "", ""
	id := h.add(a)
	w := h.watch(id, media.StreamMain, 0)
	for range 35 {
		w.picture(10 * time.Second)
	}
	before := h.await(id, time.Second, Live).Streams[0]
	if before.Jitter <= 0 || before.Jitter > 10*time.Second {
		t.Errorf("pictures come with a jitter of %v", before.Jitter)
	}
	if before.GOP < 200*time.Millisecond || before.GOP > 5*time.Second || !before.NextTry.IsZero() || before.Since.IsZero() {
		t.Errorf("a healthy stream: %+v", before)
	}
	cam.SetFault(fakecam.Loss5)
	degraded := h.await(id, 20*time.Second, Degraded)
	eventually(t, 20*time.Second, "a loss of 5 percent", func() bool {
		s, _ := h.fleet.Status(id)
		m := s.Streams[0]
		return m.State == Degraded && m.Loss > 1 && m.Loss < 15 && m.PacketsLost > 3 && m.PicturesLost > 0 && m.Message != ""
	})
	cam.SetFault(fakecam.None)
	s := h.await(id, 15*time.Second, Live)
	if !s.Since.After(degraded.Since) || s.Streams[0].Loss != 0 || s.Message != "" {
		t.Errorf("after the loss: %+v", s)
	}
}

// TestMissingSubStream has a camera whose sub stream is not there.
func TestMissingSubStream(t *testing.T) {
	t.Parallel()
	cam := fake(t, fakecam.Options{})
	h := newHouse(t)
	a := access(cam)
	a.Sub = strings.TrimSuffix(a.Sub, "sub") + "nothing"
	id := h.add(a)
	s := h.await(id, 15*time.Second, Degraded)
	eventually(t, 10*time.Second, "words for both streams", func() bool {
		s, _ = h.fleet.Status(id)
		return s.State == Degraded && s.Streams[0].State == Live
	})
	sub := s.Streams[1]
	if sub.State != Unreachable || sub.NextTry.IsZero() || sub.Since.IsZero() || !strings.Contains(s.Message, sub.Message) || sub.Message == "" {
		t.Errorf("%+v", s)
	}
}

// TestRenewedKey is a camera whose key changes: that may be another device.
func TestRenewedKey(t *testing.T) {
	t.Parallel()
	cam := fake(t, fakecam.Options{Username: "user", Password: "correct horse", TLS: true})
	h := newHouse(t)
	a := access(cam)
	a.Sub, a.ONVIF = "", ""
	id := h.add(a)
	w := h.watch(id, media.StreamMain, 0)
	w.picture(10 * time.Second)
	eventually(t, 5*time.Second, "a pin", func() bool {
		h.mu.Lock()
		defer h.mu.Unlock()
		return h.learned[id].Kind == PinTLS
	})
	if err := cam.RenewKey(); err != nil {
		t.Fatal(err)
	}
	if s := h.await(id, 10*time.Second, AnotherDevice); s.Streams[0].State != AnotherDevice || s.Message == "" {
		t.Errorf("%+v", s)
	}
}

// TestMeter asks a meter about losses and groups of pictures.
func TestMeter(t *testing.T) {
	t.Parallel()
	began := time.Unix(1e9, 0)
	at := func(s float64) time.Time { return began.Add(time.Duration(s * float64(time.Second))) }
	m := newMeter(media.StreamMain, began)
	m.report(wire.State{Stream: 1, Code: wire.Live, Connects: 1}, at(1))
	for i := range 10 {
		m.count(&media.Unit{Type: media.UnitVideo, Sync: i%3 == 0, DTS: int64(i) * 60_000, Received: at(1 + float64(i))})
		m.lost(wire.Counts{Stream: 1, Packets: 100}, at(1+float64(i)))
	}
	if s := m.read(at(11)); s.GOP != 2*time.Second || s.State != Live || s.Loss != 0 || s.Since != at(1) {
		t.Errorf("healthy: %+v", s)
	}
	m.lost(wire.Counts{Stream: 1, Packets: 50, Lost: 50, Pictures: 2}, at(11))
	m.lost(wire.Counts{Stream: 1, Lost: 10}, at(13))
	if s := m.read(at(14)); s.State != Degraded || s.Since != at(11) || s.PacketsLost != 60 || s.PicturesLost != 2 || s.Loss < 7 || s.Loss > 9 {
		t.Errorf("losing: %+v", s)
	}
	if s := m.read(at(23)); s.State != Live || s.Since != at(23) || s.Loss != 0 || s.PacketsLost != 60 {
		t.Errorf("healed: %+v", s)
	}
	m.report(wire.State{Stream: 1, Code: wire.Frozen, Message: "x", RetryMS: 1000}, at(24))
	if s := m.read(at(24)); s.State != Frozen || s.NextTry != at(25) || s.Connected || s.Message != "x" {
		t.Errorf("frozen: %+v", s)
	}
	// One picture again and again: nothing is tried, for the connection is there.
	m.report(wire.State{Stream: 1, Code: wire.Frozen, Message: "y"}, at(24))
	if s := m.read(at(24)); s.State != Frozen || !s.NextTry.IsZero() || !s.Connected || s.Message != "y" {
		t.Errorf("frozen by what it shows: %+v", s)
	}
	m.report(wire.State{Stream: 1, Code: wire.Frozen, Message: "x", RetryMS: 1000}, at(24))
	m.lost(wire.Counts{Stream: 1, Lost: 1}, time.Time{}) // a clock before 1970
}

// TestDelay: what comes late shows for ten seconds, and not beyond its connection.
func TestDelay(t *testing.T) {
	t.Parallel()
	began := time.Unix(1e9, 0)
	m := newMeter(media.StreamMain, began)
	m.report(wire.State{Stream: 1, Code: wire.Live, Connects: 1}, began)
	at := func(tenth int) time.Time { return began.Add(time.Duration(tenth) * 100 * time.Millisecond) }
	come := func(tenth int, late time.Duration) {
		m.count(&media.Unit{Type: media.UnitVideo, DTS: 5_000_000 + int64(tenth)*9000, Received: at(tenth).Add(late)})
	}
	delay := func(tenth int) time.Duration { return m.read(at(tenth)).Jitter }
	if got := delay(0); got != 0 {
		t.Errorf("%v before any picture", got)
	}
	for i := range 50 {
		come(i, 20*time.Millisecond)
	}
	if got := delay(50); got != 0 {
		t.Errorf("%v of pictures that come evenly", got)
	}
	come(50, 95*time.Millisecond)
	come(51, 5*time.Millisecond)
	for i := 52; i <= 160; i++ {
		come(i, 20*time.Millisecond)
		if want := 90 * time.Millisecond; i < 145 && delay(i) != want {
			t.Fatalf("%v at %d, want %v", delay(i), i, want)
		}
	}
	if got := delay(161); got != 0 {
		t.Errorf("%v eleven seconds later", got)
	}
	come(161, 95*time.Millisecond)
	m.report(wire.State{Stream: 1, Code: wire.Frozen, RetryMS: 1000}, at(162))
	m.report(wire.State{Stream: 1, Code: wire.Live, Connects: 2}, at(163))
	m.count(&media.Unit{Type: media.UnitVideo, DTS: 1, Received: at(164)})
	if got := delay(164); got != 0 {
		t.Errorf("%v of a new connection", got)
	}
}

// TestBucket takes more than there is.
func TestBucket(t *testing.T) {
	t.Parallel()
	b, now := bucket{size: 3, every: time.Second}, time.Unix(1e9, 0)
	taken := 0
	for range 10 {
		if b.take(now) {
			taken++
		}
	}
	if taken != 3 {
		t.Errorf("%d of 3 taken", taken)
	}
	if b.take(now.Add(500 * time.Millisecond)) {
		t.Error("a token too early")
	}
	for range 2 {
		if !b.take(now.Add(2100 * time.Millisecond)) {
			t.Error("two tokens came back")
		}
	}
	if b.take(now.Add(2200*time.Millisecond)) || !b.take(now.Add(3100*time.Millisecond)) {
		t.Error("the third token does not come a second after the second")
	}
	taken = 0
	for range 10 {
		if b.take(now.Add(time.Hour)) {
			taken++
		}
	}
	if taken != 3 {
		t.Error("an hour fills more than the bucket")
	}
}
