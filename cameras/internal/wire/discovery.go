package wire

import (
	"net/netip"
	"slices"
)

// Hub to discovery worker.
const (
	TypeSearch Type = 48 // Search, the first and only frame but TypeStop
)

// Discovery worker to hub, beside TypeHello.
const (
	TypeSighting Type = 56 // Sighting
	TypeSearched Type = 57 // Searched: the round is over
)

// The bounds of what the hub tells a discovery worker.
const (
	MaxLinks    = 8
	MaxPrefixes = 8 // of one link
	MaxKnown    = 256
)

// Search asks for one round of discovery.
type Search struct {
	Version int `json:"version"`
	// Links are the networks to search. The worker cannot list them itself: it
	// has no netlink socket.
	Links []Link `json:"links"`
	// Scan asks to knock at every address besides.
	Scan bool `json:"scan"`
	// Known are addresses to knock at that the worker would not by itself.
	Known []netip.Addr `json:"known,omitempty"`
}

// Searched ends a round.
type Searched struct {
	// Lost says that more was heard than the hub could be told: who is not among it may be there.
	Lost bool `json:"lost"`
}

// Link is one network interface that is up.
type Link struct {
	Name  string `json:"name"`
	Index int    `json:"index"`
	// Prefixes are the interface's own addresses with the length of their
	// networks.
	Prefixes []netip.Prefix `json:"prefixes"`
}

// The ways to hear of a device.
const (
	ByMDNS   = "mdns"
	ByWSD    = "wsd"
	BySSDP   = "ssdp"
	ByDVRIP  = "dvrip"
	ByDHIP   = "dhip"
	BySADP   = "sadp"
	ByTPLink = "tplink"
	ByScan   = "scan"
)

// The languages a device may speak.
const (
	SpeaksONVIF   = "onvif"
	SpeaksRTSP    = "rtsp"
	SpeaksHTTP    = "http"
	SpeaksHTTPS   = "https"
	SpeaksHomeKit = "homekit"
	SpeaksDVRIP   = "dvrip"
	SpeaksDHIP    = "dhip"
	SpeaksTapo    = "tapo"
	SpeaksKasa    = "kasa"
)

// The bounds of a Sighting.
const (
	MaxWord      = 96  // bytes of vendor, model, serial and the like
	MaxPath      = 200 // bytes of a path
	MaxProtocols = 8
)

// Sighting is what one advertisement or answer told of one device: a hint,
// never an identity.
type Sighting struct {
	By string `json:"by"`
	// Address is on-link; its zone is the name of the interface where it needs
	// one.
	Address netip.Addr `json:"address"`
	MAC     string     `json:"mac,omitempty"` // lower case, with colons
	UUID    string     `json:"uuid,omitempty"`
	Serial  string     `json:"serial,omitempty"`
	Vendor  string     `json:"vendor,omitempty"`
	Model   string     `json:"model,omitempty"`
	Name    string     `json:"name,omitempty"`
	Speaks  []Protocol `json:"speaks"`
}

// Protocol is one language on one port.
type Protocol struct {
	Name string `json:"name"`
	Port uint16 `json:"port"`
	Path string `json:"path,omitempty"` // "/onvif/device_service"; empty for the usual one
	TLS  bool   `json:"tls,omitempty"`  // ONVIF over HTTPS; other languages have names of their own for that
}

// Check validates and cleans what a discovery worker sent; whether the address
// is on-link is the hub's to ask.
func (s *Sighting) Check() error {
	switch s.By {
	case ByMDNS, ByWSD, BySSDP, ByDVRIP, ByDHIP, BySADP, ByTPLink, ByScan:
	default:
		return violated("a device heard in an unknown way")
	}
	if !s.Address.IsValid() || s.Address.IsUnspecified() || s.Address.IsMulticast() || len(s.Speaks) > MaxProtocols {
		return violated("a device out of bounds")
	}
	for i := range s.Speaks {
		p := &s.Speaks[i]
		if !slices.Contains(protocols(), p.Name) || p.Port == 0 || p.TLS && p.Name != SpeaksONVIF {
			return violated("a device of an unknown language")
		}
		if p.Path = Clean(p.Path, MaxPath); p.Path != "" && p.Path[0] != '/' {
			return violated("a path that is none")
		}
	}
	if s.MAC != "" && !validMAC(s.MAC) {
		return violated("a link layer address that is none")
	}
	for _, w := range []*string{&s.UUID, &s.Serial, &s.Vendor, &s.Model, &s.Name} {
		*w = Clean(*w, MaxWord)
	}
	return nil
}

func protocols() []string {
	return []string{SpeaksONVIF, SpeaksRTSP, SpeaksHTTP, SpeaksHTTPS, SpeaksHomeKit, SpeaksDVRIP, SpeaksDHIP, SpeaksTapo, SpeaksKasa}
}

// validMAC knows six bytes in lower case hex with colons.
func validMAC(s string) bool {
	if len(s) != len("aa:bb:cc:dd:ee:ff") {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if i%3 == 2 {
			if c != ':' {
				return false
			}
		} else if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}
