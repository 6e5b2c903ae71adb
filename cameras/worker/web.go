package worker

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/bluenviron/gortsplib/v5/pkg/description"
	"github.com/bluenviron/gortsplib/v5/pkg/format"

	"lares/cameras/clock"
	"lares/cameras/eseecloud"
	"lares/cameras/flv"
	"lares/cameras/internal/wire"
	"lares/cameras/media"
	"lares/cameras/mpegts"
)

const (
	// maxHead bounds the head of an answer.
	maxHead = 32 << 10
	// maxRefusal is how much of the body of a refusal is read, so that the
	// connection can be used again.
	maxRefusal = 64 << 10
	// mostMoves is how often an answer may send elsewhere on the same camera.
	mostMoves = 3
	// pollEvery is how often a camera that serves single pictures is asked.
	pollEvery = time.Second
)

var errHead = errors.New("worker: an endless answer")

// web is what a camera sends over HTTP: pictures one after another in one answer
// (multipart), one picture for each request, FLV, or an MPEG transport stream.
// Which it is, the answer shows; ESeeCloud's and Kasa's the address says.
type web struct {
	d      *direct
	method string
	kind   string   // of what is asked with; "" for nothing
	url    *url.URL // with what the camera reads from its query
	conn   net.Conn // to ask more over; nil: none
	live   net.Conn // over which the answer at hand came
	status int      // of that
	head   *limited
	br     *bufio.Reader

	body  io.ReadCloser // of the answer at hand
	mixed *mixed        // of what mixes pictures and sound
	parts *parts        // of multipart

	told    bool // the hub knows that the camera asked for a digest
	digests bool // nothing less than a digest will do
}

// ownPaths are where makers have the one stream of a camera, whose address need not say it.
var ownPaths = map[string]string{"kasa": kasaPath, "doorbird": doorBirdVideo}

func newWeb(d *direct) source {
	u := filled(d.route.to.url, d.w.start.Username, d.w.start.Password)
	if path := ownPaths[d.route.to.says]; path != "" && strings.Trim(u.Path, "/") == "" {
		u.Path = path
	}
	return &web{d: d, method: http.MethodGet, url: u}
}

// limited reads until its allowance is used up. One that is negative does not
// end.
type limited struct {
	io.Reader
	left int
}

func (l *limited) Read(b []byte) (int, error) {
	if l.left == 0 {
		return 0, errHead
	}
	if l.left > 0 && len(b) > l.left {
		b = b[:l.left]
	}
	n, err := l.Reader.Read(b)
	if l.left > 0 {
		l.left -= n
	}
	return n, err
}

// open implements source.
func (w *web) open(ctx context.Context) (p picked, err error) {
	r, err := w.ask(ctx)
	if err != nil {
		return p, err
	}
	w.body = r.Body
	body := bufio.NewReaderSize(r.Body, readAhead)
	if named, ok, err := w.named(r, body); ok || err != nil {
		if err != nil {
			return p, err
		}
		w.mixed = &mixed{feed: named}
		return w.mixed.begin(w.d.stream)
	}
	kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err == nil && strings.HasPrefix(kind, "multipart/") {
		w.parts = newParts(body, params["boundary"])
		return jpegsPicked(), nil
	}
	start, err := body.Peek(3)
	if err != nil {
		return p, err
	}
	switch {
	case string(start) == "FLV":
		w.mixed = &mixed{feed: &tags{read: flv.NewReader(body).Next}}
	case start[0] == 0x47:
		w.mixed = &mixed{feed: &transport{in: mpegts.NewReader(body)}}
	case start[0] == 0xff && start[1] == 0xd8:
		w.body = struct {
			io.Reader
			io.Closer
		}{body, r.Body}
		return jpegsPicked(), nil
	default:
		return p, failed(wire.Incompatible, "What answers at %s is no video: neither M-JPEG nor a JPEG picture, MPEG-TS or FLV. Check the path.", w.d.route.to.name)
	}
	return w.mixed.begin(w.d.stream)
}

// named is what the address itself says of the answer; ok is false where it says nothing.
func (w *web) named(r *http.Response, body *bufio.Reader) (f feed, ok bool, err error) {
	switch w.d.route.to.says {
	case "eseecloud":
		in, err := eseecloud.NewReader(body)
		if err != nil {
			return nil, true, err
		}
		e := newESee(in)
		if e.holds.video == nil { // that much the description tells
			return nil, true, pictureless(e.holds)
		}
		return e, true, nil
	case "kasa":
		_, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
		if err != nil {
			return nil, true, failed(wire.Incompatible, "What answers at %s is no stream of a Kasa camera. Check the port and the path.", w.d.route.to.name)
		}
		if body, err = kasaBody(body); err != nil {
			return nil, true, err
		}
		return &kasa{parts: newParts(body, params["boundary"]), now: w.d.w.now}, true, nil
	}
	return nil, false, nil
}

// jpegsPicked is a stream of whole JPEG pictures without sound.
func jpegsPicked() picked {
	f := &format.MJPEG{}
	return picked{video: &description.Media{Type: description.MediaTypeVideo, Formats: []format.Format{f}}, format: f}
}

// play implements source.
func (w *web) play(ctx context.Context, to *ingest) error {
	switch {
	case w.mixed != nil:
		return w.mixed.play(ctx, to)
	case w.parts != nil:
		for {
			picture, err := w.parts.next()
			if err != nil {
				return err
			}
			to.jpeg(picture)
		}
	}
	return w.poll(ctx, to)
}

// poll asks for picture after picture. The first answer is there already.
func (w *web) poll(ctx context.Context, to *ingest) error {
	var picture []byte
	for {
		began := w.d.w.now()
		var err error
		if picture, err = readPicture(picture[:0], w.body); err != nil {
			return err
		}
		w.body.Close()
		to.jpeg(picture)
		if !clock.Pause(ctx, pollEvery-(w.d.w.now()-began)) {
			return ctx.Err()
		}
		r, err := w.ask(ctx)
		if err != nil {
			return err
		}
		w.body = r.Body
	}
}

// readPicture appends one whole body to b.
func readPicture(b []byte, r io.Reader) ([]byte, error) {
	for {
		if len(b) == cap(b) {
			b = append(b, 0)[:len(b)]
		}
		n, err := r.Read(b[len(b):cap(b)])
		b = b[:len(b)+n]
		switch {
		case errors.Is(err, io.EOF):
			return b, nil
		case err != nil:
			return b, err
		case len(b) > media.MaxUnit:
			return b, errParts
		}
	}
}

// ask requests the address and gives an answer of success. A camera may close
// the connection between two pictures, refuse who does not sign in, and send to another
// of its paths, each time.
func (w *web) ask(ctx context.Context) (*http.Response, error) {
	at := w.url
	defer func() { w.url = at }()
	var sign string
	moves := 0
	for tries := 0; ; tries++ {
		fresh := w.conn == nil
		r, err := w.exchange(ctx, sign)
		switch {
		case err != nil && !fresh && tries < 2+moves:
			continue // it had ended
		case err != nil:
			return nil, err
		case r.StatusCode == http.StatusOK:
			w.d.formed = w.d.formed || sign != ""
			return r, nil
		case moves < mostMoves && w.moved(r):
			moves++
			sign = "" // it is for one path
			w.skip(r)
			continue
		case r.StatusCode != http.StatusUnauthorized || !w.signs() || sign != "" && !w.reform():
			return nil, w.refused(r.StatusCode)
		}
		if sign, err = w.sign(r); err != nil {
			return nil, err
		}
		w.skip(r)
	}
}

// skip leaves the body of an answer, and the connection where that does not end soon.
func (w *web) skip(r *http.Response) {
	if n, err := io.CopyN(io.Discard, r.Body, maxRefusal); n == maxRefusal || !errors.Is(err, io.EOF) || r.Close {
		w.conn = nil
	}
}

// moved has the next request ask for the path to which an answer sends; false where that
// is none of this camera's, by the same scheme and port.
func (w *web) moved(r *http.Response) bool {
	where := r.Header.Get("Location")
	to, err := w.url.Parse(where)
	if err != nil || where == "" || r.StatusCode < 300 || r.StatusCode >= 400 || w.method != http.MethodGet || to.User != nil || to.Scheme != w.url.Scheme {
		return false
	}
	host, here := net.JoinHostPort(to.Hostname(), cmp.Or(to.Port(), wire.StreamPort(to.Scheme))), w.d.route.to
	if !strings.EqualFold(host, here.name) && host != here.dial {
		return false
	}
	next := *w.url
	next.Path, next.RawPath, next.RawQuery = to.Path, to.RawPath, to.RawQuery
	w.url = &next
	return true
}

func (w *web) signs() bool { return w.d.w.start.Username != "" || w.d.w.start.Password != "" }

// secret is the password as it goes out.
func (w *web) secret() string {
	password := w.d.w.start.Password
	switch w.d.route.to.says {
	case "kasa":
		return kasaPasswords(password)[w.d.form]
	case "tapo":
		return tapoPasswords(password)[w.d.form]
	}
	return password
}

// reform reports whether another form of the password is to be tried after a refusal:
// once, until one is known that the camera takes.
func (w *web) reform() bool {
	if w.d.route.to.says != "kasa" || w.d.formed {
		return false
	}
	w.d.form = 1 - w.d.form
	return w.d.form == 1
}

// exchange sends one request, over the connection at hand if there is one, and
// reads the head of the answer.
func (w *web) exchange(ctx context.Context, sign string) (*http.Response, error) {
	q, err := http.NewRequestWithContext(ctx, w.method, w.url.String(), nil)
	if err != nil {
		return nil, failed(wire.Unreachable, "The address of the camera is not a URL.")
	}
	q.Header.Set("User-Agent", "lares")
	q.Header.Set("Accept", "*/*")
	if w.kind != "" {
		q.Header.Set("Content-Type", w.kind)
	}
	if sign != "" {
		q.Header.Set("Authorization", sign)
	}
	if w.conn == nil {
		if err := w.redial(ctx); err != nil {
			return nil, err
		}
	}
	w.head.left = maxHead
	r, err := w.answer(q)
	if err != nil {
		w.conn.Close()
		w.conn = nil
		return nil, err
	}
	w.head.left, w.live, w.status = -1, w.conn, r.StatusCode
	if r.Close {
		w.conn = nil // the body ends it
	}
	return r, nil
}

// redial begins a connection anew.
func (w *web) redial(ctx context.Context) (err error) {
	if w.conn, err = w.d.route.dial(ctx); err != nil {
		w.conn = nil
		return err
	}
	if u := w.d.route.to.url; strings.Contains(u.RawQuery, wire.QueryPassword) {
		if f := w.d.unasked(u.Scheme == "https"); f != nil {
			return f
		}
	}
	w.head = &limited{Reader: w.conn, left: -1}
	w.br = bufio.NewReaderSize(w.head, readAhead)
	return nil
}

func (w *web) answer(q *http.Request) (*http.Response, error) {
	if err := q.Write(w.conn); err != nil {
		return nil, err
	}
	r, err := http.ReadResponse(w.br, q)
	if err != nil && !isNetwork(err) {
		return nil, failed(wire.Incompatible, "Something answers at %s, but it does not speak HTTP. Check the port.", w.d.route.to.name)
	}
	return r, err
}

// isNetwork tells the errors of a connection from those of what came over it.
func isNetwork(err error) bool {
	var n net.Error
	return errors.As(err, &n) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed)
}

// refused says why there is no stream.
func (w *web) refused(code int) error {
	where := w.d.route.to.name
	switch {
	case (code == http.StatusUnauthorized || code == http.StatusForbidden) && !w.signs():
		return failed(wire.WrongPassword, "The camera at %s asks for a user name and a password.", where)
	case code == http.StatusUnauthorized, code == http.StatusForbidden:
		return failed(wire.WrongPassword, "The camera at %s refused the user name or password.", where)
	case code == http.StatusNotFound:
		return failed(wire.Unreachable, "The camera at %s answers but has no stream at this path (404).", where)
	case code >= 300 && code < 400:
		return failed(wire.Unreachable, "The camera at %s sends us to another address, or too often (%d), where Lares does not follow. If it has moved, add it by its new address.", where, code)
	}
	return failed(wire.Unreachable, "The camera at %s answers with error %d.", where, code)
}
