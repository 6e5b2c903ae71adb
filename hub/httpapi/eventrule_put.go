package httpapi

import (
	"net/http"

	"lares/cameras/schedule"
	"lares/hub/gate"
)

// eventRuleView is when events begin at a camera, for who may manage it.
type eventRuleView struct {
	When       schedule.When `json:"when"`
	Times      []timeView    `json:"times"`
	Unreadable bool          `json:"unreadable"`     // what was said; it is always
	Away       *bool         `json:"away,omitempty"` // the camera's owner is, who asks
	Armed      bool          `json:"armed"`          // events begin now
	Until      moment        `json:"until,omitzero"`
	Clock      string        `json:"clock"` // of the hub, now; times are of it
}

func viewOfEventRule(r gate.EventRule) *eventRuleView {
	v := &eventRuleView{
		When: r.When, Times: viewOfWeek(r.Week), Unreadable: r.Unreadable, Away: r.Away, Armed: r.Armed,
		Until: moment(r.Until), Clock: r.Clock.Format(clockFormat),
	}
	if v.When == "" {
		v.When = schedule.Always
	}
	return v
}

// eventRulePut says when events begin at a camera from now on.
func (s *Server) eventRulePut(q *request) error {
	var when string
	var body weekBody
	if err := q.read(field{"when", &when, maxWord, true}, body.field(false)); err != nil {
		return err
	}
	week, err := body.week()
	if err != nil {
		return err
	}
	rule := schedule.Rule{When: schedule.When(when), Week: week}
	switch rule.When {
	case schedule.Always, schedule.Away, schedule.Weekly:
	default:
		return badField("when", "Events begin always, away or weekly.")
	}
	if rule.When == schedule.Weekly && len(week) == 0 {
		return badField("times", "A week needs at least one time. To have nothing recorded, take the camera off the air.")
	}
	return q.done(s.cfg.Gate.SetEventRule(q.ctx, q.pass, rule))
}

// eventRuleRoutes are about when events begin.
func eventRuleRoutes() []route {
	return []route{{http.MethodPut, cameraPath + "/event-rule", scoped, tokensToo, camera, gate.Manage, small, (*Server).eventRulePut}}
}
