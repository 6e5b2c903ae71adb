package worker

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pion/rtp"

	"lares/cameras/internal/wire"
)

// caster is a camera that sends over the RTSP connection what pump gives it to
// write, from PLAY on.
type caster struct {
	addr string

	mu    sync.Mutex // guards plays
	plays int
}

// castConn begins to pump once the answer to PLAY is written.
type castConn struct {
	net.Conn
	playing bool // the next write is that answer
	begin   func()
}

func (c *castConn) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	if c.playing {
		c.playing = false
		c.begin()
	}
	return n, err
}

func newCaster(t *testing.T, sdp string, pump func(play int, send func(channel byte, ps ...*rtp.Packet) error)) *caster {
	t.Helper()
	s := &caster{}
	s.addr = accepting(t, func(raw net.Conn) {
		var pumps sync.WaitGroup
		defer pumps.Wait()
		c := &castConn{Conn: raw}
		c.begin = func() {
			s.mu.Lock()
			s.plays++
			play := s.plays
			s.mu.Unlock()
			pumps.Go(func() { pump(play, func(channel byte, ps ...*rtp.Packet) error { return cast(raw, channel, ps) }) })
		}
		setups := 0
		(&scripted{reply: func(method, _ string) string {
			switch method {
			case "DESCRIBE":
				return described(sdp)
			case "SETUP":
				setups += 2
				return fmt.Sprintf("RTSP/1.0 200 OK\r\nSession: 1\r\nTransport: RTP/AVP/TCP;unicast;interleaved=%d-%d\r\n\r\n", setups-2, setups-1)
			case "PLAY":
				c.playing = true
			}
			return rtspOK
		}}).serve(c)
	})
	return s
}

// cast writes packets as interleaved frames (RFC 2326 §10.12).
func cast(to net.Conn, channel byte, ps []*rtp.Packet) error {
	for _, p := range ps {
		b, err := p.Marshal()
		if err != nil {
			return err
		}
		if _, err := to.Write(append(binary.BigEndian.AppendUint16([]byte{'$', channel}, uint16(len(b))), b...)); err != nil {
			return err
		}
	}
	return nil
}

// takes gives the packets of picture i; every fifth can be started with.
func takes(t testing.TB, i int, seq *uint16, ssrc uint32) []*rtp.Packet {
	idr, p := handMade(t)
	au := [][]byte{p}
	if i%5 == 0 {
		au = idr
	}
	ps := of(ssrc, packets(*seq, uint32(i)*9000, au...))
	*seq += uint16(len(ps))
	return ps
}

const (
	pictureEvery = 100 * time.Millisecond
	twoTracks    = oneTrack + "m=audio 0 RTP/AVP 8\r\na=control:two\r\n"
)

// A track that goes on under another SSRC: the stream is back within 5 s, and
// what is said of it is true. The tracks beside it make no difference.
func TestAnotherSource(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ video, sound uint32 }{"picture": {1, 0}, "sound": {0, 1}, "both": {1, 1}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var mu sync.Mutex
			var changed time.Time
			cam := newCaster(t, twoTracks, func(play int, send func(byte, ...*rtp.Packet) error) {
				var seq uint16
				for i := 0; ; i++ {
					video, sound := uint32(7), uint32(8)
					if i >= 20 && play == 1 {
						video, sound = video+100*c.video, sound+100*c.sound
					}
					if i == 20 && play == 1 {
						mu.Lock()
						changed = time.Now()
						mu.Unlock()
					}
					pcma := &rtp.Packet{Header: rtp.Header{Version: 2, PayloadType: 8, SSRC: sound, SequenceNumber: uint16(i), Timestamp: uint32(i) * 800}, Payload: make([]byte, 800)}
					if send(0, takes(t, i, &seq, video)...) != nil || send(2, pcma) != nil {
						return
					}
					time.Sleep(pictureEvery) // as a camera does
				}
			})
			e := employ(t, wire.Start{Main: wire.Target{URL: "rtsp://" + cam.addr + "/x", Dial: cam.addr}})
			e.await(12*time.Second, "live a second time", func() bool { return liveTimes(e.states) == 2 })
			mu.Lock()
			took := time.Since(changed)
			mu.Unlock()
			t.Logf("back after %v", took)
			if took > 5*time.Second {
				t.Errorf("back after %v", took)
			}
			e.mu.Lock()
			defer e.mu.Unlock()
			for _, s := range e.states {
				if s.Code != wire.Live && s.Code != wire.Connecting {
					t.Errorf("it was called %s: %s", s.Code, s.Message)
				}
				if s.RetryMS > 0 && !strings.Contains(s.Message, "anew") {
					t.Errorf("it says %q", s.Message)
				}
			}
		})
	}
}

func liveTimes(states []wire.State) (n int) {
	for _, s := range states {
		if s.Code == wire.Live {
			n++
		}
	}
	return n
}

// Over UDP too; strangers that use it end nothing, nor do stray packets from
// the camera's own place.
func TestAnotherSourceUDP(t *testing.T) {
	t.Parallel()
	cam := newSprayer(t, overUDP)
	e := employ(t, cam.start())
	<-cam.played
	stranger := udpSocket(t, "127.0.0.2")
	var seq, other uint16
	for i := range 30 {
		cam.send(t, cam.socket, takes(t, i, &seq, 7)...)
		cam.send(t, stranger, takes(t, i, &other, 99)...)
		cam.send(t, cam.socket, takes(t, i, &other, 98)...)
		time.Sleep(pictureEvery) // as a camera does
	}
	e.await(5*time.Second, "30 pictures", func() bool { return pictureCount(e.units) == 30 })
	for i := range 15 { // the camera is silent for a moment
		cam.send(t, stranger, takes(t, i, &other, 99)...)
		time.Sleep(pictureEvery)
	}
	if n := len(e.said()); n != 2 {
		t.Errorf("states %+v", e.said())
	}
	for i := 30; liveTimes(e.said()) < 2; i++ {
		if i > 100 {
			t.Fatalf("states %+v", e.said())
		}
		cam.send(t, cam.socket, takes(t, i, &seq, 107)...)
		time.Sleep(pictureEvery)
	}
}

// said are the states so far.
func (e *employer) said() []wire.State {
	e.mu.Lock()
	defer e.mu.Unlock()
	return append([]wire.State(nil), e.states...)
}

func TestRenewal(t *testing.T) {
	wrong := func(got, want uint32) error { return fmt.Errorf(wrongSource, got, want) }
	type packet struct {
		at  time.Duration
		got uint32 // 0: some other error; equal to want: accepted
		of  uint32
	}
	for name, c := range map[string]struct {
		packets []packet
		want    bool
	}{
		"begun anew":            {[]packet{{0, 9, 1}, {time.Second / 2, 9, 1}, {time.Second, 9, 1}}, true},
		"beside another track":  {[]packet{{0, 9, 1}, {1, 2, 2}, {time.Second / 2, 9, 1}, {time.Second / 2, 2, 2}, {time.Second, 9, 1}}, true},
		"one stray":             {[]packet{{0, 9, 1}, {time.Minute, 1, 1}}, false},
		"two strays":            {[]packet{{0, 9, 1}, {time.Minute, 9, 1}}, false},
		"a burst":               {[]packet{{0, 9, 1}, {0, 9, 1}, {0, 9, 1}, {0, 9, 1}, {0, 9, 1}, {0, 9, 1}, {time.Second - 1, 9, 1}}, false},
		"good ones between":     {[]packet{{0, 9, 1}, {time.Second, 9, 1}, {time.Second, 1, 1}, {time.Second, 9, 1}, {time.Second, 9, 1}, {time.Second, 9, 1}}, false},
		"another every time":    {[]packet{{0, 9, 1}, {time.Second, 10, 1}, {2 * time.Second, 11, 1}, {3 * time.Second, 12, 1}}, false},
		"errors of other kinds": {[]packet{{0, 0, 1}, {time.Second, 0, 1}, {2 * time.Second, 0, 1}, {3 * time.Second, 0, 1}}, false},
	} {
		var now time.Duration
		r := newRenewal(func() time.Duration { return now })
		for _, p := range c.packets {
			now = p.at
			switch p.got {
			case p.of:
				r.accepted(p.of)
			case 0:
				r.refused(errors.New("of another kind"))
			default:
				r.refused(wrong(p.got, p.of))
			}
		}
		if got := len(r.seen) == 1; got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
