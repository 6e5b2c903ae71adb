package httpapi

import (
	"net/http"

	"lares/hub/account"
	"lares/hub/gate"
)

// accountDelete removes somebody's account on behalf of an operator.
func (s *Server) accountDelete(q *request) error {
	var id account.ID
	if err := q.id("account", &id); err != nil {
		return err
	}
	if id == q.caller.Account {
		return &problem{status: http.StatusConflict, kind: "yourself", detail: "Remove your own account on your own page."}
	}
	var choice string
	if err := q.read(field{"cameras", &choice, maxWord, false}); err != nil {
		return err
	}
	if choice != "" && choice != "erase" {
		return badField("cameras", `The field "cameras" is not "erase": only their owner can give them to somebody.`)
	}
	ended, err := s.cfg.Gate.RemoveAccount(q.ctx, q.caller, id, choice == "erase")
	if err != nil {
		return err
	}
	for _, session := range ended {
		s.SessionEnded(session)
	}
	return q.nothing()
}

// leaving reads what becomes of the cameras of whoever leaves.
func (q *request) leaving() (l gate.Leaving, err error) {
	var choice, to string
	if err := q.read(field{"cameras", &choice, maxWord, false}, field{"to", &to, maxID, false}); err != nil {
		return l, err
	}
	switch choice {
	case "":
	case "erase":
		l.Erase = true
	case "give":
		if l.Give.UnmarshalText([]byte(to)) != nil {
			return l, badField("to", "Choose who is offered the cameras.")
		}
	default:
		return l, badField("cameras", `The field "cameras" is neither "erase" nor "give".`)
	}
	return l, nil
}

// meDelete removes the caller's own account.
func (s *Server) meDelete(q *request) error {
	l, err := q.leaving()
	if err != nil {
		return err
	}
	ended, err := s.cfg.Gate.Leave(q.ctx, q.caller, l)
	if err != nil {
		return err
	}
	for _, session := range ended {
		if session != q.caller.Session {
			s.SessionEnded(session)
		}
	}
	return s.goodbye(q)
}
