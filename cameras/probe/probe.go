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

// Ask is what is wanted of a look.
type Ask struct {
	// Fixes are names of warnings' fixes, to be made first.
	Fixes []string
	// Pictures are sealed under Key, bound to ID (see seal.GlimpseBinding).
	ID  media.ProbeID
	Key []byte
	// Met hears who answers, before any picture is asked for, anything is changed, or a
	// device without ONVIF gets the password. Of the channels of the sources that it returns
	// nothing is looked at; its error ends the look, and is Run's.
	Met func(context.Context, Met) (without []string, err error)
}

// Run looks at a device in a child that command builds, whose main function is
// Main. That nothing can be taken from the device is no error: Code says so.
func Run(ctx context.Context, command *exec.Cmd, d Device, what Ask) (Look, error) {
	onvif, err := d.target(ctx, d.ONVIF)
	rtsp, err2 := d.target(ctx, d.RTSP)
	dvrip, err3 := d.target(ctx, d.DVRIP)
	for where, says := range map[error]string{errNoAddress: "no address", errHere: "the hub itself"} {
		if errors.Is(errors.Join(err, err2, err3), where) {
			return d.leads(says), nil
		}
	}
	if err = errors.Join(err, err2, err3); err != nil || onvif.IsZero() && rtsp.IsZero() && dvrip.IsZero() || len(what.Fixes) > wire.MaxFixes {
		return Look{}, errors.New("probe: not the address of a device")
	}
	said := &cage.Tail{}
	child, err := cage.Start(command, said)
	if err != nil {
		return Look{}, fmt.Errorf("probe: starting a worker: %w", err)
	}
	stop := context.AfterFunc(ctx, func() { child.Conn.Close() })
	look, err := talk(ctx, child.Conn, what.Met, wire.Probe{
		Version: wire.Version, ONVIF: onvif, Anywhere: d.Anywhere, RTSP: rtsp, DVRIP: dvrip, Vendor: d.Vendor, Router: d.Router,
		Username: d.Username, Password: d.Password, Digest: d.Digest, Fixes: what.Fixes, ID: what.ID, Key: what.Key,
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

// talk asks the child and takes its answer. What it has to say before met knows whose
// device it is about is that there is nothing.
func talk(ctx context.Context, conn net.Conn, met func(context.Context, Met) ([]string, error), ask wire.Probe) (look Look, err error) {
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
	told, known := 0, false // how often it was said who answered, and that the hub knows all of it
	for number, size := 0, 0; ; {
		t, body, err := r.Next()
		switch {
		case err != nil:
			return look, fmt.Errorf("probe: the worker ended early: %w", err)
		case t == wire.TypeMet && told < wire.MaxMet:
			told++
			m, err := metBy(body, ask)
			if err != nil {
				return look, fmt.Errorf("probe: %w", err)
			}
			look.TLS, known = m.TLS, !m.More
			without, err := met(ctx, m)
			if err != nil {
				return look, err
			}
			if err := wire.Send(conn, wire.TypeMay, wire.May{Without: without}); err != nil {
				return look, fmt.Errorf("probe: answering the worker: %w", err)
			}
		case t == wire.TypeGlimpse && known && number < wire.MaxGlimpses && size+len(body) <= wire.MaxPictures:
			channel, role, sealed, err := wire.ParseGlimpse(body)
			if err != nil {
				return look, fmt.Errorf("probe: %w", err)
			}
			look.Pictures[Shown{channel, role}] = sealed
			number, size = number+1, size+len(body)
		case t == wire.TypeProbed:
			if look.Probed, err = probedBy(body, ask); err == nil && !known && look.tells() {
				err = fmt.Errorf("it did not say who answered: %w", wire.ErrProtocol)
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

// metBy reads who answered.
func metBy(body []byte, ask wire.Probe) (m Met, err error) {
	if m, err = wire.Parse[wire.Met](body); err != nil {
		return m, err
	}
	addresses := make([]string, len(m.Channels))
	for i, c := range m.Channels {
		addresses[i] = c.URL
	}
	return m, errors.Join(m.Check(), sameHost(addresses, ask), sameService(m.ONVIF, ask))
}

// probedBy reads what was found.
func probedBy(body []byte, ask wire.Probe) (p wire.Probed, err error) {
	if p, err = wire.Parse[wire.Probed](body); err != nil {
		return p, err
	}
	addresses := make([]string, len(p.Streams))
	for i, s := range p.Streams {
		addresses[i] = s.URL
	}
	return p, errors.Join(p.Check(), sameHost(addresses, ask), sameService(p.ONVIF, ask))
}

// sameHost refuses addresses of another host than the one that was asked: the
// password will go there.
func sameHost(addresses []string, ask wire.Probe) error {
	device, err := url.Parse(cmp.Or(ask.ONVIF.URL, ask.RTSP.URL, ask.DVRIP.URL))
	if err != nil {
		return err
	}
	for _, address := range addresses {
		if address == "" {
			continue
		}
		u, err := url.Parse(address)
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
