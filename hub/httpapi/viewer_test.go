package httpapi

import (
	"bytes"
	"crypto/tls"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/Eyevinn/mp4ff/mp4"
	"github.com/fasthttp/websocket"

	"lares/cameras/media"
)

// viewer is a page's WebSocket and what its tiles received.
type viewer struct {
	t     testing.TB
	conn  *websocket.Conn
	tiles map[uint32]*tile
}

// tile is one watch since its newest tracks message.
type tile struct {
	announced int // tracks messages so far
	tracks    []string
	films     map[uint8]*film
}

type liveAnswer struct {
	Watch  uint32
	Type   string
	State  string
	Reason string
	Tracks []struct {
		ID   uint8
		MIME string
	}
}

type liveMessage struct {
	text  *liveAnswer
	raw   string
	watch uint32
	track uint8
	kind  uint8
	data  []byte
}

func (r *rig) dial() net.Conn {
	r.t.Helper()
	plain, err := net.Dial("tcp", r.address)
	must(r.t, err)
	return r.secured(plain)
}

// dialNarrow is dial for somebody who reads slowly: little fits in between.
func (r *rig) dialNarrow() *tls.Conn {
	r.t.Helper()
	plain, err := net.Dial("tcp", r.address)
	must(r.t, err)
	must(r.t, plain.(*net.TCPConn).SetReadBuffer(4<<10))
	return r.secured(plain)
}

func (r *rig) secured(plain net.Conn) *tls.Conn {
	r.t.Helper()
	conn := tls.Client(plain, &tls.Config{InsecureSkipVerify: true})
	conn.SetDeadline(time.Now().Add(2 * patience))
	r.t.Cleanup(func() { conn.Close() })
	return conn
}

func (p *person) dialLive(headers ...string) (*websocket.Conn, *http.Response, error) {
	return p.dialSocket("/live", headers...)
}

func (p *person) dialSocket(path string, headers ...string) (*websocket.Conn, *http.Response, error) {
	d := websocket.Dialer{
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true},
		NetDial: func(network, address string) (net.Conn, error) {
			conn, err := net.Dial(network, address)
			if err != nil {
				return nil, err
			}
			// A page that reads nothing is full soon.
			return conn, conn.(*net.TCPConn).SetReadBuffer(64 << 10)
		},
	}
	h := http.Header{"Origin": {"https://" + p.r.address}}
	h.Set(p.header())
	for _, x := range headers {
		name, value, _ := strings.Cut(x, ": ")
		h.Set(name, value)
		if value == "" {
			h.Del(name)
		}
	}
	return d.Dial("wss://"+p.r.address+p.path("%s", path), h)
}

func (p *person) watchLive() *viewer {
	p.r.t.Helper()
	conn, answer, err := p.dialLive()
	if err != nil {
		p.r.t.Fatalf("%v %v", err, answer)
	}
	p.r.t.Cleanup(func() { conn.Close() })
	conn.SetReadDeadline(time.Now().Add(2 * patience))
	return &viewer{p.r.t, conn, map[uint32]*tile{}}
}

func (v *viewer) say(format string, args ...any) {
	v.t.Helper()
	must(v.t, v.conn.WriteMessage(websocket.TextMessage, fmt.Appendf(nil, format, args...)))
}

func (v *viewer) watch(n int, cam media.CameraID, stream string) {
	v.t.Helper()
	v.say(`{"op":"watch","watch":%d,"camera":"%s","stream":"%s"}`, n, cam, stream)
}

func (v *viewer) next() liveMessage {
	v.t.Helper()
	m, err := v.tryNext()
	must(v.t, err)
	return m
}

// tryNext reads one message, and holds it against the order that tracks, init
// segments and fragments have to come in.
func (v *viewer) tryNext() (liveMessage, error) {
	kind, b, err := v.conn.ReadMessage()
	if err != nil {
		return liveMessage{}, err
	}
	if kind == websocket.BinaryMessage {
		m := liveMessage{watch: binary.BigEndian.Uint32(b), track: b[4], kind: b[5], data: b[6:]}
		if v.tiles[m.watch] == nil || v.tiles[m.watch].films[m.track] == nil {
			return m, fmt.Errorf("watch %d, track %d was not announced", m.watch, m.track)
		}
		f := v.tiles[m.watch].films[m.track]
		if (m.kind == 1) != (f.bytes == nil) || m.kind < 1 || m.kind > 2 {
			return m, fmt.Errorf("kind %d of track %d out of order", m.kind, m.track)
		}
		f.bytes = append(f.bytes, m.data...)
		if m.kind == 2 {
			f.fragments++
		}
		return m, nil
	}
	m := liveMessage{text: &liveAnswer{}, raw: string(b)}
	if err := json.Unmarshal(b, m.text); err != nil {
		return m, err
	}
	m.watch = m.text.Watch
	if m.text.Type == "tracks" {
		k := v.tiles[m.watch]
		if k == nil {
			k = &tile{}
			v.tiles[m.watch] = k
		}
		k.announced++
		k.tracks, k.films = nil, map[uint8]*film{}
		for _, x := range m.text.Tracks {
			k.tracks = append(k.tracks, x.MIME)
			k.films[x.ID] = &film{}
		}
	}
	return m, nil
}

// until reads up to a text message of a type.
func (v *viewer) until(kind string) liveMessage {
	v.t.Helper()
	for {
		if m := v.next(); m.text != nil && m.text.Type == kind {
			return m
		}
	}
}

// film is one track as its SourceBuffer gets it.
type film struct {
	bytes     []byte
	fragments int
}

// more reads until every track of a watch has n more fragments.
func (v *viewer) more(watch uint32, n int) *tile {
	v.t.Helper()
	v.reach(watch, func(k *tile) bool { return k != nil })
	want := n
	for _, f := range v.tiles[watch].films {
		want = max(want, f.fragments+n)
	}
	return v.reach(watch, func(k *tile) bool {
		for _, f := range k.films {
			if f.fragments < want {
				return false
			}
		}
		return true
	})
}

// reach reads until the watch is as wanted.
func (v *viewer) reach(watch uint32, ok func(*tile) bool) *tile {
	v.t.Helper()
	for !ok(v.tiles[watch]) {
		if m := v.next(); m.watch == watch && m.text != nil && m.text.Type == "ended" {
			v.t.Fatalf("ended: %s", m.text.Reason)
		}
	}
	return v.tiles[watch]
}

// samples parses the film with another hand's code and returns the decode times
// of its samples, in seconds, and whether the first is an IDR.
func (f *film) samples(t testing.TB) (times []float64, sync bool) {
	t.Helper()
	file, err := mp4.DecodeFile(bytes.NewReader(f.bytes))
	must(t, err)
	scale := float64(file.Init.Moov.Trak.Mdia.Mdhd.Timescale)
	for _, s := range file.Segments {
		for _, x := range s.Fragments {
			full, err := x.GetFullSamples(file.Init.Moov.Mvex.Trex)
			must(t, err)
			for _, sample := range full {
				if len(times) == 0 {
					sync = sample.IsSync()
				}
				times = append(times, float64(sample.DecodeTime)/scale)
			}
		}
	}
	return times, sync
}

// refusesForeign tries a socket of alice from foreign pages (Z10), and without her
// session.
func refusesForeign(t *testing.T, alice, bob *person, path string) {
	t.Helper()
	for name, c := range map[string]struct {
		headers []string
		status  int
	}{
		"foreign origin":   {[]string{"Origin: https://evil.example"}, 403},
		"no origin":        {[]string{"Origin: "}, 403},
		"other scheme":     {[]string{"Origin: http://" + alice.r.address}, 403},
		"cross site":       {[]string{"Sec-Fetch-Site: cross-site"}, 403},
		"another's cookie": {[]string{"Cookie: " + cookieName + "=" + bob.token}, 404},
		"no cookie":        {[]string{"Cookie: "}, 404},
	} {
		conn, answer, err := alice.dialSocket(path, c.headers...)
		if err == nil {
			conn.Close()
			t.Errorf("%s: accepted", name)
		} else if answer == nil || answer.StatusCode != c.status {
			t.Errorf("%s: %v %v", name, answer, err)
		} else {
			wantGuarded(t, name, answer.Header)
		}
	}
}
