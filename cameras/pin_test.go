package cameras

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"lares/cameras/clock"
	"lares/cameras/fakecam"
	"lares/cameras/internal/neighbour"
	"lares/cameras/internal/wire"
	"lares/cameras/media"
	"lares/cameras/seal"
)

// TestJudge is the hub's own comparison, whatever a worker says.
func TestJudge(t *testing.T) {
	serial, tls, mac := Pin{PinSerial, "s"}, Pin{PinTLS, "k"}, Pin{PinMAC, "m"}
	for name, c := range map[string]struct {
		pin     Pin
		facts   facts
		reason  string
		learned Pin
	}{
		"serial fits":               {serial, facts{serial: "s", mac: "other"}, "", Pin{}},
		"serial differs":            {serial, facts{serial: "x", mac: "m"}, anotherDevice, Pin{}},
		"serial unknown":            {serial, facts{mac: "m"}, cannotTell, Pin{}},
		"key fits":                  {tls, facts{tls: "k"}, "", Pin{}},
		"key differs":               {tls, facts{tls: "x"}, anotherDevice, Pin{}},
		"key missing":               {tls, facts{}, cannotTell, Pin{}},
		"key, ONVIF of the host":    {tls, facts{onvif: true, sameHost: true}, "", Pin{}},
		"key, ONVIF elsewhere":      {tls, facts{onvif: true}, cannotTell, Pin{}},
		"MAC fits":                  {mac, facts{mac: "m", serial: "x"}, "", Pin{}},
		"MAC differs":               {mac, facts{mac: "x"}, anotherDevice, Pin{}},
		"MAC gone":                  {mac, facts{}, cannotTell, Pin{}},
		"a pin of no kind":          {Pin{"x", ""}, facts{serial: "s"}, cannotTell, Pin{}},
		"first, the strongest":      {Pin{}, facts{serial: "s", tls: "k", mac: "m", sameHost: true}, "", serial},
		"first, without ONVIF":      {Pin{}, facts{tls: "k", mac: "m", sameHost: true}, "", tls},
		"first, the MAC":            {Pin{}, facts{mac: "m", sameHost: true}, "", mac},
		"first, nothing":            {Pin{}, facts{sameHost: true}, "", Pin{}},
		"first, ONVIF elsewhere":    {Pin{}, facts{mac: "m", onvif: true}, "", Pin{}},
		"first, but it is not kept": {Pin{}, facts{serial: "fail", sameHost: true}, notStored, Pin{}},
	} {
		var learned Pin
		f := New(Config{Clock: clock.System{}, Learned: func(_ context.Context, _ media.CameraID, p Pin) error {
			if p.Value == "fail" {
				return errors.New("database locked")
			}
			learned = p
			return nil
		}})
		m := newMinder(f, Camera{ID: media.NewCameraID(), Access: Access{Pin: c.pin}})
		if got := m.judge(t.Context(), c.facts); got != c.reason {
			t.Errorf("%s: %q, want %q", name, got, c.reason)
		}
		if learned != c.learned {
			t.Errorf("%s: learned %+v", name, learned)
		}
		if now := m.access().Pin; c.reason == "" && !c.learned.IsZero() && now != c.learned {
			t.Errorf("%s: the pin is %+v", name, now)
		}
		if warned := m.statusNow(time.Now()).Warning != ""; warned != (name == "first, nothing") {
			t.Errorf("%s: warned %v", name, warned)
		}
	}
}

func TestNeighbour(t *testing.T) {
	if mac := neighbour.Lookup(netip.MustParseAddr("127.0.0.1")); mac != "" {
		t.Errorf("this machine has the link address %s", mac)
	}
	b, err := os.ReadFile("/proc/net/arp")
	if err != nil {
		t.Skip("no /proc/net/arp to compare with")
	}
	compared := 0
	for _, line := range strings.Split(string(b), "\n")[1:] {
		f := strings.Fields(line)
		if len(f) < 4 || f[2] != "0x2" {
			continue
		}
		compared++
		if mac := neighbour.Lookup(netip.MustParseAddr(f[0])); mac != f[3] {
			t.Errorf("%s has %q, the kernel's table says %s", f[0], mac, f[3])
		}
	}
	t.Logf("%d neighbours compared", compared)
}

const hostileEnv = "LARES_TEST_HOSTILE"

// hostile is a worker that a camera has taken over: it says hello and then
// what the name says.
func hostile(what string) {
	conn, err := net.FileConn(os.NewFile(3, "hub"))
	if err != nil {
		os.Exit(2)
	}
	if err := wire.Send(conn, wire.TypeHello, wire.Hello{Version: wire.Version}); err != nil {
		os.Exit(2)
	}
	_, body, err := wire.NewReader(conn).Next()
	if err != nil {
		os.Exit(2)
	}
	start, err := wire.Parse[wire.Start](body)
	if err != nil {
		os.Exit(2)
	}
	key, err := start.Run.RunKey(start.Hub, start.Camera)
	if err != nil {
		os.Exit(2)
	}
	s := key.Sealer(media.StreamMain)
	config := media.Config{}.Append(nil)
	send := func(frame []byte) { _, _ = conn.Write(frame) }
	video := func() []byte {
		return wire.SealUnit(nil, s, media.AccessUnit{Type: media.UnitVideo, Track: 1, Sync: true, PTS: 1, DTS: 1, Data: []byte("x")})
	}
	switch what {
	case "no identity":
		send(wire.SealUnit(nil, s, media.AccessUnit{Type: media.UnitConfig, Data: config}))
		send(video())
	case "refused":
		_ = wire.Send(conn, wire.TypeIdentity, wire.Identity{Stream: media.StreamMain, Serial: "another"})
		_, _, _ = wire.NewReader(conn).Next() // the verdict
		send(wire.SealUnit(nil, s, media.AccessUnit{Type: media.UnitConfig, Data: config}))
		send(video())
	case "unknown digest":
		_ = wire.Send(conn, wire.TypeDigest, wire.Digest{Stream: media.StreamMain})
	case "foreign run":
		other := seal.RestoreRunKey(start.Hub, start.Camera, media.NewRunID(), [seal.KeySize]byte{})
		send(wire.SealUnit(nil, other.Sealer(media.StreamMain), media.AccessUnit{Type: media.UnitVideo, Track: 1, Sync: true, PTS: 1, DTS: 1, Data: []byte("x")}))
	case "loud":
		fmt.Fprintf(os.Stderr, "panic: rtsp://user:p%%40ss%%20w+rd@host p@ss w+rd p%%40ss+w%%2Brd %s\n", base64.StdEncoding.EncodeToString([]byte("user:p@ss w+rd")))
		os.Exit(2)
	case "heavy":
		ballast := make([]byte, mostWeight+16<<20)
		for i := range ballast {
			ballast[i] = 1
		}
		for ballast[0] == 1 { // alive, and the ballast in use
			_ = wire.Send(conn, wire.TypeAlive, nil)
			time.Sleep(time.Second)
		}
	case "flood":
		for i := 0; ; i++ {
			state := wire.State{Stream: media.StreamMain, Code: []string{wire.Live, wire.Frozen}[i%2], Message: strings.Repeat("x", wire.MaxText)}
			if wire.Send(conn, wire.TypeState, state) != nil || wire.Send(conn, wire.TypeWarning, wire.Warning{Text: state.Message}) != nil {
				break
			}
		}
	case "garbage":
		send(bytes.Repeat([]byte{0xff}, 100))
	case "own rekey":
		_ = wire.Send(conn, wire.TypeRekeyed, wire.Rekeyed{ID: media.NewRunID()})
	}
	_, _ = io.Copy(io.Discard, conn) // until the hub has enough
	os.Exit(0)
}

func TestHostileWorker(t *testing.T) {
	for _, what := range []string{"no identity", "refused", "unknown digest", "foreign run", "garbage", "own rekey", "heavy"} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			h := newHouseWith(t, func() *exec.Cmd {
				c := exec.Command(os.Args[0])
				c.Env = []string{hostileEnv + "=" + what}
				return c
			})
			id := h.add(Access{Main: "rtsp://127.0.0.1:1/x", Pin: Pin{PinSerial, "mine"}})
			r, err := h.fleet.Read(id, media.StreamMain, time.Minute)
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			eventually(t, 30*time.Second, "the worker's end", func() bool {
				s, _ := h.fleet.Status(id)
				return s.Restarts >= 2
			})
			ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
			defer cancel()
			if u, err := r.Next(ctx); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("forwarded %+v, %v", u, err)
			}
			h.mu.Lock()
			defer h.mu.Unlock()
			if len(h.digests) != 0 {
				t.Errorf("believed %+v", h.digests)
			}
		})
	}
}

// TestNoSecretsInSight looks where other users of the machine can look.
func TestNoSecretsInSight(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	cam := fake(t, fakecam.Options{Username: "user", Password: "correct horse"})
	id := h.add(access(cam))
	s := h.await(id, 10*time.Second, Live)
	for _, file := range []string{"cmdline", "environ", "status"} {
		b, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", s.Worker, file))
		if err != nil {
			t.Logf("%s: %v", file, err)
			continue
		}
		for _, secret := range []string{"correct horse", "user", "rtsp://", "PATH="} {
			if file != "status" && bytes.Contains(b, []byte(secret)) {
				t.Errorf("%s holds %q", file, secret)
			}
		}
		if file == "status" && !bytes.Contains(b, []byte("NoNewPrivs:\t1")) {
			t.Error("the worker may gain privileges")
		}
	}
}
