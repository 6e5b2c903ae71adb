package discover

import (
	"context"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"sync"

	"lares/cameras/internal/wire"
)

// SADP, of Hikvision and of who sells its cameras under other names: the README of
// cameronnewman/hikvision-tooling. A question in XML goes to a group; firmware of now
// answers who asked, that of before answers all of the group. Its cameras do not speak
// ONVIF before somebody switches that on, so many tell of themselves in this way alone.
const (
	sadpPort = 37020
	sadpAsks = `<?xml version="1.0" encoding="utf-8"?><Probe><Uuid>%s</Uuid><Types>inquiry</Types></Probe>`
)

// sadp asks from ports of its own, and hears what is said to the group besides.
func (r *round) sadp(ctx context.Context) {
	group := netip.AddrFrom4([4]byte{239, 255, 255, 250})
	ask := fmt.Appendf(nil, sadpAsks, strings.ToUpper(newUUID()))
	var wg sync.WaitGroup
	defer wg.Wait()
	if c, err := r.shared(ctx, sadpPort, group); err == nil {
		wg.Go(func() { r.converse(ctx, c, question{}, r.takes(parseSADP)) })
	}
	wg.Go(func() { r.broadcast(ctx, []netip.AddrPort{netip.AddrPortFrom(group, sadpPort)}, ask, parseSADP) })
}

// parseSADP reads an answer, and not the question, which comes to the group as well.
func parseSADP(b []byte) (s wire.Sighting, ok bool) {
	s.By = wire.BySADP
	web, rtsp := uint16(80), uint16(0)
	walkXML(b, func(e element) {
		switch {
		case e.is("ProbeMatch", "DeviceDescription"):
			s.Model = e.text
		case e.is("ProbeMatch", "DeviceSN"):
			s.Serial = e.text
		case e.is("ProbeMatch", "MAC"):
			s.MAC = plainMAC(e.text)
		case e.is("ProbeMatch", "HttpPort"):
			web = portIn(e.text)
		case e.is("ProbeMatch", "RtspPort"):
			rtsp = portIn(e.text)
		}
	})
	if s.MAC == "" && s.Serial == "" {
		return s, false
	}
	if web != 0 {
		s.Speaks = append(s.Speaks, wire.Protocol{Name: wire.SpeaksHTTP, Port: web})
	}
	if rtsp != 0 {
		s.Speaks = append(s.Speaks, wire.Protocol{Name: wire.SpeaksRTSP, Port: rtsp})
	}
	return s, true
}

// portIn is a port that is written out, 0 for what is none.
func portIn(s string) uint16 {
	n, err := strconv.ParseUint(s, 10, 16)
	if err != nil {
		return 0
	}
	return uint16(n)
}
