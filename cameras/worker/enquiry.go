package worker

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"time"

	"github.com/bluenviron/gortsplib/v5"
	"github.com/bluenviron/gortsplib/v5/pkg/base"
	"github.com/bluenviron/gortsplib/v5/pkg/format"
	"github.com/bluenviron/gortsplib/v5/pkg/liberrors"

	"lares/cameras/internal/wire"
	"lares/cameras/media"
)

// describeWithin bounds one question of an Enquiry, sign-in included.
const describeWithin = 5 * time.Second

// The ways in which a question of an Enquiry ends without a description.
var (
	// ErrRefused says that the device refuses the credentials, or wants some.
	ErrRefused = errors.New("worker: the device refuses the user name or password")
	// ErrKept is an ErrRefused of a device that wants the password in the clear: it did
	// not get it.
	ErrKept = fmt.Errorf("%w: it wants the password in the clear", ErrRefused)
	// ErrNoStream says that there is no stream at the path, or none that can be
	// recorded.
	ErrNoStream = errors.New("worker: there is no stream at this path")
	// ErrNotRTSP says that what answers does not speak RTSP.
	ErrNotRTSP = errors.New("worker: what answers does not speak RTSP")
	// ErrNobody says that nothing answers.
	ErrNobody = errors.New("worker: nothing answers")
)

// Description is what a device says of a stream before it is played. Sizes are 0
// where it does not tell them.
type Description struct {
	Codec         string // as onvif.Encoder spells it
	Width, Height int
}

// Enquiry asks one device what streams it has, and for a picture of one. As everywhere, a digest goes before a password in the clear,
// and after one digest nothing less will do. One goroutine uses it.
type Enquiry struct {
	s *stream
}

// NewEnquiry asks the device at dial, a literal address and port, which the user
// calls by the host of address. With digest the password goes out as one or not at all,
// encrypted or not, as to an address that nobody gave.
func NewEnquiry(dial, username, password string, digest bool) *Enquiry {
	w := &worker{start: wire.Start{Username: username, Password: password}}
	return &Enquiry{newStream(w, media.StreamMain, wire.Target{Dial: dial, Moved: digest})}
}

// Describe asks for the description of the stream at an address of the device,
// rtsp or rtsps and without credentials; nothing is set up or played. It returns ErrRefused, which ErrKept is too, after which it is
// not to be asked again, ErrNoStream, ErrNotRTSP, ErrNobody, or another error.
func (e *Enquiry) Describe(ctx context.Context, address string) (Description, error) {
	ctx, cancel := context.WithTimeout(ctx, describeWithin)
	defer cancel()
	c, err := e.ask(ctx, address)
	if err != nil {
		return Description{}, err
	}
	defer c.end()
	return saidOf(c.format), nil
}

// Meet connects to an address of the device and asks nothing, so that whoever answers is
// known before a password goes there: key is what an encrypted one shows, as the hex
// SHA-256 of its public key, "" where it shows none. It returns ErrNobody, or that the
// address is none.
func (e *Enquiry) Meet(ctx context.Context, address string) (key string, err error) {
	ctx, cancel := context.WithTimeout(ctx, describeWithin)
	defer cancel()
	to := e.s.to
	to.URL = address
	p, f := newPlace(to)
	if f != nil {
		return "", f
	}
	s, d := &session{stream: e.s, peer: p}, &dialer{to: p}
	conn, err := d.dial(ctx, "tcp", p.name)
	if err != nil {
		return "", ErrNobody
	}
	defer conn.Close()
	if p.url.Scheme == "rtsps" {
		_ = tls.Client(conn, s.tlsConfig(d)).HandshakeContext(ctx) // whoever speaks no TLS shows no key
	}
	return s.tlsKey, nil
}

// connection is one that a question opened, with what the stream's pictures are. It is
// cut when the question's context ends.
type connection struct {
	*gortsplib.Client
	picked
	session *session
	base    *base.URL
	stop    func() bool
}

func (c *connection) end() {
	c.stop()
	c.Close()
}

// ask connects and asks for the description of the stream at an address.
func (e *Enquiry) ask(ctx context.Context, address string) (*connection, error) {
	to := e.s.to
	to.URL = address
	p, f := newPlace(to)
	if f != nil {
		return nil, f
	}
	u, err := base.ParseURL(p.url.String())
	if err != nil {
		return nil, err
	}
	if start := e.s.w.start; start.Username != "" || start.Password != "" {
		u.User = url.UserPassword(start.Username, start.Password)
	}
	s, d, tcp := &session{stream: e.s, peer: p}, &dialer{to: p}, gortsplib.ProtocolTCP
	s.client = &gortsplib.Client{
		Scheme: p.url.Scheme, Host: p.url.Host, Protocol: &tcp, ReadTimeout: answerWithin, WriteTimeout: answerWithin, UserAgent: "lares",
		DialContext: d.dial, TLSConfig: s.tlsConfig(d),
		OnResponse: s.prune, OnPacketsLost: func(uint64) {}, OnDecodeError: func(error) {},
	}
	if err := s.client.Start(); err != nil {
		return nil, err
	}
	c := &connection{Client: s.client, session: s, stop: context.AfterFunc(ctx, d.cut)}
	desc, _, err := s.client.Describe(u)
	if err != nil || s.kept != nil {
		c.end()
		return nil, ended(err, s.kept != nil)
	}
	if c.picked, _, f = pick(desc, true); f != nil {
		c.end()
		return nil, ErrNoStream
	}
	c.base = desc.BaseURL
	return c, nil
}

// ended sorts what became of a question.
func ended(err error, kept bool) error {
	var status liberrors.ErrClientBadStatusCode
	var auth liberrors.ErrClientAuthSetup
	var sdp liberrors.ErrClientSDPInvalid
	var contentType liberrors.ErrClientContentTypeUnsupported
	var noType liberrors.ErrClientContentTypeMissing
	var dialled *net.OpError
	switch {
	case kept:
		return ErrKept
	case errors.As(err, &auth):
		return ErrRefused
	case errors.As(err, &status) && (status.Code == base.StatusUnauthorized || status.Code == base.StatusForbidden):
		return ErrRefused
	case errors.As(err, &status), errors.As(err, &sdp), errors.As(err, &contentType), errors.As(err, &noType),
		errors.Is(err, errRedirect), errors.Is(err, errCircle):
		return ErrNoStream
	case errors.Is(err, errNotRTSP):
		return ErrNotRTSP
	case errors.As(err, &dialled) && dialled.Op == "dial":
		return ErrNobody
	}
	return err
}

// saidOf is what the format of a stream says of it.
func saidOf(f format.Format) Description {
	var t media.Track
	d := Description{Codec: "JPEG"}
	switch f := f.(type) {
	case *format.H264:
		d.Codec = "H264"
		t, _ = newAVC(f).track(videoTrack)
	case *format.H265:
		d.Codec = "H265"
		t, _ = newHEVC(f).track(videoTrack)
	}
	d.Width, d.Height = int(t.Width), int(t.Height)
	return d
}
