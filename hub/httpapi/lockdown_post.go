package httpapi

import (
	"errors"
	"net/http"

	"lares/hub/account"
	"lares/hub/gate"
)

// lockdownView says which doors are closed.
type lockdownView struct {
	Hub    bool   `json:"hub"`
	Mine   bool   `json:"mine"`
	Since  moment `json:"since,omitzero"`
	Inside bool   `json:"inside"` // the caller's session made it, and goes on
	Lifter bool   `json:"lifter"` // the caller may lift it
}

func viewOfLockdown(l gate.Lockdown, c account.Caller) lockdownView {
	return lockdownView{l.Hub, l.Mine, moment(l.Since), (l.Hub || l.Mine) && !c.Locked, l.Lifter}
}

// lockdownPost closes doors with one tap: it asks for no password.
func (s *Server) lockdownPost(q *request) error {
	var scope string
	if err := q.read(field{"scope", &scope, maxWord, true}); err != nil {
		return err
	}
	if scope != string(gate.LockMine) && scope != string(gate.LockHub) {
		return badField("scope", "The scope is mine or hub.")
	}
	return q.done(s.cfg.Gate.LockDown(q.ctx, q.caller, gate.LockdownScope(scope)))
}

// lockdownDelete lifts what the caller may lift, or what ?scope names of it.
func (s *Server) lockdownDelete(q *request) error {
	v, password, recovery := q.visit(), "", ""
	err := q.read(field{"password", &password, maxPassword, false}, field{"totp", &v.Code, maxCode, false}, field{"recovery", &recovery, maxCode, false})
	if err != nil {
		return err
	}
	var scope gate.LockdownScope
	for name, value := range q.Queries() {
		if scope = gate.LockdownScope(value); scope != gate.LockMine && scope != gate.LockHub {
			return badField(name, "The scope is mine or hub.")
		}
	}
	if scope == gate.LockHub && !q.caller.Operator {
		return notFound()
	}
	switch {
	case q.caller.Locked:
		err = s.cfg.Accounts.ProveOwner(q.ctx, v, q.caller, password, recovery)
	case password != "":
		err = s.cfg.Accounts.Prove(q.ctx, v, q.caller, password)
	case !s.proved(q):
		err = passwordAgain()
	}
	if err != nil {
		return ofLift(err)
	}
	return q.done(s.cfg.Gate.Lift(q.ctx, q.caller, scope))
}

// ofLift names the field of what was wrong or is missing.
func ofLift(err error) error {
	if !errors.Is(err, account.ErrRecoveryCode) {
		return ofPassword(err, "password", "")
	}
	p := problemOf(err)
	p.field = "recovery"
	p.detail = "Another session made this lockdown: to lift it here, type your recovery code. After ten wrong codes sign in anew."
	return p
}

const lockdownPath = scopePath + "/lockdown"

// lockdownRoutes close doors and open them again.
func lockdownRoutes() []route {
	return []route{
		{http.MethodPost, lockdownPath, scoped, 0, none, "", small, (*Server).lockdownPost},
		{http.MethodDelete, lockdownPath, scoped, inLockdown, none, "", small, (*Server).lockdownDelete},
	}
}
