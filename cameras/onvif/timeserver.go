package onvif

import (
	"context"
	"slices"
	"strings"
)

// MendClock sets the device's clock to ours and, where the device knows a time
// server or its network tells one (ONVIF Core §8.2.11), has it follow that from
// then on: a clock that is only set goes wrong again. One that asked a server
// before does so afterwards, too.
func (c *Client) MendClock(ctx context.Context) error {
	was, err := c.Clock(ctx)
	if err != nil {
		return err
	}
	if err := c.SetClock(ctx); err != nil {
		return err
	}
	servers, err := c.timeServers(ctx)
	switch {
	case err != nil && !was.NTP:
		return nil // set it is
	case err == nil && servers.told && !servers.follows && !servers.named:
		if err := tell(ctx, c, nsDevice, "SetNTP", "<FromDHCP>true</FromDHCP>"); err != nil && !was.NTP {
			return nil
		}
	case err == nil && !was.NTP && !servers.named && !(servers.told && servers.follows):
		return nil // nobody to ask
	}
	zone := was.Zone
	if zone == "" {
		zone = "UTC0"
	}
	if err := c.setDateTime(ctx, "NTP", was.Daylight, zone, ""); err != nil && was.NTP {
		return err
	}
	return nil
}

// timeServers is where a device may have the time from.
type timeServers struct {
	follows bool // those that DHCP tells
	told    bool // by DHCP
	named   bool // by hand
}

// timeServers asks for them (ONVIF Core §8.2.11).
func (c *Client) timeServers(ctx context.Context) (timeServers, error) {
	type host struct{ IPv4Address, IPv6Address, DNSname string }
	a, err := ask[struct {
		FromDHCP flag       `xml:"NTPInformation>FromDHCP"`
		DHCP     list[host] `xml:"NTPInformation>NTPFromDHCP"`
		Manual   list[host] `xml:"NTPInformation>NTPManual"`
	}](ctx, c, nsDevice, "GetNTP", "")
	if err != nil {
		return timeServers{}, err
	}
	some := func(all []host) bool {
		return slices.ContainsFunc(all, func(h host) bool {
			// Devices that have none say so by an address that is none.
			at := strings.TrimSpace(h.IPv4Address + h.IPv6Address + h.DNSname)
			return at != "" && at != "0.0.0.0" && at != "::"
		})
	}
	return timeServers{follows: bool(a.FromDHCP), told: some(a.DHCP), named: some(a.Manual)}, nil
}
