package worker

import (
	"bufio"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/md5"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"lares/cameras/internal/wire"
	"lares/cameras/mpegts"
)

const (
	tapoPath = "/stream"
	tapoUser = "admin"
	tapoAsks = "multipart/mixed; boundary=--client-stream-boundary--"
	// tapoPatience is how many parts may come before the answer.
	tapoPatience = 16
)

// tapo is what a camera of TP-Link's Tapo app sends: one request that both sides go on
// talking in, in parts, of which those with video are an MPEG transport stream each piece
// of which is encrypted (go2rtc's tapo does it so).
type tapo struct {
	*web
	mixed *mixed
}

func newTapo(d *direct) source {
	w := newWeb(d).(*web)
	w.method, w.kind, w.digests = http.MethodPost, tapoAsks, true
	w.url.Path, w.url.RawPath, w.url.RawQuery = tapoPath, "", ""
	return &tapo{web: w}
}

// open implements source.
func (t *tapo) open(ctx context.Context) (p picked, err error) {
	ask, f := tapoRequest(t.d.route.to.url.Query().Get("channel"), t.d.route.to.url.Query().Get("subtype"))
	if f != nil {
		return p, f
	}
	r, err := t.ask(ctx)
	if err != nil {
		return p, err
	}
	body := &tapoBody{parts: newParts(t.br, "--device-stream-boundary--")}
	exchange := r.Header.Get("Key-Exchange")
	t.d.form = tapoForm(exchange)
	if body.cipher, body.iv, err = tapoCipher(exchange, t.secret()); err != nil {
		return p, failed(wire.Incompatible, "What answers at %s is no camera of Tapo's. Check the port.", t.d.route.to.name)
	}
	if _, err := fmt.Fprintf(t.live, "----client-stream-boundary--\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s\r\n", len(ask), ask); err != nil {
		return p, err
	}
	if err := t.granted(body.parts); err != nil {
		return p, err
	}
	t.mixed = &mixed{feed: &transport{in: mpegts.NewReader(bufio.NewReaderSize(body, readAhead))}}
	return t.mixed.begin(t.d.stream)
}

// play implements source.
func (t *tapo) play(ctx context.Context, to *ingest) error { return t.mixed.play(ctx, to) }

// tapoRequest asks for a stream, HD or VGA.
func tapoRequest(channel, subtype string) (string, *failure) {
	n, size := uint64(0), "HD"
	if channel != "" {
		var err error
		if n, err = strconv.ParseUint(channel, 10, 8); err != nil {
			return "", failed(wire.Unreachable, "The channel in the address of the camera is not a number.")
		}
	}
	if subtype == "1" {
		size = "VGA"
	}
	return fmt.Sprintf(`{"type":"request","seq":1,"params":{"preview":{"audio":["default"],"channels":[%d],"resolutions":[%q]},"method":"get"}}`, n, size), nil
}

// granted waits for the answer.
func (t *tapo) granted(in *parts) error {
	for range tapoPatience {
		text, err := in.next()
		if err != nil {
			return err
		}
		if in.kind != "application/json" {
			continue
		}
		var answer struct {
			Type   string
			Params struct {
				Error int `json:"error_code"`
			}
		}
		switch {
		case json.Unmarshal(text, &answer) != nil:
			return errParts
		case answer.Params.Error != 0:
			return failed(wire.Unreachable, "The camera at %s does not give this stream (%d). Check channel and subtype in its address.", t.d.route.to.name, answer.Params.Error)
		case answer.Type == "response":
			return nil
		}
	}
	return errParts
}

var tapoNonce = regexp.MustCompile(`nonce="([^"]{1,128})"`)

// tapoCipher is how a connection is encrypted: key and first block are made of the
// password and what the camera's Key-Exchange says.
func tapoCipher(exchange, password string) (cipher.Block, [md5.Size]byte, error) {
	m := tapoNonce.FindStringSubmatch(exchange)
	if m == nil {
		return nil, [md5.Size]byte{}, errParts
	}
	key := md5.Sum([]byte(m[1] + ":" + password))
	block, err := aes.NewCipher(key[:])
	return block, md5.Sum([]byte(tapoUser + ":" + m[1])), err
}

// tapoForm is which of tapoPasswords a camera wants, by a header of it.
func tapoForm(header string) int {
	if strings.Contains(header, `encrypt_type="3"`) {
		return 1
	}
	return 0
}

// tapoPasswords are the forms in which Tapo's cameras want the password of the account.
func tapoPasswords(password string) [2]string {
	return [2]string{fmt.Sprintf("%X", md5.Sum([]byte(password))), fmt.Sprintf("%X", sha256.Sum256([]byte(password)))}
}

// tapoBody is the transport stream, decrypted: AES-128-CBC, begun anew in each part, with
// a padding as of PKCS #7.
type tapoBody struct {
	parts  *parts
	cipher cipher.Block
	iv     [md5.Size]byte
	rest   []byte // of a part
}

func (b *tapoBody) Read(into []byte) (int, error) {
	for len(b.rest) == 0 {
		data, err := b.parts.next()
		if err != nil {
			return 0, err
		}
		if b.parts.kind != "video/mp2t" {
			continue
		}
		if len(data) == 0 || len(data)%aes.BlockSize != 0 {
			return 0, errParts
		}
		cipher.NewCBCDecrypter(b.cipher, b.iv[:]).CryptBlocks(data, data)
		pad := int(data[len(data)-1])
		if pad == 0 || pad > aes.BlockSize {
			return 0, errParts
		}
		b.rest = data[:len(data)-pad]
	}
	n := copy(into, b.rest)
	b.rest = b.rest[n:]
	return n, nil
}
