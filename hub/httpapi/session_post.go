package httpapi

import (
	"errors"
	"net/http"

	"lares/hub/account"
)

type signedInView struct {
	Nonce   string      `json:"nonce"`
	Scope   string      `json:"scope"`
	Account accountView `json:"account"`
	// Recovery is a new recovery code; it is shown here only.
	Recovery string `json:"recovery,omitempty"`
}

type accountView struct {
	ID       account.ID `json:"id"`
	Name     string     `json:"name"`
	Operator bool       `json:"operator"`
}

func (s *Server) claimPost(q *request) error {
	var code, name, password string
	err := q.read(field{"code", &code, maxCode, true}, field{"name", &name, maxName, true},
		field{"password", &password, maxPassword, true})
	if err != nil {
		return err
	}
	in, err := s.cfg.Accounts.Claim(q.ctx, q.visit(), code, name, password)
	if err != nil {
		return err
	}
	return q.welcome(in)
}

func (s *Server) signInPost(q *request) error {
	v, name, password := q.visit(), "", ""
	err := q.read(field{"name", &name, maxName, true}, field{"password", &password, maxPassword, true},
		field{"totp", &v.Code, maxCode, false})
	if err != nil {
		return err
	}
	in, err := s.cfg.Accounts.SignIn(q.ctx, v, name, password)
	if err != nil {
		return err
	}
	return q.welcome(in)
}

// welcome sets the cookie and ends the connection: the session gets one of its
// own, which nobody used before.
func (q *request) welcome(in account.SignedIn) error { return q.welcomeWith(in, "") }

// welcomeWith is welcome with a new recovery code.
func (q *request) welcomeWith(in account.SignedIn, recovery string) error {
	setCookie(q.Ctx, in.Token)
	q.Context().SetConnectionClose()
	return q.signedIn(in, recovery)
}

// signedIn echoes the nonce, so that a client never takes the answer that a
// confused proxy kept for somebody else (HAZARDS W4).
func (q *request) signedIn(in account.SignedIn, recovery string) error {
	return q.answer(http.StatusOK, signedInView{Nonce: q.nonce, Scope: in.Scope, Account: viewOf(in.Caller), Recovery: recovery})
}

func viewOf(c account.Caller) accountView {
	return accountView{ID: c.Account, Name: c.Name, Operator: c.Operator}
}

// resumePost tells a reloaded page the scope of the cookie's session, and a
// program that of its token.
func (s *Server) resumePost(q *request) error {
	if err := q.read(); err != nil {
		return err
	}
	in, err := s.resume(q.ctx, q.credentials())
	if errors.Is(err, account.ErrCredentials) {
		return signedOut()
	}
	if err != nil {
		return err
	}
	q.caller = in.Caller
	if err := s.pin(q); err != nil {
		return err
	}
	return q.signedIn(in, "")
}

// signOutPost ends the session and everything open under it. Clear-Site-Data
// empties the browser's cache and storage (HAZARDS W7).
func (s *Server) signOutPost(q *request) error {
	if err := q.read(); err != nil {
		return err
	}
	if err := s.cfg.Accounts.SignOut(q.ctx, q.caller); err != nil {
		return err
	}
	return s.goodbye(q)
}

// goodbye answers that the caller's session is over, and leaves nothing of it in
// the browser.
func (s *Server) goodbye(q *request) error {
	s.endSession(q.caller.Session, q.Context().Conn())
	clearCookie(q.Ctx)
	q.Set("Clear-Site-Data", `"cache", "storage"`)
	q.Context().SetConnectionClose()
	return q.nothing()
}

func (s *Server) passwordPost(q *request) error {
	v, old, new := q.visit(), "", ""
	err := q.read(field{"old", &old, maxPassword, true}, field{"new", &new, maxPassword, true}, field{"totp", &v.Code, maxCode, false})
	if err != nil {
		return err
	}
	return q.done(ofPassword(s.cfg.Accounts.ChangePassword(q.ctx, v, q.caller, old, new), "old", "new"))
}

// provePost takes the password again, for what matters most.
func (s *Server) provePost(q *request) error {
	v, password := q.visit(), ""
	err := q.read(field{"password", &password, maxPassword, true}, field{"totp", &v.Code, maxCode, false})
	if err != nil {
		return err
	}
	return q.done(ofPassword(s.cfg.Accounts.Prove(q.ctx, v, q.caller, password), "password", ""))
}

// sessionRoutes let people in and out.
func sessionRoutes() []route {
	return []route{
		{http.MethodPost, "/api/claim/:nonce", entrance, 0, none, "", small, (*Server).claimPost},
		{http.MethodPost, "/api/sign-in/:nonce", entrance, 0, none, "", small, (*Server).signInPost},
		{http.MethodPost, "/api/resume/:nonce", entrance, 0, none, "", small, (*Server).resumePost},
		{http.MethodPost, scopePath + "/sign-out", scoped, inLockdown, none, "", small, (*Server).signOutPost},
		{http.MethodPost, scopePath + "/password", scoped, 0, none, "", small, (*Server).passwordPost},
		{http.MethodPost, scopePath + "/prove", scoped, 0, none, "", small, (*Server).provePost},
		{http.MethodGet, scopePath + "/sessions", scoped, 0, none, "", noBody, (*Server).sessionsGet},
		{http.MethodDelete, scopePath + "/sessions", scoped, 0, none, "", small, (*Server).sessionsDelete},
		{http.MethodDelete, scopePath + "/sessions/:session", scoped, 0, none, "", small, (*Server).sessionDelete},
	}
}
