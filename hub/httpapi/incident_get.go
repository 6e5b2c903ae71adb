package httpapi

import (
	"net/http"
	"time"

	"lares/cameras/media"
	"lares/hub/account"
	"lares/hub/journal"
)

// incidentBack is how far the check looks back unless told otherwise.
const incidentBack = 24 * time.Hour

type findingView struct {
	Seq    int64          `json:"seq"`
	From   moment         `json:"from"`
	Until  moment         `json:"until"`
	Kind   journal.Kind   `json:"kind"`
	Actor  actorView      `json:"actor"`
	Camera media.CameraID `json:"camera"`
	Object anyID          `json:"object,omitzero"`
	Bytes  int64          `json:"bytes"`
	Count  int64          `json:"count,omitempty"`
}

type incidentView struct {
	Account    account.ID       `json:"account"`
	Since      moment           `json:"since"`
	Until      moment           `json:"until"`
	Verified   bool             `json:"verified"`
	Broken     []string         `json:"broken,omitempty"`     // for those who run the hub
	Deliveries *int64           `json:"deliveries,omitempty"` // of the own cameras: see incidentGet
	Bytes      *int64           `json:"bytes,omitempty"`
	Without    []findingView    `json:"without_grant"`
	Refused    map[string]int64 `json:"refused"`
	Denied     *int64           `json:"denied,omitempty"` // likewise
	ClockBack  int              `json:"clock_back,omitempty"`
}

// checkQuery is what a caller may have checked, of the last day: the whole hub,
// in ids alone, for who runs it, and the own cameras for all others.
func (s *Server) checkQuery(q *request) journal.CheckQuery {
	now := s.cfg.Clock.Now()
	ask := journal.CheckQuery{Since: now.Add(-incidentBack), Until: now, By: q.caller.Account}
	if !q.caller.Operator {
		ask.Owner = q.caller.Account
	}
	return ask
}

// incidentGet answers the check. How much was delivered and how many tries were vain
// is told to owners alone: who runs the hub could see from the whole hub's figures, asked
// for again and again, when others use theirs.
func (s *Server) incidentGet(q *request) error {
	ask := s.checkQuery(q)
	var err error
	for name, value := range q.Queries() {
		switch name {
		case "since":
			ask.Since, err = instant(name, value)
		case "until":
			ask.Until, err = instant(name, value)
		}
		if err != nil {
			return err
		}
	}
	c, err := s.cfg.Journal.Check(q.ctx, ask)
	if err != nil {
		return err
	}
	names := map[account.ID]string{}
	if !q.caller.Operator {
		if names, err = s.cfg.Journal.Names(q.ctx); err != nil {
			return err
		}
	}
	v := incidentView{
		Account: q.caller.Account, Since: moment(c.Since), Until: moment(c.Until), Verified: c.Report.OK(),
		Without: make([]findingView, 0, len(c.WithoutGrant)), Refused: c.Refused,
		ClockBack: len(c.Back),
	}
	if q.caller.Operator {
		v.Broken = c.Report.Lines()
	} else {
		v.Deliveries, v.Bytes, v.Denied = &c.Deliveries, &c.Bytes, &c.Denied
	}
	for _, f := range c.WithoutGrant {
		v.Without = append(v.Without, findingView{
			Seq: s.cfg.Journal.Number(q.caller.Account, f.Seq), From: moment(f.From), Until: moment(f.Until), Kind: f.Kind,
			Actor: actorView{ID: f.Account, Name: names[f.Account], Via: f.Via}, Camera: f.Camera, Object: f.Object, Bytes: f.Bytes, Count: f.Count,
		})
	}
	return q.answer(http.StatusOK, v)
}

// incidentPost runs the check of the whole hub and tells every account on its
// page whether it is concerned.
func (s *Server) incidentPost(q *request) error {
	var since, until string
	err := q.read(field{"since", &since, maxTime, false}, field{"until", &until, maxTime, false})
	if err != nil {
		return err
	}
	ask := s.checkQuery(q)
	if since != "" {
		if ask.Since, err = instant("since", since); err != nil {
			return err
		}
	}
	if until != "" {
		if ask.Until, err = instant("until", until); err != nil {
			return err
		}
	}
	c, err := s.cfg.Journal.Check(q.ctx, ask)
	if err != nil {
		return err
	}
	return q.done(s.cfg.Journal.Publish(q.ctx, c, q.caller.Entry(journal.Incident)))
}

// incidentRoutes answer whether anybody saw what was not theirs.
func incidentRoutes() []route {
	return []route{
		{http.MethodGet, scopePath + "/incident", scoped, 0, none, "", noBody, (*Server).incidentGet},
		{http.MethodPost, scopePath + "/incident", scoped, operators | proven, none, "", small, (*Server).incidentPost},
	}
}
