package prove

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	randv2 "math/rand/v2"
	"time"
)

// socket is a viewer with live tiles: a WebSocket (RFC 6455).
type socket struct {
	r    *rig
	n    int
	seat *seat
	conn conn
	rand *randv2.Rand
	tally

	watches map[uint32]*tile
	last    uint32
	pinged  time.Time
	frame   []byte
}

// tile is one camera on a socket. Its first picture is the answer to having
// opened it; those that follow are counted apart.
type tile struct {
	camera *camera
	shown  bool
	began  time.Time
	sure   bool // when it was opened, it had to succeed
}

func (r *rig) newSocket(n int, s *seat) *socket {
	const apart = 1 << 20
	return &socket{r: r, n: n, seat: s, rand: randv2.New(randv2.NewPCG(r.seed, uint64(apart+n)))}
}

const (
	tiles     = 2
	pingEvery = 10 * time.Second
	// changeEvery is how often a tile shows another camera, on average.
	changeEvery = 5 * time.Second
	// aloneEvery is how often a socket asks that is refused everything.
	aloneEvery = time.Second
	quietLimit = 15 * time.Second
	// darkLimit is how long a tile may take to show its first picture: two come
	// each second.
	darkLimit = 10 * time.Second
)

// run watches until the context ends; what breaks is opened again at once.
func (k *socket) run(ctx context.Context) {
	defer k.conn.shut()
	for ctx.Err() == nil {
		s := k.seat.session.Load()
		if s == nil || s.ended.Load() {
			if !rest(ctx, backoff) {
				return
			}
			continue
		}
		err := k.watch(ctx, s)
		k.conn.shut()
		if err != nil && ctx.Err() == nil && !k.r.restarting.Load() && !s.ended.Load() {
			k.r.findings.add("socket ended", "account %d: %v", s.account, err)
		}
		if !rest(ctx, time.Duration(k.rand.Int64N(int64(backoff)))) {
			return
		}
	}
}

// watch opens a socket and reads it until it ends.
func (k *socket) watch(ctx context.Context, s *session) error {
	if err := k.upgrade(s); err != nil {
		return err
	}
	wire := k.conn.net
	defer context.AfterFunc(ctx, func() { wire.SetReadDeadline(time.Now()) })()
	k.watches, k.last, k.pinged = map[uint32]*tile{}, 0, time.Now()
	if err := k.write(opText, []byte(`{"op":"events"}`)); err != nil {
		return err
	}
	for range tiles {
		if err := k.add(s); err != nil {
			return err
		}
	}
	next := time.Now().Add(changeEvery)
	for ctx.Err() == nil && k.conn.door == k.r.door.Load() && !s.ended.Load() {
		k.conn.net.SetDeadline(time.Now().Add(quietLimit))
		op, b, err := k.read()
		if err != nil {
			return err
		}
		switch op {
		case opBinary:
			k.media(s, b)
		case opText:
			k.text(s, b)
		case opPing:
			err = k.write(opPong, b)
		case opClose:
			return fmt.Errorf("closed by the hub: %x", b)
		}
		if now := time.Now(); err == nil && now.Sub(k.pinged) > pingEvery {
			k.pinged = now
			err = k.write(opText, []byte(`{"op":"ping"}`))
		} else if err == nil && now.After(next) {
			next = now.Add(time.Duration(k.rand.Int64N(int64(2 * changeEvery))))
			err = k.change(s)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (k *socket) upgrade(s *session) error {
	d := k.r.door.Load()
	if err := k.conn.open(d, s); err != nil {
		return err
	}
	var key [16]byte
	rand.Read(key[:])
	k.conn.net.SetDeadline(time.Now().Add(answerLimit))
	auth := "Cookie: " + cookieName + "=" + s.cookie
	if s.bearer != "" {
		auth = "Authorization: Bearer " + s.bearer
	}
	_, err := fmt.Fprintf(k.conn.net, "GET /s/%s/api/live HTTP/1.1\r\nHost: %s\r\nOrigin: https://%s\r\n%s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %s\r\n\r\n", s.scope, d.address, d.address, auth, base64.StdEncoding.EncodeToString(key[:]))
	if err != nil {
		return err
	}
	a, err := k.conn.read("GET")
	if err == nil && a.status != 101 {
		err = fmt.Errorf("live: status %d: %.200s", a.status, a.body)
	}
	return err
}

// add opens one more tile: an own camera, sometimes one that is not.
func (k *socket) add(s *session) error {
	now := time.Now()
	cam := k.r.cameras[k.rand.IntN(allCameras)]
	strangers := 8
	if k.r.curious.Load() {
		strangers = 2
	}
	if k.rand.IntN(strangers) != 0 {
		own := cam
		for i := range allCameras {
			own = k.r.cameras[(cam.n+i)%allCameras]
			if yes, _ := s.may(k.r, own, live, now); yes {
				cam = own
				break
			}
		}
	}
	k.last++
	sure, _ := s.may(k.r, cam, live, now)
	k.watches[k.last] = &tile{camera: cam, began: now, sure: sure}
	stream := "main"
	if k.rand.IntN(2) == 0 {
		stream = "sub"
	}
	return k.write(opText, fmt.Appendf(nil, `{"op":"watch","watch":%d,"camera":"%s","stream":%q}`, k.last, cam.at(), stream))
}

// change closes a tile, unless one has ended by itself, and opens another.
func (k *socket) change(s *session) error {
	for n, w := range k.watches {
		if len(k.watches) < tiles {
			break
		}
		k.dark(s, w)
		if err := k.write(opText, fmt.Appendf(nil, `{"op":"stop","watch":%d}`, n)); err != nil {
			return err
		}
		break
	}
	return k.add(s)
}

// media checks a binary message: watch, track, kind, fragmented MP4.
func (k *socket) media(s *session, b []byte) {
	const head, kindInit = 6, 1
	if len(b) < head {
		k.r.findings.add("wrong answer", "live: a message of %d bytes", len(b))
		return
	}
	w := k.watches[binary.BigEndian.Uint32(b)]
	if w == nil {
		w = &tile{} // it has ended: of no camera
	}
	init := b[5] == kindInit
	e := expect{verb: vLive, camera: w.camera, need: live, init: init, legal: true, follow: w.shown || init}
	own := k.r.inspect(&k.tally, s, e, answer{status: 200, body: b[head:]})
	w.shown = w.shown || own && !init
}

// dark notes a tile that was to show pictures and showed none.
func (k *socket) dark(s *session, w *tile) {
	if yes, _ := s.may(k.r, w.camera, live, time.Now()); w.shown || !w.sure || !yes || time.Since(w.began) < darkLimit || s.ended.Load() || k.r.restarting.Load() {
		return
	}
	k.tally.add(vLive, count{legal: 1, unavailable: 1})
	k.r.findings.add("no picture", "live of account %d: camera %s is dark after %v", s.account, w.camera.label(), time.Since(w.began))
}

// text checks a text message.
func (k *socket) text(s *session, b []byte) {
	e := expect{verb: vLive, need: live}
	if bytes.Contains(b, []byte(`"type":"event"`)) {
		e = expect{verb: vPush, need: history, legal: true, pushed: true, least: 1}
	}
	k.r.inspect(&k.tally, s, e, answer{status: 200, body: b, json: true})
	if field(b, "type") != "ended" {
		return
	}
	var n uint32
	if _, err := fmt.Sscanf(string(b), `{"watch":%d`, &n); err != nil {
		return
	}
	w, reason := k.watches[n], field(b, "reason")
	delete(k.watches, n)
	if len(k.watches) == 0 {
		// Asked again at once, what must be refused would be all that this socket does.
		time.Sleep(aloneEvery)
		_ = k.add(s) // what breaks is seen at the next read
	}
	if w == nil || reason == "stopped" {
		return
	}
	cam, answered := w.camera, 1
	if w.shown {
		answered = 0 // it was counted
	}
	yes, no := s.may(k.r, cam, live, time.Now())
	switch {
	case !yes || s.ended.Load() || k.r.restarting.Load():
	case reason == "unavailable":
		k.tally.add(vLive, count{legal: answered, unavailable: 1})
	default:
		k.tally.add(vLive, count{legal: answered, wrong: 1})
		k.r.findings.add("wrong answer", "live of account %d: the watch of camera %s ended: %s", s.account, cam.label(), reason)
	}
	if no {
		k.tally.add(vLive, count{barred: 1})
	}
}

// Opcodes of RFC 6455 §5.2.
const (
	opText   = 1
	opBinary = 2
	opClose  = 8
	opPing   = 9
	opPong   = 10
)

// read reads one message; the hub does not fragment them.
func (k *socket) read() (op byte, b []byte, err error) {
	var head [8]byte
	if _, err := io.ReadFull(k.conn.in, head[:2]); err != nil {
		return 0, nil, err
	}
	op, n := head[0]&15, uint64(head[1]&127)
	if head[0]&0x80 == 0 || head[1]&0x80 != 0 {
		return 0, nil, errAnswer
	}
	switch n {
	case 126:
		if _, err := io.ReadFull(k.conn.in, head[:2]); err != nil {
			return 0, nil, err
		}
		n = uint64(binary.BigEndian.Uint16(head[:]))
	case 127:
		if _, err := io.ReadFull(k.conn.in, head[:]); err != nil {
			return 0, nil, err
		}
		n = binary.BigEndian.Uint64(head[:])
	}
	if n > maxAnswer {
		return 0, nil, errAnswer
	}
	if uint64(cap(k.frame)) < n {
		k.frame = make([]byte, n, n+n/2)
	}
	k.frame = k.frame[:n]
	_, err = io.ReadFull(k.conn.in, k.frame)
	return op, k.frame, err
}

// write sends one masked message; a mask of zeros is one.
func (k *socket) write(op byte, b []byte) error {
	const small = 126
	if len(b) >= small {
		head := append([]byte{0x80 | op, 0x80 | small}, byte(len(b)>>8), byte(len(b)), 0, 0, 0, 0)
		_, err := k.conn.net.Write(append(head, b...))
		return err
	}
	_, err := k.conn.net.Write(append([]byte{0x80 | op, 0x80 | byte(len(b)), 0, 0, 0, 0}, b...))
	return err
}
