package httpapi

import "net/http"

func hubRoutes() []route {
	return []route{
		{http.MethodPost, scopePath + "/hub/confirm-rollback", scoped, operators | proven, none, "", small, (*Server).hubConfirmRollback},
	}
}

func (s *Server) hubConfirmRollback(q *request) error {
	if err := s.cfg.Gate.ConfirmRollback(q.ctx, q.caller); err != nil {
		return err
	}
	return q.answer(http.StatusNoContent, nil)
}
