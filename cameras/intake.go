package cameras

import (
	"bytes"
	"errors"
	"fmt"
	"time"

	"lares/cameras/clock"
	"lares/cameras/fault"
	"lares/cameras/internal/wire"
	"lares/cameras/media"
	"lares/cameras/seal"
)

// errRefused ends a worker that sent what it must not.
var errRefused = errors.New("cameras: the worker sent media of a device that was not accepted")

// intake reads the worker's messages until it is gone or misbehaves. It sends
// the start, with the key, after the hello.
func (c *child) intake(key seal.RunKey) error {
	r := wire.NewReader(c.conn)
	if err := c.greet(r, key); err != nil {
		return err
	}
	for {
		t, body, err := r.Next()
		if err != nil {
			return fmt.Errorf("cameras: reading from the worker: %w", err)
		}
		if err := c.take(t, body); err != nil {
			return err
		}
	}
}

func (c *child) greet(r *wire.Reader, key seal.RunKey) error {
	c.deadline(helloWithin)
	lacking, err := r.Greeted()
	if err != nil {
		return fmt.Errorf("cameras: waiting for the worker's hello: %w", err)
	}
	c.m.caged(lacking)
	c.deadline(silentFor)
	a := c.access
	err = c.tell(wire.TypeStart, wire.Start{
		Version: wire.Version, Hub: c.m.f.cfg.Hub, Camera: c.m.id, Run: wire.NewRun(key),
		Main: c.targets.main, Sub: c.targets.sub, ONVIF: c.targets.onvif,
		Username: a.Username, Password: a.Password, PinKind: a.Pin.Kind, Pin: a.Pin.Value, Source: a.Source, Recorder: a.recorder(),
		UDP: a.Transport == TransportUDP, Motion: c.m.looksFor(), Sound: c.m.listensFor(),
	})
	if err == nil {
		close(c.started)
	}
	return err
}

// deadline is when the next sign of life is due.
func (c *child) deadline(d time.Duration) { _ = c.conn.SetReadDeadline(clock.System{}.Now().Add(d)) }

func (c *child) take(t wire.Type, body []byte) error {
	if t != wire.TypeUnit {
		for !c.talk.take(c.m.f.cfg.Clock.Now()) {
			<-time.After(talkEvery)
		}
	}
	switch t {
	case wire.TypeUnit:
		if fault.On {
			body = fault.Swap(fault.WorkerPipe, c.m.id.String(), bytes.Clone(body))
		}
		u, err := wire.ParseUnit(body)
		if err != nil {
			return err
		}
		return c.unit(u)
	case wire.TypeNoticed:
		n, u, err := wire.ParseNoticed(body)
		if err != nil {
			return err
		}
		return c.noticed(n, u)
	case wire.TypeBest:
		b, u, err := wire.ParseBest(body)
		if err != nil {
			return err
		}
		return c.shown(b, u)
	case wire.TypeHeated:
		of, u, err := wire.ParseHeated(body)
		if err != nil {
			return err
		}
		return c.heated(of, u)
	case wire.TypeFramed:
		m, u, err := wire.ParseFrame(body)
		if err != nil {
			return err
		}
		return c.framed(m, u)
	case wire.TypePicture:
		n, u, err := wire.ParsePicture(body)
		if err != nil {
			return err
		}
		return c.pictured(n, u)
	case wire.TypeAlive:
		c.deadline(silentFor)
		return nil
	}
	return c.control(t, body)
}

func (c *child) control(t wire.Type, body []byte) error {
	switch t {
	case wire.TypeState:
		s, err := wire.Parse[wire.State](body)
		if err != nil {
			return err
		}
		if err := s.Check(); err != nil {
			return err
		}
		c.m.report(s)
		return nil
	case wire.TypeIdentity:
		return c.identity(body)
	case wire.TypeDigest:
		return c.digest(body)
	case wire.TypeTalked:
		return c.voices.talked(body)
	case wire.TypeDone:
		return c.done(body)
	case wire.TypeNone:
		n, err := wire.Parse[wire.NoPicture](body)
		if err != nil {
			return err
		}
		c.answer(n.Number, picture{err: fmt.Errorf("%w: %s", ErrNoSnapshot, wire.Clean(n.Reason, wire.MaxText))})
		return nil
	case wire.TypeRekeyed:
		k, err := wire.Parse[wire.Rekeyed](body)
		if err != nil {
			return err
		}
		return c.rekeyed(k.ID)
	case wire.TypeCounts:
		n, err := wire.Parse[wire.Counts](body)
		if err != nil {
			return err
		}
		if err := n.Check(); err != nil {
			return err
		}
		c.m.lost(n)
		return nil
	case wire.TypeWarning:
		w, err := wire.Parse[wire.Warning](body)
		if err != nil {
			return err
		}
		c.m.warned(wire.Clean(w.Text, wire.MaxText))
		return nil
	}
	return fmt.Errorf("cameras: a frame of type %d from the worker: %w", t, wire.ErrProtocol)
}

// admit checks a unit against everything known and completes it.
func (c *child) admit(u *media.Unit) error {
	accepted, err := c.check(u, u.Stream)
	if err == nil && !accepted {
		return errRefused
	}
	return err
}

// check is admit for what was made of the pictures of a stream; accepted says whether
// they are of the right device.
func (c *child) check(u *media.Unit, of media.StreamID) (accepted bool, err error) {
	u.Camera, u.Received = c.m.id, c.m.f.cfg.Clock.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.guard.Given(u.Run) {
		return false, c.m.crossed(fault.WorkerPipe)
	}
	if err := c.guard.Check(u, u.Received.Sub(c.began)); err != nil {
		return false, err
	}
	return c.accepted[of], nil
}

func (c *child) unit(u media.Unit) error {
	if u.Stream == media.StreamCamera {
		return fmt.Errorf("cameras: an unasked unit of the camera: %w", wire.ErrProtocol)
	}
	if u.Type == media.UnitConfig {
		// A rekey sends the configuration again although nobody may have
		// answered at the address for a while.
		c.mu.Lock()
		known := c.accepted[u.Stream]
		c.mu.Unlock()
		if !known {
			return nil
		}
	}
	if err := c.admit(&u); err != nil {
		return err
	}
	switch u.Stream {
	case media.StreamMain:
		c.m.main.Push(u)
	case media.StreamSub:
		c.m.sub.Push(u)
	}
	c.m.counted(&u)
	return nil
}

func (c *child) noticed(n wire.Notice, u media.Unit) error {
	if n.Of != media.StreamCamera {
		return c.found(n, u)
	}
	if err := c.admit(&u); err != nil {
		return err
	}
	c.m.f.cfg.Noticed(Noticed{Camera: c.m.id, Kind: n.Kind, Source: media.SourceCamera, Active: n.Active, At: u.Received, Unit: &u})
	return nil
}

func (c *child) pictured(n uint32, u media.Unit) error {
	if err := c.admit(&u); err != nil {
		return err
	}
	c.answer(n, picture{unit: u})
	return nil
}

// framed hands on a small picture, unless the device behind the stream is not the right one.
func (c *child) framed(m wire.Frame, u media.Unit) error {
	accepted, err := c.check(&u, m.Of)
	if err != nil {
		return err
	}
	p := picture{unit: u, at: c.when(u, m.Ago)}
	if !accepted {
		p = picture{err: ErrNoSnapshot}
	}
	c.answer(m.Number, p)
	return nil
}

func (c *child) answer(n uint32, p picture) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if w := c.pictures[n]; w != nil {
		w <- p
		delete(c.pictures, n)
	}
}

// rekeyed makes a pending run the current one. It is among the camera's runs
// before it stops being pending, so that it can be found all the time.
func (c *child) rekeyed(id media.RunID) error {
	c.mu.Lock()
	p, ok := c.pending[id]
	c.mu.Unlock()
	if !ok {
		return fmt.Errorf("cameras: a run that was not given out: %w", wire.ErrProtocol)
	}
	c.m.mu.Lock()
	c.m.addRun(p.run)
	c.m.mu.Unlock()
	c.mu.Lock()
	delete(c.pending, id)
	c.mu.Unlock()
	close(p.done)
	return nil
}

// pendingRun finds a run that was given out and is not confirmed: units sealed
// under it may come first.
func (c *child) pendingRun(id media.RunID) (seal.Run, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	p, ok := c.pending[id]
	return p.run, ok
}
