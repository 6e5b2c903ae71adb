package discover

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"lares/cameras/fakecam"
	"lares/cameras/fakecam/lan"
)

// street is a network of namespaces: the hub's, which has the bridge, and one
// for each other machine.
type street struct {
	*lan.LAN
	t      *testing.T
	houses int
}

func newStreet(t *testing.T, bits string) *street {
	t.Helper()
	return &street{LAN: lan.New(t, bits), t: t}
}

// run starts this binary in a namespace as something else, until the test ends.
func (s *street) run(space string, env ...string) (*bufio.Scanner, *os.Process) {
	s.t.Helper()
	cmd := lan.Command(space, os.Args[0])
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH")}, env...)
	cmd.Stderr = s.t.Output()
	out, err := cmd.StdoutPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		kill := time.AfterFunc(10*time.Second, func() { _ = cmd.Process.Kill() })
		defer kill.Stop()
		_ = cmd.Wait()
	})
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 8<<20)
	return lines, cmd.Process
}

// camera starts a fake camera in a house of its own and returns its address,
// once it answers.
func (s *street) camera(name, maker string) string {
	s.t.Helper()
	space, address := s.House("")
	s.cameraIn(space, address, name, maker)
	return address
}

// cameraIn is camera in a house that stands.
func (s *street) cameraIn(space, address, name, maker string) {
	s.t.Helper()
	at := address
	if s.houses++; s.houses%2 == 0 {
		at = "[::]" // on all addresses, IPv6 too
	}
	s.cameraAs(space, "--name", name, "--maker", maker, "--listen", at+":554", "--http", at+":80")
}

// cameraAs is cameraIn with the arguments of fakecam.
func (s *street) cameraAs(space string, args ...string) {
	s.t.Helper()
	lines, _ := s.run(space, cameraEnv+"="+strings.Join(args, "|"))
	if !lines.Scan() {
		s.t.Fatalf("the camera of %v did not start", args)
	}
	go func() {
		for lines.Scan() {
		}
	}()
}

// find runs a Finder in the hub's namespace; each call of next is the next
// list, nil at the end.
func (s *street) find(kind string) (next func() *snapshot, pid int) {
	lines, process := s.run(s.Hub, finderEnv+"="+kind)
	return func() *snapshot {
		if !lines.Scan() {
			return nil
		}
		var n snapshot
		if err := json.Unmarshal(lines.Bytes(), &n); err != nil {
			s.t.Fatal(err)
		}
		return &n
	}, process.Pid
}

// patience bounds what is waited for: rounds come every 15 s, on a machine that
// may do much else.
const patience = time.Minute

// until reads lists until one fits, for a while.
func until(t *testing.T, next func() *snapshot, within time.Duration, what string, fits func(*snapshot) bool) *snapshot {
	t.Helper()
	for end := time.Now().Add(within); time.Now().Before(end); {
		n := next()
		if n == nil {
			t.Fatalf("the finder ended before %s", what)
		}
		if fits(n) {
			return n
		}
	}
	t.Fatalf("%s did not come within %v", what, within)
	return nil
}

// TestStreet: twelve cameras of different makers, each in a namespace of its
// own, are found, each once. How soon, make bench-discover says.
func TestStreet(t *testing.T) {
	t.Parallel()
	s := newStreet(t, "/24")
	makers := fakecam.Makers()
	if len(makers) < 12 {
		t.Fatalf("only %d makers", len(makers))
	}
	cameras := map[string]string{} // address → maker
	for i, maker := range makers[:12] {
		cameras[s.camera(fmt.Sprintf("Camera %d", i), maker)] = maker
	}
	next, _ := s.find("look")
	until(t, next, patience, "the last camera", func(n *snapshot) bool { return len(missing(n, cameras)) == 0 })
	n := until(t, next, patience, "the end of the round", func(n *snapshot) bool { return !n.Searching })
	for _, c := range n.Candidates {
		t.Logf("%v: %v", c, c.Speaks)
	}
	v6 := 0
	if len(n.Candidates) != len(cameras) {
		t.Errorf("%d candidates for %d cameras", len(n.Candidates), len(cameras))
	}
	for _, c := range n.Candidates {
		checkMaker(t, c, cameras[c.Addresses[0].String()])
		if len(c.Addresses) > 1 && c.Addresses[1].IsLinkLocalUnicast() && c.Addresses[1].Zone() == "lan0" {
			v6++
		}
	}
	if _, err := os.Stat("/proc/net/if_inet6"); err == nil && v6 < 5 {
		t.Errorf("only %d answered over IPv6 besides", v6)
	}
	// The network goes away and comes back.
	lan.Need(t, "-n", s.Hub, "link", "set", "lan0", "down")
	until(t, next, patience, "an empty list", func(n *snapshot) bool { return len(n.Candidates) == 0 })
	lan.Need(t, "-n", s.Hub, "link", "set", "lan0", "up")
	until(t, next, patience, "the cameras' return", func(n *snapshot) bool { return len(missing(n, cameras)) == 0 })
}

// TestStreetScan: a camera that tells nobody of itself is found by a scan that
// was asked for, and not before, if it has no more than a web page, or HTTPS alone.
func TestStreetScan(t *testing.T) {
	t.Parallel()
	s := newStreet(t, "/24")
	hidden := map[string]string{s.camera("Hidden", ""): ""}
	space, address := s.House("")
	lines, _ := s.run(space, pageEnv+"="+address+":80")
	if !lines.Scan() {
		t.Fatal("the web page is not there")
	}
	space, secure := s.House("")
	s.cameraAs(space, "--name", "Secure", "--maker", "", "--https", "--listen", secure+":7000", "--http", secure+":443")
	next, _ := s.find("look")
	n := until(t, next, patience, "the end of the round", func(n *snapshot) bool { return !n.Searching && n.AfterMS > 4000 })
	if len(n.Candidates) != 0 {
		t.Errorf("it is found without a scan: %v", n.Candidates)
	}
	next, _ = s.find("scan")
	n = until(t, next, patience, "the hidden camera, and the end of the scan", func(n *snapshot) bool { return !n.Searching && len(missing(n, hidden)) == 0 })
	at := slices.IndexFunc(n.Candidates, func(c Candidate) bool { return c.Addresses[0].String() == address })
	if at < 0 || len(n.Candidates[at].Speaks) != 1 || n.Candidates[at].Speaks[0].URL != "http://"+address+":80" || n.Candidates[at].Vendor != "Vivotek" {
		t.Fatalf("the one with a web page alone is not among %+v", n.Candidates)
	}
	n.Candidates = slices.Delete(n.Candidates, at, at+1)
	at = slices.IndexFunc(n.Candidates, func(c Candidate) bool { return c.Addresses[0].String() == secure })
	if at < 0 || len(n.Candidates[at].Speaks) != 1 || n.Candidates[at].Speaks[0].URL != "https://"+secure+":443/onvif/device_service" {
		t.Fatalf("the one with HTTPS alone is not among %+v", n.Candidates)
	}
	n.Candidates = slices.Delete(n.Candidates, at, at+1)
	if c := n.Candidates[0]; len(n.Candidates) != 1 || len(c.Speaks) != 2 || c.Speaks[0].Name != "onvif" || c.Speaks[1].Name != "rtsp" {
		t.Errorf("%+v", n.Candidates)
	}
}

// TestStreetGrows: an interface that comes while the hub searches brings its
// cameras, and takes them along when it goes; the others stay.
func TestStreetGrows(t *testing.T) {
	t.Parallel()
	s := newStreet(t, "/24")
	first := map[string]string{s.camera("First", "lares"): "lares"}
	next, _ := s.find("look")
	until(t, next, 2*patience, "the first camera", func(n *snapshot) bool { return len(missing(n, first)) == 0 })
	const far = "198.19.0.11"
	space := lan.Space(t)
	lan.Need(t, "-n", s.Hub, "link", "add", "lan1", "type", "veth", "peer", "name", "eth0", "netns", space)
	lan.Need(t, "-n", s.Hub, "addr", "add", "198.19.0.1/24", "dev", "lan1")
	lan.Need(t, "-n", s.Hub, "link", "set", "lan1", "up")
	lan.Need(t, "-n", space, "addr", "add", far+"/24", "dev", "eth0")
	lan.Need(t, "-n", space, "link", "set", "eth0", "up")
	s.cameraIn(space, far, "Second", "axis")
	second := map[string]string{far: "axis"}
	until(t, next, 2*patience, "the camera of the new interface", func(n *snapshot) bool { return len(missing(n, second)) == 0 && len(missing(n, first)) == 0 })
	lan.Need(t, "-n", s.Hub, "link", "del", "lan1")
	until(t, next, 2*patience, "its going", func(n *snapshot) bool { return len(missing(n, second)) == 1 && len(missing(n, first)) == 0 })
}

// TestStreetQuiet: cameras of Hikvision that tell of themselves by SADP alone, and to all of
// the group, are found.
func TestStreetQuiet(t *testing.T) {
	t.Parallel()
	s := newStreet(t, "/24")
	cameras := map[string]string{s.camera("Quiet", "hikvision-quiet"): "hikvision-quiet", s.camera("Second", "hikvision-quiet"): "hikvision-quiet"}
	next, _ := s.find("look")
	n := until(t, next, patience, "both cameras", func(n *snapshot) bool { return len(missing(n, cameras)) == 0 })
	for _, c := range n.Candidates {
		if c.Vendor != "Hikvision" || c.Model != "DS-2CD2042WD-I" || c.Serial == "" || len(c.Speaks) != 1 || c.Speaks[0].URL != "http://"+c.Addresses[0].String()+":80" {
			t.Errorf("%+v", c)
		}
	}
	if len(n.Candidates) != len(cameras) {
		t.Errorf("%d candidates", len(n.Candidates))
	}
}

// TestStreetWide: of a network that is too wide for a scan it visits the part
// around the hub's address, and whom the kernel knows besides; and it says so.
func TestStreetWide(t *testing.T) {
	t.Parallel()
	s := newStreet(t, "/16")
	const far = "198.18.200.5"
	hidden := map[string]string{s.camera("Near", ""): "near", far: "far"}
	space, _ := s.House(far)
	s.cameraIn(space, far, "Far", "")
	const mac = "02:00:00:00:c8:05"
	lan.Need(t, "-n", space, "link", "set", "eth0", "address", mac)
	lan.Need(t, "-n", s.Hub, "neigh", "replace", far, "lladdr", mac, "dev", "lan0", "nud", "reachable")
	next, _ := s.find("scan")
	n := until(t, next, 2*patience, "both cameras", func(n *snapshot) bool { return len(missing(n, hidden)) == 0 })
	if got := fmt.Sprint(n.Unscanned); got != "[{198.18.0.0/16 198.18.0.0/22}]" {
		t.Errorf("not scanned was %s", got)
	}
}

// missing are the cameras that are not in the list.
func missing(n *snapshot, cameras map[string]string) (out []string) {
	for address, maker := range cameras {
		if !slices.ContainsFunc(n.Candidates, func(c Candidate) bool { return c.Addresses[0].String() == address }) {
			out = append(out, maker)
		}
	}
	return out
}

// checkMaker compares what is shown with what cameras of the maker tell.
func checkMaker(t *testing.T, c Candidate, maker string) {
	t.Helper()
	want, ok := map[string]struct{ vendor, model, speaks string }{
		"lares": {"Lares", "fakecam", "http onvif rtsp"}, "axis": {"Axis", "AXIS M1065-L", "http onvif rtsp"},
		"hikvision": {"Hikvision", "DS-2CD2042WD-I", "http onvif"}, "dahua": {"Dahua", "IPC-HDW2431T", "dhip http onvif rtsp"},
		"reolink": {"Reolink", "RLC-810A", "http onvif"}, "tapo": {"TP-Link", "C210", "onvif rtsp tapo"},
		"xiongmai": {"Xiongmai", "IPCamera", "dvrip onvif rtsp"}, "uniview": {"Uniview", "IPC322SR3", "http onvif"},
		"hanwha": {"Hanwha", "XNV-6080R", "onvif rtsp"}, "bosch": {"Bosch", "FLEXIDOME IP 4000i", "http onvif"},
		"amcrest": {"Amcrest", "IP8M-2496E", "dhip http onvif"}, "homekit": {"Aqara", "Aqara G2H", "homekit"},
	}[maker]
	if !ok {
		t.Errorf("nobody's camera: %v", c)
		return
	}
	var speaks []string
	for _, p := range c.Speaks {
		if !strings.Contains(p.URL, "://"+c.Addresses[0].String()) {
			t.Errorf("%s: %s", maker, p.URL)
		}
		speaks = append(speaks, p.Name)
	}
	slices.Sort(speaks)
	if got := strings.Join(slices.Compact(speaks), " "); c.Vendor != want.vendor || c.Model != want.model || got != want.speaks {
		t.Errorf("%s: %q %q %q, not %q", maker, c.Vendor, c.Model, got, want)
	}
	if c.MAC == "" && maker != "homekit" { // which is heard by multicast alone
		t.Errorf("%s: the kernel knows its MAC, and nobody says it", maker)
	}
}
