package httpapi

import (
	"net/http"

	"lares/cameras/control"
	"lares/hub/account"
)

// outputsGet lists what a camera switches.
func (s *Server) outputsGet(q *request) error {
	found, err := s.ask(q, control.ShowOutputs)
	if err != nil {
		return err
	}
	if found.Outputs == nil {
		found.Outputs = []control.Output{}
	}
	return q.answer(http.StatusOK, struct {
		Account account.ID       `json:"account"`
		Outputs []control.Output `json:"outputs"`
	}{q.caller.Account, found.Outputs})
}

// outputPost switches a relay, a lamp or a siren.
func (s *Server) outputPost(q *request) error {
	o := control.Order{Do: control.Switch, ID: q.Params("output")}
	if !control.IsID(o.ID) {
		return notFound()
	}
	if err := q.read(field{"on", &o.On, 0, true}); err != nil {
		return err
	}
	_, err := s.control(q, o)
	return q.done(err)
}

// rebootPost has a camera start again.
func (s *Server) rebootPost(q *request) error {
	if err := q.read(); err != nil {
		return err
	}
	_, err := s.control(q, control.Order{Do: control.Reboot})
	return q.done(err)
}
