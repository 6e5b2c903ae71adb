package httpapi

import (
	"net/http"
	"slices"

	"lares/cameras/discover"
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
	// Channels are told of a recorder that is added.
	Channels *channelsView `json:"channels,omitempty"`
	Heard    moment        `json:"heard"`
}

type channelsView struct {
	Added int `json:"added"`
	Of    int `json:"of"`
}

func viewOfCandidate(c gate.Candidate) candidateView {
	v := candidateView{
		ID: c.ID, Name: c.Name, Vendor: c.Vendor, Model: c.Model, Address: c.Addresses[0].String(), MAC: c.MAC,
		Speaks: []string{}, Added: c.Added, Heard: moment(c.Heard),
	}
	if c.Channels.Of > 1 {
		v.Channels = &channelsView{c.Channels.Added, c.Channels.Of}
	}
	for _, p := range c.Speaks {
		if !slices.Contains(v.Speaks, p.Name) {
			v.Speaks = append(v.Speaks, p.Name)
		}
	}
	slices.Sort(v.Speaks)
	return v
}

// unscannedView is a network that was not searched whole, and the part that was.
type unscannedView struct {
	Network string `json:"network"`
	Tried   string `json:"tried,omitempty"`
}

func viewOfUnscanned(u discover.Unscanned) unscannedView {
	v := unscannedView{Network: u.Network.String()}
	if u.Tried.IsValid() {
		v.Tried = u.Tried.String()
	}
	return v
}

func (s *Server) candidatesGet(q *request) error {
	list, searching, err := s.cfg.Gate.Candidates(q.ctx, q.caller)
	if err != nil {
		return err
	}
	left, err := s.cfg.Gate.Unscanned(q.ctx, q.caller)
	if err != nil {
		return err
	}
	unscanned := make([]unscannedView, 0, len(left))
	for _, u := range left {
		unscanned = append(unscanned, viewOfUnscanned(u))
	}
	views := make([]candidateView, 0, len(list))
	for _, c := range list {
		views = append(views, viewOfCandidate(c))
	}
	return q.answer(http.StatusOK, struct {
		Account    account.ID      `json:"account"`
		Candidates []candidateView `json:"candidates"`
		Searching  bool            `json:"searching"`
		Unscanned  []unscannedView `json:"unscanned"`
	}{q.caller.Account, views, searching, unscanned})
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
