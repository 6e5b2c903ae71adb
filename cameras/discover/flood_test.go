package discover

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"lares/cameras/fakecam/lan"
)

const (
	fakes     = 10_000
	floodTime = 10 * time.Second
	// floodWeight is what a flood may cost in memory, in bytes.
	floodWeight = 32 << 20
)

// fakeAddress is the address of a device that does not exist: the flooder's
// kernel takes them all for its own.
func fakeAddress(i int) netip.Addr {
	return netip.AddrFrom4([4]byte{198, 18, byte(128 + i>>8), byte(i)})
}

// hearers are the sockets of a flooder that hear the questions of a hub: by their
// port who asked last.
type hearers map[uint16]*atomic.Pointer[netip.AddrPort]

// hear listens for questions on all ports until they are closed: those by
// multicast, and the broadcasts of vendors.
func (h hearers) hear(link *net.Interface, wg *sync.WaitGroup) (closeAll func(), err error) {
	var open []*net.UDPConn
	closeAll = func() {
		for _, c := range open {
			c.Close()
		}
	}
	for _, port := range []uint16{wsdPort, ssdpPort, dvripPort, dhipPort, sadpPort, tapoPort, kasaPort} {
		var c *net.UDPConn
		if port == wsdPort || port == ssdpPort || port == sadpPort {
			c, err = net.ListenMulticastUDP("udp4", link, &net.UDPAddr{IP: net.IPv4(239, 255, 255, 250), Port: int(port)})
		} else {
			c, err = net.ListenUDP("udp4", &net.UDPAddr{Port: int(port)})
		}
		if err != nil {
			closeAll()
			return nil, err
		}
		open = append(open, c)
		asker := &atomic.Pointer[netip.AddrPort]{}
		h[port] = asker
		wg.Go(func() {
			b := make([]byte, 4096)
			for {
				_, from, err := c.ReadFromUDPAddrPort(b)
				if err != nil {
					return
				}
				asker.Store(&from)
			}
		})
	}
	return closeAll, nil
}

// fakeAnswers are what the i-th device that does not exist answers, by port.
func fakeAnswers(i int, a netip.Addr) map[uint16][]byte {
	mac := fmt.Sprintf("02:00:00:00:%02x:%02x", byte(i>>8), byte(i))
	return map[uint16][]byte{
		wsdPort:   []byte(probeMatch(fmt.Sprintf("urn:uuid:fake-%08d", i), "dn:NetworkVideoTransmitter", "onvif://www.onvif.org/name/fake", "http://"+a.String()+"/onvif/device_service")),
		ssdpPort:  []byte("HTTP/1.1 200 OK\r\nLOCATION: http://" + a.String() + "/d.xml\r\n\r\n"),
		dvripPort: framed(dvripHead, map[int]string{0: "\xff\x01", 14: "\xfb\x05"}, fmt.Sprintf(`{"NetWork.NetCommon":{"HostName":"fake","MAC":%q,"SN":"fake%08d","TCPPort":34567}}`, mac, i)),
		dhipPort: framed(dhipHead, map[int]string{0: "\x20", 4: "DHIP"}, fmt.Sprintf(
			`{"mac":%q,"method":"client.notifyDevInfo","params":{"deviceInfo":{"MachineName":"fake","SerialNo":"FAKE%08d","Port":37777}}}`, mac, i)),
		sadpPort: fmt.Appendf(nil, "<ProbeMatch><DeviceDescription>fake</DeviceDescription><DeviceSN>FAKE-SADP-%08d</DeviceSN><MAC>%s</MAC></ProbeMatch>", i, mac),
		tapoPort: framed(tapoHead, nil, fmt.Sprintf(`{"result":{"device_id":"fake-tapo-%08d","device_type":"SMART.IPCAMERA","mac":%q}}`, i, mac)),
		kasaPort: hideKasa(fmt.Appendf(nil, `{"system":{"get_sysinfo":{"deviceId":"fake-kasa-%08d","type":"IOT.IPCAMERA","mac":%q}}}`, i, mac)),
	}
}

// flood plays ten thousand devices in ten seconds: each announces itself by
// mDNS and answers every question that was asked, from an address of its own, and
// by DVRIP and SADP also at the well-known port. It begins with the first line it is sent,
// and prints one when it has ended: how many it answered, by port.
func flood(ctx context.Context) error {
	eth := netip.MustParseAddrPort(os.Getenv(floodEnv))
	mdns, err := net.ListenUDP("udp4", net.UDPAddrFromAddrPort(eth))
	if err != nil {
		return err
	}
	defer mdns.Close()
	link, err := net.InterfaceByName("eth0")
	if err != nil {
		return err
	}
	heard := hearers{}
	var wg sync.WaitGroup
	defer wg.Wait()
	closeAll, err := heard.hear(link, &wg)
	if err != nil {
		return err
	}
	defer closeAll()
	if _, err := bufio.NewReader(os.Stdin).ReadString('\n'); err != nil {
		return err
	}
	group := netip.MustParseAddrPort("224.0.0.251:5353")
	pace := time.NewTicker(floodTime / fakes)
	defer pace.Stop()
	sent := map[uint16]int{}
	for i := range fakes {
		a := fakeAddress(i)
		_, _ = mdns.WriteToUDPAddrPort(fakeAdvert(i, a), group)
		for port, say := range fakeAnswers(i, a) {
			to := heard[port].Load()
			if to == nil {
				continue
			}
			c, err := net.ListenUDP("udp4", net.UDPAddrFromAddrPort(netip.AddrPortFrom(a, 0)))
			if err != nil {
				continue
			}
			if _, err := c.WriteToUDPAddrPort(say, *to); err == nil {
				sent[port]++
			}
			if port == dvripPort || port == sadpPort {
				_, _ = c.WriteToUDPAddrPort(say, netip.AddrPortFrom(to.Addr(), port))
			}
			c.Close()
		}
		select {
		case <-pace.C:
		case <-ctx.Done():
			return nil
		}
	}
	fmt.Println(len(sent), sent)
	<-ctx.Done()
	return nil
}

// fakeAdvert is a response of mDNS with PTR, SRV, TXT and A (RFC 6762 §18, RFC
// 1035 §4.1).
func fakeAdvert(i int, a netip.Addr) []byte {
	name := func(labels ...string) (out []byte) {
		for _, l := range labels {
			out = append(append(out, byte(len(l))), l...)
		}
		return append(out, 0)
	}
	service := []string{"_rtsp", "_tcp", "local"}
	instance := name(append([]string{fmt.Sprintf("fake %d", i)}, service...)...)
	host := name(fmt.Sprintf("fake-%d", i), "local")
	out := []byte{0, 0, 0x84, 0, 0, 0, 0, 1, 0, 0, 0, 3}
	record := func(owner []byte, typ uint16, data []byte) {
		out = append(out, owner...)
		out = binary.BigEndian.AppendUint16(out, typ)
		out = append(out, 0, 1, 0, 0, 0, 120)
		out = append(binary.BigEndian.AppendUint16(out, uint16(len(data))), data...)
	}
	record(name(service...), 12, instance)
	record(instance, 33, append([]byte{0, 0, 0, 0, 554 >> 8, 554 & 255}, host...))
	record(instance, 16, []byte("\x0cpath=/stream"))
	record(host, 1, a.AsSlice())
	return out
}

// memoryOf is the resident memory of a process and its children, in bytes.
func memoryOf(pid int) int {
	sum := 0
	if b, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid)); err == nil {
		if f := strings.Fields(string(b)); len(f) > 1 {
			n, _ := strconv.Atoi(f[1])
			sum = n * os.Getpagesize()
		}
	}
	tasks, _ := os.ReadDir(fmt.Sprintf("/proc/%d/task", pid))
	for _, task := range tasks {
		b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%s/children", pid, task.Name()))
		for _, child := range strings.Fields(string(b)) {
			if n, err := strconv.Atoi(child); err == nil {
				sum += memoryOf(n)
			}
		}
	}
	return sum
}

// TestFlood: ten thousand devices in ten seconds, in all ways at once, cost at
// most 32 MiB in hub and worker together, and hide no real camera: neither those
// that were there nor those that come in the middle.
func TestFlood(t *testing.T) {
	t.Parallel()
	s := newStreet(t, "/15")
	cameras := map[string]string{}
	for i, maker := range []string{"lares", "axis", "hikvision"} {
		cameras[s.camera(fmt.Sprintf("Camera %d", i), maker)] = maker
	}
	space, address := s.House("")
	lan.Need(t, "-n", space, "route", "add", "local", "198.18.128.0/17", "dev", "lo")
	start, done := s.flooder(space, address)

	next, pid := s.find("always")
	until(t, next, patience, "the cameras", func(n *snapshot) bool { return len(missing(n, cameras)) == 0 })
	quiet, loud := 0, 0
	watch := func(into *int, n int) { *into = max(*into, n) }
	for range 2 { // quiet rounds
		for _, busy := range []bool{true, false} {
			until(t, next, patience, "a round", func(n *snapshot) bool { watch(&quiet, memoryOf(pid)); return n.Searching == busy })
		}
	}
	start()
	over := time.After(floodTime + 5*patience) // on a machine that does much else
	most := 0
	late := false
	for flooding := true; flooding; {
		n := next()
		if n == nil {
			t.Fatal("the finder ended")
		}
		most = max(most, len(n.Candidates))
		watch(&loud, memoryOf(pid))
		if gone := missing(n, cameras); !late && len(gone) > 0 {
			t.Fatalf("in the flood there is no %v", gone)
		}
		if most > MaxCandidates/2 && !late {
			cameras[s.camera("Late", "dahua")], late = "dahua", true
		}
		select {
		case <-done:
			flooding = false
		case <-over:
			t.Fatal("the flood did not end")
		default:
		}
	}
	n := until(t, next, patience, "the camera that came late", func(n *snapshot) bool { watch(&loud, memoryOf(pid)); return len(missing(n, cameras)) == 0 })
	t.Logf("%d candidates at most; %d MiB quiet, %d MiB in the flood; all real ones after %d ms", most, quiet>>20, loud>>20, n.AfterMS)
	if most > MaxCandidates || most < MaxCandidates/2 || !late {
		t.Errorf("%d candidates at most: that was no flood, or no bound", most)
	}
	if grown := loud - quiet; grown > floodWeight && !raced {
		t.Errorf("the flood costs %d MiB", grown>>20)
	}
}

// flooder starts the flooder, which waits for start; done is closed when it has
// sent everything.
func (s *street) flooder(space, address string) (start func(), done <-chan struct{}) {
	s.t.Helper()
	in, out, err := os.Pipe()
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { out.Close() })
	s.stdin = in
	lines, process := s.run(space, floodEnv+"="+address+":0")
	s.stdin = nil
	in.Close()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if lines.Scan() && !strings.HasPrefix(lines.Text(), "7 ") {
			s.t.Errorf("not on all ports of seven was there a flood: %s", lines.Text())
		}
		s.t.Log(lines.Text())
	}()
	return func() {
		if _, err := out.WriteString("go\n"); err != nil {
			_ = process.Signal(syscall.SIGTERM)
			s.t.Fatal(err)
		}
	}, ended
}
