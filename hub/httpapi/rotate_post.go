package httpapi

import (
	"net/http"

	"lares/hub/account"
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
		return ofPassword(err, "password", "new")
	}
	if err := s.cfg.Gate.KeysChanged(q.ctx, q.caller.Account); err != nil {
		s.cfg.Log.Warn("cameras shared with an account get no new epoch yet, now that its keys changed", "err", err)
	}
	s.endSession(q.caller.Session, q.Context().Conn())
	setCookie(q.Ctx, out.Token)
	q.Context().SetConnectionClose()
	return q.answer(http.StatusOK, struct {
		Account  account.ID `json:"account"`
		Nonce    string     `json:"nonce"`
		Scope    string     `json:"scope"`
		Recovery string     `json:"recovery"`
		Sessions int        `json:"ended_sessions"`
		Tokens   int        `json:"ended_tokens"`
		Links    int        `json:"ended_links"`
	}{q.caller.Account, q.nonce, out.Scope, out.Recovery, out.Sessions, out.Tokens, out.Links})
}

const rotatePath = scopePath + "/rotate/:nonce"

// keyRoutes change or end an account's keys.
func keyRoutes() []route {
	return []route{
		{http.MethodPost, rotatePath, scoped, proven | secret, none, "", small, (*Server).rotatePost},
		{http.MethodDelete, scopePath + "/accounts/:account", scoped, operators | proven, none, "", small, (*Server).accountDelete},
		{http.MethodDelete, scopePath + "/me", scoped, proven, none, "", small, (*Server).meDelete},
	}
}
