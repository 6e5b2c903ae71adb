package httpapi

import (
	"net/http"

	"lares/hub/account"
	"lares/hub/store"
)

type invitationView struct {
	ID      store.InvitationID `json:"id"`
	Name    string             `json:"name"`
	Created moment             `json:"created"`
	Expires moment             `json:"expires"`
	Used    moment             `json:"used,omitzero"`
}

func (s *Server) invitationsGet(q *request) error {
	list, err := s.cfg.Accounts.Invitations(q.ctx)
	if err != nil {
		return err
	}
	views := make([]invitationView, 0, len(list))
	for _, x := range list {
		views = append(views, invitationView{x.ID, x.Name, moment(x.Created), moment(x.Expires), moment(x.Used)})
	}
	return q.answer(http.StatusOK, struct {
		Account     account.ID       `json:"account"`
		Invitations []invitationView `json:"invitations"`
	}{q.caller.Account, views})
}

// invitationsPost makes a one-time code; it is shown here and never again.
func (s *Server) invitationsPost(q *request) error {
	var name string
	if err := q.read(field{"name", &name, maxName, false}); err != nil {
		return err
	}
	made, code, err := s.cfg.Accounts.Invite(q.ctx, q.caller, name)
	if err != nil {
		return err
	}
	return q.answer(http.StatusCreated, struct {
		Account account.ID         `json:"account"`
		Nonce   string             `json:"nonce"`
		ID      store.InvitationID `json:"id"`
		Code    string             `json:"code"`
		Expires moment             `json:"expires"`
	}{q.caller.Account, q.nonce, made.ID, code, moment(made.Expires)})
}

func (s *Server) invitationDelete(q *request) error {
	var id store.InvitationID
	if err := q.id("invitation", &id); err != nil {
		return err
	}
	return q.done(s.cfg.Accounts.Withdraw(q.ctx, q.caller, id))
}

// invitationPost says what a code is, before somebody chooses a password.
func (s *Server) invitationPost(q *request) error {
	var code string
	if err := q.read(field{"code", &code, maxCode, true}); err != nil {
		return err
	}
	found, err := s.cfg.Accounts.Invited(q.ctx, q.source(), code)
	if err != nil {
		return err
	}
	return q.answer(http.StatusOK, struct {
		Nonce   string `json:"nonce"`
		Name    string `json:"name"`
		Expires moment `json:"expires"`
	}{q.nonce, found.Name, moment(found.Expires)})
}

func (s *Server) acceptPost(q *request) error {
	var code, name, password string
	err := q.read(field{"code", &code, maxCode, true}, field{"name", &name, maxName, true},
		field{"password", &password, maxPassword, true})
	if err != nil {
		return err
	}
	in, err := s.cfg.Accounts.Accept(q.ctx, q.visit(), code, name, password)
	if err != nil {
		return err
	}
	return q.welcome(in)
}

// invitationRoutes let new people in.
func invitationRoutes() []route {
	return []route{
		{http.MethodPost, "/api/invitation/:nonce", entrance, 0, none, "", small, (*Server).invitationPost},
		{http.MethodPost, "/api/accept/:nonce", entrance, 0, none, "", small, (*Server).acceptPost},
		{http.MethodGet, scopePath + "/invitations", scoped, operators, none, "", noBody, (*Server).invitationsGet},
		{http.MethodPost, scopePath + "/invitations/new/:nonce", scoped, operators | proven | secret, none, "", small, (*Server).invitationsPost},
		{http.MethodDelete, scopePath + "/invitations/:invitation", scoped, operators, none, "", small, (*Server).invitationDelete},
	}
}
