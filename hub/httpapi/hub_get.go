package httpapi

import (
	"fmt"
	"net/http"
)

type hubView struct {
	Claimed     bool   `json:"claimed"`
	Fingerprint string `json:"fingerprint"`
	Key         string `json:"key"`
	Version     string `json:"version"`
	Demo        bool   `json:"demo"`
}

func (s *Server) hubGet(q *request) error {
	claimed, err := s.cfg.Accounts.Claimed(q.ctx)
	if err != nil {
		return err
	}
	return q.answer(http.StatusOK, hubView{
		Claimed: claimed, Fingerprint: s.cfg.Fingerprint, Key: fmt.Sprintf("%X", []byte(s.cfg.Gate.EvidenceKey())), Version: s.cfg.Version, Demo: s.cfg.Demo,
	})
}
