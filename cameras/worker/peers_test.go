package worker

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lares/cameras/flv"
	"lares/cameras/internal/wire"
	"lares/cameras/media"
	"lares/cameras/rtmp"
)

// publisher is an RTMP server as small as a camera's: it answers in the order
// in which it is asked and then sends what next gives.
type publisher struct {
	t    *testing.T
	next func(i int) (kind byte, ms int, body []byte)
	// between is from one to the next.
	between time.Duration
	// heard is everything the client said, when it has asked for the stream.
	heard chan string
}

// chunk is a message in chunks of 128 bytes.
func chunk(stream, kind byte, ms int, body []byte) []byte {
	n := len(body)
	b := []byte{stream, byte(ms >> 16), byte(ms >> 8), byte(ms), byte(n >> 16), byte(n >> 8), byte(n), kind, 1, 0, 0, 0}
	for i := 0; i < n; i += 128 {
		if i > 0 {
			b = append(b, 0xc0|stream)
		}
		b = append(b, body[i:min(i+128, n)]...)
	}
	return b
}

const (
	amfResult = "\x02\x00\x07_result\x00"
	connected = amfResult + "\x3f\xf0\x00\x00\x00\x00\x00\x00\x05\x03\x00\x04code\x02\x00\x1dNetConnection.Connect.Success\x00\x00\x09"
	created   = amfResult + "\x40\x00\x00\x00\x00\x00\x00\x00\x05\x00\x3f\xf0\x00\x00\x00\x00\x00\x00"
)

func (p *publisher) serve(c net.Conn) {
	defer c.Close()
	r := bufio.NewReader(c)
	hello := make([]byte, 1+1536)
	if _, err := io.ReadFull(r, hello); err != nil {
		return
	}
	c.Write(hello)
	c.Write(hello[1:])
	if _, err := io.ReadFull(r, hello[1:]); err != nil {
		return
	}
	var said strings.Builder
	until := func(what string) bool {
		for !strings.Contains(said.String(), what) {
			b, err := r.ReadByte()
			if err != nil {
				return false
			}
			said.WriteByte(b)
		}
		return true
	}
	if !until("connect") {
		return
	}
	c.Write(chunk(2, 6, 0, []byte{0, 0x26, 0x25, 0xa0, 2}))
	c.Write(chunk(3, 20, 0, []byte(connected)))
	if !until("createStream") {
		return
	}
	c.Write(chunk(3, 20, 0, []byte(created)))
	if !until("play\x00") || !until("\x02\x00") {
		return
	}
	said.Grow(256)
	for !strings.HasSuffix(said.String(), "\xc0\x9f\x40\x00\x00\x00\x00\x00") { // the number -2000
		b, err := r.ReadByte()
		if err != nil {
			return
		}
		said.WriteByte(b)
	}
	select {
	case p.heard <- said.String():
	default:
	}
	gone := make(chan struct{})
	go func() { defer close(gone); io.Copy(io.Discard, r) }()
	onTime(gone, p.between, func(i int) error {
		kind, ms, body := p.next(i)
		_, err := c.Write(chunk(6, kind, ms, body))
		return err
	})
}

// RTMP: the film comes as over HTTP, and a password stands where cameras look
// for it.
func TestRTMP(t *testing.T) {
	t.Parallel()
	p := &publisher{t: t, heard: make(chan string, 1), between: 32 * time.Millisecond, next: func(i int) (byte, int, []byte) { return tagsOf(t, i) }}
	e := watched(t, "rtmp://"+accepting(t, p.serve)+"/bcs/channel0_main.bcs?channel=0", wire.Start{Username: "u", Password: "p&w"})
	checkFilm(t, e)
	heard := strings.ReplaceAll(<-p.heard, "\xc3", "") // where a chunk ends
	for _, want := range []string{"channel0_main.bcs?channel=0&user=u&password=p%26w", "\x02\x00\x03bcs"} {
		if !strings.Contains(heard, want) && !strings.Contains(strings.ReplaceAll(heard, "\xc8", ""), want) {
			t.Errorf("it did not say %q", want)
		}
	}
}

func TestRTMPAddress(t *testing.T) {
	for in, want := range map[string]rtmp.Address{
		"rtmp://cam/live/x":       {App: "live", URL: "rtmp://cam/live", Stream: "x"},
		"rtmp://cam:1/a/b/c?d=e":  {App: "a/b", URL: "rtmp://cam:1/a/b", Stream: "c?d=e"},
		"rtmp://cam/live":         {App: "live", URL: "rtmp://cam/live"},
		"rtmp://cam/live/x%20y/?": {App: "live", URL: "rtmp://cam/live", Stream: "x%20y"},
	} {
		u, err := url.Parse(in)
		if err != nil {
			t.Fatal(err)
		}
		if got := rtmpAddress(u, "", ""); got != want {
			t.Errorf("%s: %+v", in, got)
		}
	}
	u, err := url.Parse("rtmp://cam/bcs/x?user={username}&password={password}")
	if err != nil {
		t.Fatal(err)
	}
	if got := rtmpAddress(u, "u", "a&b").Stream; got != "x?user=u&password=a%26b" {
		t.Error(got)
	}
}

// Another language than RTMP is named; a peer that never answers is given up.
func TestRTMPRefusals(t *testing.T) {
	t.Parallel()
	web := accepting(t, func(c net.Conn) { defer c.Close(); io.WriteString(c, "HTTP/1.1 400 Bad Request\r\n\r\n") })
	silent := accepting(t, func(c net.Conn) { defer c.Close(); io.Copy(io.Discard, c) })
	for address, want := range map[string][2]string{
		web:    {wire.Incompatible, "does not speak RTMP"},
		silent: {wire.Unreachable, "timed out"},
	} {
		if m := watched(t, "rtmp://"+address+"/a/b", wire.Start{}).awaitState(15*time.Second, want[0]); !strings.Contains(m, want[1]) {
			t.Error(m)
		}
	}
}

// TestSilentAfterTheHead: who begins a stream and then sends nothing was there.
func TestSilentAfterTheHead(t *testing.T) {
	t.Parallel()
	s := serving(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "video/x-flv")
		io.WriteString(w, "FLV\x01\x05\x00\x00\x00\x09\x00\x00\x00\x00")
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	})
	if m := watched(t, s.URL+"/live.flv", wire.Start{}).awaitState(15*time.Second, wire.NoVideo); !strings.Contains(m, "sends no pictures") {
		t.Error(m)
	}
}

// encoded is a film that ffmpeg made: 30 s, with B pictures, and AAC.
func encoded(t *testing.T, name string, args ...string) string {
	t.Helper()
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		t.Skip("ffmpeg is missing: there is no independent peer")
	}
	file := filepath.Join(t.TempDir(), name)
	all := append([]string{"-v", "error", "-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25:duration=30", "-f", "lavfi", "-i", "sine=frequency=440:sample_rate=44100:duration=30",
		"-pix_fmt", "yuv420p", "-preset", "ultrafast", "-g", "25", "-c:a", "aac"}, args...)
	if out, err := exec.Command("ffmpeg", append(all, file)...).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return file
}

// paced sends a file as a camera sends: about a second of it each second.
func paced(w http.ResponseWriter, r *http.Request, film []byte) {
	part := len(film)/300 + 1
	endless(w, r, 100*time.Millisecond, func(i int) []byte {
		return film[min(i*part, len(film)):min((i+1)*part, len(film))]
	})
}

// What ffmpeg writes is read: MPEG-TS and FLV over HTTP, H.264 with B pictures
// and H.265, with AAC and G.711.
func TestFFmpegOverHTTP(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		args    []string
		codec   string
		samples int64 // of one piece of sound
	}{
		"h264.ts":   {[]string{"-c:v", "libx264", "-bf", "2"}, "H.264 + AAC", 1024},
		"h265.ts":   {[]string{"-c:v", "libx265", "-x265-params", "log-level=none:bframes=2"}, "H.265 + AAC", 1024},
		"alaw.ts":   {append([]string{"-c:v", "libx264", "-bf", "2", "-c:a", "pcm_alaw"}, telephone...), "H.264 + " + media.PCMA.String(), 2880}, // nine at once
		"h264.flv":  {[]string{"-c:v", "libx264", "-bf", "2"}, "H.264 + AAC", 1024},
		"alaw.flv":  {append([]string{"-c:v", "libx264", "-bf", "2", "-c:a", "pcm_alaw"}, telephone...), "H.264 + " + media.PCMA.String(), 320},
		"mulaw.flv": {append([]string{"-c:v", "libx264", "-bf", "2", "-c:a", "pcm_mulaw"}, telephone...), "H.264 + " + media.PCMU.String(), 320},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			film, err := os.ReadFile(encoded(t, name, c.args...))
			if err != nil {
				t.Fatal(err)
			}
			if name == "alaw.ts" {
				film = asMakers(t, film)
			}
			s := serving(t, func(w http.ResponseWriter, r *http.Request) { paced(w, r, film) })
			live, units := watched(t, s.URL+"/"+name, wire.Start{}).played(50, 20)
			if live.Codec != c.codec || live.Width != 320 || live.Height != 180 {
				t.Errorf("%+v", live)
			}
			checkSteady(t, units, c.samples)
		})
	}
}

// telephone is how ffmpeg is told to cut sound as cameras do.
var telephone = []string{"-ar", "8000", "-ac", "1", "-af", "aresample=8000,asetnsamples=n=320"}

// asMakers gives A-law in a transport stream the stream type that makers of cameras give
// it; ffmpeg has private data of it.
func asMakers(t *testing.T, film []byte) []byte {
	t.Helper()
	const packet, pmt = 188, "\x10\x00" // ffmpeg's PID of the program's table
	found := false
	for at := 0; at+packet <= len(film); at += packet {
		p := film[at : at+packet]
		if string([]byte{p[1] & 0x1f, p[2]}) != pmt {
			continue
		}
		if i := bytes.Index(p, []byte{0x06, 0xe1, 0x01}); i > 0 { // the second stream
			p[i], found = 0x90, true
		}
	}
	if !found {
		t.Fatal("ffmpeg names no private data")
	}
	return film
}

// checkSteady demands 25 pictures a second and sound of one length.
func checkSteady(t *testing.T, units []media.AccessUnit, samples int64) {
	t.Helper()
	times, sounds := timesOf(units)
	for i := 1; i < len(sounds); i++ {
		if d := sounds[i] - sounds[i-1]; d != samples {
			t.Errorf("sound comes %d samples after that before", d)
		}
	}
	shown := map[int64]bool{}
	for _, at := range times {
		shown[(at-times[0]+45)/90] = true // in ms; FLV knows no finer ones
	}
	for i := range int64(30) {
		if at := i * 40; !shown[at] && !shown[at-1] && !shown[at+1] {
			t.Errorf("no picture at %d ms", at)
		}
	}
}

// ffmpeg as the RTMP server.
func TestFFmpegRTMP(t *testing.T) {
	t.Parallel()
	for codec, c := range map[string]struct {
		args    []string
		samples int64
	}{
		"AAC":               {nil, 1024},
		media.PCMU.String(): {append([]string{"-c:a", "pcm_mulaw"}, telephone...), 320},
	} {
		t.Run(codec, func(t *testing.T) {
			t.Parallel()
			live, units := watched(t, serveRTMP(t, encoded(t, "film.flv", append([]string{"-c:v", "libx264", "-bf", "2"}, c.args...)...)), wire.Start{}).played(50, 20)
			if live.Codec != "H.264 + "+codec || live.Width != 320 {
				t.Errorf("%+v", live)
			}
			checkSteady(t, units, c.samples)
		})
	}
}

// serveRTMP has ffmpeg serve a film once, and gives its address.
func serveRTMP(t *testing.T, film string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := fmt.Sprintf("rtmp://%s/live/film", l.Addr())
	l.Close()
	ctx, cancel := context.WithCancel(context.Background())
	server := exec.CommandContext(ctx, "ffmpeg", "-v", "error", "-re", "-i", film, "-c", "copy", "-f", "flv", "-listen", "1", address)
	var said bytes.Buffer
	server.Stderr = &said
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		_ = server.Wait() // it was killed
		if t.Failed() {
			t.Log(said.String())
		}
	})
	return address
}

// saidConn is a connection to a peer that has said everything already.
type saidConn struct {
	net.Conn // nil: nothing but reading and writing is done
	io.Reader
}

func (s saidConn) Read(b []byte) (int, error)  { return s.Reader.Read(b) }
func (s saidConn) Write(b []byte) (int, error) { return len(b), nil }
func (s saidConn) Close() error                { return nil }

// hears has a camera over HTTP have said something already.
func (w *web) hears(in []byte) {
	w.conn = saidConn{Reader: bytes.NewReader(in)}
	w.head = &limited{Reader: w.conn}
	w.br = bufio.NewReaderSize(w.head, readAhead)
}

// fuzzed plays a source to its end and checks what the hub is sent.
func fuzzed(t *testing.T, r *rig, src source) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel() // what is not there yet is not waited for
	p, err := src.open(ctx)
	if err != nil {
		return
	}
	if r.connect(p) == nil && src.play(ctx, r.ingest) == nil {
		t.Fatal("a stream without an end")
	}
	checkSent(t, r.units())
}

func fuzzRig(t *testing.T, address string) (*rig, *direct) {
	r, err := rigFor(t, jpegsPicked())
	if err != nil {
		t.Fatal(err)
	}
	r.s.w.warnings = map[media.StreamID]string{}
	to, f := newPlace(wire.Target{URL: address, Dial: "127.0.0.1:1"})
	if f != nil {
		t.Fatal(f)
	}
	return r, &direct{stream: r.s, route: &route{s: r.s, to: to, over: true}}
}

// FuzzHTTP is a camera that says anything at all over HTTP.
func FuzzHTTP(f *testing.F) {
	head := "HTTP/1.1 200 OK\r\n\r\n"
	film := head + "FLV\x01\x05\x00\x00\x00\x09\x00\x00\x00\x00"
	for i := range 12 {
		film += string(flvTag(tagsOf(f, i)))
	}
	f.Add([]byte(film))
	f.Add([]byte(head + string(still(f, 8, 8))))
	f.Add([]byte("HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=a\r\n\r\n--a\r\n\r\n" + string(still(f, 8, 8)) + "\r\n--a\r\nContent-Length: 5\r\n\r\n12345"))
	f.Add([]byte("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nFLV\r\n"))
	f.Add([]byte("HTTP/1.1 401 No\r\nWWW-Authenticate: Digest realm=\"x\", nonce=\"y\"\r\nContent-Length: 0\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"))
	ts := bytes.Repeat([]byte{0xff}, 3*188)
	copy(ts, "\x47\x40\x00\x10\x00\x00\xb0\x0d\x00\x01\xc1\x00\x00\x00\x01\xe1\x00\x00\x00\x00\x00")
	copy(ts[188:], "\x47\x41\x00\x10\x00\x02\xb0\x17\x00\x01\xc1\x00\x00\xe1\x01\xf0\x00\x1b\xe1\x01\xf0\x00\x0f\xe1\x02\xf0\x00\x00\x00\x00\x00")
	copy(ts[376:], "\x47\x41\x01\x10\x00\x00\x01\xe0\x00\x00\x80\x80\x05\x21\x00\x01\x00\x01\x00\x00\x00\x01\x67\x64\x00\x28")
	f.Add([]byte(head + string(ts)))
	f.Fuzz(func(t *testing.T, in []byte) {
		r, d := fuzzRig(t, "http://camera/x")
		r.s.w.start.Username = "u"
		w := newWeb(d).(*web)
		w.hears(in)
		fuzzed(t, r, w)
	})
}

// FuzzFLV sends arbitrary tags, as they come over HTTP and RTMP, through
// everything that reads them: of each the type, a step of time, the length in
// two bytes, and the body.
func FuzzFLV(f *testing.F) {
	var film []byte
	for i := range 14 {
		kind, _, body := tagsOf(f, i)
		film = append(binary.BigEndian.AppendUint16(append(film, kind, 40), uint16(len(body))), body...)
	}
	f.Add(film)
	f.Fuzz(func(t *testing.T, in []byte) {
		r, d := fuzzRig(t, "rtmp://camera/a/b")
		at := uint32(0)
		read := func() (tag flv.Tag, err error) {
			if len(in) < 4 {
				return tag, io.EOF
			}
			n := min(int(binary.BigEndian.Uint16(in[2:])), len(in)-4)
			at += uint32(in[1])
			tag = flv.Tag{Type: in[0], Time: at, Data: bytes.Clone(in[4 : 4+n])}
			in = in[4+n:]
			return tag, nil
		}
		fuzzed(t, r, &mixedSource{d: d, mixed: &mixed{feed: &tags{read: read}}})
	})
}

// mixedSource is a container without a connection.
type mixedSource struct {
	d *direct
	*mixed
}

func (m *mixedSource) open(context.Context) (picked, error) { return m.begin(m.d.stream) }
