package worker

import (
	"errors"
	"io"
	"math"
	"strings"
	"testing"
	"time"

	"lares/cameras/internal/wire"
	"lares/cameras/media"
	"lares/cameras/media/g711"
	"lares/cameras/seal"
	loudness "lares/cameras/sound"
)

// ward is a worker that listens, and what it tells the hub.
type ward struct {
	t    *testing.T
	h    *hearing
	conn *written
	now  time.Duration
}

func newWard(t *testing.T, wanted wire.Sound) *ward {
	d := &ward{t: t, conn: &written{}}
	w := &worker{now: func() time.Duration { return d.now }, warnings: map[media.StreamID]string{}}
	w.out = newOutbox(d.conn, seal.RestoreRunKey(media.NewHubID(), media.NewCameraID(), media.NewRunID(), [seal.KeySize]byte{1}), w.now)
	w.hearing.w, d.h = w, &w.hearing
	d.want(wanted)
	return d
}

func (d *ward) want(s wire.Sound) {
	d.t.Helper()
	if err := d.h.want(s); err != nil {
		d.t.Fatal(err)
	}
}

var phone = media.Track{ID: audioTrack, Codec: media.PCMA, MIME: "alaw", ClockRate: 8000, SampleRate: 8000, Channels: 1}

// hear has a second of a tone of an amplitude come in on each of the streams, in turn.
func (d *ward) hear(amplitude float64, seconds int, of ...media.StreamID) {
	samples := make([]int16, 160)
	for i := range samples {
		samples[i] = int16(amplitude * math.Sin(2*math.Pi*float64(i)/10))
	}
	packet := g711.A.Append(nil, samples...)
	for range 50 * seconds {
		for _, s := range of {
			d.h.hear(s, d.now, 20*time.Millisecond, packet)
		}
		d.now += 20 * time.Millisecond
	}
}

// told are the notices since the last call, and the last warning.
func (d *ward) told() (notices []wire.Notice, warning string) {
	d.t.Helper()
	for r := wire.NewReader(d.conn); ; {
		typ, body, err := r.Next()
		if errors.Is(err, io.EOF) {
			return notices, warning
		}
		if err != nil {
			d.t.Fatal(err)
		}
		switch typ {
		case wire.TypeNoticed:
			n, _, err := wire.ParseNoticed(body)
			if err != nil {
				d.t.Fatal(err)
			}
			notices = append(notices, n)
		case wire.TypeWarning:
			w, err := wire.Parse[wire.Warning](body)
			if err != nil {
				d.t.Fatal(err)
			}
			warning = w.Text
		}
	}
}

// expect says which states were told, all of sounds in one stream.
func (d *ward) expect(what string, of media.StreamID, states ...bool) []wire.Notice {
	d.t.Helper()
	notices, _ := d.told()
	if len(notices) != len(states) {
		d.t.Fatalf("%s: %+v, want %v", what, notices, states)
	}
	for i, n := range notices {
		if n.Kind != media.KindSound || n.Active != states[i] || n.Of != of {
			d.t.Errorf("%s: %+v, want %v of stream %d", what, n, states[i], of)
		}
	}
	return notices
}

const faint, strong = 40, 4000

// TestHearing: a sound in the main stream is told when it begins and, after the cooldown,
// when it ended, once, though the sub stream brings it too.
func TestHearing(t *testing.T) {
	d := newWard(t, wire.Sound{On: true})
	d.h.opens(media.StreamMain, phone)
	d.h.opens(media.StreamSub, phone)
	d.hear(faint, 12, media.StreamMain, media.StreamSub)
	d.expect("faint", 0)
	d.hear(strong, 1, media.StreamMain, media.StreamSub)
	if n := d.expect("strong", media.StreamMain, true); n[0].Ago > 300*time.Millisecond {
		t.Errorf("told %v late", n[0].Ago)
	}
	d.hear(faint, 5, media.StreamMain, media.StreamSub)
	if n := d.expect("faint again", media.StreamMain, false); n[0].Ago < loudness.UsualCooldown-100*time.Millisecond || n[0].Ago > loudness.UsualCooldown+200*time.Millisecond {
		t.Errorf("ended %v ago", n[0].Ago)
	}
}

// TestNobodyListens unless it is switched on; a sound that goes on ends when it is
// switched off, and when its stream does.
func TestNobodyListens(t *testing.T) {
	d := newWard(t, wire.Sound{})
	d.h.opens(media.StreamMain, phone)
	d.hear(faint, 12, media.StreamMain)
	d.hear(strong, 1, media.StreamMain)
	d.expect("switched off", 0)

	d.want(wire.Sound{On: true})
	d.hear(faint, 12, media.StreamMain)
	d.hear(strong, 1, media.StreamMain)
	d.expect("switched on", media.StreamMain, true)
	d.want(wire.Sound{})
	d.expect("switched off again", media.StreamMain, false)

	d.want(wire.Sound{On: true})
	d.hear(faint, 12, media.StreamMain)
	d.hear(strong, 1, media.StreamMain)
	d.h.over(media.StreamMain)
	d.expect("the stream ended", media.StreamMain, true, false)
	d.hear(strong, 1, media.StreamMain)
	d.expect("no stream", 0)

	if err := d.h.want(wire.Sound{On: true, Settings: loudness.Settings{Over: 100}}); !errors.Is(err, loudness.ErrSettings) {
		t.Errorf("settings that cannot be: %v", err)
	}
}

// TestHearsWhatItCan: where the main stream has no sound that can be heard it is the sub
// stream's, and where neither has, the hub is told why.
func TestHearsWhatItCan(t *testing.T) {
	shrill := media.Track{ID: audioTrack, Codec: media.AAC, MIME: "mp4a.40.2", Config: []byte{0x10, 8}, ClockRate: 96000, SampleRate: 96000, Channels: 1}
	d := newWard(t, wire.Sound{On: true})
	d.h.opens(media.StreamMain, media.Track{})
	if _, said := d.told(); said != "" {
		t.Errorf("a camera without sound: %q", said)
	}
	d.h.opens(media.StreamMain, shrill)
	if _, said := d.told(); !strings.Contains(said, "sends AAC of 96 kHz") {
		t.Errorf("said %q", said)
	}
	d.h.opens(media.StreamSub, phone)
	d.hear(faint, 12, media.StreamMain, media.StreamSub)
	d.hear(strong, 1, media.StreamMain, media.StreamSub)
	d.expect("the sub stream's", media.StreamSub, true)
	d.h.opens(media.StreamMain, phone)
	d.expect("the main stream's from now on", media.StreamSub, false)
	d.h.hear(media.StreamMain, d.now, time.Second, nil) // which cannot be read
	d.hear(faint, 12, media.StreamMain, media.StreamSub)
	d.hear(strong, 1, media.StreamMain, media.StreamSub)
	d.expect("the main stream's", media.StreamMain, true)
	d.h.opens(media.StreamSub, shrill)
	d.h.opens(media.StreamMain, shrill)
	if _, said := d.told(); !strings.Contains(said, "sends AAC of 96 kHz") {
		t.Errorf("said %q", said)
	}
	d.want(wire.Sound{})
	if d.conn.Len() == 0 {
		t.Error("the warning is not taken back")
	}
}
