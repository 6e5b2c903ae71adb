package httpapi

import (
	"net/http"

	"lares/cameras/media"
	"lares/hub/account"
)

// exitView is an address that the hub talks to.
type exitView struct {
	Kind    string         `json:"kind"`
	Address string         `json:"address"`
	Camera  media.CameraID `json:"camera,omitzero"`
	Since   moment         `json:"since,omitzero"`
}

// exitsGet lists the addresses that the hub talks to, as far as they concern the caller.
func (s *Server) exitsGet(q *request) error {
	list, err := s.cfg.Gate.Exits(q.ctx, q.caller)
	if err != nil {
		return err
	}
	views := make([]exitView, 0, len(list))
	for _, e := range list {
		views = append(views, exitView{e.Kind, e.Address, e.Camera, moment(e.Since)})
	}
	return q.answer(http.StatusOK, struct {
		Account account.ID `json:"account"`
		Exits   []exitView `json:"exits"`
	}{q.caller.Account, views})
}

// exitRoutes are about what leaves the hub.
func exitRoutes() []route {
	return []route{
		{http.MethodGet, scopePath + "/exits", scoped, 0, none, "", noBody, (*Server).exitsGet},
	}
}
