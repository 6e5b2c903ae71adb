package discover

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/textproto"
	"net/url"
	"strings"
	"sync"
	"time"

	"lares/cameras/internal/wire"
)

// The address of SSDP (UPnP Device Architecture 2.0 §1.2).
const ssdpPort = 1900

const (
	// descriptions bounds how many documents a round reads, at once and in all:
	// a network has a dozen UPnP devices, and a flood has any number.
	descriptionsAtOnce = 4
	descriptions       = 64
	describeWithin     = 2 * time.Second
	maxDescription     = 64 << 10
	maxHeader          = 8 << 10
)

// ssdp asks for UPnP devices and reads the description of each from itself.
func (r *round) ssdp(ctx context.Context) {
	d := &describer{r: r, seen: map[netip.Addr]map[string]bool{}, slots: make(chan struct{}, descriptionsAtOnce)}
	defer d.wg.Wait()
	var wg sync.WaitGroup
	defer wg.Wait()
	for _, from := range r.links.own(false) {
		q := question{from: from, to: []netip.AddrPort{netip.AddrPortFrom(netip.AddrFrom4([4]byte{239, 255, 255, 250}), ssdpPort)}, say: [][]byte{mSearch("upnp:rootdevice")}}
		wg.Go(func() {
			r.ask(ctx, q, func(from netip.Addr, b []byte) {
				if u := parseSSDP(b); u != nil {
					d.read(ctx, from, u)
				}
			})
		})
	}
}

// mSearch is a question for devices that answer within two seconds.
func mSearch(target string) []byte {
	return []byte("M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nMAN: \"ssdp:discover\"\r\nMX: 2\r\nST: " + target + "\r\n\r\n")
}

// parseSSDP finds where an answer says that the description is; nil where it
// does not.
func parseSSDP(b []byte) *url.URL {
	line, rest, ok := bytes.Cut(b, []byte("\n"))
	if !ok || !bytes.HasPrefix(line, []byte("HTTP/1.")) || !bytes.Contains(line, []byte(" 200")) {
		return nil
	}
	head, err := textproto.NewReader(bufio.NewReader(io.LimitReader(bytes.NewReader(rest), maxHeader))).ReadMIMEHeader()
	if err != nil && err != io.EOF {
		return nil
	}
	u, err := url.Parse(head.Get("Location"))
	if err != nil || u.Scheme != "http" || u.User != nil || portOf(u) == 0 {
		return nil
	}
	return u
}

// describer reads descriptions, each once, a few at a time.
type describer struct {
	r     *round
	wg    sync.WaitGroup
	slots chan struct{}

	mu    sync.Mutex // guards following
	count int
	seen  map[netip.Addr]map[string]bool
}

// perDevice is how many descriptions one address may have.
const perDevice = 4

// read fetches the document if it is the sender's own: a device must not have
// the hub ask another one.
func (d *describer) read(ctx context.Context, from netip.Addr, u *url.URL) {
	if host, err := netip.ParseAddr(u.Hostname()); err != nil || host.Unmap() != from.WithZone("") {
		return
	}
	if !d.take(from, u.String()) {
		return
	}
	d.wg.Go(func() {
		select {
		case d.slots <- struct{}{}:
			defer func() { <-d.slots }()
		case <-ctx.Done():
			return
		}
		if b := fetch(ctx, netip.AddrPortFrom(d.r.links.dialable(from), portOf(u)), u); b != nil {
			if s, ok := parseDescription(b); ok {
				s.Address = from
				d.r.out.saw(s)
			}
		}
	})
}

// take reports whether there is still room for this document.
func (d *describer) take(from netip.Addr, at string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.count >= descriptions || len(d.seen[from]) >= perDevice || d.seen[from][at] {
		return false
	}
	if d.seen[from] == nil {
		d.seen[from] = map[string]bool{}
	}
	d.seen[from][at] = true
	d.count++
	return true
}

// fetch gets a small document from exactly this address; nil if it does not.
func fetch(ctx context.Context, from netip.AddrPort, u *url.URL) []byte {
	ctx, cancel := context.WithTimeout(ctx, describeWithin)
	defer cancel()
	transport := webOf(from)
	defer transport.CloseIdleConnections()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil
	}
	answer, err := transport.RoundTrip(request) // follows no redirect
	if err != nil {
		return nil
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil
	}
	b, err := io.ReadAll(io.LimitReader(answer.Body, maxDescription))
	if err != nil {
		return nil
	}
	return b
}

// webOf speaks with exactly this address, over one connection a request; it
// unpacks nothing. Who is there, no certificate of a camera says.
func webOf(at netip.AddrPort) *http.Transport {
	return &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "tcp", at.String())
		},
		TLSClientConfig:   &tls.Config{InsecureSkipVerify: true},
		DisableKeepAlives: true, DisableCompression: true, MaxResponseHeaderBytes: maxHeader,
	}
}

// parseDescription reads a device description (UPnP Device Architecture 2.0
// §2.3), the root device alone; ok is false for what is no camera.
func parseDescription(b []byte) (s wire.Sighting, ok bool) {
	var vendor, kind, about, page string
	s = wire.Sighting{By: wire.BySSDP}
	walkXML(b, func(e element) {
		if e.open || len(e.path) != 3 || e.path[1] != "device" {
			return
		}
		switch e.path[2] {
		case "deviceType":
			kind = e.text
		case "friendlyName":
			s.Name = e.text
		case "manufacturer":
			vendor = e.text
		case "modelName":
			s.Model = e.text
		case "modelDescription":
			about = e.text
		case "serialNumber":
			s.Serial = e.text
		case "UDN":
			s.UUID = plainUUID(e.text)
		case "presentationURL":
			page = e.text
		}
	})
	if !looksLikeCamera(vendor, s.Model, s.Name, about, kind) {
		return s, false
	}
	s.Vendor = vendor
	s.MAC = macIn(s.Name)
	learnHabits(&s)
	if u, err := url.Parse(page); err == nil && portOf(u) != 0 {
		s.Speaks = []wire.Protocol{{Name: strings.ToLower(u.Scheme), Port: portOf(u)}}
	}
	return s, true
}
