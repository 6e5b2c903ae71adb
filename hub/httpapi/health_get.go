package httpapi

import "net/http"

func (s *Server) healthGet(q *request) error {
	return q.answer(http.StatusOK, map[string]string{"status": "ok"})
}
