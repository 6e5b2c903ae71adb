package probe

import (
	"context"
	"errors"
	"fmt"
	"net"

	"lares/cameras/clock"
	"lares/cameras/internal/cage"
	"lares/cameras/internal/wire"
	"lares/cameras/onvif"
	"lares/cameras/seal"
)

const (
	// memoryLimit holds two snapshots, each with its seal, and the answers of
	// the device, or one picture of 4K that is drawn.
	memoryLimit = 48 << 20
	dataLimit   = 320 << 20
	filesLimit  = 32
	gcPercent   = 100
)

// Main is the whole child process: it enters the cage, says hello on file
// descriptor 3, looks once as the hub asks, and ends.
func Main() error {
	conn, err := cage.Hub()
	if err != nil {
		return fmt.Errorf("probe: %w", err)
	}
	defer conn.Close()
	lacking, err := cage.Enter(cage.Limits{Memory: memoryLimit, Data: dataLimit, Files: filesLimit, Percent: gcPercent})
	if err != nil {
		return fmt.Errorf("probe: entering the cage: %w", err)
	}
	return serve(conn, clock.System{}, lacking)
}

// serve is Main from the hello on; it returns when all goroutines have. A hub
// that is gone is no error.
func serve(conn net.Conn, clk clock.Clock, lacking string) error {
	if err := wire.Greet(conn, lacking); err != nil {
		return nil
	}
	r := wire.NewReader(conn)
	t, body, err := r.Next()
	if err != nil {
		return nil
	}
	if t != wire.TypeProbe {
		return errors.New("probe: the hub did not begin with a probe")
	}
	ask, err := wire.Parse[wire.Probe](body)
	if err != nil || ask.Version != wire.Version || len(ask.Key) != seal.KeySize {
		return errors.New("probe: the hub's probe is of another version")
	}
	ctx, cancel := context.WithTimeout(context.Background(), Within)
	h := &hub{conn: conn, says: make(chan wire.May, 1)}
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		defer cancel()
		h.listen(r)
	}()
	look(ctx, h, clk, ask)
	conn.Close()
	<-gone
	return nil
}

// look asks the device and tells the hub, who may be gone meanwhile. Where ONVIF
// finds nothing, streams are looked for without; not after a wrong password,
// which would be wrong there too.
func look(ctx context.Context, h *hub, clk clock.Clock, ask wire.Probe) {
	found, shown := wire.Probed{Code: wire.Incompatible}, map[uint8][]string{}
	if !ask.ONVIF.IsZero() {
		at, why, ok := greet(ctx, clk, ask)
		if found = why; ok {
			var gone bool
			ask.ONVIF = at
			if found, gone = lookONVIF(ctx, h, clk, ask, shown); gone {
				return
			}
		}
	}
	if !ask.DVRIP.IsZero() {
		var gone bool
		if found, gone = (pictures{ask, h, shown}).lookDVRIP(ctx); gone {
			return
		}
	}
	if !ask.RTSP.IsZero() && (found.Code == wire.Incompatible || found.Code == wire.Unreachable) && ctx.Err() == nil {
		var gone bool
		if found, gone = lookRTSP(ctx, h, ask, found.Message); gone {
			return
		}
	}
	if p := (pictures{ask, h, shown}); ask.DVRIP.IsZero() && !p.draw(ctx, &found) {
		return
	}
	if found.Code == wire.Live && len(found.Warnings) < wire.MaxWarnings {
		found.Warnings = append(found.Warnings, forwarded(ctx, ask)...)
	}
	_ = wire.Send(h.conn, wire.TypeProbed, found)
}

// lookONVIF asks over ONVIF and sends the pictures that the device makes; gone says that
// the hub is, or wants nothing of this device.
func lookONVIF(ctx context.Context, h *hub, clk clock.Clock, ask wire.Probe, shown map[uint8][]string) (found wire.Probed, gone bool) {
	if !ask.RTSP.IsZero() { // there must be time for that
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, onvifWithin)
		defer cancel()
	}
	client, err := onvif.New(onvif.Config{
		URL: ask.ONVIF.URL, Username: ask.Username, Password: ask.Password, At: ask.ONVIF.Dial, Clock: clk, Dial: reaching(ask.ONVIF, dialWithin),
	})
	if err != nil {
		return failed(err, ask), false
	}
	defer client.Close()
	found, profiles, gone := h.survey(ctx, client, ask)
	if gone {
		return found, true
	}
	if !(pictures{ask, h, shown}).fetch(ctx, client, profiles, found) {
		return found, true
	}
	if found.Code == wire.Live {
		p := newPages(ask)
		defer p.close()
		found.Warnings = append(found.Warnings, exposed(ctx, p, found.Vendor)...)
		found.Warnings = found.Warnings[:min(len(found.Warnings), wire.MaxWarnings)]
	}
	return found, false
}
