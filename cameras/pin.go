package cameras

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"

	"lares/cameras/internal/neighbour"
	"lares/cameras/internal/wire"
	"lares/cameras/media"
)

// Words for the owner.
const (
	anotherDevice = "Another device answers at this address. Nothing of it is shown or recorded."
	elsewhere     = "The address leads to another device than the main stream. Nothing of it is shown or recorded."
	otherCamera   = "The device at this address is a camera of this hub already, under another entry, or nothing tells it from that one. Nothing of it is shown or recorded here. If it is another device, as behind one address of a router, both entries need ONVIF, which tells the serial numbers, or an encrypted address, which shows the keys."
	cannotTell    = "The camera cannot be recognised at the moment, so nothing of it is shown or recorded."
	notStored     = "The hub could not note how to recognise the camera. It tries again."
	sharedSecret  = "This camera cannot be recognised, and a camera of somebody else on this hub has the same user name and password. Nothing of it is shown or recorded until it has a password of its own."
	notCompared   = "The hub could not compare the camera with the others. It tries again."
	noPin         = "This camera cannot be recognised: another device at its address would not be noticed."
)

// identity withdraws the stream's acceptance, unless it is of a connection to
// speak, and queues the judgement, which may wait for a database.
func (c *child) identity(body []byte) error {
	id, err := wire.Parse[wire.Identity](body)
	if err != nil {
		return err
	}
	if err := id.Check(); err != nil {
		return err
	}
	if !id.Talk {
		c.accept(id.Stream, false)
	}
	select {
	case c.judge <- id:
		return nil
	default:
		return fmt.Errorf("cameras: too many identities: %w", wire.ErrProtocol)
	}
}

// judgeAll compares identity after identity with the pin and answers, and has
// digests stored.
func (c *child) judgeAll(ctx context.Context) {
	for {
		select {
		case id := <-c.judge:
			reason := c.m.judge(ctx, c.facts(id))
			if reason != "" && c.m.talks() {
				c.m.log.Warn("a device was refused", "stream", id.Stream.String(), "reason", reason)
			}
			if !id.Talk {
				c.accept(id.Stream, reason == "")
			}
			// A lost worker is noticed by the intake.
			_ = c.tell(wire.TypeVerdict, wire.Verdict{
				Stream: id.Stream, OK: reason == "", Reason: reason, Talk: id.Talk,
				Rare:   reason == otherCamera || reason == sharedSecret,
				Serial: c.m.access().Pin.Kind == PinSerial,
			})
		case s := <-c.digests:
			c.m.digest(ctx, s)
		case <-ctx.Done():
			return
		}
	}
}

// accept says whether what the stream brings may be shown and recorded.
func (c *child) accept(s media.StreamID, yes bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.accepted[s] = yes
}

// LinkAddress is the link layer address that the kernel knows behind an address
// of the same network, whatever the device says of itself; "" for none. Then the
// kernel finds out, for the next time.
func LinkAddress(ip netip.Addr) string {
	mac := neighbour.Lookup(ip)
	if mac == "" {
		FindLink(ip)
	}
	return mac
}

// LinkAddresses is LinkAddress of all addresses that the kernel knows, in one
// reading. They have no zone.
func LinkAddresses() map[netip.Addr]string { return neighbour.Table() }

// FindLink has the kernel find out who is at an address of the same network: by a
// datagram that nobody waits for (RFC 863).
func FindLink(ip netip.Addr) {
	if c, err := net.Dial("udp", netip.AddrPortFrom(ip, 9).String()); err == nil {
		_, _ = c.Write([]byte{0})
		c.Close()
	}
}

// facts adds to what the worker found out what only the hub can see.
func (c *child) facts(id wire.Identity) facts {
	to := map[media.StreamID]wire.Target{media.StreamMain: c.targets.main, media.StreamSub: c.targets.sub, media.StreamCamera: c.targets.onvif}[id.Stream]
	f := facts{vendor: id.Vendor, model: id.Model, serial: id.Serial, tls: id.TLS, onvif: id.Stream == media.StreamCamera}
	if ap, err := netip.ParseAddrPort(to.Dial); err == nil {
		f.mac = neighbour.Lookup(ap.Addr())
	}
	mainHost, _, err := net.SplitHostPort(c.targets.main.Dial)
	host, _, err2 := net.SplitHostPort(to.Dial)
	f.elsewhere = err != nil || err2 != nil || host != mainHost
	return f
}

// facts are what a connection shows of the device.
type facts struct {
	vendor, model, serial string // what it says of itself over ONVIF
	tls, mac              string
	onvif                 bool // the ONVIF connection, which shows no TLS key of the stream
	elsewhere             bool // than the main stream: another device, whatever this one shows
}

// pin is the strongest that can be made of the facts.
func (f facts) pin() Pin { return PinOf(f.vendor, f.model, f.serial, f.tls, f.mac) }

// fits compares the facts with a pin; known is false where they cannot tell.
func (f facts) fits(p Pin) (fits, known bool) {
	have := ""
	switch p.Kind {
	case PinSerial:
		return p.Same(serialPin(f.vendor, f.model, f.serial)), f.serial != ""
	case PinTLS:
		if f.onvif {
			return true, true // the streams of the same host are compared
		}
		have = f.tls
	case PinMAC:
		have = f.mac
	}
	return have == p.Value, have != ""
}

// judge compares with the pin, or learns it at the first connect. It returns
// why the device is refused, or "".
func (m *minder) judge(ctx context.Context, f facts) (reason string) {
	m.judging.Lock()
	defer m.judging.Unlock()
	if reason = m.compare(ctx, f); reason == "" {
		reason = m.saw(ctx, f)
	}
	return reason
}

// saw keeps the link layer address of a camera that was recognised, and refuses one that
// it shows to be another camera.
func (m *minder) saw(ctx context.Context, f facts) (reason string) {
	a := m.access()
	if f.mac == "" || a.Pin.IsZero() || a.MAC == f.mac {
		return ""
	}
	err := m.f.cfg.Seen(ctx, m.id, f.mac)
	if errors.Is(err, ErrOtherCamera) && !a.Pin.Weak() { // else it is in use, and stays so, as in better
		return otherCamera
	}
	if err != nil {
		m.log.Error("storing the camera's link layer address", "error", err)
		return ""
	}
	m.mu.Lock()
	m.camera.Access.MAC = f.mac
	m.mu.Unlock()
	return ""
}

func (m *minder) compare(ctx context.Context, f facts) (reason string) {
	if f.elsewhere {
		return elsewhere
	}
	old, pin := m.access().Pin, f.pin()
	if !old.IsZero() {
		fits, known := f.fits(old)
		switch {
		case !known:
			return cannotTell
		case !fits && !m.respelled(old, pin, f):
			m.met(pin)
			return anotherDevice
		}
		m.met(Pin{})
		return m.better(ctx, old, pin)
	}
	if pin.IsZero() {
		m.setPinless(noPin)
		return m.unpinned(ctx)
	}
	return m.learn(ctx, pin)
}

// respelled reports whether a device with the serial number of the camera, and
// another maker or model, is the camera all the same: after an update of its
// firmware. The kernel sees the link layer address that it saw when the camera was
// last recognised; what the device says of itself is not enough.
func (m *minder) respelled(old, pin Pin, f facts) bool {
	return pin.Respells(old) && f.mac != "" && f.mac == m.access().MAC
}

// met notes what a device that was refused would be recognised by, for the owner to
// say whether it is the camera; the zero pin is that it was recognised.
func (m *minder) met(pin Pin) {
	if !pin.ofBoth(m.access()) {
		pin = Pin{} // it would be refused all the same
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.stranger = pin
}

// better has a pin that was learned long ago replaced by one that tells more, if the
// device shows one: the camera is in use, and stays so. A weak one is better than
// none.
func (m *minder) better(ctx context.Context, old, pin Pin) (reason string) {
	if pin.Replaces(old) && pin.ofBoth(m.access()) {
		if reason = m.learn(ctx, pin); reason != otherCamera || !old.Weak() {
			return reason
		}
	}
	m.setPinless(map[bool]string{true: noPin}[old.Weak()])
	return ""
}

// learn has a pin stored and goes by it from now on.
func (m *minder) learn(ctx context.Context, pin Pin) (reason string) {
	err := m.f.cfg.Learned(ctx, m.id, pin)
	if errors.Is(err, ErrOtherCamera) {
		return otherCamera
	}
	if err != nil {
		m.log.Error("storing the camera's pin", "error", err)
		return notStored
	}
	m.setPinless("")
	m.mu.Lock()
	m.camera.Access.Pin = pin
	m.mu.Unlock()
	return ""
}

// unpinned asks whether a device that cannot be recognised may be used.
func (m *minder) unpinned(ctx context.Context) (reason string) {
	err := m.f.cfg.Unpinned(ctx, m.id)
	switch {
	case errors.Is(err, ErrOtherCamera):
		return otherCamera
	case errors.Is(err, ErrSharedPassword):
		return sharedSecret
	case err != nil:
		m.log.Error("comparing the camera's password", "error", err)
		return notCompared
	}
	return ""
}

func (m *minder) setPinless(text string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.pinless = text
}
