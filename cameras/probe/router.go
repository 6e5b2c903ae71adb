package probe

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"lares/cameras/internal/wire"
)

const (
	// routerWithin bounds what a router is asked.
	routerWithin = 6 * time.Second
	// maxMappings bounds the ports that are read, maxShown those that are told.
	maxMappings = 64
	maxShown    = 8

	kindForwarded = "forwarded" // the router leads from the internet to it
)

// router is an internet gateway device (UPnP IGD), which is asked what it lets in, and
// nothing else.
type router struct {
	at   netip.AddrPort // of its SSDP
	http *http.Client
}

// forwarded warns of the ports that the router leads to a device, whoever asked it to.
func forwarded(ctx context.Context, ask wire.Probe) []wire.ProbedWarning {
	at, err := netip.ParseAddrPort(ask.Router)
	if err != nil {
		return nil
	}
	device, err := netip.ParseAddrPort(cmp.Or(ask.ONVIF.Dial, ask.RTSP.Dial, ask.DVRIP.Dial))
	if err != nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, routerWithin)
	defer cancel()
	r := router{at, &http.Client{
		Transport: &http.Transport{
			DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
				_, port, err := net.SplitHostPort(address)
				if err != nil {
					return nil, err
				}
				return dialling(net.JoinHostPort(at.Addr().String(), port), dialWithin)(ctx, network, address)
			},
			MaxResponseHeaderBytes: maxPage, MaxIdleConns: 1, DisableCompression: true,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	defer r.http.CloseIdleConnections()
	ports := r.ports(ctx, device.Addr().Unmap())
	if len(ports) == 0 {
		return nil
	}
	shown := strings.Join(ports[:min(len(ports), maxShown)], ", ")
	return []wire.ProbedWarning{{Kind: kindForwarded, Text: fmt.Sprintf(
		"The router leads from the internet to this camera, at port %s: others may reach it. Switch UPnP off in the camera, and delete what the router forwards to %s.", shown, device.Addr())}}
}

// ports are those of the internet that lead to a device.
func (r router) ports(ctx context.Context, device netip.Addr) (out []string) {
	location := r.find(ctx)
	if location == nil {
		return nil
	}
	page, err := r.get(ctx, location, "", "")
	if err != nil {
		return nil
	}
	for _, s := range services(page) {
		control, err := location.Parse(s.control)
		if err != nil {
			continue
		}
		for i := range maxMappings {
			body := `<?xml version="1.0"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" s:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/"><s:Body>` +
				`<u:GetGenericPortMappingEntry xmlns:u="` + s.kind + `"><NewPortMappingIndex>` + strconv.Itoa(i) + `</NewPortMappingIndex></u:GetGenericPortMappingEntry></s:Body></s:Envelope>`
			answer, err := r.get(ctx, control, s.kind+"#GetGenericPortMappingEntry", body)
			if err != nil {
				break // there are no more
			}
			m := elements(answer, "NewInternalClient", "NewExternalPort", "NewEnabled")
			port, err := strconv.ParseUint(m["NewExternalPort"], 10, 16)
			client, err2 := netip.ParseAddr(m["NewInternalClient"])
			if on := m["NewEnabled"]; err == nil && err2 == nil && client.Unmap() == device && (on == "1" || strings.EqualFold(on, "true")) {
				out = append(out, strconv.FormatUint(port, 10))
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// get reads a page of the router, or has it answer a question.
func (r router) get(ctx context.Context, at *url.URL, action, body string) ([]byte, error) {
	method := http.MethodGet
	if action != "" {
		method = http.MethodPost
	}
	if at.Scheme != "http" || at.Hostname() != r.at.Addr().String() {
		return nil, errNoPage
	}
	q, err := http.NewRequestWithContext(ctx, method, at.String(), strings.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("probe: asking the router: %w", err)
	}
	if action != "" {
		q.Header.Set("Content-Type", `text/xml; charset="utf-8"`)
		q.Header.Set("SOAPAction", `"`+action+`"`)
	}
	res, err := r.http.Do(q)
	if err != nil {
		return nil, fmt.Errorf("probe: asking the router: %w", err)
	}
	defer res.Body.Close()
	page, err := io.ReadAll(io.LimitReader(res.Body, maxPage))
	if err != nil || res.StatusCode != http.StatusOK {
		return nil, errNoPage
	}
	return page, nil
}
