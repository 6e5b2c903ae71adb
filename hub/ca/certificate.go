package ca

import (
	"crypto/tls"
	"net"
	"os"
	"slices"
	"strings"
	"sync"
	"time"
)

const (
	// renewBefore leaves time for hubs that are switched on once a month.
	renewBefore = 60 * 24 * time.Hour
	// recheck bounds how often the machine's addresses are read.
	recheck = 10 * time.Second
)

// hosts is what a certificate is for.
type hosts struct {
	names     []string
	addresses []net.IP
}

// Certificates hands out the hub's certificate and makes a new one when the
// machine's addresses change or the old one grows old. Safe for concurrent use.
type Certificates struct {
	authority *Authority
	extra     []string

	mu      sync.Mutex // guards following
	current *tls.Certificate
	hosts   hosts
	checked time.Time
}

// Certificates makes the source of certificates for the given further names;
// names outside the authority's constraints are returned as refused.
func (a *Authority) Certificates(names []string) (c *Certificates, refused []string) {
	c = &Certificates{authority: a, extra: []string{"lares.local", "localhost"}}
	if h, err := os.Hostname(); err == nil && h != "" {
		h = strings.ToLower(h)
		names = append([]string{h, h + ".local"}, names...)
	}
	for _, n := range names {
		if !a.permits(n) {
			refused = append(refused, n)
		} else if !slices.Contains(c.extra, n) {
			c.extra = append(c.extra, n)
		}
	}
	return c, refused
}

// Names are the host names the certificates are for.
func (c *Certificates) Names() []string { return slices.Clone(c.extra) }

// TLS is the hub's server configuration.
func (c *Certificates) TLS() *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12,
		// HTTP/1.1 is what the server speaks; offering h2 would break clients.
		NextProtos:     []string{"http/1.1"},
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return c.get() },
	}
}

func (c *Certificates) get() (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.authority.clock.Now()
	if c.current != nil && now.Sub(c.checked) < recheck && now.Sub(c.checked) >= 0 {
		return c.current, nil
	}
	h := hosts{names: c.extra, addresses: machineAddresses()}
	fresh := c.current != nil && now.Before(c.current.Leaf.NotAfter.Add(-renewBefore)) && now.After(c.current.Leaf.NotBefore)
	if !fresh || !slices.EqualFunc(h.addresses, c.hosts.addresses, net.IP.Equal) {
		cert, err := c.authority.issue(h)
		if err != nil {
			return nil, err
		}
		c.current, c.hosts = cert, h
	}
	c.checked = now
	return c.current, nil
}

// machineAddresses are the addresses the hub may be reached by, sorted so that
// two readings compare.
func machineAddresses() []net.IP {
	list, err := net.InterfaceAddrs()
	if err != nil {
		return nil
	}
	var ips []net.IP
	for _, a := range list {
		if n, ok := a.(*net.IPNet); ok && !n.IP.IsMulticast() {
			ips = append(ips, n.IP)
		}
	}
	slices.SortFunc(ips, func(a, b net.IP) int { return strings.Compare(a.String(), b.String()) })
	return ips
}
