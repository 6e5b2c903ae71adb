package worker

import (
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"lares/cameras/dvrip"
	"lares/cameras/internal/wire"
	"lares/cameras/media"
)

// dvripMessage is a message of a camera.
func dvripMessage(number uint16, body string) string {
	b := make([]byte, 20)
	b[0] = 0xff
	b[4] = 7 // session
	binary.LittleEndian.PutUint16(b[14:], number)
	binary.LittleEndian.PutUint32(b[16:], uint32(len(body)))
	return string(b) + body
}

// dvripMedia is the i-th picture, of groups of ten and 25 a second. The sound of
// five comes at once, as cameras send it.
func dvripMedia(t testing.TB, i int) string {
	idr, p := handMade(t)
	var au strings.Builder
	head := []byte{0, 0, 1, 0xfd, 0, 0, 0, 0}
	if i%10 == 0 {
		head = []byte{0, 0, 1, 0xfc, 0x02, 25, 0xf0, 0x87, 0, 0, 0, 0, 0, 0, 0, 0}
		for _, n := range idr {
			au.WriteString("\x00\x00\x00\x01" + string(n))
		}
	} else {
		au.WriteString("\x00\x00\x00\x01" + string(p))
	}
	binary.LittleEndian.PutUint32(head[len(head)-4:], uint32(au.Len()))
	sound := ""
	if i%5 == 4 {
		sound = strings.Repeat("\x00\x00\x01\xfa\x0e\x02\x40\x01"+strings.Repeat("s", 320), 5)
	}
	return string(head) + au.String() + sound
}

// dvripEar is what such a camera was told.
type dvripEar struct {
	first bool // nothing is shown before somebody asked for it

	mu     sync.Mutex // guards following
	octets []byte
	asked  bool
}

// shuts says whether the camera shows nothing yet.
func (e *dvripEar) shuts() bool {
	if e == nil {
		return false
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.first && !e.asked
}

func (e *dvripEar) heard() []byte {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.octets)
}

// serveDVRIP is a camera of that language with one user. Without an ear it has no
// loudspeaker.
func serveDVRIP(t *testing.T, password string, ear *dvripEar) string {
	return serveDVRIPOf(t, password, ear, func(i int) string { return dvripMedia(t, i) })
}

// serveDVRIPOf shows 25 pictures a second, of those given.
func serveDVRIPOf(t *testing.T, password string, ear *dvripEar, picture func(i int) string) string {
	return accepting(t, func(c net.Conn) {
		defer c.Close()
		ask := func() (number uint16, body []byte) {
			head := make([]byte, 20)
			if _, err := io.ReadFull(c, head); err != nil {
				return 0, nil
			}
			body = make([]byte, binary.LittleEndian.Uint32(head[16:])&0xffff)
			if _, err := io.ReadFull(c, body); err != nil {
				return 0, nil
			}
			return binary.LittleEndian.Uint16(head[14:]), body
		}
		for {
			number, body := ask()
			switch number {
			case 0:
				return
			case 1000:
				if !bytes.Contains(body, []byte(`"PassWord":"`+dvrip.Hash(password)+`"`)) || !bytes.Contains(body, []byte(`"UserName":"admin"`)) {
					io.WriteString(c, dvripMessage(1001, `{"Ret":203}`+"\n\x00"))
					return
				}
				io.WriteString(c, dvripMessage(1001, `{"Ret":100,"SessionID":"0x00000007"}`+"\n\x00"))
			case 1434:
				if ear == nil {
					io.WriteString(c, dvripMessage(1435, `{"Ret":103}`+"\n\x00"))
					continue
				}
				ear.mu.Lock()
				ear.asked = true
				ear.mu.Unlock()
				io.WriteString(c, dvripMessage(1435, `{"Ret":100}`+"\n\x00"))
			case 1430:
				io.WriteString(c, dvripMessage(1431, `{"Ret":100}`+"\n\x00"))
			case 1432:
				if len(body) != 328 || string(body[:8]) != "\x00\x00\x01\xfa\x0e\x02\x40\x01" {
					t.Errorf("a voice of % x", body)
				}
				ear.mu.Lock()
				ear.octets = append(ear.octets, body[8:]...)
				ear.mu.Unlock()
			case 1413:
				if ear.shuts() {
					return
				}
				io.WriteString(c, dvripMessage(1414, `{"Ret":100}`+"\n\x00"))
			case 1410:
				if !bytes.Contains(body, []byte(`"SessionID":"0x00000007"`)) || !bytes.Contains(body, []byte(`"StreamType":"Extra1"`)) || !bytes.Contains(body, []byte(`"Channel":2`)) {
					t.Errorf("it asked for %s", body)
				}
				gone := make(chan struct{})
				go func() { defer close(gone); io.Copy(io.Discard, c) }()
				onTime(gone, 40*time.Millisecond, func(i int) error {
					m := picture(i)
					_, err := io.WriteString(c, dvripMessage(1412, m[:20])+dvripMessage(1412, m[20:]))
					return err
				})
				return
			}
		}
	})
}

// DVRIP: pictures and sound come out, and a wrong password is named.
func TestDVRIP(t *testing.T) {
	t.Parallel()
	address := "dvrip://" + serveDVRIP(t, "secret", nil) + "?channel=2&subtype=1"
	live, units := watched(t, address, wire.Start{Password: "secret"}).played(20, 20)
	if live.Codec != "H.264 + "+media.PCMA.String() || live.Width != 1920 {
		t.Errorf("%+v", live)
	}
	var heard []int64
	for _, u := range units {
		if u.Type == media.UnitAudio {
			heard = append(heard, u.PTS)
		}
	}
	closely := 0
	for i := 1; i < len(heard); i++ {
		if heard[i]-heard[i-1] == 320 {
			closely++
		}
	}
	// A machine that stalls for a second costs one.
	if closely < len(heard)*3/4 {
		t.Errorf("of %d pieces of sound %d follow the one before closely: %v", len(heard), closely, heard)
	}
	if m := watched(t, address, wire.Start{Password: "wrong"}).awaitState(10*time.Second, wire.WrongPassword); !strings.Contains(m, "refused the user name or password") {
		t.Error(m)
	}
}

// TestDVRIPTalk: a voice reaches the camera whole, beside its pictures.
func TestDVRIPTalk(t *testing.T) {
	t.Parallel()
	ear := &dvripEar{}
	e := watched(t, "dvrip://"+serveDVRIP(t, "secret", ear)+"?channel=2&subtype=1", wire.Start{Password: "secret"})
	e.ask(wire.Talk{Number: 1, Ask: true})
	if a := e.answered(1); a != (wire.Talked{Number: 1, State: wire.TalkTakes, Codec: wire.TalkPCMA}) {
		t.Fatalf("%+v", a)
	}
	e.ask(wire.Talk{Number: 2})
	if a := e.answered(2); a != (wire.Talked{Number: 2, State: wire.TalkReady, Codec: wire.TalkPCMA}) {
		t.Fatalf("%+v", a)
	}
	said := counting(1, 960) // three pieces, all at once
	for piece := range slices.Chunk(said, wire.MaxTalkSound) {
		if err := wire.SendBytes(e.conn, wire.TypeTalkSound, wire.TalkSound(2, piece)); err != nil {
			t.Fatal(err)
		}
	}
	if err := wire.Send(e.conn, wire.TypeTalkOver, wire.Request{Number: 2}); err != nil {
		t.Fatal(err)
	}
	if a := e.answered(3); a != (wire.Talked{Number: 2, State: wire.TalkOver, Why: wire.TalkAsked}) {
		t.Errorf("asked to end: %+v", a)
	}
	e.await(20*time.Second, "the voice at the camera", func() bool { return bytes.Equal(ear.heard(), said) })
}

// TestDVRIPAskedFirst: who asked for the loudspeaker before the camera let anybody in leaves the way to the
// stream open, and to who speaks then.
func TestDVRIPAskedFirst(t *testing.T) {
	t.Parallel()
	e := watched(t, "dvrip://"+serveDVRIP(t, "secret", &dvripEar{first: true})+"?channel=2&subtype=1", wire.Start{Password: "secret"})
	e.ask(wire.Talk{Number: 1, Ask: true})
	if a := e.answered(1); a.State != wire.TalkTakes {
		t.Fatalf("%+v", a)
	}
	e.ask(wire.Talk{Number: 2})
	if a := e.answered(2); a.State != wire.TalkReady {
		t.Errorf("%+v", a)
	}
	e.played(5, 5)
}

// TestDVRIPNoTalk: a camera without a loudspeaker says so, one of a recorder's has none of
// its own, and a wrong password is named.
func TestDVRIPNoTalk(t *testing.T) {
	t.Parallel()
	address := "dvrip://" + serveDVRIP(t, "secret", nil) + "?channel=2&subtype=1"
	e := watched(t, address, wire.Start{Password: "secret"})
	e.ask(wire.Talk{Number: 1})
	if a := e.answered(1); a != (wire.Talked{Number: 1, State: wire.TalkOver, Why: wire.TalkNone}) {
		t.Errorf("%+v", a)
	}
	ear := &dvripEar{}
	one := watched(t, "dvrip://"+serveDVRIP(t, "secret", ear)+"?channel=2&subtype=1", wire.Start{Password: "secret", Recorder: true})
	one.ask(wire.Talk{Number: 1, Ask: true})
	one.ask(wire.Talk{Number: 2})
	if a, b := one.answered(1), one.answered(2); a != (wire.Talked{Number: 1, State: wire.TalkTakes}) || b != (wire.Talked{Number: 2, State: wire.TalkOver, Why: wire.TalkNone}) {
		t.Errorf("one of a recorder's: %+v, %+v", a, b)
	}
	wrong := watched(t, address, wire.Start{Password: "wrong"})
	wrong.ask(wire.Talk{Number: 1})
	if a := wrong.answered(1); a.Why != wire.TalkFailed || !strings.Contains(a.Text, "refused the user name or password") {
		t.Errorf("%+v", a)
	}
}

func TestDVRIPAddress(t *testing.T) {
	for query, want := range map[string]dvrip.Stream{"": {}, "channel=3": {Channel: 3}, "channel=0&subtype=1": {Sub: true}} {
		got, f := dvripStream(&url.URL{RawQuery: query}, "", "")
		if f != nil || got != want {
			t.Errorf("%s: %v %+v", query, f, got)
		}
	}
	if _, f := dvripStream(&url.URL{RawQuery: "channel=-1"}, "", ""); f == nil {
		t.Error("a channel below none")
	}
}

// FuzzDVRIP sends arbitrary media through everything that reads them.
func FuzzDVRIP(f *testing.F) {
	var film string
	for i := range 6 {
		film += dvripMedia(f, i)
	}
	f.Add([]byte(film))
	f.Add([]byte("\x00\x00\x01\xfc\x03\x19\x50\x2d\x00\x00\x00\x00\x06\x00\x00\x00\x00\x00\x01\x40\x01\x0c\x00\x00\x01\xfa\x0a\x09\x02\x00ab"))
	hello := dvripMessage(1001, `{"Ret":100}`) + dvripMessage(1414, `{"Ret":100}`)
	f.Fuzz(func(t *testing.T, in []byte) {
		r, d := fuzzRig(t, "dvrip://camera")
		c, err := dvrip.Play(saidConn{Reader: io.MultiReader(strings.NewReader(hello), strings.NewReader(dvripMessage(1412, string(in))))}, dvrip.Stream{})
		if err != nil {
			t.Fatal(err)
		}
		feed := &dvr{d: d, in: c}
		fuzzed(t, r, &mixedSource{d: d, mixed: &mixed{feed: feed}})
	})
}
