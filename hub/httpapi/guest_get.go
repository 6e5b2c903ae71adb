package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/gofiber/fiber/v2"

	"lares/hub/account"
	"lares/hub/gate"
)

const (
	// guestPath is where a guest's clip is: below a scope of its own, and there
	// is nothing else.
	guestPath    = "/s/:scope/guest"
	guestMP4Path = guestPath + "/clip.mp4"
)

// guestClipView is what a guest is told of the clip: no id, no camera, nobody's
// name. The label is what the link's maker chose to say.
type guestClipView struct {
	Label string `json:"label,omitempty"`
	filmView
}

type visitView struct {
	Nonce   string        `json:"nonce"`
	Scope   string        `json:"scope"`
	Guest   gate.GuestID  `json:"guest"`
	Expires moment        `json:"expires"`
	Clip    guestClipView `json:"clip"`
}

// asGuest makes the request one of a guest: whatever writes for it is held by
// the guest's own session, and it has no account.
func (q *request) asGuest(g gate.Guest, p gate.Pass) {
	q.guest, q.pass, q.camera = g, p, p.Camera()
	q.caller = account.Caller{Session: g.Session}
}

// enterGuest checks the cookie and the scope of a guest.
func (s *Server) enterGuest(q *request) error {
	guest, pass, err := s.cfg.Gate.AdmitGuest(q.ctx, q.cookie(guestCookieName), q.Params("scope"), string(q.source()))
	if err != nil {
		return err
	}
	q.asGuest(guest, pass)
	return s.pin(q)
}

// mayStill is the question that a stream of the clip asks again and again. One
// with sound ends when the sound is allowed no more.
func (s *Server) mayStill(q *request, action gate.Action) func(context.Context) error {
	heard := q.pass.Heard()
	if !q.guest.ID.IsZero() {
		cookie, scope, place := q.cookie(guestCookieName), q.Params("scope"), string(q.source()) // copies
		return func(ctx context.Context) error {
			_, p, err := s.cfg.Gate.AdmitGuest(ctx, cookie, scope, place)
			return stillHeard(heard, p, err)
		}
	}
	caller, id := q.caller, q.pass.Clip()
	return func(ctx context.Context) error {
		p, err := s.cfg.Gate.AdmitClip(ctx, caller, id, action)
		return stillHeard(heard, p, err)
	}
}

func stillHeard(heard bool, p gate.Pass, err error) error {
	if err == nil && heard && !p.Heard() {
		return gate.ErrNotFound
	}
	return err
}

// guestPost exchanges a link's secret for a cookie and a scope of the guest's
// own. Like a sign-in it is bound to the client's nonce and ends the connection
// (HAZARDS W12); wrong secrets are counted by source.
func (s *Server) guestPost(q *request) error {
	var secret string
	if err := q.read(field{"secret", &secret, maxSecret, true}); err != nil {
		return err
	}
	right, err := s.cfg.Accounts.Guess(q.source(), "guest link")
	if err != nil {
		return err
	}
	visit, err := s.cfg.Gate.Visit(q.ctx, secret, string(q.source()))
	if err != nil {
		return deadLink(err)
	}
	right()
	q.asGuest(visit.Guest, visit.Pass)
	view, err := s.guestClip(q)
	if err != nil {
		return deadLink(err)
	}
	setGuestCookie(q.Ctx, visit.Token, visit.Guest.Expires.Sub(s.cfg.Clock.Now()))
	q.Context().SetConnectionClose()
	return q.answer(http.StatusOK, visitView{q.nonce, visit.Scope, visit.Guest.ID, moment(visit.Guest.Expires), view})
}

// deadLink is the one answer for a link that does not work, whatever the reason.
func deadLink(err error) error {
	if problemOf(err).status != http.StatusNotFound {
		return err
	}
	return &problem{status: http.StatusUnauthorized, kind: "link", detail: "This link does not work: it is over, used up or taken back, or it never was."}
}

func setGuestCookie(c *fiber.Ctx, token string, life time.Duration) {
	c.Cookie(&fiber.Cookie{
		Name: guestCookieName, Value: token, Path: "/",
		Secure: true, HTTPOnly: true, SameSite: fiber.CookieSameSiteStrictMode, MaxAge: max(1, int(life/time.Second)),
	})
}

// guestClip is the clip of the request's pass, as a guest is told of it.
func (s *Server) guestClip(q *request) (guestClipView, error) {
	v, _, err := s.viewOfClip(q)
	return guestClipView{q.guest.Label, v.filmView}, err
}

func (s *Server) guestClipGet(q *request) error {
	view, err := s.guestClip(q)
	if err != nil {
		return err
	}
	return q.answer(http.StatusOK, struct {
		Guest   gate.GuestID  `json:"guest"`
		Expires moment        `json:"expires"`
		Clip    guestClipView `json:"clip"`
	}{q.guest.ID, moment(q.guest.Expires), view})
}

// guestPage is the page of all guest links: what is behind the # stays in the
// browser, so it is the same bytes for everyone.
func (s *Server) guestPage(q *request) error {
	if s.shell.guest == nil {
		return notFound()
	}
	q.Set(fiber.HeaderCacheControl, "no-cache")
	return q.file("text/html; charset=utf-8", s.shell.guest)
}

// guestRoutes are all that a guest can ask for.
func guestRoutes() []route {
	return []route{
		{http.MethodGet, "/guest", public, 0, none, "", noBody, (*Server).guestPage},
		{http.MethodPost, "/api/guest/:nonce", entrance, 0, none, "", small, (*Server).guestPost},
		{http.MethodGet, guestPath + "/clip", guest, 0, none, "", noBody, (*Server).guestClipGet},
		{http.MethodGet, guestMP4Path, guest, 0, none, "", streaming, (*Server).clipMP4},
		{http.MethodGet, guestPath + "/init", guest, 0, none, "", streaming, (*Server).clipInit},
		{http.MethodGet, guestPath + "/fragments/:fragment", guest, 0, none, "", streaming, (*Server).clipFragment},
		{http.MethodGet, guestPath + "/thumbnail", guest, 0, none, "", streaming, (*Server).clipThumbnail},
	}
}
