package httpapi

import (
	"net/http"

	"lares/hub/account"
)

const awayPath = scopePath + "/away"

// awayGet tells whether the caller's account is away.
func (s *Server) awayGet(q *request) error {
	since, err := s.cfg.Gate.Away(q.ctx, q.caller)
	if err != nil {
		return err
	}
	return q.answer(http.StatusOK, struct {
		Account account.ID `json:"account"`
		Away    bool       `json:"away"`
		Since   moment     `json:"since,omitzero"`
	}{q.caller.Account, !since.IsZero(), moment(since)})
}

// awayPut says that the caller's account is away, or at home.
func (s *Server) awayPut(q *request) error {
	var away bool
	if err := q.read(field{"away", &away, 0, true}); err != nil {
		return err
	}
	return q.done(s.cfg.Gate.SetAway(q.ctx, q.caller, away))
}

// awayRoutes are about whether somebody is at home. Of tokens they are for those that
// were made for it, which the gate asks.
func awayRoutes() []route {
	return []route{
		{http.MethodGet, awayPath, scoped, tokensToo, none, "", noBody, (*Server).awayGet},
		{http.MethodPut, awayPath, scoped, tokensToo, none, "", small, (*Server).awayPut},
	}
}
