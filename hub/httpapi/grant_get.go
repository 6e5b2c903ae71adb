package httpapi

import (
	"net/http"

	"lares/hub/account"
	"lares/hub/gate"
)

type grantView struct {
	Account     account.ID       `json:"account_id"`
	Name        string           `json:"name"`
	Actions     []gate.Action    `json:"actions"`
	History     gate.HistoryFrom `json:"history"`
	HistoryFrom moment           `json:"history_from"`
	Expires     moment           `json:"expires,omitzero"`
	Since       moment           `json:"since"`
	Unconfirmed bool             `json:"unconfirmed"`
}

func (s *Server) grantsGet(q *request) error {
	list, err := s.cfg.Gate.Grants(q.ctx, q.caller, q.camera)
	if err != nil {
		return err
	}
	views := make([]grantView, 0, len(list))
	for _, g := range list {
		views = append(views, grantView{
			Account: g.Account, Name: g.Name, Actions: g.Actions, History: g.History, HistoryFrom: moment(g.HistoryFrom),
			Expires: moment(g.Expires), Since: moment(g.Since), Unconfirmed: g.Unconfirmed,
		})
	}
	return q.answer(http.StatusOK, struct {
		Account account.ID  `json:"account"`
		Grants  []grantView `json:"grants"`
	}{q.caller.Account, views})
}

// grantRoutes are with whom an owner shares a camera. The gate asks for the
// owner in person; to everybody else, those with manage included, there is
// nothing here.
func grantRoutes() []route {
	const grants, grant = cameraPath + "/grants", cameraPath + "/grants/:account"
	return []route{
		{http.MethodGet, grants, scoped, 0, camera, gate.Manage, noBody, (*Server).grantsGet},
		{http.MethodPut, grant, scoped, proven, camera, gate.Manage, small, (*Server).grantPut},
		{http.MethodDelete, grant, scoped, 0, camera, gate.Manage, small, (*Server).grantDelete},
		{http.MethodPost, grant + "/confirm", scoped, proven, camera, gate.Manage, small, (*Server).grantConfirm},
	}
}
