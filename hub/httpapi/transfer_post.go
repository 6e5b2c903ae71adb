package httpapi

import (
	"net/http"

	"lares/cameras/media"
	"lares/hub/account"
	"lares/hub/gate"
)

func (s *Server) transferPost(q *request) error {
	if err := s.mine(q); err != nil {
		return err
	}
	var to string
	var erase bool
	if err := q.read(field{"to", &to, maxID, true}, field{"erase", &erase, 0, true}); err != nil {
		return err
	}
	var taker account.ID
	if taker.UnmarshalText([]byte(to)) != nil {
		return badField("to", "This is not the id of an account.")
	}
	t, err := s.cfg.Gate.Offer(q.ctx, q.caller, q.camera, taker, erase)
	if err != nil {
		return err
	}
	return q.answer(http.StatusOK, struct {
		Account account.ID      `json:"account"`
		ID      gate.TransferID `json:"id"`
		Expires moment          `json:"expires"`
	}{q.caller.Account, t.ID, moment(t.Expires)})
}

func (s *Server) transferAccept(q *request) error {
	var id gate.TransferID
	if err := q.id("transfer", &id); err != nil {
		return err
	}
	if err := q.read(); err != nil {
		return err
	}
	var camera media.CameraID
	err := s.guarded(q, func() (err error) {
		camera, err = s.cfg.Gate.Accept(q.ctx, q.caller, id)
		return err
	})
	if err != nil {
		return err
	}
	return q.answer(http.StatusOK, struct {
		Account account.ID     `json:"account"`
		Camera  media.CameraID `json:"camera"`
	}{q.caller.Account, camera})
}

func (s *Server) transferDelete(q *request) error {
	var id gate.TransferID
	if err := q.id("transfer", &id); err != nil {
		return err
	}
	if err := q.read(); err != nil {
		return err
	}
	return q.done(s.cfg.Gate.Withdraw(q.ctx, q.caller, id))
}
