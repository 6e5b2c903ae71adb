package rtmp

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"math"
	"net"
	"strings"
	"testing"

	"lares/cameras/flv"
)

// spoken is a connection to a peer that has said everything already.
type spoken struct {
	net.Conn // nil: nothing but reading and writing is done
	in       io.Reader
	out      bytes.Buffer
}

func (s *spoken) Read(b []byte) (int, error)  { return s.in.Read(b) }
func (s *spoken) Write(b []byte) (int, error) { return s.out.Write(b) }

// said puts a message into chunks of the size in force, the first with a full
// header.
func said(stream, kind byte, time uint32, data []byte, size int) []byte {
	c := Client{conn: &spoken{}}
	if err := c.send(stream, kind, 1, data); err != nil {
		panic(err)
	}
	b := c.conn.(*spoken).out.Bytes()
	b[1], b[2], b[3] = byte(time>>16), byte(time>>8), byte(time)
	if size == firstChunkSize {
		return b
	}
	out := bytes.Clone(b[:12])
	for i := 0; i < len(data); i += size {
		if i > 0 {
			out = append(out, 0xc0|stream)
		}
		out = append(out, data[i:min(i+size, len(data))]...)
	}
	return out
}

func result(number float64, more ...any) []byte {
	return said(3, command, 0, appendValues(nil, append([]any{"_result", number, nil}, more...)...), firstChunkSize)
}

// hello is a peer's half of what comes before the stream.
func hello() []byte {
	b := append([]byte{3}, make([]byte, 2*handshakeSize)...)
	b = append(b, said(2, windowSize, 0, []byte{0, 2, 0, 0}, firstChunkSize)...)
	b = append(b, said(2, peerBand, 0, []byte{0, 2, 0, 0, 2}, firstChunkSize)...)
	b = append(b, result(1, pairs{{"code", "NetConnection.Connect.Success"}})...)
	return append(b, result(2, 1.0)...)
}

func status(code string) []byte {
	return said(5, command, 0, appendValues(nil, "onStatus", 0.0, nil, pairs{{"level", "status"}, {"code", code}}), firstChunkSize)
}

func TestPlay(t *testing.T) {
	big := bytes.Repeat([]byte{7}, 1000)
	in := hello()
	in = append(in, status("NetStream.Play.Start")...)
	in = append(in, said(2, setChunkSize, 0, []byte{0, 0, 1, 0}, firstChunkSize)...)
	in = append(in, said(2, userControl, 0, []byte{0, 6, 1, 2, 3, 4}, firstChunkSize)...)
	video := said(6, flv.TypeVideo, 40, big, 256)
	sound := said(4, flv.TypeAudio, 50, []byte("s"), 256)
	// A chunk of sound between two of the picture, and then a header without
	// time and length.
	in = append(append(append(in, video[:12+256]...), sound...), video[12+256:]...)
	in = append(in, 0x80|4, 0, 0, 20, 'u', 0xc0|4, 'v')
	in = append(in, status("NetStream.Play.UnpublishNotify")...)
	conn := &spoken{in: bytes.NewReader(in)}
	c, err := Play(conn, Address{App: "live", URL: "rtmp://camera/live", Stream: "a?b=c"})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []flv.Tag{
		{Type: flv.TypeAudio, Time: 50, Data: []byte("s")},
		{Type: flv.TypeVideo, Time: 40, Data: big},
		{Type: flv.TypeAudio, Time: 70, Data: []byte("u")},
		{Type: flv.TypeAudio, Time: 90, Data: []byte("v")},
	} {
		got, err := c.Next()
		if err != nil || got.Type != want.Type || got.Time != want.Time || !bytes.Equal(got.Data, want.Data) {
			t.Fatalf("%d: %v %+v", i, err, got)
		}
	}
	if _, err := c.Next(); !errors.Is(err, ErrEnded) {
		t.Error(err)
	}
	said := conn.out.String()
	for _, want := range []string{"connect", "rtmp://camera/live", "createStream", "play", "a?b=c", "\x00\x07\x01\x02\x03\x04"} {
		if !strings.Contains(said, want) {
			t.Errorf("it did not say %q", want)
		}
	}
}

func TestRefusals(t *testing.T) {
	shaken := append([]byte{3}, make([]byte, 2*handshakeSize)...)
	for name, c := range map[string]struct {
		in   []byte
		want error
	}{
		"another language": {[]byte("RTSP/1.0 400 Bad Request\r\n"), ErrFormat},
		"cut":              {shaken[:100], io.ErrUnexpectedEOF},
		"refused":          {append(bytes.Clone(shaken), said(3, command, 0, appendValues(nil, "_error", 1.0, nil, pairs{{"code", "NetConnection.Connect.Rejected"}}), firstChunkSize)...), ErrRefused},
		"no chunk size":    {append(bytes.Clone(shaken), said(2, setChunkSize, 0, make([]byte, 4), firstChunkSize)...), ErrFormat},
		"too long":         {append(bytes.Clone(shaken), 3, 0, 0, 0, 0xff, 0xff, 0xff, 20, 0, 0, 0, 0), ErrFormat},
		"no header before": {append(bytes.Clone(shaken), 0xc3), ErrFormat},
		"deep":             {append(bytes.Clone(shaken), said(3, command, 0, bytes.Repeat([]byte{amfObject, 0, 1, 'x'}, 100), firstChunkSize)...), ErrFormat},
		"no such stream":   {append(hello(), status("NetStream.Play.StreamNotFound")...), ErrNoStream},
	} {
		client, err := Play(&spoken{in: bytes.NewReader(c.in)}, Address{})
		if err == nil {
			_, err = client.Next()
		}
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Messages that never end, on every chunk stream, hold no more than the bound.
func TestEndlessMessages(t *testing.T) {
	var in []byte
	for i := range 10 {
		in = append(in, byte(20+i), 0, 0, 0, 0x3f, 0xff, 0xff, flv.TypeVideo, 1, 0, 0, 0)
		in = append(in, make([]byte, firstChunkSize)...)
	}
	for i := range 10 * 4 << 20 / firstChunkSize {
		in = append(in, 0xc0|byte(20+i%10))
		in = append(in, make([]byte, firstChunkSize)...)
	}
	c := newChunks()
	_, err := c.next(bufio.NewReader(bytes.NewReader(in)))
	if held := c.held(); !errors.Is(err, ErrFormat) || held > 2*maxHeld {
		t.Errorf("%v, %d bytes held", err, held)
	}
}

func TestValues(t *testing.T) {
	v, ok := parseValues(appendValues(nil, "name", 2.5, nil, pairs{{"a", true}, {"b", pairs{{"code", "x"}}}, {"code", "y"}}, "z"))
	if !ok || v.at(0) != "name" || v.at(1) != 2.5 || v.at(2) != nil || v.code() != "y" || v.at(4) != "z" || v.at(9) != nil {
		t.Errorf("%v %+v", ok, v)
	}
	if v, ok := parseValues([]byte{amfMap, 0, 0, 0, 9, 0, 1, 'k', amfArray, 0, 0, 0, 1, amfNull, 0, 0, amfEnd, amfDate, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, amfLong, 0, 0, 0, 1, 'l'}); !ok || v.at(2) != "l" {
		t.Errorf("%v %+v", ok, v)
	}
	if _, ok := parseValues([]byte{amfArray, 0xff, 0xff, 0xff, 0xff}); ok {
		t.Error("an array of nothing")
	}
	if n, ok := (values{"", 0.0, nil, math.Inf(1)}).number(); !ok || !math.IsInf(n, 1) {
		t.Error(n)
	}
}

// FuzzPlay is a peer that says anything at all after the handshake.
func FuzzPlay(f *testing.F) {
	shaken := 1 + 2*handshakeSize
	f.Add(append(hello(), said(6, flv.TypeVideo, 40, make([]byte, 500), firstChunkSize)...)[shaken:])
	f.Add(append(hello(), status("NetStream.Play.Stop")...)[shaken:])
	f.Add([]byte{0x02, 0xff, 0xff, 0xff, 0, 0, 4, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 9})
	f.Fuzz(func(t *testing.T, in []byte) {
		head := append([]byte{3}, make([]byte, 2*handshakeSize)...)
		c, err := Play(&spoken{in: io.MultiReader(bytes.NewReader(head), bytes.NewReader(in))}, Address{App: "a", Stream: "s"})
		for err == nil {
			var tag flv.Tag
			tag, err = c.Next()
			if len(tag.Data) > maxMessage {
				t.Fatal(len(tag.Data))
			}
		}
	})
}
