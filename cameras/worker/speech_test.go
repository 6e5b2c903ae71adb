package worker

import (
	"bytes"
	"testing"
	"time"

	"lares/cameras/internal/wire"
	"lares/cameras/media/g711"
)

// counting is a voice whose octets count up.
func counting(from, n int) []byte {
	out := make([]byte, n)
	for i := range out {
		out[i] = byte(from + i)
	}
	return out
}

// drain takes everything that is due at now.
func drain(s *speech, now time.Duration) (out []utterance) {
	for p, ok := s.next(now); ok; p, ok = s.next(now) {
		out = append(out, p)
	}
	return out
}

// TestSpeechPace: pieces of 60 ms that come a little early or late become one packet
// each 20 ms, without a hole, in order.
func TestSpeechPace(t *testing.T) {
	const begin = time.Hour
	s := newSpeech(g711.Mu, begin)
	jitter := []time.Duration{0, 15, 3, 19, 0, 8, 18, 1}
	var got []byte
	sent, packets := 0, 0
	for at := time.Duration(0); at < 600*time.Millisecond; at += time.Millisecond {
		if n := sent / 480; n < len(jitter) && at == time.Duration(n)*60*time.Millisecond+jitter[n]*time.Millisecond {
			s.add(begin+at, counting(sent, 480))
			sent += 480
		}
		for _, p := range drain(s, begin+at) {
			if p.first != (packets == 0) {
				t.Errorf("packet %d: marker %v", packets, p.first)
			}
			if late := at - time.Duration(p.at)*time.Second/g711.Rate; late < 0 || late >= slotTime {
				t.Errorf("packet %d of time %d goes at %v", packets, p.at, at)
			}
			got = append(got, p.octets...)
			packets++
		}
	}
	if sent != 8*480 || packets != 8*3 || !bytes.Equal(got, counting(0, sent)) {
		t.Errorf("%d octets in %d packets of %d", len(got), packets, sent)
	}
}

// TestSpeechIsNeverLate: of what comes at once after a stall the newest 140 ms are
// said, and what is said is never older.
func TestSpeechIsNeverLate(t *testing.T) {
	s := newSpeech(g711.A, 0)
	s.add(0, counting(0, 8000))
	said := 0
	for at := time.Duration(0); at < time.Second; at += slotTime {
		for _, p := range drain(s, at) {
			if said == 0 && !bytes.Equal(p.octets, counting(8000-mostWaiting, slotOctets)) {
				t.Errorf("begins with %d", p.octets[0])
			}
			said += len(p.octets)
		}
	}
	if said != mostWaiting {
		t.Errorf("%d octets said", said)
	}
	// A voice that is always faster than it may be said.
	sent := 8000
	for i := range 200 {
		now := time.Second + time.Duration(i)*slotTime
		s.add(now, counting(sent, 2*slotOctets))
		sent += 2 * slotOctets
		for _, p := range drain(s, now) {
			if late := byte(sent) - p.octets[0]; sent > 10_000 && int(late) != mostWaiting%256 {
				t.Fatalf("said %d samples late modulo 256, not %d", late, mostWaiting)
			}
		}
	}
}

// TestSpeechSpurts: after a pause the RTP time has gone on and the marker is set.
func TestSpeechSpurts(t *testing.T) {
	s := newSpeech(g711.Mu, 0)
	s.add(0, counting(0, leadOctets))
	first := drain(s, 79*time.Millisecond)
	if len(first) != 4 || !first[0].first || first[3].at != 3*slotOctets {
		t.Fatalf("%+v", first)
	}
	if p := drain(s, time.Second); len(p) != 0 {
		t.Fatalf("%+v of nothing", p)
	}
	s.add(time.Second, counting(0, leadOctets-1))
	if p := drain(s, 1015*time.Millisecond); len(p) != 0 {
		t.Fatalf("%+v before there is enough", p)
	}
	s.add(1015*time.Millisecond, counting(0, 1))
	if p := drain(s, 1020*time.Millisecond); len(p) != 1 || !p[0].first || p[0].at != 51*slotOctets {
		t.Errorf("%+v", p)
	}
}

// TestSpeechEnds: the rest is said, filled up with silence, and no more.
func TestSpeechEnds(t *testing.T) {
	for _, law := range []g711.Law{g711.A, g711.Mu} {
		s := newSpeech(law, 0)
		s.add(0, counting(7, 10))
		if s.said() {
			t.Error("over before its end")
		}
		s.end()
		p := drain(s, 0)
		if len(p) != 1 || !bytes.Equal(p[0].octets, append(counting(7, 10), bytes.Repeat([]byte{law.Silence()}, slotOctets-10)...)) || !s.said() {
			t.Errorf("%+v, over %v", p, s.said())
		}
	}
}

// TestSpeechAfterSleep: a process that had no processor for a day makes up for
// little of it.
func TestSpeechAfterSleep(t *testing.T) {
	s := newSpeech(g711.Mu, 0)
	s.add(0, counting(0, leadOctets))
	drain(s, 0)
	if p := drain(s, time.Minute); len(p) != 3 || !p[0].first || p[1].first {
		t.Errorf("%+v of what waited", p)
	}
	const day = 24 * time.Hour
	s.add(day, counting(0, mostWaiting))
	p := drain(s, day)
	if len(p) != mostSlots || !p[0].first || p[len(p)-1].at != uint32((int64(day/slotTime)-1)*slotOctets&0xffffffff) {
		t.Errorf("%d packets, the last at %d", len(p), p[len(p)-1].at)
	}
}

// TestSpoken: why a speech ends.
func TestSpoken(t *testing.T) {
	s := newSpeech(g711.Mu, 0)
	for _, c := range []struct {
		add       bool
		now, took time.Duration
		why       string
	}{
		{false, talkSilence - 1, 0, ""},
		{false, talkSilence, 0, wire.TalkSilent},
		{true, talkSilence, 0, ""},
		{false, 2*talkSilence - 1, talkLongest - 1, ""},
		{false, 2*talkSilence - 1, talkLongest, wire.TalkTooLong},
	} {
		if c.add {
			s.add(c.now, []byte{1})
		}
		if why := spoken(s, c.now, c.took); why != c.why {
			t.Errorf("%+v: %q", c, why)
		}
	}
	s.end()
	drain(s, 3*talkSilence)
	if why := spoken(s, 3*talkSilence, 0); why != wire.TalkAsked {
		t.Errorf("asked to end: %q", why)
	}
}
