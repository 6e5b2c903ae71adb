package discover

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"iter"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"lares/cameras/clock"
	"lares/cameras/internal/wire"
)

const (
	// knockEvery is the pace of addresses. Each that is empty stands in the
	// kernel's table of neighbours for seconds, which holds 1024 and drops
	// others' when it is full (arp(7), gc_thresh3).
	knockEvery = 25 * time.Millisecond
	// knocksAtOnce bounds the addresses that are being knocked at.
	knocksAtOnce = 48
	knockWithin  = 800 * time.Millisecond
	greetWithin  = 2 * time.Second
	maxGreeting  = 16 << 10
)

// door is a port that cameras have, and how to find out whether it is one's.
type door struct {
	port  uint16
	greet func(ctx context.Context, at netip.AddrPort, s *wire.Sighting)
}

// doors are RTSP on its usual ports, ONVIF or a web page where makers put them
// (80; Hikvision and Reolink 8000; others 8080; TP-Link 2020; 443 of those that are
// set to HTTPS alone), DVRIP.
func doors() []door {
	return []door{
		{554, greetRTSP}, {80, greetHTTP},
		{8000, greetHTTP}, {8080, greetHTTP}, {2020, greetTPLink}, {8554, greetRTSP}, {34567, greetDVRIP}, {portHTTPS, greetHTTPS},
	}
}

const portHTTPS = 443

// frontDoors is how many of the first doors tell whether anybody lives there: who is silent
// at both is not asked at the others.
const frontDoors = 2

// knock tries the doors of each address that the plan has, and of the neighbours
// the hub knows besides, at a pace that disturbs nobody.
func (r *round) knock(ctx context.Context) {
	slots := make(chan struct{}, knocksAtOnce)
	var wg sync.WaitGroup
	defer wg.Wait()
	own := r.links.own(false)
	parts, _ := r.links.plan()
	visits := []iter.Seq[netip.Addr]{slices.Values(r.known)}
	for _, p := range parts {
		visits = append(visits, hosts(p, own))
	}
	for _, list := range visits {
		for a := range list {
			if !clock.Pause(ctx, knockEvery) {
				return
			}
			select {
			case slots <- struct{}{}:
			case <-ctx.Done():
				return
			}
			wg.Go(func() {
				defer func() { <-slots }()
				r.visit(ctx, a)
			})
		}
	}
}

// visit knocks at the doors of one address and tells what is behind them.
func (r *round) visit(ctx context.Context, a netip.Addr) {
	s := wire.Sighting{By: wire.ByScan, Address: a}
	silent := 0
	for i, d := range doors() {
		if i == frontDoors && silent == frontDoors {
			return
		}
		at := netip.AddrPortFrom(a, d.port)
		open, answered := knockAt(ctx, at)
		if !answered {
			silent++
		}
		if open {
			d.greet(ctx, at, &s)
		}
	}
	if len(s.Speaks) > 0 {
		learnHabits(&s)
		r.out.saw(s)
	}
}

// knockAt opens a connection and closes it. A door that is refused is an answer
// too.
func knockAt(ctx context.Context, at netip.AddrPort) (open, answered bool) {
	c, err := (&net.Dialer{Timeout: knockWithin}).DialContext(ctx, "tcp", at.String())
	if err != nil {
		return false, errors.Is(err, syscall.ECONNREFUSED)
	}
	c.Close()
	return true, true
}

// greetRTSP asks for OPTIONS (RFC 2326 §10.1), which needs no password.
func greetRTSP(ctx context.Context, at netip.AddrPort, s *wire.Sighting) {
	answer := exchange(ctx, at, "OPTIONS rtsp://"+at.String()+"/ RTSP/1.0\r\nCSeq: 1\r\nUser-Agent: lares\r\n\r\n", "\r\n\r\n")
	if !bytes.HasPrefix(answer, []byte("RTSP/1.")) {
		return
	}
	s.Speaks = append(s.Speaks, wire.Protocol{Name: wire.SpeaksRTSP, Port: at.Port()})
	if v, ok := vendorOf(serverOf(answer)); ok && s.Vendor == "" {
		s.Vendor = v.name
	}
}

// serverOf is the Server header of an answer.
func serverOf(answer []byte) string {
	for line := range strings.SplitSeq(string(answer), "\n") {
		if k, v, ok := strings.Cut(line, ":"); ok && strings.EqualFold(k, "server") {
			return strings.TrimSpace(v)
		}
	}
	return ""
}

// exchange sends one text and reads until the end mark, or what fits.
func exchange(ctx context.Context, at netip.AddrPort, say, end string) []byte {
	ctx, cancel := context.WithTimeout(ctx, greetWithin)
	defer cancel()
	c, err := (&net.Dialer{}).DialContext(ctx, "tcp", at.String())
	if err != nil {
		return nil
	}
	defer c.Close()
	stop := context.AfterFunc(ctx, func() { c.Close() })
	defer stop()
	if _, err := io.WriteString(c, say); err != nil {
		return nil
	}
	var got []byte
	in := bufio.NewReader(io.LimitReader(c, maxGreeting))
	for !bytes.Contains(got, []byte(end)) {
		line, err := in.ReadBytes('\n')
		got = append(got, line...)
		if err != nil {
			break
		}
	}
	return got
}

// askTime is GetSystemDateAndTime, which every ONVIF device answers without a
// password (Core §5.9.4.3, §8.2.6).
const askTime = `<?xml version="1.0" encoding="UTF-8"?><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope">` +
	`<s:Body><GetSystemDateAndTime xmlns="http://www.onvif.org/ver10/device/wsdl"/></s:Body></s:Envelope>`

// greetHTTP asks for ONVIF, and where there is none for a camera's web page. Where it
// is sent on to HTTPS of the same address, it asks there.
func greetHTTP(ctx context.Context, at netip.AddrPort, s *wire.Sighting) {
	before := len(s.Speaks)
	secure := greetONVIF(ctx, site{at, false}, s)
	if len(s.Speaks) == before {
		page := greetWeb(ctx, site{at, false}, s)
		secure = cmp.Or(secure, page)
	}
	if len(s.Speaks) == before && secure != 0 && secure != portHTTPS { // which has a door of its own
		greetHTTPS(ctx, netip.AddrPortFrom(at.Addr(), secure), s)
	}
}

// greetHTTPS is greetHTTP over TLS, for whoever does not speak ONVIF elsewhere.
func greetHTTPS(ctx context.Context, at netip.AddrPort, s *wire.Sighting) {
	if slices.ContainsFunc(s.Speaks, func(p wire.Protocol) bool { return p.Name == wire.SpeaksONVIF }) {
		return
	}
	before := len(s.Speaks)
	if greetONVIF(ctx, site{at, true}, s); len(s.Speaks) == before {
		greetWeb(ctx, site{at, true}, s)
	}
}

// greetTPLink asks for ONVIF alone.
func greetTPLink(ctx context.Context, at netip.AddrPort, s *wire.Sighting) {
	greetONVIF(ctx, site{at, false}, s)
}

// greetONVIF asks the device service for the time; any answer of SOAP counts, a
// refusal too. secure is the port of HTTPS to which it was sent on, 0 for none.
func greetONVIF(ctx context.Context, at site, s *wire.Sighting) (secure uint16) {
	ctx, cancel := context.WithTimeout(ctx, greetWithin)
	defer cancel()
	transport := webOf(at.AddrPort)
	defer transport.CloseIdleConnections()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, at.url("/onvif/device_service").String(), strings.NewReader(askTime))
	if err != nil {
		return 0
	}
	request.Header.Set("Content-Type", "application/soap+xml; charset=utf-8")
	answer, err := transport.RoundTrip(request) // follows no redirect
	if err != nil {
		return 0
	}
	defer answer.Body.Close()
	b, err := io.ReadAll(io.LimitReader(answer.Body, maxGreeting))
	if err != nil || !isSOAP(b) {
		return at.secure(answer)
	}
	s.Speaks = append(s.Speaks, wire.Protocol{Name: wire.SpeaksONVIF, Port: at.Port(), TLS: at.tls})
	if v, ok := vendorOf(answer.Header.Get("Server")); ok && s.Vendor == "" {
		s.Vendor = v.name
	}
	return 0
}

// isSOAP reports whether a document is an envelope that speaks of ONVIF, or of
// a fault.
func isSOAP(b []byte) (ok bool) {
	walkXML(b, func(e element) {
		at := len(e.path) - 1
		if e.open && e.path[0] == "Envelope" && (e.path[at] == "GetSystemDateAndTimeResponse" || e.path[at] == "Fault") {
			ok = true
		}
	})
	return ok
}

// greetDVRIP believes the port: the protocol says nothing before a sign-in.
func greetDVRIP(_ context.Context, at netip.AddrPort, s *wire.Sighting) {
	s.Speaks = append(s.Speaks, wire.Protocol{Name: wire.SpeaksDVRIP, Port: at.Port()})
}
