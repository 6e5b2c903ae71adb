package dvrip

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
)

// spoken is a connection to a peer that has said everything already.
type spoken struct {
	net.Conn // nil: nothing but reading and writing is done
	in       io.Reader
	out      bytes.Buffer
}

func (s *spoken) Read(b []byte) (int, error)  { return s.in.Read(b) }
func (s *spoken) Write(b []byte) (int, error) { return s.out.Write(b) }

func said(number uint16, body string) string {
	b := make([]byte, headSize)
	b[0] = 0xff
	binary.LittleEndian.PutUint32(b[4:], 0x2a)
	binary.LittleEndian.PutUint16(b[14:], number)
	binary.LittleEndian.PutUint32(b[16:], uint32(len(body)))
	return string(b) + body
}

const (
	fine    = "{ \"Name\" : \"\", \"Ret\" : 100, \"SessionID\" : \"0x0000002a\" }\n\x00"
	picture = "\x00\x00\x01\xfc\x02\x19\x50\x2d\x00\x00\x00\x00\x04\x00\x00\x00abcd"
	next    = "\x00\x00\x01\xfd\x02\x00\x00\x00ef"
	sound   = "\x00\x00\x01\xfa\x0e\x02\x03\x00xyz"
	info    = "\x00\x00\x01\xf9\x00\x00\x01\x00i"
)

func hello() string { return said(login+1, fine) + said(monitorClaim+1, fine) }

// Media come cut anywhere and with other messages between.
func TestPlay(t *testing.T) {
	film := picture + info + sound + next + picture
	for cut := 1; cut < len(film); cut++ {
		conn := &spoken{in: strings.NewReader(hello() + said(monitorStart+1, fine) + said(monitorData, film[:cut]) + said(keepAlive+1, fine) + said(monitorData, film[cut:]))}
		c, err := Play(conn, Stream{Channel: 1, Sub: true, Username: `u"`, Password: "p"})
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range []Unit{
			{Kind: H264, Picture: true, Data: []byte("abcd")}, {Kind: PCMA, Rate: 8000, Data: []byte("xyz")},
			{Picture: true, Data: []byte("ef")}, {Kind: H264, Picture: true, Data: []byte("abcd")},
		} {
			u, err := c.Next()
			if err != nil || u.Kind != want.Kind || u.Picture != want.Picture || u.Rate != want.Rate || !bytes.Equal(u.Data, want.Data) {
				t.Fatalf("cut at %d, unit %d: %v %+v", cut, i, err, u)
			}
		}
		if _, err := c.Next(); !errors.Is(err, io.EOF) {
			t.Fatal(err)
		}
		if err := c.KeepAlive(); err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{`"UserName":"u\""`, `"PassWord":"` + Hash("p") + `"`, `"Action":"Claim"`, `"Action":"Start"`, `"Channel":1`, `"StreamType":"Extra1"`, `"SessionID":"0x0000002A"`, `"Name":"KeepAlive"`} {
			if !strings.Contains(conn.out.String(), want) {
				t.Fatalf("it did not say %s", want)
			}
		}
	}
}

// TestChannels: a device has as many cameras as its sign-in says, one at least, and as
// many as a recorder may have; they are called what it says, if it does.
func TestChannels(t *testing.T) {
	in := func(more string) string {
		return said(login+1, `{ "AliveInterval" : 21, `+more+`"Ret" : 100 }`+"\n\x00")
	}
	named := said(titles+1, `{ "ChannelTitle" : [ "Yard", "", "Gate" ], "Name" : "ChannelTitle", "Ret" : 100 }`+"\n\x00")
	for name, c := range map[string]struct {
		in   string
		want []string
		err  error
	}{
		"a camera":           {in(`"ChannelNum" : 1, `), []string{""}, nil},
		"one that says none": {in(""), []string{""}, nil},
		"fewer than one":     {in(`"ChannelNum" : -4, `), []string{""}, nil},
		"not a number":       {in(`"ChannelNum" : "4", `), []string{""}, nil},
		"a recorder":         {in(`"ChannelNum" : 3, `) + said(keepAlive+1, fine) + named, []string{"Yard", "", "Gate"}, nil},
		"of more":            {in(`"ChannelNum" : 4, `) + named, []string{"Yard", "", "Gate", ""}, nil},
		"of fewer":           {in(`"ChannelNum" : 2, `) + named, []string{"Yard", ""}, nil},
		"without names":      {in(`"ChannelNum" : 2, `) + said(titles+1, "{ \"Ret\" : 102 }\n\x00"), []string{"", ""}, nil},
		"that hangs up":      {in(`"ChannelNum" : 2, `), []string{"", ""}, nil},
		"of any number":      {in(`"ChannelNum" : 2000000000, `), make([]string, MaxChannels), nil},
		"a wrong password":   {said(login+1, strings.Replace(fine, "100", "203", 1)), nil, ErrPassword},
		"another language":   {"HTTP/1.1 400 Bad Request\r\n\r\n", nil, ErrFormat},
	} {
		got, err := Channels(&spoken{in: strings.NewReader(c.in)}, "user", "p")
		if !slices.Equal(got, c.want) || !errors.Is(err, c.err) {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

// The hash of an empty password is known everywhere: it is what these cameras
// begin with.
func TestHash(t *testing.T) {
	if h := Hash(""); h != "tlJwpbo6" {
		t.Error(h)
	}
}

func TestRefusals(t *testing.T) {
	for name, c := range map[string]struct {
		in   string
		want error
	}{
		"another language": {"HTTP/1.1 400 Bad Request\r\n\r\n", ErrFormat},
		"wrong password":   {said(login+1, strings.Replace(fine, "100", "203", 1)), ErrPassword},
		"no such stream":   {said(login+1, fine) + said(monitorClaim+1, strings.Replace(fine, "100", "103", 1)), ErrRefused},
		"no answer":        {strings.Repeat(said(keepAlive, ""), patience+1), ErrFormat},
		"nonsense":         {said(login+1, "{"), ErrFormat},
		"too long":         {said(login+1, fine)[:16] + "\xff\xff\xff\xff", ErrFormat},
		"no media":         {hello() + said(monitorData, "no media here"), ErrFormat},
		"a huge picture":   {hello() + said(monitorData, picture[:12]+"\xff\xff\xff\x7f"), ErrFormat},
	} {
		client, err := Play(&spoken{in: strings.NewReader(c.in)}, Stream{})
		if err == nil {
			_, err = client.Next()
		}
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzPlay is a peer that says anything at all.
func FuzzPlay(f *testing.F) {
	f.Add([]byte(hello() + said(monitorData, picture+sound+next)))
	f.Add([]byte(said(login+1, strings.Replace(fine, "100", "203", 1))))
	f.Add([]byte(said(login+1, `{"ChannelNum":4,"Ret":100}`) + said(titles+1, `{"ChannelTitle":["a"],"Ret":100}`)))
	f.Add([]byte(hello() + said(monitorData, info+picture[:10]) + said(monitorData, picture[10:])))
	f.Fuzz(func(t *testing.T, in []byte) {
		if names, err := Channels(&spoken{in: bytes.NewReader(in)}, "", ""); err == nil && (len(names) < 1 || len(names) > MaxChannels) {
			t.Fatal(len(names))
		}
		c, err := Play(&spoken{in: bytes.NewReader(in)}, Stream{})
		for err == nil {
			var u Unit
			u, err = c.Next()
			if len(u.Data) > MaxUnit || err == nil && u.Kind == None && !u.Picture {
				t.Fatal(u.Kind, len(u.Data))
			}
		}
	})
}

// TestStartRefused: a camera that gives no stream says so behind Play; once media
// come, its word does not matter.
func TestStartRefused(t *testing.T) {
	const no, film = "{ \"Ret\" : 103 }\n\x00", picture
	for name, c := range map[string]struct {
		says string
		want error
	}{
		"no stream":        {said(monitorStart+1, no), ErrRefused},
		"no right":         {said(monitorStart+1, "{ \"Ret\" : 107 }\n\x00"), ErrPassword},
		"no answer at all": {said(monitorStart+1, "no"), ErrFormat},
		"another's answer": {said(keepAlive+1, no) + said(monitorData, film), nil},
		"after media":      {said(monitorData, film[:10]) + said(monitorStart+1, no) + said(monitorData, film[10:]), nil},
	} {
		client, err := Play(&spoken{in: strings.NewReader(hello() + c.says)}, Stream{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := client.Next(); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
