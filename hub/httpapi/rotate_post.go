package httpapi

import (
	"errors"
	"net/http"

	"lares/hub/account"
	"lares/hub/gate"
	"lares/hub/store"
)

// rotatePost gives the account other keys: somebody may know the old ones.
// Everything that was signed in ends, and the answer begins anew.
func (s *Server) rotatePost(q *request) error {
	var password, next string
	err := q.read(field{"password", &password, maxPassword, true}, field{"new", &next, maxPassword, false})
	if err != nil {
		return err
	}
	out, err := s.cfg.Accounts.Rotate(q.ctx, q.visit(), q.caller, password, next)
	if err != nil {
		p := problemOf(err)
		switch {
		case errors.Is(err, account.ErrCredentials):
			p.field, p.detail = "password", "This is not your password."
		case errors.Is(err, account.ErrPassword):
			p.field = "new"
		}
		return p
	}
	if err := s.cfg.Gate.KeysChanged(q.ctx, q.caller.Account); err != nil {
		s.cfg.Log.Warn("cameras shared with an account get no new epoch yet, now that its keys changed", "err", err)
	}
	s.endSession(q.caller.Session, q.Context().Conn())
	setCookie(q.Ctx, out.Token)
	q.Context().SetConnectionClose()
	return q.answer(http.StatusOK, struct {
		Account  account.ID `json:"account"`
		Scope    string     `json:"scope"`
		Recovery string     `json:"recovery"`
		Sessions int        `json:"ended_sessions"`
		Tokens   int        `json:"ended_tokens"`
		Links    int        `json:"ended_links"`
	}{q.caller.Account, out.Scope, out.Recovery, out.Sessions, out.Tokens, out.Links})
}

// accountDelete removes somebody's account on behalf of an operator.
func (s *Server) accountDelete(q *request) error {
	id, err := store.ParseAccountID(q.Params("account"))
	if err != nil {
		return notFound()
	}
	if id == q.caller.Account {
		return &problem{status: http.StatusConflict, kind: "yourself", detail: "Remove your own account on your own page."}
	}
	l, err := q.leaving()
	if err != nil {
		return err
	}
	if l.Give == q.caller.Account {
		return badField("to", "Running the hub gives you nobody's cameras. Choose somebody else, or erase them.")
	}
	ended, err := s.cfg.Gate.RemoveAccount(q.ctx, q.caller, id, l)
	if err != nil {
		return err
	}
	for _, session := range ended {
		s.SessionEnded(session)
	}
	return q.nothing()
}

// leaving reads what becomes of the cameras of an account that is removed.
func (q *request) leaving() (l gate.Leaving, err error) {
	var choice, to string
	if err := q.read(field{"cameras", &choice, len("erase"), false}, field{"to", &to, len(account.ID{}) * 2, false}); err != nil {
		return l, err
	}
	switch choice {
	case "":
	case "erase":
		l.Erase = true
	case "give":
		if l.Give, err = store.ParseAccountID(to); err != nil {
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
	s.endSession(q.caller.Session, q.Context().Conn())
	clearCookie(q.Ctx)
	q.Set("Clear-Site-Data", `"cache", "storage"`)
	q.Context().SetConnectionClose()
	return q.nothing()
}

// keyRoutes change or end an account's keys.
func keyRoutes() []route {
	return []route{
		{http.MethodPost, scopePath + "/rotate", scoped, proven, none, "", small, (*Server).rotatePost},
		{http.MethodDelete, scopePath + "/accounts/:account", scoped, operators | proven, none, "", small, (*Server).accountDelete},
		{http.MethodDelete, scopePath + "/me", scoped, proven, none, "", small, (*Server).meDelete},
	}
}
