package worker

import (
	"strings"
	"testing"
	"time"

	"lares/cameras/clock"
	"lares/cameras/internal/wire"
)

// taking is a description whose sound to the camera is of these formats.
func taking(formats string) string {
	return oneTrack + "m=audio 0 RTP/AVP " + formats + "a=control:two\r\na=sendonly\r\n"
}

// listening answers as a camera does that describes itself so to whom requires a
// back channel.
func listening(answer string) func(method, request string) string {
	return func(method, request string) string {
		required := field(request, "Require") == "www.onvif.org/ver20/backchannel"
		switch {
		case method == "DESCRIBE" && required:
			return answer
		case method == "DESCRIBE":
			return described(oneTrack)
		case method == "SETUP" && required:
			return "RTSP/1.0 200 OK\r\nSession: 7\r\nTransport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n\r\n"
		case method == "PLAY" && required:
			return "RTSP/1.0 200 OK\r\nSession: 7\r\n\r\n"
		case method == "SETUP":
			return "RTSP/1.0 500 Later\r\n\r\n"
		}
		return rtspOK
	}
}

// ask tells the worker of a talk, once it has its start.
func (e *employer) ask(talk wire.Talk) {
	e.t.Helper()
	e.await(20*time.Second, "the worker's first word", func() bool { return len(e.states) > 0 })
	if err := wire.Send(e.conn, wire.TypeTalk, talk); err != nil {
		e.t.Fatal(err)
	}
}

// takesNoVoice asks whether the camera takes a voice, and then for it to, which it does not.
func (e *employer) takesNoVoice() {
	e.t.Helper()
	e.ask(wire.Talk{Number: 1, Ask: true})
	if a := e.answered(1); a != (wire.Talked{Number: 1, State: wire.TalkTakes}) {
		e.t.Errorf("%+v", a)
	}
	e.ask(wire.Talk{Number: 2})
	if a := e.answered(2); a != (wire.Talked{Number: 2, State: wire.TalkOver, Why: wire.TalkNone}) {
		e.t.Errorf("%+v", a)
	}
}

// answered waits for the n-th thing that the worker said of talks.
func (e *employer) answered(n int) (a wire.Talked) {
	e.t.Helper()
	e.await(20*time.Second, "an answer about a talk", func() bool {
		if len(e.talked) >= n {
			a = e.talked[n-1]
		}
		return len(e.talked) >= n
	})
	return a
}

// TestTalkCodecs: what a camera's description means for who wants to speak, as a
// question and as a talk.
func TestTalkCodecs(t *testing.T) {
	for name, c := range map[string]struct{ answer, takes string }{
		"mu-law":             {described(taking("0\r\n")), wire.TalkPCMU},
		"A-law":              {described(taking("8\r\n")), wire.TalkPCMA},
		"A-law by number":    {described(taking("97\r\na=rtpmap:97 PCMA/8000\r\n")), wire.TalkPCMA},
		"the first it can":   {described(taking("98 8 0\r\na=rtpmap:98 L16/16000\r\n")), wire.TalkPCMA},
		"16 kHz":             {described(taking("97\r\na=rtpmap:97 PCMU/16000\r\n")), ""},
		"AAC":                {described(taking("97\r\na=rtpmap:97 mpeg4-generic/16000/1\r\na=fmtp:97 mode=AAC-hbr;config=1408;sizelength=13;indexlength=3;indexdeltalength=3\r\n")), wire.TalkPCMU},
		"AAC of odd lengths": {described(taking("97\r\na=rtpmap:97 mpeg4-generic/16000/1\r\na=fmtp:97 mode=AAC-hbr;config=1408;sizelength=6;indexlength=3;indexdeltalength=3\r\n")), ""},
		"AAC of 96 kHz":      {described(taking("97\r\na=rtpmap:97 mpeg4-generic/96000/1\r\na=fmtp:97 mode=AAC-hbr;config=1008;sizelength=13;indexlength=3;indexdeltalength=3\r\n")), ""},
		"AAC before A-law":   {described(taking("97 8\r\na=rtpmap:97 mpeg4-generic/16000/1\r\na=fmtp:97 mode=AAC-hbr;config=1408;sizelength=13;indexlength=3;indexdeltalength=3\r\n")), wire.TalkPCMA},
		"no back channel":    {described(oneTrack), ""},
		"sound it sends":     {described(oneTrack + "m=audio 0 RTP/AVP 0\r\na=control:two\r\na=recvonly\r\n"), ""},
		"not supported":      {"RTSP/1.0 551 Option not supported\r\nUnsupported: www.onvif.org/ver20/backchannel\r\n\r\n", ""},
		"bad request":        {"RTSP/1.0 400 Bad Request\r\n\r\n", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cam := newScripted(t, listening(c.answer))
			e := employ(t, wire.Start{Main: wire.Target{URL: "rtsp://" + cam.addr + "/main", Dial: cam.addr}})
			e.ask(wire.Talk{Number: 1, Ask: true})
			if a := e.answered(1); a != (wire.Talked{Number: 1, State: wire.TalkTakes, Codec: c.takes}) {
				t.Errorf("%+v", a)
			}
			e.ask(wire.Talk{Number: 2})
			a := e.answered(2)
			if c.takes == "" {
				if a != (wire.Talked{Number: 2, State: wire.TalkOver, Why: wire.TalkNone}) {
					t.Errorf("%+v", a)
				}
				return
			}
			if a != (wire.Talked{Number: 2, State: wire.TalkReady, Codec: c.takes}) {
				t.Fatalf("%+v", a)
			}
			e.ask(wire.Talk{Number: 3})
			if a := e.answered(3); a != (wire.Talked{Number: 3, State: wire.TalkOver, Why: wire.TalkTaken}) {
				t.Errorf("beside another: %+v", a)
			}
			if err := wire.Send(e.conn, wire.TypeTalkOver, wire.Request{Number: 2}); err != nil {
				t.Fatal(err)
			}
			if a := e.answered(4); a != (wire.Talked{Number: 2, State: wire.TalkOver, Why: wire.TalkAsked}) {
				t.Errorf("asked to end: %+v", a)
			}
		})
	}
}

// TestTalkFails: what keeps a voice from a camera is said in plain words, and a
// device that is another one hears nothing.
func TestTalkFails(t *testing.T) {
	for name, c := range map[string]struct {
		answer, kind, pin, says string
	}{
		"error":              {"RTSP/1.0 500 No\r\n\r\n", "", "", "answers with error 500"},
		"password":           {"RTSP/1.0 403 No\r\n\r\n", "", "", "asks for a user name"},
		"another device":     {described(taking("0\r\n")), "mac", strangersMAC, "Another device"},
		"not yet recognised": {described(taking("0\r\n")), "", strangersMAC, "Another device"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cam := newScripted(t, listening(c.answer))
			start := wire.Start{Main: wire.Target{URL: "rtsp://" + cam.addr + "/main", Dial: cam.addr}}
			start.PinKind, start.Pin = c.kind, c.pin
			e := employ(t, start)
			e.ask(wire.Talk{Number: 1})
			if a := e.answered(1); a.Why != wire.TalkFailed || !strings.Contains(a.Text, c.says) {
				t.Errorf("%+v", a)
			}
			if strings.Contains(cam.all(), "Require: www.onvif.org/ver20/backchannel\r\nTransport") || strings.Contains(cam.all(), "PLAY") {
				t.Errorf("it was set up:\n%s", cam.all())
			}
		})
	}
}

// TestTalkEndsEarly: the hub does not want it any more before the camera answers.
func TestTalkEndsEarly(t *testing.T) {
	hold := make(chan struct{})
	cam := newScripted(t, func(method, request string) string {
		if method == "DESCRIBE" && field(request, "Require") != "" {
			<-hold
		}
		return listening(described(taking("0\r\n")))(method, request)
	})
	t.Cleanup(func() { close(hold) })
	e := employ(t, wire.Start{Main: wire.Target{URL: "rtsp://" + cam.addr + "/main", Dial: cam.addr}})
	e.ask(wire.Talk{Number: 1})
	e.await(20*time.Second, "the question", func() bool { return strings.Contains(cam.all(), "Require") })
	if err := wire.Send(e.conn, wire.TypeTalkOver, wire.Request{Number: 1}); err != nil {
		t.Fatal(err)
	}
	if a := e.answered(1); a != (wire.Talked{Number: 1, State: wire.TalkOver, Why: wire.TalkAsked}) {
		t.Errorf("%+v", a)
	}
}

// FuzzTalkMessages has a mouth hear what the hub may say of talks: it neither
// panics nor waits. Its camera has no address.
func FuzzTalkMessages(f *testing.F) {
	f.Add(uint8(wire.TypeTalk), []byte(`{"number":1,"ask":false}`), []byte(`{"number":1,"ask":true}`))
	f.Add(uint8(wire.TypeTalkSound), wire.TalkSound(1, []byte{1, 2, 3}), []byte(`{"number":1}`))
	f.Add(uint8(wire.TypeTalkOver), []byte(`{"number":1}`), []byte{})
	f.Fuzz(func(t *testing.T, typ uint8, first, second []byte) {
		w := &worker{clock: clock.System{}, now: func() time.Duration { return epoch }}
		w.out = &outbox{conn: heard{}}
		m := newMouth(w, newStream(w, 1, wire.Target{}))
		for _, body := range [][]byte{first, second} {
			for _, kind := range []wire.Type{wire.TypeTalk, wire.Type(typ), wire.TypeTalkSound, wire.TypeTalkOver} {
				_ = m.hear(kind, body)
			}
		}
		if len(m.asked) > maxAsked {
			t.Fatal("too many wait")
		}
	})
}

// TestTalkInOtherLanguages: a camera that is watched over HTTP or RTMP is not asked.
func TestTalkInOtherLanguages(t *testing.T) {
	for _, scheme := range []string{"http", "rtmp"} {
		t.Run(scheme, func(t *testing.T) {
			t.Parallel()
			cam := newScripted(t, listening(described(taking("0\r\n"))))
			e := employ(t, wire.Start{Main: wire.Target{URL: scheme + "://" + cam.addr + "/main", Dial: cam.addr}})
			e.takesNoVoice()
			if strings.Contains(cam.all(), "DESCRIBE") {
				t.Errorf("it was asked:\n%s", cam.all())
			}
		})
	}
}
