package onvif

import (
	"context"
	"errors"
	"net/url"
	"strings"
)

// The namespaces of the services, and of their words.
const (
	nsDevice    = "http://www.onvif.org/ver10/device/wsdl"
	nsMedia     = "http://www.onvif.org/ver10/media/wsdl"
	nsMedia2    = "http://www.onvif.org/ver20/media/wsdl"
	nsEvents    = "http://www.onvif.org/ver10/events/wsdl"
	nsPTZ       = "http://www.onvif.org/ver20/ptz/wsdl"
	nsImaging   = "http://www.onvif.org/ver20/imaging/wsdl"
	nsDeviceIO  = "http://www.onvif.org/ver10/deviceIO/wsdl"
	nsAnalytics = "http://www.onvif.org/ver20/analytics/wsdl"
	nsSchema    = "http://www.onvif.org/ver10/schema"
)

// Services says which services a device has.
type Services struct {
	Media, Media2, Events, PTZ, Imaging, DeviceIO, Analytics bool
}

// Services asks what the device can do (ONVIF Core §8.1.1, §8.1.2); a whole answer
// is kept.
func (c *Client) Services(ctx context.Context) (Services, error) {
	found, err := c.known(ctx)
	if err != nil {
		return Services{}, err
	}
	has := func(ns string) bool { return found[ns] != nil }
	return Services{
		Media: has(nsMedia), Media2: has(nsMedia2), Events: has(nsEvents), PTZ: has(nsPTZ),
		Imaging: has(nsImaging), DeviceIO: has(nsDeviceIO), Analytics: has(nsAnalytics),
	}, nil
}

// service finds the address of a service at the configured host.
func (c *Client) service(ctx context.Context, ns string) (*url.URL, error) {
	found, err := c.known(ctx)
	if err != nil {
		return nil, err
	}
	if found[ns] == nil {
		return nil, ErrUnsupported
	}
	return found[ns], nil
}

func (c *Client) known(ctx context.Context) (map[string]*url.URL, error) {
	c.mu.Lock()
	found := c.services
	c.mu.Unlock()
	if found != nil {
		return found, nil
	}
	found, whole, err := c.findServices(ctx)
	if err != nil {
		return nil, err
	}
	if whole {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.services = found
	}
	return found, nil
}

// forgetServices has the device asked anew for what it can do.
func (c *Client) forgetServices() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.services = nil
}

// capabilities is the part of GetCapabilities that names addresses.
type capabilities struct {
	Media     string `xml:"Capabilities>Media>XAddr"`
	Events    string `xml:"Capabilities>Events>XAddr"`
	PTZ       string `xml:"Capabilities>PTZ>XAddr"`
	Imaging   string `xml:"Capabilities>Imaging>XAddr"`
	Analytics string `xml:"Capabilities>Analytics>XAddr"`
	DeviceIO  string `xml:"Capabilities>Extension>DeviceIO>XAddr"`
}

// findServices asks by GetServices, and where that names no media or events,
// as on old devices, by GetCapabilities too. What was found is not the whole where one of
// them failed, as it does on a device that starts.
func (c *Client) findServices(ctx context.Context) (found map[string]*url.URL, whole bool, err error) {
	found = map[string]*url.URL{}
	add := func(ns, address string) {
		if u, err := c.local(address); err == nil && strings.TrimSpace(address) != "" && found[ns] == nil {
			found[ns] = u
		}
	}
	list, err := ask[struct {
		Services list[struct{ Namespace, XAddr string }] `xml:"Service"`
	}](ctx, c, nsDevice, "GetServices", "<IncludeCapability>false</IncludeCapability>")
	if err == nil {
		for _, s := range list.Services {
			switch ns := strings.TrimSpace(s.Namespace); ns {
			case nsMedia, nsMedia2, nsEvents, nsPTZ, nsImaging, nsDeviceIO, nsAnalytics:
				add(ns, s.XAddr)
			}
		}
	}
	if found[nsMedia] != nil && found[nsEvents] != nil {
		return found, true, nil
	}
	if errors.Is(err, ErrNotAuthorized) { // the next question would be the next wrong password
		return nil, false, err
	}
	whole = err == nil || !failed(err)
	a, err := ask[capabilities](ctx, c, nsDevice, "GetCapabilities", "<Category>All</Category>")
	if err != nil {
		if len(found) > 0 {
			return found, whole && !failed(err), nil
		}
		return nil, false, err
	}
	for ns, address := range map[string]string{
		nsMedia: a.Media, nsEvents: a.Events, nsPTZ: a.PTZ, nsImaging: a.Imaging, nsAnalytics: a.Analytics, nsDeviceIO: a.DeviceIO,
	} {
		add(ns, address)
	}
	return found, whole, nil
}

// failed reports whether a request was neither answered nor refused for good.
func failed(err error) bool { return Lost(err) || errors.Is(err, ErrBusy) }
