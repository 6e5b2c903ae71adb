package httpapi

import (
	"errors"
	"net/http"

	"lares/hub/account"
)

// recoverPost lets somebody in who has lost the password and kept the code.
func (s *Server) recoverPost(q *request) error {
	v, name, code, password := q.visit(), "", "", ""
	err := q.read(field{"name", &name, maxName, true}, field{"code", &code, maxCode, true},
		field{"password", &password, maxPassword, true}, field{"totp", &v.Code, maxCode, false})
	if err != nil {
		return err
	}
	in, next, err := s.cfg.Accounts.Recover(q.ctx, v, name, code, password)
	if err != nil {
		return err
	}
	return q.welcomeWith(in, next)
}

type codeView struct {
	Account account.ID `json:"account"`
	Nonce   string     `json:"nonce"`
	Code    string     `json:"code"`
}

// recoveryPost makes a recovery code; it is shown here and never again.
func (s *Server) recoveryPost(q *request) error {
	if err := q.read(); err != nil {
		return err
	}
	code, err := s.cfg.Accounts.NewRecovery(q.ctx, q.caller)
	if err != nil {
		return err
	}
	return q.answer(http.StatusOK, codeView{q.caller.Account, q.nonce, code})
}

func (s *Server) recoveryConfirm(q *request) error {
	var part string
	if err := q.read(field{"part", &part, maxCode, true}); err != nil {
		return err
	}
	return q.done(s.cfg.Accounts.ConfirmRecovery(q.ctx, q.caller, part))
}

// totpPost begins a second factor; it is asked for once it is confirmed.
func (s *Server) totpPost(q *request) error {
	if err := q.read(); err != nil {
		return err
	}
	secret, uri, err := s.cfg.Accounts.NewSecondFactor(q.ctx, q.caller)
	if err != nil {
		return err
	}
	return q.answer(http.StatusOK, struct {
		Account account.ID `json:"account"`
		Nonce   string     `json:"nonce"`
		Secret  string     `json:"secret"`
		URI     string     `json:"uri"`
	}{q.caller.Account, q.nonce, secret, uri})
}

func (s *Server) totpConfirm(q *request) error {
	var code string
	if err := q.read(field{"code", &code, maxCode, true}); err != nil {
		return err
	}
	err := s.cfg.Accounts.ConfirmSecondFactor(q.ctx, q.caller, code)
	if errors.Is(err, account.ErrSecondFactorWrong) {
		p := problemOf(err)
		p.field = "code"
		return p
	}
	if err != nil {
		return err
	}
	return q.nothing()
}

func (s *Server) totpDelete(q *request) error {
	return q.done(s.cfg.Accounts.RemoveSecondFactor(q.ctx, q.caller))
}

// recoveryRoutes are what guards an account beside its password.
func recoveryRoutes() []route {
	return []route{
		{http.MethodPost, "/api/recover/:nonce", entrance, 0, none, "", small, (*Server).recoverPost},
		{http.MethodPost, scopePath + "/recovery/new/:nonce", scoped, proven | secret, none, "", small, (*Server).recoveryPost},
		{http.MethodPost, scopePath + "/recovery/confirm", scoped, 0, none, "", small, (*Server).recoveryConfirm},
		{http.MethodPost, scopePath + "/totp/new/:nonce", scoped, proven | secret, none, "", small, (*Server).totpPost},
		{http.MethodPost, scopePath + "/totp/confirm", scoped, 0, none, "", small, (*Server).totpConfirm},
		{http.MethodDelete, scopePath + "/totp", scoped, proven, none, "", small, (*Server).totpDelete},
	}
}
