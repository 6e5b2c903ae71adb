package httpapi

import (
	"context"
	"encoding"
	"errors"
	"net/http"
	"time"

	"github.com/gofiber/fiber/v2"

	"lares/cameras/media"
	"lares/hub/account"
	"lares/hub/gate"
)

// workTimeout bounds what one answer may ask of database and disk.
const workTimeout = 10 * time.Second

// request is one request whose policy holds. It lives as long as its handler;
// what a stream needs beyond it is copied out.
type request struct {
	*fiber.Ctx
	ctx context.Context
	// conn is the connection, pinned to the caller's session; nil on public
	// routes and before signing in.
	conn   *gate.Conn
	caller account.Caller // zero on public routes and before signing in
	pass   gate.Pass      // where the route names an object and an action
	camera media.CameraID // where the route names one
	nonce  string         // of an entrance, and of a scoped answer that holds a secret
	guest  gate.Guest     // zero but for guests; then caller has a session only
}

// mine lets the camera's owner go on. To who only manages it there is nothing, and
// such a try is noted like that of a stranger.
func (s *Server) mine(q *request) error {
	if q.pass.Mine() {
		return nil
	}
	s.cfg.Gate.Denied(q.caller, q.camera)
	return gate.ErrNotFound
}

// serve makes fiber's handler of a route: policy first, then action, then the query's
// names, then the handler itself.
func (s *Server) serve(r route) fiber.Handler {
	return func(c *fiber.Ctx) error {
		ctx, cancel := context.WithTimeout(s.life, workTimeout)
		defer cancel()
		q := &request{Ctx: c, ctx: ctx}
		if err := s.enter(r, q); err != nil {
			return err
		}
		q.caller.Place = string(q.source())
		if err := s.admit(r, q); err != nil {
			return err
		}
		if err := r.knows(q); err != nil {
			return err
		}
		return r.handle(s, q)
	}
}

// enter checks the route's policy and says who asks.
func (s *Server) enter(r route, q *request) error {
	var err error
	switch r.policy {
	case public:
		return nil
	case entrance:
		return q.readNonce()
	case scoped:
		q.caller, err = s.authenticate(q.ctx, q.credentials(), q.Params("scope"))
	case guest:
		return s.enterGuest(q)
	case download:
		var in account.SignedIn
		in, err = s.resume(q.ctx, q.credentials())
		q.caller = in.Caller
	default:
		return notFound()
	}
	if errors.Is(err, account.ErrCredentials) {
		return notFound()
	}
	if err != nil {
		return err
	}
	if err := s.obey(r, q); err != nil {
		return err
	}
	if r.rules&secret != 0 {
		if err := q.readNonce(); err != nil {
			return err
		}
	}
	if err := s.pin(q); err != nil {
		return err
	}
	s.cfg.Accounts.Moved(q.ctx, q.caller, q.source())
	return nil
}

// readNonce takes the client's nonce out of the path.
func (q *request) readNonce() error {
	q.nonce = q.Params("nonce")
	if _, err := media.ParseClipID(q.nonce); err != nil { // any 128 bits
		return badField("nonce", "The nonce is not 32 lower-case hexadecimal digits.")
	}
	return nil
}

// obey checks the rules of a scoped route.
func (s *Server) obey(r route, q *request) error {
	switch {
	case r.rules&tokensToo == 0 && !q.caller.Token.IsZero(), r.rules&operators != 0 && !q.caller.Operator:
		return notFound()
	case q.caller.Locked && r.rules&inLockdown == 0:
		return gate.ErrLockdown
	case r.rules&proven != 0 && !s.proved(q):
		return passwordAgain()
	case r.noted() && s.cfg.Journal.Crowded(q.caller.Account):
		return crowded()
	}
	return nil
}

// proved reports whether the password was given just now.
func (s *Server) proved(q *request) bool {
	age := s.cfg.Clock.Now().Sub(q.caller.Proved)
	return age >= 0 && age <= account.ProofLife // one of the future: the clock was set back
}

// pin binds the connection to the caller's session, or refuses it.
func (s *Server) pin(q *request) error {
	conn, ok := gate.ConnOf(q.Context().Conn())
	if !ok {
		return misdirected()
	}
	if err := conn.Pin(q.caller.Session); err != nil {
		return err
	}
	s.conns.pinned(q.Context().Conn(), q.caller.Session)
	q.conn = conn
	return nil
}

// admit checks the route's action on what the path names. An id that is none is
// an id that is not there.
func (s *Server) admit(r route, q *request) (err error) {
	switch r.object {
	case camera:
		if q.camera, err = media.ParseCameraID(q.Params("camera")); err != nil {
			return notFound()
		}
		if r.action != anyAction {
			q.pass, err = s.cfg.Gate.Admit(q.ctx, q.caller, q.camera, r.action)
		}
		if errors.Is(err, gate.ErrNotFound) {
			s.cfg.Gate.Denied(q.caller, q.camera)
		}
	case clip:
		id, err := media.ParseClipID(q.Params("clip"))
		if err != nil {
			return notFound()
		}
		if q.pass, err = s.cfg.Gate.AdmitClip(q.ctx, q.caller, id, r.action); err != nil {
			if errors.Is(err, gate.ErrNotFound) {
				s.cfg.Gate.DeniedClip(q.ctx, q.caller, id)
			}
			return err
		}
		q.camera = q.pass.Camera()
	case event:
		id, err := media.ParseEventID(q.Params("event"))
		if err != nil {
			return notFound()
		}
		if q.pass, err = s.cfg.Gate.AdmitEvent(q.ctx, q.caller, id, r.action); err != nil {
			if errors.Is(err, gate.ErrNotFound) {
				s.cfg.Gate.DeniedEvent(q.ctx, q.caller, id)
			}
			return err
		}
		q.camera = q.pass.Camera()
	}
	return err
}

// id reads an id that the path names beside its object; one that is none is one
// that is not there.
func (q *request) id(name string, into encoding.TextUnmarshaler) error {
	if into.UnmarshalText([]byte(q.Params(name))) != nil {
		return notFound()
	}
	return nil
}

// read reads the request's body; see readObject.
func (q *request) read(fields ...field) error { return readObject(q.Body(), fields...) }

// answer sends a value as JSON.
func (q *request) answer(status int, v any) error {
	return q.Status(status).JSON(v)
}

// done answers 204, unless what was to be done failed.
func (q *request) done(err error) error {
	if err != nil {
		return err
	}
	return q.nothing()
}

// nothing answers 204.
func (q *request) nothing() error {
	q.Status(http.StatusNoContent)
	return nil
}

// source is the remote address without its port; no header changes it.
func (q *request) source() account.Source {
	return account.Source(q.Context().RemoteIP().String())
}

// visit is where somebody signs in from.
func (q *request) visit() account.Visit {
	return account.Visit{Source: q.source(), Device: deviceOf(q.Get("User-Agent"))}
}
