package httpapi

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/recover"

	"lares/cameras"
	"lares/cameras/clock"
	"lares/cameras/media"
	"lares/hub/account"
	"lares/hub/detector"
	"lares/hub/gate"
	"lares/hub/journal"
	"lares/hub/live"
	"lares/recorder"
)

// Fleet is what the API asks of the cameras; cameras.Fleet is one.
type Fleet interface {
	Status(id media.CameraID) (s cameras.Status, ok bool)
	TakesTalk(ctx context.Context, id media.CameraID) error
}

// Recorder is what the API asks of the recorder; recorder.Recorder is one.
type Recorder interface {
	Clip(ctx context.Context, camera media.CameraID, clip media.ClipID) (*recorder.Clip, error)
	Trigger(id media.CameraID, t recorder.Trigger) (media.EventID, error)
	Status(id media.CameraID) (s recorder.Status, ok bool)
}

// Detector is what the API asks of those who are asked about pictures; detector.Asker is
// one.
type Detector interface {
	Status(id media.CameraID) (s detector.Status, ok bool)
}

// Config is what a Server needs. TLS, Hosts and Fingerprint may be empty.
type Config struct {
	Accounts *account.Service
	Gate     *gate.Gate
	Journal  *journal.Journal
	Fleet    Fleet
	Recorder Recorder
	Detector Detector
	Live     *live.Sockets // Serve shuts it down
	Shell    fs.FS         // the built page: index.html and assets/
	Clock    clock.Clock
	Log      *slog.Logger
	// TLS is how the listener speaks to browsers; nil is plain HTTP, which
	// only the demo does, on loopback.
	TLS *tls.Config
	// Hosts are names of the hub beside its addresses, localhost and .local.
	Hosts       []string
	Version     string
	Fingerprint string // of the hub's CA, as the console shows it
	Demo        bool
}

// Server answers HTTP. It serves one listener once.
type Server struct {
	cfg       Config
	app       *fiber.App
	shell     shell
	streams   *streams
	conns     *conns
	sources   *sources
	downloads *downloads
	measureIn time.Duration // how long an export is measured at most
	measures  chan struct{} // has one of each that is

	life context.Context // of all requests; ended by Serve
	end  context.CancelFunc
}

// shutdownTimeout is how long answers under way may take when the hub stops.
const shutdownTimeout = 3 * time.Second

// New makes a server; nothing listens yet. An error is a mistake in the routes
// or a page that cannot be read.
func New(cfg Config) (*Server, error) {
	table := routes()
	if err := check(table); err != nil {
		return nil, err
	}
	shell, err := loadShell(cfg.Shell)
	if err != nil {
		return nil, err
	}
	s := &Server{
		cfg: cfg, shell: shell, conns: newConns(), sources: newSources(cfg.Log),
		streams:   newStreams(cfg.Clock, cfg.Log),
		downloads: newDownloads(cfg.Clock), measureIn: measureTimeout, measures: make(chan struct{}, measuresMost),
	}
	s.life, s.end = context.WithCancel(context.Background())
	s.app = s.newApp(table)
	return s, nil
}

// newApp sets what HAZARDS §4.1 asks for. Immutable is the most important: it
// makes texts of a request copies instead of views into a pooled buffer that
// belongs to the next caller (F1).
func (s *Server) newApp(table []route) *fiber.App {
	app := fiber.New(fiber.Config{
		Immutable: true, DisableStartupMessage: true, StrictRouting: true, CaseSensitive: true,
		ReadTimeout: readTimeout, WriteTimeout: writeTimeout, IdleTimeout: idleTimeout,
		BodyLimit: maxBody, ReadBufferSize: headerBuffer, Concurrency: maxConnections,
		EnableTrustedProxyCheck:      true, // with no proxy listed: forwarded headers mean nothing (F11)
		DisablePreParseMultipartForm: true,
		ErrorHandler:                 s.answerError,
	})
	app.Use(recover.New(recover.Config{EnableStackTrace: true, StackTraceHandler: s.panicked})) // F7
	app.Use(s.guard)
	for _, r := range table {
		app.Add(r.method, r.path, s.serve(r))
		if r.alsoHead() {
			app.Add(fiber.MethodHead, r.path, s.serve(r))
		}
	}
	app.Use(func(*fiber.Ctx) error { return notFound() }) // F20
	server := app.Server()
	server.KeepHijackedConns = true // F15: a kept WebSocket must never write to the next one
	server.CloseOnShutdown = true
	server.HeaderReceived = limiter(table).received
	server.ConnState = s.conns.changed
	server.Logger = quiet{s.cfg.Log}
	return app
}

// Serve answers on a plain listener until the context ends: it bounds the
// connections of each source, pins each (Gate.Listen) and puts TLS on top. Then sockets and streams are
// cut, answers under way get a moment, and every goroutine is waited for.
// The listener is closed. An error says why it could not go on.
func (s *Server) Serve(ctx context.Context, ln net.Listener) error {
	ln = s.cfg.Gate.Listen(s.sources.listen(ln))
	if s.cfg.TLS != nil {
		ln = tls.NewListener(ln, s.cfg.TLS)
	}
	served := make(chan error, 1)
	go func() { served <- s.app.Listener(ln) }()
	var err error
	select {
	case err = <-served:
		served <- nil // for the wait below
	case <-ctx.Done():
	}
	s.cfg.Live.Shutdown()
	s.streams.shutdown()
	s.conns.closeIdle() // fasthttp would wait 5 s for one that never asked
	if late := s.app.ShutdownWithTimeout(shutdownTimeout); late != nil && !errors.Is(late, net.ErrClosed) {
		s.cfg.Log.Info("answers were cut at the end", "err", late)
	}
	s.end()
	_ = ln.Close() // closed already unless the server never got to it
	s.conns.closeAll()
	<-served
	if err != nil {
		return fmt.Errorf("httpapi: serving: %w", err)
	}
	return nil
}

// Revoked makes everything the account watches, plays or downloads ask the gate
// at once: gate.Config.Revoked. All of it asks each second anyway, so nothing
// depends on this but the time.
func (s *Server) Revoked(who account.ID, _ media.CameraID) {
	s.cfg.Live.Revoked(who)
	s.streams.revoked(who)
}

// Locked ends everything of the sessions that a lockdown ended, and makes all
// else that anybody watches, plays or downloads ask the gate at once:
// gate.Config.Locked.
func (s *Server) Locked(ended []account.SessionID) {
	for _, id := range ended {
		s.endSession(id, nil)
	}
	s.cfg.Live.Hurry()
	s.streams.hurry()
}

// endSession ends everything of a session but the connection of this request.
func (s *Server) endSession(id account.SessionID, but net.Conn) {
	s.cfg.Live.CloseSession(id)
	s.streams.endSession(id)
	s.downloads.forget(id)
	s.conns.closeSession(id, but)
}

func (s *Server) panicked(_ *fiber.Ctx, e any) { reportPanic(s.cfg.Log, e) }

var (
	_ Fleet    = (*cameras.Fleet)(nil)
	_ Recorder = (*recorder.Recorder)(nil)
)
