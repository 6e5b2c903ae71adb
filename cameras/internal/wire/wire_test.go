package wire

import (
	"bytes"
	"errors"
	"io"
	"math"
	"net/netip"
	"testing"
	"time"

	"lares/cameras/media"
	"lares/cameras/seal"
)

func testKey() (seal.RunKey, media.HubID, media.CameraID) {
	hub, camera := media.NewHubID(), media.NewCameraID()
	return seal.RestoreRunKey(hub, camera, media.NewRunID(), [seal.KeySize]byte{1, 2, 3}), hub, camera
}

func TestUnitsTravel(t *testing.T) {
	key, _, camera := testKey()
	s := key.Sealer(media.StreamMain)
	var socket bytes.Buffer
	var frame []byte
	data := []byte("an access unit")
	for i := range 3 {
		frame = SealUnit(frame, s, media.AccessUnit{Type: media.UnitVideo, Track: 1, Sync: i == 0, PTS: int64(i*3 + 2), DTS: int64(i*3 + 1), Data: data})
		socket.Write(frame)
	}
	cam := key.Sealer(media.StreamCamera)
	socket.Write(SealNoticed(nil, cam, Notice{Kind: media.KindMotion, Active: true, Of: media.StreamCamera}, media.AccessUnit{Type: media.UnitEvent, Data: data}))
	socket.Write(SealPicture(nil, cam, 77, media.AccessUnit{Type: media.UnitSnapshot, Data: data}))

	r, g, o := NewReader(&socket), &Guard{}, key.Opener()
	g.AddRun(key.Run())
	open := func(u media.Unit) media.AccessUnit {
		t.Helper()
		if err := g.Check(&u, time.Second); err != nil {
			t.Fatal(err)
		}
		u.Camera = camera
		au, _, err := o.Open(nil, u)
		if err != nil || !bytes.Equal(au.Data, data) {
			t.Fatalf("opening %v: %q, %v", u, au.Data, err)
		}
		return au
	}
	for i := range 3 {
		typ, body, err := r.Next()
		if err != nil || typ != TypeUnit {
			t.Fatal(typ, err)
		}
		u, err := ParseUnit(body)
		if err != nil {
			t.Fatal(err)
		}
		if au := open(u); au.Sync != (i == 0) || au.PTS != int64(i*3+2) || au.DTS != int64(i*3+1) || u.Seq != uint64(i) {
			t.Fatalf("unit %d came as %+v", i, u)
		}
	}
	_, body, _ := r.Next()
	notice, u, err := ParseNoticed(body)
	if err != nil || notice != (Notice{Kind: media.KindMotion, Active: true, Of: media.StreamCamera}) {
		t.Fatal(notice, err)
	}
	open(u)
	_, body, _ = r.Next()
	number, u, err := ParsePicture(body)
	if err != nil || number != 77 {
		t.Fatal(number, err)
	}
	open(u)
	if _, _, err := r.Next(); err != io.EOF {
		t.Fatal(err)
	}
}

func TestControlTravels(t *testing.T) {
	key, hub, camera := testKey()
	var socket bytes.Buffer
	want := Start{Version: Version, Hub: hub, Camera: camera, Run: NewRun(key), Main: Target{URL: "rtsp://x/", Dial: "127.0.0.1:1"}, Password: "p"}
	if err := Send(&socket, TypeStart, want); err != nil {
		t.Fatal(err)
	}
	if err := Send(&socket, TypeStop, nil); err != nil {
		t.Fatal(err)
	}
	r := NewReader(&socket)
	_, body, err := r.Next()
	if err != nil {
		t.Fatal(err)
	}
	got, err := Parse[Start](body)
	if err != nil || got.Camera != camera || got.Main != want.Main {
		t.Fatal(got, err)
	}
	back, err := got.Run.RunKey(hub, camera)
	if err != nil || back.Run() != key.Run() || back.Bytes() != key.Bytes() {
		t.Fatal("the run key changed on its way")
	}
	if typ, body, err := r.Next(); typ != TypeStop || body != nil || err != nil {
		t.Fatal(typ, body, err)
	}
	for _, bad := range []string{``, `{`, `{"hub":"x"}`, `{"unknown":1}`, `{}{}`, `[]`} {
		if _, err := Parse[Start]([]byte(bad)); !errors.Is(err, ErrProtocol) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestReaderRefuses(t *testing.T) {
	for name, frame := range map[string][]byte{
		"unknown type":        {0, 0, 0, 0, 99},
		"type zero":           {0, 0, 0, 1, 0, 0},
		"too long a unit":     {0x00, 0x50, 0, 0, byte(TypeUnit)},
		"too long a text":     {0, 1, 0, 0, byte(TypeState)},
		"a stop with a body":  {0, 0, 0, 1, byte(TypeStop), 0},
		"four gigabytes":      {255, 255, 255, 255, byte(TypeUnit)},
		"cut in the body":     {0, 0, 0, 9, byte(TypeState), '{'},
		"cut in the head":     {0, 0},
		"cut after the head ": {0, 0, 0, 9, byte(TypeUnit)},
	} {
		if _, _, err := NewReader(bytes.NewReader(frame)).Next(); !errors.Is(err, ErrProtocol) && !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestGuard(t *testing.T) {
	first, second := media.NewRunID(), media.NewRunID()
	base := media.Unit{Run: first, Stream: media.StreamMain, Type: media.UnitVideo, Track: 1, Seq: 10, PTS: 900, DTS: 900}
	with := func(f func(u *media.Unit)) media.Unit { u := base; f(&u); return u }
	next := with(func(u *media.Unit) { u.Seq, u.PTS, u.DTS = 11, 1800, 1800 })
	for name, c := range map[string]struct {
		u  media.Unit
		ok bool
	}{
		"the next":             {next, true},
		"a gap in numbers":     {with(func(u *media.Unit) { u.Seq, u.PTS, u.DTS = 99, 1800, 1800 }), true},
		"B picture":            {with(func(u *media.Unit) { u.Seq, u.PTS, u.DTS = 11, 9000, 1800 }), true},
		"another stream":       {with(func(u *media.Unit) { u.Stream, u.Seq = media.StreamSub, 0 }), true},
		"audio earlier":        {with(func(u *media.Unit) { u.Type, u.Track, u.Seq, u.PTS, u.DTS = media.UnitAudio, 2, 11, 100, 100 }), true},
		"the next run":         {with(func(u *media.Unit) { u.Run, u.Seq, u.PTS, u.DTS = second, 0, 1800, 1800 }), true},
		"the same again":       {base, false},
		"an older number":      {with(func(u *media.Unit) { u.Seq, u.PTS, u.DTS = 9, 1800, 1800 }), false},
		"time standing still":  {with(func(u *media.Unit) { u.Seq = 11 }), false},
		"time backwards":       {with(func(u *media.Unit) { u.Seq, u.PTS, u.DTS = 11, 899, 899 }), false},
		"negative time":        {with(func(u *media.Unit) { u.Seq, u.PTS, u.DTS = 11, -1, -1 }), false},
		"far future":           {with(func(u *media.Unit) { u.Seq, u.PTS, u.DTS = 11, 1<<40, 1<<40 }), false},
		"overflowing times":    {with(func(u *media.Unit) { u.Seq, u.PTS, u.DTS = 11, -1<<63, 1800 }), false},
		"offset out of bounds": {with(func(u *media.Unit) { u.Seq, u.PTS, u.DTS = 11, 1<<40, 1800 }), false},
		"a foreign run":        {with(func(u *media.Unit) { u.Run, u.Seq = media.NewRunID(), 11 }), false},
		"stream 0":             {with(func(u *media.Unit) { u.Stream, u.Seq = 0, 11 }), false},
		"stream 200":           {with(func(u *media.Unit) { u.Stream, u.Seq = 200, 11 }), false},
		"track 0":              {with(func(u *media.Unit) { u.Track, u.Seq = 0, 11 }), false},
		"track 200":            {with(func(u *media.Unit) { u.Track, u.Seq = 200, 11 }), false},
		"a snapshot on main":   {with(func(u *media.Unit) { u.Type, u.Track, u.Seq = media.UnitSnapshot, 0, 11 }), false},
		"sync audio":           {with(func(u *media.Unit) { u.Type, u.Sync, u.Seq = media.UnitAudio, true, 11 }), false},
	} {
		g := &Guard{}
		g.AddRun(first)
		g.AddRun(second)
		if err := g.Check(&base, time.Minute); err != nil {
			t.Fatal(err)
		}
		if err := g.Check(&c.u, time.Minute); (err == nil) != c.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
	g := &Guard{}
	g.AddRun(first)
	g.AddRun(second)
	for _, run := range []media.RunID{second, first} {
		u := with(func(u *media.Unit) { u.Run = run })
		if err := g.Check(&u, time.Minute); (err == nil) != (run == second) {
			t.Errorf("a run that was left: %v", err)
		}
	}
}

func TestChecks(t *testing.T) {
	for _, s := range []State{
		{Stream: 0, Code: Live}, {Stream: 3, Code: Live}, {Stream: 1, Code: "degraded"}, {Stream: 1, Code: ""}, {Stream: 1, Code: "not rtsp"},
		{Stream: 1, Code: Live, RetryMS: -1}, {Stream: 1, Code: Live, RetryMS: 1 << 40}, {Stream: 1, Code: Live, Width: 1 << 20}, {Stream: 1, Code: Live, Connects: -1},
		{Stream: 1, Code: Live, Connects: MaxCount + 1}, {Stream: 1, Code: Live, Connects: math.MaxInt},
	} {
		if s.Check() == nil {
			t.Errorf("accepted %+v", s)
		}
	}
	for _, code := range []string{Connecting, Live, NoVideo, Frozen, WrongPassword, Unreachable, Incompatible, AnotherDevice} {
		s := State{Stream: 2, Code: code, Message: string(bytes.Repeat([]byte("x"), 1000))}
		s.Connects = MaxCount
		if err := s.Check(); err != nil || len(s.Message) != MaxText {
			t.Errorf("%s: %v, a message of %d bytes", code, err, len(s.Message))
		}
	}
	for c, ok := range map[Counts]bool{
		{Stream: 1, Packets: 1, Lost: 1, Pictures: 1}: true,
		{Stream: 2, Lost: MaxCount}:                   true,
		{Stream: 3}:                                   false,
		{}:                                            false,
		{Stream: 1, Packets: -1}:                      false,
		{Stream: 1, Lost: MaxCount + 1}:               false,
		{Stream: 1, LateMS: -1}:                       false,
		{Stream: 1, LateMS: MaxCount + 1}:             false,
		{Stream: 1, Pictures: 1 << 60}:                false,
	} {
		if err := c.Check(); (err == nil) != ok {
			t.Errorf("%+v: %v", c, err)
		}
	}
	for d, ok := range map[Digest]bool{{Stream: 1}: true, {Stream: 2}: true, {}: false, {Stream: 3}: false, {Stream: 200}: false} {
		if err := d.Check(); (err == nil) != ok {
			t.Errorf("%+v: %v", d, err)
		}
	}
}

func TestSightingCheck(t *testing.T) {
	good := func() Sighting {
		return Sighting{By: ByWSD, Address: netip.MustParseAddr("192.168.1.2"), MAC: "aa:bb:cc:00:00:01", Name: "a\nb", Speaks: []Protocol{{SpeaksONVIF, 80, "/x", true}}}
	}
	s := good()
	if err := s.Check(); err != nil || s.Name != "ab" {
		t.Fatalf("%q, %v", s.Name, err)
	}
	for name, spoil := range map[string]func(*Sighting){
		"way":        func(s *Sighting) { s.By = "rumour" },
		"TLS":        func(s *Sighting) { s.Speaks[0].Name = SpeaksRTSP },
		"no address": func(s *Sighting) { s.Address = netip.Addr{} },
		"everywhere": func(s *Sighting) { s.Address = netip.IPv4Unspecified() },
		"a group":    func(s *Sighting) { s.Address = netip.MustParseAddr("ff02::1%lan0") },
		"mac":        func(s *Sighting) { s.MAC = "AA:bb:cc:00:00:01" },
		"short mac":  func(s *Sighting) { s.MAC = "aa:bb:cc:00:00" },
		"language":   func(s *Sighting) { s.Speaks[0].Name = "telnet" },
		"port":       func(s *Sighting) { s.Speaks[0].Port = 0 },
		"path":       func(s *Sighting) { s.Speaks[0].Path = "@elsewhere/" },
		"languages":  func(s *Sighting) { s.Speaks = make([]Protocol, MaxProtocols+1) },
	} {
		s := good()
		spoil(&s)
		if s.Check() == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestClean(t *testing.T) {
	for in, want := range map[string]string{
		"plain":            "plain",
		"a\nb\x1b[31mc":    "ab[31mc",
		"\u202eevil":       "evil",
		"\xff\xfebad":      "bad",
		"0123456789012345": "0123456789",
		"é":                "é",
	} {
		if got := Clean(in, 10); got != want {
			t.Errorf("%q: %q", in, got)
		}
	}
}

// FuzzHub reads arbitrary bytes as the hub reads its worker.
func FuzzHub(f *testing.F) {
	key, _, _ := testKey()
	s := key.Sealer(media.StreamMain)
	f.Add(SealUnit(nil, s, media.AccessUnit{Type: media.UnitVideo, Track: 1, Data: []byte("x")}))
	c := key.Sealer(media.StreamCamera)
	f.Add(SealNoticed(nil, c, Notice{Kind: media.KindMotion, Active: true, Of: media.StreamSub, Ago: time.Second}, media.AccessUnit{Type: media.UnitEvent, Data: []byte("x")}))
	f.Add(SealBest(nil, c, Best{Of: media.StreamMain, Ago: time.Second, Size: 300}, media.AccessUnit{Type: media.UnitSnapshot, Data: []byte("x")}))
	f.Add(SealFrame(nil, c, Frame{Number: 1, Of: media.StreamSub, Ago: time.Second}, media.AccessUnit{Type: media.UnitSnapshot, Data: []byte("x")}))
	f.Add(SealPicture(nil, c, 1, media.AccessUnit{Type: media.UnitSnapshot, Data: []byte("x")}))
	for typ, v := range map[Type]any{TypeState: State{Stream: 1, Code: Live}, TypeIdentity: Identity{Stream: 1}, TypeDigest: Digest{Stream: 2}, TypeHello: Hello{Version: 1}, TypeCounts: Counts{Stream: 2, Packets: 100, Lost: 3, Pictures: 1, LateMS: 40},
		TypeSighting: Sighting{By: ByWSD, Address: netip.MustParseAddr("fe80::1%lan0"), MAC: "aa:bb:cc:00:00:01", Speaks: []Protocol{{SpeaksONVIF, 80, "/x", true}}},
		TypeProbed:   Probed{Code: Live, Channels: []ProbedChannel{{}}, Streams: []ProbedStream{{Role: RoleMain, URL: "rtsp://192.0.2.1/main"}}, Warnings: []ProbedWarning{{"gop", "x", "main-gop"}}},
		TypeMet:      Met{Serial: "SN-A1B2C3", Channels: []MetChannel{{Source: "a", URL: "rtsp://192.0.2.1/main"}}},
		TypeWarning:  Warning{Text: "x"}, TypeNone: NoPicture{Number: 1}, TypeRekeyed: Rekeyed{ID: key.Run()}} {
		var b bytes.Buffer
		if err := Send(&b, typ, v); err != nil {
			f.Fatal(err)
		}
		f.Add(b.Bytes())
	}
	f.Add([]byte{0, 0, 0, 2, byte(TypeNoticed), 1, 255})
	f.Add([]byte{0, 0, 0, 3, byte(TypeGlimpse), 'm', 1, 255})
	f.Fuzz(func(t *testing.T, in []byte) {
		r, g := NewReader(bytes.NewReader(in)), &Guard{}
		g.AddRun(key.Run())
		for {
			typ, body, err := r.Next()
			if err != nil {
				return
			}
			var u media.Unit
			switch typ {
			case TypeUnit:
				u, err = ParseUnit(body)
			case TypeNoticed:
				var n Notice
				if n, u, err = ParseNoticed(body); err == nil && (!n.Kind.Valid() || n.Ago > MaxAgo || n.Of < media.StreamMain || n.Of > media.StreamCamera) {
					t.Fatalf("accepted %+v", n)
				}
			case TypeBest:
				var b Best
				if b, u, err = ParseBest(body); err == nil && (b.Ago > MaxAgo || b.Size > MaxSize || min(b.Width, b.Height) < 1 || max(b.Width, b.Height) > MaxBestSide || b.Of != media.StreamMain && b.Of != media.StreamSub || len(u.Sealed) > MaxBest+seal.UnitOverhead) {
					t.Fatalf("accepted %+v", b)
				}
			case TypeFramed:
				var m Frame
				if m, u, err = ParseFrame(body); err == nil && (m.Ago > MaxAgo || m.Of != media.StreamMain && m.Of != media.StreamSub || len(u.Sealed) > MaxBest+seal.UnitOverhead) {
					t.Fatalf("accepted %+v", m)
				}
			case TypePicture:
				_, u, err = ParsePicture(body)
			case TypeState:
				m, perr := Parse[State](body)
				if perr == nil && m.Check() == nil && len(m.Message) > MaxText {
					t.Fatal("a message out of bounds")
				}
				continue
			case TypeProbed:
				m, perr := Parse[Probed](body)
				if perr == nil && m.Check() == nil && (len(m.Message) > MaxText || len(m.Streams) > MaxStreams || len(m.Channels) > MaxChannels) {
					t.Fatal("a probe out of bounds")
				}
				continue
			case TypeMet:
				m, perr := Parse[Met](body)
				if perr == nil && m.Check() == nil && (len(m.Channels) == 0 || len(m.Channels) > MaxChannels || len(m.Serial) > 128 || len(m.TLS) > 64) {
					t.Fatal("a device out of bounds")
				}
				continue
			case TypeGlimpse:
				channel, role, sealed, perr := ParseGlimpse(body)
				if perr == nil && (channel < 1 || channel > MaxChannels || role != RoleMain && role != RoleSub || len(sealed) > MaxGlimpse) {
					t.Fatal("a picture of something else")
				}
				continue
			case TypeIdentity:
				m, perr := Parse[Identity](body)
				if perr == nil && m.Check() == nil && len(m.Serial) > 128 {
					t.Fatal("a serial number out of bounds")
				}
				continue
			case TypeDigest:
				m, perr := Parse[Digest](body)
				if perr == nil && m.Check() == nil && m.Stream != media.StreamMain && m.Stream != media.StreamSub {
					t.Fatal("a digest of something else")
				}
				continue
			case TypeSighting:
				m, perr := Parse[Sighting](body)
				if perr == nil && m.Check() == nil && (!m.Address.IsValid() || len(m.Speaks) > MaxProtocols || len(m.Name) > MaxWord || len(m.MAC) > 17) {
					t.Fatal("a sighting out of bounds")
				}
				continue
			case TypeCounts:
				m, perr := Parse[Counts](body)
				if perr == nil && m.Check() == nil && (m.Packets < 0 || m.Packets > MaxCount || m.Lost < 0 || m.Pictures > MaxCount || m.Stream > media.StreamSub) {
					t.Fatal("counts out of bounds")
				}
				continue
			default:
				continue
			}
			if err == nil && g.Check(&u, time.Hour) == nil && (len(u.Sealed) < seal.UnitOverhead || u.DTS < 0) {
				t.Fatalf("accepted %+v", u)
			}
		}
	})
}
