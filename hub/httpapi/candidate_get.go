package httpapi

import (
	"net/http"
	"slices"

	"lares/hub/account"
	"lares/hub/gate"
)

// candidateView is a device that was found. What it says of itself is cleaned,
// bounded and not to be believed.
type candidateView struct {
	ID      string   `json:"id"`
	Name    string   `json:"name"`
	Vendor  string   `json:"vendor"`
	Model   string   `json:"model"`
	Address string   `json:"address"`
	MAC     string   `json:"mac,omitempty"`
	Speaks  []string `json:"speaks"`
	Added   bool     `json:"added"`
	Heard   moment   `json:"heard"`
}

func viewOfCandidate(c gate.Candidate) candidateView {
	v := candidateView{
		ID: c.ID, Name: c.Name, Vendor: c.Vendor, Model: c.Model, Address: c.Addresses[0].String(), MAC: c.MAC,
		Speaks: []string{}, Added: c.Added, Heard: moment(c.Heard),
	}
	for _, p := range c.Speaks {
		if !slices.Contains(v.Speaks, p.Name) {
			v.Speaks = append(v.Speaks, p.Name)
		}
	}
	slices.Sort(v.Speaks)
	return v
}

func (s *Server) candidatesGet(q *request) error {
	list, searching, err := s.cfg.Gate.Candidates(q.ctx, q.caller)
	if err != nil {
		return err
	}
	views := make([]candidateView, 0, len(list))
	for _, c := range list {
		views = append(views, viewOfCandidate(c))
	}
	return q.answer(http.StatusOK, struct {
		Account    account.ID      `json:"account"`
		Candidates []candidateView `json:"candidates"`
		Searching  bool            `json:"searching"`
	}{q.caller.Account, views, searching})
}

func (s *Server) candidatesScan(q *request) error {
	if err := q.read(); err != nil {
		return err
	}
	return q.done(s.cfg.Gate.Scan(q.ctx, q.caller))
}

// candidateRoutes are what was found and is not yet a camera.
func candidateRoutes() []route {
	return []route{
		{http.MethodGet, scopePath + "/candidates", scoped, 0, none, "", noBody, (*Server).candidatesGet},
		{http.MethodPost, scopePath + "/candidates/scan", scoped, 0, none, "", small, (*Server).candidatesScan},
	}
}
