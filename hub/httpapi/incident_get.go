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
	From       int64            `json:"verified_from"`    // the first row that was compared
	Broken     []string         `json:"broken,omitempty"` // for those who run the hub
	Deliveries int64            `json:"deliveries"`
	Bytes      int64            `json:"bytes"`
	Without    []findingView    `json:"without_grant"`
	Refused    map[string]int64 `json:"refused"`
	Denied     int64            `json:"denied"`
}

// check runs the check for the caller: of the whole hub for who runs it, in ids
// alone, and of the own cameras for all others.
func (s *Server) check(q *request, times map[string]string) (journal.Check, error) {
	now := s.cfg.Clock.Now()
	ask := journal.CheckQuery{Since: now.Add(-incidentBack), Until: now}
	for name, value := range times {
		at, err := time.Parse(time.RFC3339, value)
		switch {
		case name != "since" && name != "until":
			return journal.Check{}, badField(short(name), "There is no such parameter here.")
		case err != nil:
			return journal.Check{}, badField(name, "This is not a time such as 2026-03-01T18:00:00Z.")
		case name == "since":
			ask.Since = at
		default:
			ask.Until = at
		}
	}
	if !q.caller.Operator {
		ask.Owner = q.caller.Account
	}
	return s.cfg.Journal.Check(q.ctx, ask)
}

func (s *Server) incidentGet(q *request) error {
	c, err := s.check(q, q.Queries())
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
		Account: q.caller.Account, Since: moment(c.Since), Until: moment(c.Until), Verified: c.Report.OK(), From: c.Report.From + 1,
		Deliveries: c.Deliveries, Bytes: c.Bytes, Without: make([]findingView, 0, len(c.WithoutGrant)), Refused: c.Refused, Denied: c.Denied,
	}
	if q.caller.Operator {
		v.Broken = c.Report.Lines()
	}
	for _, f := range c.WithoutGrant {
		v.Without = append(v.Without, findingView{
			Seq: f.Seq, From: moment(f.From), Until: moment(f.Until), Kind: f.Kind,
			Actor: actorView{ID: f.Account, Name: names[f.Account], Via: f.Via}, Camera: f.Camera, Object: f.Object, Bytes: f.Bytes, Count: f.Count,
		})
	}
	return q.answer(http.StatusOK, v)
}

// incidentPost runs the check of the whole hub and tells every account on its
// page whether it is concerned.
func (s *Server) incidentPost(q *request) error {
	var since, until string
	if err := q.read(field{name: "since", into: &since, max: 32}, field{name: "until", into: &until, max: 32}); err != nil {
		return err
	}
	times := map[string]string{}
	for name, value := range map[string]string{"since": since, "until": until} {
		if value != "" {
			times[name] = value
		}
	}
	c, err := s.check(q, times)
	if err != nil {
		return err
	}
	if err := s.cfg.Journal.Publish(q.ctx, c, q.caller.Entry(journal.Incident)); err != nil {
		return err
	}
	return q.nothing()
}

// incidentRoutes answer whether anybody saw what was not theirs.
func incidentRoutes() []route {
	return []route{
		{http.MethodGet, scopePath + "/incident", scoped, 0, none, "", noBody, (*Server).incidentGet},
		{http.MethodPost, scopePath + "/incident", scoped, operators | proven, none, "", small, (*Server).incidentPost},
	}
}
