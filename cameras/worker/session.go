package worker

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/bluenviron/gortsplib/v5"
	"github.com/bluenviron/gortsplib/v5/pkg/base"
	"github.com/bluenviron/gortsplib/v5/pkg/description"
	"github.com/bluenviron/gortsplib/v5/pkg/format"
	"github.com/bluenviron/gortsplib/v5/pkg/liberrors"

	"lares/cameras/internal/wire"
	"lares/cameras/media"
)

const (
	// answerWithin bounds each answer of the camera, and the silence on a
	// playing connection.
	answerWithin = 5 * time.Second
	// openWithin bounds the way from dialling to PLAY as a whole.
	openWithin = 9 * time.Second
	// watchdog is how long a session may bring no access unit, whatever RTCP
	// and OPTIONS say (DESIGN §3).
	watchdog = 8 * time.Second
	// firstIDR is how long pictures may come before the first IDR: cameras with
	// adaptive group lengths send one rarely and not on request.
	firstIDR = 30 * time.Second

	maxSDP = 16 << 10

	videoTrack = 1
	audioTrack = 2
)

var errSoundInSDP = errors.New("worker: the description of the sound makes no sense")

// session is one RTSP connection from DESCRIBE to its end.
type session struct {
	*stream
	client *gortsplib.Client
	tlsKey string

	video  *description.Media
	format *format.H264
	audio  *description.Media
	aac    *format.MPEG4Audio
	sound  media.Track

	// What follows belongs to the client's reading goroutine.
	asm      *assembler
	sets     paramSets
	line     *timeline
	decoding *decodingTime
	heard    *sound
	lips     lipSync
	config   media.Config
	data     []byte // reused

	// Worker's time, in nanoseconds, of the last picture delivered and of the
	// last seen at all; 0 before the first.
	delivered, seen atomic.Int64
}

// session runs one connection. played reports whether pictures came.
func (st *stream) session(ctx context.Context) (played bool, err error) {
	p, f := newPlace(st.to)
	if f != nil {
		return false, f
	}
	s := &session{stream: st}
	d := &dialer{to: p}
	tcp := gortsplib.ProtocolTCP
	s.client = &gortsplib.Client{
		Scheme: p.url.Scheme, Host: p.url.Host, Protocol: &tcp,
		ReadTimeout: answerWithin, WriteTimeout: answerWithin, UserAgent: "lares",
		DialContext:       d.dial,
		TLSConfig:         s.tlsConfig(d),
		OnResponse:        s.prune,
		OnPacketsLost:     func(uint64) {}, // the assembler sees for itself
		OnDecodeError:     func(error) {},
		OnTransportSwitch: func(error) {},
	}
	if err := s.client.Start(); err != nil {
		return false, err
	}
	defer s.client.Close()
	stop := context.AfterFunc(ctx, s.client.Close)
	defer stop()
	if err := s.openIn(ctx, d); err != nil {
		return false, err
	}
	err = s.watch(ctx)
	return s.delivered.Load() != 0, err
}

// openIn is open within its time.
func (s *session) openIn(ctx context.Context, d *dialer) error {
	ctx, cancel := context.WithTimeout(ctx, openWithin)
	defer cancel()
	stop := context.AfterFunc(ctx, d.cut)
	err := s.open(ctx, d.to.url)
	switch {
	case !stop():
		return errStalled
	case err != nil && d.shaking.Load():
		return &shakeError{err}
	}
	return err
}

// open goes from OPTIONS to PLAY.
func (s *session) open(ctx context.Context, target *url.URL) error {
	u, err := base.ParseURL(target.String())
	if err != nil {
		return failed(wire.Unreachable, "The address of the camera is not an RTSP URL.")
	}
	if s.w.start.Username != "" || s.w.start.Password != "" {
		u.User = url.UserPassword(s.w.start.Username, s.w.start.Password)
	}
	desc, _, err := s.client.Describe(u)
	var bad liberrors.ErrClientSDPInvalid
	if errors.As(err, &bad) && !s.noSound {
		return errSoundInSDP // one try more without it, before giving up
	}
	if err != nil {
		return err
	}
	if err := s.choose(desc); err != nil {
		return err
	}
	if err := s.identify(ctx, s.tlsKey); err != nil {
		return err
	}
	if err := s.prepare(desc.BaseURL); err != nil {
		return err
	}
	s.connects++ // before Play: the reading goroutine reports it
	_, err = s.client.Play(nil)
	return err
}

// choose finds the tracks worth having.
func (s *session) choose(desc *description.Session) error {
	for _, m := range desc.Medias {
		if m.IsBackChannel {
			continue
		}
		for _, f := range m.Formats {
			switch f := f.(type) {
			case *format.H264:
				if s.format == nil {
					s.video, s.format = m, f
				}
			case *format.MPEG4Audio:
				if t, ok := soundTrack(audioTrack, f); ok && s.aac == nil {
					s.audio, s.aac, s.sound = m, f, t
				}
			}
		}
	}
	switch codec, has := codecOf(desc, description.MediaTypeVideo); {
	case s.format != nil:
	case has:
		return failed(wire.UnsupportedCodec, "The camera sends %s. Lares records H.264: change the codec in the camera's settings.", codec)
	default:
		return failed(wire.NoVideoTrack, "The camera offers no video at this address.")
	}
	warning := ""
	if codec, has := codecOf(desc, description.MediaTypeAudio); s.aac == nil && (has || s.noSound) {
		warning = "Recorded without sound: the camera's sound is " + codec + ", not AAC."
		if s.noSound {
			warning = "Recorded without sound: the camera describes it in a way that makes no sense."
		}
	}
	s.w.warn(s.id, warning)
	return nil
}

func codecOf(desc *description.Session, t description.MediaType) (name string, has bool) {
	for _, m := range desc.Medias {
		if m.Type == t && !m.IsBackChannel && len(m.Formats) > 0 {
			return wire.Clean(m.Formats[0].Codec(), 32), true
		}
	}
	return "", false
}

// prepare sets the tracks up and hands their packets to the reading goroutine's
// half of the session.
func (s *session) prepare(baseURL *base.URL) (err error) {
	if s.asm, err = newAssembler(s.format); err != nil {
		return failed(wire.UnsupportedCodec, "The camera packs H.264 in a way that Lares does not know.")
	}
	if isSPS(s.format.SPS) && isPPS(s.format.PPS) {
		s.sets.sps, s.sets.pps = [][]byte{s.format.SPS}, [][]byte{s.format.PPS}
	}
	rate := s.format.ClockRate()
	s.lastVideo = rescale(s.lastVideo, s.lastRate, rate)
	s.lastRate = rate
	s.line, s.decoding = newTimeline(rate, s.lastVideo), newDecodingTime(s.lastVideo)
	if _, err = s.client.Setup(baseURL, s.video, 0, 0); err != nil {
		return err
	}
	s.client.OnPacketRTP(s.video, s.format, s.onVideo)
	if s.aac == nil {
		return nil
	}
	rate = s.aac.ClockRate()
	s.lastAudio = rescale(s.lastAudio, s.lastSound, rate)
	s.lastSound = rate
	if s.heard, err = newSound(s.aac, s.lastAudio); err != nil {
		return failed(wire.UnsupportedCodec, "The camera packs AAC in a way that Lares does not know.")
	}
	if _, err = s.client.Setup(baseURL, s.audio, 0, 0); err != nil {
		return err
	}
	s.client.OnPacketRTP(s.audio, s.aac, s.onAudio)
	return nil
}

func rescale(v int64, from, to int) int64 {
	if from == 0 || from == to {
		return v
	}
	return v/int64(from)*int64(to) + int64(to)
}

// watch waits for the end of the session, or ends it when no picture comes.
func (s *session) watch(ctx context.Context) error {
	ended := make(chan error, 1)
	go func() { ended <- s.client.Wait() }()
	began := s.w.now()
	for {
		last := time.Duration(s.delivered.Load())
		limit := last + watchdog
		if last == 0 {
			limit = began + watchdog
			if time.Duration(s.seen.Load()) > 0 {
				limit = began + firstIDR
			}
		}
		left := limit - s.w.now()
		if left <= 0 {
			s.client.Close()
			<-ended
			return s.silent(last != 0)
		}
		select {
		case err := <-ended:
			if ctx.Err() == nil && err == nil {
				err = failed(wire.Unreachable, "The connection to the camera ended.")
			}
			return err
		case <-time.After(left):
		}
	}
}

func (s *session) silent(pictures bool) error {
	switch {
	case pictures || s.everLive:
		return failed(wire.Frozen, "The camera is connected but has stopped sending pictures.")
	case s.seen.Load() > 0:
		return failed(wire.NoVideo, "The camera sends pictures, but none that a recording can start with.")
	}
	return failed(wire.NoVideo, "The camera is connected but sends no pictures.")
}

// prune sees each answer before gortsplib reads it: bounds the description,
// which the library lets grow to 128 KiB, and takes the sound out where it
// made no sense.
func (s *session) prune(r *base.Response) {
	if len(r.Body) > maxSDP {
		r.Body = nil
	}
	if s.noSound {
		r.Body = withoutSound(r.Body)
	}
}

// withoutSound drops the media sections of audio (RFC 8866 §5.14).
func withoutSound(sdp []byte) []byte {
	var out []byte
	audio := false
	for line := range bytes.Lines(sdp) {
		if bytes.HasPrefix(line, []byte("m=")) {
			audio = bytes.HasPrefix(line, []byte("m=audio"))
		}
		if !audio {
			out = append(out, line...)
		}
	}
	return out
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
