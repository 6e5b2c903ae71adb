package httpapi

import (
	"net/http"

	"lares/hub/gate"
)

// privacyView is when a camera is off the air, for who may manage it.
type privacyView struct {
	Off   bool       `json:"off"`
	Until moment     `json:"until,omitzero"` // when that changes by itself
	Clock string     `json:"clock"`          // of the hub, now; times are of it
	Times []timeView `json:"times"`
}

func viewOfPrivacy(p gate.Privacy) *privacyView {
	return &privacyView{Off: p.Off, Until: moment(p.Until), Clock: p.Clock.Format(clockFormat), Times: viewOfWeek(p.Windows)}
}

// privacyPut takes a camera off the air, or puts it back on.
func (s *Server) privacyPut(q *request) error {
	var off bool
	if err := q.read(field{"off", &off, 0, true}); err != nil {
		return err
	}
	return q.done(s.cfg.Gate.SetPrivacy(q.ctx, q.pass, off))
}

// privacyTimesPut says when a camera is off the air each week.
func (s *Server) privacyTimesPut(q *request) error {
	var body weekBody
	if err := q.read(body.field(true)); err != nil {
		return err
	}
	times, err := body.week()
	if err != nil {
		return err
	}
	return q.done(s.cfg.Gate.SetPrivacyTimes(q.ctx, q.pass, times))
}

// privacyRoutes are about when a camera is off the air.
func privacyRoutes() []route {
	return []route{
		{http.MethodPut, cameraPath + "/privacy", scoped, tokensToo, camera, gate.Manage, small, (*Server).privacyPut},
		{http.MethodPut, cameraPath + "/privacy/times", scoped, 0, camera, gate.Manage, small, (*Server).privacyTimesPut},
	}
}
