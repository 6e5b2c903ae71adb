package worker

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"time"

	"lares/cameras/clock"
	"lares/cameras/internal/wire"
	"lares/cameras/media"
	"lares/cameras/onvif"
)

const (
	serialWithin = 4 * time.Second

	eventsSoon = time.Second
	eventsLate = time.Minute

	maxRequests = 4
)

// device is the camera's ONVIF side: its serial number, events and snapshots.
// Without an ONVIF address it knows nothing.
type device struct {
	w        *worker
	client   *onvif.Client // nil without an address
	sameHost bool          // as the main stream: the serial number is the camera's
	verdicts chan wire.Verdict
	requests chan uint32
}

func newDevice(w *worker) *device {
	d := &device{w: w, verdicts: make(chan wire.Verdict, 1), requests: make(chan uint32, maxRequests)}
	to := w.start.ONVIF
	if to.IsZero() {
		return d
	}
	host, _, err := net.SplitHostPort(to.Dial)
	if err != nil {
		return d
	}
	mainHost, _, err := net.SplitHostPort(w.start.Main.Dial)
	d.sameHost = err == nil && mainHost == host
	nd := net.Dialer{Timeout: dialTimeout}
	client, err := onvif.New(onvif.Config{
		URL: to.URL, Username: w.start.Username, Password: w.start.Password, Clock: w.clock,
		Dial: func(ctx context.Context, _, address string) (net.Conn, error) {
			// The client asks for its own host only; which address that is,
			// the hub has resolved.
			_, port, err := net.SplitHostPort(address)
			if err != nil {
				return nil, err
			}
			return nd.DialContext(ctx, "tcp", net.JoinHostPort(host, port))
		},
	})
	if err == nil {
		d.client = client
	}
	return d
}

// serial asks for the serial number of the device behind the streams' address;
// "" where it cannot be known. Where the camera is recognised by it, not to get
// it is a failure: whoever answers may be another device.
func (d *device) serial(ctx context.Context) (string, error) {
	if d.client == nil || !d.sameHost {
		return "", nil
	}
	ctx, cancel := context.WithTimeout(ctx, serialWithin)
	defer cancel()
	info, err := d.client.Device(ctx)
	switch {
	case err == nil:
		return info.Serial, nil
	case d.w.start.PinKind != pinSerial:
		return "", nil
	case errors.Is(err, onvif.ErrNotAuthorized):
		return "", failed(wire.WrongPassword, "The camera refused the user name or password over ONVIF, so it cannot be recognised.")
	}
	return "", failed(wire.Unreachable, "The camera does not answer over ONVIF, so it cannot be recognised.")
}

// request queues a snapshot.
func (d *device) request(number uint32) {
	if d.client == nil {
		d.none(number, "The camera has no ONVIF address.")
		return
	}
	select {
	case d.requests <- number:
	default:
		d.none(number, "Too many pictures are asked for at once.")
	}
}

func (d *device) none(number uint32, why string) {
	d.w.tell(wire.TypeNone, wire.NoPicture{Number: number, Reason: why})
}

// run follows the camera's events and answers snapshot requests until the
// context ends, with growing pauses while it fails.
func (d *device) run(ctx context.Context) {
	if d.client == nil {
		<-ctx.Done()
		return
	}
	defer d.client.Close()
	pause := eventsSoon
	for {
		err := d.connect(ctx)
		if ctx.Err() != nil {
			return
		}
		if err == nil {
			pause = eventsSoon
		}
		d.w.warn(media.StreamCamera, complaint(err))
		timer := time.After(pause)
		pause = min(2*pause, eventsLate)
		for waiting := true; waiting; {
			select {
			case n := <-d.requests:
				d.none(n, "The camera does not answer over ONVIF.")
			case <-timer:
				waiting = false
			case <-ctx.Done():
				return
			}
		}
	}
}

// complaint is the warning for a failed ONVIF connection.
func complaint(err error) string {
	var f *failure
	switch {
	case err == nil:
		return ""
	case errors.As(err, &f):
		return f.text
	case errors.Is(err, onvif.ErrNotAuthorized):
		return "The camera refuses its events over ONVIF: the user may lack the right."
	case errors.Is(err, onvif.ErrUnsupported):
		return "The camera does not tell events over ONVIF."
	case errors.Is(err, onvif.ErrBusy):
		return "The camera tells its events to as many as it can: others, or older connections of this hub, must end first."
	}
	return "The camera does not answer over ONVIF: no events, no snapshots."
}

// connect checks who answers and then serves snapshots beside the events. A nil
// error means that it worked for a while.
func (d *device) connect(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	serial, err := d.serial(ctx)
	if err != nil {
		return err
	}
	if err := d.w.identify(ctx, d.verdicts, wire.Identity{Stream: media.StreamCamera, Serial: serial}); err != nil {
		return err
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		d.serveSnapshots(ctx)
	}()
	defer func() { cancel(); <-done }()
	return d.client.Watch(ctx, onvif.Watch{
		Tell:  d.tell,
		State: func(err error) { d.w.warn(media.StreamCamera, complaint(err)) },
		Pause: clock.Pause,
	})
}

func (d *device) serveSnapshots(ctx context.Context) {
	for {
		select {
		case n := <-d.requests:
			jpeg, err := d.client.Snapshot(ctx)
			if err != nil {
				d.none(n, "The camera gave no picture.")
				continue
			}
			_ = d.w.out.channels[media.StreamCamera].picture(n, jpeg)
		case <-ctx.Done():
			return
		}
	}
}

func (d *device) tell(events []media.Event) {
	for _, e := range events {
		data, err := json.Marshal(e)
		if err != nil {
			continue
		}
		_ = d.w.out.channels[media.StreamCamera].noticed(e.Kind, e.Active, data)
	}
}
