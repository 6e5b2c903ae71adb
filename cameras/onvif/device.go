package onvif

import (
	"bytes"
	"context"
	"encoding/xml"
	"fmt"
	"net/http"
)

// check turns a refusal into an error. Devices answer a fault with 400 or 500,
// some with 200; some without a service serve a web page (HTTP 200, HTML).
func check(status int, answer []byte) error {
	var a struct {
		XMLName xml.Name
		Fault   *struct {
			Code   string `xml:"Code>Value"`
			Sub    string `xml:"Code>Subcode>Value"`
			SubSub string `xml:"Code>Subcode>Subcode>Value"`
		} `xml:"Body>Fault"`
	}
	err := decode(answer, &a)
	switch {
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		return ErrNotAuthorized
	case err == nil && a.Fault != nil:
		codes := a.Fault.Code + " " + a.Fault.Sub + " " + a.Fault.SubSub
		if meant := meaningOf(codes); meant != nil {
			return meant
		}
		return &refusal{bounded(codes, 100)}
	case status == http.StatusNotFound:
		return ErrUnsupported
	case status >= 300 && status < 400:
		return fmt.Errorf("onvif: the device sends the hub elsewhere (HTTP status %d), which is refused", status)
	case status != http.StatusOK && status != http.StatusAccepted:
		return fmt.Errorf("onvif: the device answers with HTTP status %d", status)
	case isWebPage(answer):
		return fmt.Errorf("%w: it shows a web page instead: %w", ErrUnsupported, ErrMalformed)
	case err != nil || a.XMLName.Local != "Envelope":
		return fmt.Errorf("%w: no SOAP envelope", ErrMalformed)
	}
	return nil
}

// refusal is a fault that means nothing in particular: the device answered, and
// will not.
type refusal struct{ codes string }

// Error names the fault's codes.
func (r *refusal) Error() string { return fmt.Sprintf("onvif: the device answers %q", r.codes) }

// Is makes every refusal an ErrRefused.
func (r *refusal) Is(target error) bool { return target == ErrRefused }

// isWebPage looks at the beginning only: what is cut off or not well formed is
// a web page all the same.
func isWebPage(b []byte) bool {
	const look = 512
	b = bytes.ToLower(bytes.TrimSpace(b[:min(len(b), look)]))
	return bytes.HasPrefix(b, []byte("<!doctype html")) || bytes.HasPrefix(b, []byte("<html"))
}

// Device is what a device says about itself.
type Device struct {
	Manufacturer, Model, Firmware, Serial string
}

// How GetDeviceInformation is asked.
const (
	actionWho = nsDevice + "/GetDeviceInformation"
	bodyWho   = `<GetDeviceInformation xmlns="` + nsDevice + `"/>`
)

// Device asks who answers (ONVIF Core §8.1.3).
func (c *Client) Device(ctx context.Context) (Device, error) {
	a, err := ask[struct {
		Manufacturer, Model, FirmwareVersion, SerialNumber string
	}](ctx, c, nsDevice, "GetDeviceInformation", "")
	if err != nil {
		return Device{}, err
	}
	const most = 128
	return Device{
		Manufacturer: bounded(a.Manufacturer, most), Model: bounded(a.Model, most),
		Firmware: bounded(a.FirmwareVersion, most), Serial: bounded(a.SerialNumber, most),
	}, nil
}

// Reboot restarts the device (ONVIF Core §8.3.7). It is gone for a minute or
// so; subscriptions do not survive.
func (c *Client) Reboot(ctx context.Context) error {
	return tell(ctx, c, nsDevice, "SystemReboot", "")
}
