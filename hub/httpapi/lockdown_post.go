package httpapi

import (
	"net/http"

	"lares/hub/gate"
)

// lockdownPost closes doors with one tap: it asks for no password.
func (s *Server) lockdownPost(q *request) error {
	var scope string
	if err := q.read(field{name: "scope", into: &scope, max: 8, required: true}); err != nil {
		return err
	}
	if scope != string(gate.LockMine) && scope != string(gate.LockHub) {
		return badField("scope", "The scope is mine or hub.")
	}
	if err := s.cfg.Gate.LockDown(q.ctx, q.caller, gate.LockdownScope(scope)); err != nil {
		return err
	}
	return q.nothing()
}

// lockdownDelete lifts what the caller may lift, or what ?scope names of it.
func (s *Server) lockdownDelete(q *request) error {
	if err := q.read(); err != nil {
		return err
	}
	var scope gate.LockdownScope
	for name, value := range q.Queries() {
		if scope = gate.LockdownScope(value); name != "scope" || scope != gate.LockMine && scope != gate.LockHub {
			return badField(short(name), "The scope is mine or hub.")
		}
	}
	if scope == gate.LockHub && !q.caller.Operator {
		return notFound()
	}
	if err := s.cfg.Gate.Lift(q.ctx, q.caller, scope); err != nil {
		return err
	}
	return q.nothing()
}

// lockdownRoutes close doors and open them again.
func lockdownRoutes() []route {
	return []route{
		{http.MethodPost, scopePath + "/lockdown", scoped, 0, none, "", small, (*Server).lockdownPost},
		{http.MethodDelete, scopePath + "/lockdown", scoped, proven, none, "", small, (*Server).lockdownDelete},
	}
}
