// Package announce tells the LAN by multicast DNS (RFC 6762, RFC 6763) that a
// hub is at lares.local. An advert is a hint, never an identity.
package announce

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"time"

	"github.com/grandcat/zeroconf"
)

const (
	// poll is how often addresses are compared: zeroconf binds to the
	// interfaces present at its start (client.go, server.go of v1.0.0).
	poll = 10 * time.Second
	// settle lets the goodbye of the former advert leave before a new one.
	settle = time.Second
)

// Announcer keeps one advert true while it runs.
type Announcer struct {
	Host     string // first label of the host name, "lares" for lares.local
	Instance string // what people see in a list; holds a serial against clashes
	Port     int    // of the HTTPS listener
	Log      *slog.Logger
}

// Run announces until the context ends, again after every change of addresses.
// A machine without a multicast interface is no error: it is tried again.
func (a *Announcer) Run(ctx context.Context) error {
	var server *zeroconf.Server
	var announced []string
	defer func() {
		if server != nil {
			server.Shutdown()
		}
	}()
	ticker := time.NewTicker(poll)
	defer ticker.Stop()
	for {
		addresses, interfaces := suitable()
		if !slices.Equal(addresses, announced) {
			if server != nil {
				server.Shutdown()
				server = nil
				if !wait(ctx, time.NewTimer(settle).C) {
					return nil
				}
			}
			var err error
			if server, err = a.register(addresses, interfaces); err != nil {
				a.Log.Warn("announce: not announced on the LAN, trying again", "error", err)
				addresses = nil
			}
			announced = addresses
		}
		if !wait(ctx, ticker.C) {
			return nil
		}
	}
}

func (a *Announcer) register(addresses []string, interfaces []net.Interface) (*zeroconf.Server, error) {
	if len(addresses) == 0 {
		return nil, nil
	}
	s, err := zeroconf.RegisterProxy(a.Instance, "_https._tcp", "local.", a.Port, a.Host, addresses, []string{"path=/"}, interfaces)
	if err != nil {
		return nil, fmt.Errorf("announce: registering: %w", err)
	}
	a.Log.Info("announced on the LAN", "name", a.Host+".local", "addresses", addresses)
	return s, nil
}

// suitable lists the IPv4 addresses of interfaces that are up and multicast:
// link-local IPv6 has no zone in an advert, so it is left out.
func suitable() (addresses []string, interfaces []net.Interface) {
	all, err := net.Interfaces()
	if err != nil {
		return nil, nil
	}
	for _, i := range all {
		if i.Flags&net.FlagUp == 0 || i.Flags&net.FlagMulticast == 0 || i.Flags&net.FlagLoopback != 0 {
			continue
		}
		before := len(addresses)
		list, err := i.Addrs()
		if err != nil {
			continue
		}
		for _, a := range list {
			if n, ok := a.(*net.IPNet); ok && n.IP.To4() != nil {
				addresses = append(addresses, n.IP.String())
			}
		}
		if len(addresses) > before {
			interfaces = append(interfaces, i)
		}
	}
	slices.Sort(addresses)
	return addresses, interfaces
}

func wait(ctx context.Context, c <-chan time.Time) bool {
	select {
	case <-ctx.Done():
		return false
	case <-c:
		return true
	}
}
