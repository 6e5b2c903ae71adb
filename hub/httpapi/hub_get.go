package httpapi

import "net/http"

type hubView struct {
	Claimed     bool   `json:"claimed"`
	Fingerprint string `json:"fingerprint"`
	Version     string `json:"version"`
	Demo        bool   `json:"demo"`
}

func (s *Server) hubGet(q *request) error {
	claimed, err := s.cfg.Accounts.Claimed(q.ctx)
	if err != nil {
		return err
	}
	return q.answer(http.StatusOK, hubView{
		Claimed: claimed, Fingerprint: s.cfg.Fingerprint, Version: s.cfg.Version, Demo: s.cfg.Demo,
	})
}
