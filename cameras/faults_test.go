package cameras

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"lares/cameras/fakecam"
	"lares/cameras/media"
)

// script is an RTSP server that answers what it is told to, and keeps what it
// heard.
type script struct {
	addr  string
	reply func(method string) string // without CSeq; "" for silence

	mu    sync.Mutex // guards following
	heard strings.Builder
}

func newScript(t *testing.T, reply func(method string) string) *script {
	t.Helper()
	s := &script{reply: reply}
	s.addr = accepting(t, "127.0.0.1", s.serve)
	return s
}

func (s *script) serve(c net.Conn) {
	r := bufio.NewReader(c)
	method, cseq := "", ""
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		s.mu.Lock()
		s.heard.WriteString(line)
		s.mu.Unlock()
		line = strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(line, "CSeq:"):
			cseq = line
		case strings.HasSuffix(line, "RTSP/1.0"):
			method, _, _ = strings.Cut(line, " ")
		case line == "":
			if a := s.reply(method); a != "" {
				head, rest, _ := strings.Cut(a, "\r\n")
				fmt.Fprintf(c, "%s\r\n%s\r\n%s", head, cseq, rest)
			}
		}
	}
}

func (s *script) all() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.heard.String()
}

func describing(sdp string) func(string) string {
	sdp = "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=x\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n" + strings.ReplaceAll(sdp, "\n", "\r\n")
	return func(method string) string {
		if method == "DESCRIBE" {
			return fmt.Sprintf("RTSP/1.0 200 OK\r\nContent-Type: application/sdp\r\nContent-Length: %d\r\n\r\n%s", len(sdp), sdp)
		}
		return "RTSP/1.0 200 OK\r\nPublic: DESCRIBE, SETUP, PLAY\r\n\r\n"
	}
}

func TestBadInput(t *testing.T) {
	h := newHouse(t)
	web := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(web.Close)
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	cam := fake(t, fakecam.Options{Username: "user", Password: "correct horse"})
	plain, err := url.Parse(access(cam).Main)
	if err != nil {
		t.Fatal(err)
	}
	video := newScript(t, describing("m=audio 0 RTP/AVP 8\na=control:1\n"))
	vp8 := newScript(t, describing("m=video 0 RTP/AVP 96\na=rtpmap:96 VP8/90000\na=control:1\n"))
	silent := newScript(t, func(string) string { return "" })
	slow := newScript(t, func(m string) string {
		time.Sleep(3500 * time.Millisecond) // within the bound of each answer
		return describing("m=video 0 RTP/AVP 96\na=rtpmap:96 H264/90000\na=control:1\n")(m)
	})
	missing := newScript(t, func(m string) string { return "RTSP/1.0 404 Not Found\r\n\r\n" })
	huge := newScript(t, func(m string) string {
		return "RTSP/1.0 200 OK\r\nContent-Type: application/sdp\r\nContent-Length: 99999999\r\n\r\n"
	})
	rtsp := func(addr string) Access { return Access{Main: "rtsp://" + addr + "/x"} }
	rtsps := func(addr string) Access { return Access{Main: "rtsps://" + addr + "/x"} }
	wrong := access(cam)
	wrong.Password = "battery staple"
	none := access(cam)
	none.Username, none.Password = "", ""
	for name, c := range map[string]struct {
		access Access
		state  State
		says   string
		soon   bool // tried again within seconds
	}{
		"wrong password": {wrong, WrongPassword, "refused the user name or password", false},
		"no password":    {none, WrongPassword, "asks for a user name", false},
		"refused":        {rtsp(closed.Addr().String()), Unreachable, "refused", true},
		"no route":       {rtsp("[2001:db8::1]:554"), Unreachable, "", true},
		"no such name":   {rtsp("camera.invalid:554"), Unreachable, "leads to no address", true},
		"web server":     {rtsp(strings.TrimPrefix(web.URL, "http://")), Incompatible, "does not speak RTSP", false},
		"no video track": {rtsp(video.addr), Incompatible, "no video", false},
		"VP8":            {rtsp(vp8.addr), Incompatible, "VP8", false},
		"silent":         {rtsp(silent.addr), Unreachable, "does not answer", true},
		"silent TLS":     {rtsps(silent.addr), Unreachable, "begins no encrypted connection", true},
		"web over TLS":   {rtsps(strings.TrimPrefix(web.URL, "http://")), Incompatible, "not with an encrypted connection", false},
		"RTSP over TLS":  {rtsps(plain.Host), Unreachable, "encrypted connection", true},
		"slow":           {rtsp(slow.addr), Unreachable, "too long to begin", true},
		"no such path":   {rtsp(missing.addr), Unreachable, "404", true},
		"endless answer": {rtsp(huge.addr), Unreachable, "", true},
		"web page":       {Access{Main: web.URL}, Unreachable, "404", true},
		"own page":       {Access{Main: "http://localhost/"}, Unreachable, "the hub itself", true},
		"own page, else": {Access{Main: "eseecloud://localhost/"}, Unreachable, "the hub itself", true},
		"own ONVIF":      {Access{Main: access(cam).Main, ONVIF: "http://localhost:1/x"}, Unreachable, "the hub itself", true},
		"not an address": {Access{Main: "ftp://x/"}, Unreachable, "not one that Lares knows", true},
		"password in it": {Access{Main: "rtsp://a:hunter2@127.0.0.1/x"}, Unreachable, "own field", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			id := h.add(c.access)
			// The last word comes 9 s after the worker has started.
			s := h.awaitIn(t, id, 12*time.Second, c.state)
			if !strings.Contains(s.Message, c.says) || s.Message == "" {
				t.Errorf("it says %q", s.Message)
			}
			if strings.Contains(s.Message, "hunter2") {
				t.Error("a password in the message")
			}
			if in := time.Until(s.NextTry); c.soon != (in < 5*time.Second) || in > time.Minute {
				t.Errorf("the next try is in %v", in)
			}
			h.fleet.Remove(id)
		})
	}
}

func TestNoCredentialsLeaveTheHost(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	thief := newScript(t, func(string) string {
		return "RTSP/1.0 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"x\"\r\n\r\n"
	})
	tries := 0
	var mu sync.Mutex
	crook := newScript(t, func(m string) string {
		if m != "DESCRIBE" {
			return "RTSP/1.0 200 OK\r\nPublic: DESCRIBE\r\n\r\n"
		}
		mu.Lock()
		defer mu.Unlock()
		if tries++; tries%2 == 1 {
			return "RTSP/1.0 401 Unauthorized\r\nWWW-Authenticate: Digest realm=\"x\", nonce=\"y\"\r\n\r\n"
		}
		return "RTSP/1.0 302 Found\r\nLocation: rtsp://" + thief.addr + "/x\r\n\r\n"
	})
	id := h.add(Access{Main: "rtsp://" + crook.addr + "/x", Username: "user", Password: "correct horse"})
	s := h.await(id, 10*time.Second, Unreachable)
	if !strings.Contains(s.Message, "another address") {
		t.Errorf("it says %q", s.Message)
	}
	if got := thief.all(); got != "" {
		t.Errorf("the other host heard %q", got)
	}
	if !strings.Contains(crook.all(), "Digest username") {
		t.Error("the control failed: the configured host was not signed in to")
	}
}

func TestFreezeIsNoticedAndHeals(t *testing.T) {
	t.Parallel()
	for _, f := range []fakecam.Fault{fakecam.Freeze, fakecam.HalfOpen, fakecam.Garbage, fakecam.Drop} {
		t.Run(f.String(), func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			cam := fake(t, fakecam.Options{Username: "user", Password: "correct horse", Audio: true})
			a := access(cam)
			a.Sub, a.ONVIF = "", ""
			id := h.add(a)
			w := h.watch(id, media.StreamMain, 0)
			w.picture(10 * time.Second)
			h.await(id, 5*time.Second, Live)
			cam.SetFault(f)
			within := 10 * time.Second
			if f == fakecam.Garbage {
				within *= 3 // now and then a random slice looks like a picture
			}
			noticed := h.await(id, within, Frozen, Unreachable)
			if noticed.Message == "" {
				t.Error("no words for it")
			}
			t.Logf("%v: %s", f, noticed.Message)
			cam.SetFault(fakecam.None)
			healed := time.Now()
			before := w.pts[1]
			for {
				au := w.next(8 * time.Second)
				_, marked := fakecam.FindMark(au.Data)
				if marked && w.last.Received.After(healed) && au.DTS > before {
					break
				}
			}
			if d := time.Since(healed); d > 8*time.Second {
				t.Errorf("healed after %v", d)
			}
			s := h.await(id, 2*time.Second, Live, Degraded)
			if s.Streams[0].Reconnects == 0 && f != fakecam.Garbage {
				t.Error("no reconnect was counted")
			}
			if s.Restarts != 0 {
				t.Error("the worker ended")
			}
		})
	}
}

func TestAnotherDeviceForwardsNothing(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	cam := fake(t, fakecam.Options{Username: "user", Password: "correct horse", Serial: "SN-impostor"})
	a := access(cam)
	a.Pin = Pin{Kind: PinSerial, Value: "SN-mine"}
	id := h.add(a)
	mine := a
	mine.Pin = Pin{}
	other := h.add(mine) // the control: without the pin the same camera delivers
	w, control := h.watch(id, media.StreamMain, time.Minute), h.watch(other, media.StreamMain, 0)
	s := h.await(id, 10*time.Second, AnotherDevice)
	if !strings.Contains(s.Message, "Another device") {
		t.Errorf("it says %q", s.Message)
	}
	eventually(t, 10*time.Second, "who is there, for the owner", func() bool {
		s, _ := h.fleet.Status(id)
		return s.Stranger.Names("SN-impostor")
	})
	if in := time.Until(s.NextTry); in > 5*time.Second {
		t.Errorf("the right device would be found again after %v", in)
	}
	for range 20 {
		control.picture(5 * time.Second)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if u, err := w.r.Next(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("forwarded %+v, %v", u, err)
	}
	if _, err := h.fleet.Snapshot(t.Context(), id); !errors.Is(err, ErrNoSnapshot) {
		t.Errorf("a snapshot of another device: %v", err)
	}
	if _, ok := h.learned[id]; ok {
		t.Error("the impostor was learned")
	}
}

func TestRekeyKeepsTheConnection(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	cam := fake(t, fakecam.Options{Username: "user", Password: "correct horse"})
	id := h.add(access(cam))
	eventually(t, 5*time.Second, "a change of runs as early as can be", func() bool {
		if s, _ := h.fleet.Status(id); s.Worker == 0 {
			return false // its run may be drawn: it would be replaced
		}
		err := h.fleet.Rekey(t.Context(), id)
		if err != nil && !errors.Is(err, ErrNotRunning) {
			t.Fatal(err)
		}
		return err == nil
	})
	w := h.watch(id, media.StreamMain, 0)
	w.oneWorker = true
	for range 5 {
		w.picture(10 * time.Second)
	}
	for range 3 {
		before, _ := h.fleet.CurrentRun(id)
		if err := h.fleet.Rekey(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		after, _ := h.fleet.CurrentRun(id)
		if before.ID == after.ID {
			t.Fatal("the run stayed")
		}
		if old, ok := h.fleet.RunOf(id, before.ID); !ok || old.ID != before.ID {
			t.Fatal("the run before is forgotten at once")
		}
		configured := false
		for w.last.Run != after.ID || w.last.Type != media.UnitVideo {
			if au := w.next(5 * time.Second); au.Type == media.UnitConfig {
				configured = w.last.Run == after.ID
			} else if m, ok := fakecam.FindMark(au.Data); ok {
				w.marks = append(w.marks, m.Frame)
			}
		}
		if !configured {
			t.Fatal("media of the new run before its configuration")
		}
	}
	w.contiguous()
	if s := h.await(id, time.Second, Live); s.Streams[0].Reconnects != 0 || s.Restarts != 0 {
		t.Errorf("the connection did not stay: %+v", s)
	}
	if err := h.fleet.Rekey(t.Context(), media.NewCameraID()); !errors.Is(err, ErrNoCamera) {
		t.Error(err)
	}
}

func TestEventsAndSnapshots(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	cam := fake(t, fakecam.Options{Username: "user", Password: "correct horse"})
	id := h.add(access(cam))
	h.await(id, 10*time.Second, Live)
	var u media.Unit
	eventually(t, 10*time.Second, "a snapshot", func() (ok bool) {
		var err error
		u, err = h.fleet.Snapshot(t.Context(), id)
		if err != nil && !errors.Is(err, ErrNoSnapshot) {
			t.Fatal(err)
		}
		return err == nil
	})
	au := h.open(u)
	files, err := media.ParsePictures(au.Data)
	if au.Type != media.UnitSnapshot || au.Stream != media.StreamCamera || err != nil || len(files.Large) < 100 || files.Large[0] != 0xff || len(files.Small) > 0 {
		t.Fatalf("a snapshot of %d bytes, type %v", len(au.Data), au.Type)
	}
	for _, active := range []bool{true, false, true} {
		// The subscription may come a moment after the snapshot.
		var n Noticed
		eventually(t, 10*time.Second, "an event", func() bool {
			cam.Motion(active)
			select {
			case n = <-h.noticed:
				return true
			case <-time.After(200 * time.Millisecond):
				return false
			}
		})
		if n.Camera != id || n.Kind != media.KindMotion || n.Active != active || time.Since(n.At) > 5*time.Second {
			t.Fatalf("noticed %+v", n)
		}
		if text := string(h.open(*n.Unit).Data); !strings.Contains(text, "Motion") || !strings.Contains(text, strconv.FormatBool(active)) {
			t.Fatalf("the event says %s", text)
		}
	}
	select {
	case n := <-h.noticed:
		t.Errorf("one motion was told twice: %+v", n)
	case <-time.After(300 * time.Millisecond):
	}
	bare := access(cam)
	bare.ONVIF = ""
	without := h.add(bare)
	s := h.await(without, 10*time.Second, Live)
	if !strings.Contains(s.Warning, "cannot be recognised") {
		t.Errorf("a camera without a pin warns %q", s.Warning)
	}
	if _, err := h.fleet.Snapshot(t.Context(), without); !errors.Is(err, ErrNoSnapshot) {
		t.Error(err)
	}
}

func TestRemoveAndReplace(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	cam := fake(t, fakecam.Options{Name: "first", Username: "user", Password: "correct horse"})
	second := fake(t, fakecam.Options{Name: "second", Username: "user", Password: "correct horse"})
	wrong := access(cam)
	wrong.Password = "x"
	wrong.Sub = ""
	id := h.add(wrong)
	if _, err := h.fleet.Read(id, media.StreamSub, 0); !errors.Is(err, media.ErrNoStream) {
		t.Error(err)
	}
	h.await(id, 10*time.Second, WrongPassword)
	h.fleet.Set(Camera{ID: id, Access: access(cam)}) // no minute of waiting
	h.await(id, 5*time.Second, Live)
	w := h.watch(id, media.StreamMain, 0)
	w.picture(5 * time.Second)

	c := h.fleet.minder(id).currentChild()
	same := access(cam)
	same.Pin = h.learned[id]
	h.fleet.Set(Camera{ID: id, Access: same, PreRoll: time.Second})
	w.picture(5 * time.Second)
	if h.fleet.minder(id).currentChild() != c {
		t.Error("a change of the pre-roll restarted the worker")
	}
	moved := access(second)
	h.fleet.Set(Camera{ID: id, Access: moved})
	for {
		if _, m := w.picture(10 * time.Second); m.Name == fakecam.MarkName("second") {
			break
		}
	}
	h.fleet.Remove(id)
	if _, ok := h.fleet.Status(id); ok {
		t.Error("a removed camera has a status")
	}
	for {
		_, err := w.r.Next(t.Context())
		if errors.Is(err, media.ErrClosed) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if _, err := h.fleet.Read(id, media.StreamMain, 0); !errors.Is(err, ErrNoCamera) {
		t.Error(err)
	}
	eventually(t, 5*time.Second, "the worker's end", func() bool { return syscall.Kill(c.process.PID(), 0) != nil })
}
