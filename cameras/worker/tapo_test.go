package worker

import (
	"bufio"
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/md5"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"lares/cameras/internal/digest"
	"lares/cameras/internal/wire"
	"lares/cameras/media"
)

// tapoPeer is a camera of Tapo's, after what go2rtc says to one.
type tapoPeer struct {
	t      *testing.T
	asks   string // encrypt_type, for the newer form of the password
	form   int
	answer string                              // to the request
	next   func(i int) (kind string, b []byte) // what it sends, 10 a second; nil to end
	clear  bool                                // it does not encrypt
}

func (p *tapoPeer) serve(c net.Conn) {
	defer c.Close()
	br := bufio.NewReader(c)
	const user, password, exchange = "admin", "account secret", "7d2f"
	hashed := tapoPasswords(password)[p.form]
	challenge := `Digest realm="TP-Link IP-Camera", nonce="5a1f", qop="auth", algorithm=MD5` + p.asks
	for {
		q, err := http.ReadRequest(br)
		if err != nil {
			return
		}
		if q.Method != http.MethodPost || q.URL.Path != "/stream" || !strings.HasPrefix(q.Header.Get("Content-Type"), "multipart/mixed") {
			p.t.Errorf("%s %s %v", q.Method, q.URL, q.Header)
		}
		given := q.Header.Get("Authorization")
		_, cnonce, _ := strings.Cut(given, `cnonce="`)
		cnonce, _, _ = strings.Cut(cnonce, `"`)
		known, _ := digest.Parse(challenge)
		if given != "" && given == known.Answer(q, user, hashed, cnonce) {
			break
		}
		fmt.Fprintf(c, "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: %s\r\nContent-Length: 0\r\n\r\n", challenge)
	}
	fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nContent-Type: multipart/mixed;boundary=--device-stream-boundary--\r\nKey-Exchange: cipher=\"AES_128_CBC\" username=\"admin\" padding=\"PKCS7_16\" algorithm=\"MD5\" nonce=\"%s\"%s\r\n\r\n", exchange, p.asks)
	in := newParts(br, "--client-stream-boundary--")
	if text, err := in.next(); err != nil || !strings.Contains(string(text), `"resolutions":["VGA"]`) || !strings.Contains(string(text), `"channels":[2]`) {
		p.t.Errorf("it asked for %s, %v", text, err)
	}
	part := func(kind string, b []byte) error {
		_, err := fmt.Fprintf(c, "----device-stream-boundary--\r\nContent-Type: %s\r\nX-Session-Id: 1\r\nX-If-Encrypt: 1\r\nContent-Length: %d\r\n\r\n%s\r\n", kind, len(b), b)
		return err
	}
	if part("application/json", []byte(p.answer)) != nil {
		return
	}
	key, iv := md5.Sum([]byte(exchange+":"+hashed)), md5.Sum([]byte(user+":"+exchange))
	block, err := aes.NewCipher(key[:])
	if err != nil {
		p.t.Error(err)
		return
	}
	gone := make(chan struct{})
	go func() { defer close(gone); io.Copy(io.Discard, br) }()
	onTime(gone, 100*time.Millisecond, func(i int) error {
		kind, b := p.next(i)
		if b == nil {
			return io.EOF
		}
		if !p.clear {
			pad := aes.BlockSize - len(b)%aes.BlockSize
			b = append(bytes.Clone(b), bytes.Repeat([]byte{byte(pad)}, pad)...)
			cipher.NewCBCEncrypter(block, iv[:]).CryptBlocks(b, b)
		}
		return part(kind, b)
	})
	c.Close()
	<-gone
}

const (
	tapoFine   = `{"type":"response","seq":1,"params":{"error_code":0,"session_id":"1"}}`
	tapoStream = "/?channel=2&subtype=1"
)

// TestTapo: what ffmpeg made comes out of the parts, pictures and A-law, with both forms of
// the password; a wrong one is named.
func TestTapo(t *testing.T) {
	t.Parallel()
	film, err := os.ReadFile(encoded(t, "alaw.ts", append([]string{"-c:v", "libx264", "-bf", "2", "-c:a", "pcm_alaw"}, telephone...)...))
	if err != nil {
		t.Fatal(err)
	}
	film = asMakers(t, film)
	size := (len(film)/300/188 + 1) * 188
	for form, asks := range []string{"", `, encrypt_type="3"`} {
		p := &tapoPeer{t: t, asks: asks, form: form, answer: tapoFine, next: func(i int) (string, []byte) {
			if i%7 == 3 {
				return "application/json", []byte(`{"type":"notification"}`)
			}
			if i -= (i + 4) / 7; (i+1)*size > len(film) {
				return "", nil
			}
			return "video/mp2t", film[i*size : (i+1)*size]
		}}
		address := "tapo://" + accepting(t, p.serve) + tapoStream
		live, units := watched(t, address, wire.Start{Password: "account secret"}).played(50, 5)
		if live.Codec != "H.264 + "+media.PCMA.String() || live.Width != 320 {
			t.Errorf("%+v", live)
		}
		checkSteady(t, units, 2880) // nine at once
		if m := watched(t, address, wire.Start{Username: "admin", Password: "guess"}).awaitState(10*time.Second, wire.WrongPassword); !strings.Contains(m, "refused the user name or password") {
			t.Error(m)
		}
	}
}

// TestNoTapo: what is no such stream, or none that is given, says so, and nothing comes out.
func TestNoTapo(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answer string
		kind   string
		body   []byte
		clear  bool
		code   string
		says   string
	}{
		"refused":       {`{"type":"response","params":{"error_code":-52405}}`, "", nil, false, wire.Unreachable, "-52405"},
		"no JSON":       {"{", "", nil, false, wire.Incompatible, "makes no sense"},
		"not encrypted": {tapoFine, "video/mp2t", bytes.Repeat([]byte{0x47}, 188), true, wire.Incompatible, "makes no sense"},
		"half a block":  {tapoFine, "video/mp2t", make([]byte, 17), true, wire.Incompatible, "makes no sense"},
		"nothing in it": {tapoFine, "video/mp2t", []byte{}, true, wire.Incompatible, "makes no sense"},
		"no transport":  {tapoFine, "video/mp2t", make([]byte, 1<<20), false, wire.Incompatible, "makes no sense"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := &tapoPeer{t: t, answer: c.answer, clear: c.clear, next: func(int) (string, []byte) { return c.kind, c.body }}
			watched(t, "tapo://"+accepting(t, p.serve)+tapoStream, wire.Start{Password: "account secret"}).refused(c.code, c.says)
		})
	}
	page := serving(t, func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "<html>") })
	if m := watched(t, strings.Replace(page.URL, "http", "tapo", 1), wire.Start{Password: "p"}).awaitState(15*time.Second, wire.Incompatible); !strings.Contains(m, "no camera of Tapo") {
		t.Error(m)
	}
}

// FuzzTapo is a camera that says anything at all.
func FuzzTapo(f *testing.F) {
	head := "HTTP/1.1 200 OK\r\nKey-Exchange: nonce=\"x\"\r\n\r\n----device-stream-boundary--\r\nContent-Type: application/json\r\nContent-Length: 19\r\n\r\n{\"type\":\"response\"}\r\n"
	f.Add([]byte(head + "----device-stream-boundary--\r\nContent-Type: video/mp2t\r\nContent-Length: 16\r\n\r\n0123456789abcdef\r\n"))
	f.Add([]byte("HTTP/1.1 401 No\r\nWWW-Authenticate: Digest realm=\"x\", nonce=\"y\", encrypt_type=\"3\"\r\nContent-Length: 0\r\n\r\n" + head))
	f.Fuzz(func(t *testing.T, in []byte) {
		r, d := fuzzRig(t, "tapo://camera")
		r.s.w.start.Password = "p"
		w := newTapo(d).(*tapo)
		w.hears(in)
		fuzzed(t, r, w)
	})
}
