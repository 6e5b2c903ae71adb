package recorder

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"lares/cameras/clock"
	"lares/cameras/media"
	"lares/cameras/media/fmp4/fmp4test"
	"lares/cameras/seal"
)

// cam is a camera whose test decides when which unit comes. It keeps the newest
// units for the pre-roll, as a fleet does.
type cam struct {
	t     *testing.T
	id    media.CameraID
	hub   media.HubID
	clock *clock.Manual
	live  seal.PrivateKey
	sub   *cam           // its sub stream; nil without
	of    media.StreamID // zero is the main one

	mu       sync.Mutex // guards following
	run      seal.RunKey
	sealer   *seal.Sealer
	config   media.Unit
	units    []media.Unit // of this run, or with keeps of all, newest last
	keeps    bool
	readers  map[*reader]struct{}
	n        uint64
	since    int
	sound    bool
	custom   *media.Config // the configuration, if it is another one
	snapshot []byte
	draws    bool          // it gives small pictures
	framed   int           // how many it gave, or refused
	came     chan struct{} // closed when a unit comes
	pad      int
	gone     bool // Read fails
	burst    bool // pictures come one right behind the other
	reads    int
}

// watched says whether somebody reads the camera.
func (c *cam) watched() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.readers) > 0
}

// taken says whether somebody has read all that it sent.
func (c *cam) taken() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for r := range c.readers {
		if len(r.units) == 0 {
			return true
		}
	}
	return false
}

// gop is how many pictures a group has: two seconds at ten a second.
const gop = 20

const interval = 100 * time.Millisecond

type reader struct {
	c     *cam
	units chan media.Unit
	lag   chan struct{}
	once  sync.Once
	end   chan struct{}
}

func (r *reader) Camera() media.CameraID { return r.c.id }

func (r *reader) Next(ctx context.Context) (media.Unit, error) {
	select {
	case u := <-r.units: // what is here goes first
		return u, nil
	default:
	}
	select {
	case <-r.lag:
		return media.Unit{}, media.ErrLagging
	case u := <-r.units:
		return u, nil
	case <-r.end:
		return media.Unit{}, media.ErrClosed
	case <-ctx.Done():
		return media.Unit{}, ctx.Err()
	}
}

func (r *reader) Queue() media.Queue { return media.Queue{Units: len(r.units)} }

func (r *reader) Close() {
	r.once.Do(func() { close(r.end) })
	r.c.mu.Lock()
	defer r.c.mu.Unlock()
	delete(r.c.readers, r)
}

// newRun gives the camera a new run key; the recorder gets its opener.
func (c *cam) newRun(r *Recorder) {
	run, key, err := seal.NewRun(c.hub, c.id, c.live.Public())
	if err != nil {
		c.t.Fatal(err)
	}
	run.Store, run.StoreKID, _ = r.config.Keys.(*vault).StoreKey(c.t.Context(), c.id)
	r.AddRun(run, key.Opener)
	c.begin(key)
	if c.sub != nil {
		c.sub.begin(key)
	}
}

// begin goes over to a run.
func (c *cam) begin(key seal.RunKey) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.run, c.sealer = key, key.Sealer(max(c.of, media.StreamMain))
	c.configure()
}

// configure sends the configuration; c.mu is held.
func (c *cam) configure() {
	config := fmp4test.Config(c.sound)
	if c.custom != nil {
		config = *c.custom
	}
	c.config, _ = c.sealer.Seal(nil, media.AccessUnit{Type: media.UnitConfig, Data: config.Append(nil)})
	c.config.Received = c.clock.Now()
	for r := range c.readers {
		r.units <- c.config
	}
	if c.units = append(c.units, c.config); !c.keeps {
		c.units = nil
	}
}

// picture sends the next picture, idr or as the group has it, and lets a tenth
// of a second go by.
func (c *cam) picture() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.n%gop == 0 {
		c.since = 0
	}
	at := int64(c.n) * fmp4test.VideoRate / int64(time.Second/interval)
	u, _ := c.sealer.Seal(nil, media.AccessUnit{
		Type: media.UnitVideo, Track: fmp4test.VideoTrack, Sync: c.since == 0, PTS: at, DTS: at,
		Data: fmp4test.Picture(c.n, c.since, c.pad),
	})
	c.send(u)
	c.since++
	c.n++
	if c.burst {
		c.clock.Advance(time.Millisecond)
	} else {
		c.clock.Advance(interval)
	}
	return c.n - 1
}

func (c *cam) send(u media.Unit) {
	u.Received = c.clock.Now()
	if c.units = append(c.units, u); len(c.units) > 200 {
		c.units = c.units[1:]
	}
	for r := range c.readers {
		r.units <- u
	}
	if c.came != nil {
		close(c.came)
		c.came = nil
	}
}

func (c *cam) pictures(n int) {
	for range n {
		c.picture()
	}
}

// skip lets pictures go by that nobody sees.
func (c *cam) skip(n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n += uint64(n)
	c.since = gop // nothing decodes until the next IDR
	c.clock.Advance(time.Duration(n) * interval)
}

// away says whether the camera is away: nobody reads it then.
func (c *cam) away(is bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.gone = is
}

// drop ends all readers, as a lost worker does.
func (c *cam) drop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for r := range c.readers {
		r.once.Do(func() { close(r.end) })
	}
}

var errGone = errors.New("camera is away")

func (c *cam) Read(id media.CameraID, s media.StreamID, preRoll time.Duration) (media.Reader, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case id != c.id || c.gone:
		return nil, errGone
	case s == media.StreamSub && c.of != s && c.sub == nil:
		return nil, media.ErrNoStream
	case s == media.StreamSub && c.of != s:
		return c.sub.Read(id, s, preRoll)
	}
	c.reads++
	r := &reader{c: c, units: make(chan media.Unit, 1<<14), lag: make(chan struct{}, 1), end: make(chan struct{})}
	from := len(c.units)
	for i := len(c.units) - 1; i >= 0; i-- {
		if !c.units[i].Sync {
			continue
		}
		from = i
		if c.clock.Now().Sub(c.units[i].Received) >= preRoll {
			break
		}
	}
	config := c.config
	for i := from - 1; i >= 0; i-- {
		if c.units[i].Type == media.UnitConfig {
			config = c.units[i]
			break
		}
	}
	r.units <- config
	for _, u := range c.units[from:] {
		r.units <- u
	}
	c.readers[r] = struct{}{}
	return r, nil
}

func (c *cam) Snapshot(context.Context, media.CameraID) (media.Unit, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.snapshot == nil {
		return media.Unit{}, errGone
	}
	// a sealer of its own stream: no nonce is used twice
	u, _ := c.run.Sealer(media.StreamCamera).Seal(nil, media.AccessUnit{Type: media.UnitSnapshot, Data: media.Pictures{Large: c.snapshot}.Append(nil)})
	return u, nil
}

// Frame gives as a small picture when it came, and of which group.
func (c *cam) Frame(ctx context.Context, _ media.CameraID, since time.Time, large bool) (time.Time, media.Unit, error) {
	for {
		c.mu.Lock()
		if !c.draws {
			c.framed++
			c.mu.Unlock()
			return time.Time{}, media.Unit{}, errGone
		}
		for _, u := range c.units {
			if u.Type == media.UnitVideo && u.Sync && !u.Received.Before(since) {
				c.framed++
				files := media.Pictures{Small: []byte("small " + u.Received.Format(time.TimeOnly))}
				if large {
					files.Large = []byte("large " + u.Received.Format(time.TimeOnly))
				}
				small, _ := c.run.Sealer(media.StreamCamera).Seal(nil, media.AccessUnit{Type: media.UnitSnapshot, Data: files.Append(nil)})
				c.mu.Unlock()
				return u.Received, small, nil
			}
		}
		if c.came == nil {
			c.came = make(chan struct{})
		}
		came := c.came
		c.mu.Unlock()
		select {
		case <-came:
		case <-ctx.Done():
			return time.Time{}, media.Unit{}, ctx.Err()
		}
	}
}

// Newest is when its newest picture came, unless it is away.
func (c *cam) Newest(_ media.CameraID, s media.StreamID) (at time.Time, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if s == media.StreamSub && c.of != s {
		if c.sub == nil {
			return at, media.ErrNoStream
		}
		return c.sub.Newest(c.id, s)
	}
	for _, u := range c.units {
		if u.Type == media.UnitVideo {
			at = u.Received
		}
	}
	return at, nil
}

// given is how many small pictures the camera gave, or refused.
func (c *cam) given() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.framed
}
