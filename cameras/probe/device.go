package probe

import (
	"cmp"
	"context"
	"errors"
	"net"
	"net/netip"
	"net/url"
	"strings"

	"lares/cameras/internal/names"
	"lares/cameras/internal/wire"
)

// Device is what to look at and how to sign in.
type Device struct {
	// ONVIF is the device service, http or https; empty for a device that has
	// none. Anywhere says that its port is not known: then the usual ones are
	// tried, without the password, and what is found says which it was.
	ONVIF    string
	Anywhere bool
	// RTSP is where streams are looked for if ONVIF finds none, rtsp or rtsps:
	// at its path, if it has one, and at those that makers are known to use, with
	// Vendor's first. Empty for nowhere; else of the host of ONVIF.
	RTSP, Vendor string
	// DVRIP is a device that speaks DVRIP, and neither of those.
	DVRIP              string
	Username, Password string
	// Digest says that streams get the password as a digest or not at all, encrypted
	// or not; where one wants it otherwise, the look finds nothing, and no wrong password.
	Digest bool
	// Router is what Router says, to be asked whether it leads from the internet to
	// the device; "" to ask none.
	Router string
	// At is where the name leads, see Address; invalid for a literal address, and where
	// Run is to find out.
	At netip.Addr
}

// Host is the device's address. It is a literal IP address, or a name; neither
// address has credentials.
func (d Device) Host() string {
	u, err := url.Parse(cmp.Or(d.ONVIF, d.RTSP, d.DVRIP))
	if err != nil {
		return ""
	}
	return u.Hostname()
}

// Address is where the device is, in the one form of that address: however its host is
// spelled, and for a name the one that it leads to now, with named true. It is invalid
// for a name that leads nowhere.
func (d Device) Address(ctx context.Context) (at netip.Addr, named bool) {
	at, named, _ = names.Lookup(ctx, d.Host())
	return at.Unmap(), named
}

// Nowhere is what Run says of a device whose name leads nowhere.
func (d Device) Nowhere() Look { return d.leads("no address") }

// leads says that the device's name leads to none.
func (d Device) leads(to string) Look {
	return Look{Probed: wire.Probed{Code: wire.Unreachable, Message: "The name " + wire.Clean(d.Host(), 100) + " leads to " + to + "."}}
}

// Names that lead to no device.
var (
	errNoAddress = errors.New("probe: the name leads to no address")
	errHere      = errors.New("probe: the name leads to the hub itself")
)

// defaultPorts are those of the schemes a device is asked by.
var defaultPorts = map[string]string{"http": "80", "https": "443", "rtsp": "554", "rtsps": "322", "dvrip": "34567"}

// target takes an address of the device apart; zero for none.
func (d Device) target(ctx context.Context, address string) (wire.Target, error) {
	if address == "" {
		return wire.Target{}, nil
	}
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || u.User != nil {
		return wire.Target{}, errors.New("probe: not the address of a device")
	}
	port := cmp.Or(u.Port(), defaultPorts[u.Scheme])
	ip, named, ok := d.At, true, d.At.IsValid()
	if !ok {
		ip, named, ok = names.Lookup(ctx, u.Hostname())
	}
	if !ok {
		return wire.Target{}, errNoAddress
	}
	if named && names.Here(ip) && strings.HasPrefix(u.Scheme, "http") {
		return wire.Target{}, errHere
	}
	return wire.Target{URL: address, Dial: net.JoinHostPort(ip.String(), port)}, nil
}
