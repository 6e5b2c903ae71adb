package worker

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"lares/cameras/internal/wire"
	"lares/cameras/media/g711"
)

// maxTold bounds what a camera says of its loudspeaker, in bytes.
const maxTold = 64 << 10

// talker is a maker's own way to speak through its cameras over HTTP.
type talker interface {
	// ask finds out what the camera takes, wire.TalkPCMU or TalkPCMA; "" for nothing.
	ask(ctx context.Context, w *web) (codec string, err error)
	// begin goes on until the camera listens; from then on samples go to w.live.
	begin(ctx context.Context, w *web) error
	// ended judges what the camera says then: nil where that ends nothing.
	ended(w *web) error
	// over says that nothing more comes.
	over(ctx context.Context, w *web)
}

// talkers are the makers whose cameras are spoken through so, by where they have their
// streams.
var talkers = []struct {
	path   string // what that begins with
	talker func() talker
	source string
}{
	{"/streaming/channels/1", newISAPI, "Hikvision ISAPI: rtsp://host/Streaming/Channels/101; go2rtc pkg/isapi"},
	{"/isapi/streaming/channels/1", newISAPI, "Hikvision ISAPI, its newer spelling"},
	{"/bha-api/video.cgi", newDoorBird, "DoorBird LAN API, Live Video Request; go2rtc pkg/doorbird"},
	{"/mpeg/720p/media.amp", newDoorBird, "DoorBird LAN API, RTSP; go2rtc internal/doorbird"},
	{"/mpeg/1080p/media.amp", newDoorBird, "DoorBird LAN API, RTSP"},
}

// maker is the way to speak through a camera of a stream's address besides ONVIF's, and
// where. That is where the stream is, or of one over RTSP where ONVIF is, or else the port
// that such cameras have: at the same host always.
func (m *mouth) maker(p place) (to place, t talker, ok bool) {
	path := strings.ToLower(p.url.Path)
	if own := ownPaths[p.says]; own != "" && strings.Trim(path, "/") == "" {
		path = own
	}
	for _, x := range talkers {
		if !strings.HasPrefix(path, x.path) {
			continue
		}
		if wire.Web(p.says) != "" {
			return p, x.talker(), true
		}
		host, _, err := net.SplitHostPort(p.dial)
		if err != nil {
			return to, nil, false
		}
		at := wire.Target{URL: (&url.URL{Scheme: "http", Host: bracketed(p.url.Hostname())}).String(), Dial: net.JoinHostPort(host, wire.StreamPort("http"))}
		if o := m.w.start.ONVIF; !o.IsZero() && m.w.beside(o) {
			at = o
		}
		to, f := newPlace(at)
		return to, x.talker(), f == nil
	}
	return to, nil, false
}

// bracketed is a host as it stands in a URL.
func bracketed(host string) string {
	if strings.Contains(host, ":") {
		return "[" + host + "]"
	}
	return host
}

// converseHTTP is one connection to speak, or to ask, in a maker's way. A recorder's
// loudspeaker is nobody's, as over DVRIP.
func (m *mouth) converseHTTP(ctx context.Context, k *speaker, p place, t talker) (why string, err error) {
	connects, none := m.main.connects.Load(), wire.TalkNone
	if k.Ask {
		none = ""
	}
	if m.w.start.Recorder || m.w.device.hands.recorder(nil) {
		m.learn("", connects)
		return none, nil
	}
	d := &direct{stream: m.stream, route: &route{s: m.stream, to: p}}
	defer d.route.cut()
	stop := context.AfterFunc(ctx, d.route.cut)
	defer stop()
	w := &web{d: d, method: http.MethodGet, url: p.url, told: p.dial != m.to.Dial} // which another port says nothing of
	codec, err := m.openHTTP(ctx, w, t, k.Ask)
	d.route.settle(err)
	if err != nil && !d.route.answered.Load() && isNetwork(err) && p.dial != m.to.Dial {
		codec, err = "", nil // nothing is there
	}
	if err != nil {
		return "", d.name(err)
	}
	m.learn(codec, connects)
	switch {
	case codec == "":
		return none, nil
	case k.Ask:
		return "", nil
	}
	law := g711.Mu
	if codec == wire.TalkPCMA {
		law = g711.A
	}
	k.listened(newSpeech(law, m.w.now()))
	m.answer(wire.Talked{Number: k.Number, State: wire.TalkReady, Codec: codec})
	why, err = m.carry(ctx, k.speech, &webSpeaker{w: w, talker: t})
	if ctx.Err() == nil {
		m.endHTTP(ctx, p, t)
	}
	return why, d.name(err)
}

// openHTTP goes as far as the question, and unless that is all, until the camera listens,
// within the time of opening a stream.
func (m *mouth) openHTTP(ctx context.Context, w *web, t talker, only bool) (codec string, err error) {
	ctx, cancel := context.WithTimeout(ctx, openWithin)
	defer cancel()
	stop := context.AfterFunc(ctx, w.d.route.cut)
	err = contained(func() error {
		var err error
		if codec, err = t.ask(ctx, w); err != nil || codec == "" || only {
			return err
		}
		return t.begin(ctx, w)
	})
	if !stop() {
		return "", errStalled
	}
	return codec, err
}

// endHTTP says that nothing more comes, on a connection of its own. A camera that does not
// hear it ends by itself, or at the next talk.
func (m *mouth) endHTTP(ctx context.Context, p place, t talker) {
	ctx, cancel := context.WithTimeout(ctx, endWithin)
	defer cancel()
	d := &direct{stream: m.stream, route: &route{s: m.stream, to: p, in: true}}
	defer d.route.cut()
	stop := context.AfterFunc(ctx, d.route.cut)
	defer stop()
	_ = contained(func() error {
		t.over(ctx, &web{d: d, method: http.MethodGet, url: p.url, told: true})
		return nil
	})
}

// endWithin bounds the last word of a talk: the next one may wait for it.
const endWithin = 2 * time.Second

// to is a request for a page of the same camera.
func (w *web) to(method, path string) *web {
	u := *w.url
	u.Path, u.RawPath, u.RawQuery = path, "", ""
	w.method, w.url = method, &u
	return w
}

// fetch asks for a page and reads it.
func (w *web) fetch(ctx context.Context, method, path string) ([]byte, error) {
	r, err := w.to(method, path).ask(ctx)
	if err != nil && w.status == http.StatusForbidden { // who it is was known
		err = failed(wire.Unreachable, "The camera at %s does not let this user speak through it. Check the user's rights in the camera's settings.", w.d.route.to.name)
	}
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxTold+1))
	if err == nil && len(body) > maxTold {
		err = failed(wire.Incompatible, "The camera at %s says more of its loudspeaker than there can be to say.", w.d.route.to.name)
	}
	return body, err
}

// missing is no error for a page that is not there.
func (w *web) missing(err error) error {
	if w.status == http.StatusNotFound {
		return nil
	}
	return err
}

// webSpeaker is a loudspeaker that takes bare samples.
type webSpeaker struct {
	w      *web
	talker talker
}

func (l *webSpeaker) send(s *speech, now time.Duration) error {
	for u, ok := s.next(now); ok; u, ok = s.next(now) {
		if _, err := l.w.live.Write(u.octets); err != nil {
			return err
		}
	}
	return nil
}

func (l *webSpeaker) sent() bool { return true }

// wait takes a camera that says nothing for a listening one.
func (l *webSpeaker) wait() error {
	for {
		err := contained(func() error { return l.talker.ended(l.w) })
		if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
			return err
		}
	}
}

func (l *webSpeaker) hangUp() { l.w.d.route.cut() }
