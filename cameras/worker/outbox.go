package worker

import (
	"errors"
	"net"
	"slices"
	"sync"
	"time"

	"lares/cameras/internal/wire"
	"lares/cameras/media"
	"lares/cameras/seal"
)

// rekeyWithin is how long a new run waits for an IDR of the main stream to begin
// with: most cameras send one every two seconds. It is the bound of VAULT §7.
const rekeyWithin = 2500 * time.Millisecond

// outbox is the worker's half of the socket. Each write is one frame, and
// net.Conn keeps writes whole, so the channels need no common lock.
type outbox struct {
	conn     net.Conn
	now      func() time.Duration
	runs     []media.RunID // every run so far, of this process
	channels [media.StreamCamera + 1]*channel

	mu   sync.Mutex    // held before a channel's; guards following
	next []seal.RunKey // runs that wait for an IDR, the newest last
	late *time.Timer   // ends the wait
}

func newOutbox(conn net.Conn, key seal.RunKey, now func() time.Duration) *outbox {
	o := &outbox{conn: conn, now: now, runs: []media.RunID{key.Run()}}
	for s := media.StreamMain; s <= media.StreamCamera; s++ {
		o.channels[s] = &channel{out: o, sealer: key.Sealer(s)}
	}
	return o
}

// tell sends a control message. A failed write means that the hub is gone; the
// reader of the socket notices as well and ends the process.
func (o *outbox) tell(t wire.Type, v any) error { return wire.Send(o.conn, t, v) }

// rekey has every stream put under the new run with the main stream's next IDR,
// so that a recording that has to go on under another key loses nothing; a stream
// that is not there, or whose IDR does not come, is not waited for. A run that
// was there before is refused: its nonces would begin anew.
func (o *outbox) rekey(key seal.RunKey) error {
	if slices.Contains(o.runs, key.Run()) {
		return errors.New("worker: rekeyed to a run that was used before")
	}
	o.runs = append(o.runs, key.Run())
	flows := o.channels[media.StreamMain].flows()
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.next = append(o.next, key); !flows {
		return o.turnLocked()
	}
	if len(o.next) == 1 {
		// a failed write is noticed by who reads the socket
		o.late = time.AfterFunc(rekeyWithin, func() { _ = o.turn() })
	}
	return nil
}

// turn puts every stream under the newest run that waits, each with its
// configuration first, and then says so.
func (o *outbox) turn() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.turnLocked()
}

func (o *outbox) turnLocked() error {
	if len(o.next) == 0 {
		return nil
	}
	keys := o.next
	o.next = nil
	if o.late != nil {
		o.late.Stop()
		o.late = nil
	}
	for s := media.StreamMain; s <= media.StreamCamera; s++ {
		if err := o.channels[s].rekey(keys[len(keys)-1].Sealer(s)); err != nil {
			return err
		}
	}
	for _, key := range keys {
		if err := o.tell(wire.TypeRekeyed, wire.Rekeyed{ID: key.Run()}); err != nil {
			return err
		}
	}
	return nil
}

// channel seals and sends the units of one stream.
type channel struct {
	out *outbox

	mu     sync.Mutex // guards following
	sealer *seal.Sealer
	frame  []byte // reused
	config []byte // media.Config in force, encoded; nil before the first
}

// flows reports whether the stream has begun.
func (c *channel) flows() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.config != nil
}

// send seals one access unit and sends it; the data is copied. A run that waits
// for an IDR of the main stream begins with it.
func (c *channel) send(au media.AccessUnit) error {
	if au.Sync && c == c.out.channels[media.StreamMain] {
		if err := c.out.turn(); err != nil {
			return err
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.frame = wire.SealUnit(c.frame, c.sealer, au)
	_, err := c.out.conn.Write(c.frame)
	return err
}

// configure sends a configuration if it is another one than that in force.
func (c *channel) configure(config media.Config) error {
	b := config.Append(nil)
	c.mu.Lock()
	defer c.mu.Unlock()
	if string(b) == string(c.config) {
		return nil
	}
	c.config = b
	return c.sendConfig()
}

func (c *channel) sendConfig() error {
	at := ticks(c.out.now(), 90_000)
	c.frame = wire.SealUnit(c.frame, c.sealer, media.AccessUnit{Type: media.UnitConfig, PTS: at, DTS: at, Data: c.config})
	_, err := c.out.conn.Write(c.frame)
	return err
}

func (c *channel) rekey(s *seal.Sealer) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sealer = s
	if c.config == nil {
		return nil
	}
	return c.sendConfig()
}

// noticed sends an event with its clear part.
func (c *channel) noticed(n wire.Notice, data []byte) error {
	return c.write(func(at int64) []byte {
		return wire.SealNoticed(c.frame, c.sealer, n, media.AccessUnit{Type: media.UnitEvent, PTS: at, DTS: at, Data: data})
	})
}

// best sends a picture of the episode that goes on.
func (c *channel) best(b wire.Best, pictures []byte) error {
	return c.write(func(at int64) []byte {
		return wire.SealBest(c.frame, c.sealer, b, media.AccessUnit{Type: media.UnitSnapshot, PTS: at, DTS: at, Data: pictures})
	})
}

// framed answers a hub that wanted a small picture.
func (c *channel) framed(f wire.Frame, pictures []byte) error {
	return c.write(func(at int64) []byte {
		return wire.SealFrame(c.frame, c.sealer, f, media.AccessUnit{Type: media.UnitSnapshot, PTS: at, DTS: at, Data: pictures})
	})
}

// heated sends where it moves in a stream.
func (c *channel) heated(of media.StreamID, heat []byte) error {
	return c.write(func(at int64) []byte {
		return wire.SealHeated(c.frame, c.sealer, of, media.AccessUnit{Type: media.UnitHeat, PTS: at, DTS: at, Data: heat})
	})
}

// picture answers a request for a snapshot.
func (c *channel) picture(number uint32, pictures []byte) error {
	return c.write(func(at int64) []byte {
		return wire.SealPicture(c.frame, c.sealer, number, media.AccessUnit{Type: media.UnitSnapshot, PTS: at, DTS: at, Data: pictures})
	})
}

func (c *channel) write(frame func(at int64) []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.frame = frame(ticks(c.out.now(), 90_000))
	_, err := c.out.conn.Write(c.frame)
	return err
}
