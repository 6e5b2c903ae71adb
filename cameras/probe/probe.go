package probe

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os/exec"
	"slices"
	"strings"
	"time"

	"lares/cameras/clock"
	"lares/cameras/internal/cage"
	"lares/cameras/internal/wire"
	"lares/cameras/media"
)

const (
	// Within bounds a look.
	Within = 30 * time.Second

	helloWithin = 10 * time.Second
	// overtime is what the child may take beyond its own bound.
	overtime   = 5 * time.Second
	stopWithin = time.Second
)

// Run looks at a device in a child that command builds, whose main function is
// Main. Fixes are made first. Pictures are sealed under key, bound to id (see
// seal.GlimpseBinding). That nothing can be taken from the device is no error: Code says so.
func Run(ctx context.Context, command *exec.Cmd, d Device, fixes []string, id media.ProbeID, key []byte) (Look, error) {
	onvif, err := d.target(ctx, d.ONVIF)
	rtsp, err2 := d.target(ctx, d.RTSP)
	dvrip, err3 := d.target(ctx, d.DVRIP)
	for where, says := range map[error]string{errNoAddress: "no address", errHere: "the hub itself"} {
		if errors.Is(errors.Join(err, err2, err3), where) {
			return d.leads(says), nil
		}
	}
	if err = errors.Join(err, err2, err3); err != nil || onvif.IsZero() && rtsp.IsZero() && dvrip.IsZero() || len(fixes) > wire.MaxFixes {
		return Look{}, errors.New("probe: not the address of a device")
	}
	said := &cage.Tail{}
	child, err := cage.Start(command, said)
	if err != nil {
		return Look{}, fmt.Errorf("probe: starting a worker: %w", err)
	}
	stop := context.AfterFunc(ctx, func() { child.Conn.Close() })
	look, err := talk(child.Conn, wire.Probe{
		Version: wire.Version, ONVIF: onvif, Anywhere: d.Anywhere, RTSP: rtsp, DVRIP: dvrip, Vendor: d.Vendor, Router: d.Router,
		Username: d.Username, Password: d.Password, Digest: d.Digest, Fixes: fixes, ID: id, Key: key,
	})
	stop()
	child.End(stopWithin)
	if ctx.Err() != nil {
		return Look{}, ctx.Err()
	}
	if words := wire.Clean(said.Line(), 200); err != nil && words != "" {
		err = fmt.Errorf("%w: %s", err, words)
	}
	return look, err
}

// talk asks the child and takes its answer.
func talk(conn net.Conn, ask wire.Probe) (look Look, err error) {
	now := clock.System{}.Now()
	if err := conn.SetDeadline(now.Add(helloWithin)); err != nil {
		return look, fmt.Errorf("probe: setting a deadline: %w", err)
	}
	r := wire.NewReader(conn)
	if _, err := r.Greeted(); err != nil { // camera workers tell what a cage lacks
		return look, fmt.Errorf("probe: waiting for the worker's hello: %w", err)
	}
	if err := conn.SetDeadline(now.Add(helloWithin + Within + overtime)); err != nil {
		return look, fmt.Errorf("probe: setting a deadline: %w", err)
	}
	if err := wire.Send(conn, wire.TypeProbe, ask); err != nil {
		return look, fmt.Errorf("probe: asking the worker: %w", err)
	}
	look.Pictures = map[Shown][]byte{}
	for number, size := 0, 0; ; number++ {
		t, body, err := r.Next()
		size += len(body)
		switch {
		case err != nil:
			return look, fmt.Errorf("probe: the worker ended early: %w", err)
		case t == wire.TypeGlimpse && number < wire.MaxGlimpses && size <= wire.MaxPictures:
			channel, role, sealed, err := wire.ParseGlimpse(body)
			if err != nil {
				return look, fmt.Errorf("probe: %w", err)
			}
			look.Pictures[Shown{channel, role}] = sealed
		case t == wire.TypeProbed:
			if look.Probed, err = wire.Parse[wire.Probed](body); err == nil {
				err = look.Check()
			}
			if err == nil {
				err = sameHost(look.Streams, cmp.Or(ask.ONVIF.URL, ask.RTSP.URL, ask.DVRIP.URL))
			}
			if err == nil {
				err = sameService(look.ONVIF, ask)
			}
			if err != nil {
				return look, fmt.Errorf("probe: %w", err)
			}
			return look, nil
		default:
			return look, fmt.Errorf("probe: the worker sent a frame of type %d: %w", t, wire.ErrProtocol)
		}
	}
}

// sameHost refuses streams of another host than the one that was asked: the
// password will go there.
func sameHost(streams []wire.ProbedStream, asked string) error {
	device, err := url.Parse(asked)
	if err != nil {
		return err
	}
	for _, s := range streams {
		if s.URL == "" {
			continue
		}
		u, err := url.Parse(s.URL)
		if err != nil || u.Hostname() != device.Hostname() || u.User != nil || !slices.Contains([]string{"rtsp", "rtsps", "dvrip"}, u.Scheme) {
			return fmt.Errorf("a stream of another host: %w", wire.ErrProtocol)
		}
	}
	return nil
}

// sameService refuses a device service other than the one that was asked, but for
// its port where that was not known, and the same one over HTTPS.
func sameService(found string, ask wire.Probe) error {
	places := []wire.Target{ask.ONVIF}
	if ask.Anywhere {
		places = append(places, anywhere(ask.ONVIF)...)
	}
	u, err := url.Parse(found)
	for _, at := range places {
		if found == "" || found == at.URL || err == nil && strings.HasPrefix(at.URL, "http:") && found == securely(at, u.Port()).URL {
			return nil
		}
	}
	return fmt.Errorf("a device service that was not asked: %w", wire.ErrProtocol)
}
