package httpapi

import (
	"net/http"

	"lares/cameras/media"
	"lares/hub/account"
	"lares/hub/gate"
)

type transferMadeView struct {
	ID      gate.TransferID `json:"id"`
	Camera  media.CameraID  `json:"camera"`
	Name    string          `json:"name"`
	To      account.ID      `json:"to"`
	ToName  string          `json:"to_name"`
	Erase   bool            `json:"erase"`
	Expires moment          `json:"expires"`
}

// transferReceivedView names no camera: its id is the old owner's, and the
// taker gets another.
type transferReceivedView struct {
	ID       gate.TransferID `json:"id"`
	Name     string          `json:"name"`
	FromName string          `json:"from_name"`
	Erase    bool            `json:"erase"`
	Expires  moment          `json:"expires"`
}

func (s *Server) transfersGet(q *request) error {
	list, err := s.cfg.Gate.Transfers(q.ctx, q.caller)
	if err != nil {
		return err
	}
	made, received := []transferMadeView{}, []transferReceivedView{}
	for _, t := range list {
		if t.Mine {
			made = append(made, transferMadeView{t.ID, t.Camera, t.Name, t.Other, t.Named, t.Erase, moment(t.Expires)})
		} else {
			received = append(received, transferReceivedView{t.ID, t.Name, t.Named, t.Erase, moment(t.Expires)})
		}
	}
	return q.answer(http.StatusOK, struct {
		Account  account.ID             `json:"account"`
		Made     []transferMadeView     `json:"made"`
		Received []transferReceivedView `json:"received"`
	}{q.caller.Account, made, received})
}

// transferRoutes hand cameras over.
func transferRoutes() []route {
	const transfers, transfer = scopePath + "/transfers", scopePath + "/transfers/:transfer"
	return []route{
		{http.MethodPost, cameraPath + "/transfer", scoped, proven, camera, gate.Manage, small, (*Server).transferPost},
		{http.MethodGet, transfers, scoped, 0, none, "", noBody, (*Server).transfersGet},
		{http.MethodPost, transfer + "/accept", scoped, proven, none, "", small, (*Server).transferAccept},
		{http.MethodDelete, transfer, scoped, 0, none, "", small, (*Server).transferDelete},
	}
}
