package probe

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os/exec"
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
	// maxGlimpses is one picture of each stream that is taken.
	maxGlimpses = 2
)

// The words of a look that the hub asks for.
const (
	RoleMain      = wire.RoleMain
	RoleSub       = wire.RoleSub
	Found         = wire.Live
	WrongPassword = wire.WrongPassword
)

// Warning is what is not well with a device.
type Warning = wire.ProbedWarning

// Stream is one stream that a device offers.
type Stream = wire.ProbedStream

// Device is what to look at and how to sign in.
type Device struct {
	// ONVIF is the device service, http or https; empty for a device that has
	// none.
	ONVIF string
	// RTSP is where streams are looked for if ONVIF finds none, rtsp or rtsps:
	// at its path, if it has one, and at those that makers are known to use, with
	// Vendor's first. Empty for nowhere; else of the host of ONVIF.
	RTSP, Vendor       string
	Username, Password string
}

// Host is the device's address. It is a literal IP address, or a name; neither
// address has credentials.
func (d Device) Host() string {
	u, err := url.Parse(cmp.Or(d.ONVIF, d.RTSP))
	if err != nil {
		return ""
	}
	return u.Hostname()
}

// target takes an address apart; zero for none.
func target(address string) (wire.Target, error) {
	if address == "" {
		return wire.Target{}, nil
	}
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || u.User != nil {
		return wire.Target{}, errors.New("probe: not the address of a device")
	}
	port := cmp.Or(u.Port(), map[string]string{"http": "80", "https": "443", "rtsp": "554", "rtsps": "322"}[u.Scheme])
	return wire.Target{URL: address, Dial: net.JoinHostPort(u.Hostname(), port)}, nil
}

// Look is what a probe found. Its texts are cleaned and bounded, and what the
// device says of itself is not to be believed.
type Look struct {
	wire.Probed

	// Pictures are sealed under the key that was given, by role.
	Pictures map[string][]byte
}

// Run looks at a device in a child that command builds, whose main function is
// Main. Fixes are made first. Pictures are sealed under key, bound to id (see
// seal.GlimpseBinding). That nothing can be taken from the device is no error: Code says so.
func Run(ctx context.Context, command *exec.Cmd, d Device, fixes []string, id media.ProbeID, key []byte) (Look, error) {
	onvif, err := target(d.ONVIF)
	rtsp, err2 := target(d.RTSP)
	if err = errors.Join(err, err2); err != nil || onvif.IsZero() && rtsp.IsZero() || len(fixes) > wire.MaxFixes {
		return Look{}, errors.New("probe: not the address of a device")
	}
	said := &cage.Tail{}
	child, err := cage.Start(command, said)
	if err != nil {
		return Look{}, fmt.Errorf("probe: starting a worker: %w", err)
	}
	stop := context.AfterFunc(ctx, func() { child.Conn.Close() })
	look, err := talk(child.Conn, wire.Probe{
		Version: wire.Version, ONVIF: onvif, RTSP: rtsp, Vendor: d.Vendor,
		Username: d.Username, Password: d.Password, Fixes: fixes, ID: id, Key: key,
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
	look.Pictures = map[string][]byte{}
	for glimpses := 0; ; glimpses++ {
		t, body, err := r.Next()
		switch {
		case err != nil:
			return look, fmt.Errorf("probe: the worker ended early: %w", err)
		case t == wire.TypeGlimpse && glimpses < maxGlimpses:
			role, sealed, err := wire.ParseGlimpse(body)
			if err != nil {
				return look, fmt.Errorf("probe: %w", err)
			}
			look.Pictures[role] = sealed
		case t == wire.TypeProbed:
			if look.Probed, err = wire.Parse[wire.Probed](body); err == nil {
				err = look.Check()
			}
			if err == nil {
				err = sameHost(look.Streams, cmp.Or(ask.ONVIF.URL, ask.RTSP.URL))
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
		if err != nil || u.Hostname() != device.Hostname() || u.User != nil || u.Scheme != "rtsp" && u.Scheme != "rtsps" {
			return fmt.Errorf("a stream of another host: %w", wire.ErrProtocol)
		}
	}
	return nil
}
