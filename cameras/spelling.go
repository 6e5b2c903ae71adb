package cameras

import (
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"lares/cameras/internal/wire"
)

// maxHost bounds the name of a host (RFC 1035 §2.3.4).
const maxHost = 253

// OneSpelling writes the host and the port of a URL in the one way in which they are kept:
// two spellings of one place would be two places to whoever compares. What has none, and
// what is no device's address, is refused; fault says why, in plain words.
func OneSpelling(u *url.URL) (fault string) {
	host, fault := spelledHost(u.Hostname())
	if fault != "" {
		return fault
	}
	port := u.Port()
	switch n, err := strconv.ParseUint(port, 10, 16); {
	case port == "" && strings.Contains(host, ":"):
		u.Host = "[" + host + "]"
	case port == "":
		u.Host = host
	case err != nil || n == 0:
		return "The port in this address is not between 1 and 65535."
	default:
		u.Host = net.JoinHostPort(host, strconv.FormatUint(n, 10))
	}
	return ""
}

// PortOf is the port of a URL in one spelling, the one of its scheme where it names none;
// "" where there is none.
func PortOf(u *url.URL) string {
	if n, err := strconv.ParseUint(u.Port(), 10, 16); err == nil {
		return strconv.FormatUint(n, 10)
	}
	return wire.StreamPort(u.Scheme)
}

// spelledHost is a host in its one spelling: an address as netip writes it, a name in
// small letters without the dot at its end.
func spelledHost(host string) (spelled, fault string) {
	host = strings.TrimSuffix(host, ".")
	if ip, err := netip.ParseAddr(host); err == nil {
		zone := ip.Zone()
		switch ip = ip.Unmap(); {
		case zone != "" && !ip.IsLinkLocalUnicast():
			return "", "Only an address that begins with fe80: has a network interface (%) behind it."
		case ip.IsUnspecified():
			return "", "This is the address of no device. Enter the camera's own."
		case ip.IsMulticast(), ip == netip.AddrFrom4([4]byte{255, 255, 255, 255}):
			return "", "This is an address of many devices at once. Enter the camera's own."
		}
		return ip.String(), ""
	}
	if endsInNumber(host) {
		return "", "This is not how an IPv4 address is written: four numbers up to 255 with dots between them and no zeros in front, such as 192.168.1.20."
	}
	if !isHostName(host) {
		return "", "The host in this address is neither an IP address nor a name of letters, digits, dots and hyphens."
	}
	return strings.ToLower(host), ""
}

// endsInNumber is what makes a host an IPv4 address to browsers and to the C library, which
// take 127.1, 0177.0.0.1 and 0x7f000001 for 127.0.0.1 (WHATWG URL, "ends in a number").
func endsInNumber(host string) bool {
	last := host[strings.LastIndexByte(host, '.')+1:]
	if hex, ok := strings.CutPrefix(strings.ToLower(last), "0x"); ok {
		return strings.Trim(hex, "0123456789abcdef") == ""
	}
	return last != "" && strings.Trim(last, "0123456789") == ""
}

// isHostName reports whether a name can be asked for. Others than of ASCII are found by no
// resolver, and some look like one.
func isHostName(host string) bool {
	if host == "" || len(host) > maxHost || strings.Contains("."+host+".", "..") {
		return false
	}
	return !strings.ContainsFunc(host, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_' || r == '.')
	})
}
