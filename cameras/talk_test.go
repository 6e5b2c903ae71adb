package cameras

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"math"
	"os/exec"
	"slices"
	"testing"
	"time"

	"github.com/bluenviron/mediacommon/v2/pkg/codecs/mpeg4audio"

	"lares/cameras/fakecam"
	"lares/cameras/internal/wire"
	"lares/cameras/media"
	"lares/cameras/media/g711"
)

const (
	toneHz    = 440
	toneLevel = 8000
	pieceLen  = 320 // 40 ms
	patience  = 20 * time.Second
)

func tone(n int) []int16 {
	out := make([]int16, n)
	for i := range out {
		out[i] = int16(toneLevel * math.Sin(2*math.Pi*toneHz*float64(i)/g711.Rate))
	}
	return out
}

// say speaks as fast as the camera hears, however fast this machine is: no more
// than 80 ms are ever on their way.
func say(t *testing.T, talk *Talk, cam *fakecam.Camera, before int, samples []int16) fakecam.Heard {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	const away = 640
	sent := before
	for piece := range slices.Chunk(samples, pieceLen) {
		if got, err := cam.AwaitHeard(ctx, sent+len(piece)-away); err != nil {
			t.Fatalf("%d samples sent, %d heard: %v; %q", sent-before, len(got.Samples)-before, err, talk.End())
		}
		talk.Say(piece)
		sent += len(piece)
	}
	talk.Close()
	got, err := cam.AwaitHeard(ctx, sent)
	if err != nil {
		t.Fatalf("%d samples sent, %d heard: %v", sent-before, len(got.Samples)-before, err)
	}
	return got
}

// talk begins to speak to a camera.
func (h *house) talk(t *testing.T, id media.CameraID) *Talk {
	t.Helper()
	talk, err := h.fleet.Talk(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return talk
}

// awaitEnd waits for a voice to end by itself, and says for what reason it must.
func awaitEnd(t *testing.T, talk *Talk, want TalkEnd) {
	t.Helper()
	select {
	case <-talk.Done():
	case <-time.After(patience):
		t.Fatalf("it goes on and does not end %q", want)
	}
	if talk.End() != want {
		t.Errorf("ended %q, not %q", talk.End(), want)
	}
}

// sounds compares what was heard with the tone: sample by sample as the law has
// them, and its level and pitch.
func sounds(t *testing.T, law g711.Law, heard, sent []int16) {
	t.Helper()
	if len(heard) != len(sent) {
		t.Fatalf("%d samples heard of %d", len(heard), len(sent))
	}
	for i, s := range sent {
		if want := law.Expand(law.Append(nil, s)[0]); heard[i] != want {
			t.Fatalf("sample %d is %d, not %d", i, heard[i], want)
		}
	}
	if level, hz := pitch(heard, g711.Rate); !isTone(level, hz) {
		t.Errorf("level %.0f, %.1f Hz", level, hz)
	}
}

// pitch is the level and the pitch of something like a tone.
func pitch(heard []int16, rate int) (level, hz float64) {
	var power float64
	waves := 0
	for i, s := range heard {
		power += float64(s) * float64(s)
		if i > 0 && heard[i-1] < 0 && s >= 0 {
			waves++
		}
	}
	return math.Sqrt(power / float64(len(heard)) * 2), float64(waves) * float64(rate) / float64(len(heard))
}

// isTone tells the tone, in the quarter of a second that holds 110 waves of it or
// more.
func isTone(level, hz float64) bool {
	return math.Abs(level-toneLevel) <= toneLevel/50 && math.Abs(hz-toneHz) <= 5
}

// TestTalk: a voice reaches the camera whole, in the encoding it takes, beside the
// recording, which goes on.
func TestTalk(t *testing.T) {
	for hears, law := range map[string]g711.Law{fakecam.TalkMu: g711.Mu, fakecam.TalkA: g711.A} {
		t.Run(hears, func(t *testing.T) {
			h := newHouse(t)
			cam := fake(t, fakecam.Options{Username: "user", Password: "correct horse", Hears: hears})
			id := h.add(access(cam))
			h.await(id, patience, Live)
			before, _ := h.fleet.Status(id)
			if err := h.fleet.TakesTalk(t.Context(), id); err != nil {
				t.Fatal(err)
			}
			talk := h.talk(t, id)
			if _, err := h.fleet.Talk(t.Context(), id); !errors.Is(err, ErrTalking) {
				t.Errorf("a second speaker: %v", err)
			}
			if err := h.fleet.TakesTalk(t.Context(), id); err != nil {
				t.Errorf("asked meanwhile: %v", err)
			}
			sent := tone(3 * g711.Rate)
			got := say(t, talk, cam, 0, sent)
			sounds(t, law, got.Samples, sent)
			if talk.End() != TalkClosed {
				t.Errorf("ended %q", talk.End())
			}
			got = say(t, h.talk(t, id), cam, len(sent), sent)
			sounds(t, law, got.Samples[len(sent):], sent)
			after, _ := h.fleet.Status(id)
			if after.State != Live || after.Worker != before.Worker || after.Streams[0].Reconnects != before.Streams[0].Reconnects {
				t.Errorf("the recording was disturbed: %+v", after)
			}
		})
	}
}

// TestTalkAAC: a camera that takes only AAC hears the voice too, and what it hears
// is what was said. It is said as fast as people speak; a busy machine makes holes.
func TestTalkAAC(t *testing.T) {
	h := newHouse(t)
	cam := fake(t, fakecam.Options{Hears: fakecam.TalkAAC})
	id := h.add(access(cam))
	h.await(id, patience, Live)
	if err := h.fleet.TakesTalk(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	talk := h.talk(t, id)
	tick := time.NewTicker(pieceLen * time.Second / g711.Rate)
	defer tick.Stop()
	for piece := range slices.Chunk(tone(3*g711.Rate), pieceLen) {
		talk.Say(piece)
		<-tick.C
	}
	talk.Close()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	got, err := cam.AwaitVoice(ctx, func(h *fakecam.Heard) bool { return len(h.Units) >= fakecam.HeardRate/1024 })
	if err != nil || talk.End() != TalkClosed {
		t.Fatalf("%d units heard: %v; %q", len(got.Units), err, talk.End())
	}
	var packets mpeg4audio.ADTSPackets
	for i, u := range got.Units {
		if i > 0 && u.At-got.Units[i-1].At < 1024 {
			t.Errorf("unit %d comes %d samples after the one before", i, u.At-got.Units[i-1].At)
		}
		packets = append(packets, &mpeg4audio.ADTSPacket{Type: mpeg4audio.ObjectTypeAACLC, SampleRate: fakecam.HeardRate, ChannelCount: 1, AU: u.Data})
	}
	for part := range slices.Chunk(decodeAAC(t, packets), fakecam.HeardRate/4) {
		if level, hz := pitch(part, fakecam.HeardRate); isTone(level, hz) {
			return
		}
	}
	t.Error("the tone is not heard")
}

// decodeAAC is ffmpeg's opinion of what was said.
func decodeAAC(t *testing.T, packets mpeg4audio.ADTSPackets) []int16 {
	t.Helper()
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		t.Skip("ffmpeg is not installed: nobody to decode what the camera was told")
	}
	file, err := packets.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command("ffmpeg", "-v", "error", "-xerror", "-f", "aac", "-i", "-", "-f", "s16le", "-")
	c.Stdin = bytes.NewReader(file)
	out, err := c.Output()
	if err != nil {
		t.Fatal(err)
	}
	samples := make([]int16, len(out)/2)
	for i := range samples {
		samples[i] = int16(binary.LittleEndian.Uint16(out[2*i:]))
	}
	return samples
}

// TestTalkOverTLS: a voice goes as the pictures come.
func TestTalkOverTLS(t *testing.T) {
	h := newHouse(t)
	cam := fake(t, fakecam.Options{TLS: true})
	id := h.add(access(cam))
	h.await(id, patience, Live)
	talk := h.talk(t, id)
	sent := tone(g711.Rate)
	sounds(t, g711.Mu, say(t, talk, cam, 0, sent).Samples, sent)
}

// TestTalkOverUDP: where the user chose datagrams for the pictures.
func TestTalkOverUDP(t *testing.T) {
	h := newHouse(t)
	cam := fake(t, fakecam.Options{})
	a := access(cam)
	a.Transport = TransportUDP
	id := h.add(a)
	h.await(id, patience, Live)
	talk := h.talk(t, id)
	sent := tone(g711.Rate)
	sounds(t, g711.Mu, say(t, talk, cam, 0, sent).Samples, sent)
}

// TestNoTalk: a camera without a back channel says so, an absent one too, and one
// that is off the air.
func TestNoTalk(t *testing.T) {
	h := newHouse(t)
	if _, err := h.fleet.Talk(t.Context(), media.NewCameraID()); !errors.Is(err, ErrNoCamera) {
		t.Errorf("no camera: %v", err)
	}
	deaf := h.add(access(fake(t, fakecam.Options{NoTalk: true})))
	h.await(deaf, patience, Live)
	if err := h.fleet.TakesTalk(t.Context(), deaf); !errors.Is(err, ErrNoTalk) {
		t.Errorf("asked: %v", err)
	}
	if _, err := h.fleet.Talk(t.Context(), deaf); !errors.Is(err, ErrNoTalk) {
		t.Errorf("spoken to: %v", err)
	}
	cam := fake(t, fakecam.Options{Name: "listens"})
	id := h.add(access(cam))
	h.await(id, patience, Live)
	talk := h.talk(t, id)
	h.fleet.Set(Camera{ID: id, Access: access(cam), Private: true})
	awaitEnd(t, talk, TalkLost)
	if _, err := h.fleet.Talk(t.Context(), id); !errors.Is(err, ErrNotRunning) {
		t.Errorf("off the air: %v", err)
	}
}

// TestTalkSilence: a voice that says nothing ends by itself.
func TestTalkSilence(t *testing.T) {
	h := newHouse(t)
	cam := fake(t, fakecam.Options{})
	id := h.add(access(cam))
	h.await(id, patience, Live)
	talk := h.talk(t, id)
	awaitEnd(t, talk, TalkSilent)
	if next, err := h.fleet.Talk(t.Context(), id); err != nil {
		t.Errorf("the next: %v", err)
	} else {
		next.Close()
	}
}

// TestTalkGone: the camera ends the connection, and a voice does not.
func TestTalkGone(t *testing.T) {
	h := newHouse(t)
	cam := fake(t, fakecam.Options{})
	id := h.add(access(cam))
	h.await(id, patience, Live)
	talk := h.talk(t, id)
	cam.Close()
	awaitEnd(t, talk, TalkLost)
	var why *TalkError
	if _, err := h.fleet.Talk(t.Context(), id); !errors.As(err, &why) || why.Text == "" {
		t.Errorf("the next: %v", err)
	}
}

// TestVoices: what a worker says of talks that nobody has is nothing, too much of
// one is refused, and a voice waits only so long in the hub.
func TestVoices(t *testing.T) {
	var v voices
	body := []byte(`{"number":1,"state":"over","why":"asked","codec":"","text":""}`)
	if err := v.talked(body); err != nil {
		t.Errorf("of nobody's: %v", err)
	}
	if _, _, err := v.begin(true); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(v.talked(body), v.talked(body)); err != nil {
		t.Error(err)
	}
	if err := v.talked(body); !errors.Is(err, wire.ErrProtocol) {
		t.Errorf("a third answer: %v", err)
	}
	if err := v.talked([]byte(`{"number":1,"state":"maybe","why":"","codec":"","text":""}`)); !errors.Is(err, wire.ErrProtocol) {
		t.Errorf("nonsense: %v", err)
	}
	for range maxVoices - 1 {
		if _, _, err := v.begin(false); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := v.begin(false); !errors.Is(err, ErrTalking) {
		t.Errorf("one more: %v", err)
	}
	talk := &Talk{law: g711.Mu, wake: make(chan struct{}, 1)}
	talk.Say(tone(10 * MaxSound)) // no more than one message's
	talk.Say(tone(MaxSound))
	if n := len(talk.waiting); n != mostSaid {
		t.Errorf("%d samples wait", n)
	}
}
