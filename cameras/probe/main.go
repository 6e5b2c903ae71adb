package probe

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"

	"lares/cameras/clock"
	"lares/cameras/internal/cage"
	"lares/cameras/internal/wire"
	"lares/cameras/onvif"
	"lares/cameras/seal"
)

const (
	// memoryLimit holds two snapshots, each with its seal, and the answers of
	// the device.
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
	t, body, err := wire.NewReader(conn).Next()
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
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		defer cancel()
		_, _ = io.Copy(io.Discard, conn) // until the hub closes the socket
	}()
	look(ctx, conn, clk, ask)
	conn.Close()
	<-gone
	return nil
}

// look asks the device and tells the hub, who may be gone meanwhile.
func look(ctx context.Context, conn net.Conn, clk clock.Clock, ask wire.Probe) {
	dialer := net.Dialer{Timeout: dialWithin}
	client, err := onvif.New(onvif.Config{
		URL: ask.ONVIF.URL, Username: ask.Username, Password: ask.Password, Clock: clk,
		Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return dialer.DialContext(ctx, "tcp", ask.ONVIF.Dial)
		},
	})
	if err != nil {
		_ = wire.Send(conn, wire.TypeProbed, failed(err, ask))
		return
	}
	defer client.Close()
	found, survey := survey(ctx, client, ask)
	for _, s := range survey.taken() {
		picture, err := client.SnapshotOf(ctx, s.profile)
		if err != nil || len(picture) > wire.MaxGlimpse-sealOverhead {
			continue // the streams are what matters
		}
		sealed := seal.SealText(ask.Key, seal.GlimpseBinding(ask.ID, s.role), picture)
		if err := wire.SendBytes(conn, wire.TypeGlimpse, wire.Glimpse(s.role, sealed)); err != nil {
			return
		}
	}
	_ = wire.Send(conn, wire.TypeProbed, found)
}
