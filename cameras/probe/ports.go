package probe

import (
	"cmp"
	"context"
	"errors"
	"net"
	"net/url"
	"strconv"
	"syscall"
	"time"

	"lares/cameras/clock"
	"lares/cameras/internal/wire"
	"lares/cameras/onvif"
)

const (
	// greetWithin bounds the first question to a port, knockWithin its connection
	// where several are tried: a device of this network answers in milliseconds.
	greetWithin = 5 * time.Second
	knockWithin = 1500 * time.Millisecond
	// onvifWithin leaves time to search for streams without ONVIF.
	onvifWithin = 18 * time.Second
)

// usualPort is where devices have ONVIF.
type usualPort struct {
	port   int
	scheme string
	source string
}

// usualPorts are tried in this order where nobody says at which port a device has
// ONVIF. A new port is a new row.
func usualPorts() []usualPort {
	return []usualPort{
		{80, "http", "that of HTTP, ONVIF Core §5.1"},
		{443, "https", "that of HTTPS, for cameras that are set to it alone"},
		{8000, "http", "Reolink, by a ProbeMatch of theirs"},
		{8080, "http", "Instar, github.com/RootSoft/ONVIF-Java issue 7"},
		{8899, "http", "XM530AI and other XM, github.com/home-assistant/core issue 91678"},
		{2020, "http", "Tapo, TP-Link support, FAQ 2680"},
		{5000, "http", "IPC_2802222 of an unnamed maker, by a ProbeMatch of theirs"},
	}
}

// greet finds out where a device speaks ONVIF, by a question that takes no password
// (ONVIF Core §8.2.6): at the port that is known, or at the usual ones, one after the
// other. Where it speaks nowhere, found says why.
func greet(ctx context.Context, clk clock.Clock, ask wire.Probe) (at wire.Target, found wire.Probed, ok bool) {
	if ask.Anywhere {
		return greetAny(ctx, clk, ask, anywhere(ask.ONVIF))
	}
	return greetAny(ctx, clk, ask, []wire.Target{ask.ONVIF})
}

func greetAny(ctx context.Context, clk clock.Clock, ask wire.Probe, places []wire.Target) (at wire.Target, found wire.Probed, ok bool) {
	for i, place := range places {
		err := greeted(ctx, clk, place, len(places) > 1)
		var on *onvif.SecureError
		if errors.As(err, &on) { // which sends nobody on again
			place = securely(place, on.Port)
			err = greeted(ctx, clk, place, len(places) > 1)
		}
		if err == nil {
			return place, found, true
		}
		// What is at a port that nobody named says little; the first one's word is kept
		// unless another says more.
		if f := failed(err, ask); i == 0 || found.Code == wire.Unreachable && f.Code != wire.Unreachable {
			found = f
		}
		if ctx.Err() != nil || unroutable(err) {
			break
		}
	}
	return at, found, false
}

// greeted asks for the time. That the device tells it to nobody without a sign-in, or
// not at all, is an answer as well, if ONVIF's words are in it or the port was named.
func greeted(ctx context.Context, clk clock.Clock, at wire.Target, search bool) error {
	ctx, cancel := context.WithTimeout(ctx, greetWithin)
	defer cancel()
	within := dialWithin
	if search {
		within = knockWithin
	}
	c, err := onvif.New(onvif.Config{URL: at.URL, Clock: clk, Dial: dialling(at.Dial, within)})
	if err != nil {
		return err
	}
	defer c.Close()
	_, err = c.Clock(ctx)
	switch {
	case err == nil, errors.Is(err, onvif.ErrNotAuthorized), errors.Is(err, onvif.ErrRefused):
		return nil
	case errors.Is(err, onvif.ErrUnsupported) && !errors.Is(err, onvif.ErrMalformed) && !search:
		return nil
	}
	return err
}

// dialling leads to one address, whatever is asked for.
func dialling(address string, within time.Duration) func(context.Context, string, string) (net.Conn, error) {
	d := net.Dialer{Timeout: within}
	return func(ctx context.Context, _, _ string) (net.Conn, error) { return d.DialContext(ctx, "tcp", address) }
}

// reaching leads to one device: to its address, and there to the ports that it names for
// its services.
func reaching(at wire.Target, within time.Duration) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, network, asked string) (net.Conn, error) {
		to := at.Dial
		u, err := url.Parse(at.URL)
		host, _, err2 := net.SplitHostPort(to)
		_, port, err3 := net.SplitHostPort(asked)
		if err := cmp.Or(err, err2, err3); err != nil {
			return nil, err
		}
		if port != cmp.Or(u.Port(), defaultPorts[u.Scheme]) {
			to = net.JoinHostPort(host, port)
		}
		return dialling(to, within)(ctx, network, asked)
	}
}

// anywhere is the address of a device at each of the usual ports.
func anywhere(at wire.Target) (out []wire.Target) {
	u, err := url.Parse(at.URL)
	host, _, err2 := net.SplitHostPort(at.Dial)
	if err != nil || err2 != nil {
		return []wire.Target{at}
	}
	for _, p := range usualPorts() {
		port := strconv.Itoa(p.port)
		v := *u
		if v.Scheme, v.Host = p.scheme, net.JoinHostPort(u.Hostname(), port); defaultPorts[p.scheme] == port {
			v.Host = u.Host
		}
		out = append(out, wire.Target{URL: v.String(), Dial: net.JoinHostPort(host, port)})
	}
	return out
}

// securely is the same service of the same host over HTTPS.
func securely(at wire.Target, port string) wire.Target {
	u, err := url.Parse(at.URL)
	host, _, err2 := net.SplitHostPort(at.Dial)
	if err != nil || err2 != nil {
		return at
	}
	u.Scheme, u.Host = "https", net.JoinHostPort(u.Hostname(), port)
	return wire.Target{URL: u.String(), Dial: net.JoinHostPort(host, port)}
}

// unroutable reports whether no port of the host can be reached.
func unroutable(err error) bool {
	return errors.Is(err, syscall.EHOSTUNREACH) || errors.Is(err, syscall.ENETUNREACH)
}
