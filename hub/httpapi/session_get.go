package httpapi

import (
	"net/http"

	"lares/hub/account"
)

type sessionView struct {
	ID      account.SessionID `json:"id"`
	Device  string            `json:"device"`
	Place   string            `json:"place"`
	Created moment            `json:"created"`
	Seen    moment            `json:"seen"`
	Current bool              `json:"current"`
}

// sessionsGet lists where the account is signed in.
func (s *Server) sessionsGet(q *request) error {
	list, err := s.cfg.Accounts.Sessions(q.ctx, q.caller)
	if err != nil {
		return err
	}
	views := make([]sessionView, 0, len(list))
	for _, x := range list {
		views = append(views, sessionView{x.ID, x.Device, x.Place, moment(x.Created), moment(x.Seen), x.Current})
	}
	return q.answer(http.StatusOK, struct {
		Account  account.ID    `json:"account"`
		Sessions []sessionView `json:"sessions"`
	}{q.caller.Account, views})
}

// sessionDelete ends one of the account's sessions; with its own, the browser
// is signed out.
func (s *Server) sessionDelete(q *request) error {
	var id account.SessionID
	if err := q.id("session", &id); err != nil {
		return err
	}
	if err := s.cfg.Accounts.EndSession(q.ctx, q.caller, id); err != nil {
		return err
	}
	if id == q.caller.Session {
		s.endSession(id, q.Context().Conn())
		clearCookie(q.Ctx)
		q.Context().SetConnectionClose()
	}
	return q.nothing()
}

// sessionsDelete ends all the account's sessions but this one.
func (s *Server) sessionsDelete(q *request) error {
	return q.done(s.cfg.Accounts.EndOtherSessions(q.ctx, q.caller))
}

// SessionEnded ends everything of a session that its account or the hub ended:
// account.Config.Ended.
func (s *Server) SessionEnded(id account.SessionID) { s.endSession(id, nil) }
