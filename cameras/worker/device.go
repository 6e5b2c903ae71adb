package worker

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net"
	"sync"
	"time"

	"lares/cameras/clock"
	"lares/cameras/internal/wire"
	"lares/cameras/media"
	"lares/cameras/onvif"
)

const (
	serialWithin = 4 * time.Second

	maxRequests = 4
)

// probing finds out whether who has said nothing for a while is still there: a camera that
// was started anew denies the connection as soon as it is asked, and from one that is away
// none is waited for.
var probing = net.KeepAliveConfig{Enable: true, Idle: 2 * time.Second, Interval: time.Second, Count: 4}

// device is the camera's ONVIF side: its serial number, events and snapshots.
// Without an ONVIF address it knows nothing.
type device struct {
	w        *worker
	client   *onvif.Client // nil without an address at the main stream's host
	verdicts chan wire.Verdict
	requests chan uint32
	back     chan struct{} // holds a token once pictures come, until that was seen
	hands    *hands
	share    share  // of the processor, over all connections
	rest     func() // ends what serves orders; nil while nothing does
}

func newDevice(w *worker) *device {
	d := &device{w: w, verdicts: make(chan wire.Verdict, 1), requests: make(chan uint32, maxRequests), back: make(chan struct{}, 1)}
	d.hands = newHands(w, nil)
	to := w.start.ONVIF
	if to.IsZero() {
		return d
	}
	if !w.beside(to) {
		w.warn(media.StreamCamera, "The ONVIF address leads to another device than the main stream: no events, no snapshots, no control.")
		return d
	}
	host, _, err := net.SplitHostPort(to.Dial)
	if err != nil {
		return d
	}
	nd := net.Dialer{Timeout: dialTimeout, KeepAliveConfig: probing}
	client, err := onvif.New(onvif.Config{
		URL: to.URL, Username: w.start.Username, Password: w.start.Password, At: to.Dial, Clock: w.clock,
		Dial: func(ctx context.Context, _, address string) (net.Conn, error) {
			// The client asks for its own host only; which address that is,
			// the hub has resolved.
			_, port, err := net.SplitHostPort(address)
			if err != nil {
				return nil, err
			}
			c, err := nd.DialContext(ctx, "tcp", net.JoinHostPort(host, port))
			if err != nil {
				return nil, err
			}
			return &fairConn{c, &d.share}, nil
		},
		Admit: func(ctx context.Context) (func(error), error) {
			p, err := w.door.enter(ctx, wayONVIF)
			return func(err error) { p.end(err, errors.Is(err, onvif.ErrNotAuthorized)) }, err
		},
	})
	if err == nil {
		d.client, d.hands.client = client, client
	}
	return d
}

// identity asks who the device behind the streams' address is; it is empty where
// that cannot be known. Where the camera is recognised by it, not to get
// it is a failure: whoever answers may be another device.
func (d *device) identity(ctx context.Context) (id wire.Identity, err error) {
	bySerial := d.w.bySerial.Load()
	if d.client == nil || d.w.start.PinKind != "" && !bySerial {
		return id, nil // by anything else it is recognised without
	}
	ctx, cancel := context.WithTimeout(ctx, serialWithin)
	defer cancel()
	info, err := d.client.Device(ctx)
	switch {
	case err == nil:
		return wire.Identity{Vendor: info.Manufacturer, Model: info.Model, Serial: info.Serial}, nil
	case !bySerial:
		return id, nil
	}
	if h, ok := held(err); ok {
		return id, h
	}
	var on *onvif.SecureError
	switch {
	case errors.Is(err, onvif.ErrNotAuthorized):
		return id, failed(wire.WrongPassword, "The camera refused the user name or password over ONVIF, so it cannot be recognised.")
	case errors.As(err, &on):
		return id, failed(wire.Unreachable, "The camera cannot be recognised. %s", secureOnly(on))
	}
	return id, failed(wire.Unreachable, "The camera does not answer over ONVIF, so it cannot be recognised.")
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

// employ has orders served from now on, until relieve: whoever answers is the
// right device. That goes on when the events are lost, of which some devices
// have none that work.
func (d *device) employ(ctx context.Context) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		d.hands.serve(ctx)
	}()
	d.rest = func() { cancel(); <-done }
}

func (d *device) relieve() {
	if d.rest != nil {
		d.rest()
		d.rest = nil
	}
}

// complaint is the warning for a failed ONVIF connection.
func complaint(err error) string {
	var f *failure
	var on *onvif.SecureError
	switch {
	case err == nil:
		return ""
	case errors.As(err, &f):
		return f.text
	case errors.As(err, &on):
		return secureOnly(on)
	case errors.Is(err, onvif.ErrNotAuthorized):
		return "The camera refuses its events over ONVIF: the user may lack the right."
	case errors.Is(err, errWhich):
		return "The camera does not tell over ONVIF which of its pictures is this one: no events, no snapshots, no control, for they might be another camera's."
	case errors.Is(err, onvif.ErrUnsupported):
		return "The camera does not tell events over ONVIF."
	case errors.Is(err, onvif.ErrBusy):
		return "The camera tells its events to as many as it can: others, or older connections of this hub, must end first."
	}
	return "The camera does not answer over ONVIF: no events, no snapshots."
}

// secureOnly says what is to be changed of a camera that was set to HTTPS alone.
func secureOnly(on *onvif.SecureError) string {
	return "The camera speaks ONVIF over HTTPS alone now. Change its ONVIF address: it begins with https://, at port " + on.Port + "."
}

// connect checks who answers, has orders served and then serves snapshots and reads
// the camera's clock beside the events. A nil error means that it worked for a while.
func (d *device) connect(ctx context.Context) error {
	employed := ctx
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	id, err := d.identity(ctx)
	if err != nil {
		return err
	}
	id.Stream = media.StreamCamera
	if err := d.w.identify(ctx, d.verdicts, id); err != nil {
		return err
	}
	d.employ(employed)
	var beside sync.WaitGroup
	beside.Go(func() { d.serveSnapshots(ctx) })
	beside.Go(func() { d.keepTime(ctx) })
	defer func() { cancel(); beside.Wait() }()
	// Before it is known what is this camera's, nothing is followed.
	unclear := false
	mine, err := d.hands.mine(ctx, func() { unclear = true; cancel() })
	if err != nil {
		return err
	}
	err = d.client.Watch(ctx, onvif.Watch{
		Mine:  mine,
		Tell:  d.tell,
		State: func(err error) { d.w.warn(media.StreamCamera, cmp.Or(complaint(err), d.hands.lacking())) },
		Pause: clock.Pause,
	})
	if unclear {
		return errWhich
	}
	return err
}

func (d *device) serveSnapshots(ctx context.Context) {
	for {
		select {
		case n := <-d.requests:
			jpeg, err := d.hands.snapshot(ctx)
			if err != nil {
				d.none(n, "The camera gave no picture.")
				continue
			}
			_ = d.w.out.channels[media.StreamCamera].picture(n, media.Pictures{Large: jpeg}.Append(nil))
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
		_ = d.w.out.channels[media.StreamCamera].noticed(wire.Notice{Kind: e.Kind, Active: e.Active, Of: media.StreamCamera}, data)
	}
}
