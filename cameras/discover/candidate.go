package discover

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"time"

	"lares/cameras/internal/wire"
)

// MaxCandidates bounds the list.
const MaxCandidates = 512

// Candidate is a device that was found, put together from all that was heard of
// it. Every text is the device's own word.
type Candidate struct {
	ID string // stays while the candidate is in the list
	// Addresses are on-link: those heard lately before others, and IPv4 first.
	Addresses []netip.Addr
	Vendor    string
	Model     string
	Name      string
	Serial    string
	// MAC is what the kernel knows, or else what the device says.
	MAC    string
	UUID   string
	Speaks []Protocol
	Heard  time.Time
}

// Protocol is one language a candidate speaks, and where.
type Protocol struct {
	Name string // "onvif", "rtsp", "http", "https", "homekit", "dvrip", "dhip", "tapo" or "kasa"
	Port uint16
	// URL is made of the candidate's address, never of one that the device
	// named.
	URL string
}

// addressOf makes the URL of a protocol at an address.
func addressOf(p wire.Protocol, at netip.Addr) string {
	scheme, path := p.Name, p.Path
	switch {
	case p.Name == wire.SpeaksONVIF && (p.TLS || p.Port == 443): // not all ways to be heard tell
		scheme = "https"
	case p.Name == wire.SpeaksONVIF:
		scheme = "http"
	}
	if p.Name == wire.SpeaksONVIF && path == "" {
		path = "/onvif/device_service" // ONVIF Core §5.1
	}
	host := net.JoinHostPort(at.String(), strconv.Itoa(int(p.Port)))
	u := url.URL{Scheme: scheme, Host: host}
	if known, query, ok := cutQuery(path); ok {
		u.Path, u.RawPath, u.RawQuery = known.Path, known.RawPath, query
	}
	return u.String()
}

// cutQuery reads the path and query that a device gave; ok is false where they
// are none.
func cutQuery(path string) (u *url.URL, query string, ok bool) {
	u, err := url.ParseRequestURI(path)
	if err != nil || u.Host != "" {
		return nil, "", false
	}
	return u, u.RawQuery, true
}

// String names the candidate in a log.
func (c Candidate) String() string {
	return fmt.Sprintf("%s %s %q at %v", c.Vendor, c.Model, c.Name, c.Addresses)
}
