package cameras

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"lares/cameras/clock"
	"lares/cameras/control"
	"lares/cameras/fakecam"
	"lares/cameras/internal/neighbour"
	"lares/cameras/internal/wire"
	"lares/cameras/media"
	"lares/cameras/seal"
)

// TestJudge is the hub's own comparison, whatever a worker says.
func TestJudge(t *testing.T) {
	const sn, other = "SN-A1B2C3", "SN-D4E5F6"
	serial, tls, mac := Pin{Kind: PinSerial, Value: sn, Vendor: "acme", Model: "dome 2"}, Pin{Kind: PinTLS, Value: "k"}, Pin{Kind: PinMAC, Value: "m"}
	old, weak := Pin{Kind: PinSerial, Value: sn}, Pin{Kind: PinSerial, Value: "123456"}
	for name, c := range map[string]struct {
		pin     Pin
		facts   facts
		reason  string
		learned Pin
	}{
		"serial fits":                {serial, facts{vendor: "Acme", model: "Dome  2 ", serial: sn, mac: "other"}, "", Pin{}},
		"serial differs":             {serial, facts{vendor: "Acme", model: "Dome 2", serial: other, mac: "m"}, anotherDevice, Pin{}},
		"serial of another maker":    {serial, facts{vendor: "Other", model: "Dome 2", serial: sn}, anotherDevice, Pin{}},
		"serial of another model":    {serial, facts{vendor: "Acme", model: "Dome 3", serial: sn}, anotherDevice, Pin{}},
		"serial unknown":             {serial, facts{mac: "m"}, cannotTell, Pin{}},
		"from before, fits":          {old, facts{serial: sn, mac: "m"}, "", Pin{}},
		"from before, tells more":    {old, facts{vendor: "Acme", model: "Dome 2", serial: sn}, "", serial},
		"from before, differs":       {old, facts{vendor: "Acme", model: "Dome 2", serial: other}, anotherDevice, Pin{}},
		"from before, unknown":       {old, facts{mac: "m"}, cannotTell, Pin{}},
		"weak, fits, the key":        {weak, facts{vendor: "Acme", serial: "123456", tls: "k", mac: "m"}, "", tls},
		"weak, fits, the MAC":        {weak, facts{vendor: "Acme", serial: "123456", mac: "m"}, "", mac},
		"weak, fits, nothing else":   {weak, facts{vendor: "Acme", serial: "123456"}, "", Pin{}},
		"weak, the MAC is another's": {weak, facts{serial: "123456", mac: "taken"}, "", Pin{}},
		"weak, differs":              {weak, facts{vendor: "Acme", serial: "654321", mac: "m"}, anotherDevice, Pin{}},
		"key fits":                   {tls, facts{tls: "k"}, "", Pin{}},
		"key differs":                {tls, facts{tls: "x"}, anotherDevice, Pin{}},
		"key missing":                {tls, facts{}, cannotTell, Pin{}},
		"key, ONVIF of the host":     {tls, facts{onvif: true}, "", Pin{}},
		"key, ONVIF elsewhere":       {tls, facts{onvif: true, elsewhere: true}, elsewhere, Pin{}},
		"serial fits, elsewhere":     {serial, facts{vendor: "Acme", model: "Dome 2", serial: sn, elsewhere: true}, elsewhere, Pin{}},
		"MAC fits":                   {mac, facts{mac: "m", serial: other}, "", Pin{}},
		"MAC differs":                {mac, facts{mac: "x"}, anotherDevice, Pin{}},
		"MAC gone":                   {mac, facts{}, cannotTell, Pin{}},
		"a pin of no kind":           {Pin{Kind: "x"}, facts{serial: sn}, cannotTell, Pin{}},
		"first, the strongest":       {Pin{}, facts{vendor: "ACME", model: "Dome 2", serial: sn, tls: "k", mac: "m"}, "", serial},
		"first, a weak serial":       {Pin{}, facts{vendor: "Acme", serial: "123456", tls: "k", mac: "m"}, "", tls},
		"first, a weak one, no key":  {Pin{}, facts{vendor: "Acme", serial: "00000000", mac: "m"}, "", mac},
		"first, a weak one alone":    {Pin{}, facts{vendor: "Acme", serial: "unknown"}, "", Pin{}},
		"first, another's":           {Pin{}, facts{mac: "taken"}, otherCamera, Pin{}},
		"first, without ONVIF":       {Pin{}, facts{tls: "k", mac: "m"}, "", tls},
		"first, the MAC":             {Pin{}, facts{mac: "m"}, "", mac},
		"first, nothing":             {Pin{}, facts{}, "", Pin{}},
		"first, a shared password":   {Pin{}, facts{}, sharedSecret, Pin{}},
		"first, without a pin":       {Pin{}, facts{}, otherCamera, Pin{}},
		"MAC is another's":           {tls, facts{tls: "k", mac: "taken"}, otherCamera, Pin{}},
		"first, not compared":        {Pin{}, facts{onvif: true}, notCompared, Pin{}},
		"first, ONVIF elsewhere":     {Pin{}, facts{mac: "m", onvif: true, elsewhere: true}, elsewhere, Pin{}},
		"first, a stream elsewhere":  {Pin{}, facts{mac: "m", elsewhere: true}, elsewhere, Pin{}},
		"first, but it is not kept":  {Pin{}, facts{tls: "fail"}, notStored, Pin{}},
	} {
		var learned Pin
		f := New(Config{Clock: clock.System{}, Learned: func(_ context.Context, _ media.CameraID, p Pin) error {
			switch p.Value {
			case "fail":
				return errors.New("database locked")
			case "taken":
				return ErrOtherCamera
			}
			learned = p
			return nil
		}, Seen: func(_ context.Context, _ media.CameraID, mac string) error {
			return map[string]error{"taken": ErrOtherCamera}[mac]
		}, Unpinned: func(context.Context, media.CameraID) error {
			return map[string]error{"first, a shared password": ErrSharedPassword, "first, without a pin": ErrOtherCamera, "first, not compared": errors.New("database locked")}[name]
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
		if warned := m.statusNow(time.Now()).Warning != ""; warned != slices.Contains([]string{
			"first, nothing", "first, a shared password", "first, without a pin", "first, not compared", "first, a weak one alone", "weak, fits, nothing else", "weak, the MAC is another's",
		}, name) {
			t.Errorf("%s: warned %v", name, warned)
		}
	}
}

// TestRespelled: a firmware that spells maker or model otherwise locks no camera out
// that the kernel sees where it saw it; elsewhere its owner is asked.
func TestRespelled(t *testing.T) {
	const sn = "SN-A1B2C3"
	old, now := serialPin("Acme", "Dome 2", sn), serialPin("Acme Inc.", "Dome2-v5", sn)
	seen := facts{vendor: "Acme Inc.", model: "Dome2-v5", serial: sn, mac: "m"}
	away, other, silent := seen, seen, seen
	away.elsewhere, other.mac, silent.mac = true, "x", ""
	number := seen
	number.serial = "SN-D4E5F6"
	for name, c := range map[string]struct {
		facts    facts
		mac      string
		reason   string
		pin      Pin
		stranger Pin
	}{
		"where it was":          {seen, "m", "", now, Pin{}},
		"another link":          {other, "m", anotherDevice, old, now},
		"no link seen":          {silent, "", anotherDevice, old, now},
		"ONVIF of another host": {away, "m", elsewhere, old, Pin{}},
		"another number":        {number, "m", anotherDevice, old, serialPin("Acme Inc.", "Dome2-v5", "SN-D4E5F6")},
	} {
		f := New(Config{Clock: clock.System{}, Learned: func(context.Context, media.CameraID, Pin) error { return nil }})
		m := newMinder(f, Camera{ID: media.NewCameraID(), Access: Access{Main: "rtsp://192.0.2.1/", Pin: old, MAC: c.mac}})
		m.report(wire.State{Stream: media.StreamMain, Code: wire.AnotherDevice})
		if got := m.judge(t.Context(), c.facts); got != c.reason {
			t.Errorf("%s: %q, want %q", name, got, c.reason)
		}
		if s := m.statusNow(time.Now()); m.access().Pin != c.pin || s.Stranger != c.stranger {
			t.Errorf("%s: the pin is %+v, the stranger %+v", name, m.access().Pin, s.Stranger)
		}
		if m.set(Camera{ID: m.id, Access: Access{Main: "rtsp://192.0.2.2/", Pin: old}}); m.statusNow(time.Now()).Stranger != (Pin{}) {
			t.Errorf("%s: still asked about after a change", name)
		}
	}
	if now.ID() == old.ID() || len(now.ID()) != 32 {
		t.Errorf("%s and %s", now.ID(), old.ID())
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

// TestWeakStays: a pin that is to be replaced stays where the other stream's
// connection does not show the new one.
func TestWeakStays(t *testing.T) {
	key, mac := Pin{Kind: PinTLS, Value: "k"}, Pin{Kind: PinMAC, Value: "m"}
	for _, c := range []struct {
		pin       Pin
		main, sub string
		want      bool
	}{
		{key, "rtsps://192.0.2.1/a", "", true},
		{key, "rtsps://192.0.2.1/a", "rtsps://192.0.2.1/b", true},
		{key, "rtsps://192.0.2.1/a", "rtsp://192.0.2.1/b", false},
		{mac, "rtsp://192.0.2.1/a", "http://192.0.2.1/b", true},
		{mac, "rtsp://192.0.2.1/a", "rtsp://192.0.2.2/b", false},
		{serialPin("a", "b", "SN-A1B2C3"), "rtsp://192.0.2.1/a", "rtsp://192.0.2.2/b", true},
	} {
		if got := c.pin.ofBoth(Access{Main: c.main, Sub: c.sub}); got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
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
	case "deaf":
		for wire.Send(conn, wire.TypeAlive, nil) == nil {
			time.Sleep(100 * time.Millisecond)
		}
	case "parrot":
		said, heard := start.Motion, start.Sound
		for r := wire.NewReader(conn); err == nil; {
			_ = wire.Send(conn, wire.TypeWarning, wire.Warning{Text: fmt.Sprintf("off %v, %d zones, sound %v over %d dB", said.Off, len(said.Settings.Zones), heard.On, heard.Settings.Over)})
			var typ wire.Type
			var body []byte
			if typ, body, err = r.Next(); err == nil && typ == wire.TypeMotion {
				said, err = wire.Parse[wire.Motion](body)
			} else if err == nil {
				heard, err = wire.Parse[wire.Sound](body)
			}
		}
	case "garbage":
		send(bytes.Repeat([]byte{0xff}, 100))
	case "order":
		_ = wire.Send(conn, wire.TypeDone, wire.Done{Found: control.Found{PTZ: control.PTZ{Presets: []control.Preset{{ID: "../../etc"}}}}})
	case "own rekey":
		_ = wire.Send(conn, wire.TypeRekeyed, wire.Rekeyed{ID: media.NewRunID()})
	}
	_, _ = io.Copy(io.Discard, conn) // until the hub has enough
	os.Exit(0)
}

func TestHostileWorker(t *testing.T) {
	for _, what := range []string{"no identity", "refused", "unknown digest", "foreign run", "garbage", "own rekey", "order", "heavy"} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			h := newHouseWith(t, func() *exec.Cmd {
				c := exec.Command(os.Args[0])
				c.Env = []string{hostileEnv + "=" + what}
				return c
			})
			id := h.add(Access{Main: "rtsp://127.0.0.1:1/x", Pin: Pin{Kind: PinSerial, Value: "SN-mine"}})
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

// TestSerialLearnedMeanwhile: a camera whose serial number the hub learned after its
// worker began, and that no longer tells it, is no other device: what has to be
// changed is said, by the same worker as by one begun since.
func TestSerialLearnedMeanwhile(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*fakecam.Options)
		want   State
		says   string
	}{
		"another password": {func(o *fakecam.Options) { o.Password = "changed" }, WrongPassword, "refused the user name or password over ONVIF"},
		"no ONVIF":         {func(o *fakecam.Options) { o.HTTPAddr = "" }, Unreachable, "does not answer over ONVIF"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			o := fakecam.Options{Name: "door", Username: "user", Password: "correct horse", Addr: ownHost + ":0", HTTPAddr: ownHost + ":0"}
			cam := fake(t, o)
			a := access(cam)
			a.Sub = ""
			id := h.add(a)
			first := h.await(id, 10*time.Second, Live).Worker
			o.Addr, o.HTTPAddr = hostOf(t, a.Main), hostOf(t, a.ONVIF)
			cam.Close()
			h.await(id, 10*time.Second, Unreachable)
			c.change(&o)
			fake(t, o)
			var s Status
			eventually(t, 20*time.Second, "an answer of the device", func() bool {
				s, _ = h.fleet.Status(id)
				return s.State == AnotherDevice || s.State == Live || strings.Contains(s.Message, c.says)
			})
			if s.State != c.want || s.Worker != first {
				t.Errorf("the camera is %q (%s), of worker %d, begun as %d", s.State, s.Message, s.Worker, first)
			}
		})
	}
}

// TestRefusedIsTriedRarely: a device that is another camera of the hub is refused at
// once, and asked again once a minute, for each time is counted and told; one that is
// merely another than the camera's every second, so that the camera is on the air again
// within a few seconds when it is put back.
func TestRefusedIsTriedRarely(t *testing.T) {
	t.Parallel()
	for name, refuse := range map[string]func(*Config){
		"recognised": func(c *Config) {
			c.Learned = func(context.Context, media.CameraID, Pin) error { return ErrOtherCamera }
		},
		"not to be recognised": func(c *Config) {
			c.Unpinned = func(context.Context, media.CameraID) error { return ErrOtherCamera }
		},
		"with its password": func(c *Config) {
			c.Unpinned = func(context.Context, media.CameraID) error { return ErrSharedPassword }
		},
	} {
		h := newHouse(t)
		refuse(&h.fleet.cfg)
		a := access(fake(t, fakecam.Options{Username: "user", Password: "correct horse", Serial: "SN-A1B2C3"}))
		if name != "recognised" {
			a.ONVIF = ""
		}
		id := h.add(a)
		s := h.await(id, 5*time.Second, AnotherDevice)
		for _, stream := range s.Streams {
			if wait := time.Until(stream.NextTry); stream.State == AnotherDevice && (wait < 50*time.Second || wait > time.Minute) {
				t.Errorf("%s: tried again in %v", name, wait)
			}
		}
	}

	h := newHouse(t)
	o := fakecam.Options{Username: "user", Password: "correct horse", Serial: "SN-D4E5F6", Addr: ownHost + ":0", HTTPAddr: ownHost + ":0"}
	stranger := fake(t, o)
	a := access(stranger)
	a.Pin = serialPin("Lares", "door", "SN-A1B2C3")
	id := h.add(a)
	if s := h.await(id, 5*time.Second, AnotherDevice); time.Until(s.NextTry) > 3*time.Second {
		t.Errorf("another device: tried again in %v", time.Until(s.NextTry))
	}
	o.Addr, o.HTTPAddr, o.Serial, o.Name = hostOf(t, a.Main), hostOf(t, a.ONVIF), "SN-A1B2C3", "door"
	stranger.Close()
	fake(t, o)
	h.await(id, 10*time.Second, Live)
}

// TestRefusalsInTheLog: a device that is refused again and again does not fill the log.
func TestRefusalsInTheLog(t *testing.T) {
	wall := clock.NewManual(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	m := newMinder(New(Config{Clock: wall, Log: slog.New(slog.DiscardHandler)}), Camera{ID: media.NewCameraID()})
	told := 0
	for range 600 { // five minutes of them
		if m.talks() {
			told++
		}
		wall.Advance(logEvery / 20)
	}
	if want := logAtOnce + 600/20; told < want-1 || told > want {
		t.Errorf("%d lines, want %d", told, want)
	}
}

// ownHost is where nothing takes a port but cameras that come back to it: those of 127.0.0.1 are
// anybody's as soon as they are free.
const ownHost = "127.0.0.61"

func hostOf(t *testing.T, address string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return u.Host
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
