package worker

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"net/url"
	"time"

	"github.com/bluenviron/gortsplib/v5"
	"github.com/bluenviron/gortsplib/v5/pkg/base"
	"github.com/bluenviron/gortsplib/v5/pkg/description"
	"github.com/bluenviron/gortsplib/v5/pkg/liberrors"
	"github.com/pion/rtp"

	"lares/cameras/internal/wire"
)

const (
	// answerWithin bounds each answer of the camera, and the silence of
	// everything, reports included, on a playing connection. With it a camera
	// that was gone for a moment is back within 5 s.
	answerWithin = 4 * time.Second
	// openWithin bounds the way from dialling to PLAY as a whole.
	openWithin = 9 * time.Second
	// watchdog is how long a session may bring no access unit, whatever RTCP
	// and OPTIONS say (DESIGN §3).
	watchdog = 8 * time.Second
	// closeWithin bounds the end of a connection: it waits for its reader.
	closeWithin = 5 * time.Second
	// firstIDR is how long pictures may come before the first IDR: cameras with
	// adaptive group lengths send one rarely and not on request.
	firstIDR = 30 * time.Second
)

// session is one RTSP connection from DESCRIBE to its end.
type session struct {
	*stream
	client *gortsplib.Client
	tlsKey string
	peer   place
	known  bool // the hub knows who answers
	deaf   bool // the description's sound makes no sense: do without
	// kept is why the camera does not get the password in the way that it asks for.
	kept *failure
	// digest: the camera asked for one in this connection; told: the hub knows.
	digest, told bool
	reply        base.StatusCode // to the camera's own request at hand

	renewal *renewal
	// in is nil before the tracks are set up.
	in *ingest
}

// session runs one connection. played reports whether pictures came.
func (st *stream) session(ctx context.Context, p place) (played bool, err error) {
	s, d := st.newSession(p)
	if err := s.client.Start(); err != nil {
		return false, err
	}
	defer s.client.Close()
	stop := context.AfterFunc(ctx, s.client.Close)
	defer stop()
	if err := s.openIn(ctx, d, s.open); err != nil {
		return false, err
	}
	err = s.watch(ctx)
	return s.in.delivered.Load() != 0, err
}

// newSession makes a connection that is not dialled yet.
func (st *stream) newSession(p place) (*session, *dialer) {
	s := &session{stream: st, peer: p, renewal: newRenewal(st.w.now)}
	d := &dialer{to: p}
	s.client = &gortsplib.Client{
		Scheme: p.url.Scheme, Host: p.url.Host, Protocol: s.protocol(),
		ReadTimeout: answerWithin, InitialUDPReadTimeout: answerWithin, WriteTimeout: answerWithin, UserAgent: "lares",
		DialContext:       d.dial,
		ListenPacket:      d.listen,
		TLSConfig:         s.tlsConfig(d),
		OnResponse:        s.prune,
		OnServerRequest:   s.question,
		OnServerResponse:  s.answer,
		OnPacketsLost:     func(uint64) {}, // the assembler sees for itself
		OnDecodeError:     s.renewal.refused,
		OnTransportSwitch: func(error) {},
	}
	return s, d
}

// openIn has the connection opened within its time.
func (s *session) openIn(ctx context.Context, d *dialer, open func(context.Context, *url.URL) error) error {
	ctx, cancel := context.WithTimeout(ctx, openWithin)
	defer cancel()
	stop := context.AfterFunc(ctx, d.cut)
	err := open(ctx, d.to.url)
	switch {
	case !stop():
		return errStalled
	case err != nil && d.shaking.Load():
		return &shakeError{err}
	}
	return err
}

// describe goes from OPTIONS to DESCRIBE.
func (s *session) describe(ctx context.Context, target *url.URL) (*description.Session, error) {
	u, err := base.ParseURL(target.String())
	if err != nil {
		return nil, failed(wire.Unreachable, "The address of the camera is not an RTSP URL.")
	}
	if s.w.start.Username != "" || s.w.start.Password != "" {
		u.User = url.UserPassword(s.w.start.Username, s.w.start.Password)
	}
	if err := s.meet(ctx, u); err != nil {
		return nil, err
	}
	p, err := s.w.door.enter(ctx, wayOf(s.id))
	if err != nil {
		return nil, err
	}
	desc, _, err := s.client.Describe(u)
	p.end(err, s.kept == nil && isRefusal(err))
	if s.kept != nil {
		return nil, s.kept
	}
	return desc, err
}

// isRefusal reports whether a camera refused a password that it got.
func isRefusal(err error) bool {
	var status liberrors.ErrClientBadStatusCode
	return errors.As(err, &status) && (status.Code == base.StatusUnauthorized || status.Code == base.StatusForbidden)
}

// open goes from OPTIONS to PLAY.
func (s *session) open(ctx context.Context, target *url.URL) error {
	desc, err := s.describe(ctx, target)
	if err != nil {
		return err
	}
	p, warning, f := pick(desc, s.deaf)
	if f != nil {
		return f
	}
	s.w.warn(s.id, warning)
	if err := s.know(ctx); err != nil {
		return err
	}
	if err := s.prepare(desc.BaseURL, p); err != nil {
		return err
	}
	s.connects.Add(1) // before Play: the reading goroutine reports it
	if _, err = s.client.Play(nil); err != nil {
		s.connects.Add(-1)
	}
	return err
}

// prepare sets the tracks up and hands their packets to ingest.
func (s *session) prepare(baseURL *base.URL, p picked) (err error) {
	if s.in, err = newIngest(s.stream, p); err != nil {
		return err
	}
	s.in.ntp = s.packetNTP
	if err = s.setup(baseURL, p.video); err != nil {
		return err
	}
	s.client.OnPacketRTP(p.video, p.format, s.taking(s.in.onVideo))
	if p.audio == nil {
		return nil
	}
	if err = s.setup(baseURL, p.audio); err != nil {
		return err
	}
	s.client.OnPacketRTP(p.audio, p.heard, s.taking(s.in.onAudio))
	return nil
}

// taking is what takes the packets that gortsplib lets through.
func (s *session) taking(to func(*rtp.Packet)) gortsplib.OnPacketRTPFunc {
	return func(p *rtp.Packet) {
		s.renewal.accepted(p.SSRC)
		to(p)
	}
}

// packetNTP is the camera's own time of a packet; ok is false before its first
// sender report.
func (s *session) packetNTP(m *description.Media, p *rtp.Packet) (at time.Time, ok bool) {
	return s.client.PacketNTP(m, p)
}

// watch waits for the end of the session, or ends it when no picture comes.
func (s *session) watch(ctx context.Context) error {
	ended := make(chan error, 1)
	go func() { ended <- s.client.Wait() }()
	err := s.stream.watch(ctx, vigil{in: s.in, ended: ended, renewed: s.renewal.seen, hangUp: s.hangUp, silent: s.silent})
	var nothing liberrors.ErrClientUDPTimeout
	if errors.As(err, &nothing) {
		return s.silent(s.in.delivered.Load() != 0)
	}
	return err
}

// hangUp ends the connection. A reader that one packet keeps busy for ever does
// not end: the hub replaces a process whose socket closes.
func (s *session) hangUp() {
	stuck := time.AfterFunc(closeWithin, func() { s.w.out.conn.Close() })
	defer stuck.Stop()
	s.client.Close()
}

func (s *session) silent(pictures bool) error {
	if !pictures && !s.everLive && s.in.seen.Load() == 0 && s.udp() {
		return failed(wire.NoVideo, "The camera is connected but none of its pictures arrive over UDP. A firewall may stand between: TCP gets through.")
	}
	return s.silence(s.in, pictures)
}

// tlsConfig pins the camera's key instead of asking authorities: cameras sign
// their certificates themselves.
func (s *session) tlsConfig(d *dialer) *tls.Config {
	return &tls.Config{
		InsecureSkipVerify: true,
		VerifyConnection:   func(tls.ConnectionState) error { return d.certified() },
		VerifyPeerCertificate: func(raw [][]byte, _ [][]*x509.Certificate) error {
			if len(raw) == 0 {
				return errNotRTSP
			}
			c, err := x509.ParseCertificate(raw[0])
			if err != nil {
				return err
			}
			sum := sha256.Sum256(c.RawSubjectPublicKeyInfo)
			s.tlsKey = hex.EncodeToString(sum[:])
			if s.w.start.PinKind == pinTLS && s.w.start.Pin != s.tlsKey {
				return anotherDevice()
			}
			return nil
		},
	}
}
