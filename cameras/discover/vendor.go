package discover

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"net"
	"net/netip"
	"strings"
	"sync"
	"syscall"

	"lares/cameras/internal/wire"
)

// The broadcasts of vendors. What they look like is not published by the
// vendors; each has its source beside it. What answers is JSON behind a head.

func everybody(port uint16) netip.AddrPort {
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte{255, 255, 255, 255}), port)
}

// broadcast asks on every link and takes what parse makes of the answers.
func (r *round) broadcast(ctx context.Context, to []netip.AddrPort, say []byte, parse func(b []byte) (wire.Sighting, bool)) {
	var wg sync.WaitGroup
	defer wg.Wait()
	for _, from := range r.links.own(false) {
		wg.Go(func() {
			r.ask(ctx, question{from: from, to: to, say: [][]byte{say}}, r.takes(parse))
		})
	}
}

// shared opens a well-known port at which devices answer by broadcast, beside whoever
// else hears there, or to a group, which it joins on every link.
func (r *round) shared(ctx context.Context, port uint16, group netip.Addr) (*net.UDPConn, error) {
	listen := net.ListenConfig{Control: func(_, _ string, c syscall.RawConn) (err error) {
		if e := c.Control(func(fd uintptr) {
			if err = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1); err != nil || !group.IsValid() {
				return
			}
			for _, l := range r.links { // one that cannot is none to be heard on
				_ = syscall.SetsockoptIPMreqn(int(fd), syscall.IPPROTO_IP, syscall.IP_ADD_MEMBERSHIP, &syscall.IPMreqn{Multiaddr: group.As4(), Ifindex: int32(l.Index)})
			}
		}); e != nil {
			return e
		}
		return err
	}}
	c, err := listen.ListenPacket(ctx, "udp4", netip.AddrPortFrom(netip.IPv4Unspecified(), port).String())
	if err != nil {
		return nil, err
	}
	return c.(*net.UDPConn), nil
}

// takes tells what parse finds as seen at the sender's address.
func (r *round) takes(parse func(b []byte) (wire.Sighting, bool)) answered {
	return func(from netip.Addr, b []byte) {
		if s, ok := parse(b); ok {
			s.Address = from
			learnHabits(&s)
			r.out.saw(s)
		}
	}
}

// DVRIP, of Xiongmai and its many labels: go2rtc internal/dvrip/dvrip.go and
// python-dvr DeviceManager.py. A head of 20 bytes: 0xff, message 1530 asks and
// 1531 answers, the length of the JSON last, little-endian.
const (
	dvripPort   = 34569
	dvripHead   = 20
	dvripAsks   = 1530
	dvripTells  = 1531
	dvripStream = 34567
)

// dvrip asks from ports of its own and hears on the well-known one besides:
// devices answer there by broadcast.
func (r *round) dvrip(ctx context.Context) {
	ask := make([]byte, dvripHead)
	ask[0] = 0xff
	binary.LittleEndian.PutUint16(ask[14:], dvripAsks)
	var wg sync.WaitGroup
	defer wg.Wait()
	if c, err := r.shared(ctx, dvripPort, netip.Addr{}); err == nil {
		wg.Go(func() { r.converse(ctx, c, question{}, r.takes(parseDVRIP)) })
	}
	wg.Go(func() { r.broadcast(ctx, []netip.AddrPort{everybody(dvripPort)}, ask, parseDVRIP) })
}

func parseDVRIP(b []byte) (s wire.Sighting, ok bool) {
	if len(b) < dvripHead || b[0] != 0xff || binary.LittleEndian.Uint16(b[14:]) != dvripTells {
		return s, false
	}
	var m struct {
		Common struct {
			HostName string
			MAC      string
			SN       string
			TCPPort  uint16
		} `json:"NetWork.NetCommon"`
	}
	if !parseJSON(b[dvripHead:], &m) || m.Common.MAC == "" && m.Common.SN == "" {
		return s, false
	}
	port := m.Common.TCPPort
	if port == 0 {
		port = dvripStream
	}
	return wire.Sighting{
		By: wire.ByDVRIP, Name: m.Common.HostName, MAC: plainMAC(m.Common.MAC), Serial: m.Common.SN,
		Speaks: []wire.Protocol{{Name: wire.SpeaksDVRIP, Port: port}},
	}, true
}

// DHIP, of Dahua: rroller/dahua custom_components/dahua/discovery.py. A head of
// 32 bytes: its length, "DHIP", at 16 and 24 the length of the JSON,
// little-endian.
const (
	dhipPort = 37810
	dhipHead = 32
	dhipAsks = `{"method":"DHDiscover.search","params":{"mac":"","uni":1}}` + "\n"
)

func (r *round) dhip(ctx context.Context) {
	ask := make([]byte, dhipHead, dhipHead+len(dhipAsks))
	ask[0] = dhipHead
	copy(ask[4:], "DHIP")
	binary.LittleEndian.PutUint32(ask[16:], uint32(len(dhipAsks)))
	binary.LittleEndian.PutUint32(ask[24:], uint32(len(dhipAsks)))
	ask = append(ask, dhipAsks...)
	group := netip.AddrPortFrom(netip.AddrFrom4([4]byte{239, 255, 255, 251}), dhipPort)
	r.broadcast(ctx, []netip.AddrPort{group, everybody(dhipPort)}, ask, parseDHIP)
}

func parseDHIP(b []byte) (s wire.Sighting, ok bool) {
	if len(b) < dhipHead || string(b[4:8]) != "DHIP" {
		return s, false
	}
	var m struct {
		MAC    string `json:"mac"`
		Method string `json:"method"`
		Params struct {
			Info struct {
				DeviceClass, DeviceType, MachineName, SerialNo, Vendor string

				Port, HTTPPort uint16
			} `json:"deviceInfo"`
		} `json:"params"`
	}
	if !parseJSON(b[dhipHead:], &m) || m.Method != "client.notifyDevInfo" {
		return s, false
	}
	d := m.Params.Info
	s = wire.Sighting{By: wire.ByDHIP, MAC: plainMAC(m.MAC), Vendor: d.Vendor, Model: d.DeviceType, Name: d.MachineName, Serial: d.SerialNo}
	if d.Port != 0 {
		s.Speaks = append(s.Speaks, wire.Protocol{Name: wire.SpeaksDHIP, Port: d.Port})
	}
	if d.HTTPPort != 0 {
		s.Speaks = append(s.Speaks, wire.Protocol{Name: wire.SpeaksHTTP, Port: d.HTTPPort})
	}
	return s, true
}

// TP-Link: python-kasa kasa/discover.py. Tapo answers a fixed question of 16
// bytes on 20002 with a head of 16 bytes and JSON; Kasa answers on 9999 JSON
// under a running XOR that begins with 171.
const (
	tapoPort   = 20002
	tapoHead   = 16
	tapoAsks   = "020000010000000000000000463cb5d3"
	tapoStream = 8800 // go2rtc pkg/tapo
	kasaPort   = 9999
	kasaKey    = 171
	kasaAsks   = `{"system":{"get_sysinfo":{}}}`
	kasaStream = 19443 // go2rtc pkg/kasa
)

func (r *round) tplink(ctx context.Context) {
	ask, err := hex.DecodeString(tapoAsks)
	if err != nil {
		return
	}
	var wg sync.WaitGroup
	defer wg.Wait()
	wg.Go(func() { r.broadcast(ctx, []netip.AddrPort{everybody(tapoPort)}, ask, parseTapo) })
	wg.Go(func() { r.broadcast(ctx, []netip.AddrPort{everybody(kasaPort)}, hideKasa([]byte(kasaAsks)), parseKasa) })
}

func parseTapo(b []byte) (s wire.Sighting, ok bool) {
	if len(b) < tapoHead {
		return s, false
	}
	var m struct {
		Result struct {
			ID    string `json:"device_id"`
			Name  string `json:"device_name"`
			Type  string `json:"device_type"`
			Model string `json:"device_model"`
			MAC   string `json:"mac"`
		} `json:"result"`
	}
	if !parseJSON(b[tapoHead:], &m) || !seesThings(m.Result.Type) {
		return s, false
	}
	d := m.Result
	return wire.Sighting{
		By: wire.ByTPLink, MAC: plainMAC(d.MAC), Model: d.Model, Name: d.Name, UUID: plainUUID(d.ID),
		Speaks: []wire.Protocol{{Name: wire.SpeaksTapo, Port: tapoStream}},
	}, true
}

// seesThings tells cameras and doorbells from plugs and bulbs (python-kasa
// kasa/deviceconfig.py, DeviceFamily).
func seesThings(family string) bool {
	return strings.Contains(family, "IPCAMERA") || strings.Contains(family, "DOORBELL")
}

func parseKasa(b []byte) (s wire.Sighting, ok bool) {
	var m struct {
		System struct {
			Info struct {
				Alias string `json:"alias"`
				ID    string `json:"deviceId"`
				Model string `json:"model"`
				MAC   string `json:"mac"`
				Type  string `json:"type"`
			} `json:"get_sysinfo"`
		} `json:"system"`
	}
	if !parseJSON(showKasa(b), &m) || !seesThings(m.System.Info.Type) {
		return s, false
	}
	d := m.System.Info
	return wire.Sighting{
		By: wire.ByTPLink, MAC: plainMAC(d.MAC), Model: d.Model, Name: d.Alias, UUID: plainUUID(d.ID),
		Speaks: []wire.Protocol{{Name: wire.SpeaksKasa, Port: kasaStream}},
	}, true
}

func hideKasa(b []byte) []byte {
	out, key := make([]byte, len(b)), byte(kasaKey)
	for i, c := range b {
		key ^= c
		out[i] = key
	}
	return out
}

func showKasa(b []byte) []byte {
	out, key := make([]byte, len(b)), byte(kasaKey)
	for i, c := range b {
		out[i] = c ^ key
		key = c
	}
	return out
}

// parseJSON reads the first value; devices put zeros and line ends behind it.
// Its depth is bounded by encoding/json, its length by the datagram.
func parseJSON(b []byte, into any) bool {
	return json.NewDecoder(bytes.NewReader(b)).Decode(into) == nil
}
