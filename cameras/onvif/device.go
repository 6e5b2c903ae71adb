package onvif

import (
	"bytes"
	"context"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

const (
	actionDateTime = "http://www.onvif.org/ver10/device/wsdl/GetSystemDateAndTime"
	bodyDateTime   = `<GetSystemDateAndTime xmlns="http://www.onvif.org/ver10/device/wsdl"/>`
	nsDevice       = "http://www.onvif.org/ver10/device/wsdl"
	nsMedia        = "http://www.onvif.org/ver10/media/wsdl"
	nsEvents       = "http://www.onvif.org/ver10/events/wsdl"
)

// decode reads XML leniently: cameras send what no schema allows. Depth and
// size are bounded by the caller's limit and encoding/xml's own.
func decode(b []byte, v any) error {
	d := xml.NewDecoder(bytes.NewReader(b))
	d.Strict = false
	d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil }
	if err := d.Decode(v); err != nil {
		return ErrMalformed
	}
	return nil
}

// check turns a refusal into an error. Devices answer a fault with 400 or 500,
// some with 200; some without a service serve a web page (HTTP 200, HTML).
func check(status int, answer []byte) error {
	var a struct {
		XMLName xml.Name
		Fault   *struct {
			Code    string `xml:"Code>Value"`
			Sub     string `xml:"Code>Subcode>Value"`
			SubSub  string `xml:"Code>Subcode>Subcode>Value"`
			Reason  string `xml:"Reason>Text"`
			Reason1 string `xml:"faultstring"`
		} `xml:"Body>Fault"`
	}
	err := decode(answer, &a)
	switch {
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		return ErrNotAuthorized
	case err == nil && a.Fault != nil:
		codes := a.Fault.Code + " " + a.Fault.Sub + " " + a.Fault.SubSub
		switch {
		case strings.Contains(codes, "NotAuthorized"), strings.Contains(codes, "FailedAuthentication"):
			return ErrNotAuthorized
		case strings.Contains(codes, "ActionNotSupported"), strings.Contains(codes, "NoSuchService"):
			return ErrUnsupported
		}
		return fmt.Errorf("onvif: the device answers %q", bounded(codes, 100))
	case status == http.StatusNotFound:
		return ErrUnsupported
	case status != http.StatusOK && status != http.StatusAccepted:
		return fmt.Errorf("onvif: the device answers with HTTP status %d", status)
	case err != nil || a.XMLName.Local != "Envelope":
		return fmt.Errorf("%w: no SOAP envelope", ErrMalformed)
	}
	return nil
}

func bounded(s string, most int) string {
	s = strings.Join(strings.Fields(strings.ToValidUTF8(s, "")), " ")
	return s[:min(len(s), most)]
}

// Device is what a device says about itself.
type Device struct {
	Manufacturer, Model, Firmware, Serial string
}

// Device asks who answers (ONVIF Core §8.1.3).
func (c *Client) Device(ctx context.Context) (Device, error) {
	b, err := c.call(ctx, nil, nsDevice+"/GetDeviceInformation", `<GetDeviceInformation xmlns="`+nsDevice+`"/>`, true)
	if err != nil {
		return Device{}, err
	}
	var a struct {
		Info *struct {
			Manufacturer, Model, FirmwareVersion, SerialNumber string
		} `xml:"Body>GetDeviceInformationResponse"`
	}
	if err := decode(b, &a); err != nil || a.Info == nil {
		return Device{}, ErrMalformed
	}
	const most = 128
	return Device{
		Manufacturer: bounded(a.Info.Manufacturer, most), Model: bounded(a.Info.Model, most),
		Firmware: bounded(a.Info.FirmwareVersion, most), Serial: bounded(a.Info.SerialNumber, most),
	}, nil
}

// service finds the address of a service, media or events, at the configured
// host: by GetServices, on old devices by GetCapabilities.
func (c *Client) service(ctx context.Context, ns string) (*url.URL, error) {
	c.mu.Lock()
	known, asked := c.services[ns], c.services != nil
	c.mu.Unlock()
	if known != nil {
		return known, nil
	}
	if asked {
		return nil, ErrUnsupported
	}
	found, err := c.findServices(ctx)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	c.services = found
	c.mu.Unlock()
	if found[ns] == nil {
		return nil, ErrUnsupported
	}
	return found[ns], nil
}

func (c *Client) findServices(ctx context.Context) (map[string]*url.URL, error) {
	found := map[string]*url.URL{}
	add := func(ns, address string) {
		if u, err := c.local(address); err == nil && strings.TrimSpace(address) != "" {
			found[ns] = u
		}
	}
	b, err := c.call(ctx, nil, nsDevice+"/GetServices", `<GetServices xmlns="`+nsDevice+`"><IncludeCapability>false</IncludeCapability></GetServices>`, true)
	if err == nil {
		var a struct {
			Services []struct{ Namespace, XAddr string } `xml:"Body>GetServicesResponse>Service"`
		}
		if decode(b, &a) == nil {
			for _, s := range a.Services {
				if s.Namespace == nsMedia || s.Namespace == nsEvents {
					add(s.Namespace, s.XAddr)
				}
			}
		}
	}
	if found[nsMedia] != nil && found[nsEvents] != nil {
		return found, nil
	}
	b, err = c.call(ctx, nil, nsDevice+"/GetCapabilities", `<GetCapabilities xmlns="`+nsDevice+`"><Category>All</Category></GetCapabilities>`, true)
	if err != nil {
		if len(found) > 0 {
			return found, nil
		}
		return nil, err
	}
	var a struct {
		Media  string `xml:"Body>GetCapabilitiesResponse>Capabilities>Media>XAddr"`
		Events string `xml:"Body>GetCapabilitiesResponse>Capabilities>Events>XAddr"`
	}
	if decode(b, &a) == nil {
		add(nsMedia, a.Media)
		add(nsEvents, a.Events)
	}
	return found, nil
}

// Snapshot fetches a JPEG of now, by the snapshot address of the first profile
// (ONVIF Media §5.15.2). ErrUnsupported if the device has none.
func (c *Client) Snapshot(ctx context.Context) ([]byte, error) {
	u, err := c.snapshotURI(ctx)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, Timeout)
	defer cancel()
	for try := 0; ; try++ {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
		if err != nil {
			return nil, ErrMalformed
		}
		res, err := c.do(r)
		if err != nil {
			return nil, err
		}
		b, err := readAtMost(res.Body, maxSnapshot)
		res.Body.Close()
		switch {
		case err != nil:
			return nil, err
		case res.StatusCode == http.StatusUnauthorized && try == 0 && c.hasDigest():
			continue
		case res.StatusCode == http.StatusUnauthorized:
			return nil, ErrNotAuthorized
		case res.StatusCode != http.StatusOK:
			c.forgetSnapshot()
			return nil, fmt.Errorf("onvif: the snapshot's address answers with HTTP status %d", res.StatusCode)
		case !isJPEG(b):
			return nil, fmt.Errorf("%w: the snapshot is no JPEG", ErrMalformed)
		}
		return b, nil
	}
}

// isJPEG looks for the start and end of a JPEG (ITU-T T.81 §B.1.1.3); some
// cameras add padding after the end.
func isJPEG(b []byte) bool {
	return len(b) > 4 && b[0] == 0xff && b[1] == 0xd8 && b[2] == 0xff && bytes.Contains(b[max(0, len(b)-4096):], []byte{0xff, 0xd9})
}

func (c *Client) forgetSnapshot() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.snapshot = nil
}

func (c *Client) snapshotURI(ctx context.Context) (*url.URL, error) {
	c.mu.Lock()
	known := c.snapshot
	c.mu.Unlock()
	if known != nil {
		return known, nil
	}
	at, err := c.service(ctx, nsMedia)
	if err != nil {
		return nil, err
	}
	b, err := c.call(ctx, at, nsMedia+"/GetProfiles", `<GetProfiles xmlns="`+nsMedia+`"/>`, true)
	if err != nil {
		return nil, err
	}
	var profiles struct {
		Profiles []struct {
			Token string `xml:"token,attr"`
		} `xml:"Body>GetProfilesResponse>Profiles"`
	}
	if err := decode(b, &profiles); err != nil || len(profiles.Profiles) == 0 {
		return nil, ErrUnsupported
	}
	b, err = c.call(ctx, at, nsMedia+"/GetSnapshotUri", `<GetSnapshotUri xmlns="`+nsMedia+`"><ProfileToken>`+escape(profiles.Profiles[0].Token)+`</ProfileToken></GetSnapshotUri>`, true)
	if err != nil {
		return nil, err
	}
	var a struct {
		URI string `xml:"Body>GetSnapshotUriResponse>MediaUri>Uri"`
	}
	if err := decode(b, &a); err != nil || strings.TrimSpace(a.URI) == "" {
		return nil, ErrUnsupported
	}
	u, err := c.local(a.URI)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	c.snapshot = u
	c.mu.Unlock()
	return u, nil
}
