package worker

import (
	"context"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pion/rtp"

	"lares/cameras/fakecam"
	"lares/cameras/internal/wire"
	"lares/cameras/media"
)

// countedFilm makes 30.72 s of pictures, 25 a second, and of sound that counts its
// packets: each sample of the n-th is n. It is as long as the count goes round in, so
// that a machine that takes longer sees no leap where the film begins again.
func countedFilm(t *testing.T, bitrate, group string) fakecam.File {
	t.Helper()
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		t.Skip("ffmpeg is missing: there is no film to send")
	}
	f := fakecam.File{Path: filepath.Join(t.TempDir(), "film.mp4"), Audio: filepath.Join(t.TempDir(), "count.alaw")}
	out, err := exec.Command("ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25:duration=30.72", "-pix_fmt", "yuv420p",
		"-c:v", "libx264", "-preset", "ultrafast", "-bf", "0", "-g", group, "-b:v", bitrate, "-minrate", bitrate, "-maxrate", bitrate, "-bufsize", bitrate, "-x264-params", "nal-hrd=cbr:sliced-threads=0:slices=1", f.Path).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	count := make([]byte, 6*256*160)
	for i := range count {
		count[i] = byte(i / 160)
	}
	if err := os.WriteFile(f.Audio, count, 0o600); err != nil {
		t.Fatal(err)
	}
	return f
}

// tooLate is how late a machine may wake up while times are judged: where it sleeps
// for longer, so do camera and worker, and the clock of what they send goes wrong.
const tooLate = 250 * time.Millisecond

// lateness measures, until it is called, by how much the machine woke up too late at
// most.
func lateness(t *testing.T) (most func() time.Duration) {
	var late atomic.Int64
	stop, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		const nap = 10 * time.Millisecond
		for {
			began := time.Now()
			select {
			case <-time.After(nap):
				late.Store(max(late.Load(), int64(time.Since(began)-nap)))
			case <-stop:
				return
			}
		}
	}()
	end := sync.OnceFunc(func() { close(stop); <-ended })
	t.Cleanup(end)
	return func() time.Duration { end(); return time.Duration(late.Load()) }
}

// TestLossBendsNoClock loses datagrams of a healthy camera. What is behind a
// hole is handed over late, by seconds on a quiet stream; its times stay right.
func TestLossBendsNoClock(t *testing.T) {
	t.Parallel()
	const rarely = "quiet, 1 percent" // one packet in four seconds
	hubs := map[string]*employer{}
	for name, c := range map[string]struct {
		bitrate, group string
		fault          fakecam.Fault
	}{
		rarely:             {"40k", "50", fakecam.Loss1},
		"quiet, 5 percent": {"40k", "12", fakecam.Loss5},
		"busy, 1 percent":  {"1500k", "50", fakecam.Loss1},
		"busy, 5 percent":  {"1500k", "12", fakecam.Loss5},
	} {
		cam, err := fakecam.Start(context.Background(), fakecam.Options{Name: name, Source: countedFilm(t, c.bitrate, c.group)})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(cam.Close)
		cam.SetFault(c.fault)
		to, f := newPlace(wire.Target{URL: cam.MainURL()})
		if f != nil {
			t.Fatal(f)
		}
		hubs[name] = employ(t, wire.Start{UDP: true, Main: wire.Target{URL: cam.MainURL(), Dial: to.name}})
	}
	late := lateness(t)
	const enough = 16 * 25 // frames
	for _, e := range hubs {
		e.await(2*time.Minute, "16 s of the film", func() bool {
			i := len(e.units) - 1
			for i >= 0 && e.units[i].Type != media.UnitVideo {
				i--
			}
			if i < 0 {
				return false
			}
			m, _ := fakecam.FindMark(e.units[i].Data)
			return m.Frame > enough
		})
	}
	if l := late(); l > tooLate {
		t.Skipf("the machine woke up %v too late: what happened to the times, it did", l)
	}
	for name, e := range hubs {
		t.Run(name, func(t *testing.T) {
			e.mu.Lock()
			defer e.mu.Unlock()
			if e.counts.Lost == 0 && name != rarely {
				t.Error("nothing was lost")
			}
			rightTimes(t, e.units)
		})
	}
}

// rightTimes compares times with what the units show.
func rightTimes(t *testing.T, units []media.AccessUnit) {
	t.Helper()
	video, audio, _ := parted(t, units)
	if len(video) < 20 || len(audio) < 300 {
		t.Fatalf("%d pictures and %d sounds", len(video), len(audio))
	}
	var zero, worst int64 // the time of picture 0
	for i, u := range video {
		m, ok := fakecam.FindMark(u.Data)
		if !ok {
			t.Fatal("a picture without its mark")
		}
		z := u.PTS - int64(m.Frame)*3600
		if i > 0 {
			if d := z - zero; d < -1 || d > 1 {
				worst = max(worst, d, -d)
			}
			if u.DTS <= video[i-1].DTS {
				t.Errorf("decoded at %d after %d", u.DTS, video[i-1].DTS)
			}
		}
		zero = z
	}
	if worst != 0 {
		t.Errorf("distances of pictures are wrong by up to %d ms", worst/90)
	}
	var most float64
	for _, u := range audio {
		const round = 256 * 0.02 // seconds, after which the count begins anew
		apart := float64(u.PTS)/8000 - float64(u.Data[0])*0.02 - float64(zero)/90_000
		most = max(most, math.Abs(math.Remainder(apart, round)))
	}
	if most > 0.04 {
		t.Errorf("the sound is up to %.0f ms off", most*1000)
	}
	t.Logf("%d pictures, %d sounds, at most %.1f ms apart", len(video), len(audio), most*1000)
}

// TestArrivals is the memory alone: copies, overtaking, a wrap and strangers.
func TestArrivals(t *testing.T) {
	t.Parallel()
	var now time.Duration
	a := &arrivals{now: func() time.Duration { return now }}
	packet := func(seq uint16) *rtp.Packet { return &rtp.Packet{Header: rtp.Header{SequenceNumber: seq, SSRC: 7}} }
	note := func(at time.Duration, p *rtp.Packet) { now = at; a.note(p) }
	note(1, packet(65_534))
	note(2, packet(0))
	note(3, packet(0))
	note(4, packet(1))
	note(6, packet(65_535))
	note(7, packet(2))
	now = 100
	for i, want := range []time.Duration{1, 6, 6, 6, 7} {
		if got := a.of(packet(65_534 + uint16(i))); got != want {
			t.Errorf("packet %d: %d, not %d", i, got, want)
		}
	}
	if got := a.of(packet(2)); got != 100 {
		t.Errorf("asked for twice: %d", got)
	}
	note(101, packet(9))
	note(102, &rtp.Packet{Header: rtp.Header{SequenceNumber: 9, SSRC: 8}})
	now = 200
	if got := a.of(packet(9)); got != 200 {
		t.Errorf("written over by another sender: %d", got)
	}
}

// TestHeldBackIsNotLate loses one datagram, and what comes behind it is held
// back until 64 more are there. A picture whose clock is set meanwhile is placed
// at when it came.
func TestHeldBackIsNotLate(t *testing.T) {
	t.Parallel()
	cam := newSprayer(t, overUDP)
	e := employ(t, cam.start())
	<-cam.played
	idr, p := handMade(t)
	const hour = 3600 * 90_000
	first := of(7, packets(1, 0, idr...))
	cam.send(t, cam.socket, first...)
	seq := 1 + uint16(len(first)) + 1 // one is missing
	behind := of(7, packets(seq, hour, idr...))
	cam.send(t, cam.socket, behind...)
	seq += uint16(len(behind))
	const held = time.Second
	time.Sleep(held) // what is tried: the time that the camera takes
	for i := range uint32(70) {
		cam.send(t, cam.socket, of(7, packets(seq, hour+(i+1)*900, p))...)
		seq++
		time.Sleep(time.Millisecond) // the receiving buffer is small
	}
	e.await(5*time.Second, "two pictures", func() bool { return pictureCount(e.units) >= 2 })
	e.mu.Lock()
	defer e.mu.Unlock()
	video, _, _ := parted(t, e.units)
	if apart := time.Duration(video[1].PTS-video[0].PTS) * time.Second / 90_000; apart > held/2 {
		t.Errorf("what came at once is %v apart", apart)
	}
}
