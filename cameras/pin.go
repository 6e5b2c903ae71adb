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
	otherCamera   = "The device at this address is a camera of this hub already, under another entry. Nothing of it is shown or recorded here."
	cannotTell    = "The camera cannot be recognised at the moment, so nothing of it is shown or recorded."
	notStored     = "The hub could not note how to recognise the camera. It tries again."
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
			if reason != "" {
				c.m.log.Warn("a device was refused", "stream", id.Stream.String(), "reason", reason)
			}
			if !id.Talk {
				c.accept(id.Stream, reason == "")
			}
			// A lost worker is noticed by the intake.
			_ = c.tell(wire.TypeVerdict, wire.Verdict{Stream: id.Stream, OK: reason == "", Reason: reason, Talk: id.Talk})
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
// of the same network, whatever the device says of itself; "" for none.
func LinkAddress(ip netip.Addr) string {
	mac := neighbour.Lookup(ip)
	if mac == "" {
		// A datagram that nobody waits for (RFC 863) has the kernel find out, for
		// the next time.
		if c, err := net.Dial("udp", netip.AddrPortFrom(ip, 9).String()); err == nil {
			_, _ = c.Write([]byte{0})
			c.Close()
		}
	}
	return mac
}

// facts adds to what the worker found out what only the hub can see.
func (c *child) facts(id wire.Identity) facts {
	to := map[media.StreamID]wire.Target{media.StreamMain: c.targets.main, media.StreamSub: c.targets.sub, media.StreamCamera: c.targets.onvif}[id.Stream]
	f := facts{serial: id.Serial, tls: id.TLS, onvif: id.Stream == media.StreamCamera}
	if ap, err := netip.ParseAddrPort(to.Dial); err == nil {
		f.mac = neighbour.Lookup(ap.Addr())
	}
	mainHost, _, err := net.SplitHostPort(c.targets.main.Dial)
	host, _, err2 := net.SplitHostPort(to.Dial)
	f.sameHost = err == nil && err2 == nil && host == mainHost
	return f
}

// facts are what a connection shows of the device.
type facts struct {
	serial, tls, mac string
	onvif            bool // the ONVIF connection, which shows no TLS key of the stream
	sameHost         bool // as the main stream
}

// pin is the strongest that can be made of the facts.
func (f facts) pin() Pin {
	switch {
	case f.serial != "":
		return Pin{PinSerial, f.serial}
	case f.tls != "":
		return Pin{PinTLS, f.tls}
	case f.mac != "":
		return Pin{PinMAC, f.mac}
	}
	return Pin{}
}

// fits compares the facts with a pin; known is false where they cannot tell.
func (f facts) fits(p Pin) (fits, known bool) {
	have := ""
	switch p.Kind {
	case PinSerial:
		have = f.serial
	case PinTLS:
		if f.onvif && f.sameHost {
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
		m.saw(ctx, f)
	}
	return reason
}

// saw keeps the link layer address of a camera that was recognised.
func (m *minder) saw(ctx context.Context, f facts) {
	a := m.access()
	if f.mac == "" || !f.sameHost || a.Pin.IsZero() || a.MAC == f.mac {
		return
	}
	if err := m.f.cfg.Seen(ctx, m.id, f.mac); err != nil {
		m.log.Error("storing the camera's link layer address", "error", err)
		return
	}
	m.mu.Lock()
	m.camera.Access.MAC = f.mac
	m.mu.Unlock()
}

func (m *minder) compare(ctx context.Context, f facts) (reason string) {
	pin := m.access().Pin
	if !pin.IsZero() {
		m.setPinless("")
		fits, known := f.fits(pin)
		switch {
		case !known:
			return cannotTell
		case !fits:
			return anotherDevice
		}
		return ""
	}
	pin = f.pin()
	if pin.IsZero() {
		m.setPinless(noPin)
		return ""
	}
	if f.onvif && !f.sameHost {
		return "" // says nothing about the streams
	}
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

func (m *minder) setPinless(text string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.pinless = text
}
