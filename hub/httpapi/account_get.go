package httpapi

import (
	"net/http"

	"lares/hub/account"
)

type residentView struct {
	ID       account.ID `json:"id"`
	Name     string     `json:"name"`
	Operator bool       `json:"operator"`
	Me       bool       `json:"me"`
	// What only operators are told: numbers and times, no names of cameras.
	Created moment `json:"created,omitzero"`
	Cameras *int   `json:"cameras,omitempty"`
	Seen    moment `json:"seen,omitzero"`
}

// accountsGet lists the people of the hub: those one can share with.
func (s *Server) accountsGet(q *request) error {
	list, err := s.cfg.Accounts.Residents(q.ctx)
	if err != nil {
		return err
	}
	views := make([]residentView, 0, len(list))
	for _, x := range list {
		v := residentView{ID: x.ID, Name: x.Name, Operator: x.Operator, Me: x.ID == q.caller.Account}
		if q.caller.Operator {
			v.Created, v.Cameras, v.Seen = moment(x.Created), &x.Cameras, moment(x.Seen)
		}
		views = append(views, v)
	}
	return q.answer(http.StatusOK, struct {
		Account  account.ID     `json:"account"`
		Accounts []residentView `json:"accounts"`
	}{q.caller.Account, views})
}

// operatorPut gives the running of the hub to somebody, or takes it.
func (s *Server) operatorPut(q *request) error {
	var id account.ID
	if err := q.id("account", &id); err != nil {
		return err
	}
	var operator bool
	if err := q.read(field{"operator", &operator, 0, true}); err != nil {
		return err
	}
	return q.done(s.cfg.Accounts.SetOperator(q.ctx, q.caller, id, operator))
}

type meView struct {
	Account    account.ID   `json:"account"`
	Name       string       `json:"name"`
	Operator   bool         `json:"operator"`
	TOTP       bool         `json:"totp"`
	Recovery   bool         `json:"recovery"`
	Created    moment       `json:"created"`
	Lockdown   lockdownView `json:"lockdown"`
	Notices    int          `json:"notices"`
	RolledBack bool         `json:"rolled_back"`
}

func (s *Server) meGet(q *request) error {
	a, err := s.cfg.Accounts.Account(q.ctx, q.caller)
	if err != nil {
		return err
	}
	if !q.caller.Token.IsZero() { // a program learns for whom it asks, and nothing else of the person
		return q.answer(http.StatusOK, meView{Account: a.ID, Name: a.Name, Created: moment(a.Created)})
	}
	factor, err := s.cfg.Accounts.SecondFactor(q.ctx, q.caller.Account)
	if err != nil {
		return err
	}
	back, err := s.cfg.Gate.RolledBack(q.ctx)
	if err != nil {
		return err
	}
	closed, err := s.cfg.Gate.Lockdown(q.ctx, q.caller)
	if err != nil {
		return err
	}
	unread, err := s.cfg.Journal.Unread(q.ctx, q.caller.Account)
	if err != nil {
		return err
	}
	return q.answer(http.StatusOK, meView{
		Account: a.ID, Name: a.Name, Operator: a.Operator, TOTP: factor, Recovery: !a.Recovery.IsZero(),
		Created: moment(a.Created), RolledBack: back, Lockdown: viewOfLockdown(closed, q.caller), Notices: unread,
	})
}

// accountRoutes are about the people of the hub.
func accountRoutes() []route {
	return []route{
		{http.MethodGet, scopePath + "/me", scoped, tokensToo | inLockdown, none, "", noBody, (*Server).meGet},
		{http.MethodGet, scopePath + "/accounts", scoped, 0, none, "", noBody, (*Server).accountsGet},
		{http.MethodPut, scopePath + "/accounts/:account/operator", scoped, operators | proven, none, "", small, (*Server).operatorPut},
	}
}
