package httpapi

import (
	"errors"
	"net/http"
	"time"

	"lares/cameras/media"
	"lares/hub/account"
	"lares/hub/gate"
)

const linksPath = scopePath + "/links"

type linkView struct {
	ID        gate.LinkID    `json:"id"`
	Camera    media.CameraID `json:"camera"`
	Clip      media.ClipID   `json:"clip"`
	Label     string         `json:"label"`
	Maker     ownerView      `json:"maker"`
	Views     int            `json:"views"`
	ViewsLeft int            `json:"views_left"`
	Created   moment         `json:"created"`
	Expires   moment         `json:"expires"`
	Revoked   bool           `json:"revoked"`
}

// linksGet lists links, never their secrets: the hub does not have them.
func (s *Server) linksGet(q *request) error {
	list, err := s.cfg.Gate.Links(q.ctx, q.caller)
	if err != nil {
		return err
	}
	views := make([]linkView, len(list))
	for i, l := range list {
		views[i] = linkView{
			ID: l.ID, Camera: l.Camera, Clip: l.Clip, Label: l.Label, Maker: ownerView{l.Maker, l.MakerName},
			Views: l.Views, ViewsLeft: l.ViewsLeft, Created: moment(l.Created), Expires: moment(l.Expires), Revoked: l.Revoked,
		}
	}
	return q.answer(http.StatusOK, struct {
		Account account.ID `json:"account"`
		Links   []linkView `json:"links"`
	}{q.caller.Account, views})
}

// linksPost makes a link for a clip; its secret goes behind the # of the page's
// address, which no browser sends anywhere.
func (s *Server) linksPost(q *request) error {
	var views, hours int
	var label string
	err := q.read(field{"views", &views, gate.MaxLinkViews, true}, field{"hours", &hours, int(gate.MaxLinkLife / time.Hour), true},
		field{"label", &label, maxName, false})
	if err != nil {
		return err
	}
	c, err := s.cfg.Recorder.Clip(q.ctx, q.pass.Camera(), q.pass.Clip())
	if err != nil {
		return err
	}
	defer c.Close()
	r := gate.LinkRequest{Views: views, Life: time.Duration(hours) * time.Hour, Label: label}
	l, secret, err := s.cfg.Gate.MakeLink(q.ctx, q.caller, q.pass, c, r)
	if errors.Is(err, gate.ErrInput) {
		return badField("", "A link needs 1 to 1000 views, 1 to 720 hours and, if any, a printable label.")
	}
	if err != nil {
		return err
	}
	return q.answer(http.StatusCreated, struct {
		Account account.ID  `json:"account"`
		Nonce   string      `json:"nonce"`
		ID      gate.LinkID `json:"id"`
		Secret  string      `json:"secret"`
		Expires moment      `json:"expires"`
	}{q.caller.Account, q.nonce, l.ID, secret, moment(l.Expires)})
}

// linkDelete revokes a link and cuts whoever looks by it.
func (s *Server) linkDelete(q *request) error {
	if err := q.read(); err != nil {
		return err
	}
	var id gate.LinkID
	if err := q.id("link", &id); err != nil {
		return err
	}
	guests, err := s.cfg.Gate.EndLink(q.ctx, q.caller, id)
	if err != nil {
		return err
	}
	for _, session := range guests {
		s.endSession(session, q.Context().Conn())
	}
	return q.nothing()
}

// linkRoutes are the guest links of a person.
func linkRoutes() []route {
	return []route{
		{http.MethodPost, clipPath + "/links/new/:nonce", scoped, proven | secret, clip, gate.GuestLinks, small, (*Server).linksPost},
		{http.MethodGet, linksPath, scoped, 0, none, "", noBody, (*Server).linksGet},
		{http.MethodDelete, linksPath + "/:link", scoped, 0, none, "", small, (*Server).linkDelete},
	}
}
